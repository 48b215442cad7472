/**
 * The models' walks, step by step: what goes wrong on it (`!` when it ends there), and what comes of it. Whole servers are compared with
 * the real code in measured.test.ts.
 */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { EndpointFacts, Facts, HttpFacts, WellKnownAttempt } from "../../src/facts/facts.ts";
import { homeservers } from "../../src/homeservers/all.ts";
import { walk } from "../../src/homeservers/walk.ts";
import {
  addresses,
  attempt,
  badVersion,
  certificate,
  done,
  endpoint,
  endpointWithoutTcp,
  endpointWithoutTls,
  failed,
  goodKeys,
  healthy,
  host,
  http,
  intermediate,
  keys,
  matrixError,
  notNeeded,
  nxdomain,
  route,
  srv,
  srvRecord,
  target,
  tls,
  untested,
  V4,
  V6,
  version,
  viaDefaultPort,
  viaSrv,
  withEndpoints,
} from "../rules/facts-builder.ts";

/** `yes well-known`, `no - connect:refused!`. */
function walked(name: string, facts: Facts): string {
  const homeserver = homeservers.find((each) => each.name === name);
  assert.ok(homeserver !== undefined, name);
  const { reaches, via, failures } = walk(homeserver, facts);
  return [reaches, via ?? "-", ...failures.map(({ mechanism, fatal }) => `${mechanism}${fatal ? "!" : ""}`)].join(" ");
}

type Row = [title: string, facts: Facts, expected: Record<string, string>];

function table(rows: Row[]): void {
  for (const [title, facts, expected] of rows)
    test(title, () => assert.deepEqual(Object.fromEntries(Object.keys(expected).map((name) => [name, walked(name, facts)])), expected));
}

const answering = (overrides: Partial<EndpointFacts>): Facts => withEndpoints(endpoint(overrides));
const reading = (overrides: Parameters<typeof goodKeys>[0]): Facts => answering({ keys: done(keys(goodKeys(overrides))) });
const key = (id: string, signature: string, problem: string | null = null) => ({ id, problem, signature }) as never;

describe("connecting", () => {
  table([
    ["a healthy server", healthy(), Object.fromEntries(homeservers.map(({ name }) => [name, "yes well-known"]))],
    ["refused", withEndpoints(endpointWithoutTcp()), { Synapse: "no well-known connect:refused!" }],
    ["silent", withEndpoints(endpointWithoutTcp({ tcp: failed("timeout") })), { Synapse: "no well-known connect:timeout!" }],
    ["unreachable", withEndpoints(endpointWithoutTcp({ tcp: failed("unreachable") })), { Synapse: "no well-known connect:unreachable!" }],
    ["reset", withEndpoints(endpointWithoutTcp({ tcp: failed("reset") })), { Synapse: "no well-known connect:failed!" }],
    ["not tried", withEndpoints(endpointWithoutTcp({ tcp: untested() })), { Synapse: "unknown well-known" }],
    [
      "one of two addresses is refused",
      withEndpoints(endpoint(), endpointWithoutTcp({ address: V6 })),
      { Synapse: "yes well-known", Dendrite: "yes well-known" },
    ],
    [
      "an IPv6 address without a port in m.server",
      {
        ...withEndpoints(endpoint({ address: V6 })),
        wellKnown: done({
          url: "https://example.com/.well-known/matrix/server",
          host: "example.com",
          attempts: [attempt({ reading: { kind: "m.server", value: `[${V6}]` } })],
        }),
        targets: [],
      },
      { conduwuit: "no well-known well-known:ipv6-port!", tuwunel: "no well-known well-known:ipv6-port!", Conduit: "unknown well-known" },
    ],
    ["only IPv6", withEndpoints(endpoint({ address: V6 })), { Synapse: "yes well-known", Dendrite: "no well-known address:ipv6-only!" }],
    [
      "a private address beside a public one",
      withEndpoints(endpoint(), endpoint({ address: "10.0.0.1" })),
      { Synapse: "no well-known address:not-public!" },
    ],
    [
      "private addresses alone",
      withEndpoints(endpoint({ address: "10.0.0.1" })),
      { Synapse: "no well-known address:not-public!", Dendrite: "no well-known address:not-public!" },
    ],
    [
      "the same inside a private network",
      { ...withEndpoints(endpoint({ address: "10.0.0.1" })), settings: { allowPrivate: true, minCertDays: 14, family: null, probe: true } },
      { Synapse: "yes well-known" },
    ],
    [
      "no address",
      healthy({ targets: [target({ endpoints: [] })], hosts: [host("matrix.example.com", { a: nxdomain(), aaaa: nxdomain() })] }),
      { Synapse: "no well-known address:none!" },
    ],
    [
      "the lookup fails",
      healthy({ targets: [target({ endpoints: [] })], hosts: [host("matrix.example.com", { a: failed("timeout"), aaaa: addresses() })] }),
      { Synapse: "no well-known address:lookup-failed!" },
    ],
    [
      "the lookup wasn't made",
      healthy({ targets: [target({ endpoints: [] })], hosts: [host("matrix.example.com", { a: addresses(), aaaa: notNeeded() })] }),
      { Synapse: "unknown well-known" },
    ],
    ["an unknown host", healthy({ targets: [target({ endpoints: [] })], hosts: [] }), { Synapse: "unknown well-known" }],
  ]);
});

