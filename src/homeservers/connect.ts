/** The part of a walk from a host and a port: its addresses, and which of them is taken. */
import type { Facts, TargetFacts } from "../facts/facts.ts";
import { isIpLiteral, place } from "../facts/address.ts";
import { notPublic } from "../views/address-kind.ts";
import { lookupFailed } from "../views/dns-outcome.ts";
import { addressesOf, hostFacts } from "../views/hosts.ts";
import type { PlacedEndpoint } from "../views/endpoints.ts";
import { walkEndpoint, type Expected } from "./endpoint.ts";
import type { Failure } from "./failure.ts";
import { labelFaults } from "./labels.ts";
import type { Homeserver } from "./model.ts";
import { fails, NOTHING, oneOf, unclear, works, type Part } from "./part.ts";

export interface Destination extends Expected {
  host: string;
  port: number;
  /** It is an SRV record's target. */
  srv: boolean;
  /**
   * Something that was published names this place. One that nothing names, as port 8448 of a name that delegates, and that nobody asked,
   * isn't taken for a homeserver.
   */
  named: boolean;
}

export function connect(homeserver: Homeserver, facts: Facts, to: Destination): Part {
  const host = to.host.toLowerCase().replace(/\.$/, "");
  const refused = (to.srv ? homeserver.names.refusesInSrv : homeserver.names.refuses).is;
  const odd = labelFaults(host);
  if (odd.length > 0 && refused === null) return unclear();
  const part = connectAt(homeserver, facts, to, host);
  if (!odd.some((fault) => refused?.includes(fault))) return part;
  // Another name alone wouldn't lead it there, where something else is wrong as well.
  const refusal = fails("name:odd-label", [host, to.host, `${host}:${to.port}`]);
  return { ...refusal, failures: [...refusal.failures, ...part.failures] };
}

function connectAt(homeserver: Homeserver, facts: Facts, to: Destination, host: string): Part {
  if (to.port === 0) return fails("srv:port-zero", [host, `${host}:0`]);

  const target = [...facts.targets, ...(facts.fallback ?? [])].find((each) => each.port === to.port && sameHost(each.host, host));
  if (target === undefined) return unseen(facts, to, host);
  if (target.endpoints.length === 0) return withoutAddress(facts, host);
  return atAddresses(homeserver, facts, target, host, to);
}

function sameHost(a: string, b: string): boolean {
  return a.toLowerCase().replace(/\.$/, "") === b;
}

/** A place that the check didn't go to, as the specification doesn't lead there. */
function unseen(facts: Facts, to: Destination, host: string): Part {
  if (facts.route === null) return unclear();
  const found = facts.clues?.homeservers.found.find((each) => each.targetPort === to.port && sameHost(each.host, host));
  if (found !== undefined) {
    const good = found.certificateGood && sameHost(to.tlsName, host) && (found.keysName === null || found.keysName === facts.serverName);
    return good ? { endings: [{ answers: true, serves: true, verifies: true, via: null }], failures: [] } : unclear();
  }
  const known = hostFacts(facts, host);
  if (known !== null && addressesOf(known).length === 0) return withoutAddress(facts, host);
  const tried = facts.clues?.homeservers.tried.includes(`${host}:${to.port}`) === true;
  return to.named && !tried ? unclear() : { endings: [{ ...NOTHING, via: null }], failures: [] };
}

function withoutAddress(facts: Facts, host: string): Part {
  const known = hostFacts(facts, host);
  if (known === null) return unclear();
  const outcomes = [known.a, known.aaaa];
  if (outcomes.some(lookupFailed)) return fails("address:lookup-failed", [host]);
  if (outcomes.some((outcome) => outcome.status === "done" && outcome.value.loop)) return fails("address:cname-loop", [host]);
  if (outcomes.some(({ status }) => status !== "done")) return unclear();
  return fails("address:none", [host]);
}

function atAddresses(homeserver: Homeserver, facts: Facts, target: TargetFacts, host: string, to: Destination): Part {
  const all = target.endpoints.map((endpoint): PlacedEndpoint => ({ ...endpoint, target, place: place(endpoint.address, endpoint.port) }));
  const allowed = facts.settings.allowPrivate || target.overridden ? all : withoutPrivate(homeserver, facts, all, isIpLiteral(host));
  if (allowed.length === 0) return fails("address:not-public", [host, ...all.map((each) => each.place)]);
  const usable = homeserver.addresses.families.is === "ipv4" ? allowed.filter(({ family }) => family === 4) : allowed;
  if (usable.length === 0) return withoutIpv4(facts, host, [host, place(host, to.port), ...allowed.map((each) => each.place)]);

  const taken = choose(homeserver, usable);
  return oneOf(taken.map((endpoint) => walkEndpoint(homeserver, facts, endpoint, to)));
}

/** It may have IPv4 addresses that this check couldn't see, or didn't ask for. */
function withoutIpv4(facts: Facts, host: string, places: readonly string[]): Part {
  const a = hostFacts(facts, host)?.a;
  if (a !== undefined && lookupFailed(a)) return fails("address:lookup-failed", [host]);
  return facts.settings.family === 6 && !isIpLiteral(host) ? unclear() : fails("address:ipv6-only", places);
}

/** Nobody outside can reach an address that isn't public, whatever its own rules; some rules cost the public ones beside it. */
function withoutPrivate(
  homeserver: Homeserver,
  facts: Facts,
  endpoints: readonly PlacedEndpoint[],
  isLiteral: boolean,
): readonly PlacedEndpoint[] {
  const open = endpoints.filter(({ address }) => notPublic(facts, address) === null);
  if (open.length === endpoints.length) return endpoints;
  return open.length === 0 || isLiteral || homeserver.addresses.notPublic.is === "drops-all" ? [] : open;
}

/** The addresses that it may end at. */
function choose(homeserver: Homeserver, endpoints: readonly PlacedEndpoint[]): readonly PlacedEndpoint[] {
  const { choice } = homeserver.addresses;
  if (choice.is === "first") return endpoints;
  const four = endpoints.filter(({ family }) => family === 4);
  const candidates = choice.is === "ipv4-first" && four.length > 0 ? four : endpoints;
  const connecting = candidates.filter(({ tcp }) => tcp.status !== "failed");
  return connecting.length > 0 ? connecting : candidates;
}

/** No address of it can be connected to, so that those who try the next one do. */
export function isUnconnected({ endings, failures }: Part): boolean {
  return !endings.some(works) && failures.length > 0 && failures.every(isBeforeTls);
}

function isBeforeTls({ mechanism }: Failure): boolean {
  return /^(connect|address):/.test(mechanism) || mechanism === "srv:port-zero" || mechanism === "srv:target-malformed";
}
