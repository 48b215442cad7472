/**
 * What one address's well-known amounts to, by "Resolving server names" step 3: a valid delegation, or the first reason why it isn't one.
 * Pure: resolution decides the route by it, and the rules judge by it.
 */
import { certificateFaults, type CertificateFault } from "./certificate.ts";
import type { Facts, Hop, HttpFacts, NetError, WellKnownAttempt, WellKnownReading } from "../facts/facts.ts";
import { isIpLiteral } from "../facts/address.ts";
import { WELL_KNOWN_PATH } from "../matrix/paths.ts";
import { demandsClientCertificate, type Demand } from "./client-certificate.ts";
import { hopOnlyInHttp2 } from "./http2-only.ts";
import { parseServerName, type ServerName } from "../matrix/server-name.ts";
import { readWellKnown } from "../matrix/well-known.ts";
import { workedOutOnce } from "./while-judged.ts";

/** Bodies longer than this are not read to the end; homeservers stop here or much earlier (homeservers.md, "body limit"). */
export const WELL_KNOWN_MAX_BYTES = 262_144;
export const MAX_REDIRECTS = 10;

export type WellKnownResult =
  | { kind: "valid"; value: string; name: ServerName; hop: Hop }
  /** A string, but no server name. Several homeservers don't fall back. */
  | { kind: "invalid-m-server"; value: string; hop: Hop }
  | { kind: "unreadable"; reading: Exclude<WellKnownReading, { kind: "m.server" }>; hop: Hop; response: HttpFacts }
  | { kind: "status"; response: HttpFacts; hop: Hop }
  | { kind: "too-large"; hop: Hop }
  | { kind: "redirect"; problem: "loop" | "too-many" | "scheme"; hop: Hop }
  | { kind: "certificate"; faults: readonly CertificateFault[]; hop: Hop }
  /** The TLS handshake fails. */
  | { kind: "handshake"; error: NetError; hop: Hop }
  /** No TCP connection, or it ends before there is an answer. */
  | { kind: "unreachable"; error: NetError; hop: Hop }
  | { kind: "timeout"; error: NetError; hop: Hop; phase: "connect" | "tls" | "response" }
  /** HTTP/2 is spoken there, and nothing else. */
  | { kind: "http2-only"; hop: Hop }
  /** An answer that is no HTTP/1.1 or can't be decoded. */
  | { kind: "not-http"; error: NetError; hop: Hop }
  /** A redirect to a host without an address. */
  | { kind: "no-address"; hop: Hop }
  /** An address that isn't public: the policy doesn't let this machine ask there, and homeservers don't either. */
  | { kind: "not-public"; hop: Hop }
  /** This machine couldn't ask, or wasn't allowed to. */
  | { kind: "untested" };

