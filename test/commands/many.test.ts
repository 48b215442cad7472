/** Thousands of names: in order, as they come, with bounded memory and at the reader's pace. */
import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { test } from "node:test";
import type { Output, Report } from "../../src/facts/output.ts";
import { collector, fakeEngine, stage, textOf } from "./stage.ts";

const COUNT = 2000;
const names = Array.from({ length: COUNT }, (_, index) => `${["ok", "warn", "fail", "unknown"][index % 4]}-${index}.example`);
const uneven = (name: string): Promise<void> =>
  name.length % 2 === 0 ? Promise.resolve() : new Promise((resolve) => setImmediate(resolve));

/** A name a chunk, counted as it is taken. */
function source(): { stdin: Readable; taken: () => number } {
  let taken = 0;
  function* lines(): Generator<Buffer> {
    for (const name of names) {
      taken++;
      yield Buffer.from(`${name}\n`);
    }
  }
  return { stdin: Readable.from(lines(), { highWaterMark: 1 }), taken: () => taken };
}

for (const format of ["pretty", "json", "ndjson"]) {
  test(`${COUNT} names in ${format}`, async () => {
    const engine = fakeEngine(uneven);
    const { stdin } = source();
    const { code, stdout, stderr } = await stage(["-f", format, "-q", "--from-file", "-"], { engine, stdin, stdout: collector(1000) });
    assert.deepEqual([code, stderr, engine.most <= 16], [1, "", true]);
    if (format === "json") {
      const { totals, reports } = JSON.parse(stdout) as Output;
      assert.deepEqual(totals, { pass: 500, warn: 500, fail: 500, inconclusive: 500 });
      assert.deepEqual(
        reports.map((report) => report.serverName),
        names,
      );
    } else if (format === "ndjson") {
      const found = stdout
        .trimEnd()
        .split("\n")
        .map((line) => (JSON.parse(line) as Report).serverName);
      assert.deepEqual(found.toSorted(), names.toSorted());
    } else {
      assert.deepEqual(
        stdout
          .trimEnd()
          .split("\n")
          .map((line) => line.split(/ +/)[1]),
        names,
      );
    }
  });
}

test("what isn't read isn't checked: a slow reader slows everything down", async () => {
  const stdout = collector(1000);
  let release = (): void => {};
  const held = new Promise<void>((resolve) => (release = resolve));
  const write = stdout._write.bind(stdout);
  stdout._write = (chunk, encoding, done) => void held.then(() => write(chunk, encoding, done));
  const engine = fakeEngine(uneven);
  const { stdin, taken } = source();
  const running = stage(["-f", "ndjson", "--from-file", "-"], { engine, stdin, stdout });
  while (engine.checked.length < 500) await new Promise((resolve) => setImmediate(resolve));
  for (let turns = 0; turns < 200; turns++) await new Promise((resolve) => setImmediate(resolve));
  assert.ok(engine.checked.length <= 512 + 1, `${engine.checked.length} checked`);
  assert.ok(taken() <= 600, `${taken()} read`);
  assert.equal(textOf(stdout), "");
  release();
  await running;
  assert.equal(engine.checked.length, COUNT);
});

test("a line without an end is cut, is that entry's failure, and isn't gathered", async () => {
  let yielded = 0;
  function* endless(): Generator<Buffer> {
    yield Buffer.from("a.example\n");
    for (; yielded < 64; yielded++) yield Buffer.alloc(65_536, "x");
    yield Buffer.from("\nb.example");
    yield Buffer.from(` # ${"comment ".repeat(1000)}\nc.example${" ".repeat(2000)}d.example\n`);
  }
  const engine = fakeEngine();
  const { stdout } = await stage(["-f", "ndjson", "--concurrency", "1", "--from-file", "-"], { engine, stdin: Readable.from(endless()) });
  assert.deepEqual(engine.checked, ["a.example", "x".repeat(1024), "b.example", `c.example${" ".repeat(1024 - 9)}`]);
  assert.deepEqual(
    stdout
      .trimEnd()
      .split("\n")
      .map((line) => (JSON.parse(line) as Report).verdict),
    ["pass", "fail", "pass", "fail"],
  );
});

test("names that come over time are reported as they come, and an interruption doesn't wait for the next", async () => {
  const stdin = new Readable({ read: () => {} });
  const interrupt = new AbortController();
  const stdout = collector();
  stdin.push("a.example\nb.example\n");
  const running = stage(["-f", "ndjson", "--from-file", "-"], { stdin, stdout, signal: interrupt.signal });
  while (textOf(stdout).split("\n").length < 3) await new Promise((resolve) => setImmediate(resolve));
  interrupt.abort();
  assert.equal((await running).code, 130);
  assert.ok(stdin.destroyed);
});
