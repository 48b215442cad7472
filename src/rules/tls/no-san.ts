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
Software reads the names of a certificate from its subjectAltName entries. It ignores the Common Name (CN), which was used in the past.

**How it shows.** The certificate shows the right name as CN, and homeservers refuse it. Old instructions for \`openssl req\` make such
certificates; public CAs don't.

**Who is affected.** All homeservers: RFC 9525 forbids the use of the CN.

**Look-alikes.** \`tls/name-mismatch\`: the name is nowhere in the certificate. \`tls/ip-as-dns-name\`: an IP address is there as a
dNSName instead of an iPAddress.

**Fix.** Issue the certificate again with the name as subjectAltName; with openssl: \`-addext "subjectAltName=DNS:matrix.example.com"\`.

**Log lines.** Dendrite: \`x509: certificate relies on legacy Common Name field, use SANs instead\`. Synapse: \`certificate verify
failed\`, \`DNSMismatch\`.

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
        detail: `${tlsName} is only in the certificate's Common Name. It isn't among the subjectAltName entries, and homeservers read only those.`,
        fix: [
          nameAdvice(proxyAmong(facts, where), tlsName, tlsNameIsIp, first.leaf, first.endpoint.target.port),
          `With a CA of your own, issue the certificate again with the entry. This makes a request with it (replace key.pem with your key):\nopenssl req -new -key key.pem -subj "/CN=${tlsName}" -addext "subjectAltName=${tlsNameIsIp ? "IP" : "DNS"}:${tlsName}" -out request.csr`,
        ],
        where,
      };
    }
  },
};
