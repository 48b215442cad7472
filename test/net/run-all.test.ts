import assert from "node:assert/strict";
import { test } from "node:test";
import { runAll, type RunAllOptions } from "../../src/net/run-all.ts";

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function options(given: Partial<RunAllOptions> = {}): RunAllOptions {
  return { concurrency: 4, window: 8, order: "input", signal: new AbortController().signal, ...given };
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}

for (const order of ["input", "finished"] as const) {
  test(`${order}: every result once, no two emits at once, bounds kept`, async () => {
    const emitted: number[] = [];
    let running = 0;
    let mostRunning = 0;
    let open = 0;
    let mostOpen = 0;
    let emitting = 0;
    await runAll(
      range(300),
      async (item) => {
        mostRunning = Math.max(mostRunning, ++running);
        mostOpen = Math.max(mostOpen, ++open);
        for (let turns = (item * 7) % 5; turns > 0; turns--) await turn();
        running--;
        return item;
      },
      async (result) => {
        assert.equal(++emitting, 1);
        if (result % 3 === 0) await turn();
        emitted.push(result);
        open--;
        emitting--;
      },
      options({ order }),
    );
    assert.deepEqual(order === "input" ? emitted : emitted.toSorted((one, other) => one - other), range(300));
    assert.equal(mostRunning, 4);
    assert.ok(mostOpen <= 8, `${mostOpen} were open`);
    if (order === "finished") assert.notDeepEqual(emitted, range(300));
  });
}

test("a slow head holds up no more than the window", async () => {
  const begun: number[] = [];
  const emitted: number[] = [];
  let release = (): void => {};
  const head = new Promise<void>((resolve) => (release = resolve));
  const done = runAll(
    range(50),
    async (item) => {
      begun.push(item);
      if (item === 0) await head;
      return item;
    },
    async (result) => void emitted.push(result),
    options(),
  );
  for (let turns = 0; turns < 10; turns++) await turn();
  assert.deepEqual([begun.length, emitted.length], [8, 0]);
  release();
  await done;
  assert.deepEqual(emitted, range(50));
});

test("the source is read no further than is needed", async () => {
  let read = 0;
  function* source(): Generator<number> {
    for (;;) yield read++;
  }
  const stop = new AbortController();
  await runAll(
    source(),
    async (item) => item,
    async (result) => (result === 20 ? stop.abort() : await turn()),
    options({ signal: stop.signal }),
  );
  assert.ok(read <= 20 + 8 + 2, `${read} were read`);
});

for (const [afterAbort, title, expected] of [
  ["drop", "what ends later doesn't", [1, 3]],
  ["keep", "what the abort ends does too", [0, 1, 2, 3]],
] as const)
  test(`an abort: what is done goes out in order, ${title}`, async () => {
    const stop = new AbortController();
    const emitted: number[] = [];
    let ended = 0;
    await runAll(
      range(4),
      async (item) => {
        if (item === 0 || item === 2) await new Promise((resolve) => stop.signal.addEventListener("abort", resolve, { once: true }));
        if (item === 3) setImmediate(() => stop.abort());
        ended++;
        return item;
      },
      async (result) => void emitted.push(result),
      options({ signal: stop.signal, afterAbort }),
    );
    assert.deepEqual(emitted, expected);
    assert.equal(ended, 4, "work that was under way is waited for");
  });

test("aborted before it begins: nothing runs", async () => {
  await runAll(
    range(3),
    () => assert.fail(),
    () => assert.fail(),
    options({ signal: AbortSignal.abort() }),
  );
});

for (const [where, run] of [
  [
    "work",
    () =>
      runAll(
        range(9),
        async (item) => (item === 5 ? Promise.reject(new Error("work")) : item),
        async () => {},
        options(),
      ),
  ],
  [
    "emit",
    () =>
      runAll(
        range(9),
        async (item) => item,
        async (item) => (item === 5 ? Promise.reject(new Error("emit")) : undefined),
        options(),
      ),
  ],
] as const) {
  test(`an error of ${where} ends it`, async () => await assert.rejects(run(), { message: where }));
}

test("an error of emit aborts the work that is under way", async () => {
  let aborted = 0;
  const work = async (item: number, signal: AbortSignal): Promise<number> => {
    if (item > 0)
      await new Promise<void>((resolve) =>
        signal.addEventListener(
          "abort",
          () => {
            aborted++;
            resolve();
          },
          { once: true },
        ),
      );
    return item;
  };
  await assert.rejects(
    runAll(
      range(9),
      work,
      async () => {
        await turn();
        throw new Error("emit");
      },
      options(),
    ),
    { message: "emit" },
  );
  assert.ok(aborted > 0);
});

test("an error of the items: what was begun is handed on first", async () => {
  const emitted: number[] = [];
  function* items(): Generator<number> {
    yield 1;
    yield 2;
    throw new Error("items");
  }
  await assert.rejects(
    runAll(
      items(),
      async (item) => (await turn(), item),
      async (item) => void emitted.push(item),
      options(),
    ),
    { message: "items" },
  );
  assert.deepEqual(emitted, [1, 2]);
});

test("hundreds at once give no warning about listeners", async () => {
  const warnings: Error[] = [];
  const listener = (warning: Error): void => void warnings.push(warning);
  process.on("warning", listener);
  const work = async (item: number, signal: AbortSignal): Promise<number> => {
    const either = AbortSignal.any([signal, AbortSignal.timeout(60_000)]);
    either.addEventListener("abort", () => {}, { once: true });
    await turn();
    return item;
  };
  await runAll(range(400), work, async () => {}, options({ concurrency: 200, window: 400 }));
  await turn();
  process.off("warning", listener);
  assert.deepEqual(warnings, []);
});
