/**
 * Many names: each server gets few connections, and what is said of it is what is said where one name is checked with as many as it takes.
 */
import assert from "node:assert/strict";
import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { test } from "node:test";
import { check } from "../../src/check.ts";
import { checkMany } from "../../src/check-many.ts";
import type { Report } from "../../src/facts/output.ts";
import type { Homeserver } from "../lab/homeserver.ts";
import { startNetwork, type Network } from "../lab/network.ts";
import type { Answer, Handler, WebServer } from "../lab/web-server.ts";
import { recorded, summaryOf } from "../recorded/recorded.ts";
import { delegation, findingsOf, onlyDeclared } from "./scenario.ts";

const TARGET = { host: "matrix.example.org", port: 443 };

async function inNetwork(work: (net: Network) => Promise<void>): Promise<void> {
  const net = await startNetwork();
  try {
    await work(net);
  } finally {
    await net.close();
  }
}

/** `answer` gets how many requests came before on the same connection. */
const byTurn = (answer: (turn: number) => Answer | null): ((request: IncomingMessage) => Answer | null) => {
  const turns = new WeakMap<Socket, number>();
  return (request) => {
    const turn = turns.get(request.socket) ?? 0;
    turns.set(request.socket, turn + 1);
    return answer(turn);
  };
};

test("healthy names: two connections an endpoint and one for the well-known, four requests an endpoint", () =>
  inNetwork(async (net) => {
    const names = Array.from({ length: 6 }, (_, index) => `n${index}.example.org`);
    const webs: WebServer[] = [];
    const servers: Homeserver[] = [];
    for (const name of names) {
      webs.push(...(await net.web(name, { routes: { "/.well-known/matrix/server": { body: { "m.server": `matrix.${name}:443` } } } })));
      servers.push(...(await net.homeserver(name, { host: `matrix.${name}`, port: 443, addresses: ["127.0.0.1", "127.0.0.2"] })));
    }
    for await (const { report } of checkMany(names, net.options())) assert.equal(report?.verdict, "pass");
    assert.deepEqual([...new Set(webs.map(({ accepted }) => accepted))], [1]);
    assert.deepEqual([...new Set(servers.map(({ accepted }) => accepted))], [2]);
    assert.deepEqual([...new Set(servers.map(({ requests }) => requests.length))], [4]);
  }));

test("one name: what it takes to have all answers at once", () =>
  inNetwork(async (net) => {
    await delegation(net, "matrix.example.org:443");
    const [server] = await net.homeserver("example.org", TARGET);
    const { verdict } = await check("example.org", net.options());
    assert.deepEqual([verdict, server?.accepted, server?.requests.length], ["pass", 4, 4]);
  }));

/** Answers the first request late, and the others when so many of them have come. */
function heldTogether(file: object, together: number): { answer: Handler; most: () => number } {
  const waiting: (() => void)[] = [];
  let [count, most] = [0, 0];
  return {
    most: () => most,
    answer(_, response) {
      const isFirst = count++ === 0;
      const send = (): void => void response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(file));
      if (isFirst) return void setTimeout(send, 1100);
      most = Math.max(most, waiting.push(send));
      if (waiting.length === together) for (const each of waiting.splice(0)) each();
    },
  };
}

for (const many of [false, true]) {
  const how = many ? "of many names one question after the other" : "of one name the other homeservers' questions side by side";
  test(`a well-known that takes its time: ${how}`, () =>
    inNetwork(async (net) => {
      const file = { "m.server": "matrix.example.org:443" };
      const held = heldTogether(file, many ? 1 : 3);
      const [web] = await net.web("example.org", { routes: { "/.well-known/matrix/server": held.answer } });
      await net.homeserver("example.org", TARGET);
      const report = await check("example.org", net.options({ timeoutMs: 3000, ...(many ? { shared: true } : {}) }));
      assert.equal(report.route?.delegatedName, "matrix.example.org:443");
      assert.deepEqual([held.most(), web?.accepted], many ? [1, 1] : [3, 3]);
      assert.equal(report.verdict, "pass");
    }));
}

