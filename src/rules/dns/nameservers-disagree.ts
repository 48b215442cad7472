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
Each nameserver of the zone was asked itself, without a resolver between. They answer for the zone, and still don't say the same. A resolver asks any one of them, so it is left to chance
what a homeserver gets, and it keeps that for as long as the TTL says.

**Who is affected.** Everybody, by chance: "it works for some" is how this shows.

**How it happens.** A secondary server that doesn't get the zone any more: no NOTIFY, a firewall, a wrong TSIG key, or a serial number that wasn't raised (then it
believes that nothing has changed). A move between two DNS providers with the NS records of both. Two servers that are edited by hand.

**How to tell.** The SOA serials: who has the lower one is behind. When all have the same one and the records differ, somebody forgot to raise it.

**Look-alikes.** Right after a change the others follow within seconds to minutes: run the check again. Addresses that are balanced by DNS differ on purpose; what changes from one question to the
next, or has a TTL of two minutes at most on servers with the same serial, is not reported. \`dns/resolver-stale\` is about what a resolver has kept.

**Fix.** Raise the serial, and have the secondaries transfer the zone again (\`nsd-control transfer <zone>\`, \`knotc zone-refresh <zone>\`, \`rndc retransfer <zone>\`). Remove NS records
of servers that no longer serve the zone, also at the registrar.
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
            ? `All have the SOA serial ${serials[0] ?? 0}, so the serial was not raised with the change, or they don't copy from each other.`
            : "";
      yield {
        severity: "error",
        detail:
          `The nameservers of ${zone.apex} disagree. ${group.slice(0, 3).map(questionText).join(" ")} ${versions} Homeservers get one or the other at random.`.replace(
            / {2,}/g,
            " ",
          ),
        fix: [
          `Have every nameserver of ${zone.apex} transfer the zone's present version: raise the SOA serial on the primary, then have the others transfer the zone. With BIND:\nrndc retransfer ${zone.apex}\n\nWith NSD:\nnsd-control transfer ${zone.apex}\n\nWith Knot:\nknotc zone-refresh ${zone.apex}`,
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
