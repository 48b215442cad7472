/** Who reaches the server, in every format that says it. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Chalk } from "chalk";
import type { Reach, Report } from "../../src/facts/output.ts";
import { markdownStream } from "../../src/report/markdown.ts";
import { renderPretty } from "../../src/report/pretty.ts";
import { prometheusStream } from "../../src/report/prometheus.ts";
import { reachLine, reachRows } from "../../src/report/reach-text.ts";
import { reportBody } from "../../src/report/html-report.ts";
import { example } from "./sample.ts";

const yes = (homeserver: string): Reach => ({ homeserver, reaches: "yes", via: "well-known", because: [] });
const no = (homeserver: string, ...because: string[]): Reach => ({ homeserver, reaches: "no", via: null, because });

describe("one line", () => {
  const cases: [string, Reach[], string | null][] = [
    ["nothing is known", [], null],
    ["all", [yes("Synapse"), yes("Dendrite")], "Reached by all known homeservers"],
    [
      "none, because of one thing",
      [no("Synapse", "tls/expired"), no("Dendrite", "tls/expired")],
      "Reached by no known homeserver (tls/expired)",
    ],
    ["none, each because of another", [no("Synapse", "tls/expired"), no("Dendrite", "srv/port-zero")], "Reached by no known homeserver"],
    [
      "some",
      [yes("Synapse"), yes("Dendrite"), no("conduwuit", "well-known/too-large"), no("tuwunel", "well-known/too-large")],
      "Reached by Synapse, Dendrite · not by conduwuit, tuwunel (well-known/too-large)",
    ],
    [
      "some only sometimes, of some nothing is known",
      [
        yes("Dendrite"),
        { homeserver: "Synapse", reaches: "sometimes", via: "srv", because: ["tls/expired"] },
        { homeserver: "Conduit", reaches: "unknown", via: null, because: [] },
      ],
      "Reached by Dendrite · sometimes by Synapse (tls/expired) · not known for Conduit",
    ],
  ];
  for (const [name, reach, line] of cases) test(name, () => assert.equal(reachLine(reach), line));
});

describe("formats", () => {
  const report: Report = { ...example(), reach: [yes("Dendrite"), no("Synapse", "tls/name-is-srv-target", "tls/expired")] };
  const options = { chalk: new Chalk({ level: 0 }), width: 80, verbose: false, quiet: false, unicode: true };

  test("pretty: a line before the verdict; with -v a row each", () => {
    assert.match(renderPretty(report, options), /\n\nReached by Dendrite · not by Synapse \(tls\/name-is-srv-target\)\n\nFAIL/);
    assert.match(renderPretty({ ...report }, { ...options, unicode: false }), /\nReached by Dendrite - not by Synapse/);
    assert.doesNotMatch(renderPretty(report, { ...options, quiet: true }), /Reached/);
    const rows = reachRows(report).map(({ label, text }) => `${label}: ${text}`);
    assert.deepEqual(rows, ["yes: Dendrite (by well-known)", "no: Synapse (tls/name-is-srv-target; tls/expired)"]);
    const verbose = renderPretty(report, { ...options, verbose: true });
    assert.match(verbose, /Homeservers\n/);
    assert.match(verbose, /no {12}Synapse \(tls\/name-is-srv-target; tls\/expired\)/);
  });

  test("html: the line and a table", () => {
    const body = String(reportBody(report)("name-1"));
    assert.match(body, /<p>Reached by Dendrite · not by Synapse/);
    assert.match(body, /<tr><th scope="row">Synapse<\/th><td>no<\/td><td><\/td><td>tls\/name-is-srv-target, tls\/expired<\/td><\/tr>/);
  });

  test("markdown: the line, or a table in the long form", () => {
    const written = (verbose: boolean): string => {
      const stream = markdownStream({ verbose });
      return stream.open(report.startedAt) + stream.report(report)() + stream.close({ pass: 0, warn: 0, fail: 1, inconclusive: 0 }, 1);
    };
    assert.match(written(false), /\nReached by Dendrite; not by Synapse \(`tls\/name-is-srv-target`\)\.\n/);
    assert.match(written(true), /\n\| Synapse \| no \| {2}\| `tls\/name-is-srv-target`, `tls\/expired` \|\n/);
  });

  test("prometheus: a number for each that is known", () => {
    const stream = prometheusStream({ name: "matrix-delegation-check", version: "1" });
    const reach: Reach[] = [...report.reach, { homeserver: "Conduit", reaches: "unknown", via: null, because: [] }];
    stream.report({ ...report, reach })();
    const samples = stream.close({ pass: 0, warn: 0, fail: 1, inconclusive: 0 }, 1).match(/^matrix_delegation_check_reached.*$/gm);
    assert.deepEqual(samples, [
      'matrix_delegation_check_reached{server_name="example.com",homeserver="Dendrite"} 1',
      'matrix_delegation_check_reached{server_name="example.com",homeserver="Synapse"} 0',
    ]);
  });
});
