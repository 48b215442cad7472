/** dns/* on facts that a lab on loopback can't have: other address families, translated addresses; and the caches. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { AuthoritativeFacts, Facts, NameserverFacts, Outcome, RecordSet, SetType } from "../../src/facts/facts.ts";
import { cachesOf } from "../../src/report/caches.ts";
import { dnsRules } from "../../src/rules/dns/index.ts";
import {
  addresses,
  answer,
  AT,
  done,
  endpoint,
  failed,
  healthy,
  host,
  nxdomain,
  srv,
  srvRecord,
  target,
  untested,
  V4,
  V6,
  viaSrv,
  withEndpoints,
} from "./facts-builder.ts";
import { only, table } from "./judging.ts";

const HOST = "matrix.example.com";

function set(records: string[], overrides: Partial<RecordSet> = {}): Outcome<RecordSet> {
  return done({
    rcode: "NOERROR",
    authoritative: true,
    records,
    ttl: records.length > 0 ? 3600 : null,
    negativeTtl: records.length > 0 ? null : 300,
    ...overrides,
  });
}

/** A nameserver that says this of the target; by default what the resolver says. */
function server(
  address: string,
  overrides: Partial<NameserverFacts> = {},
  said: [SetType, Outcome<RecordSet>][] = [
    ["A", set([V4])],
    ["AAAA", set([V6])],
  ],
): NameserverFacts {
  return {
    name: `ns-${address.includes(":") ? "6" : "4"}.example.net`,
    address,
    port: 53,
    soa: done({ rcode: "NOERROR", authoritative: true, serial: 7 }),
    answers: said.map(([type, outcome]) => ({ name: HOST, type, outcome })),
    ...overrides,
  };
}

function direct(nameservers: NameserverFacts[], overrides: Partial<AuthoritativeFacts> = {}): Outcome<AuthoritativeFacts> {
  return done({ zones: [{ apex: "example.com", nameservers, withoutAddress: [], changing: [] }], besides: [], ...overrides });
}

const N4 = "192.0.2.53";
const M4 = "198.51.100.53";
const N6 = "2001:db8::53";
const SILENT: Partial<NameserverFacts> = { soa: failed("timeout"), answers: [{ name: HOST, type: "A", outcome: failed("timeout") }] };
const withoutIpv6 = (authoritative: Outcome<AuthoritativeFacts>): Facts => ({
  ...withEndpoints(endpoint(), endpoint({ address: V6, tcp: untested(), tls: untested(), version: untested(), keys: untested() })),
  wellKnown: done({ url: "https://example.com/.well-known/matrix/server", host: "example.com", attempts: [] }),
  authoritative,
});
const aaaa = (...records: string[]): Partial<Facts> => ({ hosts: [host("example.com"), host(HOST, { aaaa: addresses(...records) })] });
const NO_AAAA: [SetType, Outcome<RecordSet>][] = [
  ["A", set([V4])],
  ["AAAA", set([])],
];

