/** What each address of the well-known host answered, and which one rule speaks about it. Holds no word about any fault. */
import { WELL_KNOWN_PATH } from "../matrix/paths.ts";
import { USER_AGENTS } from "../matrix/user-agents.ts";
import { turnedAway } from "./user-agents.ts";
import { isChallenge } from "./challenge.ts";
import { isRefusal, mayBeRefusal } from "./http-status.ts";
import { parseServerName } from "../matrix/server-name.ts";
import { readWellKnown } from "../matrix/well-known.ts";
import type { Facts, FoundHomeserver, Hop, HttpFacts, WellKnownAttempt } from "../facts/facts.ts";
import { place } from "../facts/address.ts";
import { endpointsOf } from "./endpoints.ts";
import { done } from "./outcome.ts";
import { routeWorks } from "./route.ts";
import { type WellKnownResult, wellKnownResults, wellKnownUrl } from "./well-known-result.ts";
import { workedOutOnce } from "./while-judged.ts";

export interface Seen {
  /** Address and port of the server name's host that was asked. */
  place: string;
  /** The URL that the result is about: the last one of the redirects. */
  url: string;
  attempt: WellKnownAttempt;
  result: WellKnownResult;
  /** The last answer, if there was one. */
  response: HttpFacts | null;
}

export type ValidSeen = Seen & { result: Extract<WellKnownResult, { kind: "valid" }> };

/** The rule, without `well-known/`, that speaks about an answer that is no valid delegation. */
export type FaultName =
  | "not-found"
  | "on-target-only"
  | "user-agent-blocked"
  | "synapse-not-serving"
  | "homeserver-not-configured"
  | "forbidden"
  | "server-error"
  | "http-status"
  | "not-json"
  | "no-m-server"
  | "case"
  | "invalid-m-server"
  | "too-large"
  | "redirect-loop"
  | "redirect-lost"
  | "tls"
  | "unreachable"
  | "timeout"
  | "no-address";

export const seenBy = workedOutOnce((facts: Facts): readonly Seen[] =>
  wellKnownResults(facts).map(({ attempt, result }) => {
    const hop = attempt.hops.at(-1);
    return {
      place: place(attempt.address, attempt.port),
      url: shown(hop?.url ?? wellKnownUrl(facts)),
      attempt,
      result,
      response: hop === undefined ? null : done(hop.response),
    };
  }),
);

export function isValid(seen: Seen): seen is ValidSeen {
  return seen.result.kind === "valid";
}

/** The valid delegation that decides the route: that of the first address that gives one. */
export function decidingSeen(facts: Facts): ValidSeen | null {
  return seenBy(facts).find(isValid) ?? null;
}

/**
 * The answers about which the rule of that name speaks; none when some address gives a valid file (then the addresses' difference is the
 * fault). What can't be connected to counts only where nothing can: homeservers go on to the next address (then it is
 * well-known/address-failed).
 */
export function faults(facts: Facts, name: FaultName): Seen[] {
  const seen = seenBy(facts);
  if (seen.some(isValid)) return [];
  const told = seen.some(isConnected) ? seen.filter((each) => !isUnconnected(each)) : seen;
  return told.filter((each) => faultName(facts, each) === name);
}

/** Its own address takes no TCP connection. */
export function isUnconnected({ attempt: { hops } }: Seen): boolean {
  return hops.length === 1 && hops[0]?.connection?.tcp.status === "failed";
}

/** Accepts the connection, and ends it before TLS has begun: who gets to this address gets no further. */
export function isCutOff({ result }: Seen): boolean {
  return result.kind === "unreachable" && result.hop.connection?.tls.status === "failed" && result.hop.connection.tcp.status === "done";
}

export function isConnected({ attempt: { hops } }: Seen): boolean {
  return hops[0]?.connection?.tcp.status === "done";
}

/** One name for each answer: the most specific that fits. Null for a valid file, and where this machine couldn't ask. */
export function faultName(facts: Facts, { attempt, result, response }: Seen): FaultName | null {
  if (result.kind !== "valid" && turnedAway(attempt).includes(USER_AGENTS.synapse)) return "user-agent-blocked";
  switch (result.kind) {
    case "valid":
    case "untested":
    case "not-public": // address/not-public says it
      return null;
    case "redirect":
      return result.problem === "scheme" ? "redirect-lost" : "redirect-loop";
    case "certificate":
    case "handshake":
      return "tls";
    case "http2-only": // for those who don't speak it
      return "unreachable";
    case "not-http":
      return "not-json";
    case "status":
      return isChallenge(result.response) ? refusal(facts) : statusFault(facts, attempt, result.response);
    case "unreadable":
      if (response !== null && isChallenge(response)) return refusal(facts);
      if (result.reading.kind === "no-m-server")
        return isCaseVariant(result.reading.near) && result.reading.nearValue !== null && routeWorks(facts) !== false
          ? "case"
          : "no-m-server";
      return ["html", "empty"].includes(result.reading.problem) && isLost(attempt) ? "redirect-lost" : "not-json";
    case "invalid-m-server":
    case "too-large":
    case "unreachable":
    case "timeout":
    case "no-address":
      return result.kind;
  }
}

