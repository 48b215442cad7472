/** One resolver: questions, answers, and what it may do wrong. */
import assert from "node:assert/strict";
import { ROOM_MS } from "../lab/room.ts";
import { test, type TestContext } from "node:test";
import type { DnsAnswer } from "../../src/facts/facts.ts";
import { createDnsClient } from "../../src/net/dns/client.ts";
import type { ResolverAddress } from "../../src/net/dns/resolver-address.ts";
import type { DnsClient, RecordsByType } from "../../src/net/io.ts";
import {
  askedAsUsual,
  type LabBehaviour,
  type LabDnsOptions,
  type LabDnsServer,
  type LabQuery,
  type LabRecords,
  type LabZone,
  questionsAsked,
  startDnsServer,
} from "../lab/dns-server.ts";

const NEVER = new AbortController().signal;

async function lab(
  t: TestContext,
  zone: LabZone,
  options: LabDnsOptions & { timeoutMs?: number } = {},
): Promise<{ dns: LabDnsServer; client: DnsClient }> {
  const dns = await startDnsServer(zone, options);
  const client = createDnsClient({ servers: [dns.resolver], timeoutMs: options.timeoutMs ?? 5_000 });
  t.after(() => {
    client.close();
    return dns.close();
  });
  return { dns, client };
}

async function done<T extends keyof RecordsByType>(client: DnsClient, name: string, type: T): Promise<DnsAnswer<RecordsByType[T]>> {
  const outcome = await client.query(name, type, NEVER);
  assert.equal(outcome.status, "done", JSON.stringify(outcome));
  assert.ok(outcome.status === "done");
  return outcome.value;
}

/** The resolver has answered once: from then on it is asked another way only because of what it says, not because it is late. */
async function proven(client: DnsClient, dns: LabDnsServer): Promise<void> {
  await done(client, "first.org", "A");
  dns.queries.length = 0;
}

/** The lab's answer header for a query, to put records behind it that the lab can't write. */
function rawAnswer(id: number, name: string, type: number, data: string): Buffer {
  const question = Buffer.from(
    `${name
      .split(".")
      .map((label) => String.fromCharCode(label.length) + label)
      .join("")}\0\0${String.fromCharCode(type)}\0\x01`,
    "latin1",
  );
  const head = Buffer.from([id >> 8, id & 255, 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0]);
  const record = Buffer.from(
    `\xc0\x0c\0${String.fromCharCode(type)}\0\x01\0\0\0\x3c\0${String.fromCharCode(data.length)}${data}`,
    "latin1",
  );
  return Buffer.concat([head, question, record]);
}

test("records of each type", async (t) => {
  const { client, dns } = await lab(t, {
    "example.org": { A: { records: ["192.0.2.1", "192.0.2.2", "192.0.2.1"], ttl: 60 }, AAAA: ["2001:DB8:0::1"], NS: ["ns1.Example.org"] },
    "_matrix-fed._tcp.example.org": { SRV: ["10 5 8448 matrix.example.org", "20 0 443 ."] },
    "alias.example.org": { CNAME: { records: ["example.org"], ttl: 7 } },
  });
  const a = await done(client, "Example.org.", "A");
  assert.deepEqual(a, {
    rcode: "NOERROR",
    resolver: `127.0.0.1:${dns.port}`,
    transport: "udp",
    authenticated: false,
    chain: [],
    loop: false,
    records: [
      { address: "192.0.2.1", ttl: 60 },
      { address: "192.0.2.2", ttl: 60 },
    ],
    ttl: 60,
    negativeTtl: null,
    extendedErrors: [],
    checkingDisabled: null,
  });
  assert.deepEqual((await done(client, "example.org", "AAAA")).records, [{ address: "2001:db8::1", ttl: 300 }]);
  assert.deepEqual((await done(client, "example.org", "NS")).records, [{ name: "ns1.Example.org", ttl: 300 }]);
  assert.deepEqual((await done(client, "_matrix-fed._tcp.example.org", "SRV")).records, [
    { priority: 10, weight: 5, port: 8448, target: "matrix.example.org", ttl: 300 },
    { priority: 20, weight: 0, port: 443, target: ".", ttl: 300 },
  ]);
  const cname = await done(client, "alias.example.org", "CNAME");
  assert.deepEqual([cname.records, cname.chain], [[{ name: "example.org", ttl: 7 }], []]);
});

