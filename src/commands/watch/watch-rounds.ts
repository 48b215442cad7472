/**
 * The rounds of a watch: every name is checked once, what changed is printed and handed to the command, the report files are put into
 * place.
 */
import { nameserverFindings } from "../../rules/nameserver-findings.ts";
import type { Checker } from "../../check.ts";
import type { Output, Report, Verdict, WatchEvent } from "../../facts/output.ts";
import { changesBetween } from "../../report/changes.ts";
import { harmless } from "../../report/harmless.ts";
import { type Seen, seenIn } from "../../report/watched-state.ts";
import type { Settled } from "../config/settled.ts";
import { type ExitCode, exitCodeOf, stronger } from "../exit-code.ts";
import { createFormat } from "../output/format.ts";
import type { CommandIo } from "../io.ts";
import type { FormatName, GlobalOptions } from "../options.ts";
import { type OpenFormat, Outputs } from "../output/outputs.ts";
import { runAll } from "../../net/run-all.ts";
import { ReaderGone, type Sink } from "../output/sink.ts";
import { terminalOf } from "../output/terminal.ts";
import { errorLine, faultLine, nameShown } from "../usage.ts";
import type { WrittenFile } from "../output/written-file.ts";

/** Commands of --on-change at once, each for another name. */
const COMMANDS_AT_ONCE = 4;
const COMMAND_MS = 60_000;

export interface ReportFile {
  format: FormatName;
  file: WrittenFile;
}

export interface RoundSettings {
  names: readonly string[];
  options: GlobalOptions;
  tool: Output["tool"];
  io: CommandIo;
  /** Interrupted, or nobody reads any more. */
  signal: AbortSignal;
  stdout: Sink;
  /** What the commands print. */
  stderr: Sink;
}

/** What is known of a name from one round to the next. */
interface Known {
  /** Null before its first report. */
  seen: Seen | null;
  code: ExitCode;
  /** The line about a fault of ours that was said last, so that it isn't said again with every round. */
  told: string | null;
}

type Looked = { name: string; line: string } | { name: string; report: Report; texts: (() => string)[] };

export class Rounds {
  readonly #settings: RoundSettings;
  readonly #known: Map<string, Known>;
  #render: Promise<(event: WatchEvent) => string> | null = null;
  #isFirst = true;
  /** Lines about trouble that isn't any name's, of this round and of the one before. */
  #told = new Set<string>();
  #toldBefore = new Set<string>();
  #code: ExitCode = 0;

  constructor(settings: RoundSettings) {
    this.#settings = settings;
    this.#known = new Map(settings.names.map((name) => [name, { seen: null, code: 0, told: null }]));
  }

