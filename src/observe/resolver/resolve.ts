/**
 * From a server name to the hosts and ports behind it, as the Matrix Server-Server API, "Resolving server names", demands.
 * Decides nothing but the route; what is wrong on the way is for the rules to say.
 */
import { DEFAULT_PORT } from "../../matrix/paths.ts";
import { tenths } from "../tenths.ts";
import { isUsable, MAX_TARGETS, resolverUsable } from "../../views/dns-outcome.ts";
import type { DnsOutcome, Facts, HostFacts, Outcome, RouteFacts, SrvFacts, SrvRecord, WellKnownFacts } from "../../facts/facts.ts";
import { isIpLiteral } from "../../facts/address.ts";
import { maybeLost } from "../../views/lost-file.ts";
import { mayBeDropped, usedService } from "../../views/lost-records.ts";
import { decidingAttempt } from "../../views/well-known-result.ts";
import type { ServerName } from "../../matrix/server-name.ts";
import type { Io } from "../../net/io.ts";
import type { StepId } from "../../facts/output.ts";
import type { SrvService } from "../../facts/way.ts";
import type { Issuers } from "../clues/issuers.ts";
import { type Questions } from "./questions.ts";
import { fetchWellKnown } from "./well-known.ts";

/** Owner names that admins publish by mistake; asked only when the right ones don't exist. */
const WRONG_SERVICES = ["_matrix-identity._tcp", "_matrix-fed._udp", "_matrix._udp", "_matrix-federation._tcp"];

export interface RoutedTarget {
  host: string;
  port: number;
  srv?: { service: SrvService; priority: number; weight: number };
}

export interface Resolution {
  wellKnown: Outcome<WellKnownFacts>;
  /** Null when this machine couldn't ask for the well-known: any route would be a guess. */
  route: RouteFacts | null;
  targets: RoutedTarget[];
  /** Ends when the questions that only look for leftovers and mistakes are answered. */
  leftovers: Promise<unknown>;
  timings: { wellKnown: number; srv: number };
}

