/**
 * The servers for one check, in a process of their own: three healthy server names, with a round trip's delay wherever there is a round
 * trip.
 */
import { startNetwork } from "../../test/lab/network.ts";
import type { ChainSettings } from "./chain.ts";

const ROUND_TRIP_MS = 30;
/** Connecting is a round trip, and so are a handshake of TLS 1.3 (RFC 8446, 2) and a request. */
const delays = { connectMs: ROUND_TRIP_MS, handshakeMs: ROUND_TRIP_MS, responseMs: ROUND_TRIP_MS };

const net = await startNetwork();
net.dns.delayMs = ROUND_TRIP_MS;

await net.web("delegated.example.org", {
  delays,
  routes: { "/.well-known/matrix/server": { body: { "m.server": "matrix.example.org:443" } } },
});
await net.homeserver("delegated.example.org", { delays, host: "matrix.example.org", port: 443 });

await net.web("srv.example.org", { delays });
net.publish("_matrix-fed._tcp.srv.example.org", { SRV: ["10 5 8451 hs1.example.net"] });
await net.homeserver("srv.example.org", {
  delays,
  host: "hs1.example.net",
  port: 8451,
  tls: await net.issuer.issue({ names: ["srv.example.org"] }),
});

await net.web("plain.example.org", { delays });
await net.homeserver("plain.example.org", { delays });

const options = net.options();
const common = { dnsServer: options.dnsServers?.[0] ?? "", ca: net.authority.pem, connectTo: options.connectTo ?? [] };
const cases: ChainSettings[] = [
  { route: "well-known", serverName: "delegated.example.org", ...common },
  { route: "srv", serverName: "srv.example.org", ...common },
  { route: "default-port", serverName: "plain.example.org", ...common },
];
process.once("disconnect", () => void net.close());
process.send?.(cases);
