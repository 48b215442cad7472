/** The benchmark's parts run, and what they measure is there. How long anything takes is no test. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Row } from "../../scripts/bench/table.ts";
import { runScript } from "./run-script.ts";

async function rowsOf(args: string[]): Promise<Row[]> {
  const { exitCode, stdout, stderr, left } = await runScript("bench.ts", [...args, "--json"]);
  assert.equal(exitCode, 0, stderr);
  assert.deepEqual(left, []);
  return (JSON.parse(stdout) as { rows: Row[] }).rows;
}

test("start-up and package: each row has its budget", async () => {
  const rows = await rowsOf(["--only", "start-up", "--only", "package", "--pairs", "1"]);
  assert.deepEqual(
    rows.map(({ what, budget }) => `${what}: ${budget?.text ?? "none"}`),
    ["--version: 1.30", "a name that is none: 1.40", "packages: 26", "unpacked: 9 MB", "with native code, install script: 0"],
  );
});

test("one check: command and library against the chain, on each route", async () => {
  const rows = await rowsOf(["--only", "one-check", "--pairs", "1"]);
  assert.deepEqual(
    rows.map(({ what }) => what.trim()),
    [
      "well-known: command",
      "with SSL_CERT_FILE",
      "srv: command",
      "default-port: command",
      "well-known: library",
      "srv: library",
      "default-port: library",
    ],
  );
  for (const { what, ratio, budget } of rows) assert.ok(ratio !== undefined && budget?.kept === ratio <= 1.2, what);
});

test("profile: what happens in one cold command, in its order", async () => {
  const { exitCode, stdout, stderr, left } = await runScript("bench.ts", ["--profile", "--pairs", "1"]);
  assert.equal(exitCode, 0, stderr);
  assert.deepEqual(left, []);
  const seen = stdout.split("\n").map((line) => line.replace(/^ *[\d.]+ +[\d.]+ +/, ""));
  const steps = [
    "Node.js has started",
    "the first packet is sent",
    "the first TCP connection is begun",
    "the first bytes come over TLS",
    "the last bytes come over TLS",
    "the report is printed",
    "exit",
  ];
  assert.deepEqual(
    seen.filter((line) => steps.includes(line)),
    steps,
  );
});

test("many names: all are checked, and both sides ask", async () => {
  const rows = await rowsOf(["--only", "many-names", "--names", "8"]);
  const asked = rows.filter(({ what }) => what === "DNS queries a name" || what === "connections a name");
  assert.equal(asked.length, 2);
  for (const { measured, baseline } of asked) assert.ok(Number(measured) >= 1 && Number(baseline) >= 1, `${measured}, ${baseline}`);
  assert.ok(rows.some(({ what, budget }) => what === "peak memory" && budget !== undefined));
});

test("a section that can't be run or isn't there: exit code 1, and nothing is said to be kept", async () => {
  const { exitCode, stdout, stderr, left } = await runScript("bench.ts", ["--only", "nothing"]);
  assert.equal(exitCode, 1);
  assert.ok(!stdout.includes("kept"));
  assert.equal(stderr, "--only nothing: there are start-up, one-check, many-names, package\n");
  assert.deepEqual(left, []);
});
