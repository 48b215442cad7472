/**
 * Why a TLS handshake failed, from the bytes that came instead, the TLS alert, the TCP connection's end and OpenSSL's complaint, in that
 * order: what the other side really said comes before what this side made of it.
 */
import type { NetError } from "../facts/facts.ts";
import { alertName } from "./tls-alerts.ts";
import { lastAlert, looksLikeTls } from "./tls-records.ts";
import { codeOf } from "./tcp.ts";
import { readServerHandshake } from "./tls-sent-chain.ts";

const EXCERPT_LENGTH = 120;

export interface HandshakeEnd {
  /** Everything that the server sent. */
  received: Buffer;
  /** The TCP connection's own error, or that it just ended. */
  tcp: Error | "ended" | null;
  /** Node's or OpenSSL's error of the TLS layer. */
  tls: Error | null;
}

export function judgeHandshake(end: HandshakeEnd): NetError {
  const foreign = judgeForeignBytes(end.received);
  if (foreign !== null) return foreign;
  const error = judgeAlert(end) ??
    judgeTcpEnd(end) ?? {
      code: "tls" as const,
      message: `TLS handshake failed: ${end.tls === null ? "no reason given" : reasonOf(end.tls)}`,
    };
  // Before TLS 1.3, which says that it misses a client certificate only after the handshake.
  return readServerHandshake(end.received, null).asksClientCertificate ? { ...error, asksClientCertificate: true } : error;
}

/** What came instead of TLS; null when nothing came, or TLS did. */
export function judgeForeignBytes(received: Buffer): NetError | null {
  if (looksLikeTls(received)) return null;
  const excerpt = received.toString("latin1", 0, EXCERPT_LENGTH);
  // HTTP/1.x; an error page without a status line, as HTTP/0.9 has it; a bare `400 Bad Request`.
  if (/^(HTTP\/|\s*<|4\d\d )/i.test(excerpt)) return { code: "plain-http", message: "HTTP came instead of TLS", excerpt };
  return { code: "not-tls", message: "the answer isn't TLS", excerpt };
}

function judgeAlert({ received, tls }: HandshakeEnd): NetError | null {
  // In TLS 1.3 an alert may be encrypted; OpenSSL's message then holds its number.
  const quoted = tls === null ? null : /SSL alert number (\d+)/.exec(tls.message);
  const description = lastAlert(received) ?? (quoted === null ? null : Number(quoted[1]));
  if (description === null) return null;
  const alert = alertName(description);
  return { code: "tls-alert", message: `the server refused the TLS handshake with the alert ${alert}`, alert };
}

function judgeTcpEnd({ received, tcp, tls }: HandshakeEnd): NetError | null {
  const when = received.length === 0 ? "before it had answered the TLS handshake" : "in the middle of the TLS handshake";
  if (tcp instanceof Error && codeOf(tcp) === "ECONNRESET") return { code: "reset", message: `the server reset the connection ${when}` };
  if (tcp instanceof Error && codeOf(tcp) === "ETIMEDOUT")
    return { code: "timeout", message: "the connection went dead during the TLS handshake" };
  // When OpenSSL itself gave up first, the connection's end is only the consequence. Node calls an end during the handshake ECONNRESET,
  // too.
  const opensslComplains = tls !== null && codeOf(tls).startsWith("ERR_SSL_") && !/UNEXPECTED_EOF/.test(codeOf(tls));
  if (tcp !== null && !opensslComplains) return { code: "closed", message: `the server closed the connection ${when}` };
  return null;
}

/** OpenSSL's reason in words, e.g. `unsupported protocol`. */
function reasonOf(error: Error): string {
  const reason = "reason" in error && typeof error.reason === "string" ? error.reason : error.message;
  return reason.split("\n", 1)[0] ?? reason;
}
