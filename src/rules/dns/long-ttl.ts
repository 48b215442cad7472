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
Resolvers keep a record for as long as its TTL says. After a change of this record others may go on using the old one for longer than a day, and nobody can make them forget it.

**Who is affected.** Everybody who has asked before the change. Synapse keeps SRV records for their TTL itself; the others depend on their resolver.

**Look-alikes.** A resolver shows what is left of the TTL, and many cut it to a day; so this is seen for certain only when the nameservers themselves can be asked.

**Fix.** Lower the TTL to an hour or less, one old TTL before the next change; nothing has to be done as long as nothing changes.
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
      detail: `${list(longest.map(({ question, ttl }) => `${question} has a TTL of ${ttl} s (${days(ttl)})`))}. After a change others may see the old record for that long.`,
      fix: [`Before a change, lower the TTL of ${list(names)} to 3600 or less, and wait for the old one to pass.`],
      where: names,
    };
  },
};

function days(seconds: number): string {
  const count = Math.round((seconds / DAY) * 10) / 10;
  return `${count} day${count === 1 ? "" : "s"}`;
}
