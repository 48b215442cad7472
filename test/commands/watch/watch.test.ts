/** `--watch` in this process: rounds by a made-up clock, a checker that answers from a table, real commands for `--on-change`. */
import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { describe, test, type TestContext } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { Engine } from "../../../src/commands/engine.ts";
import type { CommandIo, OutStream } from "../../../src/commands/io.ts";
import type { GlobalOptions } from "../../../src/commands/options.ts";
import type { Invocation } from "../../../src/commands/invocation.ts";
import { buildProgram } from "../../../src/commands/program.ts";
import { partOf } from "../../../src/commands/many/shard.ts";
import { type Clock, runWatch } from "../../../src/commands/watch/watch.ts";
import type { Report, Verdict, WatchEvent } from "../../../src/facts/output.ts";
import { collector, factsOf, fakeEngine, findingOf, reportOf, stage, temporary, textOf } from "../stage.ts";

/** What a name is in a round: its verdict, or an error that the checker throws. */
type State = Verdict | Error;

function reportAs(serverName: string, verdict: Verdict, round: number): Report {
  const facts = { ...factsOf(serverName), startedAt: new Date(Date.UTC(2026, 0, 2, 3, 0, round)).toISOString() };
  const findings =
    verdict === "fail" ? [findingOf("tls/expired", "error")] : verdict === "warn" ? [findingOf("tls/expiring", "warning")] : [];
  return { ...reportOf(facts), verdict, summary: `${verdict} it is`, findings };
}

interface Watched {
  code: number;
  stdout: string;
  stderr: string;
  /** How long it slept after each round. */
  slept: number[];
  engine: ReturnType<typeof fakeEngine>;
}

interface Stage {
  argv: string[];
  /** For each name its state in each round; the last one stays. */
  states: Record<string, State[]>;
  rounds: number;
  /** How long each round takes, by the clock. */
  takes?: number[];
  env?: Record<string, string>;
  stdout?: OutStream;
  stderr?: OutStream;
  /** Between two rounds, and after the last one. */
  between?: (round: number) => unknown;
  engine?: Partial<Engine>;
  interrupt?: AbortController;
  /** When it is, in each round; otherwise now. */
  days?: string[];
}

/** Runs that many rounds, then interrupts. */
async function watch({
  argv,
  states,
  rounds,
  takes = [],
  env = {},
  between,
  days = [],
  engine: own = {},
  interrupt = new AbortController(),
  ...streams
}: Stage): Promise<Watched> {
  let round = 0;
  let now = 0;
  const slept: number[] = [];
  const made = fakeEngine();
  const engine: ReturnType<typeof fakeEngine> = Object.assign(made, {
    async createChecker(options: Parameters<Engine["createChecker"]>[0]) {
      made.made.push(options);
      return {
        async check(name: string) {
          made.checked.push(name);
          const all = states[name] ?? ["pass"];
          const state = all[Math.min(round, all.length - 1)]!;
          if (state instanceof Error) throw state;
          return reportAs(name, state, round);
        },
        ...noWait,
        close: () => void made.closed++,
      };
    },
    ...own,
  });
  const clock: Clock = {
    now: () => now,
    async sleep(ms) {
      slept.push(ms);
      now += ms;
      await between?.(round);
      // What WeakRefs hold is held until the event loop turns.
      await new Promise((resolve) => setImmediate(resolve));
      if (++round >= rounds) interrupt.abort();
    },
  };
  const ticking: Clock = { ...clock, now: () => (now += nextTick()) };
  let calls = 0;
  // Asked at the start and at the end of each round.
  const nextTick = (): number => (calls++ % 2 === 1 ? (takes[round] ?? 0) : 0);
  const [stdout, stderr] = [streams.stdout ?? collector(), streams.stderr ?? collector()];
  const io: CommandIo = {
    stdin: process.stdin,
    stdout,
    stderr,
    env,
    platform: "linux",
    signal: interrupt.signal,
    self: [],
    folder: "/does/not/exist",
    now: () => new Date(days[Math.min(round, days.length - 1)] ?? Date.now()),
    engine,
  };
  const code = await runWatch(invocationOf(argv), { name: "matrix-delegation-check", version: "0.0.0" }, io, ticking);
  return { code, stdout: textOf(stdout), stderr: textOf(stderr), slept, engine };
}

