/** Runs the test files under the given folders, several at once: `node --import tsx test/run.ts [folder or file …]`. */
import { execFile } from "node:child_process";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { dirname, join, relative, resolve, sep } from "node:path";
import { once } from "node:events";
import { run } from "node:test";
import { spec } from "node:test/reporters";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { build, type Plugin } from "esbuild";
import { MADE_TESTS, madeIn } from "./lab/program.ts";

/** Need servers that aren't everywhere, or take as long as what they test: the demo and the benchmark. */
const NOT_BY_DEFAULT = [join("test", "e2e"), join("test", "scripts")];
/**
 * What shares a process: to load the program and to have it compiled takes longer than many of these files do, and a check in a process
 * that has done a hundred takes half as long as in a new one. Folders, or files where a folder is divided; a file is in the first group
 * that names it. Those that none names have a process each: they wait for long, or they measure their own process.
 */
const TOGETHER: Readonly<Record<string, readonly string[]>> = {
  // Go through all recorded evidence: they judge it once.
  recorded: [
    "recorded/recorded.test.ts",
    "redact/redact.test.ts",
    "report/html-way.test.ts",
    "report/way.test.ts",
    "report/steps.test.ts",
    "meta/fixes.test.ts",
    "meta/line-breaks.test.ts",
  ],
  // Tables of facts and texts, without I/O. The first one watches the others.
  rules: ["meta/rules.test.ts", "rules"],
  tables: ["advice", "facts", "homeservers", "matrix", "observe", "views"],
  report: ["report"],
  net: ["net"],
  zone: ["zone"],
  serve: ["serve"],
  library: ["library"],
  // Three of about the same length, so that they can be done side by side.
  "scenarios of names": ["address", "by-chance", "clues", "difference", "dns", "dns-depth", "name", "srv", "zone-file"].map(scenarios),
  "scenarios of servers": ["client", "federation", "tls", "policy", "host-sent"].map(scenarios),
  "scenarios of ways": ["many-names", "proportion", "reports", "route", "service-policy", "well-known", "lost-file"].map(scenarios),
  commands: [
    "against",
    "check",
    "completion",
    "config",
    "config-run",
    "config-schema",
    "exit-code",
    "explain",
    "facts",
    "formats",
    "job-summary",
    "many",
    "merged",
    "plan",
    "plan-present",
    "reading",
    "selection",
    "terminal",
    "usage",
    "zone-files",
  ].map((name) => `commands/${name}.test.ts`),
};
/**
 * Take the longest: whoever begins with them has no one left to wait for at the end. Those that mostly wait leave the processors to the
 * others, and so stand among them.
 */
const FIRST = [
  "scenarios/connect.test.ts",
  "net",
  "recorded",
  "scenarios of names",
  "wait/wait.test.ts",
  "scenarios/machine.test.ts",
  "scenarios of servers",
  "scenarios of ways",
  "report",
  "scenarios/hostile.test.ts",
  "commands",
  "commands/wait.test.ts",
  "scenarios/few-connections.test.ts",
  "rules",
  "zone",
  "serve",
];

/**
 * Most of what tests run is run a few times only: what V8 spends on making that fast is a fifth of the suite's processor time. With this it
 * begins ten times as late. Later versions of Node have no such option, and refuse one that they don't have.
 */
const OPTIMISES_LATER = process.versions.node.startsWith("20.") ? ["--interrupt-budget=1000000"] : [];
/**
 * A process of Node's may never end: it waits for a compiler that works beside it, which waits for memory that only the process can free
 * (https://github.com/nodejs/node/issues/54918). Seldom, but there are a hundred of them in a run. Without such a compiler none waits; it
 * takes no longer.
 */
