/**
 * `npm run mutate`: the source is changed in one place at a time, and the tests must notice. Stryker's instrumenter makes the changes;
 * a random sample of them is tried, and the result goes into docs/mutation.md.
 *
 *     npm run mutate -- --sample 1500 --seed 1
 *     npm run mutate -- --only src/rules/address/not-public.ts      # all mutants of some files or folders; the page stays as it is
 */
import { mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { random } from "./fuzz/random.ts";
import { bundle } from "./mutate/bundle.ts";
import { work } from "./mutate/crew.ts";
import { possibleMutants, sourceWith } from "./mutate/mutants.ts";
import { lineOf, pageOf, survivorsOf, type Tried } from "./mutate/page.ts";
import { testsFor, type Coverage } from "./mutate/tests-for.ts";

const MUTATED = ["src/matrix", "src/rules", "src/views", "src/homeservers", "src/zone", "src/report/verdict.ts"];
const PAGE = "docs/mutation.md";
const SCRIPT = ".tmp/mutated.cjs";

const { values } = parseArgs({
  options: {
    sample: { type: "string", default: "1500" },
    seed: { type: "string", default: "1" },
    only: { type: "string", multiple: true },
    /** Processes. */
    jobs: { type: "string", default: "2" },
  },
});

const paths = (values.only ?? MUTATED).flatMap(sources);
const possible = await possibleMutants(paths);
const chance = random(`mutants:${values.seed}`);
const left = [...possible];
const size = values.only === undefined ? Math.min(Number(values.sample), left.length) : left.length;
const chosen = Array.from({ length: size }, () => left.splice(chance.below(left.length), 1)).flat();
const { files, script } = await bundle(await sourceWith(chosen, paths));
mkdirSync(".tmp", { recursive: true });
writeFileSync(SCRIPT, script);

const measured = await work(
  SCRIPT,
  files.map((file) => ({ task: { measure: file }, timeoutMs: 120_000 })),
  Number(values.jobs),
  () => undefined,
);
const coverage = measured.map((answer, index): Coverage => {
  if (answer === null || !("coverage" in answer))
    throw new Error(`${files[index] ?? ""} fails without any change: ${JSON.stringify(answer)}`);
  return answer.coverage;
});

const jobs = chosen.map(({ id }) => testsFor(id, coverage));
// As they are now, whatever becomes of the files meanwhile.
const originals = chosen.map(({ fileName, location }) => sourceOf(fileName, location));
let done = 0;
const tried: Tried[] = [];
await work(SCRIPT, jobs, Number(values.jobs), (index, answer) => {
  const mutant = chosen[index];
  if (mutant === undefined) return;
  const noticed = answer === null || ("noticed" in answer && answer.noticed !== null);
  const covered = (jobs[index]?.task.tests.length ?? 0) > 0;
  const { fileName, location, mutatorName, replacement } = mutant;
  const source = originals[index] ?? "";
  const each = { file: fileName, line: location.start.line + 1, source, mutatorName, replacement, noticed, covered };
  tried.push(each);
  if (!noticed) process.stderr.write(lineOf(each));
  if (++done % 100 === 0) process.stderr.write(`${done} of ${size}\n`);
});
writeFileSync(".tmp/mutation.json", JSON.stringify(tried, null, 1));
if (values.only === undefined)
  writeFileSync(PAGE, pageOf(tried, `npm run mutate -- --sample ${values.sample} --seed ${values.seed}`, possible.length));
process.stdout.write(survivorsOf(tried));

function sources(path: string): string[] {
  if (statSync(path).isFile()) return [path];
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".ts") && entry.name !== "index.ts")
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();
}

function sourceOf(
  file: string,
  { start, end }: { start: { line: number; column: number }; end: { line: number; column: number } },
): string {
  const lines = readFileSync(file, "utf8")
    .split("\n")
    .slice(start.line, end.line + 1);
  if (lines.length > 0) lines[lines.length - 1] = lines.at(-1)?.slice(0, end.column) ?? "";
  if (lines.length > 0) lines[0] = lines[0]?.slice(start.column) ?? "";
  return lines.join("\n");
}
