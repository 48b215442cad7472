/** tls/wildcard-idn: the name is an A-label, and only a wildcard covers it. */
import { presentedToSynapseWith } from "../../views/presented.ts";
import { refusedCertificates } from "../../advice/refused-certificates.ts";
import { SPEC, type Rule } from "../rule.ts";

export const wildcardIdn: Rule = {
  code: "tls/wildcard-idn",
  severity: "error",
  mechanisms: ["certificate:wildcard-idn"],
  title: "A wildcard stands for an internationalised name, which Synapse refuses",
  spec: SPEC.certificateNames,
  breaks: "certificate",
  explain: `
The first label of the name is an A-label (\`xn--…\`, an internationalised name in its ASCII form), and the certificate covers it only by a wildcard. Synapse checks names with
service_identity, which never lets a wildcard stand for an A-label (RFC 6125, 6.4.3, leaves that to the client). Go, rustls and browsers accept it.

**Shows as** a server that works with Dendrite and Conduit and in a browser, and that no Synapse reaches.

**Affected:** Synapse.

**Look-alikes.** \`tls/name-mismatch\`: nobody accepts the certificate. A wildcard for a name whose *later* labels are A-labels (\`*.xn--….example\`) is no fault.

**Fix.** Name the host itself in the certificate, beside the wildcard or instead of it: \`certbot certonly -d <host>\`.

**Log lines.** Synapse: \`VerificationError(errors=[DNSMismatch(mismatched_id=DNS_ID(hostname=b'xn--…\`.

Specification: RFC 9525, section 6.3; Server-Server API, "TLS".
`,
  causes: ["tls/differs"],
  judge: (facts) =>
    refusedCertificates(facts, "wildcard-idn", presentedToSynapseWith(facts, "wildcard-idn"), { effect: "Others accept it." }),
};
