/** What judging gives to reporting. */
import type { Part } from "../facts/breaks.ts";
import type { Finding, Reach } from "../facts/output.ts";

export interface Judged {
  findings: Finding[];
  broken: readonly { code: string; error: unknown }[];
  /** What an error of each code makes fail. */
  breaks: ReadonlyMap<string, Part>;
  /** Of every implementation that is modelled. */
  reach: readonly Reach[];
  /** Which are about this machine: what they couldn't see (`limits`), or that what was seen isn't so (`blinds`). */
  machine: ReadonlyMap<string, "limits" | "blinds">;
}
