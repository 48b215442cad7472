/** How the TLS handshake went, where it failed. */
import type { EndpointFacts, NetError } from "../facts/facts.ts";
import { done } from "./outcome.ts";

/** How a handshake failed; also one that failed afterwards, as TLS 1.3 does over a missing client certificate (RFC 8446, 4.4.2.4). */
export function handshakeFailure(endpoint: Pick<EndpointFacts, "tls" | "version">): NetError | null {
  if (endpoint.tls.status === "failed") return endpoint.tls.error;
  if (endpoint.version.status === "failed" && ["tls-alert", "tls"].includes(endpoint.version.error.code)) return endpoint.version.error;
  return null;
}

/** The protocol that works where TLS 1.2 and 1.3 don't. */
export function olderProtocol(endpoint: EndpointFacts): string | null {
  if (endpoint.tls.status !== "failed") return null;
  const protocol = done(endpoint.olderTls)?.protocol ?? null;
  return protocol === "TLSv1.2" || protocol === "TLSv1.3" ? null : protocol;
}
