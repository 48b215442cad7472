/**
 * Where the certificates that a server sent lead: who certifies whom, which trusted root they end at, and what is in it that nobody needs.
 */
import type { X509Certificate } from "node:crypto";
import type { CertificateFacts, TrustFacts } from "../facts/facts.ts";
import type { Anchor, SentCertificate, SentCertificates } from "./sent-certificates.ts";
import { certifies } from "./tls-certificate.ts";

/** Certificates from the leaf to the anchor. */
const MAX_DEPTH = 10;

/**
 * What a server sent, as a graph. Every pair is looked at once at most, and once for all judgements: signatures are what takes time.
 * Says nothing about the sent certificates' names and dates.
 */
export class ChainGraph {
  readonly facts: [CertificateFacts, ...CertificateFacts[]];
  readonly #sent: readonly [SentCertificate, ...SentCertificate[]];
  /** For each certificate the indexes of those that certify it. A repeated certificate is only there once. */
  readonly #issuers: number[][];

  /** DER, leaf first. Throws when the leaf is no certificate; others that are none are left out. */
  constructor([leafDer, ...otherDers]: readonly [Buffer, ...Buffer[]], certificates: SentCertificates) {
    const sent = [certificates.read(leafDer), ...otherDers.flatMap((der) => tryRead(certificates, der))] as const;
    this.facts = [sent[0].facts, ...sent.slice(1).map(({ facts }) => facts)];
    this.#sent = sent;
    const first = sent.map(({ facts }) => sent.findIndex((other) => other.facts.sha256 === facts.sha256));
    this.#issuers = sent.map(({ x509 }, index) =>
      first[index] !== index
        ? []
        : sent.flatMap((issuer, other) => (other !== index && first[other] === other && certifies(issuer.x509, x509) ? [other] : [])),
    );
  }

  /** `at`: an anchor that is expired then is none. */
  judge(at: Date): Omit<TrustFacts, "verifyError" | "verifyMessage"> {
    const good = this.#indexes().filter((index) => index === 0 || this.#certificate(index).ca);
    const inDate = good.filter((index) => index === 0 || isWithinDates(this.#certificate(index), at));
    // A path without expired intermediates first, as OpenSSL prefers it; with them, their own dates tell what is wrong.
    const trusted = this.#pathToAnchor(inDate, at) ?? this.#pathToAnchor(good, at);
    const reached = this.#reach(this.#indexes());
    const used = this.#indexes().filter((index) => reached.has(index));
    return {
      anchor: trusted?.anchor.subject ?? null,
      ...(trusted?.anchor.constraints == null ? {} : { anchorConstraints: trusted.anchor.constraints }),
      path: trusted?.path ?? longest([...reached.values()]),
      strays: this.#indexes().filter((index) => !reached.has(index)),
      inOrder: used.every((index, position) => position === 0 || (this.#issuers[used[position - 1] ?? 0] ?? []).includes(index)),
    };
  }

  /** The shortest way to an anchor, over the given certificates only. */
  #pathToAnchor(allowed: number[], at: Date): { path: number[]; anchor: Anchor } | null {
    for (const [index, path] of this.#reach(allowed)) {
      const anchor = path.length < MAX_DEPTH ? this.#anchorOf(index, at) : undefined;
      if (anchor !== undefined) return { path, anchor };
    }
    return null;
  }

  #anchorOf(index: number, at: Date): Anchor | undefined {
    return this.#sent[index]?.anchors.find(({ certificate }) => isWithinDates(certificate, at));
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
    return (this.#sent[index] ?? this.#sent[0]).x509;
  }
}

function tryRead(certificates: SentCertificates, der: Buffer): SentCertificate[] {
  try {
    return [certificates.read(der)];
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
