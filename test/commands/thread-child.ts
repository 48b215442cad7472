/**
 * Another thread with the checker of the tests. `dies.…` ends it with an exception that nobody catches, `memory.…` takes more memory than
 * it may have, `exits.…` ends it without a word; `late.…` takes a moment, `hangs.…` until it is stopped.
 */
import { setTimeout } from "node:timers/promises";
import { parentPort, workerData } from "node:worker_threads";
import type { ThreadData } from "../../src/commands/threads/messages.ts";
import { work } from "../../src/commands/threads/checking.ts";
import { fakeEngine } from "./stage.ts";

const gathered: number[][] = [];

async function before(name: string, signal: AbortSignal): Promise<void> {
  switch (name.split(".")[0]) {
    case "dies":
      setImmediate(() => {
        throw new Error("thrown out of nowhere");
      });
      return await new Promise(() => {});
    case "exits":
      setImmediate(() => process.exit(7));
      return await new Promise(() => {});
    case "memory":
      for (;;) gathered.push(Array.from({ length: 100_000 }, (_, index) => index + 0.5));
    case "hangs":
      return await new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
    case "late":
      return await setTimeout(1);
    default:
  }
}

/** Counts what is under way in all threads together, and the most of it. */
export function countedBy(counts: Int32Array, before: (name: string, signal: AbortSignal) => Promise<void>): typeof before {
  return async (name, signal) => {
    const now = Atomics.add(counts, 0, 1) + 1;
    if (now > Atomics.load(counts, 1)) Atomics.store(counts, 1, now);
    try {
      await before(name, signal);
    } finally {
      Atomics.sub(counts, 0, 1);
    }
  };
}

if (parentPort !== null) {
  const data = workerData as ThreadData & { counts?: Int32Array };
  if (data.options.ignore?.includes("name/uppercase") === true) throw new Error("it can't begin");
  const counted = data.counts === undefined ? before : countedBy(data.counts, before);
  void work(parentPort, data, fakeEngine(counted).createChecker);
}
