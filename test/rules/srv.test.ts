/** srv/* and connect/*: what is said, and to which records and places it is tied. */
import { cloudflarePort } from "../../src/rules/connect/cloudflare-port.ts";
import { connectTimeout } from "../../src/rules/connect/timeout.ts";
import { backupTargetDown } from "../../src/rules/srv/backup-target-down.ts";
import { behindCname } from "../../src/rules/srv/behind-cname.ts";
import { conflict } from "../../src/rules/srv/conflict.ts";
import { deprecatedService } from "../../src/rules/srv/deprecated-service.ts";
import { firstTargetDown } from "../../src/rules/srv/first-target-down.ts";
import { srvLookupFailed } from "../../src/rules/srv/lookup-failed.ts";
import { targetMalformed } from "../../src/rules/srv/target-malformed.ts";
import { targetUnresolvable } from "../../src/rules/srv/target-unresolvable.ts";
import { unused } from "../../src/rules/srv/unused.ts";
import { wrongService } from "../../src/rules/srv/wrong-service.ts";
import type {
  AddressRecord,
  Clues,
  DnsAnswer,
  EndpointFacts,
  Facts,
  FoundHomeserver,
  HostFacts,
  SrvFacts,
  SrvRecord,
  TargetFacts,
} from "../../src/facts/facts.ts";
import {
  addresses,
  answer,
  attempt,
  blocked,
  done,
  endpoint,
  endpointWithoutTcp,
  endpointWithoutTls,
  failed,
  healthy,
  host,
  http,
  nxdomain,
  route,
  srv,
  srvRecord,
  tls,
  V6,
  viaDefaultPort,
  viaSrv,
} from "./facts-builder.ts";
import { saidBy } from "./said.ts";
import { saidOf, texts } from "./texts.ts";

const FED = "_matrix-fed._tcp";
const OLD = "_matrix._tcp";

function records(service: string, all: SrvRecord[], more: Partial<SrvFacts> = {}): SrvFacts {
  return srv(service, "example.com", all, more);
}

function target(name: string, endpoints: EndpointFacts[], more: Partial<TargetFacts> = {}): TargetFacts {
  return { host: name, port: 8448, srv: { service: FED, priority: 10, weight: 0 }, endpoints, overridden: false, ...more };
}

const UP = endpoint({ port: 8448 });
const DOWN = endpointWithoutTcp({ port: 8448, address: "185.15.58.11" });

const text = texts("srv");

saidBy(
  conflict,
  {
    "the same, in another order and case": {
      facts: viaSrv([UP], {
        srv: [
          records(FED, [srvRecord("a.example.net"), srvRecord("b.example.net", { priority: 20 })]),
          records(OLD, [srvRecord("B.example.net", { priority: 20 }), srvRecord("a.example.net")]),
        ],
      }),
      none: true,
    },
    "another port": {
      facts: viaSrv([UP], { srv: [records(FED, [srvRecord("a.example.net")]), records(OLD, [srvRecord("a.example.net", { port: 443 })])] }),
      severity: "warning",
      where: [`${FED}.example.com`, `${OLD}.example.com`],
      says: ["to a.example.net:443", `${OLD}.example.com.  IN SRV  10 0 8448 a.example.net.`],
    },
    "nowhere, and the old one leads somewhere": {
      facts: viaSrv([], { srv: [records(FED, [srvRecord(".")]), records(OLD, [srvRecord("a.example.net")])] }),
      says: ['nowhere (".")', `${FED}.example.com.  IN SRV  10 0 8448 a.example.net.`],
    },
    "what fails isn't to be copied": {
      facts: viaSrv([DOWN], { srv: [records(FED, [srvRecord("hs1.host.example")]), records(OLD, [srvRecord("a.example.net")])] }),
      not: ["IN SRV"],
    },
    "only one of them exists": { facts: viaSrv([UP]), none: true },
    "the old one failed": {
      facts: viaSrv([UP], { srv: [records(FED, [srvRecord("hs1.host.example")]), records(OLD, [], { outcome: failed("timeout") })] }),
      none: true,
    },
  },
  text,
);

