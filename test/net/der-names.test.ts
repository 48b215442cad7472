import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { describe, test } from "node:test";
import { rootCertificates } from "node:tls";
import { keyOfName, readNames } from "../../src/net/der-names.ts";
import { isBundledRoot } from "../../src/net/pem.ts";
import { createAuthority } from "../lab/certificates.ts";

const roots = rootCertificates.map((pem) => new X509Certificate(pem));

/** An element of less than 128 bytes. */
const tlv = (tag: number, ...contents: Buffer[]): Buffer =>
  Buffer.concat([Buffer.from([tag, Buffer.concat(contents).length]), ...contents]);
const COMMON_NAME = Buffer.from("0603550403", "hex");
const nameOf = (tag: number, value: Buffer): Buffer => tlv(0x30, tlv(0x31, tlv(0x30, COMMON_NAME, tlv(tag, value))));
const [UTF8, PRINTABLE, T61, BMP] = [0x0c, 0x13, 0x14, 0x1e];

describe("names in DER", () => {
  test("Node's roots are self-signed: both names are the same, and differ where OpenSSL's texts differ", () => {
    const texts = new Map<string, string>();
    for (const root of roots) {
      const { issuer, subject } = readNames(root.raw);
      assert.deepEqual(issuer, subject, root.subject);
      const known = texts.get(keyOfName(subject)) ?? root.subject;
      assert.equal(known, root.subject);
      texts.set(keyOfName(subject), root.subject);
    }
    assert.equal(texts.size, new Set(roots.map(({ subject }) => subject)).size);
  });

  test("issuer and subject of one that somebody else has signed", async () => {
    const root = await createAuthority();
    const intermediate = await root.intermediate({ commonName: "Lab Intermediate" });
    assert.deepEqual(readNames(intermediate.der).issuer, readNames(root.der).subject);
    assert.notDeepEqual(readNames(intermediate.der).subject, readNames(root.der).subject);
  });

  const same: [string, Buffer, Buffer][] = [
    ["the type of the string", nameOf(UTF8, Buffer.from("Lab Root")), nameOf(PRINTABLE, Buffer.from("Lab Root"))],
    ["two bytes a character", nameOf(UTF8, Buffer.from("Läb")), nameOf(BMP, Buffer.from("004c00e40062", "hex"))],
    ["Latin-1", nameOf(UTF8, Buffer.from("Läb")), nameOf(T61, Buffer.from("Läb", "latin1"))],
    ["case", nameOf(UTF8, Buffer.from("LAB root")), nameOf(UTF8, Buffer.from("Lab Root"))],
    ["white space", nameOf(UTF8, Buffer.from(" Lab  Root ")), nameOf(UTF8, Buffer.from("Lab Root"))],
  ];
  for (const [what, one, other] of same) test(`${what} makes no difference`, () => assert.equal(keyOfName(one), keyOfName(other)));

  test("another value does", () =>
    assert.notEqual(keyOfName(nameOf(UTF8, Buffer.from("Lab Root"))), keyOfName(nameOf(UTF8, Buffer.from("Lab Root 2")))));

  test("what is no certificate throws, wherever it ends", () => {
    const { raw } = roots[0] ?? assert.fail();
    for (let length = 0; length < raw.length; length++) assert.throws(() => readNames(raw.subarray(0, length)));
    for (const hex of ["", "3080", "30850000000001", "30843fffffff", "0201"]) assert.throws(() => readNames(Buffer.from(hex, "hex")), hex);
  });
});

test("Node's own roots are known, however their lines are broken", async () => {
  const [pem = ""] = rootCertificates;
  const unbroken = pem.split("\n").slice(1, -1).join("");
  const rewrapped = `-----BEGIN CERTIFICATE-----\r\n${(unbroken.match(/.{1,64}/g) ?? []).join("\r\n")}\r\n-----END CERTIFICATE-----\r\n`;
  for (const [text, known] of [
    [pem, true],
    [rewrapped, true],
    [pem.replace("\nMII", "\nMIJ"), false],
    [(await createAuthority()).pem, false],
  ] as const)
    assert.equal(isBundledRoot(text), known);
});
