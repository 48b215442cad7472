/** federation/timeout: TLS works, and the request isn't answered in time. */
import type { Facts } from "../../facts/facts.ts";
import { endpointsOf } from "../../views/endpoints.ts";
import { duration, groupBy, quote } from "../../views/words.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";

export const federationTimeout: Rule = {
  code: "federation/timeout",
  severity: "error",
  mechanisms: ["federation:timeout"],
  title: "The version request gets no answer in time",
  spec: SPEC.version,
  breaks: "endpoint",
  signOf: ["wrong-route"],
  explain: `
The connection and TLS work, but \`GET /_matrix/federation/v1/version\` gets no complete answer in time. A homeserver needs no work for
this answer of a few bytes.

**How it shows.** The request hangs.

**Who is affected.** All homeservers: Synapse waits 60 s, the conduwuit family 25 s to 60 s, and all of them back off afterwards.

**Look-alikes.** \`tls/timeout\`: the handshake hangs. \`federation/upstream-down\`: the proxy gives up first and says so.
\`federation/slow\`: the answer comes, late.

**Usual causes.** An overloaded homeserver (Synapse at 100 % of one core, a database that waits for locks); a proxy that waits for a
backend whose packets a firewall drops; a body that stalls because of a wrong Content-Length.

**Fix.** On the server: \`time curl http://127.0.0.1:8008/_matrix/federation/v1/version\`. If that is quick, the fault is between the
proxy and the homeserver.

**Log lines.** Synapse: \`TimeoutError\`, \`ResponseNeverReceived\`, \`Request failed: GET matrix://…\`. Dendrite: \`context deadline
exceeded\`.

Specification: Server-Server API, "GET /_matrix/federation/v1/version".
`,
  causes: ["bad-answer"],
  *judge(facts: Facts): Iterable<Found> {
    const silent = endpointsOf(facts).flatMap((endpoint) =>
      endpoint.version.status === "failed" && endpoint.version.error.code === "timeout" ? [{ endpoint, version: endpoint.version }] : [],
    );
    for (const group of groupBy(silent, ({ endpoint }) => String(endpoint.target.port))) {
      const [first] = group;
      yield {
        severity: "error",
        detail: `GET /_matrix/federation/v1/version: no complete answer after ${duration(Math.max(...group.map(({ version }) => version.ms)))}. The TLS handshake worked (${quote(first.version.error.message, 160)}).`,
        fix: [
          "On the server, see how long the homeserver itself takes (replace 8008 with its port). If it hangs, look at its load and its database:\ntime curl http://127.0.0.1:8008/_matrix/federation/v1/version",
          "If it is quick there, the proxy waits for a wrong backend: correct the address to which the proxy forwards /_matrix, or the firewall between them.",
        ],
        where: group.map(({ endpoint }) => endpoint.place),
      };
    }
  },
};
