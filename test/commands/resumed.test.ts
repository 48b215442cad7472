/** The built program, interrupted in the middle of many names and run again with --resume: every name exactly once. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { open, readFile, truncate, writeFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { test, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import type { Report } from "../../src/facts/output.ts";
import { startNetwork } from "../lab/network.ts";
import { createSigner } from "../lab/signing.ts";
import { startWebServer } from "../lab/web-server.ts";
import { temporary } from "./stage.ts";

const BIN = fileURLToPath(new URL("../../bin/matrix-delegation-check.js", import.meta.url));
const NAMES = Array.from({ length: 30 }, (_, index) => `n${index}.example.org`);

interface Stage {
  /** `>> results.ndjson`; after so many requests for keys it gets the signal. */
  run(interrupt?: { after: number; signal: NodeJS.Signals }): Promise<{ code: number | null; stderr: string }>;
  results: string;
  /** Requests for keys so far. */
  readonly asked: number;
}

async function stage(t: TestContext, ...more: string[]): Promise<Stage> {
  const path = await temporary(t);
  const net = await startNetwork();
  net.publish("*.example.org", { A: ["127.0.0.1"] });
  let asked = 0;
  let onAsked = (): void => {};
  const hostOf = (host = ""): string => host.split(":")[0] ?? "";
  const server = await startWebServer({
    tls: await net.issuer.issue({ names: ["*.example.org"] }),
    intercept({ url, headers: { host } }) {
      switch (url) {
        case "/.well-known/matrix/server":
          return { body: { "m.server": `${hostOf(host)}:8448` } };
        case "/_matrix/federation/v1/version":
          return { body: { server: { name: "Synapse", version: "1.152.0" } } };
        case "/_matrix/key/v2/server":
          asked++;
          onAsked();
          return { body: createSigner(hostOf(host)).keyResponse() };
        default:
          return { status: 401, body: { errcode: "M_UNAUTHORIZED", error: "Missing Authorization headers" } };
      }
    },
  });
  t.after(async () => {
    await server.close();
    await net.close();
  });
  const results = path("results.ndjson");
  await Promise.all([writeFile(path("names"), NAMES.join("\n")), writeFile(path("ca.pem"), net.authority.pem)]);
  const args = [
    "--dns-server",
    `127.0.0.1:${net.dns.port}`,
    "--ca-file",
    path("ca.pem"),
    "--allow-private",
    "--connect-to",
    `:443::${server.port}`,
    "--connect-to",
    `:8448::${server.port}`,
  ];
  return {
    results,
    get asked() {
      return asked;
    },
    async run(interrupt) {
      const file = await open(results, "a");
      const child = spawn(
        process.execPath,
        [BIN, ...args, "-f", "ndjson", "--from-file", path("names"), "--concurrency", "4", "--resume", results, ...more],
        { stdio: ["ignore", file.fd, "pipe"], timeout: 60_000, killSignal: "SIGKILL" },
      );
      const stderr = text(child.stderr as NodeJS.ReadableStream);
      const from = asked;
      onAsked = () => {
        if (interrupt !== undefined && asked - from === interrupt.after) child.kill(interrupt.signal);
      };
      const [code] = (await once(child, "close")) as [number | null];
      await file.close();
      return { code, stderr: await stderr };
    },
  };
}

/** The names of the reports that are whole, in order, and the lines that aren't. */
async function read(results: string): Promise<{ names: string[]; broken: string[] }> {
  const names: string[] = [];
  const broken: string[] = [];
  for (const line of (await readFile(results, "utf8")).split("\n")) {
    if (line === "") continue;
    try {
      const { serverName, verdict } = JSON.parse(line) as Report;
      assert.equal(verdict, "pass");
      names.push(serverName);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      broken.push(line);
    }
  }
  return { names, broken };
}

for (const threads of ["1", "3"]) {
  test(`SIGINT, twice, and resumed: nothing lost, nothing twice; then nothing is left to do; --threads ${threads}`, async (t) => {
    const staged = await stage(t, "--threads", threads);
    const { run, results } = staged;
    assert.deepEqual(await run({ after: 8, signal: "SIGINT" }), { code: 130, stderr: "" });
    const first = (await read(results)).names.length;
    assert.ok(first > 0 && first < NAMES.length, `${first} names`);
    const { code, stderr } = await run({ after: 8, signal: "SIGTERM" });
    assert.deepEqual(
      [code, stderr],
      [
        143,
        `note: ended by SIGTERM; what was done until then is shown\nnote: --resume: ${first} of ${/of (\d+) names/.exec(stderr)?.[1]} names were finished earlier and left out; the exit code is that of all\n`,
      ],
    );
    const second = (await read(results)).names.length;
    assert.ok(second > first && second < NAMES.length, `${second} names`);
    assert.equal((await run()).code, 0);
    const { names, broken } = await read(results);
    assert.deepEqual([names.toSorted(), broken], [NAMES.toSorted(), []]);
    const { asked } = staged;
    assert.deepEqual(await run(), {
      code: 0,
      stderr: `note: --resume: ${NAMES.length} of ${NAMES.length} names were finished earlier and left out; the exit code is that of all\n`,
    });
    assert.deepEqual([(await read(results)).names.length, staged.asked], [NAMES.length, asked]);
  });
}

test("SIGKILL, the last line cut off in the middle, and resumed: that name is checked again, nothing is glued to the line", async (t) => {
  const staged = await stage(t);
  assert.equal((await staged.run({ after: 10, signal: "SIGKILL" })).code, null);
  const whole = await readFile(staged.results, "utf8");
  const lastLine = whole.trimEnd().lastIndexOf("\n") + 1;
  await truncate(staged.results, lastLine + 100);
  const before = await read(staged.results);
  assert.deepEqual([before.broken.length, before.names.length > 0], [1, true]);
  const asked = staged.asked;
  assert.equal((await staged.run()).code, 0);
  assert.equal(staged.asked - asked, NAMES.length - before.names.length, "the others are asked for their keys once each");
  const { names, broken } = await read(staged.results);
  assert.deepEqual([names.toSorted(), broken.length], [NAMES.toSorted(), 1]);
});
