/** The client's and the support file, and base URLs: what is read of which bytes. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  isJsonBody,
  readBaseUrl,
  readClientFile,
  readIssuer,
  readLoginFlows,
  readSupportFile,
  readVersions,
} from "../../src/matrix/client-file.ts";

const body = (value: unknown): Buffer => Buffer.from(typeof value === "string" ? value : JSON.stringify(value));

describe("the client's file", () => {
  const EMPTY = { kind: "object", keys: [], baseUrl: null, server: null, issuer: null, rtcFoci: [], text: "{}" };
  test("everything in it", () => {
    const file = {
      "m.homeserver": { base_url: "https://matrix.example.com" },
      "m.server": "x:1",
      "org.matrix.msc2965.authentication": { issuer: "https://auth.example.com/" },
      "org.matrix.msc4143.rtc_foci": [{ type: "livekit", livekit_service_url: "https://rtc.example.com" }, "x", { type: 1 }],
    };
    assert.deepEqual(readClientFile(body(file)), {
      kind: "object",
      keys: Object.keys(file),
      baseUrl: "https://matrix.example.com",
      server: "x:1",
      issuer: "https://auth.example.com/",
      rtcFoci: [
        { type: "livekit", url: "https://rtc.example.com" },
        { type: "", url: null },
      ],
      text: JSON.stringify(file),
    });
  });
  test("nothing in it", () => assert.deepEqual(readClientFile(body("{}")), EMPTY));
  test("of other types", () =>
    assert.deepEqual(readClientFile(body({ "m.homeserver": "x", "m.server": 1 })), {
      ...EMPTY,
      keys: ["m.homeserver", "m.server"],
      text: '{"m.homeserver":"x","m.server":1}',
    }));
  test("no object", () => assert.deepEqual(readClientFile(body("[]")), { kind: "no-object" }));
  test("no JSON", () => assert.equal(readClientFile(body("<html>")).kind, "not-json"));
  test("what a prototype has doesn't count", () => assert.equal(readVersions(body('{"__proto__":{"versions":[]}}')), null));
  test("more than is kept", () => {
    const many = Object.fromEntries(Array.from({ length: 12 }, (_, index) => [`${index}${"k".repeat(200)}`, ""]));
    const read = readClientFile(body(many));
    assert.ok(read.kind === "object");
    assert.deepEqual([read.keys.length, read.keys[0]?.length, read.text === null], [10, 100, false]);
    const long = readClientFile(body({ "m.server": "x".repeat(5000) }));
    assert.ok(long.kind === "object");
    assert.deepEqual([long.server?.length, long.text], [2048, null]);
    const foci = readClientFile(body({ "org.matrix.msc4143.rtc_foci": Array.from({ length: 12 }, () => ({ type: "x" })) }));
    assert.equal(foci.kind === "object" && foci.rtcFoci.length, 10);
  });
});

describe("the support file", () => {
  const cases: [string, unknown, string | null][] = [
    ["a page", { support_page: "https://example.com/help" }, null],
    ["a contact by mail", { contacts: [{ role: "m.role.admin", email_address: "a@example.com" }] }, null],
    ["a contact by Matrix", { contacts: [{ role: "m.role.admin", matrix_id: "@a:example.com" }] }, null],
    ["no contacts, but a page", { contacts: [], support_page: "https://example.com/" }, null],
    ["neither", {}, "it has neither contacts nor support_page"],
    ["no contacts", { contacts: [] }, "contacts is empty, and there is no support_page"],
    ["a page that is none", { support_page: "help" }, "support_page is not a URL"],
    ["a page of another type", { support_page: 1 }, "support_page is not a URL"],
    ["no list", { contacts: {} }, "contacts is not a list"],
    ["no object", { contacts: ["x"] }, "contact 1 is not an object"],
    ["no role", { contacts: [{ role: "x", matrix_id: "@a:b" }, { matrix_id: "@a:b" }] }, "contact 2 has no role"],
    ["no address", { contacts: [{ role: "x" }] }, "contact 1 has neither matrix_id nor email_address"],
    [
      "an address of another type",
      { contacts: [{ role: "x", matrix_id: "@a:b", email_address: 1 }] },
      "contact 1 has an address that is no string",
    ],
  ];
  for (const [title, file, problem] of cases)
    test(title, () => {
      const read = readSupportFile(body(file));
      assert.equal(read.kind === "object" ? read.problem : read.kind, problem);
    });
  test("what is kept of it", () => {
    const contact = { role: "r", matrix_id: "m", email_address: 2 };
    const read = readSupportFile(body({ contacts: ["x", ...Array.from({ length: 12 }, () => contact)], support_page: "p" }));
    assert.ok(read.kind === "object");
    assert.deepEqual(
      [read.contacts.length, read.contacts[0], read.supportPage],
      [9, { role: "r", matrixId: "m", emailAddress: null }, "p"],
    );
  });
  test("no object, no JSON", () =>
    assert.deepEqual([readSupportFile(body("1")).kind, readSupportFile(body("")).kind], ["no-object", "not-json"]));
});

describe("answers of the client API", () => {
  test("versions", () => {
    assert.deepEqual(readVersions(body({ versions: ["v1.1", "r0.6.0"] })), ["v1.1", "r0.6.0"]);
    for (const bad of [{ versions: ["v1.1", 2] }, { versions: "v1.1" }, {}, [], "x"]) assert.equal(readVersions(body(bad)), null);
    const kept = readVersions(body({ versions: Array.from({ length: 60 }, () => "v".repeat(200)) }));
    assert.deepEqual([kept?.length, kept?.[0]?.length], [50, 100]);
  });
  test("login flows", () => {
    assert.deepEqual(readLoginFlows(body({ flows: [{ type: "m.login.password" }, "x", {}, { type: 1 }] })), ["m.login.password"]);
    for (const bad of [{ flows: {} }, {}, "x"]) assert.equal(readLoginFlows(body(bad)), null);
    assert.equal(readLoginFlows(body({ flows: Array.from({ length: 30 }, () => ({ type: "x" })) }))?.length, 20);
  });
  test("the issuer", () => {
    assert.equal(readIssuer(body({ issuer: "https://a/" })), "https://a/");
    for (const bad of [{ issuer: 1 }, {}, "x", []]) assert.equal(readIssuer(body(bad)), null);
  });
  test("a JSON object at all", () =>
    assert.deepEqual(
      ["{}", "[]", "1", "{"].map((each) => isJsonBody(body(each))),
      [true, false, false, false],
    ));
});

describe("base URLs", () => {
  const good: [string, string, string, number, string, string][] = [
    ["https://matrix.example.com", "https://matrix.example.com", "matrix.example.com", 443, "matrix.example.com", ""],
    ["HTTPS://Matrix.Example.com/", "https://matrix.example.com", "matrix.example.com", 443, "matrix.example.com", ""],
    ["https://example.com:8448/a//", "https://example.com:8448/a", "example.com", 8448, "example.com:8448", "/a"],
    ["https://[2001:db8::1]", "https://[2001:db8::1]", "2001:db8::1", 443, "[2001:db8::1]", ""],
    ["https://example.com/_matrixx", "https://example.com/_matrixx", "example.com", 443, "example.com", "/_matrixx"],
  ];
  for (const [value, href, host, port, hostHeader, path] of good)
    test(value, () => assert.deepEqual(readBaseUrl(value), { ok: true, href, host, port, hostHeader, path }));

  const bad: [string, string, string | null][] = [
    ["matrix.example.com", "no-url", "https://matrix.example.com"],
    [" matrix.example.com:8448/ ", "no-url", "https://matrix.example.com:8448"],
    ["", "no-url", null],
    ["  ", "no-url", null],
    ["/", "no-url", null],
    ["matrix.example.com/path", "no-url", null],
    ["https://[", "no-url", null],
    ["not a host", "no-url", null],
    ["https:example.com", "no-url", null],
    ["http://matrix.example.com/a", "not-https", "https://matrix.example.com/a"],
    ["ftp://matrix.example.com", "not-https", null],
    ["https://example.com/_matrix", "api-path", "https://example.com"],
    ["https://example.com/a/_matrix/client", "api-path", "https://example.com/a"],
    ["http://example.com/_matrix/client", "not-https", null],
    ["https://u@example.com", "surplus", "https://example.com"],
    ["https://:p@example.com", "surplus", "https://example.com"],
    ["https://example.com/a?b", "surplus", "https://example.com/a"],
    ["https://example.com/?", "surplus", "https://example.com"],
    ["https://example.com/#x", "surplus", "https://example.com"],
    ["https://example.com#", "surplus", "https://example.com"],
    ["https://example.com ", "surplus", "https://example.com"],
  ];
  for (const [value, fault, meant] of bad)
    test(JSON.stringify(value), () => assert.deepEqual(readBaseUrl(value), { ok: false, fault, meant }));
});
