/** The servers of the demo: a healthy one, and faults that admins really have. What is set up, and what has to come of it. */
import { createServer } from "node:net";
import type { Network } from "../../test/lab/network.ts";
import type { Handler } from "../../test/lab/web-server.ts";

export interface Case {
  title: string;
  /** What an admin would have to know and doesn't. */
  broken: string;
  serverName: string;
  network(net: Network): Promise<unknown>;
  exitCode: 0 | 1;
  /** The first error or warning; null when there is none. */
  leads: string | null;
}

const NAME = "example.org";
const WELL_KNOWN = "/.well-known/matrix/server";
const DAY_MS = 86_400_000;

const delegation = (net: Network, mServer: string): Promise<unknown> =>
  net.web(NAME, { routes: { [WELL_KNOWN]: { body: { "m.server": mServer } } } });
const behindProxy = (net: Network, options: Parameters<Network["homeserver"]>[1] = {}): Promise<unknown> =>
  net.homeserver(NAME, { host: "matrix.example.org", port: 443, ...options });

export const cases: readonly Case[] = [
  {
    title: "A healthy server",
    broken: "Nothing is broken: the well-known leads to a proxy on 443, and it to Synapse.",
    serverName: NAME,
    async network(net) {
      await delegation(net, "matrix.example.org:443");
      await behindProxy(net);
    },
    exitCode: 0,
    leads: null,
  },
  {
    title: "A URL in m.server",
    broken: 'The well-known says "https://matrix.example.org", but m.server is a server name.',
    serverName: NAME,
    async network(net) {
      await delegation(net, "https://matrix.example.org");
      await behindProxy(net);
      await net.closed(NAME, 8448);
    },
    exitCode: 1,
    leads: "well-known/invalid-m-server",
  },
  {
    title: "SRV, with a certificate for the SRV target",
    broken: "Homeservers check the certificate against example.org, never against the target.",
    serverName: NAME,
    async network(net) {
      await net.web(NAME);
      net.publish("_matrix-fed._tcp.example.org", { SRV: ["10 5 8448 hs1.hosting.example"] });
      await net.homeserver(NAME, { host: "hs1.hosting.example" });
    },
    exitCode: 1,
    leads: "tls/name-is-srv-target",
  },
  {
    title: "Three faults of one certificate",
    broken: "It has expired, is for another name, and its intermediate isn't sent.",
    serverName: NAME,
    async network(net) {
      await delegation(net, "matrix.example.org:443");
      const expired = { notBefore: new Date(Date.now() - 100 * DAY_MS), notAfter: new Date(Date.now() - 10 * DAY_MS) };
      const { key, cert } = await net.issuer.issue({ names: ["old.example.net"], ...expired });
      await behindProxy(net, { tls: { key, cert } });
    },
    exitCode: 1,
    leads: "tls/name-mismatch",
  },
  {
    title: "No well-known, and nothing listens on 8448",
    broken: "The homeserver runs behind matrix.example.org:443, and nothing says so.",
    serverName: NAME,
    async network(net) {
      await net.web(NAME);
      await net.closed(NAME, 8448);
      await behindProxy(net);
    },
    exitCode: 1,
    leads: "well-known/not-found",
  },
  {
    title: "The proxy doesn't forward /_matrix",
    broken: "nginx answers /_matrix/federation and /_matrix/key with its own 404.",
    serverName: NAME,
    async network(net) {
      await delegation(net, "matrix.example.org:443");
      await behindProxy(net, { forwards: ["/_matrix/client/"] });
    },
    exitCode: 1,
    leads: "federation/not-routed",
  },
  {
    title: "A forgotten address",
    broken: "One of two addresses of example.org still leads to the old web server.",
    serverName: NAME,
    async network(net) {
      const stale = (await hasIpv6()) ? "::1" : "127.0.0.2";
      const answer: Handler = (request, response) => {
        const isStale = request.socket.localAddress === stale;
        response.writeHead(isStale ? 404 : 200, { "content-type": isStale ? "text/html" : "application/json" });
        response.end(isStale ? "<h1>Welcome to the old server</h1>" : '{"m.server": "matrix.example.org:443"}');
      };
      await net.web(NAME, { addresses: ["127.0.0.1", stale], routes: { [WELL_KNOWN]: answer } });
      await behindProxy(net);
    },
    exitCode: 1,
    leads: "well-known/split",
  },
  {
    title: "The name server fails for SRV",
    broken: "It answers SERVFAIL to SRV questions; addresses it knows.",
    serverName: NAME,
    async network(net) {
      await delegation(net, "matrix.example.org");
      net.publish("_matrix-fed._tcp.matrix.example.org", { any: "SERVFAIL" });
      net.publish("_matrix._tcp.matrix.example.org", { any: "SERVFAIL" });
      await net.homeserver(NAME, { host: "matrix.example.org" });
    },
    exitCode: 1,
    leads: "srv/lookup-failed",
  },
  {
    title: "The wrong name was checked",
    broken: "matrix.example.org is where the homeserver of example.org runs.",
    serverName: "matrix.example.org",
    async network(net) {
      await delegation(net, "matrix.example.org:443");
      await behindProxy(net, { delegatesTo: "matrix.example.org:443" });
    },
    exitCode: 1,
    leads: "keys/other-server-name",
  },
];

function hasIpv6(): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(0, "::1", () => server.close(() => resolve(true)));
  });
}
