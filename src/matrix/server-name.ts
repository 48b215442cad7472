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

/** While a name is checked and judged, the same few texts are read dozens of times. */
const lately = new Map<string, ServerNameResult>();
const MAX_REMEMBERED = 64;
/** Longer than any valid one. */
const LONGEST_REMEMBERED = 300;

/**
 * Reads a server name. Never throws, takes linear time; a name with one final dot is valid and flagged `finalDot`. Who gets the result
 * leaves it as it is.
 */
export function parseServerName(text: string): ServerNameResult {
  const known = lately.get(text);
  if (known !== undefined) return known;
  const read = readServerName(text);
  const result: ServerNameResult = read.ok ? read : { ...read, meant: intendedName(text) };
  if (text.length > LONGEST_REMEMBERED) return result;
  if (lately.size >= MAX_REMEMBERED) lately.clear();
  lately.set(text, result);
  return result;
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
