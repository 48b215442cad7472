/** tls/weak-signature: a signature that can be forged. */
import { presentedWith } from "../../views/presented.ts";
import { refusedCertificates } from "../../advice/refused-certificates.ts";
import { SPEC, type Rule } from "../rule.ts";

export const weakSignature: Rule = {
  code: "tls/weak-signature",
  severity: "error",
  mechanisms: ["certificate:weak-signature"],
  title: "The certificate is signed with SHA-1 or MD5",
  spec: SPEC.tls,
  breaks: "certificate",
  explain: `
Signatures with SHA-1 or MD5 can be forged, and TLS libraries refuse them. This is true for the server's certificate and for every CA
certificate below the root; the root's own signature doesn't matter.

**How it shows.** Name, dates and CA of the certificate are right, and homeservers refuse it.

**Usual causes.** An old private CA, or \`openssl x509 -sha1\` in an old script.

**Who is affected.** All homeservers.

**Look-alikes.** \`tls/weak-key\`: the key is too short, not the signature. \`tls/untrusted-ca\`: the CA isn't trusted.

**Fix.** Issue the certificate again with SHA-256. If the finding names a CA certificate, issue that one again.

**Log lines.** Synapse: \`ca md too weak\`, \`certificate verify failed\`. Dendrite: \`x509: cannot verify signature: insecure algorithm
SHA1-RSA\`. rustls: \`UnsupportedSignatureAlgorithm\`.

Specification: Server-Server API, "TLS"; RFC 9155.
`,
  causes: ["tls/differs"],
  judge: (facts) =>
    refusedCertificates(facts, "weak-signature", presentedWith(facts, "weak-signature"), { ownCa: true, effect: "Homeservers refuse it." }),
};
