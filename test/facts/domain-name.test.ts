import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { BadNameError, parseName, readName } from "../../src/facts/domain-name.ts";

const L63 = "a".repeat(63);

for (const [presentation, text, wire] of [
  [".", ".", "\0"],
  ["example.org", "example.org", "\x07example\x03org\0"],
  ["Example.ORG.", "Example.ORG", "\x07Example\x03ORG\0"],
  ["a\\.b.org", "a\\.b.org", "\x03a.b\x03org\0"],
  ["a\\\\b", "a\\\\b", "\x03a\\b\0"],
  ["\\255\\000\\010x", "\\255\\000\\010x", "\x04\xff\0\nx\0"],
  ["\\065bc", "Abc", "\x03Abc\0"],
  [`${L63}.a`, `${L63}.a`, `\x3f${L63}\x01a\0`],
] as const) {
  test(`name ${JSON.stringify(presentation)}`, () => {
    const name = parseName(presentation);
    assert.equal(name.text, text);
    assert.equal(name.wire.toString("latin1"), wire);
    assert.deepEqual(readName(name.wire, 0), { text, end: name.wire.length });
  });
}

for (const [presentation, reason] of [
  ["", /empty/],
  ["..", /empty label/],
  [".example.org", /empty label/],
  ["example..org", /empty label/],
  ["example.org..", /empty label/],
  [`${L63}a.org`, /63 octets/],
  [`${L63}.${L63}.${L63}.${L63}`, /255 octets/],
  ["exämple.org", /unescaped/],
  ["a b.org", /unescaped/],
  ["a\nb.org", /unescaped/],
  ["a\\", /escape/],
  ["a\\256", /escape/],
] as const) {
  test(`no name: ${JSON.stringify(presentation).slice(0, 40)}`, () => {
    assert.throws(
      () => parseName(presentation),
      (error) => error instanceof BadNameError && reason.test(error.message),
    );
  });
}

test("255 octets are a name", () => {
  const name = parseName(`${L63}.${L63}.${L63}.${"a".repeat(61)}`);
  assert.equal(name.wire.length, 255);
});

test("any labels survive the way to presentation form and back", () => {
  const label = fc.uint8Array({ minLength: 1, maxLength: 40 });
  fc.assert(
    fc.property(fc.array(label, { minLength: 1, maxLength: 6 }), (labels) => {
      const wire = Buffer.concat([...labels.flatMap((each) => [Buffer.from([each.length]), each]), Buffer.from([0])]);
      const { text } = readName(wire, 0);
      assert.match(text, /^[!-~]+$/);
      assert.deepEqual(parseName(text).wire, wire);
    }),
  );
});

test("compression: a pointer to an earlier name, read once", () => {
  const packet = Buffer.from("\x03org\0\x01a\xc0\x00rest", "latin1");
  assert.deepEqual(readName(packet, 5), { text: "a.org", end: 9 });
});

for (const [what, packet, offset] of [
  ["a pointer to itself", "\xc0\x00", 0],
  ["pointers to each other", "\xc0\x02\xc0\x00", 0],
  ["a pointer forwards", "\xc0\x02\x01a\0", 0],
  ["a label and a pointer back to it", "\x01a\xc0\x00", 0],
  ["a pointer cut off", "\x01a\xc0", 0],
  ["a label cut off", "\x05ab", 0],
  ["no end", "\x02ab", 0],
  ["an unknown label type", "\x41a\0", 0],
  ["an offset outside", "\0", 5],
  ["more than 255 octets", `${`\x3f${L63}`.repeat(4)}\0`, 0],
] as const) {
  test(`hostile name: ${what}`, () => {
    assert.throws(() => readName(Buffer.from(packet, "latin1"), offset));
  });
}
