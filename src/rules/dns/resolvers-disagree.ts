/** dns/resolvers-disagree: of several named resolvers, not all say the same about a name of the route. */
import type { Facts, RecordSet, ResolverFacts, SetAnswer } from "../../facts/facts.ts";
import { done } from "../../views/outcome.ts";
import { groupBy, list } from "../../views/words.ts";
import { isConclusive } from "../../views/record-set.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";
import { BALANCED_TTL, recordsText, zoneQuestions } from "../../views/nameserver-words.ts";

export const resolversDisagree: Rule = {
  code: "dns/resolvers-disagree",
  severity: "warning",
  concerns: "everybody",
  title: "The resolvers give different answers",
  spec: SPEC.zones,
  explain: `
Several resolvers were named with \`--dns-server\`. The check asked each of them for the names of the route, and they give different
answers. So homeservers don't all see the same records either.

**How to tell.** One resolver has an old answer: look at \`dns/resolver-stale\` and at the TTLs (\`-v\` shows them). One resolver says
SERVFAIL and another answers: the first validates DNSSEC (\`dns/dnssec-bogus\`), or can't reach a nameserver of the zone. One resolver has
private addresses: split DNS.

**Who is affected.** Some homeservers: each sees what its own resolver says.

**Look-alikes.** A resolver that answers no question is broken, and isn't compared. Addresses with a TTL of two minutes at most come from
DNS load balancing, and may differ.

**Fix.** Wait until the resolver forgets the old answer. Or repair DNSSEC, or the nameserver that only one resolver reaches.
`,
  *judge(facts: Facts): Iterable<Found> {
    const working = (facts.resolvers ?? []).filter(works);
    const said = working.flatMap(({ resolver, answers }) =>
      answers.flatMap(({ name, type, outcome }) => {
        const set = done(outcome);
        return set !== null && (isConclusive(set) || set.rcode === "SERVFAIL") ? [{ resolver, name, type, set }] : [];
      }),
    );
    const changing = zoneQuestions(facts)
      .filter(({ balanced }) => balanced)
      .map(({ name, type }) => `${name} ${type}`);
    const differing = groupBy(said, ({ name, type }) => `${name} ${type}`).filter((group) => {
      if (new Set(group.map(({ set }) => meaning(set))).size < 2) return false;
      const [first] = group;
      const answered = group.filter(({ set }) => isConclusive(set));
      const isBalanced =
        first.type !== "SRV" &&
        answered.length === group.length &&
        answered.every(({ set }) => set.ttl !== null && set.ttl <= BALANCED_TTL);
      return !isBalanced && !(answered.length === group.length && changing.includes(`${first.name} ${first.type}`));
    });
    if (differing.length === 0) return;
    const names = [...new Set(differing.map(([{ name }]) => name))];
    const texts = differing.slice(0, 3).map((group) => {
      const byMeaning = groupBy(group, ({ set }) => meaning(set));
      return `${group[0].name} ${group[0].type}: ${byMeaning.map((same) => `${recordsText(same[0].set)} from ${list(same.map(({ resolver, set }) => `${resolver}${kept(set)}`))}`).join("; ")}.`;
    });
    yield {
      severity: "warning",
      detail: `The resolvers give different answers. ${texts.join(" ")}`,
      fix: [
        `Wait until the TTL of the older answer has ended, and check again. -v shows what the zone's nameservers say.`,
        ...(differing.flat().some(({ set }) => set.rcode === "SERVFAIL")
          ? [`If a resolver says SERVFAIL, check the DNSSEC signatures and the nameservers of ${list(names)}.`]
          : []),
      ],
      where: names,
    };
  },
};

/** It answered something, or says at least why it fails at all: a resolver that fails for everything is out of order. */
function works({ answers, bogus }: ResolverFacts): boolean {
  return (
    bogus.length > 0 ||
    answers.some(({ outcome }: SetAnswer) => {
      const set = done(outcome);
      return set !== null && isConclusive(set);
    })
  );
}

function meaning(set: RecordSet): string {
  return isConclusive(set) ? set.records.join("\n") : set.rcode;
}

function kept({ ttl }: RecordSet): string {
  return ttl === null ? "" : `, TTL ${ttl} s`;
}
