/** federation/host-not-matched: a homeserver answers there, but to another Host than homeservers send. */
import { matchHostWithPort, nameVirtualHost, siteOf } from "../../advice/federation.ts";
import { proxyAt } from "../../views/proxy.ts";
import type { Facts } from "../../facts/facts.ts";
import { endpointsOf, type PlacedEndpoint } from "../../views/endpoints.ts";
import { otherHost, type OtherHost } from "../../views/other-host.ts";
import { groupBy } from "../../views/words.ts";
import { NO_HOMESERVER } from "../../homeservers/failure.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";
import { versionKind } from "../../views/version-answer.ts";

export const hostNotMatched: Rule = {
  code: "federation/host-not-matched",
  severity: "error",
  mechanisms: NO_HOMESERVER,
  title: "The proxy doesn't know the Host that homeservers send",
  spec: SPEC.resolving,
  breaks: "endpoint",
  causes: ["bad-answer"],
  explain: `
With the Host header that homeservers send, no homeserver answers. With another Host, which this tool tried as well, the homeserver
answers. So the homeserver runs and \`/_matrix\` is forwarded, but the proxy's rule is for another Host.

**How it shows.** The right Host gets 404, 421, 400, 503 or a closed connection. The same name without the port, the same name with the
port, the SRV target, or the server name where another host is delegated to, gets the version.

| the route | Host that homeservers send |
| --- | --- |
| m.server with a port, or a server name with one | the name **with** the port: \`matrix.example.com:443\` |
| m.server without a port, SRV records, or port 8448 by default | the bare name; with SRV records it is the server name (or m.server), never the target |

**Who is affected.** All homeservers. Conduit and its family always send the port when it isn't 443, so they may reach a server that the
others don't reach.

**Look-alikes.** \`federation/not-routed\`, \`federation/upstream-down\`: no homeserver answers, whatever the Host.
\`federation/host-port\`: the right Host works, the same with the port doesn't.

**Usual causes.** HAProxy with \`hdr(host) -i matrix.example.com\`, which compares the whole header with the port, and answers 503 when no
backend matches; conditions on nginx's \`$http_host\`; \`RewriteCond %{HTTP_HOST}\`; Caddy's matcher \`header Host\`; a virtual host that
has only the SRV target's name, or only the server name.

**Fix.** HAProxy: \`hdr(host),field(1,:)\` instead of \`hdr(host)\`. Others: let the rule match with and without the port. For SRV: add
the server name to the virtual host. With m.server: add its host.

**Log lines.** Synapse: \`Got response with code: 503\`, \`Got response with code: 421\`. HAProxy: \`<NOSRV>\`. Traefik: \`404 page not
found\`. Apache: \`AH02032: Hostname … provided via SNI and hostname … provided via HTTP\`.

Specification: Server-Server API, "Resolving server names".
`,
  *judge(facts: Facts): Iterable<Found> {
    const { route } = facts;
    if (route === null) return;
    const matched = endpointsOf(facts).flatMap((endpoint) => {
      const other = versionKind(facts, endpoint) === "host-not-matched" ? otherHost(facts, endpoint) : null;
      return other === null ? [] : [{ endpoint, other, seen: seenThere(endpoint) }];
    });
    for (const group of groupBy(
      matched,
      ({ endpoint, other, seen }) => `${seen} ${other.host} ${endpoint.target.port} ${proxyAt(facts, endpoint.place) ?? ""}`,
    )) {
      const [first] = group;
      const { endpoint, other, seen } = first;
      const site = siteOf(route, endpoint);
      const proxy = proxyAt(facts, endpoint.place);
      yield {
        severity: "error",
        detail: `"Host: ${route.hostHeader}", as homeservers send it, gets ${seen}; "Host: ${other.host}" gets the homeserver. The second is ${what(other)}. So the homeserver runs, but the proxy on port ${site.port} doesn't know the first Host: ${MEANING[other.kind]}.`,
        fix: [
          other.kind === "srv-target" || other.kind === "server-name"
            ? nameVirtualHost(proxy, site, other.host.replace(/:\d+$/, ""))
            : matchHostWithPort(proxy, site),
        ],
        where: group.map((each) => each.endpoint.place),
      };
    }
  },
};

const WHAT: Record<OtherHost["kind"], string> = {
  "without-port": "the same name without the port",
  "with-port": "the same name with the port",
  "srv-target": "the SRV target",
  "server-name": "the server name",
};

function what({ kind, host }: OtherHost): string {
  return kind === "srv-target" && host.includes(":") ? "the SRV target with its port" : WHAT[kind];
}

const MEANING: Record<OtherHost["kind"], string> = {
  "without-port": "it compares the whole header with a name without a port",
  "with-port": "it compares the whole header with a name and a port",
  "srv-target": "its virtual host must have the name that homeservers send, which is never the SRV target",
  "server-name": "its virtual host must have the name that homeservers send, which is the host of m.server",
};

function seenThere({ version }: PlacedEndpoint): string {
  if (version.status === "done") return `status ${version.value.response.status}`;
  return version.status === "failed" ? `no usable answer (${version.error.code})` : "no answer";
}
