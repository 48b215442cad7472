/** What is to be judged, each with the way to its report: names that are checked, or recorded facts. */
import type { Checker, CheckOptions } from "../../check.ts";
import type { Facts } from "../../facts/facts.ts";
import type { Report, StepId } from "../../facts/output.ts";
import { CONFIG_FILE } from "../config/config.ts";
import { harmless } from "../../report/harmless.ts";
import type { Settled } from "../config/settled.ts";
import type { JudgeOptions } from "../engine.ts";
import { exitCodeOf } from "../exit-code.ts";
import type { CommandIo } from "../io.ts";
import type { GlobalOptions } from "../options.ts";
import { namesOf } from "./names.ts";
import { PROGRAM } from "../program-name.ts";
import { readRoots } from "../roots.ts";
import { type LeftOut, Selection, type SelectionSettings } from "./selection.ts";
import { CommandUsageError, quote } from "../usage.ts";
import { refuseInvalidNames } from "./valid-names.ts";

export interface Subject {
  serverName: string;
  /** Null: interrupted before there was a report. */
  report(run: {
    signal: AbortSignal;
    onStep: (step: StepId) => void;
    onWaiting: (text: string) => void;
    onNote: (text: string) => void;
  }): Promise<Report | null>;
}

export interface Subjects {
  items: AsyncIterable<Subject>;
  /** Null when it isn't known before the input has ended. */
  count: number | null;
  several: boolean;
  /** How many may run at once. */
  concurrency: number;
  notes: string[];
  /** Once all items are read. */
  leftOut(): LeftOut;
  /** The output that --resume continues ends in the middle of a line. */
  afterCutLine?: boolean;
  close(): void;
}

/** Everything that can be refused is refused here, before anything runs. Throws usage errors. */
export async function subjectsOf(
  command: "check" | "resolve",
  given: readonly string[],
  settled: Settled,
  io: CommandIo,
  signal: AbortSignal,
): Promise<Subjects> {
  const { options } = settled;
  if (options.fromFacts.length > 0) return recorded(options.fromFacts, settled, io);
  const names = namesIn(given, settled);
  const { checkOptions, notes } = await checkOptionsOf(command, settled, io);
  const selected = await selectionOf(command, settled, io);
  const isOne = options.fromFile === undefined && names.length === 1;
  const ofEach = { ...checkOptions, ...(isOne ? {} : { shared: true }) };
  let checker = await io.engine.createChecker(ofEach);
  const waitMs = options.wait;
  const passes = (report: Report): boolean => exitCodeOf(report, options.failOn) === 0;
  try {
    const selection = new Selection(selected);
    const source = await peeked(names, options.fromFile, selection, io, signal);
    const several = source.several || source.count === 0;
    const alone = checker;
    checker = await withThreads(alone, ofEach, options, source.count, io);
    return {
      items: map(source.names, (serverName) => ({
        serverName,
        report({ signal, onStep, ...told }) {
          const run = { signal, onStep, ...settled.of(serverName) };
          return waitMs === undefined ? checker.check(serverName, run) : checker.wait(serverName, { ...run, ...told, waitMs, passes });
        },
      })),
      count: source.count,
      several,
      // Dealt out among threads, names wait for the one that has asked about their domain.
      concurrency: checker === alone ? options.concurrency : Math.max(options.concurrency, READ_AHEAD),
      notes,
      leftOut: () => selection.leftOut(),
      afterCutLine: selected.earlier?.endsInLine === true,
      close: () => checker.close(),
    };
  } catch (error) {
    checker.close();
    throw error;
  }
}

/** Names that may wait for the thread which knows their domain. */
const READ_AHEAD = 512;
/** Fewer names are done before other threads are ready. */
const WORTH_THREADS = 50;
const MOST_BY_DEFAULT = 8;

