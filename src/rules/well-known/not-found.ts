/** well-known/not-found: the base domain answers 404 or 410. */
import { gatewaySays, staticHostNote } from "../../advice/gateway.ts";
import { gatewayOf } from "../../views/gateway.ts";
import { publishWhereRead } from "../../advice/where-read.ts";
import type { Facts } from "../../facts/facts.ts";
import { routeWorks } from "../../views/route.ts";
import { groupBy } from "../../views/words.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";
import { answeringRoute, foundPlace, goesOn, remainingRoute } from "../../views/remaining-route.ts";
import { faults, whereSeen } from "../../views/well-known-read.ts";

export const notFound: Rule = {
  code: "well-known/not-found",
  severity: ["error", "info"],
  mechanisms: ["well-known:status"],
  title: "There is no well-known file on the server name's host",
  spec: SPEC.wellKnown,
  breaks: "well-known",
  explain: `
\`https://<server name>/.well-known/matrix/server\` tells other homeservers where to connect. Without the file (404 or 410) they look for
SRV records. If there are none, they connect to port 8448 of the server name itself.

**No file is needed** when the homeserver answers there: then this finding is only an info.

**How it shows.** Otherwise nobody reaches the homeserver. A refused connection or a wrong certificate on port 8448 is then a consequence
of the missing file.

**Who is affected.** All homeservers. (Conduit reads a file that is sent with status 404.)

**Look-alikes**
- The file is there, but on \`matrix.<server name>\`: it must be on the server name's own host: the part of user IDs after the colon
  (\`well-known/on-target-only\`).
- The client file, \`/.well-known/matrix/client\`, is another file: clients read it, and homeservers don't.
- A browser shows the file: perhaps another address of the host has it (\`well-known/split\`), or only \`www\` has it.
- \`well-known/synapse-not-serving\`: the 404 comes from Synapse. \`well-known/homeserver-not-configured\`: it comes from another
  homeserver.

**Fix.** Publish a file with \`{"m.server": "<host>:<port>"}\`: the host and port at which \`/_matrix\` is served, behind a reverse proxy
mostly port 443. Without a port, homeservers use SRV records or port 8448 of that host. \`matrix-delegation-check plan <server name> --to
<host:port>\` prints the file and the proxy's configuration. Homeservers remember for up to an hour that there was no file.

**Log lines.** Synapse: \`Error parsing well-known for …: Non-200 response 404\`. Dendrite: \`No .well-known found\`. conduwuit:
\`response not 2XX\`.
`,
  *judge(facts: Facts): Iterable<Found> {
    const answering = answeringRoute(facts);
    const mild = answering !== null || routeWorks(facts) === null;
    for (const group of groupBy(faults(facts, "not-found"), ({ url, response }) => `${response?.status} ${url}`)) {
      const [first] = group;
      const seen = `${first.url} answers ${first.response?.status}.${gatewaySays(gatewayOf(first.response))}`;
      const route = remainingRoute(facts);
      const gateway = gatewayOf(first.response);
      const note = staticHostNote(gateway);
      const publish = `${publishWhereRead(facts, first, foundPlace(facts))}${note === null ? "" : `\n\n${note}`}`;
      const without = `Make the homeserver answer on ${route ?? `port 8448 of ${facts.serverName}`}; then no file is needed.`;
      yield {
        severity: mild ? "info" : "error",
        detail:
          answering !== null
            ? `${seen} Homeservers use ${answering} instead, where a homeserver answers, so no file is needed.`
            : `${seen} ${goesOn(facts)}`,
        // Where nothing is known to be wrong, nobody has looked at the certificate that another value would need.
        fix: mild ? [] : [publish, without],
        where: whereSeen(facts, group),
      };
    }
  },
};
