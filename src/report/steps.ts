/** The eight lines of the report: what each step came to, and the evidence for it, in every state. */
import { lacksOpenFiles } from "../views/open-files.ts";
import { parserTrouble } from "../views/parser-trouble.ts";
import type { Judged } from "./judged.ts";
import { validName } from "../views/valid-name.ts";
import { daysLeft } from "../views/certificate.ts";
import { isUsable, lookupFailed } from "../views/dns-outcome.ts";
import { place } from "../facts/address.ts";
import type { ConnectionFacts, Facts, SrvFacts } from "../facts/facts.ts";
import { wellKnownCacheSeconds } from "../matrix/cache-time.ts";
import { type WellKnownResult, decidingAttempt, MAX_REDIRECTS } from "../views/well-known-result.ts";
import { whyNoAddressAt } from "../views/redirect-host.ts";
import { STEP_IDS, type Endpoint, type Route, type Step, type StepId } from "../facts/output.ts";
import { type SpecStep } from "../facts/way.ts";
import { oneLine } from "../views/words.ts";
import { counted, firstOf } from "./pretty-style.ts";
import { connectEvidence, withFindings } from "./step-evidence.ts";

type Line = Pick<Step, "status" | "detail">;

export function stepsOf(facts: Facts, route: Route | null, { findings, breaks }: Judged): Step[] {
  const invalidName = validName(facts) === null;
  const durations: Record<StepId, number> = {
    name: 0,
    "well-known": facts.timings.wellKnown,
    srv: facts.timings.srv,
    address: facts.timings.address,
    ...probeTimes(route),
  };
  return STEP_IDS.map((id): Step => {
    const line: Line =
      invalidName && id !== "name" ? { status: "skip", detail: "not tried: the server name is invalid" } : LINES[id](facts, route, breaks);
    const { status, detail } = withFindings(
      line,
      findings.filter(({ step }) => step === id),
      { facts, id, elsewhere: (places) => endpointEvidence(id, facts, route, breaks, places) },
    );
    return { id, status, detail: oneLine(detail), durationMs: durations[id] };
  });
}

const LINES: Record<StepId, (facts: Facts, route: Route | null, breaks: Judged["breaks"]) => Line> = {
  name: (facts, route) =>
    validName(facts) === null
      ? { status: "fail", detail: "no valid server name" }
      : { status: "pass", detail: route?.via === "ip-literal" ? "valid server name, an IP literal" : "valid server name" },
  "well-known": wellKnownLine,
  srv: srvLine,
  address: addressLine,
  connect: (facts, route) =>
    tested(
      facts,
      route,
      (all) => ({ status: "pass", detail: connectEvidence(all, facts) }),
      (all) => connectEvidence(all, facts),
    ),
  tls: (facts, route) => tested(facts, route, (_, connected) => tlsLine(connected, facts)),
  federation: (facts, route, breaks) => tested(facts, route, (_, connected) => federationLine(facts, connected, breaks)),
  keys: (facts, route, breaks) => tested(facts, route, (_, connected) => keysLine(facts, connected, breaks)),
};

/** The line of a step from some of the endpoints alone: what is seen where a finding isn't. Null when there is nothing good to say. */
function endpointEvidence(
  id: StepId,
  facts: Facts,
  route: Route | null,
  breaks: Judged["breaks"],
  places: readonly string[],
): string | null {
  const endpoints = (route?.targets.flatMap((target) => target.endpoints) ?? []).filter(({ address, port }) =>
    places.includes(place(address, port)),
  );
  const line =
    id === "tls"
      ? tlsLine(endpoints, facts)
      : id === "federation"
        ? federationLine(facts, endpoints, breaks)
        : id === "keys"
          ? keysLine(facts, endpoints, breaks)
          : null;
  return line?.status === "pass" ? line.detail : null;
}

function tlsLine(connected: readonly Endpoint[], facts: Facts): Line {
  const seen = connected.flatMap(({ tls }) => tls ?? []);
  if (seen.length === 0) return blocked(facts, "tls", "blocked: no connection");
  const at = new Date(facts.startedAt);
  const days = Math.min(...seen.map(({ certificate }) => daysLeft(certificate, at)));
  const protocols = [...new Set(seen.map(({ protocol }) => protocol))].toSorted().join(" and ");
  const isOne = new Set(seen.map(({ certificate }) => certificate.sha256)).size === 1;
  const what = isOne ? "certificate" : "certificates";
  // What is wrong with it may be ignored.
  const validity = days < 0 ? `${what} expired` : `${what} valid for ${counted(days, "more day")}${isOne ? "" : " at least"}`;
  return { status: "pass", detail: `${protocols}, ${validity}` };
}

function federationLine(facts: Facts, connected: readonly Endpoint[], breaks: Judged["breaks"]): Line {
  const servers = [...new Set(connected.flatMap(({ server }) => (server === undefined ? [] : `${server.name} ${server.version}`.trim())))];
  if (servers.length === 0) return blocked(facts, "version", "blocked: no TLS connection");
  return { status: "pass", detail: firstOf(servers, 3) + proviso(connected, breaks) };
}

