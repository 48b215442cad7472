/**
 * What the nameservers say, without a resolver between: which of them are asked, what holds when they differ, and what the resolver gets to
 * hear.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { encode } from "dns-packet";
import type { DnsOutcome } from "../../../src/facts/facts.ts";
import { parseConnectTo } from "../../../src/net/connect-to.ts";
import { createDnsClient } from "../../../src/net/dns/client.ts";
import type { RecordsByType } from "../../../src/net/io.ts";
import { NameserverView } from "../../../src/observe/resolver/nameserver-view.ts";
import { type LabDnsServer, type LabEntry, type LabQuery, type LabZone, startDnsServer } from "../../lab/dns-server.ts";

/** What the resolver knows: zones and nameservers, no more. */
const KNOWN: LabZone = {
  "example.org": { NS: ["ns1.example.org", "ns2.example.org"] },
  "example.net": { NS: ["ns.example.net"] },
  "ns1.example.org": { A: ["127.0.0.1"] },
  "ns2.example.org": { A: ["127.0.0.1"] },
  "ns3.example.org": { A: ["127.0.0.1"] },
  "ns.example.net": { A: ["127.0.0.1"] },
};
const APEX: LabZone = { "example.org": { NS: ["ns1.example.org", "ns2.example.org"] } };

interface Case {
  title: string;
  /** By name of the nameserver. */
  nameservers: Record<string, LabZone>;
  asks: readonly [name: string, type: "A" | "SRV" | "NS"];
  /** Records, or the RCODE; aliases before them. */
  gets: string;
  /** What the resolver is asked; default: who the nameservers of example.org are. */
  resolver?: string[];
  unseen?: string[];
  settings?: { family?: 4 | 6; allowPrivate?: boolean };
  known?: LabZone;
}

const RESOLVER = ["example.org NS", "ns1.example.org A", "ns2.example.org A"];
const HOST: LabZone = { "a.example.org": { A: ["192.0.2.1"] } };

const cases: Case[] = [
  {
    title: "all say the same",
    nameservers: { "ns1.example.org": { ...APEX, ...HOST }, "ns2.example.org": { ...APEX, ...HOST } },
    asks: ["a.example.org", "A"],
    gets: "192.0.2.1",
  },
  {
    title: "one lacks it: it isn't there",
    nameservers: { "ns1.example.org": { ...APEX, ...HOST }, "ns2.example.org": APEX },
    asks: ["a.example.org", "A"],
    gets: "NXDOMAIN",
  },
  {
    title: "one refuses: the other's word counts",
    nameservers: { "ns1.example.org": refusing("a.example.org"), "ns2.example.org": { ...APEX, ...HOST } },
    asks: ["a.example.org", "A"],
    gets: "192.0.2.1",
  },
  {
    title: "an alias in the zone, followed at all nameservers",
    nameservers: {
      "ns1.example.org": { ...APEX, ...HOST, "b.example.org": { CNAME: ["A.example.org"] } },
      "ns2.example.org": { ...APEX, "b.example.org": { CNAME: ["a.example.org"] } },
    },
    asks: ["b.example.org", "A"],
    gets: "A.example.org NXDOMAIN",
  },
  {
    title: "an alias into another zone is asked of that zone's nameservers",
    nameservers: {
      ...both({ "b.example.org": { CNAME: { records: ["c.example.net"], stopAtCname: true } } }),
      "ns.example.net": { "example.net": { NS: ["ns.example.net"] }, "c.example.net": { A: ["192.0.2.2"] } },
    },
    asks: ["b.example.org", "A"],
    gets: "c.example.net 192.0.2.2",
    resolver: [...RESOLVER, "example.net NS", "ns.example.net A"],
  },
  {
    title: "aliases in a circle",
    nameservers: both({ "b.example.org": { CNAME: ["d.example.org"] }, "d.example.org": { CNAME: ["b.example.org"] } }),
    asks: ["b.example.org", "A"],
    gets: "d.example.org b.example.org loop",
  },
  {
    title: "a zone below is asked of its own nameservers, when the one above leads there",
    nameservers: {
      "ns1.example.org": { ...APEX, ...delegated("sub.example.org") },
      "ns2.example.org": { ...APEX, ...delegated("sub.example.org") },
      "ns3.example.org": { "sub.example.org": { NS: ["ns3.example.org"] }, "_x._tcp.sub.example.org": { SRV: ["1 2 3 a.example.org"] } },
    },
    asks: ["_x._tcp.sub.example.org", "SRV"],
    gets: "a.example.org",
    resolver: [...RESOLVER, "ns3.example.org A"],
  },
  {
    title: "a zone below that one nameserver has, too: all of its nameservers are asked",
    nameservers: {
      "ns1.example.org": {
        ...APEX,
        "sub.example.org": { NS: ["ns1.example.org", "ns3.example.org"] },
        "a.sub.example.org": { A: ["192.0.2.3"] },
      },
      "ns2.example.org": { ...APEX, ...delegated("sub.example.org") },
      "ns3.example.org": { "sub.example.org": { NS: ["ns1.example.org", "ns3.example.org"] } },
    },
    asks: ["a.sub.example.org", "A"],
    gets: "NXDOMAIN",
    resolver: [...RESOLVER, "ns3.example.org A"],
  },
  {
    title: "the NS records are the zone's own",
    nameservers: both({}),
    asks: ["example.org", "NS"],
    gets: "ns1.example.org ns2.example.org",
  },
  {
    title: "that there are none at a name in the zone is not asked of the resolver",
    nameservers: both({}),
    asks: ["_tcp.example.org", "NS"],
    gets: "NXDOMAIN",
  },
  {
    title: "nobody answers for the zone: the resolver does",
    nameservers: { "ns1.example.org": refusing("a.example.org"), "ns2.example.org": refusing("a.example.org") },
    asks: ["a.example.org", "A"],
    gets: "192.0.2.9",
    resolver: [...RESOLVER, "a.example.org A"],
    unseen: ["example.org"],
    known: { "a.example.org": { A: ["192.0.2.9"] } },
  },
  {
    title: "private nameservers are left alone",
    nameservers: both(HOST),
    settings: { allowPrivate: false },
    asks: ["a.example.org", "A"],
    gets: "NXDOMAIN",
    resolver: [...RESOLVER, "ns1.example.org AAAA", "ns2.example.org AAAA", "a.example.org A"],
    unseen: ["example.org"],
  },
  {
    title: "a domain that isn't registered",
    nameservers: {},
    asks: ["a.example.com", "A"],
    gets: "NXDOMAIN",
    resolver: ["example.com NS", "a.example.com A"],
    unseen: ["example.com"],
  },
  {
    title: "no public top-level domain",
    nameservers: {},
    asks: ["a.hs.internal", "A"],
    gets: "192.0.2.8",
    resolver: ["a.hs.internal A"],
    unseen: ["hs.internal"],
    known: { "a.hs.internal": { A: ["192.0.2.8"] } },
  },
];

