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
  title: "The server has no key exchange of today",
  spec: SPEC.cipherSuites,
  breaks: "endpoint",
  explain: `
The server speaks TLS 1.2, but only with cipher suites whose keys are exchanged by RSA or by Diffie-Hellman over a finite field. rustls and Go have none of these; they need ECDHE, or TLS 1.3.
OpenSSL, and with it Synapse, still connects, but not with a Diffie-Hellman group under 2048 bits.

**Shows as** a server that works with Synapse and fails with \`handshake_failure\` for Dendrite and all homeservers in Rust.

**Affected:** Dendrite, Conduit, conduwuit, tuwunel, continuwuity, mautrix-go, matrix-media-repo. With a small Diffie-Hellman group Synapse as well.

**Look-alikes.** \`tls/handshake\`: nobody gets a session. \`tls/old-protocol\`: not even TLS 1.2. A server that prefers such a suite but has ECDHE too is no fault.

**Fix.** Take the line with the cipher suites out of the configuration, so that the server's default counts, or allow ECDHE and TLS 1.3.

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
  const others =
    "rustls and Go, and with them most homeservers but Synapse, need ECDHE or TLS 1.3, and a handshake with nothing else fails.";
  if (hasSmallGroup(tls))
    return {
      severity: "error",
      detail: `The server chooses ${tls.cipher} with a Diffie-Hellman group of ${tls.ephemeralKey?.bits ?? 0} bits, which OpenSSL as Synapse has it refuses.${lacksEcdhe ? ` And ${others}` : ""}`,
      lacksEcdhe,
    };
  if (!lacksEcdhe) return null;
  return {
    severity: "warning",
    detail: `The server chooses ${tls.cipher}. Only OpenSSL still has such a key exchange: ${others}`,
    lacksEcdhe,
  };
}
