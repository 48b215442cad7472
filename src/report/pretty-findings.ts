/** The findings in the terminal report: root cause first, its consequences folded under it. */
import type { Finding } from "../facts/output.ts";
import { fixParts } from "../views/fix-parts.ts";
import { displayWidth, wrap } from "./harmless.ts";
import { needsNoAction } from "./needs-action.ts";
import { beside, colourOf, firstOf, listed, type Paper } from "./pretty-style.ts";

export interface FoldedFinding {
  finding: Finding;
  /** Findings that are only there because of this one, in the order given. */
  consequences: Finding[];
}

/**
 * Puts every finding under the finding that is its root cause, through chains of causes. A cause that isn't there (ignored) or that leads
 * in a circle holds nothing: nothing is ever lost.
 */
export function fold(findings: readonly Finding[]): FoldedFinding[] {
  const byCode = new Map<string, Finding>();
  for (const finding of findings) if (!byCode.has(finding.code)) byCode.set(finding.code, finding);
  const roots = new Map<Finding, FoldedFinding>();
  for (const finding of findings) {
    if (rootOf(finding, byCode) === finding) roots.set(finding, { finding, consequences: [] });
  }
  for (const finding of findings) {
    if (!roots.has(finding)) roots.get(rootOf(finding, byCode))?.consequences.push(finding);
  }
  return [...roots.values()];
}

function rootOf(finding: Finding, byCode: ReadonlyMap<string, Finding>): Finding {
  const passed = new Set([finding]);
  let root = finding;
  while (root.causedBy !== null) {
    const cause = byCode.get(root.causedBy);
    if (cause === undefined) return root;
    if (passed.has(cause)) return finding;
    passed.add(cause);
    root = cause;
  }
  return root;
}

/**
 * Each root cause as a block of lines; blocks are to be set apart by an empty line, except that short infos are one block together.
 * `leads`: the first is shown whole, whatever it is.
 */
export function findingBlocks(paper: Paper, findings: readonly Finding[], { leads = false } = {}): string[][] {
  const blocks: string[][] = [];
  const short: string[] = [];
  for (const { finding, consequences } of fold(findings)) {
    const isWhole = paper.verbose || (leads && finding === findings[0]);
    if (!isWhole && needsNoAction(finding) && consequences.length === 0) continue;
    if (finding.severity === "info" && !isWhole) {
      short.push(infoLine(paper, finding), ...alsoLine(paper, consequences));
    } else {
      blocks.push(findingBlock(paper, finding, consequences));
    }
  }
  return short.length > 0 ? [...blocks, short] : blocks;
}

function findingBlock(paper: Paper, finding: Finding, consequences: readonly Finding[]): string[] {
  const lines = fullFinding(paper, finding);
  if (!paper.verbose) return [...lines, ...alsoLine(paper, consequences)];
  const arrow = `  ${paper.symbol("folded")} `;
  for (const consequence of consequences) {
    const inner = fullFinding({ ...paper, width: paper.width - arrow.length }, consequence);
    lines.push(...inner.map((line, index) => (index === 0 ? arrow : " ".repeat(arrow.length)) + line));
  }
  return lines;
}

function fullFinding(paper: Paper, finding: Finding): string[] {
  const { chalk, width } = paper;
  const detail = paper.text(finding.detail);
  const title = paper.line(finding.title);
  const lines = headLines(paper, finding);
  // Information that asks for nothing is its detail.
  const isBrief = needsNoAction(finding) && detail !== "";
  if (title !== "" && (detail === "" || (paper.verbose && !isBrief))) lines.push(...wrap(title, width, 2));
  lines.push(...wrap(detail, width, 2));
  const labelled = (label: string, text: string): void => {
    lines.push(...beside(width, `  ${`${label} `.padEnd(labelColumns(width))}`, text, chalk.bold));
  };
  lines.push(...fixLines(paper, finding.fix));
  if (paper.verbose && !isBrief) {
    const affects = finding.affects === "all" ? "all homeservers" : finding.affects.join(", ");
    if (affects !== "") labelled("Affects", paper.line(affects));
    if (finding.spec !== null) labelled("Source", paper.line(finding.spec, 500));
  }
  return [...lines, ...moreLines(paper, finding)];
}

