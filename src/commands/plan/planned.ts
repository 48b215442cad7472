/** The world as it will be: the files of --zone-file and --well-known-file, read before anything runs. */
import type { CheckOptions } from "../../check.ts";
import { readBounded } from "../bounded-file.ts";
import type { CommandIo } from "../io.ts";
import { CommandUsageError, fileProblem, quote } from "../usage.ts";
import { readZoneFiles } from "./zone-files.ts";

export { zoneFileProblem } from "./zone-files.ts";

/** A well-known is a few dozen bytes; homeservers stop at 256 KiB. */
const MAX_WELL_KNOWN = 1_048_576;
/** The value of --against that means what DNS says now; a file of that name is `./live`. */
export const LIVE = "live";

/** @throws CommandUsageError for a file that can't be read */
export async function plannedFiles(
  { zoneFile, against, wellKnownFile }: { zoneFile: readonly string[]; against: readonly string[]; wellKnownFile?: string | undefined },
  io: Pick<CommandIo, "stdin">,
): Promise<Pick<CheckOptions, "zones" | "wellKnownFile" | "against">> {
  const zones = await readZoneFiles(zoneFile, "--zone-file", io);
  return {
    ...(zones.length > 0 && { zones }),
    ...(against.length > 0 && { against: against.includes(LIVE) ? LIVE : await readZoneFiles(against, "--against", null) }),
    ...(wellKnownFile !== undefined && { wellKnownFile: { file: wellKnownFile, body: await read(wellKnownFile) } }),
  };
}

/** Null, or why the file can't be read. */
export async function wellKnownFileProblem(file: string): Promise<string | null> {
  const result = await readOrProblem(file);
  return typeof result === "string" ? result : null;
}

async function read(file: string): Promise<Buffer> {
  const result = await readOrProblem(file);
  if (typeof result === "string") throw new CommandUsageError(`--well-known-file ${quote(file)} ${result}`);
  return result;
}

async function readOrProblem(file: string): Promise<Buffer | string> {
  try {
    return (await readBounded(file, MAX_WELL_KNOWN)) ?? `has more than ${MAX_WELL_KNOWN} bytes, and no more are read`;
  } catch (error) {
    return `can't be read: ${fileProblem(error)}`;
  }
}
