/**
 * The library. Nothing of the process is changed, nothing is printed, no handlers are installed; what is open when a check ends is closed.
 *
 * Everything that goes wrong outside is in the report. A {@link UsageError} says that the options can't be meant; other errors are bugs of
 * this program.
 */
export { check, createChecker, judgeAgain, UsageError, type Checker, type CheckOptions, type RunOptions } from "./check.ts";
export { checkMany, type Checked, type CheckManyOptions } from "./check-many.ts";
export type { WaitOptions } from "./wait/wait.ts";
export type * from "./facts/facts.ts";
export type * from "./facts/output.ts";
export type * from "./facts/way.ts";
export { PUBLIC_SERVICE, type Policy } from "./facts/policy.ts";
export { rules, type RuleInfo } from "./rules/info.ts";
export type { Code } from "./rules/rule.ts";
export { tool } from "./tool.ts";
