/** Observes one server name: resolution, then every address of every target, probed as soon as it is known. Decides nothing. */
import { tenths } from "./tenths.ts";
import { srvTargetMistake } from "../views/srv-target.ts";
import { BUDGET_MS, gatherClues } from "./clues/gather.ts";
import { Issuers } from "./clues/issuers.ts";
import { MAX_TARGETS, resolverUsable } from "../views/dns-outcome.ts";
import type { ClientFacts, EndpointFacts, Facts, JudgeSettings, Outcome, RouteFacts, TargetFacts } from "../facts/facts.ts";
import { parseServerName, type ServerName } from "../matrix/server-name.ts";
import { fewest, fullyAsked, LEAST_PER_ENDPOINT, MOST_ADDRESSES, requestsLeft, type Share, shareOf, wellKnownRequests } from "./budget.ts";
import { startDeadline } from "../net/deadline.ts";
import { createGate } from "../net/gate.ts";
import type { Io } from "../net/io.ts";
import type { StepId } from "../facts/output.ts";
import { SRV_SERVICES, type SpecStep } from "../facts/way.ts";
import { probeEndpoint, type EndpointAddress } from "./probe/endpoint.ts";
import { Authoritative } from "./resolver/authoritative.ts";
import { readHostsFile } from "./resolver/hosts-file-lines.ts";
import { isIpLiteral } from "../facts/address.ts";
import { askRegistration } from "./resolver/registration.ts";
import { putRight, putRightUnregistered } from "./resolver/rewritten.ts";
import { Questions, whereIs } from "./resolver/questions.ts";
import { Zones } from "./resolver/zones.ts";
import { waitedFor } from "./waited-for.ts";
import { otherWays, resolve, type OtherWay, type Resolution, type RoutedTarget } from "./resolver/resolve.ts";

export const ENDPOINTS_AT_ONCE = 16;
/** The steps of "Resolving server names" that depend on SRV records, or on their absence. */
const SRV_STEPS: readonly SpecStep[] = ["3.3", "3.4", "3.5", "4", "5", "6"];
/** Of what is only asked for those who go another way than the route: so many targets of each way, and addresses of each. */
const FALLBACK = { targets: 2, addresses: 4 };

