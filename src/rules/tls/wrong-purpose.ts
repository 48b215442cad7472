/** tls/wrong-purpose: extendedKeyUsage or keyUsage say that it is for something else. */
import { proxyAmong } from "../../advice/certificate.ts";
import { contentProblem, ownCaAdvice } from "../../advice/certificate-fault.ts";
import { nameAdvice } from "../../advice/certificate-name.ts";
import type { Facts } from "../../facts/facts.ts";
import { groupBy, sentence } from "../../views/words.ts";
import { presentedWith } from "../../views/presented.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";

export const wrongPurpose: Rule = {
  code: "tls/wrong-purpose",
  severity: "error",
  mechanisms: ["certificate:wrong-purpose"],
  title: "The certificate is not for TLS servers",
  spec: SPEC.certificateUse,
  breaks: "certificate",
  explain: `
A certificate says what it may be used for. With an extendedKeyUsage that doesn't hold serverAuth, or a keyUsage that allows neither signing nor key exchange, it may be used for something, but not for a TLS server. What
stands in a CA's certificate limits all that it issues.

**Shows as** a handshake that works with \`curl -k\`, and fails otherwise. Typical: a client certificate, one for e-mail or for a VPN, or a CA certificate that was installed by mistake.

**Affected:** all homeservers. (A wrong keyUsage alone: those with OpenSSL, Synapse.)

**Look-alikes.** \`tls/client-certificate\`: it is the server that wants a certificate of the client. \`tls/ca-as-leaf\`: a CA's certificate without such limits. A certificate without the extension is good for every purpose.

**Fix.** Install a certificate for servers: any public CA issues such. With an own CA: \`extendedKeyUsage = serverAuth\`.

**Log lines.** Synapse: \`certificate verify failed\`, \`unsuitable certificate purpose\`. Dendrite: \`x509: certificate specifies an incompatible key usage\`. rustls: \`InvalidPurpose\`.

Specification: RFC 5280, sections 4.2.1.3 and 4.2.1.12.
`,
  causes: ["tls/differs"],
  *judge(facts: Facts): Iterable<Found> {
    for (const group of groupBy(
      presentedWith(facts, "wrong-purpose"),
      ({ endpoint, tls }) => `${tls.chain.map(({ sha256 }) => sha256).join(" ")} ${endpoint.target.port}`,
    )) {
      const [first] = group;
      if (first === undefined) continue;
      const { tls, leaf, route, endpoint } = first;
      const where = group.map((each) => each.endpoint.place);
      yield {
        severity: "error",
        detail: `${sentence(contentProblem("wrong-purpose", tls, route.tlsName))} Homeservers refuse it.`,
        fix: [
          nameAdvice(proxyAmong(facts, where), route.tlsName, route.tlsNameIsIp, leaf, endpoint.target.port),
          ownCaAdvice(route.tlsName),
        ],
        where,
      };
    }
  },
};
