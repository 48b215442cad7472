/** srv/first-target-down: the preferred target fails, another one works. */
import { srvLines } from "../../advice/dns.ts";
import type { Facts, TargetFacts } from "../../facts/facts.ts";
import { isIpLiteral, place } from "../../facts/address.ts";
import { reachesServer } from "../../views/endpoint-works.ts";
import { hasNoAddress, hostFacts } from "../../views/hosts.ts";
import { preferredTargets } from "../../views/route.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";

export const firstTargetDown: Rule = {
  code: "srv/first-target-down",
  severity: "error",
  mechanisms: ["srv:target-down"],
  title: "The preferred SRV target fails, and another one works",
  spec: SPEC.srv,
  breaks: "endpoint",
  causes: ["endpoint"],
  explain: `
There are several SRV targets, so that another one can be used when one fails. But only Synapse and Dendrite try the next target. All
others try only the first one, and fail. Synapse tries the next one only when the TCP connection fails; when TCP works and TLS fails, only
Dendrite does.

**Who is affected.** All homeservers but Synapse and Dendrite. Synapse too, when TCP works and TLS fails.

**Look-alikes.** \`srv/backup-target-down\`: the preferred target works, a later one doesn't.

**Fix.** Repair the preferred target. Or give the working target the lowest priority value, so that homeservers try it first.
`,
  *judge(facts: Facts): Iterable<Found> {
    const works = (target: TargetFacts): boolean => target.endpoints.some((endpoint) => reachesServer(facts, endpoint) === true);
    const fails = (target: TargetFacts): boolean =>
      target.endpoints.length > 0 && target.endpoints.every((endpoint) => reachesServer(facts, endpoint) === false);
    const working = facts.targets.find(works);
    if (working?.srv === undefined) return;
    // An address is no target to publish, even where it works.
    const left = facts.targets.filter((each) => !fails(each) && !isUnresolvable(facts, each) && !isIpLiteral(each.host));
    for (const target of preferredTargets(facts)) {
      if (target.srv === undefined || !fails(target)) continue;
      // Those of one priority take turns, by their weights (RFC 2782).
      const tried = preferredTargets(facts).includes(working)
        ? `Both have priority ${target.srv.priority}, so that some homeservers try ${target.host}:${target.port} first (weight ${target.srv.weight})`
        : `Homeservers try ${target.host}:${target.port} first (priority ${target.srv.priority}, weight ${target.srv.weight})`;
      yield {
        severity: "error",
        detail: `${target.host}:${target.port} fails, ${working.host}:${working.port} works. ${tried}, and most of them never try a second SRV target.`,
        fix: [
          `Repair ${target.host}:${target.port}.`,
          ...(left.length === 0
            ? []
            : [
                `If that takes time, publish exactly these SRV records until then, and no others:\n${srvLines(facts.route?.tlsName ?? facts.serverName, left)}`,
              ]),
        ],
        repair: `Repair ${target.host}:${target.port}.`,
        where: target.endpoints.map(({ address, port }) => place(address, port)),
      };
    }
  },
};

function isUnresolvable(facts: Facts, { host, overridden }: TargetFacts): boolean {
  const found = overridden ? null : hostFacts(facts, host);
  return found !== null && hasNoAddress(found);
}
