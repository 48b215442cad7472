/**
 * A real web server on loopback that can misbehave in every way that matters: before TLS, after TLS, in the header, in the body.
 *
 *     const server = await startWebServer({
 *       tls: await ca.issue({ names: ["example.test"] }),
 *       routes: {
 *         "/.well-known/matrix/server": { body: { "m.server": "matrix.example.test:443" } },
 *         "/slow": "stall",
 *         "/_matrix/*": { status: 404, body: "not here" },
 *       },
 *     });
 */
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createHttp2Server } from "node:http2";
import { createServer as createTcpServer, type AddressInfo, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import {
  createSecureContext,
  createServer as createTlsServer,
  type SecureContext,
  type SecureContextOptions,
  type SecureVersion,
} from "node:tls";
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from "node:zlib";
import { onOwnPort } from "./ports.ts";

/** Bytes instead of what the protocol demands. They come once the client has said something, unless the server speaks first. */
export interface Raw {
  raw: string | Buffer;
  speaksFirst?: boolean;
  /** Default: close. */
  then?: "close" | "reset" | "stall";
}

/** Instead of going on: say nothing, RST (once the client has said something), FIN, or something else altogether. */
export type Misbehaviour = "stall" | "reset" | "close" | Raw;

export interface Reply {
  /** Default: 200. */
  status?: number;
  headers?: Record<string, string | string[]>;
  /** An object is sent as JSON, with its Content-Type. */
  body?: string | Buffer | object;
  /** Compresses the body and says so in Content-Encoding. */
  encode?: keyof typeof ENCODERS;
  /** Sends chunks instead of a Content-Length. */
  chunked?: boolean;
  /** Milliseconds before the header. */
  delayMs?: number;
  /** Milliseconds between the bytes of the body. */
  dripMs?: number;
  /** After that many bytes of the body. The Content-Length is the whole body's. */
  stallAfter?: number;
  closeAfter?: number;
  resetAfter?: number;
  /** The body again and again, without end. */
  endless?: boolean;
}

export type Handler = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;
export type Answer = Reply | Misbehaviour | Handler;

export interface TlsMaterial {
  /** PEM. */
  key: string;
  /** PEM; `chain` (leaf and intermediates) is sent when it is there. */
  cert: string;
  chain?: string;
}

export interface WebServerOptions {
  /** Default: 127.0.0.1. */
  address?: string;
  /** Default: a free one. */
  port?: number;
  /**
   * Null, the default: plain HTTP. A function chooses by SNI, null being none; when it gives null, no certificate is there and the
   * handshake fails.
   */
  tls?: TlsMaterial | ((servername: string | null) => TlsMaterial | null) | null;
  minVersion?: SecureVersion;
  maxVersion?: SecureVersion;
  ciphers?: string;
  /** Parameters for Diffie-Hellman over a finite field, in PEM. */
  dhparam?: string;
  /** Asks for a client certificate; `required`: and ends the connection without one. */
  clientCertificate?: "asked" | "required";
  /** What is chosen from. Default: http/1.1; `["h2"]`: HTTP/2 only, and a client without ALPN gets HTTP/2 frames. */
  alpn?: string[];
  /** Instead of TLS (or of HTTP, without TLS). */
  onAccept?: Misbehaviour;
  /** Instead of HTTP, after the handshake. */
  onSecure?: Misbehaviour;
  /** By path, exactly as requested, percent-encodings and all, without the query. `/a/*` is a prefix; the longest one decides. */
  routes?: Record<string, Answer>;
  /** Default: 404 with an HTML body. */
  fallback?: Answer;
  /** The whole answer to bytes that are no HTTP for Node: a TLS handshake, a URL that isn't ASCII. Default: a bare 400. */
  badRequest?: (bytes: Buffer) => string;
  /** Sees every request first; an answer goes before the routes, null leaves it to them. */
  intercept?: (request: IncomingMessage) => Answer | null;
  /** Milliseconds; simulates round trips: before TLS begins (connect, handshake) and before each response. */
  delays?: { connectMs?: number; handshakeMs?: number; responseMs?: number };
}

export interface SeenRequest {
  method: string;
  url: string;
  host: string;
  sni: string | null;
  headers: Record<string, string | string[] | undefined>;
  alpn: string | null;
  /** The server's address that was connected to. */
  localAddress: string;
}

export interface WebServer {
  address: string;
  port: number;
  /** In the order in which their headers came. */
  requests: SeenRequest[];
  /** TCP connections so far. */
  readonly accepted: number;
  /** TCP connections that are open now. */
  readonly open: number;
  /** Destroys every connection. */
  close(): Promise<void>;
}

const ENCODERS = {
  gzip: (body: Buffer): Buffer => gzipSync(body),
  "x-gzip": (body: Buffer): Buffer => gzipSync(body),
  deflate: (body: Buffer): Buffer => deflateSync(body),
  "raw deflate": (body: Buffer): Buffer => deflateRawSync(body),
  br: (body: Buffer): Buffer => brotliCompressSync(body),
};

const NOT_FOUND: Reply = {
  status: 404,
  headers: { "content-type": "text/html" },
  body: "<html><body><h1>404 Not Found</h1></body></html>",
};

function bytesOf({ method, url, httpVersion, rawHeaders }: IncomingMessage): Buffer {
  const headers = rawHeaders.map((word, index) => (index % 2 === 0 ? `${word}: ` : `${word}\r\n`)).join("");
  return Buffer.from(`${method} ${url} HTTP/${httpVersion}\r\n${headers}\r\n`, "latin1");
}

export async function startWebServer(options: WebServerOptions = {}): Promise<WebServer> {
  const address = options.address ?? "127.0.0.1";
  const delays = options.delays ?? {};
  const requests: SeenRequest[] = [];
  const sockets = new Set<Socket>();
  const closing = new AbortController();
  let accepted = 0;

  const http = createHttpServer({ requireHostHeader: false, maxHeaderSize: 65_536 }, (request, response) => void serve(request, response));
  // A client that gives up is what many tests are about.
  const refuse = (bytes: Buffer, socket: Duplex): unknown =>
    socket.end(options.badRequest?.(bytes) ?? "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n");
  http.on("clientError", (error: Error & { rawPacket?: Buffer }, socket) => refuse(error.rawPacket ?? Buffer.alloc(0), socket));
  const http2 = createHttp2Server(
    (request, response) => void serve(request as unknown as IncomingMessage, response as unknown as ServerResponse),
  );
  http2.on("sessionError", () => undefined);
  const tls = options.tls ? createTlsFront(options, options.tls) : null;
  tls?.on("tlsClientError", () => undefined);
  tls?.on("secureConnection", (socket) => {
    socket.on("error", () => undefined);
    if (options.onSecure !== undefined) misbehave(socket, options.onSecure);
    else if (socket.alpnProtocol === "h2") http2.emit("connection", socket);
    else if (options.alpn?.includes("http/1.1") === false) misbehave(socket, HTTP2_REFUSAL);
    else http.emit("connection", socket);
  });

  // Paused, so that TLS or HTTP gets every byte itself, even after a delay.
  const front = createTcpServer({ pauseOnConnect: true, noDelay: true }, (socket) => {
    accepted++;
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.once("close", () => sockets.delete(socket));
    void begin(socket);
  });

  async function begin(socket: Socket): Promise<void> {
    const wait = (delays.connectMs ?? 0) + (tls === null ? 0 : (delays.handshakeMs ?? 0));
    if (wait > 0 && !(await pause(wait))) return;
    if (options.onAccept !== undefined) misbehave(socket, options.onAccept);
    else if (tls !== null) tls.emit("connection", socket);
    else {
      http.emit("connection", socket);
      socket.resume();
    }
  }

  /** False when the server was closed meanwhile. */
  async function pause(ms: number): Promise<boolean> {
    return sleep(ms, true, { signal: closing.signal }).catch(() => false);
  }

  function reset(socket: Socket): void {
    // An RST can only be sent by the TCP socket, which the TLS socket hides.
    for (const tcp of sockets)
      if (tcp.remotePort === socket.remotePort && tcp.remoteAddress === socket.remoteAddress) tcp.resetAndDestroy();
  }

  /** At once only where the client has spoken already: an RST right after the SYN would look like a refused connection. */
  function misbehave(socket: Socket, how: Misbehaviour, hasSpoken = false): void {
    socket.resume();
    if (how === "stall") return;
    if (how === "close") return void socket.end();
    const say = (): void => {
      if (how === "reset") reset(socket);
      else if (how.then === "stall") socket.write(how.raw);
      else if (how.then === "reset") socket.write(how.raw, () => reset(socket));
      else socket.end(how.raw);
    };
    if (hasSpoken || (typeof how === "object" && how.speaksFirst)) say();
    else socket.once("data", say);
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const socket: Socket & { servername?: string | false; alpnProtocol?: string | false | null } = request.socket;
    response.on("error", () => undefined);
    // Newer versions of Node refuse these bytes before they are a request; 20.18 lets them pass.
    if (/[^!-~]/.test(request.url ?? "")) return void refuse(bytesOf(request), socket);
    requests.push({
      method: request.method ?? "",
      url: request.url ?? "",
      host: request.headers.host ?? String(request.headers[":authority"] ?? ""),
      sni: socket.servername || null,
      headers: request.headers,
      alpn: socket.alpnProtocol || null,
      localAddress: socket.localAddress ?? "",
    });
    if (delays.responseMs && !(await pause(delays.responseMs))) return;
    const answer = options.intercept?.(request) ?? route(options.routes ?? {}, request.url ?? "") ?? options.fallback ?? NOT_FOUND;
    if (typeof answer === "function") await answer(request, response);
    else if (typeof answer === "string" || "raw" in answer) misbehave(socket, answer, true);
    else await reply(answer, response, socket);
  }

  async function reply(answer: Reply, response: ServerResponse, socket: Socket): Promise<void> {
    if (answer.delayMs && !(await pause(answer.delayMs))) return;
    const { headers, body } = encodeReply(answer);
    response.writeHead(answer.status ?? 200, headers);
    const stop = answer.stallAfter ?? answer.closeAfter ?? answer.resetAfter;
    if (answer.dripMs !== undefined) {
      response.flushHeaders();
      for (const byte of body.subarray(0, stop)) {
        if (!(await pause(answer.dripMs)) || response.destroyed) return;
        response.write(Buffer.of(byte));
      }
    } else if (answer.endless) {
      const gone = new Promise((go) => response.once("close", go));
      while (!response.destroyed && !closing.signal.aborted) {
        if (!response.write(body)) await Promise.race([gone, new Promise((go) => response.once("drain", go))]);
      }
      return;
    } else if (stop !== undefined) {
      response.flushHeaders();
      if (stop > 0) await new Promise((written) => response.write(body.subarray(0, stop), written));
    } else {
      response.end(body);
      return;
    }
    if (answer.closeAfter !== undefined) socket.end();
    else if (answer.resetAfter !== undefined) {
      // libuv shows data and an RST that come at once as data and a FIN.
      if (await pause(50)) reset(socket);
    } else if (answer.stallAfter === undefined) response.end();
  }

  const listenAt = (port: number): Promise<void> =>
    new Promise<void>((listening, failed) => {
      front.once("error", failed);
      front.listen(port, address, () => {
        front.off("error", failed);
        listening();
      });
    });
  await (options.port === undefined ? onOwnPort(listenAt) : listenAt(options.port));

  return {
    address,
    port: (front.address() as AddressInfo).port,
    requests,
    get accepted() {
      return accepted;
    },
    get open() {
      return sockets.size;
    },
    async close() {
      closing.abort();
      const closed = new Promise<void>((done) => front.close(() => done()));
      const gone = [...sockets].map((socket) => new Promise<void>((done) => socket.once("close", () => done()).destroy()));
      await Promise.all([closed, ...gone]);
    },
  };
}

/** Sends the client elsewhere. */
export function redirect(location: string, status = 302): Reply {
  return { status, headers: { location } };
}

/** A gzip body that becomes so many megabytes of zeros, a thousandth of that on the wire (RFC 1952, 2.2: members may follow each other). */
export function gzipBomb(megabytes: number): Reply {
  const member = gzipSync(Buffer.alloc(1024 * 1024));
  return { headers: { "content-encoding": "gzip" }, body: Buffer.concat(new Array<Buffer>(megabytes).fill(member)) };
}

/** A fatal TLS alert (RFC 8446, 6) instead of a ServerHello; 112 is unrecognized_name, 40 handshake_failure. */
export function tlsAlert(description: number): Raw {
  return { raw: Buffer.of(0x15, 3, 3, 0, 2, 2, description) };
}

/** What Go and others answer to HTTP/1.1: SETTINGS, then GOAWAY with PROTOCOL_ERROR (RFC 9113, 6.5, 6.8). */
export const HTTP2_REFUSAL: Raw = {
  raw: Buffer.from("000006040000000000" + "000300000064" + "000008070000000000" + "00000000" + "00000001", "hex"),
};

function route(routes: Record<string, Answer>, url: string): Answer | undefined {
  const path = url.split("?", 1)[0] ?? "";
  const prefix = Object.keys(routes)
    .filter((key) => key.endsWith("*") && path.startsWith(key.slice(0, -1)))
    .sort((a, b) => b.length - a.length)[0];
  return (Object.hasOwn(routes, path) ? routes[path] : undefined) ?? (prefix === undefined ? undefined : routes[prefix]);
}

function encodeReply(answer: Reply): { headers: Record<string, string | string[]>; body: Buffer } {
  const isJson = typeof answer.body === "object" && !Buffer.isBuffer(answer.body);
  const text = isJson ? JSON.stringify(answer.body) : (answer.body ?? "");
  const plain = Buffer.isBuffer(text) ? text : Buffer.from(text as string);
  const body = answer.encode ? ENCODERS[answer.encode](plain) : plain;
  const hasBody = answer.status !== 204 && answer.status !== 304;
  return {
    body,
    headers: {
      ...(isJson ? { "content-type": "application/json" } : {}),
      ...(answer.encode ? { "content-encoding": answer.encode === "raw deflate" ? "deflate" : answer.encode } : {}),
      ...(answer.chunked || answer.endless || !hasBody ? {} : { "content-length": String(body.length) }),
      ...answer.headers,
    },
  };
}

function createTlsFront(options: WebServerOptions, tls: NonNullable<WebServerOptions["tls"]>): ReturnType<typeof createTlsServer> {
  const choose = typeof tls === "function" ? tls : () => tls;
  // Old versions, short keys and SHA-1 work at security level 0 only, whichever level this Node has by itself.
  const ciphers = options.ciphers ?? "DEFAULT@SECLEVEL=0";
  const settings = {
    ciphers,
    ...(options.dhparam === undefined ? {} : { dhparam: options.dhparam }),
    ...(options.minVersion === undefined ? {} : { minVersion: options.minVersion }),
    ...(options.maxVersion === undefined ? {} : { maxVersion: options.maxVersion }),
    ...(options.clientCertificate === undefined ? {} : { requestCert: true, rejectUnauthorized: options.clientCertificate === "required" }),
  };
  const unnamed = choose(null);
  return createTlsServer({
    ...settings,
    ...(unnamed === null ? {} : pair(unnamed)),
    ALPNProtocols: options.alpn ?? ["http/1.1"],
    SNICallback: (servername, done) => {
      const material = choose(servername);
      if (material === null) done(new Error("no certificate for this name"));
      else done(null, contextOf(material, settings));
    },
  });
}

/** To read a key and certificates takes longer than all the rest of a handshake: once for all servers that have the same. */
const contexts = new WeakMap<TlsMaterial, Map<string, SecureContext>>();

function contextOf(material: TlsMaterial, settings: SecureContextOptions): SecureContext {
  const known = contexts.get(material) ?? new Map<string, SecureContext>();
  contexts.set(material, known);
  const key = JSON.stringify(settings);
  const context = known.get(key) ?? createSecureContext({ ...settings, ...pair(material) });
  known.set(key, context);
  return context;
}

function pair(material: TlsMaterial): { key: string; cert: string } {
  return { key: material.key, cert: material.chain ?? material.cert };
}
