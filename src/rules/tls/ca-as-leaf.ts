/** tls/ca-as-leaf: the server's certificate is marked as a CA's. */
import { proxyAmong } from "../../advice/certificate.ts";
import { ownCaAdvice } from "../../advice/certificate-fault.ts";
import { nameAdvice } from "../../advice/certificate-name.ts";
import type { Facts } from "../../facts/facts.ts";
import { isCaAsLeaf } from "../../views/certificate-use.ts";
import { groupBy, quote } from "../../views/words.ts";
import { presented } from "../../views/presented.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";

export const caAsLeaf: Rule = {
  code: "tls/ca-as-leaf",
  severity: "warning",
  mechanisms: ["certificate:ca-as-leaf"],
  title: "The server's certificate is that of a CA",
  spec: SPEC.certificateUse,
  explain: `
The server's own certificate has basicConstraints with CA:TRUE, so it could certify others. rustls refuses such a certificate for a server; OpenSSL and Go accept it.

**Shows as** a server that works with Synapse and Dendrite, and not with homeservers in Rust. Typical: \`openssl req -x509\` for the server, whose result was then trusted or signed, or a CA that is used for the server as well.

**Affected:** Conduit, conduwuit, tuwunel, continuwuity.

**Look-alikes.** \`tls/self-signed\`: nobody vouches for the certificate, CA or not. \`tls/wrong-purpose\`: the certificate says that it is for something else.

**Fix.** Issue a certificate for the server with \`basicConstraints = CA:FALSE\`; public CAs issue no others.

**Log lines.** rustls: \`CaUsedAsEndEntity\`, \`invalid peer certificate\`.

Specification: RFC 5280, section 4.2.1.9.
`,
  *judge(facts: Facts): Iterable<Found> {
    const faulty = presented(facts).filter(({ tls }) => isCaAsLeaf(tls));
    for (const group of groupBy(faulty, ({ endpoint, leaf }) => `${leaf.sha256} ${endpoint.target.port}`)) {
      const [first] = group;
      const { leaf, route, endpoint } = first;
      const where = group.map((each) => each.endpoint.place);
      yield {
        severity: "warning",
        detail: `The certificate ${quote(leaf.subject)} is that of a CA (CA:TRUE). Homeservers in Rust refuse it as a server's certificate (CaUsedAsEndEntity); OpenSSL and Go accept it.`,
        fix: [
          nameAdvice(proxyAmong(facts, where), route.tlsName, route.tlsNameIsIp, leaf, endpoint.target.port),
          ownCaAdvice(route.tlsName),
        ],
        where,
      };
    }
  },
};
