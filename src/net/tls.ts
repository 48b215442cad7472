/**
 * TlsClient on real sockets: TCP, then TLS without verification, with facts about each. Both together have one timeout.
 */
import type { Socket } from "node:net";
import { versions } from "node:process";
import { setImmediate } from "node:timers/promises";
import type { SecureContext, TLSSocket } from "node:tls";
import type { ConnectionFacts, NetError, Outcome, TlsFacts } from "../facts/facts.ts";
import type { Connection, ConnectOptions, FurtherConnection, PlainConnection, TlsClient } from "./io.ts";
import { connectTcp, cutOff, since } from "./tcp.ts";
import { flightWithoutCertificate } from "./tls-client-flight.ts";
import { destroyAll, type HandshakeResult, shakeHands, shakeHandsUnread } from "./tls-handshake.ts";
import { readServerHandshake, type SentByServer } from "./tls-sent-chain.ts";
import { readUnorderedChain } from "./tls-unordered-chain.ts";
import type { TlsOffer, TrustStore } from "./trust.ts";

export interface TlsClientOptions {
  /** Milliseconds for TCP and TLS together. */
  timeoutMs: number;
  trust: TrustStore;
  /** The clock by which expired roots don't count. */
  now?: () => Date;
  /** Called when a handshake has begun, so that something else can be done while it is on its way. */
  onHandshake?: () => void;
  /** To spare the processor, even if a server that refuses is then connected to twice: see `SPARES`. */
  spare?: boolean;
}

/**
 * Whether connections can be made for less without more being lost: Node before 24 never frees the issuers of a chain that it gives in the
 * order in which it was sent, some 6 KB a connection.
 */
export const SPARES = Number(versions.node.split(".")[0]) >= 24;

/** What a handshake left open, and what came with it. */
interface Opened {
  tcp: ConnectionFacts["tcp"];
  raw: Socket;
  socket: TLSSocket;
  sent: ReadFromServer;
  /** Of the handshake. */
  ms: number;
}

