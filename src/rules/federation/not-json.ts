/** federation/not-json: status 200, but no homeserver's answer. */
import { pastLogin, routeFederation, siteOf } from "../../advice/federation.ts";
import { gatewaySays, routeThrough } from "../../advice/gateway.ts";
import { loginName } from "../../advice/login.ts";
import { gatewayOf } from "../../views/gateway.ts";
import { loginOf } from "../../views/login.ts";
import { proxyAt } from "../../views/proxy.ts";
import type { Facts, HttpFacts, RouteFacts } from "../../facts/facts.ts";
import { groupBy, quote } from "../../views/words.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";
import { answeredWith, type Answered } from "../../views/version-answer.ts";

export const notJson: Rule = {
  code: "federation/not-json",
  severity: "error",
  mechanisms: ["federation:not-json", "keys:status", "keys:not-json", "keys:no-answer"],
  title: "The answer to the version request doesn't come from a homeserver",
  spec: SPEC.version,
  breaks: "endpoint",
  signOf: ["wrong-route", "wrong-virtual-host"],
  explain: `
\`GET /_matrix/federation/v1/version\` gets status 200, but not \`{"server": {"name": …, "version": …}}\`. A website or another
application answers every path.

**How it shows.** The body is HTML (a start page, a web client, a content management system), an empty body, or other JSON.

**Who is affected.** All homeservers.

**Look-alikes.** \`federation/not-routed\`: the same, but with status 404. A JSON object without \`server\` from a homeserver whose
signing keys are right is \`federation/bad-version\`.

**Usual causes.** A single-page application with a fallback to index.html (\`try_files … /index.html\`), for example Element on the
homeserver's host; a proxy that drops the path, so that the homeserver sends its welcome page; a parked domain.

**Fix.** Forward all of \`/_matrix\` before the fallback. nginx: a \`location ^~ /_matrix/\` beside \`location /\`. Caddy: a \`handle
/_matrix/*\`. Apache: \`ProxyPass /_matrix …\` above the rest.

**Log lines.** Synapse: \`Error reading response GET …\`, \`Remote server sent Content-Type header of\`. conduwuit: \`response contains
junk\`.

Specification: Server-Server API, "GET /_matrix/federation/v1/version".
`,
  causes: ["bad-answer"],
  *judge(facts: Facts): Iterable<Found> {
    const { route } = facts;
    if (route === null) return;
    for (const group of groupBy(
      answeredWith(facts, "not-json"),
      ({ endpoint, response }) => `${looks(response)} ${response.status} ${proxyAt(facts, endpoint.place) ?? ""} ${endpoint.target.port}`,
    )) {
      const [first] = group;
      yield {
        severity: "error",
        detail: `GET /_matrix/federation/v1/version gets status ${first.response.status}, but not a homeserver's answer: ${looks(first.response)}.${gatewaySays(gatewayOf(first.response))}`,
        fix: fixes(facts, first, route),
        where: group.map(({ endpoint }) => endpoint.place),
      };
    }
  },
};

function fixes(facts: Facts, { endpoint, response }: Answered, route: RouteFacts): string[] {
  const site = siteOf(route, endpoint);
  const proxy = proxyAt(facts, endpoint.place);
  const login = loginOf(response);
  if (login !== null) return pastLogin(login, proxy, site);
  const gateway = gatewayOf(response);
  return [(gateway === null ? null : routeThrough(facts, gateway, site)) ?? routeFederation(proxy, site)];
}

/** What the answer is, by its looks. */
function looks(response: HttpFacts): string {
  const login = loginOf(response);
  if (login !== null) return `it is the login page of ${loginName(login)}, and homeservers can't log in`;
  const text = response.excerpt.trim();
  const title = titleOf(text);
  if (text === "") return "the body is empty";
  if (/It works! Synapse is running/i.test(text)) return "it is Synapse's welcome page, so the proxy drops the path";
  if (/^element\b/i.test(title ?? "") || /vector-im|element-web/i.test(text)) return "it is the web client Element";
  if (/wp-content|wp-includes/i.test(text)) return "it is a WordPress site";
  if (/Welcome to nginx!/i.test(text)) return "it is nginx's start page";
  if (/Apache2 (Debian|Ubuntu) Default Page/i.test(text)) return "it is Apache's start page";
  if (title !== undefined) return `it is a web page with the title ${quote(title)}`;
  if (text.startsWith("<")) return `it is HTML that starts with ${quote(text, 60)}`;
  if (text.startsWith("{") || text.startsWith("[")) return `it is JSON of another service, ${quote(text, 60)}`;
  return `it starts with ${quote(text, 60)}`;
}

/** By hand: a pattern with spaces before and after the title takes minutes for a page of spaces. */
function titleOf(html: string): string | undefined {
  const tag = /<title[\s>]/i.exec(html);
  const start = tag === null ? -1 : html.indexOf(">", tag.index);
  const end = start === -1 ? -1 : html.indexOf("<", start);
  const title = end === -1 ? "" : html.slice(start + 1, end).trim();
  return title === "" || title.length > 120 ? undefined : title;
}
