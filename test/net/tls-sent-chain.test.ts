import assert from "node:assert/strict";
import { createCipheriv, createHmac, randomBytes } from "node:crypto";
import { describe, test } from "node:test";
import fc from "fast-check";
import { handshakeSecretOf, readSentChain } from "../../src/net/tls-sent-chain.ts";

// A server's TLS 1.3 flight made by hand, for what OpenSSL's server never does. Real handshakes are in tls.test.ts.

const secret = randomBytes(32);
const uint = (value: number, bytes: number): Buffer => Buffer.from(value.toString(16).padStart(bytes * 2, "0"), "hex");
const vector = (bytes: number, ...parts: Buffer[]): Buffer => Buffer.concat([uint(Buffer.concat(parts).length, bytes), ...parts]);
const record = (type: number, fragment: Buffer): Buffer => Buffer.concat([Buffer.of(type, 3, 3), vector(2, fragment)]);
const message = (type: number, body: Buffer): Buffer => Buffer.concat([Buffer.of(type), vector(3, body)]);

const HELLO_RETRY = Buffer.from("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c", "hex");
const hello = (random: Buffer): Buffer =>
  message(
    2,
    Buffer.concat([
      Buffer.of(3, 3),
      random,
      vector(1, randomBytes(32)),
      Buffer.of(0x13, 0x01, 0),
      vector(2, Buffer.concat([Buffer.of(0, 51), vector(2, randomBytes(36)), Buffer.of(0, 43, 0, 2, 3, 4)])),
    ]),
  );
const certificates13 = (...ders: Buffer[]): Buffer =>
  message(11, Buffer.concat([Buffer.of(0), vector(3, ...ders.map((der) => Buffer.concat([vector(3, der), vector(2, randomBytes(5))])))]));
const certificates12 = (...ders: Buffer[]): Buffer => message(11, vector(3, ...ders.map((der) => vector(3, der))));
const CCS = record(20, Buffer.of(1));

function expand(label: string, length: number): Buffer {
  const info = Buffer.concat([uint(length, 2), vector(1, Buffer.from(`tls13 ${label}`)), Buffer.of(0, 1)]);
  return createHmac("sha256", secret).update(info).digest().subarray(0, length);
}

/** Encrypts each part as one record; `padding` zeros behind it. */
function seal(parts: { type?: number; content: Buffer; padding?: number }[]): Buffer {
  return Buffer.concat(
    parts.map(({ type = 22, content, padding = 0 }, sequence) => {
      const nonce = expand("iv", 12);
      nonce[11] = (nonce[11] ?? 0) ^ sequence;
      const cipher = createCipheriv("aes-128-gcm", expand("key", 16), nonce);
      const inner = Buffer.concat([content, Buffer.of(type), Buffer.alloc(padding)]);
      const header = Buffer.concat([Buffer.of(23, 3, 3), uint(inner.length + 16, 2)]);
      cipher.setAAD(header);
      return Buffer.concat([header, cipher.update(inner), cipher.final(), cipher.getAuthTag()]);
    }),
  );
}

const leaf = randomBytes(700);
const issuer = randomBytes(900);
const encryptedExtensions = message(8, vector(2));
const chain = certificates13(leaf, issuer);
const start = Buffer.concat([record(22, hello(randomBytes(32))), CCS]);

const flights: [string, Buffer][] = [
  ["several messages in one record", Buffer.concat([start, seal([{ content: Buffer.concat([encryptedExtensions, chain]) }])])],
  [
    "a message in two records",
    Buffer.concat([start, seal([{ content: encryptedExtensions }, { content: chain.subarray(0, 500) }, { content: chain.subarray(500) }])]),
  ],
  [
    "a record for every byte",
    Buffer.concat([
      start,
      seal(
        [...Buffer.concat([encryptedExtensions, chain])]
          .slice(0, 250)
          .map((byte) => ({ content: Buffer.of(byte) }))
          .concat([{ content: Buffer.concat([encryptedExtensions, chain]).subarray(250) }]),
      ),
    ]),
  ],
  [
    "padding",
    Buffer.concat([
      start,
      seal([
        { content: encryptedExtensions, padding: 200 },
        { content: chain, padding: 1 },
      ]),
    ]),
  ],
  [
    "a HelloRetryRequest first",
    Buffer.concat([record(22, hello(HELLO_RETRY)), CCS, start, seal([{ content: encryptedExtensions }, { content: chain }])]),
  ],
  [
    "the ServerHello in two records",
    Buffer.concat([record(22, start.subarray(5, 20)), record(22, start.subarray(20, -6)), CCS, seal([{ content: chain }])]),
  ],
  ["a record that isn't whole at the end", Buffer.concat([start, seal([{ content: chain }]), Buffer.of(23, 3, 3, 1)])],
  ["an empty record with another content type", Buffer.concat([start, seal([{ type: 21, content: Buffer.of(1, 0) }, { content: chain }])])],
];

describe("TLS 1.3", () => {
  for (const [it, flight] of flights) {
    test(it, () => assert.deepEqual(readSentChain(flight, secret), [leaf, issuer]));
  }

  const whole = Buffer.concat([start, seal([{ content: chain }])]);
  const unreadable: [string, Buffer, Buffer | null][] = [
    ["no secret", whole, null],
    ["another secret", whole, randomBytes(32)],
    ["cut off in the certificates", whole.subarray(0, -1), secret],
    ["nothing", Buffer.alloc(0), secret],
  ];
  for (const [it, flight, key] of unreadable) {
    test(`${it}: null`, () => assert.equal(readSentChain(flight, key), null));
  }
});

describe("TLS 1.2", () => {
  const hello12 = message(2, Buffer.concat([Buffer.of(3, 3), randomBytes(32), Buffer.of(0, 0xc0, 0x2b, 0)]));
  const messages = Buffer.concat([hello12, certificates12(leaf, issuer), message(14, Buffer.alloc(0))]);

  test("one record for everything", () => assert.deepEqual(readSentChain(record(22, messages), null), [leaf, issuer]));
  test("a record for every byte", () =>
    assert.deepEqual(readSentChain(Buffer.concat([...messages].map((byte) => record(22, Buffer.of(byte)))), null), [leaf, issuer]));
  test("a warning between", () =>
    assert.deepEqual(
      readSentChain(
        Buffer.concat([record(22, messages.subarray(0, 9)), record(21, Buffer.of(1, 112)), record(22, messages.subarray(9))]),
        null,
      ),
      [leaf, issuer],
    ));
  test("a length that points outside", () =>
    assert.equal(readSentChain(record(22, message(11, Buffer.of(0, 0, 9, 0, 0, 200, 1, 2, 3))), null), null));
});

test("any bytes give a chain or null, never an exception", () => {
  const real = Buffer.concat([start, seal([{ content: chain }])]);
  fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => void readSentChain(Buffer.from(bytes), secret)));
  fc.assert(
    fc.property(fc.nat(real.length - 1), fc.nat(255), (at, byte) => {
      const changed = Buffer.from(real);
      changed[at] = byte;
      readSentChain(changed, secret);
    }),
  );
});

test("the secret in a key log", () => {
  const line = (label: string): Buffer => Buffer.from(`${label} ${"ab".repeat(32)} ${"0f".repeat(48)}\n`);
  assert.deepEqual(handshakeSecretOf(line("SERVER_HANDSHAKE_TRAFFIC_SECRET")), Buffer.alloc(48, 0x0f));
  assert.equal(handshakeSecretOf(line("CLIENT_HANDSHAKE_TRAFFIC_SECRET")), null);
});
