import assert from "node:assert/strict";
import { test } from "node:test";
import { type ExitCode, exitCodeOf, type FailOn, stronger } from "../../src/commands/exit-code.ts";
import type { Severity, Verdict } from "../../src/facts/output.ts";

const ONE: [Verdict, Severity[], FailOn, ExitCode][] = [
  ["pass", [], "error", 0],
  ["pass", ["info"], "warning", 0],
  ["warn", ["warning"], "error", 0],
  ["warn", ["warning", "info"], "warning", 1],
  ["fail", ["error"], "error", 1],
  ["fail", ["info", "warning", "error"], "warning", 1],
  ["inconclusive", [], "error", 3],
  ["inconclusive", ["warning"], "warning", 3],
];
for (const [verdict, severities, failOn, expected] of ONE) {
  test(`${verdict} with [${severities.join()}], --fail-on ${failOn}: ${expected}`, () => {
    assert.equal(exitCodeOf({ verdict, findings: severities.map((severity) => ({ severity })) }, failOn), expected);
  });
}

test("several: an interruption over 2 over 1 over 3 over 0", () => {
  const order: ExitCode[] = [0, 3, 1, 2, 129, 130, 143];
  for (const [weak, weaker] of order.entries()) {
    for (const [strong, code] of order.entries()) assert.equal(stronger(weaker, code), order[Math.max(weak, strong)]);
  }
});