const viaOld = (current: SrvFacts[]): Facts =>
  viaSrv([UP], {
    route: route({ specStep: "5", via: "srv", delegatedName: null, hostHeader: "example.com", tlsName: "example.com" }),
    srv: [...current, records(OLD, [srvRecord("hs1.host.example")])],
    targets: [target("hs1.host.example", [UP], { srv: { service: OLD, priority: 10, weight: 0 } })],
  });
saidBy(
  deprecatedService,
  {
    "only the old name": {
      facts: viaOld([records(FED, [])]),
      severity: "warning",
      where: [`${OLD}.example.com`],
      says: [`${FED}.example.com.  IN SRV  10 0 8448 hs1.host.example.`],
    },
    "the question for the new one failed": {
      facts: viaOld([records(FED, [], { outcome: answer<SrvRecord>([], { rcode: "SERVFAIL" }) })]),
      none: true,
    },
    "the new name": { facts: viaSrv([UP]), none: true },
  },
  text,
);

const aliased = (chain: { name?: string; target: string }[]): Facts =>
  viaSrv([UP], {
    srv: [records(FED, [srvRecord("hs1.host.example")], { outcome: answer([srvRecord("hs1.host.example")], { chain: chain as never }) })],
  });
saidBy(
  behindCname,
  {
    "not behind one": { facts: aliased([]), none: true },
    "behind one": {
      facts: aliased([{ target: "srv.provider.example" }]),
      severity: "warning",
      where: [`${FED}.example.com`],
      says: ["srv.provider.example", "The SRV record is there", `${FED}.example.com.  IN SRV  10 0 8448 hs1.host.example.`],
    },
    "another service's alias": {
      facts: viaSrv([UP], {
        srv: [
          records(OLD, [srvRecord("x.example")], {
            outcome: answer([srvRecord("x.example")], { chain: [{ target: "y.example" }] as never }),
          }),
          records(FED, [srvRecord("hs1.host.example")]),
        ],
      }),
      none: true,
    },
    "it says that there is none": {
      facts: viaSrv([], { srv: [records(FED, [], { outcome: answer([srvRecord(".")], { chain: [{ target: "y.example" }] as never }) })] }),
      none: true,
    },
  },
  text,
);

const malformed = (name: string, port: number): Facts =>
  viaSrv([], { srv: [records(FED, [srvRecord(name, { port })])], hosts: [host("example.com")], targets: [target(name, [], { port })] });
saidBy(
  targetMalformed,
  {
    "a host name": { facts: malformed("hs.example.net", 8448), none: true },
    "with a port, and the field is empty": {
      facts: malformed("hs.example.net:8449", 0),
      severity: "error",
      where: [`${FED}.example.com`],
      says: ['"hs.example.net:8449"', `${FED}.example.com.  IN SRV  10 0 8449 hs.example.net.`],
    },
    "with a port, and the field says 443": { facts: malformed("hs.example.net:8449", 443), says: ["10 0 8449 hs.example.net."] },
    "with a port, and the field says another": { facts: malformed("hs.example.net:8449", 8448), says: ["10 0 8448 hs.example.net."] },
    "with a scheme, and no port anywhere": { facts: malformed("https://hs.example.net", 0), says: ["10 0 8448 hs.example.net."] },
    "the zone's name was appended to a port": {
      facts: malformed("hs.example.net:8449.example.com", 0),
      says: ["10 0 8449 hs.example.net."],
    },
    "the zone's name was appended to a URL": {
      facts: malformed("https://hs.example.net.example.com", 8448),
      says: ["10 0 8448 hs.example.net."],
    },
    "no host in it": { facts: malformed("https://", 8448), says: ["only the homeserver's host name"], not: ["IN SRV"] },
    "of a well-known it isn't its": {
      facts: healthy({ targets: [{ host: "a:1", port: 1, endpoints: [], overridden: false }] }),
      none: true,
    },
  },
  text,
);

const unresolvable = (name: string, others: TargetFacts[] = []): Facts =>
  viaSrv([], {
    srv: [records(FED, [srvRecord(name)])],
    hosts: [host("example.com"), host(name, { a: nxdomain(), aaaa: nxdomain() })],
    targets: [target(name, []), ...others],
  });
