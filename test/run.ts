/** Runs the test files under the given folders, several at once: `node --import tsx test/run.ts [folder or file …]`. */
import { readdirSync, statSync } from "node:fs";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { basename, dirname, join } from "node:path";
import { once } from "node:events";
import { run } from "node:test";
import { spec } from "node:test/reporters";
import { fileURLToPath, pathToFileURL } from "node:url";
import { transform } from "esbuild";

/** Need servers that aren't everywhere, or take as long as what they test: the demo and the benchmark. */
const NOT_BY_DEFAULT = [join("test", "e2e"), join("test", "scripts")];
/** Take the longest, mostly waiting: whoever begins with them has no one left to wait for at the end. */
const FIRST = [
  join("test", "scenarios", "hostile.test.ts"),
  join("test", "wait", "wait.test.ts"),
  join("test", "report", "pretty.test.ts"),
  join("test", "commands", "resumed.test.ts"),
];

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const asked = process.argv.slice(2);
const files = (asked.length > 0 ? asked : ["test"])
  .flatMap((path) => filesUnder(path, ".test.ts"))
  .filter((file) => asked.length > 0 || !NOT_BY_DEFAULT.some((folder) => file.startsWith(folder)))
  .toSorted((a, b) => Number(FIRST.includes(b)) - Number(FIRST.includes(a)));
if (files.length === 0) throw new Error(`no test file under ${asked.join(", ")}`);

const made = join(ROOT, ".tmp", `test-${process.pid}`);
try {
  await Promise.all(["src", "test", "scripts"].flatMap((folder) => filesUnder(join(ROOT, folder), ".ts")).map(makeScript));
  // The test processes are started as this one was.
  process.execArgv.splice(0, Infinity, "--import", pathToFileURL(join(made, "test", "made-script.js")).href);
  // More than there are processors: most tests wait for sockets most of the time.
  const tests = run({ files, concurrency: 1 + availableParallelism() }).on("test:fail", () => {
    process.exitCode = 1;
  });
  const report = tests.compose(new spec());
  report.pipe(process.stdout);
  await once(report, "end");
} finally {
  await rm(made, { recursive: true, force: true });
}

async function makeScript(file: string): Promise<void> {
  const { code } = await transform(await readFile(file, "utf8"), {
    loader: "ts",
    format: "esm",
    target: "node20",
    sourcemap: "inline",
    sourcesContent: false,
    sourcefile: basename(file),
  });
  const path = join(made, file.slice(ROOT.length)).replace(/\.ts$/, ".js");
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, code);
}

function filesUnder(path: string, ending: string): string[] {
  if (statSync(path).isFile()) return [path];
  return readdirSync(path, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(ending))
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();
}
