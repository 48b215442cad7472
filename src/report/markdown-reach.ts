/** Who reaches the server, in `--format markdown`. */
import type { Report } from "../facts/output.ts";
import { code, text } from "./markdown-text.ts";
import { REACH_HEADINGS, reachCells, reachLine } from "./reach-text.ts";

/** One line. */
export function reachParagraph({ reach }: Report): string {
  const said = reachLine(reach);
  return said === null ? "" : `\n${text(said.replaceAll(" · ", "; "), 1000)}.\n`;
}

export function reachTable({ reach }: Report): string {
  if (reachLine(reach) === null) return "";
  const rows = reach.map((each) => {
    const [name, word, by, because] = reachCells(each);
    return `| ${text(name, 100)} | ${word} | ${by} | ${because.map((each) => code(each, 100)).join(", ")} |\n`;
  });
  return `\n| ${REACH_HEADINGS.join(" | ")} |\n|${" --- |".repeat(REACH_HEADINGS.length)}\n${rows.join("")}`;
}
