/** address/*: what is said of addresses that a lab on loopback can't have. */
import type { Clues, Facts, Hop, HostFacts } from "../../src/facts/facts.ts";
import { addressNotPublic } from "../../src/rules/address/not-public.ts";
import { addressUntested } from "../../src/rules/address/untested.ts";
import { addressNone } from "../../src/rules/address/none.ts";
import { addressLookupFailed } from "../../src/rules/address/lookup-failed.ts";
import { ipv6Only } from "../../src/rules/address/ipv6-only.ts";
import {
  addresses,
  answer,
  attempt,
  done,
  endpoint,
  endpointWithoutTcp,
  failed,
  healthy,
  host,
  nxdomain,
  notNeeded,
  route,
  srvRecord,
  srv,
  target,
  untested,
  V4,
  V6,
  viaDefaultPort,
  viaSrv,
} from "./facts-builder.ts";
import { saidBy } from "./said.ts";
import { findingsOf } from "./judging.ts";
import { findingText, saidOf, texts } from "./texts.ts";

const HOST = "matrix.example.com";

function withHost(overrides: Partial<HostFacts>, more: Partial<Facts> = {}): Facts {
  return healthy({ hosts: [host("example.com"), host(HOST, overrides)], ...more });
}

const PRIVATE = { allowPrivate: true, minCertDays: 14, family: null, probe: true } as const;

/** The well-known is answered after a redirect to a host, at an address. */
function redirectedTo(name: string, address: string, hosts: HostFacts[] = [], connected = true): Facts {
  const [first] = attempt().hops as [Hop];
  const second: Hop = {
    ...first,
    url: `https://${name}/x`,
    host: name,
    connection: connected && first.connection !== null ? { ...first.connection, address } : null,
  };
  return healthy({
    wellKnown: done({
      url: first.url,
      host: "example.com",
      attempts: [attempt({ hops: [{ ...first, location: second.url }, second] })],
    }),
    hosts: [host("example.com"), host(HOST), ...hosts],
  });
}

function literal(address: string, more: Partial<Facts["targets"][0]> = {}): Facts {
  return healthy({ targets: [target({ host: address, ...more })] });
}

const text = texts("address");

saidBy(
  addressNotPublic,
  {
    "public addresses": { facts: healthy(), none: true },
    "one of two addresses, and the other is dropped with it": {
      facts: withHost({ a: addresses("10.0.0.7") }),
      severity: "error",
      where: [HOST],
      says: [
        `${HOST} has 10.0.0.7 (private)`,
        "Synapse then doesn't use the host's other address either.",
        "remove the record with 10.0.0.7.",
        "--allow-private",
      ],
    },
    "all of several": {
      facts: withHost({ a: addresses("10.0.0.7", "192.168.1.1"), aaaa: addresses() }),
      says: ["10.0.0.7 (private) and 192.168.1.1 (private)", "remove the records with 10.0.0.7 and 192.168.1.1."],
      not: ["drops the other"],
    },
    "for a federation inside a private network": { facts: withHost({ a: addresses("10.0.0.7") }, { settings: PRIVATE }), none: true },
    "an address in m.server": {
      facts: literal("10.0.0.7"),
      where: ["10.0.0.7"],
      says: ["10.0.0.7 isn't a public address (private)", "a host name with one"],
      not: ["remove the record", "--dns-server"],
    },
    "a public address in m.server": { facts: literal("185.15.58.10"), none: true },
    "an address in m.server that --connect-to replaces": { facts: literal("10.0.0.7", { overridden: true }), none: true },
    "an address as SRV target": {
      facts: literal("10.0.0.7", { srv: { service: "_matrix._tcp", priority: 0, weight: 0 } }),
      where: ["10.0.0.7"],
    },
    "a public address as SRV target": {
      facts: literal("185.15.58.10", { srv: { service: "_matrix._tcp", priority: 0, weight: 0 } }),
      none: true,
    },
    "the base domain": {
      facts: healthy({ hosts: [host("example.com", { a: addresses("127.0.0.1") }), host(HOST)], wellKnown: wellKnownAt("127.0.0.1") }),
      where: ["example.com"],
      says: ["127.0.0.1 (loopback)"],
    },
    "a redirect to a private address": {
      facts: redirectedTo("login.example.net", "10.0.0.9", [host("login.example.net", { a: addresses("10.0.0.9"), aaaa: addresses() })]),
      where: ["login.example.net"],
      says: ["login.example.net has 10.0.0.9 (private)"],
    },
    "a redirect to an address": { facts: redirectedTo("10.0.0.9", "10.0.0.9"), where: ["10.0.0.9"], says: ["10.0.0.9 isn't a public"] },
    "a redirect to a host whose address --connect-to gives": {
      facts: redirectedTo("login.example.net", "127.0.0.1", [host("login.example.net", { a: addresses("10.0.0.9"), aaaa: addresses() })]),
      none: true,
    },
    "a redirect that wasn't followed": {
      facts: redirectedTo("login.example.net", "10.0.0.9", [host("login.example.net", { a: addresses("10.0.0.9") })], false),
      none: true,
    },
    "a redirect to the target itself is said once": {
      facts: {
        ...redirectedTo(HOST, "10.0.0.9"),
        hosts: [host("example.com"), host(HOST, { a: addresses("10.0.0.9"), aaaa: addresses() })],
      },
      where: [HOST],
    },
  },
  text,
);

