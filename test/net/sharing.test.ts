/** What is asked once, what is asked by each, and that nobody's trouble is another's. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { createSharing, type Sharing } from "../../src/net/sharing.ts";

/** An answer is kept for its milliseconds; null is a failure. */
type Answer = number | null;

const FOREVER = new AbortController().signal;

interface Stage {
  sharing: Sharing<Answer>;
  clock: { ms: number };
  asked: string[];
  /** Asks by the name `who`; what comes is decided by `answer`. */
  get(who: string, answer: Promise<Answer> | Answer, key?: string, signal?: AbortSignal): Promise<[Answer, age: number]>;
}

function stage(most = 3): Stage {
  const clock = { ms: 1000 };
  const asked: string[] = [];
  const sharing = createSharing<Answer>({ most, keepMs: (answer) => answer, now: () => clock.ms });
  return {
    sharing,
    clock,
    asked,
    async get(who, answer, key = "key", signal = FOREVER) {
      const said = await sharing.get(key, signal, async () => (asked.push(who), answer));
      return [said.answer, said.ageMs];
    },
  };
}

/** A promise, and how it is kept. */
function pending(): { answer: Promise<Answer>; say: (answer: Answer) => void; fail: (error: Error) => void } {
  let say!: (answer: Answer) => void;
  let fail!: (error: Error) => void;
  const answer = new Promise<Answer>((resolve, reject) => ([say, fail] = [resolve, reject]));
  return { answer, say, fail };
}

test("under way: everybody gets the one answer", async () => {
  const { get, asked } = stage();
  const { answer, say } = pending();
  const all = Promise.all([get("first", answer), get("second", 1), get("third", 2)]);
  say(100);
  assert.deepEqual(await all, [
    [100, 0],
    [100, 0],
    [100, 0],
  ]);
  assert.deepEqual(asked, ["first"]);
});

test("kept until its time is over, with its age", async () => {
  const { get, asked, clock } = stage();
  await get("first", 100);
  clock.ms += 99;
  assert.deepEqual(await get("second", 1), [100, 99]);
  clock.ms += 1;
  assert.deepEqual(await get("third", 7), [7, 0]);
  assert.deepEqual(asked, ["first", "third"]);
});

test("other keys are other questions", async () => {
  const { get, asked } = stage();
  await Promise.all([get("first", 100, "a"), get("second", 200, "b")]);
  assert.deepEqual(asked, ["first", "second"]);
});

test("0: only for those who wait for it now", async () => {
  const { get, asked } = stage();
  const { answer, say } = pending();
  const both = Promise.all([get("first", answer), get("second", 1)]);
  say(0);
  assert.deepEqual(await both, [
    [0, 0],
    [0, 0],
  ]);
  await get("third", 1);
  assert.deepEqual(asked, ["first", "third"]);
});

test("a failure is nobody else's: who waited asks", async () => {
  const { get, asked } = stage();
  const { answer, say } = pending();
  const both = Promise.all([get("first", answer), get("second", 50)]);
  say(null);
  assert.deepEqual(await both, [
    [null, 0],
    [50, 0],
  ]);
  assert.deepEqual(await get("third", 1), [50, 0]);
  assert.deepEqual(asked, ["first", "second"]);
});

test("so is an error", async () => {
  const { get, asked } = stage();
  const { answer, fail } = pending();
  const first = assert.rejects(get("first", answer), { message: "ours" });
  const second = get("second", 50);
  fail(new Error("ours"));
  await first;
  assert.deepEqual(await second, [50, 0]);
  assert.deepEqual(asked, ["first", "second"]);
});

test("what takes long is asked by each, and what comes then serves the next", async () => {
  const { get, asked, clock } = stage();
  const { answer, say } = pending();
  const first = get("first", answer);
  assert.deepEqual(await get("who loses patience", 50), [50, 0]);
  say(100);
  assert.deepEqual(await first, [100, 0]);
  clock.ms += 10;
  assert.deepEqual(await get("third", 1), [100, 10]);
  assert.deepEqual(asked, ["first", "who loses patience"]);
});

test("an old question isn't waited for at all", async () => {
  const { get, asked, clock } = stage();
  const { answer, say } = pending();
  const first = get("first", answer);
  clock.ms += 500;
  assert.deepEqual(await get("second", 50), [50, 0]);
  say(null);
  assert.deepEqual(await first, [null, 0]);
  assert.deepEqual(asked, ["first", "second"]);
});

test("who leaves doesn't take the others along", async () => {
  const { get, asked } = stage();
  const { answer, say } = pending();
  const leaving = new AbortController();
  const first = get("first", answer);
  const second = get("who leaves", null, "key", leaving.signal);
  const third = get("third", 1);
  leaving.abort();
  assert.deepEqual(await second, [null, 0]);
  say(100);
  assert.deepEqual(
    [await first, await third],
    [
      [100, 0],
      [100, 0],
    ],
  );
  assert.deepEqual(asked, ["first", "who leaves"]);
});

test("no more than so many are kept: the least recently used goes first", async () => {
  const { get, asked } = stage(3);
  for (const key of ["a", "b", "c", "a", "d"]) await get(key, 100, key);
  for (const key of ["a", "c", "d"]) await get(`${key} again`, 100, key);
  await get("b again", 100, "b");
  assert.deepEqual(asked, ["a", "b", "c", "d", "b again"]);
});

test("nothing is left behind on a signal", async () => {
  const { get } = stage();
  const warnings: Error[] = [];
  const listener = (warning: Error): void => void warnings.push(warning);
  process.on("warning", listener);
  const { answer, say } = pending();
  const mine = new AbortController();
  const all = Promise.all(Array.from({ length: 100 }, (_, index) => get(`${index}`, answer, "key", mine.signal)));
  say(100);
  assert.equal(new Set((await all).map(([said]) => said)).size, 1);
  await new Promise((resolve) => setImmediate(resolve));
  process.off("warning", listener);
  assert.deepEqual(warnings, []);
});
