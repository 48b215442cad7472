import assert from "node:assert/strict";
import { test } from "node:test";
import { decode } from "dns-packet";
import fc from "fast-check";
import { answersQuestion, decodeMessage, encodeQuery, type Question } from "../../src/net/dns/message.ts";
import { parseName } from "../../src/facts/domain-name.ts";

const QUESTION: Question = { name: parseName("Example.org"), type: "A", checkingDisabled: false, edns: true };

/** A record at the question's name (a pointer to offset 12). */
function record(type: number, data: Buffer | string, ttl = 300): Buffer {
  const bytes = typeof data === "string" ? Buffer.from(data, "latin1") : data;
  const head = Buffer.alloc(12);
  head.writeUInt16BE(0xc00c, 0);
  head.writeUInt16BE(type, 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt32BE(ttl, 6);
  head.writeUInt16BE(bytes.length, 10);
  return Buffer.concat([head, bytes]);
}

function packet(parts: {
  flags?: number;
  answers?: Buffer[];
  authorities?: Buffer[];
  additionals?: Buffer[];
  counts?: number[];
  type?: number;
}): Buffer {
  const { answers = [], authorities = [], additionals = [] } = parts;
  const head = Buffer.alloc(12);
  const counts = parts.counts ?? [1, answers.length, authorities.length, additionals.length];
  head.writeUInt16BE(7, 0);
  head.writeUInt16BE(parts.flags ?? 0x8180, 2);
  counts.forEach((count, index) => head.writeUInt16BE(count, 4 + 2 * index));
  const question = Buffer.from(`\x07example\x03org\0\0${String.fromCharCode(parts.type ?? 1)}\0\x01`, "latin1");
  return Buffer.concat([head, question, ...answers, ...authorities, ...additionals]);
}

const OPT = (options: string, extendedRcode = 0): Buffer => {
  const body = Buffer.from(options, "latin1");
  const head = Buffer.from([0, 0, 41, 4, 0xd0, extendedRcode, 0, 0, 0, 0, 0]);
  head.writeUInt16BE(body.length, 9);
  return Buffer.concat([head, body]);
};

test("a query: RD, AD, EDNS with 1232, CD only when asked for", () => {
  const query = decode(encodeQuery(QUESTION, 4711));
  assert.equal(query.id, 4711);
  assert.equal(query.flags, 0x0120);
  assert.deepEqual(query.questions, [{ name: "Example.org", type: "A", class: "IN" }]);
  const [opt] = query.additionals ?? [];
  assert.equal(opt?.type === "OPT" && opt.udpPayloadSize, 1232);
  assert.equal(decode(encodeQuery({ ...QUESTION, checkingDisabled: true }, 1)).flags, 0x0130);
  assert.deepEqual(decode(encodeQuery({ ...QUESTION, edns: false }, 1)).additionals, []);
});

for (const [bytes, text] of [
  ["20010db8000000000000000000000001", "2001:db8::1"],
  ["20010db8000100000000000000000001", "2001:db8:1::1"],
  ["00000000000000000000000000000000", "::"],
  ["00000000000000000000ffff01020304", "::ffff:1.2.3.4"],
  ["20010db8aaaabbbbccccddddeeeeffff", "2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff"],
] as const) {
  test(`AAAA ${text}`, () => {
    const message = decodeMessage(packet({ answers: [record(28, Buffer.from(bytes, "hex"))] }));
    assert.deepEqual(
      message?.answers.map((each) => each.data),
      [{ address: text, ttl: 300 }],
    );
  });
}

test("a TTL with the top bit set is zero (RFC 2181, 8)", () => {
  const answers = [record(1, "\x01\x02\x03\x04", 0x80000000), record(1, "\x01\x02\x03\x05", 0x7fffffff)];
  assert.deepEqual(
    decodeMessage(packet({ answers }))?.answers.map((each) => each.data.ttl),
    [0, 0x7fffffff],
  );
});

test("names in answers are bytes", () => {
  const message = decodeMessage(packet({ answers: [record(5, "\x06a.b\0\xe9\x1b\x03ORG\0")] }));
  assert.deepEqual(
    message?.answers.map((each) => each.data),
    [{ name: "a\\.b\\000\\233\\027.ORG", ttl: 300 }],
  );
});

test("records of other types and classes are skipped, whatever they hold", () => {
  const chaos = record(1, "\x01\x02\x03\x04");
  chaos[5] = 3;
  const message = decodeMessage(packet({ answers: [record(46, "\xff"), record(65280, ""), chaos, record(1, "\x01\x02\x03\x04")] }));
  assert.equal(message?.answers.length, 1);
});

test("SOA, Extended DNS Errors, extended RCODE", () => {
  const soa = record(6, `\0\0${"\0\0\0\x01".repeat(4)}\0\0\x0e\x10`, 60);
  const opt = OPT("\0\x03\0\x02id" + "\0\x0f\0\x08\0\x09no key" + "\0\x0f\0\x03\0\x16\0" + "\0\x0f\0\x01\0", 1);
  const message = decodeMessage(packet({ authorities: [soa], additionals: [opt] }));
  assert.deepEqual(message?.soa, { ttl: 60, minimum: 3600 });
  assert.deepEqual(message?.extendedErrors, [
    { code: 9, text: "no key" },
    { code: 22, text: "" },
  ]);
  assert.equal(message?.rcode, "BADVERS");
});

for (const [what, bytes] of [
  ["nothing", Buffer.alloc(0)],
  ["less than a header", Buffer.alloc(11)],
  ["two questions", packet({ counts: [2, 0, 0, 0] })],
  ["counts without records", packet({ counts: [1, 65535, 65535, 65535] })],
  ["an A record of 3 octets", packet({ answers: [record(1, "\x01\x02\x03")] })],
  ["an A record of 16 octets", packet({ answers: [record(1, "a".repeat(17))] })],
  ["an AAAA record of 4 octets", packet({ answers: [record(28, "\x01\x02\x03\x04")] })],
  ["an SRV record without target", packet({ answers: [record(33, "\0\0\0\0\0\x01")] })],
  ["a target that goes beyond its record", packet({ answers: [record(5, "\x05abc"), record(1, "abcd")] })],
  ["a target that ends before its record", packet({ answers: [record(5, "\x01a\0x")] })],
  ["a compression loop in a target", packet({ answers: [record(5, "\xc0\x29")] })],
  ["a record cut off", packet({ answers: [record(1, "\x01\x02\x03\x04").subarray(0, 14)] })],
  ["a short SOA", packet({ authorities: [record(6, "\0\0\0\0")] })],
  ["an option beyond its record", packet({ additionals: [OPT("\0\x0f\0\xffx")] })],
] as const) {
  test(`no message: ${what}`, () => assert.equal(decodeMessage(bytes), null));
}

test("a truncated message may be cut off anywhere", () => {
  const message = decodeMessage(packet({ flags: 0x8380, counts: [1, 9, 0, 0] }));
  assert.equal(message?.truncated, true);
  assert.equal(message !== null && answersQuestion(message, QUESTION, 7), true);
});

for (const [what, change, expected] of [
  ["the answer", {}, true],
  ["another id", { id: 8 }, false],
  ["a query", { flags: 0x0100 }, false],
  ["another type", { type: 28 }, false],
  ["no question", { counts: [0, 0, 0, 0] }, false],
  ["no question but FORMERR", { counts: [0, 0, 0, 0], flags: 0x8001 }, true],
] as const) {
  test(`answers the question: ${what}`, () => {
    const message = decodeMessage(packet(change as { flags?: number }));
    assert.ok(message !== null);
    assert.equal(answersQuestion(message, QUESTION, "id" in change ? change.id : 7), expected);
  });
}

test("any bytes: read or refused, never thrown", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => void decodeMessage(Buffer.from(bytes))));
  const valid = packet({
    answers: [record(33, "\0\0\0\0\0\x01\xc0\x0c"), record(5, "\x01a\xc0\x0c")],
    additionals: [OPT("\0\x0f\0\x02\0\x01")],
  });
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(valid.length - 1), fc.nat(255)), { maxLength: 8 }), fc.nat(valid.length), (changes, length) => {
      const bytes = Buffer.from(valid);
      for (const [at, value] of changes) bytes[at] = value;
      decodeMessage(bytes.subarray(0, length));
    }),
  );
});

test("64 KiB of pointers to pointers end soon", () => {
  // Half of it a staircase of pointers, the rest records whose owner is its top.
  const stairs = Buffer.alloc(16_000);
  for (let at = 2; at < stairs.length; at += 2) stairs.writeUInt16BE(0xc000 | (29 + 12 + at - 2), at);
  const bytes = packet({ answers: [record(16, stairs), ...Array.from({ length: 4000 }, () => record(16, ""))], counts: [1, 4001, 0, 0] });
  const top = 29 + 12 + stairs.length - 2;
  for (let at = 29 + 12 + stairs.length; at < bytes.length; at += 12) bytes.writeUInt16BE(0xc000 | top, at);
  assert.equal(decodeMessage(bytes), null);
});
