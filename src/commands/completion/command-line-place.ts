/**
 * Where on the command line a word stands, read from the options and commands that commander knows: what a Tab there may be completed to.
 * Pure.
 */
import type { Argument, Command, Option } from "commander";

export type Place =
  /** `typed` is the value so far, `before` what stands before it in the same word: `--format=`, `-f`, or nothing. */
  | { at: "value"; of: Option; before: string; typed: string }
  | { at: "option"; command: Command; given: ReadonlySet<Option>; typed: string }
  /** `argument` is null where no more are taken. `mayBeCommand`: no word before this one has decided on the command. */
  | { at: "argument"; argument: Argument | null; mayBeCommand: boolean; typed: string };

/** `words` are those behind the program's name; the last one, perhaps empty, is the one that is being written. */
export function placeOf(program: Command, words: readonly string[]): Place {
  const typed = words.at(-1) ?? "";
  const given = new Set<Option>();
  let command: Command | null = null;
  let operands = 0;
  let onlyOperands = false;
  let waiting: Option | null = null;
  for (const word of words.slice(0, -1)) {
    if (waiting !== null) {
      waiting = null;
    } else if (onlyOperands || !isOption(word)) {
      const named: Command | null = command === null ? commandNamed(program, word) : null;
      command ??= named ?? defaultCommand(program);
      if (named === null) operands++;
    } else if (word === "--") {
      onlyOperands = true;
    } else {
      const read = optionsIn(word, knownOptions(program, command));
      for (const option of read.options) given.add(option);
      waiting = read.waiting;
    }
  }
  if (waiting !== null) return { at: "value", of: waiting, before: "", typed };
  if (!onlyOperands && typed.startsWith("-")) {
    const value = valueInside(typed, knownOptions(program, command));
    return value ?? { at: "option", command: command ?? defaultCommand(program), given, typed };
  }
  const taken = (command ?? defaultCommand(program)).registeredArguments;
  const last = taken.at(-1);
  return {
    at: "argument",
    argument: taken[operands] ?? (last?.variadic === true ? last : null),
    mayBeCommand: command === null && !onlyOperands,
    typed,
  };
}

/** Those that help shows, `help` among them. */
export function commandsOf(program: Command): Command[] {
  return program.createHelp().visibleCommands(program);
}

/** Those that the help of `command` shows. */
export function optionsOf(command: Command): Option[] {
  const help = Object.assign(command.createHelp(), { showGlobalOptions: false }, command.configureHelp());
  return [...help.visibleOptions(command), ...help.visibleGlobalOptions(command)];
}

/** `-` alone is stdin. */
function isOption(word: string): boolean {
  return word.startsWith("-") && word !== "-";
}

function commandNamed(program: Command, name: string): Command | null {
  return commandsOf(program).find((command) => command.name() === name || command.aliases().includes(name)) ?? null;
}

/** commander doesn't say which one it is; it is the first. */
function defaultCommand(program: Command): Command {
  return program.commands[0] ?? program;
}

/** The program's options are understood behind every command. */
function knownOptions(program: Command, command: Command | null): Option[] {
  return [...(command?.options ?? []), ...program.options];
}

function takesValue(option: Option): boolean {
  return option.required || option.optional;
}

/** The options that are given in one word, `--timeout=5s`, `-f`, `-qf`; and the one whose value must be in the next word. */
function optionsIn(word: string, known: readonly Option[]): { options: Option[]; waiting: Option | null } {
  if (word.startsWith("--")) {
    const [flag, value] = split(word);
    const option = known.find(({ long }) => long === flag);
    return { options: option === undefined ? [] : [option], waiting: value === null && option?.required === true ? option : null };
  }
  const options: Option[] = [];
  for (let index = 1; index < word.length; index++) {
    const option = known.find(({ short }) => short === `-${word[index] ?? ""}`);
    if (option === undefined) break;
    options.push(option);
    if (takesValue(option)) return { options, waiting: option.required && index === word.length - 1 ? option : null };
  }
  return { options, waiting: null };
}

/** `--format=js`, `-fjs`. */
function valueInside(typed: string, known: readonly Option[]): Place | null {
  const [flag, value] = typed.startsWith("--") ? split(typed) : [typed.slice(0, 2), typed.length > 2 ? typed.slice(2) : null];
  const option = known.find(({ long, short }) => long === flag || short === flag);
  if (value === null || option === undefined || !takesValue(option)) return null;
  return { at: "value", of: option, before: typed.slice(0, typed.length - value.length), typed: value };
}

function split(word: string): [flag: string, value: string | null] {
  const at = word.indexOf("=");
  return at < 0 ? [word, null] : [word.slice(0, at), word.slice(at + 1)];
}