function keysLine(facts: Facts, connected: readonly Endpoint[], breaks: Judged["breaks"]): Line {
  const keys = connected.find((endpoint) => endpoint.keys !== undefined)?.keys;
  if (keys === undefined)
    return blocked(
      facts,
      "keys",
      connected.some(({ tls }) => tls !== undefined) ? "blocked: the federation API isn't reached" : "blocked: no TLS connection",
    );
  return {
    status: "pass",
    detail: `${keys.keyIds.slice(0, 3).join(", ")}, valid until ${keys.validUntil.slice(0, 10)}${proviso(connected, breaks)}`,
  };
}

/** Blocked, unless the check ended before this could be seen. */
function blocked(facts: Facts, part: "tls" | "version" | "keys", detail: string): Line {
  const wasCut = facts.targets.some(({ endpoints }) =>
    endpoints.some(({ [part]: outcome }) => outcome.status === "untested" && outcome.because === "deadline"),
  );
  return wasCut ? { status: "unknown", detail: ENDED } : { status: "skip", detail };
}

/** What is seen behind a bad certificate holds for homeservers only later. */
function proviso(endpoints: readonly Endpoint[], breaks: Judged["breaks"]): string {
  const isRefused = endpoints.some(
    ({ status, findings }) => status === "failed" && findings.some((code) => breaks.get(code) === "certificate"),
  );
  return isRefused ? " (once the certificate is fixed)" : "";
}

const ENDED = "not known: the check ended before";
const DENIED = "untested: the policy of this check doesn't allow it";

function isDenied(connection: ConnectionFacts | null | undefined): boolean {
  return connection?.tcp.status === "untested" && (connection.tcp.because === "policy-address" || connection.tcp.because === "policy-port");
}

/** For the steps that need endpoints: why there are none, or what the connected ones show. */
function tested(
  facts: Facts,
  route: Route | null,
  line: (all: readonly Endpoint[], connected: readonly Endpoint[]) => Line,
  unconnected: (all: readonly Endpoint[]) => string = () => "blocked: no connection",
): Line {
  if (route === null)
    return {
      status: "unknown",
      detail: unreachable(facts, "not tried: no route could be found from this machine"),
    };
  if (!facts.settings.probe) return { status: "skip", detail: "not tried: only resolution was asked for" };
  const all = route.targets.flatMap((target) => target.endpoints);
  if (all.length === 0) return { status: "skip", detail: "blocked: no address to connect to" };
  const connected = all.filter(({ timings }) => timings.connectMs !== undefined);
  if (connected.length > 0) return line(all, connected);
  if (facts.targets.every(({ endpoints }) => endpoints.every(isDenied))) return { status: "unknown", detail: DENIED };
  if (all.every(({ status }) => status === "untested"))
    return {
      status: "unknown",
      detail: unreachable(facts, "untested: this machine can't reach any address"),
    };
  return { status: "skip", detail: unconnected(all) };
}

/** Why nothing is known, when it isn't for want of a way there. */
function unreachable(facts: Facts, otherwise: string): string {
  if (facts.stopped !== undefined) return ENDED;
  if (lacksOpenFiles(facts)) return "not known: this process may open no more files and connections";
  return parserTrouble(facts) === null ? otherwise : "not known: this Node.js can't parse HTTP";
}

function wellKnownLine(facts: Facts): Line {
  const { wellKnown } = facts;
  if (wellKnown.status === "skipped") return { status: "skip", detail: `not needed: ${wellKnown.note}` };
  if (wellKnown.status !== "done") return { status: "unknown", detail: "not tried" };
  const decided = decidingAttempt(wellKnown.value.attempts, new Date(facts.startedAt));
  if (decided === null) {
    const host = facts.hosts.find((each) => each.host === wellKnown.value.host.toLowerCase());
    const failed = (host !== undefined && (lookupFailed(host.a) || lookupFailed(host.aaaa))) || lacksOpenFiles(facts);
    if (failed) return { status: "unknown", detail: `the address lookup of ${wellKnown.value.host} failed` };
    const outcomes = host === undefined ? [] : [host.a, host.aaaa];
    if (outcomes.some(({ status }) => status === "untested"))
      return { status: "unknown", detail: unreachable(facts, `not known: the addresses of ${wellKnown.value.host} couldn't be looked up`) };
    // With -4 and -6.
    if (outcomes.some(({ status }) => status === "skipped") && facts.settings.family !== null)
      return { status: "pass", detail: `none: ${wellKnown.value.host} has no IPv${facts.settings.family} address` };
    return { status: "pass", detail: `none: ${wellKnown.value.host} has no address` };
  }
  if (decided.result.kind === "untested")
    return {
      status: "unknown",
      detail: isDenied(decided.attempt.hops.at(-1)?.connection)
        ? DENIED
        : unreachable(facts, "untested: this machine can't reach any address of the host"),
    };
  if (decided.result.kind !== "valid") return { status: "pass", detail: noFile(facts, decided.result) };
  const { hop, value } = decided.result;
  const headers = hop.response.status === "done" ? hop.response.value.headers : {};
  const { clamped } = wellKnownCacheSeconds(headers, new Date(facts.startedAt));
  return { status: "pass", detail: `m.server = "${value}" (200, kept for ${hours(clamped)})` };
}

