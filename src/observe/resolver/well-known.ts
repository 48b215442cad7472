/**
 * Step 3: `https://<hostname>/.well-known/matrix/server`, asked at every address of the host, redirects followed and recorded.
 * Matrix Server-Server API, "Resolving server names"; RFC 8615.
 */
import { setImmediate } from "node:timers/promises";
import { tenths } from "../tenths.ts";
import { certificateFaults } from "../../views/certificate.ts";
import type { Hop, HttpFacts, Outcome, WellKnownAttempt, WellKnownFacts } from "../../facts/facts.ts";
import { isIpLiteral } from "../../facts/address.ts";
import { WELL_KNOWN_PATH } from "../../matrix/paths.ts";
import { USER_AGENTS } from "../../matrix/user-agents.ts";
import { isRedirect } from "../../views/http-status.ts";
import { isEphemeral } from "../../views/handshake.ts";
import { refusesOrLacksHttp1 } from "../../views/http2-only.ts";
import { MAX_REDIRECTS, WELL_KNOWN_MAX_BYTES } from "../../views/well-known-result.ts";
import { relativeHop, resolved } from "../../views/synapse-redirect.ts";
import { readWellKnown } from "../../matrix/well-known.ts";
import { startDeadline } from "../../net/deadline.ts";
import { ASKED_AS_OTHERS, fewest, MOST_ADDRESSES } from "../budget.ts";
import { createGate } from "../../net/gate.ts";
import type { Connection, ConnectOptions, FurtherConnection, Io, PlainConnection, WellKnownFile } from "../../net/io.ts";
import { wellKnownFromFile } from "../../net/with-well-known-file.ts";
import type { Issuers } from "../clues/issuers.ts";
import { handshakeOnly, negotiated } from "../probe/endpoint.ts";
import { askAsOthers, Clients, isLet, maybeFiltered } from "./clients.ts";
import { whereIs, type HostAddress, type Questions } from "./questions.ts";

const AT_ONCE = 8;
/** Of the addresses of a host that is redirected to, this many are tried side by side. */
const RACED = 4;
/**
 * The part of the deadline that the well-known may take, so that what stalls here leaves time to see whether SRV or port 8448 works. Of
 * what is left of it when the host's addresses are known: a slow resolver is no fault of the web server.
 */
const SHARE_OF_DEADLINE = 0.6;

/**
 * Where a hop goes. Not a URL object: that rewrites or refuses some host names, such as `1.2.3` and `hs.example.123` (WHATWG URL, "host
 * parsing").
 */
interface Place {
  href: string;
  protocol: string;
  /** Without brackets. */
  hostname: string;
  /** As in the Host header. */
  host: string;
  /** Empty for the scheme's own. */
  port: string;
  path: string;
}

interface Fetched {
  hop: Hop;
  body: Buffer;
  /** Until this ends, `hop` may still get what others are told. */
  others?: Promise<void>;
}

/** Who asks besides Synapse. */
type Askers = "synapse" | "everybody";

export interface Fetching {
  facts: WellKnownFacts;
  /** Until this ends, the hops may still get what other homeservers than Synapse are told. The route doesn't wait for it. */
  others: Promise<unknown>;
}

export async function fetchWellKnown(
  whole: Io,
  questions: Questions,
  issuers: Issuers | null,
  hostname: string,
  as: Askers = "everybody",
): Promise<Fetching> {
  const began = performance.now();
  if (whole.wellKnownFile == null) await whereIs(whole, questions, hostname, 443);
  const left = Math.max(0, whole.deadlineMs - (performance.now() - began));
  const deadline = startDeadline(left * SHARE_OF_DEADLINE, whole.signal, { share: true });
  const others: Promise<void>[] = [];
  try {
    const facts = await fetchAtAll({ ...whole, signal: deadline.signal }, questions, issuers, hostname, as, others);
    return { facts, others: Promise.all(others).finally(() => deadline.done()) };
  } catch (error) {
    deadline.done();
    throw error;
  }
}

async function fetchAtAll(
  io: Io,
  questions: Questions,
  issuers: Issuers | null,
  hostname: string,
  as: Askers,
  others: Promise<void>[],
): Promise<WellKnownFacts> {
  const url = `https://${hostname}${WELL_KNOWN_PATH}`;
  const host = hostname.toLowerCase();
  if (io.wellKnownFile != null) return { url, host: hostname, attempts: [fromFile(io.wellKnownFile, host)] };
  const start: Place = {
    href: `https://${host}${WELL_KNOWN_PATH}`,
    protocol: "https:",
    hostname: host,
    host,
    port: "",
    path: WELL_KNOWN_PATH,
  };
  const { addresses: all, port } = await whereIs(io, questions, hostname, 443);
  const addresses = fewest(all, io.mostAddresses ?? MOST_ADDRESSES);
  const later = new Map<string, Promise<Fetched>>();
  const gate = createGate(AT_ONCE);
  const attempts = await Promise.all(
    addresses.map((address, index) => {
      const askers: Askers = index < ASKED_AS_OTHERS ? as : "synapse";
      const fetch = (url: Place): Promise<Fetched> => fetchHop(io, questions, issuers, url, start, address, later, askers);
      return gate(() => attemptAt(io, fetch, start, address, port, others));
    }),
  );
  return { url, host: hostname, attempts };
}

