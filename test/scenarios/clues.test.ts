/** Clues: what a few more requests tell about a fault, and that a healthy server gets none of them. */
import assert from "node:assert/strict";
import type { Homeserver } from "../lab/homeserver.ts";
import type { WebServer } from "../lab/web-server.ts";
import { delegation, healthy, run } from "./scenario.ts";

const PATH = "/.well-known/matrix/server";
let servers: (WebServer | Homeserver)[];

run([
  {
    title: "a healthy server costs no clue: only the requests of the check itself",
    async network(net) {
      servers = [
        ...(await net.web("example.org", { routes: { [PATH]: { body: { "m.server": "matrix.example.org:443" } } } })),
        ...(await net.homeserver("example.org", { host: "matrix.example.org", port: 443 })),
      ];
    },
    finds: [],
    verdict: "pass",
    and(report, net) {
      assert.equal(report.facts.clues, null);
      assert.deepEqual(servers.flatMap(({ requests }) => requests.map(({ url }) => url)).toSorted(), [PATH, "/_matrix/federation/v1/event/%24a%2Fb", "/_matrix/federation/v1/version", "/_matrix/key/v2/server"]);
      assert.ok(!net.dns.queries.some(({ name }) => name.startsWith("synapse.")));
    },
  },
  {
    title: "well-known/port-missing: m.server without a port, the homeserver is on 443",
    async network(net) {
      await delegation(net, "matrix.example.org");
      await net.homeserver("example.org", { host: "matrix.example.org", port: 443 });
      await net.closed("matrix.example.org", 8448);
    },
    finds: ["well-known/port-missing error", "connect/refused error < well-known/port-missing"],
    verdict: "fail",
    and: (report) => assert.ok(report.findings[0]?.fix[0]?.endsWith('{"m.server": "matrix.example.org:443"}')),
  },
  {
    title: "no port-missing when 443 is another homeserver's",
    async network(net) {
      await delegation(net, "matrix.example.org");
      await net.homeserver("example.net", { host: "matrix.example.org", port: 443 });
      await net.closed("matrix.example.org", 8448);
    },
    finds: ["connect/refused error"],
    verdict: "fail",
  },
  {
    title: "well-known/on-target-only: the file is on matrix.<name>",
    async network(net) {
      await net.web("example.org");
      await net.closed("example.org", 8448);
      await net.homeserver("example.org", { host: "matrix.example.org", port: 443, delegatesTo: "matrix.example.org:443" });
    },
    finds: ["well-known/on-target-only error", "connect/refused error < well-known/on-target-only"],
    verdict: "fail",
    and: (report) => assert.match(report.findings[0]?.fix[0] ?? "", /\{"m\.server": "matrix\.example\.org:443"\}/),
  },
  {
    title: "well-known/not-found: the homeserver was found on matrix.<name>:443, and the fix names it",
    async network(net) {
      await net.web("example.org");
      await net.closed("example.org", 8448);
      await net.homeserver("example.org", { host: "matrix.example.org", port: 443 });
    },
    finds: ["well-known/not-found error", "connect/refused error < well-known/not-found"],
    verdict: "fail",
    and: (report) => assert.match(report.findings[0]?.fix[0] ?? "", /\{"m\.server": "matrix\.example\.org:443"\}/),
  },
  {
    title: "well-known/synapse-not-serving: the proxy says 404, and Synapse answers /_matrix on the same host and port",
    async network(net) {
      await net.homeserver("example.org", { port: 443 });
      await net.closed("example.org", 8448);
    },
    finds: ["well-known/synapse-not-serving error", "connect/refused error < well-known/synapse-not-serving"],
    verdict: "fail",
  },
  {
    title: "well-known/user-agent-blocked: refused for homeservers, given to browsers",
    async network(net) {
      await net.web("example.org", { routes: { [PATH]: (request, response) => {
        const browser = request.headers["user-agent"]?.startsWith("Mozilla/") === true;
        response.statusCode = browser ? 200 : 403;
        response.end(browser ? '{"m.server":"matrix.example.org:443"}' : "forbidden");
      } } });
      await net.closed("example.org", 8448);
    },
    finds: ["well-known/user-agent-blocked error", "connect/refused error < well-known/user-agent-blocked"],
    verdict: "fail",
  },
  {
    title: "this tool's own User-Agent is refused, a homeserver's isn't: nothing is wrong",
    async network(net) {
      await net.web("example.org", { routes: { [PATH]: (request, response) => {
        const known = request.headers["user-agent"]?.startsWith("Synapse/") === true;
        response.statusCode = known ? 200 : 403;
        response.setHeader("content-type", "application/json");
        response.end(known ? '{"m.server":"matrix.example.org:443"}' : "forbidden");
      } } });
      await net.homeserver("example.org", { host: "matrix.example.org", port: 443 });
    },
    finds: [],
    verdict: "pass",
    and: (report) => assert.equal(report.facts.wellKnown.status === "done" && report.facts.wellKnown.value.attempts[0]?.hops[0]?.askedAsHomeserver, true),
  },
  {
    title: "federation/not-routed: with Host = the SRV target the homeserver answers, so the virtual host lacks the name",
    async network(net) {
      await net.web("example.org");
      net.publish("_matrix-fed._tcp.example.org", { SRV: ["10 5 8448 hs1.example.net"] });
      await net.homeserver("example.org", { host: "hs1.example.net", tls: await net.issuer.issue({ names: ["example.org", "hs1.example.net"] }), hosts: ["hs1.example.net"] });
    },
    finds: ["federation/not-routed error", "srv/not-recommended info", "well-known/not-found error < federation/not-routed"],
    verdict: "fail",
    and: (report) => assert.match(report.findings[0]?.detail ?? "", /the virtual host lacks the name example\.org/),
  },
  {
    title: "keys/other-server-name: that name leads to the same endpoint",
    serverName: "matrix.example.org",
    async network(net) {
      await delegation(net, "matrix.example.org:443");
      await net.homeserver("example.org", { host: "matrix.example.org", port: 443, delegatesTo: "matrix.example.org:443" });
    },
    finds: ["keys/other-server-name error"],
    verdict: "fail",
    and: (report) => assert.equal(report.facts.clues?.keysName?.leadsHere, true),
  },
  {
    title: "keys/server-name-mismatch: a related name, but it leads elsewhere",
    serverName: "new.example.org",
    async network(net) {
      await delegation(net, "matrix.example.org:443");
      net.publish("new.example.org", { A: [] });
      await net.homeserver("example.org", { host: "new.example.org" });
      await net.homeserver("example.org", { host: "other.example.org", port: 443 });
      net.dns.zone["example.org"] = { A: [] };
    },
    finds: ["keys/server-name-mismatch error", "well-known/unreachable error < keys/server-name-mismatch"],
    verdict: "fail",
  },
  { title: "healthy", network: healthy, finds: [], verdict: "pass" },
]);
