/** federation/host-port: another answer when the Host field carries the port. */
import { matchHostWithPort, siteOf } from "../../advice/federation.ts";
import { proxyAt } from "../../views/proxy.ts";
import type { Facts } from "../../facts/facts.ts";
import { endpointsOf, serverOf } from "../../views/endpoints.ts";
import { groupBy } from "../../views/words.ts";
import { differentWithPort, type WithPort } from "../../views/host-port.ts";
import { isSuccess } from "../../views/http-status.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";

export const hostPort: Rule = {
  code: "federation/host-port",
  severity: "warning",
  mechanisms: ["federation:host-port"],
  title: "Requests with the port in the Host header get no homeserver",
  spec: SPEC.resolving,
  explain: `
With SRV records or the default port, the specification says that the Host field is the bare name. Conduit and the conduwuit family add
the port whenever it isn't 443 (\`Host: example.com:8448\`), as HTTP itself demands (RFC 9110, 7.2).

**How it shows.** The bare name as Host gets the version. The name with the port gets 404, 421, 503 or another page;
or the connection is closed, or nothing answers.

**Who is affected.** Conduit, conduwuit, tuwunel, continuwuity.

**Look-alikes.** \`federation/not-routed\`: no Host works.

**Usual causes.** HAProxy with \`hdr(host) -i example.com\`, which compares the whole field; RewriteCond on \`%{HTTP_HOST}\`; conditions
on nginx's \`$http_host\`; a load balancer with exact host rules. nginx's server_name, Apache's ServerName, Caddy's sites and Traefik's
Host() ignore the port.

**Fix.** HAProxy: \`req.hdr(host),field(1,:)\`. Others: let the host rule match with the port as well. Or delegate to port 443 by
well-known: then nobody sends a port.

**Log lines.** conduwuit: \`response not 2XX\`.

Specification: Server-Server API, "Resolving server names", steps 3.3 to 6.
`,
  *judge(facts: Facts): Iterable<Found> {
    const { route } = facts;
    if (route === null) return;
    const wrong = endpointsOf(facts).flatMap((endpoint) => {
      const different = serverOf(endpoint) === null ? null : differentWithPort(endpoint);
      return different === null ? [] : [{ endpoint, seen: seen(different) }];
    });
    for (const group of groupBy(wrong, ({ endpoint, seen }) => `${seen} ${endpoint.target.port} ${proxyAt(facts, endpoint.place) ?? ""}`)) {
      const [first] = group;
      const site = siteOf(route, first.endpoint);
      yield {
        severity: "warning",
        detail: `"Host: ${route.hostHeader}:${site.port}" gets ${first.seen}. With "Host: ${route.hostHeader}", without the port, the homeserver answers. Conduit and the conduwuit family send the port.`,
        fix: [matchHostWithPort(proxyAt(facts, first.endpoint.place), site)],
        where: group.map(({ endpoint }) => endpoint.place),
      };
    }
  },
};

function seen(different: WithPort): string {
  switch (different.kind) {
    case "answer": {
      const { status } = different.response;
      return isSuccess(status) ? "an answer that isn't a homeserver's" : `status ${status}`;
    }
    case "ended":
      return different.error.code === "reset" ? "no answer: the connection is reset" : "no answer: the connection is closed";
    case "silent":
      return "no answer in time";
  }
}
