/** Views on the facts that several rules share: pure, small, and without a word about any fault. */
import { certificateFaults } from "./certificate.ts";
import type {
  EndpointFacts,
  Facts,
  FoundHomeserver,
  HostFacts,
  Outcome,
  SrvRecord,
  TargetFacts,
  TlsFacts,
  WellKnownFacts,
} from "../facts/facts.ts";
import { lookupFailed } from "./dns-outcome.ts";
import { wellKnownResults, type WellKnownResult } from "./well-known-result.ts";
import type { Severity } from "../facts/output.ts";

export interface PlacedEndpoint extends EndpointFacts {
  target: TargetFacts;
  /** `203.0.113.7:8448`, `[2001:db8::1]:8448`. */
  place: string;
}

export function place(address: string, port: number): string {
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}

/** All endpoints of all targets, in the order in which a homeserver tries them. */
export function endpointsOf(facts: Facts): PlacedEndpoint[] {
  return facts.targets.flatMap((target) =>
    target.endpoints.map((endpoint) => ({ ...endpoint, target, place: place(endpoint.address, endpoint.port) })),
  );
}

/** The moment for which is judged. */
export function judgedAt(facts: Facts): Date {
  return new Date(facts.startedAt);
}

/** Remote text for a sentence: in double quotes, cut. Control characters are made visible where it is shown. */
export function quote(text: string, max = 80): string {
  return `"${text.length > max ? `${text.slice(0, max)}…` : text}"`;
}

/** "a", "a and b", "a, b and 3 more". */
export function list(items: readonly string[], max = 4): string {
  if (items.length <= 1) return items.join("");
  if (items.length > max) return `${items.slice(0, max).join(", ")} and ${items.length - max} more`;
  return `${items.slice(0, -1).join(", ")} and ${items.at(-1) ?? ""}`;
}

/** Milliseconds as people read them: `84 ms`, `2.5 s`. */
export function duration(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

/** Groups by what a finding would say, so that one fault on four addresses is one finding with four places. */
export function groupBy<T>(items: Iterable<T>, key: (item: T) => string): T[][] {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(key(item));
    if (group === undefined) groups.set(key(item), [item]);
    else group.push(item);
  }
  return [...groups.values()];
}

/** The value when it is there. */
export function done<T>(outcome: Outcome<T>): T | null {
  return outcome.status === "done" ? outcome.value : null;
}

/** The endpoint's TLS facts and what is wrong with its certificate for the name of the route. */
export function certificateOf(
  facts: Facts,
  endpoint: EndpointFacts,
): { tls: TlsFacts; faults: ReturnType<typeof certificateFaults> } | null {
  const tls = done(endpoint.tls);
  if (tls === null || facts.route === null) return null;
  return { tls, faults: certificateFaults(tls, facts.route.tlsName, facts.route.tlsNameIsIp, judgedAt(facts)) };
}

/** A homeserver that follows the specification gets its answers from this endpoint. Null: this machine can't tell. */
export function endpointWorks(facts: Facts, endpoint: EndpointFacts): boolean | null {
  const outcomes = [endpoint.tcp, endpoint.tls, endpoint.version, endpoint.keys];
  if (outcomes.some((outcome) => outcome.status === "failed")) return false;
  if (outcomes.some((outcome) => outcome.status !== "done")) return null;
  if (certificateOf(facts, endpoint)?.faults.length !== 0) return false;
  const version = done(endpoint.version);
  const keys = done(endpoint.keys)?.reading;
  // `server` is optional in the answer (GET /version); the keys say that it is a homeserver.
  const hasVersion = version !== null && (version.server !== null || version.problem === "no server object");
  return hasVersion && keys?.kind === "keys" && keys.serverName === facts.serverName;
}

/** The route works for at least one endpoint. Null: nothing could be tested (no probe was asked for, or this machine can't). */
export function routeWorks(facts: Facts): boolean | null {
  const verdicts = endpointsOf(facts).map((endpoint) => endpointWorks(facts, endpoint));
  if (verdicts.includes(true)) return true;
  if (facts.route === null) return null;
  // Under -4 or -6 a target may have addresses of the other family only.
  if (
    !verdicts.includes(false) &&
    facts.targets.some(({ endpoints, host }) => endpoints.length === 0 && isHalfAsked(hostFacts(facts, host)))
  )
    return null;
  return preferredTargets(facts).some((target) => mayWork(facts, target)) || (verdicts.includes(null) && !verdicts.includes(false))
    ? null
    : false;
}

/**
 * Nothing is known of the target, or nothing but that IPv6 fails. An IPv4 address that fails is a fault whatever this machine doesn't know
 * about IPv6: homeservers without IPv6 have nothing else.
 */
