/** `/metrics`: of the service itself. Nothing in it says who asked, or for what. */
import type { Output, Verdict } from "../facts/output.ts";
import type { Checks } from "./checks.ts";
import { counter, gauge } from "./exposition.ts";
import type { Limit } from "./refused.ts";

const PREFIX = "matrix_delegation_serve_";

export interface ProcessFigures {
  residentBytes: number;
  /** Unix time. */
  startedSeconds: number;
}

export class ServiceMetrics {
  readonly #answers = new Map<string, number>();
  readonly #verdicts: Record<Verdict, number> = { pass: 0, warn: 0, fail: 0, inconclusive: 0 };
  readonly #refused: Record<Limit, number> = { client: 0, name: 0, domain: 0, "at-once": 0 };
  #faults = 0;
  #seconds = 0;

  /** `route`: one of ours, so that there are few. */
  answered(route: string, status: number): void {
    const labels = `route="${route}",status="${status}"`;
    this.#answers.set(labels, (this.#answers.get(labels) ?? 0) + 1);
  }

  checked(verdict: Verdict, durationMs: number): void {
    this.#verdicts[verdict]++;
    this.#seconds += durationMs / 1000;
  }

  refused(limit: Limit): void {
    this.#refused[limit]++;
  }

  fault(): void {
    this.#faults++;
  }

  text(checks: Checks, connections: number, { residentBytes, startedSeconds }: ProcessFigures, { version }: Output["tool"]): string {
    return [
      gauge(`${PREFIX}build_info`, "The version of matrix-delegation-check that serves; always 1.", [[`version="${version}"`, 1]]),
      counter(`${PREFIX}requests_total`, "Requests that were answered, by route and status.", [...this.#answers]),
      counter(
        `${PREFIX}checks_total`,
        "Checks that were made, by verdict.",
        Object.entries(this.#verdicts).map(([verdict, count]) => [`verdict="${verdict}"`, count]),
      ),
      counter(`${PREFIX}check_seconds_total`, "The time of all checks, added up, in seconds.", [["", this.#seconds]]),
      counter(`${PREFIX}kept_answers_total`, "Requests that were answered with an answer that was kept (60 s).", [
        ["", checks.counts.kept],
      ]),
      counter(`${PREFIX}joined_checks_total`, "Requests that shared a check which was under way.", [["", checks.counts.joined]]),
      counter(
        `${PREFIX}refused_total`,
        "Requests that were over a limit, by the limit.",
        Object.entries(this.#refused).map(([limit, count]) => [`limit="${limit}"`, count]),
      ),
      counter(`${PREFIX}faults_total`, "Checks that failed because of a fault in matrix-delegation-check.", [["", this.#faults]]),
      gauge(`${PREFIX}checks_under_way`, "Checks that are under way.", [["", checks.underWay]]),
      gauge(`${PREFIX}kept_reports`, "Reports that are kept.", [["", checks.keptCount]]),
      gauge(`${PREFIX}connections`, "Connections of clients.", [["", connections]]),
      gauge("process_resident_memory_bytes", "Resident memory size in bytes.", [["", residentBytes]]),
      gauge("process_start_time_seconds", "Start time of the process since unix epoch in seconds.", [["", startedSeconds]]),
    ].join("");
  }
}
