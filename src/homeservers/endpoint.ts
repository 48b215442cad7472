/** The last part of a walk: one address, from the TCP connection to the keys. */
import { place } from "../facts/address.ts";
import type { EndpointFacts, Facts, HttpFacts, KeysReading, NetError } from "../facts/facts.ts";
import { isJsonObject, readJsonBody } from "../matrix/json-body.ts";
import { readKeys } from "../matrix/signing-keys.ts";
import { USER_AGENTS } from "../matrix/user-agents.ts";
import { serverOf, type PlacedEndpoint } from "../views/endpoints.ts";
import { demandOf, handshakeFailure, isEphemeral, olderProtocol } from "../views/handshake.ts";
import { speaksOnlyHttp2 } from "../views/http2-only.ts";
import { differentWithPort } from "../views/host-port.ts";
import { isRedirect } from "../views/http-status.ts";
import { otherHost } from "../views/other-host.ts";
import { done, judgedAt } from "../views/outcome.ts";
import { badAnswer, versionKind } from "../views/version-answer.ts";
import { refusedFor } from "./certificate-check.ts";
import type { Failure, Mechanism } from "./failure.ts";
import type { Homeserver } from "./model.ts";
import { fails, NOTHING, unclear, UNKNOWN, type Known, type Part } from "./part.ts";

export interface Expected {
  tlsName: string;
  tlsNameIsIp: boolean;
  /** The server name is an IPv6 literal. */
  ipv6Name: boolean;
}

/** Connected, or not. */
export function walkEndpoint(homeserver: Homeserver, facts: Facts, endpoint: PlacedEndpoint, expected: Expected): Part {
  // A server name's own place is said by its port, whatever port was connected to.
  const places = expected.ipv6Name ? [endpoint.place, place(endpoint.target.host, endpoint.target.port)] : [endpoint.place];
  if (endpoint.tcp.status === "failed") return fails(connectFailure(endpoint.tcp.error), places);
  if (endpoint.tcp.status !== "done") return unclear();

  const failures: Failure[] = [];
  const note = (mechanism: Mechanism, fatal = true): void => void failures.push({ mechanism, places, fatal });
  const http2 = speaksOnlyHttp2(facts, endpoint);

  // A handshake that fails only later, as TLS 1.3 does over a missing client certificate, is one as well.
  const handshake = http2 ? null : handshakeFailure(endpoint);
  if (handshake !== null) note(handshakeMechanism(endpoint, handshake));
  if (endpoint.tls.status !== "done") return handshake === null ? unclear() : { endings: [{ ...NOTHING, via: null }], failures };
  const tls = endpoint.tls.value;
  for (const fault of refusedFor(homeserver, tls, expected.tlsName, expected.tlsNameIsIp, judgedAt(facts))) note(`certificate:${fault}`);
  if (demandOf(endpoint) !== null) note("tls:client-certificate");
  // A server that only prefers RSA takes ECDHE from who offers nothing else.
  if (!isEphemeral(tls) && endpoint.ephemeralOnly?.status !== "done" && homeserver.tls.rsaKeyExchange.is === false)
    note("tls:key-exchange");
  if (http2 && homeserver.http.http2.is === false) note("tls:http2-only");
  const refused = failures.length > 0;
  // Behind a session that is ended so, nothing was answered.
  if (handshake !== null) return { endings: [{ ...NOTHING, via: null }], failures };

  if (http2) {
    if (refused) return { endings: [{ ...NOTHING, via: null }], failures };
    // Nothing that this tool asks in HTTP/1.1 was answered; whoever speaks HTTP/2 has only this certificate to go by.
    const { is } = homeserver.http.http2;
    return is === true ? { endings: [{ answers: true, serves: true, verifies: true, via: null }], failures: [] } : unclear();
  }
  const byName = treatment(homeserver, endpoint);
  if (byName === "refused") note("federation:user-agent");
  if (byName !== "let") {
    const part = byName === "refused" || refused ? NOTHING : UNKNOWN;
    return { endings: [{ ...part, via: null }], failures };
  }
  if (isAnsweredToOwnHost(homeserver, facts, endpoint)) {
    const part = refused ? NOTHING : { answers: true, serves: true, verifies: true };
    return { endings: [{ ...part, via: null }], failures };
  }
  const serves = version(homeserver, facts, endpoint, note);
  // Only the version itself is said to be of another type: the keys tell whether the homeserver is verified.
  const response = done(endpoint.version)?.response;
  const typed = response === undefined || !refusesType(homeserver, response);
  if (serves === true && !typed) note("federation:content-type", false);
  const verifies = keys(homeserver, facts, endpoint, expected, note);
  if (decodesPaths(endpoint)) note("federation:path-decoded", false);
  // What is wrong behind a certificate that is refused shows once that is mended.
  if (refused) return { endings: [{ ...NOTHING, via: null }], failures };
  return { endings: [{ answers: typed ? serves : false, serves, verifies, via: null }], failures };
}

