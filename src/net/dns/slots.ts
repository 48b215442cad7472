/**
 * At most so many at once, first come first served. Bounds the sockets of thousands of checks in one process.
 */

export interface Slots {
  /** Resolves with true when a slot is free, which must be given back; with false when the signal aborted before. */
  take(signal: AbortSignal): Promise<boolean>;
  giveBack(): void;
}

export function createSlots(count: number): Slots {
  let free = count;
  const queue = new Set<() => void>();
  return {
    take(signal) {
      if (signal.aborted) return Promise.resolve(false);
      if (free > 0) {
        free--;
        return Promise.resolve(true);
      }
      return new Promise((resolve) => {
        const enter = (): void => {
          signal.removeEventListener("abort", leave);
          resolve(true);
        };
        const leave = (): void => {
          queue.delete(enter);
          resolve(false);
        };
        queue.add(enter);
        signal.addEventListener("abort", leave, { once: true });
      });
    },
    giveBack() {
      const [next] = queue;
      if (next === undefined) {
        free++;
        return;
      }
      queue.delete(next);
      next();
    },
  };
}
