/** What is to be judged, each with the way to its report: names that are checked, or recorded facts. */
import type { CheckOptions } from "../check.ts";
import type { Facts } from "../facts.ts";
import type { Report, StepId } from "../output.ts";
import { CONFIG_FILE, type Settled } from "./config.ts";
import type { JudgeOptions } from "./engine.ts";
import type { CommandIo } from "./io.ts";
import { namesOf } from "./names.ts";
import { PROGRAM } from "./program-name.ts";
import { readRoots } from "./roots.ts";
import { CommandUsageError, quote } from "./usage.ts";
import { refuseInvalidNames } from "./valid-names.ts";

export interface Subject {
  serverName: string;
  report(run: { signal: AbortSignal; onStep: (step: StepId) => void }): Promise<Report>;
}

export interface Subjects {
  items: AsyncIterable<Subject>;
  /** Null when it isn't known before the input has ended. */
  count: number | null;
  several: boolean;
  /** How many may run at once. */
  concurrency: number;
  notes: string[];
  close(): void;
}

/** Everything that can be refused is refused here, before anything runs. Throws usage errors. */
export async function subjectsOf(command: "check" | "resolve", given: readonly string[], settled: Settled, io: CommandIo, signal: AbortSignal): Promise<Subjects> {
  const { options } = settled;
  if (options.fromFacts !== undefined) return recorded(options.fromFacts, settled, io);
  const names = given.length === 0 && options.fromFile === undefined ? settled.servers : given;
  if (names.length === 0 && options.fromFile === undefined) {
    throw new CommandUsageError(`no server name: give one, as in ${PROGRAM} example.com, or --from-file, or servers in ${CONFIG_FILE}, or see --help`);
  }
  refuseInvalidNames(names);
  const { pems, notes } = await readRoots(options.caFile, io.env);
  const planned = options.zoneFile.length > 0 || options.wellKnownFile !== undefined ? await (await import("./planned.ts")).plannedFiles(options.zoneFile, options.wellKnownFile) : {};
  const checker = await io.engine.createChecker({ ...checkOptions(command, settled, pems), ...planned });
  try {
    const source = await peeked(names, options.fromFile, io, signal);
    return {
      items: map(source.names, (serverName) => ({ serverName, report: (run) => checker.check(serverName, { ...run, ...settled.of(serverName) }) })),
      count: source.count,
      several: source.count !== 1,
      concurrency: options.concurrency,
      notes,
      close: () => checker.close(),
    };
  } catch (error) {
    checker.close();
    throw error;
  }
}

/** The names of the command line, then those of the file, two of which are read to know whether there is one, and whether there are several. */
async function peeked(names: readonly string[], file: string | undefined, io: CommandIo, signal: AbortSignal): Promise<{ names: AsyncIterable<string>; count: number | null }> {
  if (file === undefined) return { names: iterate(names, []), count: names.length };
  const rest = namesOf(file, io.stdin, signal);
  const read: string[] = [];
  let ended = false;
  while (!ended && read.length < 2) {
    const next = await rest.next();
    if (next.done === true) ended = true;
    else read.push(next.value);
  }
  if (read.length === 0 && !signal.aborted) {
    throw new CommandUsageError(`--from-file: ${file === "-" ? "stdin" : quote(file)} is empty: there is no server name in it, one a line is expected`);
  }
  const known = [...names, ...read];
  return { names: iterate(known, rest), count: ended ? known.length : null };
}

async function* iterate(known: readonly string[], rest: Iterable<string> | AsyncIterable<string>): AsyncGenerator<string> {
  yield* known;
  yield* rest;
}

async function* map<A, B>(items: AsyncIterable<A>, change: (item: A) => B): AsyncGenerator<B> {
  for await (const item of items) yield change(item);
}

async function recorded(file: string, settled: Settled, io: CommandIo): Promise<Subjects> {
  const { countFacts, readFacts } = await import("./recorded.ts");
  const count = await countFacts(file);
  return {
    items: map(readFacts(file), (facts: Facts) => ({ serverName: facts.serverName, report: () => io.engine.judgeAgain(facts, judgeOptions(settled, facts)) })),
    count,
    several: count > 1,
    // Judging waits for nothing.
    concurrency: 1,
    notes: [],
    close: () => {},
  };
}

/** Only what was given: the rest comes from the facts. */
function judgeOptions(settled: Settled, { serverName, settings }: Facts): JudgeOptions {
  const own = settled.of(serverName);
  const ofAll = ofAllNames(settled);
  const ignore = [...settled.options.ignore, ...own.ignore];
  const expect = { ...settings.expect, ...ofAll.expect, ...own.expect };
  return { ...ofAll, ...(ignore.length > 0 && { ignore }), ...(Object.keys(expect).length > 0 && { expect }) };
}

function ofAllNames({ options, expect }: Settled): JudgeOptions {
  return {
    ...(options.ignore.length > 0 && { ignore: options.ignore }),
    ...(options.allowPrivate !== undefined && { allowPrivate: options.allowPrivate }),
    ...(options.minCertDays !== undefined && { minCertDays: options.minCertDays }),
    ...(Object.keys(expect).length > 0 && { expect }),
  };
}

function checkOptions(command: "check" | "resolve", settled: Settled, ca: string[]): CheckOptions {
  const { options } = settled;
  return {
    ...ofAllNames(settled),
    family: options[4] === true ? 4 : options[6] === true ? 6 : null,
    timeoutMs: options.timeout,
    deadlineMs: options.deadline,
    ...(options.dnsServer.length > 0 && { dnsServers: options.dnsServer }),
    ...(options.authoritative === false && { authoritative: false }),
    ...(options.deep === true && { deep: true }),
    ...(options.connectTo.length > 0 && { connectTo: options.connectTo }),
    ...(ca.length > 0 && { ca }),
    probe: command === "check",
  };
}

