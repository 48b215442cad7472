/** Usage errors: one line on stderr that says what is wrong and what would be right, exit code 2. */
import { harmless } from "../report/harmless.ts";
import { machineTrouble, tooManyFiles } from "./machine-trouble.ts";

/** Thrown by everything in `commands/`. The library's own carries the same `code`, so both are told from faults of ours by it. */
export class CommandUsageError extends Error {
  readonly code = "usage";
  override name = "CommandUsageError";
}

/** Several mistakes at once, a line for each. */
export class ManyMistakes extends CommandUsageError {
  readonly lines: readonly string[];
  constructor(lines: readonly string[]) {
    super(lines.join("\n"));
    this.lines = lines;
  }
}

/** Is that a mistake of the one who called, with a message made for them? */
export function isUsageError(error: unknown): error is Error & { code: "usage" } {
  return error instanceof Error && (error as { code?: unknown }).code === "usage";
}

/** `ENOENT` and so on as words, for a message about a file. */
export function fileProblem(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  switch (code) {
    case "ENOENT":
      return "no such file";
    case "ENOTDIR":
      return "a part of the path is not a directory";
    case "EISDIR":
      return "it is a directory";
    case "EACCES":
    case "EPERM":
      return "permission denied";
    case "EROFS":
      return "the file system is read-only";
    case "ENOSPC":
      return "no space left";
    case "EDQUOT":
      return "the disk quota is used up";
    case "EFBIG":
      return "it grows larger than a file may be here (ulimit -f)";
    case "EIO":
      return "input/output error";
    case "EMFILE":
      return tooManyFiles();
    case "ERR_INVALID_ARG_VALUE":
      return "it is not a path";
    default:
      return code ?? message;
  }
}

/** A value from outside, quoted, for a message. */
export function quote(text: string): string {
  return `"${harmless(text, 80)}"`;
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Has the disk, or this machine's limits, kept it from being written? Otherwise it was asked for what can't be. */
export function isMachines(error: unknown): boolean {
  return ["ENOSPC", "EDQUOT", "EFBIG", "EIO", "EMFILE", "ENFILE"].includes((error as NodeJS.ErrnoException).code ?? "");
}

/** How a server name is called on stderr: under --redact=all it is no more to be seen there than in the report. */
export function nameShown(serverName: string, { redact }: { redact?: "names" | "all" }): string {
  return redact === "all" ? "a server name" : serverName;
}

/** The line on stderr about a server name that has no report: this machine's trouble, the same for every name, or a fault of ours. */
export function faultLine(serverName: string, error: unknown): string {
  const trouble = machineTrouble(error);
  if (trouble !== null) return `error: ${trouble}`;
  // A zone file in which what this name needs can't be read.
  const whose = isUsageError(error) ? "" : "internal error: ";
  return `error: ${harmless(serverName, 255)}: ${whose}${harmless(messageOf(error), 500)}`;
}

/**
 * The lines on stderr about an error that ends the program. What is neither a usage error nor this machine's trouble is a fault of ours.
 */
export function errorLine(error: unknown): string {
  if (error instanceof ManyMistakes) return error.lines.map((line) => `error: ${harmless(line, 1000)}\n`).join("");
  const trouble = machineTrouble(error);
  if (trouble !== null) return `error: ${harmless(trouble, 1000)}\n`;
  const message = harmless(messageOf(error), 1000);
  return `error: ${isUsageError(error) ? "" : "internal error: "}${message}\n`;
}
