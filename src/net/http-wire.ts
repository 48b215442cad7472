/**
 * The stream that the HTTP parser reads from instead of the socket itself. It remembers the first bytes (the parser doesn't, and they tell
 * what really answers there), limits the raw bytes, holds back what came before the request was written, and owns the socket: who destroys
 * the one destroys the other, unless the socket was let go before.
 */
import type { Socket } from "node:net";
import { Duplex } from "node:stream";
import { HeaderLines } from "./http-lines.ts";

/** How many of the first bytes are remembered: the length of `NetError.excerpt`. */
const FIRST_BYTES = 120;
/** Bytes between socket and parser. Under half of the header limit, so that the parser has seen what the limit counts. */
const BUFFERED = 16 * 1024;

/** More raw bytes came than `Wire.limit` allows. */
export class WireLimitError extends Error {
  readonly code = "WIRE_LIMIT";
}

export class Wire extends Duplex {
  /** Bytes that came, as they were on the connection (without TLS). */
  received = 0;
  /** The connection is given up when more than this has been received; a chunk more may be held. */
  limit: number;
  readonly #socket: Socket;
  readonly #lines = new HeaderLines();
  #first: Buffer = Buffer.alloc(0);
  #reading = false;
  #stopped = false;
  #ended = false;
  #released = false;
  readonly #onError = (error: Error): void => void this.destroy(error);
  readonly #onData = (chunk: Buffer): void => this.#take(chunk);
  readonly #onEnd = (): void => {
    this.#ended = true;
    this.push(null);
  };
  readonly #onClose = (): void => {
    // After an `end` the parser may still have to read what was passed on.
    if (!this.#ended) this.destroy();
  };

  constructor(socket: Socket, limit: number) {
    super({ readableHighWaterMark: BUFFERED });
    this.limit = limit;
    this.#socket = socket;
    // Stays for the socket's life, or until it is let go: an error that comes after the answer must not be an unhandled one.
    socket.on("error", this.#onError);
    socket.once("close", this.#onClose);
    // Until undici has taken this stream over.
    this.on("error", () => undefined);
  }

  /** The first bytes that came, at most 120. */
  get first(): Buffer {
    return this.#first;
  }

  override _read(): void {
    if (this.#reading && !this.#stopped) this.#socket.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#socket.write(chunk, (error) => done(error));
    this.#startReading();
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#socket.end(() => done());
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    if (!this.#released) this.#socket.destroy();
    done(error);
  }

  /** Lets the socket go, for another request. False when it is of no more use: it was closed, or not everything was read. */
  release(): boolean {
    if (this.destroyed || this.#ended || this.#stopped || !this.#socket.writable) return false;
    this.#released = true;
    this.#socket.pause();
    this.#socket.off("data", this.#onData);
    this.#socket.off("end", this.#onEnd);
    this.#socket.off("close", this.#onClose);
    if (this.#socket.listenerCount("error") === 1) this.#socket.on("error", () => undefined);
    this.#socket.off("error", this.#onError);
    return true;
  }

  /** Takes nothing more from the socket. */
  stop(): void {
    this.#stopped = true;
    this.#socket.pause();
  }

  /** Only now: a response that came before the request was written (408, 503) would confuse the parser. */
  #startReading(): void {
    if (this.#reading) return;
    this.#reading = true;
    this.#socket.on("data", this.#onData);
    this.#socket.once("end", this.#onEnd);
    this.#socket.resume();
  }

  #take(chunk: Buffer): void {
    if (this.destroyed || this.#stopped) return;
    if (this.received >= this.limit) {
      this.destroy(new WireLimitError(`more than ${this.limit} bytes`));
      return;
    }
    if (this.#first.length < FIRST_BYTES) {
      this.#first = Buffer.concat([this.#first, chunk.subarray(0, FIRST_BYTES - this.#first.length)]);
    }
    this.received += chunk.length;
    if (!this.push(this.#lines.read(chunk))) this.#socket.pause();
  }
}
