/** dns/* that come from asking the nameservers themselves, several resolvers, or this machine's hosts file; each with its look-alike. */
import assert from "node:assert/strict";
import { ROOM_MS } from "../lab/room.ts";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { check, type CheckOptions } from "../../src/check.ts";
import type { Report } from "../../src/facts/output.ts";
import { startDnsServer, type LabDnsServer, type LabZone } from "../lab/dns-server.ts";
import { startNetwork, type Network } from "../lab/network.ts";
import { assertHarmless } from "../lab/shown.ts";
import { declared, delegation, findingsOf, healthy, run } from "./scenario.ts";

const soa = (serial: number): { SOA: string[] } => ({ SOA: [`ns1.example.org hostmaster.example.org ${serial} 3600 600 604800 300`] });
const NEW = { "example.org": soa(7) };
const OLD = { "example.org": soa(6) };
const ELSEWHERE = ["203.0.113.9"];

/** A healthy server whose zone has these nameservers. */
const zone = (servers: Record<string, LabZone | null>) => async (net: Network) => {
  await healthy(net);
  await net.nameservers("example.org", servers);
};

async function viaSrv(net: Network, srv: string[] = ["10 5 8448 hs.example.org"]): Promise<void> {
  await net.web("example.org");
  await net.homeserver("example.org", { host: "hs.example.org", tls: await net.issuer.issue({ names: ["example.org"] }) });
  net.publish("_matrix-fed._tcp.example.org", { SRV: srv });
}
const VIA_SRV = ["well-known/not-found info", "srv/not-recommended info"];

let nameserver: LabDnsServer | undefined;

const details = (report: Report, code: string): string => report.findings.find((finding) => finding.code === code)?.detail ?? "";