describe("TLS", () => {
  table([
    [
      "the handshake fails",
      withEndpoints(endpointWithoutTls({ tls: failed("tls-alert"), olderTls: failed("tls-alert") })),
      { Synapse: "no well-known tls:handshake!" },
    ],
    [
      "it hangs",
      withEndpoints(endpointWithoutTls({ tls: failed("timeout"), olderTls: failed("timeout") })),
      { Synapse: "no well-known tls:timeout!" },
    ],
    ["plain HTTP", withEndpoints(endpointWithoutTls({ tls: failed("plain-http") })), { Synapse: "no well-known tls:plain-http!" }],
    ["not tried", withEndpoints(endpointWithoutTls({ tls: untested() })), { Synapse: "unknown well-known" }],
    ["expired", answering({ tls: done(tls({ notAfter: "2026-05-31T00:00:00.000Z" })) }), { Synapse: "no well-known certificate:expired!" }],
    ["another name", answering({ tls: done(tls({ dnsNames: ["other.example"] })) }), { Synapse: "no well-known certificate:name!" }],
    [
      "RSA key exchange",
      answering({ tls: done(tls({}, { protocol: "TLSv1.2", cipher: "AES128-GCM-SHA256" })) }),
      { Synapse: "yes well-known", Dendrite: "no well-known tls:key-exchange!" },
    ],
    [
      "RSA key exchange is only preferred",
      answering({
        tls: done(tls({}, { protocol: "TLSv1.2", cipher: "AES128-GCM-SHA256" })),
        ephemeralOnly: done({ protocol: "TLSv1.2", cipher: "x" } as never),
      }),
      { Dendrite: "yes well-known" },
    ],
    [
      "a CA's certificate",
      answering({
        tls: done(
          tls(
            {},
            {
              chain: [
                certificate({
                  isCa: true,
                  details: {
                    signature: { algorithm: "x", hash: "sha256" },
                    key: { type: "ec", bits: 256, curve: "P-256" },
                    extendedKeyUsage: null,
                    keyUsage: null,
                    criticalExtensions: [],
                    basicConstraintsCa: true,
                    nameConstraints: null,
                    otherNames: [],
                  },
                }),
                intermediate(),
              ],
            },
          ),
        ),
      }),
      { Synapse: "yes well-known", conduwuit: "no well-known certificate:ca-as-leaf!" },
    ],
  ]);
});

