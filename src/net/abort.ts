/**
 * One listener for each AbortSignal, however much waits for it: Node warns of a leak at eleven, the signal may be the caller's, and a check
 * asks more at once.
 */

/** Why a signal ends when nobody reads why: without a reason, each abort makes an error with a stack of its own. */
export const ENDED_REASON = new DOMException("This operation was aborted", "AbortError");

const waiting = new WeakMap<AbortSignal, Set<() => void>>();

/** Calls `callback` once when the signal aborts. Returns how to stop listening; must be called when the work is done. */
export function onAbort(signal: AbortSignal, callback: () => void): () => void {
  let callbacks = waiting.get(signal);
  if (callbacks === undefined) {
    const created = new Set<() => void>();
    callbacks = created;
    const listener = (): void => {
      waiting.delete(signal);
      for (const each of created) each();
    };
    waiting.set(signal, created);
    listeners.set(created, listener);
    signal.addEventListener("abort", listener, { once: true });
  }
  const set = callbacks;
  set.add(callback);
  return () => {
    set.delete(callback);
    const listener = listeners.get(set);
    if (set.size > 0 || listener === undefined) return;
    signal.removeEventListener("abort", listener);
    listeners.delete(set);
    if (waiting.get(signal) === set) waiting.delete(signal);
  };
}

const listeners = new WeakMap<Set<() => void>, () => void>();
