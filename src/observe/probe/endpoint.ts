/**
 * One endpoint, as a homeserver meets it: connect, TLS, version and signing keys, each with the Host and SNI of the route.
 * All requests go out side by side, each over a connection of its own, so that one that stalls says nothing about the others; or, where
 * many names are checked, one after the other over two.
 */
import { setImmediate } from "node:timers/promises";
import type { EndpointFacts, HttpFacts, KeysFacts, Outcome, RouteFacts, VersionFacts } from "../../facts/facts.ts";
import { readKeys } from "../../matrix/signing-keys.ts";
import { USER_AGENTS } from "../../matrix/user-agents.ts";
import { isEphemeral } from "../../views/handshake.ts";
import { refusesOrLacksHttp1 } from "../../views/http2-only.ts";
import { asksToWait, isSuccess } from "../../views/http-status.ts";
import { SLOW_MS } from "../../views/version-answer.ts";
import type { Connection, FurtherConnection, HttpRequest, HttpResult, Io } from "../../net/io.ts";
import { handshakeOf, handshakeOnly, negotiated } from "../handshakes.ts";
import { chosenProtocol } from "../../net/tls-old-hello.ts";
import type { Issuers } from "../clues/issuers.ts";
import { askApart, type Asked, type Client, clientOf, SYNAPSE } from "./clients.ts";
import { askAlone, Line } from "./line.ts";
import { ENCODED_PATH, KEYS_MAX_BYTES, KEYS_PATH, serverOf, TRANSACTION_PATH, VERSION_MAX_BYTES, VERSION_PATH } from "./federation-api.ts";

/** A ServerHello comes at once, or not at all. */
const OLD_HELLO_MS = 5000;
const LEFT_OUT: Outcome<never> = { status: "skipped", because: "not-needed", note: "one of many endpoints: the others are asked" };

const NOT_REPEATED: Outcome<never> = { status: "skipped", because: "not-needed", note: "no answer, and not asked again" };

export interface EndpointAddress {
  address: string;
  family: 4 | 6;
  port: number;
  /** The target's port, which belongs into a Host with a port; differs from `port` under --connect-to. */
  targetPort: number;
}

export interface HowMuch {
  /** `deep`: also what a checker needs consent for, a PUT. `least`: the version and the keys only, one of many endpoints. */
  requests: "least" | "all" | "deep";
  /** Where one homeserver is turned away, all the others are asked for, too. */
  everybody: boolean;
  /** Over two connections, if all goes well. */
  few: boolean;
}

/** How a request gets to the endpoint. */
type Way = Line | Promise<Connection | FurtherConnection>;

