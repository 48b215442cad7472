/** `serve` as a process: where it listens, what it refuses, how it ends. The checker is the tests' own. */
import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { request } from "node:http";
import { createServer, type Server } from "node:net";
import { text } from "node:stream/consumers";
import { test, type TestContext } from "node:test";
import { stage, temporary } from "../commands/stage.ts";
import { program } from "../lab/program.ts";

const CHILD = program(new URL("../commands/child.ts", import.meta.url));

interface Running {
  child: ChildProcess;
  /** What stands behind "listening on". */
  place: string;
  stderr: () => string;
  end: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
}

/** Started, and heard to listen. `fd`: handed over as systemd does it. */
async function started(context: TestContext, args: string[], fd?: number): Promise<Running> {
  const command = [process.execPath, ...CHILD, "serve", ...args];
  // The process's own number is known only to itself.
  const [first = "", ...rest] = fd === undefined ? command : ["sh", "-c", 'LISTEN_FDS=1 LISTEN_PID=$$ exec "$@"', "sh", ...command];
  const child = spawn(first, rest, { stdio: ["ignore", "pipe", "pipe", ...(fd === undefined ? [] : [fd])] });
  context.after(() => void child.kill("SIGKILL"));
  const end = once(child, "close").then(([code, signal]) => ({ code: code as number | null, signal: signal as NodeJS.Signals | null }));
  let said = "";
  let stderr = "";
  child.stderr?.setEncoding("utf8").on("data", (part: string) => (stderr += part));
  await new Promise<void>((resolve, reject) => {
    child.stdout?.setEncoding("utf8").on("data", (part: string) => (said += part).includes("\n") && resolve());
    void end.then(() => reject(new Error(`it ended: ${stderr}`)));
  });
  return { child, place: /^listening on (.*)\n$/.exec(said)?.[1] ?? said, stderr: () => stderr, end };
}

type Target = { port: number } | { socketPath: string };

function get(target: Target, path: string): Promise<{ status: number; body: string; closes: boolean }> {
  return new Promise((resolve, reject) => {
    request({ host: "127.0.0.1", ...target, path, agent: false }, (response) => {
      void text(response).then(
        (body) => resolve({ status: response.statusCode ?? 0, body, closes: response.headers.connection === "close" }),
        reject,
      );
    })
      .once("error", reject)
      .end();
  });
}

const portOf = (place: string): number => Number(/^http:\/\/127\.0\.0\.1:(\d+)$/.exec(place)?.[1]);

test("says where it listens, answers, and ends well at SIGTERM", async (context) => {
  const { child, place, stderr, end } = await started(context, ["--listen", "127.0.0.1:0"]);
  const port = portOf(place);
  assert.equal((await get({ port }, "/healthz")).body, "ok\n");
  assert.equal((await get({ port }, "/api/federation-ok?server_name=pass.example.com")).body, "GOOD");
  assert.equal((await get({ port }, "/api/federation-ok?server_name=fail.example.com")).body, "BAD");
  assert.match((await get({ port }, "/api/v1/check?server_name=fail.example.com&format=text")).body, /^FAIL {2}fail\.example\.com/m);
  assert.equal(
    (await get({ port }, "/api/report?server_name=@a:example.com")).body,
    (await stage(["@a:example.com"])).stderr,
    "the line of the command line",
  );
  child.kill("SIGTERM");
  assert.deepEqual(await end, { code: 0, signal: null });
  assert.equal(stderr(), "");
});

test("at SIGTERM what is under way may come to its end, but no longer than a moment; SIGINT is an interruption", async (context) => {
  const { child, place, end } = await started(context, ["--listen", "127.0.0.1:0"]);
  const port = portOf(place);
  const hanging = get({ port }, "/api/report?server_name=hangs.example.com");
  await once(child.stderr!, "data");
  child.kill("SIGTERM");
  assert.equal((await hanging).status, 503);
  assert.deepEqual(await end, { code: 0, signal: null });
  const interrupted = await started(context, ["--listen", "127.0.0.1:0"]);
  interrupted.child.kill("SIGINT");
  assert.deepEqual(await interrupted.end, { code: 130, signal: null });
});

test("a fault of a check is said on stderr, and the service goes on", async (context) => {
  const { child, place, stderr, end } = await started(context, ["--listen", "127.0.0.1:0"]);
  const port = portOf(place);
  assert.deepEqual((await get({ port }, "/api/report?server_name=crash.example.com")).body, "internal error\n");
  assert.equal((await get({ port }, "/healthz")).status, 200);
  child.kill("SIGTERM");
  await end;
  assert.match(stderr(), /^error: internal error: a bug/);
  assert.doesNotMatch(stderr(), /crash\.example\.com/, "what was asked for is the visitor's");
});

