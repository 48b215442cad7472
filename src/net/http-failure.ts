/** Which NetError a request ended with, from the error that the parser or the socket gave and from how far the response had come. */
import type { NetError } from "../facts/facts.ts";
import { codeOf } from "./tcp.ts";
import { alertName } from "./tls-alerts.ts";

/** How far a response had come. */
export interface Progress {
  /** The final status, once its header was complete. */
  status: number | null;
  /** Bytes of the body as they came, before decoding. */
  bodyBytes: number;
  /** The Content-Length header, when there was one. */
  contentLength: string | null;
  /** Bytes of the whole response as they came. */
  received: number;
  /** The first bytes that came, at most 120. */
  first: Buffer;
}

/** How much of an answer there was when the time was up; "in 10 s" can follow. */
export function missingPart(progress: Progress): string {
  if (progress.status !== null) return `status ${progress.status} came, but only ${bodySoFar(progress)} of its body`;
  if (progress.received > 0) return `only ${bytes(progress.received)} of the response's header`;
  return "no response";
}

/** Maps what ended a request early. */
export function networkError(error: unknown, progress: Progress): NetError {
  const code = error instanceof Error ? codeOf(error) : "";
  const message = error instanceof Error ? error.message : String(error);
  switch (code) {
    case "WIRE_LIMIT":
      if (progress.status !== null)
        return {
          code: "too-large",
          message: `status ${progress.status} came, but its body is mostly framing: ${bytes(progress.received)} for ${bodySoFar(progress)}`,
        };
      return headerTooLarge;
    case "UND_ERR_HEADERS_OVERFLOW":
      return progress.status === null
        ? headerTooLarge
        : { code: "too-large", message: "the trailers after the body are larger than 32 KB" };
    case "ECONNRESET":
    case "EPIPE": // written to a connection that had been reset
    case "ECONNABORTED":
      return { code: "reset", message: `the connection was reset ${stage(progress)}` };
    case "ETIMEDOUT":
      return { code: "timeout", message: `the connection timed out ${stage(progress)}` };
    case "EHOSTUNREACH":
    case "ENETUNREACH":
      return { code: "unreachable", message: `the network lost the connection ${stage(progress)}` };
    case "UND_ERR_RES_CONTENT_LENGTH_MISMATCH":
      return progress.status === null ? notHttp(message, progress) : closed(progress);
    case "UND_ERR_SOCKET":
      // undici's words for a 1xx that nothing asked for: 100 without Expect, 101 without Upgrade.
      if (message === "bad response") return notHttp("it sent 100 Continue unasked", progress);
      if (message === "bad upgrade") return notHttp("it switched protocols unasked", progress);
      return closed(progress);
    default:
      // undici 7 doesn't fill in the code of its parser's errors.
      if (error instanceof Error && error.name === "HTTPParserError")
        return message.includes("EOF") ? closed(progress) : notHttp(message, progress);
      return tlsError(error, code, progress) ?? closed(progress);
  }
}

const headerTooLarge: NetError = { code: "too-large", message: "the response's header is larger than 32 KB" };

function closed(progress: Progress): NetError {
  if (progress.status === null && looksLikeHttp2(progress.first)) return notHttp("", progress);
  return {
    code: "closed",
    message: `the other side closed the connection ${stage(progress)}`,
    ...(progress.status === null ? excerpt(progress) : {}),
  };
}

/** The bytes are no HTTP/1.1. `why` is the parser's reason. */
function notHttp(why: string, progress: Progress): NetError {
  if (progress.status !== null) {
    return {
      code: "not-http",
      message: `status ${progress.status} came, but its body is broken after ${bodySoFar(progress)}: ${parserReason(why)}`,
    };
  }
  if (looksLikeHttp2(progress.first)) {
    return { code: "http2", message: "it answered an HTTP/1.1 request with HTTP/2 frames", ...excerpt(progress) };
  }
  return { code: "not-http", message: `the answer is no HTTP/1.1 response: ${parserReason(why)}`, ...excerpt(progress) };
}

/**
 * A client certificate that TLS 1.3 asks for is missed only after the handshake (RFC 8446, 4.4.2.4), so the alert comes instead of the
 * response. OpenSSL's message ends in `SSL alert number 116`.
 */
function tlsError(error: unknown, code: string, progress: Progress): NetError | null {
  if (!(error instanceof Error) || !(code.startsWith("ERR_SSL_") || code === "EPROTO")) return null;
  const quoted = /SSL alert number (\d+)/.exec(error.message);
  if (quoted !== null) {
    const alert = alertName(Number(quoted[1]));
    return { code: "tls-alert", message: `the TLS alert ${alert} came ${stage(progress)}`, alert };
  }
  return { code: "tls", message: `TLS broke ${stage(progress)}: ${error.message.split("\n", 1)[0]}` };
}

/**
 * RFC 9113, 3.4: a server's first frame is SETTINGS (4); one that dislikes the request follows with, or only sends, GOAWAY (7). Both on
 * stream 0.
 */
function looksLikeHttp2(first: Buffer): boolean {
  if (first.length < 9) return false;
  const type = first.readUInt8(3);
  const stream = first.readUInt32BE(5) & 0x7fffffff; // the highest bit is reserved
  return (type === 4 || type === 7) && stream === 0 && first.readUIntBE(0, 3) <= 16_384;
}

/** When it happened. */
function stage(progress: Progress): string {
  if (progress.status !== null) return `after ${bodySoFar(progress)} of the body of a response with status ${progress.status}`;
  if (progress.received > 0) return `in the middle of the response's header, after ${bytes(progress.received)}`;
  return "before any response";
}

/** `3 of 10 bytes` */
function bodySoFar({ bodyBytes, contentLength }: Progress): string {
  return contentLength === null ? bytes(bodyBytes) : `${bodyBytes} of ${bytes(contentLength)}`;
}

function parserReason(message: string): string {
  // llhttp's reason stands in parentheses: `Response does not match the HTTP/1.1 protocol (Invalid header token)`.
  const start = message.indexOf("(");
  return start >= 0 && message.endsWith(")") && message.length > start + 2 ? message.slice(start + 1, -1) : message;
}

function excerpt(progress: Progress): { excerpt?: string } {
  return progress.first.length === 0 ? {} : { excerpt: progress.first.toString("latin1") };
}

function bytes(n: number | string): string {
  return `${n} ${String(n) === "1" ? "byte" : "bytes"}`;
}