saidBy(
  targetUnresolvable,
  {
    "it has an address": { facts: viaSrv([UP]), none: true },
    "no such name": {
      facts: unresolvable("hs.host.example"),
      severity: "error",
      where: ["hs.host.example"],
      says: ["hs.host.example.  IN A     192.0.2.1", `${FED}.example.com.  IN SRV  10 0 8448 matrix.example.com.`],
    },
    "the zone's name twice": {
      facts: unresolvable("hs.example.com.example.com"),
      says: [/final dot/, "10 0 8448 hs.example.com."],
      not: ["IN A "],
    },
    "a typing mistake": { facts: unresolvable("hs.exmaple.com"), says: ["10 0 8448 hs.example.com."], not: ["IN A "] },
    "another target works": {
      facts: unresolvable("gone.host.example", [target("hs1.host.example", [UP], { srv: { service: FED, priority: 20, weight: 5 } })]),
      says: ["20 5 8448 hs1.host.example.", "gone.host.example.  IN A"],
      not: ["matrix.example.com."],
    },
    "nothing that could have an address": { facts: unresolvable("-hs .example"), not: ["IN A "] },
  },
  text,
);

const leftover = (all: SrvRecord[], more: Partial<SrvFacts> = {}): Facts =>
  healthy({
    srv: [records(FED, all, { role: "other", ...more })],
    hosts: [host("example.com"), host("matrix.example.com"), host("hs.example.net")],
  });
saidBy(
  unused,
  {
    none: { facts: leftover([]), none: true },
    "it says that there is none": { facts: leftover([srvRecord(".")]), none: true },
    "the same place": {
      facts: leftover([srvRecord("Matrix.example.com", { port: 443 })]),
      severity: "info",
      where: [`${FED}.example.com`],
    },
    "the same host, another port": {
      facts: leftover([srvRecord("matrix.example.com")]),
      severity: "warning",
      says: ["matrix.example.com:8448"],
    },
    "another name of the same addresses": { facts: leftover([srvRecord("hs.example.net", { port: 443 })]), severity: "info" },
    "another name, and another port": { facts: leftover([srvRecord("hs.example.net")]), severity: "warning" },
    "another service": { facts: healthy({ srv: [srv("_x._tcp", "example.com", [srvRecord("a")], { role: "other" })] }), none: true },
    "the route's own": { facts: leftover([srvRecord("a.example.net")], { role: "route" }), none: true },
  },
  text,
);

const wrong = (service: string, record: SrvRecord, more: Partial<Facts> = {}): Facts =>
  viaDefaultPort([UP], { srv: [records(FED, []), records(service, [record], { role: "other" })], ...more });
saidBy(
  wrongService,
  {
    "the identity service's": {
      facts: wrong("_matrix-identity._tcp", srvRecord("hs.example.net")),
      severity: "warning",
      where: ["_matrix-identity._tcp.example.com"],
      says: ["hs.example.net:8448", "unless an identity service uses it"],
      not: ["IN SRV"],
    },
    "a name that was never right": {
      facts: wrong("_matrix-federation._tcp", srvRecord("hs.example.net")),
      severity: "warning",
      where: ["_matrix-federation._tcp.example.com"],
      says: ["hs.example.net:8448", `${FED}.example.com.  IN SRV  10 0 8448 hs.example.net.`],
    },
    "it says that there is none": { facts: wrong("_matrix-identity._tcp", srvRecord(".")), none: true },
    "a right one": { facts: wrong(OLD, srvRecord("hs.example.net")), none: true },
    "the route is found": { facts: { ...wrong("_matrix._udp", srvRecord("hs.example.net")), route: healthy().route }, none: true },
  },
  text,
);

