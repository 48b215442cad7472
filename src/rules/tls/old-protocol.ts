/** tls/old-protocol: only TLS 1.1 or older works. */
import { versionsAndCiphers } from "../../advice/tls-versions.ts";
import { olderProtocol } from "../../views/handshake.ts";
import { proxyAmong } from "../../advice/certificate.ts";
import type { Facts } from "../../facts/facts.ts";
import { endpointsOf } from "../../views/endpoints.ts";
import { groupBy } from "../../views/words.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";

export const oldProtocol: Rule = {
  code: "tls/old-protocol",
  severity: "error",
  mechanisms: ["tls:old-protocol"],
  title: "The server speaks only TLS 1.1 or older",
  spec: SPEC.tls,
  breaks: "endpoint",
  explain: `
TLS 1.0 and 1.1 have been forbidden since 2021 (RFC 8996). Homeservers in Rust (rustls) and Go don't speak them. Synapse uses the OpenSSL
policy of its machine, which refuses them on all current distributions.

**How it shows.** The handshake fails with TLS 1.2 and 1.3. When this tool also offers older versions, the server chooses one of them.

**Who is affected.** All homeservers. Only Synapse with an OpenSSL from before 2020 could connect.

**Look-alikes.** \`tls/handshake\` with \`protocol_version\`: not even the old versions work.

**Fix.** nginx: \`ssl_protocols TLSv1.2 TLSv1.3;\`. Apache: \`SSLProtocol -all +TLSv1.2 +TLSv1.3\`. OpenSSL before 1.0.1 supports nothing
newer: update the system.

**Log lines.** Synapse: \`unsupported protocol\`, \`tlsv1 alert protocol version\`. Dendrite: \`tls: server selected unsupported protocol
version\`.

Specification: Server-Server API, "TLS"; RFC 8996.
`,
  causes: ["tls/differs"],
  *judge(facts: Facts): Iterable<Found> {
    const old = endpointsOf(facts).flatMap((endpoint) => {
      const protocol = olderProtocol(endpoint);
      return protocol === null ? [] : [{ endpoint, protocol }];
    });
    for (const group of groupBy(old, ({ endpoint, protocol }) => `${protocol} ${endpoint.target.port}`)) {
      const [first] = group;
      const where = group.map(({ endpoint }) => endpoint.place);
      const { port } = first.endpoint.target;
      yield {
        severity: "error",
        detail: `The server speaks ${spoken(first.protocol)} at most. A handshake with TLS 1.2 or 1.3 fails, and homeservers speak no older version.`,
        fix: [versionsAndCiphers(port, proxyAmong(facts, where))],
        where,
      };
    }
  },
};

/** `TLS 1.1` for `TLSv1.1`. */
function spoken(protocol: string): string {
  return protocol === "TLSv1" ? "TLS 1.0" : protocol.replace("TLSv", "TLS ").replace("SSLv", "SSL ");
}
