/** Certificates that servers sent, each taken apart once, however many servers and names show it: intermediates are everybody's. */
import { createHash, X509Certificate } from "node:crypto";
import type { CertificateFacts, NameConstraints } from "../facts/facts.ts";
import type { Anchors } from "./anchors.ts";
import { Recent } from "./recent.ts";
import { certificateFacts } from "./tls-certificate.ts";

/** A trusted root that a certificate is, or leads to. */
export interface Anchor {
  certificate: X509Certificate;
  subject: string;
  constraints: NameConstraints | null;
}

/** Those of the names that are checked at once, and the intermediates of the public CAs. */
const MAX_REMEMBERED = 128;

export class SentCertificate {
  readonly x509: X509Certificate;
  readonly #anchorsOf: Anchors;
  #facts: CertificateFacts | undefined;
  #anchors: Anchor[] | undefined;

  /** Throws when it is no certificate. */
  constructor(der: Buffer, anchors: Anchors) {
    this.x509 = new X509Certificate(der);
    this.#anchorsOf = anchors;
  }

  get facts(): CertificateFacts {
    return (this.#facts ??= certificateFacts(this.x509));
  }

  /** The trusted roots that it is, or that certify it; whether they are expired is not asked. */
  get anchors(): readonly Anchor[] {
    return (this.#anchors ??= this.#anchorsOf.of(this.x509).map((certificate) => {
      const { subject, details } = certificateFacts(certificate);
      return { certificate, subject, constraints: details?.nameConstraints ?? null };
    }));
  }
}

export class SentCertificates {
  readonly #anchors: Anchors;
  readonly #recent = new Recent<SentCertificate>(MAX_REMEMBERED);

  constructor(anchors: Anchors) {
    this.#anchors = anchors;
  }

  /** Throws when it is no certificate. */
  read(der: Buffer): SentCertificate {
    return this.#recent.get(createHash("sha256").update(der).digest("base64"), () => new SentCertificate(der, this.#anchors));
  }
}
