/**
 * Where the certificates that a server sent lead: who certifies whom, which trusted root they end at, and what is in it that nobody needs.
 */
import { X509Certificate } from "node:crypto";
import type { CertificateFacts, NameConstraints, TrustFacts } from "../facts/facts.ts";
import type { Anchors } from "./anchors.ts";
import { certificateFacts, certifies } from "./tls-certificate.ts";

/** Certificates from the leaf to the anchor. */
const MAX_DEPTH = 10;

interface Anchor {
  certificate: X509Certificate;
  subject: string;
  constraints: NameConstraints | null;
}

/**
 * What a server sent, as a graph. Every pair is looked at once at most, and once for all judgements: signatures are what takes time.
 * Says nothing about the sent certificates' names and dates.
 */
export class ChainGraph {
  readonly facts: [CertificateFacts, ...CertificateFacts[]];
  readonly #sent: readonly [X509Certificate, ...X509Certificate[]];
  readonly #anchors: Anchors;
  readonly #anchorsOf = new Map<number, Anchor[]>();
  /** For each certificate the indexes of those that certify it. A repeated certificate is only there once. */
  readonly #issuers: number[][];

  /** DER, leaf first. Throws when the leaf is no certificate; others that are none are left out. */
  constructor([leafDer, ...otherDers]: readonly [Buffer, ...Buffer[]], anchors: Anchors) {
    const leaf = new X509Certificate(leafDer);
    const others = otherDers.flatMap(tryParse);
    const sent = [leaf, ...others] as const;
    this.facts = [certificateFacts(leaf), ...others.map(certificateFacts)];
    this.#sent = sent;
    this.#anchors = anchors;
    const first = sent.map((certificate) => sent.findIndex((other) => other.fingerprint256 === certificate.fingerprint256));
    this.#issuers = sent.map((certificate, index) =>
      first[index] !== index
        ? []
        : sent.flatMap((issuer, other) => (other !== index && first[other] === other && certifies(issuer, certificate) ? [other] : [])),
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
    let anchors = this.#anchorsOf.get(index);
    if (anchors === undefined) {
      anchors = this.#anchors.of(this.#certificate(index)).map((certificate) => {
        const { subject, details } = certificateFacts(certificate);
        return { certificate, subject, constraints: details?.nameConstraints ?? null };
      });
      this.#anchorsOf.set(index, anchors);
    }
    return anchors.find(({ certificate }) => isWithinDates(certificate, at));
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
