// Server names: whether a text is one, and what was probably meant when it isn't.
// Grammar: Matrix Appendices, "Server Name". `m.server` uses the same grammar (Server-Server API, "Resolving server names").
import { intendedName } from "./intended-name.ts";
import { readServerName } from "./server-name-grammar.ts";
import type { ServerName, ServerNameFault } from "./server-name-grammar.ts";

export type { ServerName, ServerNameFault } from "./server-name-grammar.ts";
export { oddLabel } from "./odd-label.ts";
export type { OddLabel } from "./odd-label.ts";

export type ServerNameResult =
  | { ok: true; name: ServerName }
  | {
      ok: false;
      /** The kind of mistake, for advice. */
      fault: ServerNameFault;
      /** One sentence that names what breaks the grammar. */
      problem: string;
      /** A valid server name that was probably meant, or null. */
      meant: string | null;
    };

/** Reads a server name. Never throws, takes linear time; a name with one final dot is valid and flagged `finalDot`. */
export function parseServerName(text: string): ServerNameResult {
  const result = readServerName(text);
  return result.ok ? result : { ...result, meant: intendedName(text) };
}

/** Whether a name has an upper-case letter: Matrix compares names case-sensitively, DNS doesn't (Appendices, "Server Name"). */
export function hasUppercase(name: string): boolean {
  return /[A-Z]/.test(name);
}

/** `host:port`, with brackets around an IPv6 literal (given without them); without a port just the host. */
export function formatHostPort(host: string, port: number | null): string {
  const bracketed = host.includes(":") ? `[${host}]` : host;
  return port === null ? bracketed : `${bracketed}:${port}`;
}
