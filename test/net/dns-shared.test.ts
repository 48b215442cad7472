/** Which DNS answers are asked for once, for how long, and what becomes of their TTLs. Over real sockets; the clock can be put forward. */
import assert from "node:assert/strict";
import { ROOM_MS } from "../lab/room.ts";
import { test, type TestContext } from "node:test";
import { createDnsClient } from "../../src/net/dns/client.ts";
import { shareAnswers } from "../../src/net/dns/shared.ts";
import type { DnsClient } from "../../src/net/io.ts";
import { type LabDnsOptions, type LabDnsServer, type LabZone, startDnsServer } from "../lab/dns-server.ts";

const FOREVER = new AbortController().signal;

async function stage(
  t: TestContext,
  zone: LabZone,
  options: LabDnsOptions = {},
): Promise<{ dns: LabDnsServer; client: DnsClient; clock: { ms: number } }> {
  const dns = await startDnsServer(zone, options);
  const asking = createDnsClient({ servers: [dns.resolver], timeoutMs: 60_000 });
  // A resolver that has answered once isn't asked another way only because it is late.
  await asking.query("first.example", "A", FOREVER);
  dns.queries.length = 0;
  t.after(async () => {
    asking.close();
    await dns.close();
  });
  const clock = { ms: 0 };
  return { dns, client: shareAnswers(asking, () => performance.now() + clock.ms), clock };
}

/**
 * [what is published, the type asked for, how often it is asked when three ask at once, and once more after so many seconds, and after as
 * many again]
 */
const KEPT: [
  title: string,
  zone: LabZone,
  type: "A" | "AAAA" | "SRV" | "NS",
  seconds: number,
  asked: [number, number, number],
  options?: LabDnsOptions,
][] = [
  ["records, for their TTL", { "example.org": { A: { records: ["192.0.2.1"], ttl: 60 } } }, "A", 30, [1, 1, 2]],
  ["records with TTL 0: only those who wait", { "example.org": { A: { records: ["192.0.2.1"], ttl: 0 } } }, "A", 1, [1, 2, 3]],
  ["records with a TTL of days: for an hour", { "example.org": { A: { records: ["192.0.2.1"], ttl: 172_800 } } }, "A", 1800, [1, 1, 2]],
  ["SRV records", { "example.org": { SRV: ["10 5 8448 hs.example.org"] } }, "SRV", 150, [1, 1, 2]],
  ["NS records", { "example.org": { NS: ["ns1.example.org"] } }, "NS", 150, [1, 1, 2]],
  [
    "an alias, for the least TTL on the way",
    { "example.org": { CNAME: ["host.example.org"] }, "host.example.org": { A: { records: ["192.0.2.1"], ttl: 20 } } },
    "A",
    10,
    [1, 1, 2],
  ],
  ["no record, for what the SOA says", { "example.org": { A: ["192.0.2.1"] } }, "AAAA", 50, [1, 1, 2], { soa: { ttl: 100, minimum: 300 } }],
  ["no such name, for the SOA's minimum", { "example.org": "NXDOMAIN" }, "A", 50, [1, 1, 2], { soa: { ttl: 300, minimum: 100 } }],
  ["no such name without an SOA: only those who wait", { "example.org": "NXDOMAIN" }, "A", 1, [1, 2, 3], { soa: null }],
  [
    "more records than are worth keeping: only those who wait",
    { "example.org": { A: Array.from({ length: 65 }, (_, index) => `192.0.2.${index}`) } },
    "A",
    1,
    [2, 4, 6],
  ], // over TCP, too
  ["REFUSED: everybody", { "example.org": { any: { rcode: "REFUSED" } } }, "A", 1, [3, 4, 5]],
  ["SERVFAIL: everybody, with CD=1 as well", { "example.org": "SERVFAIL" }, "A", 1, [6, 8, 10]],
];
for (const [title, zone, type, seconds, expected, options] of KEPT) {
  test(title, async (t) => {
    const { dns, client, clock } = await stage(t, zone, options);
    const counts: number[] = [];
    const first = await Promise.all(["example.org", "Example.org", "example.org"].map((name) => client.query(name, type, FOREVER)));
    counts.push(dns.queries.length);
    for (let turn = 0; turn < 2; turn++) {
      clock.ms += 1000 * seconds;
      const again = await client.query("example.org", type, FOREVER);
      assert.deepEqual(
        again.status === "done" && [again.value.rcode, again.value.records.length],
        first[0]?.status === "done" && [first[0].value.rcode, first[0].value.records.length],
      );
      counts.push(dns.queries.length);
    }
    assert.deepEqual(counts, expected);
  });
}

