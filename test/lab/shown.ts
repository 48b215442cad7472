/**
 * A report as people and programs get it, searched for what must never be in it: anything that a terminal obeys, that turns the reading
 * direction or hides itself, whatever the other side sent.
 */
import assert from "node:assert/strict";
import { Chalk } from "chalk";
import type { Output, Report } from "../../src/facts/output.ts";
import { htmlStream } from "../../src/report/html.ts";
import { renderJson } from "../../src/report/json.ts";
import { renderPretty, renderPrettyOfSeveral, renderPrettySummaryLine, type PrettyOptions } from "../../src/report/pretty.ts";
import { whole } from "../report/attacks.ts";

/** C0 but newline, DEL, C1, bidi controls, zero-width and other format characters, line separators, lone surrogates. */
const HARMFUL = /[\x00-\x09\x0b-\x1f\x7f-\x9f\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;
const SGR = /\x1b\[[\d;]*m/g;

/** Every form in which the report can be shown today, by what it is called in a message. */
function* forms(report: Report): Iterable<[form: string, text: string]> {
  for (const level of [0, 3] as const) {
    for (const unicode of [true, false]) {
      for (const verbose of [true, false]) {
        const options: PrettyOptions = { chalk: new Chalk({ level }), width: 80, verbose, quiet: false, unicode };
        const colour = (text: string): string => (level === 0 ? text : text.replace(SGR, ""));
        const name = `pretty, colour ${level}${unicode ? ", unicode" : ""}${verbose ? ", verbose" : ""}`;
        yield [name, colour(renderPretty(report, options))];
        yield [`${name}, of several`, colour(renderPrettyOfSeveral(report, options))];
        yield [`${name}, one line`, colour(renderPrettySummaryLine(report, options))];
      }
    }
  }
  yield ["json", renderJson(outputOf(report))];
  yield ["html", whole(htmlStream({ name: "test", version: "0" }, { several: false }), [report])];
}

export function assertHarmless(report: Report): void {
  for (const [form, text] of forms(report)) {
    const at = text.search(HARMFUL);
    assert.ok(at === -1, `${form}: ${JSON.stringify(text.slice(Math.max(0, at - 60), at + 20))}`);
  }
  assert.deepEqual(
    JSON.parse(renderJson(outputOf(report))),
    JSON.parse(JSON.stringify(outputOf(report))),
    "escaping changed what the JSON says",
  );
}

function outputOf(report: Report): Output {
  const totals = { pass: 0, warn: 0, fail: 0, inconclusive: 0, [report.verdict]: 1 };
  return {
    schemaVersion: 1,
    tool: { name: "test", version: "0" },
    startedAt: report.startedAt,
    durationMs: report.durationMs,
    totals,
    reports: [report],
  };
}
