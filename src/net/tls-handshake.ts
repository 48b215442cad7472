/**
 * One TLS handshake over a TCP connection that exists, without verifying anything. The bytes pass through a tap, so that the sent
 * certificates and whatever came instead of TLS can be read. No verification happens here on purpose: Node would stop at the first fault of
 * a certificate.
 */
import { isIP, type Socket } from "node:net";
import { Duplex } from "node:stream";
import { connect, type DetailedPeerCertificate, type SecureContext, type TLSSocket } from "node:tls";
import type { NetError } from "../facts/facts.ts";
import { seconds } from "./tcp.ts";
import { judgeForeignBytes, judgeHandshake } from "./tls-failure.ts";
import { handshakeSecretOf } from "./tls-sent-chain.ts";

/** More than this during a handshake is an attack: OpenSSL itself stops at 100 KB of certificates. */
export const MAX_HANDSHAKE_BYTES = 256 * 1024;

/** Where the bytes don't pass through here, they are counted so often. */
const FLOOD_WATCH_MS = 200;

export interface HandshakeOptions {
  secureContext: SecureContext;
  servername: string | null;
  alpn?: string[] | undefined;
  timeoutMs: number;
}

export type HandshakeResult<Secure = ReadAlong> = ({ kind: "secure" } & Secure) | { kind: "failed"; error: NetError } | { kind: "aborted" };

export interface ReadAlong {
  socket: TLSSocket;
  /** Everything that the server sent until the handshake was done. */
  received: Buffer;
  /** TLS 1.3 only. */
  handshakeSecret: Buffer | null;
}

/**
 * Shakes hands over `raw`, which is destroyed unless it succeeds. The TLS socket has an `error` listener, and ends with `raw` and the other
 * way round.
 */
export async function shakeHands(raw: Socket, options: HandshakeOptions, signal: AbortSignal): Promise<HandshakeResult> {
  const tap = new Tap(raw);
  let handshakeSecret: Buffer | null = null;
  const shaking = shake(raw, tap, options, signal, {
    received: () => tap.received(),
    begun(socket, end) {
      socket.on("keylog", (line: Buffer) => (handshakeSecret ??= handshakeSecretOf(line)));
      tap.onFlood = () => end({ kind: "failed", error: tooMuch(tap.received()) });
    },
  });
  const handshake = await shaking;
  const received = tap.received();
  tap.stopRecording();
  if (handshake.kind !== "secure") return handshake;
  return { kind: "secure", socket: handshake.socket, received, handshakeSecret };
}

export interface Unread {
  socket: TLSSocket;
  /** Bytes that were sent before the server said anything: the ClientHello. */
  helloBytes: number;
}

/** The same, and what the server sends isn't read along: OpenSSL's words are all that is known of a failure. */
export async function shakeHandsUnread(raw: Socket, options: HandshakeOptions, signal: AbortSignal): Promise<HandshakeResult<Unread>> {
  let watch: NodeJS.Timeout | undefined;
  let helloBytes = 0;
  try {
    const handshake = await shake(raw, raw, options, signal, {
      received: () => Buffer.alloc(0),
      begun(_, end) {
        helloBytes = raw.bytesWritten;
        const look = (): void => {
          if (raw.bytesRead > MAX_HANDSHAKE_BYTES) end({ kind: "failed", error: tooMuch(Buffer.alloc(0)) });
        };
        watch = setInterval(look, FLOOD_WATCH_MS);
      },
    });
    return handshake.kind === "secure" ? { ...handshake, helloBytes } : handshake;
  } finally {
    clearInterval(watch);
  }
}

