/** The server names on the command line: all of them are looked at before anything runs. */
import { parseServerName } from "../matrix/server-name.ts";
import { harmless } from "../report/harmless.ts";
import { CommandUsageError, quote } from "./usage.ts";

/** Refuses the first name that is no server name, and says what was probably meant. */
export function refuseInvalidNames(names: readonly string[]): void {
  for (const text of names) {
    const parsed = parseServerName(text);
    if (!parsed.ok) {
      const meant = parsed.meant === null ? "" : `; probably meant: ${harmless(parsed.meant, 300)}`;
      throw new CommandUsageError(`${quote(text)} is no server name: ${clause(parsed.problem)}${meant}`);
    }
    const { finalDot, host, portText } = parsed.name;
    if (finalDot) {
      const meant = host.slice(0, -1) + (portText === null ? "" : `:${portText}`);
      throw new CommandUsageError(`${quote(text)} ends in a dot, and a server name doesn't; probably meant: ${meant}`);
    }
  }
}

/** A sentence as part of another one. */
function clause(sentence: string): string {
  const start = /^[A-Z](?=[a-z ])/.exec(sentence)?.[0] ?? "";
  return harmless(start.toLowerCase() + sentence.slice(start.length), 300).replace(/\.$/, "");
}
