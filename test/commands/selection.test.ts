/** Which of many names are checked: duplicates, --shard, --resume. */
import assert from "node:assert/strict";
import { appendFile, readFile, writeFile } from "node:fs/promises";
import { test } from "node:test";
import { partOf } from "../../src/commands/many/shard.ts";
import type { Expectations } from "../../src/facts/facts.ts";
import type { Output, Report } from "../../src/facts/output.ts";
import { factsOf, fakeEngine, reportOf, stage, temporary } from "./stage.ts";

const NAMES = Array.from({ length: 400 }, (_, index) => `n${index}.example.org`);
const OK = 0;
const FINDINGS = 1;
const UNKNOWN = 3;

/** [names on the command line, lines of the file, what is checked, how many are left out] */
const DUPLICATES: [names: string, file: string[], checked: string[], left: number][] = [
  ["a.example b.example", [], ["a.example", "b.example"], 0],
  ["a.example a.example", [], ["a.example"], 1],
  ["a.example", ["a.example", "b.example", " b.example # again"], ["a.example", "b.example"], 2],
  ["", ["a.example", "a.example", "a.example"], ["a.example"], 2],
  // Another server name for a homeserver, and another port, is another name.
  [
    "",
    ["a.example", "A.example", "a.example:8448", "a.example:443", "a.example:08448"],
    ["a.example", "A.example", "a.example:8448", "a.example:443", "a.example:08448"],
    0,
  ],
  ["", ["not/ok", "not/ok"], ["not/ok"], 1],
];
for (const [names, file, checked, left] of DUPLICATES) {
  test(`duplicates: ${JSON.stringify(names)} and ${JSON.stringify(file)}`, async () => {
    const engine = fakeEngine();
    const from = file.length > 0 ? ["--from-file", "-"] : [];
    const { stdout, stderr } = await stage(["-f", "json", ...names.split(" ").filter((name) => name !== ""), ...from], {
      engine,
      stdin: file.join("\n"),
    });
    assert.deepEqual(engine.checked, checked);
    assert.deepEqual(
      (JSON.parse(stdout) as Output).reports.map(({ serverName }) => serverName),
      checked,
    );
    assert.equal(
      stderr,
      left === 0 ? "" : left === 1 ? "note: 1 duplicate name was left out\n" : `note: ${left} duplicate names were left out\n`,
    );
  });
}

for (const of of [1, 2, 3, 4, 7, 50]) {
  test(`--shard 1/${of} to ${of}/${of}: every name exactly once, in the order of the input, spread evenly`, async () => {
    const parts: string[][] = [];
    for (let part = 1; part <= of; part++) {
      const engine = fakeEngine();
      const { code, stdout } = await stage(["-f", "json", "--shard", `${part}/${of}`, ...NAMES.slice(0, 100), "--from-file", "-"], {
        engine,
        stdin: NAMES.slice(100).join("\n"),
      });
      assert.equal(code, OK);
      assert.deepEqual(
        (JSON.parse(stdout) as Output).reports.map(({ serverName }) => serverName),
        engine.checked,
      );
      assert.deepEqual(
        engine.checked,
        NAMES.filter((name) => engine.checked.includes(name)),
      );
      parts.push(engine.checked);
    }
    assert.deepEqual(parts.flat().toSorted(), NAMES.toSorted());
    const even = NAMES.length / of;
    for (const part of parts) assert.ok(Math.abs(part.length - even) <= 4 * Math.sqrt(even), `${part.length} of ${even}`);
  });
}

/** As `printf '%s' <name> | sha256sum` and arithmetic say. */
const PARTS: [name: string, of7: number, of1000: number][] = [
  ["example.org", 2, 949],
  ["Example.org", 6, 77],
  ["example.org:8448", 7, 269],
  ["matrix.org", 5, 713],
  ["[2001:db8::1]:8448", 3, 554],
];
test("--shard: the part is the name's own, and stays in every version", () => {
  for (const [name, of7, of1000] of PARTS) assert.deepEqual([partOf(name, 1), partOf(name, 7), partOf(name, 1000)], [1, of7, of1000], name);
});

test("--shard: what is ignored and doesn't come up may be in another part", async () => {
  const part = partOf("a.example", 2);
  const other = ["warn.example", "warn-2.example", "warn-3.example", "warn-4.example", "warn-5.example"].find(
    (name) => partOf(name, 2) !== part,
  )!;
  const { stderr } = await stage(["--shard", `${part}/2`, "--ignore", "tls/expiring", "a.example", other]);
  assert.equal(stderr, "");
  assert.equal(
    (await stage(["--shard", "1/1", "--ignore", "tls/expiring", "a.example"])).stderr,
    "note: --ignore tls/expiring matched nothing\n",
  );
});