function wellKnownAt(address: string): Facts["wellKnown"] {
  return done({ url: "https://example.com/.well-known/matrix/server", host: "example.com", attempts: [attempt({ address })] });
}

const NO_V6 = endpointWithoutTcp({ address: V6, tcp: untested("no-route") });
const SOON = endpointWithoutTcp({ tcp: untested("deadline") });

saidBy(
  addressUntested,
  {
    "all were tried": { facts: healthy(), none: true },
    "no IPv6 here": {
      facts: healthy({ targets: [target({ endpoints: [endpoint(), NO_V6] })] }),
      severity: "info",
      where: [`[${V6}]:443`],
      says: [`This machine has no IPv6 connection to [${V6}]:443. It was not tested.`, "on a machine with IPv6"],
    },
    "no IPv6 here, to two addresses": {
      facts: healthy({ targets: [target({ endpoints: [endpoint(), NO_V6, { ...NO_V6, address: "2a02:ec80:300::11" }] })] }),
      where: [`[${V6}]:443`, "[2a02:ec80:300::11]:443"],
      says: ["They were not tested."],
    },
    "the well-known's addresses count, too": {
      facts: healthy({
        wellKnown: done({
          url: "https://example.com/.well-known/matrix/server",
          host: "example.com",
          attempts: [
            attempt(),
            attempt({
              address: V6,
              hops: attempt({ address: V6 }).hops.map((hop) => ({
                ...hop,
                connection: hop.connection === null ? null : { ...hop.connection, tcp: untested("no-route") },
              })),
            }),
            attempt({ address: "2a02::1", hops: [] }),
          ],
        }),
      }),
      where: [`[${V6}]:443`],
    },
    "the time was over": {
      facts: healthy({ targets: [target({ endpoints: [endpoint(), { ...SOON, address: V6, family: 6 }] })] }),
      says: [`The time ended before [${V6}]:443 could be tested.`, "--deadline"],
    },
    "the time was over, and what was waited for is known": {
      facts: healthy({
        stopped: { because: "deadline", afterMs: 2000, waitedFor: ["https://example.com/x", "matrix.example.com"] },
        targets: [target({ endpoints: [SOON, NO_V6] })],
      }),
      where: ["https://example.com/x", "matrix.example.com", `[${V6}]:443`],
      says: ["ended after 2.0 s", "waiting for https://example.com/x and matrix.example.com", "--deadline 60s example.com"],
      not: ["could be tested"],
    },
    "ended from outside before anything": {
      facts: healthy({ stopped: { because: "aborted", afterMs: 300, waitedFor: [] } }),
      where: ["example.com"],
      says: ["stopped from outside after 300 ms. Nothing", "Run the check again, and don't stop it."],
      not: ["waited for", "--deadline"],
    },
    "a port that a service doesn't allow, at the target and at a redirect": {
      facts: {
        ...redirectedTo("login.example.net", V4),
        targets: [target({ endpoints: [endpointWithoutTcp({ port: 22, tcp: untested("no-route") })] })],
      },
      where: [`${V4}:22`],
      says: ["no IPv4 connection"],
    },
    "only one family was asked for, and there is none": {
      facts: healthy({
        settings: { allowPrivate: false, minCertDays: 14, family: 6, probe: true },
        hosts: [host(HOST, { a: notNeeded(), aaaa: addresses() })],
        targets: [target({ endpoints: [] })],
      }),
      where: [HOST],
      says: [`Only IPv6 was asked for, and ${HOST} has no IPv6 address.`, "Check without -6."],
    },
    "only one family was asked for, and it is there": {
      facts: healthy({
        settings: { allowPrivate: false, minCertDays: 14, family: 6, probe: true },
        hosts: [host(HOST, { a: notNeeded() })],
      }),
      none: true,
    },
    "resolution alone was asked for": {
      facts: healthy({
        settings: { allowPrivate: false, minCertDays: 14, family: 6, probe: false },
        hosts: [host(HOST, { a: notNeeded(), aaaa: addresses() })],
        targets: [target({ endpoints: [] })],
      }),
      none: true,
    },
  },
  text,
);

