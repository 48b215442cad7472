/** A file that is written as the results come and put into its place at the end, whole or not at all. */
import { randomBytes } from "node:crypto";
import { type FileHandle, open, realpath, rename, rm, stat } from "node:fs/promises";
import { MachineTrouble } from "../machine-trouble.ts";
import { CommandUsageError, fileProblem, isMachines, quote } from "../usage.ts";

export interface WrittenFile {
  /** Rejects with what went wrong; after that it does so with the same error again, and nothing is written. */
  write(text: string): Promise<void>;
  /** Puts the file in its place. Nothing after a `write` that failed. */
  commit(): Promise<void>;
  /** As if nothing had been written; nothing after `commit`. */
  discard(): Promise<void>;
}

/**
 * Opens a temporary file beside `file`. `option` is named in messages, as it was given: `--save-facts`, `--report html=`.
 * @throws CommandUsageError, or MachineTrouble, when that can't be, so that nothing runs in vain
 */
export async function createWrittenFile(file: string, option: string): Promise<WrittenFile> {
  const place = await placeOf(file, option);
  // Not by the process id alone: in a container that is always the same, and what a killed run has left would be in the way of all later
  // ones.
  const temporary = `${place}.${process.pid}.${randomBytes(4).toString("hex")}.tmp`;
  let handle: FileHandle;
  try {
    handle = await open(temporary, "wx");
  } catch (error) {
    // It is made anew, so that it's the folder that is missing.
    const why = (error as NodeJS.ErrnoException).code === "ENOENT" ? "there is no such folder" : fileProblem(error);
    throw new (isMachines(error) ? MachineTrouble : CommandUsageError)(`${given(option, file)} can't be written: ${why}`);
  }
  let over = false;
  let trouble: MachineTrouble | null = null;
  /** Trouble with the disk: this machine's, so that it isn't a usage error any more. */
  async function attempt(action: () => Promise<void>): Promise<void> {
    if (trouble !== null) throw trouble;
    try {
      await action();
    } catch (error) {
      trouble = new MachineTrouble(`${given(option, file)} can't be written: ${fileProblem(error)}`);
      await discard();
      throw trouble;
    }
  }
  async function discard(): Promise<void> {
    if (over) return;
    over = true;
    await handle.close().catch(() => {});
    await rm(temporary, { force: true });
  }
  return {
    write: (text) => attempt(() => handle.writeFile(text)),
    async commit() {
      if (over) return;
      await attempt(async () => {
        await handle.sync();
        await handle.close();
        await rename(temporary, place);
      });
      over = true;
    },
    discard,
  };
}

/** The option with its file, as it stands on the command line. */
function given(option: string, file: string): string {
  return `${option}${option.endsWith("=") ? "" : " "}${quote(file)}`;
}

/** Where the file really is: a link is kept, and a device or directory isn't replaced by a file. */
async function placeOf(file: string, option: string): Promise<string> {
  try {
    const place = await realpath(file);
    if (!(await stat(place)).isFile()) throw new CommandUsageError(`${given(option, file)} can't be written: it is not a regular file`);
    return place;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return file;
    if (error instanceof CommandUsageError) throw error;
    throw new CommandUsageError(`${given(option, file)} can't be written: ${fileProblem(error)}`);
  }
}