export function wellKnownResult(attempt: WellKnownAttempt, at: Date): WellKnownResult {
  const hop = attempt.hops.at(-1);
  if (hop === undefined) return { kind: "untested" };
  if (attempt.stopped !== null) return { kind: "redirect", problem: attempt.stopped, hop };
  const { connection, response } = hop;
  // An answer without a connection is that of --well-known-file, which needs no certificate.
  if (connection === null && response.status !== "done")
    return response.status === "untested" ? { kind: "untested" } : { kind: "no-address", hop };
  for (const [phase, outcome] of connection === null
    ? []
    : ([
        ["connect", connection.tcp],
        ["tls", connection.tls],
      ] as const)) {
    if (outcome.status === "untested") return outcome.because === "policy-address" ? { kind: "not-public", hop } : { kind: "untested" };
    if (outcome.status !== "failed") continue;
    if (outcome.error.code === "timeout") return { kind: "timeout", error: outcome.error, hop, phase };
    // What is closed without a word of TLS may be anything, also no web server.
    const { code, asksClientCertificate } = outcome.error;
    const isCut = (code === "reset" || code === "closed") && asksClientCertificate !== true;
    return { kind: phase === "connect" || isCut ? "unreachable" : "handshake", error: outcome.error, hop };
  }
  if (connection?.tls.status === "done") {
    const faults = certificateFaults(connection.tls.value, hop.host, isIpLiteral(hop.host), at);
    if (faults.length > 0) return { kind: "certificate", faults, hop };
  }
  const demand = connection === null ? null : demandsClientCertificate(connection, response);
  if (demand !== null) return { kind: "handshake", error: demandError(demand), hop };
  if (hopOnlyInHttp2(hop)) return { kind: "http2-only", hop };
  if (response.status === "untested") return { kind: "untested" };
  if (response.status === "skipped") return { kind: "untested" };
  if (response.status === "failed") {
    const error = response.error;
    if (error.code === "timeout") return { kind: "timeout", error, hop, phase: "response" };
    if (error.code === "closed" || error.code === "reset") return { kind: "unreachable", error, hop };
    if (error.code === "too-large") return { kind: "too-large", hop };
    return { kind: "not-http", error, hop };
  }
  const http = response.value;
  if (http.status !== 200) return { kind: "status", response: http, hop };
  if (http.truncated) {
    // However long it is: what is no JSON at its start, such as a web page, is none.
    const start = readWellKnown(Buffer.from(http.excerpt));
    return start.kind === "not-json" && start.position < http.excerpt.length && isSurely(start.problem)
      ? { kind: "unreadable", reading: start, hop, response: http }
      : { kind: "too-large", hop };
  }
  const reading = attempt.reading;
  if (reading === null) return { kind: "untested" };
  if (reading.kind !== "m.server") return { kind: "unreadable", reading, hop, response: http };
  const parsed = parseServerName(reading.value);
  if (!parsed.ok) return { kind: "invalid-m-server", value: reading.value, hop };
  return { kind: "valid", value: reading.value, name: parsed.name, hop };
}

/** It is so whatever follows; other problems may come of where the text was cut. */
function isSurely(problem: Extract<WellKnownReading, { kind: "not-json" }>["problem"]): boolean {
  return problem === "html" || problem === "bom" || problem === "syntax";
}

/** As a failed handshake, which it is, if later than others. */
function demandError(demand: Demand): NetError {
  const how = demand.by === "http" ? `status ${demand.status}` : `the TLS alert ${demand.alert ?? "close_notify"}`;
  const message = `without a client certificate it answers with ${how}`;
  return {
    code: "tls-alert",
    message,
    ...(demand.by === "tls" && demand.alert !== null ? { alert: demand.alert } : {}),
    asksClientCertificate: true,
  };
}

/** The attempt that decides the route: the first valid one, else the first that this machine could make, else the first. */
export function decidingAttempt(
  attempts: readonly WellKnownAttempt[],
  at: Date,
): { attempt: WellKnownAttempt; result: WellKnownResult } | null {
  const judged = attempts.map((attempt) => ({ attempt, result: wellKnownResult(attempt, at) }));
  return (
    judged.find(({ result }) => result.kind === "valid") ?? judged.find(({ result }) => result.kind !== "untested") ?? judged[0] ?? null
  );
}

/** The results of all addresses, in their order; empty when the well-known wasn't asked. */
export const wellKnownResults = workedOutOnce((facts: Facts): readonly { attempt: WellKnownAttempt; result: WellKnownResult }[] => {
  if (facts.wellKnown.status !== "done") return [];
  const at = new Date(facts.startedAt);
  return facts.wellKnown.value.attempts.map((attempt) => ({ attempt, result: wellKnownResult(attempt, at) }));
});

export function wellKnownUrl(facts: Facts): string {
  return facts.wellKnown.status === "done" ? facts.wellKnown.value.url : `https://${facts.serverName}${WELL_KNOWN_PATH}`;
}

/** The headers came, and then the body stopped. Evidence of 0.1.0 says so in its message only. */
export function isBodyStalled({ afterStatus, message }: NetError): boolean {
  return afterStatus !== undefined || /^status \d+ came, but/.test(message);
}

/** The port that its URL means, wherever `--connect-to` leads. */
export function portOf({ url }: Pick<Hop, "url">): number {
  if (!URL.canParse(url)) return 443;
  const { port, protocol } = new URL(url);
  return port === "" ? (protocol === "http:" ? 80 : 443) : Number(port);
}
