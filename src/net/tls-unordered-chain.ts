/**
 * The second-best answer to what a server sent, for a handshake that can't be read: Node's chain, without what may come from this machine's
 * store.
 */
import type { PeerCertificate, TLSSocket } from "node:tls";

/** Node's types leave out that each of these may be missing. */
type LinkedCertificate = Partial<PeerCertificate> & { issuerCertificate?: LinkedCertificate };

/**
 * DER, leaf first. Node sorts the chain and adds issuers that it trusts; so a root behind the leaf is cut off, whether it was sent or not.
 */
export function readUnorderedChain(socket: TLSSocket): Buffer[] {
  const chain: Buffer[] = [];
  const seen = new Set<string>();
  let certificate: LinkedCertificate | undefined = socket.getPeerCertificate(true);
  while (certificate?.raw !== undefined && certificate.fingerprint256 !== undefined && !seen.has(certificate.fingerprint256)) {
    // A self-signed certificate is its own issuer.
    const isRoot = certificate.issuerCertificate?.fingerprint256 === certificate.fingerprint256;
    if (isRoot && chain.length > 0) break;
    seen.add(certificate.fingerprint256);
    chain.push(certificate.raw);
    certificate = certificate.issuerCertificate;
  }
  return chain;
}
