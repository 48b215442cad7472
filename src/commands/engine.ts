/**
 * The checker, the judge and the rules as the commands see them. The real ones are loaded when they are needed and not before:
 * a usage error must not wait for undici and the rules. Tests hand in their own.
 */
import type { Checker, CheckOptions } from "../check.ts";
import type { Expectations, Facts } from "../facts/facts.ts";
import type { Report } from "../facts/output.ts";
import type { Rule } from "../rules/rule.ts";

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
};
