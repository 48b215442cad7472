/** `-f github` in a runner: annotations on standard output, everything in the job summary. */
import assert from "node:assert/strict";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { test } from "node:test";
import { stage, temporary } from "./stage.ts";

const ANNOTATION = /^::error title=fail\.example%3A title of tls\/expired::/m;
const SUMMARY = /^## Matrix federation: 2 names, 1 fail, 1 pass\n[^]*`fail\.example`[^]*by matrix-delegation-check\.\n$/;
const NAMES = ["a.example", "fail.example"];

test("the summary is written to the file that the runner names", async (t) => {
  const path = (await temporary(t))("summary");
  const { code, stdout, stderr } = await stage(["-f", "github", ...NAMES], { env: { GITHUB_STEP_SUMMARY: path } });
  assert.deepEqual([code, stderr], [1, ""]);
  assert.match(stdout, ANNOTATION);
  assert.match(await readFile(path, "utf8"), SUMMARY);
});

test("what stands there already stays; two runs in one step are two summaries", async (t) => {
  const path = (await temporary(t))("summary");
  await writeFile(path, "earlier, without a newline");
  for (let run = 0; run < 2; run++) await stage(["-f", "github", ...NAMES], { env: { GITHUB_STEP_SUMMARY: path } });
  const [earlier, ...summaries] = (await readFile(path, "utf8")).split(/(?=\n\n## )/);
  assert.equal(earlier, "earlier, without a newline");
  assert.equal(summaries.length, 2);
  for (const summary of summaries) assert.match(summary.trimStart(), SUMMARY);
});

/** So many names fill the rest of it. */
for (const [before, count] of [
  [0, 8000],
  [512 * 1024, 4000],
  [1000 * 1024, 400],
] as const) {
  test(`never more than GitHub's limit, with ${before} bytes before`, async (t) => {
    const place = await temporary(t);
    await writeFile(place("summary"), "x".repeat(before));
    await writeFile(place("names"), Array.from({ length: count }, (_, index) => `fail.host-${index}.example`).join("\n"));
    const { stderr } = await stage(["-f", "github", "--from-file", place("names")], { env: { GITHUB_STEP_SUMMARY: place("summary") } });
    const { length } = await readFile(place("summary"));
    assert.equal(stderr, "");
    assert.ok(length > before + 10_000 && length <= 1024 * 1024, `${length} bytes`);
  });
}

for (const [trouble, prepare, why] of [
  ["a folder", (path: string) => mkdir(path), "it is a directory"],
  ["no folder there", async () => {}, "no such file"],
  ["full", (path: string) => writeFile(path, "x".repeat(1024 * 1024 - 1000)), "this step has filled it up to GitHub's limit of 1 MiB"],
] as const) {
  test(`trouble with it is the runner's, and only noted: ${trouble}`, async (t) => {
    const path = (await temporary(t))(trouble === "no folder there" ? "missing/summary" : "summary");
    await prepare(path);
    const { code, stdout, stderr } = await stage(["-f", "github", ...NAMES], { env: { GITHUB_STEP_SUMMARY: path } });
    assert.equal(code, 1);
    assert.match(stdout, ANNOTATION);
    assert.match(stderr, new RegExp(`^note: no job summary, because GITHUB_STEP_SUMMARY ".*" can't be written: ${why}\n$`));
  });
}

test("a report of the user's own to that file is the summary", async (t) => {
  const path = (await temporary(t))("summary");
  const { stderr } = await stage(["-f", "github", "--report", `markdown=${path}`, ...NAMES], { env: { GITHUB_STEP_SUMMARY: path } });
  assert.equal(stderr, "");
  assert.match(await readFile(path, "utf8"), SUMMARY);
});

for (const [what, args, env] of [
  ["another format", ["-f", "pretty"], {}],
  ["github only as a report", ["--report", "github=/dev/null/none"], {}],
  ["a usage error", ["-f", "github", "--timeout", "5"], {}],
  ["an empty variable", ["-f", "github"], { GITHUB_STEP_SUMMARY: "" }],
] as const) {
  test(`not touched: ${what}`, async (t) => {
    const path = (await temporary(t))("summary");
    await writeFile(path, "mine");
    await stage([...args, ...NAMES], { env: { GITHUB_STEP_SUMMARY: path, ...env } });
    assert.equal(await readFile(path, "utf8"), "mine");
  });
}

test("without a summary the notice says how to have everything", async () => {
  const names = Array.from({ length: 11 }, (_, index) => `fail.host-${index}.example`);
  assert.match(
    (await stage(["-f", "github", ...names])).stdout,
    /\n::notice title=matrix-delegation-check::2 errors more; --report markdown=<file> writes all of them\.\n$/,
  );
});
