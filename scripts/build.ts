/**
 * `npm run build`: dist/ from src/.
 *
 * Node's start-up is what a short program waits for, so the code is bundled, into CommonJS. Plainer ways were measured, in CPU time of a
 * run that fails on the server name, where `node -e 0` takes 50 ms and this one 60: ES modules take 15 ms more; one CommonJS file of
 * everything 30 ms more, as V8 looks through all of it; a file for each module, of which we have 300, half a millisecond each. What esbuild
 * has for it, splitting, is for ES modules only. So: esbuild splits, makes CommonJS of each chunk, and a small loader hands the chunks
 * their `require`. What src/ imports dynamically isn't run before it is imported.
 *
 * `dist/index.js`, the library, is an ES module all the same. The types come from tsc, which also checks them: with a mistake dist/ stays
 * as it is.
 */
import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { appendFile, mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build, transform, type Metafile, type Plugin } from "esbuild";
import { rules } from "../src/rules/info.ts";

/**
 * Files of dist/, and what is in them besides what it imports; what isn't in any gets a file of its own. The first that wants a module has
 * it.
 */
const FILES = {
  start: ["src/commands/process.ts"],
  check: ["src/commands/program.ts", "src/commands/check.ts", "src/check.ts"],
  connections: ["src/net/connections.ts"],
  judge: ["src/judge-facts.ts"],
  pretty: ["src/report/pretty.ts"],
};
const LIBRARY = "src/index.ts";
/** What another thread runs. */
const THREAD = "src/commands/threads/thread.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const dist = join(root, "dist");
const dependencies = Object.keys(
  (createRequire(import.meta.url)("../package.json") as { dependencies: Record<string, string> }).dependencies,
);

const made = join(root, ".tmp", `dist-${process.pid}`);

try {
  process.exitCode = declarations();
  if (process.exitCode === 0) {
    await keepLibraryTypes();
    await code();
    // As short as possible: somebody else may be using it.
    await rm(dist, { recursive: true, force: true });
    await rename(made, dist);
  }
} finally {
  await rm(made, { recursive: true, force: true });
}

function declarations(): number {
  const tsc = createRequire(import.meta.url).resolve("typescript/bin/tsc");
  return spawnSync(process.execPath, [tsc, "-p", "tsconfig.build.json", "--outDir", made], { cwd: root, stdio: "inherit" }).status ?? 1;
}

/** tsc writes the types of all modules; whoever uses the library needs those that its own lead to, a fifth of the bytes. */
async function keepLibraryTypes(): Promise<void> {
  const needed = new Set<string>();
  const visit = async (file: string): Promise<void> => {
    if (needed.has(file)) return;
    needed.add(file);
    const text = await readFile(file, "utf8");
    const paths = [...text.matchAll(/(?:from |import\()"(\.[^"]+)"/g)].map(([, path = ""]) => path);
    await Promise.all(paths.map((path) => visit(join(dirname(file), path.replace(/\.[jt]s$/, ".d.ts")))));
  };
  await visit(join(made, "index.d.ts"));
  const files = (await readdir(made, { recursive: true })).filter((file) => file.endsWith(".d.ts")).map((file) => join(made, file));
  await Promise.all(files.filter((file) => !needed.has(file)).map((file) => rm(file)));
}

async function code(): Promise<void> {
  // esbuild splits only ES modules, so these come first.
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    entryPoints: ["src/commands/process.ts", THREAD, LIBRARY],
    outdir: dist,
    entryNames: "[name]",
    chunkNames: "[name]-[hash]",
    outExtension: { ".js": ".cjs" },
    bundle: true,
    splitting: true,
    // What isn't installed with this package is bundled.
    external: dependencies,
    plugins: [rulesAsData()],
    format: "esm",
    platform: "node",
    target: "node20",
    logLevel: "warning",
    metafile: true,
    write: false,
  });
  const chunks = new Map<string, string>();
  for (const { path, text } of outputFiles) chunks.set(path.slice(dist.length + 1), await commonJs(text));

  await mkdir(made, { recursive: true });
  const homes = new Map<string, string>();
  for (const [file, entries] of Object.entries(FILES)) {
    const names = entries.flatMap((entry) => withImports(metafile, chunkOf(metafile, entry))).filter((name) => !homes.has(name));
    for (const name of names) homes.set(name, file);
  }
  for (const [name, text] of chunks) {
    if (!homes.has(name)) homes.set(name, name.replace(/\.cjs$/, ""));
    const file = join(made, `${homes.get(name)}.cjs`);
    // In parentheses: that tells V8 to compile it now, as it will be called soon.
    await appendFile(file, `exports[${JSON.stringify(`./${name}`)}] = (function (module, exports, require) {\n${text}});\n`);
  }
  await writeFile(join(made, "load.cjs"), loader(homes));
  // As `bin/` for the program.
  await writeFile(join(made, "start-thread.cjs"), `"use strict";\nrequire("./load.cjs")("./${chunkOf(metafile, THREAD)}");\n`);
  await writeFile(join(made, "LICENSES.txt"), await licences(metafile));
  const library = chunkOf(metafile, LIBRARY);
  await writeFile(join(made, "index.js"), facade(metafile.outputs[`dist/${library}`]?.exports ?? []));
}

