/** The manual page, read by the programs that show it. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const PAGE = fileURLToPath(new URL("../../man/matrix-delegation-check.1", import.meta.url));
/** Before its first release a version has no date. */
const undated = /^\.TH \S+ 1 ""/m.test(readFileSync(PAGE, "utf8"));

/** What each says when nothing is wrong is nothing. */
const READERS: [program: string, debian: string, args: string[], said: RegExp][] = [
  ["mandoc", "mandoc", ["-Tlint", "-W", "warning"], undated ? /^mandoc: \S+ WARNING: missing date, using "": TH\n$/ : /^$/],
  ["groff", "groff-base", ["-man", "-ww", "-Tutf8", "-z"], /^$/],
];
for (const [program, debian, args, said] of READERS) {
  test(`${program} has nothing against it`, { skip: missing(program, debian) }, () => {
    const { stdout, stderr } = spawnSync(program, [...args, PAGE], { encoding: "utf8", timeout: 60_000 });
    assert.match(stdout + stderr, said);
  });
}

for (const [program, debian, args] of [
  ["mandoc", "mandoc", ["-Tutf8", "-Owidth=80"]],
  ["groff", "groff-base", ["-man", "-Tutf8", "-P-cbou"]],
] as const) {
  test(`shown by ${program}, all but a URL fits 80 columns, and it can be copied from`, { skip: missing(program, debian) }, () => {
    const { stdout } = spawnSync(program, [...args, PAGE], { encoding: "utf8", timeout: 60_000 });
    // mandoc strikes letters twice for bold and over "_" for italic.
    const lines = stdout.replace(/.\u0008/g, "").split("\n");
    assert.deepEqual(
      lines.filter((line) => line.length > 80 && !line.includes("https://")),
      [],
    );
    assert.ok(lines.some((line) => line.trim() === `eval "$(matrix-delegation-check completion bash)"`));
    assert.ok(lines.some((line) => line.trim() === "-f, --format name"));
  });
}

function missing(program: string, debian: string): string | false {
  return spawnSync(program, ["--version"]).error === undefined ? false : `${program} is not installed (Debian: ${debian})`;
}
