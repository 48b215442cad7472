/** The server names in a file, read as they are needed. */
import { createReadStream } from "node:fs";
import type { Readable } from "node:stream";
import { linesOf, NotUtf8 } from "../output/lines.ts";
import { CommandUsageError, fileProblem, quote } from "../usage.ts";

/** More of a line isn't read; no server name is that long (Appendices, "Server name": 255 and a port). */
export const MAX_NAME_LINE = 1024;

/**
 * The names of a file, `-` for stdin. What is no server name comes as it stands: it is that entry's failure.
 * Ends when `signal` is aborted. Throws CommandUsageError when the file can't be read.
 */
export async function* namesOf(file: string, stdin: Readable, signal: AbortSignal): AsyncGenerator<string> {
  const stream = file === "-" ? stdin : createReadStream(file);
  const stop = (): void => void stream.destroy();
  signal.addEventListener("abort", stop, { once: true });
  try {
    if (signal.aborted) return;
    for await (const line of linesOf(stream, MAX_NAME_LINE)) {
      const name = nameIn(line.text, line.cut);
      if (name !== null) yield name;
    }
  } catch (error) {
    if (signal.aborted) return;
    const problem = error instanceof NotUtf8 ? "it is UTF-16: save it as UTF-8" : fileProblem(error);
    throw new CommandUsageError(`--from-file: ${file === "-" ? "stdin" : quote(file)} can't be read: ${problem}`);
  } finally {
    signal.removeEventListener("abort", stop);
    stream.destroy();
  }
}

/** A line without its comment (`#` at the start or after white space); null when nothing is left. */
function nameIn(text: string, cut: boolean): string | null {
  const comment = text.search(/(?<=^|\s)#/);
  if (comment !== -1) return text.slice(0, comment).trim() || null;
  // Of a line that was cut it isn't known what comes after the white space.
  return cut ? text : text.trim() || null;
}
