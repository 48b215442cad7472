/** srv/not-recommended: the route uses SRV. */
import { wellKnownFile } from "../../advice/well-known.ts";
import type { Facts } from "../../facts/facts.ts";
import { routeSrv, routeWorks } from "../../views/route.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";

export const notRecommended: Rule = {
  code: "srv/not-recommended",
  severity: "info",
  concerns: "everybody",
  title: "Delegation by SRV record is not recommended",
  spec: SPEC.resolving,
  explain: `
An SRV record changes where others connect, but not which name the certificate must be for: it is still the server name (or the delegated name), never the
SRV target. That is what most people get wrong with SRV. A well-known file changes both, and so the homeserver only needs a certificate for its own host.

**Who is affected.** Nobody, as long as the certificate covers the right name.

**Fix.** Nothing has to be changed. A well-known file with the SRV target and its port makes the record unnecessary.
`,
  *judge(facts: Facts): Iterable<Found> {
    const srv = routeSrv(facts);
    const [first] = facts.targets;
    if (srv === null || first === undefined) return;
    yield {
      severity: "info",
      detail: `${srv.service}.${srv.base} decides where homeservers connect. The certificate there must cover ${facts.route?.tlsName ?? srv.base}, not ${first.host}.`,
      // A target that doesn't work is none to delegate to.
      fix:
        routeWorks(facts) === false
          ? []
          : [
              `A well-known file is simpler; the certificate must then cover ${first.host} instead. Serve this at https://${facts.serverName}/.well-known/matrix/server:\n${wellKnownFile(`${first.host}:${first.port}`)}`,
            ],
      where: [`${srv.service}.${srv.base}`],
    };
  },
};
