#!/usr/bin/env node
// Start-up only: the version without loading anything, otherwise the built program. CommonJS: to begin with ES modules costs Node 15 ms.
"use strict";

const [first, ...others] = process.argv.slice(2);
if ((first === "--version" || first === "-V") && others.length === 0) {
  process.stdout.on("error", () => {}); // the reader may be gone
  process.stdout.write(`${require("../package.json").version}\n`);
} else {
  require("node:module").enableCompileCache?.();
  void require("../dist/start.cjs")("process.cjs").run();
}