/** What its User-Agent is told where the answers depend on that. */
function treatment(homeserver: Homeserver, { refusedTo = [], answeredTo = [] }: EndpointFacts): "let" | "refused" | "unknown" {
  const { is } = homeserver.http.userAgent;
  if (refusedTo.length === 0) return "let";
  if (is === null) return "unknown";
  if (refusedTo.some(({ userAgent }) => userAgent === is)) return "refused";
  return answeredTo.includes(is) ? "let" : "unknown";
}

/**
 * The route's Host gets no homeserver, and this one sends another Host, to which one answers there: without the port, where that is 443 or
 * stands in the server name.
 */
function isAnsweredToOwnHost(homeserver: Homeserver, facts: Facts, endpoint: PlacedEndpoint): boolean {
  const { is } = homeserver.http.hostHeader;
  const leavesOut = (is === "with-port" && endpoint.target.port === 443) || (is === "without-port" && facts.route?.via === "explicit-port");
  return (
    leavesOut && versionKind(facts, endpoint) === "host-not-matched" && otherHost(facts, endpoint, "without-port")?.kind === "without-port"
  );
}

/** The version that is known is Synapse's, who is turned away for its name. */
function isOfSynapseAlone({ refusedTo = [] }: EndpointFacts): boolean {
  return refusedTo.some(({ userAgent, path }) => userAgent === USER_AGENTS.synapse && path.endsWith("/version"));
}

function connectFailure({ code }: NetError): Mechanism {
  if (code === "refused" || code === "timeout" || code === "unreachable") return `connect:${code}`;
  return "connect:failed";
}

function handshakeMechanism(endpoint: EndpointFacts, { code }: NetError): Mechanism {
  if (code === "plain-http") return "tls:plain-http";
  if (olderProtocol(endpoint) !== null) return "tls:old-protocol";
  return code === "timeout" ? "tls:timeout" : "tls:handshake";
}

type Note = (mechanism: Mechanism, fatal?: boolean) => void;

function version(homeserver: Homeserver, facts: Facts, endpoint: PlacedEndpoint, note: Note): Known {
  const { version } = endpoint;
  if (isOfSynapseAlone(endpoint)) return true;
  if (version.status === "failed") {
    note(version.error.code === "timeout" ? "federation:timeout" : "federation:no-answer");
    return false;
  }
  if (version.status !== "done") return null;
  const { response } = version.value;
  const isGood = versionKind(facts, endpoint) === "good" || (isSuccess(response) && bodyOf(response) !== null);
  if (!isGood) {
    const bad = badAnswer(response);
    if (bad === "redirected" && homeserver.http.redirects.is !== 0) return null;
    note(`federation:${bad}`);
    return false;
  }
  if (version.value.server === null && isSuccess(response) && bodyOf(response)?.["server"] === undefined) {
    if (homeserver.http.versionNeedsServer.is === true) {
      note("federation:bad-version");
      return false;
    }
  }
  if (version.ms > (homeserver.http.timeoutMs.is ?? Infinity)) {
    note("federation:timeout");
    return false;
  }
  if (sendsPort(homeserver, facts, endpoint) && differentWithPort(endpoint) !== null) {
    note("federation:host-port");
    return false;
  }
  return readable(homeserver, endpoint, response, () => note("federation:encoding"));
}

function keys(homeserver: Homeserver, facts: Facts, endpoint: PlacedEndpoint, expected: Expected, note: Note): Known {
  const { keys } = endpoint;
  if (keys.status === "failed") {
    note(keys.error.code === "timeout" ? "keys:timeout" : "keys:no-answer");
    return false;
  }
  if (keys.status !== "done") return null;
  const { response } = keys.value;
  const reading = keys.value.reading ?? (isSuccess(response) ? wholeKeys(response) : null);
  if (reading === null) {
    if (isSuccess(response)) return null;
    // Where it leads nobody has looked.
    if (isRedirect(response.status) && homeserver.http.redirects.is !== 0) return null;
    note("keys:status");
    return false;
  }
  const found = [...keyFaults(homeserver, facts, reading, response)];
  if (keys.ms > (homeserver.keys.timeoutMs.is ?? Infinity)) found.push("keys:slow");
  if (refusesType(homeserver, response)) found.push("keys:content-type");
  if (sendsPort(homeserver, facts, endpoint) && differentWithPort(endpoint) !== null) found.push("federation:host-port");
  if (expected.ipv6Name && homeserver.keys.ipv6Names.is === false) found.push("keys:ipv6-name");
  for (const mechanism of found) note(mechanism);
  const isRead = readable(homeserver, endpoint, response, () => note("keys:encoding"));
  return found.length > 0 ? false : isRead;
}

