/** The real process as a CommandIo: signals, streams, exit code. */
import { writeSync } from "node:fs";
import { engine, type Engine } from "./engine.ts";
import type { CommandIo } from "./io.ts";
import { harmless } from "../report/harmless.ts";
import { Interruption, interruptionLine, SIGNALS } from "./interruption.ts";
import { main } from "./main.ts";

/** Runs the program on the process's own arguments; ends with `process.exitCode` set, so that what is written still goes out. */
export async function run(withEngine: Engine = engine): Promise<void> {
  const interrupt = new AbortController();
  let broken = false;
  let stderr: NodeJS.WriteStream | undefined;
  const stopListening = (): void => SIGNALS.forEach((name) => void process.off(name, onSignal));
  // The listener stays after the first signal: taken off at once, ora's signal-exit, which is called next, would think that nobody listens
  // and end the process; taken off later, a second signal that is on its way to it would be lost.
  const onSignal = (signal: NodeJS.Signals): void => {
    const by = SIGNALS.find((name) => name === signal);
    if (by === undefined) return;
    if (interrupt.signal.aborted) {
      // The second one does what it always does.
      stopListening();
      process.kill(process.pid, signal);
      return;
    }
    interrupt.abort(new Interruption(by));
    if (io.endsByItself !== true) io.stderr.write(interruptionLine(by) ?? "");
  };
  // Without this Node would end with 1, which says that there are findings.
  const onUncaught = (error: unknown): void => {
    broken = true;
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    // What it says may come from the other side.
    io.stderr.write(
      `error: internal error: ${text
        .split("\n")
        .slice(0, 50)
        .map((line) => harmless(line, 1000))
        .join("\n")}\n`,
    );
    interrupt.abort(error);
  };
  const io: CommandIo = {
    // Opened only when names are read from it.
    get stdin() {
      return process.stdin;
    },
    // Node takes some milliseconds to make each of them.
    get stdout() {
      return process.stdout;
    },
    get stderr() {
      return (stderr ??= unheard(process.stderr));
    },
    writeOnlyLine,
    env: process.env,
    platform: process.platform,
    folder: "",
    now: () => new Date(),
    self: process.argv.slice(0, 2),
    signal: interrupt.signal,
    engine: withEngine,
  };
  for (const name of SIGNALS) process.on(name, onSignal);
  process.on("uncaughtException", onUncaught);
  const code = await main(process.argv.slice(2), io);
  stopListening();
  process.exitCode = broken ? 3 : code;
}

/** When nobody reads it, there is nobody to tell. */
function unheard(stream: NodeJS.WriteStream): NodeJS.WriteStream {
  return stream.on("error", () => {});
}

/** Without the stream, which is a fifth of all that a refusal takes. */
function writeOnlyLine(line: string): void {
  const bytes = Buffer.from(line);
  let written = 0;
  try {
    written = writeSync(2, bytes);
  } catch {
    // A full pipe that doesn't block, or none: the stream can wait.
  }
  if (written < bytes.length) unheard(process.stderr).write(bytes.subarray(written));
}