saidBy(
  addressNone,
  {
    "there are addresses": { facts: healthy(), none: true },
    "no such name": {
      facts: withHost({ a: nxdomain(), aaaa: nxdomain() }, { targets: [target({ endpoints: [] })] }),
      severity: "error",
      where: [HOST],
      says: [`The name ${HOST} doesn't exist in DNS (NXDOMAIN)`, `${HOST}.  IN A     192.0.2.1`],
    },
    "a name without addresses": {
      facts: withHost({ a: addresses(), aaaa: addresses() }, { targets: [target({ endpoints: [] })] }),
      says: [`The name ${HOST} exists, but has neither an A nor an AAAA record`],
    },
    "one family has one": { facts: withHost({ a: addresses() }), none: true },
    "the questions failed": { facts: withHost({ a: failed("timeout"), aaaa: failed("timeout") }), none: true },
    "an SRV target is another rule's": {
      facts: viaSrv([], { hosts: [host("hs1.host.example", { a: nxdomain(), aaaa: nxdomain() })] }),
      none: true,
    },
    "--connect-to says where": {
      facts: withHost({ a: nxdomain(), aaaa: nxdomain() }, { targets: [target({ overridden: true })] }),
      none: true,
    },
    "without a delegation there is no file to correct": {
      facts: viaDefaultPort([], { hosts: [host("example.com", { a: nxdomain(), aaaa: nxdomain() })] }),
      says: ["example.com.  IN A     192.0.2.1"],
      not: ["well-known"],
    },
  },
  text,
);

saidBy(
  addressLookupFailed,
  {
    answered: { facts: healthy(), none: true },
    "one family": {
      facts: withHost({ aaaa: answer([], { rcode: "SERVFAIL" }) }),
      severity: "warning",
      where: [HOST],
      says: [`AAAA of ${HOST}`, "SERVFAIL", "Only the IPv4 addresses are used."],
    },
    "both families of the target": {
      facts: withHost(
        { a: answer([], { rcode: "SERVFAIL" }), aaaa: answer([], { rcode: "REFUSED" }) },
        { targets: [target({ endpoints: [] })] },
      ),
      severity: "error",
      says: ["A and AAAA", /SERVFAIL.*; .*REFUSED/, "nobody can connect"],
    },
    "the base domain, and the route works": {
      facts: viaDefaultPort([endpoint()], {
        hosts: [host("example.com"), host("other.example.com", { a: failed("timeout"), aaaa: failed("timeout") })],
      }),
      none: true,
    },
  },
  text,
);

saidBy(
  ipv6Only,
  {
    "both families": { facts: healthy(), none: true },
    "no A record": {
      facts: withHost({ a: addresses() }),
      severity: "warning",
      where: [HOST],
      says: [`${HOST} has 1 AAAA record and no A record`, `${HOST}.  IN A     192.0.2.1`],
    },
    "several AAAA records": {
      facts: withHost({ a: addresses(), aaaa: addresses(V6, "2a02:ec80:300::11") }),
      says: ["2 AAAA records and no A"],
    },
    "A fails": { facts: withHost({ a: answer([], { rcode: "SERVFAIL" }) }), none: true },
    "no address at all": { facts: withHost({ a: addresses(), aaaa: addresses() }), none: true },
    "the base domain, when its well-known decides": {
      facts: healthy({ hosts: [host("example.com", { a: addresses() }), host(HOST)] }),
      where: ["example.com"],
    },
    "the base domain, when only its SRV records count": {
      facts: viaSrv([endpoint({ port: 8448 })], {
        hosts: [host("example.com", { a: addresses() }), host("hs1.host.example")],
        srv: [srv("_matrix-fed._tcp", "example.com", [srvRecord("hs1.host.example")])],
        route: route({ via: "srv", delegatedName: null }),
      }),
      none: true,
    },
  },
  text,
);

