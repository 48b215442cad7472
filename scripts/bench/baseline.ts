/** Makes the baselines programs that plain Node runs: loading them through tsx would count as their start-up. */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import ts from "typescript";
import { ROOT } from "./processes.ts";

/** The programs, and what they import. None imports anything but Node's own modules and each other. */
const FILES = ["chain", "chain-process", "names-loop"];

/** @returns The folder, below `directory`, with a `.js` for each. */
export async function buildBaselines(directory: string): Promise<string> {
  const folder = join(directory, "baseline");
  await mkdir(folder);
  await writeFile(join(folder, "package.json"), '{"type": "module"}\n');
  for (const name of FILES) {
    const source = await readFile(join(ROOT, "scripts", "bench", `${name}.ts`), "utf8");
    const compilerOptions = {
      module: ts.ModuleKind.ESNext,
      target: ts.ScriptTarget.ES2023,
      verbatimModuleSyntax: true,
      rewriteRelativeImportExtensions: true,
    };
    await writeFile(join(folder, `${name}.js`), ts.transpileModule(source, { compilerOptions }).outputText);
  }
  return folder;
}
