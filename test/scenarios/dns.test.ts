/** dns/*: the resolver's own trouble, which is never the server's, and DNSSEC. */
import assert from "node:assert/strict";
import { ROOM_MS } from "../lab/room.ts";
import { test } from "node:test";
import { exitCodeOf } from "../../src/commands/exit-code.ts";
import { check } from "../../src/check.ts";
import type { Finding, Report } from "../../src/facts/output.ts";
import { startDnsServer, type LabEntry } from "../lab/dns-server.ts";
import { startNetwork, type Network } from "../lab/network.ts";
import { redirect } from "../lab/web-server.ts";
import { assertHarmless } from "../lab/shown.ts";
import { delegation, findingsOf, healthy, run, type Scenario } from "./scenario.ts";

const QUICK = { timeoutMs: 1000 };

function isInconclusive(report: Report): void {
  assert.equal(report.route, null);
  assert.equal(exitCodeOf(report, "error"), 3);
  assert.equal(exitCodeOf(report, "warning"), 3);
  assert.ok(report.steps.every(({ status }) => status !== "fail" && status !== "warn"));
  assert.ok(report.durationMs < 1000 + ROOM_MS, `${report.durationMs} ms`);
}

/** Every question gets this, whatever it is. */
const everything = (entry: LabEntry): Scenario => ({
  title: `resolver-unreachable: ${JSON.stringify(entry)} to everything`,
  options: QUICK,
  network: async (net) => net.dns.setZone({ "*.org": entry }),
  finds: ["dns/resolver-unreachable info"],
  verdict: "inconclusive",
  and: isInconclusive,
});

run([
  everything("drop"),
  everything("REFUSED"),
  everything({ any: { garbage: true } }),
  everything({ any: { wrongId: "only" } }),
  everything({ any: { wrongQuestion: "only" } }),
  everything({ any: { notResponse: "only" } }),
  everything({ any: { rcode: "NOTIMP" } }),
  everything({ any: { rcode: "FORMERR" } }),
  everything({ any: { raw: () => Buffer.alloc(0) } }),
  {
    title: "resolver-unreachable: nothing listens there",
    options: { ...QUICK, dnsServers: ["127.0.0.1:1"] },
    network: healthy,
    finds: ["dns/resolver-unreachable info"],
    verdict: "inconclusive",
    and: isInconclusive,
  },
  {
    title: "SERVFAIL to everything is the zone's",
    network: async (net) => net.dns.setZone({ "*.org": "SERVFAIL" }),
    finds: ["srv/lookup-failed error", "address/lookup-failed error < srv/lookup-failed"],
    verdict: "fail",
  },
  {
    title: "REFUSED for everything of one zone, while others answer, isn't the resolver's",
    async network(net) {
      await delegation(net, "matrix.example.net:443");
      for (const type of ["A", "AAAA"] as const) net.publish("matrix.example.net", { [type]: "REFUSED" });
    },
    finds: ["address/lookup-failed error"],
    verdict: "fail",
  },
  {
    title: "an IP literal needs no resolver",
    serverName: "127.0.0.1",
    options: { dnsServers: ["127.0.0.1:1"] },
    network: async (net) => net.homeserver("127.0.0.1", { tls: await net.issuer.issue({ names: ["127.0.0.1"] }), unpublished: true }),
    finds: [],
    verdict: "pass",
  },
  {
    title: "--connect-to with addresses for both hosts needs no resolver either",
    options: { ...QUICK, dnsServers: ["127.0.0.1:1"] },
    async network(net) {
      await net.web("example.org", {
        overridden: true,
        routes: { "/.well-known/matrix/server": { body: { "m.server": "matrix.example.org:443" } } },
      });
      await net.homeserver("example.org", { host: "matrix.example.org", port: 443, overridden: true });
    },
    finds: [],
    verdict: "pass",
  },
  {
    title: "--connect-to for the base domain only: where its delegation leads isn't known without a resolver",
    options: { ...QUICK, dnsServers: ["127.0.0.1:1"] },
    async network(net) {
      await net.web("example.org", {
        overridden: true,
        routes: { "/.well-known/matrix/server": { body: { "m.server": "matrix.example.org:443" } } },
      });
    },
    finds: ["dns/resolver-unreachable info"],
    verdict: "inconclusive",
    and: isInconclusive,
  },
  {
    title: "--connect-to for 443 and 8448: SRV records might lead elsewhere, so without a resolver nothing is known",
    options: { ...QUICK, dnsServers: ["127.0.0.1:1"] },
    async network(net) {
      await net.web("example.org", { overridden: true });
      await net.homeserver("example.org", { overridden: true });
    },
    finds: ["dns/resolver-unreachable info", "well-known/not-found info"],
    verdict: "inconclusive",
    and: isInconclusive,
  },
]);

