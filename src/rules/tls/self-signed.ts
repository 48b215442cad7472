/** tls/self-signed: the leaf is its own issuer. */
import { proxyAmong } from "../../advice/certificate.ts";
import { nameAdvice } from "../../advice/certificate-name.ts";
import type { Facts } from "../../facts/facts.ts";
import { groupBy, quote } from "../../views/words.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";
import { presentedWith } from "../../views/presented.ts";

export const selfSigned: Rule = {
  code: "tls/self-signed",
  severity: "error",
  mechanisms: ["certificate:self-signed"],
  title: "The certificate is self-signed",
  spec: SPEC.tls,
  breaks: "certificate",
  signOf: ["no-delegation"],
  explain: `
The certificate was signed with its own key. Nobody vouches for it, and homeservers refuse it.

Until 2019 Matrix federation worked with self-signed certificates (Synapse before 1.0, "perspectives"). Old guides still tell so.

**Shows as** a certificate whose issuer equals its subject.

**Affected:** all homeservers; for a public federation nobody can make an exception.

**Look-alikes.** \`tls/default-certificate\` is a certificate that the product made up because it has none for the name: then the virtual host
is what is missing. \`tls/untrusted-ca\` is a certificate of an own CA.

**Fix.** Let's Encrypt and other CAs issue certificates free of charge. Behind Cloudflare, a self-signed certificate on the origin is
not seen by homeservers; a DNS record that is switched to "DNS only" exposes it.

**Log lines.** Synapse: \`certificate verify failed\`. Dendrite: \`x509: certificate signed by unknown authority\`.
OpenSSL: \`self-signed certificate\`.

Specification: Server-Server API, "TLS".
`,
  causes: ["tls/differs"],
  *judge(facts: Facts): Iterable<Found> {
    for (const group of groupBy(presentedWith(facts, "self-signed"), ({ endpoint, leaf }) => `${leaf.sha256} ${endpoint.target.port}`)) {
      const [first] = group;
      const { leaf, route, endpoint } = first;
      const where = group.map((each) => each.endpoint.place);
      yield {
        severity: "error",
        detail: `The certificate ${quote(leaf.subject)} is self-signed. Homeservers accept only a certificate that a trusted authority has signed.`,
        fix: [nameAdvice(proxyAmong(facts, where), route.tlsName, route.tlsNameIsIp, leaf, endpoint.target.port)],
        where,
      };
    }
  },
};
