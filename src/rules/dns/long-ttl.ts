/** dns/long-ttl: records of the route are kept for more than a day. */
import type { Facts } from "../../facts/facts.ts";
import { groupBy, list } from "../../views/words.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";
import { resolvedSets, zoneQuestions } from "../../views/nameserver-words.ts";

/** Seconds. */
const DAY = 24 * 60 * 60;

export const longTtl: Rule = {
  code: "dns/long-ttl",
  severity: "info",
  concerns: "everybody",
  title: "DNS records with a TTL of more than a day",
  spec: SPEC.zones,
  needs: "nameservers",
  explain: `
Resolvers keep a record for as long as its TTL says. After a change of this record, others may use the old one for longer than a day.
Nobody can make them forget it sooner.

**Who is affected.** All homeservers that asked before the change. Synapse itself keeps SRV records for their TTL; the others depend on
their resolver.

**Look-alikes.** A resolver shows only the rest of the TTL, and many resolvers limit it to a day. So this is certain only when the
nameservers themselves can be asked.

**Fix.** Nothing has to be done now. Before the next change, lower the TTL to an hour or less, and wait for as long as the old TTL says.
`,
  *judge(facts: Facts): Iterable<Found> {
    const seen = [
      ...zoneQuestions(facts).flatMap(({ name, type, said }) => said.map(({ set }) => ({ name, type, ttl: set.ttl ?? 0 }))),
      ...resolvedSets(facts).map(({ name, type, set }) => ({ name, type, ttl: set.ttl ?? 0 })),
    ];
    const longest = groupBy(
      seen.filter(({ ttl }) => ttl > DAY),
      ({ name, type }) => `${name} ${type}`,
    ).map((group) => ({
      question: `${group[0].name} ${group[0].type}`,
      name: group[0].name,
      ttl: Math.max(...group.map(({ ttl }) => ttl)),
    }));
    if (longest.length === 0) return;
    const names = [...new Set(longest.map(({ name }) => name))];
    yield {
      severity: "info",
      detail: `${list(longest.map(({ question, ttl }) => `${question} has a TTL of ${ttl} s (${days(ttl)})`))}. After a change, others may see the old record for that time.`,
      fix: [`Before a change, lower the TTL of ${list(names)} to 3600 s or less, and wait for as long as the old TTL says.`],
      where: names,
    };
  },
};

function days(seconds: number): string {
  const count = Math.round((seconds / DAY) * 10) / 10;
  return `${count} day${count === 1 ? "" : "s"}`;
}
