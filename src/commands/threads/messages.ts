/** What threads say to each other. All of it is plain data: it is copied on its way (structured clone). */
import type { CheckOptions, RunOptions } from "../../check.ts";
import type { Report } from "../../facts/output.ts";
import type { FailOn } from "../exit-code.ts";

/** With what a thread begins. */
export interface ThreadData {
  options: CheckOptions;
  /** What `--wait` waits for: a report whose exit code is 0. */
  failOn: FailOn;
}

export type ToThread = { says: "check"; id: number; serverName: string; run: SentRun; waitMs?: number } | { says: "stop"; id: number };

/** What can be sent of a run's options. */
export type SentRun = Pick<RunOptions, "expect" | "ignore" | "fresh">;

export type FromThread =
  | { says: "ready" }
  | { says: "report"; id: number; report: Report | null }
  | { says: "error"; id: number; error: SentError }
  | { says: "waiting" | "note"; id: number; text: string };

/** Of an error what decides what is said of it: a structured clone loses the code. */
export interface SentError {
  message: string;
  code?: string;
  cause?: SentError;
}

/** Causes of causes, of which an error may have any number. */
const MOST_CAUSES = 8;

export function sentError(error: unknown, causes = MOST_CAUSES): SentError {
  if (!(error instanceof Error)) return { message: String(error) };
  const { code } = error as NodeJS.ErrnoException;
  return {
    message: error.message,
    ...(typeof code === "string" && { code }),
    ...(error.cause !== undefined && causes > 0 && { cause: sentError(error.cause, causes - 1) }),
  };
}

export function receivedError({ message, code, cause }: SentError): Error {
  const error = new Error(message, cause === undefined ? {} : { cause: receivedError(cause) });
  return code === undefined ? error : Object.assign(error, { code });
}
