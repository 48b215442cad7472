/** srv/wrong-service: a record under a name that no homeserver asks for, and none under the right one. */
import { SRV_SERVICES } from "../../facts/way.ts";
import { srvLine } from "../../advice/dns.ts";
import type { Facts, FoundHomeserver, SrvRecord } from "../../facts/facts.ts";
import { foundAt, isTried } from "../../views/found-homeserver.ts";
import { targetWorks } from "../../views/route.ts";
import { done } from "../../views/outcome.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";

export const wrongService: Rule = {
  code: "srv/wrong-service",
  severity: "warning",
  concerns: "everybody",
  title: "The SRV record has a name that no homeserver looks up",
  spec: SPEC.resolving,
  // A warning by itself, and the cause when the homeserver is where the record leads, and nothing answers where homeservers go without it.
  causes: ["no-delegation", "well-known"],
  explain: `
There is a record such as \`_matrix-identity._tcp\`, \`_matrix-fed._udp\` or \`_matrix-federation._tcp\`, but none under
\`_matrix-fed._tcp\`. Homeservers look up only \`_matrix-fed._tcp\` and (still) \`_matrix._tcp\`. They don't find this record, and use
port 8448 of the name itself.

**Usual causes.** A typing mistake, a form that filled in \`udp\`, or the record of the identity service, which is another service.

**Who is affected.** All homeservers: none looks up that record.

**Look-alikes.** \`srv/deprecated-service\`: the record is under \`_matrix._tcp\`, which homeservers still look up.

**Fix.** Publish a record with the same content under \`_matrix-fed._tcp\`, if the homeserver is where the record leads. Without an
identity service, a record \`_matrix-identity._tcp\` is of no use: remove it.
`,
  *judge(facts: Facts): Iterable<Found> {
    if (facts.route?.via !== "default-port") return;
    for (const { service, base, outcome } of facts.srv) {
      const [record] = done(outcome)?.records ?? [];
      if (SRV_SERVICES.some((each) => each === service) || record === undefined || record.target === ".") continue;
      const place = placeOf(facts, record);
      yield {
        severity: "warning",
        detail: `${service}.${base} leads to ${record.target}:${record.port}; there is no _matrix-fed._tcp. Homeservers look up only _matrix-fed._tcp.${base}, and use port 8448 of ${base} instead.`,
        fix: [fix(place, service, base, record)],
        where: [`${service}.${base}`],
        ...(place.leadsToHomeserver ? {} : { explainsOthers: false }),
      };
    }
  },
};

/** What is known of the place to which the record leads. */
interface Place {
  leadsToHomeserver: boolean;
  /** It was asked, and is no homeserver. */
  inVain: boolean;
  /** What the clues found there. */
  found: FoundHomeserver | null;
}

function placeOf(facts: Facts, { target, port }: SrvRecord): Place {
  const found = foundAt(facts, target, port);
  const leadsToHomeserver = found !== null || leadsToRoute(facts, target, port);
  return { leadsToHomeserver, inVain: !leadsToHomeserver && isTried(facts, `${target}:${port}`), found };
}

/** A record of the identity service, and one that was seen to lead to no homeserver, aren't to be copied. */
function fix({ leadsToHomeserver, inVain, found }: Place, service: string, base: string, { target, port }: SrvRecord): string {
  if (!leadsToHomeserver && service === "_matrix-identity._tcp")
    return `Remove the record ${service}.${base}, unless an identity service uses it: homeservers don't.`;
  if (inVain) return `Remove the record ${service}.${base}: no homeserver looks it up, and none answers at ${target}:${port}.`;
  const condition = found === null ? "" : ` (${found.server.name} answers there; its certificate must cover ${base})`;
  return `Replace the record in the zone with this${condition}:\n${srvLine("_matrix-fed._tcp", base, target, port)}`;
}

function leadsToRoute(facts: Facts, host: string, port: number): boolean {
  return facts.targets.some((each) => each.port === port && each.host.toLowerCase() === host.toLowerCase() && targetWorks(facts, each));
}
