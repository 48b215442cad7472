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
The nameservers of the zone agree with each other, and the resolver says something else: it has kept an answer from before a change. An answer with records is kept as long as its TTL says; that
there is *no* such record is kept too, for the minimum of the zone's SOA record (RFC 2308). The check used the resolver's answer, as a homeserver behind such a resolver does.

**The moment that is named** is when this resolver forgets the answer. Others may have asked later, and keep it for longer: at most one whole TTL from the moment of the change. The conduwuit family
keeps addresses and SRV records for 3 hours at least, and that a name doesn't exist for 3 days.

**Who is affected.** Everybody who asked for the name before the change, until then.

**Look-alikes.** A resolver in a private network that has answers of its own (split DNS, an ad blocker, DNS64) differs always, not only until then: compare with another one, \`--dns-server 9.9.9.9\`.
\`dns/nameservers-disagree\` means that the zone's own servers don't agree.

**Fix.** Wait. Before the next change lower the TTL a day ahead, and don't ask for a new name before it is published: the question itself makes resolvers remember that it doesn't exist.
`,
  *judge(facts: Facts): Iterable<Found> {
    for (const { name, type, resolver, set, said } of staleAnswers(facts)) {
      const seconds = keptFor(set);
      const until = seconds === null ? "for how long can't be said" : `until ${clock(judgedAt(facts), seconds)} (another ${seconds} s)`;
      yield {
        severity: "info",
        detail: `${resolver} says of ${name} ${type}: ${recordsText(set)}. All nameservers of its zone say: ${recordsText(said)}. The resolver keeps its answer ${until}; others that asked before the change may go on seeing it as well.`,
        fix: [
          seconds === null
            ? "Wait until the resolver asks again, or empty its cache."
            : `Wait until ${clock(judgedAt(facts), seconds)}, then check again.`,
        ],
        where: [name],
      };
    }
  },
};
