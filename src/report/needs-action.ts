/** Which information asks for an action: the rest of it is shown with `-v` only. */
import type { Finding } from "../facts/output.ts";

/** An info without a fix: nobody has to do anything about it. */
export function needsNoAction({ severity, fix, causedBy }: Pick<Finding, "severity" | "fix" | "causedBy">): boolean {
  return severity === "info" && fix.length === 0 && causedBy === null;
}