// In words: what this machine couldn't try

const STOPPED = { because: "deadline", afterMs: 2000, waitedFor: [] } as const;
const DENIED = { status: "untested", because: "policy-port" } as const;
const many = (count: number, first = 1): string[] =>
  Array.from({ length: count }, (_, index) => `185.15.${Math.floor((index + first) / 200)}.${((index + first) % 200) + 1}`);
const tried = (list: string[]): Facts["targets"][0]["endpoints"] => list.map((address) => endpoint({ address }));
const asking = (list: string[], more: Partial<Facts["targets"][0]> = {}): Facts =>
  healthy({
    hosts: [host("example.com"), host(HOST, { a: addresses(...many(40)), aaaa: addresses() })],
    targets: [target({ endpoints: tried(list), ...more })],
  });
const inFile = (note?: string): Facts["hosts"][0]["a"] => ({
  status: "untested",
  because: "zone-file",
  ...(note === undefined ? {} : { note }),
});
const only6 = (overrides: Partial<Facts> = {}): Facts =>
  healthy({
    settings: { allowPrivate: false, minCertDays: 14, family: 6, probe: true },
    hosts: [host("example.com"), host(HOST, { a: notNeeded(), aaaa: addresses() })],
    targets: [target({ endpoints: [] })],
    ...overrides,
  });

