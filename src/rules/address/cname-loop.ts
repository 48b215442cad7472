/** address/cname-loop: aliases that lead back to themselves. */
import { addressLine } from "../../advice/dns.ts";
import type { Facts } from "../../facts/facts.ts";
import { usedHosts } from "../../views/hosts.ts";
import { unlessRouteWorks } from "../../views/route.ts";
import { done } from "../../views/outcome.ts";
import { list } from "../../views/words.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";

export const cnameLoop: Rule = {
  code: "address/cname-loop",
  severity: ["error", "warning"],
  mechanisms: ["address:cname-loop"],
  title: "CNAME records lead in a circle",
  spec: SPEC.resolving,
  explain: `
The host is an alias of a name that is an alias of … the host again (or the chain is longer than resolvers follow). So no address is
found. Some resolvers answer SERVFAIL for such a name; the finding is then \`address/lookup-failed\`.

**Who is affected.** All homeservers: no resolver gets an address. It is a warning where only the well-known would be at that name, and SRV records lead
to a homeserver that works.

**Look-alikes.** \`address/none\`: the chain of aliases ends, at a name without an address.

**Fix.** Replace one of these CNAME records with A and AAAA records.
`,
  *judge(facts: Facts): Iterable<Found> {
    for (const host of usedHosts(facts)) {
      const loop = [host.a, host.aaaa].map(done).find((answer) => answer?.loop === true);
      if (loop == null) continue;
      yield {
        // The base domain's own addresses only matter for the well-known.
        severity: facts.targets.some((target) => target.host.toLowerCase() === host.host) ? "error" : unlessRouteWorks(facts, "warning"),
        detail: `${host.host} → ${list(
          loop.chain.map(({ target }) => target),
          8,
        )}: the aliases never end at an address.`,
        fix: [
          `Replace the CNAME at ${host.host} with address records (replace 192.0.2.1 with the right address):\n${addressLine(host.host)}`,
        ],
        where: [host.host],
      };
    }
  },
};
