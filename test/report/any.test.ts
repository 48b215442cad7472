/** Every format, whatever stands in every string and number that the schema leaves open: it is read by others as what it claims to be. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Chalk } from "chalk";
import fc from "fast-check";
import { judgeFacts } from "../../src/judge-facts.ts";
import type { FormatName } from "../../src/commands/options.ts";
import type { Output, Report } from "../../src/facts/output.ts";
import { githubStream } from "../../src/report/github.ts";
import { htmlStream } from "../../src/report/html.ts";
import { renderJson } from "../../src/report/json.ts";
import { junitStream } from "../../src/report/junit.ts";
import { markdownStream } from "../../src/report/markdown.ts";
import { nagiosStream } from "../../src/report/nagios.ts";
import { renderNdjson } from "../../src/report/ndjson.ts";
import { renderPretty, renderPrettyOfSeveral, type PrettyOptions } from "../../src/report/pretty.ts";
import { prometheusStream } from "../../src/report/prometheus.ts";
import { sarifStream } from "../../src/report/sarif.ts";
import { tapStream } from "../../src/report/tap.ts";
import { anyFacts, anyReport } from "./any-report.ts";
import { FORMAT_ATTACKS, HARMFUL, whole } from "./attacks.ts";
import { commandsOf } from "./readers/github.ts";
import { readHtml } from "./readers/html.ts";
import { readJunit } from "./readers/junit.ts";
import { skeleton } from "./readers/markdown.ts";
import { readNagios } from "./readers/nagios.ts";
import { isOutput, isReport } from "./readers/output.ts";
import { readPrometheus } from "./readers/prometheus.ts";
import { isSarif } from "./readers/sarif.ts";
import { assertTap, readTap } from "./readers/tap.ts";
import { output } from "./sample.ts";

const strings = fc.oneof(
  fc.constantFrom(...FORMAT_ATTACKS),
  fc.constantFrom("example.org", "192.0.2.1", "https://example.org/", "a/b"),
  fc.string({ unit: "binary", maxLength: 40 }),
);
const { tool } = output();

/** Writes the reports in that format, reads what was written, and gives the text. */
const FORMATS: Record<FormatName, (reports: Report[]) => string> = {
  pretty: (reports) => {
    const options: PrettyOptions = { chalk: new Chalk({ level: 0 }), width: 80, verbose: true, quiet: false, unicode: true };
    return reports.map((report) => renderPretty(report, options) + renderPrettyOfSeveral(report, { ...options, verbose: false })).join("");
  },
  json: (reports) => {
    const given: Output = output(...reports);
    const text = renderJson(given);
    assert.deepEqual(JSON.parse(text), JSON.parse(JSON.stringify(given)));
    assert.ok(isOutput(JSON.parse(text)), JSON.stringify(isOutput.errors));
    return text;
  },
  ndjson: (reports) => {
    const lines = reports.map(renderNdjson);
    for (const line of lines) assert.ok(/^[^\n]+\n$/.test(line) && isReport(JSON.parse(line)), line);
    return lines.join("");
  },
  junit: (reports) => {
    const text = whole(junitStream(), reports);
    assert.equal(readJunit(text).children.length, reports.length);
    return text;
  },
  github: (reports) => {
    const text = whole(githubStream({ jobSummary: true }), reports);
    const commands = commandsOf(text);
    // GitHub shows ten of a kind.
    for (const { name } of commands)
      assert.ok(["error", "warning", "notice"].includes(name) && commands.filter((each) => each.name === name).length <= 10);
    assert.equal(text.split("\n").length, reports.length + commands.length + 1);
    return text;
  },
  markdown: (reports) => {
    const text = whole(markdownStream(), reports);
    skeleton(text);
    return text;
  },
  sarif: (reports) => {
    const text = whole(sarifStream(tool), reports);
    assert.ok(isSarif(JSON.parse(text)), JSON.stringify(isSarif.errors));
    return text;
  },
  nagios: (reports) => {
    const text = whole(nagiosStream("error"), reports);
    readNagios(text);
    return text;
  },
  prometheus: (reports) => {
    const text = whole(prometheusStream(tool), reports);
    readPrometheus(text);
    return text;
  },
  tap: (reports) => {
    const text = whole(tapStream(), reports);
    assert.equal(readTap(text).length, reports.length);
    assertTap(text);
    return text;
  },
  html: (reports) => {
    const text = whole(htmlStream(tool, { several: reports.length !== 1 }), reports);
    readHtml(text);
    return text;
  },
};

/** Of each property; a thousand find no more today. */
const numRuns = 40;

for (const [format, write] of Object.entries(FORMATS)) {
  describe(format, () => {
    const check = (reports: Report[]): void => assert.doesNotMatch(write(reports), HARMFUL);
    test("any report", () => {
      fc.assert(fc.property(fc.array(anyReport(strings), { minLength: 1, maxLength: 3 }), check), { numRuns });
    });
    test("any evidence, judged", async () => {
      await fc.assert(
        fc.asyncProperty(anyFacts(strings), async (facts) => {
          const report = judgeFacts(facts, []);
          assert.deepEqual(report.internalErrors, undefined);
          check([report]);
        }),
        { numRuns },
      );
    });
  });
}