const UNTESTED: Record<string, Facts> = {
  "a port that whoever runs this doesn't allow, at the target": healthy({
    targets: [
      target({
        port: 22,
        endpoints: [endpointWithoutTcp({ port: 22, tcp: DENIED }), endpointWithoutTcp({ address: V6, port: 22, tcp: DENIED })],
      }),
    ],
  }),
  "a port that whoever runs this doesn't allow, at a redirect": (() => {
    const facts = redirectedTo("login.example.net", "185.15.58.99");
    const [first] = facts.wellKnown.status === "done" ? facts.wellKnown.value.attempts : [];
    const hops = first!.hops.map((hop, index) =>
      index === 0 ? hop : { ...hop, connection: { ...hop.connection!, port: 22, tcp: DENIED } },
    );
    return { ...facts, wellKnown: done({ url: "u", host: "example.com", attempts: [{ ...first!, hops }] }) };
  })(),
  "a redirect's host over IPv6 is told, as it decides": (() => {
    const facts = redirectedTo("login.example.net", V6);
    const [first] = facts.wellKnown.status === "done" ? facts.wellKnown.value.attempts : [];
    const hops = first!.hops.map((hop, index) => (index === 0 ? hop : { ...hop, connection: { ...hop.connection!, tcp: untested() } }));
    return { ...facts, wellKnown: done({ url: "u", host: "example.com", attempts: [{ ...first!, hops }] }) };
  })(),
  "an address that the policy doesn't allow is another rule's": healthy({
    targets: [
      target({ endpoints: [endpoint(), endpointWithoutTcp({ address: V6, tcp: { status: "untested", because: "policy-address" } })] }),
    ],
  }),
  "IPv6 isn't there, and the time was over for IPv4": healthy({
    targets: [
      target({ endpoints: [endpointWithoutTcp({ tcp: untested("deadline") }), endpointWithoutTcp({ address: V6, tcp: untested() })] }),
    ],
  }),
  "the time was up, and what it cut off is told once": healthy({
    targets: [
      target({ endpoints: [endpointWithoutTcp({ tcp: untested("deadline") }), endpointWithoutTcp({ address: V6, tcp: untested() })] }),
    ],
    stopped: { ...STOPPED, waitedFor: ["matrix.example.com:443"] },
  }),
  "the time was up, and nothing was waited for": healthy({ stopped: { ...STOPPED, waitedFor: [] } }),
  "ended from outside": healthy({ stopped: { because: "aborted", afterMs: 2000, waitedFor: ["a", "b"] } }),
  "no HTTP parser": healthy({
    targets: [
      target({
        endpoints: [
          endpoint({
            version: { status: "untested", because: "http-parser", note: "WebAssembly is not defined" },
            keys: { status: "untested", because: "http-parser" },
          }),
        ],
      }),
    ],
  }),
  "no more open files": healthy({
    targets: [target({ endpoints: [endpoint(), endpointWithoutTcp({ address: V6, tcp: { status: "untested", because: "open-files" } })] })],
  }),

  "16 of 40 addresses": asking(many(16)),
  "all of 40 addresses": asking(many(40)),
  "addresses of --connect-to": asking(many(2), { overridden: true }),
  "other addresses than DNS'": asking(["185.15.58.99"]),
  "port 0 isn't tried": asking([], { port: 0 }),
  "an address as SRV target isn't tried": {
    ...asking([]),
    targets: [
      target({ host: HOST.toUpperCase(), endpoints: tried(many(40)) }),
      target({ host: "192.0.2.1", srv: { service: "_matrix-fed._tcp", priority: 1, weight: 1 }, endpoints: [] }),
    ],
  },
  "16 of 40 addresses of the well-known's host": healthy({
    hosts: [host("example.com", { a: addresses(...many(40)), aaaa: addresses() }), host(HOST)],
    wellKnown: done({ url: "u", host: "Example.com", attempts: many(16).map((address) => attempt({ address })) }),
  }),
  "2 of 16 are missing in the evidence": healthy({
    hosts: [host("example.com", { a: addresses(), aaaa: addresses() }), host(HOST, { a: addresses(...many(16)), aaaa: addresses() })],
    targets: [target({ endpoints: tried(many(14)) })],
  }),
  "34 targets": viaSrv([endpoint({ port: 8448 })], {
    targets: many(34).map((_, index) => target({ host: `h${index}.example.net`, port: 8448, endpoints: [] })),
  }),
  "32 targets": viaSrv([endpoint({ port: 8448 })], {
    targets: many(32).map((_, index) => target({ host: `h${index}.example.net`, port: 8448, endpoints: [] })),
  }),

  "a LUA record": healthy({
    hosts: [host("example.com"), host(HOST, { a: inFile("LUA A"), aaaa: inFile("LUA A") })],
    targets: [target({ endpoints: [] })],
  }),
  "a LUA record of the name itself, without a target": healthy({
    hosts: [host("example.com", { a: inFile(), aaaa: addresses() })],
    targets: [],
  }),
  "a LUA record that nobody needs": healthy({
    hosts: [host("example.com"), host(HOST), host("x.example.com", { a: inFile(), aaaa: inFile() })],
  }),
  "an SRV record that only the server knows": healthy({
    srv: [
      { ...srv("_matrix-fed._tcp", "example.com", []), outcome: inFile("LUA SRV") as never },
      { ...srv("_matrix._tcp", "example.com", [], { role: "other" }), outcome: inFile() as never },
    ],
  }),

  "only IPv6 was asked for": only6(),
  "only IPv6 was asked for, of two targets": only6({
    targets: [target({ endpoints: [] }), target({ host: "b.example.com", endpoints: [] })],
  }),
  "only IPv6 was asked for, and one target has it": only6({
    targets: [target({ endpoints: [] }), target({ host: "b.example.com", endpoints: [endpoint({ address: V6 })] })],
  }),
  "only IPv6 was asked for, and the SRV record says that there is no service": only6({ targets: [] }),
  "only IPv6 was asked for, and everything was": only6({ hosts: [host("example.com"), host(HOST, { a: addresses(), aaaa: addresses() })] }),
  "only IPv6 was asked for, without a route": only6({ route: null }),
};
for (const [title, facts] of Object.entries(UNTESTED))
  text(`untested: ${title}`, () => findingsOf(facts, [addressUntested]).map(findingText).join("") || "nothing\n");

// In words: names and their addresses

const LOOP = {
  loop: true,
  chain: [
    { name: HOST, target: "a.example.net", ttl: 60 },
    { name: "a.example.net", target: HOST, ttl: 60 },
  ],
};
const fails = (rcode: string): HostFacts["a"] => answer([], { rcode });
const nowhere = (name: string, more: Partial<Facts> = {}): Facts =>
  healthy({
    hosts: [host("example.com"), host(name, { a: nxdomain(), aaaa: nxdomain() })],
    route: route({ delegatedName: `${name}:443`, hostHeader: `${name}:443`, tlsName: name }),
    targets: [target({ host: name, endpoints: [] })],
    ...more,
  });
