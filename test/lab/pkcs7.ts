/** Certificates in PKCS #7 that signs nothing, as CAs publish several of them (RFC 5652, 5.1; `openssl crl2pkcs7 -nocrl`). */
const SIGNED_DATA = Buffer.from("06092a864886f70d010702", "hex");
const DATA = Buffer.from("06092a864886f70d010701", "hex");
const VERSION_1 = Buffer.from("020101", "hex");
const [SEQUENCE, SET, FIRST] = [0x30, 0x31, 0xa0];

export function pkcs7(certificates: Buffer[]): Buffer {
  const signed = element(SEQUENCE, VERSION_1, element(SET), element(SEQUENCE, DATA), element(FIRST, ...certificates), element(SET));
  return element(SEQUENCE, SIGNED_DATA, element(FIRST, signed));
}

function element(tag: number, ...contents: Buffer[]): Buffer {
  const body = Buffer.concat(contents);
  const length = body.length < 0x80 ? [body.length] : [0x82, body.length >> 8, body.length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...length]), body]);
}