test("queries: RD, AD, EDNS, CD only after SERVFAIL; id and port differ", async (t) => {
  const { client, dns } = await lab(t, { "example.org": { A: ["192.0.2.1"] } });
  await proven(client, dns);
  await Promise.all(Array.from({ length: 20 }, () => done(client, "example.org", "A")));
  for (const query of dns.queries) {
    assert.deepEqual([query.recursionDesired, query.ad, query.cd, query.edns, query.transport], [true, true, false, 1232, "udp"]);
  }
  assert.equal(dns.queries.length, 20);
  // Ids may meet by chance; three out of twenty do so hardly ever. Ports that are open at once can't.
  assert.ok(new Set(dns.queries.map((query) => query.id)).size > 17);
  assert.ok(new Set(dns.queries.map((query) => query.clientPort)).size > 17);
});

test("what else an answer says", async (t) => {
  const { client, dns } = await lab(t, {
    "zone.org": { SOA: { records: ["ns.zone.org host.zone.org 1 2 3 4 900"], ttl: 3600 }, A: ["192.0.2.1"] },
    "short.org": { A: { soa: { ttl: 30, minimum: 900 } } },
    "bare.org": { A: { soa: null } },
    "gone.org": "NXDOMAIN",
    "signed.org": { A: { records: ["192.0.2.1"], authenticated: true } },
    "stale.org": {
      A: {
        records: ["192.0.2.1"],
        ede: [
          { code: 3, text: "stale" },
          { code: 65535, text: "" },
        ],
      },
    },
    "long.org": { A: { records: ["192.0.2.1"], ttl: 0x80000001 } },
  });
  const nodata = await done(client, "zone.org", "AAAA");
  assert.deepEqual([nodata.rcode, nodata.records, nodata.ttl, nodata.negativeTtl], ["NOERROR", [], null, 900]);
  assert.equal((await done(client, "short.org", "A")).negativeTtl, 30);
  assert.equal((await done(client, "bare.org", "A")).negativeTtl, null);
  const gone = await done(client, "gone.org", "A");
  assert.deepEqual([gone.rcode, gone.negativeTtl], ["NXDOMAIN", 300]);
  assert.deepEqual([...dns.undeclared], []);
  assert.equal((await done(client, "nobody.org", "A")).rcode, "NXDOMAIN");
  assert.deepEqual([...dns.undeclared], ["nobody.org A"]);
  assert.equal((await done(client, "signed.org", "A")).authenticated, true);
  assert.deepEqual((await done(client, "stale.org", "A")).extendedErrors, [
    { code: 3, text: "stale" },
    { code: 65535, text: "" },
  ]);
  assert.equal((await done(client, "long.org", "A")).ttl, 0);
});

test("wildcards and names between (lab)", async (t) => {
  const { client } = await lab(t, { "*.wild.org": { A: ["192.0.2.1"] }, "a.b.wild.org": { A: ["192.0.2.2"] } });
  assert.equal((await done(client, "x.wild.org", "A")).records.length, 1);
  assert.equal((await done(client, "x.y.wild.org", "A")).records.length, 1);
  assert.deepEqual(await done(client, "b.wild.org", "A").then(({ rcode, records }) => [rcode, records.length]), ["NOERROR", 0]);
  assert.equal((await done(client, "x.b.wild.org", "A")).rcode, "NXDOMAIN");
});

for (const [what, behaviour] of [
  ["with another id", { wrongId: true }],
  ["to another question", { wrongQuestion: true }],
  ["without the QR bit", { notResponse: true }],
] satisfies [string, LabBehaviour][]) {
  test(`an answer ${what} is ignored, the right one behind it is taken`, async (t) => {
    const { client, dns } = await lab(t, { "example.org": { A: { records: ["192.0.2.1"], ...behaviour } } });
    assert.equal((await done(client, "example.org", "A")).records.length, 1);
    assert.equal(questionsAsked(dns).length, 1);
  });
}

