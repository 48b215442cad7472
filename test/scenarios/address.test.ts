/** address/*: the addresses of the hosts that are connected to. */
import assert from "node:assert/strict";
import type { Report } from "../../src/facts/output.ts";
import type { Network } from "../lab/network.ts";
import type { LabEntry } from "../lab/dns-server.ts";
import { redirect } from "../lab/web-server.ts";
import { delegation, healthy, run, type Scenario } from "./scenario.ts";

const PATH = "/.well-known/matrix/server";
/** The broadcast address: TCP has no way there. */
const NO_ROUTE_4 = "255.255.255.255";

/** m.server is matrix.example.org:443, and DNS says this of it. */
const targetSays =
  (entry: LabEntry) =>
  async (net: Network): Promise<void> => {
    await healthy(net);
    net.dns.zone["matrix.example.org"] = entry;
  };

/** The base domain redirects the well-known to www.example.org, of which DNS says what `tell` publishes. */
const redirectsTo =
  (tell: (net: Network) => void, port8448: "8448 works" | "8448 is closed" = "8448 is closed") =>
  async (net: Network): Promise<void> => {
    await net.web("example.org", { routes: { [PATH]: redirect(`https://www.example.org${PATH}`) } });
    tell(net);
    if (port8448 === "8448 works") await net.homeserver("example.org");
    else await net.closed("example.org", 8448);
  };

/** The homeserver also listens on ::1, at the port that others see. */
async function onBoth(net: Network, addresses = ["127.0.0.1", "::1"]): Promise<void> {
  await delegation(net, "matrix.example.org:443");
  await net.homeserver("example.org", { host: "matrix.example.org", port: 443, addresses });
}

