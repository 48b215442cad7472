/** `check` and `resolve`: names in, reports out, the exit code. */
import { harmless } from "../report/harmless.ts";
import type { Output, Report, StepId } from "../facts/output.ts";
import { namesFileOf, settle } from "./config/config.ts";
import type { Settled } from "./config/settled.ts";
import { type ExitCode, exitCodeOf, stronger } from "./exit-code.ts";
import { createFormat } from "./output/format.ts";
import { refuseUnknownCodes, watchIgnored } from "./ignored.ts";
import type { CommandIo } from "./io.ts";
import { type FormatName, type GlobalOptions, refuseConflicts } from "./options.ts";
import { type Counted, Outputs } from "./output/outputs.ts";
import { NO_PROGRESS, startProgress, waitedFor, wantsProgress } from "./output/progress.ts";
import { runAll } from "../net/run-all.ts";
import { ReaderGone, type Sink, sinkOf } from "./output/sink.ts";
import { type Subject, type Subjects, subjectsOf } from "./many/subjects.ts";
import { terminalOf } from "./output/terminal.ts";
import { errorLine, faultLine, isUsageError, nameShown } from "./usage.ts";
import type { WrittenFile } from "./output/written-file.ts";

/** So many names may be under way or done and waiting for one before them. */
const WINDOW = 512;
/** Lines about trouble that aren't said twice. */
const MOST_REMEMBERED = 100;

export interface CheckInvocation {
  command: "check" | "resolve";
  names: string[];
  options: GlobalOptions;
  /** The options that were given, by the names of their values. */
  given: ReadonlySet<string>;
}

/** Throws usage errors before anything runs; afterwards every trouble is a line on stderr and the exit code. */
export async function runCheck(
  { command, names, options: commandLine, given }: CheckInvocation,
  tool: Output["tool"],
  io: CommandIo,
): Promise<ExitCode> {
  refuseConflicts(commandLine, names);
  await refuseUnknownCodes(commandLine.ignore, io.engine);
  const settled = await settle(command, names, commandLine, given, io);
  const { options } = settled;
  if (options.report.length > 0 || options.saveFacts !== undefined)
    await (await import("./output/overwritten.ts")).refuseOverwriting(options, io);
  const stdout = sinkOf(io.stdout);
  const signal = AbortSignal.any([io.signal, stdout.lost]);
  let subjects: Subjects | null = null;
  const files: WrittenFile[] = [];
  let jobSummary = false;
  const open = async (file: string, option: string): Promise<WrittenFile> => {
    const { createWrittenFile } = await import("./output/written-file.ts");
    const written = await createWrittenFile(file, option);
    files.push(written);
    return written;
  };
  try {
    subjects = await subjectsOf(command, names, settled, io, signal);
    if (subjects.several) (await import("./memory.ts")).collectEarlier();
    const factsFile = options.saveFacts === undefined ? null : await open(options.saveFacts, "--save-facts");
    const reports: FileOutput[] = [];
    for (const { format, file } of options.report) reports.push({ format, file: await open(file, `--report ${format}=`) });
    const summaryPath = options.format === "github" ? (io.env["GITHUB_STEP_SUMMARY"] ?? "") : "";
    if (summaryPath !== "") {
      const { isReported, openJobSummary } = await import("./output/job-summary.ts");
      jobSummary = isReported(summaryPath, options.report);
      const opened = jobSummary ? null : await openJobSummary(summaryPath, (text) => void io.stderr.write(`note: ${text}\n`));
      if (opened !== null) {
        jobSummary = true;
        files.push(opened.file);
        reports.push({ format: "markdown", ...opened });
      }
    }
    return await reportAll({ names, subjects, factsFile, reports, jobSummary, settled, tool, io, stdout, signal });
  } finally {
    subjects?.close();
    for (const file of files) await file.discard();
    stdout.release();
  }
}

interface FileOutput {
  format: FormatName;
  file: WrittenFile;
  maxBytes?: number;
}

interface Run {
  /** Of the command line. */
  names: readonly string[];
  subjects: Subjects;
  factsFile: WrittenFile | null;
  reports: FileOutput[];
  /** What doesn't fit into annotations is read in the job summary. */
  jobSummary: boolean;
  settled: Settled;
  tool: Output["tool"];
  io: CommandIo;
  stdout: Sink;
  /** Interrupted, or nobody reads any more. */
  signal: AbortSignal;
}

/** For each output what gives the text; or the line that says what went wrong. */
type Rendered = { ok: true; texts: (() => string)[] } | { ok: false; line: string };

/** What became of one subject; all that is held while it waits for its turn. */
type Done =
  | { ok: true; rendered: Promise<Rendered>; judged: Counted; code: ExitCode; facts: Report["facts"] | null }
  | { ok: false; line: string; code: ExitCode };