function invocationOf(argv: string[]): Extract<Invocation, { options: GlobalOptions; names: string[] }> {
  let chosen: Invocation | undefined;
  buildProgram(
    "0.0.0",
    collector(),
    () => {},
    (invocation) => (chosen = invocation),
  ).parse(argv, { from: "user" });
  assert.ok(chosen !== undefined && "names" in chosen);
  return chosen;
}

/** A watch checks, and never waits. */
const noWait = { wait: () => Promise.reject(new Error("a watch doesn't wait")) };
const ONE = ["--watch", "10s", "example.com"];
const events = (ndjson: string): WatchEvent[] =>
  ndjson
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line) as WatchEvent);

describe("what is printed", () => {
  test("the state first, then changes only, each line whole", async () => {
    const { stdout, stderr } = await watch({
      argv: ONE,
      states: { "example.com": ["pass", "pass", "fail", "fail", "inconclusive", "pass"] },
      rounds: 7,
    });
    assert.deepEqual(stdout.split("\n"), [
      "2026-01-02T03:00:00Z  PASS  example.com  pass it is",
      "2026-01-02T03:00:02Z  FAIL  example.com  verdict: pass → fail. fail it is",
      "2026-01-02T03:00:02Z  FAIL  example.com  finding tls/expired: none → error (title of tls/expired)",
      "2026-01-02T03:00:04Z  INCONCLUSIVE  example.com  verdict: fail → inconclusive. inconclusive it is",
      "2026-01-02T03:00:05Z  PASS  example.com  verdict: inconclusive → pass. pass it is",
      "2026-01-02T03:00:05Z  PASS  example.com  finding tls/expired: error → none",
      "",
    ]);
    assert.equal(stderr, "");
  });

  test("-q: verdicts only; -v: the whole report below", async () => {
    const states = { "example.com": ["pass", "fail"] satisfies State[] };
    const quiet = await watch({ argv: ["-q", ...ONE], states, rounds: 3 });
    assert.deepEqual(
      quiet.stdout.split("\n").map((line) => line.slice(22)),
      ["PASS  example.com  pass it is", "FAIL  example.com  verdict: pass → fail. fail it is", ""],
    );
    const verbose = await watch({ argv: ["-v", ...ONE], states, rounds: 3 });
    assert.match(verbose.stdout, /verdict: pass → fail[^]*\nexample\.com\n {2}✔ name[^]*error {2}tls\/expired/);
  });

  test("-f ndjson: an object a change, with the report; without changes at the start", async () => {
    const { stdout } = await watch({ argv: ["-f", "ndjson", ...ONE], states: { "example.com": ["pass", "warn"] }, rounds: 3 });
    assert.deepEqual(
      events(stdout).map(({ at, serverName, changes, report }) => [at, serverName, changes, report.verdict]),
      [
        ["2026-01-02T03:00:00.000Z", "example.com", [], "pass"],
        [
          "2026-01-02T03:00:01.000Z",
          "example.com",
          [
            { what: "verdict", name: null, where: [], from: "pass", to: "warn" },
            { what: "finding", name: "tls/expiring", where: [], from: null, to: "warning" },
          ],
          "warn",
        ],
      ],
    );
  });

  test("several names, from a file too: read once, each once; first in their order", async (context) => {
    const path = await temporary(context);
    await writeFile(path("names"), "c.example # again\na.example\nb.example\n");
    const { stdout, engine } = await watch({
      argv: ["--watch", "10s", "--from-file", path("names"), "a.example"],
      states: { "b.example": ["pass", "pass", "fail"] },
      rounds: 4,
      between: () => writeFile(path("names"), "d.example\n"),
    });
    assert.deepEqual(stdout.match(/(?<=(PASS|FAIL) {2})\S+/g), ["a.example", "c.example", "b.example", "b.example", "b.example"]);
    assert.equal(engine.checked.length, 12);
  });

  test("what is left out, and a part without names, is said", async () => {
    const twice = await watch({ argv: [...ONE, "example.com"], states: {}, rounds: 2 });
    assert.equal(twice.stderr, "note: 1 duplicate name was left out\n");
    const none = [1, 2].find((part) => part !== partOf("example.com", 2));
    const shard = await watch({ argv: ["--shard", `${none}/2`, ...ONE], states: {}, rounds: 2 });
    assert.deepEqual([shard.engine.checked, shard.stderr], [[], `note: --shard ${none}/2: no name is in this part\n`]);
  });

  test("an ignore of the configuration ends with its last day, in the midst of the watch", async (context) => {
    const path = await temporary(context);
    const ignore = [{ code: "tls/expired", reason: "soon mended", until: "2026-03-01" }];
    await writeFile(
      path("config.json"),
      JSON.stringify({
        servers: ["a.example", { name: "b.example", ignore }],
        ignore: [
          { ...ignore[0], until: "2026-03-02" },
          { ...ignore[0], code: "tls/expiring", until: "2099-01-01" },
        ],
      }),
    );
    const own: unknown[] = [];
    const ofAll: unknown[] = [];
    const { stderr } = await watch({
      argv: ["--watch", "10s", "--config", path("config.json")],
      states: {},
      rounds: 4,
      days: ["2026-03-01T23:59:00Z", "2026-03-02T00:00:00Z", "2026-03-03T00:00:00Z"],
      engine: {
        async createChecker({ ignore: dropped }) {
          ofAll.push(dropped);
          return {
            ...noWait,
            close: () => {},
            check: async (name, run) => (name === "b.example" && own.push(run?.ignore), reportAs(name, "pass", 0)),
          };
        },
      },
    });
    assert.deepEqual(
      [ofAll, own],
      [
        [["tls/expired", "tls/expiring"], ["tls/expired", "tls/expiring"], ["tls/expiring"], ["tls/expiring"]],
        [["tls/expired"], undefined, undefined, undefined],
      ],
    );
    assert.deepEqual(stderr.match(/(servers\[1\]\.)?ignore\[0\]: tls\/expired was ignored until \S+/g), [
      "servers[1].ignore[0]: tls/expired was ignored until 2026-03-01",
      "ignore[0]: tls/expired was ignored until 2026-03-02",
    ]);
  });

  test("each round has a checker of its own, closed in the end", async () => {
    const { engine } = await watch({ argv: ["--timeout", "2s", ...ONE], states: {}, rounds: 5 });
    assert.deepEqual([engine.made.length, engine.closed, engine.made[4]?.timeoutMs], [5, 5, 2000]);
  });

  test("a checker that throws is said once, and the watch goes on", async () => {
    const { stdout, stderr } = await watch({
      argv: ONE,
      states: { "example.com": [new Error("a bug"), new Error("a bug"), "pass", "pass", new Error("a bug"), "pass"] },
      rounds: 7,
    });
    assert.equal(stderr, "error: example.com: internal error: a bug\n".repeat(2));
    assert.equal(stdout, "2026-01-02T03:00:02Z  PASS  example.com  pass it is\n");
  });

  test("no checker in a later round (no resolvers any more): said once, and it goes on", async () => {
    let calls = 0;
    const createChecker: Engine["createChecker"] = async () => {
      if (++calls > 1 && calls < 4) throw new Error("no resolver");
      return { check: async (name) => reportAs(name, calls < 5 ? "pass" : "fail", calls), ...noWait, close: () => {} };
    };
    const { stdout, stderr } = await watch({ argv: ["-q", ...ONE], states: {}, rounds: 6, engine: { createChecker } });
    assert.equal(stderr, "error: internal error: no resolver\n");
    assert.equal(stdout.split("\n").length, 3);
  });
});