const HERE: Clues = {
  homeservers: {
    tried: [],
    found: [
      {
        host: "hs.example.com",
        address: V4,
        port: 8448,
        targetPort: 8448,
        server: { name: "Synapse", version: "1" },
        keysName: "example.com",
        certificateGood: true,
      },
    ],
  },
  wellKnowns: { tried: [], found: [] },
  browser: null,
  srvHost: [],
  keysName: null,
  issuers: [],
};
const KINDS = [
  "10.0.0.1",
  "127.0.0.1",
  "169.254.1.1",
  "100.64.0.1",
  "192.0.2.1",
  "0.0.0.0",
  "224.0.0.1",
  "240.0.0.1",
  "::1",
  "fe80::1",
  "fd00::1",
  "2001:db8::1",
  "ff02::1",
  "::ffff:10.0.0.1",
  "64:ff9b::a00:1",
  "168.63.129.16",
];

const NAMES: Record<string, Facts> = {
  ...Object.fromEntries(
    KINDS.map((address) => [
      `the host has ${address}`,
      withHost({ a: addresses(...(address.includes(":") ? [] : [address])), aaaa: addresses(...(address.includes(":") ? [address] : [])) }),
    ]),
  ),
  "a loop of both families": withHost({ a: answer([], LOOP), aaaa: answer([], LOOP) }, { targets: [target({ endpoints: [] })] }),
  "a loop of one family": withHost({ aaaa: answer([], LOOP) }),
  "a loop of a host that isn't needed": healthy({
    hosts: [host("example.com"), host(HOST), host("x.example.com", { a: answer([], LOOP), aaaa: answer([], LOOP) })],
  }),
  "no address": nowhere(HOST),
  "no address, and a homeserver was found": nowhere(HOST, { clues: HERE }),
  "no address: the zone's name twice": nowhere("matrix.example.com.example.com"),
  "no address: a typing mistake": nowhere("matrix.exmaple.com"),
  "no address: of somebody else's": nowhere("hs.provider.net"),
  "no address of the name itself": viaDefaultPort([], { hosts: [host("example.com", { a: nxdomain(), aaaa: nxdomain() })] }),
  "no address, by a resolver that makes one up": nowhere(HOST, {
    hosts: [host("example.com"), { ...host(HOST, { a: nxdomain(), aaaa: nxdomain() }), rewritten: ["198.51.100.7"] }],
  }),
  "SERVFAIL for one family": withHost({ aaaa: fails("SERVFAIL") }),
  "REFUSED for both families": withHost({ a: fails("REFUSED"), aaaa: fails("REFUSED") }, { targets: [target({ endpoints: [] })] }),
  "different failures": withHost(
    { a: fails("SERVFAIL"), aaaa: failed("timeout", { message: "no answer in 5 s" }) },
    { targets: [target({ endpoints: [] })] },
  ),
  "the base domain's lookup fails, and the route works": viaSrv([endpoint({ port: 8448 })], {
    hosts: [host("example.com", { a: fails("SERVFAIL"), aaaa: fails("SERVFAIL") }), host("hs1.host.example")],
  }),
  "the base domain's lookup fails, and the route doesn't work": viaSrv([endpointWithoutTcp({ port: 8448 })], {
    hosts: [host("example.com", { a: fails("SERVFAIL"), aaaa: fails("SERVFAIL") }), host("hs1.host.example")],
  }),
  "all lookups fail": healthy({ hosts: [host("example.com", { a: fails("REFUSED"), aaaa: fails("REFUSED") })], targets: [] }),
  "only IPv6": withHost({ a: addresses() }),
  "only IPv6, of two addresses": withHost({ a: addresses(), aaaa: addresses(V6, "2a02:ec80:300::11") }),
  "only IPv6 of the web server": healthy({ hosts: [host("example.com", { a: addresses() }), host(HOST)] }),
  "an IPv6 address in m.server": literal("2a02:ec80:300::10"),
  "an IPv6 address as name": healthy({
    serverName: "[2a02:ec80:300::10]",
    wellKnown: notNeeded(),
    route: route({ specStep: "1", via: "ip-literal", delegatedName: null, tlsName: "2a02:ec80:300::10", tlsNameIsIp: true }),
    targets: [target({ host: "2a02:ec80:300::10", port: 8448 })],
  }),
  "private addresses of the host and the web server": healthy({
    hosts: [
      host("example.com", { a: addresses("10.0.0.1"), aaaa: addresses() }),
      host(HOST, { a: addresses("10.0.0.2", V4), aaaa: addresses("fd00::2") }),
    ],
  }),
};
for (const [title, facts] of Object.entries(NAMES)) text(`names: ${title}`, () => saidOf(facts, ["well-known/cache"], "address/"));
