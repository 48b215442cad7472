/** The rules about the server name: which names raise which findings, and no others. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Facts } from "../../src/facts/facts.ts";
import { nameRules } from "../../src/rules/name/index.ts";
import type { Found } from "../../src/rules/rule.ts";
import { attempt, done, endpoint, healthy, host, notNeeded, route, srvRecord, viaSrv } from "./facts-builder.ts";
import { saidOf, texts } from "./texts.ts";

function judge(facts: Facts): (Found & { code: string })[] {
  return nameRules.flatMap((rule) => [...rule.judge(facts)].map((found) => ({ code: rule.code, ...found })));
}

function codes(facts: Facts): string[] {
  return judge(facts).map(({ code, severity }) => `${severity} ${code}`);
}

/** A server of that name for which no well-known matters. */
function named(serverName: string, overrides: Partial<Facts> = {}): Facts {
  return healthy({
    serverName,
    wellKnown: notNeeded(),
    hosts: [host(serverName.toLowerCase())],
    route: route({ specStep: "6", via: "default-port", delegatedName: null }),
    ...overrides,
  });
}

const NO_ROUTE = { route: null, targets: [], hosts: [] } satisfies Partial<Facts>;
const PRIVATE = { settings: { allowPrivate: true, minCertDays: 14, family: null, probe: true } } satisfies Partial<Facts>;

const said = texts("name");

describe("the server name", () => {
  const cases: [name: string, expected: string[], overrides?: Partial<Facts>][] = [
    ["example.com", []],
    ["matrix.example.co.uk", []],
    ["192.0.2.1", []],
    ["[2001:db8::1]", []],
    ["xn--exmple-cua.com", []],
    ["my.github.io", []],
    ["github.io", []],
    ["foo.xn--p1ai", []],
    ["shop.ck", ["warning name/public-suffix"]],
    ["a.shop.ck", []],

    ["https://example.com/", ["error name/invalid"], NO_ROUTE],
    ["@alice:Example.test", ["error name/invalid"], NO_ROUTE],
    ["my_server.test", ["error name/invalid"], NO_ROUTE],
    ["", ["error name/invalid"], NO_ROUTE],
    ["example.com.", ["error name/invalid"], NO_ROUTE],
    ["example.com:0", ["error name/invalid"], NO_ROUTE],
    ["-", ["error name/odd-label", "warning name/not-public"]],

    ["Example.com", ["warning name/uppercase"]],
    ["example.com:8448", ["info name/explicit-port"]],
    ["192.0.2.1:8448", ["info name/explicit-port"]],
    ["[2001:db8::1]:8448", ["info name/explicit-port"]],

    ["-hs.example.com", ["error name/odd-label"]],
    ["hs-.example.com", ["error name/odd-label"]],
    ["ab--cd.example.com", ["error name/odd-label"]],
    ["a--b.example.com", []],
    ["xn--a.example.com", ["error name/odd-label"]],

    ["example.test", ["warning name/not-public"]],
    ["test", ["warning name/not-public"]],
    ["hs.localhost", ["warning name/not-public"]],
    ["hs.local", ["warning name/not-public"]],
    ["hs.onion", ["warning name/not-public"]],
    ["hs.alt", ["warning name/not-public"]],
    ["hs.internal", ["warning name/not-public"]],
    ["hs.home.arpa", ["warning name/not-public"]],
    ["hs.lan", ["warning name/not-public"]],
    ["matrix", ["warning name/not-public"]],
    ["example.con", ["warning name/not-public"]],
    ["example.test", [], PRIVATE],
    ["matrix", [], PRIVATE],
    // Not the special name itself, only something that ends alike.
    ["mytest.com", []],
    ["in-addr.arpa", ["warning name/public-suffix"]],

    ["com", ["warning name/public-suffix"]],
    ["co.uk", ["warning name/public-suffix"]],
    ["CO.uk", ["warning name/uppercase", "warning name/public-suffix"]],
  ];
  for (const [name, expected, overrides] of cases) {
    const isPrivate = overrides === PRIVATE ? ", --allow-private" : "";
    said(`the name ${JSON.stringify(name)}${isPrivate}`, () => saidOf(named(name, overrides), ["well-known/cache"], "name/"));
    it(`${JSON.stringify(name)}${overrides === PRIVATE ? " with --allow-private" : ""}: ${expected.join(", ") || "nothing"}`, () => {
      assert.deepEqual(codes(named(name, overrides)), expected);
    });
  }

  it("says what was probably meant", () => {
    assert.match(judge(named("@alice:example.com", NO_ROUTE))[0]?.fix[0] ?? "", /example\.com:\nnpx matrix-delegation-check example\.com$/);
    assert.match(judge(named("example.com.:8448", NO_ROUTE))[0]?.fix[0] ?? "", /matrix-delegation-check example\.com:8448$/);
    assert.match(judge(named("example.com:8448"))[0]?.fix[0] ?? "", /matrix-delegation-check example\.com$/);
    assert.match(judge(named("[2001:db8::1]:8448"))[0]?.fix[0] ?? "", /matrix-delegation-check \[2001:db8::1\]$/);
  });
});

describe("name/odd-label elsewhere than in the server name", () => {
  const delegatedTo = (value: string): Facts =>
    healthy({
      wellKnown: done({
        url: "https://example.com/.well-known/matrix/server",
        host: "example.com",
        attempts: [attempt({ reading: { kind: "m.server", value } })],
      }),
    });

  it("looks into m.server", () => {
    const [found, ...others] = judge(delegatedTo("hs-.example.com:443"));
    assert.equal(others.length, 0);
    assert.equal(found?.code, "name/odd-label");
    assert.deepEqual(found.where, ["hs-.example.com"]);
    assert.deepEqual(codes(delegatedTo("hs.example.com:443")), []);
  });

  it("looks into SRV targets, underscores included", () => {
    const facts = viaSrv([endpoint()]);
    const withTarget = (target: string): Facts => ({
      ...facts,
      srv: facts.srv.map((srv) => ({ ...srv, outcome: done({ ...doneValue(srv.outcome), records: [srvRecord(target)] }) })),
    });
    assert.deepEqual(codes(withTarget("my_hs.host.example")), ["error name/odd-label"]);
    assert.deepEqual(codes(withTarget("-hs.host.example")), ["error name/odd-label"]);
    assert.deepEqual(codes(withTarget("hs.host.example")), []);
    assert.deepEqual(codes(withTarget(".")), []);
  });

  it("says one host once", () => {
    assert.deepEqual(
      judge({ ...delegatedTo("-a.example.com:443"), serverName: "-a.example.com" }).map(({ where }) => where),
      [["-a.example.com"]],
    );
  });
});

describe("every rule about the name", () => {
  it("has a page, and a fix for all that it finds", () => {
    for (const rule of nameRules) {
      assert.ok(rule.explain.trim().split("\n").length >= 9, rule.code);
      assert.match(rule.code, /^name\/[a-z-]+$/);
    }
    for (const name of ["Example.com", "example.com:8448", "-hs.example.com", "matrix", "com"]) {
      for (const found of judge(named(name)))
        assert.ok((found.severity === "info" || found.fix.length > 0) && found.fix.length <= 2 && found.where.length > 0, found.code);
    }
  });
});

function doneValue<T>(outcome: { status: string; value?: T }): T {
  assert.ok(outcome.status === "done" && outcome.value !== undefined);
  return outcome.value;
}