test("--shard: a part without names is no error", async () => {
  const none = [1, 2].find((part) => part !== partOf("example.org", 2));
  for (const [format, empty] of [
    ["pretty", /^0 names/],
    ["json", /"inconclusive": 0/],
    ["ndjson", /^$/],
  ] as const) {
    const engine = fakeEngine();
    const { code, stdout, stderr } = await stage(["-f", format, "--shard", `${none}/2`, "--from-file", "-"], {
      engine,
      stdin: "example.org\nexample.org\n",
    });
    assert.deepEqual([code, stderr, engine.checked], [OK, `note: --shard ${none}/2: no name is in this part\n`, []]);
    assert.match(stdout, empty);
  }
});

/** One line of ndjson. */
function lineOf(serverName: string, change: (report: Report) => void = () => {}): string {
  const report = reportOf(factsOf(serverName));
  change(report);
  return `${JSON.stringify(report)}\n`;
}
const CUT = lineOf("cut.example").slice(0, 300);

/** [what the earlier run wrote, the options now, the names now, what is checked, the exit code] */
const RESUMED: [title: string, earlier: string, args: string, names: string, checked: string, code: number][] = [
  ["nothing yet", "", "", "a.example b.example", "a.example b.example", OK],
  ["one of two", lineOf("a.example"), "", "a.example b.example", "b.example", OK],
  ["all", lineOf("a.example") + lineOf("b.example"), "", "a.example b.example", "", OK],
  ["one that isn't wanted any more", lineOf("fail.example"), "", "a.example", "a.example", OK],
  ["a failure counts for the exit code", lineOf("fail.example"), "", "fail.example b.example", "b.example", FINDINGS],
  ["a warning doesn't", lineOf("warn.example"), "", "warn.example b.example", "b.example", OK],
  ["but under --fail-on warning", lineOf("warn.example"), "--fail-on warning", "warn.example b.example", "b.example", FINDINGS],
  ["what is ignored now doesn't", lineOf("fail.example"), "--ignore tls/expired", "fail.example warn.example", "warn.example", OK],
  [
    "an internal error does",
    lineOf("a.example", (report) => (report.internalErrors = ["x: y"])),
    "",
    "a.example b.example",
    "b.example",
    UNKNOWN,
  ],
  ["inconclusive: again", lineOf("unknown.example") + lineOf("a.example"), "", "a.example unknown.example", "unknown.example", UNKNOWN],
  [
    "the last report of a name counts: finished",
    lineOf("unknown.example") + lineOf("unknown.example", (report) => (report.verdict = "pass")),
    "",
    "unknown.example",
    "",
    OK,
  ],
  [
    "the last report of a name counts: again",
    lineOf("a.example") + lineOf("a.example", (report) => (report.verdict = "inconclusive")),
    "",
    "a.example",
    "a.example",
    OK,
  ],
  ["another name by its case", lineOf("a.example"), "", "A.example", "A.example", OK],
  [
    "what resolve said is no check",
    lineOf("a.example", (report) => (report.facts.settings.probe = false)),
    "",
    "a.example",
    "a.example",
    OK,
  ],
  [
    "what resolve said is enough for it",
    lineOf("a.example", (report) => (report.facts.settings.probe = false)),
    "resolve",
    "a.example",
    "",
    OK,
  ],
  ["the last line is cut off", lineOf("a.example") + CUT, "", "a.example cut.example", "cut.example", OK],
  ["the last line is cut off at once", `${lineOf("a.example")}{"ser`, "", "a.example cut.example", "cut.example", OK],
  [
    "a line was cut off earlier, and it went on",
    `${CUT}\n${lineOf("cut.example")}\n\r\n${lineOf("a.example")}`,
    "",
    "a.example cut.example",
    "",
    OK,
  ],
  ["only the end of the last line is missing", lineOf("a.example").trimEnd(), "", "a.example b.example", "b.example", OK],
  [
    "with --shard",
    lineOf("n0.example.org") + lineOf("n1.example.org"),
    "--shard 1/1",
    "n0.example.org n2.example.org",
    "n2.example.org",
    OK,
  ],
];
for (const [title, earlier, args, names, checked, code] of RESUMED) {
  test(`--resume: ${title}`, async (context) => {
    const path = await temporary(context);
    await writeFile(path("results"), earlier);
    const engine = fakeEngine();
    const ended = await stage(
      [...args.split(" ").filter((arg) => arg !== ""), "-f", "ndjson", "--resume", path("results"), "--from-file", "-"],
      { engine, stdin: names.replaceAll(" ", "\n") },
    );
    assert.deepEqual(
      engine.checked,
      checked.split(" ").filter((name) => name !== ""),
    );
    assert.equal(ended.code, code);
    const [given, left] = [names.split(" ").length, names.split(" ").length - engine.checked.length];
    assert.equal(
      ended.stderr,
      left === 0 ? "" : `note: --resume: ${left} of ${given} names were finished earlier and left out; the exit code is that of all\n`,
    );
    // What is appended doesn't belong to the line that was there, and holds together with it all names.
    assert.equal(ended.stdout.startsWith("\n"), earlier !== "" && !earlier.endsWith("\n"));
    await appendFile(path("results"), ended.stdout);
    const again = fakeEngine();
    await stage([...args.split(" ").filter((arg) => arg !== ""), "-f", "ndjson", "--resume", path("results"), "--from-file", "-"], {
      engine: again,
      stdin: names.replaceAll(" ", "\n"),
    });
    assert.deepEqual(
      again.checked,
      names.split(" ").filter((name) => name === "unknown.example" && code === UNKNOWN),
    );
  });
}

