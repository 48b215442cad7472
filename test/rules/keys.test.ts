import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { EndpointFacts, Facts, HttpFacts, KeysReading, VerifyKey } from "../../src/facts/facts.ts";
import { federationRules } from "../../src/rules/federation/index.ts";
import { keysRules } from "../../src/rules/keys/index.ts";
import { nameDifference } from "../../src/views/keys-name.ts";
import { tlsRules } from "../../src/rules/tls/index.ts";
import {
  badVersion,
  blocked,
  done,
  endpoint,
  failed,
  goodKeys,
  http,
  keys,
  matrixError,
  untested,
  V6,
  version,
  withEndpoints,
} from "./facts-builder.ts";
import { only, table } from "./judging.ts";
import { texts } from "./texts.ts";

const rules = [...tlsRules, ...federationRules, ...keysRules];

const GOOD: VerifyKey = { id: "ed25519:a", problem: null, signature: "valid" };

function reading(value: KeysReading, response?: HttpFacts): Facts {
  return withEndpoints(endpoint({ keys: done(keys(value, response)) }));
}

function status(response: HttpFacts): Facts {
  return withEndpoints(endpoint({ keys: done(keys(null, response)) }));
}

function of(overrides: Parameters<typeof goodKeys>[0]): Facts {
  return reading(goodKeys(overrides));
}

function both(versionOutcome: EndpointFacts["version"], keysOutcome: EndpointFacts["keys"]): Facts {
  return withEndpoints(endpoint({ version: versionOutcome, keys: keysOutcome, encodedPath: untested("deadline") }));
}

const typed = (type: string | null): HttpFacts => http(200, "{}", { headers: type === null ? {} : { "content-type": type } });

const said = texts("keys");

describe("keys: the answer", () => {
  table(
    rules,
    [
      ["nothing is wrong", of({}), []],
      ["a web server's 404", status(http(404, "<html>")), ["keys/not-found"]],
      ["the homeserver's 404", status(matrixError(404, "M_UNRECOGNIZED", "Unrecognized request")), ["keys/not-found"]],
      ["403", status(http(403)), ["keys/http-status"]],
      ["502", status(http(502)), ["keys/http-status"]],
      ["a redirect", status(http(302, "", { headers: { location: "https://example.org/" } })), ["keys/http-status"]],
      ["closed", withEndpoints(endpoint({ keys: failed("closed") })), ["keys/http-status"]],
      ["no JSON", reading({ kind: "not-json", message: "it is HTML" }, http(200, "<html>")), ["keys/not-json"]],
      [
        "a field is missing",
        reading({ kind: "malformed", field: "valid_until_ts", problem: "is missing; it should be an integer" }),
        ["keys/malformed"],
      ],
      [
        "a key of 31 bytes",
        of({ verifyKeys: [{ id: "ed25519:a", problem: "is 31 bytes long; an Ed25519 key has 32", signature: "invalid" }] }),
        ["keys/malformed"],
      ],
      ["no answer in time", withEndpoints(endpoint({ keys: failed("timeout", { ms: 10_000 }) })), ["keys/timeout"]],
      ["5.1 s", withEndpoints(endpoint({ keys: done(keys(), 5100) })), ["keys/slow"]],
      ["5.0 s", withEndpoints(endpoint({ keys: done(keys(), 5000) })), []],
      ["10.1 s", withEndpoints(endpoint({ keys: done(keys(), 10_100) })), ["keys/slow"]],
      [
        "the version takes as long",
        withEndpoints(endpoint({ keys: done(keys(), 6000), version: done(version(), 6000) })),
        ["federation/slow"],
      ],
      [
        "both take very long",
        withEndpoints(endpoint({ keys: done(keys(), 11_000), version: done(version(), 11_000) })),
        ["federation/slow < keys/slow", "keys/slow"],
      ],
      ["text/plain", reading(goodKeys(), typed("text/plain")), ["keys/content-type"]],
      ["no Content-Type", reading(goodKeys(), typed(null)), ["keys/content-type"]],
      ["with a charset", reading(goodKeys(), typed("application/json;charset=UTF-8")), []],
      ["application/jsonp", reading(goodKeys(), typed("application/jsonp")), ["keys/content-type"]],
      [
        "the version isn't called JSON either",
        both(done(version({ response: typed("text/plain") })), done(keys(goodKeys(), typed("text/plain")))),
        ["federation/content-type < keys/content-type", "keys/content-type"],
      ],
      ["this machine couldn't ask", withEndpoints(endpoint({ keys: untested("deadline") })), []],
      ["blocked", withEndpoints(endpoint({ keys: blocked() })), []],
    ],
    said,
    "keys: the answer: ",
  );
});

