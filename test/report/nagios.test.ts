import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Report } from "../../src/facts/output.ts";
import { certificateEnds } from "../../src/views/certificate-ends.ts";
import { nagiosExitCode, nagiosStateOf, nagiosStream, nagiosUnknown, type NagiosState } from "../../src/report/nagios.ts";
import { attacked, HARMFUL, named, whole } from "./attacks.ts";
import { readNagios } from "./readers/nagios.ts";
import { example, finding, healthy, inconclusive } from "./sample.ts";

const warned = (): Report => ({
  ...healthy(),
  serverName: "warn.example",
  verdict: "warn",
  findings: [finding("srv/conflict", { severity: "warning", step: "srv" })],
});
const render = (...reports: Report[]) => readNagios(whole(nagiosStream("error"), reports));

describe("nagios", () => {
  test("one server that passes", () => {
    assert.equal(
      whole(nagiosStream("error"), [healthy()]),
      "MATRIX OK - example.com: Homeservers reach Synapse 1.152.0 at hs1.host.example:8448. | time=0.300s;;;0 cert=59;14:;0: errors=0;;;0 warnings=0;;;0 pass=1;;;0 warn=0;;;0 fail=0;;;0 inconclusive=0;;;0\n",
    );
  });

  test("one server that fails says the root cause", () => {
    const { word, text, performance } = render(example());
    assert.equal(word, "CRITICAL");
    assert.equal(text, "example.com: tls/name-is-srv-target: The certificate covers the SRV target but not the name that counts");
    assert.equal(performance["errors"], "1;;;0");
  });

  test("several: worst first", () => {
    const { word, text } = render(healthy(), inconclusive(), warned(), example());
    assert.equal(word, "CRITICAL");
    assert.equal(
      text,
      "1 of 4 names fail: example.com (tls/name-is-srv-target); 1 warn: warn.example (srv/conflict); 1 inconclusive: example.com (dns/resolver-unreachable)",
    );
    assert.equal(render(healthy(), healthy()).text, "2 names pass");
  });

  test("the line stays short, however many names", () => {
    const reports = Array.from({ length: 900 }, (_, index) => ({
      ...[example, warned, inconclusive][index % 3]!(),
      serverName: `${"long-".repeat(30)}${index}.example`,
    }));
    const line = whole(nagiosStream("error"), reports);
    assert.match(readNagios(line).text, /^300 of 900 names fail: .* and 297 more; 300 warn: /);
    assert.ok(Buffer.byteLength(line) <= 1024, `${Buffer.byteLength(line)}`);
  });

  for (const [notAfter, days] of [
    ["2026-10-01T13:00:00.000Z", 0],
    ["2026-10-02T12:00:00.000Z", 1],
    ["2026-10-01T11:00:00.000Z", -1],
    ["2027-10-01T12:00:00.000Z", 59],
  ] as const) {
    test(`certificate of the well-known host until ${notAfter}: ${days} days`, () => {
      const report = healthy();
      const { wellKnown } = report.facts;
      assert.ok(wellKnown.status === "done");
      const tls = wellKnown.value.attempts[0]?.hops[0]?.connection?.tls;
      assert.ok(tls?.status === "done");
      tls.value.chain[0].notAfter = notAfter;
      assert.equal(render(report).performance["cert"], `${days};14:;0:`);
    });
  }

  test("no certificate seen: no value", () => {
    assert.equal(render(inconclusive()).performance["cert"], undefined);
  });

  const states: [verdict: Report["verdict"], internal: boolean, failOn: "error" | "warning", state: NagiosState][] = [
    ["pass", false, "error", 0],
    ["pass", true, "error", 3],
    ["warn", false, "error", 1],
    ["warn", false, "warning", 2],
    ["warn", true, "error", 1],
    ["fail", false, "error", 2],
    ["fail", true, "warning", 2],
    ["inconclusive", false, "warning", 3],
  ];
  for (const [verdict, internal, failOn, state] of states) {
    test(`${verdict}${internal ? " with an internal error" : ""}, --fail-on ${failOn}: ${state}`, () => {
      const report: Report = { ...healthy(), verdict, ...(internal ? { internalErrors: ["a/b: boom"] } : {}) };
      assert.equal(nagiosStateOf(report, failOn), state);
      const stream = nagiosStream(failOn);
      const { word } = readNagios(whole(stream, [report]));
      assert.deepEqual([stream.state, word], [state, ["OK", "WARNING", "CRITICAL", "UNKNOWN"][state]]);
    });
  }

  const codes: [states: NagiosState[], code: NagiosState][] = [
    [[], 3],
    [[0, 0], 0],
    [[0, 3], 3],
    [[3, 1], 1],
    [[1, 2, 3], 2],
  ];
  for (const [given, code] of codes) test(`${given.join(" ") || "nothing"}: ${code}`, () => assert.equal(nagiosExitCode(given), code));

  test("no report: UNKNOWN", () => {
    const stream = nagiosStream("error");
    assert.equal(stream.state, 3);
    assert.deepEqual([readNagios(whole(stream, [])).word, readNagios(whole(stream, [])).text], ["UNKNOWN", "no server name was checked"]);
    assert.equal(nagiosUnknown('bad | "name"\nx'), "MATRIX UNKNOWN - bad ? name?nx\n");
  });

  // As the texts say it: 0.4 days are "less than a day ago", and alert already.
  for (const [days, shown] of [
    [2.9, 2],
    [0.4, 0],
    [-0.4, -1],
    [-3.2, -3],
  ] as const) {
    test(`a certificate that ends in ${days} days: cert=${shown}`, () => {
      const report = healthy();
      const end = Math.min(...certificateEnds(report.facts).map(({ at }) => at));
      const facts = { ...report.facts, startedAt: new Date(end - days * 86_400_000).toISOString() };
      assert.match(whole(nagiosStream("error"), [{ ...report, facts }]), new RegExp(` cert=${shown};14:;0: `));
    });
  }

  test("clauses stay apart", () => {
    const report = { ...example(), findings: [{ ...finding("tls/x"), title: "one; other" }] };
    assert.match(whole(nagiosStream("error"), [report]), /one, other/);
  });

  for (const [name, attack] of named) {
    test(`one line, no performance data of theirs: ${name}`, () => {
      for (const reports of [attacked(attack), ...attacked(attack).map((report) => [report])]) {
        const line = whole(nagiosStream("error"), reports);
        assert.doesNotMatch(line, HARMFUL);
        const { text, performance } = readNagios(line);
        assert.doesNotMatch(text, /["'`\\$<>&;](?! 1 (warn|inconclusive))/);
        assert.deepEqual(
          Object.keys(performance).filter((label) => label !== "cert"),
          ["time", "errors", "warnings", "pass", "warn", "fail", "inconclusive"],
        );
      }
    });
  }
});
