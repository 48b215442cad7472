/** dns/wildcard: the SRV records of the route come from a wildcard. */
import { srvLine } from "../../advice/dns.ts";
import type { Facts } from "../../facts/facts.ts";
import { done } from "../../views/outcome.ts";
import { routeSrv } from "../../views/route.ts";
import { groupBy, list } from "../../views/words.ts";
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
A random name that nobody published has the same SRV records. So the records come from a wildcard such as \`*._tcp.example.com\` or
\`*.example.com\` (or from an alias there). A wildcard stops working for a name as soon as any other record is published at that name, or
between that name and the wildcard (RFC 4592). Then federation stops, although nobody changed the SRV record. The wildcard also answers
for every other service, so clients of other services find a Matrix server.

**Who is affected.** Nobody while the wildcard works; all homeservers when it stops.

**How to tell.** The check asked one of the zone's nameservers for a random name beside the SRV record. With \`--zone-file\`, the wildcard
stands in the file.

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
        detail: `${first.nameserver} gives ${first.asked}, a random name that nobody published, the same records as ${first.name} (${recordsText({ rcode: "NOERROR", records: first.records })}). So they come from a wildcard. The wildcard stops working when any other record is published at that name or above it.`,
        fix: [
          `Publish the record under its own name, and remove the wildcard:\n${first.name}.  IN ${type}${record}${record.endsWith(".") ? "" : "."}`,
        ],
        where: group.map(({ name }) => name),
      };
    }
    yield* inFiles(facts);
  },
};

/** Nobody has to be asked: the file has the wildcard. */
function* inFiles(facts: Facts): Iterable<Found> {
  const used = routeSrv(facts);
  const wild = facts.srv.flatMap(({ service, base, role, outcome }) => {
    const answer = done(outcome);
    const { name: file = "", lines = [], wildcard: from } = answer?.file ?? {};
    if (role !== "route" || used?.service !== service || answer === null || answer.records.length === 0 || from === undefined) return [];
    const [alias] = answer.chain;
    const own =
      alias === undefined
        ? answer.records.map((each) => srvLine(service, base, each.target === "." ? "" : each.target, each.port, each)).join("\n")
        : `${service}.${base}.  IN CNAME ${alias.target}.`;
    return [{ name: `${service}.${base}`, file, lines, from, own }];
  });
  for (const group of groupBy(wild, ({ from }) => from)) {
    const [{ name, file, lines, from, own }] = group;
    yield {
      severity: "warning",
      detail: `${name} has no record of its own in ${file}: what it has comes from the wildcard ${from} (line${lines.length === 1 ? "" : "s"} ${list(lines.map(String))}). The wildcard stops working when any other record is published at that name or above it.`,
      fix: [`In ${file}, write the record under its own name, and remove the wildcard:\n${own}`],
      where: group.map((each) => each.name),
    };
  }
}
