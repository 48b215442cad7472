/**
 * One HTTP/1.1 request over a connection that exists. undici speaks the protocol; what is here keeps the limits and says what became of it.
 * undici is loaded when it is first needed: it is the slowest import of the program.
 */
import type { Socket } from "node:net";
import { Duplex } from "node:stream";
import type { Client, Dispatcher } from "undici";
import type { Outcome, HttpFacts } from "../facts/facts.ts";
import { createBodyReader, type BodyEnd, type BodyReader } from "./http-body.ts";
import { httpFacts, joinHeaders } from "./http-facts.ts";
import { missingPart, networkError, type Progress } from "./http-failure.ts";
import { Wire } from "./http-wire.ts";
import type { HttpClient, HttpRequest, HttpResult } from "./io.ts";
import { cutOff, seconds, since } from "./tcp.ts";
import { loadClient } from "./undici.ts";

/** Bytes of the header, all 1xx responses before it included. */
export const MAX_HEADER_BYTES = 32 * 1024;
const EMPTY = Buffer.alloc(0);

/**
 * Loads the HTTP parser, and lets it read one answer that is made up here. The first use of a function compiles it (V8, WebAssembly); so
 * that is done before the first real connection needs it. Never rejects.
 */
export async function preloadHttp(): Promise<void> {
  const nobody = new Duplex({
    read: () => undefined,
    write(_chunk, _encoding, done) {
      this.push("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}");
      done();
    },
  });
  // The Wire expects a Socket, but uses it as a stream only. What goes wrong here will be said by the first request.
  await requestOver(nobody as unknown as Socket, { host: "connection.invalid", path: "/", maxBytes: 2 }, new AbortController().signal, {
    timeoutMs: 1000,
  });
}

export interface HttpClientOptions {
  /** Milliseconds for one request, header and body together. */
  timeoutMs: number;
  /** The User-Agent header, `matrix-delegation-check/<version>`; a request's own headers go before it. */
  userAgent?: string;
}

/** An HttpClient that never throws; it offers gzip and undoes gzip, deflate and br. */
export function createHttpClient(options: HttpClientOptions): HttpClient {
  return {
    async request(connection, request, signal) {
      let isOpen = false;
      try {
        const result = await requestOver(connection.socket, request, signal, options);
        isOpen = result.open === true;
        return result;
      } finally {
        if (!isOpen) connection.close();
      }
    },
  };
}

/** Why a connection's parser is done with; made once, because each error has a stack that takes as long as a small request. */
const ANSWERED = new Error("the request is over");
/** Requests over a kept connection follow each other at once: undici's own clock for idle ones is put so far off. Milliseconds. */
const IDLE_MS = 600_000;

/** What speaks over one connection. */
interface Speaker {
  wire: Wire;
  client: Client;
}

/** Those of connections that are kept open: to begin anew takes longer than a small request. */
const resting = new WeakMap<Socket, Speaker>();

async function requestOver(
  socket: Socket | null,
  request: HttpRequest,
  signal: AbortSignal,
  options: HttpClientOptions,
): Promise<HttpResult> {
  if (socket === null) return without({ status: "skipped", because: "blocked", note: "there is no connection" });
  const rested = wakened(socket);
  // Before anything is waited for: it listens to the socket's errors.
  const wire = rested?.wire ?? new Wire(socket, MAX_HEADER_BYTES);
  let client = rested?.client;
  let isResting = false;
  try {
    if (signal.aborted) return without({ status: "untested", because: "deadline" });
    client ??= clientOver(wire);
    const { isWhole, ...result } = await exchange(
      client,
      wire,
      dispatchOptions(request, options),
      { maxBytes: request.maxBytes, timeoutMs: options.timeoutMs },
      signal,
    );
    // undici has ended the stream when the answer says that the connection is closed after it.
    isResting = request.keepOpen === true && isWhole === true && wire.rest();
    if (!isResting) return result;
    resting.set(socket, { wire, client });
    return { ...result, open: true };
  } catch (error) {
    const trouble = parserTrouble();
    if (trouble !== null) return without({ status: "untested", because: "http-parser", note: trouble });
    // Only our own request can be at fault here, never the answer.
    return without({
      status: "skipped",
      because: "blocked",
      note: `the request can't be sent: ${error instanceof Error ? error.message : String(error)}`,
    });
  } finally {
    if (!isResting) {
      client?.destroy(ANSWERED, () => undefined);
      wire.destroy();
    }
  }
}

/** What has spoken over the connection before, if it still can. */
function wakened(socket: Socket): Speaker | null {
  const speaker = resting.get(socket);
  resting.delete(socket);
  return speaker?.wire.wake(MAX_HEADER_BYTES) === true ? speaker : null;
}

function clientOver(wire: Wire): Client {
  const HttpConnection = loadClient();
  let handedOver = false;
  return new HttpConnection("http://connection.invalid", {
    // Asked a second time when the connection went away before the request was written.
    connect: (_options, done) => {
      if (handedOver) done(new Error("the connection is used up"), null);
      // undici expects a Socket, but uses it as a stream only; not called back at once, because it isn't ready for that.
      else queueMicrotask(() => done(null, wire as unknown as Socket));
      handedOver = true;
    },
    maxHeaderSize: MAX_HEADER_BYTES,
    headersTimeout: 0,
    bodyTimeout: 0,
    keepAliveTimeout: IDLE_MS,
    // What the server says about it (`Keep-Alive: timeout=5`) is of no use either.
    keepAliveTimeoutThreshold: -IDLE_MS,
  });
}

