/** tls/wildcard-idn: the name is an A-label, and only a wildcard covers it. */
import { presentedToSynapseWith } from "../../views/presented.ts";
import { refusedCertificates } from "../../advice/refused-certificates.ts";
import { SPEC, type Rule } from "../rule.ts";

export const wildcardIdn: Rule = {
  code: "tls/wildcard-idn",
  severity: ["error", "warning"],
  mechanisms: ["certificate:wildcard-idn"],
  title: "A wildcard covers an internationalised name, which Synapse refuses",
  spec: SPEC.certificateNames,
  breaks: "certificate",
  explain: `
The first label of the name is an A-label (\`xn--…\`, an internationalised name in its ASCII form), and the certificate covers it only by
a wildcard. Synapse checks names with the library service_identity, in which a wildcard never covers an A-label (RFC 6125, 6.4.3, leaves
that to the client). Go, rustls and browsers accept it.

**How it shows.** Dendrite, Conduit and browsers reach the server; Synapse doesn't.

**Who is affected.** Synapse. It is a warning where Synapse doesn't go: at a backup SRV target while the preferred one works.

**Look-alikes.** \`tls/name-mismatch\`: no homeserver accepts the certificate. A wildcard is no fault when only *later* labels are
A-labels (\`*.xn--….example\`).

**Fix.** Get a certificate that names the host itself, beside the wildcard or instead of it: \`certbot certonly -d <host>\`.

**Log lines.** Synapse: \`VerificationError(errors=[DNSMismatch(mismatched_id=DNS_ID(hostname=b'xn--…\`.

Specification: RFC 9525, section 6.3; Server-Server API, "TLS".
`,
  causes: ["tls/differs"],
  judge: (facts) =>
    refusedCertificates(facts, "wildcard-idn", presentedToSynapseWith(facts, "wildcard-idn"), { effect: "Other homeservers accept it." }),
};
