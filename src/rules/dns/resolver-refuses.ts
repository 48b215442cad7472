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
This machine's resolver answers SRV questions with NOTIMP, FORMERR or the like: it doesn't support them. Some old routers and filters do
that. The server's zone isn't at fault: its own nameservers answer the same question, and the check uses their answer.

**Who is affected.** Only homeservers that use this resolver.

**Look-alikes.** \`srv/lookup-failed\`: the resolver answers SERVFAIL or not at all, or the zone's nameservers don't answer either.

**Fix.** Use another resolver on this machine, or name one with \`--dns-server\`.
`,
  *judge(facts: Facts): Iterable<Found> {
    const refused = facts.srv.flatMap((srv) => (srv.refusedBy === undefined ? [] : [{ ...srv, ...srv.refusedBy }]));
    for (const group of groupBy(refused, ({ resolver, rcode }) => `${resolver} ${rcode}`)) {
      const [first] = group;
      const names = group.map(({ service, base }) => `${service}.${base}`);
      yield {
        severity: "info",
        detail: `The resolver ${first.resolver} answers ${first.rcode} to the SRV questions for ${list(names)}. The zone's own nameservers answer these questions, and this check uses their answers.`,
        fix: [
          "If a homeserver runs on this machine, use another resolver (/etc/resolv.conf): with this one the homeserver can't look up SRV records.",
        ],
        where: names,
      };
    }
  },
};
