/** What a command gets of the process: streams, environment, interruption. Tests hand in their own; `process.ts` hands in the real ones. */
import type { Readable, Writable } from "node:stream";
import type { Engine } from "./engine.ts";

/** A stream that may be a terminal. */
export type OutStream = Writable & { isTTY?: boolean; columns?: number };

export interface CommandIo {
  stdin: Readable;
  stdout: OutStream;
  stderr: OutStream;
  /** Writes to stderr what will be all that is written, and so needs no stream. */
  writeOnlyLine?(line: string): void;
  env: Readonly<Record<string, string | undefined>>;
  /** `process.platform`. */
  platform: string;
  /** The folder whose configuration file is read by default; `""` is the working directory. */
  folder: string;
  now(): Date;
  /** What runs this program, without its arguments: node and the script, as absolute paths. */
  self: readonly string[];
  /** Aborted at SIGINT, SIGTERM and SIGHUP, with an Interruption: print what is done and end with its exit code. */
  signal: AbortSignal;
  engine: Engine;
  /** Set by a command whose end by a signal is nothing to tell anybody. */
  endsByItself?: boolean;
}
