/** A plan for people: numbered steps. Prose is wrapped; what is to be pasted stands unbroken on lines of its own, whatever the width. */
import type { ChalkInstance } from "chalk";
import type { Plan } from "../../advice/plan-shape.ts";
import type { PlannedStep } from "../../advice/plan-steps.ts";
import { SERVE_WITH, type ServeWith } from "../../advice/well-known.ts";
import { harmless, harmlessCode, wrap } from "../../report/harmless.ts";

export interface PlanTextOptions {
  /** Null: --with wasn't given. */
  using: ServeWith | null;
  /** One line about what the steps' states come from. */
  presentNote: string;
  chalk: ChalkInstance;
  /** Columns, for prose. */
  width: number;
}

const STATUS_WORDS = { "to-do": "", change: ": to be changed", done: ": done already" } as const;

/** Ends in a line feed. */
export function planText(plan: Plan, { using, presentNote, chalk, width }: PlanTextOptions): string {
  const prose = (text: string, indent = 2): string => wrap(harmless(text, 4000), width, indent).join("\n");
  const item = (text: string): string => `  - ${prose(text, 4).trimStart()}`;
  const section = (title: string, parts: readonly string[]): string[] => (parts.length === 0 ? [] : [chalk.bold(title), ...parts]);
  const step = ({ id, title, status, present, parts }: PlannedStep, index: number): string[] => [
    chalk.bold(`${index + 1}. ${title}${STATUS_WORDS[status]}`),
    ...(present === null ? [] : [prose(present, 3)]),
    // What it would take is in the plan without today's state.
    ...(status === "done" && id !== "verify" ? [] : parts.flatMap((part) => [prose(part.prose, 3), ...pasted(part.lines)])),
  ];

  // Those two serve files only.
  const kinds = plan.files.length > 0 ? SERVE_WITH : SERVE_WITH.filter((kind) => kind !== "synapse" && kind !== "static");
  const title =
    plan.via === "none" ? plan.serverName : `${plan.serverName} to ${plan.to}, by ${plan.via === "srv" ? "SRV records" : "well-known"}`;
  const blocks = [
    chalk.bold(title),
    prose(plan.summary),
    prose(presentNote),
    ...(using === null
      ? [prose(`With --with ${kinds.slice(0, -1).join(", ")} or ${kinds.at(-1) ?? ""} this prints the configuration of that server.`)]
      : []),
    ...plan.steps.flatMap(step),
    ...section("Notes", plan.notes.length === 0 ? [] : [plan.notes.map(item).join("\n")]),
  ];
  return `${blocks.join("\n\n")}\n`;
}

/** As in the reports: set apart by empty lines, with a small indent. */
function pasted(lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [lines.map((line) => (line === "" ? "" : `    ${harmlessCode(line, 4000)}`)).join("\n")];
}
