/** `--threads`: the same as with one, whatever becomes of a thread. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import type { Checker } from "../../src/check.ts";
import type { Output, Report, WatchEvent } from "../../src/facts/output.ts";
import { machineTrouble } from "../../src/commands/machine-trouble.ts";
import { receivedError, sentError, type ThreadData } from "../../src/commands/threads/messages.ts";
import { createThreads } from "../../src/commands/threads/threads.ts";
import { WaitingNames } from "../../src/commands/threads/waiting-names.ts";
import { FORMATS } from "../../src/commands/options.ts";
import { CommandUsageError, isUsageError, messageOf } from "../../src/commands/usage.ts";
import { made } from "../lab/program.ts";
import { collector, type FakeEngine, fakeEngine, stage, temporary } from "./stage.ts";
import { countedBy } from "./thread-child.ts";

const CHILD = made(new URL("./thread-child.ts", import.meta.url));

interface Crowd extends FakeEngine {
  /** The threads that were started. */
  started: Worker[];
}

/** An engine whose other threads have the checker of the tests. This one waits until they can do something. */
function crowd(cores = 4): Crowd {
  const started: Worker[] = [];
  const ready: Promise<unknown>[] = [];
  const start = (data: ThreadData): Worker => {
    const worker = new Worker(CHILD, { workerData: data, resourceLimits: { maxOldGenerationSizeMb: 48 }, stderr: true });
    started.push(worker);
    ready.push(once(worker, "message"));
    return worker;
  };
  return Object.assign(
    fakeEngine(async () => void (await Promise.all(ready))),
    { started, threads: { cores: () => cores, starter: () => Promise.resolve(start) } },
  );
}

const KINDS = ["ok", "warn", "fail", "unknown", "late", "crash", "under_score"];
const NAMES = Array.from({ length: 140 }, (_, index) => `${KINDS[index % KINDS.length]}.n${index % 50}-${index}.example.org`);
const INPUT = NAMES.join("\n");

function namesIn(ndjson: string): string[] {
  return ndjson
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => (JSON.parse(line) as Report).serverName);
}

function sortedLines(text: string): string[] {
  return text.split("\n").toSorted();
}

for (const format of FORMATS) {
  test(`the same with one thread and with four: ${format}`, async (context) => {
    const path = await temporary(context);
    const runs = await Promise.all(
      [1, 4].map(async (threads) => {
        const engine = crowd();
        const files = ["--report", `json=${path(`r${threads}`)}`, "--save-facts", path(`f${threads}`)];
        const args = ["-f", format, "--threads", String(threads), "--ignore", "name/invalid", "--from-file", "-", ...files];
        const { code, stdout, stderr } = await stage(args, { engine, stdin: INPUT });
        assert.equal(engine.started.length, threads - 1);
        if (threads > 1) assert.ok(engine.checked.length < NAMES.length, "the others have done nothing");
        const written = await Promise.all([readFile(path(`r${threads}`), "utf8"), readFile(path(`f${threads}`), "utf8")]);
        // As they finish: in any order.
        return format === "ndjson"
          ? [code, sortedLines(stdout), sortedLines(stderr), ...written.map((text) => text.length)]
          : [code, stdout, stderr, ...written];
      }),
    );
    assert.deepEqual(runs[1], runs[0]);
  });
}

test("fewer than 50 names, one core, or --threads 1: no other thread is started", async () => {
  const many = Array.from({ length: 60 }, (_, index) => `a${index}.example`);
  for (const [args, stdin, cores, others] of [
    [[], many.slice(0, 49), 4, 0],
    [[], many.slice(0, 50), 4, 3],
    [[], many, 64, 7],
    [[], many, 1, 0],
    [["--threads", "1"], many, 4, 0],
    [["--threads", "3"], many.slice(0, 2), 4, 1],
    [["--threads", "3"], many.slice(0, 1), 4, 0],
    [["--concurrency", "1"], many, 4, 0],
    [["--concurrency", "2"], many, 4, 1],
  ] as const) {
    const engine = crowd(cores);
    const { stdout } = await stage(["-f", "ndjson", ...args, "--from-file", "-"], { engine, stdin: stdin.join("\n") });
    assert.equal(engine.started.length, others, `${args.join(" ")} ${stdin.length} names, ${cores} cores`);
    assert.deepEqual(namesIn(stdout).toSorted(), [...stdin].toSorted());
  }
});

