/** Where a name stands in the public DNS: by the ICANN part of the Public Suffix List, and the names that are set aside. Pure. */
import { parse } from "../facts/public-suffix-list.ts";

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

const OPTIONS = { extractHostname: false, validateHostname: false, allowPrivateDomains: false };

/** The special-use name that `host` is, or ends in, and by which document; null for any other. */
export function specialUse(host: string): { suffix: string; by: string } | null {
  const labels = host.split(".");
  for (const suffix of [labels.slice(-2).join("."), labels.at(-1) ?? ""]) {
    const by = Object.hasOwn(SPECIAL, suffix) ? SPECIAL[suffix] : undefined;
    if (by !== undefined) return { suffix, by };
  }
  return null;
}

/** The list has every top-level domain, some only as `*.ck`, hence the labels before it. */
export function isTopLevelDomain(label: string): boolean {
  return parse(`a.b.${label}`, OPTIONS).isIcann === true;
}

/** The domain that somebody registers, `example.co.uk`, and what it is under; null for names that aren't below a public suffix. */
export function registrableDomain(host: string): { domain: string; suffix: string } | null {
  const { domain, publicSuffix, isIcann } = parse(host, OPTIONS);
  return isIcann === true && domain !== null && publicSuffix !== null ? { domain, suffix: publicSuffix } : null;
}
