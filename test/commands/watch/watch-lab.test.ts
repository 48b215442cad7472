/** `--watch` on real servers whose state changes between the rounds: in this process round by round, and as the built program. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { Ajv2020 } from "ajv/dist/2020.js";
import { SCHEMA_FILE } from "../../../scripts/schema.ts";
import { engine } from "../../../src/commands/engine.ts";
import type { Invocation } from "../../../src/commands/invocation.ts";
import { buildProgram } from "../../../src/commands/program.ts";
import { runWatch } from "../../../src/commands/watch/watch.ts";
import type { WatchEvent } from "../../../src/facts/output.ts";
import { startNetwork, type Network } from "../../lab/network.ts";
import type { TlsMaterial } from "../../lab/web-server.ts";
import { collector, temporary, textOf } from "../stage.ts";

/** What the servers serve at the moment. */
interface Site {
  mServer: string;
  /** The well-known's status. */
  status: number;
  certificate: TlsMaterial;
  version: string;
}

/** example.org delegates to matrix.example.org, or to hs2.example.org if told so. */
async function stand(net: Network): Promise<Site> {
  const site: Site = {
    mServer: "matrix.example.org:443",
    status: 200,
    certificate: await net.issuer.issue({ names: ["matrix.example.org", "hs2.example.org"] }),
    version: "1.152.0",
  };
  await net.web("example.org", {
    routes: {
      "/.well-known/matrix/server": (_, response) =>
        void response
          .writeHead(site.status, { "content-type": "application/json", connection: "close" })
          .end(JSON.stringify({ "m.server": site.mServer })),
    },
  });
  for (const host of ["matrix.example.org", "hs2.example.org"]) {
    await net.homeserver("example.org", {
      host,
      port: 443,
      tls: () => site.certificate,
      version: (_, response) =>
        void response
          .writeHead(200, { "content-type": "application/json" })
          .end(JSON.stringify({ server: { name: "Synapse", version: site.version } })),
    });
  }
  return site;
}

function invocationOf(argv: string[]): Extract<Invocation, { names: string[] }> {
  let chosen: Invocation | undefined;
  buildProgram(
    "0.0.0",
    collector(),
    () => {},
    (invocation) => (chosen = invocation),
  ).parse(argv, { from: "user" });
  assert.ok(chosen !== undefined && "names" in chosen);
  return chosen;
}

const texts = ({ changes }: WatchEvent): string[] =>
  changes.map(({ what, name, from, to }) =>
    `${what}${name === null ? "" : ` ${name}`}: ${from ?? "none"} → ${to ?? "none"}`.replaceAll(/ends \S+, SHA-256 \w+/g, "a certificate"),
  );

type Step = [what: string, change: (site: Site, net: Network) => unknown, expected: string[] | null];

const CHECKED: Step[] = [
  ["nothing", () => {}, null],
  ["a new version", (site) => (site.version = "1.153.0"), ["server: Synapse 1.152.0 → Synapse 1.153.0"]],
  [
    "a renewed certificate",
    async (site, net) => (site.certificate = await net.issuer.issue({ names: ["matrix.example.org", "hs2.example.org"] })),
    ["certificate: a certificate → a certificate"],
  ],
  [
    "an expired one",
    async (site, net) =>
      (site.certificate = await net.issuer.issue({
        names: ["matrix.example.org"],
        notBefore: new Date(Date.now() - 9e9),
        notAfter: new Date(Date.now() - 9e7),
      })),
    ["verdict: pass → fail", "finding tls/expired: none → error", "certificate: a certificate → a certificate"],
  ],
  ["nothing", () => {}, null],
  [
    "a good one",
    async (site, net) => (site.certificate = await net.issuer.issue({ names: ["matrix.example.org", "hs2.example.org"] })),
    ["verdict: fail → pass", "finding tls/expired: error → none", "certificate: a certificate → a certificate"],
  ],
  [
    "another homeserver",
    (site) => (site.mServer = "hs2.example.org:443"),
    ["well-known: matrix.example.org:443 → hs2.example.org:443", "target: matrix.example.org:443 → hs2.example.org:443"],
  ],
  [
    "no resolver any more",
    (_, { dns }) => refuse(dns.zone),
    ["verdict: pass → inconclusive", "finding dns/resolver-unreachable: none → info"],
  ],
  ["nothing", () => {}, null],
  [
    "a resolver again",
    (_, { dns }) => restore(dns.zone),
    ["verdict: inconclusive → pass", "finding dns/resolver-unreachable: info → none"],
  ],
];

