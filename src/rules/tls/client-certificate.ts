/** tls/client-certificate: the server refuses who has no client certificate. */
import { proxyAmong } from "../../advice/certificate.ts";
import { withoutClientCertificate } from "../../advice/client-certificate.ts";
import type { Facts } from "../../facts/facts.ts";
import type { Demand } from "../../views/client-certificate.ts";
import { endpointsOf } from "../../views/endpoints.ts";
import { groupBy, quote } from "../../views/words.ts";
import { demandOf } from "../../views/handshake.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";

export const clientCertificate: Rule = {
  code: "tls/client-certificate",
  severity: "error",
  mechanisms: ["tls:client-certificate", "tls:handshake"],
  title: "The server demands a client certificate",
  spec: SPEC.tls,
  breaks: "endpoint",
  explain: `
The server asks for a client certificate (mutual TLS) and refuses clients that have none. Homeservers have none: they prove who they are
by the signatures in their requests.

**How it shows.** The alert \`certificate_required\` after the handshake (TLS 1.3); the alert \`handshake_failure\` or \`bad_certificate\`
during the handshake (TLS 1.2); with nginx a page with status 400, "No required SSL certificate was sent"; or a 403 after the server has
asked for a certificate.

**Who is affected.** All homeservers.

**Look-alikes.** \`tls/handshake\` with \`handshake_failure\`: the server didn't ask for a certificate; there is no common cipher.
\`tls/wrong-purpose\`: the server's own certificate is one for clients. A server that asks for a client certificate, but accepts clients
without one, has no fault.

**Usual causes.** Cloudflare's "Authenticated Origin Pulls" on a host that homeservers reach directly; a virtual host that also serves an
administration page.

**Fix.** nginx: \`ssl_verify_client off;\`. Apache: \`SSLVerifyClient none\`. HAProxy: no \`verify required\` on the bind line. Caddy: no
\`client_auth\`.

**Log lines.** Synapse: \`tlsv13 alert certificate required\`, \`sslv3 alert handshake failure\`. Dendrite: \`remote error: tls:
certificate required\`. nginx: \`client sent no required SSL certificate\`.

Specification: Server-Server API, "TLS".
`,
  causes: ["wrong-virtual-host"],
  *judge(facts: Facts): Iterable<Found> {
    const demanding = endpointsOf(facts).flatMap((endpoint) => {
      const demand = demandOf(endpoint);
      return demand === null ? [] : [{ endpoint, demand }];
    });
    for (const group of groupBy(demanding, ({ endpoint, demand }) => `${endpoint.target.port} ${seen(demand)}`)) {
      const [first] = group;
      const where = group.map(({ endpoint }) => endpoint.place);
      yield {
        severity: "error",
        detail: `The server demands a client certificate (mutual TLS). From clients that have none, ${seen(first.demand)}. Homeservers have no client certificate: they prove who they are by their signing keys.`,
        fix: [withoutClientCertificate(proxyAmong(facts, where), first.endpoint.target.port)],
        where,
      };
    }
  },
};

function seen(demand: Demand): string {
  if (demand.by === "http") return `it refuses requests with status ${demand.status}`;
  return demand.alert === null ? "it refuses the connection" : `it refuses the connection with the alert ${quote(demand.alert)}`;
}
