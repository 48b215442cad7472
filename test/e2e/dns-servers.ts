/** Real DNS servers on loopback: NSD as nameservers of one zone, Unbound as validating resolver, ldns to sign. No root is needed. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createDnsClient } from "../../src/net/dns/client.ts";

export const APEX = "example.org";
const ENV = { ...process.env, PATH: [process.env["PATH"] ?? "", "/usr/sbin", "/sbin"].join(delimiter) };
const DEADLINE_MS = 20_000;

export interface DnsServers {
  /** A nameserver; null serves no zone at all, and refuses. */
  nameserver(name: string, zone: string | null, apex?: string): Promise<Nameserver>;
  /** A resolver that asks these nameservers, and validates what has been signed here. `below`: nameservers of other zones. */
  resolver(nameservers: readonly Nameserver[], below?: readonly Nameserver[]): Promise<{ port: number }>;
  /** The zone with signatures that are valid until then; all with one key. */
  sign(zone: string, until: Date): string;
  close(): Promise<void>;
}

export interface Nameserver {
  name: string;
  apex: string;
  port: number;
  /** Serves another version from now on. */
  load(zone: string): Promise<void>;
}

/** A zone with two nameservers and these records. */
export function zoneText(serial: number, records: readonly string[]): string {
  return [
    `$ORIGIN ${APEX}.`,
    "$TTL 300",
    `@ IN SOA ns1 hostmaster ${serial} 3600 600 604800 120`,
    "@ IN NS ns1",
    "@ IN NS ns2",
    "ns1 IN A 127.0.0.1",
    "ns2 IN A 127.0.0.1",
    ...records,
    "",
  ].join("\n");
}

export function startDnsServers(): DnsServers {
  const directory = mkdtempSync(join(tmpdir(), "mdc-dns-"));
  const children: ChildProcess[] = [];
  const run = (command: string, args: readonly string[]): string =>
    execFileSync(command, args, { cwd: directory, env: ENV, encoding: "utf8" });
  let key: string | null = null;
  let signed = 0;

  /** The program in the foreground, ready when it answers. */
  async function start(command: string, args: readonly string[], port: number): Promise<ChildProcess> {
    const child = spawn(command, args, { cwd: directory, env: ENV, stdio: ["ignore", "pipe", "pipe"] });
    children.push(child);
    let said = "";
    for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk: Buffer) => (said += chunk.toString()));
    await until(
      async () => {
        if (child.exitCode !== null) throw new Error(`${command} ended: ${said}`);
        return (await serialAt(port)) !== "silent";
      },
      () => `${command} doesn't answer: ${said}`,
    );
    return child;
  }

  return {
    async nameserver(name, zone, apex = APEX) {
      const port = await freePort();
      const own = join(directory, `${name}-${port}`);
      mkdirSync(own);
      const file = join(own, "zone");
      if (zone !== null) writeFileSync(file, zone);
      writeFileSync(
        join(own, "nsd.conf"),
        [
          "server:",
          "  ip-address: 127.0.0.1",
          `  port: ${port}`,
          "  server-count: 1",
          '  username: ""',
          `  zonesdir: "${own}"`,
          '  database: ""',
          `  pidfile: "${own}/pid"`,
          `  xfrdfile: "${own}/xfrd"`,
          `  xfrdir: "${own}"`,
          `  zonelistfile: "${own}/zonelist"`,
          "  zonefiles-check: yes",
          "remote-control:",
          "  control-enable: no",
          ...(zone === null ? [] : ["zone:", `  name: ${apex}`, `  zonefile: "${file}"`]),
          "",
        ].join("\n"),
      );
      const child = await start("nsd", ["-d", "-c", join(own, "nsd.conf")], port);
      return {
        name,
        apex,
        port,
        async load(next) {
          const wanted = / SOA \S+ \S+ (\d+)/.exec(next)?.[1] ?? /\bSOA\b\D+(\d+)/.exec(next)?.[1];
          writeFileSync(file, next);
          child.kill("SIGHUP");
          await until(
            async () => (await serialAt(port)) === wanted,
            () => `nsd didn't load serial ${wanted ?? "?"}`,
          );
        },
      };
    },
    async resolver(nameservers, below = []) {
      const port = await freePort();
      const own = join(directory, `unbound-${port}`);
      mkdirSync(own);
      const anchor =
        key === null
          ? []
          : [
              `  trust-anchor: "${readFileSync(join(directory, `${key}.key`), "utf8")
                .replace(/;.*/, "")
                .trim()
                .replace(/\s+/g, " ")}"`,
            ];
      writeFileSync(
        join(own, "unbound.conf"),
        [
          "server:",
          `  interface: 127.0.0.1@${port}`,
          `  port: ${port}`,
          "  do-daemonize: no",
          '  username: ""',
          '  chroot: ""',
          `  directory: "${own}"`,
          `  pidfile: "${own}/pid"`,
          "  use-syslog: no",
          '  logfile: ""',
          "  num-threads: 1",
          '  module-config: "validator iterator"',
          "  do-not-query-localhost: no",
          "  access-control: 127.0.0.0/8 allow",
          "  ede: yes",
          "  qname-minimisation: no",
          "  do-ip6: no",
          ...anchor,
          "remote-control:",
          "  control-enable: no",
          "stub-zone:",
          `  name: ${APEX}`,
          ...nameservers.map((each) => `  stub-addr: 127.0.0.1@${each.port}`),
          ...below.flatMap((each) => ["stub-zone:", `  name: ${each.apex}`, `  stub-addr: 127.0.0.1@${each.port}`]),
          "",
        ].join("\n"),
      );
      await start("unbound", ["-d", "-c", join(own, "unbound.conf")], port);
      return { port };
    },
    sign(zone, validUntil) {
      key ??= run("ldns-keygen", ["-a", "ECDSAP256SHA256", "-k", APEX]).trim();
      const file = `zone-${signed++}`;
      writeFileSync(join(directory, file), zone);
      const stamp = (date: Date): string => date.toISOString().replace(/\D/g, "").slice(0, 14);
      run("ldns-signzone", [
        "-i",
        stamp(new Date(validUntil.getTime() - 30 * 86_400_000)),
        "-e",
        stamp(validUntil),
        "-f",
        `${file}.signed`,
        file,
        key,
      ]);
      return readFileSync(join(directory, `${file}.signed`), "utf8");
    },
    async close() {
      await Promise.all(
        children.map(async (child) => {
          if (child.exitCode !== null || child.signalCode !== null) return;
          const gone = once(child, "exit");
          child.kill("SIGTERM");
          await gone;
        }),
      );
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** The zone's serial there; `none` when it answers something else. */
async function serialAt(port: number): Promise<string> {
  const client = createDnsClient({ servers: [{ transport: "dns", address: "127.0.0.1", port }], timeoutMs: 500 });
  try {
    const outcome = await client.queryAt(
      { transport: "dns", address: "127.0.0.1", port },
      APEX,
      "SOA",
      { recursion: false, timeoutMs: 500 },
      new AbortController().signal,
    );
    return outcome.status === "done" ? String(outcome.value.records[0]?.serial ?? "none") : "silent";
  } finally {
    client.close();
  }
}

async function until(holds: () => Promise<boolean>, otherwise: () => string): Promise<void> {
  const end = performance.now() + DEADLINE_MS;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(otherwise());
    await sleep(20);
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const bound = server.address();
      server.close(() => resolve(typeof bound === "object" && bound !== null ? bound.port : 0));
    });
  });
}
