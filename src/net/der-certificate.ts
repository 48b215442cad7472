/**
 * What a certificate says besides names and dates, straight from its DER (RFC 5280, 4.1 and 4.2; RFC 3279, RFC 4055, RFC 5480, RFC 8410),
 * so that it is the same whichever OpenSSL this machine has.
 */
import ipaddr from "ipaddr.js";
import type { CertificateDetails, GeneralName, NameConstraints } from "../facts/facts.ts";
import { children, contents, element, oidOf, TAG, type Element } from "./der.ts";

/** More names, identifiers or constraints than this are left out: real certificates have a hundred names at most. */
const MOST = 200;
const LONGEST_NAME = 500;

const EXTENSION = {
  keyUsage: "2.5.29.15",
  subjectAltName: "2.5.29.17",
  basicConstraints: "2.5.29.19",
  nameConstraints: "2.5.29.30",
  extendedKeyUsage: "2.5.29.37",
} as const;

/** RFC 5280, 4.2.1.3, from bit 0 on. */
const KEY_USAGES = [
  "digitalSignature",
  "nonRepudiation",
  "keyEncipherment",
  "dataEncipherment",
  "keyAgreement",
  "keyCertSign",
  "cRLSign",
  "encipherOnly",
  "decipherOnly",
];

/** Signature algorithms, and the hash in each; null where it is no weakness's place. */
const SIGNATURES: Readonly<Record<string, readonly [name: string, hash: string | null]>> = {
  "1.2.840.113549.1.1.2": ["md2WithRSAEncryption", "md2"],
  "1.2.840.113549.1.1.3": ["md4WithRSAEncryption", "md4"],
  "1.2.840.113549.1.1.4": ["md5WithRSAEncryption", "md5"],
  "1.2.840.113549.1.1.5": ["sha1WithRSAEncryption", "sha1"],
  "1.3.14.3.2.29": ["sha1WithRSASignature", "sha1"],
  "1.2.840.113549.1.1.11": ["sha256WithRSAEncryption", "sha256"],
  "1.2.840.113549.1.1.12": ["sha384WithRSAEncryption", "sha384"],
  "1.2.840.113549.1.1.13": ["sha512WithRSAEncryption", "sha512"],
  "1.2.840.113549.1.1.14": ["sha224WithRSAEncryption", "sha224"],
  "1.2.840.10045.4.1": ["ecdsa-with-SHA1", "sha1"],
  "1.2.840.10045.4.3.1": ["ecdsa-with-SHA224", "sha224"],
  "1.2.840.10045.4.3.2": ["ecdsa-with-SHA256", "sha256"],
  "1.2.840.10045.4.3.3": ["ecdsa-with-SHA384", "sha384"],
  "1.2.840.10045.4.3.4": ["ecdsa-with-SHA512", "sha512"],
  "1.2.840.10040.4.3": ["dsa-with-sha1", "sha1"],
  "2.16.840.1.101.3.4.3.1": ["dsa-with-sha224", "sha224"],
  "2.16.840.1.101.3.4.3.2": ["dsa-with-sha256", "sha256"],
  "1.3.101.112": ["Ed25519", null],
  "1.3.101.113": ["Ed448", null],
};
const RSASSA_PSS = "1.2.840.113549.1.1.10";
const HASHES: Readonly<Record<string, string>> = {
  "1.2.840.113549.2.5": "md5",
  "1.3.14.3.2.26": "sha1",
  "2.16.840.1.101.3.4.2.4": "sha224",
  "2.16.840.1.101.3.4.2.1": "sha256",
  "2.16.840.1.101.3.4.2.2": "sha384",
  "2.16.840.1.101.3.4.2.3": "sha512",
};
const CURVES: Readonly<Record<string, readonly [name: string, bits: number]>> = {
  "1.2.840.10045.3.1.1": ["P-192", 192],
  "1.3.132.0.33": ["P-224", 224],
  "1.2.840.10045.3.1.7": ["P-256", 256],
  "1.3.132.0.34": ["P-384", 384],
  "1.3.132.0.35": ["P-521", 521],
  "1.3.132.0.10": ["secp256k1", 256],
  "1.3.36.3.3.2.8.1.1.7": ["brainpoolP256r1", 256],
  "1.3.36.3.3.2.8.1.1.11": ["brainpoolP384r1", 384],
  "1.3.36.3.3.2.8.1.1.13": ["brainpoolP512r1", 512],
};
const SRV_NAME = "1.3.6.1.5.5.7.8.7"; // RFC 4985

