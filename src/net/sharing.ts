/**
 * What several checks ask for at the same time, or soon after each other, is asked once. Only answers are shared, never trouble: who waits
 * for another's answer and gets none, soon or at all, asks for themselves, with the whole patience that they would have had.
 */
import { onAbort } from "./abort.ts";

export interface SharingSettings<T> {
  /** How many answers are kept; the least recently used goes first. */
  most: number;
  /**
   * Milliseconds for which others get this answer after it came. 0: only those who wait for it now. Null: it is a failure, and nobody
   * else's.
   */
  keepMs: (answer: T) => number | null;
  /** A clock in milliseconds that only goes forward; performance.now. */
  now?: () => number;
}

export interface Sharing<T> {
  /**
   * @param signal The caller's; ends the waiting for others
   * @param ask Asks on the caller's own behalf; gets the milliseconds that were spent waiting for another's answer
   * @returns The answer, and the milliseconds since it came. Rejects only if `ask` does.
   */
  get(key: string, signal: AbortSignal, ask: (waitedMs: number) => Promise<T>): Promise<{ answer: T; ageMs: number }>;
}

/** So long another's answer is waited for. What answers more slowly is asked again by each. */
const PATIENCE_MS = 500;

interface Asked<T> {
  answer: Promise<T>;
  at: number;
}

export function createSharing<T>({ most, keepMs, now = () => performance.now() }: SharingSettings<T>): Sharing<T> {
  /** The least recently used first. */
  const kept = new Map<string, { answer: T; cameAt: number; until: number }>();
  /** The latest question of each key that is under way. */
  const underWay = new Map<string, Asked<T>>();

  function keep(key: string, answer: T): void {
    const ms = keepMs(answer) ?? 0;
    if (!(ms > 0)) return;
    kept.delete(key);
    kept.set(key, { answer, cameAt: now(), until: now() + ms });
    for (const oldest of kept.keys()) {
      if (kept.size <= most) break;
      kept.delete(oldest);
    }
  }

  async function asking(key: string, ask: () => Promise<T>): Promise<T> {
    const asked: Asked<T> = { answer: ask(), at: now() };
    underWay.set(key, asked);
    try {
      const answer = await asked.answer;
      keep(key, answer);
      return answer;
    } finally {
      if (underWay.get(key) === asked) underWay.delete(key);
    }
  }

  return {
    async get(key, signal, ask) {
      const known = kept.get(key);
      if (known !== undefined && now() < known.until) {
        kept.delete(key);
        kept.set(key, known);
        return { answer: known.answer, ageMs: now() - known.cameAt };
      }
      const began = now();
      const other = underWay.get(key);
      if (other !== undefined && began - other.at < PATIENCE_MS) {
        const answer = await soon(other.answer, signal);
        if (answer !== null && keepMs(answer.value) !== null) return { answer: answer.value, ageMs: 0 };
      }
      return { answer: await asking(key, () => ask(now() - began)), ageMs: 0 };
    },
  };
}

/** Null when it doesn't come within the patience and before the signal, or is an error. */
function soon<T>(answer: Promise<T>, signal: AbortSignal): Promise<{ value: T } | null> {
  return new Promise((resolve) => {
    const settle = (result: { value: T } | null): void => {
      clearTimeout(timer);
      stop();
      resolve(result);
    };
    const timer = setTimeout(() => settle(null), PATIENCE_MS);
    const stop = onAbort(signal, () => settle(null));
    answer.then(
      (value) => settle({ value }),
      () => settle(null),
    );
  });
}
