// Canonical JSON: the vectors of the Matrix Appendices, what has no canonical form, and a naive reference.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { canonicalJson, CanonicalJsonError, compareCodePoints, MAX_DEPTH } from "../../src/matrix/canonical-json.ts";

describe("vectors", () => {
  const rows: [json: string, canonical: string][] = [
    // Appendices, "Canonical JSON", "Examples"
    ["{}", "{}"],
    [`{ "one": 1, "two": "Two" }`, `{"one":1,"two":"Two"}`],
    [`{ "b": "2", "a": "1" }`, `{"a":"1","b":"2"}`],
    [`{"b":"2","a":"1"}`, `{"a":"1","b":"2"}`],
    [
      `{"auth":{"success":true,"mxid":"@john.doe:example.com","profile":{"display_name":"John Doe","three_pids":[{"medium":"email","address":"john.doe@example.org"},{"medium":"msisdn","address":"123456789"}]}}}`,
      `{"auth":{"mxid":"@john.doe:example.com","profile":{"display_name":"John Doe","three_pids":[{"address":"john.doe@example.org","medium":"email"},{"address":"123456789","medium":"msisdn"}]},"success":true}}`,
    ],
    [`{"a": "日本語"}`, `{"a":"日本語"}`],
    [`{"本": 2, "日": 1}`, `{"日":1,"本":2}`],
    [`{"a": "\\u65E5"}`, `{"a":"日"}`],
    [`{"a": null}`, `{"a":null}`],
    [`{"a": -0, "b": 1e10}`, `{"a":0,"b":10000000000}`],
    // beyond the appendix
    [`{"\\ud83d\\ude00":1,"\\uff5e":2,"\\ue000":3}`, `{"\ue000":3,"\uff5e":2,"😀":1}`],
    [`{"10":1,"9":2,"a":3,"":4}`, `{"":4,"10":1,"9":2,"a":3}`],
    [`{"ab":1,"a":2,"A":3}`, `{"A":3,"a":2,"ab":1}`],
    [`{"__proto__":{"b":1,"a":2}}`, `{"__proto__":{"a":2,"b":1}}`],
    [`"\\u0000\\u001F\\b\\t\\n\\f\\r\\"\\\\\\/\\u007f\\u2028"`, `"\\u0000\\u001f\\b\\t\\n\\f\\r\\"\\\\/\u007f\u2028"`],
    ["[9007199254740991,-9007199254740991]", "[9007199254740991,-9007199254740991]"],
    ["[ 1.0, true, false ]", "[1,true,false]"],
  ];
  for (const [json, canonical] of rows) it(json.slice(0, 60), () => assert.equal(canonicalJson(JSON.parse(json)), canonical));
});

describe("what has no canonical form", () => {
  const nested = (depth: number): unknown => JSON.parse("[".repeat(depth) + "]".repeat(depth));
  const rows: [name: string, value: unknown, code: string, path: (string | number)[]][] = [
    ["a fraction", { a: [0, 1.5] }, "number", ["a", 1]],
    ["NaN", NaN, "number", []],
    ["infinity", [Infinity], "number", [0]],
    ["2^53", { a: 2 ** 53 }, "range", ["a"]],
    ["-2^53", { a: -(2 ** 53) }, "range", ["a"]],
    ["1e300", 1e300, "range", []],
    ["a lone surrogate", { a: "\ud800" }, "lone-surrogate", ["a"]],
    ["a lone surrogate as key", { "\udc00x": 1 }, "lone-surrogate", ["\udc00x"]],
    ["undefined", { a: undefined }, "type", ["a"]],

    ["a hole", [1, , 2], "type", [1]],
    ["a bigint", 1n, "type", []],
    ["a date", new Date(0), "type", []],
    ["a function", () => 1, "type", []],
  ];
  for (const [name, value, code, path] of rows) {
    it(name, () => {
      assert.throws(
        () => canonicalJson(value),
        (error) => {
          assert.ok(error instanceof CanonicalJsonError);
          assert.deepEqual({ code: error.code, path: error.path }, { code, path });
          return true;
        },
      );
    });
  }
  it("depth is bounded", () => {
    assert.equal(canonicalJson(nested(MAX_DEPTH)).length, 2 * MAX_DEPTH);
    for (const depth of [MAX_DEPTH + 1, 100_000]) assert.throws(() => canonicalJson(nested(depth)), { code: "depth" });
  });
});

describe("properties", () => {
  const leaf = fc.oneof(fc.string({ unit: "grapheme" }), fc.maxSafeInteger(), fc.boolean(), fc.constant(null));
  const { value } = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { depthSize: "small" },
      leaf,
      fc.array(tie("value"), { maxLength: 4 }),
      fc.dictionary(fc.string({ unit: "grapheme" }), tie("value"), { maxKeys: 4 }),
    ),
  }));

  /** The Python of the appendix, word for word: compares lists of code points. */
  function reference(input: unknown): string {
    if (Array.isArray(input)) return `[${input.map(reference).join(",")}]`;
    if (typeof input !== "object" || input === null) return Object.is(input, -0) ? "0" : JSON.stringify(input);
    const keys = Object.keys(input).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))); // UTF-8 sorts by code point
    return `{${keys.map((key) => `${JSON.stringify(key)}:${reference((input as Record<string, unknown>)[key])}`).join(",")}}`;
  }

  it("equals the reference, keeps the value, and is its own canonical form", () => {
    fc.assert(
      fc.property(value, (input) => {
        const canonical = canonicalJson(input);
        assert.equal(canonical, reference(input));
        assert.equal(canonicalJson(JSON.parse(canonical)), canonical);
      }),
    );
  });

  it("orders strings as UTF-8 does", () => {
    const text = fc.oneof(
      fc.string({ unit: "binary" }),
      fc
        .array(fc.constantFrom("a", "\ud7ff", "\ue000", "\uffff", "\u{10000}", "\u{10ffff}"), { maxLength: 3 })
        .map((parts) => parts.join("")),
    );
    fc.assert(
      fc.property(text, text, (a, b) => {
        assert.equal(Math.sign(compareCodePoints(a, b)), Buffer.compare(Buffer.from(a), Buffer.from(b)));
      }),
      { numRuns: 2000 },
    );
  });
});
