/** tls/odd-san: the right name is there, and beside it an entry on which the name check of Synapse fails. */
import { presentedToSynapseWith } from "../../views/presented.ts";
import { refusedCertificates } from "../../advice/refused-certificates.ts";
import { SPEC, type Rule } from "../rule.ts";

export const oddSan: Rule = {
  code: "tls/odd-san",
  severity: "error",
  mechanisms: ["certificate:odd-san"],
  title: "An odd entry in the certificate makes Synapse refuse it",
  spec: SPEC.certificateNames,
  breaks: "certificate",
  explain: `
Synapse reads every entry of the certificate's subjectAltName before it looks for the name. One entry that it doesn't understand is enough, and it refuses the certificate, whichever other names are in it:
an IP address written as a dNSName, \`*\`, \`*.tld\`, several stars, a star that isn't in the first label, an empty name, a URI with a port. Go, rustls and browsers ignore such entries.

**Shows as** a certificate that is good for everybody but Synapse. Such certificates come from own CAs, control panels and appliances; public CAs issue none.

**Affected:** Synapse.

**Look-alikes.** \`tls/ip-as-dns-name\`: the server's own IP address stands only as a dNSName, which nobody accepts. An IP address as an iPAddress beside the name is no fault, and neither is a wildcard such as \`*.example.com\`.

**Fix.** Issue the certificate without that entry. IP addresses belong into an entry of the type iPAddress (OpenSSL: \`IP:192.0.2.1\`, not \`DNS:192.0.2.1\`).

**Log lines.** Synapse: \`CertificateError: Invalid DNS pattern\`, \`contains too many wildcards\`, \`has too few host components for wildcard usage\`.

Specification: RFC 9525, section 6.3; RFC 5280, section 4.2.1.6.
`,
  causes: ["tls/differs"],
  judge: (facts) =>
    refusedCertificates(facts, "odd-san", presentedToSynapseWith(facts, "odd-san"), { ownCa: true, effect: "Others ignore such entries." }),
};