/** A command is never wrapped: what doesn't fit beside the label stands under it, however long. */
function moreLines(paper: Paper, finding: Finding): string[] {
  const { chalk, width } = paper;
  const head = `  ${"More ".padEnd(labelColumns(width))}`;
  const command = `matrix-delegation-check explain ${paper.line(finding.code)}`;
  const fits = displayWidth(head) + displayWidth(command) <= width;
  return fits ? [`${chalk.bold(head)}${command}`] : [chalk.bold(head.trimEnd()), `    ${command}`];
}

/** A narrow terminal has no columns to give away. */
function labelColumns(width: number): number {
  return width < 60 ? 5 : 8;
}

/** Prose beside the label; what is to be pasted under it, set apart by empty lines, at the left edge whatever the width. */
function fixLines(paper: Paper, texts: readonly string[]): string[] {
  const { chalk, width } = paper;
  const fixes = texts.filter((text) => text !== "");
  const lines = fixes.flatMap((text, index) => {
    const number = fixes.length > 1 ? `${index + 1}. ` : "";
    const head = `  ${(index === 0 ? "Fix" : "").padEnd(labelColumns(width))}${number}`;
    return fixParts(text).flatMap((part, at) => [
      ...beside(width, at === 0 ? head : " ".repeat(head.length), paper.line(part.prose, 2000), chalk.bold),
      ...(part.lines.length === 0 ? [] : ["", ...part.lines.slice(0, MOST_LINES).map((line) => `    ${paper.code(line)}`), ""]),
    ]);
  });
  // What follows isn't set apart from prose.
  return lines;
}

/** A long fix is a proxy's configuration; whatever is longer is somebody's attempt to fill the screen. */
const MOST_LINES = 200;

/** The column at which `where` begins, when there is room. */
const WHERE_COLUMN = 41;

/** `✖ error  tls/expired        192.0.2.10:8448`; what doesn't fit beside it stands under it. */
function headLines(paper: Paper, finding: Finding): string[] {
  const { chalk, width } = paper;
  const colour = colourOf(chalk, finding.severity);
  const sign = `${paper.symbol(finding.severity)} ${finding.severity}`;
  const code = paper.line(finding.code);
  const left = `${sign}  ${code}`;
  const colourLeft = (text: string): string => (text === left ? `${colour(sign)}  ${chalk.bold(code)}` : colour(text));
  const where = finding.where.map((place) => paper.line(place));
  const column = Math.max(WHERE_COLUMN, displayWidth(left) + 2);
  const room = width - column;
  const head = wrap(left, width).map((line) => colourLeft(line));
  if (where.length === 0) return head;
  const text = listed(where, room);
  const whole = displayWidth(where.join(", ")) <= room;
  if (head.length === 1 && (whole || (!paper.verbose && displayWidth(text) <= room))) {
    return [`${head[0] ?? ""}${" ".repeat(column - displayWidth(left))}${chalk.dim(text)}`];
  }
  const under = paper.verbose ? where.join(", ") : firstOf(where, 3);
  return [...head, ...wrap(under, width, 2).map((line) => chalk.dim(line))];
}

/** An info in one line: what was seen when that fits, else what it is. */
function infoLine(paper: Paper, finding: Finding): string {
  const { chalk, width } = paper;
  const sign = `${paper.symbol("info")} info`;
  const head = `${sign}  ${paper.line(finding.code)}  `;
  const room = Math.max(20, width - displayWidth(head));
  const detail = paper.line(finding.detail);
  const text = detail !== "" && displayWidth(detail) <= room ? detail : paper.line(finding.title);
  const lines = beside(width, head, text, (left) => left.replace(sign, colourOf(chalk, "info")(sign)));
  return lines.join("\n");
}

/** `  ↳ also: connect/refused at 192.0.2.1:8448, …` */
function alsoLine(paper: Paper, consequences: readonly Finding[]): string[] {
  if (consequences.length === 0) return [];
  const items = consequences.map((finding) => {
    const where = finding.where.map((place) => paper.line(place, 100));
    const code = paper.line(finding.code);
    return where.length === 0 ? code : `${code} at ${firstOf(where, 2)}`;
  });
  return beside(paper.width, `  ${paper.symbol("folded")} also: `, firstOf(items, 6), paper.chalk.dim);
}