function* keyFaults(homeserver: Homeserver, facts: Facts, reading: KeysReading, response: HttpFacts): Iterable<Mechanism> {
  if (reading.kind === "malformed" && isFractionalTime(reading) && homeserver.keys.fractionalTime.is === "accepted") return;
  if (reading.kind !== "keys") {
    yield reading.kind === "not-json" ? "keys:not-json" : "keys:malformed";
    return;
  }
  // Whoever doesn't check the name verifies the keys for the name that they carry.
  if (reading.serverName !== facts.serverName && homeserver.keys.checksName.is !== false) yield "keys:server-name";
  const ed25519 = reading.verifyKeys.filter(({ id }) => id.startsWith("ed25519:"));
  if (ed25519.length === 0) yield "keys:no-ed25519";
  // A key that is none can't have signed; without any signature the answer proves nothing (the same parts as in views/keys-faults.ts).
  const whole = ed25519.filter(({ problem }) => problem === null);
  const signed = whole.some(({ signature }) => signature === "valid");
  if (whole.length < ed25519.length) yield "keys:malformed";
  if (whole.some(({ signature }) => signature === "invalid") || (whole.length > 0 && !signed)) yield "keys:bad-signature";
  const unsigned = whole.some(({ signature }) => signature === "missing");
  if (unsigned && signed && homeserver.keys.everyKeySigns.is === true) yield "keys:unsigned-key";
  if (reading.validUntil < judgedAt(facts).getTime() && homeserver.keys.checksValidity.is !== false) yield "keys:expired";
  const odd = oddBase64(homeserver, reading, response);
  if (odd.includes("padding") && homeserver.keys.padded.is === "refused") yield "keys:base64";
  if (odd.includes("url-safe") && homeserver.keys.urlSafe.is === "refused") yield "keys:base64";
}

function isFractionalTime({ field, problem }: Extract<KeysReading, { kind: "malformed" }>): boolean {
  return field === "valid_until_ts" && /^is [\d.]+, not an integer$/.test(problem);
}

type ReadKeys = Extract<KeysReading, { kind: "keys" }>;

/** How keys are written that aren't in the form that is asked for. */
function oddBase64(homeserver: Homeserver, { oddBase64: odd, verifyKeys }: ReadKeys, response: HttpFacts): ("padding" | "url-safe")[] {
  const isRead = ({ id }: { id: string }): boolean => homeserver.keys.oldKeys.is === "decoded" || verifyKeys.some((each) => each.id === id);
  if (odd !== undefined) return odd.filter(isRead).map(({ problem }) => problem);
  // Evidence that has the keys themselves says it if there are such.
  if (verifyKeys.some(({ key }) => key !== undefined)) return [];
  return keyTexts(response).flatMap((text) => [
    ...(text.endsWith("=") ? (["padding"] as const) : []),
    ...(/[-_]/.test(text) ? (["url-safe"] as const) : []),
  ]);
}

/** The verify keys as they are written, as far as the start of the answer shows them. */
function keyTexts({ excerpt }: HttpFacts): string[] {
  const start = excerpt.indexOf('"verify_keys"');
  const end = excerpt.indexOf("}}", start);
  const part = start < 0 ? "" : excerpt.slice(start, end < 0 ? undefined : end);
  return [...part.matchAll(/"key"\s*:\s*"([^"]*)"/g)].map((match) => match[1] ?? "");
}

function isSuccess({ status }: HttpFacts): boolean {
  return status >= 200 && status < 300;
}

/** The answer's object, when its start is all of it. */
function bodyOf(response: HttpFacts): Record<string, unknown> | null {
  if (response.truncated) return null;
  const json = readJsonBody(Buffer.from(response.excerpt));
  return json.ok && isJsonObject(json.value) ? json.value : null;
}

function wholeKeys(response: HttpFacts): KeysReading | null {
  const body = Buffer.from(response.excerpt);
  return response.truncated || body.length !== response.bodyBytes ? null : readKeys(body);
}

function refusesType(homeserver: Homeserver, { headers }: HttpFacts): boolean {
  if (homeserver.http.contentType.is !== "application/json") return false;
  return (headers["content-type"] ?? "").split(";")[0]?.trim() !== "application/json";
}

/** Null: not known, because nobody knows whether this one undoes what it did not ask for, or because it was asked for here. */
function readable(homeserver: Homeserver, endpoint: PlacedEndpoint, { headers }: HttpFacts, unreadable: () => void): Known {
  const encoding = headers["content-encoding"]?.trim() || "identity";
  const { is } = homeserver.http.unaskedEncoding;
  if (encoding.toLowerCase() === "identity" || is === "decoded") return true;
  if (endpoint.plain !== true || is !== "fails") return null;
  unreadable();
  return false;
}

/** Its Host has the port where the route's has none. */
function sendsPort(homeserver: Homeserver, facts: Facts, endpoint: PlacedEndpoint): boolean {
  return homeserver.http.hostHeader.is === "with-port" && endpoint.target.port !== 443 && facts.route !== null;
}

/** The homeserver doesn't know the path that a proxy made of this one. */
function decodesPaths(endpoint: EndpointFacts): boolean {
  const response = done(endpoint.encodedPath);
  return response?.matrixError?.errcode === "M_UNRECOGNIZED" && serverOf(endpoint) !== null;
}
