/**
 * `--format nagios`: the one line and the exit code of a Monitoring Plugin, for Nagios, Icinga, Naemon, Checkmk.
 * https://www.monitoring-plugins.org/doc/guidelines.html: "Plugin Output", "Performance data", "Plugin Return Codes".
 */
import type { Report, Severity, Verdict } from "../facts/output.ts";
import { certificateEnds } from "../views/certificate-ends.ts";
import { inShort } from "./finding-text.ts";
import { harmless } from "./harmless.ts";
import { fold } from "./pretty-findings.ts";
import type { ReportStream } from "./stream.ts";
import { emptyTotals, type Totals } from "./totals.ts";

/** 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN. */
export type NagiosState = 0 | 1 | 2 | 3;

export interface NagiosStream extends ReportStream {
  /** The state that the line says, of the reports so far; UNKNOWN before the first. It is to be the exit code. */
  readonly state: NagiosState;
}

const WORDS = ["OK", "WARNING", "CRITICAL", "UNKNOWN"] as const;

/** From the best to the worst: what is known to be bad outweighs what isn't known, as with the other exit codes. */
const ORDER: readonly NagiosState[] = [0, 3, 1, 2];

/**
 * The state of one report. Errors are CRITICAL, warnings WARNING, or CRITICAL with `--fail-on warning`; what this machine could not find
 * out, and a fault of this tool, is UNKNOWN.
 */
export function nagiosStateOf(
  report: Pick<Report, "verdict" | "internalErrors">,
  failOn: Extract<Severity, "error" | "warning">,
): NagiosState {
  switch (report.verdict) {
    case "fail":
      return 2;
    case "warn":
      return failOn === "warning" ? 2 : 1;
    case "inconclusive":
      return 3;
    case "pass":
      return report.internalErrors === undefined ? 0 : 3;
  }
}

/** The worst of the states decides; of none, nothing is known. */
export function nagiosExitCode(states: Iterable<NagiosState>): NagiosState {
  let worst: NagiosState | null = null;
  for (const state of states) worst = worse(worst, state);
  return worst ?? 3;
}

/** The line for when there is no report at all: a usage error, a file that can't be read. */
export function nagiosUnknown(message: string): string {
  return `MATRIX UNKNOWN - ${text(message)}\n`;
}

/** One line at the end, however many reports. */
export function nagiosStream(failOn: Extract<Severity, "error" | "warning">): NagiosStream {
  let worst: NagiosState | null = null;
  let alone = "";
  const named: Record<Verdict, string[]> = { pass: [], warn: [], fail: [], inconclusive: [] };
  const counts = { ...emptyTotals(), errors: 0, warnings: 0 };
  let certificate: Certificate | null = null;
  return {
    get state() {
      return worst ?? 3;
    },
    open: () => "",
    report(report) {
      const { verdict } = report;
      const state = nagiosStateOf(report, failOn);
      const count = (severity: Severity): number => report.findings.filter((finding) => finding.severity === severity).length;
      const own = { errors: count("error"), warnings: count("warning"), certificate: earliest(report) };
      const single = `${text(report.serverName, 255)}: ${text(inShort(report), 300)}${report.internalErrors === undefined ? "" : " (internal error of matrix-delegation-check)"}`;
      const among = itemOf(report);
      return () => {
        worst = worse(worst, state);
        alone = single;
        counts[verdict]++;
        counts.errors += own.errors;
        counts.warnings += own.warnings;
        if (own.certificate !== null && (certificate === null || own.certificate.days < certificate.days)) certificate = own.certificate;
        if (named[verdict].length < NAMED) named[verdict].push(among);
        return "";
      };
    },
    close(_, durationMs) {
      const { errors, warnings, ...totals } = counts;
      const names = totals.pass + totals.warn + totals.fail + totals.inconclusive;
      const said = names === 0 ? "no server name was checked" : names === 1 ? alone : ofSeveral(totals, names, named);
      return `MATRIX ${WORDS[worst ?? 3]} - ${said} | ${performance(durationMs, certificate, { errors, warnings, ...totals })}\n`;
    },
  };
}

/**
 * How many names stand in the line for each verdict. Together with the shortening below it stays under 1 KiB, all that old NRPE lets
 * through.
 */
const NAMED = 3;

function worse(one: NagiosState | null, other: NagiosState): NagiosState {
  return one === null || ORDER.indexOf(other) > ORDER.indexOf(one) ? other : one;
}

/** `a.example (tls/expired)`. */
function itemOf(report: Report): string {
  const [first] = fold(report.findings);
  const why =
    report.internalErrors !== undefined && report.verdict === "pass"
      ? "internal error"
      : first === undefined || report.verdict === "pass"
        ? ""
        : first.finding.code;
  return `${text(report.serverName, 45)}${why === "" ? "" : ` (${text(why, 36)})`}`;
}

/** `2 of 5 names fail: a.example (tls/expired), b.example (connect/refused); 1 warn: c.example (srv/deprecated-service)`. */
function ofSeveral(totals: Totals, names: number, named: Readonly<Record<Verdict, readonly string[]>>): string {
  const bad = (["fail", "warn", "inconclusive"] as const).filter((verdict) => totals[verdict] > 0);
  if (bad.length === 0) return `${names} names pass`;
  return bad
    .map((verdict, index) => {
      const more = totals[verdict] - named[verdict].length;
      return `${totals[verdict]}${index === 0 ? ` of ${names} names` : ""} ${verdict}: ${named[verdict].join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
    })
    .join("; ");
}

interface Certificate {
  /** Whole days, of the rest or since the end, as the texts have them; negative when it has ended, be it by less than a day. */
  days: number;
  warnUnder: number;
}

/** The certificate that ends first, of the well-known host and of all endpoints, as it was when the check began. */
function earliest({ facts }: Report): Certificate | null {
  const ends = certificateEnds(facts).map(({ at }) => at);
  const left = (Math.min(...ends) - Date.parse(facts.startedAt)) / 86_400_000;
  // `0:` alerts under 0.
  const days = left < 0 ? Math.min(-1, Math.ceil(left)) : Math.floor(left);
  return Number.isFinite(days) ? { days, warnUnder: facts.settings.minCertDays } : null;
}

/**
 * `'label'=value[UOM];[warn];[crit];[min];[max]`; `14:` alerts under 14, `0:` under 0 ("Threshold and Ranges"). Days have no unit there.
 */
function performance(durationMs: number, certificate: Certificate | null, counts: Readonly<Record<string, number>>): string {
  const items = [`time=${Math.min(MOST, Math.max(0, durationMs) / 1000).toFixed(3)}s;;;0`];
  if (certificate !== null) items.push(`cert=${certificate.days};${decimal(certificate.warnUnder)}:;0:`);
  for (const [label, value] of Object.entries(counts)) items.push(`${label}=${value};;;0`);
  return items.join(" ");
}

/** Recorded evidence may hold any number; up to here none is written with an exponent, which performance data has not. */
const MOST = 1e15;

function decimal(value: number): string {
  return String(Math.round(Math.max(-MOST, Math.min(MOST, value)) * 1000) / 1000);
}

/**
 * One line without `|`, which begins the performance data, without quotes, and without what Nagios forbids in macros because shells and
 * browsers obey it (illegal_macro_output_chars). A backslash goes too: Nagios reads `\n` as a new line. A semicolon, which shells obey,
 * parts clauses here: a comma does that as well.
 */
function text(from: string, max = 300): string {
  return harmless(from, max)
    .replace(/["'`]/g, "")
    .replaceAll(";", ",")
    .replace(/[\\|<>$&~]/g, "?");
}
