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
The request for the file gets a redirect (30x), and a valid file is at its end. Homeservers follow redirects, also to other hosts.

**How many.** Synapse follows 20, Dendrite and Conduit 10, conduwuit, tuwunel and continuwuity 4. More than 4 redirects are a warning.
**Which.** Synapse with a Twisted older than version 22 doesn't follow a 308, so that is a warning too; 301, 302 and 307 are followed by
all.

**What it costs.** One more connection for each redirect. And each host of the redirects must work and have a valid certificate. Most
often the bare domain redirects to \`www\`.

**Who is affected.** Nobody, if the severity is info. If it is a warning: the homeservers that don't follow these redirects.

**Look-alikes.** \`well-known/redirect-lost\`: the redirect leads to no file. \`well-known/redirect-insecure\`: it leads to plain
\`http:\`. \`well-known/redirect-loop\`: it has no end. \`m.server\` itself is no redirect: it is the delegation.

**What to do.** Nothing has to be done for an info. To save the redirect, serve the file on the server name's host itself.
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
        detail: `The file is reached by ${redirects} ${redirects === 1 ? "redirect" : "redirects"}: ${chain(first)}. ${why === "" ? "Homeservers follow redirects." : why}`,
        fix: [
          permanent && !tooMany
            ? `Serve the file at https://${facts.serverName}/.well-known/matrix/server itself, or redirect with status 301 or 307 instead of 308.`
            : `Serve the file of ${first.url} at https://${facts.serverName}/.well-known/matrix/server itself.`,
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
