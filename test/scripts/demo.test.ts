/** The demo is the first thing that is tried: it must show what it says, everywhere. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { cases } from "../../scripts/demo/cases.ts";
import { runScript } from "./run-script.ts";

test("every case ends as expected, in a pipe, in 80 columns, with nothing left behind", async () => {
  const { exitCode, stdout, stderr, left } = await runScript("demo.ts", []);
  assert.equal(exitCode, 0, stdout + stderr);
  assert.match(stdout, new RegExp(`All ${cases.length} cases ended as expected\\.\n$`));
  assert.deepEqual(
    // What is to be pasted is never wrapped; it stands four columns to the right.
    stdout.split("\n").filter((line) => line.length > 80 && !/^ {4}\S/.test(line)),
    [],
  );
  assert.ok(!stdout.includes("\u001b"), "no colours in a pipe");
  for (const { title, leads } of cases) {
    const after = stdout.slice(stdout.indexOf(`: ${title} =`));
    if (leads !== null) assert.match(after, new RegExp(`^✖ error  ${leads}`, "m"), `${title} is shown with its finding`);
  }
  assert.deepEqual(left, []);
});

test("interrupted: no summary, exit code 130, nothing left behind", async () => {
  const { exitCode, stdout, left } = await runScript("demo.ts", [], "== 2 of");
  assert.equal(exitCode, 130, stdout);
  assert.ok(!stdout.includes("== 3 of") && !stdout.includes("Summary"), stdout);
  assert.deepEqual(left, []);
});