/** A 404 says that there is none, and often none is needed; anything else is a file that isn't one. */
function noFile(facts: Facts, result: Exclude<WellKnownResult, { kind: "valid" }>): string {
  if (result.kind === "status" && [404, 410].includes(result.response.status)) return `no file (${result.response.status})`;
  return `no valid file: ${inWords(facts, result)}`;
}

/** One or two words a kind; the whole story is the finding's. */
function inWords(facts: Facts, result: Exclude<WellKnownResult, { kind: "valid" }>): string {
  switch (result.kind) {
    case "status":
      return `status ${result.response.status}`;
    case "unreadable":
      return result.reading.kind === "not-json" ? "no JSON" : "no m.server";
    case "certificate":
      return "bad certificate";
    case "handshake":
    case "unreachable":
    case "timeout":
    case "not-http":
      return result.error.message;
    case "http2-only":
      return "HTTP/2 only";
    case "redirect":
      return REDIRECTS[result.problem];
    case "invalid-m-server":
      return "m.server is not a server name";
    case "too-large":
      return "too large";
    case "no-address":
      return NO_ADDRESS[whyNoAddressAt(facts, result.hop)];
    case "not-public":
      return `${result.hop.host} has an address that isn't public`;
    case "untested":
      return "untested";
  }
}

const REDIRECTS = {
  loop: "endless redirect",
  "too-many": `more than ${MAX_REDIRECTS} redirects`,
  scheme: "redirect that isn't followed",
} as const;

const NO_ADDRESS = {
  "no-address": "redirect to a host without an address",
  "lookup-failed": "redirect to a host whose address lookup fails",
  "cname-loop": "redirect to a host whose CNAME records lead in a circle",
} as const;

function hours(seconds: number): string {
  return seconds >= 3600 ? `${Math.round(seconds / 360) / 10} h` : `${Math.round(seconds / 60)} min`;
}

const SRV_NOT_NEEDED: Partial<Record<SpecStep, string>> = {
  "1": "the server name is an IP literal",
  "2": "the server name has a port",
  "3.1": "m.server is an IP literal",
  "3.2": "m.server has a port",
};

function srvLine(facts: Facts, route: Route | null): Line {
  if (route === null) return { status: "unknown", detail: "not known" };
  const notNeeded = SRV_NOT_NEEDED[route.specStep];
  if (notNeeded !== undefined) return { status: "skip", detail: `not needed: ${notNeeded}` };
  const asked = facts.srv.filter(({ role }) => role === "route");
  if (route.via === "srv") {
    const [first, ...others] = route.targets;
    const service = ["3.3", "4"].includes(route.specStep) ? "_matrix-fed._tcp" : "_matrix._tcp";
    if (first === undefined) return { status: "pass", detail: `${service} → "." (no such service)` };
    return { status: "pass", detail: `${service} → ${first.host}:${first.port}${others.length > 0 ? ` and ${others.length} more` : ""}` };
  }
  if (asked.some(({ outcome }) => outcome.status === "untested")) return { status: "unknown", detail: "not asked in time" };
  return { status: "pass", detail: `no record for ${baseOf(asked)}, port 8448 is used` };
}

function baseOf(asked: readonly SrvFacts[]): string {
  return asked[0]?.base ?? "";
}

function addressLine(facts: Facts, route: Route | null): Line {
  if (route === null)
    return {
      status: "unknown",
      detail: facts.hosts.some(({ a, aaaa }) => isUsable(a) || isUsable(aaaa))
        ? "not known"
        : facts.stopped === undefined
          ? "no resolver answers"
          : "not known: the check ended before",
    };
  const addresses = [...new Set(route.targets.flatMap((target) => target.endpoints.map(({ address }) => address)))];
  if (addresses.length === 0)
    return { status: "skip", detail: route.targets.length === 0 ? "not needed: there is no target" : "no address" };
  if (route.via === "ip-literal" || route.specStep === "3.1")
    return { status: "skip", detail: `not needed: ${addresses.join(", ")} is an IP literal` };
  const shown = addresses.slice(0, 4).join(", ");
  return { status: "pass", detail: addresses.length > 4 ? `${shown} and ${addresses.length - 4} more` : shown };
}

/** The slowest endpoint's time for each phase: the endpoints are probed side by side. */
function probeTimes(route: Route | null): Record<"connect" | "tls" | "federation" | "keys", number> {
  const timings = route?.targets.flatMap((target) => target.endpoints.map((endpoint) => endpoint.timings)) ?? [];
  const slowest = (key: keyof Endpoint["timings"]): number => Math.max(0, ...timings.map((each) => each[key] ?? 0));
  return { connect: slowest("connectMs"), tls: slowest("tlsMs"), federation: slowest("versionMs"), keys: slowest("keysMs") };
}
