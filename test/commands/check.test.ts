/** `check` and `resolve`: options to checker, reports to stdout, verdicts to the exit code. */
import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { test } from "node:test";
import type { CheckOptions } from "../../src/check.ts";
import type { Output, Report } from "../../src/facts/output.ts";
import { collector, fakeEngine, stage, STARTED, temporary, terminal } from "./stage.ts";

const DEFAULTS: CheckOptions = { family: null, timeoutMs: 10_000, deadlineMs: 30_000, probe: true };

const GIVEN: [argv: string, options: CheckOptions][] = [
  ["example.com", {}],
  ["check example.com", {}],
  ["resolve example.com", { probe: false }],
  ["--timeout 500ms --deadline 5m example.com", { timeoutMs: 500, deadlineMs: 300_000 }],
  ["example.com --timeout 1.5s", { timeoutMs: 1500 }],
  ["--deadline 1440m example.com", { deadlineMs: 86_400_000 }],
  ["-4 example.com", { family: 4 }],
  ["example.com -6", { family: 6 }],
  ["-6 resolve example.com", { family: 6, probe: false }],
  ["resolve -6 example.com", { family: 6, probe: false }],
  ["--allow-private example.com", { allowPrivate: true }],
  ["--client example.com", { client: true }],
  ["--redact example.com", { redact: true }],
  ["example.com --redact", { redact: true }],
  ["--redact=all example.com", { redact: "all" }],
  ["--min-cert-days 0 example.com", { minCertDays: 0 }],
  ["--min-cert-days=30 example.com", { minCertDays: 30 }],
  ["--expect-target a.example:443 --expect-target [::1]:8448 example.com", { expect: { targets: ["a.example:443", "[::1]:8448"] } }],
  ["--expect-via srv --expect-via well-known example.com", { expect: { via: ["srv", "well-known"] } }],
  ["--dns-server 192.0.2.53 --dns-server tls://dns.example example.com", { dnsServers: ["192.0.2.53", "tls://dns.example"] }],
  ["--connect-to a:1:b:2 --connect-to ::[::1]:3 example.com", { connectTo: ["a:1:b:2", "::[::1]:3"] }],
  ["--ignore tls/expired --ignore tls/expiring fail.example warn.example", { ignore: ["tls/expired", "tls/expiring"], shared: true }],
];
for (const [line, options] of GIVEN) {
  test(`${line}: to the checker goes ${JSON.stringify(options)}`, async () => {
    const engine = fakeEngine();
    const { code, stderr } = await stage(line.split(" "), { engine });
    assert.deepEqual(engine.made, [{ ...DEFAULTS, ...options }]);
    assert.deepEqual([code, stderr, engine.closed], [0, "", 1]);
  });
}

const CODES: [argv: string, code: number][] = [
  ["ok.example", 0],
  ["warn.example", 0],
  ["--fail-on warning warn.example", 1],
  ["--fail-on error warn.example", 0],
  ["fail.example", 1],
  ["unknown.example", 3],
  ["crash.example", 3],
  ["ok.example warn.example unknown.example", 3],
  ["unknown.example fail.example ok.example", 1],
  ["crash.example fail.example", 1],
  ["--ignore tls/expired fail.example", 0],
];
for (const [line, expected] of CODES) {
  test(`${line}: exit code ${expected}`, async () => assert.equal((await stage(line.split(" "))).code, expected));
}

test("a name that looks like a command is checked when it stands where names do", async () => {
  const engine = fakeEngine();
  await stage(["check", "resolve", "explain"], { engine });
  assert.deepEqual(engine.checked, ["resolve", "explain"]);
});

test("a checker that throws: its line, the others go on", async () => {
  const { code, stdout, stderr } = await stage(["-f", "ndjson", "a.example", "crash.example", "b.example"]);
  assert.equal(code, 3);
  assert.equal(stderr, "error: crash.example: internal error: a bug\\nof ours\n");
  assert.deepEqual(namesIn(stdout), ["a.example", "b.example"]);
});

test("pretty: one name is a report, several are a line each and a total", async () => {
  const one = await stage(["ok.example"]);
  assert.match(one.stdout, /^ok\.example\n  ✔ name /);
  assert.match(one.stdout, /\nPASS  ok\.example /);

  const several = await stage(["ok.example", "fail.example", "warn.example"]);
  const verdicts = several.stdout.split("\n").filter((line) => /^[A-Z]{4} /.test(line));
  assert.deepEqual(
    verdicts.map((line) => line.split(/ +/).slice(0, 2).join(" ")),
    ["PASS ok.example", "FAIL fail.example", "WARN warn.example"],
  );
  assert.match(several.stdout, /tls\/expired/);
  assert.match(several.stdout, /\n3 names {2}1 pass, 1 warn, 1 fail, 0 inconclusive .*\n$/);

  const quiet = await stage(["-q", "ok.example", "fail.example"]);
  assert.deepEqual(
    quiet.stdout.split("\n").map((line) => line.slice(0, 4)),
    ["PASS", "FAIL", ""],
  );
});

