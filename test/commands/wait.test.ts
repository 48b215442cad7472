/** `--wait` on the command line: exit codes, what goes to stderr and what to standard output, several names, an interruption. */
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { test } from "node:test";
import { engine } from "../../src/commands/engine.ts";
import type { OutStream } from "../../src/commands/io.ts";
import type { Output } from "../../src/facts/output.ts";
import { type Network, startNetwork } from "../lab/network.ts";
import { healthy } from "../scenarios/scenario.ts";
import { collector, fakeEngine, stage, type Staged, temporary, textOf } from "./stage.ts";

type Options = Parameters<typeof stage>[1];

/** A homeserver of example.org on the lab's network, and the command line against it. */
function onNetwork(title: string, act: (net: Network, run: (argv: string[], options?: Options) => Promise<Staged>) => Promise<void>): void {
  test(title, async (context) => {
    const path = await temporary(context);
    const net = await startNetwork();
    try {
      await writeFile(path("ca.pem"), net.authority.pem);
      await act(net, (argv, options = {}) => stage([...argv, ...net.args(path("ca.pem"))], { engine, ...options }));
    } finally {
      await net.close();
    }
  });
}

/** A stream that calls back with what is written. */
function listening(onText: (text: string) => void): OutStream {
  const stream = collector();
  const write = stream._write.bind(stream);
  stream._write = (chunk, encoding, done) => {
    onText(String(chunk));
    write(chunk, encoding, done);
  };
  return stream;
}

onNetwork("it passes later: 0, and only the last report on standard output", async (net, run) => {
  await net.closed("example.org", 8448);
  await net.web("example.org", { intercept: () => answer });
  await net.homeserver("example.org", { host: "matrix.example.org", port: 443 });
  let answer: { status: number } | { body: object } = { status: 404 };
  const stderr = listening((text) => {
    if (text.includes("waiting")) answer = { body: { "m.server": "matrix.example.org:443" } };
  });
  const { code, stdout } = await run(["--wait", "1m", "-f", "json", "example.org"], { stderr });
  assert.equal(code, 0);
  assert.deepEqual((JSON.parse(stdout) as Output).totals, { pass: 1, warn: 0, fail: 0, inconclusive: 0 });
  const lines = textOf(stderr).trimEnd().split("\n");
  assert.match(lines[1] ?? "", /^example\.org: waiting until this is fixed: .*\(well-known\/not-found, /);
  assert.match(
    lines[0] ?? "",
    /^note: example\.org: no nameserver of example\.org can be asked: the resolver is asked again and again instead/,
  );
  assert.equal(lines.length, 2);
});

onNetwork("the time is up: 1, with the last report; --quiet says nothing of what it waits for", async (net, run) => {
  await net.closed("example.org", 8448);
  await net.web("example.org");
  const { code, stdout, stderr } = await run(["--wait", "1s", "--no-authoritative", "example.org"]);
  assert.equal(code, 1);
  assert.match(stdout, /FAIL {2}example\.org/);
  assert.match(stderr, /^note: example\.org: the nameservers are not asked \(--no-authoritative\)/);
  const quiet = await run(["--wait", "1s", "--no-authoritative", "-q", "example.org"]);
  assert.match(quiet.stdout, /^FAIL {2}example\.org/);
  assert.match(quiet.stderr, /^note: [^\n]*\n$/);
});

onNetwork("several names: each waits for itself, and those that pass are done; --fail-on says what passes", async (net, run) => {
  await healthy(net);
  await net.closed("example.net", 8448);
  await net.web("example.net");
  const { code, stdout, stderr } = await run(["--wait", "1s", "--no-authoritative", "-f", "json", "example.net", "example.org"]);
  assert.equal(code, 1);
  assert.deepEqual(
    (JSON.parse(stdout) as Output).reports.map(({ serverName, verdict }) => `${serverName} ${verdict}`),
    ["example.net fail", "example.org pass"],
  );
  assert.ok(!stderr.includes("example.org: waiting"), stderr);
});

onNetwork("resolve waits, too", async (net, run) => {
  const stderr = listening((text) => {
    if (text.includes("waiting")) net.publish("example.org", { A: ["127.0.0.1"] });
  });
  const { code, stdout } = await run(["resolve", "--wait", "1m", "--no-authoritative", "example.org"], { stderr });
  assert.equal(code, 0);
  assert.match(stdout, /127\.0\.0\.1/);
});

for (const format of ["pretty", "json", "ndjson"]) {
  onNetwork(`interrupted, in ${format}: the last reports, and 130`, async (net, run) => {
    for (const name of ["example.org", "example.net"]) {
      await net.closed(name, 8448);
      await net.web(name);
    }
    const interrupt = new AbortController();
    let waiting = 0;
    const stderr = listening((text) => {
      if (text.includes("waiting until") && ++waiting === 2) interrupt.abort();
    });
    const { code, stdout } = await run(["--wait", "1m", "-f", format, "example.org", "example.net"], { stderr, signal: interrupt.signal });
    assert.equal(code, 130);
    for (const name of ["example.org", "example.net"]) assert.ok(stdout.includes(name), stdout);
    if (format === "json")
      assert.deepEqual(
        (JSON.parse(stdout) as Output).reports.map(({ serverName }) => serverName),
        ["example.org", "example.net"],
      );
  });
}

for (const [argv, message] of [
  [["--wait", "0s", "example.org"], /^error: .*--wait.*longer than 0/],
  [["--wait", "soon", "example.org"], /^error: .*--wait.*500ms, 10s or 5m/],
  [["--wait", "5m", "--from-facts", "facts.jsonl"], /^error: --from-facts and --wait exclude each other: .*\n$/],
] as const) {
  test(`${argv.join(" ")}: refused`, async () => {
    const { code, stdout, stderr } = await stage(argv);
    assert.deepEqual([code, stdout], [2, ""]);
    assert.match(stderr, message);
  });
}

test("one check without it", async () => {
  const checker = fakeEngine();
  assert.equal((await stage(["fail.example"], { engine: checker })).code, 1);
  assert.deepEqual(checker.checked, ["fail.example"]);
});

for (const [redact, hidden] of [
  ["--redact", /gone\.example\.net|127\.0\.0\.1|matrix\.example\.org/],
  ["--redact=all", /example\.(?:org|net)|127\.0\.0\.1/],
] as const) {
  onNetwork(`${redact}: what is waited for doesn't say what the report hides`, async (net, run) => {
    net.publish("gone.example.net", { A: ["127.0.0.1"] });
    await net.closed("gone.example.net", 8448);
    await net.web("example.org", { intercept: () => answer });
    await net.homeserver("example.org", { host: "matrix.example.org", port: 443 });
    let answer: { body: object } = { body: { "m.server": "gone.example.net:8448" } };
    const stderr = listening((text) => {
      if (text.includes("waiting")) answer = { body: { "m.server": "matrix.example.org:443" } };
    });
    const { code, stdout } = await run(["--wait", "1m", "-f", "json", redact, "example.org"], { stderr });
    assert.equal(code, 0);
    assert.match(textOf(stderr), /waiting until this is fixed: .*\(connect\/refused, /);
    assert.match(textOf(stderr), /no nameserver of one of the zones can be asked/);
    assert.doesNotMatch(textOf(stderr), hidden);
    assert.doesNotMatch(stdout, redact === "--redact" ? /127\.0\.0\.1/ : hidden);
  });
}
