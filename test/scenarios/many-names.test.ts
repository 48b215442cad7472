/**
 * Many names in one go: what several of them have in common is asked once, each report is whole, and one name's trouble isn't another's.
 */
import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { type Checker, type CheckOptions, createChecker } from "../../src/check.ts";
import type { Report } from "../../src/facts/output.ts";
import type { LabDnsServer } from "../lab/dns-server.ts";
import { startNetwork, type Network } from "../lab/network.ts";
import type { Answer, WebServer } from "../lab/web-server.ts";

const COUNT = 5;
const NAMES = Array.from({ length: COUNT }, (_, index) => `c${index}.example.org`);
const WELL_KNOWN = "/.well-known/matrix/server";
const DELEGATION: Answer = { body: { "m.server": "matrix.example.net:8448" } };

interface Hosting {
  net: Network;
  /** Where all customers' well-knowns redirect to. */
  provider: WebServer;
  /** Nameservers of example.org, the customers' zone, and of example.net, the provider's. */
  nameservers: LabDnsServer[];
  /** What the provider answers, each time it is asked. */
  answers: Answer[];
  checker(options?: CheckOptions): Promise<Checker>;
  /** How often the resolver was asked this since the last time that this was asked. */
  asked(question: string): number;
}

/** Names whose well-knowns redirect to a provider's file; their targets, zones and nameservers are the same, too. */
async function hosting(t: TestContext, ofProvider = ["ns2.example.net"]): Promise<Hosting> {
  const net = await startNetwork();
  t.after(() => net.close());
  const answers: Answer[] = [];
  const redirect: Answer = { status: 302, headers: { location: `https://provider.example.net${WELL_KNOWN}` } };
  const tls = await net.issuer.issue({ names: ["*.example.org"] });
  for (const name of NAMES) await net.web(name, { tls, routes: { [WELL_KNOWN]: redirect } });
  const [provider] = await net.web("provider.example.net", { intercept: () => answers.shift() ?? DELEGATION });
  assert.ok(provider !== undefined);
  await net.homeserver("example.net", { host: "matrix.example.net" });
  const nameservers = [
    ...(await net.nameservers("example.org", { "ns1.example.net": {} })),
    ...(await net.nameservers("example.net", Object.fromEntries(ofProvider.map((name) => [name, {}])))),
  ];
  const counted = new Map<string, number>();
  return {
    net,
    provider,
    nameservers,
    answers,
    async checker(options) {
      const checker = await createChecker(net.options({ shared: true, probe: false, ...options }));
      t.after(() => checker.close());
      return checker;
    },
    asked(question) {
      const all = net.dns.queries.filter(({ name, type }) => `${name} ${type}` === question).length;
      const since = all - (counted.get(question) ?? 0);
      counted.set(question, all);
      return since;
    },
  };
}

/** How often the file was fetched: those that ask in other homeservers' names after it don't count. */
function fetches({ requests }: WebServer): number {
  return requests.filter(({ headers }) => headers["user-agent"]?.includes("matrix-delegation-check") === true).length;
}

/** What several names have in common. */
const QUESTIONS = [
  "provider.example.net A",
  "provider.example.net AAAA",
  "matrix.example.net A",
  "matrix.example.net AAAA",
  "example.org NS",
  "example.net NS",
  "ns1.example.net A",
  "ns2.example.net A",
];

/** A report as it has to be, shared or not. */
function assertWhole(report: Report): void {
  const { wellKnown, hosts, route, authoritative, targets } = report.facts;
  assert.ok(wellKnown.status === "done" && authoritative?.status === "done");
  const [attempt, ...others] = wellKnown.value.attempts;
  assert.deepEqual(
    [attempt?.hops.map(({ host, connection, response }) => [host, connection?.tls.status, response.status]), attempt?.reading, others],
    [
      [
        [report.serverName, "done", "done"],
        ["provider.example.net", "done", "done"],
      ],
      { kind: "m.server", value: "matrix.example.net:8448" },
      [],
    ],
  );
  for (const host of [report.serverName, "provider.example.net", "matrix.example.net"])
    assert.equal(hosts.find((each) => each.host === host)?.a.status, "done", host);
  assert.deepEqual(
    [route?.specStep, targets.map(({ host, endpoints }) => [host, endpoints.map(({ address }) => address)])],
    ["3.2", [["matrix.example.net", ["127.0.0.1"]]]],
  );
  assert.deepEqual(
    authoritative.value.zones
      .map(({ apex, nameservers }) => [
        apex,
        nameservers.map(({ name, soa, answers }) => [
          name,
          soa.status,
          answers.map(({ name: asked, type, outcome }) => `${asked} ${type} ${outcome.status}`).toSorted(),
        ]),
      ])
      .toSorted(),
    [
      ["example.net", [["ns2.example.net", "done", ["matrix.example.net A done", "matrix.example.net AAAA done"]]]],
      ["example.org", [["ns1.example.net", "done", [`${report.serverName} A done`, `${report.serverName} AAAA done`]]]],
    ],
  );
}

