/** Clues: what a few more requests tell about a fault, and that a healthy server gets none of them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { check } from "../../src/check.ts";
import type { Homeserver } from "../lab/homeserver.ts";
import { selfSigned, type Issued } from "../lab/certificates.ts";
import { startNetwork, type Network } from "../lab/network.ts";
import type { WebServer } from "../lab/web-server.ts";
import { delegation, healthy, run, type Scenario } from "./scenario.ts";

const PATH = "/.well-known/matrix/server";
/** net/http's. */
const GO_BAD_REQUEST = "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n400 Bad Request";
const HAPROXY_BAD_REQUEST =
  "HTTP/1.1 400 Bad request\r\ncontent-length: 90\r\ncache-control: no-cache\r\ncontent-type: text/html\r\nconnection: close\r\n\r\n<html><body><h1>400 Bad request</h1>\nYour browser sent an invalid request.\n</body></html>\n";
/** Requests that Node refuses to read: the one by which proxies are told apart. */
let refused: string[];
let servers: (WebServer | Homeserver)[];

/** Who gets the well-known depends on the User-Agent. */
function userAgents(): Scenario[] {
  /** [what is refused, how, what is found, who isn't known to reach the server by it] */
  const rows: [title: string, refused: RegExp, how: Answer, finds: string[], away: Record<string, string>][] = [
    ["this tool's own name is refused, no homeserver's: nothing is wrong", /delegation-check/, 403, [], {}],
    ["this tool's own name is refused by closing: nothing is wrong", /delegation-check/, "close", [], {}],
    [
      "well-known/user-agent-blocked: Go's default client",
      /^Go-http-client/,
      403,
      ["well-known/user-agent-blocked warning"],
      { Dendrite: "no", "mautrix-go": "no", "matrix-media-repo": "no", "Rocket.Chat": "unknown" },
    ],
    [
      "well-known/user-agent-blocked: who sends none, by closing",
      /^$/,
      "close",
      ["well-known/user-agent-blocked warning"],
      { Conduit: "no", "Rocket.Chat": "unknown" },
    ],
    [
      "well-known/user-agent-blocked: Rust homeservers, by a login page",
      /^(conduwuit|Tuwunel|continuwuity)/,
      302,
      ["well-known/user-agent-blocked warning"],
      { conduwuit: "no", tuwunel: "no", continuwuity: "no", "Rocket.Chat": "unknown" },
    ],
    [
      "well-known/user-agent-blocked: everybody but Synapse, by a challenge",
      /^(?!Synapse)/,
      200,
      ["well-known/user-agent-blocked warning"],
      {
        Dendrite: "no",
        Conduit: "no",
        conduwuit: "no",
        tuwunel: "no",
        continuwuity: "no",
        "mautrix-go": "no",
        "matrix-media-repo": "no",
        "Rocket.Chat": "unknown",
      },
    ],
    [
      "well-known/user-agent-blocked: Synapse",
      /^Synapse/,
      404,
      ["well-known/user-agent-blocked error", "connect/refused error < well-known/user-agent-blocked"],
      { Synapse: "no", "Rocket.Chat": "unknown" },
    ],
  ];
  type Answer = number | "close";
  return rows.map(([title, refused, how, finds, away]) => ({
    title,
    async network(net) {
      await net.web("example.org", {
        routes: {
          [PATH]: (request, response) => {
            const isRefused = refused.test(request.headers["user-agent"] ?? "");
            if (isRefused && how === "close") return void request.socket.end();
            response.writeHead(isRefused ? Number(how) : 200, {
              "content-type": isRefused ? "text/html" : "application/json",
              ...(isRefused && how === 302 ? { location: "/login" } : {}),
            });
            response.end(isRefused ? "<title>Just a moment...</title>" : '{"m.server":"matrix.example.org:443"}');
          },
        },
      });
      await net.closed("example.org", 8448);
      await net.homeserver("example.org", { host: "matrix.example.org", port: 443 });
    },
    finds,
    verdict: finds.length === 0 ? "pass" : finds[0]?.endsWith("error") ? "fail" : "warn",
    and({ reach }) {
      const found = reach.filter(({ reaches }) => reaches !== "yes").map(({ homeserver, reaches }) => [homeserver, reaches]);
      assert.deepEqual(Object.fromEntries(found), away);
      for (const { homeserver, reaches, because } of reach)
        if (reaches === "no") assert.equal(because[0], "well-known/user-agent-blocked", homeserver);
    },
  }));
}

