import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { junitStream } from "../../src/report/junit.ts";
import { attacked, HARMFUL, named, whole } from "./attacks.ts";
import { type Element, readJunit } from "./readers/junit.ts";
import { example, finding, healthy, inconclusive } from "./sample.ts";

const skeleton = (element: Element): unknown => [element.name, Object.keys(element.attributes), element.children.map(skeleton)];
const within = (element: Element, name: string): Element[] => element.children.filter((child) => child.name === name);

describe("junit", () => {
  test("a suite a server, a case a step", () => {
    const suites = within(readJunit(whole(junitStream(), [healthy(), example(), inconclusive()])), "testsuite");
    assert.deepEqual(
      suites.map(({ attributes: { id, name, tests, failures, errors, skipped } }) => [id, name, tests, failures, errors, skipped]),
      [
        ["0", "example.com", "8", "0", "0", "0"],
        ["1", "example.com", "8", "1", "0", "0"],
        // Nothing is known: green would be wrong.
        ["2", "example.com", "9", "0", "1", "7"],
      ],
    );
    const verdict = within(suites[2]!, "testcase").at(-1)!;
    assert.deepEqual(
      [verdict.attributes["name"], verdict.children.map(({ name, attributes }) => [name, attributes])],
      ["verdict", [["error", { message: inconclusive().summary, type: "inconclusive" }]]],
    );
    const tls = within(suites[1]!, "testcase").find(({ attributes }) => attributes["name"] === "tls")!;
    assert.equal(tls.attributes["time"], "0.121");
    const [failure] = tls.children;
    assert.deepEqual(failure?.attributes, {
      message: "The certificate covers the SRV target but not the name that counts",
      type: "tls/name-is-srv-target",
    });
    assert.match(
      failure.text,
      /matrix\.example\.com, which is the name[^]*Where: 192\.0\.2\.10:8448[^]*Fix: 1\. Issue[^]*2\. serve \{"m\.server"/,
    );
  });

  test("several errors of a step are one failure, with all their texts", () => {
    const report = { ...example(), findings: [finding("tls/expired"), finding("tls/no-san"), finding("tls/no-san")] };
    const [suite] = within(readJunit(whole(junitStream(), [report])), "testsuite");
    const failures = within(suite!, "testcase").flatMap(({ children }) => children);
    assert.deepEqual(
      failures.map(({ name, attributes }) => [name, attributes["message"]]),
      [["failure", "Title of tls/expired (and 1 more)"]],
    );
    assert.match(failures[0]!.text, /^error tls\/expired\n[^]*\n\nerror tls\/no-san\n/);
  });

  test("errors that belong to no step, and internal errors, are cases of their own", () => {
    const report = { ...example(), findings: [finding("policy/target", { step: "policy" })], internalErrors: ["tls/x: boom"] };
    const [suite] = within(readJunit(whole(junitStream(), [report])), "testsuite");
    const cases = within(suite!, "testcase")
      .slice(8)
      .map(({ attributes, children }) => [attributes["name"], children[0]?.name]);
    assert.deepEqual(cases, [
      ["policy", "failure"],
      ["matrix-delegation-check", "error"],
    ]);
    assert.deepEqual([suite?.attributes["tests"], suite?.attributes["errors"]], ["10", "1"]);
  });

  test("warnings and infos stand in system-out and fail nothing", () => {
    const report = { ...healthy(), findings: [finding("srv/conflict", { severity: "warning", step: "srv" })] };
    const [suite] = within(readJunit(whole(junitStream(), [report])), "testsuite");
    assert.equal(suite?.attributes["failures"], "0");
    assert.match(within(suite, "system-out")[0]!.text, /^warning srv\/conflict\nDetail of srv\/conflict\.\n/);
  });

  test("no report at all is a document too", () => assert.deepEqual(readJunit(whole(junitStream(), [])).children, []));

  test("ids follow the turns, not the arrivals", () => {
    const stream = junitStream();
    const late = stream.report(example());
    assert.match(stream.report(healthy())(), / id="0"/);
    assert.match(late(), / id="1"/);
  });

  const harmless = skeleton(readJunit(whole(junitStream(), attacked("x"))));
  for (const [name, attack] of named) {
    test(`the same elements and attributes whatever is inside: ${name}`, () => {
      const xml = whole(junitStream(), attacked(attack));
      assert.doesNotMatch(xml, HARMFUL);
      assert.deepEqual(skeleton(readJunit(xml)), harmless);
    });
  }
});
