/** What `explain` shows of every finding, for programs. */
import type { Severity } from "../facts/output.ts";
import { pageOf } from "./page.ts";
import { rules as all } from "./registry.ts";
import type { Code, Rule } from "./rule.ts";

/** A kind of finding. Its code never changes its meaning. */
export interface RuleInfo {
  /** As in {@link Finding}: `tls/expired`. */
  readonly code: Code;
  /** All that its findings may have, the gravest first. */
  readonly severities: readonly Severity[];
  /** One line, the same for every server. */
  readonly title: string;
  /** The page: what it means, who is affected, what looks like it, how to mend it. Markdown. */
  readonly explain: string;
  /** URL of the section that demands it; null when no document does. */
  readonly spec: string | null;
}

const GRAVEST_FIRST: readonly Severity[] = ["error", "warning", "info"];

function severitiesOf({ severity }: Rule): readonly Severity[] {
  const all: readonly Severity[] = typeof severity === "string" ? [severity] : severity;
  return Object.freeze(GRAVEST_FIRST.filter((each) => all.includes(each)));
}

/** Every finding that this version knows, in the order of the steps. Read-only. */
export const rules: readonly RuleInfo[] = Object.freeze(
  all.map((rule) =>
    Object.freeze({ code: rule.code, severities: severitiesOf(rule), title: rule.title, explain: pageOf(rule), spec: rule.spec }),
  ),
);