describe("keys: the version's fault isn't told twice", () => {
  table(
    rules,
    [
      ["both 404", both(done(badVersion(http(404))), done(keys(null, http(404)))), ["federation/not-routed"]],
      ["both 502", both(done(badVersion(http(502))), done(keys(null, http(502)))), ["federation/upstream-down"]],
      [
        "both HTML",
        both(
          done(badVersion(http(200, "<html>"), "no JSON")),
          done(keys({ kind: "not-json", message: "it is HTML" }, http(200, "<html>"))),
        ),
        ["federation/not-json"],
      ],
      [
        "a 404 and a start page",
        both(done(badVersion(http(200, "<html>"), "no JSON")), done(keys(null, http(404)))),
        ["federation/not-json"],
      ],
      ["both time out", both(failed("timeout"), failed("timeout")), ["federation/timeout"]],
      ["both closed", both(failed("closed"), failed("reset")), ["federation/http-status"]],
      [
        "another fault: 404 and 502",
        both(done(badVersion(http(404))), done(keys(null, http(502)))),
        ["federation/not-routed", "keys/http-status < federation/not-routed"],
      ],
      [
        "another fault: 403 and a timeout",
        both(done(badVersion(http(403))), failed("timeout")),
        ["federation/forbidden", "keys/timeout < federation/forbidden"],
      ],
      [
        "the same fault at different addresses is told",
        withEndpoints(
          endpoint({ version: done(badVersion(http(502))), encodedPath: untested() }),
          endpoint({ address: V6, keys: done(keys(null, http(502))) }),
        ),
        ["federation/upstream-down", "keys/http-status"],
      ],
    ],
    said,
    "keys: the version's fault isn't told twice: ",
  );
});

