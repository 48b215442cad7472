/**
 * What a certificate may be used for, and whether its key and signature are strong enough: judged from what it says itself, never from what
 * this machine's OpenSSL lets pass. Without `details` (evidence of older versions) nothing is known, and nothing is found.
 */
import ipaddr from "ipaddr.js";
import type { CertificateDetails, CertificateFacts, GeneralName, NameConstraints, TlsFacts } from "../facts/facts.ts";

const SERVER_AUTH = "1.3.6.1.5.5.7.3.1";
/** Microsoft's and Netscape's "server gated crypto", which OpenSSL takes for serverAuth. */
const SERVER_GATED = ["1.3.6.1.4.1.311.10.3.3", "2.16.840.1.113730.4.1"];
/** OpenSSL demands one of these of a TLS server that has the extension at all. */
const TLS_KEY_USAGES = ["digitalSignature", "keyEncipherment", "keyAgreement"];

/**
 * Critical extensions that OpenSSL understands (X509_supported_extension), and with it Synapse. Go and rustls know fewer; which they don't
 * is for their own models to find in `criticalExtensions`.
 */
const UNDERSTOOD = [
  "2.5.29.14", // subjectKeyIdentifier
  "2.5.29.15", // keyUsage
  "2.5.29.17", // subjectAltName
  "2.5.29.19", // basicConstraints
  "2.5.29.28", // issuingDistributionPoint
  "2.5.29.30", // nameConstraints
  "2.5.29.31", // cRLDistributionPoints
  "2.5.29.32", // certificatePolicies
  "2.5.29.33", // policyMappings
  "2.5.29.35", // authorityKeyIdentifier
  "2.5.29.36", // policyConstraints
  "2.5.29.37", // extKeyUsage
  "2.5.29.54", // inhibitAnyPolicy
  "1.3.6.1.5.5.7.1.7", // sbgp-ipAddrBlock
  "1.3.6.1.5.5.7.1.8", // sbgp-autonomousSysNum
  "1.3.6.1.5.5.7.1.14", // proxyCertInfo
  "1.3.6.1.5.5.7.48.1.5", // OCSP noCheck
  "2.16.840.1.113730.1.1", // Netscape certificate type
];

const WEAK_HASHES = ["md2", "md4", "md5", "sha1"];

/** One certificate of the path, with what is wrong about it. */
export interface Blamed<T> {
  certificate: CertificateFacts;
  what: T;
}

/** The certificates that the path needs, leaf first. */
export function pathOf(tls: TlsFacts): CertificateFacts[] {
  const path: CertificateFacts[] = [tls.chain[0]];
  for (const index of tls.trust.path) {
    const certificate = tls.chain[index];
    if (index !== 0 && certificate !== undefined) path.push(certificate);
  }
  return path;
}

function blame<T>(
  tls: TlsFacts,
  judge: (details: CertificateDetails, certificate: CertificateFacts, isLeaf: boolean) => T | null,
): Blamed<T>[] {
  return pathOf(tls).flatMap((certificate, index) => {
    const what = certificate.details === undefined ? null : judge(certificate.details, certificate, index === 0);
    return what === null ? [] : [{ certificate, what }];
  });
}

/**
 * Certificates that may not stand for a TLS server: by the leaf's keyUsage, or by an extendedKeyUsage in it or in a CA certificate above
 * it, which limits what the CA may certify. `what`: its usages.
 */
export function wrongPurpose(tls: TlsFacts): Blamed<{ extension: "extendedKeyUsage" | "keyUsage"; usages: string[] }>[] {
  return blame(tls, ({ extendedKeyUsage, keyUsage }, _, isLeaf) => {
    if (extendedKeyUsage !== null && ![SERVER_AUTH, ...SERVER_GATED].some((each) => extendedKeyUsage.includes(each)))
      return { extension: "extendedKeyUsage" as const, usages: extendedKeyUsage };
    if (isLeaf && keyUsage !== null && !TLS_KEY_USAGES.some((each) => keyUsage.includes(each)))
      return { extension: "keyUsage" as const, usages: keyUsage };
    return null;
  });
}

/** Critical extensions that verifiers don't know. `what`: their object identifiers. */
export function unknownCritical(tls: TlsFacts): Blamed<string[]>[] {
  return blame(tls, ({ criticalExtensions }) => {
    const unknown = criticalExtensions.filter((oid) => !UNDERSTOOD.includes(oid));
    return unknown.length === 0 ? null : unknown;
  });
}

