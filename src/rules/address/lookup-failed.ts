/** address/lookup-failed: the A or AAAA question got no answer. */
import { otherResolver } from "../../advice/dns.ts";
import { lookupFailed, lookupFailure, resolverUsable } from "../../views/dns-outcome.ts";
import type { DnsOutcome, Facts, HostFacts } from "../../facts/facts.ts";
import { addressesOf, usedHosts } from "../../views/hosts.ts";
import { lostRedirectHosts } from "../../views/redirect-host.ts";
import { lostThere, redirectsThere } from "../../advice/redirect-host.ts";
import { withoutRedirect } from "../../advice/where-read.ts";
import { foundTarget } from "../../views/remaining-route.ts";
import { whereSeen } from "../../views/well-known-read.ts";
import { recordsText, zoneSays } from "../../views/nameserver-words.ts";
import { isOfBackupsOnly, unlessRouteWorks } from "../../views/route.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";

export const addressLookupFailed: Rule = {
  code: "address/lookup-failed",
  severity: ["error", "warning"],
  // Of a host that only the well-known is redirected to it is that the file can't be had there.
  mechanisms: ["address:lookup-failed", "well-known:no-address"],
  title: "The address lookup fails",
  spec: SPEC.resolving,
  signOf: ["no-delegation"],
  causes: ["no-delegation"],
  explain: `
The question for A or AAAA records ended with SERVFAIL, REFUSED or no answer. That doesn't mean that there is no record (NXDOMAIN or no
data would mean that).

**Who is affected.** When only one family (IPv4 or IPv6) fails, most homeservers use the other one, some after a delay; with some
resolvers the whole lookup fails. When both fail, no homeserver can connect. When the well-known file is redirected to that host, no
homeserver gets the file; they go on with SRV records or port 8448.

**Usual causes.** A nameserver that answers for A but fails for AAAA, nameservers that are down, a zone that isn't loaded, or a DNSSEC
signature that has expired (then the report shows \`dns/dnssec-bogus\` first). When the finding says that all nameservers of the zone
answer, it is the resolver, or something between it and them: its cache, a firewall, or DNSSEC.

**Fix.** Ask each nameserver of the zone directly (\`dig @ns1.example.net example.com AAAA\`), and repair the one that doesn't answer. For
a name without IPv6 the right answer is NOERROR without data.
`,
  *judge(facts: Facts): Iterable<Found> {
    if (!resolverUsable(facts)) return;
    for (const host of usedHosts(facts)) {
      const failures = failuresOf(host);
      if (failures.length === 0) continue;
      const usable = addressesOf(host).length > 0;
      const types = typesOf(failures);
      const answered = failures.flatMap(([type]) => {
        const set = zoneSays(facts, host.host, type);
        return set === null ? [] : [`${recordsText(set)} for ${type}`];
      });
      const isOfResolver = answered.length === failures.length;
      const isTarget = facts.targets.some((target) => target.host.toLowerCase() === host.host);
      const isMinor = usable || isOfBackupsOnly(facts, host.host);
      const whoFails = isOfResolver ? "nobody behind such a resolver" : "nobody";
      const effect = usable
        ? `Only the ${types === "A" ? "IPv6" : "IPv4"} addresses are used.`
        : isTarget
          ? `No address is known, so ${whoFails} can connect.`
          : `No address is known, so ${whoFails} can fetch the well-known file there, and homeservers act as if there were no file.`;
      const nameservers = isOfResolver
        ? ` The zone's own nameservers answer: ${answered.join("; ")}. So the fault is the resolver's, or lies between it and the nameservers.`
        : "";
      yield {
        severity: isMinor ? "warning" : unlessRouteWorks(facts, "warning"),
        detail: `${said(host, failures)}${nameservers} ${effect}`,
        fix: [isOfResolver ? otherResolver(facts) : repair(host, types)],
        where: [host.host],
        // Where it matters, nobody connects, and there is nothing to explain.
        explainsOthers: false,
      };
    }
    for (const { host, seen } of lostRedirectHosts(facts, "lookup-failed")) {
      const [first] = seen;
      const failures = failuresOf(host);
      yield {
        severity: unlessRouteWorks(facts, "warning"),
        detail: `${redirectsThere(first)} ${said(host, failures)} ${lostThere(facts)}`,
        fix: [repair(host, typesOf(failures)), withoutRedirect(facts, first, foundTarget(facts), host.host)],
        where: [host.host, ...whereSeen(facts, seen)],
        ...(facts.route?.via === "srv" ? { explainsOthers: false } : {}),
      };
    }
  },
};

type Failure = readonly [type: "A" | "AAAA", outcome: DnsOutcome<unknown>];

function failuresOf({ a, aaaa }: HostFacts): Failure[] {
  return (
    [
      ["A", a],
      ["AAAA", aaaa],
    ] as const
  ).filter(([, outcome]) => lookupFailed(outcome));
}

function typesOf(failures: readonly Failure[]): string {
  return failures.map(([type]) => type).join(" and ");
}

function said({ host }: HostFacts, failures: readonly Failure[]): string {
  return `Lookup of ${typesOf(failures)} of ${host}: ${[...new Set(failures.map(([, outcome]) => lookupFailure(outcome)))].join("; ")}.`;
}

function repair({ host }: HostFacts, types: string): string {
  return `Repair the nameservers of ${host}, so that they answer questions for ${types} records. If there is no such record, the right answer is NOERROR without data.`;
}
