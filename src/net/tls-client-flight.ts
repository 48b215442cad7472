/**
 * Whether a server asked for a client certificate, told from how much was sent to it. Who is asked sends a Certificate message, be it empty
 * (RFC 8446, 4.4.2; RFC 5246, 7.4.6), and Node doesn't tell. All other parts of a client's second flight have lengths that are known.
 */
import type { TLSSocket } from "node:tls";

const RECORD_HEADER = 5;
const HANDSHAKE_HEADER = 4;
const CHANGE_CIPHER_SPEC = RECORD_HEADER + 1;
const TAG = 16;

/** Bytes of a client's public key (RFC 8446, 4.2.8.2; RFC 8422, 5.4), by OpenSSL's name of the group. */
const POINT_LENGTHS: ReadonlyMap<string, number> = new Map([
  ["X25519", 32],
  ["prime256v1", 65],
  ["secp384r1", 97],
]);

/**
 * The bytes that a client sends after its first ClientHello until the handshake is done, when no certificate is asked for; null where that
 * isn't known. A HelloRetryRequest makes it send more.
 */
export function flightWithoutCertificate(socket: TLSSocket): number | null {
  const cipher = socket.getCipher().standardName;
  if (socket.getProtocol() === "TLSv1.3") {
    // RFC 8446, 4.4.4 and 5.2: Finished is one HMAC, and TLSInnerPlaintext has a byte for its type.
    const verifyData = cipher.endsWith("_SHA384") ? 48 : 32;
    return CHANGE_CIPHER_SPEC + RECORD_HEADER + HANDSHAKE_HEADER + verifyData + 1 + TAG;
  }
  const finished = finishedLength12(cipher);
  const key: Partial<{ name: string }> | object | null = socket.getEphemeralKeyInfo();
  const point = key !== null && "name" in key && typeof key.name === "string" ? POINT_LENGTHS.get(key.name) : undefined;
  if (finished === null || point === undefined) return null;
  return RECORD_HEADER + HANDSHAKE_HEADER + 1 + point + CHANGE_CIPHER_SPEC + finished;
}

/** RFC 5246, 7.4.9: 12 bytes of verify_data. GCM sends a part of its nonce along (RFC 5288, 3), ChaCha20-Poly1305 none (RFC 7905, 2). */
function finishedLength12(cipher: string): number | null {
  const verifyData = 12;
  if (cipher.includes("_GCM_")) return RECORD_HEADER + 8 + HANDSHAKE_HEADER + verifyData + TAG;
  if (cipher.includes("_CHACHA20_POLY1305_")) return RECORD_HEADER + HANDSHAKE_HEADER + verifyData + TAG;
  return null;
}