/** Signatures over SHA-1 or older. That of a self-signed certificate is checked by nobody. `what`: the algorithm. */
export function weakSignatures(tls: TlsFacts): Blamed<string>[] {
  return blame(tls, ({ signature }, { selfSigned }) =>
    !selfSigned && signature.hash !== null && WEAK_HASHES.includes(signature.hash) ? signature.algorithm : null,
  );
}

/** RSA and DSA keys under 2048 bits, counted in whole bytes as verifiers do; curves under 224 bits. `what`: `RSA of 1024 bits`. */
export function weakKeys(tls: TlsFacts): Blamed<string>[] {
  return blame(tls, ({ key: { type, bits, curve } }) => {
    if (type === "dsa") return `DSA${bits === null ? "" : ` of ${bits} bits`}`;
    if (bits === null) return null;
    if (type === "ec") return bits < 224 ? `${curve ?? "EC"} of ${bits} bits` : null;
    return (type === "rsa" || type === "rsa-pss") && Math.ceil(bits / 8) * 8 < 2048 ? `RSA of ${bits} bits` : null;
  });
}

/** The server's certificate is a CA's. With a self-signed one nobody gets so far. */
export function isCaAsLeaf(tls: TlsFacts): boolean {
  const [leaf] = tls.chain;
  return leaf.details?.basicConstraintsCa === true && !(leaf.selfSigned && tls.trust.anchor === null);
}

export interface Excluded {
  /** The name in the server's certificate. */
  name: string;
  /** Subject of the CA that excludes it. */
  by: string;
  /** Names that it permits of that kind; empty when it excludes this one by name. */
  permitted: string[];
}

/** Names of the server's certificate that a CA above it must not certify (RFC 5280, 4.2.1.10). One is enough to make it worthless. */
export function excludedNames(tls: TlsFacts): Excluded[] {
  const [leaf, ...above] = pathOf(tls);
  if (leaf === undefined) return [];
  const limits = above.map(({ subject, details }) => ({ by: subject, constraints: details?.nameConstraints ?? null }));
  limits.push({ by: tls.trust.anchor ?? "", constraints: tls.trust.anchorConstraints ?? null });
  const names = [
    ...leaf.dnsNames.map((value) => ({ kind: "dns" as const, value })),
    ...leaf.ipAddresses.map((value) => ({ kind: "ip" as const, value })),
  ];
  return limits.flatMap(({ by, constraints }) => (constraints === null ? [] : names.flatMap((name) => exclusion(name, by, constraints))));
}

function exclusion(name: { kind: "dns" | "ip"; value: string }, by: string, { permitted, excluded }: NameConstraints): Excluded[] {
  const ofKind = (entries: readonly GeneralName[]): string[] => entries.filter(({ kind }) => kind === name.kind).map(({ value }) => value);
  const within = name.kind === "dns" ? isWithinDomain : isWithinRange;
  if (ofKind(excluded).some((each) => within(name.value, each))) return [{ name: name.value, by, permitted: [] }];
  const allowed = ofKind(permitted);
  return allowed.length === 0 || allowed.some((each) => within(name.value, each)) ? [] : [{ name: name.value, by, permitted: allowed }];
}

/** An empty constraint holds every name; one with a dot in front the subdomains only. */
function isWithinDomain(name: string, constraint: string): boolean {
  const [inner, outer] = [name.toLowerCase(), constraint.toLowerCase()];
  if (outer === "" || inner === outer) return true;
  return inner.endsWith(outer.startsWith(".") ? outer : `.${outer}`);
}

/** `constraint`: an address and a mask. */
function isWithinRange(address: string, constraint: string): boolean {
  const [base, mask] = constraint.split("/");
  const [one, other, bits] = [address, base, mask].map((text) =>
    text !== undefined && ipaddr.isValid(text) ? ipaddr.parse(text).toByteArray() : [],
  );
  if (one === undefined || other === undefined || bits === undefined || one.length !== other.length || bits.length !== one.length)
    return false;
  return one.length > 0 && one.every((byte, index) => (byte & (bits[index] ?? 0)) === ((other[index] ?? 0) & (bits[index] ?? 0)));
}

/** Under that, OpenSSL at security level 2, as Synapse has it, refuses a Diffie-Hellman group. */
const LEAST_GROUP_BITS = 2048;

/** The server's Diffie-Hellman group is one that OpenSSL refuses. */
export function hasSmallGroup({ ephemeralKey }: TlsFacts): boolean {
  return ephemeralKey?.type === "DH" && ephemeralKey.bits !== null && ephemeralKey.bits < LEAST_GROUP_BITS;
}
