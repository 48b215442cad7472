/**
 * Are these facts? Recorded evidence comes from files of others, and the rules rely on its shape, and on its size. What facts are is said
 * once, by the types of facts/facts.ts, from which the schema is made that is published with this package.
 */
import { readFileSync } from "node:fs";
import { type Problem, type Schema, schemaProblem } from "./facts/schema-problem.ts";

let known: Problem | undefined;

/** Null, or one line that says which field is wrong and what it should be. */
export function factsProblem(value: unknown): string | null {
  known ??= schemaProblem(JSON.parse(readFileSync(new URL("../schema/output.schema.json", import.meta.url), "utf8")) as Schema, "Facts");
  return known(value, "");
}
