/** The steps of "Resolving server names", as seen in the report and at the servers: Host, SNI, certificate name, endpoints. */
import assert from "node:assert/strict";
import type { Report } from "../../src/facts/output.ts";
import type { Homeserver } from "../lab/homeserver.ts";
import { delegation, run } from "./scenario.ts";

let homeserver: Homeserver;

/**
 * What the homeserver saw: every request with the Host and SNI that the specification demands, save the one that carries the port on
 * purpose.
 */
function sees(host: string, sni: string | null): void {
  const asked = homeserver.requests.filter(({ url }) => url.startsWith("/_matrix/key/") || url.startsWith("/_matrix/federation/v1/event/"));
  assert.equal(asked.length, 2);
  for (const request of homeserver.requests) assert.equal(request.sni, sni);
  for (const request of asked) assert.equal(request.host, host);
  assert.ok(homeserver.requests.some((request) => request.url === "/_matrix/federation/v1/version" && request.host === host));
}

function goes(
  report: Report,
  expected: Pick<NonNullable<Report["route"]>, "specStep" | "via" | "delegatedName" | "hostHeader" | "tlsName">,
  targets: string[],
): void {
  assert.ok(report.route !== null);
  const { targets: found, ...route } = report.route;
  assert.deepEqual(route, expected);
  assert.deepEqual(
    found.map(({ host, port }) => `${host}:${port}`),
    targets,
  );
  assert.deepEqual(
    found.flatMap(({ endpoints }) => endpoints.map(({ status }) => status)),
    targets.map(() => "ok"),
  );
  sees(expected.hostHeader, /^[\d.]+$|:/.test(expected.tlsName) ? null : expected.tlsName);
}

const step = (report: Report, id: string): string => {
  const found = report.steps.find((each) => each.id === id);
  return `${found?.status ?? ""}: ${found?.detail ?? ""}`;
};