export async function resolve(
  io: Io,
  questions: Questions,
  issuers: Issuers | null,
  name: ServerName,
  onStep: (step: StepId) => void,
): Promise<Resolution> {
  if (name.kind !== "dns") {
    return direct(
      { specStep: "1", via: "ip-literal", hostHeader: name.text, tlsName: name.host, tlsNameIsIp: true },
      name.dnsHost,
      name.port ?? DEFAULT_PORT,
      "the server name is an IP literal",
    );
  }
  if (name.port !== null) {
    return direct(
      { specStep: "2", via: "explicit-port", hostHeader: name.text, tlsName: name.host, tlsNameIsIp: false },
      name.host,
      name.port,
      "the server name has a port",
    );
  }

  // Everything that may be needed is asked at once; what the route depends on is known when the well-known is.
  onStep("well-known");
  const began = performance.now();
  const own = [questions.srv("_matrix-fed._tcp", name.host, "other"), questions.srv("_matrix._tcp", name.host, "other")] as const;
  const prefetched = Promise.all(own).then((answers) => Promise.all(answers.flatMap(targetHosts).map((host) => questions.host(host))));
  // Without issuers somebody only looks where the name leads.
  const [fetched] = await Promise.all([
    timed(fetchWellKnown(io, questions, issuers, name.host, issuers === null ? "synapse" : "everybody")),
    io.connectTo.resolve(name.host, DEFAULT_PORT).addresses === null ? questions.host(name.host) : null,
  ]);
  const wellKnown = { value: fetched.value.facts, ms: fetched.ms };
  const besides = Promise.all([prefetched, fetched.value.others]);
  const decided = decidingAttempt(wellKnown.value.attempts, io.now());
  const shared = { wellKnown: { status: "done", value: wellKnown.value, ms: wellKnown.ms } as const, leftovers: besides };

  // Who answers there is only the zone's own server to know.
  const isUnknown =
    wellKnown.value.attempts.length === 0 &&
    io.connectTo.resolve(name.host, 443).addresses === null &&
    leavesToServer(await questions.host(name.host));
  if (decided?.result.kind === "untested" || isUnknown)
    return { ...shared, route: null, targets: [], timings: { wellKnown: wellKnown.ms, srv: 0 } };
  if (decided?.result.kind !== "valid") return withLeftovers(name.host, await bySrv(name.host, null, ["4", "5", "6"]));
  const { value, name: delegated } = decided.result;
  const timings = { wellKnown: wellKnown.ms, srv: 0 };
  if (delegated.kind !== "dns") {
    const route: RouteFacts = {
      specStep: "3.1",
      via: "well-known",
      delegatedName: value,
      hostHeader: value,
      tlsName: delegated.host,
      tlsNameIsIp: true,
    };
    return { ...shared, route, targets: [{ host: delegated.dnsHost, port: delegated.port ?? DEFAULT_PORT }], timings };
  }
  if (delegated.port !== null) {
    const route: RouteFacts = {
      specStep: "3.2",
      via: "well-known",
      delegatedName: value,
      hostHeader: value,
      tlsName: withoutFinalDot(delegated.host),
      tlsNameIsIp: false,
    };
    return { ...shared, route, targets: [{ host: withoutFinalDot(delegated.host), port: delegated.port }], timings };
  }
  return withLeftovers(withoutFinalDot(delegated.host), await bySrv(delegated.host, value, ["3.3", "3.4", "3.5"]));

  /** When no SRV record was found, those under wrong names are looked for beside the probes. */
  function withLeftovers(base: string, found: Pick<Resolution, "route" | "targets" | "timings">): Resolution {
    const wrong = found.route?.via === "default-port" ? WRONG_SERVICES.map((service) => questions.srv(service, base, "other")) : [];
    return { ...shared, ...found, leftovers: Promise.all([besides, ...wrong]) };
  }

  /**
   * Steps 3.3 to 3.5 for the delegated name, 4 to 6 for the server name. A lookup that fails goes on as if there were no record; the rules
   * say so.
   */
  async function bySrv(
    base: string,
    delegatedName: string | null,
    [current, deprecated, none]: readonly ["3.3", "3.4", "3.5"] | readonly ["4", "5", "6"],
  ): Promise<Pick<Resolution, "route" | "targets" | "timings">> {
    onStep("srv");
    const host = withoutFinalDot(base);
    const common = { delegatedName, hostHeader: base, tlsName: host, tlsNameIsIp: false };
    void questions.host(host);
    const srvBegan = performance.now();
    const answers = await Promise.all([questions.srv("_matrix-fed._tcp", host, "route"), questions.srv("_matrix._tcp", host, "route")]);
    // For the server name itself the questions went out at the very start, beside the well-known.
    const timings = { wellKnown: wellKnown.ms, srv: delegatedName === null ? spent(answers) : tenths(performance.now() - srvBegan) };
    // Without a resolver nothing more is asked, and nothing is known.
    if (!answers.some(({ outcome }) => isUsable(outcome)) && !resolverUsable(await questions.all()))
      return { route: null, targets: [], timings };
    // A record that isn't known is not "no record".
    if (isLeftToServer(answers[0].outcome) || (recordsOf(answers[0]).length === 0 && isLeftToServer(answers[1].outcome)))
      return { route: null, targets: [], timings };
    for (const [answer, specStep] of [
      [answers[0], current],
      [answers[1], deprecated],
    ] as const) {
      const records = recordsOf(answer);
      if (records.length > 0)
        return { route: { ...common, specStep, via: "srv" }, targets: inOrder(records, answer.service as SrvService), timings };
    }
    return { route: { ...common, specStep: none, via: "default-port" }, targets: [{ host, port: DEFAULT_PORT }], timings };
  }

  function timed<T>(work: Promise<T>): Promise<{ value: T; ms: number }> {
    return work.then((value) => ({ value, ms: tenths(performance.now() - began) }));
  }
}

