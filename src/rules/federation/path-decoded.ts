/** federation/path-decoded: a proxy decodes or refuses %2F on the way. */
import { keepPathEncoded, siteOf } from "../../advice/federation.ts";
import { proxyAt } from "../../views/proxy.ts";
import type { Facts } from "../../facts/facts.ts";
import { endpointsOf } from "../../views/endpoints.ts";
import { groupBy } from "../../views/words.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";
import { encodedPathSeen } from "../../views/encoded-path.ts";

export const pathDecoded: Rule = {
  code: "federation/path-decoded",
  severity: ["error", "warning"],
  mechanisms: ["federation:path-decoded"],
  concerns: "everybody",
  title: "The proxy decodes or refuses encoded characters in paths",
  spec: SPEC.api,
  breaks: "endpoint",
  explain: `
Event ids, room ids and user ids are parts of the path, percent-encoded. Other homeservers sign each request over the path as they sent
it.

- **A proxy decodes the path** (\`/make_join/%21room…/%40user…\` arrives as \`/make_join/!room…/@user…\`): the homeserver verifies the
  signature over another path, so joins and invites from other servers fail for every room. This is an error. The sign of it: for a path
  with \`%2F\` the homeserver itself answers 404 in JSON, because it got a slash.
- **A proxy refuses \`%2F\`** with its own 404 or 400: requests for event ids with a slash (old rooms have them) fail. This is a warning,
  because everything else may work. Apache does that by default, and Apache without \`nocanon\` decodes the path as well, so joins may
  fail here too.

**How it shows.** Another answer than the homeserver's 401 to \`GET /_matrix/federation/v1/event/%24a%2Fb\`: a proxy's 404 or 400, a
redirect to the decoded path, or the homeserver's M_UNRECOGNIZED, because it got \`$a/b\`.

**Who is affected.** All homeservers. Decoded: joins and invites, while messages of rooms that are shared already arrive. Refused: some
events and rooms only.

**Look-alikes.** \`federation/not-routed\`: no path gets through. A proxy that forwards the version and the keys only
shows the same; then forward all of \`/_matrix\`. \`federation/forbidden\`: a firewall refuses with 403.

**Fix.**

- Apache: \`AllowEncodedSlashes NoDecode\` in the virtual host and \`nocanon\` on ProxyPass; both are needed
- nginx: \`proxy_pass http://127.0.0.1:8008;\` without a slash or path at the end; no \`rewrite\` in that location
- Traefik 3.6.4 to 3.6.6 and 2.11.32 to 2.11.34: refuse \`%2F\` unless told otherwise (\`encodedCharacters.allowEncodedSlash\`)
- IIS: can't forward such paths unchanged; use another proxy

**Log lines.** Synapse: \`Got response with code: 404\` for \`/_matrix/federation/v1/event/…\`, \`401: Invalid signature\`. conduwuit:
\`Request uri contained '@' character\`. Apache: \`AH00026: found %2f (encoded '/') in URI path\`. Traefik: \`Rejecting request because it
contains encoded character %2F\`.

Specification: Server-Server API, "API standards"; RFC 3986, section 2.2.
`,
  *judge(facts: Facts): Iterable<Found> {
    const { route } = facts;
    if (route === null) return;
    const decoded = endpointsOf(facts).flatMap((endpoint) => {
      const seen = encodedPathSeen(endpoint);
      return seen === null ? [] : [{ endpoint, seen }];
    });
    for (const group of groupBy(
      decoded,
      ({ endpoint, seen }) => `${seen.what} ${String(seen.decoded)} ${endpoint.target.port} ${proxyAt(facts, endpoint.place) ?? ""}`,
    )) {
      const [first] = group;
      const isDecoded = first.seen.decoded;
      yield {
        severity: isDecoded ? "error" : "warning",
        detail: `A path with %2F gets ${first.seen.what} instead of the homeserver's 401. The path was /_matrix/federation/v1/event/%24a%2Fb. ${isDecoded ? "The homeserver gets the decoded path. The signature of a request covers the path, so joins and invites from other servers fail for every room." : "A proxy answers by itself: it refuses the encoded slash, or forwards only some paths under /_matrix (then forward all of it). Requests for events and rooms with a slash in their id fail. Such a proxy may also decode the path (Apache without nocanon); then joins and invites from other servers fail too."}`,
        fix: [keepPathEncoded(proxyAt(facts, first.endpoint.place), siteOf(route, first.endpoint))],
        where: group.map(({ endpoint }) => endpoint.place),
      };
    }
  },
};