for (const [what, behaviour, code] of [
  ["silence", { drop: true }, "timeout"],
  ["garbage", { garbage: true }, "malformed"],
  ["only wrong ids", { wrongId: "only" }, "malformed"],
  ["only wrong questions", { wrongQuestion: "only" }, "malformed"],
  ["only queries", { notResponse: "only" }, "malformed"],
  ["a compression loop", { raw: (query) => rawAnswer(query.id, "example.org", 5, "\xc0\x29") }, "malformed"],
  ["an answer that comes too late", { records: ["192.0.2.1"], delayMs: 10_000 }, "timeout"],
] satisfies [string, LabBehaviour, string][]) {
  test(`${what}: failed, ${code}`, async (t) => {
    const { client, dns } = await lab(t, { "example.org": { any: behaviour } }, { timeoutMs: 600 });
    const startedAt = performance.now();
    const outcome = await client.query("example.org", "CNAME", NEVER);
    assert.equal(outcome.status === "failed" && outcome.error.code, code, JSON.stringify(outcome));
    assert.ok(performance.now() - startedAt < 600 + ROOM_MS);
    // Beside these it is asked without EDNS and over TCP: some get no answer otherwise.
    assert.equal(askedAsUsual(dns).length, 3, "asked again with a new socket");
    assert.equal(new Set(dns.queries.map((query) => query.clientPort)).size, dns.queries.length);
  });
}

for (const [what, behaviour] of [
  ["speaks only TCP", (query) => (query.transport === "tcp" ? ["192.0.2.1"] : "drop")],
  ["drops queries with EDNS", (query) => (query.edns === null ? ["192.0.2.1"] : "drop")],
  ["refuses EDNS with NOTIMP", (query) => (query.edns === null ? ["192.0.2.1"] : { rcode: "NOTIMP" as const })],
] satisfies [string, (query: LabQuery) => LabRecords][]) {
  test(`a resolver that ${what}: the system's own gets by, and so does this client`, async (t) => {
    const { client, dns } = await lab(t, { "*.example.org": { A: behaviour } }, { timeoutMs: 60_000 });
    const startedAt = performance.now();
    assert.equal((await done(client, "one.example.org", "A")).records.length, 1);
    assert.ok(performance.now() - startedAt < 30_000, "not at the end of all tries");
    const before = dns.queries.length;
    assert.equal((await done(client, "two.example.org", "A")).records.length, 1);
    assert.ok(dns.queries.length - before <= 2, "it is known then how this one is asked");
  });
}

test("no route to the resolver: untested, and nothing is thrown", async (t) => {
  // The system has no route to the address of this interface, which isn't there.
  const resolver: ResolverAddress = { transport: "dns", address: "fe80::1%none0", port: 53 };
  const client = createDnsClient({ servers: [resolver], timeoutMs: 1_000 });
  t.after(() => client.close());
  const outcome = await client.query("example.org", "A", NEVER);
  assert.equal(outcome.status, "untested", JSON.stringify(outcome));
});

test("a lost datagram: the second one is answered", async (t) => {
  let asked = 0;
  const { client } = await lab(t, { "example.org": { A: () => (asked++ === 0 ? "drop" : ["192.0.2.1"]) } });
  assert.equal((await done(client, "example.org", "A")).records.length, 1);
  assert.equal(asked, 2);
});

test("a slow answer to the first datagram counts, although the second was sent", async (t) => {
  let asked = 0;
  const { client } = await lab(
    t,
    { "example.org": { A: () => (asked++ === 0 ? { records: ["192.0.2.1"], delayMs: 250 } : "drop") } },
    { timeoutMs: 1_000 },
  );
  assert.equal((await done(client, "example.org", "A")).records.length, 1);
  assert.equal(asked, 2);
});

test("truncated: the same question over TCP", async (t) => {
  const many = Array.from({ length: 2_000 }, (_, index) => `10.0.${index >> 8}.${index & 255}`);
  const { client, dns } = await lab(t, {
    "many.org": { A: many },
    "tc.org": { A: { records: ["192.0.2.1"], truncate: true, wrongId: true } },
    "first.org": { A: ["192.0.2.1"] },
  });
  await proven(client, dns);
  const answer = await done(client, "many.org", "A");
  assert.deepEqual([answer.transport, answer.records.length], ["tcp", 2_000]);
  const told = await done(client, "tc.org", "A");
  assert.deepEqual([told.transport, told.records.length], ["tcp", 1]);
  assert.deepEqual(
    dns.queries.map(({ name, transport }) => `${name} ${transport}`),
    ["many.org udp", "many.org tcp", "tc.org udp", "tc.org tcp"],
  );
});

