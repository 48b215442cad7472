/** `--format ndjson`: one report a line, as each finishes. */
import type { Report } from "../facts/output.ts";
import { escapeJson } from "./json.ts";

/** One report as one line of JSON, with the newline that ends it. */
export function renderNdjson(report: Report): string {
  return `${escapeJson(JSON.stringify(report))}\n`;
}
