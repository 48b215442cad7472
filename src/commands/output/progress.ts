/** The progress line on stderr: only for a person who waits. ora is loaded when it is needed. */
import type { Ora } from "ora";
import type { StepId } from "../../facts/output.ts";
import type { CommandIo } from "../io.ts";
import type { FormatName } from "../options.ts";
import { isCi, type Terminal } from "./terminal.ts";

export interface Progress {
  say(text: string): void;
  /** Takes the line away; always to be called. */
  stop(): void;
}

/**
 * Narrower than this there is nothing to read. A pseudo-terminal that nobody gave a size has 0 columns, and ora 9 then clears lines without
 * end.
 */
const LEAST_COLUMNS = 20;

/** ora prints even where there is no terminal, so that it is decided here. */
export function wantsProgress(io: CommandIo, options: { format: FormatName; progress: boolean; quiet?: true }): boolean {
  const wanted = options.format === "pretty" && options.progress && options.quiet !== true;
  return wanted && io.stderr.isTTY === true && (io.stderr.columns ?? 0) >= LEAST_COLUMNS && !isCi(io.env) && io.env["TERM"] !== "dumb";
}

/** Shows the line as soon as ora is loaded; nothing waits for that. While it spins, ora makes room for what is written to the terminal. */
export function startProgress(io: CommandIo, terminal: Terminal): Progress {
  let spinner: Ora | null = null;
  let text = "";
  let stopped = false;
  void import("ora").then(({ default: ora }) => {
    if (stopped) return;
    spinner = ora({
      text,
      stream: io.stderr,
      isEnabled: true,
      // Or stdin is put into raw mode: names may come from it, and Ctrl+C is to be a signal.
      discardStdin: false,
      spinner: terminal.unicode ? "dots" : "line",
      color: terminal.colorLevel > 0 ? "cyan" : false,
    }).start();
  });
  return {
    say(now) {
      // One line, with the spinner before it: what wraps jumps.
      text = now.slice(0, (io.stderr.columns ?? LEAST_COLUMNS) - 3);
      if (spinner !== null) spinner.text = text;
    },
    stop() {
      stopped = true;
      spinner?.stop();
      spinner = null;
    },
  };
}

/** For everything that is no person at a terminal. */
export const NO_PROGRESS: Progress = { say: () => {}, stop: () => {} };

/** What a check waits for from that step on. `name`: the server name, harmless; null when it isn't to be shown. */
export function waitedFor(step: StepId, name: string | null): string {
  switch (step) {
    case "well-known":
      return name === null ? "waiting for the well-known" : `waiting for https://${name}/.well-known/matrix/server`;
    case "srv":
      return "waiting for the SRV records";
    case "address":
      return "waiting for the addresses of the homeserver's host";
    case "connect":
      return "waiting for the homeserver: connection, TLS, version and keys";
    default:
      return step;
  }
}
