/** tls/wrong-purpose: extendedKeyUsage or keyUsage say that it is for something else. */
import { presentedWith } from "../../views/presented.ts";
import { refusedCertificates } from "../../advice/refused-certificates.ts";
import { SPEC, type Rule } from "../rule.ts";

export const wrongPurpose: Rule = {
  code: "tls/wrong-purpose",
  severity: "error",
  mechanisms: ["certificate:wrong-purpose"],
  title: "The certificate is not for TLS servers",
  spec: SPEC.certificateUse,
  breaks: "certificate",
  explain: `
A certificate says what it may be used for. With an extendedKeyUsage that doesn't hold serverAuth, or a keyUsage that allows neither signing nor key exchange, it may be used for something, but not for a TLS server. What
stands in a CA's certificate limits all that it issues.

**Shows as** a handshake that works with \`curl -k\`, and fails otherwise. Typical: a client certificate, one for e-mail or for a VPN, or a CA certificate that was installed by mistake.

**Affected:** all homeservers. (A wrong keyUsage alone: those with OpenSSL, Synapse.)

**Look-alikes.** \`tls/client-certificate\`: it is the server that wants a certificate of the client. \`tls/ca-as-leaf\`: a CA's certificate without such limits. A certificate without the extension is good for every purpose.

**Fix.** Install a certificate for servers: any public CA issues such. With an own CA: \`extendedKeyUsage = serverAuth\`.

**Log lines.** Synapse: \`certificate verify failed\`, \`unsuitable certificate purpose\`. Dendrite: \`x509: certificate specifies an incompatible key usage\`. rustls: \`InvalidPurpose\`.

Specification: RFC 5280, sections 4.2.1.3 and 4.2.1.12.
`,
  causes: ["tls/differs"],
  judge: (facts) =>
    refusedCertificates(facts, "wrong-purpose", presentedWith(facts, "wrong-purpose"), { ownCa: true, effect: "Homeservers refuse it." }),
};
