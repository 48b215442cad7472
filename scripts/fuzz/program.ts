/** The program itself, as a child: with a file that was mutated, in some format. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const PROGRAM = join(fileURLToPath(new URL("../../", import.meta.url)), "bin", "matrix-delegation-check.js");

export interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

const MOST_BYTES = 64 * 1024 * 1024;

/** Killed after the given milliseconds: then `signal` is SIGKILL. */
export async function runProgram(args: readonly string[], input: string, deadlineMs: number): Promise<Ended> {
  const child = spawn(process.execPath, ["--max-old-space-size=256", PROGRAM, ...args], { stdio: ["pipe", "pipe", "pipe"] });
  const late = setTimeout(() => child.kill("SIGKILL"), deadlineMs);
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (data: Buffer) => stdout.length < MOST_BYTES && (stdout += data.toString()));
  child.stderr.on("data", (data: Buffer) => stderr.length < MOST_BYTES && (stderr += data.toString()));
  // It may end before it has read everything.
  child.stdin.on("error", () => undefined);
  child.stdin.end(input);
  const [code, signal] = (await once(child, "close")) as [number | null, NodeJS.Signals | null];
  clearTimeout(late);
  return { code, signal, stdout, stderr };
}
