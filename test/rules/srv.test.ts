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
import type { EndpointFacts, Facts, SrvFacts, SrvRecord, TargetFacts } from "../../src/facts/facts.ts";
import {
  answer,
  endpoint,
  endpointWithoutTcp,
  failed,
  healthy,
  host,
  nxdomain,
  route,
  srv,
  srvRecord,
  V6,
  viaDefaultPort,
  viaSrv,
} from "./facts-builder.ts";
import { saidBy } from "./said.ts";
import { texts } from "./texts.ts";

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
      says: ["srv.provider.example", "The SRV record stands", `${FED}.example.com.  IN SRV  10 0 8448 hs1.host.example.`],
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
    "no host in it": { facts: malformed("https://", 8448), says: ["bare host name"], not: ["IN SRV"] },
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
    "an old name": {
      facts: wrong("_matrix-identity._tcp", srvRecord("hs.example.net")),
      severity: "warning",
      where: ["_matrix-identity._tcp.example.com"],
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
