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

export function startDeadline(ms: number, parent?: AbortSignal): Deadline {
  const controller = new AbortController();
  // Every socket of a check listens, and there are many on purpose.
  setMaxListeners(0, controller.signal);
  const abort = (): void => controller.abort(parent?.reason);
  const timer = setTimeout(() => controller.abort(new DOMException(`the deadline of ${ms} ms is over`, "TimeoutError")), ms);
  if (parent?.aborted === true) abort();
  parent?.addEventListener("abort", abort, { once: true });
  return {
    signal: controller.signal,
    done() {
      clearTimeout(timer);
      parent?.removeEventListener("abort", abort);
    },
  };
}
