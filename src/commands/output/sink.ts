/** Writing to a stream that may be slow or gone: back-pressure is awaited, a closed pipe is told apart from other trouble. */
import type { Writable } from "node:stream";
import { MachineTrouble } from "../machine-trouble.ts";
import { fileProblem } from "../usage.ts";

/** The reader of the pipe has left (`| head -1`): nothing more to say, and no fault. */
export class ReaderGone extends Error {}

export interface Sink {
  /** Resolves when the stream takes more; rejects with `ReaderGone`, or with what the stream's error means. */
  write(text: string): Promise<void>;
  /** Resolves when everything is handed over to the system. */
  flush(): Promise<void>;
  /** Aborted as soon as the stream takes no more. */
  readonly lost: AbortSignal;
  /** Takes the listener off again. */
  release(): void;
}

/** `what` is named in messages. */
export function sinkOf(stream: Writable, what = "standard output"): Sink {
  const lost = new AbortController();
  const fail = (error: NodeJS.ErrnoException): void => {
    const gone = error.code === "EPIPE" || error.code === "ERR_STREAM_DESTROYED" || error.code === "ERR_STREAM_WRITE_AFTER_END";
    lost.abort(gone ? new ReaderGone("the reader is gone") : new MachineTrouble(`${what} can't be written: ${fileProblem(error)}`));
  };
  // Also for a stream that is closed without an error, which would otherwise never drain.
  const close = (): void => lost.abort(new ReaderGone("the stream is closed"));
  stream.on("error", fail);
  stream.on("close", close);

  /** The next of `drain`, and the loss of the stream, whichever comes first. */
  async function ready(wait: (done: () => void) => void): Promise<void> {
    lost.signal.throwIfAborted();
    await new Promise<void>((resolve, reject) => {
      const onLost = (): void => reject(lost.signal.reason as Error);
      lost.signal.addEventListener("abort", onLost, { once: true });
      wait(() => {
        lost.signal.removeEventListener("abort", onLost);
        resolve();
      });
    });
  }

  return {
    lost: lost.signal,
    async write(text) {
      lost.signal.throwIfAborted();
      if (text === "" || stream.write(text)) return;
      await ready((done) => stream.once("drain", done));
    },
    async flush() {
      // The callback of a write comes after those of all writes before it.
      await ready((done) => stream.write("", () => done()));
    },
    release() {
      // `error` keeps its listener: a pipe may break after the last write, and that must not end the process.
      stream.off("close", close);
    },
  };
}
