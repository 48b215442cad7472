/** queryAt: one server asked by itself, over real sockets. */
import assert from "node:assert/strict";
import { ROOM_MS } from "../lab/room.ts";
import { test, type TestContext } from "node:test";
import { createDnsClient } from "../../src/net/dns/client.ts";
import type { DnsClient } from "../../src/net/io.ts";
import {
  askedAsUsual,
  type LabDnsOptions,
  type LabDnsServer,
  type LabZone,
  questionsAsked,
  refusingResolver,
  startDnsServer,
} from "../lab/dns-server.ts";

const SIGNAL = new AbortController().signal;
/** What answers does so long before that, however busy this machine is. */
const LONG_MS = 60_000;
const DIRECT = { recursion: false, timeoutMs: LONG_MS };

async function server(t: TestContext, zone: LabZone, options: LabDnsOptions = { authoritative: true }): Promise<LabDnsServer> {
  const dns = await startDnsServer(zone, options);
  t.after(() => dns.close());
  return dns;
}

/** Configured with a resolver that must not be asked. */
async function client(t: TestContext): Promise<DnsClient> {
  const made = createDnsClient({ servers: [await refusingResolver()], timeoutMs: LONG_MS });
  t.after(() => made.close());
  return made;
}

test("without recursion: RD=0, the AA bit, the records, the serial", async (t) => {
  const dns = await server(t, {
    "example.org": { A: ["192.0.2.1"], SOA: ["ns1.example.org hostmaster.example.org 4294967295 3600 600 604800 120"] },
  });
  const asking = await client(t);
  const address = await asking.queryAt(dns.resolver, "example.org", "A", DIRECT, SIGNAL);
  assert.ok(address.status === "done");
  assert.deepEqual(
    [address.value.authoritative, address.value.records, address.value.resolver],
    [true, [{ address: "192.0.2.1", ttl: 300 }], `127.0.0.1:${dns.port}`],
  );
  const soa = await asking.queryAt(dns.resolver, "example.org", "SOA", DIRECT, SIGNAL);
  assert.ok(soa.status === "done");
  assert.deepEqual(soa.value.records, [{ serial: 4294967295, minimum: 120, ttl: 300 }]);
  assert.ok(dns.queries.every(({ recursionDesired }) => !recursionDesired));
});

test("without recursion a CNAME that leads elsewhere isn't followed, and SERVFAIL isn't looked into", async (t) => {
  const dns = await server(t, { "example.org": { CNAME: { records: ["example.net"], stopAtCname: true } }, "broken.org": "SERVFAIL" });
  const asking = await client(t);
  const alias = await asking.queryAt(dns.resolver, "example.org", "A", DIRECT, SIGNAL);
  assert.ok(alias.status === "done");
  assert.deepEqual([alias.value.chain.map(({ target }) => target), alias.value.records], [["example.net"], []]);
  const broken = await asking.queryAt(dns.resolver, "broken.org", "A", DIRECT, SIGNAL);
  assert.equal(broken.status === "done" && broken.value.rcode, "SERVFAIL");
  assert.equal(questionsAsked(dns).length, 2);
});

test("with recursion it is a whole question to that resolver", async (t) => {
  const dns = await server(t, { "example.org": { A: { records: ["192.0.2.1"], bogus: { code: 7, text: "" } } } }, {});
  const answer = await (await client(t)).queryAt(dns.resolver, "example.org", "A", { recursion: true, timeoutMs: LONG_MS }, SIGNAL);
  assert.ok(answer.status === "done");
  assert.deepEqual(
    [answer.value.rcode, answer.value.checkingDisabled, answer.value.authoritative],
    ["SERVFAIL", { rcode: "NOERROR", records: 1 }, false],
  );
  assert.deepEqual(
    questionsAsked(dns).map(({ recursionDesired, cd }) => [recursionDesired, cd]),
    [
      [true, false],
      [true, true],
    ],
  );
});

test("truncated: over TCP", async (t) => {
  const dns = await server(t, { "example.org": { A: { records: ["192.0.2.1"], truncate: true } } });
  const answer = await (await client(t)).queryAt(dns.resolver, "example.org", "A", DIRECT, SIGNAL);
  assert.equal(answer.status === "done" && answer.value.transport, "tcp");
});

test("silence ends at the question's own time", async (t) => {
  const dns = await server(t, { "example.org": "drop" });
  const began = performance.now();
  const answer = await (await client(t)).queryAt(dns.resolver, "example.org", "A", { recursion: false, timeoutMs: 5000 }, SIGNAL);
  assert.equal(answer.status === "failed" && answer.error.code, "timeout");
  const ms = performance.now() - began;
  assert.ok(ms >= 4990 && ms < 5000 + ROOM_MS, `${ms} ms`);
  assert.equal(askedAsUsual(dns).length, 3, "a lost packet is sent again");
  assert.ok(dns.queries.length <= 3 * 3, "without EDNS and over TCP as often at most");
});

test("nobody listens: refused; nonsense: malformed; the signal: untested", async (t) => {
  const asking = await client(t);
  const refused = await asking.queryAt(await refusingResolver(), "example.org", "A", DIRECT, SIGNAL);
  assert.equal(refused.status === "failed" && refused.error.code, "refused");
  const dns = await server(t, { "example.org": { any: { garbage: true } } });
  const malformed = await asking.queryAt(dns.resolver, "example.org", "A", { recursion: false, timeoutMs: 2000 }, SIGNAL);
  assert.equal(malformed.status === "failed" && malformed.error.code, "malformed");
  assert.deepEqual(await asking.queryAt(dns.resolver, "example.org", "A", DIRECT, AbortSignal.abort()), {
    status: "untested",
    because: "deadline",
  });
});
