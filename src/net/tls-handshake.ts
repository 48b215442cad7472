/**
 * One TLS handshake over a TCP connection that exists, without verifying anything. The bytes pass through a tap, so that the sent
 * certificates and whatever came instead of TLS can be read. No verification happens here on purpose: Node would stop at the first fault of
 * a certificate.
 */
import { isIP, type Socket } from "node:net";
import { Duplex } from "node:stream";
import { connect, type SecureContext, type TLSSocket } from "node:tls";
import type { NetError } from "../facts/facts.ts";
import { seconds } from "./tcp.ts";
import { judgeForeignBytes, judgeHandshake } from "./tls-failure.ts";
import { handshakeSecretOf } from "./tls-sent-chain.ts";

/** More than this during a handshake is an attack: OpenSSL itself stops at 100 KB of certificates. */
export const MAX_HANDSHAKE_BYTES = 256 * 1024;

export interface HandshakeOptions {
  secureContext: SecureContext;
  servername: string | null;
  alpn?: string[] | undefined;
  timeoutMs: number;
}

export type HandshakeResult =
  | {
      kind: "secure";
      socket: TLSSocket;
      /** Everything that the server sent until the handshake was done. */
      received: Buffer;
      /** TLS 1.3 only. */
      handshakeSecret: Buffer | null;
    }
  | { kind: "failed"; error: NetError }
  | { kind: "aborted" };

/**
 * Shakes hands over `raw`, which is destroyed unless it succeeds. The TLS socket has an `error` listener, and ends with `raw` and the other
 * way round.
 */
export function shakeHands(raw: Socket, options: HandshakeOptions, signal: AbortSignal): Promise<HandshakeResult> {
  return new Promise((resolve) => {
    const tap = new Tap(raw, () => finish({ kind: "failed", error: tooMuch(tap.received()) }));
    const socket = connect({
      socket: tap,
      secureContext: options.secureContext,
      rejectUnauthorized: false,
      // The name is judged from the certificate, later and elsewhere.
      checkServerIdentity: () => undefined,
      // RFC 6066, 3: a DNS name only.
      ...(options.servername !== null && isIP(options.servername) === 0 ? { servername: options.servername } : {}),
      ...(options.alpn !== undefined ? { ALPNProtocols: options.alpn } : {}),
    });

    let handshakeSecret: Buffer | null = null;
    let tcpEnd: Error | "ended" | null = null;
    let settled = false;
    const finish = (result: HandshakeResult): void => {
      if (settled) return;
      settled = true;
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
      tap.stopRecording();
      if (result.kind !== "secure") destroyAll(socket, tap, raw);
      resolve(result);
    };
    const fail = (tls: Error | null): void =>
      finish({ kind: "failed", error: judgeHandshake({ received: tap.received(), tcp: tcpEnd, tls }) });
    const onAbort = (): void => finish({ kind: "aborted" });
    const timer = setTimeout(() => {
      const silence: NetError = { code: "timeout", message: `the TLS handshake wasn't finished in ${seconds(options.timeoutMs)}` };
      finish({ kind: "failed", error: judgeForeignBytes(tap.received()) ?? silence });
    }, options.timeoutMs);
    signal.addEventListener("abort", onAbort, { once: true });
    if (signal.aborted) onAbort();

    socket.on("keylog", (line: Buffer) => (handshakeSecret ??= handshakeSecretOf(line)));
    socket.once("secureConnect", () => finish({ kind: "secure", socket, received: tap.received(), handshakeSecret }));
    // These stay: an error after the handshake shows as the end of the response, never as an uncaught exception.
    raw.on("error", (error) => (tcpEnd ??= error));
    raw.once("end", () => (tcpEnd ??= "ended"));
    tap.on("error", () => undefined);
    socket.on("error", fail);
    socket.once("close", () => {
      fail(null);
      destroyAll(socket, tap, raw);
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
      message: `more than ${MAX_HANDSHAKE_BYTES / 1024} KB came without the TLS handshake being finished`,
    }
  );
}

/** Passes bytes between a TCP socket and the TLS layer, and keeps what the server sends while it is recording. */
class Tap extends Duplex {
  readonly #raw: Socket;
  #recorded: Buffer[] | null = [];
  #bytes = 0;

  /** `onFlood` is called once more than MAX_HANDSHAKE_BYTES came while recording. */
  constructor(raw: Socket, onFlood: () => void) {
    super();
    this.#raw = raw;
    raw.on("data", (chunk: Buffer) => {
      if (this.#recorded !== null) {
        this.#recorded.push(chunk);
        this.#bytes += chunk.length;
        if (this.#bytes > MAX_HANDSHAKE_BYTES) return onFlood();
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
