/** The world as it will be: the files of --zone-file and --well-known-file, read before anything runs. */
import type { CheckOptions } from "../../check.ts";
import { MAX_ZONE_FILE } from "../../zone/parse.ts";
import { parseZoneFileOption } from "../../zone/option.ts";
import { readBounded } from "../bounded-file.ts";
import { CommandUsageError, fileProblem, quote } from "../usage.ts";

/** A well-known is a few dozen bytes; homeservers stop at 256 KiB. */
const MAX_WELL_KNOWN = 1_048_576;

/** @throws CommandUsageError for a file that can't be read */
export async function plannedFiles(
  zoneFiles: readonly string[],
  wellKnownFile: string | undefined,
): Promise<Pick<CheckOptions, "zones" | "wellKnownFile">> {
  const zones: NonNullable<CheckOptions["zones"]> = [];
  for (const value of zoneFiles) {
    const { file, origin } = parseZoneFileOption(value);
    zones.push({ file, origin, text: (await read(file, "--zone-file", MAX_ZONE_FILE)).toString("utf8") });
  }
  return {
    ...(zones.length > 0 && { zones }),
    ...(wellKnownFile !== undefined && {
      wellKnownFile: { file: wellKnownFile, body: await read(wellKnownFile, "--well-known-file", MAX_WELL_KNOWN) },
    }),
  };
}

/** Null, or why the zone file of that option (`<file>[@origin]`) can't be read. What it says is looked at later. */
export async function zoneFileProblem(value: string): Promise<string | null> {
  return problemOf(await readOrProblem(parseZoneFileOption(value).file, MAX_ZONE_FILE));
}

/** Null, or why the file can't be read. */
export async function wellKnownFileProblem(file: string): Promise<string | null> {
  return problemOf(await readOrProblem(file, MAX_WELL_KNOWN));
}

function problemOf(read: Buffer | string): string | null {
  return typeof read === "string" ? read : null;
}

async function read(file: string, option: string, most: number): Promise<Buffer> {
  const result = await readOrProblem(file, most);
  if (typeof result === "string") throw new CommandUsageError(`${option} ${quote(file)} ${result}`);
  return result;
}

async function readOrProblem(file: string, most: number): Promise<Buffer | string> {
  try {
    return (await readBounded(file, most)) ?? `has more than ${most} bytes, and no more are read`;
  } catch (error) {
    return `can't be read: ${fileProblem(error)}`;
  }
}
