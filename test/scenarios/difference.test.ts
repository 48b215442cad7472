/** What a change of zone files does: the route before and after it, and those who still have something of before. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { check } from "../../src/check.ts";
import type { Difference } from "../../src/facts/output.ts";
import { differenceRows } from "../../src/report/difference-text.ts";
import { type Network, startNetwork } from "../lab/network.ts";

const zone = (records: string, negative = 120): string => `$ORIGIN example.org.
$TTL 300
@ IN SOA ns1 admin 1 3600 600 86400 ${negative}
@ IN NS  ns1.example.net.
@ IN A   127.0.0.1
${records}
`;
const SRV = (host: string, ttl = 7200): string => `_matrix-fed._tcp ${ttl} IN SRV 10 5 8448 ${host}\n`;

interface Row {
  title: string;
  before: string;
  after: string;
  network: (net: Network) => Promise<unknown>;
  summary: RegExp;
  /** `name type: before → after, seconds`. */
  records: string[];
  /** `effect whom what seconds`. */
  meanwhile: string[];
  works: [before: boolean | null, after: boolean | null];
  /** What will be the well-known file. */
  file?: string;
}

async function homeserver(net: Network, ...hosts: string[]): Promise<void> {
  for (const host of hosts) {
    await net.homeserver("example.org", { host, unpublished: true, tls: await net.issuer.issue({ names: ["example.org"] }) });
  }
}

const ROWS: Row[] = [
  {
    title: "nothing changes for homeservers",
    before: zone(`${SRV("old")}old A 127.0.0.1`),
    after: zone(`${SRV("old")}old A 127.0.0.1\nwww A 127.0.0.1`),
    network: (net) => homeserver(net, "old.example.org"),
    summary: /^After the change homeservers connect to the same place as before/,
    records: [],
    meanwhile: [],
    works: [true, true],
  },
  {
    title: "the SRV record moves, and the old host loses its address at once: it breaks for who has the old record",
    before: zone(`${SRV("old")}old A 127.0.0.1`),
    after: zone(`${SRV("new")}new A 127.0.0.1`),
    network: async (net) => {
      await homeserver(net, "new.example.org");
      await net.web("example.org", { unpublished: true });
    },
    summary:
      /^Homeservers move from old\.example\.org:8448.* to new\.example\.org:8448.*\. For some it breaks while caches run out, until \d{4}-.* UTC at the latest\.$/,
    records: [
      "_matrix-fed._tcp.example.org SRV: 10 5 8448 old.example.org → 10 5 8448 new.example.org, 7200",
      "old.example.org A: 127.0.0.1 → none, 300",
      "new.example.org A: none → 127.0.0.1, 120",
    ],
    meanwhile: ["breaks resolvers SRV record 7200", "breaks conduwuit, tuwunel, continuwuity SRV record 10800"],
    works: [false, true],
  },
  {
    title: "the target's address moves: who has the old one goes on to it",
    before: zone(`${SRV("hs")}hs 600 A 127.0.0.2`),
    after: zone(`${SRV("hs")}hs 600 A 127.0.0.1`),
    network: async (net) => {
      await net.web("example.org", { unpublished: true });
    },
    summary:
      /^Homeservers move from hs\.example\.org:8448 \(127\.0\.0\.2:8448\) to hs\.example\.org:8448 \(127\.0\.0\.1:8448\), which doesn't work\. For some it breaks/,
    records: ["hs.example.org A: 127.0.0.2 → 127.0.0.1, 600"],
    meanwhile: ["breaks resolvers A record 600", "breaks conduwuit, tuwunel, continuwuity A record 10800"],
    works: [false, false],
  },
  {
    title: "the name, the target and the SRV record are new: that the name had no address is nothing to who has the SRV record",
    before: zone("").replace(/^@ IN A .*\n/m, ""),
    after: zone(`${SRV("hs")}hs A 127.0.0.1`),
    network: async (net) => {
      await homeserver(net, "hs.example.org");
      await net.web("example.org", { unpublished: true });
      await net.closed("example.org", 8448);
    },
    summary: /^Homeservers move from example\.org:8448 to hs\.example\.org:8448/,
    records: [
      "_matrix-fed._tcp.example.org SRV: none → 10 5 8448 hs.example.org, 120",
      "example.org A: none → 127.0.0.1, 120",
      "hs.example.org A: none → 127.0.0.1, 120",
    ],
    meanwhile: [
      "breaks resolvers no SRV record 120",
      "breaks conduwuit, tuwunel, continuwuity no SRV record 259200",
      "works resolvers no A record 120",
    ],
    works: [false, true],
  },
  {
    title: "the first well-known file: Synapse remembers that there was none",
    before: zone("hs A 127.0.0.1"),
    after: zone("hs A 127.0.0.1"),
    file: '{"m.server": "hs.example.org:8448"}',
    network: async (net) => {
      await net.homeserver("example.org", { host: "hs.example.org", unpublished: true });
      await net.web("example.org", { unpublished: true });
      await net.closed("example.org", 8448);
    },
    summary: /^Homeservers move from example\.org:8448.* to hs\.example\.org:8448.*\. For some it breaks while caches run out, until/,
    records: [],
    meanwhile: ["breaks Synapse no well-known 3600"],
    works: [false, true],
  },
  {
    title: "a well-known file that most can't read, and an SRV record that works: who doesn't get there is named",
    before: zone(`${SRV("hs")}hs A 127.0.0.1`),
    after: zone(`${SRV("hs")}hs A 127.0.0.1`),
    file: '{"m.server": "https://hs.example.org:8448"}',
    network: async (net) => {
      await homeserver(net, "hs.example.org");
      await net.web("example.org", { unpublished: true });
    },
    summary: /^Homeservers connect to hs\.example\.org:8448.*, before and after, but Synapse, .* don't reach the server then\.$/,
    records: [],
    meanwhile: [],
    works: [true, true],
  },
  {
    title: "against live DNS: the first SRV record of a server on the default port",
    before: "live",
    after: zone(`${SRV("hs")}hs A 127.0.0.1`),
    network: async (net) => {
      net.publish("example.org", { A: ["127.0.0.1"] });
      await net.homeserver("example.org");
      await homeserver(net, "hs.example.org");
    },
    summary: /^Homeservers move from example\.org:8448/,
    records: ["_matrix-fed._tcp.example.org SRV: none → 10 5 8448 hs.example.org, 300", "hs.example.org A: none → 127.0.0.1, 300"],
    meanwhile: ["works resolvers no SRV record 300", "works conduwuit, tuwunel, continuwuity no SRV record 259200"],
    works: [true, true],
  },
];

