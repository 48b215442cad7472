/** Answers from zone files: what the zone's own server would say, and what goes to the network. */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { createDnsClient } from "../../src/net/dns/client.ts";
import type { RecordsByType } from "../../src/net/io.ts";
import { withZones } from "../../src/net/with-zone.ts";
import { parseZoneFile } from "../../src/zone/parse.ts";
import { startDnsServer } from "../lab/dns-server.ts";

const ZONE = `$TTL 300
@ 600 SOA ns1 hostmaster 1 2h 1h 4w 120
@ NS ns1.provider.net.
@ A 192.0.2.1
ns1 A 192.0.2.53
_matrix-fed._tcp SRV 10 5 8448 hs
_matrix-fed._tcp SRV 20 5 8448 hs2.provider.net.
hs 60 A 192.0.2.2
hs AAAA 2001:DB8:0::2
www CNAME hs
out CNAME live.provider.net.
back CNAME returns.provider.net.
dead CNAME gone
loop1 CNAME loop2
loop2 CNAME loop1
* TXT any
*.wild A 192.0.2.3
*.wc CNAME hs
deep.ent.x.wild A 192.0.2.4
sub NS ns.sub
ns.sub A 192.0.2.54
moved DNAME other
a.other A 192.0.2.5
apex ALIAS hs
${Array.from({ length: 18 }, (_, i) => `c${i} CNAME c${i + 1}\n`).join("")}c18 A 192.0.2.6
`;
const LINES = ZONE.split("\n");

const lab = await startDnsServer({
  "live.provider.net": { A: ["198.51.100.1"] },
  "returns.provider.net": { CNAME: ["hs.example.com"] },
  "hs.example.com": { A: ["198.51.100.66"] },
  "host.sub.example.com": { A: ["198.51.100.2"] },
  "sub.example.com": { A: ["198.51.100.3"], NS: ["ns.elsewhere.net"] },
  "example.org": { A: ["198.51.100.4"] },
  "toinner.org": { CNAME: ["www.example.com"] },
});
const real = createDnsClient({ servers: [lab.resolver], timeoutMs: 5000 });
const dns = withZones(real, [
  parseZoneFile(ZONE, { file: "db.example", origin: "example.com" }),
  parseZoneFile("@ 60 SOA a b 1 2 3 4 5\nx A 192.0.2.9", { file: "db.inner", origin: "inner.example.com" }),
]);
after(async () => {
  real.close();
  await lab.close();
});

async function ask<T extends keyof RecordsByType>(name: string, type: T) {
  const outcome = await dns.query(name, type, AbortSignal.timeout(5000));
  assert.equal(outcome.status, "done", JSON.stringify(outcome));
  return outcome.status === "done" ? outcome.value : assert.fail();
}

