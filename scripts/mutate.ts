/**
 * `npm run mutate`: the source is changed in one place at a time, and the tests must notice. Stryker's instrumenter makes the changes;
 * a random sample of them is tried, and the result goes into docs/mutation.md.
 *
 *     npm run mutate -- --sample 1500 --seed 1
 *     npm run mutate -- --survivors                                 # only those again that survived the last time
 *     npm run mutate -- --only src/rules/address/not-public.ts      # all mutants of some files or folders; the page stays as it is
 */
import { mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { bundle } from "./mutate/bundle.ts";
import { work } from "./mutate/crew.ts";
import { possibleMutants, sourceWith } from "./mutate/mutants.ts";
import { lineOf, pageOf, summaryOf, type Tried } from "./mutate/page.ts";
import { sampleOf } from "./mutate/sample.ts";
import { testsForEach } from "./mutate/tests-for.ts";

const MUTATED = ["src/matrix", "src/rules", "src/views", "src/homeservers", "src/zone", "src/report/verdict.ts"];
const PAGE = "docs/mutation.md";
const SCRIPT = ".tmp/mutated.cjs";
const LAST = ".tmp/mutation.json";

const { values } = parseArgs({
  options: {
    sample: { type: "string", default: "1500" },
    seed: { type: "string", default: "1" },
    only: { type: "string", multiple: true },
    survivors: { type: "boolean", default: false },
    /** Processes. */
    jobs: { type: "string", default: "2" },
  },
});
const crew = Number(values.jobs);

mkdirSync(".tmp", { recursive: true });
const paths = (values.only ?? MUTATED).flatMap(sources);
const possible = await possibleMutants(paths);
const chosen = sampleOf(possible, values.only === undefined ? Number(values.sample) : Infinity, values.seed);
const last = values.survivors ? (JSON.parse(readFileSync(LAST, "utf8")) as Tried[]) : [];
const noticedBefore = new Set(last.filter(({ noticed }) => noticed).map(({ key }) => key));
const tried: Tried[] = chosen.filter(({ key }) => noticedBefore.has(key)).map((each) => ({ ...each, noticed: true, covered: true }));
const open = chosen.filter(({ key }) => !noticedBefore.has(key));

const ids = new Set(open.map(({ id }) => id));
const { files, script } = await bundle(
  await sourceWith(
    possible.filter(({ id }) => ids.has(id)),
    paths,
  ),
);
writeFileSync(SCRIPT, script);
const measured = await work(
  SCRIPT,
  files.map((file) => ({ task: { measure: file }, timeoutMs: 120_000 })),
  crew,
);
const coverage = measured.map((answer, index) => {
  if (answer === null || !("coverage" in answer))
    throw new Error(`${files[index] ?? ""} fails without any change: ${JSON.stringify(answer)}`);
  return answer.coverage;
});

const jobs = testsForEach(
  open.map(({ id }) => id),
  new Map(open.map(({ id, file }) => [id, file])),
  coverage,
);
await work(SCRIPT, jobs, crew, (index, answer) => {
  const mutant = open[index];
  if (mutant === undefined) return;
  const noticed = answer === null || ("noticed" in answer && answer.noticed !== null);
  const each = { ...mutant, noticed, covered: (jobs[index]?.task.tests.length ?? 0) > 0 };
  tried.push(each);
  if (!noticed) process.stderr.write(lineOf(each));
  if (tried.length % 50 === 0) {
    process.stderr.write(`${tried.length} of ${chosen.length}\n`);
    writeFileSync(LAST, JSON.stringify(tried, null, 1));
  }
});
writeFileSync(LAST, JSON.stringify(tried, null, 1));
if (values.only === undefined)
  writeFileSync(PAGE, pageOf(tried, `npm run mutate -- --sample ${values.sample} --seed ${values.seed}`, possible.length));
process.stdout.write(summaryOf(tried));

function sources(path: string): string[] {
  if (statSync(path).isFile()) return [path];
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".ts") && entry.name !== "index.ts")
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();
}
