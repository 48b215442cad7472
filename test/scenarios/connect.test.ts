/** connect/*: addresses that can't be connected to, whose fault that is, and what it means for others. */
import assert from "node:assert/strict";
import { ROOM_MS } from "../lab/room.ts";
import type { Network } from "../lab/network.ts";
import { sourceAddressFor } from "../../src/net/routes.ts";
import { delegation, healthy, run, TIMEOUT, type Scenario } from "./scenario.ts";

/** A group address: it has a route wherever there is a default one, but TCP has no way there, and the system says so at once. */
const UNREACHABLE = "224.0.0.1";
/** Addresses to which no machine has a route: the limited broadcast, and a link-local one without a link. */
const NO_ROUTE_4 = "255.255.255.255";
const NO_ROUTE_6 = "fe80::1";

/** m.server is matrix.example.org:443; a homeserver listens on some of its addresses, DNS has all of them. */
const listening =
  (listens: string[], published: string[]) =>
  async (net: Network): Promise<number> => {
    await delegation(net, "matrix.example.org:443");
    const [homeserver] = await net.homeserver("example.org", { host: "matrix.example.org", port: 443, addresses: listens });
    net.publish("matrix.example.org", {
      A: published.filter((address) => !address.includes(":")),
      AAAA: published.filter((address) => address.includes(":")),
    });
    return homeserver?.port ?? 0;
  };

/** The same without a homeserver anywhere: the port is closed. */
const closed =
  (published: string[]) =>
  async (net: Network): Promise<void> => {
    await delegation(net, "matrix.example.org:443");
    await net.closed("matrix.example.org", 443);
    net.publish("matrix.example.org", {
      A: published.filter((address) => !address.includes(":")),
      AAAA: published.filter((address) => address.includes(":")),
    });
  };

