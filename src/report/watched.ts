/**
 * `--watch`: what is printed of one event, as lines for people or as one line of JSON. Every line stands for itself: time, verdict, name,
 * what changed, from, to.
 */
import type { Change, Report, WatchEvent } from "../facts/output.ts";
import { escapeJson } from "./json.ts";
import { colourOf, firstOf, paperOf, type Paper, type PrettyOptions } from "./pretty-style.ts";

/** One line, for `-f ndjson` and for the command of `--on-change`. */
export function renderEventJson(event: WatchEvent): string {
  return `${escapeJson(JSON.stringify(event))}\n`;
}

/** A line a change; the state in a line when there is none. With `quiet` only the verdict's; empty when that is not among the changes. */
export function renderEvent(event: WatchEvent, options: PrettyOptions): string {
  const { at, serverName, changes, report } = event;
  const paper = paperOf(options);
  // Not wrapped: whoever greps a log wants the whole line.
  const line = (said: string): string =>
    `${time(paper, at)}  ${word(paper, report)}  ${paper.chalk.bold(paper.line(serverName, 255))}  ${said}\n`;
  if (changes.length === 0) return line(paper.line(report.summary, 500));
  return changes
    .filter(({ what }) => !options.quiet || what === "verdict")
    .map((change) => line(changeText(paper, change, report)))
    .join("");
}

function word({ chalk }: Paper, { verdict }: Report): string {
  return colourOf(chalk, verdict).bold(verdict.toUpperCase());
}

/** Without the milliseconds. */
function time(paper: Paper, at: string): string {
  return paper.chalk.dim(paper.line(at.replace(/\.\d+Z$/, "Z"), 40));
}

function changeText(paper: Paper, { what, name, where, from, to }: Change, { summary, findings }: Report): string {
  const whose = name === null ? "" : ` ${paper.line(name, 300)}`;
  const places = where.length === 0 ? "" : ` at ${paper.line(firstOf(where, 4), 400)}`;
  const head = `${what}${whose}${places}: ${paper.line(`${from ?? "none"} → ${to ?? "none"}`, 1100)}`;
  if (what === "verdict") return `${head}. ${paper.line(summary, 500)}`;
  const title = what === "finding" && from === null ? findings.find(({ code }) => code === name)?.title : undefined;
  return title === undefined ? head : `${head} (${paper.line(title, 200)})`;
}
