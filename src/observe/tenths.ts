/** Milliseconds with one decimal: more is chance. */
export function tenths(ms: number): number {
  return Math.round(ms * 10) / 10;
}
