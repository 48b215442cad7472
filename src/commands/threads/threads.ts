/**
 * `--threads`: names are dealt out to this thread and to others. Each has a checker of its own; to whoever asks, all of them together are
 * one. What others are asked for is what this one would have done: the same reports, the same errors.
 *
 * A thread that ends (out of memory, a fault of ours that nobody caught) takes nothing with it: the names that it was checking are checked
 * again one by one in a new one, and the name with which that ends, too, is the one that fails.
 */
import type { Worker } from "node:worker_threads";
import type { Checker, RunOptions } from "../../check.ts";
import type { Report } from "../../facts/output.ts";
import { onAbort } from "../../net/abort.ts";
import { tooManyFiles } from "../machine-trouble.ts";
import { OtherThread, type Task, type WaitOptions } from "./other-thread.ts";
import { WaitingNames } from "./waiting-names.ts";

export interface ThreadsSettings {
  /** This thread's. */
  checker: Checker;
  /** Starts another one with the same options. */
  start(): Worker;
  /** How many there may be, this one included; 2 or more. */
  threads: number;
  /** Names under way at once, in all threads together. */
  concurrency: number;
  /** Others are started when so many names have come. */
  from: number;
  /** One couldn't be started; those that there are go on. */
  onFewer(why: string): void;
}

/** Another thread, and what it has to do before anything else: names one of which has ended the thread before it. */
interface Other {
  thread: OtherThread;
  place: number;
  suspects: Task[];
  /** It is checking a suspect, and nothing else meanwhile. */
  isApart: boolean;
}

const INTERRUPTED = "interrupted before it was checked";

export function createThreads(settings: ThreadsSettings): Checker {
  const threads = new Threads(settings);
  return {
    async check(serverName, run = {}) {
      const report = await threads.report(serverName, run);
      if (report === null) throw new Error(INTERRUPTED);
      return report;
    },
    wait: (serverName, options) => threads.report(serverName, options),
    close: () => threads.close(),
  };
}

class Threads {
  readonly #settings: ThreadsSettings;
  readonly #most: number;
  readonly #waiting: WaitingNames<Task>;
  readonly #others = new Set<Other>();
  /** Names that have come. */
  #seen = 0;
  #runningHere = 0;
  /** One couldn't be started: those that are there do the work. */
  #noMore = false;

  constructor(settings: ThreadsSettings) {
    this.#settings = settings;
    this.#most = Math.min(settings.threads, settings.concurrency);
    this.#waiting = new WaitingNames(this.#most);
  }

  /** Null: interrupted before there was one. */
  report(serverName: string, run: RunOptions | WaitOptions): Promise<Report | null> {
    return new Promise((resolve, reject) => {
      const { signal } = run;
      if (signal?.aborted === true) return resolve(null);
      const leave =
        signal === undefined
          ? () => {}
          : onAbort(signal, () => {
              if (this.#takeBack(task)) task.done(null);
            });
      const task: Task = {
        serverName,
        run,
        done: (report) => {
          leave();
          resolve(report);
        },
        failed: (error) => {
          leave();
          reject(error);
        },
      };
      this.#seen++;
      this.#waiting.add(task);
      this.#startWanted();
      this.#deal();
    });
  }

  /** False when it waits no more. */
  #takeBack(task: Task): boolean {
    if (this.#waiting.remove(task)) return true;
    for (const { suspects } of this.#others) {
      const at = suspects.indexOf(task);
      if (at === -1) continue;
      suspects.splice(at, 1);
      return true;
    }
    return false;
  }

  close(): void {
    for (const { thread } of this.#others) thread.close();
    this.#others.clear();
    this.#settings.checker.close();
  }

  /** No more than there are names. */
  #startWanted(): void {
    const wanted = this.#seen < this.#settings.from ? 1 : Math.min(this.#most, this.#seen);
    while (!this.#noMore && this.#others.size + 1 < wanted) this.#start(this.#freePlace(), []);
  }

  #freePlace(): number {
    const taken = new Set([...this.#others].map(({ place }) => place));
    let place = 1;
    while (taken.has(place)) place++;
    return place;
  }

  #start(place: number, suspects: Task[]): void {
    let worker: Worker;
    try {
      worker = this.#settings.start();
    } catch (error) {
      return this.#couldNotStart(error, suspects);
    }
    let wasReady = false;
    const thread: OtherThread = new OtherThread(worker, {
      ready: () => {
        wasReady = true;
        this.#deal();
      },
      free: () => {
        other.isApart = thread.running > 0 && other.isApart;
        this.#deal();
      },
      ended: (error, lost) => {
        this.#others.delete(other);
        if (!wasReady) return this.#couldNotStart(error, other.suspects);
        if (lost.length === 1) for (const task of lost) task.failed(ended(error));
        this.#start(place, [...(lost.length === 1 ? [] : lost), ...other.suspects]);
      },
    });
    const other: Other = { thread, place, suspects, isApart: false };
    this.#others.add(other);
  }

  #couldNotStart(error: unknown, suspects: readonly Task[]): void {
    const why = whyNotStarted(error);
    if (!this.#noMore) this.#settings.onFewer(why);
    this.#noMore = true;
    for (const task of suspects) task.failed(ended(new Error(why)));
    this.#deal();
  }

  /** As long as there is something to do, and somebody who has room for it. */
  #deal(): void {
    const { concurrency } = this.#settings;
    for (;;) {
      const others = [...this.#others];
      const running = others.reduce((sum, { thread }) => sum + thread.running, this.#runningHere);
      if (running >= concurrency) return;
      const idle = others.find(({ thread, suspects }) => thread.isReady && thread.running === 0 && suspects.length > 0);
      const suspect = idle?.suspects.shift();
      if (idle !== undefined && suspect !== undefined) {
        idle.isApart = true;
        idle.thread.check(suspect);
        continue;
      }
      const share = Math.ceil(concurrency / (1 + others.length));
      const [free] = others
        .filter(({ thread, suspects, isApart }) => thread.isReady && !isApart && suspects.length === 0 && thread.running < share)
        .toSorted((a, b) => a.thread.running - b.thread.running);
      const isHere = this.#runningHere < share && this.#runningHere <= (free?.thread.running ?? Infinity);
      if (!isHere && free === undefined) return;
      const task = this.#waiting.next(isHere ? 0 : (free?.place ?? 0));
      if (task === undefined) return;
      if (isHere) void this.#checkHere(task);
      else free?.thread.check(task);
    }
  }

  async #checkHere({ serverName, run, done, failed }: Task): Promise<void> {
    const { checker } = this.#settings;
    this.#runningHere++;
    try {
      const { waitMs } = run;
      done(waitMs === undefined ? await checker.check(serverName, run) : await checker.wait(serverName, { ...run, waitMs }));
    } catch (error) {
      failed(error instanceof Error ? error : new Error(String(error)));
    } finally {
      this.#runningHere--;
      this.#deal();
    }
  }
}

/** It loads what this thread has loaded, so a module that it can't find is one that it may not open. */
function whyNotStarted(error: unknown): string {
  const code = (error as NodeJS.ErrnoException | null)?.code;
  if (code === "EMFILE" || code === "MODULE_NOT_FOUND") return tooManyFiles();
  return error instanceof Error ? error.message : String(error);
}

function ended({ message }: Error): Error {
  return new Error(`the thread that checked it ended: ${message}`);
}