/** Another way than the route's, for those who don't read what decides that. */
export interface OtherWay {
  route: RouteFacts;
  targets: RoutedTarget[];
}

/**
 * Where those go who don't read the file (steps 4 to 6, by the answers about the name's own SRV records), and who drop the SRV records, be
 * it those of the route or the name's own.
 */
export function otherWays(facts: Facts, host: string): OtherWay[] {
  const { route } = facts;
  if (route === null) return [];
  const own = { delegatedName: null, hostHeader: host, tlsName: host, tlsNameIsIp: false };
  return [
    ...(maybeLost(facts) ? [byAnswers(facts, own), withoutRecords(facts, own)] : []),
    route.via === "srv" ? withoutRecords(facts, route) : null,
  ].filter((way) => way !== null);
}

type Common = Omit<RouteFacts, "specStep" | "via">;

function byAnswers(facts: Facts, common: Common, isDropped?: typeof mayBeDropped): OtherWay {
  const [current, deprecated, none] = common.delegatedName === null ? (["4", "5", "6"] as const) : (["3.3", "3.4", "3.5"] as const);
  const answer = usedService(facts, common.tlsName, isDropped);
  if (answer === null)
    return { route: { ...common, specStep: none, via: "default-port" }, targets: [{ host: common.tlsName, port: DEFAULT_PORT }] };
  const service = answer.service as SrvService;
  const specStep = service === "_matrix-fed._tcp" ? current : deprecated;
  return { route: { ...common, specStep, via: "srv" }, targets: inOrder(recordsOf(answer), service) };
}

function withoutRecords(facts: Facts, common: Common): OtherWay | null {
  const answer = usedService(facts, common.tlsName);
  return answer !== null && mayBeDropped(answer) ? byAnswers(facts, common, mayBeDropped) : null;
}

/** The zone file has a record whose meaning only its server knows. */
function isLeftToServer(outcome: DnsOutcome<unknown>): boolean {
  return outcome.status === "untested" && outcome.because === "zone-file";
}

function leavesToServer({ a, aaaa }: HostFacts): boolean {
  return isLeftToServer(a) || isLeftToServer(aaaa);
}

function direct(route: Omit<RouteFacts, "delegatedName">, host: string, port: number, note: string): Resolution {
  return {
    wellKnown: { status: "skipped", because: "not-needed", note },
    route: { ...route, delegatedName: null },
    targets: [{ host: withoutFinalDot(host), port }],
    leftovers: Promise.resolve(),
    timings: { wellKnown: 0, srv: 0 },
  };
}

/** Priority ascending, then the heavier first: the likeliest order of RFC 2782's weighted choice. A lone `.` is no target. */
function inOrder(records: readonly SrvRecord[], service: SrvService): RoutedTarget[] {
  return records
    .filter((record) => record.target !== ".")
    .toSorted((a, b) => a.priority - b.priority || b.weight - a.weight || (a.target < b.target ? -1 : 1))
    .map(({ target, port, priority, weight }) => ({ host: target.toLowerCase(), port, srv: { service, priority, weight } }));
}

function recordsOf(srv: SrvFacts): SrvRecord[] {
  return srv.outcome.status === "done" ? srv.outcome.value.records : [];
}

function targetHosts(srv: SrvFacts): string[] {
  return recordsOf(srv)
    .map(({ target }) => target)
    .filter((target) => target !== "." && !isIpLiteral(target))
    .slice(0, MAX_TARGETS);
}

function spent(answers: readonly SrvFacts[]): number {
  return Math.max(0, ...answers.map(({ outcome }) => (outcome.status === "done" || outcome.status === "failed" ? outcome.ms : 0)));
}

function withoutFinalDot(host: string): string {
  return host.replace(/\.$/, "");
}
