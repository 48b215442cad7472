import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { jsonStream, renderJson } from "../../src/report/json.ts";
import { renderNdjson } from "../../src/report/ndjson.ts";
import { addTo, emptyTotals } from "../../src/report/totals.ts";
import { verdictOf } from "../../src/report/verdict.ts";
import type { Severity, Verdict } from "../../src/facts/output.ts";
import { ATTACKS, example, finding, healthy, hostile, inconclusive, output } from "./sample.ts";

describe("renderJson", () => {
  for (const given of [output(), output(example()), output(healthy(), example(), inconclusive())]) {
    test(`${given.reports.length} reports: the same value, laid out with two spaces`, () => {
      const text = renderJson(given);
      assert.deepEqual(JSON.parse(text), JSON.parse(JSON.stringify(given)));
      const { reports, totals, durationMs, ...head } = given;
      assert.equal(text, `${JSON.stringify({ ...head, reports, totals, durationMs }, null, 2)}\n`);
    });
  }

  test("the parts of a stream are the whole", () => {
    const given = output(healthy(), example());
    const stream = jsonStream(given.tool, given.startedAt);
    const parts = [stream.open(), ...given.reports.map((report) => stream.report(report)), stream.close(given.totals, given.durationMs)];
    assert.equal(parts.join(""), renderJson(given));
  });

  for (const attack of ATTACKS) {
    test(`harmless and the same value: ${JSON.stringify(attack).slice(0, 50)}`, () => {
      const given = output(hostile(attack));
      given.tool.version = attack;
      for (const [text, value] of [
        [renderJson(given), given],
        [renderNdjson(given.reports[0]!), given.reports[0]],
      ] as const) {
        assert.doesNotMatch(text, /[^\P{C}\n]|[\u2028\u2029\ufe0f]/u);
        assert.deepEqual(JSON.parse(text), value);
      }
    });
  }

  test("what is escaped, and how", () => {
    const report = { ...example(), summary: "\x7f\x9b\u202e\u2028\ufeff\u{e0041}ü漢😀" };
    assert.ok(renderNdjson(report).includes('"summary":"\\u007f\\u009b\\u202e\\u2028\\ufeff\\udb40\\udc41ü漢😀"'));
  });
});

test("renderNdjson: one line", () => {
  const text = renderNdjson(example());
  assert.equal(text.indexOf("\n"), text.length - 1);
  assert.deepEqual(JSON.parse(text), JSON.parse(JSON.stringify(example())));
});

describe("verdictOf", () => {
  const cases: [severities: Severity[], inconclusive: boolean, verdict: Verdict][] = [
    [[], false, "pass"],
    [["info"], false, "pass"],
    [["info", "warning"], false, "warn"],
    [["warning", "error"], false, "fail"],
    [[], true, "inconclusive"],
    [["warning"], true, "inconclusive"],
    [["error"], true, "fail"],
  ];
  for (const [severities, inconclusive, verdict] of cases) {
    test(`${severities.join(" + ") || "nothing"}${inconclusive ? ", inconclusive" : ""}: ${verdict}`, () => {
      assert.equal(
        verdictOf(
          severities.map((severity) => finding("a/b", { severity })),
          inconclusive,
        ),
        verdict,
      );
    });
  }
});

test("totals count by verdict", () => {
  const totals = emptyTotals();
  for (const report of [healthy(), example(), example(), inconclusive()]) addTo(totals, report);
  assert.deepEqual(totals, { pass: 1, warn: 0, fail: 2, inconclusive: 1 });
  assert.deepEqual(emptyTotals(), { pass: 0, warn: 0, fail: 0, inconclusive: 0 });
});
