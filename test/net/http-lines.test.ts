import assert from "node:assert/strict";
import { test } from "node:test";
import { HeaderLines } from "../../src/net/http-lines.ts";

/** In pieces of every length, which must make no difference. */
function read(text: string): string {
  const results = Array.from({ length: Math.min(text.length, 20) }, (_, index) => {
    const lines = new HeaderLines();
    const bytes = Buffer.from(text, "latin1");
    const pieces: Buffer[] = [];
    for (let at = 0; at < bytes.length; at += index + 1) pieces.push(lines.read(bytes.subarray(at, at + index + 1)));
    return Buffer.concat(pieces).toString("latin1");
  });
  assert.deepEqual([...new Set(results)], [results[0]]);
  return results[0] ?? "";
}

const ROWS: [what: string, sent: string, read: string][] = [
  ["as it should be", "HTTP/1.1 200 OK\r\nA: b\r\n\r\nbody\n x", "HTTP/1.1 200 OK\r\nA: b\r\n\r\nbody\n x"],
  ["LF alone", "HTTP/1.1 200 OK\nA: b\n\nbody\n\n", "HTTP/1.1 200 OK\r\nA: b\r\n\r\nbody\n\n"],
  ["both", "HTTP/1.1 200 OK\r\nA: b\n\r\nbody", "HTTP/1.1 200 OK\r\nA: b\r\n\r\nbody"],
  ["a continued line", "HTTP/1.1 200 OK\r\nA: b;\r\n  c\r\nD: e\r\n\r\n\n body", "HTTP/1.1 200 OK\r\nA: b;  c\r\nD: e\r\n\r\n\n body"],
  ["continued after LF alone, twice", "HTTP/1.1 200 OK\r\nA: b;\n\tc\n d\r\n\r\n", "HTTP/1.1 200 OK\r\nA: b;\tc d\r\n\r\n"],
  ["a status line isn't continued", "HTTP/1.1 200 OK\r\n A: b\r\n\r\n", "HTTP/1.1 200 OK\r\n A: b\r\n\r\n"],
  ["no fields", "HTTP/1.1 200 OK\n\nbody", "HTTP/1.1 200 OK\r\n\r\nbody"],
  [
    "a response of 1xx before it",
    "HTTP/1.1 103 Early\nA: b\n\nHTTP/1.1 200 OK\nC: d\n\nx\ny",
    "HTTP/1.1 103 Early\r\nA: b\r\n\r\nHTTP/1.1 200 OK\r\nC: d\r\n\r\nx\ny",
  ],
  ["CR alone stays, for the parser to refuse", "HTTP/1.1 200 OK\r\nA: b\rc\r\n\r\n", "HTTP/1.1 200 OK\r\nA: b\rc\r\n\r\n"],
  ["CR alone at the start of a line", "HTTP/1.1 200 OK\r\nA: b\r\n\rC: d\r\n\r\n", "HTTP/1.1 200 OK\r\nA: b\r\n\rC: d\r\n\r\n"],
  ["no HTTP", "SSH-2.0\n x\n\n", "SSH-2.0\n x\n\n"],
];

for (const [what, sent, expected] of ROWS) test(what, () => assert.equal(read(sent), expected));
