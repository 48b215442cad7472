/** What another thread does: it has a checker of its own, and messages tell it what to check. */
import type { MessagePort } from "node:worker_threads";
import type { Checker, CheckOptions } from "../../check.ts";
import { exitCodeOf } from "../exit-code.ts";
import { type FromThread, sentError, type ThreadData, type ToThread } from "./messages.ts";

/** Rejects when there can be no checker. What nobody catches ends the thread: the one that started it is told. */
export async function work(
  port: MessagePort,
  { options, failOn }: ThreadData,
  createChecker: (options: CheckOptions) => Promise<Checker>,
): Promise<void> {
  const say = (message: FromThread): void => port.postMessage(message);
  const checker = await createChecker(options);
  const underWay = new Map<number, AbortController>();

  async function check({ id, serverName, run: given, waitMs }: Extract<ToThread, { says: "check" }>): Promise<void> {
    const stop = new AbortController();
    underWay.set(id, stop);
    const run = { ...given, signal: stop.signal };
    try {
      const report =
        waitMs === undefined
          ? await checker.check(serverName, run)
          : await checker.wait(serverName, {
              ...run,
              waitMs,
              passes: (report) => exitCodeOf(report, failOn) === 0,
              onWaiting: (text) => say({ says: "waiting", id, text }),
              onNote: (text) => say({ says: "note", id, text }),
            });
      say({ says: "report", id, report });
    } catch (error) {
      say({ says: "error", id, error: sentError(error) });
    } finally {
      underWay.delete(id);
    }
  }

  port.on("message", (message: ToThread) => {
    if (message.says === "stop") underWay.get(message.id)?.abort();
    else void check(message);
  });
  say({ says: "ready" });
}
