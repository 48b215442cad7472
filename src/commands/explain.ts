/** `explain`: the list of all findings, or the page of one. */
import { pageOf } from "../rules/page.ts";
import { Chalk, type ChalkInstance } from "chalk";
import type { Severity } from "../facts/output.ts";
import { AFTER_GREEN } from "../report/after-green.ts";
import { CHANGE } from "../report/change-page.ts";
import { terminalMarkdown } from "../report/terminal-markdown.ts";
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
  const remaining = AFTER_GREEN.flatMap(({ what, advice }) => terminalMarkdown(`- ${what}. ${advice}`, terminal.width, chalk));
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
  const title = terminalMarkdown(rule.title, terminal.width, chalk).join("\n");
  return `${chalk.bold(rule.code)}  ${severities.join(" or ")}\n${title}\n\n${terminalMarkdown(pageOf(rule), terminal.width, chalk).join("\n")}\n${spec}`;
}
