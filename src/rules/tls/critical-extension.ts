/** tls/critical-extension: an extension that is marked critical and unknown. */
import { presentedWith } from "../../views/presented.ts";
import { refusedCertificates } from "../../advice/refused-certificates.ts";
import { SPEC, type Rule } from "../rule.ts";

export const criticalExtension: Rule = {
  code: "tls/critical-extension",
  severity: "error",
  mechanisms: ["certificate:critical-extension"],
  title: "The certificate has an unknown critical extension",
  spec: SPEC.certificateUse,
  breaks: "certificate",
  explain: `
Software that verifies a certificate must know every extension that is marked critical. If it doesn't know one, it must refuse the
certificate.

**How it shows.** Dates, name and chain of the certificate are right, and homeservers refuse it.

**Usual causes.** A private CA that marks its own extension as critical; a precertificate (with the CT poison extension) that was
installed instead of the certificate.

**Who is affected.** All homeservers.

**Look-alikes.** \`tls/name-constraints\`: a known critical extension that excludes the name. Critical keyUsage and basicConstraints are
usual, and no fault.

**Fix.** Issue the certificate without that extension, or with the extension not critical.

**Log lines.** Synapse: \`unhandled critical extension\`. Dendrite: \`x509: unhandled critical extension\`. rustls:
\`UnsupportedCriticalExtension\`.

Specification: RFC 5280, section 4.2.
`,
  causes: ["tls/differs"],
  judge: (facts) =>
    refusedCertificates(facts, "critical-extension", presentedWith(facts, "critical-extension"), {
      ownCa: true,
      effect: "Homeservers refuse the connection.",
    }),
};
