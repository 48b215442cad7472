/**
 * The built package in a process of its own: nothing global, nothing printed, no handlers installed, nothing left that would keep the
 * process alive. Needs `npm run build`.
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { transform } from "esbuild";
import { startDnsServer, type LabDnsServer } from "../lab/dns-server.ts";
import { startNetwork } from "../lab/network.ts";
import { healthy } from "../scenarios/scenario.ts";
import type { Outcome } from "./process-child.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

const CHILD = fileURLToPath(new URL("./process-child.ts", import.meta.url));

for (const resolver of ["plain DNS", "DNS over TLS", "DNS over HTTPS"] as const) {
  test(`with ${resolver} the process is as it was before, and ends by itself`, async () => {
    const net = await startNetwork();
    const directory = await mkdtemp(join(tmpdir(), "mdc-library-"));
    let encrypted: LabDnsServer | null = null;
    try {
      await healthy(net);
      await net.web("broken.example.org", { routes: { "/.well-known/matrix/server": { body: "<html>" } } });
      await net.closed("broken.example.org", 8448);
      await net.web("silent.example.org", { onAccept: "stall", tls: null });
      encrypted = await startDnsServer(net.dns.zone, { tls: await net.authority.issue({ names: ["127.0.0.1"] }) });
      const dnsServers = {
        "plain DNS": [`127.0.0.1:${net.dns.port}`],
        "DNS over TLS": [`tls://127.0.0.1:${encrypted.overTls?.port}`],
        "DNS over HTTPS": [`https://127.0.0.1:${encrypted.overHttps?.port}/dns-query`],
      }[resolver];
      const options = net.options({ timeoutMs: 5000, hostsFile: null, dnsServers });
      const file = join(directory, "outcome.json");
      const { code: script } = await transform(await readFile(CHILD, "utf8"), { loader: "ts", format: "esm", target: "node20" });
      const { NODE_OPTIONS: _, ...env } = process.env;
      const running = spawn(process.execPath, ["--input-type=module", "-e", script, JSON.stringify(options), JSON.stringify(file)], {
        cwd: ROOT,
        env,
        stdio: ["ignore", "pipe", "pipe"],
        timeout: 60_000,
        killSignal: "SIGKILL",
      });
      const [stdout, stderr, [code]] = await Promise.all([
        text(running.stdout),
        text(running.stderr),
        once(running, "close") as Promise<[number | null]>,
      ]);
      const ended = Date.now();
      assert.deepEqual({ stdout, stderr, code }, { stdout: "", stderr: "", code: 0 });
      if (resolver !== "plain DNS") assert.ok(encrypted.queries.length > 0);
      const { before, after, verdicts, endedAt } = JSON.parse(await readFile(file, "utf8")) as Outcome;
      // On a busy machine things are slow, which is a warning.
      assert.deepEqual(
        verdicts.map((verdict) => (verdict === "warn" ? "pass" : verdict)),
        ["pass", "pass", "fail", "pass", "fail", "pass", "fail", "usage", "rules"],
      );
      assert.deepEqual(after, before);
      // Timers and connections would have held it for seconds.
      assert.ok(ended - endedAt < 2000, `it went on for ${ended - endedAt} ms`);
    } finally {
      await Promise.all([net.close(), encrypted?.close(), rm(directory, { recursive: true, force: true })]);
    }
  });
}