/** Null when it can't be read: then nothing of it is known. */
export function readDetails(der: Buffer): CertificateDetails | null {
  try {
    return detailsOf(der);
  } catch {
    return null;
  }
}

function detailsOf(der: Buffer): CertificateDetails {
  const [toBeSigned, algorithm] = children(der, element(der, 0));
  if (toBeSigned === undefined || algorithm === undefined) throw new Error("no certificate");
  const fields = children(der, toBeSigned);
  const version = fields[0]?.tag === 0xa0 ? 1 : 0;
  const publicKey = fields[version + 5];
  if (publicKey === undefined) throw new Error("no public key");
  const extensions = extensionsOf(
    der,
    fields.slice(version + 6).find(({ tag }) => tag === 0xa3),
  );
  const valueOf = (oid: string): Buffer | null => extensions.find((each) => each.oid === oid)?.value ?? null;
  const read = <T>(oid: string, reader: (value: Buffer) => T): T | null => {
    const value = valueOf(oid);
    return value === null ? null : reader(value);
  };
  return {
    key: keyOf(der, publicKey),
    signature: signatureOf(der, algorithm),
    basicConstraintsCa: read(EXTENSION.basicConstraints, isCa) ?? false,
    keyUsage: read(EXTENSION.keyUsage, keyUsages),
    extendedKeyUsage: read(EXTENSION.extendedKeyUsage, (value) =>
      children(value, element(value, 0))
        .slice(0, MOST)
        .map((each) => oidOf(value, each)),
    ),
    criticalExtensions: extensions
      .filter(({ critical }) => critical)
      .slice(0, MOST)
      .map(({ oid }) => oid),
    nameConstraints: read(EXTENSION.nameConstraints, nameConstraints),
    otherNames:
      read(EXTENSION.subjectAltName, (value) =>
        children(value, element(value, 0))
          .map((each) => generalName(value, each, 4))
          .filter(({ kind, value: text }) => kind !== "dns" && !(kind === "ip" && /[.:]/.test(text)))
          .slice(0, MOST),
      ) ?? [],
  };
}

interface Extension {
  oid: string;
  critical: boolean;
  value: Buffer;
}

function extensionsOf(der: Buffer, tagged: Element | undefined): Extension[] {
  if (tagged === undefined) return [];
  return children(der, element(der, tagged.start)).map((extension) => {
    const [id, second, third] = children(der, extension);
    const value = third ?? second;
    if (id === undefined || value?.tag !== TAG.octetString) throw new Error("no extension");
    return { oid: oidOf(der, id), critical: third !== undefined && der[second?.start ?? 0] !== 0, value: contents(der, value) };
  });
}

function isCa(value: Buffer): boolean {
  const [first] = children(value, element(value, 0));
  return first?.tag === TAG.boolean && value[first.start] !== 0;
}

function keyUsages(value: Buffer): string[] {
  // The first byte counts the unused bits at the end, which are zero.
  const bits = contents(value, element(value, 0)).subarray(1);
  return KEY_USAGES.filter((_, index) => ((bits[index >> 3] ?? 0) & (0x80 >> (index & 7))) !== 0);
}

function keyOf(der: Buffer, info: Element): CertificateDetails["key"] {
  const [algorithm, key] = children(der, info);
  if (algorithm === undefined || key === undefined) throw new Error("no public key");
  const [id, parameters] = children(der, algorithm);
  if (id === undefined) throw new Error("no algorithm");
  const oid = oidOf(der, id);
  switch (oid) {
    case "1.2.840.113549.1.1.1":
    case RSASSA_PSS: {
      // In a BIT STRING, behind the count of unused bits: SEQUENCE of modulus and exponent.
      const [modulus] = children(der, element(der, key.start + 1));
      return {
        type: oid === RSASSA_PSS ? "rsa-pss" : "rsa",
        bits: modulus === undefined ? null : bitsOf(contents(der, modulus)),
        curve: null,
      };
    }
    case "1.2.840.10045.2.1": {
      const curve = parameters?.tag === TAG.oid ? oidOf(der, parameters) : null;
      const known = curve === null ? undefined : CURVES[curve];
      return { type: "ec", bits: known?.[1] ?? null, curve: known?.[0] ?? curve };
    }
    case "1.2.840.10040.4.1": {
      const prime = parameters?.tag === TAG.sequence ? children(der, parameters)[0] : undefined;
      return { type: "dsa", bits: prime === undefined ? null : bitsOf(contents(der, prime)), curve: null };
    }
    case "1.3.101.112":
      return { type: "ed25519", bits: 256, curve: null };
    case "1.3.101.113":
      return { type: "ed448", bits: 456, curve: null };
    default:
      return { type: oid, bits: null, curve: null };
  }
}

