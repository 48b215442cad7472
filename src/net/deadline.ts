/**
 * A signal that ends with its parent or after some time, and that can be done with: AbortSignal.any and AbortSignal.timeout keep their
 * timers and listeners until the time is over, which adds up over thousands of checks.
 */
import { setMaxListeners } from "node:events";
import { onAbort } from "./abort.ts";

/** Why a signal ended whose time was only a part of the whole: what was silent for so long had its turn. */
export class SpentShare extends Error {}

export interface Deadline {
  signal: AbortSignal;
  /** Releases timer and listener; the signal doesn't fire any more. */
  done(): void;
}

/** Resolves after so many milliseconds, or when the signal ends. Leaves nothing behind. */
export async function elapsed(ms: number, signal: AbortSignal): Promise<void> {
  const deadline = startDeadline(ms, signal);
  try {
    if (!deadline.signal.aborted)
      await new Promise<void>((resolve) => deadline.signal.addEventListener("abort", () => resolve(), { once: true }));
  } finally {
    deadline.done();
  }
}

/** More than this Node turns into a millisecond (setTimeout): some 24 days. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** `ms`: Infinity, and what no timer takes, is 24 days. `share`: the time is a part of the whole, set aside for this. */
export function startDeadline(ms: number, parent?: AbortSignal, { share = false } = {}): Deadline {
  const controller = new AbortController();
  // Every socket of a check listens, and there are many on purpose.
  setMaxListeners(0, controller.signal);
  const abort = (): void => controller.abort(parent?.reason);
  const timer = setTimeout(
    () => controller.abort(share ? new SpentShare() : new DOMException(`the deadline of ${ms} ms is over`, "TimeoutError")),
    Math.min(ms, LONGEST_TIMER_MS),
  );
  if (parent?.aborted === true) abort();
  const leave = parent === undefined ? () => {} : onAbort(parent, abort);
  return {
    signal: controller.signal,
    done() {
      clearTimeout(timer);
      leave();
    },
  };
}
