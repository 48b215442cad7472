/** The part of a walk that reads the well-known: what one homeserver makes of what an address served. */
import { isIpLiteral, place } from "../facts/address.ts";
import { relativeHop } from "../views/synapse-redirect.ts";
import type { Facts, HttpFacts, WellKnownAttempt } from "../facts/facts.ts";
import { isJsonObject, readJsonBody } from "../matrix/json-body.ts";
import { USER_AGENTS } from "../matrix/user-agents.ts";
import { lacksEphemeral } from "../views/handshake.ts";
import { hiddenValue } from "../views/well-known-read.ts";
import { turnedAway } from "../views/user-agents.ts";
import { hasDoubledKey } from "../views/doubled-key.ts";
import { notPublic } from "../views/address-kind.ts";
import { addressesOf, hostFacts } from "../views/hosts.ts";
import { judgedAt } from "../views/outcome.ts";
import { isJsonType } from "../views/content-type.ts";
import { isBodyStalled, wellKnownResult, type WellKnownResult } from "../views/well-known-result.ts";
import { refusedFor } from "./certificate-check.ts";
import type { Mechanism } from "./failure.ts";
import type { Homeserver, Trait } from "./model.ts";

/**
 * `value`: it reads this `m.server`. `none`: it acts as if there were no file; `why` it is none. `lost`: the request that needed the
 * file is lost, later ones go on without. `fails`: nothing follows.
 */
export type Read =
  { kind: "value"; value: string } | { kind: "none" | "lost" | "fails"; why: Mechanism; places: string[] } | { kind: "unknown" };

/** What each address gives that it may ask; null when the file wasn't asked for. */
export function readings(homeserver: Homeserver, facts: Facts): Read[] | null {
  if (facts.wellKnown.status !== "done") return null;
  const { attempts, host, url } = facts.wellKnown.value;
  if (attempts.length === 0) return [{ kind: "none", why: "well-known:no-address", places: [host, url] }];
  return choose(homeserver, attempts).map((attempt) => read(homeserver, facts, attempt));
}

/** The addresses that it may ask, as it chooses among those of an endpoint (connect.ts). */
function choose({ addresses: { choice } }: Homeserver, attempts: readonly WellKnownAttempt[]): readonly WellKnownAttempt[] {
  if (choice.is === "first") return attempts;
  const four = attempts.filter(({ family }) => family === 4);
  const candidates = choice.is === "ipv4-first" && four.length > 0 ? four : attempts;
  const connecting = candidates.filter(({ hops }) => hops[0]?.connection?.tcp.status !== "failed");
  return connecting.length > 0 ? connecting : candidates;
}

function read(homeserver: Homeserver, facts: Facts, attempt: WellKnownAttempt): Read {
  const model = homeserver.wellKnown;
  const places = placesOf(attempt);
  const none = (why: Mechanism): Read => ({ kind: "none", why, places });
  const result = wellKnownResult(attempt, judgedAt(facts));
  if (result.kind === "untested") return { kind: "unknown" };

  if (isRefusedAddress(homeserver, facts, attempt)) return none("well-known:not-public");
  const told = toldByName(model.userAgent.is, attempt);
  if (told !== null) return told === "refused" ? none("well-known:user-agent") : told;
  // Whatever the last hop says, it isn't reached by whoever loses the way before.
  if (redirectsOf(attempt) > (model.maxRedirects.is ?? Infinity)) return none("well-known:redirect-limit");
  if (model.relativeRedirects.is === "first" && losesRelative(attempt)) return none("well-known:redirect-relative");
  for (const hop of attempt.hops) {
    const tls = hop.connection?.tls;
    if (tls?.status !== "done") continue;
    if (lacksEphemeral(hop) && homeserver.tls.rsaKeyExchange.is === false) return none("well-known:key-exchange");
    const own = refusedFor(homeserver, tls.value, hop.host, isIpLiteral(hop.host), judgedAt(facts));
    const [special] = own.filter((fault) => fault === "odd-san" || fault === "wildcard-idn" || fault === "ca-as-leaf");
    if (special !== undefined) return none(`well-known:${special}`);
    if (own.length > 0) return none("well-known:certificate");
  }
  // The others refuse the certificate, so that nobody here followed a redirect.
  if (result.kind === "certificate") {
    const value = hiddenValue(result.hop);
    return value === null ? { kind: "unknown" } : { kind: "value", value };
  }
  return fromResult(homeserver, attempt, result, places);
}

/** A private address is nowhere for others, and some don't use the public ones beside it either. With --connect-to DNS doesn't decide. */
function isRefusedAddress({ addresses }: Homeserver, facts: Facts, attempt: WellKnownAttempt): boolean {
  if (facts.settings.allowPrivate) return false;
  return attempt.hops.some(({ host, connection }) => {
    const known = hostFacts(facts, host);
    const own = known === null ? [host] : addressesOf(known);
    if (connection === null || !own.includes(connection.address)) return false;
    const met = addresses.notPublic.is === "drops-all" ? own : [connection.address];
    return met.some((address) => notPublic(facts, address) !== null);
  });
}

/**
 * Where the answer depends on the User-Agent: what this one gets instead of what Synapse does; null: the same.
 */
function toldByName(userAgent: string | null, attempt: WellKnownAttempt): "refused" | Exclude<Read, { why: Mechanism }> | null {
  const depends = attempt.hops.filter(({ others }) => others !== undefined);
  if (depends.length === 0) return null;
  if (userAgent === null) return { kind: "unknown" };
  if (turnedAway(attempt).includes(userAgent)) return "refused";
  for (const { others = [], alike = [] } of depends) {
    const own = others.find((each) => each.userAgent === userAgent);
    if (own !== undefined) return own.reading?.kind === "m.server" ? { kind: "value", value: own.reading.value } : { kind: "unknown" };
    if (userAgent !== USER_AGENTS.synapse && !alike.includes(userAgent)) return { kind: "unknown" };
  }
  return null;
}

