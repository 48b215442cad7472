/** How many reports came to which verdict. */
import type { Output, Report } from "../facts/output.ts";

export type Totals = Output["totals"];

/** Totals of no report yet. */
export function emptyTotals(): Totals {
  return { pass: 0, warn: 0, fail: 0, inconclusive: 0 };
}

/** Counts one more report in `totals`. */
export function addTo(totals: Totals, report: Pick<Report, "verdict">): void {
  totals[report.verdict] += 1;
}
