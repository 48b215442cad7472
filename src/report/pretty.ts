/** `--format pretty`: the report that a person reads on a terminal. Every text it gives ends with a newline. */
import type { Report, Verdict } from "../facts/output.ts";
import { clientLine } from "./client-text.ts";
import { differenceRows, differenceTitle } from "./difference-text.ts";
import { severityCounts } from "./finding-text.ts";
import { displayWidth, harmless, widestWord, wrap } from "./harmless.ts";
import { evidenceLines, resolvedInOneLine, routeLines } from "./pretty-evidence.ts";
import { findingBlocks, fold } from "./pretty-findings.ts";
import { apart, beside, colourOf, counted, duration, listed, paperOf, seconds, type Paper, type PrettyOptions } from "./pretty-style.ts";
import { reachLine } from "./reach-text.ts";
import { shownSteps } from "./shown-steps.ts";
import type { Totals } from "./totals.ts";

export type { PrettyOptions } from "./pretty-style.ts";

/** One server name, whole: its steps, its findings, the verdict. With `quiet` the verdict line only. */
export function renderPretty(report: Report, options: PrettyOptions): string {
  if (options.quiet) return renderPrettySummaryLine(report, options);
  const paper = paperOf(options);
  const header = beside(paper.width, paper.line(report.serverName, 255), "", paper.chalk.bold);
  return textOf([[...header, ...stepLines(paper, report)], ...bodyBlocks(paper, report), verdictLines(paper, report)]);
}

/** One server name of several: its line and, unless it passed or `quiet` says no, what was found, with an empty line at the end. */
export function renderPrettyOfSeveral(report: Report, options: PrettyOptions): string {
  const line = renderPrettySummaryLine(report, options);
  if (options.quiet || (report.verdict === "pass" && !options.verbose && report.difference === undefined)) return line;
  const paper = paperOf(options);
  return `${line}${textOf([stepLines(paper, report), ...bodyBlocks(paper, report)])}\n`;
}

/** A server name in one line: verdict, name, where homeservers connect if that was asked for alone, what is wrong, duration. */
export function renderPrettySummaryLine(report: Report, options: PrettyOptions): string {
  const paper = paperOf(options);
  const took = seconds(report.durationMs);
  const head = `${WORDS[report.verdict]}  ${paper.line(report.serverName, 255)}`;
  const resolved = resolvedInOneLine(paper, report);
  // It is what was asked for: whole, and on one line, however narrow the terminal is.
  if (resolved !== null) {
    const problems = report.verdict === "pass" ? "" : `  ${saidInShort(paper, report, Infinity)}`;
    const said = `${resolved}${problems}`;
    const width = Math.max(paper.width, displayWidth(head) + displayWidth(said) + displayWidth(took) + 4);
    return textOf([verdictLine({ ...paper, width }, report, head, said, took)]);
  }
  const room = paper.width - displayWidth(head) - displayWidth(took) - 4;
  const said = room < 8 ? "" : shortened(paper, saidInShort(paper, report, room), room);
  return textOf([verdictLine(paper, report, head, said, took)]);
}

/** The last line of a run with several names. `durationMs`: of all of them together. */
export function renderTotals(totals: Totals, durationMs: number, options: PrettyOptions): string {
  const { width, chalk } = paperOf(options);
  const { pass, warn, fail, inconclusive } = totals;
  const names = counted(pass + warn + fail + inconclusive, "name");
  const text = `${names}  ${pass} pass, ${warn} warn, ${fail} fail, ${inconclusive} inconclusive`;
  return textOf([apart(width, text, seconds(durationMs), chalk.bold, chalk.dim)]);
}

const WORDS: Readonly<Record<Verdict, string>> = { pass: "PASS", warn: "WARN", fail: "FAIL", inconclusive: "INCONCLUSIVE" };

function textOf(blocks: string[][]): string {
  return blocks.map((block) => `${block.join("\n")}\n`).join("\n");
}

/** `  ✔ well-known   m.server = …     84 ms`, one line a step, more when its detail is long. */
function stepLines(paper: Paper, report: Report): string[] {
  const { chalk, width } = paper;
  return shownSteps(report).flatMap((step) => {
    const symbol = paper.symbol(step.status);
    const head = `  ${symbol} ${paper.line(step.id).padEnd(13)}`;
    const took = duration(step.durationMs);
    const colour = colourOf(chalk, step.status);
    const [first = "", ...rest] = stepText(width, head, paper.line(step.detail).trim(), took === "" ? 0 : took.length + 2);
    const right = took === "" ? "" : " ".repeat(Math.max(2, width - displayWidth(first) - took.length)) + chalk.dim(took);
    return [first.replace(symbol, colour(symbol)) + right, ...rest];
  });
}