export async function observe(io: Io, serverName: string, settings: JudgeSettings, onStep: (step: StepId) => void): Promise<Facts> {
  const began = performance.now();
  const facts = nothingKnown(serverName, settings, io.now());
  const parsed = parseServerName(serverName);
  if (!parsed.ok || parsed.name.finalDot) return facts;

  const zones = settings.authoritative === false ? null : new Zones(io, settings, io.signal);
  const questions = new Questions(io, settings.family, zones);
  const authoritative = new Authoritative(io, questions, settings);
  if (asksWellKnown(io, parsed.name)) authoritative.host(parsed.name.host, 443);
  const issuers = new Issuers(io, questions, settings.allowPrivate);
  const resolving = resolve(io, questions, issuers, parsed.name, onStep);
  const client = settings.client === true && settings.probe ? askClient(io, parsed.name, settings, resolving) : null;
  const resolution = await resolving;
  facts.wellKnown = resolution.wellKnown;
  facts.route = resolution.route;
  if (resolution.route !== null) {
    const { route } = resolution;
    if (SRV_STEPS.includes(route.specStep)) for (const service of SRV_SERVICES) authoritative.srv(service, route.tlsName);
    for (const { host, port } of resolution.targets.slice(0, MAX_TARGETS)) authoritative.host(host, port);
    const gate = createGate(ENDPOINTS_AT_ONCE);
    const most = io.mostAddresses ?? MOST_ADDRESSES;
    const tried = Math.min(resolution.targets.length, MAX_TARGETS, most);
    const spent = Math.max(0, ...resolution.targets.map(({ host }) => wellKnownRequests(facts, host)));
    const share = shareOf(tried, most, spent);
    onStep("address");
    const routedAt = performance.now();
    let addressed = routedAt;
    facts.targets = await Promise.all(
      resolution.targets.map(async (target, index) =>
        index >= tried
          ? { ...target, endpoints: [], overridden: false }
          : observeTarget(io, questions, issuers, route, target, settings, share, gate, () => {
              addressed = performance.now();
              if (settings.probe) onStep("connect");
            }),
      ),
    );
    facts.timings.address = tenths(addressed - routedAt);
    facts.timings.probe = tenths(performance.now() - addressed);
  }
  issuers.done();
  await resolution.leftovers;
  issuers.compare();
  Object.assign(facts, await questions.all());
  Object.assign(facts.timings, resolution.timings);
  // Without a resolver nothing was resolved: a route would only be what is left when every answer is missing. Unless none was needed for
  // it.
  if (!resolverUsable(facts) && !isGiven(facts)) Object.assign(facts, { route: null, targets: [] });
  const left = settings.probe ? fallbackOf(io, facts, otherWays(facts, parsed.name.host)) : null;
  const [clues, registration, fallback] = await Promise.all([
    settings.probe ? gatherClues(io, questions, facts, left?.requests) : null,
    askRegistration(io, parsed.name, facts),
    left === null ? null : observeFallback(io, questions, facts, left),
  ]);
  facts.clues = clues;
  if (fallback !== null) facts.fallback = fallback;
  if (registration !== null) facts.registration = registration;
  Object.assign(facts, await authoritative.finish(), await readHostsFile(io, authoritative.hosts));
  if (client !== null) facts.client = await client;
  putRight(facts);
  await putRightUnregistered(io, parsed.name, facts);
  facts.durationMs = tenths(performance.now() - began);
  if (io.signal.aborted) {
    const isTime = io.signal.reason instanceof DOMException && io.signal.reason.name === "TimeoutError";
    facts.stopped = { because: isTime ? "deadline" : "aborted", afterMs: facts.durationMs, waitedFor: waitedFor(facts) };
  }
  return facts;
}

/** Beside the rest; its code is loaded only when it is asked for. */
async function askClient(io: Io, name: ServerName, settings: JudgeSettings, resolving: Promise<Resolution>): Promise<ClientFacts> {
  const routed = resolving.then(
    ({ route, targets }) => (route === null ? null : { tlsName: route.tlsName, port: targets[0]?.port ?? null }),
    () => null,
  );
  const { observeClient } = await import("./client/client.ts");
  return observeClient(io, name, settings, routed);
}

function asksWellKnown(io: Io, { kind, port }: ServerName): boolean {
  return kind === "dns" && port === null && io.wellKnownFile == null;
}

/** The facts before anything was asked, which are also those of an invalid name. */
export function nothingKnown(serverName: string, settings: JudgeSettings, startedAt: Date): Facts {
  return {
    serverName,
    startedAt: startedAt.toISOString(),
    durationMs: 0,
    settings,
    wellKnown: { status: "skipped", because: "not-needed", note: "the server name is invalid" },
    srv: [],
    hosts: [],
    route: null,
    targets: [],
    clues: null,
    timings: { wellKnown: 0, srv: 0, address: 0, probe: 0 },
  };
}

/** The well-known was read where --connect-to says and leads to an address, or to where --connect-to says. */
function isGiven({ route, targets }: Facts): boolean {
  return route?.via === "well-known" && targets.every(({ host, overridden }) => overridden || isIpLiteral(host));
}

