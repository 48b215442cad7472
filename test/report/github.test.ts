import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { githubStream } from "../../src/report/github.ts";
import { attacked, HARMFUL, named, whole } from "./attacks.ts";
import { commandsOf } from "./readers/github.ts";
import { example, finding, healthy, inconclusive, withFiles } from "./sample.ts";

const stream = () => githubStream({ jobSummary: true });

const failing = (name: string, ...severities: ("error" | "warning" | "info")[]) => ({
  ...example(),
  serverName: name,
  findings: severities.map((severity, index) => finding(`tls/${severity}-${index}`, { severity })),
});

describe("github", () => {
  test("an annotation a root cause, a line of log a name", () => {
    const text = whole(stream(), [healthy(), example()]);
    assert.deepEqual(text.split("\n").slice(0, 2), [
      "PASS example.com Homeservers reach Synapse 1.152.0 at hs1.host.example:8448.",
      "FAIL example.com 1 error, 0 warnings: tls/name-is-srv-target: The certificate covers the SRV target but not the name that counts",
    ]);
    const [only, ...others] = commandsOf(text);
    assert.deepEqual(others, []);
    assert.equal(only?.name, "error");
    assert.deepEqual(only.properties, { title: "example.com: The certificate covers the SRV target but not the name that counts" });
    assert.match(only.data, /^The certificate covers hs1[^]*\nFix: 1\. Issue[^]*\{"m\.server"/);
  });

  test("errors before warnings over the whole run; infos are none", () => {
    const commands = commandsOf(whole(stream(), [failing("a", "warning", "info"), failing("b", "error")]));
    assert.deepEqual(
      commands.map(({ name }) => name),
      ["error", "warning"],
    );
  });

  test("consequences are named under their root cause", () => {
    const findings = [finding("well-known/tls", { step: "well-known" }), finding("connect/refused", { causedBy: "well-known/tls" })];
    const commands = commandsOf(whole(stream(), [{ ...example(), findings }]));
    assert.equal(commands.length, 1);
    assert.match(commands[0]!.data, /\nAlso: connect\/refused$/);
  });

  test("what is about a file that was given is shown at its line", () => {
    const { report, at } = withFiles();
    const commands = commandsOf(whole(githubStream({ jobSummary: false }), [report]));
    assert.deepEqual(
      commands.map(({ properties: { title: _, ...place } }) => place),
      at.map(({ file, line }) => ({ file, ...(line === null ? {} : { line: String(line) }) })),
    );
  });

  test("inconclusive and internal errors are said", () => {
    const commands = commandsOf(whole(stream(), [inconclusive(), { ...healthy(), internalErrors: ["a/b: boom"] }]));
    assert.deepEqual(
      commands.map(({ name, properties }) => `${name} ${properties["title"]}`),
      ["error example.com: internal error of matrix-delegation-check", "warning example.com: inconclusive"],
    );
  });

  for (const [errors, warnings, shown, rest] of [
    [10, 0, { error: 10 }, null],
    [4, 6, { error: 4, warning: 6 }, null],
    [11, 0, { error: 9, notice: 1 }, "2 errors more"],
    [3, 8, { error: 3, warning: 6, notice: 1 }, "2 warnings more"],
    [25, 40, { error: 9, notice: 1 }, "16 errors and 40 warnings more"],
  ] as const) {
    test(`${errors} errors, ${warnings} warnings: never more than ten`, () => {
      const reports = [
        ...Array.from({ length: warnings }, (_, index) => failing(`w${index}`, "warning")),
        ...Array.from({ length: errors }, (_, index) => failing(`e${index}`, "error")),
      ];
      const commands = commandsOf(whole(stream(), reports));
      const counts: Record<string, number> = {};
      for (const { name } of commands) counts[name] = (counts[name] ?? 0) + 1;
      assert.deepEqual(counts, shown);
      assert.equal(commands.at(-1)?.name === "notice" ? commands.at(-1)?.data.split(";")[0] : null, rest);
    });
  }

  for (const [jobSummary, place] of [
    [true, "all of them are in the job summary."],
    [false, "--report markdown=<file> writes all of them."],
  ] as const) {
    test(`${jobSummary ? "with" : "without"} a job summary: where the rest is`, () => {
      const reports = Array.from({ length: 11 }, (_, index) => failing(`e${index}`, "error"));
      assert.equal(commandsOf(whole(githubStream({ jobSummary }), reports)).at(-1)?.data, `2 errors more; ${place}`);
    });
  }

  const harmless = commandsOf(whole(stream(), attacked("x")));
  for (const [name, attack] of named) {
    test(`no command of theirs: ${name}`, () => {
      const text = whole(stream(), attacked(attack));
      assert.doesNotMatch(text, HARMFUL);
      const commands = commandsOf(text);
      assert.deepEqual(
        commands.map((one) => [one.name, Object.keys(one.properties)]),
        harmless.map((one) => [one.name, Object.keys(one.properties)]),
      );
      for (const line of text.split("\n").slice(0, 4)) assert.match(line, /^(PASS|WARN|FAIL|INCONCLUSIVE)( |$)/);
      assert.equal(text.split("\n").length, 4 + commands.length + 1);
    });
  }

  test("a percent sign of theirs stays one", () => {
    const report = { ...example(), findings: [finding("a/b", { title: "100%0A, 5::1", detail: "%25 %0A" })] };
    const [one] = commandsOf(whole(stream(), [report]));
    assert.equal(one?.properties["title"], "example.com: 100%0A, 5::1");
    assert.ok(one.data.startsWith("%25 %0A\n"));
  });
});
