// Key responses: fields, keys and signatures; the signing vectors of the Matrix Appendices.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { MAX_KEYS_CHECKED, readKeys } from "../../src/matrix/signing-keys.ts";
import { createSigner } from "../lab/signing.ts";
import type { KeyResponseOverrides } from "../lab/signing.ts";

const signer = createSigner("example.com");
const read = (value: unknown) => readKeys(Buffer.from(JSON.stringify(value)));
const good = { id: "ed25519:a_test", problem: null, signature: "valid" };

it("the signatures of the appendix", () => {
  // Appendices, "Signing Key" and "JSON Signing"
  const domain = createSigner("domain", { keyId: "ed25519:1", seed: Buffer.from("YJDBA9Xnr2sVqXD9Vj7XVUnmFZcZrlw8Md7kMW+3XA1", "base64") });
  assert.equal(domain.publicKey, "XGX0JRS2Af3be3knz2fBiRbApjm2Dh61gXDJA8kcJNI");
  const signature = (object: Record<string, unknown>) =>
    (domain.signJson(object)["signatures"] as Record<string, Record<string, string>>)["domain"]?.["ed25519:1"];
  assert.equal(signature({}), "K8280/U9SSy9IVtjBuVeLr+HpOB4BQFWbg+UZaADMtTdGYI7Geitb76LTrr5QV/7Xg4ahLwYGYZzuHGZKM5ZAQ");
  assert.equal(signature({ one: 1, two: "Two" }), "KqmLSbO39/Bzb0QIYE82zqLwsA+PDzYIpIRA2sRQ4sL53+sN6/fpNSoqE7BP7vBZhG6kYdD13EIMJpvhJI+6Bw");
  const response = domain.keyResponse({ validUntil: 1 });
  assert.deepEqual(read(response), {
    kind: "keys",
    serverName: "domain",
    validUntil: 1,
    verifyKeys: [{ ...good, id: "ed25519:1", key: "XGX0JRS2Af3be3knz2fBiRbApjm2Dh61gXDJA8kcJNI" }],
    oldKeyIds: [],
  });
});

