/** `check` and `resolve`: names in, reports out, the exit code. */
import { harmless } from "../report/harmless.ts";
import { addTo, emptyTotals } from "../report/totals.ts";
import type { Output, Report } from "../output.ts";
import { type ExitCode, exitCodeOf, stronger } from "./exit-code.ts";
import { createFormat } from "./format.ts";
import { refuseUnknownCodes, watchIgnored } from "./ignored.ts";
import type { CommandIo } from "./io.ts";
import { type GlobalOptions, refuseConflicts } from "./options.ts";
import { NO_PROGRESS, startProgress, wantsProgress } from "./progress.ts";
import type { FactsFile } from "./recorded.ts";
import { runAll } from "./run-all.ts";
import { ReaderGone, type Sink, sinkOf } from "./sink.ts";
import { type Subject, type Subjects, subjectsOf } from "./subjects.ts";
import { terminalOf } from "./terminal.ts";
import { isUsageError } from "./usage.ts";

/** So many names may be under way or done and waiting for one before them. */
const WINDOW = 512;

export interface CheckInvocation {
  command: "check" | "resolve";
  names: string[];
  options: GlobalOptions;
}

/** Throws usage errors before anything runs; afterwards every trouble is a line on stderr and the exit code. */
export async function runCheck({ command, names, options }: CheckInvocation, tool: Output["tool"], io: CommandIo): Promise<ExitCode> {
  refuseConflicts(options, names);
  await refuseUnknownCodes(options.ignore, io.engine);
  const stdout = sinkOf(io.stdout);
  const signal = AbortSignal.any([io.signal, stdout.lost]);
  let subjects: Subjects | null = null;
  let factsFile: FactsFile | null = null;
  try {
    subjects = await subjectsOf(command, names, options, io, signal);
    if (options.saveFacts !== undefined) factsFile = await (await import("./recorded.ts")).createFactsFile(options.saveFacts);
    return await reportAll({ subjects, factsFile, options, tool, io, stdout, signal });
  } finally {
    subjects?.close();
    await factsFile?.discard();
    stdout.release();
  }
}

interface Run {
  subjects: Subjects;
  factsFile: FactsFile | null;
  options: GlobalOptions;
  tool: Output["tool"];
  io: CommandIo;
  stdout: Sink;
  /** Interrupted, or nobody reads any more. */
  signal: AbortSignal;
}

/** What became of one subject; all that is held while it waits for its turn. */
type Done = { ok: true; text: () => string; judged: Pick<Report, "verdict" | "startedAt" | "durationMs">; code: ExitCode; facts: Report["facts"] | null } | { ok: false; line: string };

async function reportAll({ subjects, factsFile, options, tool, io, stdout, signal }: Run): Promise<ExitCode> {
  const { several } = subjects;
  const terminal = terminalOf(io.stdout, options.color, io.env, io.platform);
  const format = await createFormat(options.format, { tool, terminal, verbose: options.verbose === true, quiet: options.quiet === true, several });
  const progress = wantsProgress(io, options) ? startProgress(io, terminalOf(io.stderr, options.color, io.env, io.platform)) : NO_PROGRESS;
  const say = (line: string): void => void io.stderr.write(`${line}\n`);
  const ignored = watchIgnored(options.ignore, io.engine);
  const period = new Period();
  const totals = emptyTotals();
  let code: ExitCode = 0;
  let done = 0;

  async function work(subject: Subject, signal: AbortSignal): Promise<Done> {
    try {
      const report = await subject.report({ signal, onStep: (step) => void (several || progress.say(`${harmless(subject.serverName, 100)}: ${step}`)) });
      await ignored.look(report);
      return { ok: true, text: format.report(report), judged: { verdict: report.verdict, startedAt: report.startedAt, durationMs: report.durationMs }, code: exitCodeOf(report, options.failOn), facts: factsFile === null ? null : report.facts };
    } catch (error) {
      return { ok: false, line: `error: ${harmless(subject.serverName, 255)}: internal error: ${harmless(messageOf(error), 500)}` };
    } finally {
      done++;
      if (several) progress.say(subjects.count === null ? `${done} done` : `${done} of ${subjects.count}`);
    }
  }

  async function emit(result: Done): Promise<void> {
    if (!result.ok) {
      code = stronger(code, 3);
      say(result.line);
      return;
    }
    code = stronger(code, result.code);
    addTo(totals, result.judged);
    const opening = period.include(result.judged) ? format.open(period.startedAt) : "";
    if (result.facts !== null) await factsFile?.add(result.facts);
    await stdout.write(opening + result.text());
  }

  /** Trouble of our own or of this machine's; the rest goes on as far as it can. */
  let told: unknown = null;
  const fault = (error: unknown): void => {
    // A stream that is lost says so at every write.
    if (error instanceof ReaderGone || error === told) return;
    told = error;
    code = stronger(code, isUsageError(error) ? 2 : 3);
    say(`error: ${harmless(messageOf(error), 500)}`);
  };

  for (const note of subjects.notes) say(`note: ${note}`);
  progress.say("starting");
  const order = options.format === "ndjson" ? "finished" : "input";
  await runAll(subjects.items, work, emit, { concurrency: subjects.concurrency, window: WINDOW, order, signal }).catch(fault);
  progress.stop();
  try {
    await stdout.write((period.begun ? "" : format.open(period.startedAt)) + format.close(totals, period.durationMs));
    await stdout.flush();
  } catch (error) {
    fault(error);
  }
  await factsFile?.commit().catch(fault);
  if (!signal.aborted) for (const unmatched of ignored.unmatched()) say(`note: --ignore ${unmatched} matched nothing`);
  return code;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** From the first report's start to the last one's end: the same for a check and for judging its facts again. */
class Period {
  startedAt = new Date().toISOString();
  begun = false;
  #end = 0;

  /** True for the first one. */
  include({ startedAt, durationMs }: Pick<Report, "startedAt" | "durationMs">): boolean {
    const isFirst = !this.begun;
    if (isFirst) this.startedAt = startedAt;
    this.begun = true;
    this.#end = Math.max(this.#end, Date.parse(startedAt) + durationMs);
    return isFirst;
  }

  get durationMs(): number {
    return this.begun ? Math.max(0, Math.round(this.#end - Date.parse(this.startedAt))) : 0;
  }
}
