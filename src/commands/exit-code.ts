/** Verdicts and findings → the exit code. Pure; the only place that decides it. */
import type { Report, Severity } from "../facts/output.ts";

/** 0 nothing to complain about; 1 findings; 2 usage; 3 inconclusive or an internal error; ended by SIGHUP 129, SIGINT 130, SIGTERM 143. */
export type ExitCode = 0 | 1 | 2 | 3 | 129 | 130 | 143;

/** `--fail-on`: the least severity that makes exit code 1. */
export type FailOn = Extract<Severity, "error" | "warning">;

/** What of a report decides the exit code. */
export type Judged = Pick<Report, "verdict" | "internalErrors"> & { findings: readonly Pick<Report["findings"][number], "severity">[] };

export const FAIL_ON: readonly FailOn[] = ["error", "warning"];

/** From the weakest to the strongest: "2 over 1 over 3 over 0"; an interruption leaves all of that open. */
const ORDER: readonly ExitCode[] = [0, 3, 1, 2, 129, 130, 143];

/** The exit code of one report alone. An inconclusive one is never a failure: the trouble is this machine's. */
export function exitCodeOf(report: Judged, failOn: FailOn): ExitCode {
  if (report.verdict === "inconclusive") return 3;
  const fails = (severity: Severity): boolean => severity === "error" || (severity === "warning" && failOn === "warning");
  if (report.findings.some((finding) => fails(finding.severity))) return 1;
  return report.internalErrors === undefined ? 0 : 3;
}

/** The one of the two that decides. */
export function stronger(one: ExitCode, other: ExitCode): ExitCode {
  return ORDER.indexOf(one) >= ORDER.indexOf(other) ? one : other;
}
