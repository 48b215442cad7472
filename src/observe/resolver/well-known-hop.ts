/**
 * One URL on the way to the well-known file: where it is, the connection, the request as Synapse makes it, and what others are told.
 */
import { setImmediate, setTimeout as sleep } from "node:timers/promises";
import { certificateFaults } from "../../views/certificate.ts";
import type { Hop, HttpFacts, Outcome } from "../../facts/facts.ts";
import { isIpLiteral } from "../../facts/address.ts";
import { USER_AGENTS } from "../../matrix/user-agents.ts";
import { isRedirect } from "../../views/http-status.ts";
import { isEphemeral } from "../../views/handshake.ts";
import { refusesOrLacksHttp1 } from "../../views/http2-only.ts";
import { resolved } from "../../views/synapse-redirect.ts";
import type { Connection, ConnectOptions, FurtherConnection, Io, PlainConnection } from "../../net/io.ts";
import type { Issuers } from "../clues/issuers.ts";
import { handshakeOnly, negotiated } from "../handshakes.ts";
import { askAsOthers, Clients, isLet, maybeFiltered } from "./clients.ts";
import { whereIs, type HostAddress, type Questions } from "./questions.ts";

/** Of the addresses of a host that is redirected to, this many are tried side by side. */
const RACED = 4;
/** `attemptDelay` of Twisted's HostnameEndpoint. */
const HEAD_START_MS = 300;

/**
 * Where a hop goes. Not a URL object: that rewrites or refuses some host names, such as `1.2.3` and `hs.example.123` (WHATWG URL, "host
 * parsing").
 */
export interface Place {
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

export interface Fetched {
  hop: Hop;
  body: Buffer;
  /** Until this ends, `hop` may still get what others are told. */
  others?: Promise<void>;
}

/** Who asks besides Synapse. */
export type Askers = "synapse" | "everybody";

export function hasBadCertificate(io: Io, hop: Hop): boolean {
  const tls = hop.connection?.tls;
  return tls?.status === "done" && certificateFaults(tls.value, hop.host, isIpLiteral(hop.host), io.now()).length > 0;
}

export async function fetchUrl(
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
    const [other] = where.overridden ? [] : await questions.leftOut(host);
    return { hop: other === undefined ? hop : leftOutHop(hop, other), body: Buffer.alloc(0) };
  }
  const addresses = at === null ? where.addresses.slice(0, RACED).map(({ address }) => address) : [at.address];
  const ask = (): Promise<Fetched> => fetchAt(io, issuers, url, hop, addresses, as);
  if (at !== null || io.sharedUrls === undefined) return ask();
  const { answer } = await io.sharedUrls.get(`${url.href} ${where.port} ${addresses.join(" ")}`, io.signal, ask);
  return answer;
}

/** Nothing is known of an address that -4 or -6 leaves out. */
export function leftOutHop({ url, host, port }: Pick<Hop, "url" | "host" | "port">, at: HostAddress): Hop {
  const untested = { status: "untested", because: "no-route" } as const;
  return { url, host, port, connection: { ...at, port, tcp: untested, tls: untested }, response: untested, location: null };
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

/**
 * The first in their order that succeeds, so that the answer doesn't depend on which is quickest; else the first of them. All others are
 * closed. When one has succeeded, those before it have as long as Twisted waits between two addresses.
 */
async function firstConnection(pending: readonly Promise<Connection | PlainConnection>[]): Promise<Connection | PlainConnection> {
  const late = new AbortController();
  const isOpen = async (each: Promise<Connection | PlainConnection>): Promise<Connection | PlainConnection> => {
    const connection = await each;
    if (connection.socket === null) throw new Error("failed");
    return connection;
  };
  const quickest = await Promise.any(pending.map(isOpen)).catch(() => null);
  if (quickest === null) {
    const [first, ...others] = await Promise.all(pending);
    for (const other of others) other.close();
    if (first === undefined) throw new RangeError("no connection to choose from");
    return first;
  }
  const over = sleep(HEAD_START_MS, null, { signal: late.signal }).catch(() => null);
  let good = quickest;
  for (const each of pending) {
    const inTime = await Promise.race([isOpen(each).catch(() => "failed" as const), over]);
    if (inTime === "failed") continue;
    good = inTime ?? quickest;
    break;
  }
  late.abort();
  for (const each of pending) {
    void each.then((connection) => {
      if (connection !== good) connection.close();
    });
  }
  return good;
}

export function placeOf(url: URL): Place {
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
