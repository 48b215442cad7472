#!/usr/bin/env node
// Start-up only: the compile cache, the version without loading anything, then the built program.
import module from "node:module";

module.enableCompileCache?.();

const [first, ...others] = process.argv.slice(2);
if ((first === "--version" || first === "-V") && others.length === 0) {
  process.stdout.on("error", () => {}); // the reader may be gone
  process.stdout.write(`${module.createRequire(import.meta.url)("../package.json").version}\n`);
} else {
  const { run } = await import("../dist/commands/process.js");
  await run();
}