export function createTlsClient({
  timeoutMs,
  trust,
  now = () => new Date(),
  onHandshake = () => {},
  spare = false,
}: TlsClientOptions): TlsClient {
  const connectReading = async (options: ConnectOptions, signal: AbortSignal): Promise<Connection> => {
    const started = performance.now();
    const connecting = connectTcp(options.address, options.port, timeoutMs, signal);
    // The first time this costs 25 ms of parsing: while the SYN is on its way, which Node sends in the next tick.
    await setImmediate();
    trust.prepare();
    const secureContext = trust.secureContext(offerOf(options));
    const tcp = await connecting;
    if (tcp.socket === null) return withoutSocket(options, tcp.outcome, WITHOUT_TCP);

    const handshakeStarted = performance.now();
    const left = Math.max(1, timeoutMs - (handshakeStarted - started));
    const raw = tcp.socket;
    const shaking = shakeHands(raw, { secureContext, servername: options.servername, alpn: options.alpn, timeoutMs: left }, signal);
    onHandshake();
    const handshake = await shaking;
    const ms = since(handshakeStarted);
    if (handshake.kind !== "secure") return withoutSocket(options, tcp.outcome, endOf(handshake, ms, signal));
    const { socket } = handshake;
    const sent = sentBy(handshake);
    const leaf = readOf(ms, () => trust.refuseUnreadable(sent.certificates));
    if (leaf.status !== "done") {
      destroyAll(socket, raw);
      return withoutSocket(options, tcp.outcome, leaf);
    }
    return opened(options, { tcp: tcp.outcome, raw, socket, sent, ms });
  };

  /**
   * The same for two thirds of the processor's time. What Node doesn't tell is known from a handshake that goes as most do; others are
   * done again and read.
   */
  const connectUnread = async (options: ConnectOptions, signal: AbortSignal): Promise<Connection> => {
    const isPlain = ({ code }: NetError, { bytesRead }: Socket): boolean => code === "timeout" && bytesRead === 0;
    const shaken = await shakeUnread(options, { secureContext: trust.secureContext(offerOf(options)), isPlain }, signal);
    if ("failed" in shaken) return shaken.failed ?? connectReading(options, signal);
    const { raw, socket, helloBytes } = shaken;
    // The end of the handshake is sent when its event is over.
    await setImmediate();
    const certificates = raw.bytesWritten - helloBytes === flightWithoutCertificate(socket) ? readSentOrder(socket) : [];
    if (certificates.length === 0) {
      destroyAll(socket, raw);
      return connectReading(options, signal);
    }
    return opened(options, { ...shaken, sent: { certificates, asksClientCertificate: false } });
  };

  /** `failed`: what became of it, or null when it is no `isPlain` error, so that the bytes that came would say more than OpenSSL. */
  const shakeUnread = async (
    options: ConnectOptions,
    { secureContext, isPlain }: { secureContext: SecureContext; isPlain: (error: NetError, raw: Socket) => boolean },
    signal: AbortSignal,
  ): Promise<{ failed: ReturnType<typeof withoutSocket<never>> | null } | (Omit<Opened, "sent"> & { helloBytes: number })> => {
    const started = performance.now();
    const tcp = await connectTcp(options.address, options.port, timeoutMs, signal);
    if (tcp.socket === null) return { failed: withoutSocket(options, tcp.outcome, WITHOUT_TCP) };
    const handshakeStarted = performance.now();
    const raw = tcp.socket;
    const left = Math.max(1, timeoutMs - (handshakeStarted - started));
    const handshake = await shakeHandsUnread(
      raw,
      { secureContext, servername: options.servername, alpn: options.alpn, timeoutMs: left },
      signal,
    );
    const ms = since(handshakeStarted);
    if (handshake.kind === "secure") return { tcp: tcp.outcome, raw, socket: handshake.socket, helloBytes: handshake.helloBytes, ms };
    const isRead = handshake.kind === "failed" && !isPlain(handshake.error, raw);
    return { failed: isRead ? null : withoutSocket(options, tcp.outcome, endOf(handshake, ms, signal)) };
  };

  const opened = (options: ConnectOptions, { tcp, raw, socket, sent, ms }: Opened): Connection => {
    const at = now();
    const { facts, complaint } = sessionOf(socket);
    let judged: ConnectionFacts["tls"] | undefined;
    return {
      facts: {
        ...endpointOf(options),
        tcp,
        // When somebody looks: until then the request for which the connection was made may be on its way.
        get tls() {
          const { certificates, asksClientCertificate } = sent;
          return (judged ??= readOf(ms, () => ({
            ...facts,
            ...trust.judgeChain(certificates, { ...complaint, at }),
            asksClientCertificate,
          })));
        },
      },
      socket,
      alpnProtocol: socket.alpnProtocol || null, // false when none was chosen
      judgeWith: (others) => trust.judgeChain([...sent.certificates, ...others], { at }),
      sent: () => sent.certificates,
      close: () => destroyAll(socket, raw),
    };
  };

  return {
    connect: spare ? connectUnread : connectReading,

    async connectFurther(options, signal): Promise<FurtherConnection> {
      // A refused version is refused before anything else is said.
      const isPlain = ({ code, alert }: NetError): boolean => code === "timeout" || alert === "protocol_version";
      const secureContext = trust.secureContext({ ...offerOf(options), judges: false });
      const shaken = await shakeUnread(options, { secureContext, isPlain }, signal);
      if ("failed" in shaken) return shaken.failed ?? connectReading(options, signal);
      const { raw, socket, tcp, ms } = shaken;
      return {
        facts: { ...endpointOf(options), tcp, tls: { status: "done", value: protocolOf(socket), ms } },
        socket,
        alpnProtocol: socket.alpnProtocol || null,
        close: () => destroyAll(socket, raw),
      };
    },

    async connectPlain(options, signal): Promise<PlainConnection> {
      const { outcome, socket } = await connectTcp(options.address, options.port, timeoutMs, signal);
      const tls: Outcome<TlsFacts> = { status: "skipped", because: "not-needed", note: "plain http:" };
      return { facts: { ...endpointOf(options), tcp: outcome, tls }, socket, close: () => socket?.destroy() };
    },
  };
}

function offerOf({ maxVersion, ephemeralOnly }: ConnectOptions): TlsOffer {
  return { ...(maxVersion !== undefined ? { maxVersion } : {}), ...(ephemeralOnly !== undefined ? { ephemeralOnly } : {}) };
}

function endpointOf({ address, port }: { address: string; port: number }): Pick<ConnectionFacts, "address" | "family" | "port"> {
  return { address, family: address.includes(":") ? 6 : 4, port };
}