run([
  {
    title: "step 1: an IP literal, port 8448, certificate for the address, no SNI, nothing looked up",
    serverName: "127.0.0.1",
    async network(net) {
      [homeserver] = (await net.homeserver("127.0.0.1", { tls: await net.issuer.issue({ names: ["127.0.0.1"] }), unpublished: true })) as [
        Homeserver,
      ];
    },
    finds: [],
    verdict: "pass",
    and(report, net) {
      goes(report, { specStep: "1", via: "ip-literal", delegatedName: null, hostHeader: "127.0.0.1", tlsName: "127.0.0.1" }, [
        "127.0.0.1:8448",
      ]);
      assert.equal(net.dns.queries.length, 0);
      assert.equal(step(report, "well-known"), "skip: not needed: the server name is an IP literal");
      assert.equal(step(report, "srv"), "skip: not needed: the server name is an IP literal");
    },
  },
  {
    title: "step 1: a bracketed IPv6 literal with a port",
    serverName: "[::1]:9448",
    async network(net) {
      [homeserver] = (await net.homeserver("[::1]:9448", {
        host: "::1",
        port: 9448,
        addresses: ["::1"],
        tls: await net.issuer.issue({ names: ["::1"] }),
        unpublished: true,
      })) as [Homeserver];
      const options = net.options();
      options.connectTo?.splice(0, 1, `[::1]:9448::${homeserver.port}`);
    },
    finds: ["address/ipv6-only warning", "name/explicit-port info"],
    verdict: "warn",
    and: (report) =>
      goes(report, { specStep: "1", via: "ip-literal", delegatedName: null, hostHeader: "[::1]:9448", tlsName: "::1" }, ["::1:9448"]),
  },
  {
    title: "step 2: a name with a port: no well-known, no SRV",
    serverName: "example.org:8449",
    async network(net) {
      [homeserver] = (await net.homeserver("example.org:8449", { host: "example.org", port: 8449 })) as [Homeserver];
    },
    finds: ["name/explicit-port info"],
    verdict: "pass",
    and(report, net) {
      goes(report, { specStep: "2", via: "explicit-port", delegatedName: null, hostHeader: "example.org:8449", tlsName: "example.org" }, [
        "example.org:8449",
      ]);
      assert.deepEqual([...new Set(net.dns.queries.map(({ name, type }) => `${name} ${type}`))].toSorted(), [
        "example.org A",
        "example.org AAAA",
        "example.org NS",
      ]);
    },
  },
  {
    title: "step 3.1: m.server is an IP literal",
    async network(net) {
      await delegation(net, "127.0.0.1:8450");
      [homeserver] = (await net.homeserver("example.org", {
        host: "127.0.0.1",
        port: 8450,
        tls: await net.issuer.issue({ names: ["127.0.0.1"] }),
        unpublished: true,
      })) as [Homeserver];
    },
    finds: [],
    verdict: "pass",
    and(report, net) {
      goes(
        report,
        { specStep: "3.1", via: "well-known", delegatedName: "127.0.0.1:8450", hostHeader: "127.0.0.1:8450", tlsName: "127.0.0.1" },
        ["127.0.0.1:8450"],
      );
      assert.ok(!net.dns.queries.some(({ name }) => name.includes("127.0.0.1")));
    },
  },
  {
    title: "step 3.2: m.server has a port: no SRV lookup of the delegated name",
    async network(net) {
      await delegation(net, "Matrix.example.org:443");
      [homeserver] = (await net.homeserver("example.org", { host: "matrix.example.org", port: 443 })) as [Homeserver];
    },
    finds: [],
    verdict: "pass",
    and(report, net) {
      assert.equal(report.route?.specStep, "3.2");
      sees("Matrix.example.org:443", "Matrix.example.org");
      assert.ok(!net.dns.queries.some(({ name }) => name.endsWith("._tcp.matrix.example.org")));
      assert.equal(step(report, "srv"), "skip: not needed: m.server has a port");
    },
  },
  {
    title: "step 3.3: SRV of the delegated name; the certificate is for the delegated name, not for the SRV target",
    async network(net) {
      await delegation(net, "matrix.example.org");
      net.publish("_matrix-fed._tcp.matrix.example.org", { SRV: ["10 5 8451 hs1.example.net"] });
      [homeserver] = (await net.homeserver("example.org", {
        host: "hs1.example.net",
        port: 8451,
        tls: await net.issuer.issue({ names: ["matrix.example.org"] }),
      })) as [Homeserver];
    },
    finds: ["srv/not-recommended info"],
    verdict: "pass",
    and(report) {
      goes(
        report,
        {
          specStep: "3.3",
          via: "srv",
          delegatedName: "matrix.example.org",
          hostHeader: "matrix.example.org",
          tlsName: "matrix.example.org",
        },
        ["hs1.example.net:8451"],
      );
      assert.deepEqual(report.route?.targets[0]?.srv, { service: "_matrix-fed._tcp", priority: 10, weight: 5 });
    },
  },
  {
    title: "step 3.4: only the deprecated SRV service of the delegated name",
    async network(net) {
      await delegation(net, "matrix.example.org");
      net.publish("_matrix._tcp.matrix.example.org", { SRV: ["10 5 8451 hs1.example.net"] });
      [homeserver] = (await net.homeserver("example.org", {
        host: "hs1.example.net",
        port: 8451,
        tls: await net.issuer.issue({ names: ["matrix.example.org"] }),
      })) as [Homeserver];
    },
    finds: ["srv/deprecated-service warning", "srv/not-recommended info"],
    verdict: "warn",
    and: (report) =>
      goes(
        report,
        {
          specStep: "3.4",
          via: "srv",
          delegatedName: "matrix.example.org",
          hostHeader: "matrix.example.org",
          tlsName: "matrix.example.org",
        },
        ["hs1.example.net:8451"],
      ),
  },
  {
    title: "step 3.5: neither port nor SRV: port 8448 of the delegated name",
    async network(net) {
      await delegation(net, "matrix.example.org");
      [homeserver] = (await net.homeserver("example.org", { host: "matrix.example.org" })) as [Homeserver];
    },
    finds: [],
    verdict: "pass",
    and: (report) =>
      goes(
        report,
        {
          specStep: "3.5",
          via: "default-port",
          delegatedName: "matrix.example.org",
          hostHeader: "matrix.example.org",
          tlsName: "matrix.example.org",
        },
        ["matrix.example.org:8448"],
      ),
  },
  {
    title: "step 4: no well-known, SRV of the server name",
    async network(net) {
      await net.web("example.org");
      net.publish("_matrix-fed._tcp.example.org", { SRV: ["10 5 8451 hs1.example.net"] });
      [homeserver] = (await net.homeserver("example.org", {
        host: "hs1.example.net",
        port: 8451,
        tls: await net.issuer.issue({ names: ["example.org"] }),
      })) as [Homeserver];
    },
    finds: ["well-known/not-found info", "srv/not-recommended info"],
    verdict: "pass",
    and: (report) =>
      goes(report, { specStep: "4", via: "srv", delegatedName: null, hostHeader: "example.org", tlsName: "example.org" }, [
        "hs1.example.net:8451",
      ]),
  },
  {
    title: "step 5: only the deprecated SRV service of the server name",
    async network(net) {
      await net.web("example.org");
      net.publish("_matrix._tcp.example.org", { SRV: ["10 5 8451 hs1.example.net"] });
      [homeserver] = (await net.homeserver("example.org", {
        host: "hs1.example.net",
        port: 8451,
        tls: await net.issuer.issue({ names: ["example.org"] }),
      })) as [Homeserver];
    },
    finds: ["srv/deprecated-service warning", "well-known/not-found info", "srv/not-recommended info"],
    verdict: "warn",
    and: (report) =>
      goes(report, { specStep: "5", via: "srv", delegatedName: null, hostHeader: "example.org", tlsName: "example.org" }, [
        "hs1.example.net:8451",
      ]),
  },
  {
    title: "step 6: nothing but port 8448 of the server name",
    async network(net) {
      await net.web("example.org");
      [homeserver] = (await net.homeserver("example.org")) as [Homeserver];
    },
    finds: ["well-known/not-found info"],
    verdict: "pass",
    and: (report) =>
      goes(report, { specStep: "6", via: "default-port", delegatedName: null, hostHeader: "example.org", tlsName: "example.org" }, [
        "example.org:8448",
      ]),
  },
  {
    title:
      "the well-known is asked with the server name as Host and SNI, redirects are followed to other hosts, and delegation is one level",
    async network(net) {
      await net.web("example.org", {
        routes: { "/.well-known/matrix/server": { status: 301, headers: { location: "https://www.example.net/m" } } },
      });
      await net.web("www.example.net", { routes: { "/m": { body: { "m.server": "matrix.example.org:443" } } } });
      [homeserver] = (await net.homeserver("example.org", {
        host: "matrix.example.org",
        port: 443,
        delegatesTo: "elsewhere.example.org:1",
      })) as [Homeserver];
    },
    finds: ["well-known/redirected info"],
    verdict: "pass",
    and(report) {
      assert.equal(report.route?.delegatedName, "matrix.example.org:443");
      assert.ok(!homeserver.requests.some(({ url }) => url.startsWith("/.well-known")));
    },
  },
  {
    title: "SRV targets in the order of priority and weight, every one probed; the SRV answer comes through a CNAME",
    async network(net) {
      await net.web("example.org");
      net.publish("_matrix-fed._tcp.example.org", { CNAME: ["srv.example.net"] });
      net.publish("srv.example.net", { SRV: ["20 0 8453 c.example.net", "10 1 8452 b.example.net", "10 9 8451 a.example.net"] });
      const tls = await net.issuer.issue({ names: ["example.org"] });
      const [first] = await net.homeserver("example.org", { host: "a.example.net", port: 8451, tls });
      homeserver = first as Homeserver;
      await net.homeserver("example.org", { host: "b.example.net", port: 8452, tls, signer: homeserver.signer });
      await net.homeserver("example.org", { host: "c.example.net", port: 8453, tls, signer: homeserver.signer });
      await net.closed("example.org", 8448);
    },
    finds: ["srv/behind-cname warning", "well-known/not-found info", "srv/not-recommended info"],
    verdict: "warn",
    and: (report) =>
      goes(report, { specStep: "4", via: "srv", delegatedName: null, hostHeader: "example.org", tlsName: "example.org" }, [
        "a.example.net:8451",
        "b.example.net:8452",
        "c.example.net:8453",
      ]),
  },
]);
