/** dns/* on facts that a lab on loopback can't have: other address families, translated addresses; and the caches. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type {
  AuthoritativeFacts,
  DnsAnswer,
  DnsOutcome,
  Facts,
  NameserverFacts,
  Outcome,
  RecordSet,
  SetType,
  SrvFacts,
  SrvRecord,
} from "../../src/facts/facts.ts";
import type { Finding } from "../../src/facts/output.ts";
import { cachesOf } from "../../src/report/caches.ts";
import { dnsRules } from "../../src/rules/dns/index.ts";
import { zoneMistake } from "../../src/rules/dns/zone-mistake.ts";
import { servicesIn } from "../../src/zone/mistakes.ts";
import { parseZoneFile } from "../../src/zone/parse.ts";
import {
  NO_CLUES,
  addresses,
  answer,
  AT,
  done,
  endpoint,
  endpointWithoutTcp,
  failed,
  healthy,
  host,
  notNeeded,
  nxdomain,
  route,
  srv,
  srvRecord,
  target,
  untested,
  V4,
  V6,
  viaDefaultPort,
  viaSrv,
  withEndpoints,
} from "./facts-builder.ts";
import { findingsOf, only, table } from "./judging.ts";
import { findingText, saidOf, texts } from "./texts.ts";

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

// What is said, word for word

const said = texts("dns");

function silentHost(name: string): Facts["hosts"][number] {
  return host(name, { a: failed("timeout", { message: "no answer in 5 s" }), aaaa: failed("timeout", { message: "no answer in 5 s" }) });
}

const STEP6 = viaDefaultPort([endpointWithoutTcp({ port: 8448 })]);
const resolvedBy = (
  resolver: string,
  ...answers: [name: string, type: SetType, set: Outcome<RecordSet>][]
): NonNullable<Facts["resolvers"]>[number] => ({
  resolver,
  answers: answers.map(([name, type, outcome]) => ({ name, type, outcome })),
  bogus: [],
});
const QUAD9 = "9.9.9.9:53";
const ONE = "1.1.1.1:53";
const cached = (records: string[], ttl = 600): Outcome<RecordSet> => set(records, { authoritative: false, ttl });
const between = (...resolvers: NonNullable<Facts["resolvers"]>): Facts => healthy({ resolvers });
const bogus = (overrides: Partial<DnsAnswer<never>> = {}): DnsOutcome<never> =>
  answer<never>([], { rcode: "SERVFAIL", checkingDisabled: { rcode: "NOERROR", records: 1 }, ...overrides });
const wild = (
  besides: AuthoritativeFacts["besides"],
  records: SrvRecord[] = [srvRecord("hs1.host.example")],
  more: Partial<SrvFacts> = {},
): Facts =>
  viaSrv([endpoint({ port: 8448 })], {
    srv: [
      srv("_matrix._tcp", "example.com", [], { role: "other" }),
      srv("_matrix-fed._tcp", "example.com", records, more),
      srv("_matrix._tcp", "example.org", records, more),
    ],
    authoritative: done({ zones: [], besides }),
  });
const FED = "_matrix-fed._tcp.example.com";
const beside = (records: string[], name = FED): AuthoritativeFacts["besides"][number] => ({
  name,
  asked: `x7${name}`,
  nameserver: "ns.example.net (192.0.2.53)",
  records,
});
const cutOff = (a: DnsOutcome<never>, more: Partial<Facts> = {}): Facts =>
  healthy({ hosts: [host("example.com", { a, aaaa: a })], route: null, targets: [], wellKnown: untested("resolver"), ...more });

const DNS_SITUATIONS: Record<string, Facts> = {
  "the hosts file has DNS' address and another one": healthy({
    hostsFile: { path: "/etc/hosts", entries: [{ host: HOST, addresses: [V4, "127.0.1.1"] }] },
  }),
  "the hosts file has what DNS has": healthy({ hostsFile: { path: "/etc/hosts", entries: [{ host: HOST, addresses: [V6, V4] }] } }),
  "the hosts file has a name that DNS doesn't have": healthy({
    hosts: [host("example.com"), host(HOST, { a: addresses(), aaaa: addresses() })],
    hostsFile: { path: "C:\\Windows\\hosts", entries: [{ host: HOST, addresses: ["127.0.1.1"] }] },
  }),
  "the hosts file has a name that wasn't asked for": healthy({
    hostsFile: { path: "/etc/hosts", entries: [{ host: "other.example.com", addresses: ["127.0.1.1"] }] },
  }),

  "a day is no long TTL": healthy({ authoritative: direct([server(N4, {}, [["A", set([V4], { ttl: 86_400 })]])]) }),
  "a week, at one of two nameservers": healthy({
    authoritative: direct([server(N4, {}, [["A", set([V4], { ttl: 86_401 })]]), server(M4, {}, [["A", set([V4], { ttl: 604_800 })]])]),
  }),
  "a day and a half, of two names, by the resolver": healthy({
    hosts: [
      host("example.com", { a: answer([{ address: V4, ttl: 129_600 }]), aaaa: answer([{ address: V6, ttl: 129_600 }]) }),
      host(HOST, { a: answer([{ address: V4, ttl: 172_800 }]) }),
    ],
  }),

  "a nameserver is silent, two names of it are good": healthy({
    authoritative: direct([server(N4, { name: "a.example.net" }), server(M4, SILENT), server("203.0.113.53", { name: "c.example.net" })]),
  }),
  "a nameserver refuses on another port, one has no address": healthy({
    authoritative: done({
      zones: [
        {
          apex: "example.com",
          nameservers: [server(N4, { name: "a.example.net" }), server(M4, { port: 5353, soa: failed("refused"), answers: [] })],
          withoutAddress: ["c.example.net"],
          changing: [],
        },
      ],
      besides: [],
    }),
  }),
  "a nameserver answers REFUSED": healthy({
    authoritative: direct([
      server(N4, { name: "a.example.net" }),
      server(M4, { soa: done({ rcode: "REFUSED", authoritative: false, serial: null }), answers: [] }),
    ]),
  }),
  "a nameserver answers without the AA bit": healthy({
    authoritative: direct([
      server(N4, { name: "a.example.net" }),
      server(M4, { soa: done({ rcode: "NOERROR", authoritative: false, serial: 7 }), answers: [] }),
    ]),
  }),
  "a nameserver fails the SOA question alone": healthy({
    authoritative: direct([
      server(N4, { name: "a.example.net" }),
      server(M4, { soa: done({ rcode: "SERVFAIL", authoritative: false, serial: null }) }, [
        ["AAAA", set([], { rcode: "SERVFAIL", authoritative: true })],
        ["A", set([V4])],
      ]),
    ]),
  }),
  "a nameserver fails every question": healthy({
    authoritative: direct([
      server(N4, { name: "a.example.net" }),
      server(M4, { soa: done({ rcode: "SERVFAIL", authoritative: false, serial: null }) }, [
        ["AAAA", set([], { rcode: "SERVFAIL", authoritative: true })],
        ["A", set([V4], { authoritative: false })],
        ["SRV", failed("timeout")],
      ]),
    ]),
  }),
  "a nameserver is silent over IPv6, another one answers over IPv6, and nothing else is known of it": {
    ...withoutIpv6(
      direct([server(N4), server(N6, { ...SILENT, name: "a.example.net" }), server("2001:db8::54", { name: "b.example.net" })]),
    ),
  },
  "a nameserver is silent over IPv6, the well-known answered over IPv6": {
    ...withoutIpv6(direct([server(N4), server(N6, SILENT)])),
    wellKnown: healthy().wellKnown,
  },
  "a nameserver is silent over IPv6, and there is no well-known": {
    ...withoutIpv6(direct([server(N4), server(N6, SILENT)])),
    wellKnown: notNeeded(),
  },

  "two nameservers have different addresses and serials": healthy({
    authoritative: direct([
      server(N4),
      server(M4, { name: "old.example.net", soa: done({ rcode: "NOERROR", authoritative: true, serial: 6 }) }, [
        ["A", set(["192.0.2.9"])],
        ["AAAA", set([], { rcode: "NXDOMAIN" })],
      ]),
    ]),
  }),
  "two nameservers have different addresses and the same serial": healthy({
    authoritative: direct([server(N4), server(M4, { name: "old.example.net" }, [["A", set(["192.0.2.9", "192.0.2.8"])]])]),
  }),
  "two nameservers have different addresses, and no serials are known": healthy({
    authoritative: direct([
      server(N4, { soa: failed("timeout") }),
      server(M4, { name: "old.example.net", soa: failed("timeout") }, [["A", set(["192.0.2.9"])]]),
    ]),
  }),
  "four names of two zones differ": healthy({
    authoritative: done({
      zones: ["example.com", "example.net"].map((apex) => ({
        apex,
        nameservers: [1, 2].map((number) => ({
          ...server(`192.0.2.${number}`),
          answers: ["a", "b", "c", "d"].map((label) => ({
            name: `${label}.${apex}`,
            type: "A" as const,
            outcome: set([`192.0.2.${label === "a" && apex === "example.net" ? 7 : number}`]),
          })),
        })),
        withoutAddress: [],
        changing: [],
      })),
      besides: [],
    }),
  }),
  "they differ with a short TTL, or change from one moment to the next, on purpose": healthy({
    authoritative: done({
      zones: [
        {
          apex: "example.com",
          nameservers: [
            server(N4, {}, [
              ["A", set([V4], { ttl: 120 })],
              ["AAAA", set([V6])],
            ]),
            server(M4, {}, [
              ["A", set(["192.0.2.9"], { ttl: 60 })],
              ["AAAA", set(["2001:db8::9"])],
            ]),
          ],
          withoutAddress: [],
          changing: [`${HOST} AAAA`],
        },
      ],
      besides: [],
    }),
  }),
  "they differ with a short TTL and different serials": healthy({
    authoritative: direct([
      server(N4, {}, [["A", set([V4], { ttl: 60 })]]),
      server(M4, { soa: done({ rcode: "NOERROR", authoritative: true, serial: 6 }) }, [["A", set(["192.0.2.9"], { ttl: 60 })]]),
    ]),
  }),
  "one has the short TTL, the other hasn't": healthy({
    authoritative: direct([server(N4, {}, [["A", set([V4], { ttl: 60 })]]), server(M4, {}, [["A", set(["192.0.2.9"], { ttl: 121 })]])]),
  }),
  "SRV records with a short TTL aren't balanced": viaSrv([endpoint({ port: 8448 })], {
    authoritative: done({
      zones: [
        {
          apex: "example.com",
          nameservers: [N4, M4].map((address, index) => ({
            ...server(address),
            answers: [{ name: FED, type: "SRV" as const, outcome: set([`10 0 ${8448 + index} hs1.host.example`], { ttl: 60 }) }],
          })),
          withoutAddress: [],
          changing: [],
        },
      ],
      besides: [],
    }),
  }),

  "the resolver refuses SRV": viaSrv([endpoint({ port: 8448 })], {
    srv: [
      srv("_matrix-fed._tcp", "example.com", [srvRecord("hs1.host.example")], {
        refusedBy: { resolver: "192.168.1.1:53", rcode: "NOTIMP" },
      }),
      srv("_matrix._tcp", "example.com", [], { role: "other", refusedBy: { resolver: "192.168.1.1:53", rcode: "NOTIMP" } }),
      srv("_matrix._udp", "example.com", [], { role: "other", refusedBy: { resolver: "192.168.1.1:53", rcode: "FORMERR" } }),
    ],
  }),

  "the resolver keeps that there is no record": healthy({
    hosts: [host("example.com"), host(HOST, { aaaa: answer([], { rcode: "NXDOMAIN", negativeTtl: 900 }) })],
    authoritative: direct([server(N4)]),
  }),
  "the resolver keeps that there is no record, for how long isn't known": healthy({
    hosts: [host("example.com"), host(HOST, { aaaa: answer([], { negativeTtl: null }) })],
    authoritative: direct([server(N4)]),
  }),
  "the resolver has an alias that the nameservers don't have any more": healthy({
    hosts: [
      host("example.com"),
      host(HOST, { a: answer([{ address: V4, ttl: 60 }], { chain: [{ name: HOST, target: "Old.example.net", ttl: 300 }] }) }),
    ],
    authoritative: direct([server(N4)]),
  }),
  "AAAA of another network's address isn't DNS64": healthy({
    ...aaaa("64:ff9b::b90f:3a0a", "2001:db8::1"),
    authoritative: direct([server(N4, {}, NO_AAAA)]),
  }),

  "every question timed out": cutOff(failed("timeout", { message: "no answer in 5 s" })),
  "every question ended in another way": cutOff(answer<never>([], { rcode: "REFUSED" }), {
    hosts: [
      host("example.com", { a: answer([], { rcode: "REFUSED" }), aaaa: failed("timeout", { message: "no answer in 5 s" }) }),
      host("b.example.com", { a: untested("no-route"), aaaa: untested("resolver") }),
    ],
    stopped: { because: "deadline", afterMs: 1000, waitedFor: ["example.com"] },
  }),
  "the time was up before any answer": cutOff(untested("deadline"), {
    stopped: { because: "deadline", afterMs: 1000, waitedFor: ["example.com"] },
  }),
  "the time was up before one of the answers, the others failed": cutOff(untested("deadline"), {
    hosts: [silentHost("example.com"), host("b.example.com", { a: untested("deadline"), aaaa: untested("deadline") })],
    stopped: { because: "deadline", afterMs: 1000, waitedFor: ["example.com"] },
  }),
  "nothing was answered, and nobody stopped it": cutOff(untested("deadline")),
  "no file could be opened": cutOff({ status: "untested", because: "open-files" }),
  "some files couldn't be opened, one question timed out": cutOff(untested("deadline"), {
    hosts: [
      host("example.com", { a: { status: "untested", because: "open-files" }, aaaa: failed("timeout", { message: "no answer in 5 s" }) }),
    ],
  }),
  "some files couldn't be opened before the time was up": cutOff(untested("deadline"), {
    hosts: [host("example.com", { a: { status: "untested", because: "open-files" }, aaaa: untested("deadline") })],
    stopped: { because: "deadline", afterMs: 1000, waitedFor: ["example.com"] },
  }),
  "no resolver, but --connect-to says where": healthy({
    hosts: [silentHost("matrix.example.com")],
    targets: [target({ overridden: true })],
  }),

  "two resolvers say the same in another order": between(
    resolvedBy(QUAD9, [HOST, "A", cached([V4])]),
    resolvedBy(ONE, [HOST, "A", cached([V4])]),
  ),
  "two resolvers have different addresses": between(
    resolvedBy(QUAD9, [HOST, "A", cached([V4])], ["example.com", "A", cached([V4])]),
    resolvedBy(ONE, [HOST, "A", cached(["192.0.2.9"], 121)], ["example.com", "A", cached([V4])]),
    resolvedBy("tls://dns.example", [HOST, "A", cached([V4], 20)]),
  ),
  "one resolver has no record, and doesn't say for how long": between(
    resolvedBy(QUAD9, [HOST, "A", cached([V4], 60)]),
    resolvedBy(ONE, [HOST, "A", set([], { authoritative: false, rcode: "NXDOMAIN", ttl: null })]),
  ),
  "that there is no such name, and that it has no record, is the same": between(
    resolvedBy(QUAD9, [HOST, "AAAA", set([], { ttl: null })]),
    resolvedBy(ONE, [HOST, "AAAA", set([], { rcode: "NXDOMAIN", ttl: null })]),
  ),
  "two resolvers have addresses with a short TTL": between(
    resolvedBy(QUAD9, [HOST, "A", cached([V4], 120)]),
    resolvedBy(ONE, [HOST, "A", cached(["192.0.2.9"], 1)]),
  ),
  "two resolvers have SRV records with a short TTL": between(
    resolvedBy(QUAD9, [FED, "SRV", cached(["10 0 8448 a.example"], 60)]),
    resolvedBy(ONE, [FED, "SRV", cached(["10 0 8448 b.example"], 60)]),
  ),
  "one resolver fails DNSSEC": between(
    resolvedBy(QUAD9, [HOST, "A", set([], { rcode: "SERVFAIL", ttl: null })], ["example.com", "A", cached([V4])]),
    resolvedBy(ONE, [HOST, "A", cached([V4], 60)], ["example.com", "A", cached([V4])]),
  ),
  "one resolver fails DNSSEC for everything": between(
    { ...resolvedBy(QUAD9, [HOST, "A", set([], { rcode: "SERVFAIL", ttl: null })]), bogus: [`${HOST} A`] },
    resolvedBy(ONE, [HOST, "A", cached([V4], 60)]),
  ),
  "one resolver is out of order": between(
    resolvedBy(QUAD9, [HOST, "A", set([], { rcode: "SERVFAIL", ttl: null })]),
    resolvedBy(ONE, [HOST, "A", cached([V4], 60)]),
  ),
  "one resolver refuses one question": between(
    resolvedBy(QUAD9, [HOST, "A", set([], { rcode: "REFUSED", ttl: null })], ["example.com", "A", cached([V4])]),
    resolvedBy(ONE, [HOST, "A", cached([V4], 60)]),
  ),
  "one resolver is silent to one question": between(
    resolvedBy(QUAD9, [HOST, "A", failed("timeout")], ["example.com", "A", cached([V4])]),
    resolvedBy(ONE, [HOST, "A", cached([V4], 60)]),
  ),
  "four questions differ, three are told": between(
    resolvedBy(QUAD9, ...(["a", "b", "c", "d"] as const).map((each): [string, SetType, Outcome<RecordSet>] => [each, "A", cached([V4])])),
    resolvedBy(ONE, ...(["a", "b", "c", "d"] as const).map((each): [string, SetType, Outcome<RecordSet>] => [each, "A", cached([])])),
  ),
  "two resolvers differ in what the nameservers change all the time": {
    ...between(resolvedBy(QUAD9, [HOST, "A", cached([V4])]), resolvedBy(ONE, [HOST, "A", cached(["192.0.2.9"])])),
    authoritative: done({
      zones: [{ apex: "example.com", nameservers: [server(N4)], withoutAddress: [], changing: [`${HOST} A`] }],
      besides: [],
    }),
  },
  "one resolver fails what the nameservers change all the time": {
    ...between(
      resolvedBy(QUAD9, [HOST, "A", set([], { rcode: "SERVFAIL", ttl: null })], ["example.com", "A", cached([V4])]),
      resolvedBy(ONE, [HOST, "A", cached([V4])]),
    ),
    authoritative: done({
      zones: [{ apex: "example.com", nameservers: [server(N4)], withoutAddress: [], changing: [`${HOST} A`] }],
      besides: [],
    }),
  },

  "a wildcard": wild([beside(["10 0 8448 hs1.host.example"])]),
  "a wildcard of an alias": wild([beside(["CNAME hs.example.net"])], [srvRecord("hs1.host.example")], {
    outcome: answer([srvRecord("hs1.host.example")], { chain: [{ name: FED, target: "hs.example.net", ttl: 60 }] }),
  }),
  "a wildcard for both services, and one of another host": wild([
    beside(["10 0 8448 hs1.host.example"]),
    beside(["10 0 8448 hs1.host.example"], "_matrix._tcp.example.org"),
  ]),
  "a wildcard whose target is the root": wild([beside(["0 0 0 ."])], [srvRecord(".", { priority: 0, port: 0 })]),
  "other records than the wildcard's": wild([beside(["10 0 443 hs1.host.example"])]),
  "nothing beside it": wild([beside([])]),
  "no record, and nothing beside it": wild([beside([])], []),

  "DNSSEC fails for a host, with the reason": healthy({
    hosts: [
      host("example.com"),
      host(HOST, {
        a: bogus({
          extendedErrors: [
            { code: 7, text: "" },
            { code: 9, text: "no SEP matching the DS" },
          ],
        }),
        aaaa: bogus({ extendedErrors: [{ code: 7, text: "" }] }),
      }),
    ],
  }),
  "DNSSEC fails for an SRV record, without a reason": viaDefaultPort([endpoint({ port: 8448 })], {
    srv: [srv("_matrix-fed._tcp", "example.com", [], { outcome: bogus({ checkingDisabled: { rcode: "NXDOMAIN", records: 0 } }) })],
  }),
  "DNSSEC fails for an SRV record that isn't needed": healthy({
    srv: [srv("_matrix-fed._tcp", "example.com", [], { role: "other", outcome: bogus() })],
  }),
  "SERVFAIL with CD=1, too": healthy({
    hosts: [
      host("example.com"),
      host(HOST, { a: bogus({ checkingDisabled: { rcode: "SERVFAIL", records: 0 } }), aaaa: bogus({ checkingDisabled: null }) }),
    ],
  }),

  "a made-up name has the host's address": healthy({
    clues: { ...NO_CLUES, decoy: { name: "x7.example.com", addresses: [V4, V6] } },
  }),
  "a made-up name has the address of one of two hosts": healthy({
    hosts: [host("example.com"), host(HOST, { a: addresses("192.0.2.9"), aaaa: addresses() })],
    clues: { ...NO_CLUES, decoy: { name: "x7.example.com", addresses: [V4, V6] } },
  }),
  "a made-up name has an address, and no host was needed": healthy({
    hosts: [],
    clues: { ...NO_CLUES, decoy: { name: "x7.example.com", addresses: [V4] } },
  }),
};
for (const [title, facts] of Object.entries(DNS_SITUATIONS)) said(title, () => saidOf(facts, ["well-known/cache"], "dns/"));

// Zone files: a mistake weighs by what the checked name needs

const SOA = "@ 60 IN SOA ns1.provider.net. hostmaster 1 2h 1h 4w 300\n";
const MX = "@ NS ns1.provider.net.\n";

/** What came of the names of the zone, by what homeservers find. */
const WORLDS: Record<string, Facts> = {
  "nothing of it is needed": healthy({
    serverName: "example.org",
    hosts: [host("example.org")],
    wellKnown: notNeeded(),
    targets: [target({ host: "example.org" })],
  }),
  "the name works by port 8448": viaDefaultPort([endpoint({ port: 8448 })]),
  "the name has no SRV record, and 8448 fails": STEP6,
  "the name has no address": viaDefaultPort([], { hosts: [host("example.com", { a: nxdomain(), aaaa: nxdomain() })] }),
  "an SRV record leads to hs.example.com, which fails": viaSrv([endpointWithoutTcp({ port: 8448 })], {
    srv: [srv("_matrix-fed._tcp", "example.com", [srvRecord("hs.example.com")]), srv("_matrix._tcp", "example.com", [])],
    hosts: [
      host("example.com"),
      host("hs.example.com", {
        a: answer([{ address: V4, ttl: 60 }], { chain: [{ name: "hs.example.com", target: "Web.example.com", ttl: 60 }] }),
      }),
    ],
    targets: [
      {
        ...target(),
        host: "hs.example.com",
        port: 8448,
        srv: { service: "_matrix-fed._tcp", priority: 10, weight: 0 },
        endpoints: [endpointWithoutTcp({ port: 8448 })],
      },
    ],
  }),
  "an old SRV record leads to hs.example.com, which has no address": viaSrv([], {
    srv: [srv("_matrix-fed._tcp", "example.com", []), srv("_matrix._tcp", "example.com", [srvRecord("hs.example.com")])],
    hosts: [host("example.com"), host("hs.example.com", { a: addresses(), aaaa: addresses() })],
    route: route({ specStep: "5", via: "srv", delegatedName: null, hostHeader: "example.com", tlsName: "example.com" }),
    targets: [
      { host: "hs.example.com", port: 8448, srv: { service: "_matrix._tcp", priority: 10, weight: 0 }, endpoints: [], overridden: false },
    ],
  }),
};

