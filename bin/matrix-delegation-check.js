#!/usr/bin/env node
// Start-up only: refuses an old Node.js, says the version without loading anything, otherwise starts the built program.
// CommonJS: to begin with ES modules costs Node 15 ms. Written so that old Node.js reads it, too: it has to be told.
"use strict";

const problem = require("./node-version.js")();
if (problem !== null) {
  process.stderr.write("error: " + problem + "\n");
  process.exitCode = 2;
} else {
  start(process.argv.slice(2));
}

function start(args) {
  if (args.length === 1 && (args[0] === "--version" || args[0] === "-V")) {
    process.stdout.on("error", (error) => {
      if (error.code === "EPIPE") return; // the reader is gone
      process.stderr.write(`error: standard output can't be written: ${error.code === "ENOSPC" ? "no space left" : error.message}\n`);
      process.exitCode = 3;
    });
    process.stdout.write(`${require("../package.json").version}\n`);
    return;
  }
  const { enableCompileCache } = require("module");
  if (enableCompileCache) enableCompileCache();
  void require("../dist/load.cjs")("./process.cjs").run();
}
