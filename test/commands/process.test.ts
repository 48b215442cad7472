/** The real process: signals, closed pipes, exit codes, and the start-up file. */
import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, openSync } from "node:fs";
import { cp, mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { test, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import type { Output, Report } from "../../src/facts/output.ts";
import { claimPort } from "../lab/ports.ts";
import { program } from "../lab/program.ts";
import { temporary } from "./stage.ts";

const CHILD = program(new URL("./child.ts", import.meta.url));
const ROOT = fileURLToPath(new URL("../../", import.meta.url));

type Child = ChildProcess & { stdout: NodeJS.ReadableStream; stderr: NodeJS.ReadableStream };

/** @param stdout A pipe, or the descriptor of a file. */
function start(args: string[], script: string | string[] = CHILD, stdout: "pipe" | number = "pipe"): Child {
  const { NO_COLOR: _, FORCE_COLOR: __, NODE_OPTIONS: ___, ...env } = process.env;
  const child = spawn(process.execPath, [script, args].flat(2), {
    cwd: ROOT,
    env,
    stdio: ["ignore", stdout, "pipe"],
    timeout: 60_000,
    killSignal: "SIGKILL",
  });
  return child as Child;
}

interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

async function end(child: ReturnType<typeof start>): Promise<Ended> {
  const [stdout, stderr, [code, signal]] = await Promise.all([
    (child.stdout as NodeJS.ReadableStream | null) === null ? "" : text(child.stdout),
    text(child.stderr),
    once(child, "close") as Promise<[number | null, NodeJS.Signals | null]>,
  ]);
  return { code, signal, stdout, stderr };
}

/** Sends the signals, the first when the check hangs, each further one when the one before has been taken. */
async function interrupted(args: string[], ...signals: NodeJS.Signals[]): Promise<Ended> {
  const child = start(args);
  const ended = end(child);
  await new Promise<void>((resolve) => child.stderr.on("data", (chunk: Buffer) => chunk.includes("hanging") && resolve()));
  for (const [index, signal] of signals.entries()) {
    // What is done is printed at the first one.
    const taken = index + 1 < signals.length ? once(child.stdout, "data") : null;
    child.kill(signal);
    await taken;
  }
  return await ended;
}

for (const [signal, expected, word] of [
  ["SIGINT", 130, ""],
  ["SIGTERM", 143, "note: ended by SIGTERM; what was done until then is shown\n"],
  ["SIGHUP", 129, "note: ended by SIGHUP: the terminal is gone; what was done until then is shown\n"],
] as const) {
  test(`${signal}: json is closed, ${expected}`, async () => {
    const { code, stdout, stderr } = await interrupted(["-f", "json", "a.example", "hangs.example", "fail.example"], signal);
    const output = JSON.parse(stdout) as Output;
    assert.deepEqual(
      output.reports.map((report) => report.serverName),
      ["a.example", "fail.example"],
    );
    assert.deepEqual(output.totals, { pass: 1, warn: 0, fail: 1, inconclusive: 0 });
    assert.equal(code, expected);
    assert.equal(stderr.replace("hanging\n", ""), word);
  });
}

test("SIGINT: pretty ends with the total of those done", async () => {
  const { code, stdout } = await interrupted(["hangs.example", "a.example"], "SIGINT");
  assert.match(stdout, /^PASS {2}a\.example[^]*1 name {2}1 pass/);
  assert.equal(code, 130);
});

test("a second SIGINT ends a check that doesn't listen", async () => {
  const { signal } = await interrupted(["hangs.forever.example", "a.example"], "SIGINT", "SIGINT");
  assert.equal(signal, "SIGINT");
});

test("| head: the reader leaves, and it ends quietly with the exit code so far", async (context) => {
  const path = await temporary(context);
  await writeFile(path("names"), Array.from({ length: 5000 }, (_, index) => `fail-${index}.example\n`).join(""));
  const child = start(["-f", "ndjson", "--from-file", path("names")]);
  const closed = once(child, "close") as Promise<[number | null]>;
  const stderr = text(child.stderr);
  await once(child.stdout, "data");
  (child.stdout as unknown as { destroy(): void }).destroy();
  assert.equal((await closed)[0], 1);
  assert.equal(await stderr, "");
});

test("a reader of stderr that is gone is no reason to end otherwise", async () => {
  const child = start(["-f", "ndjson", "crash.example", "a.example"]);
  (child.stderr as unknown as { destroy(): void }).destroy();
  const [stdout, [code]] = await Promise.all([text(child.stdout), once(child, "close") as Promise<[number | null]>]);
  assert.equal((JSON.parse(stdout) as Report).serverName, "a.example");
  assert.equal(code, 3);
});

test("an exception that nobody catches: 3, not 1, and json is closed", async () => {
  const { code, stdout, stderr } = await end(start(["-f", "json", "a.example", "throws.example"]));
  assert.equal(code, 3);
  assert.match(stderr, /^error: internal error: Error: thrown out of nowhere/m);
  assert.equal((JSON.parse(stdout) as Output).reports.length, 1);
});

for (const args of [["-f", "json", "a.example"], ["-f", "ndjson", "a.example", "b.example"], ["a.example"], ["explain"], ["--help"]]) {
  test(`a full disk under standard output, ${args.join(" ")}: one line, and 3`, { skip: !existsSync("/dev/full") }, async () => {
    const { stderr, code } = await end(start(args, CHILD, openSync("/dev/full", "w")));
    assert.equal(stderr, "error: standard output can't be written: no space left\n");
    assert.equal(code, 3);
  });
}

test("a refused server name: one line in a pipe, and the same exit code where it can't be written", async () => {
  const refused = ["a b.example"];
  const { code, stdout, stderr } = await end(start(refused));
  assert.deepEqual([code, stdout], [2, ""]);
  assert.match(stderr, /^error: "a b\.example" is not a server name: .+\n$/);
  const nobodyReads = start(refused);
  (nobodyReads.stderr as unknown as { destroy(): void }).destroy();
  assert.deepEqual(await once(nobodyReads, "close"), [2, null]);
});

test("no more sockets in a run of many names: the cause is said, and nothing about a way there", async () => {
  const bin = `${ROOT}bin/matrix-delegation-check.js`;
  const names = Array.from({ length: 60 }, (_, index) => `n${index}.example.org`);
  const args = ["-f", "ndjson", "--no-authoritative", "--dns-server", `127.0.0.1:${await claimPort()}`, ...names];
  const child = spawn("sh", ["-c", 'ulimit -n 50 && exec "$@"', "sh", process.execPath, bin, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const { stdout, stderr, code } = await end(child);
  assert.match(stderr, /^(error: too many open files: this process may open only 50 files and connections at once; .*\n)?$/);
  assert.match(stdout, /"because":"open-files"/);
  assert.match(stdout, /This process may not open more files and connections at once/);
  assert.doesNotMatch(stdout, /"no-route"/);
  assert.equal(code, 3);
});

test("a full disk under --report and --save-facts: a line for each, nothing half-written, and the rest goes on", async (context) => {
  const path = await temporary(context);
  await writeFile(path("report.json"), "as it was");
  const names = ["a.example", "fail.example", "b.example"];
  const args = ["-f", "ndjson", "--report", `json=${path("report.json")}`, "--save-facts", path("facts"), ...names];
  // A file can't grow here, which is what can be had of a full disk without being root.
  const child = spawn("sh", ["-c", 'ulimit -f 0 && exec "$@"', "sh", process.execPath, ...CHILD, ...args], {
    cwd: ROOT,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const { stdout, stderr, code } = await end(child);
  const why = "can't be written: it grows larger than a file may be here (ulimit -f)";
  assert.deepEqual(stderr.trimEnd().split("\n").toSorted(), [
    `error: --report json="${path("report.json")}" ${why}`,
    `error: --save-facts "${path("facts")}" ${why}`,
  ]);
  const reports = stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Report);
  assert.deepEqual(reports.map(({ serverName }) => serverName).toSorted(), names.toSorted());
  assert.deepEqual(await readdir(path(".")), ["report.json"]);
  assert.equal(await readFile(path("report.json"), "utf8"), "as it was");
  assert.equal(code, 1);
});

test("output that is long isn't cut", async () => {
  const { code, stdout } = await end(start(["explain", "--json"]));
  assert.equal(code, 0);
  assert.ok(Array.isArray(JSON.parse(stdout)));
});

/** A copy of the package whose dist/ says that it was loaded, for a Node.js from that version on. */
async function loadedPackage(context: TestContext, node?: string): Promise<(file: string) => string> {
  const path = await temporary(context);
  await Promise.all([mkdir(path("bin")), mkdir(path("dist"))]);
  await cp(`${ROOT}bin`, path("bin"), { recursive: true });
  const described = JSON.parse(await readFile(`${ROOT}package.json`, "utf8")) as { engines: { node: string } };
  if (node !== undefined) described.engines.node = `>=${node}`;
  await writeFile(path("package.json"), JSON.stringify(described));
  await writeFile(
    path("dist/load.cjs"),
    "module.exports = () => ({ run: async () => { process.stdout.write(`loaded ${process.argv.slice(2)}`); process.exitCode = 7; } })",
  );
  return path;
}

test("bin: a lone --version or -V is answered at once, everything else goes to the program", async (context) => {
  const path = await loadedPackage(context);
  // npm installs a link.
  await symlink(path("bin/matrix-delegation-check.js"), path("link.mjs"));
  const { version } = JSON.parse(await readFile(`${ROOT}package.json`, "utf8")) as { version: string };
  for (const [args, stdout, code] of [
    [["--version"], `${version}\n`, 0],
    [["-V"], `${version}\n`, 0],
    [["--version", "x"], "loaded --version,x", 7],
    [[], "loaded ", 7],
  ] as const) {
    for (const script of [path("bin/matrix-delegation-check.js"), path("link.mjs")]) {
      assert.deepEqual(await end(start([...args], script)), { code, signal: null, stdout, stderr: "" });
    }
  }
});

test("bin: a Node.js older than the package wants is refused with one line, and nothing is loaded", async (context) => {
  const [major = 0, minor = 0, patch = 0] = process.versions.node.split(".").map((part) => Number.parseInt(part));
  for (const [node, isRefused] of [
    [`${major}.${minor}.${patch}`, false],
    [`${major - 1}.${minor + 1}.${patch + 1}`, false],
    [`${major}.${minor}.${patch + 1}`, true],
    [`${major}.${minor + 1}.0`, true],
    [`${major + 1}`, true],
  ] as const) {
    const path = await loadedPackage(context, node);
    for (const args of [["--version"], ["example.com"], []]) {
      const ended = await end(start(args, path("bin/matrix-delegation-check.js")));
      assert.equal(ended.code === 2, isRefused, `${node} ${args.join(" ")}`);
      if (!isRefused) continue;
      assert.equal(ended.stdout, "");
      const line = `error: matrix-delegation-check needs Node.js ${node} or newer, and this is Node.js ${process.versions.node}`;
      assert.equal(ended.stderr, `${line} (${process.execPath})\n`);
    }
  }
});
