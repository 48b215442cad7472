/** srv/service-unavailable: the target "." says that there is no such service. */
import { srvLine } from "../../advice/dns.ts";
import type { Facts } from "../../facts/facts.ts";
import { insteadOfSrv } from "../../advice/instead-of-srv.ts";
import { expectedSrvTarget } from "../../views/expected-target.ts";
import { routeSrv } from "../../views/route.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";

export const serviceUnavailable: Rule = {
  code: "srv/service-unavailable",
  severity: "error",
  mechanisms: ["srv:no-service"],
  title: 'The SRV record says that there is no Matrix service (target ".")',
  spec: SPEC.srv,
  explain: `
RFC 2782: a target of "." means that this domain doesn't have the service. Synapse follows that and doesn't try port 8448. Dendrite and
the conduwuit family try to connect to a host named ".", and fail as well.

**Who is affected.** All homeservers: Synapse doesn't try to connect, and the others fail.

**Look-alikes.** No SRV record at all is no fault: then port 8448 of the name is used. \`srv/target-unresolvable\`: the target is a name,
but has no address.

**Fix.** Remove the record, or change its target to the homeserver's host. If you delegate by well-known file, remove the record too.
`,
  *judge(facts: Facts): Iterable<Found> {
    const srv = routeSrv(facts);
    if (srv === null || srv.records.length === 0 || srv.records.some(({ target }) => target !== ".")) return;
    yield {
      severity: "error",
      detail: `${srv.service}.${srv.base} has the target ".", which means that there is no such service (RFC 2782). Homeservers don't connect.`,
      fix: [fix(facts, srv)],
      where: [`${srv.service}.${srv.base}`],
    };
  },
};

/** By where the clues found the homeserver. */
function fix(facts: Facts, { service, base }: { service: string; base: string }): string {
  const expected = expectedSrvTarget(facts);
  if (expected !== null)
    return `Replace the record with this (the certificate of ${expected.host} must cover ${base}):\n${srvLine(service, base, expected.host, expected.port)}`;
  return (
    insteadOfSrv(facts, { service, base }) ??
    `Replace the record with this (replace matrix.${base} and 8448 with your homeserver's host and port; its certificate must cover ${base}):\n${srvLine(service, base, `matrix.${base}`, 8448)}`
  );
}
