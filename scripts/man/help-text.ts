/** What stands below the options in a command's help, taken apart: the text stands in one place, and the manual page has it from there. */
import type { Command } from "commander";

export interface HelpText {
  /** Those with a title on a line of its own, such as "Exit codes:". */
  sections: Map<string, HelpSection>;
  /** All else: prose, and lines below it that are to stay as they are. */
  blocks: { prose: string[]; literal: string[] }[];
}

export interface HelpSection {
  /** Of two columns; `text` is empty where there is only one. */
  entries: { term: string; text: string }[];
  prose: string[];
}

/** @param helpOf The text that `--help` prints for that command. */
export function helpText(command: Command, helpOf: (command: Command) => string): HelpText {
  const [, after] = helpOf(command).split(command.helpInformation());
  if (after === undefined) throw new Error(`the help of ${command.name()} isn't what commander makes and what was added behind it`);
  const result: HelpText = { sections: new Map(), blocks: [] };
  for (const block of after
    .split(/\n{2,}/)
    .map((text) => text.split("\n").filter((line) => line !== ""))
    .filter(({ length }) => length > 0)) {
    const title = /^([A-Z][a-z]+(?: [a-z]+)?):$/.exec(block[0] ?? "")?.[1];
    if (title === undefined)
      result.blocks.push({ prose: block.filter((line) => !line.startsWith(" ")), literal: block.filter((line) => line.startsWith(" ")) });
    else result.sections.set(title, sectionOf(block.slice(1)));
  }
  return result;
}

function sectionOf(lines: readonly string[]): HelpSection {
  const section: HelpSection = { entries: [], prose: [] };
  for (const line of lines) {
    const last = section.entries.at(-1);
    if (!line.startsWith(" ")) section.prose.push(line);
    // Belongs to the line above, which left no room for it.
    else if (line.startsWith(" ".repeat(8)) && last !== undefined) last.text = `${last.text} ${line.trim()}`.trim();
    else {
      const [term = "", text = ""] = line.trim().split(/ {2,}/);
      section.entries.push({ term, text });
    }
  }
  return section;
}
