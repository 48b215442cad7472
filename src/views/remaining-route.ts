/** The route that is left when there is no valid well-known: what it is, and what it holds for the advice. */
import { isIpLiteral } from "../facts/address.ts";
import type { EndpointFacts, Facts, FoundHomeserver, TargetFacts } from "../facts/facts.ts";
import { DEFAULT_PORT } from "../matrix/paths.ts";
import { formatHostPort, parseServerName } from "../matrix/server-name.ts";
import { certificateCovers, certificateFaults } from "./certificate.ts";
import { reachesServer } from "./endpoint-works.ts";
import { expectedTarget } from "./expected-target.ts";
import { foundHomeserver } from "./found-homeserver.ts";
import { hasNoAddress, hostFacts } from "./hosts.ts";
import { differentWithPort } from "./host-port.ts";
import { done, judgedAt } from "./outcome.ts";
import { mayWork, preferredTargets, routeWorks, speaksMatrix } from "./route.ts";

/** One sentence: where homeservers go on without the file (steps 4 to 6), and what becomes of it. `who`: those whom it concerns. */
export function goesOn(facts: Facts, who = "Homeservers"): string {
  // Where another address gives the file, the route is that one's.
  const to = facts.route?.delegatedName != null ? null : remainingRoute(facts);
  if (to === null) return `${who} act as if there were no file.`;
  const works = routeWorks(facts);
  return `${who} act as if there were no file, and connect to ${to}${works === null ? "" : works ? ", which works" : ", which doesn't work"}.`;
}

/**
 * Where a file that most homeservers don't read was meant to lead, by its value: elsewhere than homeservers go without it. Then what is
 * wrong there isn't why they stay away.
 */
export function leadsElsewhere(facts: Facts, value: string): boolean {
  const parsed = parseServerName(value);
  return (
    parsed.ok &&
    !facts.targets.some(({ host, port }) => host.toLowerCase() === parsed.name.dnsHost && port === (parsed.name.port ?? DEFAULT_PORT))
  );
}

/** `the SRV target hs1.example:8448`, `port 8448 of example.com`: one that works, if there is one; null when it isn't known. */
export function remainingRoute(facts: Facts): string | null {
  return inWords(facts, workingTarget(facts) ?? facts.targets[0]);
}

/** The same, where a homeserver answers: at a target that works, or at one that is tried first. Null where none does. */
export function answeringRoute(facts: Facts): string | null {
  return inWords(facts, workingTarget(facts) ?? preferredTargets(facts).find(speaksMatrix));
}

function inWords(facts: Facts, target: TargetFacts | undefined): string | null {
  if (target === undefined || facts.route === null) return null;
  const where = formatHostPort(target.host, target.port);
  return facts.route.via === "srv" ? `the SRV target ${where}` : `port ${target.port} of ${target.host}`;
}

/** What to name in `m.server`: see foundTarget. After that a homeserver whose certificate must be mended first. */
export function foundPlace(facts: Facts): string | FoundHomeserver | null {
  return foundTarget(facts) ?? foundHomeserver(facts);
}

/**
 * What `m.server` would say for the homeserver that the clues found, or that the route leads to; or else what is expected. Null when
 * nothing points anywhere, or only to what was seen to be dead, or to a certificate that homeservers refuse there.
 */
export function foundTarget(facts: Facts): string | null {
  return seenTarget(facts) ?? expectedTarget(facts)?.value ?? null;
}

function seenTarget(facts: Facts): string | null {
  const found = foundHomeserver(facts);
  if (found?.certificateGood === true) return formatHostPort(found.host, found.targetPort);
  const { route } = facts;
  if (route === null) return null;
  const working = workingTarget(facts);
  if (route.delegatedName !== null) return working === undefined ? null : route.delegatedName;
  const target =
    working ?? targetToName(facts)?.target ?? (route.via === "srv" ? facts.targets.find((each) => isOpen(facts, each)) : undefined);
  if (target === undefined || !["srv", "default-port"].includes(route.via)) return null;
  const value = formatHostPort(target.host, target.port);
  // SRV targets are bytes from the network; only a server name may get into a configuration.
  if (!parseServerName(value).ok) return null;
  // For which names the certificate of an SRV target is, nobody looked.
  const isUnseen = target.srv !== undefined && !facts.settings.probe;
  return isUnseen || target.endpoints.some((endpoint) => breaksWhenNamed(endpoint, target)) ? facts.serverName : value;
}

/**
 * An SRV target where this name's homeserver answers, with a certificate that is for the target: wrong where an SRV record leads there, and
 * right for a well-known file that names it.
 */
export function targetToName(facts: Facts): { target: TargetFacts; server: string } | null {
  for (const target of facts.targets) {
    if (target.srv === undefined || isIpLiteral(target.host) || !parseServerName(formatHostPort(target.host, target.port)).ok) continue;
    for (const endpoint of target.endpoints) {
      const [tls, version, keys] = [done(endpoint.tls), done(endpoint.version), done(endpoint.keys)?.reading];
      if (tls === null || version?.server == null || keys?.kind !== "keys" || keys.serverName !== facts.serverName) continue;
      if (certificateFaults(tls, target.host, false, judgedAt(facts)).length > 0) continue;
      return { target, server: `${version.server.name} ${version.server.version}`.trim() };
    }
  }
  return null;
}

function workingTarget(facts: Facts): TargetFacts | undefined {
  return facts.targets.find(({ endpoints }) => endpoints.some((endpoint) => reachesServer(facts, endpoint) === true));
}

/** Nothing speaks against it: it wasn't tried, and has an address as far as is known. */
function isOpen(facts: Facts, target: TargetFacts): boolean {
  if (target.endpoints.length > 0) return mayWork(facts, target);
  const host = hostFacts(facts, target.host);
  return host === null || !hasNoAddress(host);
}

/**
 * Named in `m.server` with its port, the certificate must cover the target, and the Host gets the port: where either fails, the file must
 * name the server name alone, which leads the same way as no file does.
 */
function breaksWhenNamed(endpoint: EndpointFacts, { host, srv }: TargetFacts): boolean {
  const certificate = done(endpoint.tls)?.chain[0];
  if (certificate !== undefined && !certificateCovers(certificate, host, isIpLiteral(host))) return true;
  return srv === undefined && differentWithPort(endpoint) !== null;
}
