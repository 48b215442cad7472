/** well-known/server-error: 5xx. */
import { publishAdvice, serveWith } from "../../advice/well-known.ts";
import { proxyAt } from "../../views/proxy.ts";
import { cloudflareError } from "../../advice/cloudflare-errors.ts";
import type { Facts } from "../../facts/facts.ts";
import { unlessRouteWorks } from "../../views/route.ts";
import { groupBy } from "../../views/words.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";
import { foundTarget, goesOn } from "../../views/remaining-route.ts";
import { faults, whereSeen } from "../../views/well-known-read.ts";

export const serverError: Rule = {
  code: "well-known/server-error",
  severity: ["error", "warning"],
  mechanisms: ["well-known:status"],
  title: "The web server fails to answer the well-known request",
  spec: SPEC.wellKnown,
  breaks: "well-known",
  explain: `
The web server of the server name answers with a status of 500 to 599. 502, 503 and 504 are a proxy's words for "the backend is down, refuses, or takes too long"; 520 to 527 are Cloudflare's.

**How it shows.** Often only for a while: during a restart, an update or an overload. But homeservers remember the failure: Synapse for about an hour, 2 minutes if it had a
valid file before. All that time they use SRV records and port 8448.

**Who is affected.** Everybody who asks while it lasts.

**Look-alikes.** A 503 with "Just a moment…" is bot protection (\`well-known/forbidden\`). 502 on \`/_matrix\` is \`federation/upstream-down\`: then the homeserver itself is down.

**How to fix it.** Look into the web server's error log at the time of the request. The lasting cure is to answer the path in the proxy itself, with a static file, so that it doesn't depend on any backend.

**Log lines.** Synapse: \`Error fetching https://…/.well-known/matrix/server: Non-200 response 502\`. nginx: \`connect() failed (111: Connection refused) while connecting to upstream\`.
Apache: \`AH01114\`.
`,
  *judge(facts: Facts): Iterable<Found> {
    for (const group of groupBy(faults(facts, "server-error"), ({ url, response }) => `${response?.status} ${url}`)) {
      const [first] = group;
      const status = first.response?.status ?? 0;
      const behindCloudflare = first.response === null ? null : cloudflareError(first.response);
      const gateway = [502, 503, 504].includes(status)
        ? ": the proxy's backend is down or doesn't answer"
        : behindCloudflare === null
          ? ""
          : `: ${behindCloudflare.meaning}`;
      yield {
        severity: unlessRouteWorks(facts, "warning"),
        detail: `${first.url} answers ${status}${gateway}. Homeservers remember that for up to an hour. ${goesOn(facts)}`,
        // A proxy whose words are known can answer by itself: that mends it whatever the backend's trouble is.
        fix: answeredFirst(proxyAt(facts, first.place), [
          behindCloudflare?.fix ?? `Start or repair what answers ${first.url}; its cause stands in the web server's error log.`,
          `Answer the path in the proxy itself, so that it needs no backend. ${publishAdvice(facts.serverName, foundTarget(facts), proxyAt(facts, first.place))}`,
        ]),
        where: whereSeen(facts, group),
      };
    }
  },
};

function answeredFirst(proxy: string | null, fixes: string[]): string[] {
  return serveWith(proxy) === "static" ? fixes : fixes.toReversed();
}