saidBy(
  srvLookupFailed,
  {
    answered: { facts: viaDefaultPort([UP]), none: true },
    both: {
      facts: viaDefaultPort([UP], {
        srv: [
          records(FED, [], { outcome: answer<SrvRecord>([], { rcode: "SERVFAIL" }) }),
          records(OLD, [], { outcome: answer<SrvRecord>([], { rcode: "REFUSED" }) }),
        ],
      }),
      severity: "error",
      where: [`${FED}.example.com`, `${OLD}.example.com`],
      says: ["SERVFAIL", "REFUSED", '{"m.server": "example.com:8448"}'],
    },
    "the old one, when the new one decides": {
      facts: viaSrv([UP], {
        srv: [records(FED, [srvRecord("hs1.host.example")]), records(OLD, [], { outcome: answer<SrvRecord>([], { rcode: "SERVFAIL" }) })],
      }),
      none: true,
    },
    "nothing works: an example": {
      facts: viaDefaultPort([DOWN], { srv: [records(FED, [], { outcome: failed("timeout") })] }),
      says: ['{"m.server": "matrix.example.com:443"}', "in place of"],
    },
    "not needed": { facts: healthy({ srv: [records(FED, [], { role: "other", outcome: failed("timeout") })] }), none: true },
  },
  text,
);

const two = (first: EndpointFacts[], second: EndpointFacts[], hosts = [host("a.example.net"), host("b.example.net")]): Facts =>
  viaSrv([], {
    srv: [records(FED, [srvRecord("a.example.net"), srvRecord("b.example.net", { priority: 20 })])],
    hosts: [host("example.com"), ...hosts],
    targets: [target("a.example.net", first), target("b.example.net", second, { srv: { service: FED, priority: 20, weight: 7 } })],
  });
saidBy(
  firstTargetDown,
  {
    "both work": { facts: two([UP], [UP]), none: true },
    "the first fails": {
      facts: two([DOWN], [UP]),
      severity: "error",
      where: ["185.15.58.11:8448"],
      says: [
        "a.example.net:8448 fails, b.example.net:8448 works",
        "priority 10, weight 0",
        `${FED}.example.com.  IN SRV  20 7 8448 b.example.net.`,
      ],
      not: ["10 0 8448 a.example.net."],
    },
    "both fail": { facts: two([DOWN], [DOWN]), none: true },
    "one address of the first works": { facts: two([DOWN, UP], [UP]), none: true },
    "the second fails": { facts: two([UP], [DOWN]), none: true },
  },
  text,
);
saidBy(
  backupTargetDown,
  {
    "both work": { facts: two([UP], [UP]), none: true },
    "the second can't be connected to": {
      facts: two([UP], [DOWN]),
      severity: "warning",
      where: ["185.15.58.11:8448"],
      says: ["b.example.net:8448 (priority 20)", "10 0 8448 a.example.net."],
      not: ["20 7 8448 b.example.net."],
    },
    "one address of the second can": { facts: two([UP], [DOWN, UP]), none: true },
    "both can't": { facts: two([DOWN], [DOWN]), none: true },
    "the second wasn't tried": { facts: two([UP], []), none: true },
  },
  text,
);

const SILENT = endpointWithoutTcp({ port: 8448, tcp: failed("timeout", { message: "no answer within 10 s" }) });
const CLOUD = { ...SILENT, address: "104.16.1.1" };
saidBy(
  connectTimeout,
  {
    "it connects": { facts: viaSrv([UP]), none: true },
    "no answer": {
      facts: viaSrv([SILENT]),
      severity: "error",
      where: ["185.15.58.10:8448"],
      says: ["(hs1.host.example:8448) gives no answer: no answer within 10 s", "TCP port 8448", "hs1.host.example"],
    },
    "from two addresses": {
      facts: viaSrv([SILENT, { ...SILENT, address: V6, family: 6 }]),
      where: ["185.15.58.10:8448", `[${V6}]:8448`],
      says: [`185.15.58.10:8448 and [${V6}]:8448 (hs1.host.example:8448) give no answer`],
    },
    refused: { facts: viaSrv([DOWN]), none: true },
    "one of the addresses answers": { facts: viaSrv([SILENT, UP]), none: true },
    "Cloudflare's": { facts: viaSrv([CLOUD]), none: true },
  },
  text,
);
saidBy(
  cloudflarePort,
  {
    "no answer of Cloudflare": {
      facts: viaSrv([CLOUD]),
      severity: "error",
      where: ["104.16.1.1:8448"],
      says: ["104.16.1.1:8448 (hs1.host.example:8448) belongs to Cloudflare", "Port 8448", '"hs1.host.example:443"', "DNS only"],
    },
    "from two addresses": {
      facts: viaSrv([CLOUD, { ...CLOUD, address: "104.16.1.2" }]),
      says: ["104.16.1.1:8448 and 104.16.1.2:8448 (hs1.host.example:8448) belong to Cloudflare"],
    },
    "no answer of somebody else": { facts: viaSrv([SILENT]), none: true },
  },
  text,
);

