/** srv/unused: the server name has SRV records, but its well-known decides. */
import { SRV_SERVICES } from "../../facts/way.ts";
import type { Facts, SrvRecord } from "../../facts/facts.ts";
import { place } from "../../facts/address.ts";
import { addressesOf, hostFacts } from "../../views/hosts.ts";
import { done } from "../../views/outcome.ts";
import { list } from "../../views/words.ts";
import { seenBy, type Seen } from "../../views/well-known-read.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";

export const unused: Rule = {
  code: "srv/unused",
  severity: ["info", "warning"],
  concerns: "nobody",
  title: "SRV records that no homeserver uses",
  spec: SPEC.resolving,
  explain: `
There is a valid well-known file, so homeservers don't look up the SRV records of the server name, not even when the well-known's target
is down. The records have no use, and mislead people who read the zone later. When they lead to another place than the well-known file,
they can do harm: homeservers use them whenever they can't fetch the file, and ejabberd looks up \`_matrix._tcp\` when the file is slow.

**Who is affected.** Nobody while the well-known file works, or while the records lead to the same place.

**Look-alikes.** \`well-known/split\`: some addresses of the server name don't have the file, and then homeservers use the records.
\`srv/conflict\`: the two SRV services differ from each other, and there is no well-known file.

**Fix.** Remove the records, or make them lead to the same place as the well-known file.
`,
  *judge(facts: Facts): Iterable<Found> {
    if (facts.route === null || facts.route.delegatedName === null) return;
    // Whoever asks an address that doesn't have the file goes by the records: then they are used.
    if (seenBy(facts).some(isWithoutFile)) return;
    for (const { service, base, role, outcome } of facts.srv) {
      const records = (done(outcome)?.records ?? []).filter(({ target }) => target !== ".");
      if (role !== "other" || records.length === 0 || !SRV_SERVICES.some((each) => each === service)) continue;
      const elsewhere = records.filter((record) => !leadsToRoute(facts, record));
      const to = list(records.map(({ target, port }) => `${target}:${port}`));
      yield {
        severity: elsewhere.length > 0 ? "warning" : "info",
        detail:
          elsewhere.length > 0
            ? `${service}.${base} leads to ${to}, but the well-known file to ${facts.route.delegatedName}. Homeservers use the file. When they can't fetch it, they use the record, which leads elsewhere.`
            : `${service}.${base} leads to ${to}, like the well-known file. Homeservers use the file, and ignore the record.`,
        fix: [`Remove the record ${service}.${base}.`],
        where: [`${service}.${base}`],
      };
    }
  },
};

/** An answer after which homeservers go on as if there were no file. */
function isWithoutFile({ result }: Seen): boolean {
  return ["status", "unreadable", "certificate", "handshake", "redirect", "too-large", "not-http", "no-address"].includes(result.kind);
}

/** The same host and port as a target of the route, or only addresses that the route has too. */
function leadsToRoute(facts: Facts, record: SrvRecord): boolean {
  if (facts.targets.some(({ host, port }) => host.toLowerCase() === record.target.toLowerCase() && port === record.port)) return true;
  const places = facts.targets.flatMap(({ endpoints, port }) => endpoints.map(({ address }) => place(address, port)));
  const host = hostFacts(facts, record.target);
  const addresses = host === null ? [] : addressesOf(host);
  return addresses.length > 0 && addresses.every((address) => places.includes(place(address, record.port)));
}
