/** `--format json`: one object whatever the number of names, whole or report by report. */
import type { Output, Report } from "../facts/output.ts";
import type { Totals } from "./totals.ts";

/**
 * Characters that JSON allows in strings as they are (RFC 8259, 7) but that a terminal obeys or hides: DEL, C1, bidi controls, zero-width,
 * tags, line separators, private use. C0 and lone surrogates are escaped by JSON.stringify itself.
 */
const HARMFUL = /[\x7f-\x9f\p{Cf}\p{Co}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}]/gu;

/** The same JSON text with harmless escapes: every parser reads the same values from it. */
export function escapeJson(json: string): string {
  return json.replace(HARMFUL, (character) => {
    let out = "";
    for (let i = 0; i < character.length; i++) out += `\\u${character.charCodeAt(i).toString(16).padStart(4, "0")}`;
    return out;
  });
}

/** The text of one `Output`, two spaces a level, with a newline at its end. */
export function renderJson(output: Output): string {
  const stream = jsonStream(output.tool, output.startedAt);
  const reports = output.reports.map((report) => stream.report(report));
  return stream.open() + reports.join("") + stream.close(output.totals, output.durationMs);
}

/** Parts that, put together in order, are the text of one `Output`. No part is kept. */
export interface JsonStream {
  /** The beginning; once. */
  open(): string;
  /** One report; any number of times. */
  report(report: Report): string;
  /** The end, with a newline; once. `durationMs`: of all reports together. */
  close(totals: Totals, durationMs: number): string;
}

/**
 * `Output` for thousands of names, without holding them in memory.
 * @param startedAt ISO 8601, UTC.
 */
export function jsonStream(tool: Output["tool"], startedAt: string): JsonStream {
  let written = 0;
  return {
    open: () => {
      const head = indented({ schemaVersion: 1, tool, startedAt }, "").slice(0, -"\n}".length);
      return `${head},\n  "reports": [`;
    },
    report: (report) => {
      const separator = written++ === 0 ? "" : ",";
      return `${separator}\n    ${indented(report, "    ")}`;
    },
    close: (totals, durationMs) => {
      const end = written === 0 ? "]" : "\n  ]";
      return `${end},\n  "totals": ${indented(totals, "  ")},\n  "durationMs": ${JSON.stringify(durationMs)}\n}\n`;
    },
  };
}

function indented(value: unknown, indent: string): string {
  // Newlines inside strings are escaped, so that every newline here is one of the layout.
  return escapeJson(JSON.stringify(value, null, 2)).replaceAll("\n", `\n${indent}`);
}
