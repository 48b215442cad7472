/**
 * What a certificate is good for: names (RFC 9525), dates, chain, and whether it is some product's default.
 * Pure: judges CertificateFacts, knows no sockets and no clock. Each fault is judged for itself, so that all of them are found.
 */
import ipaddr from "ipaddr.js";
import { isIpv4, isIpv6 } from "../facts/address.ts";
import type { CertificateFacts, TlsFacts } from "../facts/facts.ts";
import { excludedNames, pathOf, unknownCritical, weakKeys, weakSignatures, wrongPurpose } from "./certificate-use.ts";
import { isWildcardForALabel, oddNames } from "./service-identity.ts";
import { workedOutOnce } from "./while-judged.ts";

/** What makes every verifier, or Synapse's and others, refuse the certificate. */
export type CertificateFault =
  | "name"
  | "expired"
  | "not-yet-valid"
  | "self-signed"
  | "incomplete-chain"
  | "untrusted-ca"
  | "wrong-purpose"
  | "critical-extension"
  | "name-constraints"
  | "weak-signature"
  | "weak-key"
  | "other";

/** What only Synapse refuses: for the specification, and for all others, the certificate is good. */
export type SynapseFault = "wildcard-idn" | "odd-san";

const DAY_MS = 86_400_000;

/**
 * Whether the certificate is valid for `name` (RFC 9525, 6): a DNS name by its dNSName entries, an IP address (without brackets) by its
 * iPAddress entries. The subject's CN never counts. Where verifiers differ, the strictest decides.
 */
export function certificateCovers(certificate: CertificateFacts, name: string, isIp: boolean): boolean {
  if (isIp) {
    const address = canonicalAddress(name);
    return address !== null && certificate.ipAddresses.some((entry) => canonicalAddress(entry) === address);
  }
  return certificate.dnsNames.some((entry) => nameMatches(entry, name));
}

/** The name stands in the subject's CN, where nobody looks any more, and in no subjectAltName. */
export function coveredOnlyByCommonName(certificate: CertificateFacts, name: string): boolean {
  if (certificate.commonName === null) return false;
  const address = canonicalAddress(name);
  if (address !== null) return !certificateCovers(certificate, name, true) && canonicalAddress(certificate.commonName) === address;
  return !certificateCovers(certificate, name, false) && nameMatches(certificate.commonName, name);
}

/** The certificate's own dates at that time (RFC 5280, 4.1.2.5: both ends are included). */
export function dateFault(certificate: CertificateFacts, at: Date): "expired" | "not-yet-valid" | null {
  if (at.getTime() < Date.parse(certificate.notBefore)) return "not-yet-valid";
  // ASN.1 times have whole seconds; the last one belongs to the validity.
  if (at.getTime() >= Date.parse(certificate.notAfter) + 1000) return "expired";
  return null;
}

/** Whole days until notAfter, rounded down; negative when it has passed. */
export function daysLeft(certificate: Pick<CertificateFacts, "notAfter">, at: Date): number {
  return Math.floor((Date.parse(certificate.notAfter) - at.getTime()) / DAY_MS);
}

/**
 * Everything that makes a verifier refuse this certificate for `name` at that time; empty when it is good.
 * Dates are those of the leaf and of every certificate that the path needs. `other`: nothing here explains OpenSSL's complaint.
 */
export function certificateFaults(tls: TlsFacts, name: string, isIp: boolean, at: Date): readonly CertificateFault[] {
  return faultsAt(tls, name, isIp, at.getTime());
}

const faultsAt = workedOutOnce((tls: TlsFacts, name: string, isIp: boolean, atMs: number): readonly CertificateFault[] => {
  const at = new Date(atMs);
  const [leaf] = tls.chain;
  const faults: CertificateFault[] = [];
  if (!certificateCovers(leaf, name, isIp)) faults.push("name");

  const dates = new Set(pathOf(tls).map((certificate) => dateFault(certificate, at)));
  if (dates.has("expired")) faults.push("expired");
  if (dates.has("not-yet-valid")) faults.push("not-yet-valid");

  const chain = chainFault(tls);
  if (chain !== null) faults.push(chain);
  if (wrongPurpose(tls).length > 0) faults.push("wrong-purpose");
  if (unknownCritical(tls).length > 0) faults.push("critical-extension");
  if (excludedNames(tls).length > 0) faults.push("name-constraints");
  if (weakSignatures(tls).length > 0) faults.push("weak-signature");
  if (weakKeys(tls).length > 0) faults.push("weak-key");

  // The name is never OpenSSL's complaint, so a name fault explains nothing.
  const explained = faults.some((fault) => fault !== "name");
  if (!explained && tls.trust.verifyError !== null && !explainedByTime(tls.trust.verifyError)) faults.push("other");
  return faults;
});

