/** How much is asked of the servers of one name: counted at the servers. */
import assert from "node:assert/strict";
import type { CheckOptions } from "../../src/check.ts";
import { PUBLIC_SERVICE } from "../../src/facts/policy.ts";
import type { Homeserver } from "../lab/homeserver.ts";
import { run, type Scenario } from "./scenario.ts";

const addresses = (count: number): string[] => Array.from({ length: count }, (_, index) => `127.0.0.${index + 1}`);
const asked = (servers: readonly Homeserver[]): number => servers.reduce((sum, { requests }) => sum + requests.length, 0);

const connections = (servers: readonly Homeserver[]): number => servers.reduce((sum, { accepted }) => sum + accepted, 0);

interface Most {
  addresses: number;
  requests: number;
  connections: number;
}

function many(
  count: number,
  title: string,
  finds: string[],
  most: Most,
  { status, headers = {}, options = {} }: { status?: number; headers?: Record<string, string>; options?: CheckOptions } = {},
): Scenario {
  let servers: Homeserver[] = [];
  return {
    title,
    options,
    async network(net) {
      // Under a policy only --connect-to leads to the lab.
      const overridden = options.policy !== undefined;
      await net.web("example.org", {
        overridden,
        routes: { "/.well-known/matrix/server": { body: { "m.server": "matrix.example.org:443" } } },
      });
      servers = await net.homeserver("example.org", {
        host: "matrix.example.org",
        port: 443,
        addresses: addresses(count),
        overridden,
        ...(status === undefined ? {} : { hosts: [], otherHost: { status, headers, body: "" } }),
      });
    },
    finds,
    verdict: status === undefined ? "pass" : "fail",
    and() {
      assert.equal(servers.filter(({ requests }) => requests.length > 0).length, most.addresses);
      assert.ok(asked(servers) <= most.requests, `${asked(servers)} requests`);
      assert.ok(connections(servers) <= most.connections, `${connections(servers)} connections`);
      if (headers["retry-after"] !== undefined || status === 429)
        for (const { address, requests } of servers) {
          const all = requests.map(({ method, url, host, headers: sent }) => `${method} ${url} ${host} ${String(sent["user-agent"])}`);
          assert.deepEqual(all.toSorted(), [...new Set(all)].toSorted(), `${address} is asked the same twice`);
        }
    },
  };
}

let largest: Homeserver[] = [];

run([
  many(1, "a healthy server: four requests", [], { addresses: 1, requests: 4, connections: 5 }),
  many(16, "sixteen addresses: all of them, with 64 requests", [], { addresses: 16, requests: 64, connections: 80 }),
  many(
    48,
    "48 addresses under a policy: sixteen of them",
    [],
    { addresses: 16, requests: 64, connections: 80 },
    { options: { policy: PUBLIC_SERVICE, allowPrivate: false } },
  ),
  many(
    1,
    "a dead server: no more requests than a few beside those of a healthy one",
    ["federation/upstream-down error"],
    { addresses: 1, requests: 12, connections: 16 },
    { status: 503 },
  ),
  many(1, "429: nothing is asked twice", ["federation/forbidden error"], { addresses: 1, requests: 5, connections: 8 }, { status: 429 }),
  many(
    1,
    "503 with Retry-After: nothing is asked twice",
    ["federation/upstream-down error"],
    { addresses: 1, requests: 5, connections: 8 },
    { status: 503, headers: { "retry-after": "120" } },
  ),
  {
    title: "sixteen SRV targets of sixteen addresses: two of each, 64 requests, and what is left out is said",
    async network(net) {
      const hosts = Array.from({ length: 16 }, (_, index) => `hs${index}.example.net`);
      net.publish("_matrix-fed._tcp.example.org", { SRV: hosts.map((host, index) => `${index} 0 8448 ${host}`) });
      await net.web("example.org");
      const tls = await net.issuer.issue({ names: ["example.org"] });
      largest = (await Promise.all(hosts.map((host) => net.homeserver("example.org", { host, tls, addresses: addresses(16) })))).flat();
    },
    finds: ["well-known/not-found info", "srv/not-recommended info", "address/untested info"],
    verdict: "pass",
    and(report) {
      assert.equal(asked(largest), 64);
      assert.ok(connections(largest) <= 64, `${connections(largest)} connections`);
      assert.equal(largest.filter(({ requests }) => requests.length > 0).length, 32);
      assert.match(report.findings.find(({ code }) => code === "address/untested")?.detail ?? "", /^2 of the 16 addresses of hs0/);
    },
  },
]);