const ZONES: Record<string, string> = {
  "an SRV target without its dot": "_matrix-fed._tcp SRV 10 5 8448 hs.example.com\nhs A 192.0.2.1",
  "an SRV name without its dot": "_matrix-fed._tcp.example.com SRV 10 5 8448 hs\nhs A 192.0.2.1",
  "an address' name without its dot": "hs.example.com A 192.0.2.1",
  "the zone's own address, its name without the dot": "example.com A 192.0.2.1",
  "a nameserver without its dot": "@ NS ns1.provider.net",
  "a nameserver of a part of the zone without its dot": "sub NS ns1.provider.net",
  "a mail server without its dot": "@ MX 10 mx.provider.net",
  "an alias' target without its dot": "hs CNAME web.provider.net",
  "the SOA record without dots": "",
  "$ORIGIN without its dot": "$ORIGIN example.com\n_matrix-fed._tcp SRV 10 5 8448 hs",
  "$ORIGIN of a part without its dot": "$ORIGIN sub.example.com\na A 192.0.2.1",
  "an SRV target that is an address": "_matrix-fed._tcp SRV 10 5 8448 192.0.2.1",
  "an alias of an address": "hs CNAME 192.0.2.1",
  "an alias beside others": "@ A 192.0.2.1\n@ CNAME x.provider.net.",
  "an alias of the service beside others": "_matrix-fed._tcp SRV 1 1 1 hs\n_matrix-fed._tcp CNAME x.provider.net.\nhs A 192.0.2.1",
  "two aliases": "hs CNAME a.provider.net.\nhs CNAME b.provider.net.",
  "an alias that the host leads to, beside others": "web A 192.0.2.1\nweb CNAME x.provider.net.",
  "an SRV record that leads to an alias": "_matrix-fed._tcp SRV 10 5 8448 hs\nhs CNAME x\nx A 192.0.2.1",
  "an SRV record that leads nowhere": "_matrix-fed._tcp SRV 10 5 8448 gone",
  "another service's SRV record that leads nowhere": "_sip._tcp SRV 10 5 5060 gone",
  "an SRV record with three fields": "_matrix-fed._tcp SRV 10 8448 hs.example.com.",
  "an old SRV record with three fields": "_matrix._tcp SRV 10 8448 hs.example.com.",
  "two SOA records": "@ 60 SOA ns2 h 2 2h 1h 4w 300",
  "twice the same": "@ A 192.0.2.1\n@ A 192.0.2.1",
  "@ as a label": "_matrix-fed._tcp.@ SRV 10 5 8448 hs\nhs A 192.0.2.1",
  "@ as a label of an old service": "_matrix._tcp.@ SRV 10 5 8448 hs\nhs A 192.0.2.1",
  "@ as a label of an address": "hs.@ A 192.0.2.1",
  "@ as a label of a target": "_matrix-fed._tcp SRV 10 5 8448 hs.@\nhs A 192.0.2.1",
  "almost the service's name": "_matrix-fed.tcp SRV 10 5 8448 hs\nhs A 192.0.2.1",
  "almost the service's name, below another host": "_matrix_fed._tcp.sub SRV 10 5 8448 hs\nhs A 192.0.2.1",
  "TXT instead of SRV": '_matrix-fed._tcp TXT "10 5 8448 hs.example.com"',
  "a dot too many": "_matrix-fed._tcp. SRV 10 5 8448 hs\nhs A 192.0.2.1",
  "an address of another zone": "hs.example.org. A 192.0.2.1",
  "unknown types": "hs URL301 x\nb url301 y",
  "one unknown type": "hs URL301 x",
  comments: "# one\n// two\nhs A 192.0.2.1 # home\n_matrix-fed._tcp SRV 10 5 8448 hs // fed",
  "one comment": "# one",
  "a line that can't be read": "@ A 192.0.2.256",
  "a line that can't be read, of an unknown name": "a..b A 192.0.2.1",
  "a mailbox": "",
  "a mailbox with a dot": "",
  "line ends": "",
  "a byte order mark": "",
  "no TTL": "",
  "no SOA": "",
  "right, below a host that is asked for by nobody": "_matrix-fed._tcp.matrix SRV 10 5 8448 hs\nhs A 192.0.2.1",
  "right, below two hosts": "_matrix-fed._tcp.matrix SRV 10 5 8448 hs\n_matrix._tcp.chat SRV 10 5 8448 hs\nhs A 192.0.2.1",
};
/** Those that are more than a line after the SOA record. */
const WHOLE: Record<string, string> = {
  "the SOA record without dots": "example.com 60 IN SOA ns1.provider.net. hostmaster 1 2h 1h 4w 300\n",
  "a mailbox": "@ 60 IN SOA ns1.provider.net. hostmaster@example.com. 1 2h 1h 4w 300\n",
  "a mailbox with a dot": "@ 60 IN SOA ns1.provider.net. john.doe@example.com. 1 2h 1h 4w 300\n",
  "line ends": `${SOA}a A 192.0.2.1\n`.replaceAll("\n", "\r"),
  "a byte order mark": `\ufeff${SOA}`,
  "no TTL": "a A 192.0.2.1\n",
  "no SOA": "a 60 A 192.0.2.1\n",
};

