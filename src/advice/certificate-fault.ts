/**
 * Faults of a certificate's contents in words, the same at the homeserver and at the host of the well-known file, and what an own CA has to
 * write into it instead. Pure.
 */
import type { CertificateFacts, TlsFacts } from "../facts/facts.ts";
import type { CertificateFault, SynapseFault } from "../views/certificate.ts";
import { excludedNames, unknownCritical, weakKeys, weakSignatures, wrongPurpose, type Blamed } from "../views/certificate-use.ts";
import { isIpLiteral } from "../facts/address.ts";
import { list, quote } from "../views/words.ts";
import { oddNames } from "../views/service-identity.ts";

type ContentFault =
  | Extract<CertificateFault, "wrong-purpose" | "critical-extension" | "name-constraints" | "weak-signature" | "weak-key" | "other">
  | SynapseFault;

/** What is wrong, as a clause that can follow "because": no capital, no final dot. `name`: what the certificate is for. */
export function contentProblem(fault: ContentFault, tls: TlsFacts, name: string): string {
  const [leaf] = tls.chain;
  switch (fault) {
    case "wrong-purpose":
      return oneOf(tls, wrongPurpose(tls), (which, { extension, usages }) =>
        extension === "extendedKeyUsage"
          ? `${which} is issued for ${list(usages.map(purpose)) || "no purpose"} (extendedKeyUsage), not for TLS servers (serverAuth)`
          : `${which} has a key only for ${list(usages) || "nothing"} (keyUsage), not for TLS (digitalSignature)`,
      );
    case "critical-extension":
      return oneOf(
        tls,
        unknownCritical(tls),
        (which, oids) =>
          `${which} has the critical extension${oids.length === 1 ? "" : "s"} ${list(oids.map(extensionName))}, which homeservers don't know, so they must refuse the certificate`,
      );
    case "name-constraints": {
      const [first] = excludedNames(tls);
      if (first === undefined) return "a CA excludes a name in the certificate";
      const why =
        first.permitted.length === 0
          ? `excludes ${quote(first.name)}`
          : `may certify only ${list(first.permitted.map((each) => quote(each)))}, and ${quote(first.name)} isn't one of these`;
      return `the CA ${quote(first.by)} ${why} (nameConstraints)`;
    }
    case "weak-signature":
      return oneOf(tls, weakSignatures(tls), (which, algorithm) => `${which} is signed with ${algorithm}, which can be forged`);
    case "weak-key":
      return oneOf(tls, weakKeys(tls), (which, key) => `${which} has a weak key: ${key}`);
    case "wildcard-idn":
      return `the certificate covers ${name} only by a wildcard, and for Synapse a wildcard doesn't cover an internationalised label (xn--…)`;
    case "odd-san":
      return `the certificate has ${list(oddNames(leaf).map(({ kind, value }) => `${quote(value)} (${KIND[kind]})`))} beside ${name}, and Synapse refuses certificates with such an entry`;
    case "other":
      return `OpenSSL refuses the certificate: ${quote(complaint(tls))}`;
  }
}

/** OpenSSL's words, or its code where Node knows one. */
export function complaint({ trust: { verifyError, verifyMessage } }: TlsFacts): string {
  return verifyMessage ?? (verifyError === null || verifyError === "UNSPECIFIED" ? "without a reason" : verifyError);
}

const KIND = {
  dns: "dNSName",
  ip: "iPAddress",
  email: "rfc822Name",
  uri: "URI",
  directory: "directoryName",
  srv: "SRVName",
  other: "otherName",
};

function oneOf<T>(tls: TlsFacts, blamed: readonly Blamed<T>[], say: (which: string, what: T) => string): string {
  return blamed.map(({ certificate, what }) => say(which(tls, certificate), what)).join("; ");
}

function which({ chain }: TlsFacts, certificate: CertificateFacts): string {
  return certificate === chain[0] ? "the certificate" : `the CA certificate ${quote(certificate.subject)}`;
}

const PURPOSES: Readonly<Record<string, string>> = {
  "1.3.6.1.5.5.7.3.1": "TLS servers",
  "1.3.6.1.5.5.7.3.2": "TLS clients",
  "1.3.6.1.5.5.7.3.3": "code signing",
  "1.3.6.1.5.5.7.3.4": "e-mail",
  "1.3.6.1.5.5.7.3.8": "time stamping",
  "1.3.6.1.5.5.7.3.9": "OCSP signing",
  "2.5.29.37.0": "any purpose",
};

function purpose(oid: string): string {
  return PURPOSES[oid] ?? oid;
}

const EXTENSIONS: Readonly<Record<string, string>> = {
  "1.3.6.1.5.5.7.1.24": "TLS Feature (OCSP must-staple)",
  "1.3.6.1.4.1.11129.2.4.3": "CT poison (a precertificate)",
};

function extensionName(oid: string): string {
  const name = EXTENSIONS[oid];
  return name === undefined ? oid : `${oid}, ${name}`;
}

/** For who issues certificates himself: what the new one must have. */
export function ownCaAdvice(name: string): string {
  const subject = isIpLiteral(name) ? `IP:${name}` : `DNS:${name}`;
  return `With a CA of your own, issue a new certificate with a key of at least 2048 bits (RSA) or P-256, with SHA-256, and with exactly these lines in OpenSSL's extension file:\nbasicConstraints = critical, CA:FALSE\nkeyUsage = critical, digitalSignature\nextendedKeyUsage = serverAuth\nsubjectAltName = ${subject}`;
}
