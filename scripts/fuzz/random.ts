/** Chance that can be had again: everything that a case does follows from its seed. */
import { createHash } from "node:crypto";

export interface Random {
  /** 0 to n - 1. */
  below(n: number): number;
  /** True once in n times. */
  oneIn(n: number): boolean;
  pick<T>(items: readonly T[]): T;
}

/** Bryc's sfc32 over the seed's SHA-256: small, fast, the same everywhere. */
export function random(seed: string): Random {
  const hash = createHash("sha256").update(seed).digest();
  let [a, b, c, d] = [0, 4, 8, 12].map((at) => hash.readInt32LE(at)) as [number, number, number, number];
  const next = (): number => {
    const sum = (((a + b) | 0) + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return (sum >>> 0) / 2 ** 32;
  };
  const below = (n: number): number => Math.floor(next() * n);
  return {
    below,
    oneIn: (n) => below(n) === 0,
    pick<T>(items: readonly T[]): T {
      const index = below(items.length);
      if (items.length === 0) throw new RangeError("nothing to pick from");
      return items[index] as T;
    },
  };
}
