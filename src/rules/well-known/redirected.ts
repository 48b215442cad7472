/** well-known/redirected: the file is valid, but behind redirects. */
import type { Facts } from "../../facts/facts.ts";
import { limitsOf } from "../../homeservers/limits.ts";
import { done } from "../../views/outcome.ts";
import { groupBy, list } from "../../views/words.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";
import { isValid, seenBy, shown, whereSeen, type ValidSeen } from "../../views/well-known-read.ts";

/** How many are followed by whom. */
const FOLLOWED = limitsOf(({ wellKnown }) => wellKnown.maxRedirects);

export const redirected: Rule = {
  code: "well-known/redirected",
  severity: ["info", "warning"],
  mechanisms: ["well-known:redirect-limit"],
  title: "The well-known file is reached by a redirect",
  spec: SPEC.resolving,
  explain: `
The request for the file is answered with a redirect, and the file at its end is valid. Homeservers follow redirects (30x), to other hosts too.

**How many.** Synapse follows 20, Dendrite and Conduit 10, conduwuit, tuwunel and continuwuity 4. More than 4 are a warning.
**Which.** Synapse with a Twisted older than version 22 doesn't follow a 308, so that is a warning too; 301, 302 and 307 are followed by all.

**What it costs.** A connection more for each hop, and each hop's host must work and have a valid certificate: one more thing that can expire. The redirect from the bare domain to
\`www\` is the usual one.

**Who is affected.** Nobody, as long as it is no warning.

**Look-alikes.** A redirect that loses the path is \`well-known/redirect-lost\`; one through plain \`http:\` is \`well-known/redirect-insecure\`; a circle is \`well-known/redirect-loop\`.
\`m.server\` itself is no redirect: it is the delegation.

**What to do.** Answer the path directly on the server name's host, before the redirect.
`,
  *judge(facts: Facts): Iterable<Found> {
    const seen = seenBy(facts)
      .filter(isValid)
      .filter(({ attempt }) => attempt.hops.length > 1);
    for (const group of groupBy(seen, chain)) {
      const [first] = group;
      const redirects = first.attempt.hops.length - 1;
      const exceeded = FOLLOWED.filter(({ limit }) => redirects > limit);
      const tooMany = exceeded.length > 0;
      const permanent = first.attempt.hops.some(({ response }) => done(response)?.status === 308);
      const why = [
        ...exceeded.map(({ limit, names }) => `${list(names)} ${names.length === 1 ? "follows" : "follow"} only ${limit} redirects.`),
        permanent ? "Twisted before version 22 doesn't follow status 308." : "",
      ]
        .filter((sentence) => sentence !== "")
        .join(" ");
      yield {
        severity: tooMany || permanent ? "warning" : "info",
        detail: `The file is reached by ${redirects} ${redirects === 1 ? "redirect" : "redirects"}: ${chain(first)}. ${why === "" ? "Homeservers follow that." : why}`,
        fix: [
          permanent && !tooMany
            ? `Answer https://${facts.serverName}/.well-known/matrix/server directly, or redirect with 301 or 307 instead of 308.`
            : `Answer https://${facts.serverName}/.well-known/matrix/server directly with the file that ${first.url} serves.`,
        ],
        where: whereSeen(facts, group, "start"),
      };
    }
  },
};

function chain({ attempt }: ValidSeen): string {
  return attempt.hops
    .map(({ url, response }) => {
      const status = done(response)?.status;
      return status === undefined || status === 200 ? shown(url) : `${shown(url)} (${status})`;
    })
    .join(" → ");
}
