/**
 * One endpoint, as a homeserver meets it: connect, TLS, version and signing keys, each with the Host and SNI of the route.
 * All requests go out side by side, each over a connection of its own, so that one that stalls says nothing about the others.
 */
import type { EndpointFacts, KeysFacts, Outcome, RouteFacts, VersionFacts } from "../../facts/facts.ts";
import { readKeys } from "../../matrix/signing-keys.ts";
import type { Connection, HttpResult, Io } from "../../net/io.ts";
import { ENCODED_PATH, KEYS_MAX_BYTES, KEYS_PATH, serverOf, TRANSACTION_PATH, VERSION_MAX_BYTES, VERSION_PATH } from "./federation-api.ts";

export interface EndpointAddress {
  address: string;
  family: 4 | 6;
  port: number;
  /** The target's port, which belongs into a Host with a port; differs from `port` under --connect-to. */
  targetPort: number;
}

/** `deep`: also what a checker needs consent for, a PUT. */
export async function probeEndpoint(io: Io, route: RouteFacts, at: EndpointAddress, deep = false): Promise<EndpointFacts> {
  const open = (options: { minVersion?: "TLSv1"; maxVersion?: "TLSv1.1" | "TLSv1.2"; alpn?: string[] } = {}): Promise<Connection> =>
    io.tls.connect({ address: at.address, port: at.port, servername: route.tlsNameIsIp ? null : route.tlsName, ...options }, io.signal);
  const ask = async (
    pending: Promise<Connection>,
    path: string,
    maxBytes: number,
    host = route.hostHeader,
    body: string | null = null,
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
          headers: { accept: "application/json", ...(body === null ? {} : { "content-type": "application/json" }) },
          ...(body === null ? {} : { method: "PUT" as const, body }),
        },
        io.signal,
      );
    } finally {
      connection.close();
    }
  };

  const first = open();
  const version = ask(first, VERSION_PATH, VERSION_MAX_BYTES);
  const keys = ask(open(), KEYS_PATH, KEYS_MAX_BYTES);
  const encodedPath = ask(open(), ENCODED_PATH, VERSION_MAX_BYTES);
  const hostPort = sendsNoPort(route, at) ? ask(open(), VERSION_PATH, VERSION_MAX_BYTES, `${route.hostHeader}:${at.targetPort}`) : null;
  const put = deep ? ask(open(), TRANSACTION_PATH, VERSION_MAX_BYTES, route.hostHeader, emptyTransaction(io)) : null;
  const olderTls = handshakeOnly(open({ maxVersion: "TLSv1.2" }));

  const { facts } = await first;
  const failedHandshake = facts.tls.status === "failed" && facts.tls.error.code !== "timeout";
  // Only when nothing newer works is it worth asking for what homeservers no longer speak.
  const ancientTls = failedHandshake ? handshakeOnly(open({ minVersion: "TLSv1", maxVersion: "TLSv1.1" })) : null;
  const versionFacts = readVersion(await version);
  const alpn = isNoHttp(versionFacts) ? negotiated(open({ alpn: ["h2", "http/1.1"] })) : null;

  return {
    ...facts,
    version: versionFacts,
    keys: readKeysResponse(await keys),
    encodedPath: (await encodedPath).outcome,
    hostPort:
      hostPort === null
        ? { status: "skipped", because: "not-needed", note: "homeservers send the same Host with and without the port here" }
        : (await hostPort).outcome,
    olderTls: ancientTls === null ? await olderTls : await ancientTls.finally(() => olderTls),
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

async function handshakeOnly(pending: Promise<Connection>): Promise<Outcome<{ protocol: string }>> {
  const connection = await pending;
  connection.close();
  const { facts } = connection;
  if (facts.tcp.status !== "done") return { status: "skipped", because: "blocked", note: "no connection" };
  return facts.tls.status === "done" ? { ...facts.tls, value: { protocol: facts.tls.value.protocol } } : facts.tls;
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
  return { ...outcome, value: { response, ...(response.status === 200 ? serverOf(response, body) : { server: null, problem: null }) } };
}

function readKeysResponse({ outcome, body }: HttpResult): Outcome<KeysFacts> {
  if (outcome.status !== "done") return outcome;
  const response = outcome.value;
  if (response.status !== 200) return { ...outcome, value: { response, reading: null } };
  if (response.truncated)
    return { ...outcome, value: { response, reading: { kind: "not-json", message: `more than ${KEYS_MAX_BYTES} bytes` } } };
  return { ...outcome, value: { response, reading: readKeys(body) } };
}
