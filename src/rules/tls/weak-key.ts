/** tls/weak-key: RSA under 2048 bits, or a curve under 224. */
import { proxyAmong } from "../../advice/certificate.ts";
import { contentProblem, ownCaAdvice } from "../../advice/certificate-fault.ts";
import { nameAdvice } from "../../advice/certificate-name.ts";
import type { Facts } from "../../facts/facts.ts";
import { groupBy, sentence } from "../../views/words.ts";
import { presentedWith } from "../../views/presented.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";

export const weakKey: Rule = {
  code: "tls/weak-key",
  severity: "error",
  mechanisms: ["certificate:weak-key"],
  title: "The key of the certificate is too weak",
  spec: SPEC.tls,
  breaks: "certificate",
  explain: `
RSA keys under 2048 bits are too weak: OpenSSL refuses them at security level 2, the default since OpenSSL 3.2 and of Debian and Ubuntu before, and rustls always does. It counts for the server's certificate and for every CA certificate
below the root.

**Shows as** a server that works with old software and with Go, and not with Synapse.

**Affected:** Synapse, and all homeservers in Rust. Go (Dendrite, mautrix-go) accepts 1024 bits.

**Look-alikes.** \`tls/weak-signature\`: it is the signature that is too weak. \`tls/handshake\`: no certificate was seen at all.

**Fix.** Make a new key, RSA of 2048 bits at least or ECDSA P-256, and have a certificate issued for it. A renewal that keeps the key (\`certbot renew --reuse-key\`) doesn't help.

**Log lines.** Synapse: \`ee key too small\`, \`ca key too small\`. rustls: \`UnsupportedSignatureAlgorithmForPublicKey\`.

Specification: Server-Server API, "TLS"; RFC 9325, section 4.5.
`,
  causes: ["tls/differs"],
  *judge(facts: Facts): Iterable<Found> {
    for (const group of groupBy(
      presentedWith(facts, "weak-key"),
      ({ endpoint, tls }) => `${tls.chain.map(({ sha256 }) => sha256).join(" ")} ${endpoint.target.port}`,
    )) {
      const [first] = group;
      if (first === undefined) continue;
      const { tls, leaf, route, endpoint } = first;
      const where = group.map((each) => each.endpoint.place);
      yield {
        severity: "error",
        detail: `${sentence(contentProblem("weak-key", tls, route.tlsName))} OpenSSL as Synapse has it and rustls refuse it.`,
        fix: [
          nameAdvice(proxyAmong(facts, where), route.tlsName, route.tlsNameIsIp, leaf, endpoint.target.port),
          ownCaAdvice(route.tlsName),
        ],
        where,
      };
    }
  },
};
