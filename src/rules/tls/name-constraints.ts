/** tls/name-constraints: a CA's name constraints exclude a name of the certificate. */
import { presentedWith } from "../../views/presented.ts";
import { refusedCertificates } from "../../advice/refused-certificates.ts";
import { SPEC, type Rule } from "../rule.ts";

export const nameConstraints: Rule = {
  code: "tls/name-constraints",
  severity: "error",
  mechanisms: ["certificate:name-constraints"],
  title: "A CA in the chain may not issue for a name in the certificate",
  spec: SPEC.nameConstraints,
  breaks: "certificate",
  explain: `
A CA certificate may be limited to some names (nameConstraints). The CAs of companies and universities often are. If one name in a
server's certificate is outside these limits, homeservers refuse the whole certificate.

**How it shows.** The issuer is trusted and the name is right, and homeservers refuse the certificate.

**Who is affected.** All homeservers.

**Look-alikes.** \`tls/untrusted-ca\`: the CA isn't trusted at all. \`tls/name-mismatch\`: the certificate doesn't have the name.

**Fix.** Get a certificate of a CA that may issue for the name. Or leave out the names that are outside the limits.

**Log lines.** Synapse: \`permitted subtree violation\`, \`excluded subtree violation\`. Dendrite: \`x509: a root or intermediate
certificate is not authorized to sign for this name\`. rustls: \`NameConstraintViolation\`.

Specification: RFC 5280, section 4.2.1.10.
`,
  causes: ["tls/differs"],
  judge: (facts) =>
    refusedCertificates(facts, "name-constraints", presentedWith(facts, "name-constraints"), {
      effect: "So homeservers refuse the certificate.",
    }),
};
