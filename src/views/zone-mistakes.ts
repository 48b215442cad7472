/** What the mistakes of zone files mean for the checked name: whether what it needs depends on them. Pure. */
import type { Facts, HostFacts, SrvFacts, ZoneFileFacts, ZoneMistake, ZoneService } from "../facts/facts.ts";
import { addressesOf, hostFacts, usedHosts } from "./hosts.ts";
import { done } from "./outcome.ts";
import { routeWorks } from "./route.ts";

/** Types that an address comes from; empty: it isn't known which it is. */
const OF_ADDRESSES = ["A", "AAAA", "CNAME", "DNAME", "ALIAS", "ANAME", ""];
const OF_SERVICES = ["SRV", "CNAME", "DNAME", ""];

/** `none`: nothing that is checked depends on it. `lost`: a record that it needs isn't there. `wrong`: what it needs is wrong. */
export type Effect = "none" | "lost" | "wrong";

export function effectOf(facts: Facts, mistake: ZoneMistake, origin: string): Effect {
  const { kind, name, type, became, meant } = mistake;
  switch (kind) {
    case "missing-final-dot":
      if (type === "SOA" || type === "$ORIGIN") return type === "SOA" || !isNeededBelow(facts, meant) ? "none" : "lost";
      if (isSame(name, became)) return isLost(facts, meant, type) ? "lost" : isNeeded(facts, name, type) ? "wrong" : "none";
      // Resolvers may ask the servers that the zone itself names; some servers don't load it.
      if (type === "NS") return isSame(name, origin) && usesZone(facts, origin) ? "wrong" : "none";
      return isNeeded(facts, name, type) || isNeeded(facts, became, "") ? "wrong" : "none";
    case "target-is-address":
    case "cname-and-other":
    case "several-cnames":
    case "comment-sign":
      return isNeeded(facts, name, kind === "cname-and-other" ? "" : type === "" ? "-" : type) ? "wrong" : "none";
    case "srv-target-without-address":
      return isNeeded(facts, name, "SRV") ? "wrong" : "none";
    case "srv-fields":
      return isNeeded(facts, name, "SRV") ? "lost" : "none";
    case "unreadable":
      return name !== "" && isNeeded(facts, name, type) ? "wrong" : "none";
    case "at-sign":
      if (isSame(name, became)) return isLost(facts, meant, type) ? "lost" : "none";
      return isNeeded(facts, name, type) ? "wrong" : "none";
    case "near-miss":
      return isLost(facts, meant, "SRV") ? "lost" : "none";
    case "outside-zone":
      return isLost(facts, became ?? name, type) ? "lost" : "none";
    // These don't change what servers and homeservers see, or are the concern of a rule of their own.
    case "srv-target-is-cname":
    case "duplicate-record":
    case "several-soa":
    case "no-soa":
    case "unknown-type":
    case "line-ends":
    case "byte-order-mark":
    case "no-ttl":
    case "mailbox":
      return "none";
  }
}

/** How it weighs: what is lost need not matter, when homeservers find their way without it. */
export function isGrave(facts: Facts, effect: Effect): boolean {
  return effect === "wrong" || (effect === "lost" && routeWorks(facts) !== true);
}

/** Matrix' SRV records of the zone that stand at another name than the one that is asked for, when it has none. */
export function strayServices(facts: Facts, { services = [], mistakes }: ZoneFileFacts): ZoneService[] {
  if (facts.route?.via !== "default-port" || routeWorks(facts) === true) return [];
  const needed = routeSrvNames(facts);
  if (needed.some(({ outcome }) => (done(outcome)?.records.length ?? 0) > 0)) return [];
  const bases = needed.map(({ base }) => fold(base));
  const isTold = ({ line, file }: ZoneService): boolean => mistakes.some((each) => each.line === line && each.file === file);
  const isNear = (base: string, asked: string): boolean => asked.endsWith(`.${base}`) || base.endsWith(`.${asked}`);
  return services.filter((each) => !bases.includes(each.base) && bases.some((asked) => isNear(each.base, asked)) && !isTold(each));
}

function routeSrvNames({ srv }: Facts): SrvFacts[] {
  return srv.filter(({ role }) => role === "route");
}

/** The check asks for that name and type; an empty type is any of them. */
export function isNeeded(facts: Facts, name: string | null, type: string): boolean {
  if (name === null) return false;
  const wanted = fold(name);
  return (
    (OF_ADDRESSES.includes(type) && addressNames(facts).includes(wanted)) ||
    (OF_SERVICES.includes(type) && routeSrvNames(facts).some(({ service, base }) => `${service}.${fold(base)}` === wanted))
  );
}

/** Hosts, and what their aliases lead to. */
function addressNames(facts: Facts): string[] {
  return usedHosts(facts).flatMap(namesOf);
}

function namesOf({ host, a, aaaa }: HostFacts): string[] {
  return [host, ...[a, aaaa].flatMap((outcome) => done(outcome)?.chain.map(({ target }) => fold(target)) ?? [])];
}

/** The hosts whose addresses are those of that name: itself, and what is an alias of it. */
export function hostsBehind(facts: Facts, name: string): string[] {
  return usedHosts(facts).flatMap((host) => (namesOf(host).includes(fold(name)) ? [host.host] : []));
}

/** A record of that name would be needed, and there is none. */
function isLost(facts: Facts, meant: string | null, type: string): boolean {
  if (meant === null) return false;
  const wanted = fold(meant);
  if (OF_ADDRESSES.includes(type)) {
    const host = addressNames(facts).includes(wanted) ? hostFacts(facts, wanted) : null;
    if (host !== null && addressesOf(host).length === 0) return true;
  }
  if (!OF_SERVICES.includes(type)) return false;
  const asked = routeSrvNames(facts);
  const own = asked.find(({ service, base }) => `${service}.${fold(base)}` === wanted);
  if (own === undefined || facts.route?.via === "srv")
    return own !== undefined && (done(own.outcome)?.records.length ?? 0) === 0 && isCurrent(own);
  return asked.every(({ outcome }) => (done(outcome)?.records.length ?? 0) === 0);
}

function isCurrent({ service }: SrvFacts): boolean {
  return service === "_matrix-fed._tcp";
}

/** Some name that is needed is that one, or below it. */
function isNeededBelow(facts: Facts, meant: string | null): boolean {
  const zone = fold(meant ?? "");
  const names = [...addressNames(facts), ...routeSrvNames(facts).map(({ service, base }) => `${service}.${fold(base)}`)];
  return zone !== "" && names.some((name) => name === zone || name.endsWith(`.${zone}`)) && routeWorks(facts) !== true;
}

/** The check asked for a name in that zone. */
export function usesZone(facts: Facts, origin: string): boolean {
  const zone = fold(origin);
  const names = [facts.serverName, ...facts.hosts.map(({ host }) => host), ...facts.srv.map(({ base }) => base)].map(fold);
  return zone === "." || names.some((name) => name === zone || name.endsWith(`.${zone}`));
}

function isSame(one: string, other: string | null): boolean {
  return other !== null && fold(one) === fold(other);
}

function fold(name: string): string {
  return name === "." ? name : name.toLowerCase().replace(/\.$/, "");
}
