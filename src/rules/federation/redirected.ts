/** federation/redirected: the federation API answers with a redirect, which Synapse doesn't follow. */
import { allowInHaproxy, pastLogin, routeFederation, siteOf } from "../../advice/federation.ts";
import { loginName } from "../../advice/login.ts";
import { loginOf } from "../../views/login.ts";
import { proxyAt } from "../../views/proxy.ts";
import type { Facts } from "../../facts/facts.ts";
import { whose } from "../../homeservers/who.ts";
import { groupBy, list, quote } from "../../views/words.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";
import { answeredWith } from "../../views/version-answer.ts";

const STAYING = whose(({ http }) => http.redirects.is === 0);

export const redirected: Rule = {
  code: "federation/redirected",
  severity: "error",
  mechanisms: ["federation:redirected"],
  title: "The federation API answers with a redirect",
  spec: SPEC.api,
  breaks: "endpoint",
  signOf: ["wrong-route", "wrong-virtual-host"],
  explain: `
Homeservers follow redirects for \`/.well-known/matrix/server\`, not for the federation API: a request is signed for its destination.
Synapse treats a redirect as a failure.

**How it shows.** Status 301, 302, 303, 307 or 308 with a Location: to www, to a login page, to another path (with or without a final
slash), or from https to https in a loop.

**Who is affected.** Synapse. Dendrite, Conduit and the conduwuit family follow some redirects, but a PUT becomes a GET with 301 to 303.

**Look-alikes.** A redirect of the well-known file (\`well-known/redirected\`) is fine. Cloudflare's "Flexible" mode makes a loop with a
web server that redirects http to https.

**Single sign-on** (Authelia, authentik, oauth2-proxy, Cloudflare Access, Google IAP, Keycloak and others) is recognised by its Location
and its cookie. Exempt \`/_matrix/\` from it.

**Fix.** Exempt \`/_matrix/\` from the redirect and forward it to the homeserver. If the homeserver is on another host, name that host in
the well-known file.

**Log lines.** Synapse: \`Got response with code: 301\`, \`HttpResponseException: 302\`.

Specification: Server-Server API, "API standards" and "Resolving server names".
`,
  causes: ["bad-answer"],
  *judge(facts: Facts): Iterable<Found> {
    const { route } = facts;
    if (route === null) return;
    for (const group of groupBy(
      answeredWith(facts, "redirected"),
      ({ endpoint, response }) => `${response.status} ${response.headers["location"] ?? ""} ${proxyAt(facts, endpoint.place) ?? ""}`,
    )) {
      const [first] = group;
      const proxy = proxyAt(facts, first.endpoint.place);
      const site = siteOf(route, first.endpoint);
      const login = loginOf(first.response);
      const location = first.response.headers["location"];
      yield {
        severity: "error",
        detail: `GET /_matrix/federation/v1/version gets status ${first.response.status} and is redirected to ${location === undefined ? "nowhere" : quote(location, 120)}.${login === null ? "" : ` That is the login of ${loginName(login)}, and homeservers can't log in.`} ${list(STAYING)} ${STAYING.length === 1 ? "doesn't" : "don't"} follow redirects of the federation API, or fail with them.`,
        fix:
          login !== null
            ? pastLogin(login, proxy, site)
            : [...(proxy === "haproxy" ? [allowInHaproxy(site)] : []), routeFederation(proxy, site)],
        where: group.map(({ endpoint }) => endpoint.place),
      };
    }
  },
};