run([
  {
    title: "two nameservers that say the same",
    network: zone({ "ns1.example.org": NEW, "ns2.example.org": NEW }),
    finds: [],
    verdict: "pass",
    and(report) {
      const { authoritative } = report.facts;
      assert.ok(authoritative?.status === "done");
      const [only, ...others] = authoritative.value.zones;
      assert.deepEqual([only?.apex, others.length, only?.changing], ["example.org", 0, []]);
      assert.deepEqual(
        only?.nameservers.map(({ name, soa: { status } }) => `${name} ${status}`),
        ["ns1.example.org done", "ns2.example.org done"],
      );
      for (const { soa: said, answers } of only?.nameservers ?? []) {
        assert.deepEqual(said.status === "done" && said.value, { rcode: "NOERROR", authoritative: true, serial: 7 });
        assert.deepEqual(
          answers
            .map(
              ({ name, type, outcome }) =>
                `${name} ${type} ${outcome.status === "done" ? outcome.value.records.join(" ") : outcome.status}`,
            )
            .toSorted(),
          ["example.org A 127.0.0.1", "example.org AAAA ", "matrix.example.org A 127.0.0.1", "matrix.example.org AAAA "],
        );
      }
    },
  },
  {
    title: "nameservers-disagree: one still has the old address of the target",
    network: zone({ "ns1.example.org": NEW, "ns2.example.org": { ...OLD, "matrix.example.org": { A: ELSEWHERE } } }),
    finds: ["dns/nameservers-disagree error"],
    verdict: "fail",
    and(report) {
      const detail = details(report, "dns/nameservers-disagree");
      assert.match(
        detail,
        /matrix\.example\.org A: 127\.0\.0\.1 from ns1\.example\.org \(127\.0\.0\.1:\d+\), serial 7; 203\.0\.113\.9 from ns2\.example\.org \(.*\), serial 6/,
      );
      assert.match(detail, /serials differ/);
      assert.deepEqual(report.findings[0]?.where, ["matrix.example.org"]);
      assertHarmless(report);
    },
  },
  {
    title: "nameservers-disagree: one doesn't know the name yet, with the same serial and a short TTL",
    network: zone({
      "ns1.example.org": { ...NEW, "matrix.example.org": { A: { records: ["127.0.0.1"], ttl: 60 } } },
      "ns2.example.org": { ...NEW, "matrix.example.org": "NXDOMAIN" },
    }),
    finds: ["dns/nameservers-disagree error"],
    verdict: "fail",
    and: (report) => assert.match(details(report, "dns/nameservers-disagree"), /no such name from ns2.*the serial was not raised/s),
  },
  {
    title: "nameservers-disagree: SRV",
    async network(net) {
      await viaSrv(net);
      await net.nameservers("example.org", {
        "ns1.example.org": NEW,
        "ns2.example.org": { ...OLD, "_matrix-fed._tcp.example.org": { SRV: ["10 5 8448 old.example.org"] } },
      });
    },
    finds: ["dns/nameservers-disagree error", ...VIA_SRV],
    verdict: "fail",
  },
  {
    title: "nameservers-disagree: where an alias leads, in another zone",
    async network(net) {
      await healthy(net);
      net.publish("web.example.net", { A: ["127.0.0.1"] });
      net.dns.zone["example.org"] = { CNAME: ["web.example.net"] };
      await net.nameservers("example.net", {
        "ns1.example.net": { "example.net": soa(7) },
        "ns2.example.net": { "example.net": soa(6), "web.example.net": { A: ELSEWHERE } },
      });
    },
    finds: ["dns/nameservers-disagree error"],
    verdict: "fail",
    and: (report) => assert.deepEqual(report.findings[0]?.where, ["web.example.net"]),
  },
  {
    title: "not disagreeing: the same records in another order, with another TTL, and in other case",
    async network(net) {
      await viaSrv(net, ["10 5 8448 hs.example.org", "20 5 8448 hs.example.org"]);
      const other = { SRV: { records: ["20 5 8448 HS.example.org", "10 5 8448 hs.example.org"], ttl: 1200 } };
      await net.nameservers("example.org", {
        "ns1.example.org": NEW,
        "ns2.example.org": { ...NEW, "_matrix-fed._tcp.example.org": other },
      });
    },
    finds: VIA_SRV,
    verdict: "pass",
  },
  {
    title: "not disagreeing: addresses that change with every question",
    network(net) {
      let turn = 0;
      const turning = { A: () => ({ records: [`127.0.0.${1 + (turn++ % 3)}`], ttl: 3600 }) };
      return zone({
        "ns1.example.org": { ...OLD, "matrix.example.org": turning },
        "ns2.example.org": { ...NEW, "matrix.example.org": turning },
      })(net);
    },
    finds: [],
    verdict: "pass",
    and: ({ facts }) =>
      assert.deepEqual(facts.authoritative?.status === "done" && facts.authoritative.value.zones[0]?.changing, ["matrix.example.org A"]),
  },
  {
    title: "not disagreeing: addresses with a short TTL from servers with the same version of the zone",
    network: zone({
      "ns1.example.org": { ...NEW, "matrix.example.org": { A: { records: ["127.0.0.1"], ttl: 60 } } },
      "ns2.example.org": { ...NEW, "matrix.example.org": { A: { records: ELSEWHERE, ttl: 60 } } },
    }),
    finds: [],
    verdict: "pass",
  },
  {
    title: "not disagreeing: a name that the route doesn't depend on",
    network: zone({
      "ns1.example.org": NEW,
      "ns2.example.org": {
        ...OLD,
        "_matrix-fed._tcp.example.org": { SRV: ["10 5 8448 old.example.org"] },
        "www.example.org": { A: ELSEWHERE },
      },
    }),
    finds: [],
    verdict: "pass",
  },
  {
    title: "nameserver-down: one is silent",
    network: zone({ "ns1.example.org": NEW, "ns2.example.org": null }),
    finds: ["dns/nameserver-down warning"],
    verdict: "warn",
    and: (report) =>
      assert.match(
        details(report, "dns/nameserver-down"),
        /ns2\.example\.org \(127\.0\.0\.1:\d+\) doesn't answer; ns1\.example\.org answers\./,
      ),
  },
  {
    title: "nameserver-down: one refuses, one isn't authoritative, one has no address",
    async network(net) {
      net.publish("ns4.example.org", { A: [] });
      await zone({
        "ns1.example.org": NEW,
        "ns2.example.org": { "example.org": "REFUSED", "matrix.example.org": "REFUSED" },
        "ns3.example.org": {
          "example.org": {
            ...notAuthoritative("SOA", NEW["example.org"].SOA),
            ...notAuthoritative("A", ["127.0.0.1"]),
            ...notAuthoritative("AAAA", []),
          },
          "matrix.example.org": { ...notAuthoritative("A", ELSEWHERE), ...notAuthoritative("AAAA", []) },
        },
        "ns4.example.org": NEW,
      })(net);
    },
    finds: ["dns/nameserver-down warning"],
    verdict: "warn",
    and(report) {
      assert.match(
        details(report, "dns/nameserver-down"),
        /ns2\.example\.org \(.*\) answers REFUSED, ns3\.example\.org \(.*\) is not authoritative \(no AA bit\) and ns4\.example\.org has no address; ns1/,
      );
      assert.deepEqual(report.findings[0]?.where, ["ns2.example.org", "ns3.example.org", "ns4.example.org"]);
    },
  },
  {
    title: "not down: no nameserver answers, so this network lets no DNS out",
    network: zone({ "ns1.example.org": null, "ns2.example.org": null }),
    finds: [],
    verdict: "pass",
    and(report) {
      assert.deepEqual(report.facts.authoritative, { status: "untested", because: "no-route" });
      assert.ok(report.durationMs < ROOM_MS, `${report.durationMs} ms`);
    },
  },
  {
    title: "not down: something on the way answers in the place of all nameservers",
    network: zone({ "ns1.example.org": recursive(), "ns2.example.org": recursive() }),
    finds: [],
    verdict: "pass",
  },
  {
    title: "not down: the first packet to a nameserver gets lost",
    network(net) {
      let first = true;
      const flaky = () => (first ? ((first = false), "drop" as const) : { records: NEW["example.org"].SOA });
      return zone({ "ns1.example.org": NEW, "ns2.example.org": { "example.org": { SOA: flaky } } })(net);
    },
    finds: [],
    verdict: "pass",
  },
  {
    title: "a resolver that knows no nameservers: nothing is known, and nothing takes longer",
    network: healthy,
    finds: [],
    verdict: "pass",
    and: (report) => assert.deepEqual(report.facts.authoritative, { status: "untested", because: "resolver" }),
  },
  {
    title: "authoritative: false asks no nameserver",
    options: { authoritative: false },
    network: zone({ "ns1.example.org": NEW, "ns2.example.org": { ...OLD, "matrix.example.org": { A: ELSEWHERE } } }),
    finds: [],
    verdict: "pass",
    and(report, net) {
      assert.equal(report.facts.authoritative?.status, "skipped");
      assert.ok(!net.dns.queries.some(({ type }) => type === "NS"));
    },
  },
  {
    title: "a host that --connect-to replaces is not asked for",
    async network(net) {
      await delegation(net, "matrix.example.org:443");
      net.publish("matrix.example.org", { A: ELSEWHERE });
      await net.homeserver("example.org", { host: "matrix.example.org", port: 443, overridden: true });
      await net.nameservers("example.org", { "ns1.example.org": NEW, "ns2.example.org": { ...OLD, "matrix.example.org": { A: [] } } });
    },
    finds: [],
    verdict: "pass",
  },
  {
    title: "names that a zone file answers are asked of no nameserver",
    options: {
      zones: [
        {
          file: "example.org.zone",
          text: "$ORIGIN example.org.\n$TTL 300\n@ IN SOA ns1 hostmaster 1 3600 600 604800 300\n@ IN NS ns1\nns1 IN A 127.0.0.1\n@ IN A 127.0.0.1\nmatrix IN A 127.0.0.1\n",
        },
      ],
    },
    async network(net) {
      await healthy(net);
      [nameserver] = await net.nameservers("example.org", { "ns1.example.org": { ...OLD, "matrix.example.org": { A: ELSEWHERE } } });
    },
    finds: [],
    verdict: "pass",
    and: () => assert.deepEqual(nameserver?.queries, []),
  },
  {
    title: "srv/lookup-failed: the resolver answers SERVFAIL, and the zone's nameservers have the record",
    async network(net) {
      await net.web("example.org");
      await net.homeserver("example.org");
      net.publish("_matrix-fed._tcp.example.org", { SRV: "SERVFAIL" });
      await net.nameservers("example.org", {
        "ns1.example.org": { ...NEW, "_matrix-fed._tcp.example.org": { SRV: ["20 5 8448 b.example.org", "10 5 9448 a.example.org"] } },
      });
    },
    finds: ["srv/lookup-failed error", "well-known/not-found info"],
    verdict: "fail",
    and(report) {
      const [finding] = report.findings;
      assert.match(finding?.detail ?? "", /nameservers answer this question: 10 5 9448 a\.example\.org and 20 5 8448 b\.example\.org\./);
      assert.doesNotMatch(finding?.detail ?? "", /nobody knows/);
      assert.match(finding?.fix[0] ?? "", /^Use another resolver.*\n.*--dns-server 9\.9\.9\.9 example\.org\n/);
      assert.match(finding?.fix[1] ?? "", /must then cover a\.example\.org\..*\n\{"m\.server": "a\.example\.org:9448"\}/s);
      assertHarmless(report);
    },
  },
  {
    title: "srv/lookup-failed: one of the nameservers doesn't answer either, so they are to be repaired",
    async network(net) {
      await net.web("example.org");
      await net.homeserver("example.org");
      net.publish("_matrix-fed._tcp.example.org", { SRV: "SERVFAIL" });
      await net.nameservers("example.org", {
        "ns1.example.org": { ...NEW, "_matrix-fed._tcp.example.org": { SRV: ["10 5 9448 a.example.org"] } },
        "ns2.example.org": { ...NEW, "_matrix-fed._tcp.example.org": "SERVFAIL" },
      });
    },
    finds: ["srv/lookup-failed error", "well-known/not-found info"],
    verdict: "fail",
    and: (report) => assert.match(report.findings[0]?.fix[0] ?? "", /^Repair the nameservers/),
  },
  {
    title: "address/lookup-failed: the resolver answers SERVFAIL, and the zone's nameservers have the address",
    async network(net) {
      await healthy(net);
      net.dns.zone["matrix.example.org"] = "SERVFAIL";
      await net.nameservers("example.org", { "ns1.example.org": { ...NEW, "matrix.example.org": { A: ["127.0.0.1"] } } });
    },
    finds: ["address/lookup-failed error"],
    verdict: "fail",
    and(report) {
      const [finding] = report.findings;
      assert.match(
        finding?.detail ?? "",
        /nameservers answer: 127\.0\.0\.1 for A; no record for AAAA\..*nobody behind such a resolver can connect/,
      );
      assert.match(finding?.fix[0] ?? "", /^Use another resolver/);
    },
  },
  {
    title: "resolver-stale: the resolver has kept an address",
    async network(net) {
      await healthy(net);
      await net.nameservers("example.org", { "ns1.example.org": { ...NEW, "matrix.example.org": { A: ELSEWHERE } } });
      net.publish("matrix.example.org", { A: { records: ["127.0.0.1"], ttl: 240 } });
    },
    finds: ["dns/resolver-stale info"],
    verdict: "pass",
    and: untilAfter(240),
  },
  {
    title: "resolver-stale: the resolver has kept that there is no SRV record",
    async network(net) {
      await net.web("example.org");
      await net.homeserver("example.org");
      net.publish("_matrix-fed._tcp.example.org", { SRV: { soa: { ttl: 300, minimum: 120 } } });
      await net.nameservers("example.org", {
        "ns1.example.org": { ...NEW, "_matrix-fed._tcp.example.org": { SRV: { records: ["10 5 8448 hs.example.org"], ttl: 60 } } },
      });
    },
    finds: ["dns/resolver-stale info", "well-known/not-found info"],
    verdict: "pass",
    and: untilAfter(120),
  },
  {
    title: "not stale: addresses with a short TTL are made for whoever asks",
    async network(net) {
      await healthy(net);
      await net.nameservers("example.org", { "ns1.example.org": { ...NEW, "matrix.example.org": { A: { records: ELSEWHERE, ttl: 60 } } } });
    },
    finds: [],
    verdict: "pass",
  },
  {
    title: "long-ttl: by the nameserver, where the resolver shows less",
    network: zone({ "ns1.example.org": { ...NEW, "matrix.example.org": { A: { records: ["127.0.0.1"], ttl: 172_800 } } } }),
    finds: ["dns/long-ttl info"],
    verdict: "pass",
    and: (report) => assert.match(details(report, "dns/long-ttl"), /matrix\.example\.org A has a TTL of 172800 s \(2 days\)/),
  },
  {
    title: "long-ttl: by the resolver alone",
    async network(net) {
      await healthy(net);
      net.publish("matrix.example.org", { A: { records: ["127.0.0.1"], ttl: 90_000 } });
    },
    finds: ["dns/long-ttl info"],
    verdict: "pass",
  },
  {
    title: "not long: a day",
    network: zone({ "ns1.example.org": { ...NEW, "matrix.example.org": { A: { records: ["127.0.0.1"], ttl: 86_400 } } } }),
    finds: [],
    verdict: "pass",
  },
  {
    title: "wildcard: *._tcp",
    async network(net) {
      await viaSrv(net);
      net.dns.zone["*._tcp.example.org"] = { SRV: ["10 5 8448 hs.example.org"] };
      delete net.dns.zone["_matrix-fed._tcp.example.org"];
      await net.nameservers("example.org", { "ns1.example.org": NEW });
    },
    // The old service is answered from the wildcard too.
    finds: ["dns/wildcard warning", ...VIA_SRV],
    verdict: "warn",
    and: (report) =>
      assert.match(report.findings[0]?.fix[0] ?? "", /_matrix-fed\._tcp\.example\.org\.  IN SRV 10 5 8448 hs\.example\.org\./),
  },
  {
    title: "no wildcard: a wildcard with other records beside the record",
    async network(net) {
      await viaSrv(net);
      net.dns.zone["*._tcp.example.org"] = { SRV: ["10 5 5061 sip.example.org"] };
      net.publish("_matrix._tcp.example.org", { SRV: ["10 5 8448 hs.example.org"] });
      await net.nameservers("example.org", { "ns1.example.org": NEW });
    },
    finds: VIA_SRV,
    verdict: "pass",
  },
  {
    title: "no wildcard: a wildcard for addresses",
    async network(net) {
      await viaSrv(net);
      net.dns.zone["*.example.org"] = { A: ["127.0.0.1"] };
      await net.nameservers("example.org", { "ns1.example.org": NEW });
    },
    finds: VIA_SRV,
    verdict: "pass",
  },
]);