describe("keys: the content", () => {
  table(
    rules,
    [
      ["a name of the same domain", of({ serverName: "matrix.example.com" }), ["keys/other-server-name"]],
      ["a foreign name", of({ serverName: "example.org" }), ["keys/server-name-mismatch"]],
      ["another spelling", of({ serverName: "Example.com" }), ["keys/case"]],
      ["no name", of({ serverName: "not a name" }), ["keys/server-name-mismatch"]],
      ["no key", of({ verifyKeys: [] }), ["keys/no-ed25519"]],
      ["a key of another algorithm only", of({ verifyKeys: [{ id: "rsa:a", problem: null, signature: "missing" }] }), ["keys/no-ed25519"]],
      [
        "a key of another algorithm beside a good one",
        of({ verifyKeys: [GOOD, { id: "rsa:a", problem: null, signature: "missing" }] }),
        [],
      ],
      ["a signature that fails", of({ verifyKeys: [{ ...GOOD, signature: "invalid" }] }), ["keys/bad-signature"]],
      [
        "a signature that fails beside a good one",
        of({ verifyKeys: [GOOD, { ...GOOD, id: "ed25519:b", signature: "invalid" }] }),
        ["keys/bad-signature"],
      ],
      ["no signature at all", of({ verifyKeys: [{ ...GOOD, signature: "missing" }] }), ["keys/bad-signature"]],
      [
        "one of two keys didn't sign",
        of({ verifyKeys: [GOOD, { ...GOOD, id: "ed25519:b", signature: "missing" }] }),
        ["keys/unsigned-key"],
      ],
      [
        "a malformed key beside a good one",
        of({ verifyKeys: [GOOD, { id: "ed25519:b", problem: "isn't base64", signature: "missing" }] }),
        ["keys/malformed"],
      ],
      ["valid until a second ago", of({ validUntil: Date.parse("2026-06-01T11:59:59.000Z") }), ["keys/expired"]],
      ["valid until now", of({ validUntil: Date.parse("2026-06-01T12:00:00.000Z") }), []],
      ["a date that no calendar has", of({ validUntil: -9e15 }), ["keys/expired"]],
      [
        "each fault is said",
        of({ serverName: "example.org", validUntil: 0, verifyKeys: [{ ...GOOD, signature: "invalid" }] }),
        ["keys/bad-signature", "keys/expired", "keys/server-name-mismatch"],
      ],
      ["two endpoints with the same keys", withEndpoints(endpoint(), endpoint({ address: V6 })), []],
      [
        "the same keys in another order",
        pair(
          goodKeys({ verifyKeys: [GOOD, { ...GOOD, id: "ed25519:b" }] }),
          goodKeys({ verifyKeys: [{ ...GOOD, id: "ed25519:b" }, GOOD] }),
        ),
        [],
      ],
      [
        "another key at the second endpoint",
        pair(goodKeys(), goodKeys({ verifyKeys: [{ ...GOOD, id: "ed25519:other" }] })),
        ["keys/differ"],
      ],
      [
        "another name at the second endpoint",
        pair(goodKeys(), goodKeys({ serverName: "example.org" })),
        ["keys/differ", "keys/server-name-mismatch < keys/differ"],
      ],
      ["no answer at the second endpoint", withEndpoints(endpoint(), endpoint({ address: V6, keys: untested() })), []],
    ],
    said,
    "keys: the content: ",
  );
});

function pair(a: KeysReading, b: KeysReading): Facts {
  return withEndpoints(endpoint({ keys: done(keys(a)) }), endpoint({ address: V6, keys: done(keys(b)) }));
}

describe("keys: whose name", () => {
  const cases: [checked: string, inKeys: string, ReturnType<typeof nameDifference>][] = [
    ["example.com", "example.com", null],
    ["matrix.example.com", "example.com", "other-server-name"],
    ["example.com", "matrix.example.com", "other-server-name"],
    ["a.example.co.uk", "b.example.co.uk", "other-server-name"],
    ["example.com:8448", "example.com", "other-server-name"],
    ["a.co.uk", "b.co.uk", "server-name-mismatch"],
    ["alice.github.io", "bob.github.io", "server-name-mismatch"],
    ["185.15.58.10", "example.com", "server-name-mismatch"],
    ["185.15.58.10:8448", "185.15.58.10", "other-server-name"],
    ["EXAMPLE.com", "example.com", "case"],
    ["kkk.example", "\u212Akk.example", "server-name-mismatch"],
    ["example.com", "example.com; reboot", "server-name-mismatch"],
  ];
  for (const [checked, inKeys, expected] of cases)
    test(`${checked} and ${inKeys}`, () => assert.equal(nameDifference(checked, inKeys), expected));
});

describe("keys: what is said", () => {
  test("the command for the name that was meant is printed", () => {
    const facts = { ...of({ serverName: "example.com" }), serverName: "matrix.example.com" };
    assert.match(only(facts, rules, "keys/other-server-name").fix[0]!, /\nnpx matrix-delegation-check example\.com$/);
  });

  test("slow: a warning up to 10 s, an error above", () => {
    const after = (ms: number): Facts => withEndpoints(endpoint({ keys: done(keys(), ms) }));
    assert.equal(only(after(9900), rules, "keys/slow").severity, "warning");
    assert.equal(only(after(10_100), rules, "keys/slow").severity, "error");
  });

  test("who refuses an unsigned key", () => {
    assert.deepEqual(
      only(of({ verifyKeys: [GOOD, { ...GOOD, id: "ed25519:b", signature: "missing" }] }), rules, "keys/unsigned-key").affects,
      ["Dendrite", "mautrix-go", "matrix-media-repo"],
    );
  });
});
