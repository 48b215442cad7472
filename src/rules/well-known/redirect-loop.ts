/** well-known/redirect-loop: the redirects lead in a circle, or there are more than anybody follows. */
import { withoutRedirect } from "../../advice/where-read.ts";
import type { Facts } from "../../facts/facts.ts";
import { limitsOf } from "../../homeservers/limits.ts";
import { unlessRouteWorks } from "../../views/route.ts";
import { MAX_REDIRECTS } from "../../views/well-known-result.ts";
import { groupBy, list } from "../../views/words.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";
import { foundPlace, goesOn } from "../../views/remaining-route.ts";
import { faults, shown, whereSeen } from "../../views/well-known-read.ts";

const FOLLOWED = limitsOf(({ wellKnown }) => wellKnown.maxRedirects);

export const redirectLoop: Rule = {
  code: "well-known/redirect-loop",
  severity: ["error", "warning"],
  mechanisms: ["well-known:redirect-loop", "well-known:redirect-limit"],
  title: "The well-known request is redirected too often",
  spec: SPEC.resolving,
  breaks: "well-known",
  explain: `
The redirects for the file lead back to an earlier URL, or there are more than ${MAX_REDIRECTS}. So homeservers get no file.

**Usual causes**
- The web server redirects HTTPS to HTTP or back, and something in front of it does the opposite. Often it is Cloudflare's "Flexible" SSL
  mode: Cloudflare sends plain HTTP to the web server, which redirects to HTTPS, without end. Set the mode to "Full (strict)".
- \`example.com\` redirects to \`www.example.com\`, and \`www.example.com\` redirects back.
- A trailing slash is added by one rule and removed by another.
- A redirect for all paths also redirects its own target.

**How it shows.** In a browser: "too many redirects".

**Who is affected.** All homeservers. They follow a different number of redirects (Synapse 20, Dendrite and Conduit 10, conduwuit, tuwunel
and continuwuity 4), but a circle has no end.

**Look-alikes.** \`well-known/redirected\`: 5 to ${MAX_REDIRECTS} redirects that end at the file.

**Fix.** Exempt \`/.well-known/matrix/server\` from the redirects, and serve the file there.

**Log lines.** Synapse: \`Error fetching https://…/.well-known/matrix/server: InfiniteRedirection\`. Dendrite: \`stopped after 10
redirects\`.
`,
  *judge(facts: Facts): Iterable<Found> {
    for (const group of groupBy(faults(facts, "redirect-loop"), ({ attempt }) => attempt.hops.map(({ url }) => url).join(" "))) {
      const [first] = group;
      const { hops } = first.attempt;
      const isLoop = first.attempt.stopped === "loop";
      const back = isLoop ? ", without end" : ` and so on, more than ${MAX_REDIRECTS} redirects`;
      const who = FOLLOWED.map(({ limit, names }) => `${list(names, 8)} ${names.length === 1 ? "follows" : "follow"} at most ${limit}`);
      const followed = isLoop ? "" : ` ${who.join(", ")}.`;
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
        )}${back}.${followed} ${goesOn(facts, isLoop ? "Homeservers" : "Homeservers that follow fewer")}`,
        fix: [withoutRedirect(facts, first, foundPlace(facts))],
        where: whereSeen(facts, group, "start"),
      };
    }
  },
};
