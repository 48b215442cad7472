// What CAs publish as their certificate, in each form that occurs.
import assert from "node:assert/strict";
import { test } from "node:test";
import { certificatesIn } from "../../src/net/issuer-file.ts";
import { createAuthority } from "../lab/certificates.ts";
import { pkcs7 } from "../lab/pkcs7.ts";

const root = await createAuthority({ commonName: "Root" });
const { der } = await root.intermediate({ commonName: "Intermediate" });
const pem = `-----BEGIN CERTIFICATE-----\n${der.toString("base64")}\n-----END CERTIFICATE-----\n`;
const bundle = pkcs7([der, root.der]);

const rows: [what: string, body: Buffer, certificates: Buffer[]][] = [
  ["DER", der, [der]],
  ["PEM", Buffer.from(pem), [der]],
  ["PKCS #7", bundle, [der, root.der]],
  ["PKCS #7 without certificates", pkcs7([]), []],
  ["PKCS #7 with something else in it", pkcs7([Buffer.from("0500", "hex"), der]), [der]],
  ["more than ten", pkcs7(Array.from({ length: 12 }, () => der)), Array.from({ length: 10 }, () => der)],
  ["a web page", Buffer.from("<!doctype html>"), []],
  ["nothing", Buffer.alloc(0), []],
];
for (const [what, body, certificates] of rows) test(what, () => assert.deepEqual(certificatesIn(body), certificates));

test("PKCS #7, cut anywhere: never an error, and no certificate that isn't whole", () => {
  for (let length = 0; length < bundle.length; length += 7) {
    const found = certificatesIn(bundle.subarray(0, length));
    assert.ok(
      found.every((each) => each.equals(der) || each.equals(root.der)),
      `${length} bytes`,
    );
  }
});
