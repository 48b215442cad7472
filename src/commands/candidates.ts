/**
 * What the word under the cursor may be completed to. All of it comes from the program as commander knows it: choices, and what stands between the
 * angle brackets of an option or argument, so that a new option is completed because it is there.
 */
import type { Command } from "commander";
import { commandsOf, optionsOf, placeOf } from "./command-line-place.ts";
import { FORMATS } from "./options.ts";

export type Candidate =
  /** A whole word. */
  | { word: string; description: string }
  /** Files, looked up by the shell; their names come behind `before`, which is the beginning of the word. */
  | { filesBehind: string };

/** What is needed of a finding. */
export interface Named {
  code: string;
  title: string;
}

/**
 * @param words Those behind the program's name; the last one, perhaps empty, is being completed.
 * @param findings Asked only where a finding's code may stand.
 */
export async function candidates(program: Command, words: readonly string[], findings: () => Promise<readonly Named[]>): Promise<Candidate[]> {
  const place = placeOf(program, words);
  switch (place.at) {
    case "option":
      return optionsOf(place.command)
        .filter((option) => !place.given.has(option) || Array.isArray(option.defaultValue)) // gathered in a list: may be repeated
        .flatMap(({ long, short, description }) => [long, short].flatMap((flag) => (flag == null ? [] : [{ word: flag, description: description.replace(/ \(default: .*\)$/, "") }])))
        .filter(({ word }) => word.startsWith(place.typed));
    case "value":
      return await values(place.of.argChoices ?? placeholder(place.of.flags), place.before, place.typed);
    case "argument": {
      const { argument, mayBeCommand, typed } = place;
      const commands = mayBeCommand ? startingWith(namedCommands(program), "", typed) : [];
      return argument === null ? commands : [...commands, ...(await values(argument.argChoices ?? argument.name(), "", typed))];
    }
  }

  async function values(kind: readonly string[] | string, before: string, typed: string): Promise<Candidate[]> {
    if (typeof kind !== "string") return startingWith(kind.map((word) => ({ word, description: "" })), before, typed);
    if (kind === "format=file") return formatAndFile(before, typed);
    if (/\bfile\b|\bpem\b/.test(kind)) return [{ filesBehind: before }];
    if (kind === "code") return startingWith((await findings()).map(({ code, title }) => ({ word: code, description: title })), before, typed);
    if (kind === "command") return startingWith(namedCommands(program), before, typed);
    return [];
  }
}

function namedCommands(program: Command): { word: string; description: string }[] {
  return commandsOf(program).map((command) => ({ word: command.name(), description: command.description() }));
}

function startingWith(known: readonly { word: string; description: string }[], before: string, typed: string): Candidate[] {
  return known.filter(({ word }) => word.startsWith(typed)).map(({ word, description }) => ({ word: before + word, description }));
}

/** What stands between the brackets of `-f, --format <name>`. */
function placeholder(flags: string): string {
  return /[<[](.*?)(?:\.\.\.)?[>\]]$/.exec(flags)?.[1] ?? "";
}

/** `junit=report.xml`. */
function formatAndFile(before: string, typed: string): Candidate[] {
  const end = typed.indexOf("=") + 1;
  if (end > 0) return [{ filesBehind: before + typed.slice(0, end) }];
  const known = startingWith(FORMATS.map((format) => ({ word: `${format}=`, description: "" })), before, typed);
  const [only] = known;
  // Behind the only candidate a shell would put a space; of two it writes what they have in common.
  return known.length === 1 && only !== undefined && "word" in only ? [only, { word: `${only.word}./`, description: "" }] : known;
}
