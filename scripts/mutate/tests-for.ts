/** Which tests a mutant is tried on: those that meet it. */
import type { FileCoverage } from "./worker.ts";

export type Coverage = FileCoverage;

/** Room for a busy machine. */
const AT_LEAST_MS = 10_000;

export function testsFor(mutant: string, coverage: readonly Coverage[]) {
  let met = 0;
  let ms = 0;
  const tests = coverage
    .map(({ file, loading, tests: all }): [file: string, indices: number[]] => {
      const whileLoading = loading[mutant] ?? 0;
      const indices = all.flatMap((test, index) => {
        const here = test.met[mutant] ?? 0;
        if (here + whileLoading === 0) return [];
        met = Math.max(met, here, whileLoading);
        ms += test.ms;
        return [index];
      });
      return [file, indices];
    })
    .filter(([, indices]) => indices.length > 0);
  return { task: { mutant, limit: 100 * met + 1000, tests }, timeoutMs: AT_LEAST_MS + 10 * ms };
}
