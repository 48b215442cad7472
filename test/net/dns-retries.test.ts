/** Several resolvers: who is asked when, and whose answer counts. */
import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import type { DnsOutcome } from "../../src/facts/facts.ts";
import { createDnsClient } from "../../src/net/dns/client.ts";
import type { ResolverAddress } from "../../src/net/dns/resolver-address.ts";
import type { RecordsByType } from "../../src/net/io.ts";
import { askedAsUsual, type LabDnsServer, type LabEntry, refusingResolver, startDnsServer } from "../lab/dns-server.ts";

const NEVER = new AbortController().signal;
const GOOD: LabEntry = { any: ["192.0.2.1"] };
const LONG_MS = 60_000;

type Ask = (name?: string) => Promise<DnsOutcome<RecordsByType["A"]>>;

/** Resolvers of which each does one thing to `*.example.org`; `"refused"` is one where nothing listens. */
async function resolvers(
  t: TestContext,
  timeoutMs: number,
  entries: (LabEntry | "refusing")[],
): Promise<{ servers: LabDnsServer[]; ask: Ask }> {
  const servers: LabDnsServer[] = [];
  const addresses: ResolverAddress[] = [];
  for (const entry of entries) {
    if (entry === "refusing") {
      addresses.push(await refusingResolver());
      continue;
    }
    const server = await startDnsServer({ "*.example.org": entry });
    servers.push(server);
    addresses.push(server.resolver);
  }
  const client = createDnsClient({ servers: addresses, timeoutMs });
  t.after(async () => {
    client.close();
    await Promise.all(servers.map((server) => server.close()));
  });
  return { servers, ask: (name = "a") => client.query(`${name}.example.org`, "A", NEVER) };
}

const rcodeOf = (outcome: DnsOutcome<unknown>): string =>
  outcome.status === "done" ? outcome.value.rcode : outcome.status === "failed" ? `failed/${outcome.error.code}` : outcome.status;

// With 60 s the next resolver is asked after 1 s of silence; these don't wait for that.
for (const [what, bad] of [
  ["refuses by ICMP", "refusing"],
  ["says REFUSED", "REFUSED"],
  ["says SERVFAIL", "SERVFAIL"],
  ["says NOTIMP", { any: { rcode: "NOTIMP" } }],
  ["says FORMERR", { any: { rcode: "FORMERR" } }],
  ["sends garbage", { any: { garbage: true } }],
] satisfies [string, LabEntry | "refusing"][]) {
  test(`the first ${what}: the next one is asked at once`, async (t) => {
    const { ask, servers } = await resolvers(t, LONG_MS, [bad, GOOD]);
    const startedAt = performance.now();
    const outcome = await ask();
    assert.ok(performance.now() - startedAt < LONG_MS);
    assert.equal(outcome.status === "done" && outcome.value.records.length, 1);
    assert.equal(outcome.status === "done" && outcome.value.resolver, `127.0.0.1:${servers.at(-1)?.port}`);
  });
}

test("the first is silent: the next one is asked, and the first is asked last afterwards", async (t) => {
  const { ask, servers } = await resolvers(t, 1_000, ["drop", GOOD]);
  const [dead, alive] = servers as [LabDnsServer, LabDnsServer];
  const asked = (server: LabDnsServer): number => askedAsUsual(server).length;
  assert.equal(rcodeOf(await ask()), "NOERROR");
  assert.deepEqual([asked(dead), asked(alive)], [1, 1]);
  for (let index = 0; index < 5; index++) assert.equal(rcodeOf(await ask(`n${index}`)), "NOERROR");
  assert.deepEqual([asked(dead), asked(alive)], [1, 6]);
});

test("who was avoided is asked when the others fail, and is first again after an answer", async (t) => {
  const { ask, servers } = await resolvers(t, 1_000, ["drop", GOOD]);
  const [first, second] = servers as [LabDnsServer, LabDnsServer];
  await ask();
  first.setZone({ "*.example.org": GOOD });
  second.setZone({ "*.example.org": "REFUSED" });
  assert.equal(rcodeOf(await ask()), "NOERROR");
  second.queries.length = 0;
  assert.equal(rcodeOf(await ask()), "NOERROR");
  assert.equal(second.queries.length, 0);
});

