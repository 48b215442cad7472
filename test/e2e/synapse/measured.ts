/**
 * Homeservers' own code tries the servers of test/scenarios, at real addresses and ports inside network namespaces, beside this tool; see
 * namespace-child.ts.
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Report } from "../../../src/facts/output.ts";
import { made } from "../../lab/program.ts";

/** What came of one situation. */
export interface Situation {
  title: string;
  /** Codes of errors and warnings. */
  findings: string[];
  verdict: Report["verdict"];
  /** What the report says of the judge's homeserver; null when it says nothing. */
  word: { reaches: string; because: string[] } | null;
  measured: { reached: boolean; keysAccepted: boolean; error: string | null; keysError: string | null };
}

/** Each by what it is called in reports. */
export const JUDGES = { synapse: "Synapse", "mautrix-go": "mautrix-go", resolvematrix: "continuwuity" } as const;

export interface Judge {
  kind: keyof typeof JUDGES;
  /** Synapse's Python, or the program itself. */
  program: string;
}

/**
 * Files of test/scenarios that are about servers, dealt out so that each group takes about as long: most of the time is spent waiting for
 * silence.
 */
export const GROUPS = [
  ["name", "well-known", "keys"],
  ["srv", "dns"],
  ["address", "tls"],
  ["connect", "federation", "clues"],
];

function reaches({ measured }: Situation): boolean {
  return measured.reached && measured.keysAccepted;
}

export function agrees(situation: Situation): boolean {
  return (situation.word?.reaches === "yes") === reaches(situation);
}

export function deed(situation: Situation): string {
  const { error, keysError } = situation.measured;
  return reaches(situation) ? "reached" : (error ?? keysError ?? "").slice(0, 100);
}

export async function measured({ kind, program }: Judge, areas: readonly string[]): Promise<Situation[]> {
  const directory = mkdtempSync(join(tmpdir(), "mdc-judge-"));
  try {
    writeFileSync(join(directory, "situations.ndjson"), "");
    writeFileSync(join(directory, "resolv.conf"), "nameserver 198.18.255.53\n");
    // All addresses of these ranges are this machine's own, inside the namespace; its resolver is the lab's.
    const script = `
      ip link set lo up
      echo 1 > /proc/sys/net/ipv6/ip_nonlocal_bind
      ip route add local 198.18.0.0/15 dev lo
      ip -6 route add local 2001:db8::/32 dev lo
      mount --bind "$0/resolv.conf" /etc/resolv.conf
      exec "$@"`;
    // Loaded as this process was; no test of the scenarios' files is to run there.
    const node = [process.execPath, ...process.execArgv.filter((each) => !each.startsWith("--test")), "--test-name-pattern=^none$"];
    const inside = [...node, made(new URL("namespace-child.ts", import.meta.url)), kind, program, directory, ...areas];
    const child = spawn("unshare", ["--net", "--mount", "--fork", "sh", "-euc", script, directory, ...inside], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    let errors = "";
    child.stderr.on("data", (data: Buffer) => (errors = (errors + data.toString()).slice(-4000)));
    const [code] = (await once(child, "close")) as [number | null];
    assert.equal(code, 0, errors);
    return readFileSync(join(directory, "situations.ndjson"), "utf8")
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as Situation);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
