/** tls/ip-as-dns-name: the IP address of the route stands in the certificate, but as a dNSName. */
import { proxyAmong } from "../../advice/certificate.ts";
import { ownCaAdvice } from "../../advice/certificate-fault.ts";
import { nameAdvice } from "../../advice/certificate-name.ts";
import type { Facts } from "../../facts/facts.ts";
import { groupBy } from "../../views/words.ts";
import { withNameFault } from "../../views/presented.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";

export const ipAsDnsName: Rule = {
  code: "tls/ip-as-dns-name",
  severity: "error",
  mechanisms: ["certificate:name"],
  title: "The certificate has the IP address as a DNS name",
  spec: SPEC.certificateNames,
  breaks: "certificate",
  explain: `
The server name, or the host of \`m.server\`, is an IP address. In a certificate an IP address must be an entry of the type iPAddress. All
homeservers ignore an IP address that is a dNSName.

**How it shows.** \`openssl x509 -noout -ext subjectAltName\` shows \`DNS:192.0.2.1\` instead of \`IP Address:192.0.2.1\`.

**Who is affected.** All homeservers.

**Look-alikes.** \`tls/no-san\`: the address is only in the Common Name. \`tls/odd-san\`: the address is there as an iPAddress, and also
as a dNSName. \`tls/name-mismatch\`: the address isn't in the certificate.

**Fix.** Issue the certificate with the address as an iPAddress, and without the dNSName: Synapse refuses a certificate that has both.
OpenSSL: \`subjectAltName = IP:192.0.2.1\`.

**Log lines.** Synapse: \`CertificateError: Invalid DNS pattern\`. Dendrite: \`x509: cannot validate certificate for … because it doesn't
contain any IP SANs\`.

Specification: RFC 5280, section 4.2.1.6; RFC 9525, section 6.
`,
  causes: ["tls/differs"],
  *judge(facts: Facts): Iterable<Found> {
    for (const group of groupBy(withNameFault(facts, "ip-as-dns-name"), ({ endpoint, leaf }) => `${leaf.sha256} ${endpoint.target.port}`)) {
      const [first] = group;
      const { tlsName } = first.route;
      const where = group.map(({ endpoint }) => endpoint.place);
      yield {
        severity: "error",
        detail: `The certificate has ${tlsName} as a dNSName, not as an iPAddress. Homeservers accept an IP address only as an iPAddress.`,
        fix: [ownCaAdvice(tlsName), nameAdvice(proxyAmong(facts, where), tlsName, true, first.leaf, first.endpoint.target.port)],
        where,
      };
    }
  },
};
