/** How much is asked of the servers of one name: counted at the servers. */
import assert from "node:assert/strict";
import type { Homeserver } from "../lab/homeserver.ts";
import { delegation, run, type Scenario } from "./scenario.ts";

const addresses = (count: number): string[] => Array.from({ length: count }, (_, index) => `127.0.0.${index + 1}`);
const asked = (servers: readonly Homeserver[]): number => servers.reduce((sum, { requests }) => sum + requests.length, 0);

function many(count: number, title: string, finds: string[], most: { addresses: number; requests: number }, status?: number): Scenario {
  let servers: Homeserver[] = [];
  return {
    title,
    async network(net) {
      await delegation(net, "matrix.example.org:443");
      servers = await net.homeserver("example.org", {
        host: "matrix.example.org",
        port: 443,
        addresses: addresses(count),
        ...(status === undefined ? {} : { version: { status, body: "" }, keys: { status, body: "" } }),
      });
    },
    finds,
    verdict: status === undefined ? "pass" : "fail",
    and() {
      assert.equal(servers.filter(({ requests }) => requests.length > 0).length, most.addresses);
      assert.ok(asked(servers) <= most.requests, `${asked(servers)} requests`);
    },
  };
}

let largest: Homeserver[] = [];

run([
  many(1, "a healthy server: four requests", [], { addresses: 1, requests: 4 }),
  many(16, "sixteen addresses: all of them, with 64 requests", [], { addresses: 16, requests: 64 }),
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
      assert.equal(largest.filter(({ requests }) => requests.length > 0).length, 32);
      assert.match(report.findings.find(({ code }) => code === "address/untested")?.detail ?? "", /^2 of the 16 addresses of hs0/);
    },
  },
]);