const none: Scenario[] = [
  {
    title: "none: m.server's host doesn't exist; a typing mistake is seen",
    async network(net) {
      await delegation(net, "matrix.exmaple.org:443");
    },
    finds: ["address/none error"],
    verdict: "fail",
    and(report) {
      assert.deepEqual(report.findings[0]?.where, ["matrix.exmaple.org"]);
      assert.match(report.findings[0]?.fix[0] ?? "", /"matrix\.example\.org:443"/);
      assert.deepEqual(
        report.steps.filter(({ status }) => status === "fail").map(({ id }) => id),
        ["address"],
      );
    },
  },
  {
    title: "none: m.server's host exists without addresses",
    network: targetSays({ TXT: ["x"] }),
    finds: ["address/none error"],
    verdict: "fail",
  },
  {
    title: "none: neither the server name nor anything else exists; the well-known's finding stands above",
    network: async () => {},
    finds: ["name/not-registered error", "well-known/no-address error < name/not-registered", "address/none error < name/not-registered"],
    verdict: "fail",
  },
  {
    title: "none: neither the server name nor anything else has an address; the well-known's finding stands above",
    network: async (net) => net.publish("example.org", { A: [] }),
    finds: ["well-known/no-address error", "address/none error < well-known/no-address"],
    verdict: "fail",
  },
  {
    title: "none: an explicit port",
    serverName: "hs.example.org:8448",
    network: async (net) => net.publish("example.org", { A: [] }),
    finds: ["address/none error", "name/explicit-port info"],
    verdict: "fail",
  },
  {
    title: "not none: the base domain has no address, and SRV works",
    async network(net) {
      net.publish("_matrix-fed._tcp.example.org", { SRV: ["10 0 8448 hs.example.net"] });
      await net.homeserver("example.org", { host: "hs.example.net", tls: await net.issuer.issue({ names: ["example.org"] }) });
    },
    finds: ["well-known/no-address info", "srv/not-recommended info"],
    verdict: "pass",
  },
  {
    title: "not none: --connect-to gives the address of a host that DNS doesn't know yet",
    async network(net) {
      await delegation(net, "new.example.org:443");
      await net.homeserver("example.org", { host: "new.example.org", port: 443, overridden: true });
    },
    finds: [],
    verdict: "pass",
  },
  {
    title: "none: an alias of a name that doesn't exist, beside which no address record may stand",
    network: targetSays({ CNAME: ["gone.example.net"] }),
    finds: ["address/none error"],
    verdict: "fail",
    and({ findings: [found] }) {
      assert.match(found?.detail ?? "", /matrix\.example\.org is an alias \(CNAME\) of gone\.example\.net, which doesn't exist/);
      assert.match(found?.fix.join() ?? "", /Replace the CNAME at matrix\.example\.org with an address record/);
    },
  },
  {
    title: "none: the server name itself is such an alias",
    async network(net) {
      net.publish("example.org", { CNAME: ["gone.example.net"] });
    },
    finds: ["well-known/no-address error", "address/none error < well-known/no-address"],
    verdict: "fail",
    and: ({ findings: [found] }) => assert.match(found?.fix[0] ?? "", /^Replace the CNAME at example\.org with an address record/),
  },
];

const lookup: Scenario[] = [
  {
    title: "lookup-failed: SERVFAIL for AAAA only",
    network: targetSays({ A: ["127.0.0.1"], AAAA: "SERVFAIL" }),
    finds: ["address/lookup-failed warning"],
    verdict: "warn",
  },
  {
    title: "lookup-failed: SERVFAIL for A only",
    async network(net) {
      await onBoth(net);
      net.dns.zone["matrix.example.org"] = { A: "SERVFAIL", AAAA: ["::1"] };
    },
    finds: ["address/lookup-failed warning"],
    verdict: "warn",
  },
  {
    title: "lookup-failed: REFUSED for AAAA only",
    network: targetSays({ A: ["127.0.0.1"], AAAA: "REFUSED" }),
    finds: ["address/lookup-failed warning"],
    verdict: "warn",
  },
  {
    title: "lookup-failed: silence for AAAA only",
    options: { timeoutMs: 1500 },
    network: targetSays({ A: ["127.0.0.1"], AAAA: "drop" }),
    finds: ["address/lookup-failed warning"],
    verdict: "warn",
  },
  {
    title: "lookup-failed: AAAA fails behind an alias",
    async network(net) {
      await targetSays({ CNAME: ["hs.example.net"] })(net);
      net.publish("hs.example.net", { A: ["127.0.0.1"], AAAA: "SERVFAIL" });
    },
    finds: ["address/lookup-failed warning"],
    verdict: "warn",
  },
  { title: "lookup-failed: SERVFAIL for both", network: targetSays("SERVFAIL"), finds: ["address/lookup-failed error"], verdict: "fail" },
  {
    title: "lookup-failed: SERVFAIL for A, no AAAA",
    network: targetSays({ A: "SERVFAIL" }),
    finds: ["address/lookup-failed error"],
    verdict: "fail",
  },
  {
    title: "lookup-failed: REFUSED for this name alone",
    network: targetSays("REFUSED"),
    finds: ["address/lookup-failed error"],
    verdict: "fail",
  },
  {
    title: "lookup-failed: silence for this name alone",
    options: { timeoutMs: 1500 },
    network: targetSays("drop"),
    finds: ["address/lookup-failed error"],
    verdict: "fail",
  },
  {
    title: "lookup-failed: of the base domain, while SRV works",
    async network(net) {
      net.dns.zone["example.org"] = "SERVFAIL";
      net.publish("_matrix-fed._tcp.example.org", { SRV: ["10 0 8448 hs.example.net"] });
      await net.homeserver("example.org", { host: "hs.example.net", tls: await net.issuer.issue({ names: ["example.org"] }) });
    },
    finds: ["address/lookup-failed warning", "srv/not-recommended info"],
    verdict: "warn",
    and: (report) => assert.doesNotMatch(report.findings[0]?.detail ?? "", /nobody can connect/),
  },
  ...(["SERVFAIL", "drop"] as const).flatMap((says): Scenario[] => [
    {
      title: `lookup-failed: ${says} for a host that the well-known is redirected to, and 8448 is closed`,
      options: { timeoutMs: 1500 },
      network: redirectsTo((net) => net.publish("www.example.org", { A: says, AAAA: says })),
      finds: ["address/lookup-failed error", "connect/refused error < address/lookup-failed"],
      verdict: "fail",
      and({ findings, steps, reach }) {
        assert.match(findings[0]?.detail ?? "", /^https:\/\/example\.org\/\S+ redirects to https:\/\/www\.example\.org\//);
        assert.match(steps.find(({ id }) => id === "well-known")?.detail ?? "", /redirect to a host whose address lookup fails/);
        assert.ok(reach.every(({ because }) => because.includes("address/lookup-failed") || because.includes("connect/refused")));
      },
    },
    {
      title: `lookup-failed: ${says} for a host that the well-known is redirected to, and 8448 works`,
      options: { timeoutMs: 1500 },
      network: redirectsTo((net) => net.publish("www.example.org", { A: says, AAAA: says }), "8448 works"),
      finds: ["address/lookup-failed warning"],
      verdict: "warn",
      and: ({ findings }) => assert.equal(findings[0]?.affects, "all"),
    },
  ]),
  {
    title: "lookup-failed: the redirect's host, and an SRV record leads on",
    async network(net) {
      await redirectsTo((each) => each.publish("www.example.org", { A: "SERVFAIL", AAAA: "SERVFAIL" }))(net);
      net.publish("_matrix-fed._tcp.example.org", { SRV: ["10 0 8448 hs.example.net"] });
      await net.homeserver("example.org", { host: "hs.example.net", tls: await net.issuer.issue({ names: ["example.org"] }) });
    },
    finds: ["address/lookup-failed warning", "srv/not-recommended info"],
    verdict: "warn",
  },
  { title: "not failed: NODATA for AAAA", network: healthy, finds: [], verdict: "pass" },
  {
    title: "not failed: NODATA without an SOA",
    network: targetSays({ A: ["127.0.0.1"], AAAA: { records: [], soa: null } }),
    finds: [],
    verdict: "pass",
  },
  {
    title: "not failed: a host that the route doesn't need",
    async network(net) {
      await healthy(net);
      net.publish("_matrix-fed._tcp.example.org", { SRV: ["10 0 443 hs.example.net"] });
      net.dns.zone["hs.example.net"] = "SERVFAIL";
    },
    finds: ["srv/unused warning"],
    verdict: "warn",
  },
];

function inCircle(net: Network): void {
  net.publish("www.example.org", { CNAME: ["web.example.org"] });
  net.publish("web.example.org", { CNAME: ["www.example.org"] });
}

const loops: Scenario[] = [
  {
    title: "cname-loop: of the base domain, while SRV works: nobody is kept away",
    async network(net) {
      net.publish("example.org", { CNAME: ["www.example.org"] });
      net.publish("www.example.org", { CNAME: ["example.org"] });
      net.publish("_matrix-fed._tcp.example.org", { SRV: ["10 0 8448 hs.example.net"] });
      await net.homeserver("example.org", { host: "hs.example.net", tls: await net.issuer.issue({ names: ["example.org"] }) });
    },
    finds: ["address/cname-loop warning", "srv/not-recommended info"],
    verdict: "warn",
    and: ({ reach }) => assert.ok(reach.every(({ reaches }) => reaches === "yes")),
  },
  {
    title: "cname-loop: of a host that the well-known is redirected to, and 8448 is closed",
    network: redirectsTo(inCircle),
    finds: ["address/cname-loop error", "connect/refused error < address/cname-loop"],
    verdict: "fail",
    and({ findings, steps }) {
      assert.match(findings[0]?.detail ?? "", /redirects to https:\/\/www\.example\.org\//);
      assert.match(steps.find(({ id }) => id === "well-known")?.detail ?? "", /whose CNAME records lead in a circle/);
    },
  },
  {
    title: "cname-loop: of a host that the well-known is redirected to, and 8448 works",
    network: redirectsTo(inCircle, "8448 works"),
    finds: ["address/cname-loop warning"],
    verdict: "warn",
  },
  {
    title: "cname-loop: of the first of two SRV targets",
    async network(net) {
      await net.web("example.org");
      net.publish("a.example.net", { CNAME: ["b.example.net"] });
      net.publish("b.example.net", { CNAME: ["a.example.net"] });
      net.publish("_matrix-fed._tcp.example.org", { SRV: ["10 0 8448 a.example.net", "20 0 8448 hs.example.net"] });
      await net.homeserver("example.org", { host: "hs.example.net", tls: await net.issuer.issue({ names: ["example.org"] }) });
    },
    finds: ["address/cname-loop error", "well-known/not-found info", "srv/not-recommended info"],
    verdict: "fail",
  },
  {
    title: "cname-loop: with itself",
    network: targetSays({ CNAME: ["matrix.example.org"] }),
    finds: ["address/cname-loop error"],
    verdict: "fail",
  },
  {
    title: "cname-loop: of three, entered from outside, in upper and lower case",
    async network(net) {
      await targetSays({ CNAME: ["A.example.net"] })(net);
      net.publish("a.example.net", { CNAME: ["B.Example.net"] });
      net.publish("b.example.net", { CNAME: ["c.example.net"] });
      net.publish("c.example.net", { CNAME: ["a.EXAMPLE.net"] });
    },
    finds: ["address/cname-loop error"],
    verdict: "fail",
  },
  {
    title: "cname-loop: each alias comes in an answer of its own",
    async network(net) {
      await targetSays({ CNAME: { records: ["a.example.net"], stopAtCname: true, soa: null } })(net);
      net.publish("a.example.net", { CNAME: { records: ["matrix.example.org"], stopAtCname: true, soa: null } });
    },
    finds: ["address/cname-loop error"],
    verdict: "fail",
  },
  {
    title: "no loop: a chain of sixteen aliases",
    async network(net) {
      await targetSays({ CNAME: ["n1.example.net"] })(net);
      for (let at = 1; at < 16; at++) net.publish(`n${at}.example.net`, { CNAME: [`n${at + 1}.example.net`] });
      net.publish("n16.example.net", { A: ["127.0.0.1"] });
    },
    finds: [],
    verdict: "pass",
  },
];

const kinds: Scenario[] = [
  {
    title: "not-public: 10.0.0.1 beside a public address (nothing is contacted)",
    serverName: "example.org:8448",
    options: { allowPrivate: false, probe: false },
    network: async (net) => net.publish("example.org", { A: ["10.0.0.1", "8.8.8.8"] }),
    finds: ["address/not-public error", "name/explicit-port info"],
    verdict: "fail",
    and: (report) => assert.deepEqual(report.findings[0]?.affects, ["Synapse"]),
  },
  {
    title: "not-public: an IPv6 address that holds a private IPv4 one",
    serverName: "example.org:8448",
    options: { allowPrivate: false, probe: false },
    network: async (net) => net.publish("example.org", { A: ["8.8.8.8"], AAAA: ["::ffff:10.0.0.1"] }),
    finds: ["address/not-public error", "name/explicit-port info"],
    verdict: "fail",
  },
  {
    title: "not-public: public addresses",
    serverName: "example.org:8448",
    options: { allowPrivate: false, probe: false },
    network: async (net) => net.publish("example.org", { A: ["8.8.8.8"], AAAA: ["2001:4860:4860::8888"] }),
    finds: ["name/explicit-port info"],
    verdict: "pass",
  },
  {
    title: "not-public: loopback, for the well-known and for the target",
    options: { allowPrivate: false },
    network: healthy,
    finds: ["address/not-public error", "address/not-public error"],
    verdict: "fail",
  },
  {
    title: "not-public: only the well-known's host; nobody outside reads the file, and port 8448 is at the same address",
    options: { allowPrivate: false },
    async network(net) {
      await delegation(net, "matrix.example.org:443");
      await net.homeserver("example.org", { host: "matrix.example.org", port: 443, overridden: true });
    },
    finds: ["address/not-public error"],
    verdict: "fail",
    and({ findings, reach }) {
      assert.deepEqual([findings[0]?.where, findings[0]?.affects], [["example.org"], "all"]);
      for (const { homeserver, reaches, because } of reach)
        assert.deepEqual([reaches, because], ["no", ["address/not-public"]], homeserver);
    },
  },
  {
    title: "not-public: what fails at such an address is a consequence, whatever it is: others don't even get there",
    options: { allowPrivate: false },
    async network(net) {
      net.publish("example.org", { A: ["127.0.0.1"] });
      await net.closed("example.org", 443);
      await net.closed("example.org", 8448);
    },
    finds: ["address/not-public error", "well-known/unreachable error < address/not-public", "connect/refused error < address/not-public"],
    verdict: "fail",
  },
  {
    title: "not-public: a certificate at the target's address",
    options: { allowPrivate: false },
    async network(net) {
      await net.web("example.org", {
        overridden: true,
        routes: { "/.well-known/matrix/server": { body: { "m.server": "matrix.example.org:443" } } },
      });
      await net.homeserver("example.org", {
        host: "matrix.example.org",
        port: 443,
        tls: await net.issuer.issue({ names: ["example.net"] }),
      });
    },
    finds: ["address/not-public error", "tls/name-mismatch error < address/not-public"],
    verdict: "fail",
  },
  {
    title: "not-public: an IP literal",
    serverName: "127.0.0.1",
    options: { allowPrivate: false },
    network: async (net) => net.homeserver("127.0.0.1", { tls: await net.issuer.issue({ names: ["127.0.0.1"] }), unpublished: true }),
    finds: ["address/not-public error"],
    verdict: "fail",
  },
  {
    title: "public: DNS says 10.0.0.1, but --connect-to says where to connect",
    options: { allowPrivate: false },
    async network(net) {
      await net.web("example.org", {
        routes: { "/.well-known/matrix/server": { body: { "m.server": "matrix.example.org:443" } } },
        overridden: true,
      });
      await net.homeserver("example.org", { host: "matrix.example.org", port: 443, overridden: true });
      for (const host of ["example.org", "matrix.example.org"]) net.publish(host, { A: ["10.0.0.1", "8.8.8.8"] });
    },
    finds: [],
    verdict: "pass",
  },
  {
    title: "public: a private address of a host that the route doesn't need",
    serverName: "example.org:8448",
    options: { allowPrivate: false, probe: false },
    async network(net) {
      net.publish("example.org", { A: ["8.8.8.8"] });
      net.publish("_matrix-fed._tcp.example.org", { SRV: ["10 0 8448 hs.example.net"] });
      net.publish("hs.example.net", { A: ["10.0.0.1"] });
    },
    finds: ["name/explicit-port info"],
    verdict: "pass",
  },
  { title: "ipv6-only", network: (net) => onBoth(net, ["::1"]), finds: ["address/ipv6-only warning"], verdict: "warn" },
  {
    title: "ipv6-only: the base domain, and its target has IPv4",
    async network(net) {
      await net.web("example.org", {
        addresses: ["::1"],
        routes: { "/.well-known/matrix/server": { body: { "m.server": "matrix.example.org:443" } } },
      });
      await net.homeserver("example.org", { host: "matrix.example.org", port: 443 });
    },
    finds: ["address/ipv6-only warning"],
    verdict: "warn",
    and: ({ findings: [first] }) => assert.ok(!first?.detail.includes("Dendrite")),
  },
  {
    title: "ipv6-only: the host that the well-known is redirected to",
    async network(net) {
      await net.web("example.org", { fallback: redirect("https://www.example.net/.well-known/matrix/server") });
      await net.web("www.example.net", {
        addresses: ["::1"],
        routes: { "/.well-known/matrix/server": { body: { "m.server": "matrix.example.org:443" } } },
      });
      await net.homeserver("example.org", { host: "matrix.example.org", port: 443 });
    },
    finds: ["address/ipv6-only warning", "well-known/redirected info"],
    verdict: "warn",
    and({ findings: [first] }) {
      assert.equal(
        first?.detail,
        "www.example.net has 1 AAAA record and no A record. Homeservers without IPv6 can't fetch the well-known file there.",
      );
      assert.match(first.fix[0] ?? "", /\nwww\.example\.net\. {2}IN A /);
    },
  },
  {
    title: "not ipv6-only: the host that the well-known is redirected to, where there is no file",
    async network(net) {
      await net.web("example.org", { fallback: redirect("https://www.example.net/.well-known/matrix/server") });
      await net.web("www.example.net", { addresses: ["::1"] });
      await net.homeserver("example.org");
    },
    finds: ["well-known/not-found info"],
    verdict: "pass",
  },
  {
    title: "ipv6-only: an alias, beside which no A record may stand: it belongs where the alias leads",
    async network(net) {
      await onBoth(net, ["::1"]);
      net.dns.zone["matrix.example.org"] = { CNAME: ["hs.example.net"] };
      net.publish("hs.example.net", { AAAA: ["::1"] });
    },
    finds: ["address/ipv6-only warning"],
    verdict: "warn",
    and: ({ findings: [found] }) => assert.match(found?.fix[0] ?? "", /\nhs\.example\.net\. {2}IN A /),
  },
  { title: "not ipv6-only: both", network: (net) => onBoth(net), finds: [], verdict: "pass" },
  {
    title: "not ipv6-only: -6 doesn't ask for A",
    options: { family: 6 },
    async network(net) {
      await net.web("example.org", {
        addresses: ["::1"],
        routes: { "/.well-known/matrix/server": { body: { "m.server": "matrix.example.org:443" } } },
      });
      await net.homeserver("example.org", { host: "matrix.example.org", port: 443, addresses: ["::1"] });
    },
    finds: [],
    verdict: "pass",
  },
  {
    title: "not ipv6-only: the question for A failed",
    async network(net) {
      await onBoth(net, ["::1"]);
      net.dns.zone["matrix.example.org"] = { A: "REFUSED", AAAA: ["::1"] };
    },
    finds: ["address/lookup-failed warning"],
    verdict: "warn",
  },
];

const untested: Scenario[] = [
  {
    title: "untested: no route to the IPv6 address; IPv4 works",
    network: targetSays({ A: ["127.0.0.1"], AAAA: ["fe80::1"] }),
    finds: ["address/untested info"],
    verdict: "pass",
    and: (report) =>
      assert.deepEqual(
        report.route?.targets[0]?.endpoints.map(({ status }) => status),
        ["ok", "untested"],
      ),
  },
  {
    title: "untested: no route to the IPv4 address; IPv6 works",
    async network(net) {
      await onBoth(net, ["::1"]);
      net.publish("matrix.example.org", { A: ["255.255.255.255"] });
    },
    finds: ["address/untested info"],
    verdict: "pass",
  },
  {
    title: "untested: no route to any address of the target",
    network: targetSays({ A: ["255.255.255.255"], AAAA: ["fe80::1"] }),
    finds: ["address/untested info", "address/untested info"],
    verdict: "inconclusive",
  },
  {
    title: "untested: no route to any address of the base domain, so nothing is known about the route",
    async network(net) {
      await healthy(net);
      net.dns.zone["example.org"] = { AAAA: ["fe80::1"] };
    },
    finds: ["address/untested info"],
    verdict: "inconclusive",
    and: (report) => assert.equal(report.route, null),
  },
  {
    title: "untested: no route to the only address of the target, and the well-known is missing: nothing fails",
    async network(net) {
      await net.web("example.org");
      net.publish("_matrix-fed._tcp.example.org", { SRV: ["10 0 8448 hs.example.net"] });
      net.publish("hs.example.net", { AAAA: ["fe80::1"] });
    },
    finds: ["address/untested info", "address/ipv6-only warning", "well-known/not-found info", "srv/not-recommended info"],
    verdict: "inconclusive",
  },
  {
    title: "untested: of twenty addresses the last ones",
    async network(net) {
      await delegation(net, "matrix.example.org:443");
      await net.homeserver("example.org", { host: "matrix.example.org", port: 443, addresses: ["0.0.0.0"], unpublished: true });
      net.publish("matrix.example.org", { A: Array.from({ length: 20 }, (_, index) => `127.0.1.${index + 1}`) });
    },
    finds: ["address/untested info"],
    verdict: "pass",
    and: (report) => assert.equal(report.route?.targets[0]?.endpoints.length, 16),
  },
  {
    title: "untested: -4, and there are only IPv6 addresses",
    options: { family: 4 },
    async network(net) {
      await delegation(net, "matrix.example.org:443");
      await net.homeserver("example.org", { host: "matrix.example.org", port: 443, addresses: ["::1"] });
    },
    finds: ["address/untested info"],
    verdict: "inconclusive",
  },
  {
    title: "untested: -6, and there are only IPv4 addresses",
    options: { family: 6 },
    network: healthy,
    finds: ["address/untested info"],
    verdict: "inconclusive",
  },
  {
    title: "untested: -4, no well-known, and the SRV target has only IPv6 addresses",
    options: { family: 4 },
    async network(net) {
      await net.web("example.org");
      net.publish("_matrix-fed._tcp.example.org", { SRV: ["10 0 8448 hs.example.net"] });
      net.publish("hs.example.net", { AAAA: ["::1"] });
    },
    finds: ["address/untested info", "well-known/not-found info", "srv/not-recommended info"],
    verdict: "inconclusive",
  },
  {
    title: "untested: -4, and the base domain has only IPv6 addresses: whether there is a file decides the route",
    options: { family: 4 },
    async network(net) {
      await net.web("example.org", {
        addresses: ["::1"],
        routes: { "/.well-known/matrix/server": { body: { "m.server": "matrix.example.org:443" } } },
      });
      await net.homeserver("example.org", { host: "matrix.example.org", port: 443 });
      net.publish("_matrix-fed._tcp.example.org", { SRV: ["10 0 8448 old.example.org"] });
      net.publish("old.example.org", { A: ["127.0.0.1"] });
      await net.closed("old.example.org", 8448);
    },
    finds: ["address/untested info"],
    verdict: "inconclusive",
    and({ route, findings, steps }) {
      assert.equal(route, null);
      assert.match(findings[0]?.detail ?? "", /^-4 leaves out \[::1\]:\d+\. It was not tested\.$/);
      assert.equal(steps.find(({ id }) => id === "well-known")?.status, "unknown");
    },
  },
  ...(["8448 works", "8448 is closed"] as const).map((port8448) => ({
    title: `untested: -4, and the well-known is redirected to a host with only IPv6 addresses; ${port8448}`,
    options: { family: 4 as const },
    network: redirectsTo((net) => net.publish("www.example.org", { AAAA: ["::1"] }), port8448),
    finds: ["address/untested info"],
    verdict: "inconclusive" as const,
    and: ({ findings }: Report) => assert.match(findings[0]?.detail ?? "", /^-4 leaves out \[::1\]:\d+\. It was not tested\.$/),
  })),
  {
    title: "not-public: what is wrong at a backup's address, where nobody gets, is no worse than that",
    options: { allowPrivate: false },
    async network(net) {
      await net.web("example.org", { overridden: true });
      net.publish("_matrix-fed._tcp.example.org", { SRV: ["10 0 8448 a.example.net", "20 0 8448 b.example.net"] });
      const tls = await net.issuer.issue({ names: ["example.org"] });
      await net.homeserver("example.org", { host: "a.example.net", overridden: true, tls });
      await net.homeserver("example.org", { host: "b.example.net", tls: await net.issuer.issue({ names: ["other.test"] }) });
    },
    finds: [
      "address/not-public warning",
      "well-known/not-found info",
      "srv/not-recommended info",
      "tls/name-mismatch warning < address/not-public",
    ],
    verdict: "warn",
  },
  {
    title: "untested: -6, and the well-known is redirected to an IPv4 address",
    options: { family: 6 },
    async network(net) {
      await net.web("example.org", { addresses: ["::1"], routes: { [PATH]: redirect(`https://127.0.0.1${PATH}`) } });
      await net.closed("example.org", 8448);
    },
    finds: ["address/untested info"],
    verdict: "inconclusive",
  },
  {
    title: "untested: the well-known is redirected to a host that this machine has no way to",
    network: redirectsTo((net) => net.publish("www.example.org", { A: [NO_ROUTE_4] })),
    finds: ["address/untested info"],
    verdict: "inconclusive",
    and: ({ findings }) => assert.match(findings[0]?.detail ?? "", /^This machine has no IPv4 connection to 255\.255\.255\.255:443\./),
  },
  {
    title: "untested: -4, the preferred SRV target has only IPv6 addresses, and the backup is refused: nobody may ever try that",
    options: { family: 4 },
    async network(net) {
      await net.web("example.org");
      net.publish("_matrix-fed._tcp.example.org", { SRV: ["10 0 8448 a.example.net", "20 0 8448 b.example.net"] });
      net.publish("a.example.net", { AAAA: ["::1"] });
      net.publish("b.example.net", { A: ["127.0.0.1"] });
      await net.closed("b.example.net", 8448);
    },
    finds: ["address/untested info", "well-known/not-found info", "srv/not-recommended info"],
    verdict: "inconclusive",
    and: ({ findings }) => assert.deepEqual(findings[0]?.where, ["a.example.net"]),
  },
  {
    title: "untested: -6, and the server name is an IPv4 address",
    serverName: "127.0.0.1",
    options: { family: 6 },
    network: async () => {},
    finds: ["address/untested info"],
    verdict: "inconclusive",
    and: ({ summary }) => assert.match(summary, /Only IPv6 was asked for, and 127\.0\.0\.1 has no IPv6 address/),
  },
  {
    title: "-4 says nothing about IPv6, dead or alive",
    options: { family: 4 },
    network: targetSays({ A: ["127.0.0.1"], AAAA: "SERVFAIL" }),
    finds: [],
    verdict: "pass",
  },
  {
    title: "-6 says nothing about IPv4, dead or alive",
    options: { family: 6 },
    async network(net) {
      await net.web("example.org", {
        addresses: ["::1"],
        routes: { "/.well-known/matrix/server": { body: { "m.server": "matrix.example.org:443" } } },
      });
      await net.homeserver("example.org", { host: "matrix.example.org", port: 443, addresses: ["::1"] });
      net.publish("matrix.example.org", { A: ["127.0.0.1"] });
    },
    finds: [],
    verdict: "pass",
  },
];

run([...none, ...lookup, ...loops, ...kinds, ...untested]);
