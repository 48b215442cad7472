/**
 * `--on-change`: the user's command, run by the shell. What comes from outside reaches it on standard input only, never on its command
 * line.
 */
import { spawn } from "node:child_process";
import { parseServerName } from "../../matrix/server-name.ts";
import type { Verdict, WatchEvent } from "../../facts/output.ts";
import { renderEventJson } from "../../report/watched.ts";
import type { Sink } from "../output/sink.ts";
import { messageOf } from "../usage.ts";

export interface OnChangeSettings {
  command: string;
  env: Readonly<Record<string, string | undefined>>;
  /** `process.platform`. */
  platform: string;
  /** What the command prints goes here, back-pressure included. */
  stderr: Sink;
  /** Ends the command. */
  signal: AbortSignal;
  /** Milliseconds; then the command and all that it started are ended. */
  deadlineMs: number;
}

/** Between SIGTERM and SIGKILL, milliseconds. */
const GRACE_MS = 500;

/**
 * Runs the command once, until it and whatever holds its output have ended. Resolves with what went wrong, in a few words, or null; never
 * rejects.
 */
export function runOnChange(event: WatchEvent, previous: Verdict, settings: OnChangeSettings): Promise<string | null> {
  const { command, platform, signal, deadlineMs } = settings;
  if (signal.aborted) return Promise.resolve(null);
  const isWindows = platform === "win32";
  let child;
  try {
    // A process group of its own: then all of it can be ended, and Ctrl+C in a terminal reaches only us.
    child = spawn(command, {
      shell: true,
      detached: !isWindows,
      windowsHide: true,
      stdio: ["pipe", "pipe", "pipe"],
      env: { ...settings.env, ...variables(event, previous) },
    });
  } catch (error) {
    return Promise.resolve(`can't be started: ${messageOf(error)}`);
  }
  const { pid, stdin, stdout, stderr } = child;

  return new Promise((resolve) => {
    let ended: "interrupted" | "too long" | null = null;
    let grace: NodeJS.Timeout | undefined;
    const kill = (how: "SIGTERM" | "SIGKILL"): void => {
      if (pid !== undefined) killAll(pid, how, isWindows);
    };
    const end = (why: NonNullable<typeof ended>): void => {
      if (ended !== null) return;
      ended = why;
      kill("SIGTERM");
      grace = setTimeout(() => {
        kill("SIGKILL");
        // Somebody outside the group may still hold them.
        stdout.destroy();
        stderr.destroy();
      }, GRACE_MS);
    };
    const onAbort = (): void => end("interrupted");
    const deadline = setTimeout(() => end("too long"), deadlineMs);
    signal.addEventListener("abort", onAbort, { once: true });
    const done = (problem: string | null): void => {
      clearTimeout(deadline);
      clearTimeout(grace);
      signal.removeEventListener("abort", onAbort);
      // What ignored SIGTERM and let go of its output.
      if (ended !== null) kill("SIGKILL");
      resolve(ended === "interrupted" ? null : ended === "too long" ? `took longer than ${deadlineMs / 1000} s and was ended` : problem);
    };
    child.on("error", (error) => done(`can't be started: ${error.message}`));
    child.on("close", (code, by) => done(code === 0 ? null : by === null ? `ended with exit code ${code}` : `was ended by ${by}`));
    forward(stdout, settings.stderr);
    forward(stderr, settings.stderr);
    // A command that doesn't read it is none the worse for that: EPIPE.
    stdin.on("error", () => {});
    stdin.end(renderEventJson(event));
  });
}

/** Values that a shell can't take for anything else: the name only if it is one, and words of ours. */
function variables({ serverName, report }: WatchEvent, previous: Verdict): Record<string, string> {
  return {
    ...(parseServerName(serverName).ok ? { MATRIX_DELEGATION_CHECK_SERVER_NAME: serverName } : {}),
    MATRIX_DELEGATION_CHECK_VERDICT: report.verdict,
    MATRIX_DELEGATION_CHECK_PREVIOUS_VERDICT: previous,
  };
}

/** As it comes, at the pace at which it is taken. */
function forward(from: NodeJS.ReadableStream & { destroyed?: boolean }, to: Sink): void {
  from.setEncoding("utf8");
  from.on("error", () => {});
  from.on("data", (text: string) => {
    from.pause();
    // When nobody reads it any more it is thrown away.
    const resume = (): void => void from.resume();
    to.write(text).then(resume, resume);
  });
}

function killAll(pid: number, how: "SIGTERM" | "SIGKILL", isWindows: boolean): void {
  if (isWindows) {
    // There are no process groups; a console program can't be asked to end either.
    spawn("taskkill", ["/pid", String(pid), "/t", "/f"], { stdio: "ignore", windowsHide: true }).on("error", () => {});
    return;
  }
  try {
    process.kill(-pid, how);
  } catch {
    // All of it has ended.
  }
}
