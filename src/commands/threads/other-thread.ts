/** Another thread, as the one that started it sees it. */
import type { Worker } from "node:worker_threads";
import type { Checker } from "../../check.ts";
import type { Report } from "../../facts/output.ts";
import { onAbort } from "../../net/abort.ts";
import { type FromThread, receivedError, type ToThread } from "./messages.ts";

export type WaitOptions = Parameters<Checker["wait"]>[1];

/** A name to be checked. */
export interface Task {
  serverName: string;
  /** With `waitMs`: until it passes. */
  run: Partial<WaitOptions>;
  done: (report: Report | null) => void;
  failed: (error: Error) => void;
}

interface UnderWay {
  task: Task;
  stopListening: () => void;
}

export interface OtherThreadEvents {
  /** It can be given names. */
  ready(): void;
  /** A name is done or has failed. */
  free(): void;
  /** It is no more; `lost` are the names that it was checking. */
  ended(error: Error, lost: Task[]): void;
}

export class OtherThread {
  readonly #worker: Worker;
  readonly #underWay = new Map<number, UnderWay>();
  #next = 0;
  isReady = false;

  constructor(worker: Worker, events: OtherThreadEvents) {
    this.#worker = worker;
    let why: Error | null = null;
    worker.on("message", (message: FromThread) => {
      switch (message.says) {
        case "ready":
          this.isReady = true;
          return events.ready();
        case "waiting":
          return this.#underWay.get(message.id)?.task.run.onWaiting?.(message.text);
        case "note":
          return this.#underWay.get(message.id)?.task.run.onNote?.(message.text);
        case "report":
          this.#end(message.id)?.done(message.report);
          return events.free();
        case "error":
          this.#end(message.id)?.failed(receivedError(message.error));
          return events.free();
      }
    });
    worker.on("error", (error) => (why = error instanceof Error ? error : new Error(String(error))));
    // What it said before it ended has come by then.
    worker.on("exit", (code) => {
      this.isReady = false;
      const lost = [...this.#underWay.keys()].flatMap((id) => this.#end(id) ?? []);
      events.ended(why ?? new Error(`its thread ended with exit code ${code}`), lost);
    });
  }

  get running(): number {
    return this.#underWay.size;
  }

  check(task: Task): void {
    const id = this.#next++;
    const { serverName, run } = task;
    const { signal, expect, ignore, fresh, waitMs } = run;
    const stopListening = signal === undefined ? () => {} : onAbort(signal, () => this.#say({ says: "stop", id }));
    this.#underWay.set(id, { task, stopListening });
    this.#say({
      says: "check",
      id,
      serverName,
      run: { ...(expect && { expect }), ...(ignore && { ignore }), ...(fresh && { fresh }) },
      ...(waitMs !== undefined && { waitMs }),
    });
  }

  close(): void {
    this.#worker.removeAllListeners().on("error", () => {});
    void this.#worker.terminate();
  }

  #say(message: ToThread): void {
    this.#worker.postMessage(message);
  }

  #end(id: number): Task | undefined {
    const found = this.#underWay.get(id);
    found?.stopListening();
    this.#underWay.delete(id);
    return found?.task;
  }
}
