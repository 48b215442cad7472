/**
 * One endpoint, as a homeserver meets it: connect, TLS, version and signing keys, each with the Host and SNI of the route.
 * All requests go out side by side, each over a connection of its own, so that one that stalls says nothing about the others.
 */
import type { EndpointFacts, HttpFacts, KeysFacts, Outcome, RouteFacts, TlsFacts, VersionFacts } from "../../facts/facts.ts";
import { readKeys } from "../../matrix/signing-keys.ts";
import { isChallenge } from "../../views/challenge.ts";
import { isRefusal, isSuccess } from "../../views/http-status.ts";
import { mapOutcome } from "../../views/outcome.ts";
import type { Connection, HttpResult, Io } from "../../net/io.ts";
import { chosenProtocol } from "../../net/tls-old-hello.ts";
import type { Issuers } from "../clues/issuers.ts";
import { ENCODED_PATH, KEYS_MAX_BYTES, KEYS_PATH, serverOf, TRANSACTION_PATH, VERSION_MAX_BYTES, VERSION_PATH } from "./federation-api.ts";

/** A ServerHello comes at once, or not at all. */
const OLD_HELLO_MS = 5000;
const LEFT_OUT: Outcome<never> = { status: "skipped", because: "not-needed", note: "one of many endpoints: the others are asked" };

export interface EndpointAddress {
  address: string;
  family: 4 | 6;
  port: number;
  /** The target's port, which belongs into a Host with a port; differs from `port` under --connect-to. */
  targetPort: number;
}

/** How homeservers ask. Version and keys go out as different ones do: filters that know the one let the other pass (homeservers.md, 33). */
interface Client {
  headers?: Record<string, string>;
  product?: string;
  plain?: true;
}

const SYNAPSE_USER_AGENT = "Synapse/1.152.0";
const GO_USER_AGENT = "Go-http-client/1.1";
/** Synapse's User-Agent may have a suffix (user_agent_suffix); it doesn't ask for gzip. */
const SYNAPSE: Client = { product: SYNAPSE_USER_AGENT, plain: true };
const SYNAPSE_EXACTLY: Client = { headers: { "user-agent": SYNAPSE_USER_AGENT }, plain: true };
/** With anything added a filter wouldn't know it. */
const GO: Client = { headers: { "user-agent": GO_USER_AGENT }, plain: true };

interface AskedApart extends Pick<EndpointFacts, "version" | "keys"> {
  refusedTo: NonNullable<EndpointFacts["refusedTo"]>;
}

/** Where one of both was turned away and the other wasn't: is it the User-Agent? The answers that count are Synapse's. */
async function askApart(
  { version, keys }: Pick<EndpointFacts, "version" | "keys">,
  ask: (path: string, maxBytes: number, as: Client) => Promise<HttpResult>,
): Promise<AskedApart> {
  const answered = { version, keys, refusedTo: [] };
  const hasVersion = version.status === "done" && version.value.server !== null;
  const hasKeys = keys.status === "done" && keys.value.reading?.kind === "keys";
  const response = <T extends { response: HttpFacts }>(outcome: Outcome<T>): Outcome<HttpFacts> =>
    mapOutcome(outcome, (value) => value.response);
  if (hasVersion && !hasKeys && isTurnedAway(response(keys))) {
    const again = readKeysResponse(await ask(KEYS_PATH, KEYS_MAX_BYTES, SYNAPSE_EXACTLY));
    if (again.status !== "done" || again.value.reading?.kind !== "keys") return answered;
    return { version, keys: again, refusedTo: [{ userAgent: GO_USER_AGENT, path: KEYS_PATH, response: response(keys) }] };
  }
  if (hasKeys && !hasVersion && isTurnedAway(response(version))) {
    const [exactly, asGo] = await Promise.all([
      ask(VERSION_PATH, VERSION_MAX_BYTES, SYNAPSE_EXACTLY),
      ask(VERSION_PATH, VERSION_MAX_BYTES, GO),
    ]);
    const again = readVersion(exactly);
    // It was this tool's own name.
    if (again.status === "done" && again.value.server !== null) return { ...answered, version: again };
    const go = readVersion(asGo);
    if (go.status !== "done" || go.value.server === null) return answered;
    return { version: again, keys, refusedTo: [{ userAgent: SYNAPSE_USER_AGENT, path: VERSION_PATH, response: response(again) }] };
  }
  return answered;
}