/** The one attempt that stands for all addresses: the file that is going to be published. */
function fromFile(file: WellKnownFile, host: string): WellKnownAttempt {
  const { hop, body } = wellKnownFromFile(file, host, WELL_KNOWN_MAX_BYTES);
  const truncated = hop.response.status === "done" && hop.response.value.truncated;
  return {
    address: "",
    family: 4,
    port: 443,
    hops: [hop],
    stopped: null,
    reading: truncated ? null : readWellKnown(body),
    ms: 0,
    file: file.name,
  };
}

async function attemptAt(
  io: Io,
  fetch: (url: Place) => Promise<Fetched>,
  start: Place,
  at: HostAddress,
  port: number,
  others: Promise<void>[],
): Promise<WellKnownAttempt> {
  const began = performance.now();
  const hops: Hop[] = [];
  let stopped: WellKnownAttempt["stopped"] = null;
  let reading: WellKnownAttempt["reading"] = null;
  let url = start;
  for (;;) {
    const { hop, body, others: until } = await fetch(url);
    hops.push(hop);
    if (until !== undefined) others.push(until);
    if (hop.location === null) {
      if (isReadable(io, hop)) reading = readWellKnown(body);
      break;
    }
    const next = placeOf(new URL(hop.location));
    if (next.protocol !== "https:" && next.protocol !== "http:") stopped = "scheme";
    else if (hops.some((each) => each.url === next.href)) stopped = "loop";
    else if (hops.length > MAX_REDIRECTS) stopped = "too-many";
    if (stopped !== null) break;
    url = next;
  }
  const ms = tenths(performance.now() - began);
  const asSynapse = reading?.kind === "m.server" ? await followAsSynapse(io, fetch, hops, start) : null;
  return { ...at, port, hops, stopped, reading, ms, ...(asSynapse === null ? {} : { asSynapse }) };
}

/** From the hop on at which Synapse leaves the way, because it resolves every Location against the first URL. */
async function followAsSynapse(
  io: Io,
  fetch: (url: Place) => Promise<Fetched>,
  hops: readonly Hop[],
  start: Place,
): Promise<NonNullable<WellKnownAttempt["asSynapse"]> | null> {
  const relative = relativeHop({ hops: [...hops] });
  if (relative === null) return null;
  let url = relative.synapse;
  const visited = new Set<string>();
  for (;;) {
    const place = placeOf(new URL(url));
    if (place.protocol !== "https:" && place.protocol !== "http:") return null;
    visited.add(place.href);
    const { hop, body } = await fetch(place);
    const sent = hop.response.status === "done" && hop.location !== null ? hop.response.value.headers["location"] : undefined;
    const next = sent === undefined ? null : resolved(sent, start.href);
    if (next === null || visited.has(next) || visited.size > MAX_REDIRECTS)
      return { url: hop.url, response: hop.response, reading: next === null && isReadable(io, hop) ? readWellKnown(body) : null };
    url = next;
  }
}

/** A 200 in full, from a host whose certificate is good. */
function isReadable(io: Io, hop: Hop): boolean {
  if (hop.response.status !== "done" || hop.response.value.status !== 200 || hop.response.value.truncated) return false;
  return !hasBadCertificate(io, hop);
}

function hasBadCertificate(io: Io, hop: Hop): boolean {
  const tls = hop.connection?.tls;
  return tls?.status === "done" && certificateFaults(tls.value, hop.host, isIpLiteral(hop.host), io.now()).length > 0;
}

/**
 * The first hop goes to the given address, and so do redirects that stay on its host; what other hosts say is asked once for all addresses.
 */
async function fetchHop(
  io: Io,
  questions: Questions,
  issuers: Issuers | null,
  url: Place,
  start: Place,
  at: HostAddress,
  later: Map<string, Promise<Fetched>>,
  as: Askers,
): Promise<Fetched> {
  const stays = url.host === start.host && url.protocol === start.protocol;
  const key = stays ? `${at.address} ${url.href}` : url.href;
  let fetched = later.get(key);
  if (fetched === undefined) {
    fetched = fetchUrl(io, questions, issuers, url, stays ? at : null, as);
    later.set(key, fetched);
  }
  return fetched;
}