describe("time", () => {
  const TIMES: [what: string, takes: number[], slept: number[]][] = [
    ["measured from start to start", [0, 4000, 1], [10_000, 6000, 9999, 10_000]],
    ["a round that takes too long: the next one at once, and none is made up for", [35_000, 10_000, 0], [0, 0, 10_000, 10_000]],
  ];
  for (const [what, takes, expected] of TIMES)
    test(what, async () => assert.deepEqual((await watch({ argv: ONE, states: {}, rounds: 4, takes })).slept, expected));
});

describe("--report", () => {
  test("is written anew after every round, whole, and nothing else is left", async (context) => {
    const path = await temporary(context);
    const seen: string[] = [];
    await watch({
      argv: [
        "--report",
        `prometheus=${path("textfile.prom")}`,
        "--report",
        `json=${path("all.json")}`,
        "--watch",
        "1s",
        "a.example",
        "b.example",
      ],
      states: { "b.example": ["pass", "fail"] },
      rounds: 2,
      between: async () => {
        assert.deepEqual((await readdir(dirname(path("x")))).toSorted(), ["all.json", "textfile.prom"]);
        seen.push(
          [...(await readFile(path("textfile.prom"), "utf8")).matchAll(/verdict\{server_name="(.*)",verdict="(.*)"\} 1/g)]
            .map(([, name, verdict]) => `${name} ${verdict}`)
            .toSorted()
            .join(),
        );
        assert.equal((JSON.parse(await readFile(path("all.json"), "utf8")) as { reports: unknown[] }).reports.length, 2);
      },
    });
    assert.deepEqual(seen, ["a.example pass,b.example pass", "a.example pass,b.example fail"]);
  });

  test("half a round leaves the last whole one", async (context) => {
    const path = await temporary(context);
    const interrupt = new AbortController();
    let round = 0;
    const createChecker: Engine["createChecker"] = async () => {
      round++;
      return {
        async check(name, run) {
          if (round === 2 && name === "b.example") {
            interrupt.abort();
            assert.equal(run?.signal?.aborted, true);
          }
          return reportAs(name, round === 2 ? "fail" : "pass", round);
        },
        ...noWait,
        close: () => {},
      };
    };
    const { stdout, code } = await watch({
      argv: ["--report", `json=${path("all.json")}`, "--concurrency", "1", "--watch", "1s", "a.example", "b.example"],
      states: {},
      rounds: 9,
      engine: { createChecker },
      interrupt,
    });
    assert.deepEqual(await readdir(dirname(path("x"))), ["all.json"]);
    assert.deepEqual((JSON.parse(await readFile(path("all.json"), "utf8")) as { totals: object }).totals, {
      pass: 2,
      warn: 0,
      fail: 0,
      inconclusive: 0,
    });
    assert.match(stdout, /a\.example {2}verdict: pass → fail/);
    assert.doesNotMatch(stdout, /b\.example {2}verdict/, "what is cut short says nothing about the server");
    assert.equal(code, 1);
  });

  test("a file that can't be written any more is said once; the watch and the other files go on", async (context) => {
    const path = await temporary(context);
    const { stdout, stderr } = await watch({
      argv: ["--report", `tap=${path("x.tap")}`, "--report", `json=${path("y.json")}`, ...ONE],
      states: { "example.com": ["pass", "pass", "pass", "fail"] },
      rounds: 5,
      // A folder is in its place.
      between: (round) => (round === 0 ? rm(path("x.tap")).then(() => mkdir(path("x.tap"))) : null),
    });
    assert.match(stderr, /^error: --report tap=".*" can't be written: it is not a regular file\n$/);
    assert.equal((JSON.parse(await readFile(path("y.json"), "utf8")) as { totals: { fail: number } }).totals.fail, 1);
    assert.match(stdout, /verdict: pass → fail/);
  });
});

// --on-change

const CHANGES = { "example.com": ["pass", "fail", "fail", "pass"] satisfies State[] };
const ENV = { PATH: process.env["PATH"] ?? "" };

async function commanded(context: TestContext, command: string, more: Partial<Stage> = {}): Promise<Watched & { out: string }> {
  const path = await temporary(context);
  const watched = await watch({
    argv: [...ONE, "--on-change", command],
    states: CHANGES,
    rounds: 5,
    env: { ...ENV, OUT: path("out"), TAIL: "x" },
    ...more,
  });
  return { ...watched, out: await readFile(path("out"), "utf8").catch(() => "") };
}

describe("--on-change", () => {
  test("gets each change on standard input, and not the first state", async (context) => {
    const { out, stderr } = await commanded(context, 'cat >> "$OUT"');
    assert.deepEqual(
      events(out).map(({ changes }) => changes.map(({ what, from, to }) => `${what} ${from} ${to}`)),
      [
        ["verdict pass fail", "finding null error"],
        ["verdict fail pass", "finding error null"],
      ],
    );
    assert.equal(stderr, "");
  });

  test("has the name and the verdicts in its environment; what it prints goes to stderr", async (context) => {
    const { stdout, stderr } = await commanded(
      context,
      'echo "$MATRIX_DELEGATION_CHECK_SERVER_NAME: $MATRIX_DELEGATION_CHECK_PREVIOUS_VERDICT, $MATRIX_DELEGATION_CHECK_VERDICT"; echo trouble >&2',
    );
    assert.deepEqual(stderr.split("\n").toSorted(), ["", "example.com: fail, pass", "example.com: pass, fail", "trouble", "trouble"]);
    assert.doesNotMatch(stdout, /trouble/);
  });

  test("a name that is none never comes near the shell", async (context) => {
    const path = await temporary(context);
    const hostile = "$(touch${IFS}pwned);`touch`\u0007'\"";
    await writeFile(path("names"), `${hostile}\n`);
    const { out, stderr } = await commanded(context, 'cat >> "$OUT"; echo "<$MATRIX_DELEGATION_CHECK_SERVER_NAME>"', {
      argv: ["--watch", "10s", "--from-file", path("names"), "--on-change", 'cat >> "$OUT"; echo "<$MATRIX_DELEGATION_CHECK_SERVER_NAME>"'],
      states: { [hostile]: ["pass", "fail"] },
    });
    assert.equal(events(out)[0]?.serverName, hostile);
    assert.doesNotMatch(out, /\u0007/);
    assert.equal(stderr, "<>\n");
  });

  const FAILURES: [what: string, command: string, line: RegExp | ""][] = [
    ["doesn't read its input", "exit 0", ""],
    ["fails", "exit 3", /^note: --on-change: example\.com: the command ended with exit code 3$/],
    ["isn't there", "no-such-command-anywhere", /exit code 127$/],
    ["is killed", "kill -KILL $$", /ended by SIGKILL$/],
  ];
  for (const [what, command, expected] of FAILURES) {
    test(`a command that ${what}: the watch goes on`, async (context) => {
      // Longer than a pipe takes at once.
      const long = (round: number): Report => ({
        ...reportAs("example.com", round % 2 === 0 ? "pass" : "fail", round),
        summary: "x".repeat(1_000_000),
      });
      let round = 0;
      const { stderr, stdout } = await commanded(context, command, {
        engine: { createChecker: async () => ({ check: async () => long(round++), ...noWait, close: () => {} }) },
      });
      const lines = stderr.split("\n").filter((line) => line.startsWith("note:"));
      if (expected === "") assert.deepEqual(lines, []);
      else {
        assert.equal(lines.length, 4);
        for (const line of lines) assert.match(line, expected);
      }
      assert.equal(stdout.match(/verdict:/g)?.length, 4);
    });
  }

  test("many names: never two commands of one name, and the next round waits for all of them", async (context) => {
    const path = await temporary(context);
    const names = Array.from({ length: 12 }, (_, index) => `n${index}.example`);
    const states = Object.fromEntries(names.map((name) => [name, ["pass", "fail", "pass"] satisfies State[]]));
    const command =
      'mkdir "$OUT-$MATRIX_DELEGATION_CHECK_SERVER_NAME" && echo "$MATRIX_DELEGATION_CHECK_VERDICT" >> "$OUT" && rmdir "$OUT-$MATRIX_DELEGATION_CHECK_SERVER_NAME"';
    const counts: number[] = [];
    const { stderr } = await watch({
      argv: ["--watch", "1s", ...names, "--on-change", command],
      states,
      rounds: 3,
      env: { ...ENV, OUT: path("out") },
      between: async () => counts.push((await readFile(path("out"), "utf8").catch(() => "")).split("\n").length - 1),
    });
    assert.equal(stderr, "");
    assert.deepEqual(counts, [0, 12, 24]);
  });

  test("an interruption ends the command and what it started", { timeout: 20_000 }, async (context) => {
    const path = await temporary(context);
    const interrupt = new AbortController();
    const stderr = collector();
    const write = stderr._write.bind(stderr);
    stderr._write = (chunk, encoding, done) => {
      if (String(chunk).includes("started")) interrupt.abort();
      write(chunk, encoding, done);
    };
    // The inner one ignores SIGTERM; the outer one writes down who it is.
    const command = 'sh -c \'trap "" TERM; echo $$ > "$OUT"; echo started; exec sleep 1000\' & wait';
    await watch({
      argv: [...ONE, "--on-change", command],
      states: CHANGES,
      rounds: 5,
      env: { ...ENV, OUT: path("pid") },
      interrupt,
      stderr,
    });
    const pid = Number(await readFile(path("pid"), "utf8"));
    assert.ok(pid > 1);
    // SIGKILL was sent; the system carries it out when it comes to it.
    while (!(await isGone(pid))) await new Promise((resolve) => setImmediate(resolve));
    assert.doesNotMatch(textOf(stderr), /note:/);
  });
});

/** A zombie that nobody has collected yet can't do anything any more. */
async function isGone(pid: number): Promise<boolean> {
  try {
    return /^\d+ \(.*\) Z /.test(await readFile(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return true;
  }
}

// Refused

const REFUSED: [argv: string, line: RegExp][] = [
  ["--on-change true example.com", /^error: --on-change goes with --watch: add --watch 5m, or leave --on-change out$/],
  ["--watch 5m --on-change  example.com", /argument '' is invalid\. It is empty\.$/],
  ["--watch 999ms example.com", /argument '999ms' is invalid\. It must be at least 1s, for example 30s or 5m\.$/],
  ["--watch 5 example.com", /Write a number with its unit/],
  ["--watch 5m", /^error: no server name/],
  ["--watch 5m example.com https://x", /^error: "https:\/\/x" is not a server name/],
  ["--watch 5m --from-facts facts.jsonl", /^error: --watch and --from-facts exclude each other/],
  ["--watch 5m --save-facts facts.jsonl example.com", /^error: --watch and --save-facts exclude each other/],
  ...["json", "junit", "github", "markdown", "sarif", "prometheus", "tap"].map((format): [string, RegExp] => [
    `--watch 5m -f ${format} example.com`,
    new RegExp(`^error: --watch has no end, so that -f may be pretty or ndjson only: ${format} has one;`),
  ]),
  [
    "--watch 5m --report prometheus=/does/not/exist/x.prom example.com",
    /^error: --report prometheus=".*" can't be written: there is no such folder$/,
  ],
  ["explain --watch 5m", /^error: explain takes --json and --color only: leave out --watch$/],
];
for (const [line, expected] of REFUSED) {
  test(`refused: ${line}`, async () => {
    const engine = fakeEngine();
    const { code, stdout, stderr } = await stage(line.split(" "), { engine });
    assert.match(stderr.replace(/\n$/, ""), expected);
    assert.equal(stderr.indexOf("\n"), stderr.length - 1, "exactly one line");
    assert.deepEqual([code, stdout, engine.checked, engine.closed], [2, "", [], engine.made.length]);
  });
}

test("refused with -f nagios: what runs it hears of that in its own way", async () => {
  const engine = fakeEngine();
  const { code, stdout } = await stage(["--watch", "5m", "-f", "nagios", "example.com"], { engine });
  assert.equal(code, 3);
  assert.match(stdout, /^MATRIX UNKNOWN - --watch has no end/);
  assert.deepEqual(engine.checked, []);
});

test("more names than are remembered are refused", async (context) => {
  const path = await temporary(context);
  await writeFile(path("names"), Array.from({ length: 10_001 }, (_, index) => `${index}.example\n`).join(""));
  const engine = fakeEngine();
  const { code, stderr } = await stage(["--watch", "5m", "--from-file", path("names")], { engine });
  assert.match(
    stderr,
    /^error: --watch remembers what it saw of each server name, and takes 10000 at most; there are more: share them out among several runs\n$/,
  );
  assert.deepEqual([code, engine.checked, engine.closed], [2, [], 1]);
});

// Days

test("thousands of rounds: nothing grows, no listener stays", async () => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const interrupt = new AbortController();
  const heap: number[] = [];
  const listeners = new Set<string>();
  const nobody = collector();
  nobody._write = (_chunk, _encoding, done) => done();
  let round = 0;
  const createChecker: Engine["createChecker"] = async () => {
    round++;
    return {
      check: async (name) => ({ ...reportAs(name, round % 3 === 0 ? "fail" : "pass", round), summary: `${round} ${"x".repeat(10_000)}` }),
      ...noWait,
      close: () => {},
    };
  };
  await watch({
    argv: ["-f", "ndjson", "--watch", "1s", "a.example", "b.example"],
    states: {},
    rounds: 3000,
    engine: { createChecker },
    interrupt,
    stdout: nobody,
    between(at) {
      if (at % 500 !== 499) return;
      collect();
      heap.push(process.memoryUsage().heapUsed);
      listeners.add(
        [
          getEventListeners(interrupt.signal, "abort").length,
          ...["error", "close", "drain"].map((name) => nobody.listenerCount(name)),
        ].join(),
      );
    },
  });
  assert.equal(listeners.size, 1, [...listeners].join(" "));
  const [, second = 0] = heap;
  assert.ok(heap.at(-1)! - second < 1_500_000, `${heap.join(", ")} bytes`);
});
