/**
 * Servers that answer now so and now so, and servers that ask to wait: neither is taken for a filter, and nothing more is asked of the
 * latter.
 */
import assert from "node:assert/strict";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Network } from "../lab/network.ts";
import type { Handler, Reply, WebServer } from "../lab/web-server.ts";
import { delegation, run, type Scenario } from "./scenario.ts";

const WELL_KNOWN = "/.well-known/matrix/server";
const VERSION = { server: { name: "Synapse", version: "1.152.0" } };

/**
 * The requests one after the other get a good answer (`.`) or the other one (`x`; null ends the connection), in the end good ones. That of
 * continuwuity, which goes out beside the first one, always gets a good one.
 */
function taking(turns: string, body: object, otherwise: { status: number; body: string } | null): Handler {
  let turn = 0;
  return (request: IncomingMessage, response: ServerResponse): void => {
    if (/^continuwuity/.test(request.headers["user-agent"] ?? "") || turns[turn++] !== "x")
      response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(body));
    else if (otherwise === null) request.socket.destroy();
    else response.writeHead(otherwise.status, { "content-type": "text/html" }).end(otherwise.body);
  };
}

/** A homeserver behind a proxy whose backends take turns. */
const turns = (title: string, version: Handler, ...finds: string[]): Scenario => ({
  title,
  async network(net) {
    await delegation(net, "matrix.example.org:443");
    await net.homeserver("example.org", { host: "matrix.example.org", port: 443, version });
  },
  finds,
  verdict: "fail",
});

const BAD_GATEWAY = { status: 502, body: "<h1>502 Bad Gateway</h1>" };

run([
  turns("backends take turns, and one closes: no User-Agent is turned away", taking("xx.x", VERSION, null), "federation/http-status error"),
  turns(
    "backends take turns, and one refuses: no User-Agent is turned away",
    taking("xx.x", VERSION, { status: 403, body: "no" }),
    "federation/forbidden error",
  ),
  turns("backends take turns, and one is dead: it isn't the Host", taking("x.x", VERSION, BAD_GATEWAY), "federation/upstream-down error"),
  turns("one request meets a dead backend: it isn't the Host", taking("x", VERSION, BAD_GATEWAY), "federation/upstream-down error"),
  {
    title: "one request meets a dead backend: it isn't the port in the Host",
    async network(net) {
      await delegation(net, "matrix.example.org");
      let isFirst = true;
      await net.homeserver("example.org", {
        host: "matrix.example.org",
        version(request, response) {
          const isBad = isFirst && request.headers.host?.endsWith(":8448") === true;
          if (isBad) isFirst = false;
          if (isBad) response.writeHead(503).end();
          else response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(VERSION));
        },
      });
    },
    finds: [],
    verdict: "pass",
  },
  ...[2, 3, 4].map((period): Scenario => ({
    title: `one of ${period} requests for the well-known is refused: no User-Agent is turned away`,
    async network(net) {
      let turn = 1;
      const file: Handler = (_, response) => {
        if (turn++ % period === 0) response.writeHead(403).end("no");
        else response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ "m.server": "matrix.example.org:443" }));
      };
      await net.web("example.org", { routes: { [WELL_KNOWN]: file } });
      await net.homeserver("example.org", { host: "matrix.example.org", port: 443 });
    },
    finds: [],
    verdict: "pass",
  })),
]);

const WAIT: [what: string, reply: Reply, finds: string][] = [
  ["429", { status: 429, body: "slow down" }, "federation/forbidden error"],
  ["503 with Retry-After", { status: 503, headers: { "retry-after": "30" }, body: "" }, "federation/upstream-down error"],
];

run(
  WAIT.flatMap(([what, reply, finding]): Scenario[] => {
    let servers: WebServer[] = [];
    const asked = (): string[] => servers.flatMap(({ requests }) => requests.map(({ url, host }) => `${url} ${host}`));
    const waits = async (net: Network, host: string, port: number): Promise<void> => {
      servers = await net.homeserver("example.org", {
        host,
        port,
        tls: await net.issuer.issue({ names: [host, "example.org"] }),
        hosts: [],
        otherHost: reply,
      });
    };
    return [
      {
        title: `${what} from the homeserver: no other Host is tried`,
        async network(net) {
          await delegation(net, "matrix.example.org:443");
          await waits(net, "matrix.example.org", 443);
        },
        finds: [finding],
        verdict: "fail",
        and() {
          assert.equal(asked().length, 4);
          assert.ok(asked().every((each) => each.endsWith(" matrix.example.org:443")));
        },
      },
      {
        title: `${what} from an SRV target: its own name isn't tried as Host`,
        async network(net) {
          await net.web("example.org");
          net.publish("_matrix-fed._tcp.example.org", { SRV: ["10 0 8448 hs.example.net"] });
          await waits(net, "hs.example.net", 8448);
        },
        finds: [finding, "srv/not-recommended info", `well-known/not-found error < ${finding.split(" ")[0]}`],
        verdict: "fail",
        and: () => assert.equal(asked().length, 4),
      },
      {
        title: `${what} for the well-known: no homeserver is looked for there`,
        async network(net) {
          servers = await net.web("example.org", { fallback: reply });
          await net.closed("example.org", 8448);
        },
        finds: [
          reply.status === 429 ? "well-known/forbidden error" : "well-known/server-error error",
          `connect/refused error < ${reply.status === 429 ? "well-known/forbidden" : "well-known/server-error"}`,
        ],
        verdict: "fail",
        and: () => assert.deepEqual(asked(), [`${WELL_KNOWN} example.org`]),
      },
    ];
  }),
);
