/** federation/http-status: any other status, or a connection that ends without an HTTP answer. */
import { proxyAt } from "../../views/proxy.ts";
import { routeFederation, siteOf } from "../../advice/federation.ts";
import type { Facts, HttpFacts, NetError } from "../../facts/facts.ts";
import { endpointsOf } from "../../views/endpoints.ts";
import { groupBy, quote } from "../../views/words.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";
import { answeredWith, versionKind } from "../../views/version-answer.ts";

export const httpStatus: Rule = {
  code: "federation/http-status",
  severity: "error",
  mechanisms: ["federation:http-status", "federation:no-answer"],
  title: "The version request is not answered with a status of success",
  spec: SPEC.version,
  breaks: "endpoint",
  signOf: ["wrong-route", "wrong-virtual-host"],
  explain: `
\`GET /_matrix/federation/v1/version\` must give status 200 (homeservers take any 2xx). Here another one comes, for which there is no finding of its own, or the connection ends without an HTTP answer.

**Shows as**

- 421, or 400 with Apache's AH02032: the web server finds that the name of the TLS session (SNI) and the Host field belong to different virtual hosts
- 400: a load balancer doesn't accept the request, or expects the PROXY protocol
- 405, 410, 426: another application
- 500: the homeserver or a script failed
- a closed connection: nginx \`return 444\`, a backend that crashes

**Affected:** all homeservers.

**Look-alikes.** 404: \`federation/not-routed\`, \`federation/listener-missing\`. 401, 403, 429: \`federation/forbidden\`. 502 to 504:
\`federation/upstream-down\`. No answer at all: \`federation/timeout\`. HTTP/2 frames: \`tls/http2-only\`.

**Fix.** Send the same request by hand and read the proxy's log: \`curl -v https://host:port/_matrix/federation/v1/version\`. With 421 in Apache: let the
name stand as ServerName or ServerAlias in the virtual host whose certificate is presented.

**Log lines.** Synapse: \`Got response with code: …\`, \`Non-200 response\`, \`ResponseNeverReceived\`. Apache: \`AH02032: Hostname … provided via SNI and hostname … provided via HTTP\`.

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
      if (first === undefined) continue;
      const { response, endpoint } = first;
      yield {
        severity: "error",
        detail: `GET /_matrix/federation/v1/version gets status ${response.status}${said(response)}. Homeservers take that for a failure.`,
        fix: fixes(
          facts,
          response,
          endpoint.place,
          routeFederation(proxyAt(facts, endpoint.place), siteOf(route, endpoint)),
          route.tlsName,
          endpoint.target.port,
        ),
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
      if (first === undefined) continue;
      const { port } = first.endpoint.target;
      yield {
        severity: "error",
        detail: `GET /_matrix/federation/v1/version gets no usable answer: ${cause(first.error)}. The TLS handshake worked; the Host was ${route.hostHeader}.`,
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

function fixes(facts: Facts, response: HttpFacts, place: string, routing: string, name: string, port: number): string[] {
  if (response.matrixError !== null || response.status >= 500)
    return [
      "Read the homeserver's log at the time of the check; the request reaches it, or a script in its place, and fails there. Restart the homeserver if it says nothing.",
      routing,
    ];
  if (response.status !== 421 && response.status !== 400) return [routing];
  if (proxyAt(facts, place) === "apache") {
    return [
      `In Apache, the virtual host whose certificate is presented must be the one that answers: in <VirtualHost *:${port}>, let it have this name:\nServerName ${name}\n\nThen reload Apache:\napachectl graceful`,
      routing,
    ];
  }
  return [
    `The server on port ${port} must answer requests with the Host ${name} in the virtual host that it chooses for the same name in the TLS handshake (SNI). Read its log: it says what it dislikes. A listener that expects the PROXY protocol must not be reached directly.`,
    routing,
  ];
}
