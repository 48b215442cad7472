/**
 * The TLS record and handshake layers, as far as they can be read in what a server sent (RFC 8446, 4 and 5; RFC 5246, 6 and 7).
 * Hostile bytes are normal: everything here returns what is whole and leaves out what isn't.
 */
export const CONTENT_TYPE = { changeCipherSpec: 20, alert: 21, handshake: 22, applicationData: 23 } as const;
export const HANDSHAKE_TYPE = { serverHello: 2, certificate: 11, certificateRequest: 13 } as const;

export interface TlsRecord {
  type: number;
  /** The five bytes in front, which TLS 1.3 authenticates with the fragment. */
  header: Buffer;
  fragment: Buffer;
}

/** Whether these bytes can be the start of a TLS record: a known content type, then major version 3. */
export function looksLikeTls(bytes: Buffer): boolean {
  const [type, major] = bytes;
  if (type === undefined) return true;
  return type >= CONTENT_TYPE.changeCipherSpec && type <= CONTENT_TYPE.applicationData && (major === undefined || major === 3);
}

/** The whole records at the start of `bytes`. */
export function* readRecords(bytes: Buffer): Generator<TlsRecord> {
  for (let at = 0; at + 5 <= bytes.length;) {
    const end = at + 5 + bytes.readUInt16BE(at + 3);
    if (end > bytes.length) return;
    yield { type: bytes.readUInt8(at), header: bytes.subarray(at, at + 5), fragment: bytes.subarray(at + 5, end) };
    at = end;
  }
}

/**
 * The description of an alert in clear that ends `bytes`; null when they end otherwise. An alert that ends a handshake is the last thing
 * that is sent, so one before something else was a warning.
 */
export function lastAlert(bytes: Buffer): number | null {
  let alert: number | null = null;
  for (const { type, fragment } of readRecords(bytes))
    alert = type === CONTENT_TYPE.alert && fragment.length === 2 ? fragment.readUInt8(1) : null;
  return alert;
}

export interface HandshakeMessage {
  type: number;
  body: Buffer;
}

/** Puts handshake messages together: one may be split across records, and a record may hold several (RFC 8446, 5.1). */
export class HandshakeReader {
  #parts: Buffer[] = [];
  #length = 0;
  /** Bytes before which looking again is no use: a server may send each byte in a record of its own. */
  #needed = 4;

  /** The messages that are whole now. */
  *push(fragment: Buffer): Generator<HandshakeMessage> {
    this.#parts.push(fragment);
    this.#length += fragment.length;
    if (this.#length < this.#needed) return;
    let rest = Buffer.concat(this.#parts);
    for (;;) {
      this.#needed = rest.length < 4 ? 4 : 4 + rest.readUIntBE(1, 3);
      this.#parts = [rest];
      this.#length = rest.length;
      if (rest.length < this.#needed) return;
      const message = { type: rest.readUInt8(0), body: rest.subarray(4, this.#needed) };
      rest = rest.subarray(this.#needed);
      yield message;
    }
  }
}
