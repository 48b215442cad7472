/** Recorded evidence: `--save-facts` writes it, a JSON line a name; `--from-facts` reads it again, of one run or of many. */
import { createReadStream } from "node:fs";
import { realpath, stat } from "node:fs/promises";
import type { Facts } from "../../facts/facts.ts";
import { factsProblem } from "../../facts-problem.ts";
import { harmless } from "../../report/harmless.ts";
import { jsonObjects, NotJson } from "../json-values.ts";
import { CommandUsageError, fileProblem, quote } from "../usage.ts";

const WANTED = "give what --save-facts wrote, or json or ndjson output";
/** Names in a note. */
const MOST_NAMED = 3;

export interface Recorded {
  /** How many there are to be judged. */
  count: number;
  /** For stderr. */
  notes: string[];
  /** The files one after the other, in the order in which they are given; no more than one record is held. */
  facts(): AsyncGenerator<Facts>;
}

/**
 * Reads all of the files once, to know that everything in them is facts, and keeps a number a name. A report that was inconclusive is left
 * out where the same name comes again: as with --resume, it was checked once more. Throws CommandUsageError.
 */
export async function readRecorded(files: readonly string[], { redact }: { redact?: "names" | "all" }): Promise<Recorded> {
  await refuseTwice(files);
  /** Of each name the place of its last record among all of them. Names that are hidden by --redact may be each other's. */
  const last = new Map<string, number>();
  /** Of reports: their places, with the names. */
  const inconclusive = new Map<number, string>();
  const inSeveral = new Set<string>();
  const notes: string[] = [];
  let place = 0;
  for (const file of files) {
    const begin = place;
    const onCut = (line: number): void => void notes.push(`${called(file)}: line ${line} was cut off and is left out; others follow it`);
    for await (const { facts, isInconclusive } of readFacts(file, onCut)) {
      const at = place++;
      if (facts.redacted !== undefined) continue;
      const { serverName } = facts;
      const before = last.get(serverName);
      if (before !== undefined && before < begin && !inconclusive.has(before)) inSeveral.add(serverName);
      last.set(serverName, at);
      if (isInconclusive) inconclusive.set(at, serverName);
    }
    if (place > begin) continue;
    if (files.length === 1) throw new CommandUsageError(`${called(file)}: there are no facts in it; ${WANTED}`);
    notes.push(`${called(file)}: there is nothing in it`);
  }
  if (place === 0) throw new CommandUsageError(`--from-facts: there are no facts in any of the ${files.length} files; ${WANTED}`);
  const leftOut = new Set([...inconclusive].filter(([at, serverName]) => last.get(serverName) !== at).map(([at]) => at));
  if (leftOut.size > 0)
    notes.push(
      `--from-facts: ${leftOut.size === 1 ? "1 inconclusive report of a name that was checked again is" : `${leftOut.size} inconclusive reports of names that were checked again are`} left out`,
    );
  if (inSeveral.size > 0) {
    const named = [...inSeveral].slice(0, MOST_NAMED).map((name) => harmless(name, 100));
    notes.push(
      `--from-facts: ${inSeveral.size === 1 ? "1 name is" : `${inSeveral.size} names are`} in several of the files, and each record is judged${redact === "all" ? "" : `: ${named.join(", ")}${inSeveral.size > MOST_NAMED ? ", …" : ""}`}`,
    );
  }
  return {
    count: place - leftOut.size,
    notes,
    async *facts() {
      let at = 0;
      for (const file of files) for await (const { facts } of readFacts(file, () => {})) if (!leftOut.has(at++)) yield facts;
    },
  };
}

function called(file: string): string {
  return `--from-facts ${quote(file)}`;
}

/** The same file under two names as well. */
async function refuseTwice(files: readonly string[]): Promise<void> {
  if (files.length === 1) return;
  const seen = new Set<string>();
  for (const file of files) {
    const real = await realpath(file).catch(() => file);
    if (seen.has(real)) throw new CommandUsageError(`${called(file)} is given twice: each of its names would be there twice`);
    seen.add(real);
  }
}

interface OneRecord {
  facts: Facts;
  /** So says the report that holds the facts. */
  isInconclusive: boolean;
}

/**
 * The facts in a file: a JSON line each, or the output of `--format ndjson` or `json`, whose reports hold them.
 * Throws CommandUsageError with the line on which the wrong object begins.
 */
async function* readFacts(file: string, onCut: (line: number) => void): AsyncGenerator<OneRecord> {
  const refuse = (problem: string): CommandUsageError => new CommandUsageError(`${called(file)}: ${problem}`);
  try {
    if (!(await stat(file)).isFile()) throw refuse("it is not a regular file (it is read twice)");
    for await (const { line, text } of jsonObjects(createReadStream(file, "utf8") as AsyncIterable<string>, onCut)) {
      const found = recordIn(text);
      if (typeof found === "string") throw refuse(`line ${line}: ${found}; ${WANTED}`);
      yield found;
    }
  } catch (error) {
    if (error instanceof NotJson) throw refuse(`line ${error.line}: ${error.message}; ${WANTED}`);
    if (error instanceof CommandUsageError) throw error;
    throw refuse(`it can't be read: ${fileProblem(error)}`);
  }
}

/** The facts in the text of one object, or what is wrong with it. */
function recordIn(text: string): OneRecord | string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return "it is not JSON";
  }
  const report = value as { facts?: unknown; verdict?: unknown };
  const isReport = typeof report.facts === "object" && report.facts !== null;
  const facts = isReport ? report.facts : value;
  const problem = factsProblem(facts);
  if (problem !== null) return `it holds no facts: ${isReport ? "facts: " : ""}${problem}`;
  return { facts: facts as Facts, isInconclusive: isReport && report.verdict === "inconclusive" };
}
