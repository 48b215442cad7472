/** federation/forbidden: something refuses the request, or wants a browser. */
import { thenReload } from "../../advice/reload.ts";
import { allowInHaproxy, pastBotProtection, pastLogin, routeFederation, siteOf, type Site } from "../../advice/federation.ts";
import { gatewaySays, routeThrough } from "../../advice/gateway.ts";
import { loginName } from "../../advice/login.ts";
import { gatewayOf } from "../../views/gateway.ts";
import { loginOf } from "../../views/login.ts";
import { proxyAt, type Proxy } from "../../views/proxy.ts";
import type { Facts, HttpFacts } from "../../facts/facts.ts";
import { groupBy, quote } from "../../views/words.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";
import { answeredWith } from "../../views/version-answer.ts";
import { isChallenge } from "../../views/challenge.ts";

export const forbidden: Rule = {
  code: "federation/forbidden",
  severity: "error",
  mechanisms: ["federation:forbidden"],
  title: "Requests to the federation API are refused",
  spec: SPEC.api,
  breaks: "endpoint",
  signOf: ["wrong-route", "wrong-virtual-host"],
  explain: `
The federation API needs no login: homeservers prove who they are by signatures. Something in front of the homeserver refuses the request.

**How it shows.** Status 401, 403 or 429, a login page, or a challenge for browsers ("Just a moment…", "Making sure you're not a bot").

**Who is affected.** All homeservers, or only those whose addresses or User-Agents the filter refuses.

**Usual causes.** Bot protection (Cloudflare, Anubis), a web application firewall (ModSecurity, Coraza), basic authentication or single
sign-on in front of the whole site, an IP or country filter, a rate limit, fail2ban.

**Look-alikes.** \`federation/disabled\`: the homeserver says itself that it doesn't federate. A 401 with M_UNAUTHORIZED on other paths is
no fault: unsigned requests get that answer.

**Fix.** Exempt \`/_matrix/\` from the filter.

- nginx: \`auth_basic off; allow all;\` in \`location ^~ /_matrix/\`
- Apache: \`<Location /_matrix> Require all granted </Location>\`
- Cloudflare: a WAF custom rule, action Skip, for URI paths that start with \`/_matrix/\`; and Bot Fight Mode off, since rules don't skip
  it
- Traefik: a router of its own for \`\`PathPrefix(\`/_matrix\`)\`\` without the auth middleware

**Log lines.** Synapse: \`Got response with code: 403\`, \`HttpResponseException: 403\`. conduwuit: \`response not 2XX\`. ModSecurity:
\`Access denied with code 403\`.

Specification: Server-Server API, "API standards" and "Request authentication".
`,
  causes: ["bad-answer"],
  *judge(facts: Facts): Iterable<Found> {
    const { route } = facts;
    if (route === null) return;
    for (const group of groupBy(
      answeredWith(facts, "forbidden"),
      ({ endpoint, response }) =>
        `${response.status} ${response.matrixError?.error ?? ""} ${String(isChallenge(response))} ${loginOf(response)?.product ?? ""} ${proxyAt(facts, endpoint.place) ?? ""}`,
    )) {
      const [first] = group;
      const { response } = first;
      const login = loginOf(response);
      yield {
        severity: "error",
        detail: `GET /_matrix/federation/v1/version gets ${said(response)}. Homeservers can't log in or solve a challenge there.${gatewaySays(gatewayOf(response))}`,
        fix:
          login !== null
            ? pastLogin(login, proxyAt(facts, first.endpoint.place), siteOf(route, first.endpoint))
            : [
                response.matrixError === null
                  ? (refusedByGateway(facts, response, siteOf(route, first.endpoint)) ??
                    exempt(proxyAt(facts, first.endpoint.place), response, siteOf(route, first.endpoint)))
                  : "Find out which Matrix service answers there: the version needs no authentication. The proxy must forward /_matrix/federation and /_matrix/key to the homeserver itself, not to a bridge, an identity server or a media repository.",
              ],
        where: group.map(({ endpoint }) => endpoint.place),
      };
    }
  },
};

/** Some say 403 where they have no route. */
function refusedByGateway(facts: Facts, response: HttpFacts, site: Site): string | null {
  const gateway = gatewayOf(response);
  if (gateway?.means == null) return null;
  return /\b(route|host)\b/.test(gateway.means)
    ? routeThrough(facts, gateway, site)
    : `In ${gateway.product}, exempt every path under /_matrix/ of ${site.host} from this rule: homeservers are programs, and prove who they are by signatures.`;
}

function said(response: HttpFacts): string {
  const login = loginOf(response);
  if (login !== null) return `status ${response.status} with the login of ${loginName(login)}`;
  if (isChallenge(response)) return `status ${response.status} with a challenge for browsers`;
  if (response.matrixError !== null)
    return `status ${response.status} with ${quote(response.matrixError.errcode)} (${quote(response.matrixError.error)})`;
  if (response.status === 429) return "status 429, a rate limit that doesn't come from the homeserver";
  const demand = response.headers["www-authenticate"];
  if (response.status === 401 && demand !== undefined) return `status 401, which demands a login (${quote(demand)})`;
  return `status ${response.status}, which doesn't come from the homeserver`;
}

function exempt(proxy: Proxy | null, response: HttpFacts, site: Site): string {
  switch (proxy) {
    case "cloudflare":
      return pastBotProtection(proxy);
    case "nginx":
      return response.status === 429
        ? "In nginx, the location for /_matrix must not have limit_req or limit_conn with such a low limit. The homeserver has rate limits of its own."
        : routeFederation(proxy, site).replace(/\n\}(?=\n\n|$)/, "\n    auth_basic off;\n    allow all;\n    satisfy any;\n}");
    case "apache":
      return thenReload(
        'In Apache, in the virtual host:\n<Location "/_matrix">\n    AuthType None\n    Require all granted\n    <IfModule security2_module>\n        SecRuleEngine Off\n    </IfModule>\n</Location>',
        "apache",
      );
    case "caddy":
      return routeFederation(proxy, site);
    case "haproxy":
      return allowInHaproxy(site);
    case "traefik":
      return `${routeFederation(proxy, site)}\ntraefik.http.routers.matrix-federation.priority=1000`;
    default:
      return pastBotProtection(proxy);
  }
}
