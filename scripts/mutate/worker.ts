/**
 * One of the processes that try mutants. It compiles the bundle once; each mutant gets an evaluation of its own, in which it is active from
 * the first line on. What hangs or breaks this process is ended by the one that started it.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { Script } from "node:vm";
import type * as Registering from "./registered.ts";

/** What a test or the loading of a test file reached: how often each mutant was met. */
export type Met = Record<string, number>;
export interface FileCoverage {
  file: string;
  /** Met while the file and what it imports were loaded. */
  loading: Met;
  tests: { met: Met; ms: number }[];
}
export type Task =
  | { measure: string }
  /** By file, the tests to run; `limit`: how often the mutant may be met before it counts as endless. */
  | { mutant: string; limit: number; tests: [file: string, indices: number[]][] };
export type Answer =
  | { coverage: FileCoverage }
  /** What noticed it; `ends`: this process is of no use any more. */
  | { noticed: string | null; ends?: true };

interface Instance extends Pick<typeof Registering, "testsOf" | "runTest" | "endSuites"> {
  files: Record<string, () => unknown>;
}
/** Stryker's names: what the instrumented source looks at. */
interface StrykerState {
  activeMutant?: string | undefined;
  currentTestId?: string | undefined;
  hitCount?: number | undefined;
  hitLimit?: number | undefined;
  mutantCoverage: { static: Met; perTest: Record<string, Met> };
}

const [path = ""] = process.argv.slice(2);
const run = new Script(`(function (require, module, exports) {${readFileSync(path, "utf8")}\n})`, {
  filename: path,
}).runInThisContext() as (...parts: unknown[]) => void;
const require = createRequire(import.meta.url);
const state: StrykerState = { mutantCoverage: { static: {}, perTest: {} } };
Object.assign(globalThis, { __stryker__: state });

process.on("message", (task: Task) => {
  void ("measure" in task ? measure(task.measure) : attempt(task)).then((answer) => process.send?.(answer));
});
process.on("disconnect", () => process.exit());
// What a mutant throws where nobody waits for it is as good as a failed test.
for (const event of ["uncaughtException", "unhandledRejection"])
  process.on(event, (error: unknown) => {
    process.send?.({ noticed: String(error).slice(0, 200), ends: true } satisfies Answer, () => process.exit(1));
  });

function instance(): Instance {
  const module = { exports: {} };
  run(require, module, module.exports);
  return module.exports as Instance;
}

function reset(): Met {
  const met = state.mutantCoverage.static;
  state.mutantCoverage.static = {};
  state.mutantCoverage.perTest = {};
  return met;
}

async function measure(file: string): Promise<Answer> {
  reset();
  const { files, testsOf, runTest, endSuites } = instance();
  const tests = testsOf(files[file] ?? (() => undefined));
  const loading = reset();
  const measured: FileCoverage["tests"] = [];
  for (const test of tests) {
    const began = performance.now();
    state.currentTestId = "now";
    await runTest(test);
    state.currentTestId = undefined;
    const ms = performance.now() - began;
    // What a test left behind runs on beside the next ones: theirs, too.
    const met = { ...state.mutantCoverage.static, ...state.mutantCoverage.perTest["now"] };
    reset();
    measured.push({ met, ms });
  }
  await endSuites(tests);
  return { coverage: { file, loading, tests: measured } };
}

async function attempt({ mutant, limit, tests }: Extract<Task, { mutant: string }>): Promise<Answer> {
  state.activeMutant = mutant;
  state.hitCount = 0;
  state.hitLimit = limit;
  try {
    const { files, testsOf, runTest, endSuites } = instance();
    for (const [file, indices] of tests) {
      const all = testsOf(files[file] ?? (() => undefined));
      try {
        for (const index of indices) {
          state.hitCount = 0;
          const test = all[index];
          if (test === undefined) throw new Error("other tests than before");
          await runTest(test);
        }
      } finally {
        await endSuites(all);
      }
    }
    return { noticed: null };
  } catch (error) {
    return { noticed: String(error).slice(0, 200) };
  } finally {
    // What was still to come of it comes now.
    await new Promise(setImmediate);
    state.activeMutant = undefined;
    reset();
  }
}
