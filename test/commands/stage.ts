/** Runs the command line in this process, with streams of its own and a checker that answers from a table instead of the network. */
import { Readable, Writable } from "node:stream";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import type { Checker, CheckOptions, RunOptions } from "../../src/check.ts";
import type { Engine, JudgeOptions } from "../../src/commands/engine.ts";
import type { OutStream } from "../../src/commands/io.ts";
import { main } from "../../src/commands/main.ts";
import type { Facts } from "../../src/facts/facts.ts";
import { parseServerName } from "../../src/matrix/server-name.ts";
import { type Finding, type Report, type Severity, STEP_IDS, type Verdict } from "../../src/facts/output.ts";

export interface Staged {
  code: number;
  stdout: string;
  stderr: string;
}

export interface StageOptions {
  engine?: Engine;
  stdin?: string | Readable;
  env?: Record<string, string>;
  signal?: AbortSignal;
  /** Where the configuration file is looked for; default: a folder without one. */
  folder?: string;
  /** Default: STARTED. */
  now?: string;
  stdout?: OutStream;
  stderr?: OutStream;
}

/** What came of `matrix-delegation-check <argv>`. */
export async function stage(argv: readonly string[], options: StageOptions = {}): Promise<Staged> {
  const stdout = options.stdout ?? collector();
  const stderr = options.stderr ?? collector();
  const stdin = typeof options.stdin === "string" ? Readable.from([Buffer.from(options.stdin)]) : (options.stdin ?? Readable.from([]));
  const code = await main(argv, {
    stdin,
    stdout,
    stderr,
    env: options.env ?? {},
    platform: "linux",
    folder: options.folder ?? "/does/not/exist",
    now: () => new Date(options.now ?? STARTED),
    self: ["/usr/bin/node", "/opt/it's here/bin/matrix-delegation-check.js"],
    signal: options.signal ?? new AbortController().signal,
    engine: options.engine ?? fakeEngine(),
  });
  return { code, stdout: textOf(stdout), stderr: textOf(stderr) };
}

const collected = new WeakMap<object, string[]>();

/** A stream that takes everything, slowly when told to: `room` bytes at once, the rest after the next turn of the event loop. */
export function collector(room?: number): Writable {
  const parts: string[] = [];
  const stream = new Writable({
    ...(room !== undefined && { highWaterMark: room }),
    decodeStrings: false,
    write(chunk: string | Buffer, _encoding, done) {
      parts.push(chunk.toString());
      if (room === undefined) done();
      else setImmediate(done);
    },
  });
  collected.set(stream, parts);
  return stream;
}

export function textOf(stream: object): string {
  return (collected.get(stream) ?? []).join("");
}

/** A stream that says it is a terminal. */
export function terminal(columns = 80): OutStream {
  return Object.assign(collector(), { isTTY: true, columns });
}

export async function temporary(context: TestContext): Promise<(name: string) => string> {
  const folder = await mkdtemp(join(tmpdir(), "mdc-commands-"));
  context.after(() => rm(folder, { recursive: true, force: true }));
  return (name) => join(folder, name);
}

// The checker

export const STARTED = "2026-01-02T03:04:05.000Z";

export function factsOf(serverName: string): Facts {
  return {
    serverName,
    startedAt: STARTED,
    durationMs: 5,
    settings: { allowPrivate: false, minCertDays: 14, family: null, probe: true },
    wellKnown: { status: "skipped", because: "not-needed", note: "in a test" },
    srv: [],
    hosts: [],
    route: null,
    targets: [],
    clues: null,
    timings: { wellKnown: 0, srv: 0, address: 0, probe: 0 },
  };
}

export function findingOf(code: string, severity: Severity): Finding {
  return {
    code,
    severity,
    step: "tls",
    title: `title of ${code}`,
    detail: "seen",
    fix: ["change it"],
    spec: null,
    where: [],
    affects: "all",
    causedBy: null,
  };
}

/** The findings are told by the name's first label: `fail.example.com`, `warn.…`, `unknown.…`; what is no server name fails. */
export function reportOf(facts: Facts, ignore: readonly string[] = []): Report {
  const label = facts.serverName.split(/[.-]/)[0];
  const all: Finding[] = !parseServerName(facts.serverName).ok
    ? [findingOf("name/invalid", "error")]
    : label === "fail"
      ? [findingOf("tls/expired", "error")]
      : label === "warn"
        ? [findingOf("tls/expiring", "warning")]
        : [];
  const findings = all.filter((finding) => !ignore.includes(finding.code));
  const worst = findings[0]?.severity;
  const verdict: Verdict = label === "unknown" ? "inconclusive" : worst === "error" ? "fail" : worst === "warning" ? "warn" : "pass";
  return {
    serverName: facts.serverName,
    verdict,
    summary: `${verdict} it is`,
    startedAt: facts.startedAt,
    durationMs: facts.durationMs,
    route: null,
    steps: STEP_IDS.map((id) => ({ id, status: "pass", detail: "as it should be", durationMs: 0 })),
    findings,
    reach: [],
    facts,
  };
}

export interface FakeEngine extends Engine {
  /** With which options a checker was made. */
  made: CheckOptions[];
  /** Which names were checked, in order. */
  checked: string[];
  /** What they were given of their own, by name. */
  own: Record<string, Pick<RunOptions, "expect" | "ignore">>;
  judged: JudgeOptions[];
  closed: number;
  /** The most checks that were under way at once. */
  most: number;
}

type Answer = (serverName: string, signal: AbortSignal) => Promise<void>;

/** `crash.…` throws. `before` may delay an answer. */
export function fakeEngine(before: Answer = async () => {}): FakeEngine {
  let running = 0;
  const engine: FakeEngine = {
    made: [],
    checked: [],
    own: {},
    judged: [],
    closed: 0,
    most: 0,
    async createChecker(options) {
      engine.made.push(options);
      const checker: Checker = {
        async check(serverName, run) {
          engine.checked.push(serverName);
          const { signal: _, onStep: __, ...own } = run ?? {};
          engine.own[serverName] = own;
          engine.most = Math.max(engine.most, ++running);
          run?.onStep?.("name");
          await before(serverName, run?.signal ?? new AbortController().signal);
          running--;
          if (serverName.startsWith("crash.")) throw new Error("a bug\nof ours");
          return reportOf(factsOf(serverName), [...(options.ignore ?? []), ...(own.ignore ?? [])]);
        },
        wait: (serverName, run) => checker.check(serverName, run),
        close: () => void engine.closed++,
      };
      return checker;
    },
    async judgeAgain(facts, options) {
      engine.judged.push(options);
      return reportOf(facts, options.ignore);
    },
    async rules() {
      return [
        {
          code: "name/invalid",
          severity: "error",
          title: "Not a server name",
          explain: "It breaks the grammar.",
          spec: "https://spec.example/name",
        },
        {
          code: "tls/expired",
          severity: "error",
          title: "The certificate has expired",
          explain: `What it means: ${"long words in a row ".repeat(12)}\n\n- one\n- two\n\n\`\`\`\ncode that is kept as it stands, however long the line gets, because it is to be copied from here\n\`\`\``,
          spec: null,
        },
        { code: "tls/expiring", severity: ["warning", "error"], title: "The certificate expires soon", explain: "Soon.", spec: null },
      ];
    },
  };
  return engine;
}