for (const [shared, times] of [
  [true, 1],
  [false, COUNT],
] as const) {
  test(`shared: ${shared}: what ${COUNT} names have in common is asked ${times === 1 ? "once" : "by each"}, at once and one after the other`, async (t) => {
    const { provider, nameservers, checker, asked } = await hosting(t);
    const { check } = await checker({ shared });
    const [first, ...others] = NAMES;
    const reports = [await check(first ?? "")];
    reports.push(...(await Promise.all(others.map((name) => check(name)))));
    for (const report of reports) assertWhole(report);
    assert.deepEqual(
      QUESTIONS.map((question) => `${question}: ${asked(question)}`),
      QUESTIONS.map((question) => `${question}: ${times}`),
    );
    assert.equal(fetches(provider), times);
    assert.deepEqual(
      nameservers.map(({ queries }) => queries.filter(({ type }) => type === "SOA").length),
      [times, times],
    );
    // What is each name's own is asked for each.
    for (const name of NAMES) assert.equal(asked(`${name} A`), 1, name);
  });
}

test("all at once: once", async (t) => {
  const { provider, checker, asked } = await hosting(t);
  const { check } = await checker();
  for (const report of await Promise.all(NAMES.map((name) => check(name)))) assertWhole(report);
  assert.deepEqual(
    QUESTIONS.map((question) => `${question}: ${asked(question)}`),
    QUESTIONS.map((question) => `${question}: 1`),
  );
  assert.equal(fetches(provider), 1);
});

test("another checker, and a fresh check, ask for themselves; a fresh check is told what is there now", async (t) => {
  const { provider, checker, answers, asked } = await hosting(t);
  const [one, other] = [await checker(), await checker()];
  await one.check("c0.example.org");
  assert.deepEqual([fetches(provider), asked("provider.example.net A"), asked("example.org NS")], [1, 1, 1]);
  await other.check("c0.example.org");
  assert.deepEqual([fetches(provider), asked("provider.example.net A"), asked("example.org NS")], [2, 1, 1]);
  answers.push({ body: { "m.server": "new.example.net:8448" } });
  assert.equal((await one.check("c0.example.org", { fresh: true })).route?.delegatedName, "new.example.net:8448");
  assert.deepEqual([fetches(provider), asked("provider.example.net A"), asked("example.org NS")], [3, 1, 1]);
  assert.equal((await one.check("c1.example.org")).route?.delegatedName, "matrix.example.net:8448");
});

/** [what the provider does to the first that ask, and how often it is asked by four, one after the other] */
const TROUBLE: [title: string, answers: Answer[], requests: number][] = [
  ["503", [{ status: 503 }, { status: 503 }], 2], // 503 is asked again as a homeserver
  ["502", [{ status: 502 }, { status: 502 }], 3],
  ["turned away", [{ status: 403 }, { status: 403 }], 2],
  ["no answer that is HTTP", [{ raw: "nonsense\r\n\r\n" }, { raw: "nonsense\r\n\r\n" }], 3],
  ["the connection is reset", ["reset"], 3],
  ["no answer in time", ["stall"], 2],
];
for (const [title, trouble, requests] of TROUBLE) {
  test(`one name's trouble isn't the next one's: ${title}`, async (t) => {
    const { provider, checker, answers } = await hosting(t);
    const { check } = await checker({ timeoutMs: 800 });
    answers.push(...trouble);
    const routes: (string | null | undefined)[] = [];
    for (const name of NAMES.slice(0, 4)) routes.push((await check(name)).route?.delegatedName);
    assert.equal(routes[0], null);
    assert.deepEqual(routes.slice(-2), ["matrix.example.net:8448", "matrix.example.net:8448"]);
    assert.equal(fetches(provider), requests);
  });
}

test("a name that is interrupted, and one that is stalled, take nobody along", async (t) => {
  const { checker, answers } = await hosting(t);
  const { check } = await checker({ timeoutMs: 4000 });
  answers.push("stall");
  const leaving = new AbortController();
  const first = check("c0.example.org", { signal: leaving.signal });
  const others = NAMES.slice(1).map((name) => check(name));
  for (const report of await Promise.all(others)) assertWhole(report);
  leaving.abort();
  assert.equal((await first).verdict, "inconclusive");
});

test("a 404 of the shared file is an answer", async (t) => {
  const { provider, checker, answers } = await hosting(t);
  const { check } = await checker();
  answers.push({ status: 404 });
  for (const name of NAMES) {
    const { wellKnown } = (await check(name)).facts;
    assert.ok(wellKnown.status === "done");
    const last = wellKnown.value.attempts[0]?.hops.at(-1)?.response;
    assert.equal(last?.status === "done" && last.value.status, 404);
  }
  assert.equal(fetches(provider), 1);
});

/** [what one of two nameservers says about the shared target, each time it is asked; what is found] */
const DIFFERENT: [title: string, address: (turn: number) => string, finds: string | undefined][] = [
  ["something old", () => "203.0.113.9", "dns/nameservers-disagree"],
  ["balanced by DNS: another address each time", (turn) => `127.0.0.${2 + (turn % 7)}`, undefined],
];
for (const [title, address, finds] of DIFFERENT) {
  test(`a nameserver of the shared target says ${title}: ${finds ?? "nothing"} is found for every name`, async (t) => {
    const { nameservers, checker } = await hosting(t, ["ns2.example.net", "ns3.example.net"]);
    let turn = 0;
    Object.defineProperty(nameservers[2]?.zone, "matrix.example.net", { get: () => ({ A: [address(turn++)] }) });
    const { check } = await checker();
    for (const name of NAMES.slice(0, 3))
      assert.equal((await check(name)).findings.find(({ code }) => code.startsWith("dns/"))?.code, finds, name);
  });
}
