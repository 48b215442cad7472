/** From findings to the one word that a report says. */
import type { Finding, Verdict } from "../facts/output.ts";

/**
 * `blinds`: whether a finding with that code makes this machine see what isn't so; what follows from it doesn't count. `fail` when there is
 * any error; else `inconclusive` when this machine could not find out; else `warn` when there is any warning; else `pass`. Info findings
 * change nothing.
 */
export function verdictOf(findings: readonly Finding[], inconclusive: boolean, blinds: (code: string) => boolean = () => false): Verdict {
  const isBlinded = findings.some(({ code }) => blinds(code));
  if (findings.some((finding) => finding.severity === "error" && !blinds(rootOf(finding, findings)))) return "fail";
  if (inconclusive || isBlinded) return "inconclusive";
  return findings.some((finding) => finding.severity === "warning") ? "warn" : "pass";
}

/** The code of the finding at the end of the chain of causes. */
function rootOf(finding: Finding, findings: readonly Finding[]): string {
  let at = finding;
  // A chain is no longer than there are findings.
  for (let steps = 0; at.causedBy !== null && steps < findings.length; steps++) {
    const cause = findings.find(({ code }) => code === at.causedBy);
    if (cause === undefined) break;
    at = cause;
  }
  return at.code;
}
