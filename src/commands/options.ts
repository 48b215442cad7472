/** What the options say, as values: each parser refuses what it can't take with a line that says what is right. Pure. */
import { InvalidArgumentError } from "commander";
import { comparablePlace } from "../matrix/place.ts";
import { type Via, VIAS } from "../facts/way.ts";
import { FAIL_ON, type FailOn } from "./exit-code.ts";
import { COLOR_FLAGS, type ColorFlag } from "./output/terminal.ts";
import { CommandUsageError, quote } from "./usage.ts";

export type FormatName =
  "pretty" | "json" | "ndjson" | "junit" | "github" | "markdown" | "sarif" | "nagios" | "prometheus" | "tap" | "html";
export const FORMATS: readonly FormatName[] = [
  "pretty",
  "json",
  "ndjson",
  "junit",
  "github",
  "markdown",
  "sarif",
  "nagios",
  "prometheus",
  "tap",
  "html",
];
export { COLOR_FLAGS, FAIL_ON };

/** As commander hands them over; names are those of the long options. */
export interface GlobalOptions {
  format: FormatName;
  report: ReportFile[];
  quiet?: true;
  verbose?: true;
  color: ColorFlag;
  progress: boolean;
  failOn: FailOn;
  ignore: string[];
  /** Milliseconds. */
  timeout: number;
  deadline: number;
  dnsServer: string[];
  deep?: true;
  client?: true;
  /** `names`: all but the checked one. */
  redact?: "names" | "all";
  /** False with --no-authoritative. */
  authoritative?: boolean;
  caFile: string[];
  4?: true;
  6?: true;
  allowPrivate?: boolean;
  connectTo: string[];
  zoneFile: string[];
  /** Files as of `zoneFile`, or `live` alone. */
  against: string[];
  wellKnownFile?: string;
  expectTarget: string[];
  expectVia: Via[];
  /** Undefined when not given: recorded facts carry their own. */
  minCertDays?: number;
  /** Milliseconds; undefined: one check. */
  wait?: number;
  fromFile?: string;
  concurrency: number;
  /** Undefined: as many as help. */
  threads?: number;
  shard?: Shard | AutoShard;
  resume?: string;
  saveFacts?: string;
  fromFacts: string[];
  /** False with --no-config. */
  config?: string | false;
  /** Milliseconds from the start of one round to that of the next. */
  watch?: number;
  onChange?: string;
}

export const MAX_CONCURRENCY = 1024;
export const MAX_THREADS = 64;
export const MAX_CERT_DAYS = 3650;
const DAY_MS = 24 * 60 * 60 * 1000;
export const DURATION = /^(\d{1,12}(?:\.\d{1,6})?)(ms|s|m)$/;
const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000 };

/** `500ms`, `10s`, `1.5m` → milliseconds, more than 0 and at most 24 hours. */
export function parseDuration(text: string): number {
  const match = DURATION.exec(text);
  const factor = UNITS[match?.[2] ?? ""];
  if (factor === undefined) throw new InvalidArgumentError("Write a number with its unit: 500ms, 10s or 5m.");
  const ms = Math.round(Number(match?.[1]) * factor);
  if (ms <= 0) throw new InvalidArgumentError("It must be longer than 0, for example 500ms, 10s or 5m.");
  if (ms > DAY_MS) throw new InvalidArgumentError("It may be 24 hours (1440m) at most, for example 10s or 5m.");
  return ms;
}

/** `--watch`: as the others, but not so often that it does harm. */
export function parseInterval(text: string): number {
  const ms = parseDuration(text);
  if (ms < 1000) throw new InvalidArgumentError("It must be at least 1s, for example 30s or 5m.");
  return ms;
}

/** A parser of whole numbers from `least` to `most`. */
export function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,9}$/.test(text) ? Number(text) : NaN;
    if (!(value >= least && value <= most)) throw new InvalidArgumentError(`Write a whole number from ${least} to ${most}.`);
    return value;
  };
}

/** `--shard i/n`: the parts are counted from 1. */
export interface Shard {
  part: number;
  of: number;
}

/** `--shard auto` and `auto/n`: the environment says which part, and without n how many there are. */
export interface AutoShard {
  auto: true;
  of: number | null;
}

export const MAX_SHARDS = 10_000;

export function parseShard(text: string): Shard | AutoShard {
  if (text === "auto") return { auto: true, of: null };
  const isAuto = text.startsWith("auto/");
  const [, part = NaN, of = NaN] = (/^(\d{1,9})\/(\d{1,9})$/.exec(isAuto ? text.replace("auto", "1") : text) ?? []).map(Number);
  if (!(of >= 1)) throw new InvalidArgumentError("Write which part of how many, for example 1/4 for the first of four.");
  if (of > MAX_SHARDS) throw new InvalidArgumentError(`There may be ${MAX_SHARDS} parts at most.`);
  if (!(part >= 1 && part <= of)) throw new InvalidArgumentError(`The first part is 1/${of}, the last ${of}/${of}.`);
  return isAuto ? { auto: true, of } : { part, of };
}

/** Gathers what is given to an option that may be repeated. */
export function collect(text: string, before: readonly string[]): string[] {
  if (text === "") throw new InvalidArgumentError("It is empty.");
  return [...before, text];
}

/** `--expect-target <host:port>`. */
export function collectTarget(text: string, before: readonly string[]): string[] {
  if (comparablePlace(text) === null)
    throw new InvalidArgumentError("Write a host with its port, for example matrix.example.com:443 or [2001:db8::1]:8448.");
  return [...before, text];
}

