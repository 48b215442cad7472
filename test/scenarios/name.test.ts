/** name/*: the server name itself. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { check } from "../../src/check.ts";
import type { Report } from "../../src/facts/output.ts";
import type { Network } from "../lab/network.ts";
import { assertHarmless } from "../lab/shown.ts";
import { delegation, findingsOf, run, type Scenario } from "./scenario.ts";

/** A homeserver of that name on port 8448 of the same host, reached whatever DNS says, and no well-known. */
async function alone(net: Network, serverName: string): Promise<void> {
  const host = serverName.toLowerCase();
  await net.web(host, { overridden: true });
  await net.homeserver(serverName, { host, overridden: true });
}

const HERE = ["well-known/not-found info"];
const named = (serverName: string, finds: string[], options: Scenario["options"] = {}): Scenario => ({
  title: `${serverName}: ${finds.length > 0 ? finds.join(", ") : "nothing"}`,
  serverName,
  options,
  network: (net) => alone(net, serverName),
  finds: [...finds, ...HERE],
  verdict: finds.some((find) => find.endsWith("error")) ? "fail" : finds.length > 0 ? "warn" : "pass",
});
const PUBLIC = { allowPrivate: false };

/** Nothing but what is published stands in DNS. */
const unknown = (title: string, serverName: string, more: Partial<Scenario> = {}): Scenario => ({
  title: `not-registered: ${title}`,
  serverName,
  network: async () => {},
  finds: ["name/not-registered error", "well-known/no-address error < name/not-registered", "address/none error < name/not-registered"],
  verdict: "fail",
  ...more,
});
const REGISTERED = ["well-known/no-address error", "address/none error < well-known/no-address"];
const says =
  (...parts: string[]) =>
  (report: Report): void => {
    const { detail, fix } = report.findings[0]!;
    for (const part of parts) assert.ok([detail, ...fix].join("\n").includes(part), `${part} in ${detail} ${fix.join(" ")}`);
  };

run([
  unknown("a domain", "example.org", {
    and: says("example.org doesn't exist in DNS (NXDOMAIN). It is not registered, or its registration has"),
  }),
  unknown("a host of it", "matrix.example.co.uk", { and: says("example.co.uk doesn't exist in DNS") }),
  unknown("as the registry says", "hs.example.org", {
    network: (net) => net.nameservers("org", { "ns1.nic.test": {} }),
    and: says("as the nameservers of org say"),
  }),
  unknown("with a port", "example.org:8448", {
    finds: ["name/not-registered error", "name/explicit-port info", "address/none error < name/not-registered"],
  }),
  unknown("no such top-level domain", "example.con", {
    options: PUBLIC,
    and: says(
      "example.con doesn't exist in DNS (NXDOMAIN), and con isn't a top-level domain",
      "Probably example.com is the right name",
      "matrix-delegation-check example.com",
    ),
  }),
  unknown("no such top-level domain, and none that is near", "hs.example.zzzzzz", {
    options: PUBLIC,
    and: says("zzzzzz isn't a top-level domain"),
  }),
  unknown("no such top-level domain, with --allow-private", "example.con", {
    and: says("con isn't a top-level domain", "Probably example.com is the right name"),
  }),
  unknown("one word", "exmaple", {
    options: PUBLIC,
    and: says("exmaple doesn't exist in DNS (NXDOMAIN). It has only one label", "exmaple.org"),
  }),
  unknown("one word that is nearly a command", "chek", {
    options: PUBLIC,
    and: says("Perhaps you mean the command check.", "matrix-delegation-check check example.com"),
  }),
  unknown("not it: the domain is there, the host isn't", "matrix.example.org", {
    network: async (net) => net.publish("example.org", { NS: ["ns1.example.net"] }),
    finds: REGISTERED,
  }),
  unknown("not it: only this machine's resolver says so", "example.org", {
    network: (net) => net.nameservers("org", { "ns1.nic.test": { "example.org": { NS: ["ns1.example.org"] } } }),
    finds: REGISTERED,
  }),
  unknown("not it: a top-level domain of an internal federation", "hs.corp", {
    network: async (net) => net.publish("corp", { NS: ["ns1.corp"] }),
    finds: REGISTERED,
  }),
  unknown("not it: set aside for special uses", "hs.example.test", { finds: REGISTERED }),
  unknown("not it: no address, and something else is there", "example.org", {
    network: async (net) => net.publish("example.org", { TXT: ["something"] }),
    finds: REGISTERED,
  }),
  unknown("not it: the resolver fails", "example.org", {
    network: async (net) => net.publish("example.org", { any: "SERVFAIL" }),
    finds: ["address/lookup-failed error"],
  }),
  unknown("not it: a zone file has nothing of the host", "hs.example.org", {
    options: {
      zones: [{ file: "zone", text: "$ORIGIN example.org.\n@ 300 SOA ns1 hostmaster 1 2 3 4 5\n@ 300 NS ns1\nns1 300 A 192.0.2.1\n" }],
    },
    finds: REGISTERED,
  }),
]);

