/** address/cname-loop: aliases that lead back to themselves. */
import { addressLine } from "../../advice/dns.ts";
import type { DnsAnswer, AddressRecord, Facts, HostFacts } from "../../facts/facts.ts";
import { usedHosts } from "../../views/hosts.ts";
import { lostRedirectHosts } from "../../views/redirect-host.ts";
import { lostThere, redirectsThere } from "../../advice/redirect-host.ts";
import { withoutRedirect } from "../../advice/where-read.ts";
import { foundTarget } from "../../views/remaining-route.ts";
import { whereSeen } from "../../views/well-known-read.ts";
import { isOfBackupsOnly, unlessRouteWorks } from "../../views/route.ts";
import { done } from "../../views/outcome.ts";
import { list } from "../../views/words.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";

export const cnameLoop: Rule = {
  code: "address/cname-loop",
  severity: ["error", "warning"],
  // Of a host that only the well-known is redirected to it is that the file can't be had there.
  mechanisms: ["address:cname-loop", "well-known:no-address"],
  title: "CNAME records lead in a circle",
  spec: SPEC.resolving,
  causes: ["no-delegation"],
  explain: `
The host is an alias of a name that is an alias of … the host again (or the chain is longer than resolvers follow). So no address is
found. Some resolvers answer SERVFAIL for such a name; the finding is then \`address/lookup-failed\`.

**Who is affected.** All homeservers: no resolver gets an address. It is a warning at the target of a backup SRV record, and
where only the well-known would be at that name, and SRV records lead to a homeserver that works.

**Look-alikes.** \`address/none\`: the chain of aliases ends, at a name without an address.

**Fix.** Replace one of these CNAME records with A and AAAA records.
`,
  *judge(facts: Facts): Iterable<Found> {
    for (const host of usedHosts(facts)) {
      const loop = loopOf(host);
      if (loop === null) continue;
      const isTarget = facts.targets.some((target) => target.host.toLowerCase() === host.host);
      yield {
        // The base domain's own addresses only matter for the well-known.
        severity: !isTarget ? unlessRouteWorks(facts, "warning") : isOfBackupsOnly(facts, host.host) ? "warning" : "error",
        detail: circle(host, loop),
        fix: [replace(host)],
        where: [host.host],
        // Where it matters, nobody connects, and there is nothing to explain.
        explainsOthers: false,
      };
    }
    for (const { host, seen } of lostRedirectHosts(facts, "cname-loop")) {
      const loop = loopOf(host);
      if (loop === null) continue;
      yield {
        severity: unlessRouteWorks(facts, "warning"),
        detail: `${redirectsThere(seen[0])} ${circle(host, loop)} ${lostThere(facts)}`,
        fix: [replace(host), withoutRedirect(facts, seen[0], foundTarget(facts), host.host)],
        where: [host.host, ...whereSeen(facts, seen)],
        ...(facts.route?.via === "srv" ? { explainsOthers: false } : {}),
      };
    }
  },
};

function loopOf({ a, aaaa }: HostFacts): DnsAnswer<AddressRecord> | null {
  return [a, aaaa].map(done).find((answer) => answer?.loop === true) ?? null;
}

function circle({ host }: HostFacts, { chain }: DnsAnswer<AddressRecord>): string {
  return `${host} → ${list(
    chain.map(({ target }) => target),
    8,
  )}: the aliases never end at an address.`;
}

function replace({ host }: HostFacts): string {
  return `Replace the CNAME at ${host} with address records (replace 192.0.2.1 with the right address):\n${addressLine(host)}`;
}