function fromResult(homeserver: Homeserver, attempt: WellKnownAttempt, result: WellKnownResult, places: string[]): Read {
  const model = homeserver.wellKnown;
  const none = (why: Mechanism): Read => ({ kind: "none", why, places });
  switch (result.kind) {
    case "untested":
      return { kind: "unknown" };
    case "redirect":
      if (result.problem === "scheme") return none("well-known:redirect-scheme");
      // This tool stops where the first of them does; what comes then only those see who go on.
      if (result.problem === "too-many" && redirectsOf(attempt) < (model.maxRedirects.is ?? Infinity)) return { kind: "unknown" };
      return none("well-known:redirect-loop");
    case "certificate": // read() has said it
      return none("well-known:certificate");
    case "handshake":
      return none("well-known:handshake");
    case "unreachable":
      return none("well-known:unreachable");
    case "http2-only":
      // What it gets in HTTP/2 isn't known here, where nobody speaks it.
      return homeserver.http.http2.is === false ? none("well-known:http2-only") : { kind: "unknown" };
    case "not-http":
      return none("well-known:not-http");
    case "no-address":
      return none("well-known:no-address");
    case "not-public":
      return none("well-known:not-public");
    case "too-large":
      return none("well-known:too-large");
    case "timeout": {
      if (result.phase !== "response") return none("well-known:timeout");
      const stalled = isBodyStalled(result.error);
      return withoutAnswer(
        stalled ? model.stalledBody : model.noAnswer,
        stalled ? "well-known:stalled-body" : "well-known:timeout",
        places,
      );
    }
    case "status": {
      const { status } = result.response;
      const accepted = model.statuses.is === "any" || (model.statuses.is === "2xx" && status >= 200 && status < 300);
      const value = accepted ? valueOf(result.response) : null;
      return value === null ? none("well-known:status") : { kind: "value", value };
    }
    case "unreadable":
    case "invalid-m-server":
    case "valid":
      return fromBody(homeserver, attempt, result, places);
  }
}

function withoutAnswer({ is }: Trait<"falls-back" | "loses-the-request" | "fails">, why: Mechanism, places: string[]): Read {
  if (is === null) return { kind: "unknown" };
  return { kind: is === "falls-back" ? "none" : is === "fails" ? "fails" : "lost", why, places };
}

type WithBody = Extract<WellKnownResult, { kind: "unreadable" | "invalid-m-server" | "valid" }>;

function fromBody(homeserver: Homeserver, attempt: WellKnownAttempt, result: WithBody, places: string[]): Read {
  const model = homeserver.wellKnown;
  const none = (why: Mechanism): Read => ({ kind: "none", why, places });
  const response = result.hop.response.status === "done" ? result.hop.response.value : null;
  if (response !== null && response.bodyBytes > (model.maxBytes.is ?? Infinity)) return none("well-known:too-large");
  if (attempt.ms > (model.timeoutMs.is ?? Infinity)) return none("well-known:slow");
  if (response !== null && model.contentType.is === "application/json" && !isJsonType(response)) return none("well-known:content-type");
  if (hasDoubledKey(attempt.reading, response) && model.doubledKey.is === "falls-back") return none("well-known:doubled-key");
  if (result.kind !== "unreadable") return { kind: "value", value: result.value };
  const { reading } = result;
  if (reading.kind === "not-json") {
    const value = reading.problem === "trailing" && model.afterJson.is === "ignored" ? valueAtStart(result.response) : null;
    return value === null ? none("well-known:not-json") : { kind: "value", value };
  }
  if (reading.problem === "empty") {
    if (model.emptyValue.is === null) return { kind: "unknown" };
    return { kind: model.emptyValue.is === "fails" ? "fails" : "none", why: "well-known:no-m-server", places };
  }
  const other = reading.near?.toLowerCase() === "m.server";
  if (other && model.keyCase.is === "any" && reading.nearValue !== null && reading.nearValue !== "")
    return { kind: "value", value: reading.nearValue };
  return none(other ? "well-known:key-case" : "well-known:no-m-server");
}

/** By all the names that findings have for it. */
function placesOf({ hops, address, port }: WellKnownAttempt): string[] {
  const connections = hops.flatMap(({ connection }) => (connection === null ? [] : [place(connection.address, connection.port)]));
  return [...new Set([place(address, port), ...connections, ...hops.flatMap(({ url, host }) => [url, host])])];
}

function redirectsOf({ hops }: WellKnownAttempt): number {
  return hops.filter(({ location }) => location !== null).length;
}

/** A relative Location on a later hop, read as relative to the first URL, leads elsewhere than it should. */
function losesRelative(attempt: WellKnownAttempt): boolean {
  if (relativeHop(attempt) === null) return false;
  const { asSynapse, reading } = attempt;
  const isSame = asSynapse?.reading?.kind === "m.server" && reading?.kind === "m.server" && asSynapse.reading.value === reading.value;
  return !isSame;
}

/** A body that was sent with another status isn't read by this tool; its start may be all of it. */
function valueOf({ excerpt, truncated }: HttpFacts): string | null {
  const json = truncated ? null : readJsonBody(Buffer.from(excerpt));
  const value = json?.ok === true && isJsonObject(json.value) ? json.value["m.server"] : undefined;
  return typeof value === "string" && value !== "" ? value : null;
}

function valueAtStart({ excerpt }: HttpFacts): string | null {
  return /^\s*\{[^{}]*"m\.server"\s*:\s*"([^"\\]+)"[^{}]*\}/.exec(excerpt)?.[1] ?? null;
}
