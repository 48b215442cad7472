/**
 * The certificates that a server sent, in its order, from the raw bytes of its handshake. Node's getPeerCertificate() sorts the chain and
 * completes it from the local store, so it can't tell a missing intermediate from a sent one. TLS 1.2 and older: in clear (RFC 5246,
 * 7.4.2). TLS 1.3: encrypted with the server's handshake traffic secret (RFC 8446, 4.4.2, 5.2, 7.3).
 */
import { createDecipheriv, createHmac, type CipherGCMTypes } from "node:crypto";
import { CONTENT_TYPE, HANDSHAKE_TYPE, HandshakeReader, readRecords, type HandshakeMessage, type TlsRecord } from "./tls-records.ts";

interface Suite {
  cipher: CipherGCMTypes | "chacha20-poly1305";
  keyLength: number;
  hash: "sha256" | "sha384";
}

/** RFC 8446, B.4. */
const SUITES: ReadonlyMap<number, Suite> = new Map([
  [0x1301, { cipher: "aes-128-gcm", keyLength: 16, hash: "sha256" }],
  [0x1302, { cipher: "aes-256-gcm", keyLength: 32, hash: "sha384" }],
  [0x1303, { cipher: "chacha20-poly1305", keyLength: 32, hash: "sha256" }],
] as const);

/** The `random` of a ServerHello that is a HelloRetryRequest (RFC 8446, 4.1.3). */
const HELLO_RETRY_REQUEST = Buffer.from("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c", "hex");
const SUPPORTED_VERSIONS = 43;
const TLS13 = 0x0304;
const TAG_LENGTH = 16;

/** What can be read in a server's part of a handshake. */
export interface SentByServer {
  /** The DER forms of its certificates, leaf first; null when they can't be read, or didn't come. */
  certificates: Buffer[] | null;
  /** It asks for a client certificate (RFC 8446, 4.3.2; RFC 5246, 7.4.4). */
  asksClientCertificate: boolean;
}

/** The DER forms of the sent certificates, leaf first; null when they can't be read. */
export function readSentChain(received: Buffer, handshakeSecret: Buffer | null): Buffer[] | null {
  return readServerHandshake(received, handshakeSecret).certificates;
}

/**
 * `received`: all bytes from the server, from the first one on. `handshakeSecret`: its SERVER_HANDSHAKE_TRAFFIC_SECRET, null before TLS
 * 1.3.
 */
export function readServerHandshake(received: Buffer, handshakeSecret: Buffer | null): SentByServer {
  const sent: SentByServer = { certificates: null, asksClientCertificate: false };
  try {
    for (const { type, body, isTls13 } of messagesOf(received, handshakeSecret)) {
      if (type === HANDSHAKE_TYPE.certificateRequest) sent.asksClientCertificate = true;
      if (type === HANDSHAKE_TYPE.certificate) sent.certificates ??= isTls13 ? readCertificates13(body) : readCertificates(body);
    }
  } catch {
    // A length that points outside its buffer, or a record that doesn't decrypt: what was read until there stays.
  }
  return sent;
}

/** The secret in a line of the `keylog` event (NSS Key Log Format); null when the line is about something else. */
export function handshakeSecretOf(keylogLine: Buffer): Buffer | null {
  const secret = /^SERVER_HANDSHAKE_TRAFFIC_SECRET [0-9a-f]+ ([0-9a-f]+)$/im.exec(keylogLine.toString("latin1"))?.[1];
  return secret === undefined ? null : Buffer.from(secret, "hex");
}

/** The handshake messages that can be read, up to where TLS 1.2 begins to encrypt. */
function* messagesOf(received: Buffer, handshakeSecret: Buffer | null): Generator<HandshakeMessage & { isTls13: boolean }> {
  let reader = new HandshakeReader();
  let decrypt: ((record: TlsRecord) => Buffer | null) | null = null;
  let isTls13 = false;
  for (const record of readRecords(received)) {
    if (record.type === CONTENT_TYPE.changeCipherSpec && !isTls13) return;
    // TLS 1.3 sends a ChangeCipherSpec in clear for middleboxes (RFC 8446, D.4); everything else is application data from the ServerHello
    // on.
    const isHandshake = decrypt === null ? record.type === CONTENT_TYPE.handshake : record.type === CONTENT_TYPE.applicationData;
    const fragment = !isHandshake ? null : decrypt === null ? record.fragment : decrypt(record);
    if (fragment === null) continue;
    for (const message of reader.push(fragment)) {
      yield { ...message, isTls13 };
      if (message.type !== HANDSHAKE_TYPE.serverHello || decrypt !== null) continue;
      const hello = readServerHello(message.body);
      isTls13 ||= hello.version === TLS13;
      if (!isTls13 || hello.isRetry) continue;
      const suite = SUITES.get(hello.cipherSuite);
      if (suite === undefined || handshakeSecret === null) return;
      decrypt = recordDecrypter(suite, handshakeSecret);
      reader = new HandshakeReader();
    }
  }
}