test("pretty: colour and width are those of stdout", async () => {
  const plain = await stage(["fail.example"]);
  assert.doesNotMatch(plain.stdout, /\u001b/);
  assert.match((await stage(["--color", "always", "fail.example"])).stdout, /\u001b\[/);
  assert.match((await stage(["fail.example"], { stdout: terminal(), env: { LANG: "C.UTF-8" } })).stdout, /\u001b\[/);
  assert.doesNotMatch((await stage(["fail.example"], { stdout: terminal(), env: { NO_COLOR: "1" } })).stdout, /\u001b/);
  const wide = await stage(["ok.example"], { stdout: terminal(300), env: { NO_COLOR: "1" } });
  assert.equal(wide.stdout.trimEnd().split("\n").at(-1)?.length, 100);
  assert.doesNotMatch(wide.stdout, /[^\x00-\x7f]/, "no locale: ASCII only");
});

test("json: one object, in the order of the input", async () => {
  const { stdout, code } = await stage(["-f", "json", "fail.example", "ok.example", "unknown.example"]);
  const output = JSON.parse(stdout) as Output;
  assert.equal(output.schemaVersion, 1);
  assert.equal(output.tool.name, "matrix-delegation-check");
  assert.equal(output.startedAt, STARTED);
  assert.equal(output.durationMs, 5);
  assert.deepEqual(output.totals, { pass: 1, warn: 0, fail: 1, inconclusive: 1 });
  assert.deepEqual(
    output.reports.map((report) => report.serverName),
    ["fail.example", "ok.example", "unknown.example"],
  );
  assert.equal(code, 1);
});

test("json without a single report is JSON all the same", async () => {
  const output = JSON.parse((await stage(["-f", "json", "crash.example"])).stdout) as Output;
  assert.deepEqual(output.reports, []);
});

test("order: that of the input for pretty and json, that of the ends for ndjson", async () => {
  for (const [format, expected] of [
    ["json", ["slow.example", "b.example", "c.example"]],
    ["pretty", ["slow.example", "b.example", "c.example"]],
    ["ndjson", ["b.example", "c.example", "slow.example"]],
  ] as const) {
    let others = 2;
    let release = (): void => {};
    const released = new Promise<void>((resolve) => (release = resolve));
    const engine = fakeEngine(async (name) => {
      if (name === "slow.example") await released;
      else if (--others === 0) setImmediate(release);
    });
    const { stdout } = await stage(["-f", format, "slow.example", "b.example", "c.example"], { engine });
    const found =
      format === "ndjson"
        ? namesIn(stdout)
        : format === "json"
          ? (JSON.parse(stdout) as Output).reports.map((report) => report.serverName)
          : stdout.match(/(?<=PASS {2})\S+/g);
    assert.deepEqual(found, expected, format);
  }
});

test("names of the command line come before those of the file", async (context) => {
  const path = await temporary(context);
  await writeFile(path("names"), "c.example\n");
  assert.deepEqual(
    namesIn((await stage(["-f", "ndjson", "--concurrency", "1", "a.example", "--from-file", path("names"), "b.example"])).stdout),
    ["a.example", "b.example", "c.example"],
  );
});

test("an input file: comments, blank lines, CRLF, a byte order mark; what is no name fails alone", async (context) => {
  const path = await temporary(context);
  await writeFile(
    path("names"),
    "\uFEFFa.example\r\n\r\n# b.example\n  c.example \t# why\nhttps://d.example\nx#y.example\n[2001:db8::1]:8448",
  );
  const { stdout, code, stderr } = await stage(["-f", "json", "--from-file", path("names")]);
  const { reports } = JSON.parse(stdout) as Output;
  assert.deepEqual(
    reports.map((report) => [report.serverName, report.findings.map((finding) => finding.code).join()]),
    [
      ["a.example", ""],
      ["c.example", ""],
      ["https://d.example", "name/invalid"],
      ["x#y.example", "name/invalid"],
      ["[2001:db8::1]:8448", ""],
    ],
  );
  assert.equal(code, 1);
  assert.equal(stderr, "");
});

test("--from-file -: stdin; a single name there gets the whole report", async () => {
  assert.match((await stage(["--from-file", "-"], { stdin: "ok.example\n" })).stdout, /^ok\.example\n/);
  assert.match((await stage(["--from-file", "-"], { stdin: "a.example\nb.example\n" })).stdout, /\n2 names {2}2 pass/);
});

test("--ignore that matched nothing over all names is said; one that matched once is not", async () => {
  const { stderr, code } = await stage(["--ignore", "tls/expired", "--ignore", "tls/expiring", "ok.example", "fail.example"]);
  assert.equal(stderr, "note: --ignore tls/expiring matched nothing\n");
  assert.equal(code, 0);
});

test("--concurrency is kept", async () => {
  for (const [given, expected] of [
    [[], 16],
    [["--concurrency", "3"], 3],
    [["--concurrency", "1000"], 40],
  ] as const) {
    const engine = fakeEngine(() => new Promise((resolve) => setImmediate(resolve)));
    await stage([...given, ...Array.from({ length: 40 }, (_, index) => `n${index}.example`)], { engine });
    assert.equal(engine.most, expected);
  }
});

test("trusted roots: --ca-file, SSL_CERT_FILE and NODE_EXTRA_CA_CERTS; a bad one of the environment is a note", async (context) => {
  const path = await temporary(context);
  const pem = await readFile(new URL("./root.pem", import.meta.url), "utf8");
  await writeFile(path("root.pem"), `A comment\n${pem}`);
  const engine = fakeEngine();
  const env = { SSL_CERT_FILE: path("root.pem"), NODE_EXTRA_CA_CERTS: path("missing.pem") };
  const { code, stderr } = await stage(["--ca-file", path("root.pem"), "ok.example"], { engine, env });
  // Once, although two name it.
  assert.deepEqual(engine.made[0]?.ca, [pem]);
  assert.equal(stderr, `note: NODE_EXTRA_CA_CERTS=${path("missing.pem")} is not used: no such file\n`);
  assert.equal(code, 0);
});

test("nobody reads any more: it ends quietly with the exit code so far", async () => {
  const stdout = collector();
  let written = 0;
  stdout._write = (_chunk, _encoding, done) => done(++written < 2 ? null : Object.assign(new Error("write EPIPE"), { code: "EPIPE" }));
  const engine = fakeEngine(() => new Promise((resolve) => setImmediate(resolve)));
  const { code, stderr } = await stage(
    ["-f", "ndjson", "--concurrency", "1", "fail.example", ...Array.from({ length: 5000 }, (_, index) => `unknown-${index}.example`)],
    { engine, stdout },
  );
  assert.equal(code, 1);
  assert.equal(stderr, "");
  // As many as may wait while the format is loaded, and some more.
  assert.ok(engine.checked.length < 1000, `${engine.checked.length} were begun`);
  assert.equal(engine.closed, 1);
});

test("stdout that can't be written is said, and is this machine's trouble", async () => {
  const stdout = collector();
  stdout._write = (_chunk, _encoding, done) => done(Object.assign(new Error("no space left on device"), { code: "ENOSPC" }));
  const { code, stderr } = await stage(["ok.example"], { stdout });
  assert.equal(code, 3);
  assert.equal(stderr, "error: standard output can't be written: no space left\n");
});

test("no files are free: one line for all names, with the limit, and this machine's trouble", async () => {
  const noFile = (): Error => Object.assign(new Error("EMFILE: too many open files, open 'x'"), { code: "EMFILE" });
  const names = ["a.example", "b.example", "c.example"];
  const line =
    /^error: too many open files: this process may open only \d+ files and connections at once; raise that limit \(ulimit -n 1024\) or lower --concurrency\n$/;
  for (const [at, engine, shown] of [
    ["every check", fakeEngine(async () => Promise.reject(noFile())), 0],
    ["one check", fakeEngine(async (name) => (name === "b.example" ? Promise.reject(noFile()) : undefined)), 2],
    ["the checker", { ...fakeEngine(), createChecker: async () => Promise.reject(new Error("it failed", { cause: noFile() })) }, 0],
  ] as const) {
    const { code, stderr, stdout } = await stage(["-f", "ndjson", ...names], { engine });
    assert.match(stderr, line, at);
    assert.equal(stdout.split("\n").length - 1, shown, at);
    assert.equal(code, 3, at);
  }
});

test("an interruption: what is done is printed, whole, and the exit code is 130", async (context) => {
  const path = await temporary(context);
  for (const format of ["json", "pretty", "ndjson"]) {
    const interrupt = new AbortController();
    const engine = fakeEngine(async (name, signal) => {
      if (name === "c.example") setImmediate(() => interrupt.abort());
      if (name === "hangs.example") await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
    });
    const argv = ["-f", format, "--save-facts", path(format), "a.example", "hangs.example", "c.example"];
    const { code, stdout, stderr } = await stage(argv, { engine, signal: interrupt.signal });
    assert.equal(code, 130, format);
    assert.equal(stderr, "");
    assert.equal(engine.closed, 1);
    if (format === "json")
      assert.deepEqual(
        (JSON.parse(stdout) as Output).reports.map((report) => report.serverName),
        ["a.example", "c.example"],
      );
    if (format === "ndjson") assert.deepEqual(namesIn(stdout), ["a.example", "c.example"]);
    if (format === "pretty") assert.match(stdout, /PASS {2}a\.example[^]*PASS {2}c\.example[^]*\n2 names {2}2 pass/);
    assert.equal((await readFile(path(format), "utf8")).split("\n").length, 3, "the facts of two");
  }
});

function namesIn(ndjson: string): string[] {
  return ndjson
    .trimEnd()
    .split("\n")
    .map((line) => (JSON.parse(line) as Report).serverName);
}