const dead: Scenario[] = [
  {
    title: "refused: on every address",
    network: closed(["127.0.0.1", "127.0.0.2", "::1"]),
    finds: ["connect/refused error"],
    verdict: "fail",
    and(report) {
      assert.equal(report.findings.find(({ code }) => code === "connect/refused")?.where.length, 3);
      assert.deepEqual(
        report.steps.slice(4).map(({ id, status }) => `${id} ${status}`),
        ["connect fail", "tls skip", "federation skip", "keys skip"],
      );
    },
  },
  {
    title: "refused: port 8448, which nobody meant, because the well-known is missing",
    async network(net) {
      await net.web("example.org");
      await net.closed("example.org", 8448);
    },
    finds: ["well-known/not-found error", "connect/refused error < well-known/not-found"],
    verdict: "fail",
  },
  {
    title: "refused: everything, web server included",
    async network(net) {
      net.publish("example.org", { A: ["127.0.0.1"] });
      await net.closed("example.org", 443);
      await net.closed("example.org", 8448);
    },
    finds: ["well-known/unreachable error", "connect/refused error < well-known/unreachable"],
    verdict: "fail",
  },
  {
    title: "refused: an IP literal",
    serverName: "127.0.0.1",
    network: (net) => net.closed("127.0.0.1", 8448),
    finds: ["connect/refused error"],
    verdict: "fail",
  },
  {
    title: "timeout: the homeserver's port is filtered",
    options: TIMEOUT,
    async network(net) {
      await delegation(net, "matrix.example.org:443");
      net.publish("matrix.example.org", { A: ["127.0.0.1"] });
      await net.filtered("matrix.example.org", 443);
    },
    finds: ["connect/timeout error"],
    verdict: "fail",
  },
  {
    title: "timeout on one address, refused on the other",
    options: TIMEOUT,
    async network(net) {
      await delegation(net, "matrix.example.org:443");
      net.publish("matrix.example.org", { A: ["127.0.0.1", "127.0.0.2"] });
      await net.filtered("matrix.example.org", 443);
    },
    finds: ["connect/refused error", "connect/timeout error"],
    verdict: "fail",
    and: (report) =>
      assert.deepEqual(
        report.findings.slice(0, 2).map(({ where }) => where.map((place) => place.replace(/:\d+$/, ""))),
        [["127.0.0.2"], ["127.0.0.1"]],
      ),
  },
  {
    title: "not a timeout: TCP connects, TLS stalls",
    options: TIMEOUT,
    async network(net) {
      await delegation(net, "matrix.example.org:443");
      await net.homeserver("example.org", { host: "matrix.example.org", port: 443, onAccept: "stall" });
    },
    finds: ["tls/timeout error"],
    verdict: "fail",
  },
  {
    title: "not refused: accepted, then closed",
    async network(net) {
      await delegation(net, "matrix.example.org:443");
      await net.homeserver("example.org", { host: "matrix.example.org", port: 443, onAccept: "close" });
    },
    finds: ["tls/handshake error"],
    verdict: "fail",
  },
  {
    title: "filtered 443 with a working SRV record: a warning, within the time",
    options: TIMEOUT,
    async network(net) {
      net.publish("example.org", { A: ["127.0.0.1"] });
      await net.filtered("example.org", 443);
      net.publish("_matrix-fed._tcp.example.org", { SRV: ["10 0 8448 hs.example.net"] });
      await net.homeserver("example.org", { host: "hs.example.net", tls: await net.issuer.issue({ names: ["example.org"] }) });
    },
    finds: ["well-known/timeout warning", "srv/not-recommended info"],
    verdict: "warn",
    and: (report) => assert.ok(report.durationMs < 1500 + ROOM_MS, `${report.durationMs} ms`),
  },
  {
    title: "filtered 443, and 8448 is refused: the well-known leads",
    options: TIMEOUT,
    async network(net) {
      net.publish("example.org", { A: ["127.0.0.1"] });
      await net.filtered("example.org", 443);
      await net.closed("example.org", 8448);
    },
    finds: ["well-known/timeout error", "connect/refused error < well-known/timeout"],
    verdict: "fail",
  },
  {
    title: "filtered, both",
    options: TIMEOUT,
    async network(net) {
      net.publish("example.org", { A: ["127.0.0.1"] });
      await net.filtered("example.org", 443);
      await net.filtered("example.org", 8448);
    },
    finds: ["well-known/timeout error", "connect/timeout error < well-known/timeout"],
    verdict: "fail",
    // The well-known, then the homeserver, then the search for it elsewhere.
    and: (report) => assert.ok(report.durationMs < 3 * 1500 + ROOM_MS, `${report.durationMs} ms`),
  },
];

