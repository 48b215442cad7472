/**
 * `--format markdown`, for an issue or a room (GitHub, GitLab, Gitea, Element): headings, lists, a fence for each thing that is to be
 * pasted, no tables, and less than 4,000 characters. With `-v` and as a job summary: a table of verdicts, and all of it.
 * Nothing from outside can be a link, image, mention, reference, HTML or emoji: only plain words stand outside of code.
 */
import type { Finding, Report, Verdict } from "../facts/output.ts";
import { differenceRows, differenceTitle } from "./difference-text.ts";
import { harmlessLines, inShort, severityCounts, shownFix } from "./finding-text.ts";
import { code, fenced, text } from "./markdown-text.ts";
import { reachParagraph, reachTable } from "./markdown-reach.ts";
import { needsNoAction } from "./needs-action.ts";
import { resolvedRows, ROW_LENGTH } from "./pretty-evidence.ts";
import { fold } from "./pretty-findings.ts";
import { counted, duration, firstOf } from "./pretty-style.ts";
import { shownSteps, type ShownStep } from "./shown-steps.ts";
import type { ReportStream } from "./stream.ts";
import type { Totals } from "./totals.ts";

export interface MarkdownOptions {
  /** The long form, and the bytes of UTF-8 that are never passed; what doesn't fit is counted in a note. */
  maxBytes?: number;
  /** The long form. */
  verbose?: boolean;
}

/** GitHub drops a job summary of more than 1 MiB a step as a whole. An issue comment holds 65,536 characters. */
const SUMMARY_BYTES = 1024 * 1024;

/** What the frame around rows and details takes at most: headings, counts, notes. */
const FRAME_BYTES = 4096;

const WORDS: Readonly<Record<Verdict, string>> = { fail: "❌ fail", inconclusive: "❔ inconclusive", warn: "⚠️ warn", pass: "✅ pass" };

/** Worst first, as they stand in the table. */
const ORDER: readonly Verdict[] = ["fail", "inconclusive", "warn", "pass"];

export function markdownStream({ maxBytes, verbose = false }: MarkdownOptions = {}): ReportStream {
  return maxBytes === undefined && !verbose ? shortStream() : longStream(maxBytes ?? SUMMARY_BYTES);
}

/** More than a message in a room should have. Characters; each is one UTF-16 unit at least. */
const SHORT = 4000;

/** What the lines around rows and details take at most: heading, notes, the last line. */
const SHORT_FRAME = 500;

function shortStream(): ReportStream {
  const reports: { verdict: Verdict; row: string; heading: string; pieces: string[]; saysMore: boolean }[] = [];
  const counts: Record<Verdict, number> = { pass: 0, warn: 0, fail: 0, inconclusive: 0 };
  return {
    open: () => "",
    report(report) {
      const { verdict, serverName } = report;
      // Of many only the first ones can be shown. The first of all is shown whatever it is.
      const kept =
        counts[verdict] >= MOST_ROWS || (verdict === "pass" && reports.length > 0 && !saysMore(report))
          ? null
          : {
              verdict,
              row: `- ${WORDS[verdict]} ${code(serverName, 255)}: ${text(inShort(report), 160)}\n`,
              heading: `### ${WORDS[verdict]} ${code(serverName, 255)}: ${countsOf(report)}\n`,
              pieces: piecesOf(report),
              saysMore: saysMore(report),
            };
      return () => {
        counts[verdict]++;
        if (kept !== null && reports.length < 4 * MOST_ROWS) reports.push(kept);
        return "";
      };
    },
    close(totals, durationMs) {
      const names = totals.pass + totals.warn + totals.fail + totals.inconclusive;
      const end = `\nChecked in ${(durationMs / 1000).toFixed(2)} s by matrix-delegation-check.\n`;
      const [only] = reports;
      if (names === 1 && only !== undefined) {
        const { text: body, left } = fitting(only.pieces, SHORT - SHORT_FRAME - only.heading.length);
        return only.heading + body + leftOut(left) + end;
      }
      const inOrder = ORDER.flatMap((verdict) =>
        reports.filter((each) => each.verdict === verdict && (verdict !== "pass" || each.saysMore)),
      );
      const rows = fitting(
        inOrder.map(({ row }) => row),
        (SHORT - SHORT_FRAME) / 2,
      );
      const shownRows = inOrder.length - rows.left;
      const unsaid = names - totals.pass - inOrder.slice(0, shownRows).filter(({ verdict }) => verdict !== "pass").length;
      let room = SHORT - SHORT_FRAME - rows.text.length;
      let details = "";
      for (const { heading, pieces } of inOrder) {
        const whole = `\n${heading}${pieces.join("")}`;
        if (whole.length > room) break;
        details += whole;
        room -= whole.length;
      }
      return [
        `## ${headline(totals)}\n\n`,
        rows.text,
        unsaid === 0 ? "" : `- and ${unsaid} more, left out to keep this short\n`,
        details,
        end,
      ].join("");
    },
  };
}

const MOST_ROWS = 30;

/** As many of the pieces as fit, in order. What doesn't fit is left out whole: a fence is never cut. */
function fitting(pieces: readonly string[], room: number): { text: string; left: number } {
  let fits = "";
  for (const [index, piece] of pieces.entries()) {
    if (fits.length + piece.length > room) return { text: fits, left: pieces.length - index };
    fits += piece;
  }
  return { text: fits, left: 0 };
}

