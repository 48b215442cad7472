/** tls/only-tls13: TLS 1.2 is refused. */
import type { Facts } from "../../facts/facts.ts";
import { endpointsOf } from "../../views/endpoints.ts";
import { done } from "../../views/outcome.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";

export const onlyTls13: Rule = {
  code: "tls/only-tls13",
  severity: "info",
  concerns: "everybody",
  title: "The server speaks TLS 1.3 only",
  spec: SPEC.tls,
  explain: `
The server refuses TLS 1.2. Current homeservers speak TLS 1.3. Homeservers on old systems (OpenSSL before 1.1.1, from 2018) don't.

**How it shows.** A handshake with TLS 1.3 works; a handshake with at most TLS 1.2 is refused.

**Who is affected.** Homeservers on operating systems from before 2019.

**Look-alikes.** A server that stops answering because of too many connections is no finding: that is a timeout.

**Fix.** None is needed. If an old homeserver must be reached: nginx \`ssl_protocols TLSv1.2 TLSv1.3;\`, Apache \`SSLProtocol -all
+TLSv1.2 +TLSv1.3\`, HAProxy \`ssl-min-ver TLSv1.2\`.

**Log lines.** Synapse on an old system: \`tlsv1 alert protocol version\`.

Specification: Server-Server API, "TLS".
`,
  *judge(facts: Facts): Iterable<Found> {
    const only = endpointsOf(facts).filter(
      ({ tls, olderTls }) =>
        done(tls)?.protocol === "TLSv1.3" &&
        olderTls.status === "failed" &&
        ["tls-alert", "closed"].includes(olderTls.error.code) &&
        olderTls.error.asksClientCertificate !== true,
    );
    if (only.length === 0) return;
    yield {
      severity: "info",
      detail: "The server refuses a handshake with at most TLS 1.2; TLS 1.3 works. Only homeservers on systems from before 2019 fail.",
      fix: [],
      where: only.map(({ place }) => place),
    };
  },
};
