/** What the formats for pipelines and monitoring have in common: parts of text that, put together in order, are the whole output. */
import type { Report } from "../facts/output.ts";
import type { Totals } from "./totals.ts";

export interface ReportStream {
  /** The beginning; once. `startedAt`: ISO 8601, UTC. */
  open(startedAt: string): string;
  /** Takes what it needs of a report, which may be forgotten then. What it returns is called once, when it is the report's turn. */
  report(report: Report): () => string;
  /** The end; once. `durationMs`: of all reports together. */
  close(totals: Totals, durationMs: number): string;
}