/** What makes Synapse alone refuse a certificate that covers `name`. */
export const synapseFaults = workedOutOnce(({ chain: [leaf] }: TlsFacts, name: string, isIp: boolean): readonly SynapseFault[] => {
  if (!certificateCovers(leaf, name, isIp)) return [];
  const faults: SynapseFault[] = [];
  if (!isIp && isWildcardForALabel(leaf, name, nameMatches)) faults.push("wildcard-idn");
  if (oddNames(leaf).length > 0) faults.push("odd-san");
  return faults;
});

/** The IP address stands in the certificate as a dNSName, and not as an iPAddress, which alone counts. */
export function coveredOnlyAsDnsName(certificate: CertificateFacts, address: string): boolean {
  const wanted = canonicalAddress(address);
  if (wanted === null || certificateCovers(certificate, address, true)) return false;
  return certificate.dnsNames.some((entry) => canonicalAddress(entry.trim()) === wanted);
}

function chainFault(tls: TlsFacts): "self-signed" | "incomplete-chain" | "untrusted-ca" | null {
  if (tls.trust.anchor !== null) return null;
  const [leaf] = tls.chain;
  if (leaf.selfSigned) return "self-signed";
  const last = tls.chain[tls.trust.path.at(-1) ?? 0] ?? leaf;
  const end = tls.trust.fetched?.end ?? "unknown";
  if (end !== "unknown") return end === "trusted" ? "incomplete-chain" : "untrusted-ca";
  if (isTestAuthority(last.issuer)) return "untrusted-ca";
  // All public CAs name an HTTP URL (CA/Browser Forum Baseline Requirements, 7.1.2.7.7); an internal directory's ldap: helps nobody.
  const fetchable = last.issuerUrls.some((url) => /^https?:/i.test(url));
  return !last.selfSigned && fetchable ? "incomplete-chain" : "untrusted-ca";
}

/** Let's Encrypt's staging environment, whose certificates nobody trusts on purpose: `(STAGING) …` today, `Fake LE …` before 2020. */
export function isTestAuthority(name: string): boolean {
  return /\(STAGING\)|\bFake LE\b/i.test(name);
}

/** OpenSSL judged at the time of the connection; the dates are judged here for `at`, which may be another. */
function explainedByTime(verifyError: string): boolean {
  return verifyError === "CERT_HAS_EXPIRED" || verifyError === "CERT_NOT_YET_VALID";
}

/**
 * RFC 9525, 6.3: case-insensitive; a wildcard is the whole left-most label and stands for exactly one label. As in OpenSSL, at least two
 * labels must follow it (`*.com` covers nothing); as in Go, an entry with a final dot covers nothing. A-labels are compared as they are.
 */
function nameMatches(entry: string, name: string): boolean {
  const wanted = asciiLowerCase(name).replace(/\.$/, "");
  const presented = asciiLowerCase(entry);
  if (wanted === "" || wanted.includes("*")) return false;
  if (!presented.includes("*")) return presented === wanted;
  if (!/^\*(\.[^.*]+){2,}$/.test(presented)) return false;
  const firstDot = wanted.indexOf(".");
  return firstDot > 0 && wanted.slice(firstDot) === presented.slice(1);
}