const RESOLVED: Step[] = [
  ["nothing", () => {}, null],
  [
    "an address more",
    (_, net) => net.publish("matrix.example.org", { A: ["127.0.0.2", "127.0.0.1"] }),
    ["addresses matrix.example.org A: 127.0.0.1 → 127.0.0.1, 127.0.0.2"],
  ],
  ["in another order", (_, net) => net.publish("matrix.example.org", { A: ["127.0.0.1", "127.0.0.2"] }), null],
  [
    "SRV instead of a port",
    (site, net) => {
      net.publish("_matrix-fed._tcp.matrix.example.org", { SRV: ["10 5 443 hs2.example.org"] });
      site.mServer = "matrix.example.org";
    },
    [
      "finding srv/not-recommended: none → info",
      "well-known: matrix.example.org:443 → matrix.example.org",
      "route: well-known (step 3.2) → srv (step 3.3)",
      "target: matrix.example.org:443 → hs2.example.org:443",
    ],
  ],
  [
    "another weight",
    (_, net) => net.publish("_matrix-fed._tcp.matrix.example.org", { SRV: ["10 7 443 hs2.example.org"] }),
    ["srv _matrix-fed._tcp.matrix.example.org: 10 5 443 hs2.example.org → 10 7 443 hs2.example.org"],
  ],
];

const kept = new WeakMap<object, Network["dns"]["zone"]>();

function refuse(zone: Network["dns"]["zone"]): void {
  kept.set(zone, { ...zone });
  for (const name of [
    "example.org",
    "matrix.example.org",
    "hs2.example.org",
    "_matrix-fed._tcp.example.org",
    "_matrix._tcp.example.org",
    "org",
  ])
    zone[name] = "REFUSED";
}

function restore(zone: Network["dns"]["zone"]): void {
  for (const name of Object.keys(zone)) delete zone[name];
  Object.assign(zone, kept.get(zone));
}

const isEvent = (() => {
  const ajv = new Ajv2020({ strict: true, allErrors: true });
  return async (event: WatchEvent): Promise<string | null> => {
    const schema = JSON.parse(await readFile(SCHEMA_FILE, "utf8")) as { $id: string };
    if (ajv.getSchema(schema.$id) === undefined) ajv.addSchema(schema);
    const validate = ajv.getSchema(`${schema.$id}#/$defs/WatchEvent`)!;
    return validate(event) === true ? null : JSON.stringify(validate.errors);
  };
})();

for (const [command, steps] of [
  ["check", CHECKED],
  ["resolve", RESOLVED],
] as const) {
  test(`${command}: what changes on the servers is said, and nothing else`, { timeout: 120_000 }, async (context) => {
    const net = await startNetwork();
    context.after(() => net.close());
    const site = await stand(net);
    const path = await temporary(context);
    await writeFile(path("ca.pem"), net.authority.pem);
    const interrupt = new AbortController();
    const stdout = collector();
    const stderr = collector();
    let at = 0;
    let printed = 0;
    const asked: number[] = [];
    const found: [string, string[] | null][] = [];
    const lines = (): WatchEvent[] =>
      textOf(stdout)
        .split("\n")
        .slice(0, -1)
        .map((line) => JSON.parse(line) as WatchEvent);
    await runWatch(
      invocationOf([command, "-f", "ndjson", "--watch", "1s", "--no-authoritative", "example.org", ...net.args(path("ca.pem"))]),
      { name: "matrix-delegation-check", version: "0.0.0" },
      {
        stdin: process.stdin,
        stdout,
        stderr,
        env: {},
        platform: process.platform,
        signal: interrupt.signal,
        self: [],
        folder: "/does/not/exist",
        now: () => new Date(),
        engine,
      },
      {
        now: () => 0,
        async sleep() {
          const events = lines();
          if (at === 0) assert.deepEqual([events.length, events[0]?.changes, events[0]?.report.verdict], [1, [], "pass"]);
          else found.push([steps[at - 1]![0], events.length === printed ? null : texts(events.at(-1)!)]);
          assert.ok(events.length - printed <= 1, "one event a round");
          printed = events.length;
          asked.push(net.dns.queries.splice(0).length);
          if (at === steps.length) return interrupt.abort();
          await steps[at++]![1](site, net);
        },
      },
    );
    assert.deepEqual(
      found,
      steps.map(([what, , expected]) => [what, expected]),
    );
    for (const event of lines()) assert.equal(await isEvent(event), null);
    assert.ok(
      asked.every((count) => count > 0),
      `every round asks anew: ${asked.join(", ")}`,
    );
    assert.equal(textOf(stderr), "");
  });
}

