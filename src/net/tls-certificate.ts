/**
 * From a parsed certificate to CertificateFacts: Node's texts taken apart with their escapes, so that a hostile name can't pose as two.
 */
import type { X509Certificate } from "node:crypto";
import ipaddr from "ipaddr.js";
import type { CertificateFacts } from "../facts/facts.ts";
import { readDetails } from "./der-certificate.ts";

export function certificateFacts(certificate: X509Certificate): CertificateFacts {
  const names = readList(certificate.subjectAltName ?? "", ", ", ":");
  const subject = relativeNames(certificate.subject);
  const details = readDetails(certificate.raw);
  return {
    subject: subject.join(", "),
    commonName: commonNameOf(subject),
    issuer: relativeNames(certificate.issuer).join(", "),
    dnsNames: names.filter(({ kind }) => kind === "DNS").map(({ value }) => value),
    ipAddresses: names
      .filter(({ kind, value }) => kind === "IP Address" && ipaddr.isValid(value))
      .map(({ value }) => ipaddr.parse(value).toString()),
    notBefore: isoDate(certificate.validFrom),
    notAfter: isoDate(certificate.validTo),
    sha256: certificate.fingerprint256.replaceAll(":", "").toLowerCase(),
    selfSigned: certifies(certificate, certificate),
    isCa: certificate.ca,
    issuerUrls: readList(certificate.infoAccess ?? "", "\n", ":")
      .filter(({ kind }) => kind === "CA Issuers - URI")
      .map(({ value }) => value),
    ...(details === null ? {} : { details }),
  };
}

/** `issuer` is the issuer by name, key identifier and key usage, and its key made the signature. */
export function certifies(issuer: X509Certificate, certificate: X509Certificate): boolean {
  try {
    return certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
  } catch {
    return false; // a key or signature algorithm that OpenSSL doesn't know
  }
}

/**
 * Node gives one RDN a line, the most general first, with line breaks in values escaped. RFC 4514 writes the most specific one first. An
 * empty name is undefined.
 */
function relativeNames(name: string | undefined): string[] {
  return (name ?? "")
    .split("\n")
    .filter((line) => line !== "")
    .reverse();
}

function commonNameOf(subject: string[]): string | null {
  const line = subject.find((name) => name.startsWith("CN="));
  // RFC 4514, 2.4: a backslash before a special character, or before two hex digits.
  return line === undefined
    ? null
    : line
        .slice(3)
        .replace(/\\(?:([0-9A-Fa-f]{2})|(.))/gs, (_, hex: string | undefined, character: string) =>
          hex === undefined ? character : String.fromCharCode(parseInt(hex, 16)),
        );
}

/**
 * `DNS:a.test, IP Address:192.0.2.1, DNS:"b, c"`: since CVE-2021-44532 Node writes a value that could be mistaken for more than one as a
 * JSON string.
 */
function readList(text: string, separator: string, colon: string): { kind: string; value: string }[] {
  const entries: { kind: string; value: string }[] = [];
  for (let at = 0; at < text.length;) {
    const valueAt = text.indexOf(colon, at) + colon.length;
    if (valueAt < colon.length) break;
    const quoted = /"(?:[^"\\]|\\.)*"/y;
    quoted.lastIndex = valueAt;
    const json = quoted.exec(text)?.[0];
    const nextSeparator = text.indexOf(separator, valueAt + (json?.length ?? 0));
    const end = nextSeparator < 0 ? text.length : nextSeparator;
    entries.push({ kind: text.slice(at, valueAt - colon.length), value: json === undefined ? text.slice(valueAt, end) : unquote(json) });
    at = end + separator.length;
  }
  return entries;
}

function unquote(json: string): string {
  try {
    return String(JSON.parse(json));
  } catch {
    return json;
  }
}

/** `Nov 23 14:17:00 2026 GMT`. A date that OpenSSL can't read counts as the epoch: certainly not valid any more. */
function isoDate(text: string): string {
  const date = new Date(text);
  return (Number.isNaN(date.getTime()) ? new Date(0) : date).toISOString();
}
