/** Which findings follow from which, as their rules say. */
import { breaksEndpoint, type Part } from "../facts/breaks.ts";
import type { Rule, Sign } from "./rule.ts";

/** What is seen further on when such a part fails. */
const SIGNS: Partial<Record<Part, readonly Sign[]>> = { "well-known": ["no-delegation"], route: ["wrong-route"] };

/** Whether a finding of `rule` is explained by an error of `cause` (where both are at endpoints: at the same ones). */
export function isConsequence(rule: Rule, cause: Rule): boolean {
  if (rule.code === cause.code) return false;
  const named = [...(cause.causes ?? []), ...(cause.breaks === undefined ? [] : (SIGNS[cause.breaks] ?? []))];
  return named.some((each) => each === rule.code || isSignOf(rule, each) || breaksAs(rule, each));
}

function isSignOf({ signOf = [] }: Rule, named: string): boolean {
  return signOf.includes(named as Sign) || (named === "wrong-route" && signOf.includes("no-delegation"));
}

function breaksAs({ breaks }: Rule, named: string): boolean {
  return breaks === (named as Part) || (named === "endpoint" && breaksEndpoint(breaks));
}
