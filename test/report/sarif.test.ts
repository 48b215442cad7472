import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { sarifStream } from "../../src/report/sarif.ts";
import type { ReportStream } from "../../src/report/stream.ts";
import { attacked, HARMFUL, named, whole } from "./attacks.ts";
import { isSarif } from "./readers/sarif.ts";
import { example, finding, healthy, inconclusive, output, withFiles } from "./sample.ts";

interface Sarif {
  runs: {
    results: {
      ruleId: string;
      level: string;
      message: { text: string };
      locations?: unknown;
      properties: { serverName: string };
      partialFingerprints: Record<string, string>;
    }[];
    tool: { driver: { name: string; version: string; rules: { id: string; helpUri?: string; shortDescription: { text: string } }[] } };
    invocations: { executionSuccessful: boolean; toolExecutionNotifications: { message: { text: string } }[] }[];
  }[];
}

function read(text: string) {
  const log = JSON.parse(text) as Sarif;
  assert.ok(isSarif(log), JSON.stringify(isSarif.errors, null, 1));
  return log.runs[0]!;
}

const stream = () => sarifStream(output().tool);

test("the schema refuses what isn't SARIF", () => {
  const log = JSON.parse(whole(stream(), [example()])) as { runs: { results: { level: string }[] }[] };
  log.runs[0]!.results[0]!.level = "fatal";
  assert.equal(isSarif(log), false);
});

describe("sarif", () => {
  test("a result a finding, a rule a code", () => {
    const warning = finding("srv/conflict", { severity: "warning", step: "srv" });
    const { results, tool } = read(
      whole(stream(), [
        example(),
        { ...example(), serverName: "other.example", findings: [...example().findings, warning] },
        inconclusive(),
      ]),
    );
    assert.deepEqual(
      results.map(({ ruleId, level, properties }) => [ruleId, level, properties.serverName]),
      [
        ["tls/name-is-srv-target", "error", "example.com"],
        ["tls/name-is-srv-target", "error", "other.example"],
        ["srv/conflict", "warning", "other.example"],
        ["dns/resolver-unreachable", "note", "example.com"],
      ],
    );
    // GitHub's code scanning refuses a result without a location.
    for (const { locations, properties } of results) {
      const region = { startLine: 1 };
      assert.deepEqual(locations, [{ physicalLocation: { artifactLocation: { uri: properties.serverName }, region } }]);
    }
    assert.deepEqual(
      tool.driver.rules.map(({ id, helpUri }) => [id, helpUri]),
      [
        ["tls/name-is-srv-target", "https://spec.matrix.org/v1.16/server-server-api/#resolving-server-names"],
        ["srv/conflict", undefined],
        ["dns/resolver-unreachable", undefined],
      ],
    );
    assert.match(results[0]!.message.text, /^example\.com: The certificate covers the SRV target[^]*\nFix: 1\. Issue/);
    assert.equal(new Set(results.map(({ partialFingerprints }) => JSON.stringify(partialFingerprints))).size, 4);
  });

  test("what is about a file that was given has its line", () => {
    const { results } = read(whole(stream(), [withFiles().report]));
    assert.deepEqual(
      results.map(({ locations }) => locations),
      [
        [{ physicalLocation: { artifactLocation: { uri: "zones/db%2C%20old%3A%25.example" }, region: { startLine: 6 } } }],
        [{ physicalLocation: { artifactLocation: { uri: "file:///srv/server.json" }, region: { startLine: 2 } } }],
      ],
    );
  });

  test("what is about a server has the place of its name", () => {
    const uris = (stream: ReportStream, serverName: string): unknown[] =>
      read(whole(stream, [{ ...example(), serverName }])).results.map(
        ({ locations }) =>
          (locations as { physicalLocation: { artifactLocation: { uri: string } } }[])[0]?.physicalLocation.artifactLocation.uri,
      );
    const tool = { name: "test", version: "0" };
    assert.deepEqual([...new Set(uris(sarifStream(tool), "[2001:db8::1]:8448"))], ["%5B2001%3Adb8%3A%3A1%5D%3A8448"]);
    assert.deepEqual([...new Set(uris(sarifStream(tool), ""))], ["server-name"]);
    assert.deepEqual(
      [...new Set(uris(sarifStream(tool, { namesFile: "./lists/names: all.txt" }), "a.example"))],
      ["lists/names%3A%20all.txt"],
    );
  });

  test("without findings, and without reports", () => {
    for (const reports of [[healthy()], []]) assert.deepEqual(read(whole(stream(), reports)).results, []);
  });

  test("an internal error is a notification", () => {
    const { invocations } = read(whole(stream(), [{ ...healthy(), internalErrors: ["tls/x: boom"] }]));
    assert.equal(invocations[0]?.executionSuccessful, false);
    assert.equal(invocations[0].toolExecutionNotifications[0]?.message.text, "example.com: tls/x: boom");
  });

  for (const [name, attack] of named) {
    test(`valid, and no link of theirs: ${name}`, () => {
      const text = whole(stream(), attacked(attack));
      assert.doesNotMatch(text, HARMFUL);
      const { results, tool } = read(text);
      for (const shown of [
        ...results.map(({ message }) => message.text),
        ...tool.driver.rules.map(({ shortDescription }) => shortDescription.text),
      ]) {
        // 3.11.6: an embedded link is `[text](destination)`; 3.11.5: a placeholder is `{n}`.
        assert.doesNotMatch(shown, /\]\(|\{\d/);
        assert.doesNotMatch(shown, HARMFUL);
      }
    });
  }
});
