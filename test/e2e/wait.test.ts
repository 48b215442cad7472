/** `--wait` on real servers: two NSD with one zone, an Unbound in between, everything kept for 300 seconds. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { createChecker } from "../../src/check.ts";
import { startNetwork } from "../lab/network.ts";
import { startDnsServers, zoneText } from "./dns-servers.ts";

const HOSTS = ["@ IN A 127.0.0.1", "hs IN A 127.0.0.1"];
/** Records for 300 s, and that there is none for 300 s. */
const zone = (serial: number, records: readonly string[]): string => zoneText(serial, records).replace(" 604800 120\n", " 604800 300\n");
const OLD = zone(2026060101, HOSTS);

for (const [title, verdict, added] of [
  ["an SRV record", "pass", ["_matrix-fed._tcp IN SRV 10 5 8448 hs"]],
  [
    "an SRV record, its target an alias in a zone below",
    "warn",
    ["_matrix-fed._tcp IN SRV 10 5 8448 www", "www IN CNAME hs.sub", "sub IN NS ns3", "ns3 IN A 127.0.0.1"],
  ],
] as const) {
  test(`${title}: two seconds after the second nameserver has it, it passes`, async () => {
    const net = await startNetwork();
    const servers = startDnsServers();
    try {
      await net.web("example.org");
      for (const host of ["hs.example.org", "www.example.org"]) {
        await net.homeserver("example.org", { host, tls: await net.issuer.issue({ names: ["example.org"] }) });
      }
      await net.closed("example.org", 8448);
      const first = await servers.nameserver("ns1.example.org", OLD);
      const second = await servers.nameserver("ns2.example.org", OLD);
      const below = await servers.nameserver(
        "ns3.example.org",
        `$ORIGIN sub.example.org.\n$TTL 300\n@ IN SOA ns3.example.org. hostmaster 1 3600 600 604800 300\n@ IN NS ns3.example.org.\nhs IN A 127.0.0.1\n`,
        "sub.example.org",
      );
      const { port } = await servers.resolver([first, second], [below]);
      const options = net.options({ dnsServers: [`127.0.0.1:${port}`], timeoutMs: 5000, hostsFile: null });
      const checker = await createChecker({
        ...options,
        connectTo: [...(options.connectTo ?? []), ...[first, second, below].map(({ name, port: at }) => `${name}:53::${at}`)],
      });
      const NEW = zone(2026060102, [...HOSTS, ...added]);
      let served = NaN;
      const said: string[] = [];
      const acts = [
        () => first.load(NEW),
        async () => {
          await second.load(NEW);
          served = performance.now();
        },
      ];
      try {
        const report = await checker.wait("example.org", {
          waitMs: 60_000,
          onWaiting(text) {
            said.push(text);
            void acts.shift()?.();
          },
        });
        const ms = performance.now() - served;
        assert.equal(report?.verdict, verdict, said.join("\n"));
        assert.equal(report.route?.via, "srv");
        assert.ok(ms < 2000, `${Math.round(ms)} ms`);
        assert.match(
          said[1] ?? "",
          /^waiting for ns2\.example\.org to serve .* \(ns2\.example\.org has serial 2026060101, no such name; ns1\.example\.org has serial 2026060102, /,
        );
      } finally {
        checker.close();
      }
    } finally {
      await servers.close();
      await net.close();
    }
  });
}
