/** The world as it will be: the files of --zone-file and --well-known-file, read before anything runs. */
import { readFile, stat } from "node:fs/promises";
import type { CheckOptions } from "../check.ts";
import { MAX_ZONE_FILE } from "../zone/parse.ts";
import { parseZoneFileOption } from "../zone/option.ts";
import { CommandUsageError, fileProblem, quote } from "./usage.ts";

/** A well-known is a few dozen bytes; homeservers stop at 256 KiB. */
const MAX_WELL_KNOWN = 1_048_576;

/** @throws CommandUsageError for a file that can't be read */
export async function plannedFiles(zoneFiles: readonly string[], wellKnownFile: string | undefined): Promise<Pick<CheckOptions, "zones" | "wellKnownFile">> {
  const zones: NonNullable<CheckOptions["zones"]> = [];
  for (const value of zoneFiles) {
    const { file, origin } = parseZoneFileOption(value);
    zones.push({ file, origin, text: (await read(file, "--zone-file", MAX_ZONE_FILE)).toString("utf8") });
  }
  return {
    ...(zones.length > 0 && { zones }),
    ...(wellKnownFile !== undefined && { wellKnownFile: { file: wellKnownFile, body: await read(wellKnownFile, "--well-known-file", MAX_WELL_KNOWN) } }),
  };
}

async function read(file: string, option: string, most: number): Promise<Buffer> {
  try {
    const { size } = await stat(file);
    if (size > most) throw new CommandUsageError(`${option} ${quote(file)} has ${size} bytes: ${most} are read at most`);
    return await readFile(file);
  } catch (error) {
    if (error instanceof CommandUsageError) throw error;
    throw new CommandUsageError(`${option} ${quote(file)} can't be read: ${fileProblem(error)}`);
  }
}
