/** What many, slow and unwilling clients cost; and that nothing is left when they are gone. */
import assert from "node:assert/strict";
import { connect, type Socket } from "node:net";
import { describe, test } from "node:test";
import { Checks, Ended, type Kept, type Waiting } from "../../src/serve/checks.ts";
import { clientOf, trustedProxies } from "../../src/serve/client.ts";
import { Rate } from "../../src/serve/rate.ts";
import { OverLimit } from "../../src/serve/refused.ts";
import type { Report } from "../../src/facts/output.ts";
import { healthy, inconclusive } from "../report/sample.ts";
import { eventually, onStage, PATIENT, silent, someServers } from "./stage.ts";

/** Sockets that have sent their request; what has come, by socket. */
function clients(count: number, port: number, path: (index: number) => string): { sockets: Socket[]; came: string[] } {
  const came: string[] = [];
  const sockets = Array.from({ length: count }, (_, index) => {
    const socket = connect(port, "127.0.0.1");
    came[index] = "";
    socket.setEncoding("latin1").on("data", (part: string) => (came[index] = `${came[index] ?? ""}${part}`));
    socket.on("error", () => {});
    socket.write(`GET ${path(index)} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
    return socket;
  });
  return { sockets, came };
}

const status = (text: string): number => Number(/^HTTP\/1\.1 (\d{3}) /.exec(text)?.[1]);
const memory = (): number => {
  const { rss } = process.memoryUsage();
  return rss / 1024 / 1024;
};

test("1,000 clients at once, one name: one check, which all of them get, in little memory", () =>
  onStage({ prepare: someServers }, async ({ port, service, ask }) => {
    await ask("/healthz");
    const before = memory();
    const { sockets, came } = clients(1000, port, () => "/api/v1/check?server_name=closed.example.org");
    await Promise.all(sockets.map((socket) => new Promise((resolve) => socket.once("close", resolve))));
    assert.deepEqual([...new Set(came.map(status))], [200]);
    assert.equal(new Set(came.map((text) => text.slice(text.indexOf("\r\n\r\n")))).size, 1);
    assert.equal(service.checks.counts.joined + service.checks.counts.kept, 999);
    // The clients are in this process, with all that they got.
    assert.ok(memory() - before < 200, `${memory() - before} MB`);
  }));

test("1,000 clients at once, 1,000 names: as many checks as there may be, 429 for the others, nothing left when they leave", () =>
  onStage(
    {
      check: PATIENT,
      service: { concurrency: 5 },
      prepare: async (net) => {
        const servers = [];
        for (let number = 0; number < 5; number++) servers.push(...(await silent(net, `n${number}.example.org`)));
        return servers;
      },
    },
    async ({ port, service, prepared: servers, ask }) => {
      const { sockets, came } = clients(1000, port, (index) => `/api/report?server_name=n${index}.example.org`);
      await eventually(() => came.filter((text) => status(text) === 429).length === 995, "all but five are refused");
      assert.equal(service.checks.underWay, 5);
      for (const socket of sockets) socket.destroy();
      await eventually(() => service.checks.underWay === 0 && servers.every(({ open }) => open === 0), "the checks have ended");
      assert.equal((await ask("/healthz")).status, 200);
    },
  ));

test("a client that asks ever more before it has an answer is cut off", () =>
  onStage({ check: PATIENT, prepare: silent }, async ({ port, service }) => {
    const socket = connect(port, "127.0.0.1");
    socket.on("error", () => {});
    const closed = new Promise((resolve) => socket.once("close", resolve));
    socket.write("GET /api/report?server_name=silent.example.org HTTP/1.1\r\nHost: a\r\n\r\n".repeat(50));
    await closed;
    await eventually(() => service.checks.underWay === 0, "its check has ended");
  }));

test("a client that takes nothing costs no more than its answer, and its socket ends with the service", () =>
  onStage({ prepare: someServers }, async ({ port, service, ask }) => {
    const slow = Array.from({ length: 50 }, () => {
      const socket = connect(port, "127.0.0.1");
      socket.on("error", () => {}).pause();
      socket.write("GET /example.org HTTP/1.1\r\nHost: a\r\n\r\n");
      return socket;
    });
    await eventually(() => service.checks.keptCount === 1, "it is checked");
    assert.equal((await ask("/example.org")).status, 200);
    const closed = Promise.all(slow.map((socket) => new Promise((resolve) => socket.once("close", resolve))));
    await service.end(100);
    for (const socket of slow) socket.resume();
    await closed;
  }));

test("half a request doesn't keep the service from ending", () =>
  onStage({ prepare: async () => {} }, async ({ port, service, ask }) => {
    const socket = connect(port, "127.0.0.1");
    socket.on("error", () => {});
    const closed = new Promise((resolve) => socket.once("close", resolve));
    await new Promise<void>((resolve) => socket.write("GET /healthz HTTP/1.1\r\nHo", () => resolve()));
    await ask("/healthz");
    await service.end(100);
    await closed;
  }));

test("Node's own limits are set: what is slow to come, and what is too much", () =>
  onStage({ prepare: async () => {} }, async ({ service: { server } }) => {
    const { headersTimeout, requestTimeout, keepAliveTimeout, maxConnections, maxHeadersCount, timeout } = server;
    assert.deepEqual([headersTimeout, requestTimeout, keepAliveTimeout, maxConnections, maxHeadersCount], [10_000, 15_000, 5000, 2048, 64]);
    assert.equal(timeout, 0, "a connection's own limit depends on how long a check takes");
  }));

describe("the rate", () => {
  test("so many in any minute, each key for itself; what is refused isn't counted", () => {
    let now = 0;
    const rate = new Rate(2, () => now);
    rate.count("a");
    now = 10_000;
    rate.count("a");
    assert.equal(rate.wait("a"), 50);
    assert.equal(rate.wait("b"), 0);
    now = 59_999;
    assert.equal(rate.wait("a"), 1);
    now = 60_000;
    assert.equal(rate.wait("a"), 0);
    rate.count("a");
    assert.equal(rate.wait("a"), 10);
  });
  test("0 is no limit, and keeps nothing", () => {
    const rate = new Rate(0, () => 0);
    for (let count = 0; count < 100; count++) rate.count("a");
    assert.deepEqual([rate.wait("a"), rate.keys], [0, 0]);
  });
  test("whoever is over its minute is forgotten, and of too many the oldest", () => {
    let now = 0;
    const rate = new Rate(1, () => now);
    for (let number = 0; number < 60_000; number++) rate.count(`k${number}`);
    assert.equal(rate.keys, 50_000);
    assert.deepEqual([rate.wait("k0"), rate.wait("k59999")], [0, 60]);
    now = 60_000;
    rate.count("new");
    assert.equal(rate.keys, 1);
  });
});

describe("who asks", () => {
  const proxies = trustedProxies(["127.0.0.1", "10.0.0.0/8", "2001:db8::/32"]);
  for (const [peer, forwarded, client] of [
    ["192.0.2.1", undefined, "192.0.2.1"],
    ["192.0.2.1", "198.51.100.1", "192.0.2.1"],
    ["127.0.0.1", "198.51.100.1", "198.51.100.1"],
    ["::ffff:127.0.0.1", "198.51.100.1", "198.51.100.1"],
    ["127.0.0.1", "1.1.1.1, 198.51.100.1, 10.1.2.3", "198.51.100.1"],
    ["127.0.0.1", "", "127.0.0.1"],
    ["127.0.0.1", "unknown", "127.0.0.1"],
    ["127.0.0.1", "[2a00:1:2:3:4::5]:4711", "2a00:1:2:3::/64"],
    ["2a00:1:2:3::1%eth0", undefined, "2a00:1:2:3::/64"],
    [undefined, "198.51.100.1", "unix"],
  ] as const)
    test(`${peer ?? "a Unix socket"}, ${forwarded ?? "no header"}: ${client}`, () =>
      assert.equal(clientOf(peer, forwarded, proxies), client));
  test("a Unix socket that is trusted", () => assert.equal(clientOf("", "198.51.100.1", trustedProxies(["unix"])), "198.51.100.1"));
  for (const entry of ["", "localhost", "10.0.0.0/33", "::/129", "10.0.0.0/x"])
    test(`no proxy: ${JSON.stringify(entry)}`, () =>
      assert.throws(() => trustedProxies([entry]), /is not an address, a network or "unix"/));
});

describe("checks", () => {
  function setUp(report: Report, rate = 0): { checks: Checks; made: string[]; at: (ms: number) => void } {
    let now = 0;
    const made: string[] = [];
    const checks = new Checks({
      concurrency: 4,
      rate,
      now: () => now,
      check: async (name) => {
        made.push(name);
        return report;
      },
    });
    return { checks, made, at: (ms) => (now = ms) };
  }
  const wait = async (asked: Kept | Waiting): Promise<Kept> => ("answer" in asked ? asked.answer.finally(asked.leave) : asked);

  test("an answer is kept for 60 seconds", async () => {
    const { checks, made, at } = setUp(healthy());
    await wait(checks.ask("a.example", "x", false));
    at(59_999);
    await wait(checks.ask("a.example", "x", false));
    assert.equal(made.length, 1);
    at(60_000);
    await wait(checks.ask("a.example", "x", false));
    assert.equal(made.length, 2);
    await checks.end(0);
  });
  test("thousands of answers: the oldest go", async () => {
    const { checks } = setUp(healthy());
    for (let number = 0; number < 2500; number++) await wait(checks.ask(`n${number}.example`, "x", false));
    assert.ok(checks.keptCount <= 2000);
    assert.ok("report" in checks.ask("n2499.example", "x", false));
    await checks.end(0);
    assert.equal(checks.keptCount, 0);
  });
  test("large answers: fewer of them", async () => {
    const large = { ...healthy(), summary: "x".repeat(1024 * 1024) };
    const { checks } = setUp(large);
    for (let number = 0; number < 40; number++) await wait(checks.ask(`n${number}.example`, "x", false));
    assert.ok(checks.keptCount < 17, String(checks.keptCount));
    await checks.end(0);
  });
  test("what says nothing of the server isn't kept", async () => {
    const { checks, made } = setUp(inconclusive());
    for (let count = 0; count < 3; count++) await wait(checks.ask("a.example", "x", false));
    assert.equal(made.length, 3);
    await checks.end(0);
  });
  test("after the end nothing begins", async () => {
    const { checks } = setUp(healthy());
    await checks.end(0);
    assert.throws(() => checks.ask("a.example", "x", false), Ended);
  });
  test("names with ports are one stranger", async () => {
    const { checks } = setUp(healthy(), 2);
    for (const port of [1, 2]) await wait(checks.ask(`a.example.org:${port}`, `client ${port}`, false));
    assert.throws(() => checks.ask("a.example.org:3", "client 3", false), OverLimit);
    await checks.end(0);
  });
});
