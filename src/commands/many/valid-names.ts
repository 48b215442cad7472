/** The server names on the command line: all of them are looked at before anything runs. */
import { parseServerName } from "../../matrix/server-name.ts";
import { harmless } from "../../report/harmless.ts";
import { nearest } from "../../facts/nearest.ts";
import { PROGRAM } from "../program-name.ts";
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
  const several = wanted === "server name" ? severalNames(text) : null;
  if (several !== null) return `is not a server name but several: separate them by spaces, as in ${harmless(several.join(" "), 300)}`;
  const parsed = parseServerName(text);
  if (!parsed.ok) {
    // A name alone is no better where a port is wanted.
    const meant =
      parsed.meant === null || (wanted === "host:port" && !/:\d+$/.test(parsed.meant))
        ? ""
        : `; probably meant: ${harmless(parsed.meant, 300)}`;
    return `is not a ${wanted}: ${clause(parsed.problem)}${meant}`;
  }
  const { finalDot, host, portText } = parsed.name;
  // The grammar allows it, and DNS could: no top-level domain is a number (RFC 3696, 2).
  if (/^[0-9]+(?:\.[0-9]+)*$/.test(host) && parsed.name.kind === "dns")
    return `is not a ${wanted}: there are only numbers, and it isn't an IPv4 address, which has four of them, as in 192.0.2.1`;
  if (!finalDot) return null;
  return `ends in a dot, and a ${wanted} doesn't; probably meant: ${host.slice(0, -1)}${portText === null ? "" : `:${portText}`}`;
}

export const COMMANDS: readonly string[] = ["check", "resolve", "plan", "serve", "explain", "completion", "help"];

/**
 * `reslove example.com`: a first word without a dot, with more behind it, and nearly a command. `check reslove` checks a server of that
 * name.
 */
export function refuseMistypedCommand(first: string, count: number): void {
  if (count < 2 || COMMANDS.includes(first) || !/^[a-z]+$/.test(first)) return;
  const letters = (word: string): string => [...word].toSorted().join("");
  const near =
    nearest(first, COMMANDS) ??
    COMMANDS.find((command) => letters(command) === letters(first) || (command.startsWith(first) && first.length >= 4));
  if (near !== undefined) throw new CommandUsageError(`${quote(first)} is not a command: did you mean ${near}?`);
}

/** The line about `help foo`. */
export function unknownCommand(word: string): string {
  const near = nearest(word, COMMANDS);
  if (near === null && word.includes("/"))
    return `there is no command ${quote(word)}: a finding's page is shown by ${PROGRAM} explain ${harmless(word, 80)}`;
  return `there is no command ${quote(word)}: ${near === null ? `there are ${COMMANDS.join(", ")}` : `did you mean ${near}?`}`;
}

/** `a.com,b.com`, or with other things between them than the spaces of the shell; null for anything else. */
function severalNames(text: string): string[] | null {
  if (text.length > 4096) return null;
  const parts = text.split(/[\s,;|]+/).filter((part) => part !== "");
  return parts.length > 1 && parts.every((part) => part.includes(".") && parseServerName(part).ok) ? parts : null;
}

/** A sentence as part of another one. */
function clause(sentence: string): string {
  const start = /^[A-Z](?=[a-z ])/.exec(sentence)?.[0] ?? "";
  return harmless(start.toLowerCase() + sentence.slice(start.length), 300).replace(/\.$/, "");
}
