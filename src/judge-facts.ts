/** The second half of a check, facts in and report out; loaded while the first half waits for the network. */
import type { Facts } from "./facts/facts.ts";
import type { Report } from "./facts/output.ts";
import { assemble } from "./report/assemble.ts";
import { judge } from "./rules/judge.ts";
import { whileJudged } from "./views/while-judged.ts";

/** `ignore`: codes of findings to drop. */
export function judgeFacts(facts: Facts, ignore: readonly string[]): Report {
  return whileJudged(() => assemble(facts, judge(facts, { ignore })));
}
