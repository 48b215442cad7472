/** tls/old-key-exchange: only cipher suites without ECDHE. */
import { proxyAmong } from "../../advice/certificate.ts";
import { versionsAndCiphers } from "../../advice/tls-versions.ts";
import type { Facts } from "../../facts/facts.ts";
import { groupBy } from "../../views/words.ts";
import { hasSmallGroup } from "../../views/certificate-use.ts";
import { presented, type Presented } from "../../views/presented.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";

export const oldKeyExchange: Rule = {
  code: "tls/old-key-exchange",
  severity: ["error", "warning"],
  mechanisms: ["tls:key-exchange"],
  title: "The server has no modern key exchange",
  spec: SPEC.cipherSuites,
  breaks: "endpoint",
  explain: `
The server speaks TLS 1.2, but only with cipher suites with RSA or finite-field Diffie-Hellman (DHE) key exchange. rustls and Go don't
support these; they need ECDHE or TLS 1.3. Synapse (with OpenSSL) still connects, but not with a Diffie-Hellman group under 2048 bits.

**How it shows.** Synapse reaches the server. Dendrite and all homeservers in Rust get the alert \`handshake_failure\`.

**Who is affected.** Dendrite, Conduit, conduwuit, tuwunel, continuwuity, mautrix-go, matrix-media-repo. With a small Diffie-Hellman group
Synapse as well.

**Look-alikes.** \`tls/handshake\`: nobody can connect. \`tls/old-protocol\`: the server doesn't even speak TLS 1.2. A server that prefers
such a cipher suite, but has ECDHE too, has no fault.

**Fix.** Remove the line with the cipher suites from the configuration, so that the server uses its default. Or allow ECDHE and TLS 1.3.

**Log lines.** Dendrite: \`remote error: tls: handshake failure\`. rustls: \`HandshakeFailure\`. Synapse: \`dh key too small\`.

Specification: RFC 9325, section 4.1.
`,
  causes: ["tls/differs"],
  *judge(facts: Facts): Iterable<Found> {
    const old = presented(facts).flatMap((each) => {
      const judged = judgeOne(each);
      return judged === null ? [] : [{ ...each, ...judged }];
    });
    for (const group of groupBy(old, ({ tls, severity, endpoint }) => `${tls.cipher} ${severity} ${endpoint.target.port}`)) {
      const [first] = group;
      const where = group.map(({ endpoint }) => endpoint.place);
      yield {
        severity: first.severity,
        detail: first.detail,
        fix: [versionsAndCiphers(first.endpoint.target.port, proxyAmong(facts, where))],
        where,
      };
    }
  },
};

function judgeOne({ endpoint, tls }: Presented): { severity: "error" | "warning"; detail: string; lacksEcdhe: boolean } | null {
  const { ephemeralOnly } = endpoint;
  // A timeout may be anything.
  const lacksEcdhe = ephemeralOnly?.status === "failed" && ephemeralOnly.error.code !== "timeout";
  const others = "homeservers with rustls or Go (all but Synapse) need ECDHE or TLS 1.3, so their handshake fails.";
  if (hasSmallGroup(tls))
    return {
      severity: "error",
      detail: `The server chooses ${tls.cipher} with a Diffie-Hellman group of ${tls.ephemeralKey?.bits ?? 0} bits, which Synapse (OpenSSL) refuses.${lacksEcdhe ? ` Also, ${others}` : ""}`,
      lacksEcdhe,
    };
  if (!lacksEcdhe) return null;
  return {
    severity: "warning",
    detail: `The server chooses ${tls.cipher}. Only OpenSSL still supports this key exchange: ${others}`,
    lacksEcdhe,
  };
}
