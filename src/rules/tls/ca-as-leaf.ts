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
  title: "The server's certificate is a CA certificate",
  spec: SPEC.certificateUse,
  explain: `
The server's own certificate has basicConstraints with CA:TRUE, so it is the certificate of a CA. rustls refuses such a certificate for a
server; OpenSSL and Go accept it.

**How it shows.** Synapse and Dendrite reach the server, and homeservers in Rust don't.

**Usual causes.** A certificate made with \`openssl req -x509\`; a CA certificate that the server uses as its own.

**Who is affected.** Conduit, conduwuit, tuwunel, continuwuity.

**Look-alikes.** \`tls/self-signed\`: no CA has signed the certificate. \`tls/wrong-purpose\`: the certificate is limited to another
purpose.

**Fix.** Issue a certificate for the server with \`basicConstraints = CA:FALSE\`. Certificates of public CAs always have that.

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
        detail: `The certificate ${quote(leaf.subject)} is a CA certificate (CA:TRUE). Homeservers in Rust refuse it for a server (CaUsedAsEndEntity); OpenSSL and Go accept it.`,
        fix: [
          nameAdvice(proxyAmong(facts, where), route.tlsName, route.tlsNameIsIp, leaf, endpoint.target.port),
          ownCaAdvice(route.tlsName),
        ],
        where,
      };
    }
  },
};