describe("the version", () => {
  const versioned = (response: HttpFacts, ms = 20): Facts => answering({ version: done(badVersion(response), ms) });
  table([
    ["no answer", answering({ version: failed("closed") }), { Synapse: "no well-known federation:no-answer!" }],
    ["not in time", answering({ version: failed("timeout") }), { Synapse: "no well-known federation:timeout!" }],
    ["not asked", answering({ version: untested() }), { Synapse: "unknown well-known" }],
    ["after 61 s", answering({ version: done(version(), 61_000) }), { Synapse: "no well-known federation:timeout!" }],
    ["502", versioned(http(502)), { Synapse: "no well-known federation:upstream-down!" }],
    ["a redirect", versioned(http(302, "", { headers: { location: "https://x/" } })), { Synapse: "no well-known federation:redirected!" }],
    ["404", versioned(http(404, "<html>")), { Synapse: "no well-known federation:not-routed!" }],
    [
      "text/plain",
      answering({ version: done(version({ response: http(200, "{}", { headers: { "content-type": "text/plain" } }) })) }),
      { Synapse: "yes well-known federation:content-type", Dendrite: "yes well-known" },
    ],
    [
      "paths arrive decoded",
      answering({ encodedPath: done(matrixError(404, "M_UNRECOGNIZED", "Unrecognized request")) }),
      { Synapse: "yes well-known federation:path-decoded" },
    ],
  ]);
});

describe("the keys", () => {
  table([
    ["no answer", answering({ keys: failed("closed") }), { Synapse: "no well-known keys:no-answer!" }],
    ["not in time", answering({ keys: failed("timeout") }), { Synapse: "no well-known keys:timeout!" }],
    ["after 11 s", answering({ keys: done(keys(), 11_000) }), { Synapse: "no well-known keys:slow!" }],
    ["exactly 10 s", answering({ keys: done(keys(), 10_000) }), { Synapse: "yes well-known" }],
    ["404", answering({ keys: done(keys(null, http(404, "x"))) }), { Synapse: "no well-known keys:status!" }],
    ["no JSON", answering({ keys: done(keys({ kind: "not-json", message: "x" } as never)) }), { Synapse: "no well-known keys:not-json!" }],
    [
      "a field is missing",
      answering({ keys: done(keys({ kind: "malformed", field: "verify_keys", problem: "is missing" } as never)) }),
      { Synapse: "no well-known keys:malformed!" },
    ],
    [
      "a time with a fraction",
      answering({ keys: done(keys({ kind: "malformed", field: "valid_until_ts", problem: "is 1.5, not an integer" } as never)) }),
      { Synapse: "yes well-known", Dendrite: "no well-known keys:malformed!" },
    ],
    [
      "another field with a fraction",
      answering({ keys: done(keys({ kind: "malformed", field: "old", problem: "is 1.5, not an integer" } as never)) }),
      { Synapse: "no well-known keys:malformed!" },
    ],
    ["another name", reading({ serverName: "other.example" }), { Synapse: "no well-known keys:server-name!" }],
    ["expired", reading({ validUntil: Date.parse("2026-06-01T11:59:59.000Z") }), { Synapse: "no well-known keys:expired!" }],
    ["ends just now", reading({ validUntil: Date.parse("2026-06-01T12:00:00.000Z") }), { Synapse: "yes well-known" }],
    ["no ed25519", reading({ verifyKeys: [key("rsa:1", "valid")] }), { Synapse: "no well-known keys:no-ed25519!" }],
    [
      "another algorithm's key isn't looked at",
      reading({ verifyKeys: [key("ed25519:a", "valid"), key("rsa:1", "invalid", "x"), key("rsa:2", "missing")] }),
      { Synapse: "yes well-known", Dendrite: "yes well-known" },
    ],
    ["a bad signature", reading({ verifyKeys: [key("ed25519:a", "invalid")] }), { Synapse: "no well-known keys:bad-signature!" }],
    ["a key that can't be read", reading({ verifyKeys: [key("ed25519:a", "valid", "x")] }), { Synapse: "no well-known keys:malformed!" }],
    ["not signed", reading({ verifyKeys: [key("ed25519:a", "missing")] }), { Synapse: "no well-known keys:bad-signature!" }],
    [
      "one of two is signed",
      reading({ verifyKeys: [key("ed25519:a", "valid"), key("ed25519:b", "missing")] }),
      { Synapse: "yes well-known", Dendrite: "no well-known keys:unsigned-key!" },
    ],
    [
      "padded",
      answering({ keys: done(keys(goodKeys(), http(200, '{"verify_keys":{"ed25519:a":{"key":"QUJD="}},"x":{"key":"a-_="}}'))) }),
      { Synapse: "yes well-known", Dendrite: "no well-known keys:base64!" },
    ],
    [
      "URL-safe",
      answering({ keys: done(keys(goodKeys(), http(200, '{"verify_keys":{"ed25519:a":{"key":"QU-D"}}}'))) }),
      { Synapse: "yes well-known", Dendrite: "yes well-known" },
    ],
    [
      "only another object's key is padded",
      answering({ keys: done(keys(goodKeys(), http(200, '{"verify_keys":{"ed25519:a":{"key":"QUJD"}},"x":{"key":"a-_="}}'))) }),
      { Dendrite: "yes well-known" },
    ],
    [
      "as text/plain",
      answering({ keys: done(keys(goodKeys(), http(200, "{}", { headers: { "content-type": "text/plain" } }))) }),
      { Synapse: "no well-known keys:content-type!", Dendrite: "yes well-known" },
    ],
    [
      "in another letter case",
      answering({ keys: done(keys(goodKeys(), http(200, "{}", { headers: { "content-type": "Application/JSON" } }))) }),
      { Synapse: "no well-known keys:content-type!" },
    ],
    [
      "with a parameter",
      answering({ keys: done(keys(goodKeys(), http(200, "{}", { headers: { "content-type": "application/json ; charset=utf-8" } }))) }),
      { Synapse: "yes well-known" },
    ],
  ]);
});

