/** Runs programs to measure them: wall time, peak memory, two of them in turns so that both see the same machine. */
import { fork, spawn, type ChildProcess } from "node:child_process";
import { open, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

export const ROOT = fileURLToPath(new URL("../../", import.meta.url));
export const BIN = join(ROOT, "bin", "matrix-delegation-check.js");

/** What would make every Node start otherwise than on a plain machine; `SSL_CERT_FILE` is measured for itself. */
const LEFT_OUT = ["NODE_OPTIONS", "NODE_EXTRA_CA_CERTS", "NODE_COMPILE_CACHE", "SSL_CERT_FILE"];

export interface Ended {
  /** Wall time from the start to the exit. */
  ms: number;
  exitCode: number;
}

/**
 * Runs `node <args>`; what it prints goes to `output`, or nowhere. Rejects when it is ended by a signal or `expected` isn't its exit code.
 */
export async function runNode(
  args: readonly string[],
  expected: number,
  { output, env = {} }: { output?: string; env?: Record<string, string> } = {},
): Promise<Ended> {
  const file = output === undefined ? null : await open(output, "w");
  try {
    const began = performance.now();
    const child = spawn(process.execPath, args, {
      cwd: ROOT,
      env: { ...plainEnvironment(), ...env },
      stdio: ["ignore", file?.fd ?? "ignore", "pipe"],
    });
    let said = "";
    child.stderr?.setEncoding("utf8").on("data", (text: string) => (said = (said + text).slice(-2000)));
    const exitCode = await exited(child);
    if (exitCode !== expected)
      throw new Error(`exit code ${exitCode}, ${expected} expected: node ${args.join(" ").slice(0, 300)}\n${said}`);
    return { ms: performance.now() - began, exitCode };
  } finally {
    await file?.close();
  }
}

function plainEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !LEFT_OUT.includes(name)));
}

function exited(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", resolve);
  });
}

export interface Comparison {
  /** Medians, milliseconds. */
  measured: number;
  baseline: number;
}

/** Both in turns, `pairs` times, after one turn that doesn't count (it fills file caches). */
export async function compare(pairs: number, measured: () => Promise<number>, baseline: () => Promise<number>): Promise<Comparison> {
  const times: { measured: number[]; baseline: number[] } = { measured: [], baseline: [] };
  for (let turn = -1; turn < pairs; turn++) {
    const pair = { measured: await measured(), baseline: await baseline() };
    if (turn < 0) continue;
    times.measured.push(pair.measured);
    times.baseline.push(pair.baseline);
  }
  return { measured: median(times.measured), baseline: median(times.baseline) };
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.floor(middle)] ?? NaN) + (sorted[Math.ceil(middle) - 1] ?? NaN)) / 2;
}

/** How long it takes, milliseconds. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

interface Cost {
  peakBytes: number;
  cpuMs: number;
}

/**
 * Like runNode, and the peak of the process's resident memory in bytes, and the milliseconds that processors spent on it. On Linux this
 * is VmHWM: getrusage's maxRSS would begin with what this process, which it is forked from, has.
 */
export async function runNodeWithPeak(
  args: readonly string[],
  expected: number,
  directory: string,
  output?: string,
): Promise<Ended & Cost> {
  const preload = join(directory, "peak.mjs");
  const result = join(directory, "peak.txt");
  const code = `
    import { readFileSync, writeFileSync } from "node:fs";
    import { isMainThread } from "node:worker_threads";
    if (isMainThread) process.on("exit", () => {
      let kib = process.resourceUsage().maxRSS;
      try { kib = Number(/VmHWM:\\s*(\\d+)/.exec(readFileSync("/proc/self/status", "latin1"))[1]); } catch {}
      const { userCPUTime, systemCPUTime } = process.resourceUsage();
      writeFileSync(${JSON.stringify(result)}, JSON.stringify({ peakBytes: kib * 1024, cpuMs: (userCPUTime + systemCPUTime) / 1000 }));
    });`;
  await writeFile(preload, code);
  const ended = await runNode(["--import", pathToFileURL(preload).href, ...args], expected, output === undefined ? {} : { output });
  return { ...ended, ...(JSON.parse(await readFile(result, "utf8")) as Cost) };
}

/** A program of this folder in a process of its own, so that its time and memory don't count: it sends one message when it is ready. */
export interface Lab<Ready> {
  ready: Ready;
  /** Sends a question and waits for the answer. */
  ask(question: string): Promise<unknown>;
  close(): Promise<void>;
}

export async function startLab<Ready>(file: string, args: readonly string[]): Promise<Lab<Ready>> {
  const child = fork(join(ROOT, "scripts", "bench", file), args, {
    cwd: ROOT,
    execArgv: ["--import", "tsx"],
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  const ended = exited(child);
  const next = (): Promise<unknown> =>
    Promise.race([
      new Promise((resolve) => child.once("message", resolve)),
      ended.then((code) => Promise.reject(new Error(`${file} ended with ${String(code)}`))),
    ]);
  return {
    ready: (await next()) as Ready,
    ask(question) {
      const answer = next();
      child.send(question);
      return answer;
    },
    async close() {
      if (child.connected) child.disconnect();
      await ended;
    },
  };
}