for (const header of [true, "header"] as const) {
  test(`FORMERR to EDNS${header === "header" ? " with nothing but a header" : ""}: once more without`, async (t) => {
    const { client, dns } = await lab(t, { "example.org": { A: { records: ["192.0.2.1"], formerrToEdns: header } } });
    assert.deepEqual(await done(client, "example.org", "A").then(({ rcode, records }) => [rcode, records.length]), ["NOERROR", 1]);
    assert.deepEqual(
      dns.queries.map((query) => query.edns),
      [1232, null],
    );
  });
}

test("FORMERR without EDNS too", async (t) => {
  const { client, dns } = await lab(t, { "example.org": { any: { rcode: "FORMERR" } } });
  assert.equal((await done(client, "example.org", "A")).rcode, "FORMERR");
  assert.equal(dns.queries.length, 2);
});

test("SERVFAIL: asked once more with CD=1", async (t) => {
  const { client, dns } = await lab(
    t,
    {
      "bogus.org": { A: { records: ["192.0.2.1", "192.0.2.2"], bogus: { code: 9, text: "no DNSKEY matches DS" } } },
      "alias.org": { CNAME: ["bogus.org"] },
      "broken.org": { A: "SERVFAIL" },
      "mute.org": { A: (query) => (query.cd ? "drop" : "SERVFAIL") },
      "refused.org": "REFUSED",
    },
    { timeoutMs: 300 },
  );
  const bogus = await done(client, "bogus.org", "A");
  assert.deepEqual([bogus.rcode, bogus.records, bogus.checkingDisabled], ["SERVFAIL", [], { rcode: "NOERROR", records: 2 }]);
  assert.deepEqual(bogus.extendedErrors, [{ code: 9, text: "no DNSKEY matches DS" }]);
  assert.deepEqual(
    dns.queries.map((query) => query.cd),
    [false, true],
  );
  assert.deepEqual((await done(client, "alias.org", "A")).checkingDisabled, { rcode: "NOERROR", records: 2 });
  assert.deepEqual((await done(client, "broken.org", "A")).checkingDisabled, { rcode: "SERVFAIL", records: 0 });
  assert.equal((await done(client, "mute.org", "A")).checkingDisabled, null);
  assert.equal((await done(client, "refused.org", "A")).checkingDisabled, null);
});

test("CNAMEs are followed inside an answer, and beyond it", async (t) => {
  const { client, dns } = await lab(t, {
    "a.org": { CNAME: { records: ["B.org"], ttl: 100 } },
    "b.org": { CNAME: { records: ["c.org"], ttl: 50 } },
    "c.org": { A: { records: ["192.0.2.1"], ttl: 70 } },
    "cut.org": { CNAME: { records: ["A.org"], stopAtCname: true } },
    "nowhere.org": { CNAME: ["gone.org"] },
    "gone.org": "NXDOMAIN",
    "nodata.org": { CNAME: ["c.org"] },
  });
  const direct = await done(client, "a.org", "A");
  assert.deepEqual(direct.chain, [
    { name: "a.org", target: "B.org", ttl: 100 },
    { name: "b.org", target: "c.org", ttl: 50 },
  ]);
  assert.deepEqual([direct.records.length, direct.ttl, direct.loop, dns.queries.length], [1, 50, false, 1]);
  const cut = await done(client, "cut.org", "A");
  assert.deepEqual(
    cut.chain.map((link) => link.name),
    ["cut.org", "a.org", "b.org"],
  );
  assert.deepEqual([cut.records.length, dns.queries.map((query) => query.name)], [1, ["a.org", "cut.org", "a.org"]]);
  const nowhere = await done(client, "nowhere.org", "A");
  assert.deepEqual([nowhere.rcode, nowhere.chain.length, nowhere.negativeTtl], ["NXDOMAIN", 1, 300]);
  const nodata = await done(client, "nodata.org", "AAAA");
  assert.deepEqual([nodata.rcode, nodata.chain.length, nodata.records.length, nodata.negativeTtl], ["NOERROR", 1, 0, 300]);
});

test("CNAME loops and long chains", async (t) => {
  const zone: LabZone = {
    "self.org": { CNAME: ["Self.org"] },
    "x.org": { CNAME: ["y.org"] },
    "y.org": { CNAME: ["x.org"] },
    "p.org": { CNAME: { records: ["q.org"], stopAtCname: true } },
    "q.org": { CNAME: { records: ["P.org"], stopAtCname: true } },
    "n0.org": { A: ["192.0.2.1"] },
  };
  for (let index = 1; index <= 17; index++)
    zone[`n${index}.org`] = { CNAME: { records: [`n${index - 1}.org`], stopAtCname: index % 2 === 0 } };
  const { client, dns } = await lab(t, zone);
  for (const name of ["self.org", "x.org", "p.org", "n17.org"]) {
    const answer = await done(client, name, "A");
    assert.deepEqual([answer.loop, answer.records], [true, []], name);
  }
  const longest = await done(client, "n16.org", "A");
  assert.deepEqual([longest.loop, longest.chain.length, longest.records.length], [false, 16, 1]);
  assert.ok(dns.queries.length < 40);
});

