/** dns/nameservers-disagree: the nameservers of a zone give different records for a name that the route depends on. */
import type { Facts } from "../../facts/facts.ts";
import { groupBy, list } from "../../views/words.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";
import { allAgree, recordsText, serialOf, serverText, zoneQuestions, type Said, type ZoneQuestion } from "../../views/nameserver-words.ts";

export const nameserversDisagree: Rule = {
  code: "dns/nameservers-disagree",
  severity: "error",
  concerns: "everybody",
  title: "The zone's nameservers give different answers",
  spec: SPEC.zones,
  needs: "nameservers",
  explain: `
The check asked each nameserver of the zone directly, without a resolver. They give different answers. A resolver asks any one of them, so
homeservers get one answer or the other at random, and keep it for as long as the TTL says.

**Who is affected.** All homeservers, at random: "it works for some".

**Usual causes.** A secondary nameserver that no longer gets the zone: no NOTIFY, a firewall, a wrong TSIG key, or a serial number that
wasn't raised (then the secondary sees no change). A move between two DNS providers, with the NS records of both. Two nameservers that are
edited by hand.

**How to tell.** Compare the SOA serials: the nameserver with the lower serial has an old zone. When all serials are the same and the
records differ, the serial wasn't raised with the change.

**Look-alikes.** Right after a change, the other nameservers need seconds to minutes: run the check again. DNS load balancing gives
different addresses on purpose: answers that change from one question to the next aren't reported, and neither are those with a TTL of two
minutes at most and the same serial. \`dns/resolver-stale\`: a resolver has kept an old answer.

**Fix.** Raise the serial, and make the secondaries transfer the zone again (\`nsd-control transfer <zone>\`, \`knotc zone-refresh
<zone>\`, \`rndc retransfer <zone>\`). Remove NS records of servers that no longer serve the zone, also at the registrar.
`,
  *judge(facts: Facts): Iterable<Found> {
    const differing = zoneQuestions(facts).filter(({ said, balanced }) => !balanced && !allAgree(said));
    for (const group of groupBy(differing, ({ zone }) => zone.apex)) {
      const { zone } = group[0];
      const serials = [...new Set(group.flatMap(({ said }) => said.flatMap(({ server }) => serialOf(server) ?? [])))];
      const versions =
        serials.length > 1
          ? "Their SOA serials differ, so not all have the same version of the zone."
          : serials.length === 1
            ? `All have the SOA serial ${serials[0] ?? 0}, so the serial was not raised with the change, or the nameservers don't transfer the zone from each other.`
            : "";
      yield {
        severity: "error",
        detail:
          `The nameservers of ${zone.apex} disagree. ${group.slice(0, 3).map(questionText).join(" ")} ${versions} Homeservers get one or the other at random.`.replace(
            / {2,}/g,
            " ",
          ),
        fix: [
          `Give every nameserver of ${zone.apex} the present version of the zone: raise the SOA serial on the primary, then make the others transfer the zone. With BIND:\nrndc retransfer ${zone.apex}\n\nWith NSD:\nnsd-control transfer ${zone.apex}\n\nWith Knot:\nknotc zone-refresh ${zone.apex}`,
          `Remove the NS records of nameservers that no longer serve ${zone.apex}, in the zone and at the registrar.`,
        ],
        where: [...new Set(group.map(({ name }) => name))],
      };
    }
  },
};

function questionText({ name, type, said }: ZoneQuestion): string {
  const groups = groupBy(said, ({ set }) => set.records.join("\n"));
  return `${name} ${type}: ${groups.map((group) => `${recordsText(group[0].set)} from ${list(group.map(whoText))}`).join("; ")}.`;
}

function whoText({ server }: Said): string {
  const serial = serialOf(server);
  return `${serverText(server)}${serial === null ? "" : `, serial ${serial}`}`;
}
