/**
 * The real servers: started as children with a configuration in a directory of their own, told to read it again, ended. No root is needed.
 * Each one's own syntax check goes before a start and a reload, so that a wrong snippet is told in the server's words.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { delimiter, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

export type Kind = "nginx" | "caddy" | "apache" | "haproxy";

export interface RealServer {
  /** Writes the configuration and has the running server take it over; done when no process with the old one is left. */
  reload(config: string): Promise<void>;
  stop(): Promise<void>;
}

/** What a configuration may count on. */
export interface ServerOptions {
  /** For the configuration and whatever the server writes; must be readable for everybody. */
  directory: string;
  config: string;
  /** A port on which it listens once it runs. */
  port: number;
  /** Caddy's API, by which it is reloaded. */
  adminPort: number;
}

const BINARIES: Record<Kind, string> = { nginx: "nginx", caddy: "caddy", apache: "apache2", haproxy: "haproxy" };
const PATH = [process.env["PATH"] ?? "", "/usr/sbin", "/sbin"].join(delimiter);
const DEADLINE_MS = 20_000;
const EVERY_MS = 20;

export async function startServer(kind: Kind, options: ServerOptions): Promise<RealServer> {
  const { directory, port } = options;
  const file = join(directory, `${kind}.conf`);
  await checkSyntax(kind, directory, options.config);
  writeFileSync(file, options.config);
  const child = spawn(BINARIES[kind], runArguments(kind, directory, file), {
    env: environment(directory),
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (data: Buffer) => (output = (output + data.toString()).slice(-8000)));
  await Promise.race([
    listening(port),
    once(child, "exit").then(() => {
      throw new Error(`${kind} ended:\n${output}`);
    }),
    once(child, "error").then(([error]) => {
      throw missing(kind, error as NodeJS.ErrnoException);
    }),
  ]).catch(async (error: unknown) => {
    await stop(child);
    throw error;
  });

  return {
    async reload(config) {
      await checkSyntax(kind, directory, config);
      writeFileSync(file, config);
      const before = childrenOf(child.pid);
      if (kind === "caddy") {
        await run(
          "caddy",
          ["reload", "--config", file, "--adapter", "caddyfile", "--address", `127.0.0.1:${options.adminPort}`, "--force"],
          directory,
        );
        return;
      }
      if (kind === "nginx") await run("nginx", [...nginxArguments(directory, file), "-s", "reload"], directory);
      if (kind === "apache") await run("apache2", ["-f", file, "-k", "graceful"], directory);
      // What "systemctl reload haproxy" does (ExecReload in Debian's unit).
      if (kind === "haproxy") child.kill("SIGUSR2");
      await until(`${kind} to have replaced its processes`, () => {
        const now = childrenOf(child.pid);
        return now.length > 0 && !now.some((pid) => before.includes(pid));
      });
      await listening(port);
    },
    stop: () => stop(child),
  };
}

/** The server's own syntax check of a whole configuration. */
export async function checkSyntax(kind: Kind, directory: string, config: string): Promise<void> {
  const file = join(directory, `${kind}.checked.conf`);
  writeFileSync(file, config);
  switch (kind) {
    case "nginx":
      await run("nginx", [...nginxArguments(directory, file), "-t", "-q"], directory, config);
      return;
    case "caddy":
      await run("caddy", ["validate", "--config", file, "--adapter", "caddyfile"], directory, config);
      return;
    case "apache":
      await run("apache2", ["-f", file, "-t"], directory, config);
      return;
    case "haproxy":
      await run("haproxy", ["-c", "-q", "-f", file], directory, config);
      return;
  }
}

/** Fails with how to install what is missing. */
export async function assertInstalled(kinds: readonly Kind[]): Promise<void> {
  for (const kind of kinds) await run(BINARIES[kind], kind === "caddy" ? ["version"] : ["-v"], "/tmp");
}

function runArguments(kind: Kind, directory: string, file: string): string[] {
  switch (kind) {
    case "nginx":
      return [...nginxArguments(directory, file), "-g", "daemon off;"];
    case "caddy":
      return ["run", "--config", file, "--adapter", "caddyfile"];
    case "apache":
      return ["-f", file, "-DFOREGROUND"];
    case "haproxy":
      // -W: the master stays and replaces its worker at a reload.
      return ["-W", "-f", file];
  }
}

function nginxArguments(directory: string, file: string): string[] {
  return ["-p", directory, "-c", file, "-e", join(directory, "error.log")];
}

function environment(directory: string): NodeJS.ProcessEnv {
  return { ...process.env, PATH, HOME: directory, XDG_DATA_HOME: join(directory, "data"), XDG_CONFIG_HOME: join(directory, "config") };
}

async function run(command: string, args: string[], directory: string, config?: string): Promise<void> {
  const child = spawn(command, args, { env: environment(directory), stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (data: Buffer) => (output += data.toString()));
  const [code] = (await Promise.race([
    once(child, "close"),
    once(child, "error").then(([error]) => {
      throw missing(command, error as NodeJS.ErrnoException);
    }),
  ])) as [number | null];
  if (code !== 0)
    throw new Error(
      `${command} ${args.join(" ")} ends with ${code}:\n${output}${config === undefined ? "" : `\nof this configuration:\n${config}`}`,
    );
}

function missing(command: string, error: NodeJS.ErrnoException): Error {
  return error.code === "ENOENT"
    ? new Error(`${command} isn't installed; the end-to-end tests need it: sudo bash test/e2e/install.sh`)
    : error;
}

/** The processes whose parent it is (proc(5), /proc/pid/stat: the name in brackets may hold anything). */
function childrenOf(pid: number | undefined): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((each) => parentOf(each) === pid);
}

function parentOf(pid: number): number | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    const [state, parent] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return state === "Z" ? null : Number(parent);
  } catch {
    return null; // It ended meanwhile.
  }
}

async function listening(port: number): Promise<void> {
  await until(`port ${port} to be open`, async () => {
    const socket = connect(port, "127.0.0.1");
    const opened = await Promise.race([once(socket, "connect").then(() => true), once(socket, "close").then(() => false)]).catch(
      () => false,
    );
    socket.destroy();
    return opened;
  });
}

async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + DEADLINE_MS;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`waited ${DEADLINE_MS} ms in vain for ${what}`);
    await sleep(EVERY_MS);
  }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  const late = setTimeout(() => child.kill("SIGKILL"), 5000);
  await ended;
  clearTimeout(late);
}