const WITHOUT_TCP: Outcome<never> = { status: "skipped", because: "blocked", note: "no TCP connection" };

function withoutSocket<T>(
  options: ConnectOptions,
  tcp: ConnectionFacts["tcp"],
  tls: Outcome<T>,
): { facts: Omit<ConnectionFacts, "tls"> & { tls: Outcome<T> }; socket: null; alpnProtocol: null; close: () => void } {
  return { facts: { ...endpointOf(options), tcp, tls }, socket: null, alpnProtocol: null, close: () => undefined };
}

/** Of a handshake that didn't come about. */
function endOf(handshake: Exclude<HandshakeResult, { kind: "secure" }>, ms: number, signal: AbortSignal): Outcome<never> {
  if (handshake.kind === "aborted") return cutOff(ms, "the TLS handshake wasn't finished", signal);
  return { status: "failed", error: handshake.error, ms };
}

/** Of one that did, if its certificate can be read. */
function readOf<T>(ms: number, factsOf: () => T): Outcome<T> {
  try {
    return { status: "done", value: factsOf(), ms };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { status: "failed", error: { code: "tls", message: `the server's certificate can't be read: ${reason}` }, ms };
  }
}

function protocolOf(socket: TLSSocket): Pick<TlsFacts, "protocol" | "cipher"> {
  return { protocol: socket.getProtocol() ?? "unknown", cipher: socket.getCipher().standardName };
}

/** What only an open connection tells. */
function sessionOf(socket: TLSSocket): {
  facts: Pick<TlsFacts, "protocol" | "cipher" | "ephemeralKey">;
  complaint: ReturnType<typeof complaintOf>;
} {
  const ephemeralKey = ephemeralKeyOf(socket);
  return { facts: { ...protocolOf(socket), ...(ephemeralKey == null ? {} : { ephemeralKey }) }, complaint: complaintOf(socket) };
}

/** The certificates in DER, leaf first. */
type ReadFromServer = SentByServer & { certificates: Buffer[] };

function sentBy({ socket, received, handshakeSecret }: HandshakeResult & { kind: "secure" }): ReadFromServer {
  const { certificates, asksClientCertificate } = readServerHandshake(received, handshakeSecret);
  return { certificates: certificates ?? readUnorderedChain(socket), asksClientCertificate };
}

/**
 * As OpenSSL keeps them: as they were sent. What `getPeerCertificate` gives is sorted, and completed from the local store. To be called
 * once: Node 20 takes the leaf away from what OpenSSL keeps.
 */
function readSentOrder(socket: TLSSocket): Buffer[] {
  const certificates: Buffer[] = [];
  for (let each = socket.getPeerX509Certificate(); each !== undefined; each = each.issuerCertificate) certificates.push(each.raw);
  return certificates;
}

/** OpenSSL's code, and its words where the code has none. Node's types call it an Error, but it is the code's text, or an Error with it. */
function complaintOf(socket: TLSSocket): { verifyError: string | null; verifyMessage?: string } {
  const error: unknown = socket.authorizationError;
  if (typeof error !== "string" && !(error instanceof Error)) return { verifyError: null };
  const verifyError = typeof error === "string" ? error : "code" in error && typeof error.code === "string" ? error.code : error.message;
  if (verifyError !== "UNSPECIFIED") return { verifyError };
  // Node has a code for some of OpenSSL's complaints only, and gives the words to its own callback alone.
  const handle = (socket as unknown as { _handle?: { verifyError?: () => unknown } | null })._handle;
  const complaint = typeof handle?.verifyError === "function" ? handle.verifyError() : null;
  return complaint instanceof Error ? { verifyError, verifyMessage: complaint.message } : { verifyError };
}

/** Null for TLS 1.3, whose key exchange is always of today. */
function ephemeralKeyOf(socket: TLSSocket): Required<TlsFacts>["ephemeralKey"] | null {
  if (socket.getProtocol() === "TLSv1.3") return null;
  // The types say EphemeralKeyInfo or null, and give an empty object to servers.
  const info: Partial<{ type: string; name: string; size: number }> | object | null = socket.getEphemeralKeyInfo();
  if (info === null || !("type" in info) || typeof info.type !== "string") return null;
  return { type: info.type, name: info.name ?? null, bits: info.size ?? null };
}