/** [what was expected, the options now, what is checked] */
const EXPECTED: [before: Expectations | undefined, args: string, checked: string[]][] = [
  [undefined, "--expect-via srv", ["a.example"]],
  [{ via: ["srv"] }, "--expect-via well-known", ["a.example"]],
  [{ via: ["srv"] }, "", ["a.example"]],
  [{ via: ["srv"], targets: ["b.example:443"] }, "--expect-target b.example:443 --expect-via srv", []],
];
for (const [before, args, checked] of EXPECTED) {
  test(`--resume: ${JSON.stringify(before)} was expected, now "${args}"`, async (context) => {
    const path = await temporary(context);
    await writeFile(
      path("results"),
      lineOf("a.example", ({ facts }) => (facts.settings = { ...facts.settings, ...(before !== undefined && { expect: before }) })),
    );
    const engine = fakeEngine();
    await stage([...args.split(" ").filter((arg) => arg !== ""), "-f", "ndjson", "--resume", path("results"), "a.example", "a.example"], {
      engine,
    });
    assert.deepEqual(engine.checked, checked);
  });
}

test("--resume: what the configuration ignores now doesn't count, of all names and of one", async (context) => {
  const path = await temporary(context);
  await writeFile(path("results"), lineOf("fail.example"));
  const ignore = [{ code: "tls/expired", reason: "known" }];
  for (const [config, code] of [
    [{}, FINDINGS],
    [{ ignore }, OK],
    [{ servers: [{ name: "fail.example", ignore }] }, OK],
    [{ servers: [{ name: "other.example", ignore }] }, FINDINGS],
  ] as const) {
    await writeFile(path("config.json"), JSON.stringify(config));
    const engine = fakeEngine();
    const ended = await stage(["--config", path("config.json"), "-f", "ndjson", "--resume", path("results"), "fail.example", "a.example"], {
      engine,
    });
    assert.deepEqual([ended.code, engine.checked], [code, ["a.example"]], JSON.stringify(config));
  }
});

test("--resume: in every format the reports are those of this run", async (context) => {
  const path = await temporary(context);
  await writeFile(path("results"), lineOf("fail.example").trimEnd());
  const run = (format: string) => stage(["-f", format, "--resume", path("results"), "fail.example", "a.example"]);
  const { reports, totals } = JSON.parse((await run("json")).stdout) as Output;
  assert.deepEqual([reports.map(({ serverName }) => serverName), totals], [["a.example"], { pass: 1, warn: 0, fail: 0, inconclusive: 0 }]);
  assert.match((await run("pretty")).stdout, /^PASS {2}a\.example/);
});

const NO_RESULTS: [what: string, text: string | Buffer, line: RegExp][] = [
  ["names", "a.example\nb.example\n", /line 1 is not a report: give what -f ndjson wrote/],
  ["json output", `{\n  "schemaVersion": 1\n}\n`, /line 2 is not a report/],
  ["facts", `${JSON.stringify(factsOf("a.example"))}\n`, /line 1 is not a report/],
  ["a report, then something else", `${lineOf("a.example")}[]\n`, /line 2 is not a report/],
  ["a report with another verdict", lineOf("a.example", (report) => Object.assign(report, { verdict: "good" })), /line 1 is not a report/],
  ["bytes", Buffer.from([0, 1, 2, 3]), /line 1 is not a report/],
  ["UTF-16", Buffer.from(`\uFEFF${lineOf("a.example")}`, "utf16le"), /it is UTF-16: give what -f ndjson wrote, as UTF-8$/],
];
for (const [what, text, line] of NO_RESULTS) {
  test(`--resume: ${what}: refused`, async (context) => {
    const path = await temporary(context);
    await writeFile(path("results"), text);
    const engine = fakeEngine();
    const { code, stdout, stderr } = await stage(["--resume", path("results"), "a.example"], { engine });
    assert.deepEqual([code, stdout, engine.made.length], [2, "", 0]);
    assert.match(stderr.trimEnd(), line);
    assert.equal(stderr.trimEnd().split("\n").length, 1);
  });
}

test("--resume: a file that would be replaced isn't continued", async (context) => {
  const path = await temporary(context);
  await writeFile(path("results"), lineOf("a.example"));
  for (const option of [
    ["--report", `ndjson=${path("results")}`],
    ["--save-facts", path("results")],
  ]) {
    const { code, stderr } = await stage(["--resume", path("results"), ...option, "b.example"]);
    assert.equal(code, 2);
    assert.match(stderr, /would replace what --resume reads: append to it instead/);
  }
  assert.equal(await readFile(path("results"), "utf8"), lineOf("a.example"));
});
