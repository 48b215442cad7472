/** Processes that work through tasks, each at its own pace. One that hangs or dies is replaced. */
import { fork, type ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Answer, Task } from "./worker.ts";

const WORKER = fileURLToPath(new URL("worker.ts", import.meta.url));

interface Job {
  task: Task;
  /** After that it counts as endless. */
  timeoutMs: number;
}

/** Every task's answer, in the order of the tasks; `null`: it didn't end in time. */
export async function work(
  bundlePath: string,
  jobs: readonly Job[],
  size: number,
  onAnswer?: (index: number, answer: Answer | null) => void,
): Promise<(Answer | null)[]> {
  const answers: (Answer | null)[] = [];
  let next = 0;
  await Promise.all(
    Array.from({ length: size }, async () => {
      let child: ChildProcess | null = null;
      for (let index = next++; index < jobs.length; index = next++) {
        const job = jobs[index];
        if (job === undefined) break;
        child ??= fork(WORKER, [bundlePath], { stdio: ["ignore", "ignore", "inherit", "ipc"] });
        const { answer, lives } = await ask(child, job);
        answers[index] = answer;
        if (!lives) child = null;
        onAnswer?.(index, answer);
      }
      child?.kill();
    }),
  );
  return answers;
}

function ask(child: ChildProcess, { task, timeoutMs }: Job): Promise<{ answer: Answer | null; lives: boolean }> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      child.kill("SIGKILL");
      done(null, false);
    }, timeoutMs);
    const done = (answer: Answer | null, lives: boolean): void => {
      clearTimeout(timer);
      child.off("message", onMessage).off("exit", onExit);
      resolve({ answer, lives });
    };
    const onMessage = (answer: Answer): void => done(answer, !("ends" in answer));
    const onExit = (): void => done({ noticed: "the process ended" }, false);
    child.on("message", onMessage).on("exit", onExit);
    child.send(task);
  });
}
