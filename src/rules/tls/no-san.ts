/** tls/no-san: the name stands only in the subject's CN. */
import { proxyAmong } from "../../advice/certificate.ts";
import { nameAdvice } from "../../advice/certificate-name.ts";
import type { Facts } from "../../facts/facts.ts";
import { groupBy } from "../../views/words.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";
import { withNameFault } from "../../views/presented.ts";

export const noSan: Rule = {
  code: "tls/no-san",
  severity: "error",
  mechanisms: ["certificate:name"],
  title: "The certificate names the host only in its Common Name",
  spec: SPEC.certificateNames,
  breaks: "certificate",
  signOf: ["no-delegation"],
  explain: `
A certificate's names are its subjectAltName entries. The Common Name (CN) of the subject was used before that and is ignored today.

**Shows as** a certificate that "obviously" is for the right name, and is refused. Old instructions for \`openssl req\` make such certificates;
public CAs don't.

**Affected:** all homeservers: RFC 9525 forbids looking at the CN.

**Look-alikes.** \`tls/name-mismatch\`: the name stands nowhere in the certificate. For an IP address as the server name, the entry must be
of the type iPAddress; a dNSName that looks like an address doesn't count.

**Fix.** Issue the certificate again with the name as subjectAltName; with openssl: \`-addext "subjectAltName=DNS:matrix.example.com"\`.

**Log lines.** Dendrite: \`x509: certificate relies on legacy Common Name field, use SANs instead\`. Synapse: \`certificate verify failed\`, \`DNSMismatch\`.

Specification: RFC 9525, section 6.3.
`,
  causes: ["tls/differs"],
  *judge(facts: Facts): Iterable<Found> {
    for (const group of groupBy(withNameFault(facts, "no-san"), ({ endpoint, leaf }) => `${leaf.sha256} ${endpoint.target.port}`)) {
      const [first] = group;
      const { tlsName, tlsNameIsIp } = first.route;
      const where = group.map(({ endpoint }) => endpoint.place);
      yield {
        severity: "error",
        detail: `${tlsName} stands only in the certificate's Common Name. It isn't among the subjectAltName entries, and homeservers look only at those.`,
        fix: [
          nameAdvice(proxyAmong(facts, where), tlsName, tlsNameIsIp, first.leaf, first.endpoint.target.port),
          `With your own CA, issue it again with the entry. This makes such a request (replace key.pem with your key):\nopenssl req -new -key key.pem -subj "/CN=${tlsName}" -addext "subjectAltName=${tlsNameIsIp ? "IP" : "DNS"}:${tlsName}" -out request.csr`,
        ],
        where,
      };
    }
  },
};