/** DNS is case-insensitive in ASCII only (RFC 4343). */
function asciiLowerCase(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

/** One spelling for each address; null when it is none. An IPv4-mapped IPv6 address stays an IPv6 address: the SAN's length differs. */
function canonicalAddress(text: string): string | null {
  if (isIpv4(text)) return ipaddr.IPv4.parse(text).toString();
  return isIpv6(text) ? ipaddr.IPv6.parse(text).toNormalizedString() : null;
}

/** Certificates that products make up for themselves until they are given a real one. */
interface Default {
  product: string;
  recognise(certificate: CertificateFacts): boolean;
}

const cn =
  (pattern: RegExp) =>
  (certificate: CertificateFacts): boolean =>
    certificate.commonName !== null && pattern.test(certificate.commonName);

/** The organisation stands in subject and issuer alike: the vendor's own website has a public CA as its issuer. */
const ownOrganisation =
  (pattern: RegExp) =>
  (certificate: CertificateFacts): boolean =>
    [certificate.subject, certificate.issuer].every((name) => pattern.test(attribute(name, "O") ?? ""));

// The first that fits decides: localhost is many products' default, so it comes last.
const DEFAULTS: readonly Default[] = [
  { product: "Traefik", recognise: cn(/^TRAEFIK DEFAULT CERT$/) },
  { product: "Kubernetes ingress-nginx", recognise: cn(/^Kubernetes Ingress Controller Fake Certificate$/) },
  { product: "cert-manager", recognise: cn(/^cert-manager\.local$/) },
  { product: "Caddy", recognise: (certificate) => /^Caddy Local Authority\b/.test(attribute(certificate.issuer, "CN") ?? "") },
  { product: "acme-companion", recognise: cn(/^(letsencrypt-nginx-proxy-companion|acme-companion)$/) },
  { product: "lua-resty-auto-ssl", recognise: cn(/^sni-support-required-for-valid-ssl$/) },
  { product: "Google", recognise: cn(/^invalid2\.invalid$/) },
  { product: "Plesk", recognise: ownOrganisation(/^(Plesk|Parallels)\b/) },
  {
    product: "cPanel",
    recognise: (certificate) =>
      certificate.selfSigned && attribute(certificate.subject, "emailAddress") === `ssl@${certificate.commonName}`,
  },
  { product: "Webmin", recognise: ownOrganisation(/^Webmin Webserver on /) },
  { product: "Vesta Control Panel", recognise: ownOrganisation(/^Vesta Control Panel$/) },
  { product: "mailcow", recognise: ownOrganisation(/^mailcow$/) },
  { product: "LinuxServer.io SWAG", recognise: ownOrganisation(/^Linuxserver\.io$/i) },
  { product: "Sophos", recognise: cn(/^SophosApplianceCertificate_/) },
  { product: "FortiGate", recognise: ownOrganisation(/^Fortinet\b/) },
  { product: "Synology", recognise: ownOrganisation(/^Synology Inc\.?$/) },
  { product: "QNAP", recognise: ownOrganisation(/^QNAP Systems,? Inc\.?$/) },
  { product: "Ubiquiti UniFi", recognise: ownOrganisation(/^Ubiquiti (Networks )?Inc\.?$/) },
  { product: "pfSense", recognise: ownOrganisation(/^pfSense\b/) },
  { product: "OPNsense", recognise: ownOrganisation(/^OPNsense\b/) },
  { product: "Proxmox", recognise: (certificate) => /^Proxmox Virtual Environment$/.test(attribute(certificate.subject, "O") ?? "") },
  { product: "FRITZ!Box", recognise: (certificate) => certificate.dnsNames.includes("fritz.box") },
  {
    product: "Nginx Proxy Manager",
    recognise: (certificate) => cn(/^localhost$/)(certificate) && ownOrganisation(/^localhost$/)(certificate),
  },
  { product: "Apache mod_ssl", recognise: isModSslDefault },
  { product: "Debian ssl-cert (snakeoil)", recognise: isSnakeoil },
  { product: "localhost", recognise: cn(/^(localhost|localhost\.localdomain)$/) },
];

/**
 * The product whose default certificate this is, e.g. `Traefik`; `localhost` when only that can be said; null for any other certificate.
 */
export function defaultCertificate(certificate: CertificateFacts): string | null {
  return DEFAULTS.find((entry) => entry.recognise(certificate))?.product ?? null;
}

/** Red Hat's mod_ssl: `SomeOrganization` up to version 7, afterwards what sscg makes (`O=Unspecified`, issuer `OU=ca-<number>`). */
function isModSslDefault(certificate: CertificateFacts): boolean {
  if (ownOrganisation(/^SomeOrganization$/)(certificate)) return true;
  return ownOrganisation(/^Unspecified$/)(certificate) && /^ca-\d+$/.test(attribute(certificate.issuer, "OU") ?? "");
}

/** Debian's make-ssl-cert: self-signed for ten years, nothing but the machine's bare host name in it. A name with a dot could be meant. */
function isSnakeoil(certificate: CertificateFacts): boolean {
  const host = certificate.commonName;
  if (host === null || host === "localhost" || host.includes(".") || !certificate.selfSigned || certificate.isCa) return false;
  const days = (Date.parse(certificate.notAfter) - Date.parse(certificate.notBefore)) / DAY_MS;
  return certificate.subject === `CN=${host}` && certificate.dnsNames.every((name) => name === host) && Math.round(days) === 3650;
}

/** The value of the first attribute of that type in a name such as `CN=a, O=b\, c`; null when it has none. */
function attribute(name: string, type: "CN" | "O" | "OU" | "emailAddress"): string | null {
  const value = new RegExp(`(?:^|(?<!\\\\), | \\+ )${type}=((?:\\\\.|[^\\\\,+])*)`).exec(name)?.[1];
  return value === undefined ? null : value.replace(/\\(.)/g, "$1");
}
