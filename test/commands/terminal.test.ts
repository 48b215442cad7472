import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { buildProgram, CommanderError } from "../../src/commands/program.ts";
import { waitedFor, wantsProgress } from "../../src/commands/output/progress.ts";
import { type ColorFlag, terminalOf } from "../../src/commands/output/terminal.ts";
import { collector, fakeEngine, stage, terminal, textOf } from "./stage.ts";

type Env = Record<string, string>;

const COLOR: [flag: ColorFlag, tty: boolean, env: Env, level: number][] = [
  ["auto", true, {}, 1],
  ["auto", false, {}, 0],
  ["auto", true, { NO_COLOR: "1" }, 0],
  ["auto", true, { NO_COLOR: "" }, 1],
  ["auto", true, { CI: "true" }, 0],
  ["auto", true, { CI: "false" }, 1],
  ["auto", true, { TERM: "dumb" }, 0],
  ["auto", false, { FORCE_COLOR: "1" }, 1],
  ["auto", false, { FORCE_COLOR: "" }, 1],
  ["auto", false, { FORCE_COLOR: "true" }, 1],
  ["auto", false, { FORCE_COLOR: "3", NO_COLOR: "1", CI: "1" }, 3],
  ["auto", true, { FORCE_COLOR: "0" }, 0],
  ["auto", true, { FORCE_COLOR: "false" }, 0],
  ["always", false, { NO_COLOR: "1" }, 1],
  ["always", false, { FORCE_COLOR: "2" }, 2],
  ["always", false, { FORCE_COLOR: "0" }, 1],
  ["never", true, { FORCE_COLOR: "3" }, 0],
];
for (const [flag, tty, env, level] of COLOR) {
  test(`--color ${flag}, ${tty ? "terminal" : "pipe"}, ${JSON.stringify(env)}: level ${level}`, () => {
    assert.equal(terminalOf(tty ? terminal() : collector(), flag, env, "linux").colorLevel, level);
  });
}

const UNICODE: [tty: boolean, env: Env, platform: string, expected: boolean][] = [
  [false, {}, "linux", true],
  [false, { TERM: "dumb", LANG: "C" }, "linux", true],
  [true, { LANG: "en_GB.UTF-8" }, "linux", true],
  [true, { LC_CTYPE: "de_DE.utf8", LANG: "C" }, "linux", true],
  [true, { LC_ALL: "C", LANG: "en_GB.UTF-8" }, "linux", false],
  [true, { LC_ALL: "", LANG: "en_GB.UTF-8" }, "linux", true],
  [true, {}, "linux", false],
  [true, {}, "win32", true],
  [true, { LANG: "en_GB.UTF-8", TERM: "linux" }, "linux", false],
  [true, { LANG: "en_GB.UTF-8", TERM: "dumb" }, "linux", false],
];
for (const [tty, env, platform, expected] of UNICODE) {
  test(`${tty ? "terminal" : "pipe"} on ${platform}, ${JSON.stringify(env)}: ${expected ? "UTF-8" : "ASCII"}`, () => {
    assert.equal(terminalOf(tty ? terminal() : collector(), "auto", env, platform).unicode, expected);
  });
}

for (const [columns, width] of [
  [0, 80],
  [20, 40],
  [40, 40],
  [57, 57],
  [80, 80],
  [91, 91],
  [300, 100],
] as const) {
  test(`${columns} columns: ${width}`, () => assert.equal(terminalOf(terminal(columns), "auto", {}, "linux").width, width));
}
test("a pipe: 80 columns", () => assert.equal(terminalOf(collector(), "auto", {}, "linux").width, 80));

