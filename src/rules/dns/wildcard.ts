/** dns/wildcard: the SRV records of the route come from a wildcard. */
import type { Facts } from "../../facts/facts.ts";
import { done } from "../../views/outcome.ts";
import { groupBy } from "../../views/words.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";
import { recordsText, resolvedSets } from "../../views/nameserver-words.ts";

export const wildcard: Rule = {
  code: "dns/wildcard",
  severity: "warning",
  concerns: "everybody",
  title: "The SRV record comes from a wildcard",
  spec: SPEC.wildcards,
  needs: "nameservers",
  explain: `
A name that nobody has published has the same SRV records, so they come from a wildcard such as \`*._tcp.example.com\` or \`*.example.com\` (or an alias there). It works as long as
nothing stands beside it: a record of any type at the name, or between it and the wildcard, switches the wildcard off there (RFC 4592), and then federation stops without anybody having
touched its record. It also answers for every other service, where clients then find a Matrix server.

**Who is affected.** Nobody as long as the wildcard lasts, and everybody afterwards.

**How to tell.** A random name beside the record's was asked for at one of the zone's nameservers.

**Look-alikes.** A wildcard for A and AAAA records does no harm here.

**Fix.** Publish the record under its own name, and remove the wildcard.
`,
  *judge(facts: Facts): Iterable<Found> {
    const besides = facts.authoritative === undefined ? [] : (done(facts.authoritative)?.besides ?? []);
    const resolved = resolvedSets(facts);
    const wild = besides.flatMap(({ name, asked, nameserver, records }) => {
      const own = resolved.find((each) => each.name === name && each.type === "SRV");
      const same = records.length > 0 && own?.set.records.join("\n") === records.join("\n");
      return same ? [{ name, asked, nameserver, records, parent: name.slice(name.indexOf(".") + 1) }] : [];
    });
    for (const group of groupBy(wild, ({ parent, records }) => `${parent} ${records.join()}`)) {
      const [first] = group;
      const [record = ""] = first.records;
      const type = record.startsWith("CNAME ") ? "" : "SRV ";
      yield {
        severity: "warning",
        detail: `${first.asked}, a name that nobody published, has the same records as ${first.name} (${recordsText({ rcode: "NOERROR", records: first.records })}), says ${first.nameserver}. So they come from a wildcard. It stops working when anything else is published at that name or above it.`,
        fix: [
          `Publish the record under its own name, and remove the wildcard:\n${first.name}.  IN ${type}${record}${record.endsWith(".") ? "" : "."}`,
        ],
        where: group.map(({ name }) => name),
      };
    }
  },
};
