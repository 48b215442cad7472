/** dns/nameserver-down: a nameserver of the zone doesn't answer, or not for the zone, while another one does. */
import type { Facts, NameserverFacts, ZoneFacts } from "../../facts/facts.ts";
import { done } from "../../views/outcome.ts";
import { list } from "../../views/words.ts";
import { isConclusive } from "../../views/record-set.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";
import { serverText, zonesOf } from "../../views/nameserver-words.ts";

export const nameserverDown: Rule = {
  code: "dns/nameserver-down",
  severity: "warning",
  concerns: "everybody",
  title: "A nameserver of the zone doesn't answer for it",
  spec: SPEC.zones,
  needs: "nameservers",
  explain: `
The check asked each nameserver of the zone directly. One doesn't answer, or says that it doesn't serve the zone (REFUSED, SERVFAIL, or an
answer without the AA bit: a *lame delegation*), or its name has no address. Another nameserver answers, so names still resolve. But
resolvers that ask the broken one first lose seconds, and when the last good one fails, no name resolves any more.

**Who is affected.** All homeservers may be slower. Those with a short timeout for the whole request (ejabberd waits 5 s for the
well-known file) sometimes fail.

**Look-alikes.** When no nameserver of any zone answers, this network blocks DNS: then nothing is reported. When nothing can be reached
over IPv6 from this machine, the IPv6 addresses of nameservers aren't judged.

**Fix.** Start the nameserver, open UDP and TCP port 53, and configure the zone on it. Or remove its NS record in the zone and at the
registrar.
`,
  *judge(facts: Facts): Iterable<Found> {
    for (const zone of zonesOf(facts)) {
      if (!zone.nameservers.some(answersForZone)) continue;
      const bad = [
        ...zone.nameservers.flatMap((server) => {
          const problem = isBlind(facts, server) ? null : problemOf(server);
          return problem === null ? [] : [{ name: server.name, text: `${serverText(server)} ${problem}` }];
        }),
        ...zone.withoutAddress.map((name) => ({ name, text: `${name} has no address` })),
      ];
      if (bad.length === 0) continue;
      const names = [...new Set(bad.map(({ name }) => name))];
      yield {
        severity: "warning",
        detail: `Of the nameservers of ${zone.apex}, ${list(bad.map(({ text }) => text))}; ${list(goodOf(zone))} ${goodOf(zone).length === 1 ? "answers" : "answer"}. Resolvers that ask a broken nameserver first lose time. And when another nameserver fails, fewer are left.`,
        fix: [
          `Make ${list(names)} answer for ${zone.apex} on port 53, over UDP and TCP.`,
          `Remove ${names.length === 1 ? `the NS record ${names[0] ?? ""}` : `the NS records ${list(names)}`} from the zone ${zone.apex} and at the registrar.`,
        ],
        where: names,
      };
    }
  },
};

function goodOf({ nameservers }: ZoneFacts): string[] {
  return [...new Set(nameservers.filter(answersForZone).map(({ name }) => name))];
}

function answersForZone({ soa }: NameserverFacts): boolean {
  const value = done(soa);
  return value !== null && value.rcode === "NOERROR" && value.authoritative;
}

/** What is wrong with it; null when nothing is, or nothing is known. One question that got lost is not enough. */
function problemOf(server: NameserverFacts): string | null {
  const { soa, answers } = server;
  if (soa.status === "failed") {
    return answers.some(({ outcome }) => outcome.status !== "failed")
      ? null
      : soa.error.code === "refused"
        ? `refuses connections on port ${server.port}`
        : "doesn't answer";
  }
  if (soa.status !== "done" || answersForZone(server)) return null;
  // It knows the zone, whatever became of that one question.
  if (answers.map(({ outcome }) => done(outcome)).some((set) => set !== null && set.authoritative && isConclusive(set))) return null;
  return soa.value.rcode === "NOERROR" ? "is not authoritative (no AA bit)" : `answers ${soa.value.rcode}`;
}

/** An IPv6 address, and nothing whatsoever answered over IPv6: that may be this machine. */
function isBlind(facts: Facts, { address, soa }: NameserverFacts): boolean {
  if (!address.includes(":") || soa.status !== "failed") return false;
  const endpoints = [
    ...facts.targets.flatMap((target) => target.endpoints),
    ...(done(facts.wellKnown)?.attempts.flatMap(({ hops }) => hops.flatMap(({ connection }) => connection ?? [])) ?? []),
  ];
  const connected = endpoints.some(({ family, tcp }) => family === 6 && tcp.status === "done");
  return (
    !connected &&
    !zonesOf(facts).some(({ nameservers }) => nameservers.some((other) => other.address.includes(":") && other.soa.status === "done"))
  );
}