test("what a resolver said is as old as it is: records, aliases, negative answers", async (t) => {
  const { client, clock } = await stage(
    t,
    { "example.org": { CNAME: ["host.example.org"] }, "host.example.org": { A: { records: ["192.0.2.1"], ttl: 200 } } },
    { soa: { ttl: 300, minimum: 100 } },
  );
  const ttls = async (type: "A" | "AAAA"): Promise<unknown> => {
    const outcome = await client.query("example.org", type, FOREVER);
    assert.ok(outcome.status === "done");
    const { chain, records, ttl, negativeTtl } = outcome.value;
    return [chain.map((link) => link.ttl), records.map((record) => record.ttl), ttl, negativeTtl];
  };
  assert.deepEqual(
    [await ttls("A"), await ttls("AAAA")],
    [
      [[300], [200], 200, null],
      [[300], [], 300, 100],
    ],
  );
  clock.ms += 60_500;
  assert.deepEqual(
    [await ttls("A"), await ttls("AAAA")],
    [
      [[240], [140], 140, null],
      [[240], [], 240, 40],
    ],
  );
});

test("one server asked by itself: once, unless it is to be asked again; its TTL is the zone's", async (t) => {
  const { dns, client, clock } = await stage(t, { "example.org": { A: ["192.0.2.1"] } }, { authoritative: true });
  const ask = async (more: { again?: true; recursion?: boolean } = {}): Promise<unknown> => {
    const outcome = await client.queryAt(dns.resolver, "example.org", "A", { recursion: false, timeoutMs: 1000, ...more }, FOREVER);
    return outcome.status === "done" && [outcome.value.authoritative, outcome.value.records[0]?.ttl];
  };
  await Promise.all([ask(), ask(), ask()]);
  clock.ms += 100_000;
  assert.deepEqual([await ask(), dns.queries.length], [[true, 300], 1]);
  dns.zone["example.org"] = { A: ["192.0.2.2"] };
  assert.deepEqual([await ask({ again: true }), dns.queries.length], [[true, 300], 2]);
  // Another question.
  await ask({ recursion: true });
  await client.query("example.org", "A", FOREVER);
  assert.equal(dns.queries.length, 4);
});

test("one server that is silent: everybody waits as long as without sharing, and has a failure of their own", async (t) => {
  const { dns, client } = await stage(t, { "example.org": "drop" });
  const began = performance.now();
  const all = await Promise.all(
    [1, 2, 3].map(() => client.queryAt(dns.resolver, "example.org", "A", { recursion: false, timeoutMs: 900 }, FOREVER)),
  );
  const took = performance.now() - began;
  assert.deepEqual(
    all.map((outcome) => outcome.status === "failed" && outcome.error.code),
    ["timeout", "timeout", "timeout"],
  );
  for (const outcome of all) assert.ok(outcome.status === "failed" && outcome.ms >= 880, JSON.stringify(outcome));
  assert.ok(took < 900 + ROOM_MS, `${took} ms`);
});

test("an interrupted question is nobody else's trouble", async (t) => {
  const { client } = await stage(t, { "example.org": { A: { records: ["192.0.2.1"], delayMs: 200 } } });
  const leaving = new AbortController();
  const first = client.query("example.org", "A", leaving.signal);
  const second = client.query("example.org", "A", FOREVER);
  leaving.abort();
  assert.deepEqual(await first, { status: "untested", because: "deadline" });
  assert.equal((await second).status, "done");
});