function bitsOf(integer: Buffer): number {
  const start = integer.findIndex((byte) => byte !== 0);
  return start < 0 ? 0 : (integer.length - start) * 8 - Math.clz32(integer[start] ?? 0) + 24;
}

function signatureOf(der: Buffer, algorithm: Element): CertificateDetails["signature"] {
  const [id, parameters] = children(der, algorithm);
  if (id === undefined) throw new Error("no algorithm");
  const oid = oidOf(der, id);
  if (oid === RSASSA_PSS) return { algorithm: "RSASSA-PSS", hash: hashOfPss(der, parameters) };
  const [name, hash] = SIGNATURES[oid] ?? [oid, null];
  return { algorithm: name, hash };
}

/** RFC 4055, 3.1: without a hash algorithm it is SHA-1. */
function hashOfPss(der: Buffer, parameters: Element | undefined): string | null {
  const tagged = parameters?.tag === TAG.sequence ? children(der, parameters).find(({ tag }) => tag === 0xa0) : undefined;
  if (tagged === undefined) return "sha1";
  const [id] = children(der, element(der, tagged.start));
  return id === undefined ? null : (HASHES[oidOf(der, id)] ?? null);
}

function nameConstraints(value: Buffer): NameConstraints {
  const trees = children(value, element(value, 0));
  const namesIn = (tag: number): GeneralName[] =>
    trees
      .filter((each) => each.tag === tag)
      .flatMap((tree) => children(value, tree))
      .slice(0, MOST)
      .map((subtree) => generalName(value, element(value, subtree.start), 8));
  return { permitted: namesIn(0xa0), excluded: namesIn(0xa1) };
}

/** RFC 5280, 4.2.1.6. `octets`: the length of an IPv4 entry; that of a constraint is an address and a mask. */
function generalName(der: Buffer, { tag, start, end }: Element, octets: 4 | 8): GeneralName {
  const bytes = der.subarray(start, end);
  const text = bytes.toString("latin1", 0, LONGEST_NAME);
  switch (tag & 0x1f) {
    case 0: {
      const [id, tagged] = children(der, { tag, at: start, start, end });
      const type = id === undefined ? "" : oidOf(der, id);
      const inner = tagged === undefined ? undefined : element(der, tagged.start);
      if (type === SRV_NAME && inner !== undefined) return { kind: "srv", value: contents(der, inner).toString("latin1", 0, LONGEST_NAME) };
      return { kind: "other", value: type };
    }
    case 1:
      return { kind: "email", value: text };
    case 2:
      return { kind: "dns", value: text };
    case 4:
      return { kind: "directory", value: bytes.toString("hex", 0, LONGEST_NAME) };
    case 6:
      return { kind: "uri", value: text };
    case 7:
      return { kind: "ip", value: addressText(bytes, octets) };
    default:
      return { kind: "other", value: "" };
  }
}

/** `192.0.2.0/255.255.255.0`; an address of a length that there isn't in hex digits. */
function addressText(bytes: Buffer, octets: 4 | 8): string {
  if (bytes.length !== octets && bytes.length !== octets * 4) return bytes.toString("hex", 0, LONGEST_NAME);
  const half = octets === 8 ? bytes.length / 2 : bytes.length;
  const parts = octets === 8 ? [bytes.subarray(0, half), bytes.subarray(half)] : [bytes];
  return parts.map((each) => ipaddr.fromByteArray([...each]).toString()).join("/");
}
