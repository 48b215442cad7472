/**
 * TlsClient on real sockets: TCP, then TLS without verification, with facts about each. Both together have one timeout.
 */
import { isIPv6 } from "node:net";
import { setImmediate } from "node:timers/promises";
import type { TLSSocket } from "node:tls";
import type { ConnectionFacts, Outcome, TlsFacts } from "../facts/facts.ts";
import type { Connection, ConnectOptions, PlainConnection, TlsClient } from "./io.ts";
import { connectTcp, cutOff, since } from "./tcp.ts";
import { destroyAll, shakeHands, type HandshakeResult } from "./tls-handshake.ts";
import { readSentChain } from "./tls-sent-chain.ts";
import { readUnorderedChain } from "./tls-unordered-chain.ts";
import type { TrustStore } from "./trust.ts";

export interface TlsClientOptions {
  /** Milliseconds for TCP and TLS together. */
  timeoutMs: number;
  trust: TrustStore;
  /** The clock by which expired roots don't count. */
  now?: () => Date;
  /** Called when a handshake has begun, so that something else can be done while it is on its way. */
  onHandshake?: () => void;
}

export function createTlsClient({ timeoutMs, trust, now = () => new Date(), onHandshake = () => {} }: TlsClientOptions): TlsClient {
  return {
    async connect(options: ConnectOptions, signal: AbortSignal): Promise<Connection> {
      const started = performance.now();
      const connecting = connectTcp(options.address, options.port, timeoutMs, signal);
      // The first time this costs 25 ms of parsing: while the SYN is on its way, which Node sends in the next tick.
      await setImmediate();
      trust.prepare();
      const secureContext = trust.secureContext(versionsOf(options));
      const tcp = await connecting;
      if (tcp.socket === null)
        return withoutSocket(options, tcp.outcome, { status: "skipped", because: "blocked", note: "no TCP connection" });

      const handshakeStarted = performance.now();
      const left = Math.max(1, timeoutMs - (handshakeStarted - started));
      const raw = tcp.socket;
      const shaking = shakeHands(raw, { secureContext, servername: options.servername, alpn: options.alpn, timeoutMs: left }, signal);
      onHandshake();
      const handshake = await shaking;
      const ms = since(handshakeStarted);
      const tls = outcomeOf(handshake, ms, trust, now());
      if (handshake.kind !== "secure" || tls.status !== "done") {
        raw.destroy();
        return withoutSocket(options, tcp.outcome, tls);
      }
      const { socket } = handshake;
      return {
        facts: { ...endpointOf(options), tcp: tcp.outcome, tls },
        socket,
        alpnProtocol: socket.alpnProtocol || null, // false when none was chosen
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

function versionsOf({ minVersion, maxVersion }: ConnectOptions): Pick<ConnectOptions, "minVersion" | "maxVersion"> {
  return { ...(minVersion !== undefined ? { minVersion } : {}), ...(maxVersion !== undefined ? { maxVersion } : {}) };
}

function endpointOf({ address, port }: { address: string; port: number }): Pick<ConnectionFacts, "address" | "family" | "port"> {
  return { address, family: isIPv6(address) ? 6 : 4, port };
}

function withoutSocket(options: ConnectOptions, tcp: ConnectionFacts["tcp"], tls: ConnectionFacts["tls"]): Connection {
  return { facts: { ...endpointOf(options), tcp, tls }, socket: null, alpnProtocol: null, close: () => undefined };
}

function outcomeOf(handshake: HandshakeResult, ms: number, trust: TrustStore, at: Date): Outcome<TlsFacts> {
  switch (handshake.kind) {
    case "aborted":
      return cutOff(ms, "the TLS handshake wasn't finished");
    case "failed":
      return { status: "failed", error: handshake.error, ms };
    case "secure":
      try {
        return { status: "done", value: tlsFacts(handshake, trust, at), ms };
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        return { status: "failed", error: { code: "tls", message: `the server's certificate can't be read: ${reason}` }, ms };
      }
  }
}

function tlsFacts(handshake: HandshakeResult & { kind: "secure" }, trust: TrustStore, at: Date): TlsFacts {
  const { socket } = handshake;
  const sent = readSentChain(handshake.received, handshake.handshakeSecret) ?? readUnorderedChain(socket);
  return {
    protocol: socket.getProtocol() ?? "unknown",
    cipher: socket.getCipher().standardName,
    ...trust.judgeChain(sent, { verifyError: verifyErrorOf(socket), at }),
  };
}

/** OpenSSL's code. Node's types call it an Error, but it is the code's text, or an Error that has it as its code. */
function verifyErrorOf(socket: TLSSocket): string | null {
  const error: unknown = socket.authorizationError;
  if (typeof error === "string") return error;
  if (error instanceof Error) return "code" in error && typeof error.code === "string" ? error.code : error.message;
  return null;
}