const FROM_FILE: [name: string, type: keyof RecordsByType, rcode: string, records: string[], chain: string[], lines: string[]][] = [
  ["example.com", "A", "NOERROR", ["192.0.2.1"], [], ["@ A"]],
  ["EXAMPLE.com.", "NS", "NOERROR", ["ns1.provider.net"], [], ["@ NS"]],
  ["example.com", "AAAA", "NOERROR", [], [], []],
  ["example.com", "SOA", "NOERROR", ["serial 1, minimum 120"], [], ["@ 600"]],
  ["hs.example.com", "AAAA", "NOERROR", ["2001:db8::2"], [], ["hs AAAA"]],
  [
    "_matrix-fed._tcp.example.com",
    "SRV",
    "NOERROR",
    ["10 5 8448 hs.example.com", "20 5 8448 hs2.provider.net"],
    [],
    ["_matrix-fed._tcp SRV 10", "_matrix-fed._tcp SRV 20"],
  ],
  ["_tcp.example.com", "SRV", "NOERROR", [], [], []],
  ["www.example.com", "A", "NOERROR", ["192.0.2.2"], ["www.example.com → hs.example.com"], ["hs 60", "www"]],
  ["www.example.com", "CNAME", "NOERROR", ["hs.example.com"], [], ["www"]],
  // "* TXT" has every name that doesn't exist; RFC 4592, 2.2.1: then it is NODATA.
  ["nothing.example.com", "A", "NOERROR", [], [], []],
  ["dead.example.com", "A", "NOERROR", [], ["dead.example.com → gone.example.com"], ["dead"]],
  ["any.wild.example.com", "A", "NOERROR", ["192.0.2.3"], [], ["*.wild"]],
  ["a.b.wild.example.com", "A", "NOERROR", ["192.0.2.3"], [], ["*.wild"]],
  ["ent.x.wild.example.com", "A", "NOERROR", [], [], []],
  ["other.x.wild.example.com", "A", "NXDOMAIN", [], [], []],
  ["below.hs.example.com", "A", "NXDOMAIN", [], [], []],
  ["any.wc.example.com", "A", "NOERROR", ["192.0.2.2"], ["any.wc.example.com → hs.example.com"], ["hs 60", "*.wc"]],
  ["a.moved.example.com", "A", "NOERROR", ["192.0.2.5"], ["a.moved.example.com → a.other.example.com"], ["moved", "a.other"]],
  ["apex.example.com", "A", "NOERROR", ["192.0.2.2"], [], ["hs 60", "apex"]],
  ["x.inner.example.com", "A", "NOERROR", ["192.0.2.9"], [], []],
  ["y.inner.example.com", "A", "NXDOMAIN", [], [], []],
];
for (const [name, type, rcode, records, chain, lines] of FROM_FILE) {
  test(`${name} ${type} from the file`, async () => {
    const answer = await ask(name, type);
    const shown = answer.records.map((record) =>
      "address" in record
        ? record.address
        : "name" in record
          ? record.name
          : "serial" in record
            ? `serial ${record.serial}, minimum ${record.minimum}`
            : `${record.priority} ${record.weight} ${record.port} ${record.target}`,
    );
    assert.deepEqual(
      { rcode: answer.rcode, records: shown, chain: answer.chain.map((link) => `${link.name} → ${link.target}`) },
      { rcode, records, chain },
    );
    const inner = name.includes("inner");
    assert.deepEqual(
      [answer.resolver, answer.transport, answer.authenticated, answer.loop],
      [`zone file ${inner ? "db.inner" : "db.example"}`, "file", false, false],
    );
    assert.deepEqual(answer.file, {
      name: inner ? "db.inner" : "db.example",
      lines: inner
        ? records.length > 0
          ? [2]
          : []
        : lines.map((start) => LINES.findIndex((line) => line.startsWith(start)) + 1).toSorted((a, b) => a - b),
    });
    assert.equal(answer.negativeTtl, records.length > 0 ? null : inner ? 5 : 120);
    assert.deepEqual(
      lab.queries.filter(({ name: asked }) => asked === name.toLowerCase()),
      [],
    );
  });
}

test("TTLs: the least of chain and records", async () => assert.equal((await ask("www.example.com", "A")).ttl, 60));

test("a CNAME that leads in a circle, or through too many", async () => {
  assert.equal((await ask("loop1.example.com", "A")).loop, true);
  const long = await ask("c0.example.com", "A");
  assert.deepEqual([long.loop, long.records], [true, []]);
  assert.equal((await ask("c2.example.com", "A")).records.length, 1);
});

test("a CNAME that leads out of the zone is followed by real DNS", async () => {
  const answer = await ask("out.example.com", "A");
  assert.deepEqual(
    answer.records.map(({ address }) => address),
    ["198.51.100.1"],
  );
  assert.deepEqual(
    answer.chain.map(({ target }) => target),
    ["live.provider.net"],
  );
  assert.deepEqual(
    [answer.transport, answer.file],
    ["udp", { name: "db.example", lines: [LINES.findIndex((line) => line.startsWith("out")) + 1] }],
  );
});

test("a CNAME that leads back into a zone ends in its file, not in what is live", async () => {
  for (const name of ["back.example.com", "toinner.org"]) {
    const answer = await ask(name, "A");
    assert.deepEqual(
      answer.records.map(({ address }) => address),
      ["192.0.2.2"],
      name,
    );
    assert.equal(answer.chain.at(-1)?.target, "hs.example.com");
    assert.equal(answer.transport, "file");
  }
});

test("names of others, and those that the zone delegates, go to the network as they are", async () => {
  for (const [name, address] of [
    ["example.org", "198.51.100.4"],
    ["host.sub.example.com", "198.51.100.2"],
    ["sub.example.com", "198.51.100.3"],
  ] as const) {
    const answer = await ask(name, "A");
    assert.deepEqual([answer.records[0]?.address, answer.transport, answer.file], [address, "udp", undefined]);
  }
  assert.equal((await ask("notexample.com", "A")).rcode, "NXDOMAIN");
  assert.ok(lab.undeclared.has("notexample.com A"));
});

test("what is no name is for the wrapped client to say", async () => {
  const outcome = await dns.query("a..b", "A", AbortSignal.timeout(1000));
  assert.equal(outcome.status, "failed");
});

test("two files for one zone are a mistake", () => {
  const zone = (file: string) => parseZoneFile("@ 1 SOA a b 1 2 3 4 5", { file, origin: "Example.com" });
  assert.throws(
    () => withZones(real, [zone("one"), zone("two")]),
    /^Error: two: this is the zone Example\.com, which one is, too: give one file for each zone$/,
  );
});