/** The first resolver is of no use, the second one is right. */
for (const [title, zone] of [
  ["refuses connections", null],
  ["is silent", { "*.org": "drop" }],
  ["refuses everything", { "*.org": "REFUSED" }],
  ["fails for everything", { "*.org": "SERVFAIL" }],
  ["talks nonsense", { "*.org": { any: { garbage: true } } }],
] as const) {
  test(`the first --dns-server ${title}, the second one answers`, async () => {
    const net = await startNetwork();
    const first = zone === null ? null : await startDnsServer(zone);
    try {
      await healthy(net);
      const options = net.options({ timeoutMs: 2000 });
      const report = await check("example.org", {
        ...options,
        dnsServers: [`127.0.0.1:${first?.port ?? 1}`, ...(options.dnsServers ?? [])],
      });
      assert.deepEqual(findingsOf(report), []);
      assert.equal(report.verdict, "pass");
    } finally {
      await Promise.all([net.close(), first?.close()]);
    }
  });
}

const EDE = { code: 7, text: "signature expired\u001b[31m \u202eat ns1" };
const bogus = { records: ["127.0.0.1"], bogus: EDE };
const bogusNone = { records: [], bogus: EDE };

async function redirectedToBogus(net: Network): Promise<void> {
  await net.web("example.org", { fallback: redirect("https://www.example.net/.well-known/matrix/server") });
  net.dns.zone["www.example.net"] = { A: bogus, AAAA: bogusNone };
}

async function target(net: Network, entry: LabEntry): Promise<void> {
  await healthy(net);
  net.dns.zone["matrix.example.org"] = entry;
}

run([
  {
    title: "dnssec-bogus: the addresses of the target",
    network: (net) => target(net, { A: bogus, AAAA: bogusNone }),
    finds: ["dns/dnssec-bogus error", "address/lookup-failed error < dns/dnssec-bogus"],
    verdict: "fail",
    and(report) {
      assert.match(report.findings[0]?.detail ?? "", /7 \(Signature Expired\) "signature expired/);
      assertHarmless(report);
    },
  },
  {
    title: "dnssec-bogus: that there is no AAAA record",
    network: (net) => target(net, { A: ["127.0.0.1"], AAAA: bogusNone }),
    finds: ["dns/dnssec-bogus error", "address/lookup-failed warning < dns/dnssec-bogus"],
    verdict: "fail",
    and: (report) => assert.match(report.findings[0]?.detail ?? "", /still reached a homeserver by the other answers\.$/),
  },
  {
    title: "dnssec-bogus: the SRV record",
    async network(net) {
      await net.web("example.org");
      net.publish("_matrix-fed._tcp.example.org", { SRV: { records: ["10 0 8448 hs.example.net"], bogus: EDE } });
      await net.homeserver("example.org");
    },
    finds: ["dns/dnssec-bogus error", "well-known/not-found info", "srv/lookup-failed error < dns/dnssec-bogus"],
    verdict: "fail",
  },
  {
    title: "dnssec-bogus: the whole zone",
    async network(net) {
      const all = { any: bogusNone, A: bogus };
      net.dns.setZone({ "example.org": all, "_matrix-fed._tcp.example.org": all, "_matrix._tcp.example.org": all });
    },
    finds: ["dns/dnssec-bogus error", "srv/lookup-failed error < dns/dnssec-bogus", "address/lookup-failed error < dns/dnssec-bogus"],
    verdict: "fail",
  },
  {
    title: "dnssec-bogus: the host that the well-known is redirected to, and nothing on port 8448",
    async network(net) {
      await redirectedToBogus(net);
      await net.closed("example.org", 8448);
    },
    finds: ["dns/dnssec-bogus error", "address/lookup-failed error < dns/dnssec-bogus", "connect/refused error < dns/dnssec-bogus"],
    verdict: "fail",
    and(report) {
      const [{ detail, fix, where }] = report.findings as [Finding];
      assert.match(detail, /Homeservers behind a validating resolver can't fetch .* They act as if there were no file, .* doesn't work\.$/);
      assert.match(fix.at(-1) ?? "", /^Serve the file on example\.org without a redirect to www\.example\.net/);
      assert.deepEqual(where, ["www.example.net", "https://www.example.net/.well-known/matrix/server"]);
      assertHarmless(report);
    },
  },
  {
    title: "dnssec-bogus: the host that the well-known is redirected to, beside a homeserver on port 8448",
    async network(net) {
      await redirectedToBogus(net);
      await net.homeserver("example.org");
    },
    finds: ["dns/dnssec-bogus error", "address/lookup-failed warning < dns/dnssec-bogus"],
    verdict: "fail",
  },
  {
    title: "not bogus: SERVFAIL with and without validation",
    network: (net) => target(net, "SERVFAIL"),
    finds: ["address/lookup-failed error"],
    verdict: "fail",
  },
  {
    title: "not bogus: SERVFAIL, and no answer to the question without validation",
    options: QUICK,
    network: (net) => target(net, { any: (query) => (query.cd ? "drop" : "SERVFAIL") }),
    finds: ["address/lookup-failed error"],
    verdict: "fail",
  },
  {
    title: "not bogus: an unsigned zone with an Extended DNS Error",
    network: (net) => target(net, { A: { records: ["127.0.0.1"], ede: [{ code: 10, text: "RRSIGs missing" }] } }),
    finds: [],
    verdict: "pass",
  },
  {
    title: "bogus, but not needed: SRV records and a host beside a well-known with a port",
    async network(net) {
      await healthy(net);
      net.publish("_matrix-fed._tcp.example.org", { SRV: { records: ["10 0 443 matrix.example.org"], bogus: EDE } });
    },
    finds: [],
    verdict: "pass",
  },
]);