function shake(
  raw: Socket,
  under: Duplex,
  options: HandshakeOptions,
  signal: AbortSignal,
  { received, begun }: { received: () => Buffer; begun: (socket: TLSSocket, end: (result: HandshakeResult<never>) => void) => void },
): Promise<HandshakeResult<{ socket: TLSSocket }>> {
  return new Promise((resolve) => {
    const socket = connect({
      socket: under,
      secureContext: options.secureContext,
      rejectUnauthorized: false,
      // The name is judged from the certificate, later and elsewhere.
      checkServerIdentity: () => undefined,
      // RFC 6066, 3: a DNS name only.
      ...(options.servername !== null && isIP(options.servername) === 0 ? { servername: options.servername } : {}),
      ...(options.alpn !== undefined ? { ALPNProtocols: options.alpn } : {}),
    });

    // Node takes the whole chain apart for checkServerIdentity, which has nothing to do here.
    socket.getPeerCertificate = () => ({}) as DetailedPeerCertificate;

    let tcpEnd: Error | "ended" | null = null;
    let settled = false;
    const finish = (result: HandshakeResult<{ socket: TLSSocket }>): void => {
      if (settled) return;
      settled = true;
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
      if (result.kind === "secure") delete (socket as Partial<TLSSocket>).getPeerCertificate;
      else destroyAll(socket, under, raw);
      resolve(result);
    };
    const fail = (tls: Error | null): void => finish({ kind: "failed", error: judgeHandshake({ received: received(), tcp: tcpEnd, tls }) });
    const onAbort = (): void => finish({ kind: "aborted" });
    const timer = setTimeout(() => {
      const silence: NetError = { code: "timeout", message: `the TLS handshake wasn't finished in ${seconds(options.timeoutMs)}` };
      finish({ kind: "failed", error: judgeForeignBytes(received()) ?? silence });
    }, options.timeoutMs);
    signal.addEventListener("abort", onAbort, { once: true });
    if (signal.aborted) onAbort();

    begun(socket, finish);
    socket.once("secureConnect", () => finish({ kind: "secure", socket }));
    // These stay: an error after the handshake shows as the end of the response, never as an uncaught exception.
    raw.on("error", (error) => (tcpEnd ??= error));
    raw.once("end", () => (tcpEnd ??= "ended"));
    under.on("error", () => undefined);
    socket.on("error", fail);
    socket.once("close", () => {
      fail(null);
      destroyAll(socket, under, raw);
    });
  });
}

/** Ends a TLS connection at once, with what is under it. */
export function destroyAll(...streams: Duplex[]): void {
  for (const stream of streams) stream.destroy();
}

function tooMuch(received: Buffer): NetError {
  return (
    judgeForeignBytes(received) ?? {
      code: "tls",
      message: `more than ${MAX_HANDSHAKE_BYTES / 1024} KB came, and the TLS handshake wasn't finished`,
    }
  );
}

/** Passes bytes between a TCP socket and the TLS layer, and keeps what the server sends while it is recording. */
class Tap extends Duplex {
  readonly #raw: Socket;
  #recorded: Buffer[] | null = [];
  #bytes = 0;
  /** Called once more than MAX_HANDSHAKE_BYTES came while recording. */
  onFlood = (): void => undefined;

  constructor(raw: Socket) {
    super();
    this.#raw = raw;
    raw.on("data", (chunk: Buffer) => {
      if (this.#recorded !== null) {
        this.#recorded.push(chunk);
        this.#bytes += chunk.length;
        if (this.#bytes > MAX_HANDSHAKE_BYTES) return this.onFlood();
      }
      if (!this.push(chunk)) raw.pause();
    });
    raw.once("end", () => this.push(null));
    // So that who reads from the TLS socket can tell a reset from an end.
    raw.once("error", (error) => this.destroy(error));
    raw.once("close", () => this.destroy());
  }

  received(): Buffer {
    return Buffer.concat(this.#recorded ?? []);
  }

  stopRecording(): void {
    this.#recorded = null;
  }

  override _read(): void {
    this.#raw.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#raw.write(chunk, done);
  }

  override _final(done: () => void): void {
    this.#raw.end(done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#raw.destroy();
    done(error);
  }
}
