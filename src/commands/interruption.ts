/** What ends a run from outside, and with which exit code: 128 and the signal's number, as a shell says it. */
import type { ExitCode } from "./exit-code.ts";

export const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
type Signal = (typeof SIGNALS)[number];

const CODES: Record<Signal, ExitCode> = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 };

/** The reason of the signal that is aborted. */
export class Interruption extends Error {
  readonly by: Signal;
  constructor(by: Signal) {
    super("interrupted");
    this.by = by;
  }
}

/** The exit code of a run that was ended by what the signal is aborted with. */
export function interruptionCode({ reason }: AbortSignal): ExitCode {
  return reason instanceof Interruption ? CODES[reason.by] : CODES.SIGINT;
}

/** The line on stderr about a signal that nobody typed: Ctrl+C needs none. */
export function interruptionLine(by: Signal): string | null {
  switch (by) {
    case "SIGINT":
      return null;
    case "SIGTERM":
      return "note: ended by SIGTERM; what was done until then is shown\n";
    case "SIGHUP":
      return "note: ended by SIGHUP: the terminal is gone; what was done until then is shown\n";
  }
}
