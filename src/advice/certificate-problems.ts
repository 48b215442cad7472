/** What is wrong with a certificate on the way to the well-known file, in words. */
import type { CertificateFacts, Hop, TlsFacts } from "../facts/facts.ts";
import { isIpLiteral } from "../facts/address.ts";
import {
  certificateFaults,
  coveredOnlyAsDnsName,
  coveredOnlyByCommonName,
  dateFault,
  defaultCertificate,
  type CertificateFault,
} from "../views/certificate.ts";
import { contentProblem } from "./certificate-fault.ts";
import { done } from "../views/outcome.ts";
import { list, quote } from "../views/words.ts";

/** All that is wrong with the certificate, in one clause. */
export function certificateProblem(hop: Hop, at: Date): string {
  const tlsFacts = hop.connection === null ? null : done(hop.connection.tls);
  if (tlsFacts === null) return "no TLS";
  return certificateProblems(tlsFacts, hop.host, certificateFaults(tlsFacts, hop.host, isIpLiteral(hop.host), at), at).join("; ");
}

/** One clause for each fault. */
export function certificateProblems(tlsFacts: TlsFacts, host: string, wrong: readonly CertificateFault[], at: Date): string[] {
  const [leaf] = tlsFacts.chain;
  const product = defaultOf(leaf, wrong);
  return wrong.flatMap((fault): string[] => {
    switch (fault) {
      case "name":
        if (product !== null) return [`${host} presents the default certificate of ${product}, not one for ${host}`];
        if (isIpLiteral(host) && coveredOnlyAsDnsName(leaf, host)) return [`the certificate has ${host} as a dNSName, not as an iPAddress`];
        if (coveredOnlyByCommonName(leaf, host))
          return [`the certificate has ${host} only in its CN, which homeservers ignore, and not in its subjectAltName`];
        return [`the certificate is for ${list(names(leaf), 5)}, not for ${host}`];
      case "expired":
      case "not-yet-valid": {
        const bad = tlsFacts.chain.find((each) => dateFault(each, at) === fault) ?? leaf;
        const which = bad === leaf ? "the certificate" : `the intermediate certificate ${quote(bad.subject)}`;
        return [
          fault === "expired"
            ? `${which} expired on ${bad.notAfter.slice(0, 10)}, ${ago(bad, at)}`
            : `${which} is valid only from ${bad.notBefore.slice(0, 16).replace("T", " ")} UTC on`,
        ];
      }
      case "self-signed":
        return product !== null ? [] : ["the certificate is self-signed"];
      case "incomplete-chain":
        return [`the intermediate certificate that issued it (${quote((tlsFacts.chain.at(-1) ?? leaf).issuer)}) isn't sent`];
      case "untrusted-ca":
        return product !== null ? [] : [`its issuer ${quote((tlsFacts.chain.at(-1) ?? leaf).issuer)} isn't a trusted CA`];
      case "wrong-purpose":
      case "critical-extension":
      case "name-constraints":
      case "weak-signature":
      case "weak-key":
      case "other":
        return [contentProblem(fault, tlsFacts, host)];
    }
  });
}

function ago({ notAfter }: CertificateFacts, at: Date): string {
  const days = Math.floor((at.getTime() - Date.parse(notAfter)) / 86_400_000);
  return days === 0 ? "less than a day ago" : days === 1 ? "1 day ago" : `${days} days ago`;
}

/** Only a certificate that doesn't cover the name is somebody's default; `localhost` in a real one is no fault. */
function defaultOf(leaf: CertificateFacts, wrong: readonly CertificateFault[]): string | null {
  return wrong.includes("name") ? defaultCertificate(leaf) : null;
}

function names(leaf: CertificateFacts): string[] {
  const all = [...leaf.dnsNames, ...leaf.ipAddresses].map((name) => quote(name).slice(1, -1));
  return all.length > 0 ? all : ["no name at all"];
}
