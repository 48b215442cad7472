/**
 * `node --import tsx scripts/load.ts [seconds]`: what `serve` can take, measured against servers of the lab on this machine: answers that
 * are kept, checks that are made, and requests over the limit. Prints the table of docs/serve.md, and fails when something is left behind.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { Agent, request } from "node:http";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startNetwork, type Network } from "../test/lab/network.ts";

const PROGRAM = fileURLToPath(new URL("../bin/matrix-delegation-check.js", import.meta.url));
const SECONDS = Number(process.argv[2] ?? 10);
const NAMES = 16;

interface Figures {
  what: string;
  clients: number;
  perSecond: number;
  p50: number;
  p99: number;
  statuses: string;
  megabytes: number;
}

async function servers(net: Network): Promise<void> {
  for (let number = 0; number < NAMES; number++) {
    const name = `n${number}.example.org`;
    await net.web(name, { routes: { "/.well-known/matrix/server": { body: { "m.server": `${name}:8448` } } } });
    await net.homeserver(name);
  }
}

/** A service of its own for each row: one row's load is nothing to the next one. */
async function withService<T>(net: Network, folder: string, args: string[], use: (port: number) => Promise<T>): Promise<T> {
  const child = spawn(process.execPath, [PROGRAM, "serve", "--listen", "127.0.0.1:0", ...net.args(join(folder, "root.pem")), ...args], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const closed = once(child, "close") as Promise<[number | null]>;
  let said = "";
  child.stdout.setEncoding("utf8");
  while (!said.includes("\n")) said += String((await once(child.stdout, "data"))[0]);
  const port = Number(/:(\d+)\n/.exec(said)?.[1]);
  try {
    const result = await use(port);
    await left(port);
    return result;
  } finally {
    child.kill("SIGTERM");
    const [code] = await closed;
    if (code !== 0) throw new Error(`the service ended with ${code}`);
  }
}

/** Nothing of the load may be left: no check, and no connection but the one that asks. */
async function left(port: number): Promise<void> {
  for (let turn = 0; turn < 100; turn++) {
    const { body } = await get(port, "/metrics");
    const figure = (name: string): number => Number(new RegExp(`^matrix_delegation_serve_${name} (\\d+)$`, "m").exec(body)?.[1]);
    if (figure("checks_under_way") === 0 && figure("connections") === 1) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error("10 seconds after the load there are checks or connections left");
}

function get(port: number, path: string, agent: Agent | false = false): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    request({ host: "127.0.0.1", port, path, agent }, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (part: string) => (body += part));
      response.once("end", () => resolve({ status: response.statusCode ?? 0, body }));
    })
      .once("error", reject)
      .end();
  });
}

async function load(port: number, what: string, clients: number, pathOf: (client: number) => string): Promise<Figures> {
  const agent = new Agent({ keepAlive: true, maxSockets: clients });
  const times: number[] = [];
  const statuses = new Map<number, number>();
  let megabytes = 0;
  const end = performance.now() + SECONDS * 1000;
  const watch = setInterval(() => {
    void get(port, "/metrics").then(({ body }) => {
      megabytes = Math.max(megabytes, Number(/^process_resident_memory_bytes (\d+)$/m.exec(body)?.[1]) / 1024 / 1024);
    });
  }, 500);
  await Promise.all(
    Array.from({ length: clients }, async (_, client) => {
      while (performance.now() < end) {
        const began = performance.now();
        const { status } = await get(port, pathOf(client), agent);
        times.push(performance.now() - began);
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
      }
    }),
  );
  clearInterval(watch);
  agent.destroy();
  times.sort((a, b) => a - b);
  const at = (share: number): number => times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? NaN;
  return {
    what,
    clients,
    perSecond: times.length / SECONDS,
    p50: at(0.5),
    p99: at(0.99),
    statuses: [...statuses].map(([status, count]) => `${count} × ${status}`).join(", "),
    megabytes,
  };
}

const folder = await mkdtemp(join(tmpdir(), "mdc-load-"));
const net = await startNetwork();
try {
  await servers(net);
  await writeFile(join(folder, "root.pem"), net.authority.pem);
  const name = (client: number): string => `n${client % NAMES}.example.org`;
  const rows: Figures[] = [];
  for (const clients of [10, 100, 1000])
    rows.push(
      await withService(net, folder, ["--rate", "0"], (port) =>
        load(port, "kept: `/api/report`", clients, () => `/api/report?server_name=${name(0)}`),
      ),
    );
  rows.push(
    await withService(net, folder, ["--rate", "0"], (port) => load(port, "kept: the page", 100, () => `/${name(0)}`)),
    await withService(net, folder, ["--rate", "0", "--concurrency", "16"], (port) =>
      load(port, "checks, 16 names at once", NAMES, (client) => `/api/report?server_name=${name(client)}&no_cache=true`),
    ),
    await withService(net, folder, ["--rate", "0"], (port) =>
      load(port, "checks, one name for all", 1000, () => `/api/report?server_name=${name(0)}&no_cache=true`),
    ),
    await withService(net, folder, ["--rate", "10"], (port) =>
      load(port, "over the limit of a client", 1000, (client) => `/api/report?server_name=${name(client)}&no_cache=true`),
    ),
  );
  process.stdout.write(
    `Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model ?? "?"}, ${SECONDS} s each; clients, service and servers on one machine.\n\n`,
  );
  process.stdout.write("| what | clients | answers/s | p50 | p99 | memory | answers |\n| --- | ---: | ---: | ---: | ---: | ---: | --- |\n");
  for (const { what, clients, perSecond, p50, p99, megabytes, statuses } of rows)
    process.stdout.write(
      `| ${what} | ${clients} | ${perSecond.toFixed(0)} | ${p50.toFixed(0)} ms | ${p99.toFixed(0)} ms | ${megabytes.toFixed(0)} MB | ${statuses} |\n`,
    );
} finally {
  await net.close();
  await rm(folder, { recursive: true });
}
