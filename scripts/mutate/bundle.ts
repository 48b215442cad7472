/**
 * The mutated source and its tests as one script. Each test file is loaded only when it is asked for, and the whole script can be
 * evaluated again and again in one process: so every mutant meets a fresh world in some milliseconds.
 */
import { readFileSync, readdirSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { build, type Plugin } from "esbuild";

/** Whose tests are tried, where they cover the mutant. */
const FOLDERS = ["test/matrix", "test/rules", "test/views", "test/homeservers", "test/zone", "test/observe/resolver"];
/** Takes seconds, and finds by chance. */
const NOT = /hostile|look-alikes/;
const EVIDENCE = "scripts/mutate/recorded-evidence.ts";

export interface Bundle {
  /** The test files, by the names under which the script exports them; the cheapest first. */
  files: string[];
  script: string;
}

/** `instrumented`: the source with all mutants in it, by path. */
export async function bundle(instrumented: ReadonlyMap<string, string>): Promise<Bundle> {
  const unitTests = FOLDERS.flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => name.endsWith(".test.ts") && !NOT.test(name))
      .map((name) => join(folder, name)),
  );
  const files = [...unitTests, EVIDENCE];
  const loaders = files.map((file) => `${JSON.stringify(file)}: () => require(${JSON.stringify(resolve(file))}),\n`);
  const { outputFiles } = await build({
    stdin: {
      contents: `export { testsOf, runTest, endSuites } from "./scripts/mutate/registered.ts";\nexport const files = {\n${loaders.join("")}};`,
      resolveDir: ".",
      loader: "ts",
    },
    bundle: true,
    write: false,
    packages: "external",
    platform: "node",
    format: "cjs",
    target: "node20",
    // So that it can be run with a function `require` alone.
    supported: { "dynamic-import": false },
    plugins: [sources(instrumented)],
    // The package says that its modules have no side effects; its tests are nothing else.
    ignoreAnnotations: true,
    logLevel: "error",
  });
  return { files, script: outputFiles[0]?.text ?? "" };
}

function sources(instrumented: ReadonlyMap<string, string>): Plugin {
  return {
    name: "mutated source",
    setup({ onLoad, onResolve }) {
      onResolve({ filter: /^node:test$/ }, () => ({ path: resolve("scripts/mutate/registered.ts") }));
      onLoad({ filter: /\.ts$/ }, ({ path }) => ({
        contents: (instrumented.get(relative(".", path)) ?? readFileSync(path, "utf8"))
          // Each file keeps its own URL, by which it finds what lies beside it.
          .replaceAll("import.meta.url", JSON.stringify(pathToFileURL(path).href))
          .replaceAll("import.meta.dirname", JSON.stringify(resolve(path, "..")))
          // A script can't wait where it is loaded; the packages in question needn't be waited for.
          .replace(/^(const \w+ = )await import\(/gm, "$1require("),
        loader: "ts",
      }));
    },
  };
}
