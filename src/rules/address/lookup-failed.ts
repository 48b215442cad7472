/** address/lookup-failed: the A or AAAA question got no answer. */
import { lookupFailed, lookupFailure, resolverUsable } from "../../views/dns-outcome.ts";
import type { Facts } from "../../facts/facts.ts";
import { addressesOf, usedHosts } from "../../views/hosts.ts";
import { unlessRouteWorks } from "../../views/route.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";

export const addressLookupFailed: Rule = {
  code: "address/lookup-failed",
  severity: ["error", "warning"],
  mechanisms: ["address:lookup-failed"],
  title: "The address lookup fails",
  spec: SPEC.resolving,
  signOf: ["no-delegation"],
  explain: `
The question for A or AAAA records ended with SERVFAIL, REFUSED or silence. That is not "there is none" (which is NXDOMAIN or no data).

**Who is affected.** When only one family fails, most homeservers use the other one, some after a delay, and some resolvers fail as a whole. When both fail nobody can connect.

**How it happens.** A name server that answers A but chokes on AAAA, servers that are down, a zone that isn't loaded, or a DNSSEC signature that has expired
(then \`dns/dnssec-bogus\` stands above this).

**Fix.** Ask each name server of the zone directly (\`dig @ns1.example.net example.com AAAA\`) and mend the one that doesn't answer; a name without IPv6 must be answered with NOERROR and no data.
`,
  *judge(facts: Facts): Iterable<Found> {
    if (!resolverUsable(facts)) return;
    for (const host of usedHosts(facts)) {
      const failures = (
        [
          ["A", host.a],
          ["AAAA", host.aaaa],
        ] as const
      ).filter(([, outcome]) => lookupFailed(outcome));
      if (failures.length === 0) continue;
      const usable = addressesOf(host).length > 0;
      const types = failures.map(([type]) => type).join(" and ");
      yield {
        severity: usable ? "warning" : unlessRouteWorks(facts, "warning"),
        detail: `Lookup of ${types} of ${host.host}: ${[...new Set(failures.map(([, outcome]) => lookupFailure(outcome)))].join("; ")}. ${usable ? "The other family's addresses are used." : facts.targets.some((target) => target.host.toLowerCase() === host.host) ? "No address is known, so nobody can connect." : "No address is known, so nobody can fetch the well-known there; homeservers go on without it."}`,
        fix: [
          `Mend the name servers of ${host.host} so that they answer for ${types} (NOERROR without data is a good answer when there is no such record).`,
        ],
        where: [host.host],
      };
    }
  },
};