test("a Unix socket: one that was left over is replaced, one that is alive isn't, and it goes away at the end", async (context) => {
  const file = await temporary(context);
  const path = file("serve.sock");
  const first = await started(context, ["--listen", `unix:${path}`, "--trusted-proxy", "unix"]);
  assert.equal(first.place, `unix:${path}`);
  assert.equal((await get({ socketPath: path }, "/healthz")).body, "ok\n");
  const second = await stage(["serve", "--listen", `unix:${path}`]);
  assert.deepEqual([second.code, second.stdout], [2, ""]);
  assert.match(second.stderr, /^error: --listen "unix:.*serve\.sock": something else listens there/);
  assert.equal((await get({ socketPath: path }, "/healthz")).body, "ok\n");
  first.child.kill("SIGKILL");
  await first.end;
  assert.ok(existsSync(path));
  const third = await started(context, ["--listen", `unix:${path}`]);
  assert.equal((await get({ socketPath: path }, "/healthz")).body, "ok\n");
  third.child.kill("SIGTERM");
  assert.equal((await third.end).code, 0);
  assert.ok(!existsSync(path));
  await writeFile(path, "no socket");
  assert.equal((await stage(["serve", "--listen", `unix:${path}`])).code, 2);
});

test("socket activation: the socket that is handed over is listened on", { skip: process.platform === "win32" }, async (context) => {
  const socket = createServer();
  await new Promise<void>((resolve) => socket.listen(0, "127.0.0.1", resolve));
  context.after(() => void socket.close());
  const { port } = socket.address() as { port: number };
  const { fd } = (socket as Server & { _handle: { fd: number } })._handle;
  const { child, place, end } = await started(context, [], fd);
  // Here nobody accepts any more.
  socket.close();
  assert.equal(portOf(place), port);
  assert.equal((await get({ port }, "/healthz")).body, "ok\n");
  child.kill("SIGTERM");
  assert.equal((await end).code, 0);
});

for (const [args, line] of [
  [["--wait", "5m"], /^error: serve takes its own options, --allow-private, .* and --color only: leave out --wait$/],
  [["-f", "json", "--zone-file", "x"], /leave out --format, --zone-file$/],
  [["--listen", "nonsense"], /Write address:port, such as 127\.0\.0\.1:8700 or \[::1\]:8700, or unix:\/path\.$/],
  [["--listen", "127.0.0.1:70000"], /Write address:port/],
  [["--listen", "[::1:80"], /Write address:port/],
  [["--listen", "unix:"], /Write a path/],
  [["--listen", "192.0.2.1:8700"], /^error: --listen "192\.0\.2\.1:8700": this machine has no such address$/],
  [["--trusted-proxy", "proxy.example"], /^error: --trusted-proxy "proxy\.example" is not an address, a network or "unix"/],
  [["--trusted-proxy", "10.0.0.0/33"], /is not an address/],
  [["--rate", "-1"], /Write a whole number from 0 to 100000\.$/],
  [["example.com"], /too many arguments/],
] as const) {
  test(`refused: serve ${args.join(" ")}`, async () => {
    const { code, stdout, stderr } = await stage(["serve", ...args]);
    assert.deepEqual([code, stdout], [2, ""]);
    assert.match(stderr.trimEnd(), line);
  });
}

test("the checker gets the policy and the options; --allow-private lifts the policy", async (context) => {
  const file = await temporary(context);
  const { fakeEngine } = await import("../commands/stage.ts");
  const made = async (...args: string[]) => {
    const engine = fakeEngine();
    const stop = new AbortController();
    stop.abort();
    await stage(["serve", "--listen", `unix:${file("x.sock")}`, ...args], { engine, signal: stop.signal });
    assert.equal(engine.closed, 1);
    return engine.made[0];
  };
  const { policy, allowPrivate } = (await made())!;
  assert.deepEqual([policy, allowPrivate], [{ privateAddresses: "deny", ports: "web" }, undefined]);
  const lifted = (await made("--allow-private", "--timeout", "3s", "--deadline", "7s", "-4", "--dns-server", "192.0.2.53"))!;
  assert.deepEqual(
    [lifted.policy, lifted.allowPrivate, lifted.timeoutMs, lifted.deadlineMs, lifted.family, lifted.dnsServers],
    [undefined, true, 3000, 7000, 4, ["192.0.2.53"]],
  );
});
