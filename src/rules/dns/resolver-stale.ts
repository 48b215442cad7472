/** dns/resolver-stale: the resolver says something else than all nameservers of the zone. */
import type { Facts } from "../../facts/facts.ts";
import { judgedAt } from "../../views/outcome.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";
import { clock, keptFor, recordsText, staleAnswers } from "../../views/nameserver-words.ts";

export const resolverStale: Rule = {
  code: "dns/resolver-stale",
  severity: "info",
  concerns: "everybody",
  title: "The resolver still gives an old answer",
  spec: SPEC.negativeCaching,
  needs: "nameservers",
  explain: `
The nameservers of the zone agree with each other, and the resolver gives another answer: it has kept an answer from before a change. A
resolver keeps records for as long as their TTL says. It also remembers that there is *no* record, for the minimum of the zone's SOA
record (RFC 2308). The check used the resolver's answer, as a homeserver behind this resolver would.

**The time in the finding** is when this resolver forgets the answer. Other resolvers may keep it longer: at most one whole TTL after the
change. The conduwuit family keeps addresses and SRV records for at least 3 hours, and remembers for 3 days that a name doesn't exist.

**Who is affected.** All homeservers that asked for the name before the change, until their resolver forgets the answer.

**Look-alikes.** A resolver that gives its own answers (split DNS, an ad blocker, DNS64) differs always, not only for some time: compare
with another resolver, \`--dns-server 9.9.9.9\`. \`dns/nameservers-disagree\`: the zone's own nameservers give different answers.

**Fix.** Wait. Lower the TTL one day before the next change. And don't ask for a new name before it is published: after such a question
resolvers remember that the name doesn't exist.
`,
  *judge(facts: Facts): Iterable<Found> {
    for (const { name, type, resolver, set, said } of staleAnswers(facts)) {
      const seconds = keptFor(set);
      const until = seconds === null ? "for an unknown time" : `until ${clock(judgedAt(facts), seconds)} (another ${seconds} s)`;
      yield {
        severity: "info",
        detail: `${resolver} says of ${name} ${type}: ${recordsText(set)}. All nameservers of its zone say: ${recordsText(said)}. The resolver keeps its answer ${until}. Other resolvers that asked before the change may still have the old answer, too.`,
        fix: [
          seconds === null
            ? "Wait until the resolver asks again, or clear its cache."
            : `Wait until ${clock(judgedAt(facts), seconds)}, then check again.`,
        ],
        where: [name],
      };
    }
  },
};
