/** federation/path-decoded: a proxy decodes or refuses %2F on the way. */
import { keepPathEncoded, siteOf } from "../../advice/federation.ts";
import { proxyAt, proxyOfErrorPage } from "../../views/proxy.ts";
import type { EndpointFacts, Facts, HttpFacts } from "../../facts/facts.ts";
import { endpointsOf } from "../../views/endpoints.ts";
import { done } from "../../views/outcome.ts";
import { groupBy, quote } from "../../views/words.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";
import { isKnownHomeserver } from "../../views/version-answer.ts";

export const pathDecoded: Rule = {
  code: "federation/path-decoded",
  severity: "warning",
  mechanisms: ["federation:path-decoded"],
  concerns: "everybody",
  title: "Encoded slashes in paths don't get through the proxy",
  spec: SPEC.api,
  explain: `
Event ids, room ids and transaction ids stand in the path, percent-encoded. Event ids of old rooms may contain a slash (\`%2F\`), user ids and
room aliases contain \`@\`, \`#\` and \`:\`. A proxy that decodes the path, or refuses \`%2F\`, breaks just these requests, while everything else works. Where it decodes, signatures fail
as well: the request's URI is signed.

**Shows as** another answer than the homeserver's 401 to \`GET /_matrix/federation/v1/event/%24a%2Fb\`: a proxy's 404 or 400, a redirect to the
decoded path, or the homeserver's M_UNRECOGNIZED, because it got \`$a/b\`.

**Affected:** all homeservers, with some events and rooms only: messages that never arrive, joins that fail now and then.

**Look-alikes.** \`federation/not-routed\`: no path gets through. A firewall that refuses the path with 403 is another matter.

**Fix.**

- Apache: \`AllowEncodedSlashes NoDecode\` in the virtual host and \`nocanon\` on ProxyPass; one alone isn't enough
- nginx: \`proxy_pass http://127.0.0.1:8008;\` without a slash or path at the end; no \`rewrite\` in that location
- Traefik 3.6.4 to 3.6.6 and 2.11.32 to 2.11.34: refuse \`%2F\` unless told otherwise (\`encodedCharacters.allowEncodedSlash\`)
- IIS: can't keep them; use another proxy

**Log lines.** Synapse: \`Got response with code: 404\` for \`/_matrix/federation/v1/event/…\`, \`401: Invalid signature\`. conduwuit: \`Request uri contained '@' character\`.
Apache: \`AH00026: found %2f (encoded '/') in URI path\`. Traefik: \`Rejecting request because it contains encoded character %2F\`.

Specification: Server-Server API, "API standards"; RFC 3986, section 2.2.
`,
  *judge(facts: Facts): Iterable<Found> {
    const { route } = facts;
    if (route === null) return;
    const decoded = endpointsOf(facts).flatMap((endpoint) => {
      const response = done(endpoint.encodedPath);
      const seen = response === null ? null : whatHappened(endpoint, response);
      return seen === null ? [] : [{ endpoint, seen }];
    });
    for (const group of groupBy(
      decoded,
      ({ endpoint, seen }) => `${seen} ${endpoint.target.port} ${proxyAt(facts, endpoint.place) ?? ""}`,
    )) {
      const [first] = group;
      if (first === undefined) continue;
      yield {
        severity: "warning",
        detail: `GET /_matrix/federation/v1/event/%24a%2Fb gets ${first.seen} instead of the homeserver's 401: a proxy decodes or refuses the encoded slash. Requests for events and rooms with such a character in their id fail.`,
        fix: [keepPathEncoded(proxyAt(facts, first.endpoint.place), siteOf(route, first.endpoint))],
        where: group.map(({ endpoint }) => endpoint.place),
      };
    }
  },
};

/** Null when the homeserver got the path as it was sent, or nothing can be said. */
function whatHappened(endpoint: EndpointFacts, response: HttpFacts): string | null {
  const server = done(endpoint.version)?.server ?? null;
  if (server === null) return null;
  const { status, matrixError, headers } = response;
  // A small or unknown homeserver may lack the endpoint: then only a proxy's own page proves something.
  const hasEndpoint = isKnownHomeserver(server.name);
  if (matrixError !== null)
    return hasEndpoint && matrixError.errcode === "M_UNRECOGNIZED"
      ? `the homeserver's ${quote(matrixError.errcode)} (status ${status})`
      : null;
  if (status === 400 || status === 404)
    return hasEndpoint || proxyOfErrorPage(response) !== null ? `status ${status}, not in the homeserver's JSON,` : null;
  const location = headers["location"];
  if (status >= 301 && status <= 308 && location !== undefined && /\/event\/(%24|\$)a\/b/i.test(location))
    return `status ${status} and a redirect to ${quote(location)}`;
  return null;
}
