/**
 * Subject and issuer of a certificate, straight from its DER (RFC 5280, 4.1; X.690, 8), so that a root can be found among 144 without
 * OpenSSL parsing all of them, which takes 25 ms.
 */

import { children, element, type Element } from "./der.ts";

/** The two names as they are encoded. */
export interface DerNames {
  issuer: Buffer;
  subject: Buffer;
}

/** Throws an Error when this is no certificate. */
export function readNames(der: Buffer): DerNames {
  const certificate = element(der, 0);
  const toBeSigned = element(der, certificate.start);
  const first = element(der, toBeSigned.start);
  // The version may be missing: 1 is the default.
  const serialNumber = first.tag === VERSION ? element(der, first.end) : first;
  const algorithm = element(der, serialNumber.end);
  const issuer = element(der, algorithm.end);
  const validity = element(der, issuer.end);
  const subject = element(der, validity.end);
  return { issuer: der.subarray(algorithm.end, issuer.end), subject: der.subarray(validity.end, subject.end) };
}

/**
 * A name as a key: those that OpenSSL takes for the same have the same, so the type of a string, case and white space don't matter (RFC
 * 5280, 7.1). The same key proves nothing. Throws an Error when this is no name.
 */
export function keyOfName(name: Buffer): string {
  // A list of sets of attributes, and each of those a type and a value.
  const attributes = children(name, element(name, 0)).flatMap((set) => children(name, set));
  return attributes
    .map((attribute) => {
      const [type, value] = children(name, attribute);
      return type === undefined || value === undefined ? "" : `${name.toString("hex", type.start, type.end)}=${textOf(name, value)}`;
    })
    .join("\n");
}

/** `[0]`, with something in it. */
const VERSION = 0xa0;
const T61_STRING = 0x14;
const BMP_STRING = 0x1e;

function textOf(der: Buffer, { tag, start, end }: Element): string {
  return decode(tag, der.subarray(start, end)).trim().replace(/\s+/g, " ").toLowerCase();
}

function decode(tag: number, bytes: Buffer): string {
  // UTF-16 with the high byte first; an odd byte at the end is none.
  if (tag === BMP_STRING)
    return Buffer.from(bytes.subarray(0, bytes.length & ~1))
      .swap16()
      .toString("utf16le");
  return bytes.toString(tag === T61_STRING ? "latin1" : "utf8");
}
