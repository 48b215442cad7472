/** What `npm run new-finding` makes is a start that the type checker takes, and that the tests don't take before it is filled in. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

test("a finding's files are made, once, and only for an area that there is", () => {
  const copy = mkdtempSync(join(tmpdir(), "new-finding-"));
  try {
    for (const each of ["src", "scripts", "test", "schema", "dist", "package.json", "tsconfig.json"])
      cpSync(join(ROOT, each), join(copy, each), { recursive: true });
    symlinkSync(join(ROOT, "node_modules"), join(copy, "node_modules"));
    const node = (...args: string[]): { code: number | null; output: string } => {
      // By which a run of tests knows that it is one within another, and does nothing.
      const { NODE_TEST_CONTEXT: _, ...env } = process.env;
      const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: copy, encoding: "utf8", env });
      return { code: status, output: stdout + stderr };
    };
    const make = (code: string): ReturnType<typeof node> => node("--import", "tsx", "scripts/new-finding.ts", code);

    assert.deepEqual(make("well-known/odd-thing"), {
      code: 0,
      output: `${["src/rules/well-known/odd-thing.ts", "src/rules/well-known/index.ts", "test/scenarios/well-known-odd-thing.test.ts"].join("\n")}\n\nNext: see "A finding" in CONTRIBUTING.md.\n`,
    });
    assert.equal(make("connect/odd-thing").code, 0);
    assert.match(
      readFileSync(join(copy, "src/rules/well-known/index.ts"), "utf8"),
      /import \{ wellKnownOddThing \}[^]*  wellKnownOddThing,\n\]/,
    );
    assert.deepEqual(node("node_modules/typescript/bin/tsc"), { code: 0, output: "" });
    const scenario = node("--import", "tsx", "test/run.ts", "test/scenarios/connect-odd-thing.test.ts");
    assert.equal(scenario.code, 1, scenario.output);
    assert.match(scenario.output, /connect\/odd-thing/);

    assert.deepEqual(make("connect/odd-thing"), { code: 2, output: "src/rules/connect/odd-thing.ts exists already\n" });
    assert.match(make("nowhere/odd-thing").output, /^usage: npm run new-finding -- <area>\/<name>, where area is name, well-known, /);
    assert.equal(make("tls").code, 2);
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
});
