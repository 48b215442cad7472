/** Bundles suite.ts with the source as it stands, mutants and all; run in Stryker's copy of the project. */
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build, type Plugin } from "esbuild";

const FOLDERS = ["matrix", "rules", "views", "homeservers", "zone"];
/** Take seconds, and find by chance. */
const NOT = /hostile|look-alikes/;

const files = FOLDERS.flatMap((folder) => {
  try {
    return readdirSync(join("test", folder))
      .filter((name) => name.endsWith(".test.ts") && !NOT.test(name))
      .map((name) => `../../test/${folder}/${name}`);
  } catch {
    return [];
  }
});
const imports = files.map((file) => `import ${JSON.stringify(file)};\n`).join("");

/** Each file keeps its own URL, by which it finds what lies beside it. */
const ownUrl: Plugin = {
  name: "own URL",
  setup: ({ onLoad }) =>
    onLoad({ filter: /\.ts$/ }, ({ path }) => ({
      contents: (path.endsWith("unit-tests.ts") ? imports : readFileSync(path, "utf8")).replaceAll(
        "import.meta.url",
        JSON.stringify(pathToFileURL(path).href),
      ),
      loader: "ts",
    })),
};

await build({
  entryPoints: ["scripts/mutate/suite.ts"],
  outfile: ".mutated/suite.mjs",
  bundle: true,
  packages: "external",
  platform: "node",
  format: "esm",
  target: "node20",
  plugins: [ownUrl],
  // The package says that its modules have no side effects; its tests are nothing else.
  ignoreAnnotations: true,
  logLevel: "error",
});
