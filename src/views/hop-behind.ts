/** Is it the server behind the proxy that refuses what the proxy hands on? Pure. */
import type { HttpFacts } from "../facts/facts.ts";

/** What the proxy does wrong towards the server behind it. */
export type BehindFault =
  /** It connects there with TLS, without the name, or with another one than it then asks for. */
  | "without-name"
  /** It speaks plain HTTP to a port that expects TLS. */
  | "without-tls";

/** nginx, Apache and Go on a port of theirs that expects TLS. Who gets this through TLS was answered by the one behind. */
const WANTS_TLS =
  /plain HTTP request was sent to HTTPS port|speaking plain HTTP to an SSL-enabled server port|sent an HTTP request to an HTTPS server/i;

/**
 * The check's own requests have the same name in the handshake (SNI) and in the Host field: who says that these differ (421, RFC 9110,
 * 15.5.20) means another connection, the one from the proxy.
 */
export function behindFault({ status, excerpt }: Pick<HttpFacts, "status" | "excerpt">): BehindFault | null {
  if (status === 421) return "without-name";
  return status === 400 && WANTS_TLS.test(excerpt) ? "without-tls" : null;
}