/** Two threads, eight names at once. Names `here.…` are taken by this one first, and held until they are let go. */
function two(ignore: string[] = []): { threads: Checker; letGo: () => void; others: () => number; fewer: string[]; counts: Int32Array } {
  const counts = new Int32Array(new SharedArrayBuffer(8));
  let letGo = (): void => {};
  const held = new Promise<void>((resolve) => (letGo = resolve));
  const fewer: string[] = [];
  let started = 0;
  const counted = countedBy(counts, (name) => (name.startsWith("here.") ? held : Promise.resolve()));
  const checker = checkerBefore(counted);
  const threads = createThreads({
    checker,
    start() {
      started++;
      const workerData = { options: { ignore }, failOn: "error", counts } satisfies ThreadData & { counts: Int32Array };
      return new Worker(CHILD, { workerData, resourceLimits: { maxOldGenerationSizeMb: 48 }, stderr: true });
    },
    threads: 2,
    concurrency: 8,
    from: 2,
    onFewer: (why) => fewer.push(why),
  });
  return { threads, letGo, others: () => started, fewer, counts };
}

/** The checker of the tests. */
function checkerBefore(before: (name: string, signal: AbortSignal) => Promise<void>): Checker {
  const made = fakeEngine(before).createChecker({});
  return {
    check: async (name, run) => (await made).check(name, run),
    wait: async (name, run) => (await made).wait(name, run),
    close: () => {},
  };
}

const HELD = ["here.1.example", "here.2.example", "here.3.example", "here.4.example"];

/** The server name of the report, or the message of the error. */
async function outcome(report: Promise<Report | null>): Promise<string> {
  return report.then((found) => found?.serverName ?? "none", messageOf);
}

test("threads in the configuration file; the command line wins", async (context) => {
  const path = await temporary(context);
  await writeFile(path("matrix-delegation-check.json"), JSON.stringify({ threads: 2 }));
  for (const [argv, others] of [
    [[], 1],
    [["--threads", "3"], 2],
  ] as const) {
    const engine = crowd();
    await stage(["-q", ...argv, "a.example", "b.example", "c.example"], { engine, folder: path("") });
    assert.equal(engine.started.length, others);
  }
});

test("--concurrency is that of all threads together", async (context) => {
  const { threads, letGo, counts } = two();
  context.after(() => threads.close());
  const names = [...HELD, ...Array.from({ length: 60 }, (_, index) => `late.n${index}.example`)];
  const all = Promise.all(names.map((name) => outcome(threads.check(name))));
  // The most there ever were: those that take a moment only may be over before this thread looks.
  while (Atomics.load(counts, 1) <= HELD.length) await setImmediate();
  letGo();
  assert.deepEqual(await all, names);
  assert.ok((counts[1] ?? 0) > 4 && (counts[1] ?? 9) <= 8, `${counts[1]} at once`);
});

for (const [kind, why] of [
  ["dies", "thrown out of nowhere"],
  ["exits", "its thread ended with exit code 7"],
  ["memory", "Worker terminated due to reaching memory limit: JS heap out of memory"],
] as const) {
  test(`${kind}.…: the thread's end is said of that name, and no other is lost`, async (context) => {
    const { threads, letGo, others } = two();
    context.after(() => threads.close());
    const good = Array.from({ length: 40 }, (_, index) => `late.n${index}.example`);
    const names = [...good.slice(0, 7), `${kind}.one.example`, ...good.slice(7, 9), `${kind}.two.example`, ...good.slice(9)];
    const held = Promise.all(HELD.map((name) => outcome(threads.check(name))));
    const found = await Promise.all(names.map((name) => outcome(threads.check(name))));
    letGo();
    assert.deepEqual(await held, HELD);
    assert.deepEqual(
      found,
      names.map((name) => (name.startsWith(kind) ? `the thread that checked it ended: ${why}` : name)),
    );
    // A new one for each end, and the name with which one ended isn't tried a third time.
    assert.ok(others() >= 3 && others() <= 5, `${others()} threads`);
  });
}

test("a thread that can't begin: this one does everything, and that is said once", async (context) => {
  const { threads, letGo, others, fewer } = two(["name/uppercase"]);
  context.after(() => threads.close());
  const names = [...HELD, ...Array.from({ length: 60 }, (_, index) => `late.n${index}.example`)];
  const all = Promise.all(names.map((name) => outcome(threads.check(name))));
  while (fewer.length === 0) await setImmediate();
  letGo();
  assert.deepEqual(await all, names);
  assert.deepEqual([others(), fewer], [1, ["it can't begin"]]);
});

test("stopped: what is under way in another thread ends, and what waits isn't begun", async (context) => {
  const { threads, letGo, counts } = two();
  context.after(() => threads.close());
  const stop = new AbortController();
  const held = HELD.map((name) => outcome(threads.check(name)));
  const others = Array.from({ length: 20 }, (_, index) => `hangs.n${index}.example`);
  const waiting = others.map((name) => outcome(threads.wait(name, { signal: stop.signal, waitMs: 1000 })));
  while (Atomics.load(counts, 0) < 8) await setImmediate();
  stop.abort();
  const found = await Promise.all(waiting);
  letGo();
  await Promise.all(held);
  // Four were under way in the other thread: stopped, they have a report.
  assert.equal(found.filter((each, index) => each === others[index]).length, 4);
  assert.equal(found.filter((each) => each === "none").length, 16);
});

