/** Names that stand outside the public DNS: those that are set aside, and those that private networks have nevertheless. Pure. */

/** Special-use names, with the document that sets each aside. */
const SPECIAL: Readonly<Record<string, string>> = {
  test: "RFC 6761",
  example: "RFC 6761",
  invalid: "RFC 6761",
  localhost: "RFC 6761",
  local: "RFC 6762",
  onion: "RFC 7686",
  "home.arpa": "RFC 8375",
  alt: "RFC 9476",
  internal: "ICANN's resolution of 29 July 2024",
};

/** What private networks are called, besides. */
export const PRIVATE_SUFFIXES: ReadonlySet<string> = new Set(["lan", "corp", "home", "intranet", "localdomain", "private"]);

/** The special-use name that `host` is, or ends in, and by which document; null for any other. */
export function specialUse(host: string): { suffix: string; by: string } | null {
  const labels = host.split(".");
  for (const suffix of [labels.slice(-2).join("."), labels.at(-1) ?? ""]) {
    const by = Object.hasOwn(SPECIAL, suffix) ? SPECIAL[suffix] : undefined;
    if (by !== undefined) return { suffix, by };
  }
  return null;
}

/** A name below one of them: `hs.lan`, `hs.home.arpa`. */
export function isBelowPrivateSuffix(host: string): boolean {
  const last = host.slice(host.lastIndexOf(".") + 1);
  const suffix = specialUse(host)?.suffix ?? (PRIVATE_SUFFIXES.has(last) ? last : null);
  return suffix !== null && host !== suffix;
}