/** Columns that a long detail needs beside the step's name; with less it stands under it. */
const LEAST_BESIDE = 38;

/** `taken` columns at the right of the first line are the duration's. What stands in brackets stays together where it fits. */
function stepText(width: number, head: string, detail: string, taken: number): string[] {
  const indent = displayWidth(head);
  const isShort = displayWidth(detail) <= width - indent - taken;
  if (!isShort && width - indent < Math.max(LEAST_BESIDE, widestWord(detail)))
    return [head.trimEnd(), ...wrap(detail, width, 4, { brackets: true })];
  const [first = "", ...rest] = wrap(detail, width, indent, { brackets: true, firstLess: taken });
  return [head + first.slice(indent), ...rest];
}

function bodyBlocks(paper: Paper, report: Report): string[][] {
  const blocks = [
    ...findingBlocks(paper, report.findings, { leads: report.verdict === "inconclusive" }),
    ...differenceBlocks(paper, report),
  ];
  const client = clientBlock(paper, report);
  const reach = [...reachBlock(paper, report), ...client];
  if (paper.verbose) return [...blocks, ...evidenceLines(paper, report), ...reach];
  return report.facts.settings.probe ? [...blocks, ...reach] : [...routeLines(paper, report), ...blocks];
}

/** Who gets through. */
function reachBlock(paper: Paper, { reach }: Report): string[][] {
  const said = reachLine(reach);
  return said === null ? [] : [wrap(paper.line(said, 1000), paper.width)];
}

/** With --client: what clients find. */
function clientBlock(paper: Paper, { facts }: Report): string[][] {
  const said = clientLine(facts);
  return said === null ? [] : [wrap(paper.line(said, 1000), paper.width)];
}

/** What the change does, with --against. */
function differenceBlocks(paper: Paper, { difference }: Report): string[][] {
  if (difference === undefined) return [];
  const { chalk, width } = paper;
  const colours = { breaks: chalk.red, works: chalk.green, unknown: chalk.yellow } as const;
  return [
    [
      ...beside(width, differenceTitle(difference), "", chalk.bold),
      ...beside(width, "  ", paper.line(difference.summary, 1000)),
      ...differenceRows(difference).flatMap(({ label, text }) =>
        beside(width, `  ${label.padEnd(9)}`, paper.line(text, 1000), colours[label as keyof typeof colours] ?? chalk.dim),
      ),
    ],
  ];
}

/** `FAIL  example.com  1 error, 0 warnings      0.26 s` */
function verdictLines(paper: Paper, report: Report): string[] {
  const head = `${WORDS[report.verdict]}  ${paper.line(report.serverName, 255)}`;
  // Counts say nothing when nothing could be judged.
  const said = report.verdict === "inconclusive" && report.summary !== "" ? paper.line(report.summary) : severityCounts(report.findings);
  return verdictLine(paper, report, head, said, seconds(report.durationMs));
}

function verdictLine(paper: Paper, report: Report, head: string, said: string, took: string): string[] {
  const word = WORDS[report.verdict];
  const text = said === "" ? head : `${head}  ${said}`;
  const [first = "", ...rest] = apart(paper.width, text, took, undefined, paper.chalk.dim);
  return [colourOf(paper.chalk, report.verdict).bold(word) + first.slice(word.length), ...rest];
}

function saidInShort(paper: Paper, report: Report, room: number): string {
  if (report.verdict === "pass" || report.verdict === "inconclusive") return paper.line(report.summary);
  const told = severityCounts(report.findings);
  const codes = fold(report.findings)
    .filter(({ finding }) => finding.severity !== "info")
    .map(({ finding }) => paper.line(finding.code));
  const both = `${told}: ${listed([...new Set(codes)], room - told.length - 2)}`;
  return codes.length > 0 && displayWidth(both) <= room ? both : told;
}

/** At most `room` columns of a line that is safe already. */
function shortened(paper: Paper, text: string, room: number): string {
  if (displayWidth(text) <= room) return text;
  for (let length = room; length > 0; length--) {
    const cut = paper.line(harmless(text, length));
    if (displayWidth(cut) <= room) return cut;
  }
  return "";
}
