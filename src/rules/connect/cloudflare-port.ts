/** connect/cloudflare-port: a port that Cloudflare does not forward. */
import { formatHostPort } from "../../matrix/server-name.ts";
import { wellKnownFile } from "../../advice/well-known.ts";
import type { Facts } from "../../facts/facts.ts";
import { place } from "../../facts/address.ts";
import { groupBy, list } from "../../views/words.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";
import { isSettledByName } from "../../views/route.ts";
import { isCloudflareBlocked, isForwarded, proxiedIn } from "../../views/cloudflare.ts";
import { deadEndpoints } from "../../views/connect-failures.ts";

export const cloudflarePort: Rule = {
  code: "connect/cloudflare-port",
  severity: "error",
  mechanisms: ["connect:refused", "connect:timeout"],
  title: "Cloudflare doesn't forward this port",
  spec: SPEC.resolving,
  // What a connection to the place behind the proxy shows doesn't count: nobody else gets there.
  causes: ["connect/refused", "connect/timeout", "connect/unreachable", "connect/ipv6-down", "connect/ipv4-down"],
  breaks: "endpoint",
  signOf: ["no-delegation"],
  explain: `
Cloudflare proxies the name (the orange cloud; with \`--zone-file\`: \`cf-proxied:true\` in the zone file). Cloudflare's addresses accept
only a few ports: for HTTPS 443, 2053, 2083, 2087, 2096 and 8443. Port 8448 isn't one of them: connections get no answer.

**Who is affected.** All homeservers. They try again later, at longer and longer intervals.

**Look-alikes.** \`connect/timeout\`: the address is your own, and a firewall drops the packets.

**Fix.** Delegate to port 443 by well-known, and let Cloudflare forward \`/_matrix\` to the homeserver. Or set the record to "DNS only"
(grey cloud), so that homeservers connect to your server directly. For a server name with a port, only the second one helps: homeservers
look for no well-known file and no SRV record there.
`,
  *judge(facts: Facts): Iterable<Found> {
    for (const group of groupBy(
      deadEndpoints(facts).filter((endpoint) => isCloudflareBlocked(facts, endpoint)),
      ({ target }) => `${target.host}:${target.port}`,
    )) {
      const [first] = group;
      const places = group.map((endpoint) => endpoint.place);
      const name = `${first.target.host}:${first.target.port}`;
      yield {
        severity: "error",
        detail: `${list(places)} (${name}) belong${places.length > 1 ? "" : "s"} to Cloudflare, which forwards only the ports 443, 2053, 2083, 2087, 2096 and 8443. Port ${first.port} gets no answer.`,
        fix: [
          ...forwardedPort(facts, first.target.host),
          `In Cloudflare's DNS settings set ${first.target.host} to "DNS only".${onlyWay(facts)}`,
        ],
        where: places,
      };
    }
    yield* proxiedInZoneFile(facts);
  },
};

/** Delegation to a port that Cloudflare forwards; none where the server name is the address. */
function forwardedPort(facts: Facts, host: string): string[] {
  if (isSettledByName(facts)) return [];
  return [
    `Forward /_matrix on ${host}:443 to the homeserver, and serve this at https://${facts.serverName}/.well-known/matrix/server:\n${wellKnownFile(formatHostPort(host, 443))}`,
  ];
}

function onlyWay(facts: Facts): string {
  return isSettledByName(facts)
    ? ` The port is a part of the server name ${facts.serverName}, so no well-known file and no SRV record can name another one.`
    : "";
}

/** Before the change: the file says that Cloudflare will answer for the host, whoever answers there now. */
function* proxiedInZoneFile(facts: Facts): Iterable<Found> {
  for (const target of facts.targets) {
    const { host, port, endpoints } = target;
    const proxied = target.overridden ? null : proxiedIn(facts, host);
    if (proxied === null || isForwarded(port)) continue;
    const places = endpoints.map((endpoint) => place(endpoint.address, endpoint.port));
    yield {
      severity: "error",
      detail: `${proxied.name}:${list(proxied.lines.map(String))}: ${host} is proxied by Cloudflare (cf-proxied:true), which forwards only the ports 443, 2053, 2083, 2087, 2096 and 8443. Port ${port} gets no answer.`,
      fix: [
        `Set ${host} to "DNS only" (cf-proxied:false), so that homeservers connect to it directly.${onlyWay(facts)}`,
        ...forwardedPort(facts, host),
      ],
      where: places.length > 0 ? places : [`${host}:${port}`],
    };
  }
}
