/** Whether this machine's Node.js could read HTTP at all. */
import type { Facts, Outcome } from "../facts/facts.ts";

/** Why its HTTP parser doesn't start, in its own words; null when it does, or wasn't needed. */
export function parserTrouble(facts: Facts): string | null {
  const attempts = facts.wellKnown.status === "done" ? facts.wellKnown.value.attempts : [];
  const answers: Outcome<unknown>[] = [
    ...attempts.flatMap(({ hops }) => hops.map(({ response }) => response)),
    ...facts.targets.flatMap(({ endpoints }) => endpoints.flatMap(({ version, keys }) => [version, keys])),
  ];
  for (const answer of answers) if (answer.status === "untested" && answer.because === "http-parser") return answer.note ?? "";
  return null;
}