describe("the well-known", () => {
  const served = (overrides: Partial<WellKnownAttempt>, response: Partial<HttpFacts> = {}): Facts => {
    const facts = viaDefaultPort([endpoint({ port: 8448 })]);
    const hops = attempt().hops.map((hop) => ({ ...hop, response: done(http(200, "{}", response)) }));
    return {
      ...facts,
      wellKnown: done({
        url: "https://example.com/.well-known/matrix/server",
        host: "example.com",
        attempts: [attempt({ reading: null, hops, ...overrides })],
      }),
    };
  };
  const unreadable = (problem: string, more: object = {}): Partial<WellKnownAttempt> => ({
    reading: { kind: "no-m-server", problem, near: null, nearValue: null, keys: [], ...more } as never,
  });
  table([
    ["404: the default port", served({}, { status: 404 }), { Synapse: "yes default-port well-known:status" }],
    [
      "404, and 8448 is closed",
      { ...viaDefaultPort([endpointWithoutTcp({ port: 8448 })]) },
      { Synapse: "no default-port well-known:status! connect:refused!" },
    ],
    [
      "never asked",
      { ...served({}), wellKnown: done({ url: "u", host: "example.com", attempts: [attempt({ hops: [] })] }) },
      { Synapse: "unknown -" },
    ],
    ["an endless redirect", served({ stopped: "loop" }), { Synapse: "yes default-port well-known:redirect-loop" }],
    ["a redirect to ftp:", served({ stopped: "scheme" }), { Synapse: "yes default-port well-known:redirect-scheme" }],
    ["no m.server", served(unreadable("missing")), { Synapse: "yes default-port well-known:no-m-server" }],
    [
      "in another letter case",
      served(unreadable("missing", { near: "M.server", nearValue: "matrix.example.com:443" })),
      { Synapse: "yes default-port well-known:key-case" },
    ],
    [
      "another key",
      served(unreadable("missing", { near: "m.homeserver", nearValue: "x" })),
      { Synapse: "yes default-port well-known:no-m-server" },
    ],
    [
      "the body stalls",
      served({
        hops: attempt().hops.map((hop) => ({
          ...hop,
          response: failed("timeout", { message: "status 200 came, but no body", afterStatus: 200 }),
        })),
      }),
      { Synapse: "no - well-known:stalled-body!" },
    ],
    [
      "no answer",
      served({ hops: attempt().hops.map((hop) => ({ ...hop, response: failed("timeout") })) }),
      { Synapse: "yes default-port well-known:timeout" },
    ],
    [
      "no HTTP",
      served({ hops: attempt().hops.map((hop) => ({ ...hop, response: failed("not-http") })) }),
      { Synapse: "yes default-port well-known:not-http" },
    ],
    [
      "closed",
      served({ hops: attempt().hops.map((hop) => ({ ...hop, response: failed("closed") })) }),
      { Synapse: "yes default-port well-known:unreachable" },
    ],
  ]);

  const valued = (value: string, more: Partial<Facts> = {}): Facts =>
    healthy({
      wellKnown: done({
        url: "https://example.com/.well-known/matrix/server",
        host: "example.com",
        attempts: [attempt({ reading: { kind: "m.server", value } })],
      }),
      ...more,
    });
  const noTarget = { targets: [], route: route({ via: "default-port", specStep: "6", delegatedName: null }) };
  table([
    [
      "too large for Synapse",
      healthyOf({}, { bodyBytes: 51_200 }),
      { Synapse: /* no SRV was looked for */ "no default-port well-known:too-large!" },
    ],
    ["just not too large", healthyOf({}, { bodyBytes: 51_199 }), { Synapse: "yes well-known" }],
    ["as slow as Synapse waits", healthyOf({ ms: 60_000 }, {}), { Synapse: "yes well-known" }],
    ["slower", healthyOf({ ms: 60_001 }, {}), { Synapse: "no default-port well-known:slow!" }],
    ["a scheme", valued("https://matrix.example.com", noTarget), { Synapse: "no - well-known:invalid-m-server!" }],
    ["a dot at the end", valued("matrix.example.com.:443"), { Synapse: "no well-known well-known:trailing-dot!" }],
    ["port 0", valued("matrix.example.com:0", noTarget), {}],
  ]);

  function healthyOf(overrides: Partial<WellKnownAttempt>, response: Partial<HttpFacts>): Facts {
    const hops = attempt().hops.map((hop) => ({ ...hop, response: done(http(200, '{"m.server":"matrix.example.com:443"}', response)) }));
    return healthy({
      wellKnown: done({
        url: "https://example.com/.well-known/matrix/server",
        host: "example.com",
        attempts: [attempt({ hops, ...overrides })],
      }),
    });
  }
});

