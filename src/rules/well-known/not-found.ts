/** well-known/not-found: the base domain answers 404 or 410. */
import { gatewaySays, staticHostNote } from "../../advice/gateway.ts";
import { gatewayOf } from "../../views/gateway.ts";
import { publishAdvice } from "../../advice/well-known.ts";
import { proxyAt } from "../../views/proxy.ts";
import type { Facts } from "../../facts/facts.ts";
import { homeserverReached, routeWorks } from "../../views/route.ts";
import { groupBy } from "../../views/words.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";
import { foundTarget, goesOn, remainingRoute } from "../../views/remaining-route.ts";
import { faults, whereSeen } from "../../views/well-known-read.ts";

export const notFound: Rule = {
  code: "well-known/not-found",
  severity: ["error", "info"],
  mechanisms: ["well-known:status"],
  title: "There is no well-known file on the server name's host",
  spec: SPEC.wellKnown,
  breaks: "well-known",
  explain: `
\`https://<server name>/.well-known/matrix/server\` tells other homeservers where federation is served. Without it (404 or 410) they look for SRV records, and without those they
connect to port 8448 of the server name itself.

**None is needed** when the homeserver answers there: then this is only a note.

**How it shows.** Otherwise nobody reaches the homeserver, and what one sees first is a refused connection or a wrong certificate on port 8448. Those are consequences.

**Who is affected.** Everybody, in the same way. Conduit even reads a file that is sent with status 404.

**Look-alikes**
- The file is there, but on \`matrix.<server name>\`: it must be on the server name's own host, the part after the colon of a user ID.
- The client file, \`/.well-known/matrix/client\`, is another one. Both are needed, and they are read by different programs.
- It works in a browser but not here: some addresses of the host may be served by another machine (\`well-known/split\`), or the file is only on \`www\`.
- \`well-known/synapse-not-serving\`: the 404 comes from Synapse. \`well-known/homeserver-not-configured\`: it comes from another homeserver.

**How to fix it.** Publish a file that holds \`{"m.server": "<host>:<port>"}\`, with the host and port at which the homeserver serves \`/_matrix\`; behind a reverse proxy that is port 443
in most cases. Without a port homeservers go on to SRV and 8448 of that host. \`matrix-delegation-check plan <server name> --to <host:port>\` prints the file and the proxy's
configuration. Homeservers remember that there was no file for up to an hour.

**Log lines.** Synapse: \`Error parsing well-known for …: Non-200 response 404\`. Dendrite: \`No .well-known found\`. conduwuit: \`response not 2XX\`.
`,
  *judge(facts: Facts): Iterable<Found> {
    const mild = homeserverReached(facts) || routeWorks(facts) === null;
    for (const group of groupBy(faults(facts, "not-found"), ({ url, response }) => `${response?.status} ${url}`)) {
      const [first] = group;
      const seen = `${first.url} answers ${first.response?.status}.${gatewaySays(gatewayOf(first.response))}`;
      const route = remainingRoute(facts);
      const gateway = gatewayOf(first.response);
      const note = staticHostNote(gateway);
      const publish = `${publishAdvice(facts.serverName, foundTarget(facts), proxyAt(facts, first.place))}${note === null ? "" : `\n\n${note}`}`;
      const without = `Make the homeserver answer on ${route ?? `port 8448 of ${facts.serverName}`}; then no file is needed.`;
      yield {
        severity: mild ? "info" : "error",
        detail: homeserverReached(facts)
          ? `${seen} Homeservers go on to ${route ?? "the next step"}, where a homeserver answers, so no file is needed.`
          : `${seen} ${goesOn(facts)}`,
        fix: homeserverReached(facts) ? [] : [publish, without],
        where: whereSeen(facts, group),
      };
    }
  },
};
