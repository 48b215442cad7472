/** well-known/redirect-loop: the redirects lead in a circle, or there are more than anybody follows. */
import { exemptAndPublish } from "../../advice/well-known.ts";
import { proxyAt } from "../../views/proxy.ts";
import type { Facts } from "../../facts/facts.ts";
import { unlessRouteWorks } from "../../views/route.ts";
import { MAX_REDIRECTS } from "../../views/well-known-result.ts";
import { groupBy, list } from "../../views/words.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";
import { foundTarget, goesOn } from "../../views/remaining-route.ts";
import { faults, shown, whereSeen } from "../../views/well-known-read.ts";

export const redirectLoop: Rule = {
  code: "well-known/redirect-loop",
  severity: ["error", "warning"],
  mechanisms: ["well-known:redirect-loop", "well-known:redirect-limit"],
  title: "The well-known request is redirected in a circle",
  spec: SPEC.resolving,
  breaks: "well-known",
  explain: `
The redirects for the file come back to a URL that was there already, or there are more than ${MAX_REDIRECTS}. So there is no file.

**How it comes about**
- The web server redirects HTTPS to HTTP or back, and something before it does the opposite. The classic is Cloudflare's "Flexible" SSL mode: it asks the web server by plain HTTP, which
  redirects to HTTPS, without end. Set it to "Full (strict)".
- \`example.com\` redirects to \`www.example.com\`, and that back.
- A trailing slash is added by one rule and removed by another.
- A catch-all redirect takes its own target too.

**How it shows.** In a browser: "too many redirects".

**Who is affected.** Everybody. The followed number differs (Synapse 20, Dendrite and Conduit 10, conduwuit, tuwunel and continuwuity 4), but a circle has no end.

**Look-alikes.** A chain of 5 to ${MAX_REDIRECTS} redirects that arrives is \`well-known/redirected\`.

**How to fix it.** Exempt \`/.well-known/matrix/server\` from the redirects, and answer it directly.

**Log lines.** Synapse: \`Error fetching https://…/.well-known/matrix/server: InfiniteRedirection\`. Dendrite: \`stopped after 10 redirects\`.
`,
  *judge(facts: Facts): Iterable<Found> {
    for (const group of groupBy(faults(facts, "redirect-loop"), ({ attempt }) => attempt.hops.map(({ url }) => url).join(" "))) {
      const [first] = group;
      const { hops } = first.attempt;
      const proxy = proxyAt(facts, first.place);
      const back = first.attempt.stopped === "loop" ? ", and so on in a circle" : `, more than ${MAX_REDIRECTS} redirects`;
      const start = hops[0]?.url ?? first.url;
      yield {
        severity: unlessRouteWorks(facts, "warning"),
        detail: `${start} redirects to ${list(
          hops
            .slice(1)
            .map(({ url }) => url)
            .concat(hops.at(-1)?.location ?? [])
            .map(shown),
          4,
        )}${back}. ${goesOn(facts)}`,
        fix: [exemptAndPublish(`Take the file out of the redirects on ${facts.serverName}`, facts.serverName, foundTarget(facts), proxy)],
        where: whereSeen(facts, group, "start"),
      };
    }
  },
};
