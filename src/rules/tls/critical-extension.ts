/** tls/critical-extension: an extension that is marked critical and unknown. */
import { presentedWith } from "../../views/presented.ts";
import { refusedCertificates } from "../../advice/refused-certificates.ts";
import { SPEC, type Rule } from "../rule.ts";

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
  judge: (facts) =>
    refusedCertificates(facts, "critical-extension", presentedWith(facts, "critical-extension"), {
      ownCa: true,
      effect: "Homeservers refuse the connection.",
    }),
};