/** RFC 8446, 4.1.3. The version is the one in supported_versions, which only TLS 1.3 has. */
export function readServerHello(body: Buffer): { version: number; cipherSuite: number; isRetry: boolean } {
  const isRetry = body.subarray(2, 34).equals(HELLO_RETRY_REQUEST);
  let at = 35 + body.readUInt8(34); // legacy_version, random, legacy_session_id_echo
  const cipherSuite = body.readUInt16BE(at);
  at += 5; // cipher_suite, legacy_compression_method, length of the extensions
  let version = body.readUInt16BE(0);
  while (at + 4 <= body.length) {
    if (body.readUInt16BE(at) === SUPPORTED_VERSIONS) version = body.readUInt16BE(at + 4);
    at += 4 + body.readUInt16BE(at + 2);
  }
  return { version, cipherSuite, isRetry };
}

/** RFC 5246, 7.4.2: certificate_list of ASN.1Cert. */
function readCertificates(body: Buffer): Buffer[] {
  const certificates: Buffer[] = [];
  const end = 3 + body.readUIntBE(0, 3);
  for (let at = 3; at < end;) {
    const length = body.readUIntBE(at, 3);
    certificates.push(exactly(body, at + 3, length));
    at += 3 + length;
  }
  return certificates;
}

/** RFC 8446, 4.4.2: certificate_request_context, then CertificateEntry with extensions each. */
function readCertificates13(body: Buffer): Buffer[] {
  const certificates: Buffer[] = [];
  let at = 1 + body.readUInt8(0);
  const end = at + 3 + body.readUIntBE(at, 3);
  for (at += 3; at < end;) {
    const length = body.readUIntBE(at, 3);
    certificates.push(exactly(body, at + 3, length));
    at += 3 + length;
    at += 2 + body.readUInt16BE(at);
  }
  return certificates;
}

function exactly(body: Buffer, at: number, length: number): Buffer {
  if (at + length > body.length) throw new RangeError("a certificate is longer than its message");
  return body.subarray(at, at + length);
}

/** Undoes the record protection of the server's handshake records, which must be given in order (RFC 8446, 5.2 and 5.3). */
function recordDecrypter(suite: Suite, secret: Buffer): (record: TlsRecord) => Buffer | null {
  const key = expandLabel(suite, secret, "key", suite.keyLength);
  const iv = expandLabel(suite, secret, "iv", 12);
  let sequence = 0;
  return ({ header, fragment }) => {
    const nonce = Buffer.from(iv);
    nonce.writeUInt32BE((nonce.readUInt32BE(8) ^ sequence) >>> 0, 8); // the recorded handshake is far from 2^32 records long
    sequence += 1;
    // The types know ChaCha20-Poly1305 under its own overload only; both are AEAD ciphers with the same methods.
    const decipher = createDecipheriv(suite.cipher as CipherGCMTypes, key, nonce, { authTagLength: TAG_LENGTH });
    const sealed = fragment.subarray(0, -TAG_LENGTH);
    decipher.setAAD(header, { plaintextLength: sealed.length });
    decipher.setAuthTag(fragment.subarray(-TAG_LENGTH));
    const inner = Buffer.concat([decipher.update(sealed), decipher.final()]);
    // TLSInnerPlaintext: content, its type, any number of zeros (RFC 8446, 5.4).
    let last = inner.length - 1;
    while (last >= 0 && inner[last] === 0) last -= 1;
    return last >= 0 && inner[last] === CONTENT_TYPE.handshake ? inner.subarray(0, last) : null;
  };
}

/** HKDF-Expand-Label with an empty context (RFC 8446, 7.1). One HMAC block is enough: no key is longer than the hash (RFC 5869, 2.3). */
function expandLabel(suite: Suite, secret: Buffer, label: string, length: number): Buffer {
  const name = Buffer.from(`tls13 ${label}`);
  const info = Buffer.concat([Buffer.of(0, length, name.length), name, Buffer.of(0)]);
  return createHmac(suite.hash, secret).update(info).update(Buffer.of(1)).digest().subarray(0, length);
}
