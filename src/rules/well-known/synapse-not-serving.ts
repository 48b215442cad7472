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
  title: "Synapse isn't configured to serve the well-known file",
  spec: SPEC.wellKnown,
  breaks: "well-known",
  explain: `
\`https://<server name>/.well-known/matrix/server\` is forwarded to Synapse, and Synapse answers 404, because \`serve_server_wellknown\`
is off (the default). The text of the answer is \`404. Is anything ever truly *well* known?\`.

**How it shows.** Synapse answers on port 443, but other homeservers connect to port 8448, where perhaps nothing listens.

**Who is affected.** All homeservers. If the homeserver also answers on port 8448 or at an SRV target, no file is needed, and this finding
is only an info.

**Look-alikes.** \`well-known/not-found\` the 404 comes from the web server. Then the file must be published there.

**Fix.** In \`homeserver.yaml\`:

    serve_server_wellknown: true

and restart Synapse. Synapse then announces \`<server name>:443\`, and nothing else is possible. That is right only if \`https://<server
name>/_matrix\` is forwarded to this Synapse. The listener needs the \`client\` resource, because that resource serves the file. To
announce another host or port, publish a static file in the proxy instead.

**Log lines.** On other servers, Synapse: \`Error parsing well-known for …: Non-200 response 404\`. Dendrite: \`No .well-known found\`.
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
          `If https://${facts.serverName}/_matrix is forwarded to Synapse as well, make Synapse announce ${target}. ${serveWellKnown("synapse", facts.serverName, target)}`,
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
