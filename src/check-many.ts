/** Many server names as an async iterator: checked a bounded number at once, and no faster than their reports are taken. */
import { makeChecker, UsageError, type CheckOptions } from "./check.ts";
import { checkOptionsProblem } from "./library-options.ts";
import { abortSignal, elsewhere, type OptionShapes } from "./facts/option-shapes.ts";
import { onAbort } from "./net/abort.ts";
import type { Report } from "./facts/output.ts";
import { runAll } from "./net/run-all.ts";

export interface CheckManyOptions extends CheckOptions {
  /** Names that are checked at once, 1 to 1024; 16. */
  concurrency?: number;
  /**
   * `finished`: as they come, so that a slow server holds up nobody. `input`: in the order of the names, which lets at most four times
   * `concurrency` reports wait; `finished`.
   */
  order?: "finished" | "input";
  /** Ends it: checks under way are cut off and their reports dropped, no more names are read, and the iterator ends without an error. */
  signal?: AbortSignal;
}

/**
 * What became of one name: its report, or the error of this program that kept it from having one (which is a bug worth reporting). All
 * other names go on.
 */
export type Checked = { serverName: string; report: Report; error: null } | { serverName: string; report: null; error: Error };

/** Besides those of a check. */
const OWN_OPTIONS: OptionShapes<Omit<CheckManyOptions, keyof CheckOptions>> = {
  concurrency: elsewhere(),
  order: elsewhere(),
  signal: abortSignal,
};
const MAX_CONCURRENCY = 1024;
/** With `order: "input"`, so many times `concurrency` may be begun and not yet taken. */
const READ_AHEAD = 4;

/**
 * Checks many server names; they share resolvers, trusted roots and loaded modules, and each endpoint is asked over two connections.
 * Nothing happens before the first `next()`. No name is read and no check begun that isn't needed to keep `concurrency` checks under way
 * and their reports taken, so the names may be endless. Leaving the loop (`break`, `throw`, `return()`) ends all checks under way, waits
 * until their sockets are closed, and calls the `return()` of `serverNames`.
 *
 *     for await (const { serverName, report, error } of checkMany(names, { concurrency: 32 })) …
 *
 * @throws UsageError from the first `next()`, as `createChecker`; an error of `serverNames` itself, after the reports of the names before
 * it.
 */
export function checkMany(
  serverNames: Iterable<string> | AsyncIterable<string>,
  options: CheckManyOptions = {},
): AsyncIterableIterator<Checked> {
  const left = new AbortController();
  const reports = run(serverNames, options, left);
  return {
    next: () => reports.next(),
    // A generator's own return() would wait for the report that is being waited for.
    return() {
      left.abort();
      return reports.return(undefined);
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

async function* run(
  serverNames: Iterable<string> | AsyncIterable<string>,
  options: CheckManyOptions,
  stop: AbortController,
): AsyncGenerator<Checked, undefined> {
  const problem = namesProblem(serverNames) ?? checkOptionsProblem("checkMany", options, OWN_OPTIONS);
  if (problem !== null) throw new UsageError(problem);
  const { concurrency = 16, order = "finished", signal } = options;
  if (!Number.isInteger(concurrency) || concurrency < 1 || concurrency > MAX_CONCURRENCY)
    throw new UsageError(`concurrency must be a whole number from 1 to ${MAX_CONCURRENCY}`);
  if (order !== "finished" && order !== "input") throw new UsageError('order must be "finished" or "input"');
  const end = (): void => stop.abort();
  if (signal?.aborted === true) end();
  const leave = signal === undefined ? () => {} : onAbort(signal, end);
  try {
    const checker = await makeChecker(options, true);
    const work = async (serverName: string, own: AbortSignal): Promise<Checked> => {
      try {
        return { serverName, report: await checker.check(serverName, { signal: own }), error: null };
      } catch (error) {
        return { serverName, report: null, error: error instanceof Error ? error : new Error(String(error)) };
      }
    };
    const handover = new Handover<Checked>();
    const running = runAll(untilAborted(serverNames, stop.signal), work, (checked) => handover.give(checked), {
      concurrency,
      window: order === "input" ? READ_AHEAD * concurrency : concurrency,
      order,
      signal: stop.signal,
    }).finally(() => handover.end());
    // It is awaited when all is taken; an error of the names may come long before.
    running.catch(() => {});
    try {
      for (let next = await handover.take(); next !== null; next = await handover.take()) yield next;
      await running;
    } finally {
      stop.abort();
      handover.end();
      await running.catch(() => {});
      checker.close();
    }
  } finally {
    leave();
  }
}

/** A string alone would be taken for a list of its letters. */
function namesProblem(serverNames: unknown): string | null {
  const isList =
    typeof serverNames === "object" && serverNames !== null && (Symbol.iterator in serverNames || Symbol.asyncIterator in serverNames);
  return isList ? null : 'the server names must be a list (or another iterable) of strings, for example ["example.com"]';
}

/** One thing at a time, from who makes them to who takes them; who gives waits until it is taken. */
class Handover<T> {
  #offered: { item: T; taken: () => void } | null = null;
  #ended = false;
  #wake = (): void => {};

  async give(item: T): Promise<void> {
    if (this.#ended) return;
    await new Promise<void>((taken) => {
      this.#offered = { item, taken };
      this.#wake();
    });
  }

  /** Null at the end. */
  async take(): Promise<T | null> {
    while (this.#offered === null && !this.#ended) await new Promise<void>((resolve) => (this.#wake = resolve));
    const offered = this.#offered;
    this.#offered = null;
    offered?.taken();
    return offered?.item ?? null;
  }

  /** What is offered is dropped. */
  end(): void {
    this.#ended = true;
    this.#offered?.taken();
    this.#offered = null;
    this.#wake();
  }
}

/** The items, and no waiting for a next one after the abort. */
async function* untilAborted<T>(items: Iterable<T> | AsyncIterable<T>, signal: AbortSignal): AsyncGenerator<T> {
  const iterator: Iterator<T> | AsyncIterator<T> = Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
  let isOpen = false;
  try {
    while (!signal.aborted) {
      const next = await orAborted(() => iterator.next(), signal);
      isOpen = next?.done !== true;
      if (next === null || next.done === true) return;
      yield next.value;
    }
  } catch (error) {
    isOpen = false;
    throw error;
  } finally {
    // Not awaited: an async generator that still waits for something ends only after that.
    if (isOpen) void (async () => iterator.return?.())().catch(() => {});
  }
}

/** What comes of it; null after the abort. Not by Promise.race, which would keep something for every item as long as the signal lives. */
function orAborted<T>(begin: () => T | Promise<T>, signal: AbortSignal): Promise<T | null> {
  return new Promise((resolve, reject) => {
    const stop = (): void => resolve(null);
    signal.addEventListener("abort", stop, { once: true });
    void (async () => begin())()
      .then(resolve, reject)
      .finally(() => signal.removeEventListener("abort", stop));
  });
}
