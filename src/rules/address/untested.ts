/** address/untested: this machine couldn't try an address, and so nothing is said about it. */
import type { Facts, Outcome } from "../../facts.ts";
import { endpointsOf, groupBy, list, place } from "../../evidence.ts";
import type { Found, Rule } from "../rule.ts";

export const addressUntested: Rule = {
  code: "address/untested",
  severity: "info",
  title: "Some addresses can't be tested from this machine",
  spec: null,
  explain: `
This machine has no way to that address: usually it has no IPv6. Nothing is known about the address, and nothing is said about it: it is neither good nor bad. Or the time given
by \`--deadline\` was over before it was its turn.

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