/** The checker, and others in other threads where that helps. `count`: null when it isn't known yet. */
export async function withThreads(
  checker: Checker,
  checkOptions: CheckOptions,
  { threads, concurrency, failOn }: GlobalOptions,
  count: number | null,
  { engine, stderr }: CommandIo,
): Promise<Checker> {
  if (engine.threads === undefined) return checker;
  const most = threads ?? Math.min(engine.threads.cores(), MOST_BY_DEFAULT);
  const from = threads === undefined ? WORTH_THREADS : 2;
  if (Math.min(most, concurrency) < 2 || (count !== null && count < from)) return checker;
  const [{ createThreads }, start] = await Promise.all([import("../threads/threads.ts"), engine.threads.starter()]);
  return createThreads({
    checker,
    start: () => start({ options: checkOptions, failOn }),
    threads: most,
    concurrency,
    from,
    onFewer(why) {
      // Whoever didn't ask for them isn't told.
      if (threads !== undefined)
        stderr.write(`note: --threads: no further thread could be started (${harmless(why, 300)}); those that there are go on\n`);
    },
  });
}

/**
 * The names of the command line, or those of the configuration when there are no others; a file of names may come besides. Throws usage
 * errors.
 */
export function namesIn(given: readonly string[], { options, servers }: Settled): readonly string[] {
  const names = given.length === 0 && options.fromFile === undefined ? servers : given;
  if (names.length === 0 && options.fromFile === undefined) {
    throw new CommandUsageError(
      `no server name: give one, as in ${PROGRAM} example.com, or --from-file, or servers in ${CONFIG_FILE}, or see --help`,
    );
  }
  refuseInvalidNames(names);
  return names;
}

/** What the checker is made with: the options, and the files that they name. Throws usage errors. */
export async function checkOptionsOf(
  command: "check" | "resolve",
  settled: Settled,
  io: CommandIo,
): Promise<{ checkOptions: CheckOptions; notes: string[] }> {
  const { caFile, zoneFile, wellKnownFile, against } = settled.options;
  if (against.length > 0 && zoneFile.length === 0)
    throw new CommandUsageError("--against goes with --zone-file, the zone as it will be: add --zone-file <file>, or leave --against out");
  const { pems, notes } = await readRoots(caFile, io.env);
  const planned =
    zoneFile.length > 0 || wellKnownFile !== undefined
      ? await (await import("../plan/planned.ts")).plannedFiles({ zoneFile, against, wellKnownFile }, io)
      : {};
  return { checkOptions: { ...givenOptions(command, settled, pems), ...planned }, notes };
}

export async function selectionOf(
  command: "check" | "resolve",
  settled: Settled,
  { env }: Pick<CommandIo, "env">,
): Promise<SelectionSettings> {
  const { shard: wanted, resume, report, saveFacts, failOn, ignore } = settled.options;
  const settings: SelectionSettings = {};
  if (wanted !== undefined) {
    const { isIn } = await import("./shard.ts");
    const shard = "auto" in wanted ? (await import("./scheduled-shard.ts")).scheduledShard(wanted, env) : wanted;
    settings.shard = { ...shard, isIn: (name) => isIn(name, shard) };
  }
  if (resume !== undefined) {
    const { readEarlier, refuseReplacing } = await import("./resume.ts");
    await refuseReplacing(resume, [
      ...report.map(({ format, file }) => ({ file, option: `--report ${format}=` })),
      ...(saveFacts === undefined ? [] : [{ file: saveFacts, option: "--save-facts" }]),
    ]);
    settings.earlier = await readEarlier(resume, {
      command,
      failOn,
      ignored: (serverName) => [...ignore, ...(settled.of(serverName).ignore ?? [])],
      expected: (serverName) => ({ ...settled.expect, ...settled.of(serverName).expect }),
    });
  }
  return settings;
}

interface Source {
  names: AsyncIterable<string>;
  /** Null when it isn't known before the input has ended. */
  count: number | null;
  /** Whether several names are given, however many of them are left to this run. */
  several: boolean;
}