function dispatchOptions(request: HttpRequest, options: HttpClientOptions): Dispatcher.DispatchOptions {
  const own = options.userAgent ?? "matrix-delegation-check";
  const userAgent = request.userAgent === undefined ? [request.product, own].filter(Boolean).join(" ") : request.userAgent;
  const headers = new Map([["host", request.host]]);
  if (userAgent !== null) headers.set("user-agent", userAgent);
  if (request.plain !== true) headers.set("accept-encoding", "gzip");
  for (const [name, value] of Object.entries(request.headers ?? {})) headers.set(name.toLowerCase(), value);
  // `reset` is undici's name for `Connection: close`.
  return {
    method: request.method ?? "GET",
    path: request.path,
    headers: Object.fromEntries(headers),
    body: request.body ?? null,
    reset: request.keepOpen !== true,
  };
}

/** How a request ended. */
type End =
  | { kind: "response"; body: BodyEnd }
  | { kind: "error"; error: unknown }
  | { kind: "timeout" } // the operation's own
  | { kind: "deadline" }; // the whole check's

/** One request and its response, from the dispatch to the outcome. */
async function exchange(
  client: Client,
  wire: Wire,
  options: Dispatcher.DispatchOptions,
  limits: { maxBytes: number; timeoutMs: number },
  signal: AbortSignal,
): Promise<HttpResult & { isWhole?: boolean }> {
  const started = performance.now();
  const seen: { status: number | null; headers: HttpFacts["headers"]; body: BodyReader | null } = { status: null, headers: {}, body: null };
  let onAbort = (): void => undefined;
  let timer: NodeJS.Timeout | undefined;

  const end = await new Promise<End>((resolve) => {
    onAbort = () => resolve({ kind: "deadline" });
    signal.addEventListener("abort", onAbort);
    timer = setTimeout(() => resolve({ kind: "timeout" }), limits.timeoutMs);
    client.dispatch(options, {
      onRequestStart: () => undefined,
      onResponseStart(_controller, statusCode, headers) {
        if (statusCode < 200) return; // 103 Early Hints and the like; they count for the header's limit
        seen.status = statusCode;
        seen.headers = joinHeaders(headers);
        // Chunks of a byte are 6 bytes each: more framing than that is nonsense.
        wire.limit = wire.received + MAX_HEADER_BYTES + 8 * limits.maxBytes;
        seen.body = createBodyReader(seen.headers["content-encoding"], limits.maxBytes, (bodyEnd) => {
          resolve({ kind: "response", body: bodyEnd });
        });
      },
      onResponseData(_controller, chunk) {
        seen.body?.push(chunk);
        if (seen.body?.satisfied) wire.stop();
      },
      onResponseEnd: () => seen.body?.end(),
      onResponseError(_controller, error) {
        if (!seen.body?.satisfied) resolve({ kind: "error", error });
      },
    });
  });
  const ms = since(started);
  clearTimeout(timer);
  signal.removeEventListener("abort", onAbort);

  const { status, headers, body } = seen;
  const decoded = body?.decoded() ?? EMPTY;
  body?.dispose();
  const contentLength = headers["content-length"] ?? null;
  const progress: Progress = { status, bodyBytes: body?.taken ?? 0, contentLength, received: wire.received, first: wire.first };

  switch (end.kind) {
    case "response":
      if (end.body.kind === "broken") return without({ status: "failed", error: { code: "encoding", message: end.body.message }, ms });
      return {
        outcome: { status: "done", value: httpFacts(status ?? 0, headers, decoded, end.body.kind === "full"), ms },
        body: decoded,
        isWhole: end.body.kind === "complete",
      };
    case "error": {
      if (isOwnFault(end.error)) throw end.error;
      const trouble = progress.received === 0 ? parserTrouble() : null;
      if (trouble !== null) return without({ status: "untested", because: "http-parser", note: trouble });
      // What happened to the connection says more than what undici made of it.
      return without({ status: "failed", error: networkError(wire.errored ?? end.error, progress), ms });
    }
    case "timeout":
      return without({
        status: "failed",
        error: {
          code: "timeout",
          message: `${missingPart(progress)} in ${seconds(ms)}`,
          ...(status === null ? {} : { afterStatus: status }),
        },
        ms,
      });
    case "deadline":
      return without(cutOff(ms, missingPart(progress), signal));
  }
}

/**
 * Why undici's parser, which is written in WebAssembly, can't start on this machine; null when it can. V8 without a compiler (--jitless)
 * has no WebAssembly, and under a limit on the address space (ulimit -v) its memory, for which V8 sets 10 GB of addresses aside, can't be
 * had.
 */
function parserTrouble(): string | null {
  const { WebAssembly: wasm } = globalThis as { WebAssembly?: { Memory: new (size: { initial: number }) => unknown } };
  if (wasm === undefined) return "WebAssembly is switched off";
  try {
    new wasm.Memory({ initial: 1 });
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** A path or header of our own request that can't be sent. */
function isOwnFault(error: unknown): error is Error {
  return error instanceof Error && "code" in error && (error.code === "UND_ERR_INVALID_ARG" || error.code === "UND_ERR_NOT_SUPPORTED");
}

function without(outcome: Outcome<HttpFacts>): HttpResult {
  return { outcome, body: EMPTY };
}
