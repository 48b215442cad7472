import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { displayWidth, harmless, wrap } from "../../src/report/harmless.ts";

const HARMFUL =
  /[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ue000-\uf8ff\u{e0000}-\u{e0fff}\u{f0000}-\u{10ffff}]/u;
const anyText = fc.string({ unit: "binary", maxLength: 300 });

describe("harmless", () => {
  const cases: [what: string, text: string, expected: string][] = [
    ["plain text", "matrix.example.com:8448", "matrix.example.com:8448"],
    ["letters of other scripts", "Grüße 漢字 שלום", "Grüße 漢字 שלום"],
    ["a backslash", "a\\032b", "a\\032b"],
    ["an escape sequence", "\x1b[31m", "\\x1b[31m"],
    ["C1", "\x9b31m", "\\x9b31m"],
    ["NUL, DEL, BEL", "\0\x7f\x07", "\\x00\\x7f\\x07"],
    ["newline, return, tab", "a\nb\rc\td", "a\\nb\\rc\\td"],
    ["bidi embeddings", "\u202a\u202e", "\\u202a\\u202e"],
    ["bidi isolates", "\u2066\u2069", "\\u2066\\u2069"],
    ["direction marks", "\u200e\u200f\u061c", "\\u200e\\u200f\\u061c"],
    ["zero width", "\u200b\u200d\ufeff", "\\u200b\\u200d\\ufeff"],
    ["separators", "\u2028\u2029", "\\u2028\\u2029"],
    ["a lone surrogate", "a\ud800b\udc00", "a\\ud800b\\udc00"],
    ["a tag character", "\u{e0041}", "\\u{e0041}"],
    ["private use", "\ue000\u{10fffd}", "\\ue000\\u{10fffd}"],
    ["a noncharacter", "\uffff", "\\uffff"],
    ["an invisible letter", "\u3164", "\\u3164"],
  ];
  for (const [what, text, expected] of cases) test(what, () => assert.equal(harmless(text), expected));

  const cuts: [text: string, max: number, expected: string][] = [
    ["abcde", 5, "abcde"],
    ["abcdef", 5, "abcd…"],
    ["😀😀😀", 3, "😀😀😀"],
    ["😀😀😀😀", 3, "😀😀…"],
    ["abc\x1b", 7, "abc\\x1b"],
    ["abc\x1bd", 7, "abc…"],
    ["abc\x1b", 4, "abc…"],
    ["\x1b", 1, "…"],
    ["", 1, ""],
  ];
  for (const [text, max, expected] of cuts) test(`${JSON.stringify(text)} in ${max}`, () => assert.equal(harmless(text, max), expected));

  test("whatever comes in: one harmless line of at most max, and doing it again changes nothing", () => {
    fc.assert(
      fc.property(anyText, fc.integer({ min: 1, max: 250 }), (text, max) => {
        const shown = harmless(text, max);
        assert.doesNotMatch(shown, HARMFUL);
        assert.ok([...shown].length <= max);
        assert.doesNotMatch(shown, /\p{Cs}/u);
        assert.equal(harmless(shown, max), shown);
      }),
    );
  });
});

describe("displayWidth", () => {
  const cases: [text: string, width: number][] = [
    ["", 0],
    ["abc", 3],
    ["Grüße", 5],
    ["e\u0301", 1],
    ["漢字", 4],
    ["한글", 4],
    ["ﾊﾝ", 2],
    ["ＡＢ", 4],
    ["😀", 2],
    ["✔✖↳→…–", 6],
    ["a\u200bb", 2],
    ["𠀀", 2],
  ];
  for (const [text, width] of cases) test(JSON.stringify(text), () => assert.equal(displayWidth(text), width));
});

describe("wrap", () => {
  const cases: [what: string, lines: string[], expected: string[]][] = [
    ["nothing", wrap("", 10), []],
    ["what fits", wrap("one two", 10), ["one two"]],
    ["at a space", wrap("one two three", 10), ["one two", "three"]],
    ["exactly the width", wrap("1234 67890 abc", 10), ["1234 67890", "abc"]],
    ["an indent that counts", wrap("one two three", 10, 2), ["  one two", "  three"]],
    ["a long word", wrap("a 1234567890123 b", 10), ["a", "1234567890", "123 b"]],
    ["a URL", wrap("at https://example.com/a, it", 10), ["at", "https://example.com/a,", "it"]],
    ["a URL where nothing may be wider", wrap("https://example.com", 10, 0, { all: true }), ["https://ex", "ample.com"]],
    ["what is too long for a URL", wrap(`https://${"a".repeat(300)}`, 200), [`https://${"a".repeat(192)}`, "a".repeat(108)]],
    ["an object of JSON", wrap('say {"m.server": "a:1"}. So', 10), ["say", '{"m.server": "a:1"}.', "So"]],
    ["wide characters", wrap("漢字漢字漢字", 5), ["漢字", "漢字", "漢字"]],
    ["newlines and their indent", wrap("a:\n  b c d e f\nx", 8, 1), [" a:", "   b c d", "   e f", " x"]],
    ["columns inside a line", wrap("a    b", 10), ["a    b"]],
  ];
  for (const [what, lines, expected] of cases) test(what, () => assert.deepEqual(lines, expected));

  test("whatever comes in: no line is too wide and no character is lost", () => {
    fc.assert(
      fc.property(anyText, fc.integer({ min: 3, max: 90 }), fc.integer({ min: 0, max: 100 }), (raw, width, indent) => {
        const text = harmless(raw, 300);
        const lines = wrap(text, width, indent);
        for (const line of lines) assert.ok(displayWidth(line) <= width, JSON.stringify(line));
        assert.equal(lines.join("").replaceAll(" ", ""), text.replaceAll(" ", ""));
      }),
    );
  });
});
