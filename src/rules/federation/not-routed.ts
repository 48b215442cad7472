/** federation/not-routed: a web server's 404 instead of the homeserver. */
import { allowInHaproxy, routeFederation, siteOf } from "../../advice/federation.ts";
import { gatewaySays, routeThrough } from "../../advice/gateway.ts";
import { gatewayOf } from "../../views/gateway.ts";
import { proxyAt } from "../../views/proxy.ts";
import type { Facts, HttpFacts } from "../../facts/facts.ts";
import { groupBy } from "../../views/words.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";
import { answeredWith } from "../../views/version-answer.ts";

export const notRouted: Rule = {
  code: "federation/not-routed",
  severity: "error",
  mechanisms: ["federation:not-routed"],
  title: "The web server doesn't forward /_matrix to the homeserver",
  spec: SPEC.version,
  breaks: "endpoint",
  signOf: ["wrong-route", "wrong-virtual-host"],
  explain: `
\`GET /_matrix/federation/v1/version\` gets a 404 that doesn't come from a homeserver: the web server or another application answers.

**How it shows.** An HTML or plain-text 404 ("404 page not found" is Traefik's, \`<center>nginx</center>\` nginx's).

**Who is affected.** All homeservers.

**Look-alikes.** \`federation/listener-missing\`: the 404 is a homeserver's JSON, so the request is forwarded, and the listener is wrong.
\`federation/not-json\`: another application answers with 200. If clients work on the same host, only \`/_matrix/client\` is forwarded.

**Usual causes.** No location for \`/_matrix\`; the location is in another virtual host than the one that homeservers ask for (for example
that of the SRV target, of port 443 instead of 8448, or of www); a router rule without the host; a start page that answers all paths.

**Fix.** Forward all of \`/_matrix\` in the virtual host for the name and port that the finding shows.

- nginx: \`location ^~ /_matrix/ { proxy_pass http://127.0.0.1:8008; }\`, without a slash after the port
- Caddy: \`handle /_matrix/* { reverse_proxy 127.0.0.1:8008 }\`
- Apache: \`ProxyPass /_matrix http://127.0.0.1:8008/_matrix nocanon\` and \`AllowEncodedSlashes NoDecode\`
- HAProxy: \`use_backend homeserver if { path_beg /_matrix/ }\`
- Traefik: a router with \`\`Host(…) && PathPrefix(\`/_matrix\`)\`\`

**Log lines.** Synapse: \`Got response with code: 404\`, \`HttpResponseException: 404\`. conduwuit: \`response not 2XX\`. Traefik: \`404
page not found\`.

Specification: Server-Server API, "GET /_matrix/federation/v1/version".
`,
  causes: ["bad-answer"],
  *judge(facts: Facts): Iterable<Found> {
    const { route } = facts;
    if (route === null) return;
    for (const group of groupBy(
      answeredWith(facts, "not-routed"),
      ({ endpoint, response }) =>
        `${proxyAt(facts, endpoint.place) ?? ""} ${gatewayOf(response)?.product ?? ""} ${endpoint.target.port} ${String(isTwisted(response))}`,
    )) {
      const [first] = group;
      const site = siteOf(route, first.endpoint);
      const proxy = proxyAt(facts, first.endpoint.place);
      const gateway = gatewayOf(first.response);
      const through = gateway === null ? null : routeThrough(facts, gateway, site);
      yield {
        severity: "error",
        detail: `GET /_matrix/federation/v1/version gets status 404, not from a homeserver. The Host was ${route.hostHeader}: ${isTwisted(first.response) ? `the page comes from a Synapse that doesn't know the path. The proxy on port ${site.port} changes the path, or the listener has no federation resource.` : `the web server answers by itself for ${site.host} on port ${site.port}.${gatewaySays(gateway)}`}`,
        fix:
          through !== null
            ? [through]
            : [...(proxy === "haproxy" && isTwisted(first.response) ? [allowInHaproxy(site)] : []), routeFederation(proxy, site)],
        where: group.map(({ endpoint }) => endpoint.place),
      };
    }
  },
};

/** Synapse's web framework; proxies replace its name in the Server field, but not its page. */
function isTwisted({ excerpt }: HttpFacts): boolean {
  return /<title>404 - No Such Resource<\/title>/.test(excerpt);
}