table(dnsRules, [
  ["all say the same", healthy({ authoritative: direct([server(N4), server(N6)]) }), []],
  ["nothing was asked", healthy(), []],
  ["no nameserver could be asked", healthy({ authoritative: untested("no-route") }), []],
  ["a nameserver is silent", healthy({ authoritative: direct([server(N4), server(M4, SILENT)]) }), ["dns/nameserver-down"]],
  [
    "a nameserver is silent over IPv6, where homeserver is reached over IPv6",
    healthy({ authoritative: direct([server(N4), server(N6, SILENT)]) }),
    ["dns/nameserver-down"],
  ],
  ["a nameserver is silent over IPv6, as everything is", withoutIpv6(direct([server(N4), server(N6, SILENT)])), []],
  [
    "a nameserver over IPv6, which this machine hasn't",
    withoutIpv6(direct([server(N4), server(N6, { soa: untested(), answers: [] })])),
    [],
  ],
  ["all nameservers are silent", healthy({ authoritative: direct([server(N4, SILENT), server(M4, SILENT)]) }), []],
  [
    "only the question for the SOA record got lost",
    healthy({ authoritative: direct([server(N4), server(M4, { soa: failed("timeout") })]) }),
    [],
  ],
  [
    "another address at the nameservers",
    healthy({ authoritative: direct([server(N4, {}, [["A", set(["192.0.2.9"])]])]) }),
    ["dns/resolver-stale"],
  ],
  [
    "AAAA made by DNS64, the well-known prefix",
    healthy({ ...aaaa("64:ff9b::b90f:3a0a"), authoritative: direct([server(N4, {}, NO_AAAA)]) }),
    [],
  ],
  [
    "AAAA made by DNS64, a prefix of the network's own",
    healthy({ ...aaaa("2001:db8:64::b90f:3a0a"), authoritative: direct([server(N4, {}, NO_AAAA)]) }),
    [],
  ],
  [
    "AAAA that the nameservers don't have any more",
    healthy({ ...aaaa(V6), authoritative: direct([server(N4, {}, NO_AAAA)]) }),
    ["dns/resolver-stale"],
  ],
  [
    "the resolver fails: not stale",
    healthy({ hosts: [host("example.com"), host(HOST, { a: answer([], { rcode: "SERVFAIL" }) })], authoritative: direct([server(N4)]) }),
    [],
  ],
  [
    "what comes from a zone file isn't compared",
    healthy({
      hosts: [host("example.com"), host(HOST, { a: answer([{ address: V4, ttl: 60 }], { transport: "file" }) })],
      authoritative: direct([server(N4, {}, [["A", set(["192.0.2.9"])]])]),
    }),
    [],
  ],
  [
    "the hosts file has another address",
    healthy({ hostsFile: { path: "/etc/hosts", entries: [{ host: HOST, addresses: ["127.0.1.1"] }] } }),
    ["dns/hosts-file"],
  ],
]);

test("until when the old answer is kept", () => {
  const stale = only(healthy({ authoritative: direct([server(N4, {}, [["A", set(["192.0.2.9"])]])]) }), dnsRules, "dns/resolver-stale");
  assert.match(stale.detail, /until 2026-06-01 13:00:00 UTC \(another 3600 s\)/);
});

test("caches: well-known by implementation, records by TTL, and who keeps them for longer", () => {
  const caches = cachesOf(
    healthy({ hosts: [host("example.com"), host(HOST, { a: answer([{ address: V4, ttl: 60 }]) })], authoritative: direct([server(N4)]) }),
  );
  const shown = caches.map(({ what, name, seconds, until, whom }) => [what, name, seconds, until, whom]);
  const url = "https://example.com/.well-known/matrix/server";
  assert.deepEqual(
    shown.find(([what, , , , whom]) => what === "well-known" && whom === "Synapse"),
    ["well-known", url, [77760, 95040], "2026-06-02T14:24:00.000Z", "Synapse"],
  );
  assert.deepEqual(
    shown.find(([what, , , , whom]) => what === "well-known" && whom === "Dendrite"),
    ["well-known", url, null, null, "Dendrite"],
  );
  assert.deepEqual(
    shown.filter(([what, name]) => what === "A record" && name === HOST),
    [
      ["A record", HOST, [60, 3600], "2026-06-01T13:00:00.000Z", "resolvers"],
      ["A record", HOST, [10800, 10800], "2026-06-01T15:00:00.000Z", "conduwuit, tuwunel, continuwuity"],
    ],
  );
});

test("caches: no well-known, no such SRV record", () => {
  const caches = cachesOf(
    viaSrv([endpoint()], {
      srv: [
        srv("_matrix-fed._tcp", "example.com", [srvRecord("hs1.host.example")]),
        { ...srv("_matrix._tcp", "example.com", []), outcome: nxdomain() },
      ],
      targets: [target()],
    }),
  );
  const shown = caches.map(({ what, seconds, whom }) => `${what}, ${whom}: ${seconds?.join("-") ?? ""}`);
  for (const wanted of [
    "no well-known, Synapse: 0-3600",
    "SRV record, resolvers: 3600-3600",
    "no SRV record, resolvers: 300-300",
    "no SRV record, conduwuit, tuwunel, continuwuity: 259200-259200",
  ]) {
    assert.ok(shown.includes(wanted), `${wanted}: ${shown.join("\n")}`);
  }
});

test("caches: none of facts without anything", () => {
  assert.deepEqual(
    cachesOf(
      healthy({ startedAt: AT, wellKnown: { status: "skipped", because: "not-needed", note: "" }, hosts: [], targets: [], route: null }),
    ),
    [],
  );
});
