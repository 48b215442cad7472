/**
 * `npm run mutate`: Stryker changes the source in one place at a time, and the tests must notice. A random sample, since all mutants would
 * take hours; the result goes into docs/mutation.md.
 *
 *     npm run mutate -- --sample 1500 --seed 1
 *     npm run mutate -- --only src/rules/address/not-public.ts      # all mutants of some files
 */
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Stryker } from "@stryker-mutator/core";
import { Instrumenter } from "@stryker-mutator/instrumenter";
import { random } from "./fuzz/random.ts";

/** The folders whose tests are to be that good, and the files of others. */
const FOLDERS = ["src/matrix", "src/rules", "src/views", "src/homeservers", "src/zone"];
const FILES = ["src/report/verdict.ts"];
const PAGE = "docs/mutation.md";

const { values } = parseArgs({
  options: {
    sample: { type: "string", default: "1500" },
    seed: { type: "string", default: "1" },
    only: { type: "string", multiple: true },
  },
});
const files = values.only ?? [...FOLDERS.flatMap(sources), ...FILES];
const chosen = await sample(files, values.only === undefined ? Number(values.sample) : Infinity, values.seed);
mkdirSync(".tmp", { recursive: true });
const results = await new Stryker({
  mutate: chosen,
  testRunner: "command",
  // Told by the environment which mutant is active.
  commandRunner: { command: "node .mutated/suite.mjs" },
  buildCommand: "node --import tsx scripts/mutate/bundle.ts",
  // Texts for people aren't what the tests are about; those that are read by programs are compared as they stand.
  mutator: { excludedMutations: ["StringLiteral"], plugins: [] },
  ignorePatterns: ["dist", ".tmp", "docs", "man", "examples", "reports"],
  tempDirName: ".tmp/stryker",
  coverageAnalysis: "off",
  concurrency: 2,
  timeoutMS: 20_000,
  timeoutFactor: 3,
  disableTypeChecks: false,
  reporters: ["progress-append-only", "json"],
  jsonReporter: { fileName: ".tmp/mutation.json" },
  thresholds: { high: 90, low: 85, break: null },
  allowConsoleColors: false,
}).runMutationTest();

type Result = (typeof results)[number];
const noticed = ({ status }: Result): boolean => status === "Killed" || status === "Timeout";
const counted = results.filter(({ status }) => noticed({ status } as Result) || status === "Survived" || status === "NoCoverage");
const survivors = counted.filter((result) => !noticed(result));
const rows = groups(counted).map(([folder, all]) => `| ${folder} | ${all.length} | ${all.filter(noticed).length} | ${score(all)} |`);
const text = `# Mutation tests

\`npm run mutate -- --sample ${values.sample} --seed ${values.seed}\`: ${counted.length} mutants, chosen at random.

| folder | mutants | noticed | score |
| --- | --- | --- | --- |
${rows.join("\n")}
| all | ${counted.length} | ${counted.filter(noticed).length} | ${score(counted)} |

## Survivors

${survivors
  .map(
    ({ fileName, location, mutatorName, replacement }) =>
      `- ${fileName}:${location.start.line} ${mutatorName}: \`${(replacement ?? "").replace(/\s+/g, " ").slice(0, 80)}\``,
  )
  .toSorted()
  .join("\n")}
`;
if (values.only === undefined) writeFileSync(PAGE, text);
process.stdout.write(text);

function sources(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".ts") && entry.name !== "index.ts")
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();
}

/** Stryker's names for the places of that many mutants: `file:line:column-line:column`. */
async function sample(paths: readonly string[], size: number, seed: string): Promise<string[]> {
  const silent = new Proxy({}, { get: (_, name) => (String(name).startsWith("is") ? () => false : () => undefined) });
  const instrumenter = new Instrumenter(silent as never);
  const { mutants } = await instrumenter.instrument(
    paths.map((name) => ({ name, content: readFileSync(name, "utf8"), mutate: true })),
    { plugins: null, excludedMutations: ["StringLiteral"], ignorers: [] },
  );
  if (mutants.length <= size) return [...paths];
  const chance = random(`mutants:${seed}`);
  const left = [...mutants];
  const picked = Array.from({ length: size }, () => left.splice(chance.below(left.length), 1)[0]).filter((mutant) => mutant !== undefined);
  // Stryker counts lines from 1 here and columns from 0.
  return picked.map(
    ({ fileName, location: { start, end } }) => `${fileName}:${start.line + 1}:${start.column}-${end.line + 1}:${end.column}`,
  );
}

function groups(all: readonly Result[]): [string, Result[]][] {
  const byFolder = new Map<string, Result[]>();
  for (const result of all) {
    const folder = result.fileName.split("/").slice(0, 2).join("/");
    byFolder.set(folder, [...(byFolder.get(folder) ?? []), result]);
  }
  return [...byFolder].toSorted(([one], [other]) => one.localeCompare(other));
}

function score(all: readonly Result[]): string {
  return `${((100 * all.filter(noticed).length) / Math.max(1, all.length)).toFixed(1)} %`;
}