// The program

const BIN = fileURLToPath(new URL("../../../bin/matrix-delegation-check.js", import.meta.url));

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  test(
    `the program: a change is printed and handed on; ${signal} ends it, and the command with it`,
    { timeout: 120_000 },
    async (context) => {
      const net = await startNetwork();
      context.after(() => net.close());
      const site = await stand(net);
      const path = await temporary(context);
      await writeFile(path("ca.pem"), net.authority.pem);
      const onChange = 'read -r line; printf "%s\\n" "$line" > "$OUT"; echo "handed on $$"; sleep 1000 & wait';
      const child = spawn(
        process.execPath,
        [
          BIN,
          "--watch",
          "1s",
          "--no-authoritative",
          "--report",
          `prometheus=${path("textfile.prom")}`,
          "--on-change",
          onChange,
          ...net.args(path("ca.pem")),
          "example.org",
        ],
        {
          env: { ...process.env, NO_COLOR: "1", OUT: path("out") },
          stdio: ["ignore", "pipe", "pipe"],
          timeout: 100_000,
          killSignal: "SIGKILL",
        },
      );
      const closed = once(child, "close") as Promise<[number | null, NodeJS.Signals | null]>;
      const out = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
      const errors = createInterface({ input: child.stderr })[Symbol.asyncIterator]();
      const next = async (lines: typeof out): Promise<string> => String((await lines.next()).value);

      assert.match(await next(out), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ {2}PASS {2}example\.org {2}Federation works for example\.org\.$/);
      site.version = "1.153.0";
      assert.match(await next(out), /Z {2}PASS {2}example\.org {2}server at 127\.0\.0\.1:\d+: Synapse 1\.152\.0 → Synapse 1\.153\.0$/);
      const [, group] = /^handed on (\d+)$/.exec(await next(errors)) ?? [];
      assert.equal(await isEvent(JSON.parse(await readFile(path("out"), "utf8")) as WatchEvent), null);
      assert.match(await readFile(path("textfile.prom"), "utf8"), /verdict\{server_name="example\.org",verdict="pass"\} 1/);
      const began = performance.now();
      child.kill(signal);
      assert.deepEqual(await closed, [signal === "SIGTERM" ? 143 : 130, null]);
      assert.ok(performance.now() - began < 30_000, "long before the command would have ended");
      if (signal === "SIGTERM") assert.equal(await next(errors), "note: ended by SIGTERM; what was done until then is shown");
      assert.deepEqual(await errors.next(), { done: true, value: undefined }, "nothing more is said");
      await gone(Number(group));
      assert.equal(net.dns.openConnections(), 0);
    },
  );
}

/** Nothing of the process group is left, zombies that nobody collects set aside. */
async function gone(group: number): Promise<void> {
  assert.ok(group > 1);
  for (;;) {
    const { stdout } = spawn("ps", ["-eo", "pgid=,stat="], { stdio: ["ignore", "pipe", "ignore"] });
    let text = "";
    for await (const chunk of stdout.setEncoding("utf8")) text += chunk as string;
    if (!text.split("\n").some((line) => new RegExp(`^ *${group} +[^Z]`).test(line))) return;
  }
}

test("the program: | head ends it quietly", { timeout: 120_000 }, async (context) => {
  const net = await startNetwork();
  context.after(() => net.close());
  const site = await stand(net);
  const path = await temporary(context);
  await writeFile(path("ca.pem"), net.authority.pem);
  const child = spawn(process.execPath, [BIN, "--watch", "1s", "--no-authoritative", ...net.args(path("ca.pem")), "example.org"], {
    stdio: ["ignore", "pipe", "pipe"],
    timeout: 100_000,
    killSignal: "SIGKILL",
  });
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => (stderr += chunk));
  const closed = once(child, "close");
  await once(child.stdout, "data");
  child.stdout.destroy();
  site.version = "2";
  assert.deepEqual([await closed, stderr], [[0, null], ""]);
});
