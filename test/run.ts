/** Runs the test files under the given folders, several at once: `node --import tsx test/run.ts [folder or file …]`. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join, resolve, sep } from "node:path";
import { once } from "node:events";
import { run } from "node:test";
import { spec } from "node:test/reporters";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build, type Plugin } from "esbuild";
import { MADE_TESTS, madeIn } from "./lab/program.ts";

/** Need servers that aren't everywhere, or take as long as what they test: the demo and the benchmark. */
const NOT_BY_DEFAULT = [join("test", "e2e"), join("test", "scripts")];
/** Tables of facts and texts, without I/O: to load what they test takes longer than they do, so each folder has one process. */
const PURE = ["advice", "facts", "homeservers", "matrix", "rules", "views"].map((folder) => join("test", folder));
/** Go through all recorded evidence: they judge it once, in one process. */
const RECORDED = [
  join("test", "recorded", "recorded.test.ts"),
  join("test", "report", "html-way.test.ts"),
  join("test", "report", "way.test.ts"),
  join("test", "report", "steps.test.ts"),
  join("test", "meta", "fixes.test.ts"),
];
/** Take the longest: whoever begins with them has no one left to wait for at the end. */
const FIRST = [
  ...RECORDED,
  join("test", "redact", "redact.test.ts"),
  join("test", "scenarios", "hostile.test.ts"),
  join("test", "scenarios", "connect.test.ts"),
  join("test", "wait", "wait.test.ts"),
  join("test", "scenarios", "well-known.test.ts"),
  join("test", "commands", "resumed.test.ts"),
];

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const asked = process.argv.slice(2);
const files = (asked.length > 0 ? asked : ["test"])
  .flatMap((path) => filesUnder(path, ".test.ts"))
  .filter((file) => asked.length > 0 || !NOT_BY_DEFAULT.some((folder) => file.startsWith(folder)))
  .toSorted((a, b) => rank(a) - rank(b));
if (files.length === 0) throw new Error(`no test file under ${asked.join(", ")}`);

/** Each file keeps its own URL, by which it finds what lies beside it. */
const ownUrl: Plugin = {
  name: "own URL",
  setup: ({ onLoad }) =>
    onLoad({ filter: /[\\/](src|test|scripts)[\\/].*\.ts$/ }, ({ path }) => ({
      contents: readFileSync(path, "utf8").replaceAll("import.meta.url", JSON.stringify(pathToFileURL(path).href)),
      loader: "ts",
    })),
};

const made = join(ROOT, ".tmp", `test-${process.pid}`);
try {
  await makeTests();
  process.env[MADE_TESTS] = made;
  // The test processes are started as this one was.
  process.execArgv.splice(0, Infinity, "--enable-source-maps");
  // More than there are processors: most tests wait for sockets most of the time.
  const tests = run({ files: await processes(), concurrency: 1 + availableParallelism() });
  tests.on("test:fail", () => {
    process.exitCode = 1;
  });
  const report = tests.compose(new spec());
  report.pipe(process.stdout);
  await once(report, "end");
} finally {
  await rm(made, { recursive: true, force: true });
}

/**
 * JavaScript of all tests, and of the programs that they start, at once: to make it anew in each of a hundred processes takes longer than
 * most of the tests. What several need is in files of its own.
 */
async function makeTests(): Promise<void> {
  const sources = filesUnder(join(ROOT, "test"), ".ts").filter((file) => file.endsWith(".test.ts") || /\bchild\.ts$/.test(file));
  await build({
    entryPoints: sources,
    outbase: ROOT,
    outdir: made,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    splitting: true,
    packages: "external",
    platform: "node",
    format: "esm",
    target: "node20",
    plugins: [ownUrl],
    // The package says that its modules have no side effects; its tests are nothing else.
    ignoreAnnotations: true,
    sourcemap: "linked",
    sourcesContent: false,
    logLevel: "error",
  });
}

/** What Node is started with, once for each. */
async function processes(): Promise<string[]> {
  const groups = new Map<string, string[]>();
  for (const file of files) {
    const name = RECORDED.includes(file) ? "recorded" : (PURE.find((folder) => file.startsWith(join(folder, "/"))) ?? file);
    groups.set(name, [...(groups.get(name) ?? []), madeIn(made, resolve(file))]);
  }
  return Promise.all([...groups].map(([name, group]) => together(name, group)));
}

/** One file that loads all of them. */
async function together(name: string, group: readonly string[]): Promise<string> {
  const [first = "", ...others] = group;
  if (others.length === 0) return first;
  const path = join(made, `${name.replaceAll(sep, "-")}.mjs`);
  await writeFile(path, group.map((file) => `import ${JSON.stringify(pathToFileURL(file).href)};\n`).join(""));
  return path;
}

function rank(file: string): number {
  const place = FIRST.indexOf(file);
  return place === -1 ? FIRST.length : place;
}

function filesUnder(path: string, ending: string): string[] {
  if (statSync(path).isFile()) return [path];
  return readdirSync(path, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(ending))
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();
}