export function mayWork(facts: Facts, { endpoints }: TargetFacts): boolean {
  const judged = endpoints.map((endpoint) => ({ family: endpoint.family, works: endpointWorks(facts, endpoint) }));
  const open = judged.filter(({ works }) => works === null);
  return (
    open.length > 0 && judged.every(({ works, family }) => works !== false || (family === 6 && open.some((each) => each.family === 4)))
  );
}

/** One family was left out on purpose, and the other one gave no address without failing. */
function isHalfAsked(host: HostFacts | null): boolean {
  return host !== null && [host.a, host.aaaa].some(({ status }) => status === "skipped") && ![host.a, host.aaaa].some(lookupFailed);
}

/** Something that speaks Matrix answers on the route, whatever else is wrong with it. */
export function homeserverReached(facts: Facts): boolean {
  return endpointsOf(facts).some((endpoint) => {
    const version = done(endpoint.version);
    const keys = done(endpoint.keys);
    return version?.server != null || version?.response.matrixError != null || keys?.reading?.kind === "keys";
  });
}

/** Severity of a fault whose weight depends on what remains: `error` when the remaining route doesn't work. */
export function unlessRouteWorks(facts: Facts, mild: Severity): Severity {
  return routeWorks(facts) === false ? "error" : mild;
}

/** The addresses' well-known results, when none of them is a valid delegation: only then is each one's fault a finding of its own. */
export function wellKnownFaults<K extends WellKnownResult["kind"]>(
  facts: Facts,
  ...kinds: K[]
): { place: string; url: string; result: Extract<WellKnownResult, { kind: K }> }[] {
  const results = wellKnownResults(facts);
  if (results.some(({ result }) => result.kind === "valid")) return [];
  return results.flatMap(({ attempt, result }) =>
    (kinds as string[]).includes(result.kind)
      ? [
          {
            place: place(attempt.address, attempt.port),
            url: attempt.hops.at(-1)?.url ?? wellKnownUrl(facts),
            result: result as Extract<WellKnownResult, { kind: K }>,
          },
        ]
      : [],
  );
}

export function wellKnownUrl(facts: Facts): string {
  return facts.wellKnown.status === "done" ? facts.wellKnown.value.url : `https://${facts.serverName}/.well-known/matrix/server`;
}

export function hostFacts(facts: Facts, host: string): HostFacts | null {
  const wanted = host.toLowerCase().replace(/\.$/, "");
  return facts.hosts.find((each) => each.host === wanted) ?? null;
}

export function addressesOf(host: HostFacts): string[] {
  return [host.a, host.aaaa].flatMap((outcome) => done(outcome)?.records.map((record) => record.address) ?? []);
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
  const least = Math.min(...facts.targets.map((target) => target.srv?.priority ?? 0));
  return facts.targets.filter((target) => (target.srv?.priority ?? 0) === least);
}

/** The hosts whose addresses the check depended on: the well-known's and the targets'. Others were asked ahead of need. */
export function usedHosts(facts: Facts): HostFacts[] {
  const names = facts.targets.filter((target) => !target.overridden).map((target) => target.host.toLowerCase());
  if (facts.wellKnown.status === "done" && !isOverridden(facts, facts.wellKnown.value))
    names.push(facts.wellKnown.value.host.toLowerCase());
  return facts.hosts.filter((host) => names.includes(host.host));
}

/** The well-known was asked at addresses that DNS doesn't have: they come from --connect-to. */
function isOverridden(facts: Facts, { host, attempts }: WellKnownFacts): boolean {
  const known = hostFacts(facts, host);
  return attempts.length > 0 && known !== null && !attempts.some(({ address }) => addressesOf(known).includes(address));
}

/** Both families were answered, and there is no address. */
export function hasNoAddress(host: HostFacts): boolean {
  return [host.a, host.aaaa].every(
    (outcome) => outcome.status === "done" && !lookupFailed(outcome) && !outcome.value.loop && outcome.value.records.length === 0,
  );
}

/** What the name servers said of a name without addresses: NXDOMAIN, or only no data of these types. */
export function whyNoAddress(host: HostFacts): string {
  return done(host.a)?.rcode === "NXDOMAIN"
    ? `The name ${host.host} doesn't exist in DNS (NXDOMAIN)`
    : `The name ${host.host} exists, but has neither an A nor an AAAA record`;
}

export function isIpText(host: string): boolean {
  return host.includes(":") || /^\d+\.\d+\.\d+\.\d+$/.test(host);
}

/** A homeserver of this server name that the clues found where nothing leads; one with a good certificate before others. */
export function foundHomeserver(facts: Facts): FoundHomeserver | null {
  const own = facts.clues?.homeservers.found.filter(({ keysName }) => keysName === null || keysName === facts.serverName) ?? [];
  return own.find(({ certificateGood }) => certificateGood) ?? own[0] ?? null;
}