test("an interruption: what is done is shown, files are whole, and --resume does the rest", async (context) => {
  const path = await temporary(context);
  await writeFile(path("report.json"), "as it was");
  const interrupt = new AbortController();
  const stdout = collector();
  const write = stdout._write.bind(stdout);
  let lines = 0;
  stdout._write = (chunk, encoding, done) => {
    if (++lines === 30) interrupt.abort();
    write(chunk, encoding, done);
  };
  const args = ["-f", "ndjson", "--threads", "4", "--from-file", "-"];
  const first = await stage([...args, "--report", `json=${path("report.json")}`], {
    engine: crowd(),
    stdin: INPUT,
    stdout,
    signal: interrupt.signal,
  });
  assert.equal(first.code, 130);
  const done = namesIn(first.stdout);
  assert.ok(done.length >= 30 && done.length < NAMES.length, `${done.length} done`);
  const { reports } = JSON.parse(await readFile(path("report.json"), "utf8")) as Output;
  assert.deepEqual(reports.map(({ serverName }) => serverName).toSorted(), done.toSorted());
  await writeFile(path("results"), first.stdout);
  const second = await stage([...args, "--resume", path("results")], { engine: crowd(), stdin: INPUT });
  const all = [...done, ...namesIn(second.stdout)];
  // What crashes has no report, and what is unknown is checked again.
  const expected = NAMES.filter((name) => !name.startsWith("crash."));
  assert.deepEqual([...new Set(all)].toSorted(), expected.toSorted());
  assert.deepEqual(
    all.filter((name) => !name.startsWith("unknown.")).length,
    expected.filter((name) => !name.startsWith("unknown.")).length,
  );
});

test("--watch: each round with threads of its own, the same as with one", async () => {
  for (const threads of [1, 3]) {
    const interrupt = new AbortController();
    const stdout = collector();
    const write = stdout._write.bind(stdout);
    let lines = 0;
    stdout._write = (chunk, encoding, done) => {
      if (++lines === 60) interrupt.abort();
      write(chunk, encoding, done);
    };
    const engine = crowd();
    const args = ["-f", "ndjson", "--watch", "1s", "--threads", String(threads), "--from-file", "-"];
    const names = NAMES.filter((name) => !name.startsWith("crash.")).slice(0, 60);
    const { code, stdout: printed, stderr } = await stage(args, { engine, stdin: names.join("\n"), stdout, signal: interrupt.signal });
    const seen = printed
      .trimEnd()
      .split("\n")
      .map((line) => (JSON.parse(line) as WatchEvent).serverName);
    assert.deepEqual([code, stderr, seen.toSorted()], [130, "", names.toSorted()]);
    assert.equal(engine.started.length, threads - 1);
  }
});

test("errors come over as they are: what this machine lacks, and a usage error of one name", () => {
  const lacking = Object.assign(new Error("open EMFILE"), { code: "EMFILE" });
  const received = receivedError(sentError(new Error("no module", { cause: lacking })));
  assert.equal(machineTrouble(received), machineTrouble(lacking));
  assert.ok(isUsageError(receivedError(sentError(new CommandUsageError("line 3 can't be read")))));
  const endless = new Error("around");
  endless.cause = endless;
  assert.equal(receivedError(sentError(endless)).message, "around");
  assert.equal(receivedError(sentError("a text")).message, "a text");
});

test("names of one domain meet in one thread, and no thread is idle because of it", () => {
  const waiting = new WaitingNames<{ serverName: string }>(4);
  const domains = Array.from({ length: 32 }, (_, index) => `d${index}.co.uk`);
  for (const label of ["", "a.", "b."]) for (const domain of domains) waiting.add({ serverName: `${label}${domain}:8448` });
  const taken = new Map<string, Set<number>>();
  let count = 0;
  for (let turn = 0; turn < 5; turn++)
    for (let place = 0; place < 4; place++) {
      const domain = waiting.next(place)?.serverName.replace(/^[ab]\./, "");
      if (domain === undefined) continue;
      count++;
      taken.set(domain, (taken.get(domain) ?? new Set()).add(place));
    }
  assert.equal(count, 20);
  assert.ok([...taken.values()].every((places) => places.size === 1));
  for (let place = 0; count < 96; count++) assert.ok(waiting.next(place) !== undefined);
  assert.equal(waiting.next(0), undefined);
});
