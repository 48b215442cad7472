/** Lines and JSON objects out of byte streams, however the stream is cut into chunks. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { jsonObjects, NotJson } from "../../src/commands/json-values.ts";
import { linesOf } from "../../src/commands/output/lines.ts";

async function* chunksOf<T extends { length: number; slice(from: number, to: number): T }>(whole: T, size: number): AsyncGenerator<T> {
  for (let from = 0; from < whole.length; from += size) yield whole.slice(from, from + size);
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

const LINES: [input: string, lines: string[]][] = [
  ["", []],
  ["a", ["a"]],
  ["a\n", ["a"]],
  ["a\r\nb\r\n", ["a", "b"]],
  ["\n\n", ["", ""]],
  ["\uFEFFa\n\uFEFFb", ["a", "\uFEFFb"]],
  ["ä€😀\nb\rc", ["ä€😀", "b\rc"]],
  ["12345678\n", ["12345678"]],
  ["12345678\r\n", ["12345678"]],
  ["123456789\nx", ["12345678+", "x"]],
  [`${"y".repeat(1000)}\nx`, ["yyyyyyyy+", "x"]],
  ["y".repeat(1000), ["yyyyyyyy+"]],
];
for (const [input, expected] of LINES) {
  test(`lines of ${JSON.stringify(input.slice(0, 20))}`, async () => {
    for (const size of [1, 2, 3, 5, 4096]) {
      const found = await all(linesOf(chunksOf(Buffer.from(input), size), 8));
      assert.deepEqual(
        found.map((line) => line.text + (line.cut ? "+" : "")),
        expected,
        `chunks of ${size}`,
      );
      assert.deepEqual(
        found.map((line) => line.number),
        expected.map((_, index) => index + 1),
      );
    }
  });
}

test("bytes that are no UTF-8 become U+FFFD", async () => {
  assert.deepEqual(
    (await all(linesOf(chunksOf(Buffer.from([0x61, 0xff, 0x0a, 0xc3]), 1), 8))).map((line) => line.text),
    ["a\uFFFD", "\uFFFD"],
  );
});

const OBJECTS: [input: string, objects: [line: number, text: string][]][] = [
  ["", []],
  ['{"a":1}', [[1, '{"a":1}']]],
  [
    '{"a":1}\n{"b":[{}]}\r\n\n{"c":"}\\"{"}\n',
    [
      [1, '{"a":1}'],
      [2, '{"b":[{}]}'],
      [4, '{"c":"}\\"{"}'],
    ],
  ],
  ['{\n "a": {\n  "reports": [{}]\n }\n}', [[1, '{\n "a": {\n  "reports": [{}]\n }\n}']]],
  [
    '{"x":1,\n"reports": [\n{"a":[1]},\n{"b":{}}\n],"totals":{"z":[]}}',
    [
      [3, '{"a":[1]}'],
      [4, '{"b":{}}'],
    ],
  ],
  ['{"reports":[]}\n{"q":"reports"}', [[2, '{"q":"reports"}']]],
  [
    '{"x":"reports","y":["reports"],"reports":[{"n":1}]}{"m":2}',
    [
      [1, '{"n":1}'],
      [1, '{"m":2}'],
    ],
  ],
  ['\uFEFF{"a":1}', [[1, '{"a":1}']]],
];

const A = '{"serverName":"a","n":{"x":[1]}}';
/** Lines of ndjson that were cut off, each with others behind it. [lines, objects with their lines, lines that were cut off] */
const CUT: [input: string, expected: [line: number, text: string][], cut: number[]][] = [
  [`${A}\n${A.slice(0, -1)}\n${A}\n`, [[1, A], [3, A]], [2]], // prettier-ignore
  [`{"serverName":"a\n${A}`, [[2, A]], [1]],
  [`{"serverName":\n${A}`, [[2, A]], [1]],
  [`{"serverName":"a","x":"\\\r\n${A}\r\n`, [[2, A]], [1]],
  [`{"serverName":"a","n":{\n\n{"serverName":"b","n":[{\n${A}`, [[4, A]], [1, 3]],
  // Nothing is cut off where an object is laid out over lines.
  [`{\n"n":\n${A}\n}`, [[1, `{\n"n":\n${A}\n}`]], []],
  [`{"reports":[\n${A},\n${A}\n]}`, [[2, A], [3, A]], []], // prettier-ignore
  [`${A}${A}\n${A}`, [[1, A], [1, A], [2, A]], []], // prettier-ignore
];
for (const [input, expected, cut] of CUT) {
  test(`lines that were cut off in ${JSON.stringify(input)}`, async () => {
    for (const size of [1, 2, 3, 7, 4096]) {
      const lines: number[] = [];
      const found = await all(jsonObjects(chunksOf(input, size), (line) => lines.push(line)));
      assert.deepEqual([found.map(({ line, text }) => [line, text]), lines], [expected, cut], `chunks of ${size}`);
    }
  });
}

for (const [input, expected] of OBJECTS) {
  test(`objects in ${JSON.stringify(input)}`, async () => {
    for (const size of [1, 2, 3, 7, 4096]) {
      const found = await all(jsonObjects(chunksOf(input, size)));
      assert.deepEqual(
        found.map(({ line, text }) => [line, text]),
        expected,
        `chunks of ${size}`,
      );
    }
  });
}

for (const [input, line] of [
  ["nonsense", 1],
  ['{"a":1}\n\nnull', 3],
  ["[{}]", 1],
  ['"{}"', 1],
  ['{"a":\n1', 2],
  ['{"a":"', 1],
  ["{}\n}", 2],
] as const) {
  test(`no objects: ${JSON.stringify(input)}`, async () => {
    await assert.rejects(all(jsonObjects(chunksOf<string>(input, 2))), (error) => error instanceof NotJson && error.line === line);
  });
}