test("who refused by ICMP is asked last too", async (t) => {
  const { ask } = await resolvers(t, LONG_MS, ["refusing", GOOD]);
  assert.equal(rcodeOf(await ask()), "NOERROR");
  assert.equal(rcodeOf(await ask()), "NOERROR");
});

test("a slow first resolver still wins while the second is silent", async (t) => {
  const { ask, servers } = await resolvers(t, 2_000, [{ any: { records: ["192.0.2.9"], delayMs: 600 } }, "drop"]);
  const outcome = await ask();
  assert.equal(outcome.status === "done" && outcome.value.records[0]?.address, "192.0.2.9");
  assert.ok((servers[1]?.queries.length ?? 0) >= 1);
});

for (const [entries, expected] of [
  [["REFUSED", "SERVFAIL"], "SERVFAIL"],
  [["SERVFAIL", "REFUSED"], "SERVFAIL"],
  [[{ any: { rcode: "NOTIMP" } }, "REFUSED"], "REFUSED"],
  [["REFUSED", { any: { rcode: "NOTIMP" } }], "REFUSED"],
  [["REFUSED", "refusing"], "REFUSED"],
  [["SERVFAIL", "drop"], "SERVFAIL"],
  [["drop", "REFUSED"], "REFUSED"],
  [["NXDOMAIN", GOOD], "NXDOMAIN"],
  [[{ any: [] }, GOOD], "NOERROR"],
  [["refusing"], "failed/refused"],
  [["refusing", "refusing"], "failed/refused"],
  [["refusing", "drop"], "failed/timeout"],
  [["drop", "drop"], "failed/timeout"],
  [[{ any: { garbage: true } }, { any: { wrongId: "only" } }], "failed/malformed"],
] satisfies [(LabEntry | "refusing")[], string][]) {
  test(`${JSON.stringify(entries)}: ${expected}`, async (t) => {
    const { ask } = await resolvers(t, 300, entries);
    assert.equal(rcodeOf(await ask()), expected);
  });
}

test("a SERVFAIL in hand isn't kept back until the others' timeout, so that CD=1 has its time", async (t) => {
  const { ask } = await resolvers(t, 2_000, [{ any: { records: ["192.0.2.1"], bogus: { code: 6, text: "" } } }, "drop"]);
  const outcome = await ask();
  assert.deepEqual(outcome.status === "done" && outcome.value.checkingDisabled, { rcode: "NOERROR", records: 1 });
});

test("more tries than listeners a signal may have without a warning", async (t) => {
  const warnings: Error[] = [];
  const onWarning = (warning: Error): void => void warnings.push(warning);
  process.on("warning", onWarning);
  t.after(() => process.off("warning", onWarning));
  const { ask, servers } = await resolvers(
    t,
    LONG_MS,
    Array.from({ length: 13 }, (_, index): LabEntry => (index === 12 ? GOOD : { any: { garbage: true } })),
  );
  assert.equal(rcodeOf(await ask()), "NOERROR");
  assert.equal(servers.length, 13);
  await new Promise(setImmediate);
  assert.deepEqual(warnings, []);
});

test("no resolver at all: untested; without any given the system's are asked", async (t) => {
  const nobody = createDnsClient({ servers: [], timeoutMs: 100, systemServers: () => [] });
  assert.deepEqual(await nobody.query("example.org", "A", NEVER), { status: "untested", because: "resolver" });
  const dns = await startDnsServer({ "example.org": GOOD });
  t.after(() => dns.close());
  const client = createDnsClient({ servers: [], timeoutMs: LONG_MS, systemServers: () => [dns.resolver] });
  assert.equal(rcodeOf(await client.query("example.org", "A", NEVER)), "NOERROR");
});
