/** What is about this machine, its network and its resolver, and says nothing about the server. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { check, type CheckOptions, judgeAgain } from "../../src/check.ts";
import { formatResolver } from "../../src/net/dns/resolver-address.ts";
import { refusingResolver } from "../lab/dns-server.ts";
import { startNetwork } from "../lab/network.ts";
import type { WebServer } from "../lab/web-server.ts";
import { program } from "../lab/program.ts";
import { delegation, findingsOf, healthy, run } from "./scenario.ts";

const DAY = 86_400_000;

run([
  {
    title: "dns/captive: one address for every name, with a login page",
    async network(net) {
      const [portal] = await net.web("portal.example.net", { fallback: { status: 200, body: "<html><title>Login</title></html>" } });
      assert.ok(portal);
      net.publish("*.org", { A: ["127.0.0.1"] });
      net.publish("example.org", { A: ["127.0.0.1"] });
      await net.closed("example.org", 8448);
      await net.closed("example.org", 443);
    },
    finds: ["dns/captive info", "well-known/unreachable error < dns/captive", "connect/refused error < dns/captive"],
    verdict: "inconclusive",
  },
  {
    title: "not dns/captive: names that don't exist don't",
    async network(net) {
      net.publish("example.org", { A: ["127.0.0.1"] });
      await net.closed("example.org", 8448);
      await net.closed("example.org", 443);
    },
    finds: ["well-known/unreachable error", "connect/refused error < well-known/unreachable"],
    verdict: "fail",
  },
  {
    title: "not dns/captive: only names that don't exist have the resolver's address, and the zone's nameservers know it",
    async network(net) {
      await delegation(net, "matrix.example.org:443");
      await net.web("matrix.example.org", { fallback: { status: 200, body: "<html><title>Are you looking for this?</title></html>" } });
      net.publish("*.org", { A: ["127.0.0.1"] });
      await net.nameservers("example.org", { "ns1.example.org": { "matrix.example.org": "NXDOMAIN" } });
    },
    finds: ["address/none error"],
    verdict: "fail",
    and(report) {
      assert.match(report.findings[0]?.detail ?? "", /NXDOMAIN.*nameservers say so\. This machine's resolver gives it 127\.0\.0\.1/);
      assert.deepEqual(report.route?.targets[0]?.endpoints, []);
    },
  },
  {
    title: "not dns/captive: the server name itself doesn't exist, and the resolver has an address for it",
    async network(net) {
      await net.web("example.org", { fallback: { status: 200, body: "<html><title>Are you looking for this?</title></html>" } });
      await net.closed("example.org", 8448);
      net.publish("*.org", { A: ["127.0.0.1"] });
      await net.nameservers("example.org", { "ns1.example.org": { "example.org": "NXDOMAIN" } });
    },
    finds: ["well-known/no-address error", "address/none error < well-known/no-address"],
    verdict: "fail",
  },
  {
    title: "not dns/captive: nobody has registered the domain, and the resolver has an address for it",
    async network(net) {
      await net.web("example.org", { fallback: { status: 200, body: "<html><title>Are you looking for this?</title></html>" } });
      await net.closed("example.org", 8448);
      net.publish("*.org", { A: ["127.0.0.1"] });
      await net.nameservers("org", { "a0.nic.org": { "example.org": "NXDOMAIN" } });
    },
    finds: ["name/not-registered error", "well-known/no-address error < name/not-registered", "address/none error < name/not-registered"],
    verdict: "fail",
  },
  {
    title: "not dns/captive: a private top-level domain with a wildcard, as dnsmasq's address=/lan/ makes it",
    serverName: "hs.lan",
    async network(net) {
      await net.web("hs.lan", { routes: { "/.well-known/matrix/server": { body: { "m.server": "matrix.hs.lan:443" } } } });
      net.publish("*.lan", { A: ["127.0.0.1"] });
      net.publish("*.hs.lan", { A: ["127.0.0.1"] });
      await net.closed("matrix.hs.lan", 443);
    },
    finds: ["connect/refused error"],
    verdict: "fail",
  },
  {
    title: "dns/captive: a name in a private top-level domain, and one address for everything",
    serverName: "hs.lan",
    async network(net) {
      net.dns.setZone({ "*.lan": { A: ["127.0.0.1"] }, "*.com": { A: ["127.0.0.1"] } });
      await net.web("hs.lan", { unpublished: true, fallback: { status: 200, body: "<html><form>Log in</form></html>" } });
      await net.closed("hs.lan", 8448);
    },
    finds: ["dns/captive info", "well-known/not-json error < dns/captive", "connect/refused error < dns/captive"],
    verdict: "inconclusive",
  },
  {
    title: "dns/resolver-refuses: NOTIMP to SRV, and the zone's nameserver knows",
    async network(net) {
      await net.web("example.org");
      await net.homeserver("example.org", { host: "hs.example.org", port: 8448, tls: await net.issuer.issue({ names: ["example.org"] }) });
      net.publish("_matrix-fed._tcp.example.org", { SRV: { rcode: "NOTIMP" } });
      net.publish("_matrix._tcp.example.org", { SRV: { rcode: "NOTIMP" } });
      await net.nameservers("example.org", {
        "ns1.example.org": {
          "_matrix-fed._tcp.example.org": { SRV: ["10 5 8448 hs.example.org"] },
          "_matrix._tcp.example.org": "NXDOMAIN",
        },
      });
    },
    finds: ["dns/resolver-refuses info", "well-known/not-found info", "srv/not-recommended info"],
    verdict: "pass",
  },
]);

test("machine/clock: three years off, every certificate seems out of date, and nothing is said about the server", async () => {
  const net = await startNetwork();
  try {
    await healthy(net);
    const { facts } = await check("example.org", net.options());
    for (const years of [-3, 3]) {
      const startedAt = new Date(Date.parse(facts.startedAt) + years * 365 * DAY).toISOString();
      const report = await judgeAgain({ ...facts, startedAt });
      assert.equal(report.verdict, "inconclusive", JSON.stringify(report.findings, null, 1));
      assert.equal(report.findings[0]?.code, "machine/clock");
      assert.match(report.summary, /by this machine's clock/);
    }
    assert.equal((await judgeAgain(facts)).verdict, "pass");
  } finally {
    await net.close();
  }
});

test("not machine/clock: the certificate is out of date by the servers' dates, too", async () => {
  const net = await startNetwork();
  try {
    await delegation(net, "matrix.example.org:443");
    const tls = await net.issuer.issue({
      names: ["matrix.example.org"],
      notBefore: new Date(Date.now() - 90 * DAY),
      notAfter: new Date(Date.now() - DAY),
    });
    await net.homeserver("example.org", { host: "matrix.example.org", port: 443, tls });
    assert.deepEqual(findingsOf(await check("example.org", net.options())), ["tls/expired error"]);
  } finally {
    await net.close();
  }
});

test("the time is up: what is still waited for, and what was found out until then", async () => {
  const net = await startNetwork();
  try {
    await delegation(net, "matrix.example.org:443");
    net.publish("matrix.example.org", { A: ["127.0.0.1"] });
    await net.filtered("matrix.example.org", 443);
    const report = await check("example.org", net.options({ timeoutMs: 60_000, deadlineMs: 1_500 }));
    assert.equal(report.verdict, "inconclusive", JSON.stringify(report.findings, null, 1));
    assert.equal(report.findings[0]?.code, "address/untested");
    assert.match(report.summary, /^example\.org could not be checked from this machine: The time for this check ended after/);
    assert.match(report.findings[0]?.detail ?? "", /still waiting for a TCP connection to 127\.0\.0\.1:\d+/);
    assert.equal(report.route?.delegatedName, "matrix.example.org:443");
    const ignoring = await judgeAgain(report.facts, { ignore: ["address/untested"] });
    assert.equal(ignoring.summary, "example.org could not be checked from this machine.");
  } finally {
    await net.close();
  }
});

test("a well-known that uses its share of the time up is timed out, and the rest goes on", async () => {
  const net = await startNetwork();
  try {
    await net.web("example.org", { onAccept: "stall" });
    await net.homeserver("example.org");
    const report = await check("example.org", net.options({ timeoutMs: 60_000, deadlineMs: 4_000 }));
    assert.deepEqual(findingsOf(report), ["well-known/timeout warning"]);
  } finally {
    await net.close();
  }
});

test("however short the time: a healthy server doesn't fail", async () => {
  const net = await startNetwork();
  try {
    await net.web("example.org", {
      routes: { "/.well-known/matrix/server": { body: { "m.server": "matrix.example.org:443" }, delayMs: 150 } },
    });
    await net.homeserver("example.org", { host: "matrix.example.org", port: 443 });
    for (let deadlineMs = 20; deadlineMs <= 400; deadlineMs += 20) {
      const report = await check("example.org", net.options({ deadlineMs }));
      assert.ok(["pass", "inconclusive"].includes(report.verdict), `${deadlineMs} ms: ${report.summary}`);
    }
  } finally {
    await net.close();
  }
});

/** Connections, and requests, of one endpoint. */
const ALL = 4;
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