// In words

const SERVICE = { service: FED, priority: 20, weight: 5 } as const;
const B = endpoint({ port: 8448, address: "185.15.58.12" });
const silent = (address: string): EndpointFacts =>
  endpointWithoutTcp({ port: 8448, address, tcp: failed("timeout", { message: "no answer within 10 s" }) });
const lost = (address: string): EndpointFacts =>
  endpointWithoutTcp({ port: 8448, address, tcp: failed("unreachable", { message: "EHOSTUNREACH" }) });
const pair = (first: EndpointFacts[], second: EndpointFacts[], more: Partial<Facts> = {}): Facts =>
  viaSrv([], {
    srv: [records(FED, [srvRecord("a.example.net"), srvRecord("b.example.net", { priority: 20, weight: 5 })])],
    hosts: [host("example.com"), host("a.example.net"), host("b.example.net")],
    targets: [target("a.example.net", first), target("b.example.net", second, { srv: SERVICE })],
    ...more,
  });
const alias = (a: Partial<DnsAnswer<AddressRecord>>, aaaa: Partial<DnsAnswer<AddressRecord>> = {}): HostFacts =>
  host("hs1.host.example", {
    a: answer([{ address: "185.15.58.10", ttl: 60 }], a),
    aaaa: answer([{ address: V6, ttl: 60 }], aaaa),
  });
const LINK = { chain: [{ name: "hs1.host.example", target: "real.host.example", ttl: 60 }] };
const found = (homeserver: Partial<FoundHomeserver>): Clues => ({
  homeservers: {
    tried: [],
    found: [
      {
        host: "example.com",
        address: "185.15.58.10",
        port: 8448,
        targetPort: 8448,
        server: { name: "Synapse", version: "1" },
        keysName: "example.com",
        certificateGood: true,
        ...homeserver,
      },
    ],
  },
  wellKnowns: { tried: [], found: [] },
  browser: null,
  srvHost: [],
  keysName: null,
  issuers: [],
});
const noService = (clues: Clues | null): Facts =>
  viaSrv([], { srv: [records(FED, [srvRecord(".", { port: 0, priority: 0 })])], targets: [], clues });
const otherName = endpoint({ port: 8448, tls: done(tls({ dnsNames: ["hs1.host.example"] })) });
const ADDRESSES = ["185.15.58.10", V6, "185.15.58.11", "2a02:ec80:300::11"];
/** `up` of the four addresses connect. */
const some = (up: readonly string[], dead: (address: string) => EndpointFacts = (address) => endpointWithoutTcp({ address })): Facts =>
  healthy({
    targets: [
      {
        host: "matrix.example.com",
        port: 443,
        overridden: false,
        endpoints: ADDRESSES.map((address) => (up.includes(address) ? endpoint({ address }) : { ...dead(address), port: 443 })),
      },
    ],
  });

