/** federation/upstream-down: the proxy doesn't get through to the homeserver. */
import { routeFederation, siteOf } from "../../advice/federation.ts";
import { gatewaySays } from "../../advice/gateway.ts";
import { gatewayOf } from "../../views/gateway.ts";
import { proxyAt, type Proxy } from "../../views/proxy.ts";
import { cloudflareError } from "../../advice/cloudflare-errors.ts";
import type { Facts } from "../../facts/facts.ts";
import type { PlacedEndpoint } from "../../views/endpoints.ts";
import { groupBy, sentence } from "../../views/words.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";
import { answeredWith } from "../../views/version-answer.ts";

export const upstreamDown: Rule = {
  code: "federation/upstream-down",
  severity: "error",
  mechanisms: ["federation:upstream-down"],
  title: "The proxy can't reach the homeserver",
  spec: SPEC.version,
  breaks: "endpoint",
  signOf: ["wrong-route"],
  explain: `
The reverse proxy answers in place of the homeserver: 502 (no usable answer), 503 (no server available) or 504 (no answer in time).
Cloudflare has its own status codes for this: 520 to 527 and 530.

**How it shows.** The proxy sends its error page for every path under \`/_matrix\`.

**Who is affected.** All homeservers. They try again later, at longer and longer intervals (Synapse up to 7 days).

**Look-alikes.** \`federation/timeout\`: the proxy itself stays silent. \`connect/refused\`: there is no proxy. During a restart of the
homeserver this is normal for a minute.

**Usual causes.** The homeserver isn't running or is still starting; the proxy has the wrong address or port (in Docker, \`127.0.0.1\` is
the proxy's own container: use the container's name); the proxy uses TLS for a port without TLS, or the opposite; \`localhost\` is \`::1\`
for the proxy while the homeserver listens on \`127.0.0.1\` only; SELinux (\`setsebool -P httpd_can_network_connect 1\`).

**Fix.** On the server: \`curl http://127.0.0.1:8008/_matrix/federation/v1/version\`. If that fails, start the homeserver and read its
log. If it works, correct the address in the proxy.

**Log lines.** Synapse: \`Got response with code: 502\`. nginx: \`connect() failed (111: Connection refused) while connecting to
upstream\`. Apache: \`AH00957\`, \`AH01114\`. HAProxy: \`Server … is DOWN\`. Caddy: \`dial tcp … connection refused\`.

Specification: Server-Server API, "GET /_matrix/federation/v1/version".
`,
  causes: ["bad-answer"],
  *judge(facts: Facts): Iterable<Found> {
    for (const group of groupBy(
      answeredWith(facts, "upstream-down"),
      ({ endpoint, response }) => `${response.status} ${cloudflareError(response)?.meaning ?? ""} ${proxyAt(facts, endpoint.place) ?? ""}`,
    )) {
      const [first] = group;
      const { status } = first.response;
      const behindCloudflare = cloudflareError(first.response);
      yield {
        severity: "error",
        detail: `The proxy answers with status ${status}. ${sentence(behindCloudflare?.meaning ?? meaning(status))}${gatewaySays(gatewayOf(first.response))}`,
        fix: behindCloudflare === null ? fixes(facts, status, first.endpoint) : [behindCloudflare.fix],
        where: group.map(({ endpoint }) => endpoint.place),
      };
    }
  },
};

const MEANINGS: Record<number, string> = {
  502: "the homeserver behind it refuses the connection, or sends no usable answer",
  503: "no homeserver behind it is available",
  504: "the homeserver behind it doesn't answer in time",
};

function meaning(status: number): string {
  return MEANINGS[status] ?? "the server behind it can't be reached";
}

function fixes(facts: Facts, status: number, endpoint: PlacedEndpoint): string[] {
  const proxy = proxyAt(facts, endpoint.place);
  const run =
    "On the server, test whether the homeserver answers (replace 8008 with its port). If it doesn't, start it and read its log:\ncurl http://127.0.0.1:8008/_matrix/federation/v1/version";
  // HAProxy says 503 as well when no rule leads to a backend.
  if (proxy === "haproxy" && status === 503 && facts.route !== null) return [routeFederation(proxy, siteOf(facts.route, endpoint)), run];
  return [run, `If the homeserver answers there, correct its address in the proxy${backendLine(proxy)}`];
}

/** In Docker, the proxy's 127.0.0.1 is its own container. */
function backendLine(proxy: Proxy | null): string {
  const docker = "; in Docker, 127.0.0.1 is the proxy's own container: use the homeserver's container name";
  switch (proxy) {
    case "nginx":
      return `${docker}. In nginx, in the location for /_matrix:\nproxy_pass http://127.0.0.1:8008;`;
    case "caddy":
      return `${docker}. In the Caddyfile:\nreverse_proxy 127.0.0.1:8008`;
    case "apache":
      return `${docker}. In Apache:\nProxyPass /_matrix http://127.0.0.1:8008/_matrix nocanon`;
    case "haproxy":
      return `${docker}. In haproxy.cfg, in the homeserver's backend:\n    server homeserver 127.0.0.1:8008`;
    case "traefik":
      return " (loadbalancer.server.port in the labels; container and Traefik must share a network).";
    default:
      return `${docker}.`;
  }
}