/**
 * The names of the command line, then those of the file, a few of which are read to know whether there is one, and whether there are
 * several.
 */
export async function peeked(
  names: readonly string[],
  file: string | undefined,
  selection: Selection,
  io: CommandIo,
  signal: AbortSignal,
): Promise<Source> {
  const known = names.filter((name) => selection.takes(name));
  let several = names.some((name) => name !== names[0]);
  if (file === undefined) return { names: iterate(known), count: known.length, several };
  const rest = namesOf(file, io.stdin, signal);
  let [first] = names;
  let read = 0;
  let ended = false;
  while (!ended && (read < 2 || !several)) {
    const next = await rest.next();
    ended = next.done === true;
    if (next.done === true) continue;
    read++;
    first ??= next.value;
    several ||= next.value !== first;
    if (selection.takes(next.value)) known.push(next.value);
  }
  if (read === 0 && !signal.aborted) {
    throw new CommandUsageError(
      `--from-file: ${file === "-" ? "stdin" : quote(file)} is empty: there is no server name in it, one a line is expected`,
    );
  }
  return { names: iterate(known, rest, selection), count: ended ? known.length : null, several };
}

async function* iterate(
  known: readonly string[],
  rest: AsyncIterable<string> | null = null,
  selection: Selection | null = null,
): AsyncGenerator<string> {
  yield* known;
  for await (const name of rest ?? []) if (selection?.takes(name) === true) yield name;
}

async function* map<A, B>(items: AsyncIterable<A>, change: (item: A) => B): AsyncGenerator<B> {
  for await (const item of items) yield change(item);
}

async function recorded(files: readonly string[], settled: Settled, io: CommandIo): Promise<Subjects> {
  const { readRecorded } = await import("../recorded/recorded.ts");
  const { count, notes, ...recorded } = await readRecorded(files, settled.options);
  return {
    items: map(recorded.facts(), (facts: Facts) => ({
      serverName: facts.serverName,
      report: () => io.engine.judgeAgain(facts, judgeOptions(settled, facts)),
    })),
    count,
    several: count > 1,
    // Judging waits for nothing.
    concurrency: 1,
    notes,
    leftOut: () => ({ notes: [], code: 0, others: 0 }),
    close: () => {},
  };
}

/** Only what was given: the rest comes from the facts. */
function judgeOptions(settled: Settled, { serverName, settings }: Facts): JudgeOptions {
  const own = settled.of(serverName);
  const ofAll = ofAllNames(settled);
  const ignore = [...settled.options.ignore, ...(own.ignore ?? [])];
  const expect = { ...settings.expect, ...ofAll.expect, ...own.expect };
  return { ...ofAll, ...(ignore.length > 0 && { ignore }), ...(Object.keys(expect).length > 0 && { expect }) };
}

function ofAllNames({ options, expect }: Settled): JudgeOptions {
  return {
    ...(options.ignore.length > 0 && { ignore: options.ignore }),
    ...(options.allowPrivate !== undefined && { allowPrivate: options.allowPrivate }),
    ...(options.minCertDays !== undefined && { minCertDays: options.minCertDays }),
    ...(options.redact !== undefined && { redact: options.redact === "all" ? ("all" as const) : true }),
    ...(expect !== undefined && { expect }),
  };
}

function givenOptions(command: "check" | "resolve", settled: Settled, ca: string[]): CheckOptions {
  const { options } = settled;
  return {
    ...ofAllNames(settled),
    family: options[4] === true ? 4 : options[6] === true ? 6 : null,
    timeoutMs: options.timeout,
    deadlineMs: options.deadline,
    ...(options.dnsServer.length > 0 && { dnsServers: options.dnsServer }),
    ...(options.authoritative === false && { authoritative: false }),
    ...(options.deep === true && { deep: true }),
    ...(options.client === true && { client: true }),
    ...(options.connectTo.length > 0 && { connectTo: options.connectTo }),
    ...(ca.length > 0 && { ca }),
    probe: command === "check",
  };
}