const SITUATIONS: Record<string, Facts> = {
  "two targets work": pair([UP], [B]),
  "the preferred target fails": pair([DOWN], [B]),
  "the preferred target fails by TLS": pair([endpointWithoutTls({ port: 8448 })], [B]),
  "the preferred target fails, of a third nothing is known, a fourth has no address": pair([DOWN], [B], {
    hosts: [host("example.com"), host("a.example.net"), host("b.example.net"), host("d.example.net", { a: nxdomain(), aaaa: nxdomain() })],
    targets: [
      target("a.example.net", [DOWN]),
      target("b.example.net", [B], { srv: SERVICE }),
      target("c.example.net", [], { srv: SERVICE }),
      target("d.example.net", [], { srv: SERVICE }),
    ],
  }),
  "one of two preferred targets fails": pair([DOWN], [B], {
    targets: [target("a.example.net", [DOWN]), target("b.example.net", [B])],
  }),
  "both targets fail": pair([DOWN], [silent("185.15.58.12")]),
  "the second target is silent": pair([UP], [silent("185.15.58.12"), silent("185.15.58.13")]),
  "the second target fails by TLS": pair([UP], [endpointWithoutTls({ port: 8448, address: "185.15.58.12" })]),
  "the second target wasn't tried": pair([UP], []),
  "the second target's name has no address": pair([UP], [], {
    hosts: [host("a.example.net"), host("b.example.net", { a: nxdomain(), aaaa: nxdomain() })],
  }),
  "the target is an alias": viaSrv([UP], { hosts: [host("example.com"), alias(LINK, LINK)] }),
  "the target is an alias for one family, and has no address": viaSrv([], {
    hosts: [host("hs1.host.example", { a: addresses(), aaaa: answer<AddressRecord>([], LINK) })],
  }),
  "two targets are the same alias": viaSrv([UP], {
    hosts: [host("example.com"), alias(LINK)],
    targets: [target("hs1.host.example", [UP]), target("hs1.host.example", [UP], { port: 8449 })],
  }),
  "the well-known's host is an alias": healthy({
    hosts: [host("example.com"), host("matrix.example.com", { a: answer([{ address: "185.15.58.10", ttl: 60 }], LINK) })],
  }),
  "the target is an address, and the name has it": viaSrv([UP], { targets: [target("185.15.58.10", [UP])] }),
  "the target is an address of nobody": viaSrv([UP], { targets: [target("185.15.58.11", [UP])] }),
  "the target is an IPv6 address": viaSrv([UP], { targets: [target("2620:0:862:ed1a::1", [UP])] }),
  "port 0": viaSrv([], { targets: [target("hs1.host.example", [], { port: 0 })] }),
  "port 0 of a host that the well-known names isn't SRV's": healthy({ targets: [{ ...healthy().targets[0]!, port: 0, endpoints: [] }] }),
  "no service, and nothing is found": noService(null),
  "no service, and a homeserver is where homeservers go without the record": noService(found({})),
  "no service, and a homeserver at another port": noService(found({ port: 443, targetPort: 443 })),
  "no service, and a homeserver at another host": noService(found({ host: "matrix.example.com" })),
  "no service beside a target": viaSrv([UP], { srv: [records(FED, [srvRecord("."), srvRecord("hs1.host.example")])] }),
  "only the old service": viaSrv([UP], {
    srv: [records(FED, []), records(OLD, [srvRecord("hs1.host.example")])],
    route: route({ specStep: "5", via: "srv", delegatedName: null, hostHeader: "example.com", tlsName: "example.com" }),
    targets: [target("hs1.host.example", [UP], { srv: { service: OLD, priority: 10, weight: 0 } })],
  }),
  "only the old service, of a delegated name": viaSrv([UP], {
    wellKnown: healthy().wellKnown,
    srv: [srv(FED, "matrix.example.com", []), srv(OLD, "matrix.example.com", [srvRecord("hs1.host.example")])],
    route: route({ specStep: "3.4", via: "srv", delegatedName: "matrix.example.com", hostHeader: "matrix.example.com" }),
    targets: [target("hs1.host.example", [UP], { srv: { service: OLD, priority: 10, weight: 0 } })],
  }),
  "SRV, and the certificate covers the target as well": viaSrv([
    endpoint({ port: 8448, tls: done(tls({ dnsNames: ["hs1.host.example", "example.com"] })) }),
  ]),
  "SRV of a delegated name": viaSrv([endpoint({ port: 8448, tls: done(tls({ dnsNames: ["hs1.host.example", "matrix.example.com"] })) })], {
    wellKnown: healthy().wellKnown,
    srv: [srv(FED, "matrix.example.com", [srvRecord("hs1.host.example")])],
    route: route({ specStep: "3.3", via: "srv", delegatedName: "matrix.example.com", hostHeader: "matrix.example.com" }),
  }),
  "SRV, and the base domain has no web server": viaSrv([UP], {
    wellKnown: done({
      url: "https://example.com/.well-known/matrix/server",
      host: "example.com",
      attempts: [
        attempt({
          reading: null,
          hops: attempt().hops.map((hop) => ({
            ...hop,
            response: blocked(),
            connection: { ...hop.connection!, tcp: failed("refused"), tls: blocked() },
          })),
        }),
      ],
    }),
  }),
  "SRV, and the file wasn't asked for": viaSrv([UP], { wellKnown: blocked() }),
  "SRV, and the certificate covers the target alone": viaSrv([otherName]),
  "records that differ in the port, behind a CNAME": viaSrv([UP], {
    srv: [
      records(FED, [srvRecord("hs1.host.example"), srvRecord("hs2.host.example", { priority: 20 })], {
        outcome: answer([srvRecord("hs1.host.example"), srvRecord("hs2.host.example", { priority: 20 })], {
          chain: [{ name: "_matrix-fed._tcp.example.com", target: "srv.provider.example", ttl: 60 }],
        }),
      }),
      records(OLD, [srvRecord("hs1.host.example", { port: 443 })]),
    ],
  }),
  "leftovers that lead elsewhere, and to the same place": healthy({
    srv: [
      records(FED, [srvRecord("hs.example.net"), srvRecord("matrix.example.com", { port: 443 })], { role: "other" }),
      records(OLD, [srvRecord("MATRIX.example.com", { port: 443 })], { role: "other" }),
    ],
  }),
  "a leftover that leads to one of two addresses": healthy({
    srv: [records(FED, [srvRecord("hs.example.net", { port: 443 })], { role: "other" })],
    hosts: [
      host("example.com"),
      host("matrix.example.com"),
      host("hs.example.net", { a: addresses("185.15.58.10", "192.0.2.9"), aaaa: addresses() }),
    ],
  }),
  "wrong services": viaDefaultPort([endpointWithoutTcp({ port: 8448 })], {
    srv: [
      records(FED, []),
      records(OLD, []),
      records("_matrix-identity._tcp", [srvRecord("hs.example.net")], { role: "other" }),
      records("_matrix._udp", [srvRecord(".")], { role: "other" }),
    ],
  }),

  "all addresses connect": some(ADDRESSES),
  "IPv6 is down": some(["185.15.58.10", "185.15.58.11"]),
  "IPv4 is down": some([V6, "2a02:ec80:300::11"]),
  "one of two IPv4 addresses is down": some(["185.15.58.10", V6, "2a02:ec80:300::11"]),
  "one of each family is down": some(["185.15.58.10", V6]),
  "IPv6 is down, and one IPv4 address": some(["185.15.58.10"], silent),
  "all addresses refuse": some([]),
  "all addresses are silent": some([], silent),
  "no way there": some([], lost),
  "every family fails in another way": healthy({
    targets: [
      {
        host: "matrix.example.com",
        port: 443,
        overridden: false,
        endpoints: [endpointWithoutTcp(), { ...silent(V6), port: 443 }, { ...lost("185.15.58.12"), port: 443 }],
      },
    ],
  }),
  "connections are closed": some([], (address) => endpointWithoutTcp({ address, tcp: failed("closed") })),
  "two slow connections": healthy({
    targets: [
      {
        host: "matrix.example.com",
        port: 443,
        overridden: false,
        endpoints: [
          endpoint({ tcp: done({ localAddress: "" }, 3001) }),
          endpoint({ address: V6, tcp: done({ localAddress: "" }, 4000) }),
          endpoint({ address: "185.15.58.11", tcp: done({ localAddress: "" }, 3000) }),
        ],
      },
    ],
  }),
  "Cloudflare's port, told by its own 443": {
    ...viaDefaultPort([silent("192.0.2.44")]),
    clues: {
      ...found({}),
      homeservers: { tried: [], found: [] },
      fronts: [{ address: "192.0.2.44", response: done(http(404, "", { headers: { server: "cloudflare", "cf-ray": "x" } })) }],
    },
  },
  "Cloudflare's port that is forwarded": viaDefaultPort([{ ...silent("104.16.1.1"), port: 8443 }], {
    targets: [{ host: "example.com", port: 8443, overridden: false, endpoints: [{ ...silent("104.16.1.1"), port: 8443 }] }],
  }),
};
for (const [title, facts] of Object.entries(SITUATIONS)) text(`in words: ${title}`, () => saidOf(facts, ["well-known/cache"]));
