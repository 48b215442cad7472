/** A real Synapse as the homeserver behind a proxy: started, restarted with another configuration, ended. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parse, stringify } from "yaml";
import { writeConfig, type SynapseConfig } from "./config.ts";

const DEADLINE_MS = 60_000;

export interface RealSynapse {
  /** Puts the top-level settings of this YAML in the place of those in homeserver.yaml, as an admin does, and restarts. */
  change(yaml: string): Promise<void>;
  stop(): Promise<void>;
}

/** Ready when its first listener answers. */
export async function startSynapse(python: string, port: number, config: SynapseConfig): Promise<RealSynapse> {
  const file = await writeConfig(config);
  let child = await started(python, port, file, config.directory);
  return {
    async change(yaml) {
      const before = parse(readFileSync(file, "utf8")) as Record<string, unknown>;
      const change = parse(yaml) as Record<string, unknown>;
      writeFileSync(file, stringify({ ...before, ...change }));
      await end(child);
      // Another name needs an empty database: Synapse refuses to start with the other one.
      if (change["server_name"] !== undefined) rmSync(join(config.directory, "homeserver.db"), { force: true });
      child = await started(python, port, file, config.directory);
    },
    stop: () => end(child),
  };
}

async function started(python: string, port: number, file: string, directory: string): Promise<ChildProcess> {
  const child = spawn(python, ["-m", "synapse.app.homeserver", "-c", file], { cwd: directory, stdio: ["ignore", "ignore", "pipe"] });
  let errors = "";
  child.stderr.on("data", (data: Buffer) => (errors = (errors + data.toString()).slice(-4000)));
  const until = performance.now() + DEADLINE_MS;
  while (!(await answers(port))) {
    if (child.exitCode !== null) throw new Error(`Synapse ended with ${child.exitCode}:\n${errors}`);
    if (performance.now() > until) throw new Error(`Synapse doesn't answer on port ${port}:\n${errors}`);
    await sleep(100);
  }
  return child;
}

async function answers(port: number): Promise<boolean> {
  return fetch(`http://127.0.0.1:${port}/`).then(
    ({ headers }) => headers.get("server")?.startsWith("Synapse") === true,
    () => false,
  );
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  child.kill("SIGTERM");
  const late = setTimeout(() => child.kill("SIGKILL"), 10_000);
  await once(child, "exit");
  clearTimeout(late);
}
