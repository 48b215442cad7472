/** The lines of a watch, whatever stands in them. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { Ajv2020 } from "ajv/dist/2020.js";
import { Chalk } from "chalk";
import { SCHEMA_FILE } from "../../scripts/schema.ts";
import type { Change, WatchEvent } from "../../src/facts/output.ts";
import type { PrettyOptions } from "../../src/report/pretty-style.ts";
import { renderEvent, renderEventJson } from "../../src/report/watched.ts";
import { HARMFUL, named } from "./attacks.ts";
import { example, finding, hostile } from "./sample.ts";

const options: PrettyOptions = { chalk: new Chalk({ level: 0 }), width: 80, unicode: true, quiet: false, verbose: false };
const AT = "2026-10-01T12:00:00.123Z";
const event = (changes: Change[], more: Partial<WatchEvent> = {}): WatchEvent => ({
  at: AT,
  serverName: "example.com",
  changes,
  report: example(),
  ...more,
});
const change = (what: Change["what"], more: Partial<Change> = {}): Change => ({ what, name: null, where: [], from: "a", to: "b", ...more });

const LINES: [what: string, event: WatchEvent, lines: string[], more?: Partial<PrettyOptions>][] = [
  [
    "the state at the start",
    event([], { report: { ...example(), summary: "Broken." } }),
    ["2026-10-01T12:00:00Z  FAIL  example.com  Broken."],
  ],
  [
    "a verdict with its reason",
    event([change("verdict", { from: "pass", to: "fail" })], { report: { ...example(), summary: "Broken." } }),
    ["2026-10-01T12:00:00Z  FAIL  example.com  verdict: pass → fail. Broken."],
  ],
  [
    "a finding with its title, when it comes",
    event([change("finding", { name: "a/b", where: ["192.0.2.1:443", "[2001:db8::1]:443"], from: null, to: "error" })], {
      report: { ...example(), findings: [finding("a/b", { title: "It is broken" })] },
    }),
    ["2026-10-01T12:00:00Z  FAIL  example.com  finding a/b at 192.0.2.1:443, [2001:db8::1]:443: none → error (It is broken)"],
  ],
  [
    "many places are cut",
    event([change("server", { where: ["a", "b", "c", "d", "e", "f"] })]),
    ["2026-10-01T12:00:00Z  FAIL  example.com  server at a, b, c, d and 2 more: a → b"],
  ],
  [
    "something that is gone",
    event([change("srv", { name: "_matrix._tcp.example.com", to: null })]),
    ["2026-10-01T12:00:00Z  FAIL  example.com  srv _matrix._tcp.example.com: a → none"],
  ],
  ["ASCII only", event([change("server")]), ["2026-10-01T12:00:00Z  FAIL  example.com  server: a -> b"], { unicode: false }],
  ["quiet: no verdict, no line", event([change("server")]), [], { quiet: true }],
];
describe("lines", () => {
  for (const [what, given, lines, more] of LINES)
    test(what, () => assert.equal(renderEvent(given, { ...options, ...more }), lines.map((line) => `${line}\n`).join("")));
  test("the verdict's word has its colour", () =>
    assert.match(renderEvent(event([]), { ...options, chalk: new Chalk({ level: 1 }) }), /\u001b\[31m.*FAIL/));
});

const schema = JSON.parse(readFileSync(SCHEMA_FILE, "utf8")) as { $id: string };
const ajv = new Ajv2020({ strict: true });
ajv.addSchema(schema);
const isEvent = ajv.getSchema(`${schema.$id}#/$defs/WatchEvent`)!;

describe("hostile", () => {
  for (const [name, attack] of named) {
    test(name, () => {
      const given = event(
        [
          change("verdict", { from: attack, to: attack }),
          change("finding", { name: attack, where: [attack, attack], from: null, to: attack }),
          change("server", { from: attack, to: null }),
        ],
        { at: AT, serverName: attack, report: hostile(attack) },
      );
      for (const unicode of [true, false]) {
        const text = renderEvent(given, { ...options, unicode });
        assert.equal(text.split("\n").length, 4, "a line a change");
        assert.doesNotMatch(text, HARMFUL);
        if (!unicode) assert.match(text, /^[\n\x20-\x7e]*$/);
        assert.ok(text.length < 40_000);
      }
      const json = renderEventJson(given);
      assert.equal(json.indexOf("\n"), json.length - 1, "one line");
      assert.doesNotMatch(json, HARMFUL);
      assert.deepEqual(JSON.parse(json), JSON.parse(JSON.stringify(given)), "nothing is lost in it");
      assert.ok(isEvent(JSON.parse(json)) === true, JSON.stringify(isEvent.errors));
    });
  }
});