run([
  named("Example.org", ["name/uppercase warning"]),
  named("-hs.example.org", ["name/odd-label error"]),
  named("hs-.example.org", ["name/odd-label error"]),
  named("ab--cd.example.org", ["name/odd-label error"]),
  named("xn--ls8h.example.org", ["name/odd-label error"]),
  named("xn--a.example.org", ["name/odd-label error"]),
  named("xn--bcher-kva.example.org", []),
  named("a-b.a--b.3com.example.org", []),
  named(`${"a".repeat(63)}.example.org`, []),
  named("example.test", ["name/not-public warning"], PUBLIC),
  named("example.test", []),
  named("matrix", ["name/not-public warning"], PUBLIC),
  named("hs.internal", ["name/not-public warning"], PUBLIC),
  named("example.con", ["name/not-public warning"], PUBLIC),
  named("hs.example.123", ["name/not-public warning"], PUBLIC),
  named("hs.example.123", []),
  named("example.org", [], PUBLIC),
  named("example.co.uk", [], PUBLIC),
  named("co.uk", ["name/public-suffix warning"], PUBLIC),
  named("github.io", [], PUBLIC),
  {
    title: "an upper-case letter in m.server says nothing about the server name",
    async network(net) {
      await delegation(net, "Matrix.example.org:443");
      await net.homeserver("example.org", { host: "matrix.example.org", port: 443 });
    },
    finds: [],
    verdict: "pass",
  },
  {
    title: "explicit-port; a port in m.server is none of the server name",
    serverName: "example.org:8448",
    network: (net) => net.homeserver("example.org:8448", { host: "example.org" }),
    finds: ["name/explicit-port info"],
    verdict: "pass",
  },
  {
    title: "odd-label: the host of m.server",
    async network(net) {
      await delegation(net, "-matrix.example.org:443");
      await net.homeserver("example.org", { host: "-matrix.example.org", port: 443 });
    },
    finds: ["name/odd-label error"],
    verdict: "fail",
    // No resolver of any of them takes a hyphen at the edge.
    and({ findings: [first] }) {
      assert.ok(first?.affects.includes("Synapse") && first.affects.includes("Dendrite"));
      assert.match(first?.detail ?? "", /Synapse, Dendrite, .* refuse such a host name and don't connect\.$/);
    },
  },
  {
    title: "odd-label: m.server is a hyphen, for which no record can be made",
    network: (net) => delegation(net, "-"),
    finds: ["name/odd-label error"],
    verdict: "fail",
  },
  {
    title: "odd-label: an SRV target with an underscore; those of its owner are right",
    async network(net) {
      await net.web("example.org");
      net.publish("_matrix-fed._tcp.example.org", { SRV: ["10 0 8448 my_hs.example.net"] });
      await net.homeserver("example.org", { host: "my_hs.example.net", tls: await net.issuer.issue({ names: ["example.org"] }) });
    },
    finds: ["name/odd-label error", "well-known/not-found info", "srv/not-recommended info"],
    verdict: "fail",
    and: (report) => assert.deepEqual(report.findings[0]?.where, ["my_hs.example.net"]),
  },
  {
    title: "odd-label: not for the target of an SRV record that isn't used",
    async network(net) {
      await delegation(net, "matrix.example.org:443");
      net.publish("_matrix-fed._tcp.example.org", { SRV: ["10 0 443 my_hs.example.net"] });
      net.publish("my_hs.example.net", { A: ["127.0.0.1"] });
      await net.homeserver("example.org", { host: "matrix.example.org", port: 443 });
    },
    finds: ["srv/unused info"],
    verdict: "pass",
  },
]);

const INVALID = [
  "",
  " ",
  "https://example.org/",
  "@alice:example.org",
  "exämple.org",
  "my_server.example.org",
  "example.org.",
  "example..org",
  ".example.org",
  "example.org:",
  "example.org:0",
  "example.org:65536",
  "example.org:+443",
  "2001:db8::1",
  "[2001:db8::1",
  "[fe80::1%eth0]",
  "256.1.1.1",
  "1.2.3.04",
  `${"a".repeat(64)}.org`,
  "a.".repeat(140) + "org",
  "\u001b[31mexample.org",
  "example.org\n::error::x",
  "example\u202e.org",
  "\ud800.org",
  "x".repeat(1_000_000),
];
for (const serverName of INVALID) {
  test(`no server name: ${JSON.stringify(serverName.slice(0, 40))}`, async () => {
    const steps: string[] = [];
    // Nothing would listen there: nothing is asked.
    const report = await check(serverName, { dnsServers: ["127.0.0.1:1"], onStep: (step) => steps.push(step) });
    assert.deepEqual(findingsOf(report), ["name/invalid error"]);
    assert.equal(report.verdict, "fail");
    assert.equal(report.route, null);
    assert.equal(report.internalErrors, undefined);
    assert.deepEqual(steps, []);
    assert.deepEqual(
      report.steps.map(({ status }) => status),
      ["fail", ...Array<string>(7).fill("skip")],
    );
    assertHarmless(report);
  });
}
