/** How the TLS handshake went, where it failed. */
import { place } from "../facts/address.ts";
import type { EndpointFacts, Facts, Hop, NetError, TlsFacts } from "../facts/facts.ts";
import { demandsClientCertificate, type Demand } from "./client-certificate.ts";
import { done } from "./outcome.ts";

/** How a handshake failed; also one that failed afterwards, as TLS 1.3 does over a missing client certificate (RFC 8446, 4.4.2.4). */
export function handshakeFailure(endpoint: Pick<EndpointFacts, "tls" | "version">): NetError | null {
  if (endpoint.tls.status === "failed") return endpoint.tls.error;
  if (endpoint.version.status === "failed" && ["tls-alert", "tls"].includes(endpoint.version.error.code)) return endpoint.version.error;
  return null;
}

/** TLS 1.3, or a suite of TLS 1.2 with ECDHE, which rustls and Go demand; by its name, or by OpenSSL's in evidence of older versions. */
export function isEphemeral({ protocol, cipher }: Pick<TlsFacts, "protocol" | "cipher">): boolean {
  return protocol !== "TLSv1.2" || /^(TLS_)?ECDHE[_-]/.test(cipher);
}

/** Nothing but ECDHE was offered, and refused: a server that only prefers RSA takes it. A timeout may be anything. */
export function lacksEphemeral({ ephemeralOnly }: Pick<Hop, "ephemeralOnly">): boolean {
  return ephemeralOnly?.status === "failed" && ephemeralOnly.error.code !== "timeout";
}

/** The protocol that works where TLS 1.2 and 1.3 don't. */
export function olderProtocol(endpoint: EndpointFacts): string | null {
  if (endpoint.tls.status !== "failed") return null;
  const protocol = done(endpoint.olderTls)?.protocol ?? null;
  return protocol !== null && ["TLSv1.1", "TLSv1", "SSLv3"].includes(protocol) ? protocol : null;
}

/** The server refuses who has no client certificate; null when it doesn't, or that can't be told. */
export function demandOf(endpoint: Pick<EndpointFacts, "tls" | "version">): Demand | null {
  const { version } = endpoint;
  return demandsClientCertificate(endpoint, version.status === "done" ? { ...version, value: version.value.response } : version);
}

/** HTTP answers the TLS handshake; or the handshake is taken without a word, and a request without TLS is answered. */
export function speaksPlainHttp(facts: Facts, { tls, address, port }: Pick<EndpointFacts, "tls" | "address" | "port">): boolean {
  if (tls.status !== "failed") return false;
  if (tls.error.code === "plain-http") return true;
  return facts.clues?.plainHttp?.some((each) => each.place === place(address, port) && each.response.status === "done") === true;
}