/** By a filter, not by the homeserver. 429 is a rate limit, and never answered with another try. */
function isTurnedAway(outcome: Outcome<HttpFacts>): boolean {
  if (outcome.status === "failed") return outcome.error.code === "closed" || outcome.error.code === "reset";
  if (outcome.status !== "done" || outcome.value.matrixError !== null || outcome.value.status === 429) return false;
  return isChallenge(outcome.value) || isRefusal(outcome.value.status) || outcome.value.status === 406;
}

/** `deep`: also what a checker needs consent for, a PUT. `least`: the version and the keys only, one of many endpoints. */
export type HowMuch = "least" | "all" | "deep";

export async function probeEndpoint(
  io: Io,
  route: RouteFacts,
  at: EndpointAddress,
  issuers: Issuers,
  how: HowMuch = "all",
): Promise<EndpointFacts> {
  const servername = route.tlsNameIsIp ? null : route.tlsName;
  const open = (options: { maxVersion?: "TLSv1.2"; ephemeralOnly?: true; alpn?: string[] } = {}): Promise<Connection> =>
    io.tls.connect({ address: at.address, port: at.port, servername, ...options }, io.signal);
  const ask = async (
    pending: Promise<Connection>,
    path: string,
    maxBytes: number,
    { host = route.hostHeader, body = null, as = {} }: { host?: string; body?: string | null; as?: Client } = {},
  ): Promise<HttpResult> => {
    const connection = await pending;
    try {
      if (connection.socket === null) return { outcome: lost(connection), body: Buffer.alloc(0) };
      return await io.http.request(
        connection,
        {
          path,
          host,
          maxBytes,
          ...as,
          headers: { accept: "application/json", ...as.headers, ...(body === null ? {} : { "content-type": "application/json" }) },
          ...(body === null ? {} : { method: "PUT" as const, body }),
        },
        io.signal,
      );
    } finally {
      connection.close();
    }
  };

  const first = open();
  const version = ask(first, VERSION_PATH, VERSION_MAX_BYTES, { as: SYNAPSE });
  const keys = ask(open(), KEYS_PATH, KEYS_MAX_BYTES, { as: GO });
  const isLeast = how === "least";
  const encodedPath = isLeast ? null : ask(open(), ENCODED_PATH, VERSION_MAX_BYTES);
  const hostPort =
    !isLeast && sendsNoPort(route, at)
      ? ask(open(), VERSION_PATH, VERSION_MAX_BYTES, { host: `${route.hostHeader}:${at.targetPort}` })
      : null;
  const put = how === "deep" ? ask(open(), TRANSACTION_PATH, VERSION_MAX_BYTES, { body: emptyTransaction(io) }) : null;
  const olderTls = protocolOf(handshakeOnly(open({ maxVersion: "TLSv1.2" })));

  const { facts } = await first;
  const completed = first.then((connection) => issuers.complete(connection));
  const failedHandshake = facts.tls.status === "failed" && facts.tls.error.code !== "timeout";
  // Only when nothing newer works is it worth asking for what homeservers no longer speak.
  const ancientTls = failedHandshake ? chosenOfOld(io, at, servername) : null;
  const lacksEphemeral = facts.tls.status === "done" && !isEphemeral(facts.tls.value);
  const ephemeralOnly = lacksEphemeral ? handshakeOnly(open({ ephemeralOnly: true })) : null;
  const asked = { version: readVersion(await version), keys: readKeysResponse(await keys) };
  const apart = await askApart(asked, (path, maxBytes, as) => ask(open(), path, maxBytes, { as }));
  const versionFacts = apart.version;
  await completed;
  const alpn = isNoHttp(versionFacts) ? negotiated(open({ alpn: ["h2", "http/1.1"] })) : null;

  return {
    ...facts,
    version: versionFacts,
    keys: apart.keys,
    plain: true,
    ...(apart.refusedTo.length === 0 ? {} : { refusedTo: apart.refusedTo }),
    encodedPath: encodedPath === null ? LEFT_OUT : (await encodedPath).outcome,
    hostPort:
      hostPort === null
        ? isLeast
          ? LEFT_OUT
          : { status: "skipped", because: "not-needed", note: "homeservers send the same Host with and without the port here" }
        : (await hostPort).outcome,
    olderTls: ancientTls === null ? await olderTls : await ancientTls.finally(() => olderTls),
    ...(ephemeralOnly === null ? {} : { ephemeralOnly: await ephemeralOnly }),
    ...(put === null ? {} : { put: (await put).outcome }),
    alpn: alpn === null ? { status: "skipped", because: "not-needed", note: "HTTP/1.1 answers" } : await alpn,
  };
}

