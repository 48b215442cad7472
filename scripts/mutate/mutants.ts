/** All changes that Stryker's instrumenter would make, and the source with some of them in it. */
import { readFileSync } from "node:fs";
import { Instrumenter } from "@stryker-mutator/instrumenter";

/** Texts for people aren't what the tests are about; those that programs read are compared as they stand. */
const EXCLUDED = "StringLiteral";

export type Mutants = Awaited<ReturnType<Instrumenter["instrument"]>>["mutants"];

export async function possibleMutants(files: readonly string[]): Promise<Mutants> {
  const { mutants } = await instrument(files, [EXCLUDED]);
  return mutants.filter(({ status }) => status !== "Ignored");
}

/** With those alone: each costs time wherever it stands, whether it is active or not. By path. */
export async function sourceWith(chosen: Mutants, files: readonly string[]): Promise<Map<string, string>> {
  const ids = new Set(chosen.map(({ id }) => Number(id)));
  const { files: written } = await instrument(files, new AllBut(ids));
  return new Map(written.map(({ name, content }) => [name, content]));
}

/** Stryker asks once for each mutant, in the order of their numbers, whether its kind is excluded. */
class AllBut extends Array<string> {
  readonly #ids: ReadonlySet<number>;
  #next = 0;
  constructor(ids: ReadonlySet<number>) {
    super();
    this.#ids = ids;
  }
  override includes(): boolean {
    return !this.#ids.has(this.#next++);
  }
}

function instrument(files: readonly string[], excludedMutations: string[]) {
  const silent = new Proxy({}, { get: (_, name) => (String(name).startsWith("is") ? () => false : () => undefined) });
  return new Instrumenter(silent as never).instrument(
    files.map((name) => ({ name, content: readFileSync(name, "utf8"), mutate: true })),
    { plugins: null, excludedMutations, ignorers: [] },
  );
}
