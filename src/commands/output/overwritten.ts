/** No file that a run writes takes the place of one that it reads, or of another one that it writes. */
import { realpath } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { parseZoneFileOption } from "../../zone/option.ts";
import { CONFIG_FILE } from "../config/config.ts";
import type { CommandIo } from "../io.ts";
import type { GlobalOptions } from "../options.ts";
import { CommandUsageError, quote } from "../usage.ts";

/** A file of an option, which is named in messages as it was given: `--save-facts`, `--report html=`. */
interface Named {
  option: string;
  file: string;
}

/**
 * @param options What the command line and the configuration come to.
 * @throws CommandUsageError, before anything is written. What --resume reads is refused where it is read.
 */
export async function refuseOverwriting(options: GlobalOptions, { folder, env }: Pick<CommandIo, "folder" | "env">): Promise<void> {
  const written = filesWritten(options);
  if (written.length === 0) return;
  const read = new Map<string, Named>();
  for (const each of filesRead(options, { folder, env })) read.set(await place(each.file), each);
  const before = new Map<string, Named>();
  for (const each of written) {
    const at = await place(each.file);
    const lost = read.get(at);
    if (lost !== undefined)
      throw new CommandUsageError(
        `${shown(each)} would replace ${lost.option === CONFIG_FILE ? "the configuration" : `what ${lost.option} reads`}: write to another file`,
      );
    const other = before.get(at);
    if (other !== undefined)
      throw new CommandUsageError(`${shown(each)} would replace what ${other.option} writes: give each a file of its own`);
    before.set(at, each);
  }
}

function filesWritten({ report, saveFacts }: GlobalOptions): Named[] {
  return [
    ...(saveFacts === undefined ? [] : [{ option: "--save-facts", file: saveFacts }]),
    ...report.map(({ format, file }) => ({ option: `--report ${format}=`, file })),
  ];
}

function filesRead(options: GlobalOptions, { folder, env }: Pick<CommandIo, "folder" | "env">): Named[] {
  const { fromFile, fromFacts, zoneFile, against, wellKnownFile, caFile, config } = options;
  const named = (option: string, files: readonly (string | undefined)[]): Named[] =>
    files.flatMap((file) => (file === undefined || file === "-" || file === "" ? [] : [{ option, file }]));
  const zones = (values: readonly string[]): string[] => values.map((value) => parseZoneFileOption(value).file);
  return [
    ...named("SSL_CERT_FILE", [env["SSL_CERT_FILE"]]),
    ...named("NODE_EXTRA_CA_CERTS", [env["NODE_EXTRA_CA_CERTS"]]),
    ...(config === undefined ? [{ option: CONFIG_FILE, file: join(folder, CONFIG_FILE) }] : []),
    ...(typeof config === "string" ? named("--config", [config]) : []),
    ...named("--from-file", [fromFile]),
    ...named("--from-facts", fromFacts),
    ...named("--zone-file", zones(zoneFile)),
    ...named("--against", zones(against)),
    ...named("--well-known-file", [wellKnownFile]),
    ...named("--ca-file", caFile),
  ];
}

/** Where the file is, or will be, whatever it is called. */
async function place(file: string): Promise<string> {
  try {
    return await realpath(file);
  } catch {
    const folder = dirname(resolve(file));
    return join(await realpath(folder).catch(() => folder), basename(file));
  }
}

function shown({ option, file }: Named): string {
  return `${option}${option.endsWith("=") ? "" : " "}${quote(file)}`;
}
