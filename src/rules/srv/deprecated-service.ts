/** srv/deprecated-service: only `_matrix._tcp`, the name from before Matrix 1.8. */
import { srvLine } from "../../advice/dns.ts";
import { lookupFailed } from "../../views/dns-outcome.ts";
import type { Facts } from "../../facts/facts.ts";
import { routeSrv } from "../../views/route.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";

export const deprecatedService: Rule = {
  code: "srv/deprecated-service",
  severity: "warning",
  mechanisms: ["srv:only-deprecated"],
  title: "Only the deprecated SRV service _matrix._tcp is published",
  spec: SPEC.resolving,
  explain: `
Since version 1.8 of the specification the service is \`_matrix-fed._tcp\`. The old name \`_matrix._tcp\` was never registered with IANA;
most homeservers still look it up, after the new one.

**Who is affected.** Rocket.Chat looks up only \`_matrix-fed._tcp\` and doesn't find this server. All others still find it.

**Look-alikes.** \`srv/conflict\`: both records exist and differ. \`srv/wrong-service\`: the record has a name that was never right.

**Fix.** Publish a record with the same content under \`_matrix-fed._tcp\`. Keep the old record: ejabberd and the official federation
tester know only that one. Or publish a well-known file with a port, which needs no SRV record.
`,
  *judge(facts: Facts): Iterable<Found> {
    const srv = routeSrv(facts);
    if (srv === null || srv.service !== "_matrix._tcp") return;
    const current = facts.srv.find(({ service, base }) => service === "_matrix-fed._tcp" && base === srv.base);
    if (current !== undefined && lookupFailed(current.outcome)) return;
    const [first] = facts.targets;
    if (first === undefined) return;
    yield {
      severity: "warning",
      detail: `_matrix._tcp.${srv.base} leads to ${first.host}:${first.port}; there is no _matrix-fed._tcp. Homeservers that know only the new service name use port 8448 of ${srv.base} instead.`,
      fix: [`Add to the zone, beside the old record:\n${srvLine("_matrix-fed._tcp", srv.base, first.host, first.port)}`],
      where: [`_matrix._tcp.${srv.base}`],
    };
  },
};
