/**
 * What each mutant must not survive: the recorded evidence of all scenarios is judged, and ends the process at the first difference; then
 * the unit tests of what is pure. One process, bundled once, so that a mutant costs half a second.
 */
import { deepStrictEqual } from "node:assert/strict";
import { judgeAgain } from "../../src/check.ts";
import { recorded, summaryOf } from "../../test/recorded/recorded.ts";

try {
  for (const { facts, says } of recorded()) deepStrictEqual(JSON.parse(JSON.stringify(summaryOf(await judgeAgain(facts)))), says);
} catch {
  process.exit(1);
}
await import("./unit-tests.ts");
