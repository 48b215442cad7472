/** What DNS said of a host's addresses. */
import type { Facts, HostFacts, WellKnownFacts } from "../facts/facts.ts";
import { lookupFailed } from "./dns-outcome.ts";
import { done } from "./outcome.ts";
import { list } from "./words.ts";

export function hostFacts(facts: Facts, host: string): HostFacts | null {
  const wanted = host.toLowerCase().replace(/\.$/, "");
  return facts.hosts.find((each) => each.host === wanted) ?? null;
}

export function addressesOf(host: HostFacts): string[] {
  return [host.a, host.aaaa].flatMap((outcome) => done(outcome)?.records.map((record) => record.address) ?? []);
}

/** The hosts whose addresses the check depended on: the well-known's and the targets'. Others were asked ahead of need. */
export function usedHosts(facts: Facts): HostFacts[] {
  const names = facts.targets.filter((target) => !target.overridden).map((target) => target.host.toLowerCase());
  if (facts.wellKnown.status === "done" && !isOverridden(facts, facts.wellKnown.value))
    names.push(facts.wellKnown.value.host.toLowerCase());
  return facts.hosts.filter((host) => names.includes(host.host));
}

/** The well-known was asked at addresses that DNS doesn't have: they come from --connect-to. */
function isOverridden(facts: Facts, { host, attempts }: WellKnownFacts): boolean {
  const known = hostFacts(facts, host);
  return attempts.length > 0 && known !== null && !attempts.some(({ address }) => addressesOf(known).includes(address));
}

/** Both families were answered, and there is no address. */
export function hasNoAddress(host: HostFacts): boolean {
  return [host.a, host.aaaa].every(
    (outcome) => outcome.status === "done" && !lookupFailed(outcome) && !outcome.value.loop && outcome.value.records.length === 0,
  );
}

/** The name at which the aliases (CNAME) of a host end; null for a host that is none. */
export function aliasEnd(host: HostFacts): string | null {
  return (done(host.a)?.chain.at(-1) ?? done(host.aaaa)?.chain.at(-1))?.target ?? null;
}

/** What the name servers said of a name without addresses: NXDOMAIN, or only no data of these types; of an alias, of where it ends. */
export function whyNoAddress(host: HostFacts): string {
  const end = aliasEnd(host);
  const isMissing = done(host.a)?.rcode === "NXDOMAIN";
  const why =
    end !== null
      ? `The name ${host.host} is an alias (CNAME) of ${end}, which ${isMissing ? "doesn't exist in DNS (NXDOMAIN)" : "has neither an A nor an AAAA record"}`
      : isMissing
        ? `The name ${host.host} doesn't exist in DNS (NXDOMAIN)`
        : `The name ${host.host} exists, but has neither an A nor an AAAA record`;
  return host.rewritten === undefined
    ? why
    : `${why}: its zone's nameservers say so. This machine's resolver gives it ${list(host.rewritten)}, as it does for every name that doesn't exist`;
}
