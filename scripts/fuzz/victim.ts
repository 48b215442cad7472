/** The process that may crash: checks what it is told to check, by the built library, and says what came of it. */
import { check, judgeAgain, UsageError, type CheckOptions, type Report } from "matrix-delegation-check";

export interface Job {
  serverName: string;
  options: CheckOptions;
}

export interface Outcome {
  /** Null: see `error`. */
  report: Report | null;
  /** What was thrown, unless it is a usage error. */
  error: string | null;
  /** Bytes. */
  memory: number;
}

process.on("message", (job: Job) => {
  void run(job).then((outcome) => process.send?.(outcome));
});

async function run({ serverName, options }: Job): Promise<Outcome> {
  try {
    const report = await check(serverName, options);
    // Evidence that was just recorded can be judged again, and says the same.
    const again = await judgeAgain(report.facts);
    const differs = JSON.stringify(again.findings) !== JSON.stringify(report.findings);
    return { report, error: differs ? "judged again, the same evidence gives other findings" : null, memory: process.memoryUsage.rss() };
  } catch (error) {
    const isUsage = error instanceof UsageError;
    return {
      report: null,
      error: isUsage ? null : error instanceof Error ? (error.stack ?? error.message) : String(error),
      memory: process.memoryUsage.rss(),
    };
  }
}
