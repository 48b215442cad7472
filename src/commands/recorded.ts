/** Recorded evidence: `--save-facts` writes it, `--from-facts` reads it again. */
import { createReadStream } from "node:fs";
import { type FileHandle, open, realpath, rename, rm, stat } from "node:fs/promises";
import type { Facts } from "../facts.ts";
import { factsProblem } from "./facts-shape.ts";
import { jsonObjects, NotJson } from "./json-values.ts";
import { CommandUsageError, fileProblem, quote } from "./usage.ts";

export interface FactsFile {
  /** One line more; in the order in which the reports are printed, so that judging again prints the same. */
  add(facts: Facts): Promise<void>;
  /** Puts the file in its place, whole. Nothing after an `add` that failed. */
  commit(): Promise<void>;
  /** As if nothing had been written; nothing after `commit`. */
  discard(): Promise<void>;
}

/** Opens a temporary file beside `file`. Throws CommandUsageError when that can't be, so that nothing runs in vain. */
export async function createFactsFile(file: string): Promise<FactsFile> {
  const place = await placeOf(file);
  const temporary = `${place}.${process.pid}.tmp`;
  let handle: FileHandle;
  try {
    handle = await open(temporary, "wx");
  } catch (error) {
    throw new CommandUsageError(`--save-facts ${quote(file)} can't be written: ${fileProblem(error)}`);
  }
  let over = false;
  /** Trouble with the disk: this machine's, so that it isn't a usage error any more. */
  async function attempt(action: () => Promise<void>): Promise<void> {
    try {
      await action();
    } catch (error) {
      await discard();
      throw new Error(`--save-facts ${quote(file)} can't be written: ${fileProblem(error)}`);
    }
  }
  async function discard(): Promise<void> {
    if (over) return;
    over = true;
    await handle.close().catch(() => {});
    await rm(temporary, { force: true });
  }
  return {
    add: (facts) => attempt(() => handle.writeFile(`${JSON.stringify(facts)}\n`)),
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

/** Where the file really is: a link is kept, and a device or directory isn't replaced by a file. */
async function placeOf(file: string): Promise<string> {
  try {
    const place = await realpath(file);
    if (!(await stat(place)).isFile()) throw new CommandUsageError(`--save-facts ${quote(file)} can't be written: it is no regular file`);
    return place;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return file;
    if (error instanceof CommandUsageError) throw error;
    throw new CommandUsageError(`--save-facts ${quote(file)} can't be written: ${fileProblem(error)}`);
  }
}

/**
 * The facts in a file: a JSON line each, or the output of `--format ndjson` or `json`, whose reports hold them.
 * Throws CommandUsageError with the line on which the wrong object begins.
 */
export async function* readFacts(file: string): AsyncGenerator<Facts> {
  const refuse = (problem: string): CommandUsageError => new CommandUsageError(`--from-facts ${quote(file)}: ${problem}`);
  try {
    if (!(await stat(file)).isFile()) throw refuse("it is no regular file (it is read twice)");
    for await (const { line, text } of jsonObjects(createReadStream(file, "utf8") as AsyncIterable<string>)) {
      const facts = factsIn(text);
      if (typeof facts === "string") throw refuse(`line ${line}: ${facts}; give what --save-facts wrote, or json or ndjson output`);
      yield facts;
    }
  } catch (error) {
    if (error instanceof NotJson) throw refuse(`line ${error.line}: ${error.message}; give what --save-facts wrote, or json or ndjson output`);
    if (error instanceof CommandUsageError) throw error;
    throw refuse(`it can't be read: ${fileProblem(error)}`);
  }
}

/** Reads the whole file and keeps nothing: is all of it facts? Returns how many. Throws CommandUsageError. */
export async function countFacts(file: string): Promise<number> {
  let count = 0;
  for await (const _ of readFacts(file)) count++;
  if (count === 0) throw new CommandUsageError(`--from-facts ${quote(file)}: there are no facts in it; give what --save-facts wrote, or json or ndjson output`);
  return count;
}

/** The facts in the text of one object, or what is wrong with it. */
function factsIn(text: string): Facts | string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return "it is no JSON";
  }
  const report = value as { facts?: unknown };
  const isReport = typeof report.facts === "object" && report.facts !== null;
  const facts = isReport ? report.facts : value;
  const problem = factsProblem(facts);
  return problem === null ? (facts as Facts) : `it holds no facts: ${isReport ? "facts: " : ""}${problem}`;
}
