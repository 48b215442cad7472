/**
 * `wait`: what it waits for, whom it asks meanwhile and when it ends, on nameservers and a resolver that caches. Nothing here waits for a
 * time: each change comes when something was said.
 */
import assert from "node:assert/strict";
import { ROOM_MS } from "../lab/room.ts";
import { describe, test } from "node:test";
import { createChecker, type CheckOptions } from "../../src/check.ts";
import type { Report } from "../../src/facts/output.ts";
import type { WaitOptions } from "../../src/wait/wait.ts";
import { type CachingResolver, startCachingResolver } from "../lab/caching-resolver.ts";
import type { LabDnsServer, LabZone } from "../lab/dns-server.ts";
import { type Network, startNetwork } from "../lab/network.ts";
import type { Answer } from "../lab/web-server.ts";

const SRV = "_matrix-fed._tcp.example.org";
const NEW_SRV: LabZone = { [SRV]: { SRV: ["10 5 8448 hs.example.org"] } };
const LONG_MS = 180_000;
/** In that time a check comes to its end, however busy this machine is. */
const ENOUGH_MS = 15_000;

interface Stage {
  net: Network;
  /** Of example.org. */
  ns1: LabDnsServer;
  ns2: LabDnsServer;
  resolver: CachingResolver;
  /** What a homeserver's well-known request gets. */
  wellKnown: { answer: Answer };
  /** Publishes this on that nameserver, with the next serial. */
  add(server: LabDnsServer, records: LabZone): void;
  /** Milliseconds since the last `add`. */
  sinceChange(): number;
  wait(waiting?: Partial<WaitOptions>, options?: CheckOptions, serverName?: string): Promise<Report | null>;
  /** What was said, in order. */
  said: string[];
  notes: string[];
}

/** A homeserver at hs.example.org, whose zone doesn't lead there yet: 8448 of the server name is closed. */
function onStage(title: string, act: (stage: Stage) => Promise<void>, prepare: (net: Network) => Promise<void> | void = () => {}): void {
  test(title, async () => {
    const net = await startNetwork();
    const wellKnown: { answer: Answer } = { answer: { status: 404 } };
    await net.web("example.org", { intercept: () => wellKnown.answer });
    await net.homeserver("example.org", {
      host: "hs.example.org",
      tls: await net.issuer.issue({ names: ["example.org", "hs.example.org"] }),
    });
    await net.closed("example.org", 8448);
    net.publish("ns1.example.org", { A: ["127.0.0.1"] });
    net.publish("ns2.example.org", { A: ["127.0.0.1"] });
    await prepare(net);
    const [ns1, ns2] = await net.nameservers("example.org", { "ns1.example.org": soa(1), "ns2.example.org": soa(1) });
    assert.ok(ns1 !== undefined && ns2 !== undefined);
    const resolver = await startCachingResolver({ "example.org": [ns1.port, ns2.port] });
    let serial = 1;
    let changedAt = NaN;
    const stage: Stage = {
      net,
      ns1,
      ns2,
      resolver,
      wellKnown,
      said: [],
      notes: [],
      add(server, records) {
        server.setZone({
          ...server.zone,
          ...records,
          "example.org": { ...(server.zone["example.org"] as object), ...soa(++serial)["example.org"] },
        });
        changedAt = performance.now();
      },
      sinceChange: () => performance.now() - changedAt,
      async wait(waiting = {}, options = {}, serverName = "example.org") {
        const checker = await createChecker(
          net.options({ dnsServers: [`127.0.0.1:${resolver.port}`], timeoutMs: 20_000, hostsFile: null, ...options }),
        );
        try {
          return await checker.wait(serverName, {
            waitMs: LONG_MS,
            ...waiting,
            onNote: (text) => stage.notes.push(text),
            onWaiting(text) {
              stage.said.push(text);
              waiting.onWaiting?.(text);
            },
          });
        } finally {
          checker.close();
        }
      },
    };
    try {
      await act(stage);
    } finally {
      await resolver.close();
      await net.close();
    }
  });
}

