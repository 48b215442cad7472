/** From findings to the one word that a report says. */
import type { Finding, Verdict } from "../facts/output.ts";

/**
 * `fail` when there is any error; else `inconclusive` when this machine could not find out; else `warn` when there is any warning;
 * else `pass`. Info findings change nothing.
 */
export function verdictOf(findings: readonly Finding[], inconclusive: boolean): Verdict {
  if (findings.some((finding) => finding.severity === "error")) return "fail";
  if (inconclusive) return "inconclusive";
  return findings.some((finding) => finding.severity === "warning") ? "warn" : "pass";
}
