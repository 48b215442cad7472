import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { tapStream } from "../../src/report/tap.ts";
import { attacked, HARMFUL, named, whole } from "./attacks.ts";
import { example, finding, healthy, inconclusive } from "./sample.ts";

interface Point {
  ok: boolean;
  description: string;
  skip: string | null;
  yaml: string[];
  subtest: Point[];
}

/** Reads the part of TAP 14 that this format writes; every other line throws, so that nothing from outside can become a line. */
function read(lines: string[], indent = ""): Point[] {
  const points: Point[] = [];
  let plan: number | null = null;
  while (lines.length > 0 && lines[0]!.startsWith(indent) && plan === null) {
    const line = lines.shift()!.slice(indent.length);
    const subtest: Point[] = [];
    let point = line;
    const comment = /^# Subtest: (.+)$/.exec(line);
    if (comment !== null) {
      subtest.push(...read(lines, `${indent}    `));
      point = lines.shift()!.slice(indent.length);
    }
    const end = /^1\.\.(\d+)$/.exec(point);
    if (end !== null) {
      plan = Number(end[1]);
      continue;
    }
    // A description ends at the first ` #` that has no backslash; `\#` and `\\` are `#` and `\`.
    const found = /^(not )?ok (\d+) - ((?:[^\\#]|\\[\\#])+?)(?: # SKIP(?: ((?:[^\\#]|\\[\\#])+))?)?$/.exec(point);
    assert.ok(found, `no test point: ${point.slice(0, 100)}`);
    const [, not, number, description = "", reason] = found;
    assert.equal(Number(number), points.length + 1);
    if (comment !== null) assert.equal(comment[1], description);
    const yaml: string[] = [];
    if (lines[0] === `${indent}  ---`) {
      lines.shift();
      while (lines[0] !== `${indent}  ...`) {
        assert.match(lines[0] ?? "", new RegExp(`^${indent}  ( *)(- )?((\\w+): ?)?("([^"\\\\]|\\\\.)*"|[a-z]+|[\\d.]+)?$`));
        yaml.push(lines.shift()!.slice(indent.length + 2));
      }
      lines.shift();
    }
    points.push({ ok: not === undefined, description: description.replace(/\\([\\#])/g, "$1"), skip: point.includes(" # SKIP") ? (reason ?? "") : null, yaml, subtest });
  }
  assert.equal(plan, points.length, "the plan at the end");
  return points;
}

function parse(text: string): Point[] {
  assert.ok(text.startsWith("TAP version 14\n") && text.endsWith("\n"));
  const lines = text.split("\n").slice(1, -1);
  const points = read(lines);
  assert.deepEqual(lines, []);
  return points;
}

const shape = ({ ok, skip, yaml, subtest }: Point): unknown => [ok, skip === null, yaml.length, subtest.map(shape)];

describe("tap", () => {
  test("a test point a name, its steps in a subtest", () => {
    const points = parse(whole(tapStream(), [healthy(), example(), inconclusive()]));
    assert.deepEqual(points.map(({ ok, description, skip }) => [ok, description, skip]), [
      [true, "example.com", null], [false, "example.com", null], [true, "example.com", "No resolver gives an answer."],
    ]);
    assert.deepEqual(points[1]!.subtest.map(({ ok, description }) => `${ok} ${description}`), [
      "true name", "true well-known", "true srv", "true address", "true connect", "false tls", "true federation", "true keys",
    ]);
    const { yaml } = points[1]!.subtest[5]!;
    assert.ok(yaml.includes('  - code: "tls/name-is-srv-target"'));
    assert.ok(yaml.some((line) => /^ {4}text: "The certificate.*\\nFix: 1\. Issue a certificate that covers matrix\.example\.com, or\\n/.test(line)));
    assert.equal(points[2]!.subtest.filter(({ skip }) => skip === "unknown").length, 7);
    assert.equal(points[2]!.subtest[8]!.description, "dns");
  });

  test("a warning is ok; an internal error isn't", () => {
    const findings = [finding("srv/conflict", { severity: "warning", step: "srv" })];
    const points = parse(whole(tapStream(), [{ ...healthy(), verdict: "warn", findings }, { ...healthy(), internalErrors: ["a/b: boom"] }]));
    assert.deepEqual(points.map(({ ok }) => ok), [true, false]);
    assert.ok(points[0]!.subtest[2]!.yaml.includes("    severity: warning"));
  });

  test("no report at all", () => assert.equal(whole(tapStream(), []), "TAP version 14\n1..0\n"));

  test("what a description says survives its escapes", () => {
    for (const serverName of ["a # SKIP b", "a \\# b", "#", "\\"]) {
      const [point] = parse(whole(tapStream(), [{ ...healthy(), serverName }]));
      assert.deepEqual([point?.description, point?.skip], [serverName, null]);
    }
  });

  const benign = parse(whole(tapStream(), attacked("x"))).map((point) => [point.ok, point.skip === null, point.subtest.map(({ ok, skip }) => [ok, skip === null])]);
  for (const [name, attack] of named) {
    test(`no line of theirs: ${name}`, () => {
      const text = whole(tapStream(), attacked(attack));
      assert.doesNotMatch(text, HARMFUL);
      const points = parse(text);
      assert.deepEqual(points.map((point) => [point.ok, point.skip === null, point.subtest.map(({ ok, skip }) => [ok, skip === null])]), benign);
      assert.ok(points.map(shape).length > 0);
    });
  }
});

test("a TAP parser that isn't ours takes it, strictly", async () => {
  const { Parser } = await import("tap-parser");
  for (const reports of [[healthy()], [example()], [inconclusive()], ...named.map(([, attack]) => attacked(attack))]) {
    const parser = new Parser({ strict: true });
    const extra: string[] = [];
    parser.on("extra", (line: string) => extra.push(line));
    parser.end(whole(tapStream(), reports));
    assert.deepEqual(extra, []);
    assert.equal(parser.bailedOut, false);
    assert.deepEqual(parser.failures.flatMap(({ tapError }) => (typeof tapError === "string" ? [tapError] : [])), []);
  }
});