/** Which `m.server` a fix proposes: a place that was seen to work, and none that was tried in vain. */
function proposals(): Scenario[] {
  const file = (value: string) => ({ routes: { [PATH]: { body: { "m.server": value } } } });
  const notConfigured = { status: 404, body: { errcode: "M_NOT_FOUND", error: "No well-known server URL is configured." } };
  const onMatrix = { host: "matrix.example.org", port: 443 };
  const invalid = ["well-known/invalid-m-server error"];
  const refused = (code: string): string[] => [`${code} error`, `connect/refused error < ${code}`];
  const self = ["well-known/points-to-self error", "federation/not-routed error < well-known/points-to-self"];
  const of =
    (web: Parameters<Network["web"]>[1], ...homeservers: Parameters<Network["homeserver"]>[1][]) =>
    async (net: Network): Promise<void> => {
      await net.web("example.org", web);
      for (const each of homeservers) await net.homeserver("example.org", each);
      for (const host of ["example.org", "matrix.example.org"])
        if (!homeservers.some((each) => (each?.host ?? "example.org") === host && (each?.port ?? 8448) === 8448))
          await net.closed(host, 8448);
    };
  const broken =
    (web: Parameters<Network["web"]>[1], port: number, certificate: (net: Network) => Promise<Issued>) =>
    async (net: Network): Promise<void> => {
      await net.web("example.org", web);
      await net.closed("example.org", 8448);
      await net.homeserver("example.org", { host: "matrix.example.org", port, tls: await certificate(net) });
      await net.closed("matrix.example.org", port === 443 ? 8448 : 443);
    };
  const forOther = (net: Network): Promise<Issued> => net.issuer.issue({ names: ["x.example.org"] });
  const ownMade = (): Promise<Issued> => selfSigned({ names: ["matrix.example.org"] });
  /** `proposes`: null for none at all. */
  const rows: [title: string, network: (net: Network) => Promise<unknown>, finds: string[], proposes: string | null, says?: RegExp][] = [
    [
      "a scheme, and the homeserver is on 8448 of that host",
      of(file("https://matrix.example.org"), { host: "matrix.example.org" }),
      refused("well-known/invalid-m-server"),
      "matrix.example.org:8448",
    ],
    [
      "a scheme and a port that nobody would guess",
      of(file("https://matrix.example.org:8450/"), { host: "matrix.example.org", port: 8450 }),
      refused("well-known/invalid-m-server"),
      "matrix.example.org:8450",
    ],
    [
      "another domain's host with a slash, and the homeserver is on 443 alone",
      of(file("hs.example.net/"), { host: "hs.example.net", port: 443 }),
      refused("well-known/invalid-m-server"),
      "hs.example.net:443",
    ],
    [
      "a scheme, a host that isn't there, and 8448 of the name works",
      of(file("https://gone.example.net"), {}),
      invalid,
      "example.org:8448",
    ],
    ["port 70000, and 8448 of the name works", of(file(":70000"), {}), invalid, "example.org:8448"],
    [
      "a scheme, and nothing works anywhere",
      of(file("https://gone.example.net")),
      refused("well-known/invalid-m-server"),
      null,
      /No homeserver of example\.org answers at gone\.example\.net:443/,
    ],
    ["points-to-self: 8448 of the name works", of(file("example.org:443"), {}), self, "example.org:8448", /answers at example\.org:8448/],
    ["points-to-self: matrix.<name> works", of(file("example.org:443"), onMatrix), self, "matrix.example.org:443"],
    [
      "on-target-only: the file is there, and no homeserver",
      async (net) => {
        await of({})(net);
        await net.web("matrix.example.org", file("matrix.example.org:443"));
      },
      refused("well-known/on-target-only"),
      "matrix.example.org:443",
      /No homeserver of example\.org answers at .* First forward https:\/\/matrix\.example\.org\/_matrix/,
    ],
    [
      "homeserver-not-configured beside an SRV record that works",
      async (net) => {
        await net.web("example.org", { routes: { [PATH]: notConfigured } });
        net.publish("_matrix-fed._tcp.example.org", { SRV: ["10 0 8448 hs.example.net"] });
        const tls = await net.issuer.issue({ names: ["example.org", "hs.example.net"] });
        await net.homeserver("example.org", { host: "hs.example.net", tls });
      },
      ["well-known/homeserver-not-configured warning", "srv/not-recommended info"],
      "hs.example.net:8448",
    ],
    [
      "homeserver-not-configured: /_matrix isn't forwarded there",
      of({ routes: { [PATH]: notConfigured } }),
      refused("well-known/homeserver-not-configured"),
      "example.org:443",
      /First forward https:\/\/example\.org\/_matrix/,
    ],
    [
      "port-missing: 443 has a certificate for another name",
      broken(file("matrix.example.org"), 443, forOther),
      refused("well-known/port-missing"),
      "matrix.example.org:443",
      /^First get a certificate of a public CA that covers matrix\.example\.org/,
    ],
    [
      "not-found: the homeserver that was found has a self-signed certificate",
      broken({}, 443, ownMade),
      refused("well-known/not-found"),
      "matrix.example.org:443",
      /^Synapse answers at matrix\.example\.org:443\. First get a certificate of a public CA/,
    ],
  ];
  return rows.map(([title, network, finds, proposes, says = /./]) => ({
    title: `proposed: ${title}`,
    network,
    finds,
    verdict: finds[0]?.endsWith("warning") ? "warn" : "fail",
    and({ findings }) {
      const [fix = ""] = findings[0]?.fix ?? [];
      const [, value] = /(?:"m\.server": |\nserver = )"([^"]*)"/.exec(fix) ?? [];
      assert.equal(value ?? null, proposes, fix);
      assert.match(fix, says);
    },
  }));
}

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
      assert.deepEqual(servers.flatMap(({ requests }) => requests.map(({ url }) => url)).toSorted(), [
        ...[PATH, PATH, PATH, PATH],
        "/_matrix/federation/v1/event/%24a%2Fb",
        "/_matrix/federation/v1/version",
        "/_matrix/federation/v1/version",
        "/_matrix/key/v2/server",
      ]);
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
  ...proposals(),
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
      await net.web("example.org", {
        routes: {
          [PATH]: (request, response) => {
            const browser = request.headers["user-agent"]?.startsWith("Mozilla/") === true;
            response.statusCode = browser ? 200 : 403;
            response.end(browser ? '{"m.server":"matrix.example.org:443"}' : "forbidden");
          },
        },
      });
      await net.closed("example.org", 8448);
    },
    finds: ["well-known/user-agent-blocked error", "connect/refused error < well-known/user-agent-blocked"],
    verdict: "fail",
  },
  ...userAgents(),
  {
    title: "federation/host-not-matched: with Host = the server name the homeserver answers, so the virtual host lacks the delegated host",
    async network(net) {
      await delegation(net, "matrix.example.org:443");
      await net.homeserver("example.org", { host: "matrix.example.org", port: 443, hosts: ["example.org"] });
    },
    finds: ["federation/host-not-matched error"],
    verdict: "fail",
    and({ findings }) {
      assert.match(
        findings[0]?.detail ?? "",
        /^"Host: matrix\.example\.org:443", .* "Host: example\.org" gets the homeserver. The second is the server name/,
      );
      assert.match(findings[0]?.fix[0] ?? "", /\nserver_name example\.org matrix\.example\.org;\n/);
    },
  },
  {
    title: "federation/host-not-matched: with Host = the SRV target the homeserver answers, so the virtual host lacks the name",
    async network(net) {
      await net.web("example.org");
      net.publish("_matrix-fed._tcp.example.org", { SRV: ["10 5 8448 hs1.example.net"] });
      await net.homeserver("example.org", {
        host: "hs1.example.net",
        tls: await net.issuer.issue({ names: ["example.org", "hs1.example.net"] }),
        hosts: ["hs1.example.net"],
      });
    },
    finds: ["federation/host-not-matched error", "srv/not-recommended info", "well-known/not-found error < federation/host-not-matched"],
    verdict: "fail",
    and: (report) => assert.match(report.findings[0]?.fix[0] ?? "", /hs1\.example\.net.*example\.org/s),
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
    title: "keys/other-server-name: the delegated host is the homeserver's name, and leads nowhere: the file that mends it",
    async network(net) {
      await delegation(net, "matrix.example.org:443");
      await net.homeserver("matrix.example.org", { port: 443 });
      await net.closed("matrix.example.org", 8448);
    },
    finds: ["keys/other-server-name error"],
    verdict: "fail",
    and: (report) => {
      assert.match(
        report.findings[0]?.fix[0] ?? "",
        /matrix\.example\.org\/\.well-known\/matrix\/server:\n\{"m\.server": "matrix\.example\.org:443"\}/,
      );
      assert.match(report.findings[0]?.fix[1] ?? "", /^If user ids must end in :example\.org/);
    },
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
  {
    title: "federation/not-routed: nothing names the proxy, so it is asked, once a place and at four places at most",
    async network(net) {
      const addresses = ["127.0.0.1", "127.0.0.2", "127.0.0.3", "127.0.0.4", "127.0.0.5"];
      await delegation(net, "matrix.example.org:443");
      refused = [];
      await net.web("matrix.example.org", {
        addresses,
        fallback: { status: 404, headers: { "content-type": "text/html" }, body: "nothing here" },
        badRequest: (bytes) => {
          refused.push(bytes.toString("latin1"));
          return HAPROXY_BAD_REQUEST;
        },
      });
    },
    finds: ["federation/not-routed error", "federation/not-routed error"],
    verdict: "fail",
    and(report) {
      assert.equal(refused.length, 4);
      for (const request of refused)
        assert.match(
          request,
          /^GET \/matrix-delegation-check\/which-proxy-is-this\/\u00c3\u00a9# HTTP\/1\.1\r\nhost: matrix\.example\.org:443\r\n/i,
        );
      assert.deepEqual(
        report.facts.clues?.proxies?.map(({ scheme, response }) => `${scheme} ${response.status}`),
        ["https done", "https done", "https done", "https done"],
      );
      assert.deepEqual(
        report.findings.slice(0, 2).map(({ where, fix }) => [where.length, /^In haproxy\.cfg/.test(fix[0] ?? "")]),
        [
          [4, true],
          [1, false],
        ],
      );
    },
  },
  {
    title: "tls/plain-http: asked without TLS; Go's answer and Caddy's name make the fix",
    async network(net) {
      await delegation(net, "matrix.example.org:443");
      refused = [];
      await net.web("matrix.example.org", {
        port: 443,
        tls: null,
        badRequest: (bytes) => {
          if (bytes[0] === 0x16) return GO_BAD_REQUEST;
          refused.push(bytes.toString("latin1"));
          return "HTTP/1.1 404 Not Found\r\nServer: Caddy\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
        },
      });
    },
    finds: ["tls/plain-http error"],
    verdict: "fail",
    and(report) {
      assert.equal(refused.length, 1);
      assert.match(
        report.findings[0]?.fix[0] ?? "",
        /^In the Caddyfile, .* replace "http:\/\/matrix\.example\.org:443" by "matrix\.example\.org"/,
      );
    },
  },
  {
    title: "well-known/redirect-lost: nobody is asked while port 8448 works",
    async network(net) {
      refused = [];
      servers = await net.web("example.org", {
        badRequest: (bytes) => {
          refused.push(bytes.toString("latin1"));
          return HAPROXY_BAD_REQUEST;
        },
        fallback: { status: 302, headers: { location: "https://example.org/" } },
        routes: { "/": { body: "<html>Welcome</html>", headers: { "content-type": "text/html" } } },
      });
      await net.homeserver("example.org");
    },
    finds: ["well-known/redirect-lost warning"],
    verdict: "warn",
    and: () => assert.deepEqual([...new Set(servers.flatMap(({ requests }) => requests.map(({ url }) => url))), ...refused], [PATH, "/"]),
  },
  { title: "healthy", network: healthy, finds: [], verdict: "pass" },
]);

test("nothing is left behind that would hold up the end of the process", async () => {
  const net = await startNetwork();
  try {
    await delegation(net, "matrix.example.org");
    await net.homeserver("example.org", { host: "matrix.example.org", port: 443 });
    await net.closed("matrix.example.org", 8448);
    const timers = (): number => process.getActiveResourcesInfo().filter((kind) => kind === "Timeout").length;
    const before = timers();
    const report = await check("example.org", net.options());
    assert.notEqual(report.facts.clues, null);
    assert.equal(timers(), before);
  } finally {
    await net.close();
  }
});