/** Of the packages whose code is bundled: their licences want to go with it. */
async function licences(metafile: Metafile): Promise<string> {
  const packages = new Set(
    Object.keys(metafile.inputs).flatMap((path) => /^(?:.*\/)?(node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? []),
  );
  const texts = [...packages]
    .sort()
    .map(async (path) => `${path.slice("node_modules/".length)}\n\n${await readFile(join(root, path, "LICENSE"), "utf8")}`);
  return `Packages whose code is in this folder, and their licences.\n\n${(await Promise.all(texts)).join("\n\n")}`;
}

/**
 * The library's list of rules as the text of its JSON: what a rule is made of to judge by is 15 ms of loading, which a check does while it
 * waits for its first answers, and an import of the library needn't.
 */
function rulesAsData(): Plugin {
  const contents = `const frozen = (value) => (Object.values(value).forEach((each) => typeof each === "object" && each !== null && frozen(each)), Object.freeze(value));
export const rules = frozen(JSON.parse(${JSON.stringify(JSON.stringify(rules))}));`;
  return {
    name: "rules as data",
    setup: ({ onLoad }) => onLoad({ filter: /[\\/]src[\\/]rules[\\/]info\.ts$/ }, () => ({ contents, loader: "js" })),
  };
}

function chunkOf(metafile: Metafile, source: string): string {
  const found = Object.entries(metafile.outputs).find(([, { entryPoint }]) => entryPoint === source);
  if (found === undefined) throw new Error(`nothing imports ${source} dynamically`);
  return found[0].slice("dist/".length);
}

/** The chunk and what it imports, and what that imports. */
function withImports(metafile: Metafile, chunk: string): string[] {
  const found = new Set([chunk]);
  for (const name of found) {
    for (const { path, kind, external } of metafile.outputs[`dist/${name}`]?.imports ?? []) {
      if (kind === "import-statement" && external !== true) found.add(path.slice("dist/".length));
    }
  }
  return [...found];
}

/**
 * esbuild leaves `import()` as it is, or makes `require` of all of them; chalk and ora must stay: an ES module in a package can't be
 * required.
 */
async function commonJs(esModule: string): Promise<string> {
  const required = esModule.replace(/\bimport\("(\.\/[\w-]+\.cjs|undici)"\)/g, 'Promise.resolve().then(() => require("$1"))');
  const { code, warnings } = await transform(required, {
    // So that packages are seen as an ES module sees them.
    sourcefile: "chunk.mjs",
    format: "cjs",
    platform: "node",
    target: "node20",
    define: { "import.meta.url": "moduleUrl" },
    ...(required.includes("import.meta.url") ? { banner: 'const moduleUrl = require("node:url").pathToFileURL(__filename).href;' } : {}),
  });
  for (const { text } of warnings) process.stderr.write(`${text}\n`);
  return code;
}

/** Gives the exports of a chunk, by its name, or of what else chunks require. A chunk is run when it is first asked for. */
function loader(homes: ReadonlyMap<string, string>): string {
  return `"use strict";
const homes = ${JSON.stringify(Object.fromEntries([...homes].map(([name, file]) => [`./${name}`, `./${file}.cjs`])), null, 2)};
const loaded = new Map();
module.exports = function load(name) {
  const home = homes[name];
  if (home === undefined) return require(name);
  let module = loaded.get(name);
  if (module === undefined) {
    loaded.set(name, (module = { exports: {} }));
    try {
      require(home)[name](module, module.exports, load);
    } catch (error) {
      // For a moment no file could be opened, say: the next one begins anew.
      loaded.delete(name);
      throw error;
    }
  }
  return module.exports;
};
`;
}

/**
 * Not by `import`, which looks for the names of a CommonJS file's exports with a lexer that takes 25 ms to start. A Node.js that is too
 * old is told so before anything else is loaded: as `module`, as old ones don't know `node:module`.
 */
function facade(names: readonly string[]): string {
  return `import { createRequire } from "module";
const require = createRequire(import.meta.url);
const problem = require("../bin/node-version.js")();
if (problem !== null) throw new Error(problem);
export const { ${names.toSorted().join(", ")} } = require("./load.cjs")("./index.cjs");
`;
}
