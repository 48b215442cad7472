/** Recorded evidence: `--save-facts` writes it, a JSON line a name; `--from-facts` reads it again. */
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import type { Facts } from "../../facts/facts.ts";
import { factsProblem } from "../../facts-problem.ts";
import { jsonObjects, NotJson } from "../json-values.ts";
import { CommandUsageError, fileProblem, quote } from "../usage.ts";

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
    if (error instanceof NotJson)
      throw refuse(`line ${error.line}: ${error.message}; give what --save-facts wrote, or json or ndjson output`);
    if (error instanceof CommandUsageError) throw error;
    throw refuse(`it can't be read: ${fileProblem(error)}`);
  }
}

/** Reads the whole file and keeps nothing: is all of it facts? Returns how many. Throws CommandUsageError. */
export async function countFacts(file: string): Promise<number> {
  let count = 0;
  for await (const _ of readFacts(file)) count++;
  if (count === 0)
    throw new CommandUsageError(
      `--from-facts ${quote(file)}: there are no facts in it; give what --save-facts wrote, or json or ndjson output`,
    );
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
