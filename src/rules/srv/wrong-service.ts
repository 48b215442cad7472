/** srv/wrong-service: a record under a name that no homeserver asks for, and none under the right one. */
import { srvLine } from "../../advice/dns.ts";
import type { Facts } from "../../facts/facts.ts";
import { done } from "../../views/outcome.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";

const RIGHT = ["_matrix-fed._tcp", "_matrix._tcp"];

export const wrongService: Rule = {
  code: "srv/wrong-service",
  severity: "warning",
  concerns: "everybody",
  title: "The SRV record has a name that no homeserver looks up",
  spec: SPEC.resolving,
  // A warning by itself, and the cause when nothing answers where homeservers go without the record.
  causes: ["no-delegation", "well-known"],
  explain: `
There is a record such as \`_matrix-identity._tcp\`, \`_matrix-fed._udp\` or \`_matrix-federation._tcp\`, but none under
\`_matrix-fed._tcp\`. Homeservers look up only \`_matrix-fed._tcp\` and (still) \`_matrix._tcp\`. They don't find this record, and use
port 8448 of the name itself.

**Usual causes.** A typing mistake, a form that filled in \`udp\`, or the record of the identity service, which is another service.

**Who is affected.** All homeservers: none looks up that record.

**Look-alikes.** \`srv/deprecated-service\`: the record is under \`_matrix._tcp\`, which homeservers still look up.

**Fix.** Publish a record with the same content under \`_matrix-fed._tcp\`.
`,
  *judge(facts: Facts): Iterable<Found> {
    if (facts.route?.via !== "default-port") return;
    for (const { service, base, outcome } of facts.srv) {
      const [record] = done(outcome)?.records ?? [];
      if (RIGHT.includes(service) || record === undefined || record.target === ".") continue;
      yield {
        severity: "warning",
        detail: `${service}.${base} leads to ${record.target}:${record.port}; there is no _matrix-fed._tcp. Homeservers look up only _matrix-fed._tcp.${base}, and use port 8448 of ${base} instead.`,
        fix: [`Replace the record in the zone with this:\n${srvLine("_matrix-fed._tcp", base, record.target, record.port)}`],
        where: [`${service}.${base}`],
      };
    }
  },
};
