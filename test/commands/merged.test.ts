/** One list of names dealt out to many machines: `--shard auto`, and the results judged as one run by several `--from-facts`. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile, symlink, writeFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { partOf } from "../../src/commands/many/shard.ts";
import { FORMATS } from "../../src/commands/options.ts";
import type { Output, Report } from "../../src/facts/output.ts";
import { program } from "../lab/program.ts";
import { factsOf, fakeEngine, reportOf, stage, temporary } from "./stage.ts";

const CHILD = program(new URL("./child.ts", import.meta.url));

/** [the variables, the option, the part that is taken, or what the one line says] */
const AUTO: [env: string, option: string, part: `${number}/${number}` | RegExp][] = [
  // Kubernetes counts from 0 and doesn't say how many there are.
  ["JOB_COMPLETION_INDEX=0", "auto/8", "1/8"],
  ["JOB_COMPLETION_INDEX=7", "auto/8", "8/8"],
  ["JOB_COMPLETION_INDEX=2 JOB_COMPLETIONS=8", "auto", "3/8"],
  ["JOB_COMPLETION_INDEX=2 JOB_COMPLETIONS=8", "auto/8", "3/8"],
  ["JOB_COMPLETION_INDEX=0 JOB_COMPLETIONS=1", "auto", "1/1"],
  ["JOB_COMPLETION_INDEX=2", "auto", /JOB_COMPLETION_INDEX is set, but .*write auto\/8, for 8 of them, or set JOB_COMPLETIONS/],
  ["JOB_COMPLETION_INDEX=2 JOB_COMPLETIONS=", "auto", /write auto\/8/],
  ["JOB_COMPLETION_INDEX=2 JOB_COMPLETIONS=4", "auto/8", /JOB_COMPLETIONS is 4, and --shard auto\/8 means 8: one of them is wrong/],
  ["JOB_COMPLETION_INDEX=8", "auto/8", /JOB_COMPLETION_INDEX is 8, which is none of 8 parts, counted from 0/],
  ["JOB_COMPLETION_INDEX=-1", "auto/8", /JOB_COMPLETION_INDEX is "-1", which is no whole number/],
  ["JOB_COMPLETION_INDEX=one", "auto/8", /JOB_COMPLETION_INDEX is "one"/],
  ["JOB_COMPLETION_INDEX=1.5", "auto/8", /JOB_COMPLETION_INDEX is "1\.5"/],
  ["JOB_COMPLETION_INDEX=1 JOB_COMPLETIONS=many", "auto", /JOB_COMPLETIONS is "many"/],
  ["JOB_COMPLETION_INDEX=1 JOB_COMPLETIONS=many", "auto/8", /JOB_COMPLETIONS is "many"/],
  ["JOB_COMPLETION_INDEX=0 JOB_COMPLETIONS=0", "auto", /JOB_COMPLETIONS is 0: there may be 1 to 10000 parts/],
  ["JOB_COMPLETION_INDEX=0 JOB_COMPLETIONS=10001", "auto", /there may be 1 to 10000 parts/],
  ["JOB_COMPLETION_INDEX= ", "auto/8", /there is no index in the environment/],
  ["JOB_COMPLETIONS=8", "auto", /there is no index in the environment/],
  // Slurm counts as the array says.
  ["SLURM_ARRAY_TASK_ID=0 SLURM_ARRAY_TASK_COUNT=4 SLURM_ARRAY_TASK_MIN=0 SLURM_ARRAY_TASK_MAX=3", "auto", "1/4"],
  ["SLURM_ARRAY_TASK_ID=3 SLURM_ARRAY_TASK_COUNT=4 SLURM_ARRAY_TASK_MIN=0 SLURM_ARRAY_TASK_MAX=3", "auto", "4/4"],
  ["SLURM_ARRAY_TASK_ID=1 SLURM_ARRAY_TASK_COUNT=8 SLURM_ARRAY_TASK_MIN=1 SLURM_ARRAY_TASK_MAX=8", "auto", "1/8"],
  ["SLURM_ARRAY_TASK_ID=8 SLURM_ARRAY_TASK_COUNT=8 SLURM_ARRAY_TASK_MIN=1 SLURM_ARRAY_TASK_MAX=8", "auto/8", "8/8"],
  ["SLURM_ARRAY_TASK_ID=8 SLURM_ARRAY_TASK_COUNT=4 SLURM_ARRAY_TASK_MIN=0 SLURM_ARRAY_TASK_MAX=12 SLURM_ARRAY_TASK_STEP=4", "auto", "3/4"],
  ["SLURM_ARRAY_TASK_ID=8 SLURM_ARRAY_TASK_COUNT=4 SLURM_ARRAY_TASK_MIN=0 SLURM_ARRAY_TASK_STEP=4", "auto", "3/4"],
  ["SLURM_ARRAY_TASK_ID=3 SLURM_ARRAY_TASK_COUNT=4 SLURM_ARRAY_TASK_MIN=1", "auto", "3/4"],
  ["SLURM_ARRAY_TASK_ID=5 SLURM_ARRAY_TASK_COUNT=1 SLURM_ARRAY_TASK_MIN=5 SLURM_ARRAY_TASK_MAX=5", "auto", "1/1"],
  // One task of eight is done again: it mustn't do another one's part.
  ["SLURM_ARRAY_TASK_ID=5 SLURM_ARRAY_TASK_COUNT=1 SLURM_ARRAY_TASK_MIN=5 SLURM_ARRAY_TASK_MAX=5", "auto/8", /SLURM_ARRAY_TASK_COUNT is 1, and --shard auto\/8 means 8/],
  ["SLURM_ARRAY_TASK_ID=2 SLURM_ARRAY_TASK_COUNT=4 SLURM_ARRAY_TASK_MIN=1 SLURM_ARRAY_TASK_MAX=7", "auto", /aren't evenly apart .*give it --array=1-4/],
  ["SLURM_ARRAY_TASK_ID=9 SLURM_ARRAY_TASK_COUNT=4 SLURM_ARRAY_TASK_MIN=1", "auto", /SLURM_ARRAY_TASK_ID is 9, which is none of 4 parts$/],
  ["SLURM_ARRAY_TASK_ID=3 SLURM_ARRAY_TASK_MIN=1", "auto", /SLURM_ARRAY_TASK_COUNT isn't set/],
  ["SLURM_ARRAY_TASK_ID=3 SLURM_ARRAY_TASK_COUNT=4", "auto", /SLURM_ARRAY_TASK_MIN isn't/],
  ["SLURM_ARRAY_TASK_ID=3 SLURM_ARRAY_TASK_COUNT=4 SLURM_ARRAY_TASK_MIN=one", "auto", /SLURM_ARRAY_TASK_MIN is "one"/],
  // GitLab counts from 1, and sets the count alone where a job isn't parallel.
  ["CI_NODE_INDEX=1 CI_NODE_TOTAL=4", "auto", "1/4"],
  ["CI_NODE_INDEX=4 CI_NODE_TOTAL=4", "auto/4", "4/4"],
  ["CI_NODE_TOTAL=1", "auto", "1/1"],
  ["CI_NODE_TOTAL=1", "auto/4", /there is no index in the environment/],
  ["CI_NODE_TOTAL=4", "auto", /there is no index in the environment/],
  ["CI_NODE_INDEX=2", "auto", /CI_NODE_TOTAL isn't set/],
  ["CI_NODE_INDEX=0 CI_NODE_TOTAL=4", "auto", /CI_NODE_INDEX is 0, which is none of 4 parts, counted from 1/],
  ["CI_NODE_INDEX=2 CI_NODE_TOTAL=4", "auto/8", /CI_NODE_TOTAL is 4, and --shard auto\/8 means 8/],
  // A Slurm job that a GitLab job submits has both environments.
  ["CI_NODE_TOTAL=1 SLURM_ARRAY_TASK_ID=2 SLURM_ARRAY_TASK_COUNT=4 SLURM_ARRAY_TASK_MIN=1", "auto", "2/4"],
  ["CI_NODE_INDEX=1 CI_NODE_TOTAL=4 SLURM_ARRAY_TASK_ID=2 SLURM_ARRAY_TASK_COUNT=4 SLURM_ARRAY_TASK_MIN=1", "auto", /both SLURM_ARRAY_TASK_ID and CI_NODE_INDEX are set/],
  ["", "auto/8", /there is no index in the environment \(JOB_COMPLETION_INDEX of .*SLURM_ARRAY_TASK_ID of .*CI_NODE_INDEX of .*\): write the part itself, such as 1\/8/],
]; // prettier-ignore
const NAMES = Array.from({ length: 200 }, (_, index) => `n${index}.example.org`);
for (const [variables, option, expected] of AUTO) {
  test(`--shard ${option} with ${variables || "nothing"}: ${String(expected)}`, async () => {
    const env = Object.fromEntries(
      variables
        .trim()
        .split(" ")
        .filter((word) => word !== "")
        .map((word) => word.split("=") as [string, string]),
    );
    const engine = fakeEngine();
    const { code, stdout, stderr } = await stage(["-f", "ndjson", "--shard", option, "--from-file", "-"], {
      engine,
      env,
      stdin: NAMES.join("\n"),
    });
    if (expected instanceof RegExp) {
      assert.match(stderr, /^error: --shard auto: [^\n]*\n$/);
      assert.match(stderr.trimEnd(), expected);
      assert.deepEqual([code, stdout, engine.made.length], [2, "", 0]);
      return;
    }
    const [part = NaN, of = NaN] = expected.split("/").map(Number);
    assert.deepEqual([code, stderr], [0, ""]);
    assert.deepEqual(
      engine.checked,
      NAMES.filter((name) => partOf(name, of) === part),
    );
  });
}

test("1,000 names over 8 processes, merged by a ninth: every name exactly once, and the exit code of all", async (context) => {
  const path = await temporary(context);
  const verdicts = ["ok", "warn", "ok", "ok", "fail"];
  const names = Array.from({ length: 1000 }, (_, index) => `${verdicts[index % verdicts.length] ?? ""}.n${index}.example.org`);
  await writeFile(path("names.txt"), names.join("\n"));
  const run = async (args: string[], env: Record<string, string> = {}) => {
    const { NODE_OPTIONS: _, ...own } = process.env;
    const child = spawn(process.execPath, [...CHILD, ...args], { env: { ...own, ...env }, stdio: ["ignore", "pipe", "pipe"] });
    const [stdout, stderr, [code]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, "close") as Promise<[number | null]>,
    ]);
    return { code, stdout, stderr };
  };
  const indexes = Array.from({ length: 8 }, (_, index) => String(index));
  const shards = await Promise.all(
    indexes.map((index) =>
      run(["-q", "--from-file", path("names.txt"), "--shard", "auto/8", "--report", `ndjson=${path(`${index}.ndjson`)}`], {
        JOB_COMPLETION_INDEX: index,
      }),
    ),
  );
  assert.deepEqual(
    shards.map(({ code, stderr }) => [code, stderr]),
    indexes.map(() => [1, ""]),
  );
  const files = indexes.flatMap((index) => ["--from-facts", path(`${index}.ndjson`)]);
  const merged = await run(["-f", "json", "--report", `ndjson=${path("all.ndjson")}`, ...files]);
  assert.deepEqual([merged.code, merged.stderr], [1, ""]);
  const { reports, totals } = JSON.parse(merged.stdout) as Output;
  assert.deepEqual(reports.map(({ serverName }) => serverName).toSorted(), names.toSorted());
  assert.deepEqual(totals, { pass: 600, warn: 200, fail: 200, inconclusive: 0 });
  // The files one after the other, each in its own order.
  const inOrder = await Promise.all(indexes.map((index) => readFile(path(`${index}.ndjson`), "utf8")));
  assert.deepEqual(
    reports.map(({ serverName }) => serverName),
    namesIn(inOrder.join("")),
  );
  assert.equal(await readFile(path("all.ndjson"), "utf8"), inOrder.join(""));
  assert.equal((await run(["-q", "--ignore", "tls/expired", ...files])).code, 0);
});

function namesIn(ndjson: string): string[] {
  return ndjson
    .trimEnd()
    .split("\n")
    .map((line) => (JSON.parse(line) as Report).serverName);
}

function linesOf(...names: string[]): string {
  return names.map((name) => `${JSON.stringify(reportOf(factsOf(name)))}\n`).join("");
}

for (const format of FORMATS) {
  test(`several files in ${format}: as one file with all of it, whatever they hold it in`, async (context) => {
    const path = await temporary(context);
    const names = ["ok.a.example", "fail.b.example", "warn.c.example", "unknown.d.example"];
    const [a = "", b = "", c = "", d = ""] = names;
    await writeFile(path("all"), linesOf(...names));
    await writeFile(path("1"), linesOf(a));
    await writeFile(path("2"), (await stage(["-f", "json", b])).stdout);
    await stage(["-q", "--save-facts", path("3"), c, d]);
    const one = await stage(["-f", format, "--from-facts", path("all")]);
    assert.deepEqual(await stage(["-f", format, ...["1", "2", "3"].flatMap((file) => ["--from-facts", path(file)])]), one);
    assert.match(one.stdout, /fail\.b\.example/);
  });
}

/** [what is in the files, the names that are judged, the exit code, notes] */
const FILES: [title: string, files: string[], judged: string[], code: number, notes: RegExp[]][] = [
  ["a part without names", [linesOf("a.example"), "", linesOf("b.example")], ["a.example", "b.example"], 0, [/2": there is nothing in it$/]],
  [
    "the exit codes of all: 1 over 3 over 0",
    [linesOf("a.example"), linesOf("unknown.example"), linesOf("fail.example")],
    ["a.example", "unknown.example", "fail.example"],
    1,
    [],
  ],
  ["one that couldn't find out", [linesOf("a.example"), linesOf("unknown.example")], ["a.example", "unknown.example"], 3, []],
  [
    "a name in two files: both, and it is said",
    [linesOf("a.example", "b.example"), linesOf("b.example", "c.example")],
    ["a.example", "b.example", "b.example", "c.example"],
    0,
    [/^note: --from-facts: 1 name is in several of the files, and each record is judged: b\.example$/],
  ],
  [
    "many names in two files",
    [linesOf("a.example", "b.example", "c.example", "d.example"), linesOf("d.example", "c.example", "b.example", "a.example")],
    ["a.example", "b.example", "c.example", "d.example", "d.example", "c.example", "b.example", "a.example"],
    0,
    [/4 names are in several of the files, and each record is judged: d\.example, c\.example, b\.example, …$/],
  ],
  // Nothing is said of a history in one file.
  ["a name twice in one file", [linesOf("a.example", "a.example")], ["a.example", "a.example"], 0, []],
]; // prettier-ignore
for (const [title, files, judged, code, notes] of FILES) {
  test(`several --from-facts: ${title}`, async (context) => {
    const path = await temporary(context);
    for (const [index, content] of files.entries()) await writeFile(path(String(index + 1)), content);
    const ended = await stage(["-f", "ndjson", ...files.flatMap((_, index) => ["--from-facts", path(String(index + 1))])]);
    assert.deepEqual([ended.code, namesIn(ended.stdout)], [code, judged]);
    assert.equal(ended.stderr.split("\n").length - 1, notes.length, ended.stderr);
    for (const [index, note] of notes.entries()) assert.match(ended.stderr.split("\n")[index] ?? "", note);
  });
}

test("what was inconclusive and was checked again with --resume counts once, in the same file and in a later one", async (context) => {
  const path = await temporary(context);
  const settled = JSON.stringify({ ...reportOf(factsOf("unknown.a.example")), verdict: "pass" });
  const judging = fakeEngine();
  judging.judgeAgain = async (facts) => ({ ...reportOf(facts), verdict: facts.durationMs === 7 ? "pass" : "inconclusive" });
  const again = JSON.stringify({ ...reportOf({ ...factsOf("unknown.a.example"), durationMs: 7 }), verdict: "pass" });
  assert.notEqual(settled, again);
  await writeFile(path("one"), `${linesOf("unknown.a.example")}${again}\n`);
  await writeFile(path("first"), linesOf("unknown.a.example"));
  await writeFile(path("second"), `${again}\n`);
  for (const [files, code, count] of [
    [["one"], 0, 1],
    [["first", "second"], 0, 1],
    // What comes last isn't known to be better: all of it is judged.
    [["second", "first"], 3, 2],
  ] as const) {
    const ended = await stage(["-f", "ndjson", ...files.flatMap((file) => ["--from-facts", path(file)])], { engine: judging });
    assert.deepEqual([ended.code, namesIn(ended.stdout).length], [code, count], files.join());
    assert.match(ended.stderr, count === 1 ? /^note: --from-facts: 1 inconclusive report of a name that was checked again is left out\n$/ : /1 name is in several/);
  }
}); // prettier-ignore

test("names that --redact=all hides aren't taken for each other", async (context) => {
  const path = await temporary(context);
  const hidden = (verdict: Report["verdict"]): string => {
    const facts = { ...factsOf("unknown-1.example"), redacted: { addresses: [] } };
    return `${JSON.stringify({ ...reportOf(facts), verdict })}\n`;
  };
  await writeFile(path("1"), hidden("inconclusive"));
  await writeFile(path("2"), hidden("pass"));
  const ended = await stage(["-f", "ndjson", "--from-facts", path("1"), "--from-facts", path("2")]);
  assert.deepEqual([ended.code, namesIn(ended.stdout).length, ended.stderr], [3, 2, ""]);
  // Nor are they named when they are to be hidden now.
  for (const file of ["3", "4"]) await writeFile(path(file), linesOf("a.example"));
  const { stderr } = await stage(["--redact=all", "--from-facts", path("3"), "--from-facts", path("4")]);
  assert.equal(stderr, "note: --from-facts: 1 name is in several of the files, and each record is judged\n");
});

test("a report that was cut off when a run crashed is left out where the run was resumed behind it", async (context) => {
  const path = await temporary(context);
  const cut = linesOf("b.example").slice(0, 200);
  await writeFile(path("resumed"), `${linesOf("a.example")}${cut}\n${linesOf("b.example", "c.example")}`);
  const ended = await stage(["-f", "ndjson", "--from-facts", path("resumed")]);
  assert.deepEqual([ended.code, namesIn(ended.stdout)], [0, ["a.example", "b.example", "c.example"]]);
  assert.match(ended.stderr, /^note: --from-facts ".*resumed": line 2 was cut off and is left out; others follow it\n$/);
  // Where nothing follows, names may be missing.
  await writeFile(path("crashed"), `${linesOf("a.example")}${cut}`);
  const refused = await stage(["-f", "ndjson", "--from-facts", path("resumed"), "--from-facts", path("crashed")]);
  assert.deepEqual([refused.code, refused.stdout], [2, ""]);
  assert.match(refused.stderr, /^error: --from-facts ".*crashed": line 2: it ends in the middle of an object; give what/);
});

test("nothing is judged when one of the files can't be", async (context) => {
  const path = await temporary(context);
  await writeFile(path("good"), linesOf("a.example"));
  await writeFile(path("bad"), "hello\n");
  await writeFile(path("empty"), "");
  await writeFile(path("nothing"), "\n");
  await symlink(path("good"), path("link"));
  for (const [files, line] of [
    [["good", "bad"], /bad": line 1: there is something else than an object/],
    [["good", "missing"], /missing": it can't be read: no such file$/],
    [["good", "link"], /link" is given twice: each of its names would be there twice$/],
    [["empty", "nothing"], /^error: --from-facts: there are no facts in any of the 2 files; give what/],
    [["empty"], /empty": there are no facts in it; give what/],
  ] as const) {
    const engine = fakeEngine();
    const ended = await stage(files.flatMap((file) => ["--from-facts", path(file)]), { engine }); // prettier-ignore
    assert.deepEqual([ended.code, ended.stdout, engine.judged], [2, "", []], files.join());
    assert.match(ended.stderr.trimEnd(), line);
    assert.equal(ended.stderr.trimEnd().split("\n").length, 1);
  }
});
