/** federation/http-status: any other status, or a connection that ends without an HTTP answer. */
import { proxyAt, type Proxy } from "../../views/proxy.ts";
import { routeFederation, siteOf, type Site } from "../../advice/federation.ts";
import { gatewaySays, routeThrough } from "../../advice/gateway.ts";
import { BEHIND_SAID, connectBehind } from "../../advice/hop-behind.ts";
import { gatewayOf } from "../../views/gateway.ts";
import { behindFault } from "../../views/hop-behind.ts";
import type { Facts, HttpFacts, NetError } from "../../facts/facts.ts";
import { endpointsOf } from "../../views/endpoints.ts";
import { groupBy, quote } from "../../views/words.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";
import { answeredWith, versionKind } from "../../views/version-answer.ts";

export const httpStatus: Rule = {
  code: "federation/http-status",
  severity: "error",
  mechanisms: ["federation:http-status", "federation:no-answer"],
  title: "The version request fails with an HTTP error",
  spec: SPEC.version,
  breaks: "endpoint",
  signOf: ["wrong-route", "wrong-virtual-host"],
  explain: `
\`GET /_matrix/federation/v1/version\` must give status 200 (homeservers take any 2xx). Here the status is another one, or the connection
ends without an HTTP answer. (404, 401, 403, 429 and 502 to 504 have their own findings.)

**How it shows.**

- 421: the name of the TLS handshake (SNI) and the Host header belong to different virtual hosts. Homeservers send the same name in both,
  so the fault is in the connection from the proxy to the server behind it: nginx sends no name there without \`proxy_ssl_server_name on\`
  beside \`proxy_pass https://…\`, and Apache refuses that since 2.4.64 (AH02032)
- 400: a load balancer doesn't accept the request, or expects the PROXY protocol; with the text "plain HTTP request was sent to HTTPS
  port", the proxy sends plain HTTP to a TLS port behind it
- 405, 410, 426: another application
- 500: the homeserver or a script failed
- a closed connection: nginx \`return 444\`, a backend that crashes

**Who is affected.** All homeservers.

**Look-alikes.** 404: \`federation/not-routed\`, \`federation/listener-missing\`. 401, 403, 429: \`federation/forbidden\`. 502 to 504:
\`federation/upstream-down\`. No answer at all: \`federation/timeout\`. HTTP/2 frames: \`tls/http2-only\`.

**Fix.** Send the same request by hand and read the proxy's log: \`curl -v https://host:port/_matrix/federation/v1/version\`. With 421:
make the proxy send the name (nginx: \`proxy_ssl_server_name on; proxy_ssl_name $host;\`; HAProxy: \`sni req.hdr(host),field(1,:)\`), or
forward to the homeserver's own port without TLS.

**Log lines.** Synapse: \`Got response with code: …\`, \`Non-200 response\`, \`ResponseNeverReceived\`. Apache: \`AH02032: Hostname …
(default host as no SNI was provided) and hostname … provided via HTTP have no compatible SSL setup\`.

Specification: Server-Server API, "GET /_matrix/federation/v1/version".
`,
  causes: ["bad-answer"],
  *judge(facts: Facts): Iterable<Found> {
    const { route } = facts;
    if (route === null) return;
    for (const group of groupBy(
      answeredWith(facts, "http-status"),
      ({ endpoint, response }) => `${response.status} ${response.matrixError?.error ?? ""} ${proxyAt(facts, endpoint.place) ?? ""}`,
    )) {
      const [first] = group;
      const { response, endpoint } = first;
      yield {
        severity: "error",
        detail: `GET /_matrix/federation/v1/version gets status ${response.status}${said(response)}. For homeservers that is a failure.${meaning(response)}`,
        fix: fixes(facts, response, proxyAt(facts, endpoint.place), siteOf(route, endpoint)),
        where: group.map((each) => each.endpoint.place),
      };
    }
    const unanswered = endpointsOf(facts).flatMap((endpoint) =>
      endpoint.version.status === "failed" && versionKind(facts, endpoint) === "no-answer"
        ? [{ endpoint, error: endpoint.version.error }]
        : [],
    );
    for (const group of groupBy(unanswered, ({ error }) => `${error.code} ${error.excerpt ?? ""}`)) {
      const [first] = group;
      const { port } = first.endpoint.target;
      yield {
        severity: "error",
        detail: `GET /_matrix/federation/v1/version gets no usable answer: ${cause(first.error)}. The TLS handshake worked. The Host was ${route.hostHeader}.`,
        fix: [
          `Read the log of what listens on port ${port} at the time of the check: a virtual host may close connections (nginx "return 444"), or the homeserver behind it may fail.`,
          routeFederation(proxyAt(facts, first.endpoint.place), siteOf(route, first.endpoint)),
        ],
        where: group.map(({ endpoint }) => endpoint.place),
      };
    }
  },
};

function said(response: HttpFacts): string {
  if (response.matrixError !== null) return ` with ${quote(response.matrixError.errcode)} (${quote(response.matrixError.error)})`;
  return response.excerpt.trim() === "" ? " and no body" : ` and a body that starts with ${quote(response.excerpt.trim())}`;
}

function cause(error: NetError): string {
  const first = error.excerpt === undefined ? "" : `; the first bytes are ${quote(error.excerpt)}`;
  return `${quote(error.message, 160)}${first}`;
}

function meaning(response: HttpFacts): string {
  const behind = behindFault(response);
  return behind === null ? gatewaySays(gatewayOf(response)) : ` ${BEHIND_SAID[behind]}.`;
}

function fixes(facts: Facts, response: HttpFacts, proxy: Proxy | null, site: Site): string[] {
  const routing = routeFederation(proxy, site);
  const gateway = gatewayOf(response);
  if (gateway !== null) return [routeThrough(facts, gateway, site) ?? routing];
  if (response.matrixError !== null || response.status >= 500)
    return [
      "Read the homeserver's log at the time of the check: the request reaches the homeserver (or a script), and fails there. If the log shows no error, restart the homeserver.",
      routing,
    ];
  const behind = behindFault(response);
  if (behind !== null) return [connectBehind(behind, proxy, site, "/_matrix"), routing];
  if (response.status !== 400) return [routing];
  return [
    `Read the log of the server on port ${site.port}: the log says why it refuses the request. Homeservers must not connect directly to a listener that expects the PROXY protocol. A proxy that forwards over TLS must send the name ${site.host} both in the handshake (SNI) and as Host.`,
    routing,
  ];
}