const COMPILES_ITSELF = ["--no-concurrent-recompilation", "--no-concurrent-sparkplug"];
/** So long takes no run, at a load of 16 either. What is still there then hangs: it is named, and ended. */
const LIMIT_MINUTES = 25;

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const TESTS = join(ROOT, "test");
const asked = process.argv.slice(2);
const files = (asked.length > 0 ? asked : ["test"])
  .flatMap((path) => filesUnder(path, ".test.ts"))
  .filter((file) => asked.length > 0 || !NOT_BY_DEFAULT.some((folder) => file.startsWith(folder)));
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
  process.execArgv.splice(0, Infinity, "--enable-source-maps", ...COMPILES_ITSELF, ...OPTIMISES_LATER);
  // More than there are processors: many tests wait for sockets, or for a time to pass.
  const ending = new AbortController();
  const limit = setTimeout(() => void endHanging(ending), LIMIT_MINUTES * 60_000);
  const tests = run({ files: await processes(), concurrency: 4 + availableParallelism(), signal: ending.signal });
  tests.on("test:fail", () => {
    process.exitCode = 1;
  });
  const report = tests.compose(new spec());
  report.pipe(process.stdout);
  await once(report, "end");
  clearTimeout(limit);
} finally {
  await rm(made, { recursive: true, force: true });
}

/** Says what still runs, and for what each of its threads waits, as far as this system has such a list. */
async function endHanging(ending: AbortController): Promise<void> {
  const { stdout } = await promisify(execFile)("ps", ["-eLo", "pid,ppid,stat,time,wchan:24,comm,args"]).catch(() => ({ stdout: "" }));
  const [head = "", ...all] = stdout.split("\n");
  const width = head.lastIndexOf("COMMAND");
  const pidOf = (line: string): number => Number(line.trim().split(/\s+/)[0]);
  const own = all.filter((line) => line.includes(made));
  const theirs = [head, ...own.map((line) => line.slice(0, width) + line.slice(line.indexOf(made)))];
  process.stderr.write(`error: the tests don't end within ${LIMIT_MINUTES} minutes. Still there:\n${theirs.join("\n")}\n`);
  process.exitCode = 1;
  ending.abort();
  // What doesn't answer may not answer to that either.
  for (const pid of new Set(own.map(pidOf))) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It has ended meanwhile.
    }
  }
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

/** What Node is started with, once for each; the longest first. */
async function processes(): Promise<string[]> {
  const groups = new Map<string, string[]>();
  for (const file of files) groups.set(groupOf(file), [...(groups.get(groupOf(file)) ?? []), file]);
  const rank = (name: string): number => (FIRST.includes(name) ? FIRST.indexOf(name) : FIRST.length);
  const sorted = [...groups].toSorted(([a], [b]) => rank(a) - rank(b));
  return Promise.all(
    sorted.map(([name, group]) => {
      // As the group says, whatever order they were found in.
      const place = (file: string): number => (TOGETHER[name] ?? []).findIndex((path) => isIn(file, path));
      const inOrder = group.toSorted((a, b) => place(a) - place(b));
      return together(
        name,
        inOrder.map((file) => madeIn(made, resolve(file))),
      );
    }),
  );
}

/** Its name, or for a file that has a process of its own its path under test/. */
function groupOf(file: string): string {
  const [group] = Object.entries(TOGETHER).find(([, paths]) => paths.some((path) => isIn(file, path))) ?? [];
  return group ?? relative(TESTS, resolve(file)).replaceAll(sep, "/");
}

/** @param path of a file or a folder, under test/ */
function isIn(file: string, path: string): boolean {
  const [own, whole] = [resolve(file), join(TESTS, path)];
  return own === whole || own.startsWith(join(whole, sep));
}

function scenarios(name: string): string {
  return `scenarios/${name}.test.ts`;
}

/** One file that loads all of them. */
async function together(name: string, group: readonly string[]): Promise<string> {
  const [first = "", ...others] = group;
  if (others.length === 0) return first;
  // Scenarios that another file of the process wants only to know of aren't run.
  const alone = group.find((file) => readFileSync(file, "utf8").includes("await onlyDeclared("));
  const scenarioOf = group.find((file) => file !== alone && dirname(file).endsWith("scenarios"));
  if (alone !== undefined && scenarioOf !== undefined) throw new Error(`${scenarioOf} can't be run in the process of ${alone}`);
  const path = join(made, `${name.replaceAll(" ", "-")}.mjs`);
  await writeFile(path, group.map((file) => `import ${JSON.stringify(pathToFileURL(file).href)};\n`).join(""));
  return path;
}

function filesUnder(path: string, ending: string): string[] {
  if (statSync(path).isFile()) return [path];
  return readdirSync(path, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(ending))
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();
}