describe("what is read and verified", () => {
  const rows: [name: string, overrides: KeyResponseOverrides, expected: unknown][] = [
    ["one key", {}, { verifyKeys: [good] }],
    ["valid until", { validUntil: new Date(5) }, { validUntil: 5 }],
    ["other server name", { serverName: "example.org" }, { serverName: "example.org", verifyKeys: [good] }],
    ["several keys", { moreKeys: ["b"] }, { verifyKeys: [good, { ...good, id: "ed25519:b" }] }],
    ["unsigned key", { unsignedKeys: ["b"] }, { verifyKeys: [good, { id: "ed25519:b", problem: null, signature: "missing" }] }],
    ["bad signature", { badSignature: true }, { verifyKeys: [{ ...good, signature: "invalid" }] }],
    [
      "one bad of two",
      { moreKeys: ["b"], badSignature: ["ed25519:b"] },
      { verifyKeys: [good, { ...good, id: "ed25519:b", signature: "invalid" }] },
    ],
    [
      "old keys",
      {
        oldKeys: [
          { id: "x", expired: 1 },
          { id: "y", expired: 2 },
        ],
      },
      { verifyKeys: [good], oldKeyIds: ["ed25519:x", "ed25519:y"] },
    ],
    ["no old_verify_keys", { fields: { old_verify_keys: undefined } }, { verifyKeys: [good], oldKeyIds: [] }],
    ["further signed fields", { fields: { x: { "\uff5e": 1, "😀": [true, null, "é"] } } }, { verifyKeys: [good] }],
    ["a key __proto__", { fields: JSON.parse(`{"__proto__":{"b":1,"a":2}}`) }, { verifyKeys: [good] }],
    ["changed after signing", { afterSigning: { valid_until_ts: 7 } }, { validUntil: 7, verifyKeys: [{ ...good, signature: "invalid" }] }],
    ["unsigned isn't signed", { afterSigning: { unsigned: { age: 1.5 } } }, { verifyKeys: [good] }],
    [
      "no signature of its own",
      { afterSigning: { signatures: { "example.org": { "ed25519:a_test": "x" } } } },
      { verifyKeys: [{ ...good, signature: "missing" }] },
    ],
    [
      "signature no string",
      { afterSigning: { signatures: { "example.com": { "ed25519:a_test": 1 } } } },
      { verifyKeys: [{ ...good, signature: "invalid" }] },
    ],
    [
      "signature no base64",
      { afterSigning: { signatures: { "example.com": { "ed25519:a_test": "?" } } } },
      { verifyKeys: [{ ...good, signature: "invalid" }] },
    ],
    ["no key at all", { fields: { verify_keys: {} } }, { verifyKeys: [] }],
    [
      "another algorithm, kept last",
      { fields: { verify_keys: { "curve25519:x": { key: "?" }, "ed25519:a_test": { key: signer.publicKey } } } },
      { verifyKeys: [good, { id: "curve25519:x", problem: null, signature: "missing" }] },
    ],
    [
      "key too short",
      { fields: { verify_keys: { "ed25519:a_test": { key: "AAAA" } } } },
      { verifyKeys: [{ id: "ed25519:a_test", problem: "is 3 bytes long; an Ed25519 key has 32", signature: "invalid" }] },
    ],
    [
      "key no base64",
      { fields: { verify_keys: { "ed25519:a_test": { key: "not base64" } } } },
      { verifyKeys: [{ id: "ed25519:a_test", problem: "isn't base64", signature: "invalid" }] },
    ],
    [
      "key with a digit too many",
      { fields: { verify_keys: { "ed25519:a_test": { key: "AAAAA" } } } },
      { verifyKeys: [{ id: "ed25519:a_test", problem: "isn't base64", signature: "invalid" }] },
    ],
    [
      "key no point on the curve",
      { fields: { verify_keys: { "ed25519:a_test": { key: "/".repeat(42) + "w" } } } },
      { verifyKeys: [{ ...good, signature: "invalid" }] },
    ],
  ];
  for (const [name, overrides, expected] of rows) {
    it(name, () => {
      const reading = read(signer.keyResponse(overrides));
      assert.ok(reading.kind === "keys", JSON.stringify(reading));
      const wanted = expected as Record<string, unknown>;
      // The key itself is looked at above.
      for (const key of reading.verifyKeys) delete key.key;
      assert.deepEqual(Object.fromEntries(Object.entries(reading).filter(([key]) => key in wanted)), wanted);
    });
  }

  it("keys and signatures in URL-safe and padded base64", () => {
    for (const form of [
      (text: string) => `${text}${"=".repeat((4 - (text.length % 4)) % 4)}`,
      (text: string) => text.replaceAll("+", "-").replaceAll("/", "_"),
    ]) {
      for (const keyId of ["ed25519:1", "ed25519:2", "ed25519:3", "ed25519:4"]) {
        const other = createSigner("example.com", { keyId });
        const response = other.keyResponse({ fields: { verify_keys: { [keyId]: { key: form(other.publicKey) } } } });
        const signatures = response["signatures"] as Record<string, Record<string, string>>;
        const reading = read({ ...response, signatures: { "example.com": { [keyId]: form(signatures["example.com"]![keyId]!) } } });
        assert.ok(reading.kind === "keys");
        assert.deepEqual(reading.verifyKeys, [{ id: keyId, key: other.publicKey, problem: null, signature: "valid" }]);
      }
    }
  });

  it("checks no more keys than it must", () => {
    const many = Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`x25519:${index}`, { key: "AAAA" }]));
    const reading = read(signer.keyResponse({ fields: { verify_keys: { ...many, "ed25519:a_test": { key: signer.publicKey } } } }));
    assert.ok(reading.kind === "keys");
    assert.equal(reading.verifyKeys.length, MAX_KEYS_CHECKED);
    assert.deepEqual(reading.verifyKeys[0], { ...good, key: signer.publicKey });
  });
});

