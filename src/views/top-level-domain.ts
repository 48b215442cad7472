/** Where a name stands in the public DNS: by the ICANN part of the Public Suffix List. Pure. */
import { parse } from "../facts/public-suffix-list.ts";

const OPTIONS = { extractHostname: false, validateHostname: false, allowPrivateDomains: false };

/** The list has every top-level domain, some only as `*.ck`, hence the labels before it. */
export function isTopLevelDomain(label: string): boolean {
  return parse(`a.b.${label}`, OPTIONS).isIcann === true;
}

/** The domain that somebody registers, `example.co.uk`, and what it is under; null for names that aren't below a public suffix. */
export function registrableDomain(host: string): { domain: string; suffix: string } | null {
  const { domain, publicSuffix, isIcann } = parse(host, OPTIONS);
  return isIcann === true && domain !== null && publicSuffix !== null ? { domain, suffix: publicSuffix } : null;
}
