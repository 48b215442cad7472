/** The built program in a folder with a configuration, against the lab; and what it costs when there is none. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import type { Output } from "../../src/facts/output.ts";
import { startNetwork } from "../lab/network.ts";
import { temporary } from "./stage.ts";

const PROGRAM = fileURLToPath(new URL("../../bin/matrix-delegation-check.js", import.meta.url));

async function run(cwd: string, args: string[], nodeArgs: string[] = []): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const { NO_COLOR: _, FORCE_COLOR: __, NODE_OPTIONS: ___, SSL_CERT_FILE: ____, NODE_EXTRA_CA_CERTS: _____, ...env } = process.env;
  const child = spawn(process.execPath, [...nodeArgs, PROGRAM, ...args], {
    cwd,
    env,
    stdio: ["ignore", "pipe", "pipe"],
    timeout: 60_000,
    killSignal: "SIGKILL",
  });
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "close") as Promise<[number | null]>,
  ]);
  return { code, stdout, stderr };
}

test("without an argument it checks the servers of the file, with their expectations and ignores", async (context) => {
  const path = await temporary(context);
  const net = await startNetwork();
  try {
    await net.web("example.org", { routes: { "/.well-known/matrix/server": { body: { "m.server": "matrix.example.org:443" } } } });
    await net.homeserver("example.org", { host: "matrix.example.org", port: 443 });
    await net.homeserver("example.net:8448", { host: "example.net" });
    await mkdir(path("roots"));
    await writeFile(path("roots/lab.pem"), net.authority.pem);
    const { dnsServers, connectTo } = net.options();
    const reason = "the lab is as it is";
    await writeFile(
      path("matrix-delegation-check.json"),
      JSON.stringify({
        servers: [
          {
            name: "example.org",
            expect: { target: "matrix.example.org:443", via: "well-known" },
            ignore: [
              { code: "well-known/cache", reason },
              { code: "tls/expired", reason, until: "2020-12-31" },
            ],
          },
          { name: "example.net:8448", ignore: [{ code: "dns/dnssec-bogus", reason }] },
        ],
        expect: { certificateDays: 1, via: ["explicit-port"] },
        dnsServers,
        connectTo,
        caFiles: ["roots/lab.pem"],
        allowPrivate: true,
        minCertDays: 2,
        authoritative: false,
      }),
    );
    const { code, stdout, stderr } = await run(path("."), ["-f", "json"]);
    const { reports } = JSON.parse(stdout) as Output;
    assert.deepEqual(
      reports.map(({ serverName, verdict, facts }) => [serverName, verdict, facts.settings.expect, facts.settings.minCertDays]),
      [
        ["example.org", "pass", { certificateDays: 1, via: ["well-known"], targets: ["matrix.example.org:443"] }, 2],
        ["example.net:8448", "pass", { certificateDays: 1, via: ["explicit-port"] }, 2],
      ],
      JSON.stringify(reports.map(({ findings }) => findings)),
    );
    assert.equal(
      reports[0]?.findings.some((finding) => finding.code === "well-known/cache"),
      false,
    );
    const noted = stderr
      .trimEnd()
      .split("\n")
      .map((line) => line.replace(/:\d+:\d+:/, ""));
    assert.deepEqual(noted, [
      `note: matrix-delegation-check.json servers[0].ignore[1]: tls/expired was ignored until 2020-12-31 and isn't any more; the reason was: ${reason}`,
      "note: matrix-delegation-check.json servers[1].ignore[0]: dns/dnssec-bogus matched nothing",
    ]);
    assert.equal(code, 0);
  } finally {
    await net.close();
  }
});

test("what reads it is loaded only when there is one", async (context) => {
  const path = await temporary(context);
  await mkdir(path("without"));
  await writeFile(
    path("hook.cjs"),
    'process.on("exit", () => process.stderr.write(`parser: ${Object.keys(require.cache).some((file) => file.includes("jsonc-parser"))}\\n`));',
  );
  await writeFile(path("matrix-delegation-check.json"), '{\n "timeout": 5 }');
  // Before any name is asked for: the facts aren't there.
  const args = ["--from-facts", "none"];
  const hook = ["--require", path("hook.cjs")];
  assert.deepEqual(await run(path("without"), args, hook), {
    code: 2,
    stdout: "",
    stderr: 'error: --from-facts "none": it can\'t be read: no such file\nparser: false\n',
  });
  assert.deepEqual(await run(path("."), ["--no-config", ...args], hook), {
    code: 2,
    stdout: "",
    stderr: 'error: --from-facts "none": it can\'t be read: no such file\nparser: false\n',
  });
  assert.deepEqual(await run(path("."), args, hook), {
    code: 2,
    stdout: "",
    stderr: 'error: matrix-delegation-check.json:2:13: timeout: 5 is a number; a duration such as "10s" is expected\nparser: true\n',
  });
});
