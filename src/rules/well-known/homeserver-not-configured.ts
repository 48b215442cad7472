/** well-known/homeserver-not-configured: the 404 is a homeserver's JSON; it isn't told what to announce. */
import { certificateFirst } from "../../advice/well-known.ts";
import { formatHostPort } from "../../matrix/server-name.ts";
import { isTried } from "../../views/found-homeserver.ts";
import type { Facts } from "../../facts/facts.ts";
import { unlessRouteWorks } from "../../views/route.ts";
import { groupBy, quote } from "../../views/words.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";
import { foundPlace, goesOn } from "../../views/remaining-route.ts";
import { faults, whereSeen } from "../../views/well-known-read.ts";

export const homeserverNotConfigured: Rule = {
  code: "well-known/homeserver-not-configured",
  severity: ["error", "warning"],
  mechanisms: ["well-known:status"],
  title: "The homeserver isn't configured to serve the well-known file",
  spec: SPEC.wellKnown,
  breaks: "well-known",
  explain: `
\`https://<server name>/.well-known/matrix/server\` is forwarded to a homeserver, which answers 404 with a Matrix error in JSON, such as
\`{"errcode": "M_NOT_FOUND", "error": "No well-known server URL is configured."}\`. conduwuit, tuwunel and continuwuity serve the file
only when their configuration says what it must contain.

**How it shows.** The homeserver answers on port 443, but other homeservers use SRV records or port 8448.

**Who is affected.** All homeservers.

**Look-alikes.** \`well-known/synapse-not-serving\` the same for Synapse. \`well-known/not-found\`: the 404 comes from a web server.

**Fix**
- conduwuit, tuwunel, continuwuity: in the configuration file, then restart

      [global.well_known]
      server = "<server name>:443"

- Dendrite: \`well_known_server_name: "<server name>:443"\` under \`global:\` in \`dendrite.yaml\`.
- Any homeserver: answer the path in the reverse proxy with a static file instead of forwarding it.

**Log lines.** On other servers, Synapse: \`Error parsing well-known for …: Non-200 response 404\`. conduwuit: \`response not 2XX\`.
`,
  *judge(facts: Facts): Iterable<Found> {
    for (const group of groupBy(
      faults(facts, "homeserver-not-configured"),
      ({ url, response }) => `${response?.status} ${response?.matrixError?.errcode} ${url}`,
    )) {
      const [first] = group;
      const error = first.response?.matrixError;
      const { target, add } = announced(facts);
      const family = `${add} this to the configuration of conduwuit, tuwunel or continuwuity, and restart it:\n[global.well_known]\nserver = "${target}"`;
      const dendrite = `In dendrite.yaml, add this, and restart Dendrite:\nglobal:\n  well_known_server_name: "${target}"`;
      yield {
        severity: unlessRouteWorks(facts, "warning"),
        detail: `${first.url} answers ${first.response?.status} with a homeserver's ${quote(error?.errcode ?? "", 40)} and ${quote(error?.error ?? "")}: the homeserver's configuration doesn't say what the file must contain. ${goesOn(facts)}`,
        // The conduwuit family has this path, so it says M_NOT_FOUND; whoever doesn't know it says M_UNRECOGNIZED.
        fix: error?.errcode === "M_NOT_FOUND" ? [family] : [family, dendrite],
        where: whereSeen(facts, group),
      };
    }
  },
};

/** What the file is to say, and how the advice begins: what must hold for it. What works, or was found, comes before what is usual. */
function announced(facts: Facts): { target: string; add: string } {
  const found = foundPlace(facts);
  if (typeof found === "string") return { target: found, add: "Add" };
  if (found !== null) return { target: formatHostPort(found.host, found.targetPort), add: `${certificateFirst(found)}Add` };
  const target = `${facts.serverName}:443`;
  const forwarding = `https://${facts.serverName}/_matrix`;
  return isTried(facts, target)
    ? { target, add: `First forward ${forwarding} to the homeserver as well: it doesn't answer there. Add` }
    : { target, add: `If ${forwarding} is forwarded to the homeserver as well, add` };
}
