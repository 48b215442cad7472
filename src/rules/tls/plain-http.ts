/** tls/plain-http: HTTP without TLS answers on the port. */
import { wellKnownFile } from "../../advice/well-known.ts";
import { proxyAmong } from "../../advice/certificate.ts";
import { tlsOn } from "../../advice/tls-on.ts";
import type { Facts } from "../../facts/facts.ts";
import { endpointsOf, type PlacedEndpoint } from "../../views/endpoints.ts";
import { speaksPlainHttp } from "../../views/handshake.ts";
import { groupBy } from "../../views/words.ts";
import { isSettledByName } from "../../views/route.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";

export const plainHttp: Rule = {
  code: "tls/plain-http",
  severity: "error",
  mechanisms: ["tls:plain-http", "tls:handshake"],
  title: "The port speaks HTTP without TLS",
  spec: SPEC.tls,
  breaks: "endpoint",
  signOf: ["wrong-route"],
  explain: `
Homeservers always start with a TLS handshake. On this port an HTTP server without TLS reads the handshake as a broken request.

**How it shows.** The server answers the handshake with \`HTTP/1.1 400\`, or closes the connection, while \`curl http://host:port/\` gets
an answer.

**Who is affected.** All homeservers.

**Look-alikes.** \`tls/handshake\` with other bytes: another service, such as SSH, or a port that closes every connection. nginx's page
"The plain HTTP request was sent to HTTPS port" is the opposite fault: there the port has TLS, and the request came without TLS.

**Fix.** nginx: add the word \`ssl\`: \`listen 8448 ssl;\`. Apache: \`SSLEngine on\`. HAProxy: \`bind :8448 ssl crt …\`. Docker: the
published port must lead to the proxy's TLS port. Port 8008 is Synapse's port without TLS, for the proxy only: don't use it as the
federation port. Or delegate to port 443, where the web server already has TLS.

**Log lines.** Synapse: \`wrong version number\`. Dendrite: \`tls: first record does not look like a TLS handshake\`, \`http: server gave
HTTP response to HTTPS client\`.

Specification: Server-Server API, "TLS".
`,
  causes: ["tls/differs"],
  *judge(facts: Facts): Iterable<Found> {
    const { route } = facts;
    if (route === null) return;
    const faulty = endpointsOf(facts).filter((endpoint) => speaksPlainHttp(facts, endpoint));
    for (const group of groupBy(faulty, (endpoint) => `${endpoint.target.port} ${String(answersHandshake(endpoint))}`)) {
      const [first] = group;
      const { port } = first.target;
      const where = group.map(({ place }) => place);
      yield {
        severity: "error",
        detail: `On port ${port}, ${answersHandshake(first) ? "a server without TLS (plain HTTP) answers the TLS handshake" : "the TLS handshake gets no answer, but an HTTP request without TLS does"}. Homeservers always use TLS, on every port.`,
        fix: [
          // Nobody looks for another port where the server name has one.
          ...((port === 80 || port === 8008) && !isSettledByName(facts)
            ? [otherPort(facts, port, route.tlsName)]
            : [tlsOn(proxyAmong(facts, where), { host: route.tlsName, port })]),
        ],
        where,
      };
    }
  },
};

function answersHandshake({ tls }: PlacedEndpoint): boolean {
  return tls.status === "failed" && tls.error.code === "plain-http";
}

/** A port that has TLS by custom serves better than TLS on one that never has it. */
function otherPort(facts: Facts, port: number, name: string): string {
  const target = name.includes(":") ? `[${name}]:443` : `${name}:443`;
  return `Port ${port} is for HTTP without TLS. Make the web server on port 443 of ${name} forward /_matrix to the homeserver, and serve this at https://${facts.serverName}/.well-known/matrix/server:\n${wellKnownFile(target)}`;
}
