/** address/untested: this machine couldn't try an address, and so nothing is said about it. */
import { MAX_ADDRESSES, MAX_TARGETS } from "../../dns-outcome.ts";
import type { Facts, Outcome } from "../../facts.ts";
import { done, endpointsOf, groupBy, list, place, usedHosts } from "../../evidence.ts";
import type { Found, Rule } from "../rule.ts";

/** More than are tried. */
function* tooMany(facts: Facts): Iterable<Found> {
  const hosts = usedHosts(facts).filter(({ a, aaaa }) => [a, aaaa].some((outcome) => (done(outcome)?.records.length ?? 0) > MAX_ADDRESSES));
  const fix = ["Check with --connect-to to test a certain address."];
  if (hosts.length > 0) {
    yield { severity: "info", detail: `${list(hosts.map(({ host }) => host))} has more than ${MAX_ADDRESSES} addresses of one family. Only the first ${MAX_ADDRESSES} are tested.`, fix, where: hosts.map(({ host }) => host), affects: [] };
  }
  if (facts.targets.length > MAX_TARGETS) {
    yield { severity: "info", detail: `There are ${facts.targets.length} SRV targets. Only the first ${MAX_TARGETS} are tested.`, fix, where: facts.targets.slice(MAX_TARGETS).map(({ host, port }) => place(host, port)).slice(0, 10), affects: [] };
  }
}

export const addressUntested: Rule = {
  code: "address/untested",
  severity: "info",
  title: "Some addresses can't be tested from this machine",
  spec: null,
  explain: `
This machine has no way to that address: usually it has no IPv6. Nothing is known about the address, and nothing is said about it: it is neither good nor bad. Or the time given
by \`--deadline\` was over before it was its turn.

**Who is affected.** Nobody: homeservers that have the other family, or more time, are not concerned.

**Look-alikes.** \`connect/ipv6-down\` and \`connect/ipv4-down\`: this machine has the family, and the host doesn't answer over it.

**Fix.** Run the check on a machine that has both address families, or give it more time.
`,
  *judge(facts: Facts): Iterable<Found> {
    const attempts = facts.wellKnown.status === "done" ? facts.wellKnown.value.attempts : [];
    const tried: { place: string; family: 4 | 6; tcp: Outcome<unknown> }[] = [
      ...attempts.flatMap(({ address, family, port, hops }) => (hops[0]?.connection ? [{ place: place(address, port), family, tcp: hops[0].connection.tcp }] : [])),
      ...endpointsOf(facts),
    ];
    const untested = tried.flatMap(({ tcp, ...each }) => (tcp.status === "untested" ? [{ ...each, because: tcp.because }] : []));
    for (const group of groupBy(untested, ({ family, because }) => `${family} ${because}`)) {
      const [first] = group;
      if (first === undefined) continue;
      const places = [...new Set(group.map((each) => each.place))];
      yield first.because === "no-route"
        ? {
            severity: "info",
            detail: `This machine has no IPv${first.family} connection to ${list(places)}. Nothing is said about ${places.length > 1 ? "them" : "it"}.`,
            fix: [`Run the check on a machine with IPv${first.family} to know.`],
            where: places,
            affects: [],
          }
        : {
            severity: "info",
            detail: `The time was over before ${list(places)} could be tested. Nothing is said about ${places.length > 1 ? "them" : "it"}.`,
            fix: ["Give the check more time with --deadline."],
            where: places,
            affects: [],
          };
    }
    yield* tooMany(facts);
    const left = facts.settings.family === null || !facts.settings.probe || facts.targets.some(({ endpoints }) => endpoints.length > 0) ? [] : facts.hosts.filter(({ a, aaaa }) => [a, aaaa].some(({ status }) => status === "skipped"));
    if (left.length > 0 && facts.route !== null) {
      yield {
        severity: "info",
        detail: `Only IPv${facts.settings.family ?? 4} was asked for, and ${list(facts.targets.map(({ host }) => host))} has no IPv${facts.settings.family ?? 4} address.`,
        fix: [`Check without -${facts.settings.family ?? 4}.`],
        where: facts.targets.map(({ host }) => host),
        affects: [],
      };
    }
  },
};