const PROGRESS: [columns: number | null, env: Env, options: object, expected: boolean][] = [
  [80, {}, {}, true],
  [null, {}, {}, false],
  [0, {}, {}, false],
  [80, { CI: "1" }, {}, false],
  [80, { TERM: "dumb" }, {}, false],
  [80, {}, { format: "json" }, false],
  [80, {}, { progress: false }, false],
  [80, {}, { quiet: true }, false],
];
for (const [columns, env, given, expected] of PROGRESS) {
  test(`${columns === null ? "pipe" : `terminal of ${columns} columns`} on stderr, ${JSON.stringify(env)}, ${JSON.stringify(given)}: ${expected ? "" : "no "}progress`, () => {
    const io = {
      stdin: Readable.from([]),
      stdout: collector(),
      stderr: columns === null ? collector() : terminal(columns),
      env,
      platform: "linux",
      self: [],
      folder: "",
      now: () => new Date(),
      signal: new AbortController().signal,
      engine: fakeEngine(),
    };
    assert.equal(wantsProgress(io, { format: "pretty", progress: true, ...given }), expected);
  });
}

test("the progress line: the step for one name, how many of how many for several; it is gone at the end", async () => {
  for (const [names, shown] of [
    [["hold.example"], "hold.example: name"],
    [["ok.example", "hold.example"], "1 of 2"],
  ] as const) {
    const stderr = Object.assign(terminal(), { cursorTo: () => true, moveCursor: () => true, clearLine: () => true });
    let release = (): void => {};
    const held = new Promise<void>((resolve) => (release = resolve));
    const running = stage([...names], { stderr, engine: fakeEngine((name) => (name === "hold.example" ? held : Promise.resolve())) });
    while (!textOf(stderr).includes(shown)) await turn();
    release();
    const { stdout, code } = await running;
    assert.equal(code, 0);
    assert.match(stdout, /PASS {2}hold\.example/);
    assert.doesNotMatch(stdout, /\u001b/);
    const end = textOf(stderr).length;
    await turn();
    assert.equal(textOf(stderr).length, end, "nothing is drawn any more");
    assert.ok(textOf(stderr).lastIndexOf("\u001b[?25h") > textOf(stderr).lastIndexOf("\u001b[?25l"), "the cursor is there again");
  }
});

test("the progress line is cut where the terminal ends", async () => {
  const stderr = Object.assign(terminal(), { columns: 20, cursorTo: () => true, moveCursor: () => true, clearLine: () => true });
  let release = (): void => {};
  const held = new Promise<void>((resolve) => (release = resolve));
  const running = stage(["hold.example"], { stderr, engine: fakeEngine(() => held) });
  while (!textOf(stderr).includes("hold.example: nam")) await turn();
  release();
  await running;
  assert.doesNotMatch(textOf(stderr), /hold\.example: name/);
});

test("under --redact=all neither the progress line nor an error's line names who is checked", async () => {
  const stderr = Object.assign(terminal(), { cursorTo: () => true, moveCursor: () => true, clearLine: () => true });
  let release = (): void => {};
  const held = new Promise<void>((resolve) => (release = resolve));
  const running = stage(["--redact=all", "crash.example"], { stderr, engine: fakeEngine(() => held) });
  while (!textOf(stderr).includes("a server name: name")) await turn();
  release();
  assert.equal((await running).code, 3);
  assert.match(textOf(stderr), /error: a server name: internal error: a bug/);
  assert.doesNotMatch(textOf(stderr), /crash\.example/);
  assert.equal(waitedFor("well-known", null), "waiting for the well-known");
});

for (const command of [[], ["check"], ["plan"], ["completion"]]) {
  test(`--help of ${command[0] ?? "the program"} fits a terminal of 80 columns, but for commands that can't be shorter`, () => {
    let help = "";
    const program = buildProgram(
      "1.2.3",
      terminal(80),
      (text) => (help += text),
      () => {},
    );
    assert.throws(() => program.parse([...command, "--help"], { from: "user" }), CommanderError);
    assert.deepEqual(
      help.split("\n").filter((line) => line.length > 80 && !line.startsWith("  matrix-delegation-check ")),
      [],
    );
  });
}

const WAITED = [
  ["well-known", "waiting for https://example.com/.well-known/matrix/server"],
  ["srv", "waiting for the SRV records"],
  ["address", "waiting for the addresses of the homeserver's host"],
  ["connect", "waiting for the homeserver: connection, TLS, version and keys"],
] as const;
for (const [step, line] of WAITED) test(`progress at ${step}: ${line}`, () => assert.equal(waitedFor(step, "example.com"), line));
