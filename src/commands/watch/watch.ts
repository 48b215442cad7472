/** `--watch`: checks again and again, each round with everything fresh, and prints only what changed. Ends when it is interrupted. */
import { setTimeout } from "node:timers/promises";
import type { Checker } from "../../check.ts";
import type { Output } from "../../facts/output.ts";
import type { CheckInvocation } from "../check.ts";
import { settle } from "../config/config.ts";
import type { ExitCode } from "../exit-code.ts";
import { refuseUnknownCodes } from "../ignored.ts";
import type { CommandIo } from "../io.ts";
import { type GlobalOptions, refuseConflicts } from "../options.ts";
import { sinkOf } from "../output/sink.ts";
import { Selection } from "../many/selection.ts";
import { checkOptionsOf, namesIn, peeked, selectionOf, withThreads } from "../many/subjects.ts";
import { CommandUsageError } from "../usage.ts";
import { type ReportFile, Rounds } from "./watch-rounds.ts";
import { createWrittenFile } from "../output/written-file.ts";

/** What is remembered of each name is some kilobytes. */
const MAX_NAMES = 10_000;

/** Time, which tests make up. */
export interface Clock {
  /** Milliseconds since some moment. */
  now(): number;
  /** Resolves after `ms`, or when the signal is aborted. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

const REAL: Clock = {
  now: () => performance.now(),
  sleep: (ms, signal) => setTimeout(ms, undefined, { signal }).catch(() => {}),
};

/** Throws usage errors before anything runs. Afterwards every trouble is a line on stderr, and the watch goes on. */
export async function runWatch(
  { command, names: namedHere, options: commandLine, given }: CheckInvocation,
  tool: Output["tool"],
  io: CommandIo,
  clock: Clock = REAL,
): Promise<ExitCode> {
  refuseConflicts(commandLine, namedHere);
  await refuseUnknownCodes(commandLine.ignore, io.engine);
  const settled = await settle(command, namedHere, commandLine, given, io);
  const { options } = settled;
  if (options.report.length > 0 || options.saveFacts !== undefined)
    await (await import("../output/overwritten.ts")).refuseOverwriting(options, io);
  const { watch: intervalMs = 0 } = options;
  const named = namesIn(namedHere, settled);
  const stdout = sinkOf(io.stdout);
  const stderr = sinkOf(io.stderr);
  const signal = AbortSignal.any([io.signal, stdout.lost]);
  /** Of the round that is next or under way. */
  let checker: Checker | null = null;
  let files: ReportFile[] | null = null;
  const over = async (): Promise<void> => {
    checker?.close();
    checker = null;
    for (const { file } of files ?? []) await file.discard();
    files = null;
  };
  try {
    const { checkOptions, notes } = await checkOptionsOf(command, settled, io);
    checker = await io.engine.createChecker(checkOptions);
    const selection = new Selection(await selectionOf(command, settled, io));
    const names = await allNames(named, selection, options.fromFile, io, signal);
    checker = await withThreads(checker, checkOptions, options, names.length, io);
    files = await openReports(options, (error) => {
      throw error;
    });
    const noted = new Set([...settled.notes, ...notes, ...selection.leftOut().notes]);
    for (const note of noted) io.stderr.write(`note: ${note}\n`);
    const rounds = new Rounds({ names, options, tool, io, signal, stdout, stderr });
    while (!signal.aborted) {
      const began = clock.now();
      // An ignore with `until` ends some day.
      const today = settled.at(io.now());
      for (const note of today.notes) if (!noted.has(note)) io.stderr.write(`note: ${note}\n`);
      for (const note of today.notes) noted.add(note);
      try {
        // Resolvers, hosts file and connections are to be those of the moment: a checker knows nothing of the round before.
        const ofRound = { ...checkOptions, ignore: today.options.ignore };
        checker ??= await withThreads(await io.engine.createChecker(ofRound), ofRound, options, names.length, io);
        files ??= await openReports(options, rounds.fault);
        await rounds.next(checker, files, today);
      } catch (error) {
        rounds.fault(error);
      }
      await over();
      if (!signal.aborted) await clock.sleep(Math.max(0, intervalMs - (clock.now() - began)), signal);
    }
    return rounds.code;
  } finally {
    await over();
    stdout.release();
    stderr.release();
  }
}

/** All of them, each once: the file is read now and never again. */
async function allNames(
  named: readonly string[],
  selection: Selection,
  fromFile: string | undefined,
  io: CommandIo,
  signal: AbortSignal,
): Promise<string[]> {
  const names: string[] = [];
  for await (const name of (await peeked(named, fromFile, selection, io, signal)).names) {
    names.push(name);
    if (names.length > MAX_NAMES)
      throw new CommandUsageError(
        `--watch remembers what it saw of each server name, and takes ${MAX_NAMES} at most; there are more: share them out among several runs`,
      );
  }
  return names;
}

/** Temporary files of one round; without those that can't be. When `failed` throws, none is left. */
async function openReports(options: GlobalOptions, failed: (error: unknown) => void): Promise<ReportFile[]> {
  const open: ReportFile[] = [];
  try {
    for (const { format, file } of options.report) {
      const written = await createWrittenFile(file, `--report ${format}=`).catch(failed);
      if (written !== undefined) open.push({ format, file: written });
    }
    return open;
  } catch (error) {
    for (const { file } of open) await file.discard();
    throw error;
  }
}
