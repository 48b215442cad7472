/** What every shell must do with a command line. */
import assert from "node:assert/strict";
import { access } from "node:fs/promises";
import { join } from "node:path";
import { describe, test } from "node:test";
import { SERVE_WITH } from "../../src/advice/well-known.ts";
import { FORMATS } from "../../src/commands/options.ts";
import { newPlace, type Shell } from "./shells.ts";

const P = "matrix-delegation-check";
const FILES = ["a folder", "plain.txt", "roots one.pem", "we$ird`x`.pem"];

/** The words that are offered; of a value behind "=" only the value. */
const OFFERED: [line: string, offered: readonly string[]][] = [
  [`${P} `, ["check", "completion", "explain", "help", "plan", "resolve", "serve"]],
  [`${P} --f`, ["--fail-on", "--format", "--from-facts", "--from-file"]],
  [`${P} --format `, FORMATS],
  [`${P} --format=j`, ["json", "junit"]],
  [`${P} example.com -f j`, ["json", "junit"]],
  [`${P} --fail-on `, ["error", "warning"]],
  [`${P} plan example.com --to matrix.example.com:443 --with `, SERVE_WITH],
  [`${P} explain tls/exp`, ["tls/expired", "tls/expiring"]],
  [
    `${P} --ignore name/`,
    [
      "name/explicit-port",
      "name/invalid",
      "name/not-public",
      "name/not-registered",
      "name/odd-label",
      "name/public-suffix",
      "name/uppercase",
    ],
  ],
  [`${P} --ca-file `, FILES],
  [`${P} --report junit=`, FILES],
  [`${P} --report ju`, ["junit=", "."]],
  [`${P} completion `, ["bash", "fish", "zsh"]],
  [`./node_modules/.bin/${P} --color `, ["always", "auto", "never"]],
];

/** The line after a Tab: the only candidate, quoted as the shell needs it. */
const WRITTEN: [line: string, after: string][] = [
  [`${P} resol`, `${P} resolve `],
  [`${P} --color=al`, `${P} --color=always `],
  [`${P} --report ju`, `${P} --report junit=`],
  [`${P} --report junit=pl`, `${P} --report junit=plain.txt `],
  [`${P} --ca-file ro`, `${P} --ca-file roots\\ one.pem `],
  [`${P} --ca-file=ro`, `${P} --ca-file=roots\\ one.pem `],
  [`${P} --ca-file "ro`, `${P} --ca-file "roots one.pem" `],
  [`${P} --ca-file we`, `${P} --ca-file we\\$ird\\\`x\\\`.pem `],
  [`${P} explain "tls/incompl`, `${P} explain "tls/incomplete-chain" `],
  // A server name isn't made up
  [`${P} exampl`, `${P} exampl`],
  // Nothing that is on the line is run before Enter
  [`${P} $(touch run1) --form`, `${P} $(touch run1) --format `],
  [`${P} "$(touch run2)" --form`, `${P} "$(touch run2)" --format `],
  [`${P} '$(touch run3)' --form`, `${P} '$(touch run3)' --format `],
];

export function completionTests(shell: Shell, options: { skip?: string | false; written: boolean }): void {
  describe(shell.name, options, () => {
    test("is offered", async (context) => {
      const offered = await shell.offered(
        OFFERED.map(([line]) => line),
        await newPlace(context),
      );
      assert.deepEqual(
        Object.fromEntries(OFFERED.map(([line], index) => [line, offered[index]])),
        Object.fromEntries(OFFERED.map(([line, words]) => [line, [...words].sort()])),
      );
    });

    test("a line that would run something is only completed", async (context) => {
      const place = await newPlace(context);
      const lines = WRITTEN.map(([line]) => line).filter((line) => line.includes("touch"));
      // fish has two ways of writing it.
      const asked = shell.name === "fish" ? [...lines, `${P} (touch run1) --form`] : lines;
      assert.deepEqual(
        await shell.offered(asked, place),
        asked.map(() => ["--format"]),
      );
      for (const file of ["run1", "run2", "run3"]) await assert.rejects(access(join(place.home, file)), file);
    });

    if (!options.written) return;
    test("is written", async (context) => {
      const place = await newPlace(context);
      const after = await shell.afterTab(
        WRITTEN.map(([line]) => line),
        place,
      );
      assert.deepEqual(
        after,
        WRITTEN.map(([, line]) => line),
      );
      for (const file of ["run1", "run2", "run3"]) await assert.rejects(access(join(place.home, file)), file);
    });
  });
}
