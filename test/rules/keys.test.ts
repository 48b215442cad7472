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
import { besideEachOther, placesOf, saidOf, texts } from "./texts.ts";

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

// In words

const FUTURE = Date.parse("2026-06-08T12:00:00.000Z");
const at = (address: string, overrides: Parameters<typeof goodKeys>[0]): EndpointFacts =>
  endpoint({ address, keys: done(keys(goodKeys(overrides))) });
const NGINX = { server: "nginx/1.24.0", "content-type": "text/html" };
const clued = (facts: Facts, leadsHere: boolean, name: string): Facts => ({
  ...facts,
  clues: {
    homeservers: { tried: [], found: [] },
    wellKnowns: { tried: [], found: [] },
    browser: null,
    srvHost: [],
    keysName: { name, places: [], leadsHere },
    issuers: [],
  },
});
const key = (id: string, signature: VerifyKey["signature"], problem: string | null = null): VerifyKey => ({ id, signature, problem });

const IN_WORDS: Record<string, Facts> = {
  "404 of nginx beside a good version": status(http(404, "<html>", { headers: NGINX })),
  "404 of a homeserver beside a good version": status(matrixError(404, "M_UNRECOGNIZED", "Unrecognized request")),
  "404 at one address, another 404 at the other": withEndpoints(
    endpoint({ keys: done(keys(null, http(404, "<html>"))) }),
    endpoint({ address: V6, keys: done(keys(null, matrixError(404, "M_NOT_FOUND", "x"))) }),
  ),
  "500 of a homeserver": status(matrixError(500, "M_UNKNOWN", "Internal server error")),
  "502 of nginx": status(http(502, "<html>", { headers: NGINX })),
  "404 where the version fails in another way": both(done(badVersion(http(500))), done(keys(null, http(404)))),
  "no usable answer, at two addresses": withEndpoints(
    endpoint({ keys: failed("closed") }),
    endpoint({ address: V6, keys: failed("reset") }),
  ),
  "no answer in time": withEndpoints(endpoint({ keys: failed("timeout", { ms: 9000, message: "no answer in 9 s" }) })),
  "no answer in time, at one address": withEndpoints(endpoint({ keys: failed("timeout", { ms: 9000 }) }), endpoint({ address: V6 })),
  "a page, nginx": reading({ kind: "not-json", message: "it is HTML" }, http(200, "<html>Shop", { headers: NGINX })),
  nothing: reading({ kind: "not-json", message: "it is empty" }, http(200, " ")),
  "a field is missing": reading({ kind: "malformed", field: "valid_until_ts", problem: "is missing" }),
  "a key's field is malformed": reading({ kind: "malformed", field: 'verify_keys["ed25519:a"]', problem: "is no object" }),
  "a problem with a long text": reading({ kind: "malformed", field: "x", problem: "y".repeat(161) }),
  "a problem with a text of 160": reading({ kind: "malformed", field: "x", problem: "y".repeat(160) }),
  "a key that is none": of({ verifyKeys: [GOOD, key("ed25519:b", "missing", "is no base64")] }),
  "a key of another kind that is none": of({ verifyKeys: [GOOD, key("rsa:b", "missing", "is no base64")] }),
  "no key": of({ verifyKeys: [] }),
  "only keys of other kinds": of({ verifyKeys: [key("rsa:a", "valid"), key("curve25519:b", "valid")] }),
  "a signature that doesn't fit": of({ verifyKeys: [key("ed25519:a", "invalid")] }),
  "one of two signatures doesn't fit": of({ verifyKeys: [GOOD, key("ed25519:b", "invalid")] }),
  "two signatures don't fit": of({ verifyKeys: [key("ed25519:a", "invalid"), key("ed25519:b", "invalid")] }),
  "no signature": of({ verifyKeys: [key("ed25519:a", "missing")] }),
  "one of two keys didn't sign": of({ verifyKeys: [GOOD, key("ed25519:b", "missing")] }),
  "a key that is none can't sign": of({ verifyKeys: [key("ed25519:b", "invalid", "is no base64")] }),
  "different keys didn't sign at the addresses": withEndpoints(
    at("185.15.58.10", { verifyKeys: [GOOD, key("ed25519:b", "missing")] }),
    at(V6, { verifyKeys: [GOOD, key("ed25519:c", "missing"), key("ed25519:d", "missing")] }),
  ),
  "expired a minute ago": of({ validUntil: Date.parse("2026-06-01T11:59:00.000Z") }),
  "expired never": of({ validUntil: Date.parse("2026-06-01T12:00:00.000Z") }),
  "expired in the year -300000": of({ validUntil: -8.64e15 }),
  "expired before dates begin": of({ validUntil: -8.64e15 - 2 }),
  "valid for long": of({ validUntil: FUTURE * 10 }),
  "slow: 5.001 s": withEndpoints(endpoint({ keys: done(keys(), 5001) })),
  "slow: 5 s": withEndpoints(endpoint({ keys: done(keys(), 5000) })),
  "slow: 10 s": withEndpoints(endpoint({ keys: done(keys(), 10_000) })),
  "slow: 10.001 s": withEndpoints(endpoint({ keys: done(keys(), 10_001) })),
  "slow: 12 s and 6 s": withEndpoints(endpoint({ keys: done(keys(), 12_000) }), endpoint({ address: V6, keys: done(keys(), 6000) })),
  "text/plain": reading(goodKeys(), http(200, "{}", { headers: { "content-type": "text/plain" } })),
  "capitals, nginx": reading(goodKeys(), http(200, "{}", { headers: { "content-type": "Application/JSON", server: "nginx" } })),
  "no Content-Type": reading(goodKeys(), http(200, "{}", { headers: {} })),
  padding: of({ oddBase64: [{ id: "ed25519:a_Xy12", problem: "padding" }] }),
  "padding of an old key": of({ oldKeyIds: ["ed25519:old"], oddBase64: [{ id: "ed25519:old", problem: "padding" }] }),
  "the URL-safe alphabet": of({ oddBase64: [{ id: "ed25519:a_Xy12", problem: "url-safe" }] }),
  "the URL-safe alphabet of an old key": of({ oddBase64: [{ id: "ed25519:old", problem: "url-safe" }] }),
  "both, of two keys": of({
    verifyKeys: [GOOD, key("ed25519:b", "valid")],
    oddBase64: [
      { id: "ed25519:a", problem: "padding" },
      { id: "ed25519:b", problem: "padding" },
      { id: "ed25519:old", problem: "url-safe" },
      { id: "ed25519:older", problem: "url-safe" },
    ],
  }),
  "no key is odd": of({ oddBase64: [] }),
  "odd keys at one address": withEndpoints(at("185.15.58.10", { oddBase64: [{ id: "ed25519:a_Xy12", problem: "padding" }] }), at(V6, {})),
  "a parent's keys": of({ serverName: "com" }),
  "a child's keys": of({ serverName: "matrix.example.com" }),
  "a child's keys, which doesn't lead here": clued(of({ serverName: "matrix.example.com" }), false, "matrix.example.com"),
  "a child's keys, which leads here": clued(of({ serverName: "matrix.example.com" }), true, "matrix.example.com"),
  "keys of the name with a port, which doesn't lead here": clued(of({ serverName: "example.com:8448" }), false, "example.com:8448"),
  "keys of a related text that is no name": of({ serverName: "x y.example.com" }),
  "a foreign name's keys": of({ serverName: "example.org" }),
  "a foreign name's keys, which lead here": clued(of({ serverName: "example.org" }), true, "example.org"),
  "another case": of({ serverName: "Example.com" }),
  "two foreign names": withEndpoints(at("185.15.58.10", { serverName: "example.org" }), at(V6, { serverName: "example.net" })),
  "different keys": withEndpoints(at("185.15.58.10", {}), at(V6, { verifyKeys: [GOOD] })),
  "the same ids of different keys": withEndpoints(
    at("185.15.58.10", { verifyKeys: [{ ...GOOD, key: "AAAA" }] }),
    at(V6, { verifyKeys: [{ ...GOOD, key: "BBBB" }] }),
  ),
  "the same keys in another order": withEndpoints(
    at("185.15.58.10", { verifyKeys: [GOOD, key("ed25519:b", "valid")] }),
    at(V6, { verifyKeys: [key("ed25519:b", "valid"), GOOD] }),
  ),
  "five homeservers, one without a key": withEndpoints(
    at("185.15.58.10", {}),
    at(V6, { verifyKeys: [] }),
    at("185.15.58.11", { serverName: "example.org" }),
    at("185.15.58.12", { verifyKeys: [key("ed25519:c", "valid")] }),
    at("185.15.58.13", { verifyKeys: [key("ed25519:d", "valid")] }),
  ),
};
for (const [title, facts] of Object.entries(IN_WORDS)) said(`in words: ${title}`, () => saidOf(facts, ["well-known/cache"], "keys/"));
for (const [title, facts] of Object.entries(besideEachOther(IN_WORDS, V6))) said(`beside each other: ${title}`, () => placesOf(facts));
