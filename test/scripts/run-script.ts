/** Runs a script of this repository as `npm run` does, after a build, with a folder for temporary files of its own. */
import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

export interface Ended {
  exitCode: number | null;
  stdout: string;
  stderr: string;
  /** What it left in the folder for temporary files. */
  left: string[];
}

/** `interruptAt`: SIGINT as soon as this stands in the output. */
export async function runScript(script: string, args: readonly string[], interruptAt?: string): Promise<Ended> {
  const temporary = mkdtempSync(join(tmpdir(), "script-test-"));
  try {
    const child = spawn(process.execPath, ["--import", "tsx", join("scripts", script), ...args], {
      cwd: ROOT,
      env: { ...process.env, TMPDIR: temporary },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let stdout = "";
    let stderr = "";
    let interrupted = false;
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
      if (interruptAt === undefined || interrupted || !stdout.includes(interruptAt)) return;
      interrupted = true;
      child.kill("SIGINT");
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    const exitCode = await new Promise<number | null>((resolve, reject) => child.once("error", reject).once("close", resolve));
    // tsx keeps its cache there.
    return {
      exitCode,
      stdout,
      stderr,
      left: readdirSync(temporary).filter((name) => !name.startsWith("tsx-") && name !== "node-compile-cache"),
    };
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}