  /** Of what was seen last of all names. */
  get code(): ExitCode {
    return [...this.#known.values()].reduce((code, known) => stronger(code, known.code), this.#code);
  }

  /** Ends when everything of the round has ended, the commands as well. `today`: what holds now. */
  async next(checker: Checker, files: readonly ReportFile[], today: Settled): Promise<void> {
    const { names, options, signal } = this.#settings;
    [this.#toldBefore, this.#told] = [this.#told, new Set()];
    // What hangs on a shared signal through AbortSignal.any stays there for as long as that lives (nodejs/node#55351), and this one lives
    // for days.
    const own = new AbortController();
    const abort = (): void => own.abort(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    if (signal.aborted) abort();
    const outputs = this.#outputs(files);
    const commands = new Set<Promise<void>>();
    try {
      // So few wait because each is held with all its evidence.
      const bounds = {
        concurrency: options.concurrency,
        window: 2 * options.concurrency,
        order: this.#isFirst && options.format === "pretty" ? "input" : "finished",
      } as const;
      await runAll(
        names,
        (name, cut) => this.#look(name, checker, today.of(name), outputs, cut),
        (looked) => this.#tell(looked, outputs, commands, own.signal),
        { ...bounds, signal: own.signal },
      );
      this.#isFirst = false;
      // Half a round is no round: then the files stay as the last one left them.
      if (!own.signal.aborted) {
        await outputs.close();
        for (const { file } of files) await file.commit().catch((error: unknown) => this.fault(error));
      }
    } catch (error) {
      this.fault(error);
    } finally {
      await Promise.all(commands);
      signal.removeEventListener("abort", abort);
    }
  }

  /** Says it, unless it was said in the round before: the watch goes on. */
  readonly fault = (error: unknown): void => {
    // A stream that is lost says so at every write.
    if (error instanceof ReaderGone) return;
    const line = errorLine(error).trimEnd();
    if (!this.#toldBefore.has(line) && !this.#told.has(line)) this.#say(line);
    this.#told.add(line);
    if (this.#settings.signal.aborted) this.#code = 3;
  };

  #say(line: string): void {
    this.#settings.io.stderr.write(`${line}\n`);
  }

  #outputs(files: readonly ReportFile[]): Outputs {
    const { options, tool, names } = this.#settings;
    const settings = {
      tool,
      terminal: { colorLevel: 0, width: 80, unicode: true } as const,
      verbose: options.verbose === true,
      quiet: options.quiet === true,
      several: names.length !== 1,
      failOn: options.failOn,
      afterCutLine: false,
      jobSummary: false,
    };
    return new Outputs(() =>
      Promise.all(
        files.map(async ({ format, file }): Promise<OpenFormat> => {
          let isLost = false;
          // A full disk is no reason not to watch.
          const lost = (error: unknown): void => {
            isLost = true;
            this.fault(error);
          };
          return {
            format: await createFormat(format, settings),
            write: async (text) => (isLost ? undefined : file.write(text).catch(lost)),
          };
        }),
      ),
    );
  }

  async #look(name: string, checker: Checker, own: ReturnType<Settled["of"]>, outputs: Outputs, signal: AbortSignal): Promise<Looked> {
    try {
      const report = await checker.check(name, { signal, ...own });
      return { name, report, texts: await outputs.texts(report) };
    } catch (error) {
      return { name, line: faultLine(nameShown(name, this.#settings.options), error) };
    }
  }

  async #tell(looked: Looked, outputs: Outputs, commands: Set<Promise<void>>, signal: AbortSignal): Promise<void> {
    const { options, stdout } = this.#settings;
    const known = this.#known.get(looked.name);
    if (known === undefined) return;
    const line =
      "line" in looked
        ? looked.line
        : (looked.report.internalErrors ?? []).map((error) => faultLine(looked.report.serverName, error)).join("\n") || null;
    if (line !== known.told && line !== null) this.#say(line);
    known.told = line;
    if ("line" in looked) {
      known.code = 3;
      return;
    }
    const { report, texts } = looked;
    const before = known.seen;
    known.seen = seenIn(report, before, nameserverFindings);
    known.code = exitCodeOf(report, options.failOn);
    await outputs.write(texts, outputs.count(report));
    const changes = before === null ? [] : changesBetween(before, known.seen);
    if (before !== null && changes.length === 0) return;
    const event: WatchEvent = { at: report.startedAt, serverName: report.serverName, changes, report };
    await stdout.write((await this.#renderer())(event));
    if (before !== null && options.onChange !== undefined) {
      while (commands.size >= COMMANDS_AT_ONCE) await Promise.race(commands);
      const running = this.#command(options.onChange, event, before.verdict, signal).finally(() => commands.delete(running));
      commands.add(running);
    }
  }

  async #command(command: string, event: WatchEvent, previous: Verdict, signal: AbortSignal): Promise<void> {
    const { runOnChange } = await import("./on-change.ts");
    const { io, stderr } = this.#settings;
    const problem = await runOnChange(event, previous, {
      command,
      env: io.env,
      platform: io.platform,
      stderr,
      signal,
      deadlineMs: COMMAND_MS,
    });
    if (problem !== null) this.#say(`note: --on-change: ${harmless(event.serverName, 255)}: the command ${harmless(problem, 300)}`);
  }

  #renderer(): Promise<(event: WatchEvent) => string> {
    return (this.#render ??= this.#loadRenderer());
  }

  async #loadRenderer(): Promise<(event: WatchEvent) => string> {
    const { options, io } = this.#settings;
    const { renderEvent, renderEventJson } = await import("../../report/watched.ts");
    if (options.format === "ndjson") return renderEventJson;
    const [{ Chalk }, { renderPretty }] = await Promise.all([import("chalk"), import("../../report/pretty.ts")]);
    const { colorLevel, width, unicode } = terminalOf(io.stdout, options.color, io.env, io.platform);
    const pretty = {
      chalk: new Chalk({ level: colorLevel }),
      width,
      unicode,
      verbose: options.verbose === true,
      quiet: options.quiet === true,
    };
    return (event) => renderEvent(event, pretty) + (pretty.verbose ? `${renderPretty(event.report, pretty)}\n` : "");
  }
}
