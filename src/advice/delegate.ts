/** The other way out when a port can't be connected to: delegate to where the homeserver answers, or to 443, which is usually open. */
import { certificateFirst, correctFile, wellKnownFile } from "./well-known.ts";
import { foundHomeserver, isTried } from "../views/found-homeserver.ts";
import { targetToName } from "../views/remaining-route.ts";
import { homeserverReached, isSettledByName } from "../views/route.ts";
import type { CertificateFacts, Facts } from "../facts/facts.ts";
import { formatHostPort } from "../matrix/server-name.ts";
import { certificateCovers } from "../views/certificate.ts";
import type { PlacedEndpoint } from "../views/endpoints.ts";
import { addressesOf, hostFacts } from "../views/hosts.ts";
import { validName } from "../views/valid-name.ts";

/** None for an IP literal or a name with a port, which can't be delegated (steps 1 and 2). */
export function delegateAdvice(facts: Facts, host: string): string[] {
  if (facts.route === null || isSettledByName(facts)) return [];
  const found = foundHomeserver(facts);
  const url = `https://${facts.serverName}/.well-known/matrix/server`;
  if (found === null) {
    const named = targetToName(facts);
    if (named !== null) {
      const target = formatHostPort(named.target.host, named.target.port);
      return [
        `${named.server} answers at ${target}, with a certificate for ${named.target.host}. Serve this at ${url}:\n${wellKnownFile(target)}`,
      ];
    }
    // It answers elsewhere: nothing speaks for a port that nobody tried.
    if (homeserverReached(facts)) return [];
    const isRefuted = facts.targets.some((target) => target.host === host && target.port === 443);
    // Asked there, and no homeserver answered: whoever follows that advice is no further.
    if (isRefuted || isTried(facts, `${host}:443`)) return [];
    return [
      `Delegate to a port on which the homeserver is served. For port 443, serve this at ${url}:\n${wellKnownFile(formatHostPort(host, 443))}`,
    ];
  }
  const target = formatHostPort(found.host, found.targetPort);
  return [
    `${found.server.name} ${found.server.version} answers at ${target}. ${certificateFirst(found)}Serve this at ${url}:\n${wellKnownFile(target)}`,
  ];
}

/** m.server is an address, and the server name itself leads there with a certificate that covers it: the name does as well. */
export function nameInstead(facts: Facts, { address, target }: PlacedEndpoint, leaf: CertificateFacts): string[] {
  const name = validName(facts);
  if (name === null || name.kind !== "dns" || facts.route?.delegatedName == null || !facts.route.tlsNameIsIp) return [];
  const host = hostFacts(facts, name.dnsHost);
  if (host === null || !addressesOf(host).includes(address) || !certificateCovers(leaf, name.dnsHost, false)) return [];
  const value = formatHostPort(name.dnsHost, target.port);
  return [correctFile(`https://${facts.serverName}/.well-known/matrix/server`, value)];
}