export { VIAS };

/** `--expect-via <way>`. */
export function collectVia(text: string, before: readonly Via[]): Via[] {
  const via = VIAS.find((each) => each === text);
  if (via === undefined) throw new InvalidArgumentError(`Allowed choices are ${VIAS.join(", ")}.`);
  return [...before, via];
}

/** `--redact`, which comes as `--redact=names`, or `--redact=all`. */
export function parseRedact(text: string): "names" | "all" {
  if (text !== "names" && text !== "all") throw new InvalidArgumentError("Write --redact, or --redact=all.");
  return text;
}

/** `--report <format>=<file>`. */
export interface ReportFile {
  format: FormatName;
  file: string;
}

export function collectReport(text: string, before: readonly ReportFile[]): ReportFile[] {
  const at = text.indexOf("=");
  const format = FORMATS.find((name) => name === text.slice(0, at));
  if (at < 0 || format === undefined || text.length === at + 1)
    throw new InvalidArgumentError(`Write <format>=<file>, for example junit=report.xml; formats are ${FORMATS.join(", ")}.`);
  return [...before, { format, file: text.slice(at + 1) }];
}

export function notEmpty(text: string): string {
  if (text === "") throw new InvalidArgumentError("It is empty.");
  return text;
}

/** Options that exclude each other, and names where none may be. */
export function refuseConflicts(options: GlobalOptions, names: readonly string[]): void {
  if (options.quiet === true && options.verbose === true) {
    throw new CommandUsageError("-q and -v exclude each other: give one of them");
  }
  if (options[4] === true && options[6] === true) {
    throw new CommandUsageError("-4 and -6 exclude each other: give one of them, or none for both address families");
  }
  if (options.fromFacts.length > 0) {
    const [first] = names;
    if (first !== undefined) {
      // As a shell's pattern for files gives them.
      const instead = /\.(?:json|jsonl|ndjson)$/.test(first)
        ? "; of several files each has a --from-facts of its own"
        : ", or --from-facts";
      throw new CommandUsageError(
        `--from-facts judges what is recorded in its file and takes no server name: leave out ${quote(first)}${instead}`,
      );
    }
    if (options.fromFile !== undefined) {
      throw new CommandUsageError("--from-facts and --from-file exclude each other: the server names are in the recorded facts");
    }
    if (options.shard !== undefined || options.resume !== undefined) {
      throw new CommandUsageError(
        `--from-facts and ${options.shard === undefined ? "--resume" : "--shard"} exclude each other: all that is recorded is judged, and nothing is asked`,
      );
    }
    if (options.wait !== undefined) {
      throw new CommandUsageError(
        "--from-facts and --wait exclude each other: recorded facts don't change, give server names instead of --from-facts",
      );
    }
    if (options.saveFacts !== undefined) {
      throw new CommandUsageError("--from-facts and --save-facts exclude each other: the facts are recorded already");
    }
  }
  if (options.redact === "all" && options.resume !== undefined) {
    throw new CommandUsageError("--redact=all and --resume exclude each other: the names by which it would go on are hidden");
  }
  if (options.resume !== undefined && options.format === "nagios") {
    throw new CommandUsageError("--resume and --format nagios exclude each other: a plugin's state is that of all names in one run");
  }
  if (options.fromFile === "-" && options.zoneFile.some(isStdin))
    throw new CommandUsageError("--zone-file - and --from-file - exclude each other: standard input can be read by one option only");
  if (options.against.length > 0) refuseAgainstConflicts(options);
  refuseWatchConflicts(options);
}

/** `-`, also with the zone's name: `-@example.com`. */
function isStdin(zoneFile: string): boolean {
  return zoneFile === "-" || zoneFile.startsWith("-@");
}

function refuseAgainstConflicts({ against, fromFacts, watch, wait }: GlobalOptions): void {
  if (against.length > 1 && against.includes("live"))
    throw new CommandUsageError(
      "--against live and --against <file> exclude each other: the change is compared with one state (a file named live is ./live)",
    );
  if (against.some(isStdin)) throw new CommandUsageError("--against reads no standard input: --zone-file - does");
  const other = fromFacts.length > 0 ? "--from-facts" : watch !== undefined ? "--watch" : wait !== undefined ? "--wait" : null;
  if (other !== null)
    throw new CommandUsageError(`--against and ${other} exclude each other: a change is compared once, before it is made`);
}

function refuseWatchConflicts({ watch, wait, onChange, fromFacts, saveFacts, resume, format }: GlobalOptions): void {
  if (watch === undefined) {
    if (onChange !== undefined) throw new CommandUsageError("--on-change goes with --watch: add --watch 5m, or leave --on-change out");
    return;
  }
  if (fromFacts.length > 0) {
    throw new CommandUsageError("--watch and --from-facts exclude each other: recorded facts don't change");
  }
  if (saveFacts !== undefined) {
    throw new CommandUsageError(
      "--watch and --save-facts exclude each other: the file would grow without end; with -f ndjson each change comes with its facts",
    );
  }
  if (wait !== undefined) {
    throw new CommandUsageError("--watch and --wait exclude each other: --wait ends when it passes, --watch never");
  }
  if (resume !== undefined) {
    throw new CommandUsageError("--watch and --resume exclude each other: a watch is never finished with a name");
  }
  if (format !== "pretty" && format !== "ndjson") {
    throw new CommandUsageError(
      `--watch has no end, so that -f may be pretty or ndjson only: ${format} has one; --report ${format}=<file> writes it anew after every round`,
    );
  }
}
