import assert from "node:assert/strict";
import { test } from "node:test";
import { createFormat, type FormatSettings } from "../../src/commands/output/format.ts";
import { withoutFailures } from "../../src/report/inconclusive.ts";
import { example, healthy, inconclusive } from "./sample.ts";

const SETTINGS: FormatSettings = {
  tool: { name: "matrix-delegation-check", version: "0.0.0" },
  terminal: { width: 80, unicode: true, colorLevel: 0 },
  verbose: false,
  quiet: false,
  several: false,
  failOn: "error",
  afterCutLine: false,
  jobSummary: false,
};
/** Errors that aren't so, as behind a captive portal. */
const captive = { ...example(), verdict: "inconclusive" as const };

test("only an inconclusive report's errors and failed steps are milder", () => {
  assert.deepEqual(withoutFailures(example()), example());
  assert.deepEqual(withoutFailures(healthy()), healthy());
  assert.deepEqual(withoutFailures(inconclusive()), inconclusive());
  const { findings, steps } = withoutFailures(captive);
  assert.deepEqual(new Set(findings.map(({ severity }) => severity)).has("error"), false);
  assert.deepEqual(new Set(steps.map(({ status }) => status)).has("fail"), false);
  assert.equal(findings.length, example().findings.length);
});

for (const [name, says, never] of [
  ["junit", /failures="0"/, /<failure/],
  ["tap", /SKIP/, /^not ok/m],
  ["sarif", /"level": ?"warning"/, /"level": ?"error"/],
  ["github", /^::warning/m, /^::error/m],
  ["prometheus", /severity="error"\} 0$/m, /severity="error"\} [1-9]/],
  ["nagios", /errors=0/, /errors=[1-9]/],
] as const) {
  test(`${name}: no failure in an inconclusive report`, async () => {
    const format = await createFormat(name, SETTINGS);
    const text =
      format.open("2026-01-01T00:00:00.000Z") + format.report(captive)() + format.close({ pass: 0, warn: 0, fail: 0, inconclusive: 1 }, 1);
    assert.match(text, says);
    assert.doesNotMatch(text, never);
    const failing = await createFormat(name, SETTINGS);
    const failed =
      failing.open("2026-01-01T00:00:00.000Z") +
      failing.report(example())() +
      failing.close({ pass: 0, warn: 0, fail: 1, inconclusive: 0 }, 1);
    assert.match(failed, never);
  });
}