test("hostile labels: shown escaped, and asked again as the same bytes", async (t) => {
  const names: string[] = [];
  const { client } = await lab(
    t,
    {
      "evil.org": { A: { raw: (query) => rawAnswer(query.id, "evil.org", 5, "\x05a.\x1b\0\xff\x03org\0").fill(1, 23, 24) } },
      "*.org": { any: { raw: (query) => (names.push(query.name), Buffer.alloc(0)) } },
    },
    { timeoutMs: 100 },
  );
  const cname = await client.query("evil.org", "A", NEVER);
  assert.equal(cname.status, "failed");
  // dns-packet reads what the lab got as UTF-8; the broken octet becomes U+FFFD.
  assert.deepEqual(names[0], "a.\u001b\0\ufffd.org");
});

for (const name of ["", "a..b", `${"a".repeat(64)}.org`, `${"abcdefg.".repeat(32)}org`, "a b.org", "\u00fc.org"]) {
  test(`a name that can't be sent isn't: ${JSON.stringify(name).slice(0, 30)}`, async (t) => {
    const { client, dns } = await lab(t, {});
    const outcome = await client.query(name, "A", NEVER);
    assert.equal(outcome.status === "failed" && outcome.error.code, "malformed");
    assert.equal(dns.queries.length, 0);
  });
}

test("the signal ends a query: untested", async (t) => {
  const { client, dns } = await lab(t, { "dead.org": "drop" }, { timeoutMs: 60_000 });
  assert.deepEqual(await client.query("dead.org", "A", AbortSignal.abort()), { status: "untested", because: "deadline" });
  assert.equal(dns.queries.length, 0);
  const deadline = new AbortController();
  const warnings: Error[] = [];
  const onWarning = (warning: Error): void => void warnings.push(warning);
  process.on("warning", onWarning);
  t.after(() => process.off("warning", onWarning));
  // More than the sockets that are used at once, so that some wait in the queue.
  const outcomes = Array.from({ length: 300 }, () => client.query("dead.org", "A", deadline.signal));
  setImmediate(() => deadline.abort());
  for (const outcome of await Promise.all(outcomes)) assert.deepEqual(outcome, { status: "untested", because: "deadline" });
  assert.deepEqual(warnings, []);
});

test("close() ends what is under way", async (t) => {
  const { client } = await lab(t, { "dead.org": "drop" }, { timeoutMs: 60_000 });
  const outcome = client.query("dead.org", "A", NEVER);
  (client as DnsClient & { close(): void }).close();
  assert.deepEqual(await outcome, { status: "untested", because: "deadline" });
});

test("thousands at once: at most 256 are under way, none is lost", async (t) => {
  let mostSockets = 0;
  const count = (): string[] => {
    mostSockets = Math.max(mostSockets, process.getActiveResourcesInfo().filter((resource) => resource === "UDPWrap").length);
    return ["192.0.2.1"];
  };
  const { client, dns } = await lab(t, { "*.example.org": { A: count } }, { delayMs: 2, timeoutMs: 600_000 });
  const outcomes = await Promise.all(Array.from({ length: 2_000 }, (_, index) => client.query(`n${index}.example.org`, "A", NEVER)));
  assert.equal(outcomes.filter((outcome) => outcome.status === "done").length, 2_000);
  assert.equal(new Set(dns.queries.map((query) => query.name)).size, 2_000);
  // A query that isn't answered in time is asked again with a socket of its own, twice at most.
  assert.ok(mostSockets > 100 && mostSockets <= 3 * 256 + 1, `${mostSockets} sockets, one of them the lab's`);
});

test("IPv6", async (t) => {
  const { client, dns } = await lab(t, { "example.org": { A: { records: ["192.0.2.1"], truncate: true } } }, { host: "::1" });
  const answer = await done(client, "example.org", "A");
  assert.deepEqual([answer.resolver, answer.transport], [`[::1]:${dns.port}`, "tcp"]);
});