function soa(serial: number): { "example.org": { SOA: string[] } } {
  return { "example.org": { SOA: [`ns1.example.org hostmaster.example.org ${serial} 3600 600 604800 300`] } };
}

/** At each line that is said, the next one of these. */
function inTurn(...acts: (() => void)[]): (text: string) => void {
  return () => acts.shift()?.();
}

onStage(
  "an SRV record that the second nameserver gets later: the resolver doesn't hear of it before both have it, and two seconds after that it passes",
  async (stage) => {
    const { ns1, ns2, resolver } = stage;
    let before: string[] = [];
    const report = await stage.wait({
      onWaiting: inTurn(
        () => stage.add(ns1, NEW_SRV),
        () => {
          before = [...resolver.asked];
          stage.add(ns2, NEW_SRV);
        },
      ),
    });
    assert.ok(stage.sinceChange() < ROOM_MS, `${stage.sinceChange()} ms`);
    assert.equal(report?.verdict, "pass");
    assert.equal(report.route?.via, "srv");
    assert.deepEqual([...new Set(before)].toSorted(), ["example.org NS", "ns1.example.org A", "ns2.example.org A"]);
    assert.equal(stage.said.length, 2, stage.said.join("\n"));
    assert.match(
      stage.said[0] ?? "",
      /^waiting until this is fixed: .* \(well-known\/not-found, https:\/\/example\.org\/.*\); no nameserver has _matrix-fed\._tcp\.example\.org SRV$/,
    );
    assert.match(
      stage.said[1] ?? "",
      /^waiting for ns2\.example\.org to serve _matrix-fed\._tcp\.example\.org SRV \(ns2\.example\.org has serial 1, no such name; ns1\.example\.org has serial 2, 10 5 8448 hs\.example\.org\)$/,
    );
    assert.deepEqual(stage.notes, []);
    // The report is everybody's: by the resolver.
    assert.ok(
      report.facts.srv.every(({ outcome }) => outcome.status === "done" && outcome.value.resolver === `127.0.0.1:${resolver.port}`),
    );
  },
);