function statusFault(facts: Facts, attempt: WellKnownAttempt, response: HttpFacts): FaultName {
  const { status } = response;
  // Whatever is said at another path isn't about the file: it was lost on the way there.
  if (isLost(attempt)) return "redirect-lost";
  if (isRefusal(status) || (facts.clues?.browser?.readable === true && mayBeRefusal(status))) return refusal(facts);
  if (status >= 500 && status <= 599) return "server-error";
  if (status !== 404 && status !== 410) return "http-status";
  if (isSynapse(facts, response)) return "synapse-not-serving";
  if (isUnconfiguredHomeserver(response)) return "homeserver-not-configured";
  if (facts.clues !== null && facts.clues.wellKnowns.found.length > 0) return "on-target-only";
  return synapseBeside(facts) !== null ? "synapse-not-serving" : "not-found";
}

/** The file is refused: to everything, or only to what is no browser. */
function refusal(facts: Facts): FaultName {
  return facts.clues?.browser?.readable === true ? "user-agent-blocked" : "forbidden";
}

/** A Synapse of this server name that answers `/_matrix` on the host and port that the well-known is asked for at. */
export function synapseBeside(facts: Facts): FoundHomeserver | null {
  const host = facts.wellKnown.status === "done" ? facts.wellKnown.value.host.toLowerCase() : null;
  return (
    facts.clues?.homeservers.found.find(
      (found) =>
        found.host.toLowerCase() === host &&
        found.targetPort === 443 &&
        found.server.name === "Synapse" &&
        found.keysName === facts.serverName,
    ) ?? null
  );
}

/** What the file says that nobody gets to see because of the certificate it comes with; null where there is no valid file. */
export function hiddenValue({ response }: Hop): string | null {
  const http = done(response);
  if (http === null || http.status !== 200 || http.truncated) return null;
  const reading = readWellKnown(Buffer.from(http.excerpt));
  return reading.kind === "m.server" && parseServerName(reading.value).ok ? reading.value : null;
}

/** Redirected to where the file's path is no longer in the URL. */
export function isLost(attempt: WellKnownAttempt): boolean {
  const last = attempt.hops.at(-1);
  return last !== undefined && attempt.hops.length > 1 && pathOf(last.url) !== WELL_KNOWN_PATH;
}

function pathOf(url: string): string | null {
  return URL.canParse(url) ? new URL(url).pathname : null;
}

/**
 * Synapse's own text for `serve_server_wellknown: false`, its Server header, or Twisted's page where Synapse is known to be the homeserver.
 */
function isSynapse(facts: Facts, response: HttpFacts): boolean {
  if (response.excerpt.includes("Is anything ever truly *well* known?")) return true;
  if (/^Synapse\//i.test(response.headers["server"] ?? "")) return true;
  return (
    /No Such Resource/.test(response.excerpt) &&
    /No such child resource/.test(response.excerpt) &&
    endpointsOf(facts).some((endpoint) => done(endpoint.version)?.server?.name === "Synapse")
  );
}

/** A homeserver's own 404: the conduwuit family's M_NOT_FOUND, or the M_UNRECOGNIZED of any that knows no such path. */
function isUnconfiguredHomeserver(response: HttpFacts): boolean {
  return response.matrixError?.errcode === "M_NOT_FOUND" || response.matrixError?.errcode === "M_UNRECOGNIZED";
}

/** Differs from `m.server` in upper and lower case only: Go's encoding/json takes it. */
export function isCaseVariant(key: string | null): boolean {
  return key !== null && key !== "m.server" && key.toLowerCase() === "m.server";
}

/** A URL for a sentence: a Location may be thousands of characters long. */
export function shown(url: string): string {
  return url.length > 200 ? `${url.slice(0, 200)}…` : url;
}

/**
 * For `where`: the URL that a homeserver asks first, or where the redirects ended (`url`), and the addresses when only some of them have
 * the fault.
 */
export function whereSeen(facts: Facts, group: readonly Seen[], by: "start" | "url" = "url"): string[] {
  const urls = group.map(({ url, attempt }) => (by === "start" ? shown(attempt.hops[0]?.url ?? url) : url));
  return [...new Set(urls), ...(group.length < seenBy(facts).length ? group.map((seen) => seen.place) : [])];
}
