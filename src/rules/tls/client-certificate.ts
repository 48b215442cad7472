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
The server asks for a client certificate (mutual TLS) and refuses who has none. Homeservers have none: they prove who they are by the signatures in their requests.

**Shows as** an alert: \`certificate_required\` after the handshake (TLS 1.3), \`handshake_failure\` or \`bad_certificate\` in it (TLS 1.2); with nginx a page with status 400, "No required SSL certificate was sent"; or
a 403 after the server has asked for a certificate.

**Affected:** all homeservers.

**Look-alikes.** \`tls/handshake\` with \`handshake_failure\`: no certificate was asked for; there is no common cipher. \`tls/wrong-purpose\`: it is the server's own certificate that is one for clients.
A server that asks for a certificate and does without it is no fault.

**Usual causes.** "Authenticated origin pulls" of Cloudflare on a host that is reached directly; a virtual host that is shared with an administration page.

**Fix.** nginx: \`ssl_verify_client off;\`. Apache: \`SSLVerifyClient none\`. HAProxy: no \`verify required\` on the bind line. Caddy: no \`client_auth\`.

**Log lines.** Synapse: \`tlsv13 alert certificate required\`, \`sslv3 alert handshake failure\`. Dendrite: \`remote error: tls: certificate required\`. nginx: \`client sent no required SSL certificate\`.

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
        detail: `The server demands a client certificate (mutual TLS). Without one ${seen(first.demand)}. Homeservers have none: they prove who they are by their signing keys.`,
        fix: [withoutClientCertificate(proxyAmong(facts, where), first.endpoint.target.port)],
        where,
      };
    }
  },
};

function seen(demand: Demand): string {
  if (demand.by === "http") return `it answers with status ${demand.status}`;
  return demand.alert === null ? "it ends the connection" : `it ends the connection with the alert ${quote(demand.alert)}`;
}
