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
  title: "The SRV record has a name that nobody asks for",
  spec: SPEC.resolving,
  // A warning by itself, and the cause when nothing answers where homeservers go without the record.
  causes: ["no-delegation", "well-known"],
  explain: `
There is a record such as \`_matrix-identity._tcp\`, \`_matrix-fed._udp\` or \`_matrix-federation._tcp\`, but none under \`_matrix-fed._tcp\`. Homeservers
only ask for \`_matrix-fed._tcp\` and, for the time being, \`_matrix._tcp\`; they don't find the record and use port 8448 of the name itself.

**How it happens.** A typing mistake, a form that filled in \`udp\`, or the record of the identity service, which is something else.

**Who is affected.** Everybody: no homeserver asks for that record.

**Look-alikes.** \`srv/deprecated-service\`: the record is under \`_matrix._tcp\`, which is still asked for.

**Fix.** Publish the same content under \`_matrix-fed._tcp\`.
`,
  *judge(facts: Facts): Iterable<Found> {
    if (facts.route?.via !== "default-port") return;
    for (const { service, base, outcome } of facts.srv) {
      const [record] = done(outcome)?.records ?? [];
      if (RIGHT.includes(service) || record === undefined || record.target === ".") continue;
      yield {
        severity: "warning",
        detail: `${service}.${base} leads to ${record.target}:${record.port}; no _matrix-fed._tcp. Homeservers ask only for _matrix-fed._tcp.${base}, and use port 8448 of ${base} instead.`,
        fix: [`Replace it in the zone by:\n${srvLine("_matrix-fed._tcp", base, record.target, record.port)}`],
        where: [`${service}.${base}`],
      };
    }
  },
};
