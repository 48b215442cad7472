/** well-known/http-status: any status but 200 that no other rule speaks about. */
import { gatewaySays } from "../../advice/gateway.ts";
import { BEHIND_SAID, connectBehind } from "../../advice/hop-behind.ts";
import { gatewayOf } from "../../views/gateway.ts";
import { behindFault } from "../../views/hop-behind.ts";
import { publishAdvice } from "../../advice/well-known.ts";
import { proxyAt } from "../../views/proxy.ts";
import type { Facts } from "../../facts/facts.ts";
import { whose } from "../../homeservers/who.ts";
import { unlessRouteWorks } from "../../views/route.ts";
import { groupBy, list } from "../../views/words.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";
import { foundTarget, goesOn } from "../../views/remaining-route.ts";
import { faults, whereSeen } from "../../views/well-known-read.ts";

const READING_200 = whose(({ wellKnown }) => wellKnown.statuses.is === "200");
const READING_OTHERS = whose(({ wellKnown }) => wellKnown.statuses.is === "2xx" || wellKnown.statuses.is === "any");

export const httpStatus: Rule = {
  code: "well-known/http-status",
  severity: ["error", "warning"],
  mechanisms: ["well-known:status"],
  title: "The well-known file is not answered with status 200",
  spec: SPEC.wellKnown,
  breaks: "well-known",
  explain: `
The file must be answered with status 200. Synapse, Dendrite and continuwuity take nothing else; conduwuit and tuwunel take any 2xx, Conduit any status at all, as long as the body is
right. So a 201 or 204 splits the federation: some use the file, others don't.

**How it shows.** Some homeservers reach this one where the file says, others go to SRV records or port 8448.

**Who is affected.** With a 2xx: Synapse, Dendrite and continuwuity, which take 200 only. With any other status everybody but Conduit.

**Causes**
- 201 or 202 of a small program that serves the file, or of an object store's upload rule.
- 204 of a handler that is there for CORS preflights (OPTIONS) and answers GET as well.
- 30x without a \`Location\`, or 304 although nobody asked conditionally: a broken cache.
- 421: the web server doesn't accept this host name on this connection, mostly because of its TLS configuration.
- 400: the request was refused by a proxy that expects another host, or plain HTTP where TLS is spoken.

**How to fix it.** Let the web server itself answer the path from a file: that gives status 200.

**Look-alikes.** 404 is \`well-known/not-found\`, 401, 403 and 429 are \`well-known/forbidden\`, 5xx is \`well-known/server-error\`.

**Log lines.** Synapse: \`Error parsing well-known for …: Non-200 response 204\`. conduwuit: \`response not 2XX\`.
`,
  *judge(facts: Facts): Iterable<Found> {
    for (const group of groupBy(faults(facts, "http-status"), ({ url, response }) => `${response?.status} ${url}`)) {
      const [first] = group;
      const status = first.response?.status ?? 0;
      const behind = first.response === null ? null : behindFault(first.response);
      const success = status >= 200 && status < 300;
      const redirect = status >= 300 && status < 400;
      const meaning = success
        ? `Only 200 counts: ${list(READING_200, 8)} don't read the file; ${list(READING_OTHERS, 8)} do.`
        : redirect
          ? "That is a redirect that leads nowhere (no usable Location)."
          : behind !== null
            ? `${BEHIND_SAID[behind]}.`
            : `Only 200 counts.${gatewaySays(gatewayOf(first.response))}`;
      yield {
        severity: unlessRouteWorks(facts, "warning"),
        detail: `${first.url} answers ${status}. ${meaning} ${goesOn(facts)}`,
        fix: [
          ...(behind === null
            ? []
            : [connectBehind(behind, proxyAt(facts, first.place), { host: facts.serverName, port: 443 }, "/.well-known/matrix/server")]),
          publishAdvice(facts.serverName, foundTarget(facts), proxyAt(facts, first.place)),
        ],
        where: whereSeen(facts, group),
      };
    }
  },
};
