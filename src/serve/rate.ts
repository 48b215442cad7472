/** So many a minute for each key, in any 60 seconds. Memory is bounded, whoever asks. */

const MINUTE_MS = 60_000;
/** More keys than these in one minute: those that asked longest ago are forgotten. */
const MOST_KEYS = 50_000;

export class Rate {
  readonly #most: number;
  readonly #now: () => number;
  /** When each was let through, oldest first; keys in the order of their last time. */
  readonly #times = new Map<string, number[]>();

  /** `most`: in a minute; 0: no limit. `now`: milliseconds of a clock that only goes forward. */
  constructor(most: number, now: () => number) {
    this.#most = most;
    this.#now = now;
  }

  /** Seconds until the next one is let through; 0: now. Counts nothing. */
  wait(key: string): number {
    if (this.#most === 0) return 0;
    const since = this.#now() - MINUTE_MS;
    const times = (this.#times.get(key) ?? []).filter((at) => at > since);
    const decisive = times.length < this.#most ? undefined : times.at(-this.#most);
    return decisive === undefined ? 0 : Math.max(1, Math.ceil((decisive - since) / 1000));
  }

  count(key: string): void {
    if (this.#most === 0) return;
    const now = this.#now();
    const times = (this.#times.get(key) ?? []).filter((at) => at > now - MINUTE_MS).slice(-this.#most);
    this.#times.delete(key);
    this.#times.set(key, [...times, now]);
    for (const [oldest, itsTimes] of this.#times) {
      const isOver = (itsTimes.at(-1) ?? 0) <= now - MINUTE_MS;
      if (!isOver && this.#times.size <= MOST_KEYS) break;
      this.#times.delete(oldest);
    }
  }

  /** For tests and metrics. */
  get keys(): number {
    return this.#times.size;
  }
}