const cloudflare = { fallback: { status: 404, headers: { server: "cloudflare" }, body: "" } };
const cloudflarePort: Scenario[] = [
  {
    title: "cloudflare-port: the same address answers as Cloudflare on 443, and 8448 is silent",
    options: TIMEOUT,
    async network(net) {
      await net.web("example.org", cloudflare);
      await net.filtered("example.org", 8448);
    },
    finds: ["well-known/not-found error", "connect/cloudflare-port error < well-known/not-found"],
    verdict: "fail",
  },
  {
    title: "cloudflare-port: the delegated host answers as Cloudflare on 443, where nobody has asked before",
    options: TIMEOUT,
    async network(net) {
      await delegation(net, "matrix.example.org:8448");
      await net.web("matrix.example.org", cloudflare);
      await net.filtered("matrix.example.org", 8448);
    },
    finds: ["connect/cloudflare-port error"],
    verdict: "fail",
  },
  {
    title: "cloudflare-port: a server name with a port, for which no file can be published",
    serverName: "example.org:8448",
    options: TIMEOUT,
    async network(net) {
      await net.web("example.org", cloudflare);
      await net.filtered("example.org", 8448);
    },
    finds: ["connect/cloudflare-port error", "name/explicit-port info"],
    verdict: "fail",
    and({ findings }) {
      assert.doesNotMatch(JSON.stringify(findings[0]?.fix), /\.well-known/);
      assert.match(findings[0]?.fix[0] ?? "", /to "DNS only"\. The port is a part of the server name example\.org:8448/);
    },
  },
  {
    title: "connect/timeout, not cloudflare-port: another server answers on 443",
    options: TIMEOUT,
    async network(net) {
      await delegation(net, "matrix.example.org:8448");
      await net.web("matrix.example.org");
      await net.filtered("matrix.example.org", 8448);
    },
    finds: ["connect/timeout error"],
    verdict: "fail",
  },
  {
    title: "not Cloudflare's doing: refused",
    async network(net) {
      await net.web("example.org", cloudflare);
      await net.closed("example.org", 8448);
    },
    finds: ["well-known/not-found error", "connect/refused error < well-known/not-found"],
    verdict: "fail",
  },
  {
    title: "not Cloudflare's doing: a port that it forwards",
    options: TIMEOUT,
    async network(net) {
      await net.web("example.org", {
        routes: { "/.well-known/matrix/server": { headers: { server: "cloudflare" }, body: { "m.server": "example.org:8443" } } },
      });
      await net.filtered("example.org", 8443);
    },
    finds: ["connect/timeout error"],
    verdict: "fail",
  },
  {
    title: "not Cloudflare's doing: the web server is at Cloudflare, the homeserver at an address of its own",
    options: TIMEOUT,
    async network(net) {
      await net.web("example.org", {
        routes: { "/.well-known/matrix/server": { headers: { server: "cloudflare" }, body: { "m.server": "matrix.example.org" } } },
      });
      net.publish("matrix.example.org", { A: ["127.0.0.2"] });
      await net.filtered("matrix.example.org", 8448, "127.0.0.2");
    },
    finds: ["connect/timeout error"],
    verdict: "fail",
  },
];

