/** srv/service-unavailable: the target "." says that there is no such service. */
import type { Facts } from "../../facts/facts.ts";
import { routeSrv } from "../../views/route.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";

export const serviceUnavailable: Rule = {
  code: "srv/service-unavailable",
  severity: "error",
  mechanisms: ["srv:no-service"],
  title: 'The SRV record says that there is no Matrix service (target ".")',
  spec: SPEC.srv,
  explain: `
RFC 2782: a target of "." means that the service is decidedly not available at this domain. Synapse honours it and doesn't try port 8448; Dendrite and the
conduwuit family try to connect to a host named ".", and fail as well.

**Who is affected.** Everybody: Synapse doesn't even try, the others fail when they try.

**Look-alikes.** No SRV record at all is no fault: then port 8448 of the name is used. \`srv/target-unresolvable\`: the target is a name, but has no address.

**Fix.** Remove the record, or let it lead to the homeserver. To delegate by well-known, remove it too.
`,
  *judge(facts: Facts): Iterable<Found> {
    const srv = routeSrv(facts);
    if (srv === null || srv.records.length === 0 || srv.records.some(({ target }) => target !== ".")) return;
    yield {
      severity: "error",
      detail: `${srv.service}.${srv.base} has the target ".", which means "no such service here" (RFC 2782). Homeservers stop there.`,
      fix: [`Remove the record ${srv.service}.${srv.base}, or replace "." by the homeserver's host name and 0 by its port.`],
      where: [`${srv.service}.${srv.base}`],
    };
  },
};
