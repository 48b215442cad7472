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
Since version 1.8 of the specification the service is \`_matrix-fed._tcp\`. The old name \`_matrix._tcp\` was never registered with IANA; it is still
looked up by most homeservers, after the new one.

**Who is affected.** Rocket.Chat asks for \`_matrix-fed._tcp\` only and doesn't find this server. All others still do.

**Look-alikes.** \`srv/conflict\`: both exist and say different things. \`srv/wrong-service\`: a name that was never right.

**Fix.** Publish a record with the same content under \`_matrix-fed._tcp\`. Keep the old one: ejabberd and the official federation tester only know that.
Or publish a well-known file, which needs no SRV record at all.
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
      detail: `_matrix._tcp.${srv.base} leads to ${first.host}:${first.port}; no _matrix-fed._tcp. Homeservers that know only the new service name use port 8448 of ${srv.base} instead.`,
      fix: [`Add to the zone, beside the old record:\n${srvLine("_matrix-fed._tcp", srv.base, first.host, first.port)}`],
      where: [`_matrix._tcp.${srv.base}`],
    };
  },
};
