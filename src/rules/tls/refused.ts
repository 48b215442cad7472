/** tls/refused: OpenSSL has a complaint that no other rule explains. */
import { presentedWith } from "../../views/presented.ts";
import { refusedCertificates } from "../../advice/refused-certificates.ts";
import { SPEC, type Rule } from "../rule.ts";

export const refused: Rule = {
  code: "tls/refused",
  severity: "error",
  mechanisms: ["certificate:other"],
  title: "The certificate is refused for another reason",
  spec: SPEC.certificateUse,
  breaks: "certificate",
  explain: `
The chain leads to a trusted root, and name, dates, key, signature and purpose are right. OpenSSL, which Synapse uses, still refuses the
certificate. The finding quotes OpenSSL's reason.

**How it shows.** One of OpenSSL's rarer errors: \`PATH_LENGTH_EXCEEDED\` (more CA certificates below each other than the upper one
allows), \`INVALID_CA\` (a certificate in the chain may not certify others), \`CERT_REJECTED\` or \`CERT_UNTRUSTED\` (the root was
installed with a limit), or a certificate policy that isn't met.

**Who is affected.** Synapse, and mostly the others as well.

**Look-alikes.** \`tls/untrusted-ca\`: the chain leads to no trusted root. \`tls/wrong-purpose\`, \`tls/critical-extension\` and
\`tls/name-constraints\` are such errors with a finding of their own.

**Fix.** Use a certificate of a public CA; With a private CA, run \`openssl verify -show_chain -untrusted chain.pem cert.pem\`, and issue
the wrong certificate again.

**Log lines.** Synapse: \`certificate verify failed\`, with the reason behind it.

Specification: RFC 5280, section 6.
`,
  causes: ["tls/differs"],
  judge: (facts) =>
    refusedCertificates(facts, "other", presentedWith(facts, "other"), {
      effect: "Synapse, which uses OpenSSL, refuses the connection for the same reason.",
    }),
};
