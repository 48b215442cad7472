/**
 * `--format markdown`: a table of verdicts and what is wrong, as a job summary or an issue comment on GitHub, GitLab or Gitea.
 * Everything from outside stands in code, inline or fenced: there is no link, image, mention, reference, HTML or emoji in code.
 */
import type { Report, Verdict } from "../facts/output.ts";
import { findingText, harmlessLines, inShort, severityCounts } from "./finding-text.ts";
import { harmless, wrap } from "./harmless.ts";
import { counted, duration } from "./pretty-style.ts";
import type { ReportStream } from "./stream.ts";
import type { Totals } from "./totals.ts";

export interface MarkdownOptions {
  /** Bytes of UTF-8 that are never passed; what doesn't fit is counted in a note. */
  maxBytes?: number;
}

/** GitHub drops a job summary of more than 1 MiB a step as a whole. An issue comment holds 65,536 characters. */
const SUMMARY_BYTES = 1024 * 1024;

/** What the frame around rows and details takes at most: headings, counts, notes. */
const FRAME_BYTES = 4096;

const WORDS: Readonly<Record<Verdict, string>> = { fail: "❌ fail", inconclusive: "❔ inconclusive", warn: "⚠️ warn", pass: "✅ pass" };

/** Worst first, as they stand in the table. */
const ORDER: readonly Verdict[] = ["fail", "inconclusive", "warn", "pass"];

/** The whole text comes at the end, because the table leads and says what failed first. No more than `maxBytes` is held until then. */
export function markdownStream({ maxBytes = SUMMARY_BYTES }: MarkdownOptions = {}): ReportStream {
  // Half for the rows, half for the details; each verdict has a share of its own, so that ten thousand of one kind leave room for the
  // others.
  const room = Math.max(0, maxBytes - FRAME_BYTES);
  const rows: Record<Verdict, Part> = {
    fail: part(room * 0.2),
    inconclusive: part(room * 0.1),
    warn: part(room * 0.1),
    pass: part(room * 0.1),
  };
  const details = { fail: part(room * 0.35), others: part(room * 0.15) };
  return {
    open: () => "",
    report(report) {
      const { verdict } = report;
      const row = rowOf(report);
      const detail = verdict === "pass" ? "" : detailOf(report);
      return () => {
        rows[verdict].add(row);
        if (detail !== "") details[verdict === "fail" ? "fail" : "others"].add(detail);
        return "";
      };
    },
    close(totals, durationMs) {
      const left = ORDER.reduce((sum, verdict) => sum + rows[verdict].left, 0);
      const without = details.fail.left + details.others.left;
      return [
        `## ${headline(totals)}\n`,
        "\n| Verdict | Server name | What |\n| --- | --- | --- |\n",
        ...ORDER.map((verdict) => rows[verdict].text()),
        left === 0
          ? ""
          : `\n… and ${counted(left, "more name")}, left out to keep this short: ${ORDER.filter((verdict) => rows[verdict].left > 0)
              .map((verdict) => `${rows[verdict].left} ${verdict}`)
              .join(", ")}.\n`,
        details.fail.text(),
        details.others.text(),
        without === 0 ? "" : `\nThe details of ${counted(without, "more name")} are left out to keep this short.\n`,
        `\nChecked in ${(durationMs / 1000).toFixed(2)} s by matrix-delegation-check.\n`,
      ].join("");
    },
  };
}

interface Part {
  /** Keeps the text, or only counts it when there is no room. What is there once is never dropped, and order is kept. */
  add(text: string): void;
  text(): string;
  readonly left: number;
}

function part(bytes: number): Part {
  const texts: string[] = [];
  let used = 0;
  let left = 0;
  return {
    add(text) {
      const size = Buffer.byteLength(text);
      if (left > 0 || used + size > bytes) {
        left++;
        return;
      }
      used += size;
      texts.push(text);
    },
    text: () => texts.join(""),
    get left() {
      return left;
    },
  };
}

function headline(totals: Totals): string {
  const names = counted(
    ORDER.reduce((sum, verdict) => sum + totals[verdict], 0),
    "name",
  );
  const counts = ORDER.filter((verdict) => totals[verdict] > 0).map((verdict) => `${totals[verdict]} ${verdict}`);
  return `Matrix federation: ${[names, ...counts].join(", ")}`;
}

function rowOf(report: Report): string {
  const counts = report.verdict === "fail" || report.verdict === "warn" ? `${severityCounts(report.findings)}: ` : "";
  return `| ${WORDS[report.verdict]} | ${code(report.serverName, 255)} | ${counts}${code(inShort(report), 300)} |\n`;
}

function detailOf(report: Report): string {
  const blocks = [`### ${WORDS[report.verdict]} ${code(report.serverName, 255)}`, fenced(stepLines(report))];
  for (const finding of report.findings)
    blocks.push(`**${finding.severity}** ${code(finding.code)}`, fenced([...harmlessLines(finding.title), "", ...findingText(finding)]));
  if (report.internalErrors !== undefined)
    blocks.push("**internal error** of matrix-delegation-check", fenced(report.internalErrors.slice(0, 10)));
  return `\n${blocks.join("\n\n")}\n`;
}

function stepLines(report: Report): string[] {
  return report.steps.map(({ id, status, detail, durationMs }) => {
    const took = duration(durationMs);
    return `${status.padEnd(7)} ${id.padEnd(10)} ${harmless(detail, 300)}${took === "" ? "" : ` (${took})`}`.trimEnd();
  });
}

/** A code span. A backtick would end it and a bar the table's cell, whatever stands before them (GFM 4.10): both are shown as escapes. */
function code(text: string, max = 200): string {
  const safe = harmless(text, max).replaceAll("`", "\\x60").replaceAll("|", "\\x7c");
  return `\`${safe.trim() === "" ? "(empty)" : safe}\``;
}

/** Code blocks don't wrap on GitHub: prose is wrapped here, indented lines (configuration) stay as they are. */
const COLUMNS = 110;

/** A fenced code block. The fence is longer than any run of backticks inside, so that nothing inside ends it (CommonMark 4.5). */
function fenced(lines: readonly string[]): string {
  const text = lines
    .flatMap((line) => harmlessLines(line))
    .flatMap((line) => (line.startsWith(" ") || line === "" ? [line] : wrap(line, COLUMNS)))
    .join("\n");
  const longest = Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = "`".repeat(Math.max(3, longest + 1));
  return `${fence}text\n${text}\n${fence}`;
}
