/**
 * What Synapse's name check, service_identity's, refuses although the name is there (read in 26.1, and
 * seen with the real Synapse in the end-to-end tests): a wildcard for an A-label, and a certificate in which any entry of subjectAltName is
 * not what it expects. Everybody else takes these.
 */
import { isIpv4, isIpv6 } from "../facts/address.ts";
import type { CertificateFacts, GeneralName } from "../facts/facts.ts";

/** Whether the name is an A-label under a wildcard, and no entry names it in full: such a wildcard never counts. */
export function isWildcardForALabel(
  certificate: CertificateFacts,
  name: string,
  covers: (entry: string, name: string) => boolean,
): boolean {
  if (!/^xn--/i.test(name)) return false;
  const covering = certificate.dnsNames.filter((entry) => covers(entry, name));
  return covering.length > 0 && covering.every((entry) => entry.includes("*"));
}

/** Entries of subjectAltName over which it throws: then it refuses the whole certificate, whichever other names are in it. */
export function oddNames({ dnsNames, details }: CertificateFacts): GeneralName[] {
  return [
    ...dnsNames.filter(isOddDnsName).map((value) => ({ kind: "dns" as const, value })),
    ...(details?.otherNames ?? []).filter(isOddOtherName),
  ];
}

function isOddDnsName(entry: string): boolean {
  const text = trimmed(entry);
  // cryptography, which reads the certificate for it, takes ASCII only.
  if (text === "" || /[\0\x80-\uffff]/.test(text) || couldBeAddress(text)) return true;
  return text.includes("*") && !isWildcard(text);
}

/** One star, in the first of three labels at least, none of them empty. */
function isWildcard(text: string): boolean {
  const labels = text.split(".");
  return text.split("*").length === 2 && labels.length >= 3 && labels[0]?.includes("*") === true && !labels.includes("");
}

function isOddOtherName({ kind, value }: GeneralName): boolean {
  const text = trimmed(value);
  switch (kind) {
    case "uri": {
      // It splits at every colon and expects two parts, so a port or a second scheme is too much.
      const parts = text.split(":");
      return parts.length !== 2 || text.includes("*") || couldBeAddress(text) || isOddDnsName(parts[1] ?? "");
    }
    case "srv":
      return !text.startsWith("_") || !text.includes(".") || text.includes("*") || isOddDnsName(text.slice(text.indexOf(".") + 1));
    case "ip":
      return true; // of a length that no address has
    case "dns":
    case "email":
    case "directory":
    case "other":
      return false;
  }
}

/** An integer, or an address, a star in it taken for a 1 (`_is_ip_address`). */
function couldBeAddress(text: string): boolean {
  if (/^[+-]?\d+(_\d+)*$/.test(text)) return true;
  const address = text.replaceAll("*", "1");
  return isIpv4(address) || isIpv6(address);
}

/** Python's bytes.strip(). */
function trimmed(text: string): string {
  const isBlank = (at: number): boolean => " \t\n\r\v\f".includes(text.charAt(at));
  let [from, to] = [0, text.length];
  while (from < to && isBlank(from)) from++;
  while (from < to && isBlank(to - 1)) to--;
  return text.slice(from, to);
}
