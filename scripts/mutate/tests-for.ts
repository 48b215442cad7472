/**
 * Which tests a mutant is tried on: all unit tests that meet it, and of whole servers that are judged some, for a mutant that survives
 * costs seconds otherwise. The score can only be too low by that.
 */
import type { FileCoverage, Task } from "./worker.ts";

/** Those that meet what few others meet in the mutant's file: they went the furthest into it. */
const SPECIFIC = 250;
/** And of all others some, evenly: what a guard keeps out goes nowhere. */
const SPREAD = 150;
/** Whole servers: hundreds of them, and nearly all meet every rule's first lines. */
const WHOLE_SERVERS = /recorded-evidence|measured/;
/** So are situations that all rules judge: in a sample of all files, such a test meets so many of them. */
const WHOLE_FILES = 80;
/** Room for a busy machine. */
const AT_LEAST_MS = 20_000;

interface Reached {
  file: string;
  index: number;
  met: ReadonlyMap<string, number>;
  ms: number;
}

export interface Job {
  task: Extract<Task, { mutant: string }>;
  timeoutMs: number;
}

/** `fileOf`: by a mutant's number, the source file that it changes. */
export function testsForEach(mutants: readonly string[], fileOf: ReadonlyMap<string, string>, coverage: readonly FileCoverage[]): Job[] {
  const all = coverage.flatMap(({ file, loading, tests }) =>
    tests.map(({ met, ms }, index): Reached => {
      const sum = new Map(Object.entries(loading));
      for (const [mutant, times] of Object.entries(met)) sum.set(mutant, Math.max(times, sum.get(mutant) ?? 0));
      return { file, index, met: sum, ms };
    }),
  );
  const byMutant = new Map<string, Reached[]>(mutants.map((mutant) => [mutant, []]));
  for (const test of all) for (const mutant of test.met.keys()) byMutant.get(mutant)?.push(test);
  /** How rare what a test meets in a source file is. */
  const depth = new Map<Reached, Map<string, number>>();
  for (const test of all) {
    const inFiles = new Map<string, number>();
    for (const mutant of test.met.keys()) {
      const file = fileOf.get(mutant) ?? "";
      inFiles.set(file, (inFiles.get(file) ?? 0) + 1 / Math.max(1, byMutant.get(mutant)?.length ?? 1));
    }
    depth.set(test, inFiles);
  }
  return mutants.map((mutant): Job => {
    const file = fileOf.get(mutant) ?? "";
    const meeting = byMutant.get(mutant) ?? [];
    const isWhole = (test: Reached): boolean => WHOLE_SERVERS.test(test.file) || (depth.get(test)?.size ?? 0) > WHOLE_FILES;
    const depthOf = (test: Reached): number => depth.get(test)?.get(file) ?? 0;
    const deepestFirst = (tests: readonly Reached[]): Reached[] => tests.toSorted((one, other) => depthOf(other) - depthOf(one));
    const sorted = deepestFirst(meeting.filter(isWhole));
    const rest = sorted.slice(SPECIFIC);
    const step = Math.max(1, rest.length / SPREAD);
    const spread = rest.filter((_, index) => Math.floor(index / step) > Math.floor((index - 1) / step));
    // What went the furthest is the most likely to notice.
    const chosen = [...deepestFirst([...meeting.filter((test) => !isWhole(test)), ...sorted.slice(0, SPECIFIC)]), ...spread];
    const files = new Map<string, number[]>();
    for (const test of chosen) files.set(test.file, [...(files.get(test.file) ?? []), test.index]);
    const met = Math.max(0, ...chosen.map((test) => test.met.get(mutant) ?? 0));
    const ms = chosen.reduce((sum, test) => sum + test.ms, 0);
    return { task: { mutant, limit: 100 * met + 1000, tests: [...files] }, timeoutMs: AT_LEAST_MS + 10 * ms };
  });
}
