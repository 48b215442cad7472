/** well-known/server-error: 5xx. */
import { serveWith } from "../../advice/well-known.ts";
import { answering, publishWhereRead } from "../../advice/where-read.ts";
import { cloudflareError } from "../../advice/cloudflare-errors.ts";
import type { Facts } from "../../facts/facts.ts";
import { unlessRouteWorks } from "../../views/route.ts";
import { groupBy } from "../../views/words.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";
import { foundPlace, goesOn } from "../../views/remaining-route.ts";
import { faults, whereSeen } from "../../views/well-known-read.ts";

export const serverError: Rule = {
  code: "well-known/server-error",
  severity: ["error", "warning"],
  mechanisms: ["well-known:status"],
  title: "The web server fails to answer the well-known request",
  spec: SPEC.wellKnown,
  breaks: "well-known",
  explain: `
The web server of the server name answers with a status of 500 to 599. A proxy sends 502, 503 or 504 when its backend is down, refuses, or
takes too long; Cloudflare also sends 520 to 527.

**How it shows.** Often only for a short time: during a restart, an update or an overload. But homeservers remember the failure: Synapse
for about an hour, or for 2 minutes if it had a valid file before. During that time they use SRV records or port 8448.

**Who is affected.** All homeservers that ask during this time.

**Look-alikes.** \`well-known/forbidden\`: a 503 with "Just a moment…", which is bot protection. \`federation/upstream-down\`: a 502 for
\`/_matrix\`; then the homeserver itself is down.

**Fix.** Read the web server's error log at the time of the request. Better: serve the file from the proxy itself, as a static file, so
that it needs no backend.

**Log lines.** Synapse: \`Error fetching https://…/.well-known/matrix/server: Non-200 response 502\`. nginx: \`connect() failed (111:
Connection refused) while connecting to upstream\`. Apache: \`AH01114\`.
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
        detail: `${first.url} answers ${status}${gateway}. Homeservers remember this failure for up to an hour. ${goesOn(facts)}`,
        // A proxy whose words are known can answer by itself: that mends it whatever the backend's trouble is.
        fix: answeredFirst(answering(facts, first).proxy, [
          behindCloudflare?.fix ?? `Start or repair the backend that answers ${first.url}; the web server's error log shows the cause.`,
          `Serve the file in the proxy itself, without a backend. ${publishWhereRead(facts, first, foundPlace(facts))}`,
        ]),
        where: whereSeen(facts, group),
      };
    }
  },
};

function answeredFirst(proxy: string | null, fixes: string[]): string[] {
  return serveWith(proxy) === "static" ? fixes : fixes.toReversed();
}
