/** srv/not-recommended: the route uses SRV. */
import { wellKnownFile } from "../../advice/well-known.ts";
import { isIpLiteral } from "../../facts/address.ts";
import type { Facts, TargetFacts } from "../../facts/facts.ts";
import { formatHostPort, parseServerName } from "../../matrix/server-name.ts";
import { certificateCovers } from "../../views/certificate.ts";
import { isForwarded, proxiedIn } from "../../views/cloudflare.ts";
import { reachesServer } from "../../views/endpoint-works.ts";
import { done } from "../../views/outcome.ts";
import { mayWork, routeSrv, routeWorks } from "../../views/route.ts";
import { wellKnownResults } from "../../views/well-known-result.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";

export const notRecommended: Rule = {
  code: "srv/not-recommended",
  severity: "info",
  concerns: "everybody",
  title: "Delegation by SRV record is not recommended",
  spec: SPEC.resolving,
  explain: `
An SRV record changes where homeservers connect. It doesn't change which name the certificate must cover: that is still the server name
(or the delegated name), never the SRV target. Most mistakes with SRV come from this. A well-known file changes both: then the homeserver
needs only a certificate for its own host.

**Who is affected.** Nobody, as long as the certificate covers the right name.

**Fix.** Nothing has to be changed. If you publish a well-known file with the SRV target and its port, you need no SRV record.
`,
  *judge(facts: Facts): Iterable<Found> {
    const srv = routeSrv(facts);
    const [first] = facts.targets;
    if (srv === null || first === undefined) return;
    const name = facts.route?.tlsName ?? srv.base;
    yield {
      severity: "info",
      detail: `The record ${srv.service}.${srv.base} decides where homeservers connect. The certificate must cover ${name}${first.host.toLowerCase() === name.toLowerCase() ? "" : `, not ${first.host}`}.`,
      fix: fixes(facts),
      where: [`${srv.service}.${srv.base}`],
    };
  },
};

/** Only a target that isn't known to fail is one to delegate to, and only a host that answers on 443 can serve the file. */
function fixes(facts: Facts): string[] {
  const { route } = facts;
  const works = (target: TargetFacts): boolean => target.endpoints.some((endpoint) => reachesServer(facts, endpoint) === true);
  // Once the zone file is published, Cloudflare answers there, and not on this port.
  const isOpen = ({ host, port, overridden }: TargetFacts): boolean => overridden || isForwarded(port) || proxiedIn(facts, host) === null;
  const open = facts.targets.filter(isOpen);
  const target = open.find(works) ?? open.find((each) => mayWork(facts, each));
  if (target === undefined || route === null || routeWorks(facts) === false || !canServeFile(facts)) return [];
  const value = formatHostPort(target.host, target.port);
  if (!parseServerName(value).ok || isIpLiteral(target.host)) return [];
  const covers = target.endpoints.some(({ tls }) => {
    const leaf = done(tls)?.chain[0];
    return leaf !== undefined && certificateCovers(leaf, target.host, false);
  });
  const simpler =
    route.delegatedName === null ? "A well-known file is simpler." : "Host and port in the well-known file itself are simpler.";
  const first = covers
    ? `The certificate must then cover ${target.host}, and it does.`
    : `The certificate must then cover ${target.host} instead of ${route.tlsName}: get such a certificate first.`;
  return [`${simpler} ${first} Serve this at https://${facts.serverName}/.well-known/matrix/server:\n${wellKnownFile(value)}`];
}

/** Not known to be without a web server with a good certificate. */
function canServeFile(facts: Facts): boolean {
  if (facts.wellKnown.status === "skipped") return facts.wellKnown.because !== "blocked";
  return wellKnownResults(facts).every(
    ({ result }) => !["unreachable", "timeout", "certificate", "handshake", "no-address", "not-public"].includes(result.kind),
  );
}