const partly: Scenario[] = [
  {
    title: "ipv6-down: refused on IPv6",
    network: listening(["127.0.0.1"], ["127.0.0.1", "::1"]),
    finds: ["connect/ipv6-down warning"],
    verdict: "warn",
  },
  {
    title: "ipv4-down: refused on IPv4",
    network: listening(["::1"], ["127.0.0.1", "::1"]),
    finds: ["connect/ipv4-down error"],
    verdict: "fail",
  },
  {
    title: "some-addresses-down: one of two",
    network: listening(["127.0.0.1"], ["127.0.0.1", "127.0.0.2"]),
    finds: ["connect/some-addresses-down warning"],
    verdict: "warn",
  },
  {
    title: "some-addresses-down: one is silent",
    options: TIMEOUT,
    async network(net) {
      const port = await listening(["127.0.0.1"], ["127.0.0.1", "127.0.0.2"])(net);
      await net.filteredAt("127.0.0.2", port);
    },
    finds: ["connect/some-addresses-down warning"],
    verdict: "warn",
  },
  {
    title: "ipv6-down and some-addresses-down: each says its own",
    network: listening(["127.0.0.1"], ["127.0.0.1", "127.0.0.2", "::1"]),
    finds: ["connect/ipv6-down warning", "connect/some-addresses-down warning"],
    verdict: "warn",
    and: (report) =>
      assert.deepEqual(
        report.findings.slice(0, 2).map(({ where }) => where.map((place) => place.replace(/:\d+$/, ""))),
        [["[::1]"], ["127.0.0.2"]],
      ),
  },
  {
    title: "nothing down: all answer",
    network: listening(["127.0.0.1", "127.0.0.2", "::1"], ["127.0.0.1", "127.0.0.2", "::1"]),
    finds: [],
    verdict: "pass",
  },
  {
    title: "not ipv6-down: this machine can't reach it",
    network: listening(["127.0.0.1"], ["127.0.0.1", NO_ROUTE_6]),
    finds: ["address/untested info"],
    verdict: "pass",
  },
  {
    title: "not ipv4-down: this machine can't reach it",
    network: listening(["::1"], ["::1", NO_ROUTE_4]),
    finds: ["address/untested info"],
    verdict: "pass",
  },
  {
    title: "not ipv6-down: -4",
    options: { family: 4 },
    network: listening(["127.0.0.1"], ["127.0.0.1", "::1"]),
    finds: [],
    verdict: "pass",
  },
  {
    title: "refused on IPv4, and IPv6 can't be tested: IPv4-only homeservers fail for certain",
    network: closed(["127.0.0.1", NO_ROUTE_6]),
    finds: ["connect/refused error", "address/untested info"],
    verdict: "fail",
  },
  {
    title: "refused on IPv6, and IPv4 can't be tested: IPv4 may be all that homeservers need",
    network: closed([NO_ROUTE_4, "::1"]),
    finds: ["address/untested info"],
    verdict: "inconclusive",
  },
  {
    title: "the preferred SRV target can't be tested, the next one is refused: nobody may ever try it",
    async network(net) {
      await net.web("example.org");
      net.publish("_matrix-fed._tcp.example.org", { SRV: ["10 0 8448 a.example.net", "20 0 8448 b.example.net"] });
      net.publish("a.example.net", { A: [NO_ROUTE_4] });
      net.publish("b.example.net", { A: ["127.0.0.1"] });
      await net.closed("b.example.net", 8448);
    },
    finds: ["address/untested info", "well-known/not-found info", "srv/not-recommended info"],
    verdict: "inconclusive",
  },
  {
    title: "the preferred SRV target is refused on IPv4, and this machine has no way to its IPv6 address",
    async network(net) {
      await net.web("example.org");
      net.publish("_matrix-fed._tcp.example.org", { SRV: ["10 0 8448 a.example.net"] });
      net.publish("a.example.net", { A: ["127.0.0.1"], AAAA: [NO_ROUTE_6] });
      await net.closed("a.example.net", 8448);
    },
    finds: ["connect/refused error", "srv/not-recommended info", "address/untested info", "well-known/not-found error < connect/refused"],
    verdict: "fail",
  },
  {
    title: "the base domain's IPv6 is refused: the well-known's finding, not the target's",
    async network(net) {
      await healthy(net);
      net.publish("example.org", { AAAA: ["::1"] });
    },
    finds: ["well-known/address-failed warning"],
    verdict: "warn",
  },
];

const ways: Scenario[] = [
  {
    title: "slow: the first packets get lost",
    options: { timeoutMs: 12_000, deadlineMs: 25_000 },
    async network(net) {
      await delegation(net, "matrix.example.org:443");
      const [homeserver] = await net.homeserver("example.org", { host: "matrix.example.org", port: 1 });
      await net.slow("matrix.example.org", 443, homeserver?.port ?? 0);
    },
    finds: ["connect/slow warning"],
    verdict: "warn",
  },
  {
    title: "not slow to connect: the handshake and the answers are",
    options: { timeoutMs: 12_000, deadlineMs: 25_000 },
    async network(net) {
      await delegation(net, "matrix.example.org:443");
      await net.homeserver("example.org", { host: "matrix.example.org", port: 443, delays: { handshakeMs: 3200 } });
    },
    finds: [],
    verdict: "pass",
  },
];

// Without a default route (no network at all) nothing is unreachable but by this machine's fault.
const unreachable: Scenario[] = [
  {
    title: "unreachable: the network says so",
    network: listening(["127.0.0.1"], [UNREACHABLE]),
    finds: ["connect/unreachable error"],
    verdict: "fail",
  },
  {
    title: "unreachable: one of two",
    network: listening(["127.0.0.1"], ["127.0.0.1", UNREACHABLE]),
    finds: ["connect/some-addresses-down warning"],
    verdict: "warn",
  },
];

run([...dead, ...cloudflarePort, ...partly, ...ways, ...((await sourceAddressFor(UNREACHABLE)) === null ? [] : unreachable)]);
