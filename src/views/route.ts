/** The route as a whole: whether it works, which of its targets come first, and by which SRV answer it was found. */
import type { Facts, HostFacts, RouteFacts, SrvRecord, TargetFacts } from "../facts/facts.ts";
import type { Severity } from "../facts/output.ts";
import { isIpLiteral } from "../facts/address.ts";
import { lookupFailed } from "./dns-outcome.ts";
import { endpointsOf } from "./endpoints.ts";
import { reachesServer } from "./endpoint-works.ts";
import { hostFacts } from "./hosts.ts";
import { done } from "./outcome.ts";

/** The route works for at least one endpoint. Null: nothing could be tested (no probe was asked for, or this machine can't). */
export function routeWorks(facts: Facts): boolean | null {
  const verdicts = endpointsOf(facts).map((endpoint) => reachesServer(facts, endpoint));
  if (verdicts.includes(true)) return true;
  if (facts.route === null) return null;
  if (!verdicts.includes(false) && facts.targets.some((target) => isLeftOut(facts, target))) return null;
  return preferredTargets(facts).some((target) => mayWork(facts, target)) || (verdicts.includes(null) && !verdicts.includes(false))
    ? null
    : false;
}

/** Under -4 or -6 a target may have addresses of the other family only; those of a LUA record in a zone file aren't known. */
export function isLeftOut(facts: Facts, { endpoints, host }: TargetFacts): boolean {
  return endpoints.length === 0 && (isIpLiteral(host) ? facts.settings.family !== null : isHalfAsked(hostFacts(facts, host)));
}

/**
 * Nothing is known of the target, or nothing but that IPv6 fails. An IPv4 address that fails is a fault whatever this machine doesn't know
 * about IPv6: homeservers without IPv6 have nothing else.
 */
export function mayWork(facts: Facts, target: TargetFacts): boolean {
  if (isLeftOut(facts, target)) return true;
  const judged = target.endpoints.map((endpoint) => ({ family: endpoint.family, works: reachesServer(facts, endpoint) }));
  const open = judged.filter(({ works }) => works === null);
  return (
    open.length > 0 && judged.every(({ works, family }) => works !== false || (family === 6 && open.some((each) => each.family === 4)))
  );
}

/** One family was left out on purpose, or only the zone's own server knows it, and the other one gave no address without failing. */
function isHalfAsked(host: HostFacts | null): boolean {
  if (host === null || [host.a, host.aaaa].some(lookupFailed)) return false;
  return [host.a, host.aaaa].some(
    (outcome) => outcome.status === "skipped" || (outcome.status === "untested" && outcome.because === "zone-file"),
  );
}

/** Something that speaks Matrix answers on the route, whatever else is wrong with it. */
export function homeserverReached(facts: Facts): boolean {
  return facts.targets.some(speaksMatrix);
}

export function speaksMatrix({ endpoints }: TargetFacts): boolean {
  return endpoints.some((endpoint) => {
    const version = done(endpoint.version);
    const keys = done(endpoint.keys);
    return version?.server != null || version?.response.matrixError != null || keys?.reading?.kind === "keys";
  });
}

/** Severity of a fault whose weight depends on what remains: `error` when the remaining route doesn't work. */
export function unlessRouteWorks(facts: Facts, mild: Severity): Severity {
  return routeWorks(facts) === false ? "error" : mild;
}

/** The SRV answer that the route uses. */
export function routeSrv(facts: Facts): { service: string; base: string; records: SrvRecord[] } | null {
  if (facts.route === null || facts.route.via !== "srv") return null;
  const service = ["3.3", "4"].includes(facts.route.specStep) ? "_matrix-fed._tcp" : "_matrix._tcp";
  const found = facts.srv.find((srv) => srv.role === "route" && srv.service === service);
  return found === undefined ? null : { service, base: found.base, records: done(found.outcome)?.records ?? [] };
}

/** The targets that a homeserver may try first: those of the least priority. */
export function preferredTargets(facts: Facts): TargetFacts[] {
  return preferredAmong(facts.targets);
}

export function preferredAmong(targets: readonly TargetFacts[]): TargetFacts[] {
  const least = Math.min(...targets.map((target) => target.srv?.priority ?? 0));
  return targets.filter((target) => (target.srv?.priority ?? 0) === least);
}

/**
 * A target after the preferred ones: what is wrong with its record isn't what keeps homeservers away, nor explains what is wrong at
 * those.
 */
export function isBackup(facts: Facts, target: TargetFacts): boolean {
  return !preferredTargets(facts).includes(target);
}

/** Homeservers are led to this host by backup targets alone. */
export function isOfBackupsOnly(facts: Facts, host: string): boolean {
  const leading = facts.targets.filter((target) => target.host.toLowerCase() === host.toLowerCase());
  return leading.length > 0 && leading.every((target) => isBackup(facts, target));
}

export function targetWorks(facts: Facts, { endpoints }: TargetFacts): boolean {
  return endpoints.some((endpoint) => reachesServer(facts, endpoint) === true);
}

/**
 * The route, when it is known for sure. Null when a question that decides it wasn't answered because of this machine: then nothing can be
 * said of it.
 */
export function knownRoute(facts: Facts): RouteFacts | null {
  return facts.srv.some(({ role, outcome }) => role === "route" && outcome.status === "untested") ? null : facts.route;
}

/** No file and no record says where a server with an IP literal or a port as its name is (steps 1 and 2). */
export function isSettledByName({ route }: Facts): boolean {
  return route !== null && ["1", "2"].includes(route.specStep);
}