function leftOut(pieces: number): string {
  return pieces === 0 ? "" : "\nThe rest is left out to keep this short; `-f markdown -v` writes all of it.\n";
}

function countsOf({ findings, verdict, summary }: Report): string {
  return verdict === "pass" || verdict === "inconclusive" ? text(summary, 160) : severityCounts(findings);
}

/** Steps, findings, what each is mended by; the most needed first, so that a report that is too long loses its end. */
function piecesOf(report: Report): string[] {
  const pieces = [`\n${shownSteps(report).map(stepItem).join("\n")}\n`, ...routePieces(report), ...differencePieces(report)];
  for (const { finding, consequences } of fold(report.findings)) {
    if (finding.severity === "info" && needsNoAction(finding)) continue;
    const also = [...new Set(consequences.map(({ code: each }) => each))];
    pieces.push(
      findingHead(finding, also),
      ...finding.fix.map((fix, index) => fixText(fix, finding.fix.length > 1 ? ` ${index + 1}` : "")),
    );
  }
  pieces.push(reachParagraph(report));
  for (const error of (report.internalErrors ?? []).slice(0, 10)) pieces.push(`\n**internal error** ${code(error)}\n`);
  return pieces;
}

/** A report that passes has more to say than that: what changes, or the way that was asked for. */
function saysMore({ difference, facts }: Report): boolean {
  return difference !== undefined || !facts.settings.probe;
}

/** What `resolve` is asked for. */
function routePieces(report: Report): string[] {
  if (report.facts.settings.probe) return [];
  // Quotation marks would make code of the section's name.
  const rows = resolvedRows(report).map(
    ({ label, text: said }) => `- ${label === "" ? "" : `**${label}** `}${text(said.replaceAll('"', ""), ROW_LENGTH)}\n`,
  );
  return ["\n#### Route\n\n", ...rows];
}

/** What the change does, with --against: a reviewer reads it first. */
function differencePieces({ difference }: Report): string[] {
  if (difference === undefined) return [];
  const rows = differenceRows(difference).map(({ label, text: said }) => `- **${label}** ${text(said, 500)}\n`);
  return [`\n#### ${text(differenceTitle(difference), 300)}\n\n${text(difference.summary, 1000)}\n\n`, ...rows];
}

const SIGNS: Readonly<Record<Report["steps"][number]["status"], string>> = {
  pass: "✅",
  warn: "⚠️",
  fail: "❌",
  skip: "➖",
  unknown: "❔",
};

function stepItem({ id, status, detail, durationMs }: ShownStep): string {
  const took = duration(durationMs);
  return `- ${SIGNS[status]} ${id}: ${text(detail, 200)}${took === "" ? "" : ` (${took})`}`;
}

function findingHead({ severity, code: name, detail, title, where }: Finding, also: readonly string[]): string {
  const places = where.slice(0, 3).map((place) => code(place));
  const said = harmlessLines(detail === "" ? title : detail).filter((line) => line.trim() !== "");
  return [
    `\n#### ${severity} ${code(name)}${places.length === 0 ? "" : ` at ${firstOf(places, 3)}`}\n`,
    ...said.map((line) => `\n${text(line, 600)}\n`),
    also.length === 0
      ? ""
      : `\nIt leads to ${also
          .slice(0, 6)
          .map((each) => code(each))
          .join(", ")}.\n`,
  ].join("");
}

function fixText(fix: string, number: string): string {
  return shownFix(fix)
    .map(
      ({ prose, lines }, at) =>
        `\n${at === 0 ? `**Fix${number}** ` : ""}${text(prose, 1500)}\n${lines.length === 0 ? "" : `\n${fenced(lines)}\n`}`,
    )
    .join("");
}

/** The whole text comes at the end, because the table leads and says what failed first. No more than `maxBytes` is held until then. */
function longStream(maxBytes: number): ReportStream {
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
      const detail = verdict === "pass" && !saysMore(report) ? "" : detailOf(report);
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
  return `| ${WORDS[report.verdict]} | ${code(report.serverName, 255)} | ${counts}${text(inShort(report), 300)} |\n`;
}

function detailOf(report: Report): string {
  const blocks = [
    `### ${WORDS[report.verdict]} ${code(report.serverName, 255)}\n`,
    `\n${shownSteps(report).map(stepItem).join("\n")}\n`,
    ...routePieces(report),
    ...differencePieces(report),
  ];
  for (const finding of report.findings) {
    blocks.push(findingHead(finding, []), ...finding.fix.map((fix, index) => fixText(fix, finding.fix.length > 1 ? ` ${index + 1}` : "")));
    if (finding.spec !== null) blocks.push(`\nSource: ${code(finding.spec, 500)}\n`);
  }
  blocks.push(reachTable(report));
  if (report.internalErrors !== undefined)
    blocks.push(
      "\n**internal error** of matrix-delegation-check\n",
      `\n${fenced(report.internalErrors.slice(0, 10).flatMap(harmlessLines))}\n`,
    );
  return `\n${blocks.join("")}`;
}
