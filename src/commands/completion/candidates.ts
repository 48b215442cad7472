/**
 * What the word under the cursor may be completed to. All of it comes from the program as commander knows it: choices, and what stands
 * between the angle brackets of an option or argument, so that a new option is completed because it is there.
 */
import type { Command } from "commander";
import { commandsOf, optionsOf, placeOf } from "./command-line-place.ts";
import { FORMATS } from "../options.ts";
import { VIAS } from "../../facts/way.ts";

export type Candidate =
  /** A whole word. */
  | Known
  /** Files, looked up by the shell; their names come behind this, the beginning of the word. */
  | { filesBehind: string };

/** What is needed of a finding. */
export interface Named {
  code: string;
  title: string;
}

type Findings = () => Promise<readonly Named[]>;

/**
 * @param words Those behind the program's name; the last one, perhaps empty, is being completed.
 * @param findings Asked only where a finding's code may stand.
 */
export async function candidates(program: Command, words: readonly string[], findings: Findings): Promise<Candidate[]> {
  const place = placeOf(program, words);
  switch (place.at) {
    case "option":
      return optionsOf(place.command)
        .filter((option) => !place.given.has(option) || Array.isArray(option.defaultValue)) // gathered in a list: may be repeated
        .flatMap(({ long, short, description }) =>
          [long, short].flatMap((flag) =>
            flag == null ? [] : [{ word: flag, description: description.replace(/ \(default: .*\)$/, "") }],
          ),
        )
        .filter(({ word }) => word.startsWith(place.typed));
    case "value":
      return await values(program, place.of.argChoices ?? placeholder(place.of.flags), place, findings);
    case "argument": {
      const { argument, mayBeCommand, typed } = place;
      const found = mayBeCommand ? startingWith(typed, "", commandNames(program)) : [];
      return argument === null
        ? found
        : [...found, ...(await values(program, argument.argChoices ?? argument.name(), { before: "", typed }, findings))];
    }
  }
}

/** @param kind The choices, or the word that help has in the value's place. */
async function values(
  program: Command,
  kind: readonly string[] | string,
  { before, typed }: { before: string; typed: string },
  findings: Findings,
): Promise<Candidate[]> {
  if (typeof kind !== "string")
    return startingWith(
      typed,
      before,
      kind.map((word) => ({ word, description: "" })),
    );
  if (kind === "format=file") return formatAndFile(before, typed);
  if (/\bfile\b|\bpem\b/.test(kind)) return [{ filesBehind: before }];
  if (kind === "code")
    return startingWith(
      typed,
      before,
      (await findings()).map(({ code, title }) => ({ word: code, description: title })),
    );
  // Its choices stand in its description.
  if (kind === "way")
    return startingWith(
      typed,
      before,
      VIAS.map((word) => ({ word, description: "" })),
    );
  if (kind === "command") return startingWith(typed, before, commandNames(program));
  // `i/n|auto`: the one that can be written as it stands.
  if (kind.includes("|"))
    return startingWith(
      typed,
      before,
      kind
        .split("|")
        .filter((word) => /^[a-z]+$/.test(word))
        .map((word) => ({ word, description: "" })),
    );
  return [];
}

interface Known {
  word: string;
  description: string;
}

function commandNames(program: Command): Known[] {
  return commandsOf(program).map((command) => ({ word: command.name(), description: command.description() }));
}

function startingWith(typed: string, before: string, known: readonly Known[]): Known[] {
  return known.filter(({ word }) => word.startsWith(typed)).map(({ word, description }) => ({ word: before + word, description }));
}

/** What stands between the brackets of `-f, --format <name>`. */
function placeholder(flags: string): string {
  const [, needed, optional] = /<([^<>]*)>$|\[([^[<>]*)\]$/.exec(flags) ?? [];
  return (needed ?? optional ?? "").replace("...", "");
}

/** `junit=report.xml`. */
function formatAndFile(before: string, typed: string): Candidate[] {
  const end = typed.indexOf("=") + 1;
  if (end > 0) return [{ filesBehind: before + typed.slice(0, end) }];
  const found = startingWith(
    typed,
    before,
    FORMATS.map((format) => ({ word: `${format}=`, description: "" })),
  );
  const [only] = found;
  // Behind the only candidate a shell would put a space; of two it writes what they have in common.
  return found.length === 1 && only !== undefined ? [only, { word: `${only.word}./`, description: "" }] : found;
}
