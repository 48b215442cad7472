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
The question for A or AAAA records ended with SERVFAIL, REFUSED or no answer. That doesn't mean that there is no record (NXDOMAIN or no
data would mean that).

**Who is affected.** When only one family (IPv4 or IPv6) fails, most homeservers use the other one, some after a delay; with some
resolvers the whole lookup fails. When both fail, no homeserver can connect.

**Usual causes.** A nameserver that answers for A but fails for AAAA, nameservers that are down, a zone that isn't loaded, or a DNSSEC
signature that has expired (then the report shows \`dns/dnssec-bogus\` first).

**Fix.** Ask each nameserver of the zone directly (\`dig @ns1.example.net example.com AAAA\`), and repair the one that doesn't answer. For
a name without IPv6 the right answer is NOERROR without data.
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
        detail: `Lookup of ${types} of ${host.host}: ${[...new Set(failures.map(([, outcome]) => lookupFailure(outcome)))].join("; ")}. ${usable ? `Only the ${types === "A" ? "IPv6" : "IPv4"} addresses are used.` : facts.targets.some((target) => target.host.toLowerCase() === host.host) ? "No address is known, so nobody can connect." : "No address is known, so nobody can fetch the well-known file there, and homeservers act as if there were no file."}`,
        fix: [
          `Repair the nameservers of ${host.host}, so that they answer questions for ${types} records. If there is no such record, the right answer is NOERROR without data.`,
        ],
        where: [host.host],
      };
    }
  },
};
