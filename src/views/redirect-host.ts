/** The hosts that the well-known is redirected to, above all where no address of them is known, and what DNS said of them. */
import type { Facts, Hop, HostFacts } from "../facts/facts.ts";
import { lookupFailed } from "./dns-outcome.ts";
import { addressesOf, hostFacts, usedHosts } from "./hosts.ts";
import { done } from "./outcome.ts";
import { groupBy } from "./words.ts";
import { faults, type Seen } from "./well-known-read.ts";

export type NoAddress = "no-address" | "lookup-failed" | "cname-loop";

/** Why nobody could be asked there. */
export function whyNoAddressAt(facts: Facts, hop: Pick<Hop, "host">): NoAddress {
  const known = hostFacts(facts, hop.host);
  const outcomes = known === null ? [] : [known.a, known.aaaa];
  if (outcomes.some((outcome) => done(outcome)?.loop === true)) return "cname-loop";
  return outcomes.some(lookupFailed) ? "lookup-failed" : "no-address";
}

/** The other hosts that the well-known is redirected to, and asked at by an address that DNS has; see usedHosts. */
export function redirectedHosts(facts: Facts): HostFacts[] {
  const used = usedHosts(facts);
  const hops = done(facts.wellKnown)?.attempts.flatMap((attempt) => attempt.hops.slice(1)) ?? [];
  const found = hops.flatMap(({ host, connection }) => {
    const known = hostFacts(facts, host);
    const isAsked = known !== null && connection !== null && addressesOf(known).includes(connection.address);
    return isAsked && !used.includes(known) ? [known] : [];
  });
  return [...new Set(found)];
}

/** None where some address gives a valid file, and none that the route needs anyway: those are spoken about without the redirect. */
export function lostRedirectHosts(facts: Facts, why: NoAddress): { host: HostFacts; seen: [Seen, ...Seen[]] }[] {
  const used = usedHosts(facts);
  return groupBy(faults(facts, "no-address"), ({ attempt }) => attempt.hops.at(-1)?.host ?? "").flatMap((seen) => {
    const hop = seen[0].attempt.hops.at(-1);
    const host = hop === undefined ? null : hostFacts(facts, hop.host);
    return hop === undefined || host === null || used.includes(host) || whyNoAddressAt(facts, hop) !== why ? [] : [{ host, seen }];
  });
}