onStage("the address of the SRV target, too, appears first on one and then on the other", async (stage) => {
  const { ns1, ns2, resolver } = stage;
  for (const server of [ns1, ns2]) stage.add(server, { ...NEW_SRV, "hs.example.org": "NXDOMAIN" });
  let before: string[] = [];
  const report = await stage.wait({
    onWaiting: inTurn(
      () => stage.add(ns2, { "hs.example.org": { A: ["127.0.0.1"] } }),
      () => {
        before = [...resolver.asked];
        stage.add(ns1, { "hs.example.org": { A: ["127.0.0.1"] } });
      },
    ),
  });
  assert.ok(stage.sinceChange() < ROOM_MS, `${stage.sinceChange()} ms`);
  assert.equal(report?.verdict, "pass");
  assert.ok(!before.some((question) => question.startsWith("hs.")), before.join());
  assert.match(stage.said.at(-1) ?? "", /^waiting for ns1\.example\.org to serve hs\.example\.org A \(/);
});

onStage("while a check is under way that takes long, a change is seen all the same", async (stage) => {
  const { ns1, ns2, net } = stage;
  let begun = (): void => {};
  const probing = new Promise<void>((resolve) => (begun = resolve));
  await net.filtered("slow.example.org", 8448);
  for (const server of [ns1, ns2])
    stage.add(server, { "slow.example.org": { A: ["127.0.0.1"] }, [SRV]: { SRV: ["10 5 8448 slow.example.org"] } });
  const waiting = stage.wait({ onStep: (step) => step === "connect" && begun() }, { timeoutMs: 20_000 });
  await probing;
  for (const server of [ns1, ns2]) stage.add(server, NEW_SRV);
  assert.equal((await waiting)?.verdict, "pass");
  assert.ok(stage.sinceChange() < ROOM_MS, `${stage.sinceChange()} ms`);
  assert.deepEqual(stage.said, []);
});

// Those that no second depends on, side by side.
describe("wait", { concurrency: 4 }, () => {
  onStage("the resolver has kept that there is no record: it waits until that is forgotten, and says so", async (stage) => {
    const { ns1, ns2, resolver } = stage;
    const short = { [SRV]: { SRV: { soa: { ttl: 20, minimum: 20 } } } } satisfies LabZone;
    for (const server of [ns1, ns2]) stage.add(server, short);
    const checker = await createChecker(stage.net.options({ dnsServers: [`127.0.0.1:${resolver.port}`] }));
    assert.equal((await checker.check("example.org")).verdict, "fail");
    checker.close();
    for (const server of [ns1, ns2]) stage.add(server, NEW_SRV);
    const report = await stage.wait();
    assert.equal(report?.verdict, "pass");
    assert.ok(stage.sinceChange() < 30_000 + ROOM_MS, `${stage.sinceChange()} ms`);
    assert.match(
      stage.said.join("\n"),
      /^all nameservers serve it; waiting for the resolver 127\.0\.0\.1:\d+ to forget its old answer for _matrix-fed\._tcp\.example\.org SRV, at \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC at the latest$/,
    );
  });

  onStage("the time is up: the last report, by the resolver, soon afterwards", async (stage) => {
    const began = performance.now();
    const report = await stage.wait({ waitMs: ENOUGH_MS });
    const ms = performance.now() - began;
    assert.equal(report?.verdict, "fail");
    assert.ok(ms >= ENOUGH_MS && ms < ENOUGH_MS + ROOM_MS, `${ms} ms`);
    assert.ok(stage.resolver.asked.includes(`${SRV} SRV`));
    assert.ok(
      report.facts.srv.every(({ outcome }) => outcome.status === "done" && outcome.value.resolver === `127.0.0.1:${stage.resolver.port}`),
    );
  });

  onStage(
    "the time is up long before a check would end: it ends within the time of one network operation, with the last whole report",
    async (stage) => {
      const { ns1, ns2, net } = stage;
      await net.filtered("slow.example.org", 8448);
      for (const server of [ns1, ns2]) stage.add(server, { "slow.example.org": { A: ["127.0.0.1"] } });
      const began = performance.now();
      const report = await stage.wait(
        {
          waitMs: ENOUGH_MS,
          onWaiting: inTurn(() => [ns1, ns2].forEach((server) => stage.add(server, { [SRV]: { SRV: ["10 5 8448 slow.example.org"] } }))),
        },
        { timeoutMs: 3000 },
      );
      const ms = performance.now() - began;
      assert.ok(ms < ENOUGH_MS + 3000 + ROOM_MS, `${ms} ms`);
      assert.equal(report?.verdict, "fail");
    },
  );

  onStage("it passes already: two checks, nothing to say", async (stage) => {
    for (const server of [stage.ns1, stage.ns2]) stage.add(server, NEW_SRV);
    assert.equal((await stage.wait())?.verdict, "pass");
    assert.deepEqual([stage.said, stage.notes], [[], []]);
  });

  onStage("what is not a server name won't become one: nothing is waited for", async (stage) => {
    const report = await stage.wait({}, {}, "not a name");
    assert.deepEqual([report?.verdict, stage.said, stage.notes], ["fail", [], []]);
  });

  onStage("a well-known file that appears later, waited for without an end", async (stage) => {
    const report = await stage.wait({
      waitMs: Infinity,
      onWaiting: inTurn(() => (stage.wellKnown.answer = { body: { "m.server": "hs.example.org:8448" } })),
    });
    assert.equal(report?.verdict, "pass");
    assert.equal(report.route?.via, "well-known");
  });

  onStage("it passes by who decides that: a warning may count", async (stage) => {
    for (const server of [stage.ns1, stage.ns2]) stage.add(server, NEW_SRV);
    const report = await stage.wait({
      passes: ({ findings }) => !findings.some(({ code }) => code === "srv/not-recommended"),
      onWaiting: inTurn(() => (stage.wellKnown.answer = { body: { "m.server": "hs.example.org:8448" } })),
    });
    assert.equal(report?.route?.via, "well-known");
  });

  onStage("what is expected of the route counts, too", async (stage) => {
    for (const server of [stage.ns1, stage.ns2]) stage.add(server, NEW_SRV);
    const report = await stage.wait({
      expect: { via: ["well-known"] },
      passes: ({ route, facts }) => route !== null && (facts.settings.expect?.via?.includes(route.via) ?? false),
      onWaiting: inTurn(() => (stage.wellKnown.answer = { body: { "m.server": "hs.example.org:8448" } })),
    });
    assert.equal(report?.route?.via, "well-known");
  });

  onStage("a nameserver that is silent holds up nothing", async (stage) => {
    const { ns1, ns2 } = stage;
    await ns2.close();
    const report = await stage.wait({ onWaiting: inTurn(() => stage.add(ns1, NEW_SRV)) }, { dnsServers: [`127.0.0.1:${ns1.port}`] });
    assert.equal(report?.verdict, "warn");
    assert.ok(report.findings.some(({ code }) => code === "dns/nameserver-down"));
    assert.ok(stage.sinceChange() < 6000 + ROOM_MS, `${stage.sinceChange()} ms`);
  });

  for (const [title, options, serverName, note] of [
    [
      "--no-authoritative",
      { authoritative: false },
      "example.org",
      /^the nameservers are not asked \(--no-authoritative\): the resolver is asked/,
    ],
    [
      "no nameserver can be reached",
      { connectTo: ["ns1.example.org:53::1", "ns2.example.org:53::1"] },
      "example.org",
      /^no nameserver of example\.org can be asked: the resolver is asked/,
    ],
    ["private nameservers, that nobody allowed", { allowPrivate: false }, "example.org", /^no nameserver of example\.org can be asked: /],
    ["an IP address", {}, "127.0.0.1:1", /^no nameserver could be asked for the names of the route: /],
  ] as const) {
    onStage(`${title}: ordinary checks, with one note`, async (stage) => {
      const { ns1, ns2 } = stage;
      const more: CheckOptions =
        "connectTo" in options
          ? { connectTo: [...options.connectTo, ...(stage.net.options().connectTo ?? []).filter((entry) => !entry.includes(":53:"))] }
          : options;
      const isIp = serverName !== "example.org";
      const waiting = stage.wait(
        {
          waitMs: isIp ? 4000 : LONG_MS,
          passes: ({ route }) => route?.via === "srv",
          onWaiting: inTurn(() => {
            for (const server of [ns1, ns2]) stage.add(server, NEW_SRV);
            stage.resolver.flush();
          }),
        },
        more,
        serverName,
      );
      assert.equal((await waiting)?.route?.via, isIp ? "ip-literal" : "srv");
      assert.equal(stage.notes.length, 1, stage.notes.join("\n"));
      assert.match(stage.notes[0] ?? "", note);
    });
  }

  onStage("an interruption: the last report, at once; none when there was none", async (stage) => {
    const interrupt = new AbortController();
    const report = await stage.wait({ signal: interrupt.signal, onWaiting: () => interrupt.abort() });
    assert.equal(report?.verdict, "fail");
    assert.ok(!stage.resolver.asked.includes(`${SRV} SRV`));
    const early = new AbortController();
    assert.equal(await stage.wait({ signal: early.signal, onStep: () => early.abort() }), null);
  });

  onStage("addresses that are others with every question don't keep it from coming to an end", async (stage) => {
    const { ns1, ns2 } = stage;
    let turn = 0;
    for (const server of [ns1, ns2])
      stage.add(server, { ...NEW_SRV, "example.org": { A: () => ({ records: [`127.0.0.${1 + (turn++ % 200)}`], ttl: 3600 }) } });
    const report = await stage.wait({ waitMs: 20_000 }, { timeoutMs: 2000 });
    assert.equal(report?.route?.via, "srv");
  });
});