export async function probeEndpoint(
  io: Io,
  route: RouteFacts,
  at: EndpointAddress,
  issuers: Issuers,
  { requests, everybody, few }: HowMuch = { requests: "all", everybody: true, few: false },
): Promise<EndpointFacts> {
  const servername = route.tlsNameIsIp ? null : route.tlsName;
  const place = { address: at.address, port: at.port, servername };
  /** The first connection shows the certificates; these don't need to. */
  const open = (options: { maxVersion?: "TLSv1.2"; ephemeralOnly?: true; alpn?: string[] } = {}): Promise<FurtherConnection> =>
    io.tls.connectFurther({ ...place, ...options }, io.signal);
  const ask = (
    way: Way,
    path: string,
    maxBytes: number,
    { host = route.hostHeader, body = null, as = {} }: { host?: string; body?: string | null; as?: Client } = {},
  ): Promise<HttpResult> => {
    const request: HttpRequest = {
      path,
      host,
      maxBytes,
      ...as,
      headers: { accept: "application/json", ...(body === null ? {} : { "content-type": "application/json" }) },
      ...(body === null ? {} : { method: "PUT" as const, body }),
    };
    return way instanceof Line ? way.ask(request) : askAlone(io, way, request);
  };

  const first = io.tls.connect(place, io.signal);
  const line = few ? new Line(io, first, open) : null;
  const further = (): Way => line ?? open();
  /** Without TLS 1.2 as the others. */
  const usable = (connection: FurtherConnection): { way: Way } => {
    const { tcp, tls } = connection.facts;
    const isRefused = tcp.status === "done" && tls.status === "failed" && tls.error.code !== "timeout";
    return { way: isRefused ? further() : Promise.resolve(connection) };
  };
  const isLeast = requests === "least";
  // Of many endpoints the others show it.
  const older = isLeast ? null : open({ maxVersion: "TLSv1.2" });
  const olderTls = older === null ? LEFT_OUT : protocolOf(older.then(handshakeOf));
  const withPort = sendsNoPort(route, at);
  const hostWithPort = withPort ? `${route.hostHeader}:${at.targetPort}` : route.hostHeader;
  const request = (
    userAgent: string,
    way: Way,
    path: string,
    maxBytes: number,
    isGood: (result: HttpResult) => boolean,
    { host = route.hostHeader, as = clientOf(userAgent) }: { host?: string; as?: Client } = {},
  ): Promise<Asked> => {
    const again = (client: Client): Promise<HttpResult> => ask(open(), path, maxBytes, { host, as: client });
    return ask(way, path, maxBytes, { host, as }).then((result) => ({ userAgent, path, result, ask: again, isGood }));
  };
  // What is asked anyway goes out as different homeservers ask (homeservers.md, 33).
  const asking = Promise.all([
    request(USER_AGENTS.synapse, line ?? first, VERSION_PATH, VERSION_MAX_BYTES, isVersion, { as: SYNAPSE }),
    request(USER_AGENTS.go, further(), KEYS_PATH, KEYS_MAX_BYTES, isKeys),
    ...(older === null
      ? []
      : [
          request(USER_AGENTS.none, further(), ENCODED_PATH, VERSION_MAX_BYTES, isFromHomeserver),
          // Its family names the port in every Host. The connection is the one that shows TLS 1.2.
          older
            .then(usable)
            .then(({ way }) => request(USER_AGENTS.continuwuity, way, VERSION_PATH, VERSION_MAX_BYTES, isVersion, { host: hostWithPort })),
        ]),
  ]);
  const put =
    requests === "deep"
      ? ask(further(), TRANSACTION_PATH, VERSION_MAX_BYTES, { body: emptyTransaction(io), as: clientOf(USER_AGENTS.synapse) })
      : null;

  const connection = await first;
  // The certificates are looked into when the requests are on their way.
  await setImmediate();
  const facts = { ...connection.facts };
  const completed = issuers.complete(connection);
  const failedHandshake = facts.tls.status === "failed" && facts.tls.error.code !== "timeout";
  // Only when nothing newer works is it worth asking for what homeservers no longer speak.
  const ancientTls = failedHandshake ? chosenOfOld(io, at, servername) : null;
  const lacksEphemeral = facts.tls.status === "done" && !isEphemeral(facts.tls.value);
  const ephemeralOnly = lacksEphemeral ? handshakeOnly(open({ ephemeralOnly: true })) : null;
  const asked = await asking;
  const answeredPut = await put;
  await line?.close();
  const { results, versionOfOthers, ...apart } = await askApart(asked, everybody);
  const [versionResult, keysResult, encodedPath, withPortResult] = results;
  const version = readVersion(versionResult);
  const serverToOthers = versionOfOthers === undefined ? null : serverIn(versionOfOthers);
  const versionSeen = versionOfOthers ?? versionResult;
  const hostPort = await seenTwice(versionSeen, withPort && everybody ? withPortResult : undefined, () =>
    ask(open(), VERSION_PATH, VERSION_MAX_BYTES, { host: hostWithPort, as: clientOf(USER_AGENTS.continuwuity) }),
  );
  await completed;
  const alpn = isNoHttp(version) ? negotiated(open({ alpn: ["h2", "http/1.1"] })) : null;

  return {
    ...facts,
    version,
    keys: readKeysResponse(keysResult),
    plain: true,
    ...apart,
    ...(serverToOthers === null ? {} : { serverToOthers }),
    encodedPath: encodedPath?.outcome ?? LEFT_OUT,
    hostPort: withPort
      ? (hostPort ?? unconfirmed(versionSeen, withPortResult))
      : { status: "skipped", because: "not-needed", note: "homeservers send the same Host with and without the port here" },
    olderTls: ancientTls === null ? await olderTls : await ancientTls.finally(() => olderTls),
    ...(ephemeralOnly === null ? {} : { ephemeralOnly: await ephemeralOnly }),
    ...(answeredPut === null ? {} : { put: answeredPut.outcome }),
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

async function protocolOf(pending: Promise<Outcome<{ protocol: string }>>): Promise<Outcome<{ protocol: string }>> {
  const outcome = await pending;
  return outcome.status === "done" ? { ...outcome, value: { protocol: outcome.value.protocol } } : outcome;
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

function isNoHttp(version: Outcome<VersionFacts>): boolean {
  return refusesOrLacksHttp1(version.status === "done" ? { ...version, value: version.value.response } : version);
}

function isVersion(result: HttpResult): boolean {
  return serverIn(result) !== null;
}

function serverIn(result: HttpResult): VersionFacts["server"] {
  const version = readVersion(result);
  return version.status === "done" ? version.value.server : null;
}

/**
 * Where the version is answered without the port, and not with it: is it the port, or does one backend work and the next one doesn't?
 * Undefined: there was nothing to ask again.
 */
async function seenTwice(
  version: HttpResult,
  withPort: HttpResult | undefined,
  askAgain: () => Promise<HttpResult>,
): Promise<Outcome<HttpFacts> | undefined> {
  if (withPort === undefined || !isVersion(version) || !mayBeByChance(version, withPort)) return undefined;
  const again = await askAgain();
  const { outcome } = again;
  const isSame = !isVersion(again) && !isToWait(outcome) && (outcome.status === "done" || outcome.status === "failed");
  return isSame ? withPort.outcome : outcome;
}

/** A request that failed once alone may have met a backend that is dead. */
function unconfirmed(version: HttpResult, withPort: HttpResult | undefined): Outcome<HttpFacts> {
  if (withPort === undefined) return LEFT_OUT;
  return withPort.outcome.status === "failed" && isVersion(version) ? NOT_REPEATED : withPort.outcome;
}

/** No homeserver's answer, and none that asks to wait. Silence counts where the same without the port was quick. */
function mayBeByChance(version: HttpResult, result: HttpResult): boolean {
  const { outcome } = result;
  if (isVersion(result)) return false;
  if (outcome.status === "failed") return outcome.error.code !== "timeout" || ("ms" in version.outcome && version.outcome.ms <= SLOW_MS);
  return outcome.status === "done" && !isToWait(outcome);
}

function isToWait(outcome: Outcome<HttpFacts>): boolean {
  return outcome.status === "done" && asksToWait(outcome.value);
}

function isKeys(result: HttpResult): boolean {
  const keys = readKeysResponse(result);
  return keys.status === "done" && keys.value.reading?.kind === "keys";
}

function isFromHomeserver({ outcome }: HttpResult): boolean {
  return outcome.status === "done" && outcome.value.matrixError !== null;
}

function readVersion({ outcome, body }: HttpResult): Outcome<VersionFacts> {
  if (outcome.status !== "done") return outcome;
  const response = outcome.value;
  return { ...outcome, value: { response, ...(isSuccess(response.status) ? serverOf(response, body) : { server: null, problem: null }) } };
}

/** Each answer is looked at several times, and verifying signatures is what takes time. */
const keysRead = new WeakMap<HttpResult, Outcome<KeysFacts>>();

function readKeysResponse(result: HttpResult): Outcome<KeysFacts> {
  const read = keysRead.get(result) ?? keysIn(result);
  keysRead.set(result, read);
  return read;
}

function keysIn({ outcome, body }: HttpResult): Outcome<KeysFacts> {
  if (outcome.status !== "done") return outcome;
  const response = outcome.value;
  if (!isSuccess(response.status)) return { ...outcome, value: { response, reading: null } };
  if (response.truncated)
    return { ...outcome, value: { response, reading: { kind: "not-json", message: `more than ${KEYS_MAX_BYTES} bytes` } } };
  return { ...outcome, value: { response, reading: readKeys(body) } };
}
