/** Names as master files write them: relative to an origin unless they end in a dot (RFC 1035, 5.1). */
import { BadNameError, foldName, parseName } from "../facts/domain-name.ts";

export { BadNameError, foldName };

/** Most names: short labels of letters, digits, hyphens and underscores, which are their own normal form. */
const PLAIN = /^(?:[a-z0-9_-]{1,63}\.)*[a-z0-9_-]{1,63}$/i;
const MAX_PLAIN = 253;

/** Is the name written in full? The dot at its end isn't escaped. */
export function isAbsolute(written: string): boolean {
  if (!written.endsWith(".")) return false;
  let backslashes = 0;
  while (written.charAt(written.length - 2 - backslashes) === "\\") backslashes++;
  return backslashes % 2 === 0;
}

/**
 * The absolute name in its normal form. `origin` is null when there is none.
 * @throws BadNameError when it is no name, NoOriginError when it is relative and there is no origin
 */
export function absoluteName(written: string, origin: string | null): string {
  if (isAbsolute(written)) return normal(written === "." ? "." : written.slice(0, -1));
  if (origin === null) throw new NoOriginError();
  if (written === "@") return origin;
  return normal(origin === "." ? written : `${written}.${origin}`);
}

export class NoOriginError extends Error {}

function normal(name: string): string {
  return name.length <= MAX_PLAIN && PLAIN.test(name) ? name : parseName(name).text;
}

/** The name without its first label; null for the root. */
export function parentOf(name: string): string | null {
  if (name === ".") return null;
  for (let at = 0; at < name.length; at++) {
    const char = name.charAt(at);
    if (char === "\\") at++;
    else if (char === ".") return name.slice(at + 1);
  }
  return ".";
}

/** Is `name` the zone's name or below it? Both folded. */
export function isWithin(name: string, origin: string): boolean {
  if (origin === "." || name === origin) return true;
  if (!name.endsWith(`.${origin}`)) return false;
  // `a\.example.com` is one label beside `com`, not a name below `example.com`.
  let backslashes = 0;
  while (name.charAt(name.length - origin.length - 2 - backslashes) === "\\") backslashes++;
  return backslashes % 2 === 0;
}
