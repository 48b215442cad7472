import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import type { ValidateFunction } from "ajv";
import { SCHEMA_FILE, schemaText } from "../../scripts/schema.ts";
import type { Report } from "../../src/facts/output.ts";
import { renderJson } from "../../src/report/json.ts";
import { renderNdjson } from "../../src/report/ndjson.ts";
import { isOutput, isReport } from "./readers/output.ts";
import { ATTACKS, example, healthy, hostile, inconclusive, output } from "./sample.ts";

function accepted(validate: ValidateFunction, json: string): void {
  assert.ok(validate(JSON.parse(json)), JSON.stringify(validate.errors, null, 1));
}

test("the file is what scripts/schema.ts makes of the types today", () => {
  assert.equal(readFileSync(SCHEMA_FILE, "utf8"), schemaText());
});

describe("accepted", () => {
  for (const report of [healthy(), example(), inconclusive(), ...ATTACKS.map((attack) => hostile(attack))]) {
    test(`${report.verdict} ${JSON.stringify(report.summary).slice(0, 40)}`, () => {
      accepted(isOutput, renderJson(output(report)));
      accepted(isReport, renderNdjson(report));
    });
  }
  test("no report", () => accepted(isOutput, renderJson(output())));
  test("fields of a later version", () => accepted(isReport, JSON.stringify({ ...example(), later: { any: "thing" } })));
});

describe("refused", () => {
  /** Sets or, with undefined, deletes what is at `path`. */
  function changed(path: (string | number)[], value: unknown): Report {
    const report = structuredClone(example());
    let at = report as unknown as Record<string | number, unknown>;
    for (const key of path.slice(0, -1)) at = at[key] as Record<string | number, unknown>;
    const last = path.at(-1)!;
    assert.ok(value !== undefined || last in at, `nothing at ${path.join(".")}`);
    if (value === undefined) delete at[last];
    else at[last] = value;
    return report;
  }
  const endpoint = ["facts", "targets", 0, "endpoints", 0];
  const cases: [what: string, path: (string | number)[], value: unknown][] = [
    ["missing field", ["summary"], undefined],
    ["missing field of a finding", ["findings", 0, "causedBy"], undefined],
    ["missing field of the facts", [...endpoint, "olderTls"], undefined],
    ["missing value of an outcome", [...endpoint, "tcp", "value"], undefined],
    ["missing field of an imported type", ["facts", "route", "tlsNameIsIp"], undefined],
    ["wrong verdict", ["verdict"], "ok"],
    ["wrong spec step", ["route", "specStep"], "7"],
    ["wrong step", ["steps", 0, "id"], "dns"],
    ["wrong step of a finding", ["findings", 0, "step"], "green"],
    ["wrong family", [...endpoint, "family"], 5],
    ["wrong service", ["route", "targets", 0, "srv", "service"], "_matrix._udp"],
    ["wrong status of an outcome", [...endpoint, "tcp", "status"], "maybe"],
    ["number as text", ["durationMs"], "260"],
    ["text as number", ["serverName"], 7],
    ["null where none is allowed", ["summary"], null],
    ["text instead of a list", ["findings", 0, "fix"], "do it"],
    ["affects something else", ["findings", 0, "affects"], "some"],
    ["a chain without a certificate", [...endpoint, "tls", "value", "chain"], []],
    ["a header that is no text", ["facts", "wellKnown", "value", "attempts", 0, "hops", 0, "response", "value", "headers", "age"], 3],
    ["a reading of no kind", ["facts", "wellKnown", "value", "attempts", 0, "reading"], { kind: "other" }],
  ];
  for (const [what, path, value] of cases) {
    test(what, () => {
      const report = changed(path, value);
      assert.equal(isReport(report), false);
      assert.equal(isOutput(output(report)), false);
    });
  }
  test("totals without a verdict", () => {
    const { fail, ...totals } = output(example()).totals;
    assert.equal(fail, 1);
    assert.equal(isOutput({ ...output(example()), totals }), false);
  });
  test("another schemaVersion", () => assert.equal(isOutput({ ...output(), schemaVersion: 2 }), false));
});