for (const { title, before, after, network, summary, records, meanwhile, works, file } of ROWS) {
  test(title, async () => {
    const net = await startNetwork();
    try {
      await network(net);
      const against = before === "live" ? "live" : [{ file: "db.old", text: before }];
      const report = await check(
        "example.org",
        net.options({
          zones: [{ file: "db.new", text: after }],
          against,
          ...(file !== undefined && { wellKnownFile: { file: "server.json", body: file } }),
        }),
      );
      const difference = report.difference ?? assert.fail("there is a difference");
      assert.match(difference.summary, summary);
      assert.deepEqual(shownRecords(difference), records);
      assert.deepEqual(
        difference.meanwhile.map(({ effect, whom, what, seconds }) => `${effect} ${whom} ${what} ${seconds ?? "without end"}`),
        meanwhile,
      );
      assert.deepEqual([difference.before?.works, difference.after?.works], works);
      assert.deepEqual(difference.against, [before === "live" ? "live" : "db.old"]);
      for (const { text } of differenceRows(difference)) assert.doesNotMatch(text, /undefined|NaN|\n/);
    } finally {
      await net.close();
    }
  });
}

function shownRecords({ records }: Difference): string[] {
  const set = (texts: string[]): string => texts.join(", ") || "none";
  return records.map(
    ({ name, type, before, after, keptFor }) => `${name} ${type}: ${set(before)} → ${set(after)}, ${keptFor ?? "not kept"}`,
  );
}
