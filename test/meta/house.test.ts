/** What holds the house together: one answer for each question, and what a finding is stands in its rule alone (docs/architecture.md). */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { assemble } from "../../src/report/assemble.ts";
import { judge } from "../../src/rules/judge.ts";
import { rules } from "../../src/rules/registry.ts";
import type { Rule } from "../../src/rules/rule.ts";
import { endpointsOf } from "../../src/views/endpoints.ts";
import { endpointWorks } from "../../src/views/endpoint-works.ts";
import * as made from "../rules/facts-builder.ts";

const SRC = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "src");
const sources = readdirSync(SRC, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && entry.name.endsWith(".ts"))
  .map((entry) => join(entry.parentPath, entry.name))
  .map((path) => ({ path: relative(SRC, path), source: readFileSync(path, "utf8") }));
const isRuleFile = (path: string): boolean => /^rules\/[^/]+\/(?!index\.ts$)[^/]+\.ts$/.test(path);

const withoutComments = (source: string): string => source.replace(/\/\*[^]*?\*\/|^\s*\/\/.*$/gm, "");

describe("what a finding is stands in its rule", () => {
  test("no other file has a code as a value", () => {
    const codes = new Set<string>(rules.map(({ code }) => code));
    const named = sources
      .filter(({ path }) => !isRuleFile(path))
      .flatMap(({ path, source }) =>
        [...withoutComments(source).matchAll(/(["'`])([a-z-]+\/[a-z0-9-]+)\1/g)].flatMap(([, , text = ""]) =>
          codes.has(text) ? [`${path}: ${text}`] : [],
        ),
      );
    assert.deepEqual(named, [], "say it in the rule (breaks, signOf, causes, needs), or ask a view");
  });

  test("no rule imports a rule, and nobody but the registry, judging and the commands imports rules", () => {
    const imports = (source: string): string[] => [...source.matchAll(/(?:from |import\()"(\.[^"]+)"/g)].map(([, from = ""]) => from);
    const to = (path: string, from: string): string => join(dirname(path), from);
    const wrong = sources.flatMap(({ path, source }) =>
      imports(source)
        .map((from) => to(path, from))
        .filter((target) =>
          isRuleFile(path)
            ? target.startsWith("rules/") && target !== "rules/rule.ts"
            : isRuleFile(target) && !/^rules\/[^/]+\/index\.ts$/.test(path),
        )
        .map((target) => `${path} imports ${target}`),
    );
    assert.deepEqual(wrong, []);
  });
});

test("no file imports itself, by whichever ways", () => {
  const imports = new Map(
    sources.map(({ path, source }) => [
      path,
      [...withoutComments(source).matchAll(/(?:from |import\()"(\.[^"]+)"/g)].map(([, from = ""]) => join(dirname(path), from)),
    ]),
  );
  const circles: string[] = [];
  const done = new Set<string>();
  const visit = (path: string, way: readonly string[]): void => {
    if (way.includes(path)) circles.push([...way.slice(way.indexOf(path)), path].join(" → "));
    if (way.includes(path) || done.has(path)) return;
    for (const next of imports.get(path) ?? []) visit(next, [...way, path]);
    done.add(path);
  };
  for (const { path } of sources) visit(path, []);
  assert.deepEqual(circles, []);
});

describe("one answer for each question", () => {
  for (const name of [
    "endpointWorks",
    "reachesServer",
    "routeWorks",
    "certificateFaults",
    "keysFaults",
    "wellKnownResult",
    "isChallenge",
    "isRefusal",
    "isRedirect",
    "isIpLiteral",
    "place",
    "staleAnswers",
    "olderProtocol",
    "handshakeFailure",
  ]) {
    test(name, () => {
      const defining = sources.filter(({ source }) => new RegExp(`^export function ${name}\\(`, "m").test(source)).map(({ path }) => path);
      assert.equal(defining.length, 1, `${name} is defined in ${defining.join(", ") || "no file"}`);
    });
  }
});

describe("an error at an endpoint makes it fail", () => {
  const { endpoint, healthy, tls, withEndpoints } = made;
  const place = `${made.V4}:443`;
  const trial: Rule = {
    code: "tls/trial",
    severity: "error",
    title: "A trial finding",
    explain: "",
    spec: null,
    breaks: "endpoint",
    *judge(facts) {
      for (const { place: at } of endpointsOf(facts))
        yield { severity: "error", detail: "Seen.", fix: ["Mend it."], where: [at], affects: "all" };
    },
  };

  test("a new rule's, too: the endpoint counts as failed, and what explains it is its cause", () => {
    const facts = withEndpoints(endpoint());
    assert.equal(endpointsOf(facts)[0]?.place, place);
    const cause: Rule = { ...trial, code: "srv/trial", causes: ["endpoint"], breaks: "route" };
    const judged = judge(facts, { rules: [cause, trial] });
    const report = assemble(facts, judged);
    assert.deepEqual(
      report.findings.map(({ code, causedBy }) => `${code} < ${causedBy}`),
      ["srv/trial < null", "tls/trial < srv/trial"],
    );
    assert.deepEqual(
      report.route?.targets.flatMap(({ endpoints }) => endpoints.map(({ status, findings }) => [status, ...findings])),
      [["failed", "srv/trial", "tls/trial"]],
    );
    assert.equal(report.verdict, "fail");
  });

  test("without breaks it says nothing about the endpoint", () => {
    const { breaks: _, ...mild } = trial;
    const facts = withEndpoints(endpoint());
    const report = assemble(facts, judge(facts, { rules: [mild] }));
    assert.deepEqual(
      report.route?.targets.flatMap(({ endpoints }) => endpoints.map(({ status }) => status)),
      ["ok"],
    );
  });

  test("the clues ask the same question", () => {
    const expired = withEndpoints(endpoint({ tls: made.done(tls({ notAfter: "2026-05-01T00:00:00.000Z" })) }));
    const [failing] = expired.targets[0]!.endpoints;
    assert.equal(endpointWorks(expired, failing!), false);
    assert.equal(endpointWorks(healthy(), healthy().targets[0]!.endpoints[0]!), true);
  });
});
