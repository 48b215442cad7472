/**
 * Stands for `node:test` in the bundle: tests are only registered, and worker.ts runs those that a mutant needs, in its own process. What
 * the tests of the mutated folders use of node:test is here, and no more.
 */
type Run = (context: Context) => unknown;

interface Context {
  after(what: () => unknown): void;
  test(name: string, run: Run): Promise<void>;
}

interface Suite {
  above: Suite | null;
  before: (() => unknown)[];
  after: (() => unknown)[];
  begun: boolean;
}

export interface Registered {
  suite: Suite;
  run: Run;
}

let suite: Suite = { above: null, before: [], after: [], begun: false };
let tests: Registered[] = [];

/** The tests of the file that `load` loads. */
export function testsOf(load: () => unknown): Registered[] {
  suite = { above: null, before: [], after: [], begun: false };
  tests = [];
  load();
  return tests;
}

/** Runs one test; what its suites need to begin with is done before the first of their tests. */
export async function runTest(registered: Registered): Promise<void> {
  await begin(registered.suite);
  const ends: (() => unknown)[] = [];
  const context: Context = {
    after: (what) => ends.push(what),
    test: async (_, each) => {
      await each(context);
    },
  };
  try {
    await registered.run(context);
  } finally {
    for (const end of ends) await end();
  }
}

/** When all tests are done that were to be run. */
export async function endSuites(all: readonly Registered[]): Promise<void> {
  for (const each of new Set(all.flatMap((registered) => chain(registered.suite)))) {
    if (!each.begun) continue;
    each.begun = false;
    for (const end of each.after) await end();
  }
}

function chain(from: Suite): Suite[] {
  return from.above === null ? [from] : [from, ...chain(from.above)];
}

async function begin(from: Suite): Promise<void> {
  for (const each of chain(from).toReversed()) {
    if (each.begun) continue;
    each.begun = true;
    for (const start of each.before) await start();
  }
}

export function describe(_: string, declare: () => unknown): void {
  const above = suite;
  suite = { above, before: [], after: [], begun: false };
  try {
    declare();
  } finally {
    suite = above;
  }
}

export function test(_: string, ...rest: [Run] | [unknown, Run]): void {
  const run = rest.at(-1) as Run;
  tests.push({ suite, run });
}

/** @alias */
export const it = test;
export const before = (what: () => unknown): unknown => suite.before.push(what);
export const after = (what: () => unknown): unknown => suite.after.push(what);
