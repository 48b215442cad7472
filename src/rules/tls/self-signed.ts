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
The certificate was signed with its own key, not by a CA. Homeservers refuse it.

Until 2019 Matrix federation worked with self-signed certificates (Synapse before 1.0, "perspectives"). Old guides still say that it
works.

**How it shows.** The issuer of the certificate is the same as its subject.

**Who is affected.** All homeservers; in the public federation there are no exceptions.

**Look-alikes.** \`tls/default-certificate\` the product's default certificate: then the virtual host for the name is missing.
\`tls/untrusted-ca\`: a certificate of a private CA.

**Fix.** Get a certificate of a public CA; Let's Encrypt and others issue them free of charge. Behind Cloudflare, homeservers don't see a
self-signed certificate of your own server, until you switch the DNS record to "DNS only".

**Log lines.** Synapse: \`certificate verify failed\`. Dendrite: \`x509: certificate signed by unknown authority\`. OpenSSL: \`self-signed
certificate\`.

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
        detail: `The certificate ${quote(leaf.subject)} is self-signed. Homeservers accept only certificates of a trusted certificate authority.`,
        fix: [nameAdvice(proxyAmong(facts, where), route.tlsName, route.tlsNameIsIp, leaf, endpoint.target.port)],
        where,
      };
    }
  },
};
