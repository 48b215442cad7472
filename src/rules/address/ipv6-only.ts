/** address/ipv6-only: AAAA without A. */
import { addressLine } from "../../advice/dns.ts";
import type { Facts } from "../../facts/facts.ts";
import { usedHosts } from "../../views/hosts.ts";
import { done } from "../../views/outcome.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";

export const ipv6Only: Rule = {
  code: "address/ipv6-only",
  severity: "warning",
  mechanisms: ["address:ipv6-only"],
  title: "The host has only IPv6 addresses",
  spec: SPEC.resolving,
  explain: `
There is an AAAA record, but no A record. Homeservers without IPv6 can't connect, and that is many: Docker networks have none by default.

**Who is affected.** Every homeserver on an IPv4-only network, and Dendrite in its default configuration, whose allow list has no IPv6 range.

**Fix.** Give the host an IPv4 address as well, or put an IPv4 proxy in front of it.
`,
  *judge(facts: Facts): Iterable<Found> {
    const isTarget = (name: string): boolean => facts.targets.some(({ host }) => host.toLowerCase() === name);
    for (const { host: name, ...answers } of usedHosts(facts)) {
      // The base domain's own addresses matter when its well-known does.
      if (!isTarget(name) && facts.route?.delegatedName == null) continue;
      const a = done(answers.a);
      const aaaa = done(answers.aaaa);
      if (a === null || aaaa === null || a.records.length > 0 || aaaa.records.length === 0 || a.rcode !== "NOERROR") continue;
      yield {
        severity: "warning",
        detail: `${name} has ${aaaa.records.length} AAAA record${aaaa.records.length > 1 ? "s" : ""} and no A record. Homeservers without IPv6 can't connect. Dendrite doesn't connect to IPv6 by default.`,
        fix: [`Give the host an IPv4 address and publish it (replace 192.0.2.1 with it):\n${addressLine(name)}`],
        where: [name],
      };
    }
  },
};
