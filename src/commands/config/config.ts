/** The configuration file is found here; all that reading it takes is loaded only when there is one. */
import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { join } from "node:path";
import type { CommandIo } from "../io.ts";
import type { GlobalOptions } from "../options.ts";
import { PROGRAM } from "../program-name.ts";
import { CommandUsageError, quote } from "../usage.ts";
import { expectationsOf, fromCommandLine, type OpenConfig, type Settled, unreadable } from "./settled.ts";

export const CONFIG_FILE = `${PROGRAM}.json`;

/** Reads the file that `--config` names, or the one in the folder, if there is one. Throws usage errors. */
export async function settle(
  command: "check" | "resolve",
  names: readonly string[],
  options: GlobalOptions,
  given: ReadonlySet<string>,
  io: CommandIo,
): Promise<Settled> {
  const opened = await openConfig(options.config, io.folder);
  if (opened === null) return unconfigured(options);
  try {
    const { configured } = await import("./configured.ts");
    return await configured(opened, { command, names, options, given }, io);
  } finally {
    await opened.handle.close();
  }
}

async function openConfig(option: string | false | undefined, folder: string): Promise<OpenConfig | null> {
  if (option === false) return null;
  if (option !== undefined) {
    try {
      return { handle: await open(option), file: option, path: option };
    } catch (error) {
      throw unreadable(`--config ${quote(option)}`, error);
    }
  }
  const path = join(folder, CONFIG_FILE);
  let handle: FileHandle;
  try {
    // Not to wait for the other end, should it be a pipe.
    handle = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw unreadable(CONFIG_FILE, error);
  }
  if ((await handle.stat()).isFile()) return { handle, file: CONFIG_FILE, path };
  await handle.close();
  throw new CommandUsageError(`${CONFIG_FILE} in the working directory is not a regular file: take it away, or give --no-config`);
}

/** The command line alone. */
function unconfigured(options: GlobalOptions): Settled {
  const expect = expectationsOf(options);
  const settled: Settled = {
    options,
    ...(Object.keys(expect).length > 0 && { expect }),
    of: () => ({}),
    servers: [],
    ignored: options.ignore.map(fromCommandLine),
    notes: [],
    at: () => settled,
  };
  return settled;
}

/**
 * The file that the server names are from, as it was given; undefined when they are from the command line, from standard input or from
 * evidence, and when paths are hidden.
 */
export function namesFileOf(names: readonly string[], { options, servers }: Settled): string | undefined {
  const { fromFile, fromFacts, config, redact } = options;
  if (redact !== undefined || fromFacts.length > 0) return undefined;
  if (fromFile !== undefined) return fromFile === "-" ? undefined : fromFile;
  if (names.length > 0 || servers.length === 0) return undefined;
  return typeof config === "string" ? config : CONFIG_FILE;
}