async function reportAll({ names, subjects, factsFile, reports, jobSummary, settled, tool, io, stdout, signal }: Run): Promise<ExitCode> {
  const { options } = settled;
  const { several } = subjects;
  const terminal = terminalOf(io.stdout, options.color, io.env, io.platform);
  const namesFile = namesFileOf(names, settled);
  const settings = {
    tool,
    ...(namesFile !== undefined && { namesFile }),
    terminal,
    verbose: options.verbose === true,
    quiet: options.quiet === true,
    several,
    failOn: options.failOn,
    afterCutLine: subjects.afterCutLine === true,
    jobSummary,
  };
  const inFile = { ...settings, afterCutLine: false, terminal: { colorLevel: 0, width: 80, unicode: true } as const };
  /** Standard output first, then each --report. */
  const outputs = new Outputs(() =>
    Promise.all([
      createFormat(options.format, settings).then((format) => ({ format, write: (text: string) => stdout.write(text) })),
      ...reports.map(async ({ format: name, file, maxBytes }) => ({
        format: await createFormat(name, maxBytes === undefined ? inFile : { ...inFile, maxBytes }),
        // A file that is lost is no reason to end the others.
        write: (text: string) => file.write(text).catch(fault),
      })),
    ]),
  );
  const progress = wantsProgress(io, options) ? startProgress(io, terminalOf(io.stderr, options.color, io.env, io.platform)) : NO_PROGRESS;
  const say = (line: string): void => void io.stderr.write(`${line}\n`);
  const ignored = watchIgnored(settled.ignored, io.engine);
  let code: ExitCode = 0;
  let done = 0;

  async function work(subject: Subject, signal: AbortSignal): Promise<Done | null> {
    const name = harmless(nameShown(subject.serverName, options), 100);
    const onWaiting = (text: string): void => {
      const line = `${name}: ${harmless(text, 500)}`;
      if (!several && progress !== NO_PROGRESS) progress.say(line);
      else if (options.quiet !== true) say(line);
    };
    try {
      const onStep = (step: StepId): void => {
        if (!several) progress.say(`${name}: ${waitedFor(step, options.redact === "all" ? null : name)}`);
        // Now it is the network's turn again: nobody waits while the formats are loaded.
        if (step === "address") setImmediate(() => void outputs.ready().catch(() => {}));
      };
      const report = await subject.report({ signal, onStep, onWaiting, onNote: (text) => say(`note: ${name}: ${harmless(text, 500)}`) });
      if (report === null) return null;
      await ignored.look(report);
      return {
        ok: true,
        rendered: render(report),
        judged: { verdict: report.verdict, startedAt: report.startedAt, durationMs: report.durationMs },
        code: exitCodeOf(report, options.failOn),
        facts: factsFile === null ? null : report.facts,
      };
    } catch (error) {
      return { ok: false, line: faultLine(nameShown(subject.serverName, options), error), code: isUsageError(error) ? 2 : 3 };
    } finally {
      done++;
      if (several) progress.say(subjects.count === null ? `${done} done` : `${done} of ${subjects.count}`);
    }
  }

  /** The formats may still be on their way. */
  async function render(report: Report): Promise<Rendered> {
    try {
      return { ok: true, texts: await outputs.texts(report) };
    } catch (error) {
      return { ok: false, line: faultLine(report.serverName, error) };
    }
  }

  async function emit(result: Done | null): Promise<void> {
    if (result === null) return;
    const rendered = result.ok ? await result.rendered : result;
    if (!result.ok || !rendered.ok) {
      code = stronger(code, result.ok ? 3 : result.code);
      if (!rendered.ok) sayOnce(rendered.line);
      return;
    }
    code = stronger(code, result.code);
    const isFirst = outputs.count(result.judged);
    if (result.facts !== null) await factsFile?.write(`${JSON.stringify(result.facts)}\n`).catch(fault);
    await outputs.write(rendered.texts, isFirst);
  }

  // What this machine lacks is lacked by every name, and what is lost says so at every write.
  const said = new Set<string>();
  function sayOnce(line: string): void {
    if (said.has(line)) return;
    if (said.size < MOST_REMEMBERED) said.add(line);
    say(line);
  }

  /** Trouble of our own or of this machine's; the rest goes on as far as it can. */
  function fault(error: unknown): void {
    if (error instanceof ReaderGone) return;
    code = stronger(code, isUsageError(error) ? 2 : 3);
    sayOnce(errorLine(error).trimEnd());
  }

  for (const note of [...settled.notes, ...subjects.notes]) say(`note: ${note}`);
  progress.say("starting");
  const order = options.format === "ndjson" ? "finished" : "input";
  await runAll(subjects.items, work, emit, {
    concurrency: subjects.concurrency,
    window: WINDOW,
    order,
    afterAbort: options.wait === undefined ? "drop" : "keep",
    signal,
  }).catch(fault);
  progress.stop();
  try {
    await outputs.close();
    await stdout.flush();
  } catch (error) {
    fault(error);
  }
  for (const file of [factsFile, ...reports.map((report) => report.file)]) await file?.commit().catch(fault);
  const leftOut = subjects.leftOut();
  code = stronger(code, leftOut.code);
  if (!stdout.lost.aborted) for (const note of leftOut.notes) say(`note: ${note}`);
  // It may have come up where this run didn't look.
  if (!signal.aborted && leftOut.others === 0) for (const unmatched of ignored.unmatched()) say(`note: ${unmatched} matched nothing`);
  // When its format couldn't be loaded, that has been said.
  return (await outputs.exitCode().catch(() => null)) ?? code;
}