for (const [what, delays, asked, expected] of [
  [
    "TLS",
    { handshakeMs: 600_000 },
    ({ accepted }: WebServer): number => accepted,
    "connect pass, tls unknown, federation unknown, keys unknown",
  ],
  [
    "its answers",
    { responseMs: 600_000 },
    ({ requests }: WebServer): number => requests.length,
    "connect pass, tls pass, federation unknown, keys unknown",
  ],
] as const) {
  test(`it ends while the homeserver still owes ${what}: the steps say that, and not that something blocks them`, async () => {
    const net = await startNetwork();
    try {
      await delegation(net, "matrix.example.org:443");
      const [server] = await net.homeserver("example.org", { host: "matrix.example.org", port: 443, delays });
      assert.ok(server);
      const stop = new AbortController();
      const checking = check("example.org", { ...net.options({ timeoutMs: 60_000 }), signal: stop.signal });
      while (asked(server) < ALL) await turn();
      // The last ones of this process have to hear of it, too.
      for (let turns = 0; turns < 20; turns++) await turn();
      stop.abort();
      const { steps, verdict } = await checking;
      assert.equal(verdict, "inconclusive");
      assert.equal(
        steps
          .filter(({ id }) => ["connect", "tls", "federation", "keys"].includes(id))
          .map(({ id, status }) => `${id} ${status}`)
          .join(", "),
        expected,
        JSON.stringify(steps),
      );
    } finally {
      await net.close();
    }
  });
}