function emptyTransaction(io: Io): string {
  return JSON.stringify({ origin: "matrix-delegation-check.invalid", origin_server_ts: io.now().getTime(), pdus: [], edus: [] });
}

/** The conduwuit family adds the port to every Host, unless it is 443 (homeservers.md, "Host header"). */
function sendsNoPort(route: RouteFacts, at: EndpointAddress): boolean {
  return !/:\d+$/.test(route.hostHeader.replace(/^\[.*\]/, "")) && at.targetPort !== 443;
}

/** What became of a request whose connection wasn't made. */
function lost(connection: Connection): Outcome<never> {
  const { tcp, tls } = connection.facts;
  const cause = tcp.status === "done" ? tls : tcp;
  if (cause.status === "failed" || cause.status === "untested")
    return cause.status === "untested" ? cause : { status: "skipped", because: "blocked", note: `no connection: ${cause.error.message}` };
  return { status: "skipped", because: "blocked", note: "no connection" };
}

async function protocolOf(pending: Promise<Outcome<{ protocol: string }>>): Promise<Outcome<{ protocol: string }>> {
  const outcome = await pending;
  return outcome.status === "done" ? { ...outcome, value: { protocol: outcome.value.protocol } } : outcome;
}

/** TLS 1.3, or a suite of TLS 1.2 with ECDHE, which rustls and Go demand. */
function isEphemeral({ protocol, cipher }: TlsFacts): boolean {
  return protocol === "TLSv1.3" || cipher.startsWith("TLS_ECDHE_");
}

/**
 * What the server chooses when all versions up to TLS 1.2 are offered, with the cipher suites of their times; where it takes that amiss,
 * when TLS 1.1 is the newest.
 */
async function chosenOfOld(io: Io, { address, port }: EndpointAddress, servername: string | null): Promise<Outcome<{ protocol: string }>> {
  const ask = async (newest: 0x0302 | 0x0303): Promise<Outcome<{ protocol: string }>> => {
    const connection = await io.tls.connectPlain({ address, port }, io.signal);
    try {
      if (connection.socket === null) return { status: "skipped", because: "blocked", note: "no connection" };
      return await chosenProtocol(connection.socket, servername, newest, OLD_HELLO_MS, io.signal);
    } finally {
      connection.close();
    }
  };
  const first = await ask(0x0303);
  return first.status === "failed" && first.error.code !== "plain-http" && first.error.code !== "not-tls" ? ask(0x0302) : first;
}

async function handshakeOnly(pending: Promise<Connection>): Promise<Outcome<{ protocol: string; cipher: string }>> {
  const connection = await pending;
  connection.close();
  const { facts } = connection;
  if (facts.tcp.status !== "done") return { status: "skipped", because: "blocked", note: "no connection" };
  return facts.tls.status === "done"
    ? { ...facts.tls, value: { protocol: facts.tls.value.protocol, cipher: facts.tls.value.cipher } }
    : facts.tls;
}

async function negotiated(pending: Promise<Connection>): Promise<Outcome<{ protocol: string | null }>> {
  const connection = await pending;
  connection.close();
  const { facts, alpnProtocol } = connection;
  return facts.tls.status === "done" ? { ...facts.tls, value: { protocol: alpnProtocol } } : facts.tls;
}

function isNoHttp(version: Outcome<VersionFacts>): boolean {
  return version.status === "failed" && ["http2", "not-http", "closed", "reset"].includes(version.error.code);
}

function readVersion({ outcome, body }: HttpResult): Outcome<VersionFacts> {
  if (outcome.status !== "done") return outcome;
  const response = outcome.value;
  return { ...outcome, value: { response, ...(isSuccess(response.status) ? serverOf(response, body) : { server: null, problem: null }) } };
}

function readKeysResponse({ outcome, body }: HttpResult): Outcome<KeysFacts> {
  if (outcome.status !== "done") return outcome;
  const response = outcome.value;
  if (!isSuccess(response.status)) return { ...outcome, value: { response, reading: null } };
  if (response.truncated)
    return { ...outcome, value: { response, reading: { kind: "not-json", message: `more than ${KEYS_MAX_BYTES} bytes` } } };
  return { ...outcome, value: { response, reading: readKeys(body) } };
}
