/** Findings and verdicts as plain lines, for formats that have no layout of their own. Every line is harmless on a terminal. */
import type { Finding, Report } from "../facts/output.ts";
import { fixParts, type FixPart } from "../views/fix-parts.ts";
import { harmless, harmlessCode } from "./harmless.ts";
import { fold } from "./pretty-findings.ts";
import { counted, firstOf } from "./pretty-style.ts";

/**
 * The newlines of details and fixes are kept; a proxy's configuration has some dozens, and more than 80 are somebody's attempt to fill the
 * page.
 */
export function harmlessLines(text: string): string[] {
  return text
    .slice(0, 8000)
    .split("\n")
    .slice(0, 80)
    .map((line) => harmless(line, 2000));
}

/** A fix's parts, harmless. What is to be pasted is only made harmless, and keeps its tabs. */
export function shownFix(fix: string): FixPart[] {
  return fixParts(fix.slice(0, 16_000))
    .slice(0, 20)
    .map(({ prose, lines }) => ({ prose: harmless(prose, 2000), lines: lines.slice(0, 200).map((line) => harmlessCode(line)) }));
}

/**
 * What was seen, where, what to do, where it stands in the specification. Never empty; no line is indented by the other side.
 * With `code` the first line is severity and code.
 */
export function findingText(finding: Finding, { code }: { code: boolean } = { code: false }): string[] {
  const lines = code ? [`${finding.severity} ${harmless(finding.code)}`] : [];
  lines.push(...harmlessLines(finding.detail === "" ? finding.title : finding.detail));
  if (finding.where.length > 0)
    lines.push(
      `Where: ${firstOf(
        finding.where.map((place) => harmless(place)),
        5,
      )}`,
    );
  finding.fix.forEach((fix, index) => {
    const label = index === 0 ? "Fix:" : "    ";
    const number = finding.fix.length > 1 ? ` ${index + 1}.` : "";
    const head = `${label}${number} `;
    shownFix(fix).forEach((part, at) => {
      lines.push(`${at === 0 ? head : " ".repeat(head.length)}${part.prose}`, ...part.lines.map((line) => `    ${line}`));
    });
  });
  if (finding.spec !== null) lines.push(`Source: ${harmless(finding.spec, 500)}`);
  lines.push(`More: matrix-delegation-check explain ${harmless(finding.code)}`);
  return lines;
}

/** `1 error, 0 warnings`; `1 error, 2 that follow from it`: consequences aren't further errors. */
export function severityCounts(findings: readonly Finding[]): string {
  const folded = fold(findings);
  const count = (severity: Finding["severity"]): number => folded.filter(({ finding }) => finding.severity === severity).length;
  const [errors, warnings] = [count("error"), count("warning")];
  const following = folded.flatMap(({ consequences }) => consequences.filter(({ severity }) => severity !== "info")).length;
  const cause = errors > 0 ? errors : warnings;
  const tail = following === 0 ? [] : [`${following} that follow${following === 1 ? "s" : ""} from ${cause === 1 ? "it" : "them"}`];
  const said = counted(warnings, "warning");
  if (errors === 0) return [counted(errors, "error"), said, ...tail].join(", ");
  return [counted(errors, "error"), ...tail, ...(following > 0 && warnings === 0 ? [] : [said])].join(", ");
}

/** What decided the verdict, in one line: the root causes that weigh most, or, where nothing is wrong, the report's own sentence. */
export function inShort(report: Report): string {
  if (report.verdict === "pass" || report.verdict === "inconclusive") return harmless(report.summary);
  const severity = report.verdict === "fail" ? "error" : "warning";
  const roots = fold(report.findings)
    .map(({ finding }) => finding)
    .filter((finding) => finding.severity === severity);
  const [first, ...rest] = roots;
  if (first === undefined) return harmless(report.summary);
  const others = new Set(rest.map(({ code }) => code).filter((code) => code !== first.code)).size;
  return `${harmless(first.code, 100)}: ${harmless(first.title)}${others === 0 ? "" : ` (and ${others} more)`}`;
}
