/** "Did you mean": the known word that is nearest to what was written. Pure. */

/** Nearer than this, counted in letters: a third of the longer word. Anything farther is another word. */
const SHARE = 1 / 3;

/**
 * The nearest of `known`, or null when none is near. For codes such as `tls/expired`, the part after the slash alone counts as well:
 * `expired` and `certificate/expired` both find it.
 */
export function nearest(word: string, known: readonly string[]): string | null {
  const wanted = word.toLowerCase().slice(0, 100);
  const lastPart = (code: string): string => code.slice(code.lastIndexOf("/") + 1);
  let best: string | null = null;
  let bestDistance = Infinity;
  for (const candidate of known) {
    const known = candidate.toLowerCase();
    const whole = distance(wanted, known);
    const part = distance(lastPart(wanted), lastPart(known)) + 1;
    for (const [steps, length] of [
      [whole, candidate.length],
      [part, lastPart(candidate).length],
    ] as const) {
      if (steps < bestDistance && steps <= Math.max(1, length * SHARE)) {
        bestDistance = steps;
        best = candidate;
      }
    }
  }
  return best;
}

/** Levenshtein distance, with a swap of two neighbours as one step. */
function distance(one: string, other: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let row = 1; row <= one.length; row++) {
    const current = [row];
    for (let column = 1; column <= other.length; column++) {
      const same = one[row - 1] === other[column - 1];
      let steps = Math.min((last[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1, (last[column - 1] ?? 0) + (same ? 0 : 1));
      if (row > 1 && column > 1 && one[row - 1] === other[column - 2] && one[row - 2] === other[column - 1]) {
        steps = Math.min(steps, (beforeLast[column - 2] ?? 0) + 1);
      }
      current.push(steps);
    }
    beforeLast = last;
    last = current;
  }
  return last[other.length] ?? 0;
}
