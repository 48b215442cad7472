/** The server names on the command line: all of them are looked at before anything runs. */
import { parseServerName } from "../../matrix/server-name.ts";
import { harmless } from "../../report/harmless.ts";
import { CommandUsageError, quote } from "../usage.ts";

/** Refuses the first name that is no server name, and says what was probably meant. */
export function refuseInvalidNames(names: readonly string[]): void {
  for (const text of names) {
    const problem = nameProblem(text);
    if (problem !== null) throw new CommandUsageError(`${quote(text)} ${problem}`);
  }
}

/** Null, or why the text is no `wanted` with the grammar of server names, as what follows the text in a sentence. */
export function nameProblem(text: string, wanted: "server name" | "host:port" = "server name"): string | null {
  const parsed = parseServerName(text);
  if (!parsed.ok) {
    // A name alone is no better where a port is wanted.
    const meant =
      parsed.meant === null || (wanted === "host:port" && !/:\d+$/.test(parsed.meant))
        ? ""
        : `; probably meant: ${harmless(parsed.meant, 300)}`;
    return `is no ${wanted}: ${clause(parsed.problem)}${meant}`;
  }
  const { finalDot, host, portText } = parsed.name;
  if (!finalDot) return null;
  return `ends in a dot, and a ${wanted} doesn't; probably meant: ${host.slice(0, -1)}${portText === null ? "" : `:${portText}`}`;
}

const COMMANDS = ["check", "resolve", "plan", "explain", "completion"];

/**
 * `reslove example.com`: a first word without a dot, with more behind it, and nearly a command. `check reslove` checks a server of that
 * name.
 */
export function refuseMistypedCommand(first: string, count: number): void {
  if (count < 2 || COMMANDS.includes(first) || !/^[a-z]+$/.test(first)) return;
  const letters = (word: string): string => [...word].toSorted().join("");
  const near = COMMANDS.find(
    (command) =>
      letters(command) === letters(first) ||
      (command.startsWith(first) && first.length >= 4) ||
      (first.startsWith(command) && first.length <= command.length + 1),
  );
  if (near !== undefined) throw new CommandUsageError(`${quote(first)} is no command: did you mean ${near}?`);
}

/** A sentence as part of another one. */
function clause(sentence: string): string {
  const start = /^[A-Z](?=[a-z ])/.exec(sentence)?.[0] ?? "";
  return harmless(start.toLowerCase() + sentence.slice(start.length), 300).replace(/\.$/, "");
}
