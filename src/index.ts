/** The library. */
export { check, createChecker, judgeAgain, UsageError, type Checker, type CheckOptions, type RunOptions } from "./check.ts";
export type * from "./facts.ts";
export type * from "./output.ts";
export { rules } from "./rules/registry.ts";
export type { Code, Found, Rule } from "./rules/rule.ts";
export { tool } from "./tool.ts";
