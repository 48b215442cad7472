/**
 * The trusted roots, and where the certificates that a server sent lead by them. Says nothing about names and dates of the sent certificates.
 */
import { X509Certificate } from "node:crypto";
import { createSecureContext, rootCertificates, type SecureContext, type SecureContextOptions } from "node:tls";
import type { CertificateFacts, TrustFacts } from "../facts.ts";
import { certificateFacts, certifies } from "./tls-certificate.ts";

/** More certificates than this are never looked at; real chains have two to five. */
const MAX_SENT = 20;
/** Certificates from the leaf to the anchor. */
const MAX_DEPTH = 10;

export type TlsVersions = Pick<SecureContextOptions, "minVersion" | "maxVersion">;

export interface TrustStore {
  /** A context with all roots, so that `socket.authorizationError` is OpenSSL's verdict by them. One for each combination of versions, shared. */
  secureContext(versions?: TlsVersions): SecureContext;
  /**
   * Judges the certificates that a server sent (DER, leaf first). Throws when the first one is no certificate; others that are none are left out.
   * `verifyError` is passed through; `at` is the time for which expired roots don't count (default: now).
   */
  judgeChain(chainDer: Buffer[], options?: { verifyError?: string | null; at?: Date }): { chain: [CertificateFacts, ...CertificateFacts[]]; trust: TrustFacts };
  /** Does now what the first connection would have to do otherwise: some 50 ms of parsing. */
  prepare(): void;
}

/**
 * Node's bundled roots and those in `extraPems`, of which each may hold many certificates.
 * Throws an Error when one of them holds none, or something that is no certificate.
 */
export function createTrustStore(options: { extraPems: string[] }): TrustStore {
  const extra = options.extraPems.flatMap(parsePemBundle);
  const contexts = new Map<string, SecureContext>();
  let anchors: Anchors | undefined;
  const allAnchors = (): Anchors => (anchors ??= new Anchors([...bundledRoots(), ...extra]));

  const secureContext = (versions: TlsVersions = {}): SecureContext => {
    const key = `${versions.minVersion ?? ""}-${versions.maxVersion ?? ""}`;
    const known = contexts.get(key);
    if (known !== undefined) return known;
    const context = createSecureContext({
      minVersion: "TLSv1.2",
      ...versions,
      // OpenSSL 3 has no TLS before 1.2 above security level 0.
      ...(versions.minVersion === "TLSv1" ? { ciphers: "DEFAULT@SECLEVEL=0" } : {}),
      // Without a list Node uses its bundled roots, parsed once per process: 20 ms less for every context but the first.
      ...(extra.length > 0 ? { ca: [...rootCertificates, ...extra.map((certificate) => certificate.toString())] } : {}),
      // A given intermediate is trusted as it is, here as in Anchors.
      allowPartialTrustChain: true,
    });
    contexts.set(key, context);
    return context;
  };

  return {
    secureContext,
    judgeChain(chainDer, { verifyError = null, at = new Date() } = {}) {
      const [leaf, ...others] = parseSent(chainDer);
      const sent: [X509Certificate, ...X509Certificate[]] = [leaf, ...others];
      const [leafFacts, ...otherFacts] = [certificateFacts(leaf), ...others.map(certificateFacts)] as const;
      return { chain: [leafFacts, ...otherFacts], trust: { ...new SentChain(sent, at).judge(allAnchors()), verifyError } };
    },
    prepare() {
      secureContext();
      allAnchors();
    },
  };
}

/** The certificates in a PEM text, one PEM each; text around them is allowed. Throws an Error that says what is wrong with it. */
export function readPemBundle(text: string): string[] {
  return parsePemBundle(text).map((certificate) => certificate.toString());
}

function parsePemBundle(text: string): X509Certificate[] {
  const begun = text.match(/-----BEGIN (TRUSTED |X509 )?CERTIFICATE-----/g)?.length ?? 0;
  if (begun === 0) {
    throw new Error(text.includes("PRIVATE KEY-----") ? "a private key where certificates in PEM form were expected" : "no certificate in PEM form (-----BEGIN CERTIFICATE-----)");
  }
  const blocks = text.match(/-----BEGIN (TRUSTED |X509 )?CERTIFICATE-----[^-]*-----END (TRUSTED |X509 )?CERTIFICATE-----/g) ?? [];
  if (blocks.length < begun) throw new Error(`${begun} certificates begin, but ${blocks.length} end: the text is cut off or damaged`);
  return blocks.map((pem, index) => {
    try {
      return new X509Certificate(pem);
    } catch (cause) {
      throw new Error(`certificate ${index + 1} of ${begun} can't be read`, { cause });
    }
  });
}

let bundled: X509Certificate[] | undefined;

