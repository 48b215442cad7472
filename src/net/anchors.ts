/** The trusted roots by subject, because that is how an issuer is looked for. */
import { X509Certificate } from "node:crypto";
import { rootCertificates } from "node:tls";
import { base64Of } from "./pem.ts";
import { keyOfName, readNames } from "./der-names.ts";
import { certifies } from "./tls-certificate.ts";

/** A trusted root; OpenSSL parses it when somebody looks at it. */
class Root {
  readonly der: Buffer;
  #certificate: X509Certificate | undefined;

  constructor(der: Buffer) {
    this.der = der;
  }

  get certificate(): X509Certificate {
    return (this.#certificate ??= new X509Certificate(this.der));
  }
}

type BySubject = Map<string, Root[]>;

export class Anchors {
  readonly #extra: BySubject;

  /** Node's bundled roots and those of `extraPems`, a certificate each. */
  constructor(extraPems: readonly string[]) {
    this.#extra = bySubject(extraPems.map(derOf), keyOfName);
  }

  /** The anchors that `certificate` is, or that certify it; whether they are expired is not asked. */
  of(certificate: X509Certificate): X509Certificate[] {
    const { issuer, subject } = readNames(certificate.raw);
    const itself = this.#called(subject).filter(({ der }) => der.equals(certificate.raw));
    const issuers = this.#called(issuer).filter((root) => certifies(root.certificate, certificate));
    return [...itself, ...issuers].map((root) => root.certificate);
  }

  #called(name: Buffer): Root[] {
    return [...(bundledRoots().get(bytesOf(name)) ?? []), ...(this.#extra.get(keyOfName(name)) ?? [])];
  }
}

function derOf(pem: string): Buffer {
  // There is more in that one than the certificate.
  if (pem.startsWith("-----BEGIN TRUSTED")) return new X509Certificate(pem).raw;
  return Buffer.from(base64Of(pem), "base64");
}

let bundled: BySubject | undefined;

/**
 * Node's roots; read when that hasn't been done yet, some 2 ms. Under their subjects' very bytes: a public CA's certificates name their
 * issuer with the same bytes (CA/Browser Forum Baseline Requirements, 7.1.4.1).
 */
export function bundledRoots(): BySubject {
  bundled ??= bySubject(rootCertificates.map(derOf), bytesOf);
  return bundled;
}

function bytesOf(name: Buffer): string {
  return name.toString("latin1");
}

function bySubject(ders: readonly Buffer[], keyOf: (name: Buffer) => string): BySubject {
  const roots: BySubject = new Map();
  for (const der of ders) {
    const key = keyOf(readNames(der).subject);
    const same = roots.get(key);
    if (same === undefined) roots.set(key, [new Root(der)]);
    else same.push(new Root(der));
  }
  return roots;
}