test("without a resolver nobody knows whether the well-known's host has an address; with -6 IPv4 isn't asked", async () => {
  const net = await startNetwork();
  try {
    await healthy(net);
    const wellKnownOf = async (options: CheckOptions): Promise<string> => {
      const { steps } = await check("example.org", net.options(options));
      const step = steps.find(({ id }) => id === "well-known");
      return `${step?.status}: ${step?.detail}`;
    };
    assert.match(await wellKnownOf({ dnsServers: [formatResolver(await refusingResolver())] }), /^unknown: /);
    assert.match(await wellKnownOf({ deadlineMs: 1 }), /^unknown: /);
    assert.match(await wellKnownOf({ family: 6 }), /^unknown: /);
  } finally {
    await net.close();
  }
});

test("a slow resolver takes nothing of the well-known's share of the time", async () => {
  const net = await startNetwork();
  try {
    await healthy(net);
    net.dns.delayMs = 4_300;
    const report = await check("example.org", net.options({ deadlineMs: 7_000, authoritative: false }));
    const { wellKnown } = report.facts;
    assert.ok(wellKnown.status === "done");
    assert.equal(wellKnown.value.attempts[0]?.hops[0]?.response.status, "done", report.summary);
  } finally {
    await net.close();
  }
});

test("ended from outside: that is said, and not that the resolver is silent", async () => {
  const net = await startNetwork();
  try {
    net.dns.zone["example.org"] = "drop";
    const stop = new AbortController();
    const checking = check("example.org", { ...net.options(), signal: stop.signal });
    while (net.dns.queries.length === 0) await turn();
    stop.abort();
    const report = await checking;
    assert.deepEqual([report.verdict, ...report.findings.map(({ code }) => code)], ["inconclusive", "address/untested"]);
    assert.match(report.summary, /stopped from outside/);
  } finally {
    await net.close();
  }
});

test("a Node.js that can't parse HTTP says so, and nothing about the server", async () => {
  const net = await startNetwork();
  try {
    await healthy(net);
    const job = JSON.stringify({ serverName: "example.org", options: net.options() });
    const script = program(new URL("../lab/check-child.ts", import.meta.url));
    // Without a compiler V8 has no WebAssembly, in which undici's parser is written.
    const child = spawn(process.execPath, ["--jitless", ...script, job], { stdio: ["ignore", "pipe", "ignore"] });
    assert.equal((JSON.parse(await text(child.stdout)) as { verdict: string }).verdict, "inconclusive");
  } finally {
    await net.close();
  }
});
