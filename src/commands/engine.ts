/**
 * The checker, the judge and the rules as the commands see them. The real ones are loaded when they are needed and not before:
 * a usage error must not wait for undici and the rules. Tests hand in their own.
 */
import { availableParallelism } from "node:os";
import type { Worker } from "node:worker_threads";
import type { Checker, CheckOptions } from "../check.ts";
import type { Expectations, Facts } from "../facts/facts.ts";
import type { Report } from "../facts/output.ts";
import type { Rule } from "../rules/rule.ts";
import type { ThreadData } from "./threads/messages.ts";

export type JudgeOptions = {
  ignore?: string[];
  allowPrivate?: boolean;
  minCertDays?: number;
  expect?: Expectations;
  redact?: boolean | "all";
};

/** What `explain` shows of a rule. */
export type RulePage = Pick<Rule, "code" | "severity" | "title" | "explain" | "spec">;

export interface Engine {
  createChecker(options: CheckOptions): Promise<Checker>;
  judgeAgain(facts: Facts, options: JudgeOptions): Promise<Report>;
  rules(): Promise<readonly RulePage[]>;
  /** Absent: everything is done in this thread. */
  threads?: {
    /** Processor cores that this process may use. */
    cores(): number;
    /** What starts another thread. */
    starter(): Promise<(data: ThreadData) => Worker>;
  };
}

export const engine: Engine = {
  async createChecker(options) {
    return (await import("../check.ts")).createChecker(options);
  },
  async judgeAgain(facts, options) {
    return (await import("../check.ts")).judgeAgain(facts, options);
  },
  async rules() {
    return (await import("../rules/registry.ts")).rules;
  },
  threads: {
    cores: availableParallelism,
    async starter() {
      return (await import("./threads/start.ts")).startThread;
    },
  },
};
