/**
 * The stream that the HTTP parser reads from instead of the socket itself. It remembers the first bytes (the parser doesn't, and they tell
 * what really answers there), limits the raw bytes, holds back what came before the request was written, and owns the socket: who destroys
 * the one destroys the other. One request follows another when it has rested between them.
 */
import type { Socket } from "node:net";
import { Duplex } from "node:stream";
import { HeaderLines } from "./http-lines.ts";

/** How many of the first bytes are remembered: the length of `NetError.excerpt`. */
const FIRST_BYTES = 120;
/** Bytes between socket and parser. Under half of the header limit, so that the parser has seen what the limit counts. */
const BUFFERED = 16 * 1024;

/** Why the stream of a closed connection ends, when nobody waits for anything; made once, as each error has a stack of its own. */
const CLOSED = new Error("the connection was closed");

/** More raw bytes came than `Wire.limit` allows. */
export class WireLimitError extends Error {
  readonly code = "WIRE_LIMIT";
}

export class Wire extends Duplex {
  /** Bytes that came since the request began, as they were on the connection (without TLS). */
  received = 0;
  /** The connection is given up when more than this has been received; a chunk more may be held. */
  limit: number;
  readonly #socket: Socket;
  #lines = new HeaderLines();
  #first: Buffer = Buffer.alloc(0);
  #reading = false;
  #stopped = false;
  #ended = false;
  #resting = false;
  readonly #onError = (error: Error): void => void this.destroy(error);
  readonly #onData = (chunk: Buffer): void => this.#take(chunk);
  readonly #onEnd = (): void => {
    this.#ended = true;
    this.push(null);
  };
  readonly #onClose = (): void => {
    // After an `end` the parser may still have to read what was passed on.
    if (!this.#ended) this.destroy(this.#resting ? CLOSED : undefined);
  };

  constructor(socket: Socket, limit: number) {
    super({ readableHighWaterMark: BUFFERED });
    this.limit = limit;
    this.#socket = socket;
    // Stays for the socket's life: an error that comes after the answer must not be an unhandled one.
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
    this.#socket.destroy();
    done(error);
  }

  /** After an answer: what comes now is held back. False when it is of no more use: it was closed, or not everything was read. */
  rest(): boolean {
    if (!this.#isUsable()) return false;
    this.#resting = true;
    this.#reading = false;
    this.#socket.pause();
    this.#socket.off("data", this.#onData);
    this.#socket.off("end", this.#onEnd);
    return true;
  }

  /** For another request, with a limit of its own. False when the connection was closed meanwhile. */
  wake(limit: number): boolean {
    if (!this.#isUsable()) return false;
    this.#resting = false;
    this.limit = limit;
    this.received = 0;
    this.#first = Buffer.alloc(0);
    this.#lines = new HeaderLines();
    return true;
  }

  /** Takes nothing more from the socket. */
  stop(): void {
    this.#stopped = true;
    this.#socket.pause();
  }

  #isUsable(): boolean {
    return !this.destroyed && !this.#ended && !this.#stopped && this.#socket.writable;
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