function withZone(facts: Facts, text: string): Facts {
  const zone = parseZoneFile(text, { file: "db.example", origin: "example.com" });
  return { ...facts, zoneFiles: [{ file: "db.example", origin: "example.com", mistakes: zone.mistakes, services: servicesIn(zone) }] };
}

for (const [title, text] of Object.entries(ZONES))
  said(`zone file: ${title}`, () => {
    const whole = WHOLE[title] ?? `${SOA}${MX}${text}\n`;
    const findings = (world: Facts): Finding[] => findingsOf(withZone(world, whole), [zoneMistake]);
    const weighs = Object.entries(WORLDS).map(([world, facts]) => {
      const found = findings(facts);
      return `${world}: ${found.map(({ severity, where }) => `${severity} at ${where.join()}`).join(", ") || "nothing"}\n`;
    });
    const told = new Map(
      Object.values(WORLDS)
        .flatMap(findings)
        .map((each) => [each.detail, findingText({ ...each, severity: "error" }).replace(/^error/, "says")]),
    );
    return `${[...told.values()].join("")}${weighs.join("")}`;
  });

test("a mistake in an included file is told by that file's name; evidence without services is read", () => {
  const facts = withZone(STEP6, `${SOA}hs.example.com A 192.0.2.1\n`);
  const [zone] = facts.zoneFiles!;
  const { services: _, ...old } = { ...zone!, mistakes: zone!.mistakes.map((each) => ({ ...each, file: "sub.db" })) };
  assert.deepEqual(only({ ...facts, zoneFiles: [old] }, dnsRules, "dns/zone-mistake").where, ["sub.db:2"]);
  const stray = { ...zone!, mistakes: [], services: [{ service: "_matrix._tcp", base: "chat.example.com", line: 9, file: "sub.db" }] };
  assert.match(
    only({ ...facts, zoneFiles: [stray] }, dnsRules, "dns/zone-mistake").detail,
    /^sub\.db:9: The SRV record _matrix\._tcp\.chat\.example\.com is used only for the server name chat\.example\.com\. For example\.com, homeservers look up _matrix\._tcp\.example\.com,/,
  );
  const told = { ...stray, mistakes: [{ ...zone!.mistakes[0]!, line: 9, file: "sub.db" }] };
  assert.equal(findingsOf({ ...facts, zoneFiles: [told] }, dnsRules).filter(({ detail }) => detail.includes("is used only for")).length, 0);
});

for (const [message, fix] of [
  [
    "192.0.2.53:53 did not answer in time",
    /^Repair this machine's resolver \(\/etc\/resolv\.conf\), or correct --dns-server where that names it\. Or name one/,
  ],
  ["tls://192.0.2.53:853 refused the connection", /^Correct what --dns-server names \(tls:\/\/192\.0\.2\.53:853\), or name one/],
  ["https://dns.example/dns-query gave no answer", /^Correct what --dns-server names \(https:\/\/dns\.example\/dns-query\), or name one/],
] as const)
  test(`a resolver that gives no answer, and what is to be repaired: ${message}`, () =>
    assert.match(only(cutOff(failed("timeout", { message })), dnsRules, "dns/resolver-unreachable").fix[0] ?? "", fix));
