/** tls/critical-extension: an extension that is marked critical and unknown. */
import { proxyAmong } from "../../advice/certificate.ts";
import { contentProblem, ownCaAdvice } from "../../advice/certificate-fault.ts";
import { nameAdvice } from "../../advice/certificate-name.ts";
import type { Facts } from "../../facts/facts.ts";
import { groupBy, sentence } from "../../views/words.ts";
import { presentedWith } from "../../views/presented.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";

export const criticalExtension: Rule = {
  code: "tls/critical-extension",
  severity: "error",
  mechanisms: ["certificate:critical-extension"],
  title: "The certificate has a critical extension that nobody knows",
  spec: SPEC.certificateUse,
  breaks: "certificate",
  explain: `
An extension that is marked critical must be understood by who verifies the certificate; who doesn't know it has to refuse the certificate.

**Shows as** a certificate whose dates, name and chain are right, and that is refused all the same. Typical: an own CA that marks an extension of its own as critical, or a precertificate (the CT poison extension) that was installed instead of the certificate.

**Affected:** all homeservers.

**Look-alikes.** \`tls/name-constraints\`: a critical extension that is understood, and excludes the name. Critical keyUsage and basicConstraints are usual, and no fault.

**Fix.** Issue the certificate without that extension, or with the extension not critical.

**Log lines.** Synapse: \`unhandled critical extension\`. Dendrite: \`x509: unhandled critical extension\`. rustls: \`UnsupportedCriticalExtension\`.

Specification: RFC 5280, section 4.2.
`,
  causes: ["tls/differs"],
  *judge(facts: Facts): Iterable<Found> {
    for (const group of groupBy(
      presentedWith(facts, "critical-extension"),
      ({ endpoint, tls }) => `${tls.chain.map(({ sha256 }) => sha256).join(" ")} ${endpoint.target.port}`,
    )) {
      const [first] = group;
      if (first === undefined) continue;
      const { tls, leaf, route, endpoint } = first;
      const where = group.map((each) => each.endpoint.place);
      yield {
        severity: "error",
        detail: `${sentence(contentProblem("critical-extension", tls, route.tlsName))} Homeservers refuse the connection.`,
        fix: [
          nameAdvice(proxyAmong(facts, where), route.tlsName, route.tlsNameIsIp, leaf, endpoint.target.port),
          ownCaAdvice(route.tlsName),
        ],
        where,
      };
    }
  },
};
