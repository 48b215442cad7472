/**
 * Many pieces of work, a bounded number at once, their results handed on one after the other: in the order of the input, or as they
 * finish. What is read ahead and what waits for its turn is bounded too, so that ten thousand names need no more room than five hundred.
 */

export interface RunAllOptions {
  /** How many at once. */
  concurrency: number;
  /** How many may be begun and not yet handed on: one slow head makes no more than that wait. */
  window: number;
  /** `input`: results in the order of the items. `finished`: as they come. */
  order: "input" | "finished";
  /** Begin no more; hand on what is done. */
  signal: AbortSignal;
  /** What becomes of results of work that the signal ended; `drop` by default. */
  afterAbort?: "drop" | "keep";
}

/**
 * Calls `work` for each item and `emit` for each result, never two `emit`s at once. Ends when all is handed on, or, after an abort, when
 * the work that was under way has ended. An error of `items` is the end of the items; one of `work` or `emit` aborts everything, through
 * the signal that `work` gets. It rejects with the first of them when nothing is under way any more.
 */
export async function runAll<Item, Result>(
  items: AsyncIterable<Item> | Iterable<Item>,
  work: (item: Item, signal: AbortSignal) => Promise<Result>,
  emit: (result: Result) => Promise<void>,
  options: RunAllOptions,
): Promise<void> {
  const { concurrency, window, order } = options;
  const broken = new AbortController();
  const signal = AbortSignal.any([options.signal, broken.signal]);
  /** By position in the output. */
  const finished = new Map<number, Result>();
  let begun = 0;
  /**
   * Each with a signal of its own: what hangs on a shared one through AbortSignal.any stays there for as long as that lives
   * (nodejs/node#55351).
   */
  const running = new Set<AbortController>();
  let finishedCount = 0;
  let emitted = 0;
  let next = 0;
  let emitting = false;
  const errors: unknown[] = [];
  let wake = (): void => {};

  const fail = (error: unknown): void => {
    errors.push(error);
    broken.abort();
  };
  /** Only the main flow below waits, so there is one sleeper at most. */
  async function until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => (wake = resolve));
  }

  async function handOn(): Promise<void> {
    if (emitting) return;
    emitting = true;
    try {
      while (!broken.signal.aborted) {
        const noMore = signal.aborted && (options.afterAbort !== "keep" || running.size === 0);
        const position = finished.has(next) ? next : noMore ? Math.min(...finished.keys()) : Infinity;
        if (!Number.isFinite(position)) break;
        const result = finished.get(position) as Result;
        finished.delete(position);
        await emit(result);
        next = position + 1;
        emitted++;
        wake();
      }
    } catch (error) {
      fail(error);
    } finally {
      emitting = false;
      wake();
    }
  }

  async function runOne(item: Item, index: number): Promise<void> {
    const own = new AbortController();
    running.add(own);
    try {
      const result = await work(item, own.signal);
      if (!signal.aborted || options.afterAbort === "keep") finished.set(order === "input" ? index : finishedCount++, result);
    } catch (error) {
      fail(error);
    } finally {
      running.delete(own);
      wake();
    }
    await handOn();
  }

  const onAbort = (): void => {
    for (const own of running) own.abort(signal.reason);
    wake();
    void handOn();
  };
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    for await (const item of items) {
      await until(() => signal.aborted || (running.size < concurrency && begun - emitted < window));
      if (signal.aborted) break;
      void runOne(item, begun++);
    }
  } catch (error) {
    errors.push(error);
  }
  await until(() => running.size === 0 && !emitting && (signal.aborted || emitted === begun));
  if (signal.aborted) await handOn();
  signal.removeEventListener("abort", onAbort);
  if (errors.length > 0) throw errors[0];
}
