/** well-known/synapse-not-serving: the 404 comes from Synapse, which isn't told to serve the file. */
import { serveWellKnown } from "../../advice/well-known.ts";
import type { Facts } from "../../facts/facts.ts";
import { homeserverReached, routeWorks } from "../../views/route.ts";
import { groupBy, quote } from "../../views/words.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";
import { goesOn } from "../../views/remaining-route.ts";
import { faults, synapseBeside, whereSeen, type Seen } from "../../views/well-known-read.ts";

export const synapseNotServing: Rule = {
  code: "well-known/synapse-not-serving",
  severity: ["error", "info"],
  mechanisms: ["well-known:status"],
  title: "Synapse answers, but is not told to serve the well-known file",
  spec: SPEC.wellKnown,
  breaks: "well-known",
  explain: `
\`https://<server name>/.well-known/matrix/server\` is forwarded to Synapse, and Synapse answers 404, because \`serve_server_wellknown\` is off, which is its default. Its text then is
\`404. Is anything ever truly *well* known?\`.

**How it shows.** Port 443 is served by Synapse, yet homeservers don't learn of it and connect to port 8448, where nothing may be listening.

**Who is affected.** Everybody. When the homeserver answers on port 8448 or by an SRV record as well, no file is needed, and this is only a note.

**Look-alikes.** \`well-known/not-found\` is the web server's own 404. There the file belongs into the web server.

**How to fix it.** In \`homeserver.yaml\`:

    serve_server_wellknown: true

and restart Synapse. It then announces \`<server name>:443\`, and never anything else. That is right exactly when \`https://<server name>/_matrix\` is forwarded to this Synapse. The listener needs the
\`client\` resource, which is where the file is served. To announce another host or port, publish a static file in the proxy instead.

**Log lines.** On the other side, Synapse: \`Error parsing well-known for …: Non-200 response 404\`. Dendrite: \`No .well-known found\`.
`,
  *judge(facts: Facts): Iterable<Found> {
    const reached = homeserverReached(facts);
    for (const group of groupBy(faults(facts, "synapse-not-serving"), ({ url, response }) => `${response?.status} ${url}`)) {
      const [first] = group;
      const target = `${facts.serverName}:443`;
      yield {
        severity: reached || routeWorks(facts) === null ? "info" : "error",
        detail: `${first.url} answers ${first.response?.status}, and ${synapseBeside(facts) === null ? `the answer is Synapse's own (${evidence(first)})` : `a Synapse answers /_matrix on the same host and port`}. ${goesOn(facts)}`,
        fix: [
          `Let Synapse announce ${target}. This is right when https://${facts.serverName}/_matrix is forwarded to it as well. ${serveWellKnown("synapse", facts.serverName, target)}`,
        ],
        where: whereSeen(facts, group),
      };
    }
  },
};

/** By what Synapse was recognised. */
function evidence({ response }: Seen): string {
  const server = response?.headers["server"];
  return server !== undefined && /^Synapse\//i.test(server) ? `Server: ${quote(server, 60)}` : quote((response?.excerpt ?? "").trim());
}
