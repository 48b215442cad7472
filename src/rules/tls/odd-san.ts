/** tls/odd-san: the right name is there, and beside it an entry on which the name check of Synapse fails. */
import { presentedToSynapseWith } from "../../views/presented.ts";
import { refusedCertificates } from "../../advice/refused-certificates.ts";
import { SPEC, type Rule } from "../rule.ts";

export const oddSan: Rule = {
  code: "tls/odd-san",
  severity: ["error", "warning"],
  mechanisms: ["certificate:odd-san"],
  title: "Synapse refuses the certificate because of one odd entry",
  spec: SPEC.certificateNames,
  breaks: "certificate",
  explain: `
Synapse reads every entry of the certificate's subjectAltName before it looks for the name. If one entry has a form that it doesn't
understand, Synapse refuses the whole certificate. Such entries are an IP address written as a dNSName, \`*\`, \`*.tld\`, several stars, a
star that isn't in the first label, an empty name, a URI with a port. Go, rustls and browsers ignore such entries.

**How it shows.** All but Synapse accept the certificate. Such certificates come from private CAs, control panels and appliances; public
CAs don't issue them.

**Who is affected.** Synapse. It is a warning where Synapse doesn't go: at a backup SRV target while the preferred one works.

**Look-alikes.** \`tls/ip-as-dns-name\`: the server's own IP address is there only as a dNSName, which nobody accepts. An IP address as an
iPAddress beside the name is no fault; a wildcard such as \`*.example.com\` is no fault either.

**Fix.** Issue the certificate without that entry. Write IP addresses as entries of the type iPAddress (OpenSSL: \`IP:192.0.2.1\`, not
\`DNS:192.0.2.1\`).

**Log lines.** Synapse: \`CertificateError: Invalid DNS pattern\`, \`contains too many wildcards\`, \`has too few host components for
wildcard usage\`.

Specification: RFC 9525, section 6.3; RFC 5280, section 4.2.1.6.
`,
  causes: ["tls/differs"],
  judge: (facts) =>
    refusedCertificates(facts, "odd-san", presentedToSynapseWith(facts, "odd-san"), {
      ownCa: true,
      effect: "Other homeservers ignore such entries.",
    }),
};
