/**
 * Completion in zsh and fish, and from the files that shells read at the first Tab; bash by itself is among the tests that are always run.
 */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { test } from "node:test";
import { completionTests } from "../commands/completion-rows.ts";
import { bashWithFile, fish, fishWithFile, installed, isInstalled, newPlace, zsh, zshWithFile } from "../commands/shells.ts";

const without = (shell: string): string | false => (isInstalled(shell) ? false : `${shell} is not installed (Debian: ${shell})`);

completionTests(zsh, { skip: without("zsh"), written: true });
completionTests(fish, { skip: without("fish"), written: false });

const FROM_FILES = [
  [
    bashWithFile,
    existsSync("/usr/share/bash-completion/bash_completion")
      ? without("bash")
      : "bash-completion is not installed (Debian: bash-completion)",
  ],
  [zshWithFile, without("zsh")],
  [fishWithFile, without("fish")],
] as const;

for (const [shell, skip] of FROM_FILES) {
  test(`${shell.name} reads the script from a file at the first Tab`, { skip }, async (context) => {
    const lines = [
      "matrix-delegation-check --fo",
      "matrix-delegation-check --report=junit=pl",
      "matrix-delegation-check explain tls/incompl",
    ];
    // fish looks for the file only if there is such a program.
    assert.deepEqual(await shell.offered(lines, await installed(await newPlace(context))), [
      ["--format"],
      ["plain.txt"],
      ["tls/incomplete-chain"],
    ]);
  });
}
