/** `explain`: the list of all findings, or the page of one. */
import { pageOf } from "../rules/page.ts";
import { Chalk, type ChalkInstance } from "chalk";
import type { Severity } from "../facts/output.ts";
import { AFTER_GREEN } from "../report/after-green.ts";
import { CHANGE } from "../report/change-page.ts";
import type { RulePage } from "./engine.ts";
import type { CommandIo } from "./io.ts";
import { unknownCode } from "./unknown-code.ts";
import { PROGRAM } from "./program-name.ts";
import { type ColorFlag, type Terminal, terminalOf } from "./output/terminal.ts";
import { CommandUsageError } from "./usage.ts";

/** A finding's, or that of what has a code and is no finding. */
type Page = RulePage | typeof CHANGE;

export interface ExplainOptions {
  code: string | undefined;
  json: boolean;
  color: ColorFlag;
}

/** One entry of `explain --json`. */
export interface ExplainedFinding {
  code: string;
  /** All severities that the finding can have, the gravest first. */
  severities: Severity[];
  title: string;
  /** Markdown. */
  explain: string;
  /** URL. */
  spec: string | null;
}

/** The text for stdout: the list, that of an area, or a page. Throws CommandUsageError for a code that isn't there. */
export async function explain(options: ExplainOptions, io: CommandIo): Promise<string> {
  const rules = await io.engine.rules();
  if (options.code === undefined) {
    return options.json ? json(rules.map(entry)) : list(rules, terminalOf(io.stdout, options.color, io.env, io.platform));
  }
  // `tls`, `tls/`, `tls/*`: all of an area.
  const area = /^([a-z-]+)(?:\/\*?)?$/.exec(options.code)?.[1];
  const members = rules.filter((rule) => areaOf(rule) === area);
  if (members.length > 0)
    return options.json
      ? json(members.map(entry))
      : `${findingsIn(members, terminalOf(io.stdout, options.color, io.env, io.platform))}The page of one: ${PROGRAM} explain <code>\n`;
  const rule = [...rules, CHANGE].find((candidate) => candidate.code === options.code);
  if (rule === undefined)
    throw new CommandUsageError(unknownCode(options.code, [...new Set(rules.map(areaOf)), ...rules.map((known) => known.code)]));
  return options.json ? json(entry(rule)) : page(rule, terminalOf(io.stdout, options.color, io.env, io.platform));
}

const GRAVEST_FIRST: readonly Severity[] = ["error", "warning", "info"];

function severitiesOf(rule: Page): Severity[] {
  const all: readonly Severity[] = typeof rule.severity === "string" ? [rule.severity] : rule.severity;
  return GRAVEST_FIRST.filter((severity) => all.includes(severity));
}

function entry(rule: Page): ExplainedFinding {
  return { code: rule.code, severities: severitiesOf(rule), title: rule.title, explain: pageOf(rule), spec: rule.spec };
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

function colored(severity: Severity, text: string, chalk: ChalkInstance): string {
  return severity === "error" ? chalk.red(text) : severity === "warning" ? chalk.yellow(text) : chalk.blue(text);
}

/** By area, in the order of the registry, which is that of the steps. */
function findingsIn(rules: readonly RulePage[], terminal: Terminal): string {
  const chalk = new Chalk({ level: terminal.colorLevel });
  const codeWidth = Math.max(0, ...rules.map((rule) => rule.code.length));
  const severityWidth = Math.max(0, ...rules.map((rule) => severitiesOf(rule).join("/").length));
  const areas = groupByArea(rules);
  let text = "";
  for (const [area, members] of areas) {
    text += `${chalk.bold(area)}\n`;
    for (const rule of members) {
      const severities = severitiesOf(rule);
      const shown =
        severities.map((severity) => colored(severity, severity, chalk)).join("/") +
        " ".repeat(severityWidth - severities.join("/").length);
      text += `  ${rule.code.padEnd(codeWidth)}  ${shown}  ${rule.title}\n`;
    }
    text += "\n";
  }
  return text;
}

function list(rules: readonly RulePage[], terminal: Terminal): string {
  const chalk = new Chalk({ level: terminal.colorLevel });
  const remaining = AFTER_GREEN.flatMap(({ what, advice }) => wrapMarkdown(`- ${what}. ${advice}`, terminal.width));
  return `${findingsIn(rules, terminal)}${chalk.bold("When everything passes and federation still fails")}\n${remaining.join("\n")}\n\nThe page of one: ${PROGRAM} explain <code>\n`;
}

function areaOf(rule: RulePage): string {
  return rule.code.slice(0, rule.code.indexOf("/"));
}

function groupByArea(rules: readonly RulePage[]): Map<string, RulePage[]> {
  const areas = new Map<string, RulePage[]>();
  for (const rule of rules) areas.set(areaOf(rule), [...(areas.get(areaOf(rule)) ?? []), rule]);
  return areas;
}

function page(rule: Page, terminal: Terminal): string {
  const chalk = new Chalk({ level: terminal.colorLevel });
  const severities = severitiesOf(rule).map((severity) => colored(severity, severity, chalk));
  const spec = rule.spec === null ? "" : `\n${chalk.bold("Source")}  ${rule.spec}\n`;
  const title = wrapMarkdown(rule.title, terminal.width).join("\n");
  return `${chalk.bold(rule.code)}  ${severities.join(" or ")}\n${title}\n\n${wrapMarkdown(pageOf(rule), terminal.width).join("\n")}\n${spec}`;
}

/**
 * Wraps paragraphs and list items at `width` columns. Code (fenced, or indented by four), tables, quotes and headings keep their lines;
 * a word that is longer than the line stands alone.
 */
export function wrapMarkdown(text: string, width: number): string[] {
  const result: string[] = [];
  /** The paragraph or list item that is being gathered. */
  let block: { first: string; rest: string; words: string[] } | null = null;
  let fenced = false;
  const end = (): void => {
    if (block !== null) result.push(...fill(block.words, block.first, block.rest, width));
    block = null;
  };
  for (const line of text.split("\n")) {
    const fence = /^\s*(```|~~~)/.test(line);
    const item = /^(\s*(?:[-*+]|\d+[.)])\s+)(\S.*)?$/.exec(line);
    const continues: boolean = block !== null;
    if (fence || fenced || /^\s*$|^\s*[|>#]/.test(line) || (/^ {4}/.test(line) && !continues && item === null)) {
      end();
      result.push(line.trimEnd());
      if (fence) fenced = !fenced;
    } else if (item !== null) {
      end();
      const first = item[1] ?? "";
      block = { first, rest: " ".repeat(first.length), words: (item[2] ?? "").split(/\s+/) };
    } else {
      const indent = /^\s*/.exec(line)?.[0] ?? "";
      block ??= { first: indent, rest: indent, words: [] };
      block.words.push(...line.trim().split(/\s+/));
    }
  }
  end();
  return result;
}

function fill(words: readonly string[], first: string, rest: string, width: number): string[] {
  const lines: string[] = [];
  let line = first;
  let empty = true;
  for (const word of words) {
    if (!empty && line.length + 1 + word.length > width) {
      lines.push(line);
      line = rest;
      empty = true;
    }
    line += empty ? word : ` ${word}`;
    empty = false;
  }
  return [...lines, line];
}