function notAuthoritative(type: "A" | "AAAA" | "SOA", records: string[]) {
  return { [type]: { records, authoritative: false } };
}

function recursive(): LabZone {
  const as = (records: string[]) => ({
    ...notAuthoritative("SOA", NEW["example.org"].SOA),
    ...notAuthoritative("A", records),
    ...notAuthoritative("AAAA", []),
  });
  return { "example.org": as(["127.0.0.1"]), "matrix.example.org": as(ELSEWHERE) };
}

function untilAfter(seconds: number): (report: Report) => void {
  return (report) => {
    const until = new Date(Date.parse(report.startedAt) + seconds * 1000).toISOString().slice(0, 19).replace("T", " ");
    assert.ok(
      details(report, "dns/resolver-stale").includes(`until ${until} UTC (another ${seconds} s)`),
      details(report, "dns/resolver-stale"),
    );
  };
}

const directory = mkdtempSync(join(tmpdir(), "mdc-hosts-"));
after(() => rmSync(directory, { recursive: true, force: true }));

for (const [title, text, finds] of [
  ["hosts-file: another address", "# moved\n127.0.0.1 localhost\n203.0.113.9\tother MATRIX.example.org # old\n", ["dns/hosts-file info"]],
  ["hosts-file: one more address than DNS has", "127.0.0.1 matrix.example.org\n::2 matrix.example.org\n", ["dns/hosts-file info"]],
  ["hosts-file: the address that DNS gives too is no finding", "127.0.0.1 matrix.example.org example.org\n", []],
  [
    "hosts-file: other names, comments and nonsense are no finding",
    "203.0.113.9 matrix.example.org.other\n#203.0.113.9 matrix.example.org\nmatrix.example.org 203.0.113.9\n999.1.1.1 example.org\n",
    [],
  ],
] as const) {
  declared.push({ finds });
  test(title, async () => {
    const file = join(directory, String(Math.random()));
    writeFileSync(file, text);
    await withNetwork(async (net) => {
      await healthy(net);
      const report = await check("example.org", net.options({ hostsFile: file }));
      assert.deepEqual(findingsOf(report), finds);
      if (finds.length > 0) assert.ok(details(report, "dns/hosts-file").startsWith(`${file} says that matrix.example.org is `));
    });
  });
}

