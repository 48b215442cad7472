/** What became of the version request, in one word each: every federation rule picks its own. A view on the facts, no text. */
import type { EndpointFacts, Facts, HttpFacts } from "../facts/facts.ts";
import { isNameless, type PlacedEndpoint, endpointsOf } from "./endpoints.ts";
import { done } from "./outcome.ts";
import { isChallenge } from "./challenge.ts";
import { isRedirect, isRefusal, isSuccess } from "./http-status.ts";
import { speaksOnlyHttp2 } from "./http2-only.ts";
import { otherHost } from "./other-host.ts";
import { turnsSynapseAway } from "./user-agents.ts";
import { handshakeFailure } from "./handshake.ts";

/** Kinds of answers that are not what was asked for. */
export type BadAnswer =
  "not-routed" | "listener-missing" | "disabled" | "upstream-down" | "forbidden" | "redirected" | "http-status" | "not-json";

export type VersionKind =
  | BadAnswer
  | "good"
  | "timeout"
  /** Synapse is turned away by its User-Agent. */
  | "user-agent-blocked"
  /** A homeserver answers there to another Host. */
  | "host-not-matched"
  /** The connection ended, or what came is no HTTP/1.1. */
  | "no-answer"
  /** The fault is the TLS session's. */
  | "tls"
  /** Not tried, or this machine couldn't. */
  | "unknown";

/** An answer that takes longer than this is slow. */
export const SLOW_MS = 5000;
/** 520 to 527 and 530 are Cloudflare's, about the server behind it. */
const UPSTREAM = [502, 503, 504, 520, 521, 522, 523, 524, 525, 526, 527, 530];

/** What an answer is that isn't the one asked for, whichever path was asked. */
export function badAnswer(response: HttpFacts): BadAnswer {
  const { status, matrixError } = response;
  if (isChallenge(response)) return "forbidden";
  if (matrixError !== null) {
    if (/federation is disabled/i.test(matrixError.error)) return "disabled";
    if (matrixError.errcode === "M_UNRECOGNIZED" || /^unrecognized request/i.test(matrixError.error)) return "listener-missing";
    return isRefusal(status) ? "forbidden" : "http-status";
  }
  if (status === 404) return "not-routed";
  if (UPSTREAM.includes(status)) return "upstream-down";
  if (isRefusal(status)) return "forbidden";
  if (isRedirect(status)) return "redirected";
  return isSuccess(status) ? "not-json" : "http-status";
}

export function versionKind(facts: Facts, endpoint: PlacedEndpoint): VersionKind {
  const kind = kindByItself(facts, endpoint);
  if (kind === "good" || kind === "unknown" || kind === "tls") return kind;
  if (turnsSynapseAway(endpoint)) return "user-agent-blocked";
  if (otherHost(facts, endpoint) === null) return kind;
  return "host-not-matched";
}

function kindByItself(facts: Facts, endpoint: PlacedEndpoint): Exclude<VersionKind, "host-not-matched" | "user-agent-blocked"> {
  const { version } = endpoint;
  if (version.status === "failed") {
    if (version.error.code === "timeout") return "timeout";
    return handshakeFailure(endpoint) !== null || speaksOnlyHttp2(facts, endpoint) ? "tls" : "no-answer";
  }
  if (version.status !== "done") return "unknown";
  const { response, server } = version.value;
  if (server !== null) return "good";
  if (speaksOnlyHttp2(facts, endpoint)) return "tls";
  if (isNameless(version.value) && response.matrixError === null && maybeGivesKeys(endpoint)) return "good";
  return badAnswer(response);
}

/**
 * `server` is optional in the object (Server-Server API, GET /version): a homeserver that leaves it out is known by its keys, unless they
 * weren't had.
 */
function maybeGivesKeys(endpoint: EndpointFacts): boolean {
  return endpoint.keys.status !== "done" || endpoint.keys.value.reading?.kind === "keys";
}

export interface Answered {
  endpoint: PlacedEndpoint;
  response: HttpFacts;
}

/** The endpoints whose version request got an answer of this kind. */
export function answeredWith(facts: Facts, kind: BadAnswer): Answered[] {
  return endpointsOf(facts).flatMap((endpoint) => {
    const response = done(endpoint.version)?.response;
    return response !== undefined && versionKind(facts, endpoint) === kind ? [{ endpoint, response }] : [];
  });
}

/** Homeservers that are known to have every endpoint that is asked here, by the name in their version. */
export function isKnownHomeserver(name: string): boolean {
  return ["synapse", "dendrite", "conduit", "conduwuit", "tuwunel", "continuwuity"].includes(name.toLowerCase());
}
