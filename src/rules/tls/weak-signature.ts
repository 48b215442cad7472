/** tls/weak-signature: a signature that can be forged. */
import { proxyAmong } from "../../advice/certificate.ts";
import { contentProblem, ownCaAdvice } from "../../advice/certificate-fault.ts";
import { nameAdvice } from "../../advice/certificate-name.ts";
import type { Facts } from "../../facts/facts.ts";
import { groupBy, sentence } from "../../views/words.ts";
import { presentedWith } from "../../views/presented.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";

export const weakSignature: Rule = {
  code: "tls/weak-signature",
  severity: "error",
  mechanisms: ["certificate:weak-signature"],
  title: "The certificate is signed with SHA-1 or MD5",
  spec: SPEC.tls,
  breaks: "certificate",
  explain: `
Signatures over SHA-1 and MD5 can be forged; TLS libraries have refused them for years. It counts for the server's certificate and for every CA certificate below the root; the root's own signature doesn't matter.

**Shows as** a certificate with a right name, good dates and a known CA that is refused. Typical: an old own CA, or \`openssl x509 -sha1\` in an old script.

**Affected:** all homeservers.

**Look-alikes.** \`tls/weak-key\`: the key is too short, whatever signed it. \`tls/untrusted-ca\`: nobody trusts the CA.

**Fix.** Issue the certificate, and the CA certificate if it is that one, anew with SHA-256.

**Log lines.** Synapse: \`ca md too weak\`, \`certificate verify failed\`. Dendrite: \`x509: cannot verify signature: insecure algorithm SHA1-RSA\`. rustls: \`UnsupportedSignatureAlgorithm\`.

Specification: Server-Server API, "TLS"; RFC 9155.
`,
  causes: ["tls/differs"],
  *judge(facts: Facts): Iterable<Found> {
    for (const group of groupBy(
      presentedWith(facts, "weak-signature"),
      ({ endpoint, tls }) => `${tls.chain.map(({ sha256 }) => sha256).join(" ")} ${endpoint.target.port}`,
    )) {
      const [first] = group;
      if (first === undefined) continue;
      const { tls, leaf, route, endpoint } = first;
      const where = group.map((each) => each.endpoint.place);
      yield {
        severity: "error",
        detail: `${sentence(contentProblem("weak-signature", tls, route.tlsName))} Homeservers refuse it.`,
        fix: [
          nameAdvice(proxyAmong(facts, where), route.tlsName, route.tlsNameIsIp, leaf, endpoint.target.port),
          ownCaAdvice(route.tlsName),
        ],
        where,
      };
    }
  },
};