test("hosts-file: none there", () =>
  withNetwork(async (net) => {
    await healthy(net);
    assert.deepEqual(findingsOf(await check("example.org", net.options({ hostsFile: join(directory, "none") }))), []);
  }));

const A_NEW = { A: ["127.0.0.1"] };
for (const [title, different, finds] of [
  ["resolvers-disagree: one has an old address", { "matrix.example.org": { A: ELSEWHERE } }, ["dns/resolvers-disagree warning"]],
  ["resolvers-disagree: one doesn't know the name", { "matrix.example.org": "NXDOMAIN" }, ["dns/resolvers-disagree warning"]],
  ["resolvers-disagree: SERVFAIL of one", { "matrix.example.org": { A: "SERVFAIL", AAAA: [] } }, ["dns/resolvers-disagree warning"]],
  [
    "resolvers-disagree: only one of them validates, and everything is bogus",
    {
      "*.org": { any: { records: [], bogus: { code: 7, text: "" } } },
      "matrix.example.org": { any: { records: [], bogus: { code: 7, text: "" } } },
      "example.org": { any: { records: [], bogus: { code: 7, text: "" } } },
    },
    ["dns/resolvers-disagree warning"],
  ],
  ["resolvers that agree", { "matrix.example.org": A_NEW }, []],
  ["resolvers that agree: with what is left of the TTL", { "matrix.example.org": { A: { records: ["127.0.0.1"], ttl: 17 } } }, []],
  [
    "resolvers: one that fails for everything isn't compared",
    { "matrix.example.org": "SERVFAIL", "example.org": "SERVFAIL", "*.org": "SERVFAIL" },
    [],
  ],
  [
    "resolvers: one that refuses everything isn't compared",
    { "matrix.example.org": "REFUSED", "example.org": "REFUSED", "*.org": "REFUSED" },
    [],
  ],
  ["resolvers: other names may differ", { "www.example.org": { A: ELSEWHERE } }, []],
] as readonly (readonly [string, LabZone, string[]])[]) {
  declared.push({ finds });
  test(title, () =>
    withNetwork(async (net) => {
      await healthy(net);
      const second = await startDnsServer({ ...net.dns.zone, ...different });
      try {
        const report = await check("example.org", withSecond(net.options(), second.port));
        assert.deepEqual(findingsOf(report), finds, JSON.stringify(report.findings, null, 1));
        assert.deepEqual(
          report.facts.resolvers?.map(({ resolver }) => resolver),
          [`127.0.0.1:${net.dns.port}`, `127.0.0.1:${second.port}`],
        );
        assertHarmless(report);
      } finally {
        await second.close();
      }
    }),
  );
}

test("resolvers: addresses that are balanced may differ", () =>
  withNetwork(async (net) => {
    await healthy(net);
    net.publish("matrix.example.org", { A: { records: ["127.0.0.1"], ttl: 30 } });
    const second = await startDnsServer({ ...net.dns.zone, "matrix.example.org": { A: { records: ELSEWHERE, ttl: 30 } } });
    try {
      assert.deepEqual(findingsOf(await check("example.org", withSecond(net.options(), second.port))), []);
    } finally {
      await second.close();
    }
  }));

test("one resolver is compared with nothing", () =>
  withNetwork(async (net) => {
    await healthy(net);
    assert.equal((await check("example.org", net.options())).facts.resolvers, undefined);
  }));

function withSecond(options: CheckOptions, port: number): CheckOptions {
  return { ...options, dnsServers: [...(options.dnsServers ?? []), `127.0.0.1:${port}`] };
}

async function withNetwork(use: (net: Network) => Promise<void>): Promise<void> {
  const net = await startNetwork();
  try {
    await use(net);
  } finally {
    await net.close();
  }
}