describe("names and SRV", () => {
  const FED = "_matrix-fed._tcp";
  /** At both addresses. */
  const twice = ["certificate:name!", "keys:server-name!"];
  table([
    ["no server name", healthy({ serverName: "not a name" }), { Synapse: "no - name:invalid!" }],
    [
      "a label that Synapse refuses",
      healthy({ serverName: "-hs.example.com:443", targets: [target({ host: "-hs.example.com" })] }),
      { Synapse: ["no explicit-port", "name:odd-label!", ...twice, ...twice].join(" ") },
    ],
    [
      "an address",
      healthy({ serverName: `${V4}:443`, targets: [target({ host: V4 })], wellKnown: notNeeded() }),
      { Synapse: ["no ip-literal", ...twice, ...twice].join(" ") },
    ],
    ["by SRV", viaSrv([endpoint({ port: 8448 })]), { Synapse: "yes srv well-known:status" }],
    [
      "the SRV lookup fails",
      viaDefaultPort([endpoint({ port: 8448 })], {
        srv: [
          srv(FED, "example.com", [], {
            outcome: {
              status: "done",
              ms: 1,
              value: {
                rcode: "SERVFAIL",
                resolver: "x",
                transport: "udp",
                authenticated: false,
                chain: [],
                loop: false,
                records: [],
                ttl: null,
                negativeTtl: null,
                extendedErrors: [],
                checkingDisabled: null,
              },
            },
          }),
        ],
      }),
      { Synapse: "no - well-known:status! srv:lookup-failed!" },
    ],
    [
      "the first target is down, the second works",
      viaSrv([], {
        srv: [srv(FED, "example.com", [srvRecord("a.example.net"), srvRecord("b.example.net", { priority: 20 })])],
        hosts: [host("a.example.net"), host("b.example.net")],
        targets: [
          {
            host: "a.example.net",
            port: 8448,
            srv: { service: FED, priority: 10, weight: 0 },
            endpoints: [endpointWithoutTcp({ port: 8448 })],
            overridden: false,
          },
          {
            host: "b.example.net",
            port: 8448,
            srv: { service: FED, priority: 20, weight: 0 },
            endpoints: [endpoint({ port: 8448 })],
            overridden: false,
          },
        ],
      }),
      { Synapse: "yes srv well-known:status", conduwuit: "sometimes srv well-known:status! srv:target-down! connect:refused!" },
    ],
  ]);
});
