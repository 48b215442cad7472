/** tls/name-constraints: a CA's name constraints exclude a name of the certificate. */
import { proxyAmong } from "../../advice/certificate.ts";
import { contentProblem } from "../../advice/certificate-fault.ts";
import { nameAdvice } from "../../advice/certificate-name.ts";
import type { Facts } from "../../facts/facts.ts";
import { groupBy, sentence } from "../../views/words.ts";
import { presentedWith } from "../../views/presented.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";

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
  *judge(facts: Facts): Iterable<Found> {
    for (const group of groupBy(
      presentedWith(facts, "name-constraints"),
      ({ endpoint, tls }) => `${tls.chain.map(({ sha256 }) => sha256).join(" ")} ${endpoint.target.port}`,
    )) {
      const [first] = group;
      if (first === undefined) continue;
      const { tls, leaf, route, endpoint } = first;
      const where = group.map((each) => each.endpoint.place);
      yield {
        severity: "error",
        detail: `${sentence(contentProblem("name-constraints", tls, route.tlsName))} Homeservers refuse the certificate for that.`,
        fix: [nameAdvice(proxyAmong(facts, where), route.tlsName, route.tlsNameIsIp, leaf, endpoint.target.port)],
        where,
      };
    }
  },
};