async function observeTarget(
  io: Io,
  questions: Questions,
  issuers: Issuers,
  route: RouteFacts,
  target: RoutedTarget,
  settings: JudgeSettings,
  share: Share,
  gate: <T>(run: () => Promise<T>) => Promise<T>,
  onAddresses: () => void,
): Promise<TargetFacts> {
  // Nobody gets to port 0, or to what is no name; to an IP address some do, although RFC 2782 demands a host name. The rules say so.
  if (target.port === 0 || (target.srv !== undefined && srvTargetMistake(target.host) !== null))
    return { ...target, endpoints: [], overridden: false };
  const { addresses, port, overridden } = await whereIs(io, questions, target.host, target.port);
  onAddresses();
  const wanted = addresses.filter(({ family }) => settings.family === null || settings.family === family);
  // Without connections nobody is bothered.
  const chosen = settings.probe ? fewest(wanted, share.addresses) : wanted;
  const deep = settings.deep === true;
  const all = deep ? 5 : 4;
  const fully = fullyAsked(chosen.length, share.requests, all);
  // One of its requests may have to be made twice.
  const few = io.fewConnections === true && chosen.length * (all + 1) <= share.requests;
  const endpoints = await Promise.all(
    chosen.map(async ({ address, family }, index) => {
      const at: EndpointAddress = { address, family, port, targetPort: target.port };
      const requests = index < fully ? (deep ? "deep" : "all") : "least";
      return settings.probe
        ? gate(() => probeEndpoint(io, route, at, issuers, { requests, everybody: index < share.everybody, few }))
        : notProbed(at);
    }),
  );
  return { ...target, endpoints, overridden };
}

interface Fallback {
  places: { route: RouteFacts; target: RoutedTarget }[];
  /** Of each target. */
  addresses: number;
  /** To all of them. */
  requests: number;
}

/** What may be asked of those to whom the route doesn't lead, of all that one check asks; null for nobody. */
function fallbackOf(io: Io, facts: Facts, ways: readonly OtherWay[]): Fallback | null {
  const key = ({ host, port }: Pick<RoutedTarget, "host" | "port">): string => `${host.toLowerCase()}:${port}`;
  const routed = facts.targets.map(key);
  const all = ways.flatMap(({ route, targets }) => targets.slice(0, FALLBACK.targets).map((target) => ({ route, target })));
  const known = [...routed, ...all.map(({ target }) => key(target))];
  const places = all.filter(({ target }, index) => known.indexOf(key(target)) === routed.length + index);
  const connected = facts.targets.reduce((sum, { endpoints }) => sum + endpoints.length, 0);
  const most = Math.min(
    (io.mostAddresses ?? MOST_ADDRESSES) - connected,
    Math.floor(requestsLeft(facts, io.fewConnections === true) / LEAST_PER_ENDPOINT),
  );
  const addresses = places.length === 0 ? 0 : Math.min(FALLBACK.addresses, Math.floor(most / places.length));
  return addresses < 1 ? null : { places, addresses, requests: LEAST_PER_ENDPOINT * addresses * places.length };
}

/** Where those go who don't read the file, or drop the SRV records: the version and the keys. */
async function observeFallback(
  whole: Io,
  questions: Questions,
  { settings }: Facts,
  { places, addresses }: Fallback,
): Promise<TargetFacts[]> {
  const deadline = startDeadline(BUDGET_MS, whole.signal);
  const io = { ...whole, signal: deadline.signal };
  const issuers = new Issuers(io, questions, settings.allowPrivate);
  try {
    const gate = createGate(ENDPOINTS_AT_ONCE);
    const share = { addresses, requests: 0, everybody: 0 };
    return await Promise.all(
      places.map(({ route, target }) => observeTarget(io, questions, issuers, route, target, settings, share, gate, () => {})),
    );
  } finally {
    issuers.done();
    deadline.done();
  }
}

/** `resolve`: the endpoints are named and left alone. */
function notProbed({ address, family, port }: EndpointAddress): EndpointFacts {
  const left: Outcome<never> = { status: "skipped", because: "not-needed", note: "only resolution was asked for" };
  return {
    address,
    family,
    port,
    tcp: left,
    tls: left,
    version: left,
    keys: left,
    encodedPath: left,
    hostPort: left,
    olderTls: left,
    alpn: left,
  };
}
