/** What is a change and what isn't: a server's facts, round by round, and what a watch says of each. */
import { nameserverFindings } from "../../src/rules/nameserver-findings.ts";
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { AuthoritativeFacts, Facts, HostFacts } from "../../src/facts/facts.ts";
import { judgeFacts } from "../../src/judge-facts.ts";
import type { Change } from "../../src/facts/output.ts";
import { changesBetween } from "../../src/report/changes.ts";
import { type Seen, seenIn } from "../../src/report/watched-state.ts";
import {
  addresses,
  answer,
  attempt,
  done,
  endpoint,
  endpointWithoutTcp,
  failed,
  goodKeys,
  healthy,
  host,
  keys,
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

/** `what name at where: from → to`; the first round has nothing to say. */
function told(rounds: readonly Facts[]): string[][] {
  let before: Seen | null = null;
  return rounds.flatMap((facts) => {
    const seen = seenIn(judgeFacts(structuredClone(facts), []), before, nameserverFindings);
    const changes = before === null ? null : changesBetween(before, seen);
    before = seen;
    return changes === null ? [] : [changes.map(line)];
  });
}

function line({ what, name, where, from, to }: Change): string {
  return `${what}${name === null ? "" : ` ${name}`}${where.length === 0 ? "" : ` at ${where.join(" ")}`}: ${from ?? "none"} → ${to ?? "none"}`;
}

const OTHER = "185.15.58.77";
const THIRD = "185.15.58.78";
const RENEWED = { notAfter: "2026-10-30T00:00:00.000Z", sha256: "cc".repeat(32) };
const OLD = "ends 2026-07-30T00:00:00.000Z, SHA-256 aaaaaaaaaaaaaaaa";
const NEW = "ends 2026-10-30T00:00:00.000Z, SHA-256 cccccccccccccccc";
const PLACES = `${V4}:443 [${V6}]:443`;
const EXPIRED = { notAfter: "2026-05-20T00:00:00.000Z" };
const both = (change: Parameters<typeof endpoint>[0]): Facts => withEndpoints(endpoint(change), endpoint({ ...change, address: V6 }));
const at = (address: string, change: Parameters<typeof endpoint>[0] = {}): Facts =>
  hostAt([address], withEndpoints(endpoint({ address, ...change })));
const v6Untested = (change: Parameters<typeof endpoint>[0] = {}): Facts =>
  withEndpoints(
    endpoint(change),
    endpoint({
      address: V6,
      tcp: untested(),
      tls: untested(),
      version: untested(),
      keys: untested(),
      encodedPath: untested(),
      olderTls: untested(),
    }),
  );
/** The addresses of matrix.example.com in DNS. */
function hostAt(v4: string[], facts: Facts, aaaa: HostFacts["aaaa"] = addresses()): Facts {
  return { ...facts, hosts: [host("example.com"), host("matrix.example.com", { a: addresses(...v4), aaaa })] };
}
function wellKnown(value: string, more: Partial<Facts> = {}): Facts {
  return healthy({
    wellKnown: done({
      url: "https://example.com/.well-known/matrix/server",
      host: "example.com",
      attempts: [attempt({ reading: { kind: "m.server", value } })],
    }),
    ...more,
  });
}
/** No resolver answers. */
const offline: Facts = healthy({
  wellKnown: untested("resolver"),
  hosts: [host("example.com", { a: untested("resolver"), aaaa: untested("resolver") })],
  route: null,
  targets: [],
});
function zones(changing: string[]): NonNullable<Facts["authoritative"]> {
  return done<AuthoritativeFacts>({ zones: [{ apex: "example.com", nameservers: [], withoutAddress: [], changing }], besides: [] });
}
const rotating = (address: string, change: Parameters<typeof endpoint>[0] = {}): Facts => ({
  ...at(address, change),
  authoritative: zones(["matrix.example.com A"]),
});
const MATRIX_SRV = [srvRecord("hs1.host.example"), srvRecord("hs2.host.example", { priority: 20 })];

const CASES: [name: string, rounds: Facts[], ...said: string[][]][] = [
  // No change
  ["the same again", [healthy(), healthy()], []],
  [
    "what always changes: times, TTLs, validity of the keys, local ports",
    [
      healthy(),
      {
        ...both({
          tcp: done({ localAddress: "10.0.0.2:40999" }, 77),
          tls: done(tls(), 99),
          version: done(version(), 500),
          keys: done(keys(goodKeys({ validUntil: Date.parse("2026-06-09T13:00:00Z") })), 88),
        }),
        startedAt: "2026-06-01T12:05:00.000Z",
        durationMs: 999,
        hosts: [
          host("example.com"),
          host("matrix.example.com", {
            a: answer([{ address: V4, ttl: 17 }], { ttl: 17 }),
            aaaa: answer([{ address: V6, ttl: 18 }], { ttl: 18 }),
          }),
        ],
        timings: { wellKnown: 1, srv: 2, address: 3, probe: 4 },
      },
    ],
    [],
  ],
  [
    "addresses in another order",
    [
      hostAt([V4, OTHER], withEndpoints(endpoint(), endpoint({ address: OTHER }))),
      hostAt([OTHER, V4], withEndpoints(endpoint({ address: OTHER }), endpoint())),
    ],
    [],
  ],
  [
    "SRV records and key ids in another order",
    [
      viaSrv(
        [
          endpoint({
            keys: done(
              keys(
                goodKeys({
                  verifyKeys: [
                    { id: "ed25519:a", problem: null, signature: "valid" },
                    { id: "ed25519:b", problem: null, signature: "valid" },
                  ],
                }),
              ),
            ),
          }),
        ],
        { srv: [srv("_matrix-fed._tcp", "example.com", MATRIX_SRV)] },
      ),
      viaSrv(
        [
          endpoint({
            keys: done(
              keys(
                goodKeys({
                  verifyKeys: [
                    { id: "ed25519:b", problem: null, signature: "valid" },
                    { id: "ed25519:a", problem: null, signature: "valid" },
                  ],
                }),
              ),
            ),
          }),
        ],
        { srv: [srv("_matrix-fed._tcp", "example.com", MATRIX_SRV.toReversed())] },
      ),
    ],
    [],
  ],
  ["the address is another one with every question, on purpose", [rotating(V4), rotating(OTHER), rotating(THIRD)], [], []],

  // Change
  [
    "the certificate is renewed, at both addresses",
    [healthy(), both({ tls: done(tls(RENEWED)) })],
    [`certificate at ${PLACES}: ${OLD} → ${NEW}`],
  ],
  [
    "it is renewed at one of them",
    [healthy(), withEndpoints(endpoint(), endpoint({ address: V6, tls: done(tls(RENEWED)) }))],
    ["verdict: pass → warn", `finding tls/differs at ${PLACES}: none → warning`, `certificate at [${V6}]:443: ${OLD} → ${NEW}`],
  ],
  [
    "renewed where the addresses rotate",
    [rotating(V4), rotating(OTHER, { tls: done(tls(RENEWED)) }), rotating(V4, { tls: done(tls(RENEWED)) })],
    [`certificate at matrix.example.com:443: ${OLD} → ${NEW}`],
    [],
  ],
  [
    "the certificate has expired, and is renewed",
    [
      healthy(),
      both({ tls: done(tls(EXPIRED, { trust: { ...tls().trust, verifyError: "CERT_HAS_EXPIRED" } })) }),
      both({ tls: done(tls(RENEWED)) }),
    ],
    [
      "verdict: pass → fail",
      `finding tls/expired at ${PLACES}: none → error`,
      `certificate at ${PLACES}: ${OLD} → ends 2026-05-20T00:00:00.000Z, SHA-256 aaaaaaaaaaaaaaaa`,
    ],
    [
      "verdict: fail → pass",
      `finding tls/expired at ${PLACES}: error → none`,
      `certificate at ${PLACES}: ends 2026-05-20T00:00:00.000Z, SHA-256 aaaaaaaaaaaaaaaa → ${NEW}`,
    ],
  ],
  [
    "a new version",
    [healthy(), both({ version: done(version({ server: { name: "Synapse", version: "1.153.0" } })) })],
    [`server at ${PLACES}: Synapse 1.152.0 → Synapse 1.153.0`],
  ],
  [
    "a new signing key",
    [healthy(), both({ keys: done(keys(goodKeys({ verifyKeys: [{ id: "ed25519:new", problem: null, signature: "valid" }] }))) })],
    [`keys at ${PLACES}: ed25519:a_Xy12 → ed25519:new`],
  ],
  [
    "it moves to another address with another certificate and version",
    [at(V4), at(OTHER, { tls: done(tls(RENEWED)), version: done(version({ server: { name: "Synapse", version: "1.153.0" } })) })],
    [
      `addresses matrix.example.com A: ${V4} → ${OTHER}`,
      `certificate at ${OTHER}:443: ${OLD} → ${NEW}`,
      `server at ${OTHER}:443: Synapse 1.152.0 → Synapse 1.153.0`,
    ],
  ],
  [
    "an address more, with nothing else new",
    [at(V4), hostAt([V4, OTHER], withEndpoints(endpoint(), endpoint({ address: OTHER })))],
    [`addresses matrix.example.com A: ${V4} → ${V4}, ${OTHER}`],
  ],
  ["the IPv6 address is gone", [hostAt([V4], healthy(), addresses(V6)), at(V4)], [`addresses matrix.example.com AAAA: ${V6} → none`]],
  [
    "m.server leads elsewhere",
    [
      wellKnown("matrix.example.com:443"),
      wellKnown("hs.example.net:8448", {
        route: route({ delegatedName: "hs.example.net:8448", hostHeader: "hs.example.net:8448" }),
        targets: [target({ host: "hs.example.net", port: 8448 })],
        hosts: [host("example.com"), host("hs.example.net")],
      }),
    ],
    ["well-known: matrix.example.com:443 → hs.example.net:8448", "target: matrix.example.com:443 → hs.example.net:8448"],
  ],
  [
    "an SRV record changes its priority",
    [
      viaSrv([endpoint()], { srv: [srv("_matrix-fed._tcp", "example.com", MATRIX_SRV)] }),
      viaSrv([endpoint()], {
        srv: [srv("_matrix-fed._tcp", "example.com", [srvRecord("hs1.host.example"), srvRecord("hs2.host.example", { priority: 5 })])],
      }),
    ],
    [
      "srv _matrix-fed._tcp.example.com: 10 0 8448 hs1.host.example, 20 0 8448 hs2.host.example → 10 0 8448 hs1.host.example, 5 0 8448 hs2.host.example",
    ],
  ],
  [
    "from SRV to nothing",
    [
      viaSrv([endpoint()], {
        srv: [srv("_matrix-fed._tcp", "example.com", [srvRecord("hs1.host.example")]), srv("_matrix._tcp", "example.com", [])],
      }),
      viaDefaultPort([endpoint()]),
    ],
    [
      "finding srv/not-recommended at _matrix-fed._tcp.example.com: info → none",
      "route: srv (step 4) → default-port (step 6)",
      "target: hs1.host.example:8448 → example.com:8448",
      "srv _matrix-fed._tcp.example.com: 10 0 8448 hs1.host.example → none",
    ],
  ],
  [
    "one address goes down and comes back: only the finding comes and goes, what stood there is remembered",
    [healthy(), withEndpoints(endpoint(), endpointWithoutTcp({ address: V6 })), healthy()],
    ["verdict: pass → warn", `finding connect/ipv6-down at [${V6}]:443: none → warning`],
    ["verdict: warn → pass", `finding connect/ipv6-down at [${V6}]:443: warning → none`],
  ],

  // This machine
  [
    "no resolver for a while: said as such, and one change when it is back",
    [healthy(), offline, offline, healthy()],
    ["verdict: pass → inconclusive", "finding dns/resolver-unreachable at example.com: none → info"],
    [],
    ["verdict: inconclusive → pass", "finding dns/resolver-unreachable at example.com: info → none"],
  ],
  [
    "what changed meanwhile is said afterwards",
    [healthy(), offline, both({ tls: done(tls(RENEWED)) })],
    ["verdict: pass → inconclusive", "finding dns/resolver-unreachable at example.com: none → info"],
    [
      "verdict: inconclusive → pass",
      "finding dns/resolver-unreachable at example.com: info → none",
      `certificate at ${PLACES}: ${OLD} → ${NEW}`,
    ],
  ],
  [
    "the watch begins without a resolver",
    [offline, healthy()],
    [
      "verdict: inconclusive → pass",
      "finding well-known/cache at https://example.com/.well-known/matrix/server: none → info",
      "finding dns/resolver-unreachable at example.com: info → none",
    ],
  ],
  [
    "this machine's IPv6 comes and goes",
    [healthy(), v6Untested(), healthy()],
    [`finding address/untested at [${V6}]:443: none → info`],
    [`finding address/untested at [${V6}]:443: info → none`],
  ],
  [
    "a fault at an address that can't be tested for a while is neither gone nor new",
    [
      withEndpoints(endpoint(), endpoint({ address: V6, version: done(version(), 9000) })),
      v6Untested(),
      withEndpoints(endpoint(), endpoint({ address: V6, version: done(version(), 9000) })),
    ],
    ["verdict: warn → pass", `finding address/untested at [${V6}]:443: none → info`],
    ["verdict: pass → warn", `finding address/untested at [${V6}]:443: info → none`],
  ],
  [
    "a lookup that fails says nothing about the addresses",
    [
      at(V4),
      {
        ...at(V4),
        hosts: [host("example.com"), host("matrix.example.com", { a: failed("timeout"), aaaa: answer([], { rcode: "SERVFAIL" }) })],
        targets: [target({ endpoints: [] })],
      },
      at(V4),
    ],
    ["verdict: pass → fail", "finding address/lookup-failed at matrix.example.com: none → error"],
    ["verdict: fail → pass", "finding address/lookup-failed at matrix.example.com: error → none"],
  ],
  [
    "an SRV lookup that this machine couldn't make is no change of the route",
    [
      viaSrv([endpoint()]),
      viaDefaultPort([endpoint()], {
        srv: [
          srv("_matrix-fed._tcp", "example.com", [], { outcome: untested("deadline") }),
          srv("_matrix._tcp", "example.com", [], { outcome: nxdomain() }),
        ],
      }),
      viaSrv([endpoint()]),
    ],
    [],
    [],
  ],
];

describe("changes", () => {
  for (const [name, rounds, ...said] of CASES) test(name, () => assert.deepEqual(told(rounds), said));
});

test("what is remembered stays small, whatever is sent and however often", () => {
  let seen: Seen | null = null;
  const sizes = [1, 2, 3, 4, 5, 6].map((round) => {
    const many = Array.from({ length: 3000 }, (_, index) => srvRecord(`h${index}-${round}.${"x".repeat(200)}.example`));
    const report = judgeFacts(
      viaSrv([endpoint()], {
        srv: [
          srv("_matrix-fed._tcp", "example.com", many),
          ...Array.from({ length: 100 }, (_, index) => srv(`_s${round}-${index}`, "example.com", many.slice(0, 40))),
        ],
      }),
      [],
    );
    const [first] = report.route!.targets;
    const crowd = Array.from({ length: 400 }, (_, index) => ({
      ...first!.endpoints[0]!,
      address: `10.0.${round}.${index}`,
      server: { name: "y".repeat(100_000), version: `${round}` },
    }));
    const findings = Array.from({ length: 2000 }, (_, index) => ({
      ...report.findings[0]!,
      where: [`${round}-${index}`, "z".repeat(10_000)],
    }));
    seen = seenIn(
      { ...report, verdict: "inconclusive", findings, route: { ...report.route!, targets: [{ ...first!, endpoints: crowd }] } },
      seen,
      nameserverFindings,
    );
    return JSON.stringify([[...seen.items], seen.findings, [...seen.hosts]]).length;
  });
  assert.ok(Math.max(...sizes) < 1_000_000, `${sizes.join(", ")} characters`);
  assert.ok(sizes.at(-1)! < 1.1 * sizes[0]!, `${sizes.join(", ")} characters`);
});