for (const {
  title,
  nameservers,
  asks: [name, type],
  gets,
  resolver: asked = RESOLVER,
  unseen = [],
  settings = {},
  known = {},
} of cases) {
  test(title, async () => {
    const resolver = await startDnsServer({ ...KNOWN, ...known });
    const servers = await Promise.all(
      Object.entries(nameservers).map(async ([host, zone]) => [host, await startDnsServer(zone, { authoritative: true })] as const),
    );
    const dns = createDnsClient({ servers: [resolver.resolver], timeoutMs: 3000 });
    const end = new AbortController();
    try {
      const view = new NameserverView(dns, parseConnectTo(servers.map(([host, { port }]) => `${host}:53::${port}`)), {
        family: null,
        allowPrivate: true,
        ...settings,
      });
      view.begin(end.signal);
      const outcome = await view.query(name, type, end.signal);
      assert.equal(textOf(outcome), gets);
      assert.deepEqual(questionsTo(resolver), asked.toSorted());
      assert.deepEqual(view.unseen, unseen);
      assert.equal(view.seen, unseen.length === 0);
      // Once asked, it is known.
      const before = servers.map(([, { queries }]) => queries.length);
      await view.query(name, type, end.signal);
      if (unseen.length === 0)
        assert.deepEqual(
          servers.map(([, { queries }]) => queries.length),
          before,
        );
    } finally {
      end.abort();
      dns.close();
      for (const server of [resolver, ...servers.map(([, each]) => each)]) await server.close();
    }
  });
}

test("an end in the middle: untested", async () => {
  const resolver = await startDnsServer({ "example.org": { NS: "drop" } });
  const dns = createDnsClient({ servers: [resolver.resolver], timeoutMs: 60_000 });
  try {
    const view = new NameserverView(dns, parseConnectTo([]), { family: null, allowPrivate: true });
    const end = new AbortController();
    view.begin(end.signal);
    const asking = view.query("a.example.org", "A", end.signal);
    end.abort();
    assert.deepEqual(await asking, { status: "untested", because: "deadline" });
  } finally {
    dns.close();
    await resolver.close();
  }
});

function both(zone: LabZone): Record<string, LabZone> {
  return { "ns1.example.org": { ...APEX, ...zone }, "ns2.example.org": { ...APEX, ...zone } };
}

function refusing(...names: string[]): LabZone {
  return Object.fromEntries(["example.org", ...names].map((name) => [name, "REFUSED" as const]));
}

/** What a nameserver says of a zone that it has delegated: no answer, and the NS records in the authority section. */
function delegated(apex: string): LabZone {
  const raw = (query: LabQuery): Buffer =>
    encode({
      type: "response",
      id: query.id,
      flags: 0,
      questions: [{ name: query.name, type: query.type as "A" }],
      authorities: [{ type: "NS", name: apex, ttl: 300, data: "NS3.example.org" }],
    });
  const entry: LabEntry = { any: { raw } };
  return { [apex]: entry, [`*.${apex}`]: entry };
}

function textOf(outcome: DnsOutcome<RecordsByType["A" | "SRV" | "NS"]>): string {
  if (outcome.status !== "done") return outcome.status;
  const { chain, loop, records, rcode } = outcome.value;
  const found = records
    .map((record) => ("address" in record ? record.address : "target" in record ? record.target : record.name))
    .toSorted();
  return [...chain.map(({ target }) => target), ...(loop ? ["loop"] : found.length > 0 ? found : [rcode])].join(" ");
}

function questionsTo(server: LabDnsServer): string[] {
  return [...new Set(server.queries.map(({ name, type }) => `${name} ${type}`))].toSorted();
}
