/** Real nameservers (NSD) and a real validating resolver (Unbound) under the check. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { check } from "../../src/check.ts";
import type { Report } from "../../src/facts/output.ts";
import { startNetwork } from "../lab/network.ts";
import { findingsOf } from "../scenarios/scenario.ts";
import { type DnsServers, type Nameserver, startDnsServers, zoneText } from "./dns-servers.ts";

const HOSTS = ["@ IN A 127.0.0.1", "matrix IN A 127.0.0.1"];
const GOOD = zoneText(2026060102, HOSTS);
const OLD = zoneText(2026060101, ["@ IN A 127.0.0.1", "matrix IN A 203.0.113.9"]);
const DAY_MS = 86_400_000;

interface Stage {
  servers: DnsServers;
  /** Checks example.org with that resolver, and those nameservers where the NS records lead. */
  check(port: number, nameservers: readonly Nameserver[]): Promise<Report>;
}

function onStage(title: string, act: (stage: Stage) => Promise<void>): void {
  test(title, async () => {
    const net = await startNetwork();
    const servers = startDnsServers();
    try {
      await net.web("example.org", { routes: { "/.well-known/matrix/server": { body: { "m.server": "matrix.example.org:443" } } } });
      await net.homeserver("example.org", { host: "matrix.example.org", port: 443 });
      await act({
        servers,
        check(port, nameservers) {
          const options = net.options({ timeoutMs: 5000, dnsServers: [`127.0.0.1:${port}`] });
          return check("example.org", {
            ...options,
            connectTo: [...(options.connectTo ?? []), ...nameservers.map(({ name, port: at }) => `${name}:53::${at}`)],
          });
        },
      });
    } finally {
      await servers.close();
      await net.close();
    }
  });
}

const A = (report: Report): (string | boolean)[] =>
  report.facts.hosts.flatMap(({ host, a }) =>
    host === "matrix.example.org" && a.status === "done" ? [a.value.rcode, a.value.authenticated] : [],
  );

onStage("two nameservers with the same zone, signed: nothing to say, and the answers are authentic", async ({ servers, check: run }) => {
  const signed = servers.sign(GOOD, new Date(Date.now() + 20 * DAY_MS));
  const both = [await servers.nameserver("ns1.example.org", signed), await servers.nameserver("ns2.example.org", signed)];
  const { port } = await servers.resolver(both);
  const report = await run(port, both);
  assert.deepEqual(findingsOf(report), []);
  assert.deepEqual(A(report), ["NOERROR", true]);
  const { authoritative } = report.facts;
  assert.ok(authoritative?.status === "done");
  assert.deepEqual(
    authoritative.value.zones.flatMap(({ apex, nameservers }) =>
      nameservers.map(({ name, soa }) => `${apex} ${name} ${soa.status === "done" ? (soa.value.serial ?? "") : soa.status}`),
    ),
    ["example.org ns1.example.org 2026060102", "example.org ns2.example.org 2026060102"],
  );
});

onStage(
  "the second nameserver has an older version: they disagree, with their serials; once it has the new one it is well",
  async ({ servers, check: run }) => {
    const first = await servers.nameserver("ns1.example.org", GOOD);
    const second = await servers.nameserver("ns2.example.org", OLD);
    const { port } = await servers.resolver([first]);
    const report = await run(port, [first, second]);
    assert.deepEqual(findingsOf(report), ["dns/nameservers-disagree error"]);
    assert.match(
      report.findings[0]?.detail ?? "",
      /127\.0\.0\.1 from ns1\.example\.org \(.*\), serial 2026060102; 203\.0\.113\.9 from ns2\.example\.org \(.*\), serial 2026060101/,
    );
    await second.load(GOOD);
    assert.deepEqual(findingsOf(await run(port, [first, second])), []);
  },
);

onStage("the second nameserver doesn't serve the zone", async ({ servers, check: run }) => {
  const first = await servers.nameserver("ns1.example.org", GOOD);
  const second = await servers.nameserver("ns2.example.org", null);
  const { port } = await servers.resolver([first]);
  const report = await run(port, [first, second]);
  assert.deepEqual(findingsOf(report), ["dns/nameserver-down warning"]);
  assert.match(report.findings[0]?.detail ?? "", /ns2\.example\.org \(.*\) answers REFUSED/);
});

onStage("the resolver has kept the old address", async ({ servers, check: run }) => {
  const first = await servers.nameserver("ns1.example.org", zoneText(2026060101, [...HOSTS, "wait IN A 127.0.0.1"]));
  const second = await servers.nameserver("ns2.example.org", zoneText(2026060101, HOSTS));
  const { port } = await servers.resolver([first, second]);
  assert.deepEqual(findingsOf(await run(port, [first, second])), []);
  for (const each of [first, second]) await each.load(zoneText(2026060102, ["@ IN A 127.0.0.1", "matrix IN A 203.0.113.9"]));
  const report = await run(port, [first, second]);
  assert.deepEqual(findingsOf(report), ["dns/resolver-stale info"]);
  assert.match(
    report.findings[0]?.detail ?? "",
    /127\.0\.0\.1\. All nameservers of its zone say: 203\.0\.113\.9\. The resolver keeps its answer until .* \(another (29\d|300) s\)/,
  );
});

onStage("the signatures have expired: bogus, with the resolver's reason", async ({ servers, check: run }) => {
  const signed = servers.sign(GOOD, new Date(Date.now() - 2 * DAY_MS));
  const both = [await servers.nameserver("ns1.example.org", signed), await servers.nameserver("ns2.example.org", signed)];
  const { port } = await servers.resolver(both);
  const report = await run(port, both);
  assert.equal(report.findings[0]?.code, "dns/dnssec-bogus");
  assert.match(report.findings[0]?.detail ?? "", /Extended DNS Error: .*(Signature Expired|DNSKEY Missing|DNSSEC Bogus)/);
  assert.equal(report.verdict, "fail");
});
