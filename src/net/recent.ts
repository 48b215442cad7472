/** What was made lately, by a key: when there is too much of it, the one goes that wasn't asked for for the longest time. */
export class Recent<T> {
  readonly #most: number;
  readonly #kept = new Map<string, T>();

  constructor(most: number) {
    this.#most = most;
  }

  /** What `make` throws is thrown on, and nothing is kept of it. */
  get(key: string, make: () => T): T {
    const value = this.#kept.get(key) ?? make();
    // To the end of the order.
    this.#kept.delete(key);
    this.#kept.set(key, value);
    for (const [oldest] of this.#kept) {
      if (this.#kept.size <= this.#most) break;
      this.#kept.delete(oldest);
    }
    return value;
  }
}
