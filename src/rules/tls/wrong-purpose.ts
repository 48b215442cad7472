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
A certificate says what it may be used for. It can't be used for a TLS server if its extendedKeyUsage doesn't contain serverAuth, or if
its keyUsage allows neither signing nor key exchange. Limits in a CA's certificate apply to all certificates that it issues.

**How it shows.** \`curl -k\` works, and \`curl\` without \`-k\` fails.

**Usual causes.** A client certificate, a certificate for e-mail or for a VPN, or a CA certificate was installed by mistake.

**Who is affected.** All homeservers. If only the keyUsage is wrong: Synapse (OpenSSL).

**Look-alikes.** \`tls/client-certificate\`: the server demands a certificate of the client. \`tls/ca-as-leaf\`: a CA's certificate
without such limits. A certificate without these extensions may be used for every purpose.

**Fix.** Install a certificate for servers; every public CA issues them. With a private CA: \`extendedKeyUsage = serverAuth\`.

**Log lines.** Synapse: \`certificate verify failed\`, \`unsuitable certificate purpose\`. Dendrite: \`x509: certificate specifies an
incompatible key usage\`. rustls: \`InvalidPurpose\`.

Specification: RFC 5280, sections 4.2.1.3 and 4.2.1.12.
`,
  causes: ["tls/differs"],
  judge: (facts) =>
    refusedCertificates(facts, "wrong-purpose", presentedWith(facts, "wrong-purpose"), { ownCa: true, effect: "Homeservers refuse it." }),
};
