/** What a run is settled to, with a configuration file or without. */
import type { FileHandle } from "node:fs/promises";
import type { RunOptions } from "../../check.ts";
import type { Expectations } from "../../facts/facts.ts";
import type { IgnoredCode } from "../ignored.ts";
import type { GlobalOptions } from "../options.ts";
import { CommandUsageError, fileProblem } from "../usage.ts";

/** What holds for a run: the command line, and under it the configuration file. */
export interface Settled {
  options: GlobalOptions;
  /** For every name; absent: nothing. */
  expect?: Expectations;
  /** For one name, over and besides that. */
  of(serverName: string): Pick<RunOptions, "expect" | "ignore">;
  /** The names of the file, for when there are no others. */
  servers: readonly string[];
  /** Every ignore, and how it is called when it matches nothing. */
  ignored: readonly IgnoredCode[];
  /** For stderr. */
  notes: readonly string[];
  /** The same at another time: ignores may have come to their last day. The file isn't read again. */
  at(now: Date): Settled;
}

export interface OpenConfig {
  handle: FileHandle;
  /** As it is called in messages. */
  file: string;
  /** Paths in the file are relative to it. */
  path: string;
}

export function unreadable(file: string, error: unknown): CommandUsageError {
  return new CommandUsageError(`${file} can't be read: ${fileProblem(error)}`);
}

export function expectationsOf({ expectTarget, expectVia }: GlobalOptions): Expectations {
  return { ...(expectTarget.length > 0 && { targets: expectTarget }), ...(expectVia.length > 0 && { via: expectVia }) };
}

export function fromCommandLine(code: string): IgnoredCode {
  return { code, said: `--ignore ${code}`, serverName: null };
}
