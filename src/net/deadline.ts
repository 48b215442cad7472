/**
 * A signal that ends with its parent or after some time, and that can be done with: AbortSignal.any and AbortSignal.timeout keep their timers and listeners until
 * the time is over, which adds up over thousands of checks.
 */
import { setMaxListeners } from "node:events";

export interface Deadline {
  signal: AbortSignal;
  /** Releases timer and listener; the signal doesn't fire any more. */
  done(): void;
}

/** Resolves after so many milliseconds, or when the signal ends. Leaves nothing behind. */
export async function elapsed(ms: number, signal: AbortSignal): Promise<void> {
  const deadline = startDeadline(ms, signal);
  try {
    if (!deadline.signal.aborted) await new Promise<void>((resolve) => deadline.signal.addEventListener("abort", () => resolve(), { once: true }));
  } finally {
    deadline.done();
  }
}

/** More than this Node turns into a millisecond (setTimeout): some 24 days. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** `ms`: Infinity, and what no timer takes, is 24 days. */
export function startDeadline(ms: number, parent?: AbortSignal): Deadline {
  const controller = new AbortController();
  // Every socket of a check listens, and there are many on purpose.
  setMaxListeners(0, controller.signal);
  const abort = (): void => controller.abort(parent?.reason);
  const timer = setTimeout(() => controller.abort(new DOMException(`the deadline of ${ms} ms is over`, "TimeoutError")), Math.min(ms, LONGEST_TIMER_MS));
  if (parent?.aborted === true) abort();
  const leave = parent === undefined ? () => {} : onAbortOf(parent, abort);
  return {
    signal: controller.signal,
    done() {
      clearTimeout(timer);
      leave();
    },
  };
}

/** What is to be called when a signal aborts, and the one listener that does it. */
const followers = new WeakMap<AbortSignal, { callbacks: Set<() => void>; listener: () => void }>();

/**
 * Calls back when the signal aborts; the function that is returned takes that back. There is one listener on a signal however many hang on it: it may be the
 * caller's, who would be warned of a leak at the eleventh check.
 */
export function onAbortOf(signal: AbortSignal, callback: () => void): () => void {
  let following = followers.get(signal);
  if (following === undefined) {
    const callbacks = new Set<() => void>();
    following = { callbacks, listener: () => callbacks.forEach((each) => each()) };
    followers.set(signal, following);
    signal.addEventListener("abort", following.listener, { once: true });
  }
  const { callbacks, listener } = following;
  callbacks.add(callback);
  return () => {
    callbacks.delete(callback);
    if (callbacks.size > 0 || followers.get(signal)?.callbacks !== callbacks) return;
    followers.delete(signal);
    signal.removeEventListener("abort", listener);
  };
}
