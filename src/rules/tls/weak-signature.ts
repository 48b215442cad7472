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
Signatures over SHA-1 and MD5 can be forged; TLS libraries have refused them for years. It counts for the server's certificate and for every CA certificate below the root; the root's own signature doesn't matter.

**Shows as** a certificate with a right name, good dates and a known CA that is refused. Typical: an old own CA, or \`openssl x509 -sha1\` in an old script.

**Affected:** all homeservers.

**Look-alikes.** \`tls/weak-key\`: the key is too short, whatever signed it. \`tls/untrusted-ca\`: nobody trusts the CA.

**Fix.** Issue the certificate, and the CA certificate if it is that one, anew with SHA-256.

**Log lines.** Synapse: \`ca md too weak\`, \`certificate verify failed\`. Dendrite: \`x509: cannot verify signature: insecure algorithm SHA1-RSA\`. rustls: \`UnsupportedSignatureAlgorithm\`.

Specification: Server-Server API, "TLS"; RFC 9155.
`,
  causes: ["tls/differs"],
  judge: (facts) =>
    refusedCertificates(facts, "weak-signature", presentedWith(facts, "weak-signature"), { ownCa: true, effect: "Homeservers refuse it." }),
};
