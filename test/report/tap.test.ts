import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { tapStream } from "../../src/report/tap.ts";
import { attacked, HARMFUL, named, whole } from "./attacks.ts";
import { assertTap, type Point, readTap } from "./readers/tap.ts";
import { example, finding, healthy, inconclusive } from "./sample.ts";

const shape = ({ ok, skip, yaml, subtest }: Point): unknown => [ok, skip === null, yaml.length, subtest.map(shape)];

describe("tap", () => {
  test("a test point a name, its steps in a subtest", () => {
    const points = readTap(whole(tapStream(), [healthy(), example(), inconclusive()]));
    assert.deepEqual(
      points.map(({ ok, description, skip }) => [ok, description, skip]),
      [
        [true, "example.com", null],
        [false, "example.com", null],
        [true, "example.com", "No resolver gives an answer."],
      ],
    );
    assert.deepEqual(
      points[1]!.subtest.map(({ ok, description }) => `${ok} ${description}`),
      ["true name", "true well-known", "true srv", "true address", "true connect", "false tls", "true federation", "true keys"],
    );
    const { yaml } = points[1]!.subtest[5]!;
    assert.ok(yaml.includes('  - code: "tls/name-is-srv-target"'));
    assert.ok(yaml.includes("    text: |2"));
    assert.ok(yaml.includes("      Fix: 1. Issue a certificate that covers matrix.example.com, or"));
    assert.equal(points[2]!.subtest.filter(({ skip }) => skip === "unknown").length, 7);
    assert.equal(points[2]!.subtest[8]!.description, "dns");
  });

  test("a warning is ok; an internal error isn't", () => {
    const findings = [finding("srv/conflict", { severity: "warning", step: "srv" })];
    const points = readTap(
      whole(tapStream(), [
        { ...healthy(), verdict: "warn", findings },
        { ...healthy(), internalErrors: ["a/b: boom"] },
      ]),
    );
    assert.deepEqual(
      points.map(({ ok }) => ok),
      [true, false],
    );
    assert.ok(points[0]!.subtest[2]!.yaml.includes("    severity: warning"));
  });

  test("no report at all", () => assert.equal(whole(tapStream(), []), "TAP version 14\n1..0\n"));

  test("what a description says survives its escapes", () => {
    for (const serverName of ["a # SKIP b", "a \\# b", "#", "\\"]) {
      const [point] = readTap(whole(tapStream(), [{ ...healthy(), serverName }]));
      assert.deepEqual([point?.description, point?.skip], [serverName, null]);
    }
  });

  const benign = readTap(whole(tapStream(), attacked("x"))).map((point) => [
    point.ok,
    point.skip === null,
    point.subtest.map(({ ok, skip }) => [ok, skip === null]),
  ]);
  for (const [name, attack] of named) {
    test(`no line of theirs: ${name}`, () => {
      const text = whole(tapStream(), attacked(attack));
      assert.doesNotMatch(text, HARMFUL);
      const points = readTap(text);
      assert.deepEqual(
        points.map((point) => [point.ok, point.skip === null, point.subtest.map(({ ok, skip }) => [ok, skip === null])]),
        benign,
      );
      assert.ok(points.map(shape).length > 0);
    });
  }
});

test("a TAP parser that isn't ours takes it, strictly", () => {
  for (const reports of [[healthy()], [example()], [inconclusive()], ...named.map(([, attack]) => attacked(attack))])
    assertTap(whole(tapStream(), reports));
});