async function fetchUrl(
  io: Io,
  questions: Questions,
  issuers: Issuers | null,
  url: Place,
  at: HostAddress | null,
  as: Askers,
): Promise<Fetched> {
  const host = url.hostname.replace(/\.$/, "");
  const secure = url.protocol === "https:";
  const namedPort = url.port === "" ? (secure ? 443 : 80) : Number(url.port);
  const where = await whereIs(io, questions, host, namedPort);
  const hop: Hop = {
    url: url.href,
    host,
    port: where.port,
    connection: null,
    response: { status: "skipped", because: "blocked", note: "the host has no address" },
    location: null,
  };
  if (where.addresses.length === 0) {
    if (io.signal.aborted) hop.response = { status: "untested", because: "deadline" };
    return { hop, body: Buffer.alloc(0) };
  }
  const addresses = at === null ? where.addresses.slice(0, RACED).map(({ address }) => address) : [at.address];
  const ask = (): Promise<Fetched> => fetchAt(io, issuers, url, hop, addresses, as);
  if (at !== null || io.sharedUrls === undefined) return ask();
  const { answer } = await io.sharedUrls.get(`${url.href} ${where.port} ${addresses.join(" ")}`, io.signal, ask);
  return answer;
}

/** At the first of the addresses that accepts the connection; `hop` is what is known before. */
async function fetchAt(
  io: Io,
  issuers: Issuers | null,
  url: Place,
  before: Hop,
  addresses: readonly string[],
  as: Askers,
): Promise<Fetched> {
  const { host, port } = before;
  const secure = url.protocol === "https:";
  const hop: Hop = { ...before };
  const connection = await firstConnection(addresses.map((address) => connect(io, secure, host, address, port)));
  const { address } = connection.facts;
  const clients = new Clients(io, url, connection, () => connectFurther(io, secure, host, address, port));
  const asking = clients.ask();
  // The certificates are looked into when the request is on its way.
  await setImmediate();
  const { tls } = connection.facts;
  const demands =
    tls.status === "done" && !isEphemeral(tls.value) ? handshakeOnly(connectAgain(io, host, address, port, { ephemeralOnly: true })) : null;
  let [result] = await Promise.all([asking, issuers?.complete(connection)]);
  if (maybeFiltered(result)) {
    // A filter may know homeservers and not this tool: what counts is what a homeserver gets.
    const again = await clients.askAs(USER_AGENTS.synapse);
    // A connection may also be lost by chance.
    if (isLet(again) && (result.outcome.status === "done" || maybeFiltered(await clients.ask()))) {
      result = again;
      hop.askedAsHomeserver = true;
    }
  }
  // That of the first request: its certificates were looked into.
  hop.connection = { ...connection.facts };
  hop.response = result.outcome;
  if (demands !== null) hop.ephemeralOnly = await demands;
  if (secure && hop.connection.tls.status === "done" && refusesOrLacksHttp1(result.outcome))
    hop.alpn = await negotiated(connectAgain(io, host, address, port, { alpn: ["h2", "http/1.1"] }));
  if (hasBadCertificate(io, hop)) as = "synapse";
  else hop.location = redirection(result.outcome, url);
  const others = as === "synapse" ? undefined : askAsOthers(clients, hop, result).finally(() => clients.close());
  if (others === undefined) clients.close();
  return { hop, body: result.body, ...(others === undefined ? {} : { others }) };
}

function connect(io: Io, secure: boolean, host: string, address: string, port: number): Promise<Connection | PlainConnection> {
  if (!secure) return io.tls.connectPlain({ address, port }, io.signal);
  return io.tls.connect({ address, port, servername: isIpLiteral(host) ? null : host }, io.signal);
}

/** The first one shows the certificates. */
function connectFurther(
  io: Io,
  secure: boolean,
  host: string,
  address: string,
  port: number,
): Promise<FurtherConnection | PlainConnection> {
  if (!secure) return io.tls.connectPlain({ address, port }, io.signal);
  return connectAgain(io, host, address, port);
}

function connectAgain(
  io: Io,
  host: string,
  address: string,
  port: number,
  offer: Pick<ConnectOptions, "ephemeralOnly" | "alpn"> = {},
): Promise<FurtherConnection> {
  return io.tls.connectFurther({ address, port, servername: isIpLiteral(host) ? null : host, ...offer }, io.signal);
}

/** The first of several connections that succeeds, else the first of them; all others are closed. */
async function firstConnection(pending: readonly Promise<Connection | PlainConnection>[]): Promise<Connection | PlainConnection> {
  const good = await Promise.any(
    pending.map(async (each) => {
      const connection = await each;
      if (connection.socket === null) throw new Error("failed");
      return connection;
    }),
  ).catch(() => null);
  if (good === null) {
    const [first, ...others] = await Promise.all(pending);
    for (const other of others) other.close();
    if (first === undefined) throw new RangeError("no connection to choose from");
    return first;
  }
  for (const each of pending) {
    void each.then((connection) => {
      if (connection !== good) connection.close();
    });
  }
  return good;
}

function placeOf(url: URL): Place {
  const { href, protocol, host, port } = url;
  return { href, protocol, hostname: url.hostname.replace(/^\[|\]$/g, ""), host, port, path: `${url.pathname}${url.search}` };
}

/** Where a 30x leads, absolute; null when it is none or its Location can't be understood. */
function redirection(response: Outcome<HttpFacts>, base: Place): string | null {
  if (response.status !== "done" || !isRedirect(response.value.status)) return null;
  const location = response.value.headers["location"];
  if (location === undefined) return null;
  return resolved(location, base.href);
}
