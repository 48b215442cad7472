import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { junitStream } from "../../src/report/junit.ts";
import { attacked, HARMFUL, named, whole } from "./attacks.ts";
import { example, finding, healthy, inconclusive } from "./sample.ts";

interface Element {
  name: string;
  attributes: Record<string, string>;
  children: Element[];
  text: string;
}

/** Reads XML, and only what this format needs of it: anything else, or anything not well-formed, throws. */
function read(xml: string): Element {
  const declaration = '<?xml version="1.0" encoding="UTF-8"?>\n';
  assert.ok(xml.startsWith(declaration));
  const root: Element = { name: "", attributes: {}, children: [], text: "" };
  const open = [root];
  const token = /<([\w-]+)((?: [\w-]+="[^<"]*")*)(\/?)>|<\/([\w-]+)>|([^<]+)/y;
  token.lastIndex = declaration.length;
  while (token.lastIndex < xml.length) {
    const at = token.lastIndex;
    const found = token.exec(xml);
    assert.ok(found, `not well-formed at ${xml.slice(at, at + 60)}`);
    const [, start, attributes = "", empty, end, text] = found;
    const top = open.at(-1)!;
    if (start !== undefined) {
      const values = [...attributes.matchAll(/ ([\w-]+)="([^"]*)"/g)].map(([, name, value]) => [name!, unescape(value!)] as const);
      assert.equal(new Set(values.map(([name]) => name)).size, values.length, "an attribute twice");
      const element: Element = { name: start, attributes: Object.fromEntries(values), children: [], text: "" };
      top.children.push(element);
      if (empty === "") open.push(element);
    } else if (end !== undefined) {
      assert.equal(open.pop()!.name, end);
    } else {
      top.text += unescape(text!);
    }
  }
  assert.equal(open.length, 1);
  assert.equal(root.children.length, 1);
  return root.children[0]!;
}

function unescape(text: string): string {
  const entities: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };
  return text.replace(/&(\w*;?)/g, (_, name: string) => {
    const value = name.endsWith(";") ? entities[name.slice(0, -1)] : undefined;
    assert.ok(value !== undefined, `a bare &: ${text.slice(0, 60)}`);
    return value;
  });
}

const skeleton = (element: Element): unknown => [element.name, Object.keys(element.attributes), element.children.map(skeleton)];
const within = (element: Element, name: string): Element[] => element.children.filter((child) => child.name === name);

describe("junit", () => {
  test("a suite a server, a case a step", () => {
    const suites = within(read(whole(junitStream(), [healthy(), example(), inconclusive()])), "testsuite");
    assert.deepEqual(
      suites.map(({ attributes: { id, name, tests, failures, errors, skipped } }) => [id, name, tests, failures, errors, skipped]),
      [["0", "example.com", "8", "0", "0", "0"], ["1", "example.com", "8", "1", "0", "0"], ["2", "example.com", "8", "0", "0", "7"]],
    );
    const tls = within(suites[1]!, "testcase").find(({ attributes }) => attributes["name"] === "tls")!;
    assert.equal(tls.attributes["time"], "0.121");
    const [failure] = tls.children;
    assert.deepEqual(failure?.attributes, { message: "The certificate covers the SRV target but not the name that counts", type: "tls/name-is-srv-target" });
    assert.match(failure.text, /matrix\.example\.com, which is the name[^]*Where: 192\.0\.2\.10:8448[^]*Fix: 1\. Issue[^]*2\. serve \{"m\.server"/);
  });

  test("several errors of a step are one failure, with all their texts", () => {
    const report = { ...example(), findings: [finding("tls/expired"), finding("tls/no-san"), finding("tls/no-san")] };
    const [suite] = within(read(whole(junitStream(), [report])), "testsuite");
    const failures = within(suite!, "testcase").flatMap(({ children }) => children);
    assert.deepEqual(failures.map(({ name, attributes }) => [name, attributes["message"]]), [["failure", "Title of tls/expired (and 1 more)"]]);
    assert.match(failures[0]!.text, /^error tls\/expired\n[^]*\n\nerror tls\/no-san\n/);
  });

  test("errors that belong to no step, and internal errors, are cases of their own", () => {
    const report = { ...example(), findings: [finding("policy/target", { step: "policy" })], internalErrors: ["tls/x: boom"] };
    const [suite] = within(read(whole(junitStream(), [report])), "testsuite");
    const cases = within(suite!, "testcase").slice(8).map(({ attributes, children }) => [attributes["name"], children[0]?.name]);
    assert.deepEqual(cases, [["policy", "failure"], ["matrix-delegation-check", "error"]]);
    assert.deepEqual([suite?.attributes["tests"], suite?.attributes["errors"]], ["10", "1"]);
  });

  test("warnings and infos stand in system-out and fail nothing", () => {
    const report = { ...healthy(), findings: [finding("srv/conflict", { severity: "warning", step: "srv" })] };
    const [suite] = within(read(whole(junitStream(), [report])), "testsuite");
    assert.equal(suite?.attributes["failures"], "0");
    assert.match(within(suite, "system-out")[0]!.text, /^warning srv\/conflict\nDetail of srv\/conflict\.\n/);
  });

  test("no report at all is a document too", () => assert.deepEqual(read(whole(junitStream(), [])).children, []));

  test("ids follow the turns, not the arrivals", () => {
    const stream = junitStream();
    const late = stream.report(example());
    assert.match(stream.report(healthy())(), / id="0"/);
    assert.match(late(), / id="1"/);
  });

  const harmless = skeleton(read(whole(junitStream(), attacked("x"))));
  for (const [name, attack] of named) {
    test(`the same elements and attributes whatever is inside: ${name}`, () => {
      const xml = whole(junitStream(), attacked(attack));
      assert.doesNotMatch(xml, HARMFUL);
      assert.deepEqual(skeleton(read(xml)), harmless);
    });
  }
});
