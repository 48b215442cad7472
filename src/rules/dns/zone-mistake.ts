/** dns/zone-mistake: a typical mistake in a file given with --zone-file, with its line. */
import { usedHosts } from "../../views/hosts.ts";
import { list } from "../../views/words.ts";
import type { Facts, ZoneMistake } from "../../facts/facts.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";

export const zoneMistake: Rule = {
  code: "dns/zone-mistake",
  severity: ["error", "warning"],
  title: "The zone file has a typical mistake",
  spec: SPEC.zoneFile,
  causes: [
    "srv/target-unresolvable",
    "srv/target-is-cname",
    "srv/target-is-ip",
    "srv/service-unavailable",
    "address/none",
    "well-known/no-address",
    "well-known/not-found",
    "well-known/unreachable",
    "connect/refused",
    "connect/timeout",
    "policy/target",
    "policy/via",
  ],
  explain: `
A file given with \`--zone-file\` says something that is hardly meant: a name without its final dot, which gets the zone's name added (\`host.example.com.example.com\`), a CNAME beside other records
of the same name, an SRV record that leads to an alias, to an address, or to a name of the zone that has no address, an SRV record without its four fields, several SOA records or none.

**How it shows.** As \`file:line\`. It is an error when the names that are checked depend on it, otherwise a warning.

**Who is affected.** Everybody, as soon as the file is published. Some name servers refuse to load a zone with a CNAME beside other records, and then nothing of the change takes effect.

**Look-alikes.** \`srv/target-unresolvable\` and \`address/none\` without this: the name that is missing is in another zone, or was never made.

**How to fix it.** Change that line. A name that is complete ends in a dot.
`,
  *judge(facts: Facts): Iterable<Found> {
    for (const { file, origin, mistakes } of facts.zoneFiles ?? []) {
      for (const mistake of mistakes) {
        yield {
          severity: matters(facts, mistake) ? "error" : "warning",
          detail: `${file}:${mistake.line}: ${inWords(mistake, origin)}`,
          fix: [mend(mistake, file)],
          where: [`${file}:${mistake.line}`],
          affects: "all",
        };
      }
    }
  },
};

/** What is checked depends on the name that the record has, or that it leads to. */
function matters(facts: Facts, { name, became }: ZoneMistake): boolean {
  const names = [
    ...usedHosts(facts).map(({ host }) => host),
    ...facts.srv.filter(({ role }) => role === "route").map(({ service, base }) => `${service}.${base}`),
  ].map((each) => each.toLowerCase().replace(/\.$/, ""));
  return [name, became].some((each) => each !== null && names.includes(each.toLowerCase()));
}

function inWords({ kind, name, type, written, became, otherLines }: ZoneMistake, origin: string): string {
  const others = otherLines.length > 0 ? ` (line ${list(otherLines.map(String))})` : "";
  switch (kind) {
    case "missing-final-dot":
      return `"${written ?? ""}" has no final dot, so the zone's name is added to it and it means ${became ?? ""}.`;
    case "target-is-address":
      return `The ${type} record of ${name} leads to "${written ?? ""}", an address, where only a host name may stand; it means ${became ?? ""}.`;
    case "cname-and-other":
      return `${name} is an alias (CNAME) and has other records as well${others}. A CNAME must stand alone (RFC 1034, 3.6.2); name servers refuse the zone, or answer one or the other.`;
    case "several-cnames":
      return `${name} has more than one CNAME${others}. A name can be the alias of one name only (RFC 2181, 10.1).`;
    case "srv-target-is-cname":
      return `The SRV record ${name} leads to ${became ?? ""}, an alias (CNAME)${others}. RFC 2782 forbids that.`;
    case "srv-target-without-address":
      return `The SRV record ${name} leads to ${became ?? ""}, which has neither an A nor an AAAA record in this zone.`;
    case "srv-fields":
      return `The SRV record ${name} has "${written ?? ""}" where priority, weight, port and target must stand. It is left out.`;
    case "several-soa":
      return `The zone ${origin} has a second SOA record${others}.`;
    case "no-soa":
      return `The zone ${origin} has no SOA record. Name servers don't load such a file; for this check it is read as it is.`;
    case "duplicate-record":
      return `The ${type} record of ${name} stands there twice${others}.`;
    case "outside-zone":
      return `${became ?? name} doesn't belong to the zone ${origin}; name servers ignore the record.`;
  }
}

function mend({ kind, line, meant, written, became, type }: ZoneMistake, file: string): string {
  switch (kind) {
    case "missing-final-dot":
      return `In ${file}, line ${line}, write ${meant ?? `${written ?? ""}.`} (with the dot at its end).`;
    case "target-is-address":
      return `In ${file}, line ${line}, name a host with an A or AAAA record instead of the address.`;
    case "cname-and-other":
      return `In ${file}, line ${line}, remove the CNAME, or the other records of that name; an alias of the zone's own name must be A and AAAA records instead.`;
    case "several-cnames":
    case "several-soa":
    case "duplicate-record":
      return `In ${file}, remove line ${line}, or the other one.`;
    case "srv-target-is-cname":
      return `In ${file}, line ${line}, name the host that ${became ?? "the alias"} stands for.`;
    case "srv-target-without-address":
      return `In ${file}, add an A or AAAA record for ${became ?? "the target"}, or correct the target in line ${line}.`;
    case "srv-fields":
      return `In ${file}, line ${line}, write four fields: 10 0 8448 matrix.example.com. (priority, weight, port, target).`;
    case "no-soa":
      return `Give ${file} its SOA record, or check the file that is really published.`;
    case "outside-zone":
      return `In ${file}, line ${line}, move the ${type} record to the zone that it belongs to, or add the final dot that is missing.`;
  }
}