describe("malformed", () => {
  const rows: [field: string, problem: RegExp, overrides: KeyResponseOverrides][] = [
    ["server_name", /missing/, { fields: { server_name: undefined } }],
    ["server_name", /is a number, not a string/, { fields: { server_name: 1 } }],
    ["server_name", /empty/, { fields: { server_name: "" } }],
    ["valid_until_ts", /missing/, { fields: { valid_until_ts: undefined } }],
    ["valid_until_ts", /is a string, not an integer/, { fields: { valid_until_ts: "1" } }],
    ["valid_until_ts", /1\.5, not an integer/, { fields: { valid_until_ts: 1.5 } }],
    ["valid_until_ts", /outside/, { fields: { valid_until_ts: 2 ** 60 } }],
    ["verify_keys", /missing/, { fields: { verify_keys: undefined } }],
    ["verify_keys", /is an array, not an object/, { fields: { verify_keys: [] } }],
    [`verify_keys["ed25519:a"]`, /is a string, not an object/, { fields: { verify_keys: { "ed25519:a": "x" } } }],
    [`verify_keys["ed25519:a"].key`, /missing/, { fields: { verify_keys: { "ed25519:a": {} } } }],
    ["old_verify_keys", /is null, not an object/, { fields: { old_verify_keys: null } }],
    [`old_verify_keys["ed25519:o"].key`, /missing/, { fields: { old_verify_keys: { "ed25519:o": { expired_ts: 1 } } } }],
    [`old_verify_keys["ed25519:o"].expired_ts`, /missing/, { fields: { old_verify_keys: { "ed25519:o": { key: "x" } } } }],
    ["signatures", /missing/, { afterSigning: { signatures: undefined } }],
    ["signatures", /is a boolean, not an object/, { afterSigning: { signatures: true } }],
    [`signatures["example.com"]`, /is a string, not an object/, { afterSigning: { signatures: { "example.com": "x" } } }],
    ["x.y[1]", /0\.5, but only integers/, { afterSigning: { x: { y: [1, 0.5] } } }],
    ["x", /outside/, { afterSigning: { x: 1e20 } }],
    ["x", /surrogate/, { afterSigning: { x: "\ud800" } }],
    ["x[0][0][0][0][0]…", /deeper/, { afterSigning: { x: JSON.parse("[".repeat(500) + "]".repeat(500)) } }],
  ];
  for (const [field, problem, overrides] of rows) {
    it(`${field} ${problem.source}`, () => {
      const reading = read(signer.keyResponse(overrides));
      assert.ok(reading.kind === "malformed", JSON.stringify(reading));
      assert.equal(reading.field, field);
      assert.match(reading.problem, problem);
    });
  }
  it("the response itself", () =>
    assert.deepEqual(read([]), { kind: "malformed", field: "the response", problem: "is an array, not an object" }));
});

it("not JSON", () => {
  for (const body of ["", "<html>", "{", "{}x", "\ufeff{}"]) assert.equal(readKeys(Buffer.from(body)).kind, "not-json", body);
});

describe("properties", () => {
  it("any flipped bit of key, signature or signed text fails", () => {
    const response = signer.keyResponse();
    const body = Buffer.from(JSON.stringify(response));
    fc.assert(
      fc.property(fc.nat(body.length - 1), fc.nat(7), (at, bit) => {
        const flipped = Buffer.from(body);
        flipped[at] = flipped[at]! ^ (1 << bit);
        const reading = readKeys(flipped);
        const stillValid = reading.kind === "keys" && reading.verifyKeys.length === 1 && reading.verifyKeys[0]!.signature === "valid";
        // The last digit of unpadded base64 has bits that mean nothing, and "-_" are the same digits as "+/".
        if (stillValid) assert.deepEqual(meaning(flipped), meaning(body), flipped.toString());
      }),
      { numRuns: 500 },
    );
    function meaning(bytes: Buffer): unknown {
      return JSON.parse(bytes.toString(), (_key, value: unknown) =>
        typeof value === "string" && /^[\w+/-]{43,86}$/.test(value) ? Buffer.from(value, "base64").toString("hex") : value,
      );
    }
  });

  it("never throws", () => {
    const field = fc.oneof(
      fc.json().map((json): unknown => JSON.parse(json)),
      fc.constant(undefined),
    );
    const fields = fc.record(
      { server_name: field, verify_keys: field, old_verify_keys: field, valid_until_ts: field, signatures: field },
      { requiredKeys: [] },
    );
    fc.assert(fc.property(fields, (afterSigning) => void read(signer.keyResponse({ afterSigning }))));
    fc.assert(fc.property(fc.uint8Array(), (bytes) => void readKeys(Buffer.from(bytes))));
  });
});