/** What becomes of the second request of a connection says nothing about the server. */
const OF_LATER_REQUESTS: [string, (turn: number) => Answer | null, mostRequests: number][] = [
  ["are closed on", (turn) => (turn === 0 ? null : "close"), 5],
  ["are reset", (turn) => (turn === 0 ? null : "reset"), 5],
  ["get 408", (turn) => (turn === 0 ? null : { status: 408, headers: { connection: "close" }, body: "" }), 5],
  ["get something else than HTTP", (turn) => (turn === 0 ? null : { raw: "what?\r\n\r\n" }), 5],
  ["aren't answered", (turn) => (turn === 0 ? null : "stall"), 5],
  ["aren't made after Connection: close", (turn) => (turn === 0 ? null : { status: 500, body: "" }), 4],
];
for (const [what, answer, mostRequests] of OF_LATER_REQUESTS) {
  test(`a connection's later requests ${what}: nothing is wrong`, () =>
    inNetwork(async (net) => {
      const closes = what.includes("Connection: close");
      await delegation(net, "matrix.example.org:443");
      const [server] = await net.homeserver("example.org", {
        ...TARGET,
        intercept: byTurn(answer),
        ...(closes ? { version: { headers: { connection: "close" } }, keys: { headers: { connection: "close" } } } : {}),
      });
      const report = await check("example.org", net.options({ shared: true }));
      assert.deepEqual([report.verdict, findingsOf(report)], ["pass", []]);
      assert.ok((server?.requests.length ?? 0) <= mostRequests, `${server?.requests.length} requests`);
    }));
}

test("a server that takes one connection of each version at a time is well, as it is for homeservers", () =>
  inNetwork(async (net) => {
    await delegation(net, "matrix.example.org:443");
    const open = new Map<string, Socket>();
    await net.homeserver("example.org", {
      ...TARGET,
      intercept(request) {
        const socket = request.socket as Socket & { getProtocol(): string };
        const other = open.get(socket.getProtocol());
        if (other !== undefined && other !== socket && !other.destroyed) return "reset";
        open.set(socket.getProtocol(), socket);
        return null;
      },
    });
    const report = await check("example.org", net.options({ shared: true }));
    assert.deepEqual([report.verdict, findingsOf(report)], ["pass", []]);
  }));

// Every so many of all scenarios: verdict, findings and endpoints are those that were recorded with as many connections as it takes.
const EVERY = 9;
const scenarios = await onlyDeclared(["address", "connect", "federation", "proportion", "route", "srv", "tls", "well-known"]);
const all = recorded();
/** A few titles are there twice. */
const known = new Map(all.filter(({ title }) => all.filter((each) => each.title === title).length === 1).map((each) => [each.title, each]));
/** Without addresses: they are others each time. */
const inShort = (says: Pick<ReturnType<typeof summaryOf>, "verdict" | "findings" | "endpoints">): unknown => ({
  verdict: says.verdict,
  findings: says.findings.map(({ code, severity, causedBy }) => `${code} ${severity} ${causedBy ?? ""}`),
  endpoints: says.endpoints.map((endpoint) => endpoint.split(" ").at(-1)),
});
for (const [index, scenario] of scenarios.entries()) {
  const wide = known.get(scenario.title);
  if (index % EVERY !== 0 || wide === undefined) continue;
  test(`over few connections, too: ${scenario.title}`, () =>
    inNetwork(async (net) => {
      await scenario.network(net);
      const options = net.options({ timeoutMs: 5000, ...scenario.options, shared: true });
      const report: Report = await check(scenario.serverName ?? "example.org", {
        ...options,
        ca: [...(options.ca ?? []), ...((await scenario.trusts?.()) ?? [])],
      });
      assert.deepEqual(inShort(summaryOf(report)), inShort(wide.says));
    }));
}
