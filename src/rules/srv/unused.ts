/** srv/unused: the server name has SRV records, but its well-known decides. */
import type { Facts, SrvRecord } from "../../facts/facts.ts";
import { place } from "../../facts/address.ts";
import { addressesOf, hostFacts } from "../../views/hosts.ts";
import { done } from "../../views/outcome.ts";
import { list } from "../../views/words.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";

export const unused: Rule = {
  code: "srv/unused",
  severity: ["info", "warning"],
  concerns: "nobody",
  title: "SRV records that no homeserver looks at",
  spec: SPEC.resolving,
  explain: `
A valid well-known is found first, and then nobody asks for the SRV records of the server name: not even when the well-known's target is down.
The records are a leftover, and mislead whoever looks at the zone later. When they lead elsewhere than the well-known they are worse: ejabberd, which
asks for \`_matrix._tcp\` when the well-known is slow, and everybody at a moment when the well-known can't be fetched, would go there.

**Who is affected.** Nobody as long as the well-known works and the records lead to the same place.

**Look-alikes.** \`srv/conflict\` is about two SRV services that disagree with each other.

**Fix.** Remove the records, or make them lead to the same place as the well-known.
`,
  *judge(facts: Facts): Iterable<Found> {
    if (facts.route === null || facts.route.delegatedName === null) return;
    for (const { service, base, role, outcome } of facts.srv) {
      const records = (done(outcome)?.records ?? []).filter(({ target }) => target !== ".");
      if (role !== "other" || records.length === 0 || !["_matrix-fed._tcp", "_matrix._tcp"].includes(service)) continue;
      const elsewhere = records.filter((record) => !leadsToRoute(facts, record));
      const to = list(records.map(({ target, port }) => `${target}:${port}`));
      yield {
        severity: elsewhere.length > 0 ? "warning" : "info",
        detail:
          elsewhere.length > 0
            ? `${service}.${base} leads to ${to}, the well-known to ${facts.route.delegatedName}. Homeservers use the well-known. When they can't fetch it they use the record, which leads elsewhere.`
            : `${service}.${base} leads to ${to}, as the well-known does. Homeservers use the well-known and don't look at the record.`,
        fix: [`Remove the record ${service}.${base}.`],
        where: [`${service}.${base}`],
      };
    }
  },
};

/** The same host and port as a target of the route, or only addresses that the route has too. */
function leadsToRoute(facts: Facts, record: SrvRecord): boolean {
  if (facts.targets.some(({ host, port }) => host.toLowerCase() === record.target.toLowerCase() && port === record.port)) return true;
  const places = facts.targets.flatMap(({ endpoints, port }) => endpoints.map(({ address }) => place(address, port)));
  const host = hostFacts(facts, record.target);
  const addresses = host === null ? [] : addressesOf(host);
  return addresses.length > 0 && addresses.every((address) => places.includes(place(address, record.port)));
}
