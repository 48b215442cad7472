/** Views of whole servers: whether an endpoint works, whose clock is wrong, which proxy stands where, where it goes on without a file. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { EndpointFacts, Facts, HttpFacts } from "../../src/facts/facts.ts";
import { clockOffset, failsOnlyByClock } from "../../src/views/clock.ts";
import { encodedPathSeen } from "../../src/views/encoded-path.ts";
import { endpointWorks, reachesServer } from "../../src/views/endpoint-works.ts";
import { endpointsOf } from "../../src/views/endpoints.ts";
import { foundHomeserver, isTried } from "../../src/views/found-homeserver.ts";
import { speaksOnlyHttp2 } from "../../src/views/http2-only.ts";
import { isProxyOpen, proxyOfErrorPage, proxyOfMachine, type Proxy } from "../../src/views/proxy.ts";
import { foundTarget, goesOn, remainingRoute } from "../../src/views/remaining-route.ts";
import { srvTargetMistake } from "../../src/views/srv-target.ts";
import { versionKind } from "../../src/views/version-answer.ts";
import { wellKnownResult, type WellKnownResult } from "../../src/views/well-known-result.ts";
import {
  AT,
  attempt,
  badVersion,
  done,
  endpoint,
  endpointWithoutTcp,
  failed,
  goodKeys,
  healthy,
  http,
  keys,
  matrixError,
  notNeeded,
  route,
  target,
  tls,
  untested,
  V4,
  version,
  viaDefaultPort,
  viaSrv,
  withEndpoints,
} from "../rules/facts-builder.ts";

describe("an endpoint works", () => {
  const rows: [string, Partial<EndpointFacts>, reaches: boolean | null, works: boolean | null][] = [
    ["healthy", {}, true, true],
    ["not connected", endpointWithoutTcp(), false, false],
    ["not tried", endpointWithoutTcp({ tcp: untested() }), null, null],
    ["only the keys weren't asked", { keys: untested() }, null, null],
    ["only the version weren't asked", { version: untested() }, null, null],
    ["the version fails, the keys weren't asked", { version: failed("closed"), keys: untested() }, false, false],
    ["a certificate of another name", { tls: done(tls({ dnsNames: ["x.example"] })) }, false, false],
    ["a name that Synapse's check chokes on", { tls: done(tls({ dnsNames: ["matrix.example.com", "*"] })) }, false, false],
    ["a small group", { tls: done(tls({}, { ephemeralKey: { type: "DH", bits: 1024, name: null } })) }, false, false],
    ["the version is a 502", { version: done(badVersion(http(502))) }, false, false],
    ["no server name in the version, and good keys", { version: done(badVersion(http(200, "{}"), "no server object")) }, true, true],
    ["other keys", { keys: done(keys(goodKeys({ serverName: "x.example" }))) }, false, false],
    ["keys that aren't read", { keys: done(keys(null, http(404))) }, false, false],
    ["keys that are over", { keys: done(keys(goodKeys({ validUntil: 0 }))) }, true, false],
    ["paths arrive decoded", { encodedPath: done(matrixError(404, "M_UNRECOGNIZED", "x")) }, true, false],
    ["a proxy refuses the path", { encodedPath: done(http(404, "x")) }, true, true],
  ];
  for (const [title, overrides, reaches, works] of rows)
    test(title, () => {
      const facts = withEndpoints(endpoint(overrides));
      const [one] = facts.targets[0]?.endpoints ?? [];
      assert.ok(one !== undefined);
      assert.deepEqual([reachesServer(facts, one), endpointWorks(facts, one)], [reaches, works]);
    });
});

describe("the path as it arrives", () => {
  const rows: [string, HttpFacts, string, boolean | null][] = [
    ["404 of a proxy", http(404, "x"), "Synapse", false],
    ["400 of a proxy", http(400, "x"), "Synapse", false],
    ["403", http(403, "x"), "Synapse", null],
    ["the decoded path in a redirect", http(301, "", { headers: { location: "/_matrix/federation/v1/event/$a/b" } }), "Synapse", false],
    ["half decoded", http(308, "", { headers: { location: "/x/event/%24a/b" } }), "Synapse", false],
    ["another status with that header", http(200, "", { headers: { location: "/x/event/%24a/b" } }), "Synapse", null],
    ["a 5xx with that header", http(503, "", { headers: { location: "/x/event/%24a/b" } }), "Synapse", null],
    ["M_UNRECOGNIZED of Dendrite", matrixError(404, "M_UNRECOGNIZED", "x"), "Dendrite", true],
    ["of somebody unknown", matrixError(404, "M_UNRECOGNIZED", "x"), "tiny", null],
    ["another error", matrixError(404, "M_NOT_FOUND", "x"), "Synapse", null],
  ];
  for (const [title, response, name, decoded] of rows)
    test(title, () => {
      const seen = encodedPathSeen(endpoint({ encodedPath: done(response), version: done(version({ server: { name, version: "1" } })) }));
      assert.equal(seen?.decoded ?? null, decoded);
    });
  test("the version that others get tells whose path it is", () => {
    const others = { version: done(badVersion(http(403))), serverToOthers: { name: "Dendrite", version: "1" } };
    assert.equal(encodedPathSeen(endpoint({ encodedPath: done(matrixError(404, "M_UNRECOGNIZED", "x")), ...others }))?.decoded, true);
  });
  test("without a version nothing can be said", () =>
    assert.equal(encodedPathSeen(endpoint({ encodedPath: done(http(404)), version: done(badVersion(http(404))) })), null));
});

describe("this machine's clock", () => {
  const HOUR = 3_600_000;
  const dated = (...offsets: (number | null)[]): Facts =>
    withEndpoints(
      ...offsets.map((offset) => {
        const headers = offset === null ? {} : { date: new Date(Date.parse(AT) + offset).toUTCString() };
        return endpoint({
          version: done(version({ response: http(200, "{}", { headers }) })),
          keys: done(keys(goodKeys(), http(200, "{}", { headers }))),
        });
      }),
    );
  test("as the servers say", () => {
    assert.equal(clockOffset(dated(5 * HOUR)), 5 * HOUR);
    assert.equal(clockOffset(dated(null, -5 * HOUR)), -5 * HOUR);
    assert.equal(clockOffset(dated(null)), null);
    assert.equal(clockOffset(dated(0, 24 * HOUR)), 0);
    assert.equal(clockOffset(dated(0, 25 * HOUR)), null, "they don't agree on the day");
    assert.equal(clockOffset(withEndpoints()), null);
  });
  const YEAR = 365 * 24 * HOUR;
  test("what fails by it", () => {
    const expired = withEndpoints(endpoint({ tls: done(tls({ notAfter: "2026-05-31T00:00:00.000Z" })) }));
    assert.equal(failsOnlyByClock(expired, -48 * HOUR), true);
    assert.equal(failsOnlyByClock(expired, -YEAR), false, "not yet valid there");
    assert.equal(failsOnlyByClock(healthy(), -HOUR), false);
    assert.equal(failsOnlyByClock({ ...expired, route: null, wellKnown: notNeeded() }, -48 * HOUR), false, "nobody uses it");
    assert.equal(
      failsOnlyByClock(withEndpoints(endpoint({ keys: done(keys(goodKeys({ validUntil: Date.parse(AT) - 1 }))) })), -HOUR),
      true,
    );
    const file = attempt();
    const hops = file.hops.map((hop) => ({
      ...hop,
      connection:
        hop.connection === null
          ? null
          : { ...hop.connection, tls: done(tls({ dnsNames: ["example.com"], notAfter: "2026-05-31T00:00:00.000Z" })) },
    }));
    assert.equal(
      failsOnlyByClock(healthy({ wellKnown: done({ url: "u", host: "example.com", attempts: [attempt({ hops })] }) }), -48 * HOUR),
      true,
    );
  });
});

describe("only HTTP/2", () => {
  const H2 = {
    version: failed("closed"),
    keys: failed("closed"),
    encodedPath: failed("closed"),
    hostPort: failed("closed"),
    alpn: done({ protocol: "h2" }),
  } as Partial<EndpointFacts>;
  const only = (overrides: Partial<EndpointFacts>, more: Partial<Facts> = {}): boolean => {
    const facts = { ...withEndpoints(endpoint({ ...H2, ...overrides })), wellKnown: notNeeded(), ...more };
    const [one] = endpointsOf(facts);
    assert.ok(one !== undefined);
    return speaksOnlyHttp2(facts, one);
  };
  test("closed, and h2 is negotiated", () => assert.equal(only({}), true));
  test("its frames came", () => assert.equal(only({ version: failed("http2") }), true));
  test("no HTTP", () => assert.equal(only({ version: failed("not-http") }), true));
  test("not in time", () => assert.equal(only({ version: failed("timeout") }), false));
  test("http/1.1 is negotiated", () => assert.equal(only({ alpn: done({ protocol: "http/1.1" }) }), false));
  test("another request was answered", () => assert.equal(only({ encodedPath: done(http(401)) }), false));
  test("the well-known was answered from there", () => assert.equal(only({}, { wellKnown: healthy().wellKnown }), false));
  test("the well-known was answered elsewhere", () => assert.equal(only({ port: 8448 }, { wellKnown: healthy().wellKnown }), true));
  test("the version was answered", () => assert.equal(only({ version: done(version()) }), false));
});

describe("where it goes on without a file", () => {
  const UP = endpoint({ port: 8448 });
  const DOWN = endpointWithoutTcp({ port: 8448 });
  test("in words", () => {
    assert.equal(remainingRoute(viaSrv([UP])), "the SRV target hs1.host.example:8448");
    assert.equal(remainingRoute(viaDefaultPort([UP])), "port 8448 of example.com");
    assert.equal(remainingRoute(healthy({ route: null })), null);
    assert.equal(remainingRoute(healthy({ targets: [] })), null);
    assert.match(goesOn(viaDefaultPort([UP])), /connect to port 8448 of example\.com, which works\.$/);
    assert.match(goesOn(viaDefaultPort([DOWN]), "Dendrite"), /^Dendrite act as .*, which doesn't work\.$/);
    assert.match(goesOn(viaDefaultPort([endpointWithoutTcp({ tcp: untested() })])), /connect to port 8448 of example\.com\.$/);
    assert.match(goesOn(healthy({ route: null })), /as if there were no file\.$/);
  });
  test("as m.server", () => {
    assert.equal(foundTarget(healthy()), "matrix.example.com:443");
    assert.equal(foundTarget(withEndpoints(endpointWithoutTcp())), null);
    assert.equal(foundTarget(healthy({ route: null })), null);
    assert.equal(foundTarget(viaDefaultPort([UP])), "example.com:8448");
    assert.equal(foundTarget(viaDefaultPort([DOWN])), null);
    assert.equal(
      foundTarget(viaSrv([endpoint({ port: 8448, tls: done(tls({ dnsNames: ["example.com", "hs1.host.example"] })) })])),
      "hs1.host.example:8448",
    );
    assert.equal(foundTarget(viaSrv([UP])), "example.com", "the certificate is only that of the name");
    assert.equal(foundTarget(viaSrv([])), "hs1.host.example:8448", "not tried");
    const { settings } = healthy();
    assert.equal(foundTarget(viaSrv([], { settings: { ...settings, probe: false } })), "example.com", "nobody looked at the certificate");
    assert.equal(foundTarget(viaDefaultPort([endpoint({ port: 8448, hostPort: done(http(404)) })])), "example.com");
    assert.equal(foundTarget(healthy({ route: route({ via: "explicit-port", delegatedName: null }) })), null);
  });
  test("by clues", () => {
    const found = (keysName: string | null, certificateGood: boolean, host: string): object => ({
      host,
      targetPort: 443,
      keysName,
      certificateGood,
      server: { name: "Synapse", version: "1" },
    });
    const facts = healthy({
      clues: {
        homeservers: {
          tried: ["A.example:443"],
          found: [found("x.example", true, "a"), found(null, false, "b"), found("example.com", true, "c")],
        },
      } as never,
    });
    assert.equal(foundHomeserver(facts)?.host, "c");
    assert.equal(foundHomeserver(healthy()), null);
    assert.deepEqual(
      [isTried(facts, "a.example:443"), isTried(facts, "b.example:443"), isTried(healthy(), "a.example:443")],
      [true, false, false],
    );
    assert.equal(foundTarget(facts), "c:443");
  });
});

describe("SRV targets that are more than a host", () => {
  const rows: [string, ReturnType<typeof srvTargetMistake>][] = [
    ["hs.example.com", null],
    ["192.0.2.1", null],
    ["2001:db8::1", null],
    ["hs.example.com:8448", { part: "port", host: "hs.example.com", port: 8448 }],
    ["hs.example.com\\:8448", { part: "port", host: "hs.example.com", port: 8448 }],
    ["hs.example.com:8448.", { part: "port", host: "hs.example.com", port: 8448 }],
    ["hs.example.com:", { part: "port", host: "hs.example.com", port: null }],
    ["hs.example.com:0", { part: "port", host: "hs.example.com", port: null }],
    ["hs.example.com:65535", { part: "port", host: "hs.example.com", port: 65_535 }],
    ["hs.example.com:65536", { part: "port", host: "hs.example.com", port: null }],
    ["https://hs.example.com", { part: "scheme", host: "hs.example.com", port: null }],
    ["https://hs.example.com:443/x", { part: "scheme", host: "hs.example.com", port: 443 }],
    ["hs.example.com/x", { part: "path", host: "hs.example.com", port: null }],
    ["x/https://b.example", { part: "path", host: "x", port: null }],
    ["https://192.0.2.1", { part: "scheme", host: null, port: null }],
    ["https://", { part: "scheme", host: null, port: null }],
    ["-.example:1", { part: "port", host: null, port: 1 }],
  ];
  for (const [text, expected] of rows) test(text, () => assert.deepEqual(srvTargetMistake(text), expected));
});

describe("proxies", () => {
  const plain = { "content-type": "text/plain" };
  const pages: [string, HttpFacts, Proxy | null][] = [
    ["nginx", http(404, "<center>nginx/1.24</center>"), "nginx"],
    ["nginx, but all is well", http(200, "<center>nginx/1.24</center>"), null],
    ["Go's 404", http(404, "404 page not found\n", { headers: plain }), "traefik"],
    ["Go's 404 as HTML", http(404, "404 page not found\n", { headers: { "content-type": "text/html" } }), null],
    ["Go's 404 behind somebody", http(404, "404 page not found\n", { headers: { ...plain, server: "x" } }), null],
    ["another text", http(404, "not found", { headers: plain }), null],
    ["HAProxy", http(503, "No server is available to handle this request.", { headers: {} }), "haproxy"],
    ["HAProxy's page, passed on", http(503, "No server is available to handle this request.", { headers: { server: "x" } }), null],
    ["passed on with a date", http(503, "No server is available to handle this request.", { headers: { date: "x" } }), null],
    ["passed on with Via", http(503, "No server is available to handle this request.", { headers: { via: "x" } }), null],
  ];
  for (const [title, response, expected] of pages) test(title, () => assert.equal(proxyOfErrorPage(response), expected));

  const served = (server: string | null): Facts =>
    healthy({
      wellKnown: done({
        url: "u",
        host: "example.com",
        attempts: [
          attempt({
            hops: attempt().hops.map((hop) => ({
              ...hop,
              response: done(http(200, "{}", { headers: server === null ? {} : { server } })),
            })),
          }),
        ],
      }),
      targets: [
        target({
          port: 8448,
          endpoints: [endpoint({ port: 8448, version: done(version({ response: http(200, "{}", { headers: {} }) })) })],
        }),
      ],
    });
  test("on another port of the same machine", () => {
    assert.equal(proxyOfMachine(served("Caddy"), [`${V4}:8448`]), "caddy");
    assert.equal(proxyOfMachine(served(null), [`${V4}:8448`]), null);
    assert.equal(proxyOfMachine(served("Caddy"), [`${V4}:443`]), null, "not of itself");
    assert.equal(proxyOfMachine(served("Caddy"), ["192.0.2.1:8448"]), null);
  });
  test("what stands in front may be another", () => {
    assert.equal(isProxyOpen(served("Caddy"), `${V4}:443`), true);
    assert.equal(isProxyOpen(served("cloudflare"), `${V4}:443`), false);
    assert.equal(isProxyOpen(served(null), `${V4}:8448`), true);
    const noTls = withEndpoints(
      endpoint({ tls: failed("plain-http"), version: done(version({ response: http(200, "{}", { headers: { server: "nginx" } }) })) }),
    );
    assert.equal(isProxyOpen({ ...noTls, wellKnown: notNeeded() }, `${V4}:443`), false, "it can't be asked there");
  });
});

test("kinds of answers to the version request", () => {
  const kind = (overrides: Partial<EndpointFacts>): string => {
    const facts = withEndpoints(endpoint(overrides));
    const [one] = endpointsOf(facts);
    assert.ok(one !== undefined);
    return versionKind(facts, one);
  };
  const of = (response: HttpFacts, problem: string | null = null): string => kind({ version: done(badVersion(response, problem)) });
  assert.deepEqual(
    [
      kind({}),
      kind({ version: untested() }),
      kind({ version: failed("timeout") }),
      kind({ version: failed("closed") }),
      of(http(404)),
      of(http(503)),
      of(http(530, "", { headers: { server: "cloudflare" } })),
      of(http(429)),
      of(http(307)),
      of(http(200, "x")),
      of(http(418)),
    ],
    [
      "good",
      "unknown",
      "timeout",
      "no-answer",
      "not-routed",
      "upstream-down",
      "upstream-down",
      "forbidden",
      "redirected",
      "not-json",
      "http-status",
    ],
  );
  assert.deepEqual(
    [
      matrixError(403, "M_FORBIDDEN", "Federation is disabled"),
      matrixError(404, "M_UNRECOGNIZED", "x"),
      matrixError(400, "M_UNKNOWN", "Unrecognized request"),
      matrixError(401, "M_X", "x"),
      matrixError(500, "M_X", "x"),
    ].map((each) => of(each)),
    ["disabled", "listener-missing", "listener-missing", "forbidden", "http-status"],
  );
  assert.equal(of(http(200, "{}"), "no server name"), "good");
  assert.equal(kind({ version: done(badVersion(http(200, "{}"), "no server name")), keys: done(keys(null, http(404))) }), "not-json");
  assert.equal(kind({ version: done(badVersion(http(200, "{}"), "no server name")), keys: untested() }), "good");
  assert.equal(of(matrixError(200, "M_X", "x"), "no server name"), "http-status");
});

test("what one address's well-known amounts to", () => {
  const at = new Date(AT);
  const of = (response: Partial<HttpFacts> | null, more: Partial<Parameters<typeof wellKnownResult>[0]> = {}): WellKnownResult["kind"] =>
    wellKnownResult(
      attempt({
        ...(response === null ? {} : { hops: attempt().hops.map((hop) => ({ ...hop, response: done(http(200, "{}", response)) })) }),
        ...more,
      }),
      at,
    ).kind;
  const hopped = (change: object): WellKnownResult["kind"] => of(null, { hops: attempt().hops.map((hop) => ({ ...hop, ...change })) });
  assert.deepEqual(
    [
      of({}),
      of({ status: 201 }),
      of({ truncated: true }),
      of({}, { reading: null }),
      of({}, { hops: [] }),
      of({}, { stopped: "loop" }),
      of({}, { reading: { kind: "m.server", value: "a b" } }),
      of({}, { reading: { kind: "no-m-server" } as never }),
    ],
    ["valid", "status", "too-large", "untested", "untested", "redirect", "invalid-m-server", "unreadable"],
  );
  assert.deepEqual(
    [
      hopped({ response: failed("timeout") }),
      hopped({ response: failed("reset") }),
      hopped({ response: failed("closed") }),
      hopped({ response: failed("too-large") }),
      hopped({ response: failed("not-http") }),
      hopped({ response: untested() }),
      hopped({ response: notNeeded() }),
      hopped({ connection: null, response: failed("closed") }),
      hopped({ connection: null, response: untested() }),
      hopped({ connection: null, response: done(http(200, "{}")) }),
    ],
    ["timeout", "unreachable", "unreachable", "too-large", "not-http", "untested", "untested", "no-address", "untested", "valid"],
  );
  const connected = (change: object): WellKnownResult["kind"] => hopped({ connection: { ...attempt().hops[0]?.connection, ...change } });
  assert.deepEqual(
    [
      connected({ tcp: failed("refused") }),
      connected({ tcp: failed("timeout") }),
      connected({ tcp: untested() }),
      connected({ tcp: { status: "untested", because: "policy-address" } }),
      connected({ tls: failed("tls-alert") }),
      connected({ tls: failed("timeout") }),
      connected({ tls: done(tls({ dnsNames: ["x.example"] })) }),
    ],
    ["unreachable", "timeout", "untested", "not-public", "handshake", "timeout", "certificate"],
  );
});
