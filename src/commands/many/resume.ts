/** `--resume`: what an earlier run has finished, read from its ndjson output. */
import { createReadStream } from "node:fs";
import { realpath } from "node:fs/promises";
import type { Expectations } from "../../facts/facts.ts";
import type { Report } from "../../facts/output.ts";
import { exitCodeOf, type ExitCode, type FailOn } from "../exit-code.ts";
import { BEGINNING, MAX_OBJECT } from "../json-values.ts";
import { linesOf, NotUtf8 } from "../output/lines.ts";
import { CommandUsageError, fileProblem, quote } from "../usage.ts";

const LF = 0x0a;

export interface Earlier {
  /**
   * By server name: what its last report means for the exit code now. Names whose last report is inconclusive, or of other expectations,
   * aren't there: they are checked again.
   */
  finished: ReadonlyMap<string, ExitCode>;
  /** The file ends in the middle of a line: what is appended must not be glued to it. */
  endsInLine: boolean;
}

export interface ResumeSettings {
  command: "check" | "resolve";
  failOn: FailOn;
  /** Codes that are ignored for that name now. */
  ignored(serverName: string): readonly string[];
  /** What is expected of that name now. */
  expected(serverName: string): Expectations;
}

/**
 * Reads the whole file and keeps a name and a number a report. A last line that was cut off, and one with which that happened in an even
 * earlier run, is left out. Throws CommandUsageError for a file that can't be read or holds something else.
 */
export async function readEarlier(file: string, settings: ResumeSettings): Promise<Earlier> {
  const refuse = (problem: string): CommandUsageError => new CommandUsageError(`--resume ${quote(file)}: ${problem}`);
  const finished = new Map<string, ExitCode>();
  let last = LF;
  async function* chunks(): AsyncGenerator<Buffer> {
    for await (const chunk of createReadStream(file) as AsyncIterable<Buffer>) {
      last = chunk.at(-1) ?? last;
      yield chunk;
    }
  }
  try {
    for await (const { number, text, cut } of linesOf(chunks(), MAX_OBJECT)) {
      const line = text.trim();
      if (line === "") continue;
      const value = cut ? undefined : parsed(line);
      if (value === undefined && (line.startsWith(BEGINNING) || BEGINNING.startsWith(line))) continue;
      const report = reportIn(value);
      if (report === null) throw refuse(`line ${number} is not a report: give what -f ndjson wrote`);
      // A report of the other command says something else.
      if (report.facts.settings.probe !== (settings.command === "check")) continue;
      // Whether it is as expected now isn't in a report of which something else was expected.
      if (report.verdict === "inconclusive" || !isSame(report.facts.settings.expect, settings.expected(report.serverName)))
        finished.delete(report.serverName);
      else {
        const ignored = settings.ignored(report.serverName);
        finished.set(
          report.serverName,
          exitCodeOf({ ...report, findings: report.findings.filter(({ code }) => !ignored.includes(code)) }, settings.failOn),
        );
      }
    }
  } catch (error) {
    if (error instanceof CommandUsageError) throw error;
    throw refuse(
      error instanceof NotUtf8 ? "it is UTF-16: give what -f ndjson wrote, as UTF-8" : `it can't be read: ${fileProblem(error)}`,
    );
  }
  return { finished, endsInLine: last !== LF };
}

/** Refuses a file that would be put in the place of the one that is to be continued. */
export async function refuseReplacing(resumed: string, written: readonly { file: string; option: string }[]): Promise<void> {
  const place = (file: string): Promise<string> => realpath(file).catch(() => file);
  const kept = await place(resumed);
  for (const { file, option } of written) {
    if ((await place(file)) === kept)
      throw new CommandUsageError(
        `${option} ${quote(file)} would replace what --resume reads: append to it instead, as in -f ndjson --resume ${file} >> ${file}`,
      );
  }
}

type Finished = Pick<Report, "serverName" | "verdict" | "findings" | "internalErrors"> & {
  facts: { settings: { probe: boolean; expect?: Expectations } };
};

const VERDICTS: readonly unknown[] = ["pass", "warn", "fail", "inconclusive"] satisfies Report["verdict"][];

function isSame(one: Expectations | undefined, other: Expectations): boolean {
  const [a, b] = [one ?? {}, other].map(({ targets, via, certificateDays }) => JSON.stringify([targets, via, certificateDays]));
  return a === b;
}

/** Undefined for what is no JSON. */
function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/** A report, as far as it is needed; null for everything else. */
function reportIn(value: unknown): Finished | null {
  if (typeof value !== "object" || value === null) return null;
  const { serverName, verdict, findings, facts } = value as Partial<Record<keyof Finished, unknown>>;
  const probe = (facts as Partial<Finished["facts"]> | null | undefined)?.settings?.probe;
  const isReport =
    typeof serverName === "string" &&
    VERDICTS.includes(verdict) &&
    typeof probe === "boolean" &&
    Array.isArray(findings) &&
    findings.every((finding) => typeof finding === "object" && finding !== null);
  return isReport ? (value as Finished) : null;
}