function bundledRoots(): X509Certificate[] {
  bundled ??= rootCertificates.map((pem) => new X509Certificate(pem));
  return bundled;
}

/** The roots by subject, because that is how an issuer is looked for. */
class Anchors {
  readonly #bySubject = new Map<string, X509Certificate[]>();

  constructor(certificates: X509Certificate[]) {
    for (const certificate of certificates) {
      const same = this.#bySubject.get(certificate.subject);
      if (same === undefined) this.#bySubject.set(certificate.subject, [certificate]);
      else same.push(certificate);
    }
  }

  /** The anchor that `certificate` is, or that certifies it. An expired one is none. */
  for(certificate: X509Certificate, at: Date): X509Certificate | undefined {
    const itself = this.#bySubject.get(certificate.subject)?.find((anchor) => anchor.fingerprint256 === certificate.fingerprint256);
    if (itself !== undefined && isWithinDates(itself, at)) return itself;
    return this.#bySubject.get(certificate.issuer)?.find((anchor) => isWithinDates(anchor, at) && certifies(anchor, certificate));
  }
}

/** What a server sent, as a graph: who certifies whom. Every pair is looked at once at most. */
class SentChain {
  readonly #sent: readonly [X509Certificate, ...X509Certificate[]];
  readonly #at: Date;
  /** For each certificate the indexes of those that certify it. A repeated certificate is only there once. */
  readonly #issuers: number[][];

  constructor(sent: readonly [X509Certificate, ...X509Certificate[]], at: Date) {
    this.#sent = sent;
    this.#at = at;
    const first = sent.map((certificate) => sent.findIndex((other) => other.fingerprint256 === certificate.fingerprint256));
    this.#issuers = sent.map((certificate, index) =>
      first[index] !== index ? [] : sent.flatMap((issuer, other) => (other !== index && first[other] === other && certifies(issuer, certificate) ? [other] : [])),
    );
  }

  judge(anchors: Anchors): Omit<TrustFacts, "verifyError"> {
    const good = this.#indexes().filter((index) => index === 0 || this.#certificate(index).ca);
    const inDate = good.filter((index) => index === 0 || isWithinDates(this.#certificate(index), this.#at));
    // A path without expired intermediates first, as OpenSSL prefers it; with them, their own dates tell what is wrong.
    const trusted = this.#pathToAnchor(anchors, inDate) ?? this.#pathToAnchor(anchors, good);
    const reached = this.#reach(this.#indexes());
    const used = this.#indexes().filter((index) => reached.has(index));
    return {
      anchor: trusted?.anchor ?? null,
      path: trusted?.path ?? longest([...reached.values()]),
      strays: this.#indexes().filter((index) => !reached.has(index)),
      inOrder: used.every((index, position) => position === 0 || (this.#issuers[used[position - 1] ?? 0] ?? []).includes(index)),
    };
  }

  /** The shortest way to an anchor, over the given certificates only. */
  #pathToAnchor(anchors: Anchors, allowed: number[]): { path: number[]; anchor: string } | null {
    for (const [index, path] of this.#reach(allowed)) {
      const anchor = path.length < MAX_DEPTH ? anchors.for(this.#certificate(index), this.#at) : undefined;
      if (anchor !== undefined) return { path, anchor: certificateFacts(anchor).subject };
    }
    return null;
  }

  /** The certificates that the leaf leads to, nearest first (breadth-first, so each is visited once), with the way to each. */
  #reach(allowed: number[]): Map<number, number[]> {
    const paths = new Map<number, number[]>([[0, [0]]]);
    // A Map's iteration also visits what is added during it.
    for (const [index, path] of paths) {
      for (const issuer of this.#issuers[index] ?? []) {
        if (allowed.includes(issuer) && !paths.has(issuer)) paths.set(issuer, [...path, issuer]);
      }
    }
    return paths;
  }

  #indexes(): number[] {
    return this.#sent.map((_, index) => index);
  }

  #certificate(index: number): X509Certificate {
    return this.#sent[index] ?? this.#sent[0];
  }
}

function parseSent(chainDer: Buffer[]): [X509Certificate, ...X509Certificate[]] {
  const [leaf, ...others] = chainDer.slice(0, MAX_SENT);
  if (leaf === undefined) throw new Error("the server sent no certificate");
  return [new X509Certificate(leaf), ...others.flatMap(tryParse)];
}

function tryParse(der: Buffer): X509Certificate[] {
  try {
    return [new X509Certificate(der)];
  } catch {
    return [];
  }
}

function isWithinDates(certificate: X509Certificate, at: Date): boolean {
  return Date.parse(certificate.validFrom) <= at.getTime() && at.getTime() <= Date.parse(certificate.validTo);
}

function longest(paths: number[][]): number[] {
  return paths.reduce((best, path) => (path.length > best.length ? path : best), [0]);
}
