/** One fault of one proxy: the broken configuration, and what the check must say first. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Kind } from "./server.ts";
import { HOST, type Stage, type StageOptions } from "./stage.ts";

export interface Row {
  fault: string;
  stage: StageOptions;
  /** What is on disk before the server starts, besides good certificates for both names. */
  prepare?: (stage: Stage) => Promise<void>;
  /** A second real server behind the proxy, on `ports.inner`. */
  inner?: (stage: Stage) => { kind: Kind; config: string };
  /** The whole broken configuration. */
  config: (stage: Stage) => string;
  /** Code of the first finding. */
  finds: string;
  /** What happens outside the configuration before the fix is applied: a certificate that was renewed on disk. */
  meanwhile?: (stage: Stage) => Promise<void>;
}

/** `m.server` of rows about the homeserver's host: the Host of the requests has no port, they go to 8448. */
export const TO_8448: StageOptions = { mServer: "matrix.example.org" };
/** Rows about the well-known: the real proxy stands before both hosts. */
export const OWN_WELL_KNOWN: StageOptions = { mServer: null };

/** What software makes for itself. */
export async function snakeoil(stage: Stage): Promise<void> {
  stage.save("localhost", await stage.selfSigned("localhost"));
}

/** The right file, on disk. */
export async function publish({ directory }: Stage): Promise<void> {
  const folder = join(directory, "www/.well-known/matrix");
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "server"), `{"m.server": "${HOST}:443"}`);
}
