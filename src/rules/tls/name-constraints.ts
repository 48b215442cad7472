/** tls/name-constraints: a CA's name constraints exclude a name of the certificate. */
import { presentedWith } from "../../views/presented.ts";
import { refusedCertificates } from "../../advice/refused-certificates.ts";
import { SPEC, type Rule } from "../rule.ts";

export const nameConstraints: Rule = {
  code: "tls/name-constraints",
  severity: "error",
  mechanisms: ["certificate:name-constraints"],
  title: "A CA in the chain must not issue for the names in the certificate",
  spec: SPEC.nameConstraints,
  breaks: "certificate",
  explain: `
A CA certificate may be limited to some names (nameConstraints), as own CAs of companies and universities often are. A certificate in which one name is outside of these limits is refused, whichever other names are in it.

**Shows as** a certificate whose issuer is trusted and whose name is right, and that is refused all the same.

**Affected:** all homeservers.

**Look-alikes.** \`tls/untrusted-ca\`: nobody trusts the CA at all. \`tls/name-mismatch\`: the certificate doesn't have the name.

**Fix.** Have the certificate issued by a CA that may issue for the name, or without the names that are excluded.

**Log lines.** Synapse: \`permitted subtree violation\`, \`excluded subtree violation\`. Dendrite: \`x509: a root or intermediate certificate is not authorized to sign for this name\`. rustls: \`NameConstraintViolation\`.

Specification: RFC 5280, section 4.2.1.10.
`,
  causes: ["tls/differs"],
  judge: (facts) =>
    refusedCertificates(facts, "name-constraints", presentedWith(facts, "name-constraints"), {
      effect: "Homeservers refuse the certificate for that.",
    }),
};
