/** dns/resolver-refuses: this machine's resolver doesn't answer a kind of question that the zone's nameservers answer. */
import type { Facts } from "../../facts/facts.ts";
import { groupBy, list } from "../../views/words.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";

export const resolverRefuses: Rule = {
  code: "dns/resolver-refuses",
  severity: "info",
  concerns: "nobody",
  title: "This machine's resolver refuses questions that the zone's nameservers answer",
  spec: SPEC.zones,
  explain: `
The resolver answers SRV questions with NOTIMP, FORMERR or the like: "I don't do that." That is this machine's resolver (old routers, filters), not the server's zone: its own nameservers
answer the same question well, and their answer is used.

**Who is affected.** Homeservers that use this resolver; others are not.

**Look-alikes.** \`srv/lookup-failed\`: the zone's nameservers don't answer either.

**Fix.** Use another resolver on this machine, or name one with \`--dns-server\`.
`,
  *judge(facts: Facts): Iterable<Found> {
    const refused = facts.srv.flatMap((srv) => (srv.refusedBy === undefined ? [] : [{ ...srv, ...srv.refusedBy }]));
    for (const group of groupBy(refused, ({ resolver, rcode }) => `${resolver} ${rcode}`)) {
      const [first] = group;
      const names = group.map(({ service, base }) => `${service}.${base}`);
      yield {
        severity: "info",
        detail: `The resolver ${first.resolver} answers ${first.rcode} to the SRV questions for ${list(names)}. The zone's own nameservers answer them, and their answers are used.`,
        fix: [
          "If homeservers run on this machine, give it another resolver (/etc/resolv.conf): they can't look SRV records up with this one.",
        ],
        where: names,
      };
    }
  },
};
