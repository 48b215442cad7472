/** well-known/http-status: any status but 200 that no other rule speaks about. */
import { gatewaySays } from "../../advice/gateway.ts";
import { BEHIND_SAID, connectBehind } from "../../advice/hop-behind.ts";
import { gatewayOf } from "../../views/gateway.ts";
import { behindFault } from "../../views/hop-behind.ts";
import { answering, publishWhereRead } from "../../advice/where-read.ts";
import { portOf } from "../../views/well-known-result.ts";
import type { Facts } from "../../facts/facts.ts";
import { readWellKnown } from "../../matrix/well-known.ts";
import { whose } from "../../homeservers/who.ts";
import { unlessRouteWorks } from "../../views/route.ts";
import { groupBy, list } from "../../views/words.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";
import { foundPlace, goesOn } from "../../views/remaining-route.ts";
import { faults, whereSeen } from "../../views/well-known-read.ts";

const READING_200 = whose(({ wellKnown }) => wellKnown.statuses.is === "200");
const READING_OTHERS = whose(({ wellKnown }) => wellKnown.statuses.is === "2xx" || wellKnown.statuses.is === "any");

export const httpStatus: Rule = {
  code: "well-known/http-status",
  severity: ["error", "warning"],
  mechanisms: ["well-known:status"],
  title: "The well-known file is not sent with status 200",
  spec: SPEC.wellKnown,
  breaks: "well-known",
  explain: `
The file must be sent with status 200. Synapse, Dendrite and continuwuity accept no other status; conduwuit and tuwunel accept any 2xx;
Conduit accepts any status, if the body is right. So with a 201 or 204 some homeservers use the file, and others don't.

**How it shows.** Some homeservers connect to the host in the file, others use SRV records or port 8448.

**Who is affected.** With a 2xx: Synapse, Dendrite and continuwuity. With any other status: all homeservers but Conduit.

**Usual causes**
- 201 or 202: a small program that serves the file, or an object store's upload rule.
- 204: a handler for CORS preflights (OPTIONS) that also answers GET.
- 30x without a \`Location\`, or 304 although the request had no condition: a broken cache.
- 421: the web server doesn't accept this host name on this connection, mostly because of its TLS configuration.
- 400: a proxy that expects another host, or plain HTTP that is sent to a TLS port.

**Fix.** Make the web server itself serve the path from a file: it then sends status 200.

**Look-alikes.** \`well-known/not-found\`: 404. \`well-known/forbidden\`: 401, 403 and 429. \`well-known/server-error\`: 5xx.

**Log lines.** Synapse: \`Error parsing well-known for …: Non-200 response 204\`. conduwuit: \`response not 2XX\`.
`,
  *judge(facts: Facts): Iterable<Found> {
    for (const group of groupBy(faults(facts, "http-status"), ({ url, response }) => `${response?.status} ${url}`)) {
      const [first] = group;
      const status = first.response?.status ?? 0;
      const behind = first.response === null ? null : behindFault(first.response);
      const { host, proxy } = answering(facts, first);
      const success = status >= 200 && status < 300;
      const redirect = status >= 300 && status < 400;
      // Without a file in it there is nothing to read, whatever the status is.
      const isRead = success && readWellKnown(Buffer.from(first.response?.excerpt ?? "")).kind === "m.server";
      const meaning =
        success && !isRead
          ? `The file needs status 200, and ${first.response?.bodyBytes === 0 ? "nothing was sent" : "what was sent isn't the file"}.`
          : success
            ? `The file needs status 200: ${list(READING_200, 8)} don't read it with this status; ${list(READING_OTHERS, 8)} do.`
            : redirect
              ? "That is a redirect without a usable Location."
              : behind !== null
                ? `${BEHIND_SAID[behind]}.`
                : `Only 200 counts.${gatewaySays(gatewayOf(first.response))}`;
      yield {
        severity: unlessRouteWorks(facts, "warning"),
        detail: `${first.url} answers ${status}. ${meaning} ${goesOn(facts, isRead ? "The former" : undefined)}`,
        fix: [
          ...(behind === null ? [] : [connectBehind(behind, proxy, { host, port: portOf(first) }, "/.well-known/matrix/server")]),
          publishWhereRead(facts, first, foundPlace(facts)),
        ],
        where: whereSeen(facts, group),
      };
    }
  },
};
