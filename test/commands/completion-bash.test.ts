/** Completion in a real bash. zsh and fish, which aren't everywhere, are in test/e2e. */
import assert from "node:assert/strict";
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { completionTests } from "./completion-rows.ts";
import { bash, isInstalled, newPlace } from "./shells.ts";

const skip = isInstalled("bash") ? false : "bash is not installed";
completionTests(bash, { skip, written: true });

test("a program on the PATH is asked before the one that printed the script", { skip }, async (context) => {
  const place = await newPlace(context);
  const folder = join(place.home, "bin");
  await mkdir(folder);
  await writeFile(
    join(folder, "matrix-delegation-check"),
    `#!/bin/sh\n[ "$*" = "completion-candidates bash -- --from-the" ] && echo --from-the-path\n`,
  );
  await chmod(join(folder, "matrix-delegation-check"), 0o755);
  const env = { PATH: `${folder}:${process.env["PATH"] ?? ""}` };
  assert.deepEqual(await bash.afterTab(["matrix-delegation-check --from-the"], { ...place, env }), [
    "matrix-delegation-check --from-the-path ",
  ]);
});
