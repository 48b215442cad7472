/** What somebody would send to get out of an output format, and the reports that carry it everywhere. */
import type { Output, Report } from "../../src/facts/output.ts";
import { escapeJson } from "../../src/report/json.ts";
import type { ReportStream } from "../../src/report/stream.ts";
import { ATTACKS, example, healthy, hostile, inconclusive } from "./sample.ts";

export const FORMAT_ATTACKS: readonly string[] = [
  ...ATTACKS,
  // GitHub's runner
  "::error::injected",
  "\n::error title=a::injected",
  "\r::set-env name=PATH::x",
  "##[error]injected",
  "a ##[add-path]b",
  "%0A::error::injected",
  "%25%0D",
  "::stop-commands::x",
  "a,file=b::c:d",
  // XML and HTML
  "</failure><script>alert(1)</script>",
  "]]><x/>",
  "<!-- --",
  "&amp;&#x41;&evil;",
  "'\"><img src=x onerror=alert(1)>",
  "\ufffe\uffff",
  "<details open>",
  // Markdown
  "![x](https://evil.example/x.png)",
  "[x](javascript:alert(1))",
  "@everyone @matrix-org/team",
  "#1 GH-2 fixes #3",
  "\n# heading\n\n## two",
  "\nsetext\n===",
  "| a | b |\n| --- | --- |",
  "a | b",
  "a \\| b",
  "```\n# out",
  "~~~\n# out",
  "````````",
  "`",
  "``a`",
  "\\`",
  "\\",
  "https://evil.example www.evil.example mail@evil.example",
  ":smile: $x$ [[wiki]]",
  "\n> quote\n- list\n1. list",
  "[x]: https://evil.example",
  // TAP and YAML
  "Bail out!",
  "\nBail out! x",
  "x # SKIP",
  "x \\# TODO y",
  "\\# SKIP",
  "\n  ---\n  x: y\n  ...",
  "\nnot ok 1 - x",
  "\n1..0",
  "pragma +strict",
  "- *alias",
  "!!js/function x",
  "# Subtest: x",
  "   indented",
  // Nagios
  "x | rta=1;;",
  "'x'=1",
  "$HOSTNAME$ `id` $(id)",
  "a\\nb",
  "<b>; & ~",
  // Prometheus
  '"} 1\nevil{x="',
  '\\"} 1',
  "\n# TYPE evil counter",
  "a\\",
  // SARIF
  "[x](https://evil.example)",
  "{0} {1:x}",
  "](",
];

/** Attacks with a name for the test. */
export const named = FORMAT_ATTACKS.map((attack) => [escapeJson(JSON.stringify(attack)).slice(0, 60), attack] as const);

/** Every string of every kind of report is the attack. */
export function attacked(attack: string): Report[] {
  const reports = [example(), healthy(), inconclusive()].map((report) => hostile(attack, report));
  reports.push({ ...hostile(attack), verdict: "warn", internalErrors: [`rule: ${attack}`, attack] });
  return reports;
}

/** The whole text of a format, as the command puts it together. */
export function whole(stream: ReportStream, reports: readonly Report[]): string {
  const totals: Output["totals"] = { pass: 0, warn: 0, fail: 0, inconclusive: 0 };
  for (const { verdict } of reports) totals[verdict]++;
  const turns = reports.map((report) => stream.report(report));
  return stream.open("2026-10-01T12:00:00.000Z") + turns.map((turn) => turn()).join("") + stream.close(totals, 300.5);
}

/**
 * What a terminal obeys or hides; newlines are each format's own, and tabs stand in what is to be pasted. A character that this version
 * of Unicode doesn't have yet is only a box.
 */
export const HARMFUL = /[^\P{C}\p{Cn}\n\t]|[\u2028\u2029\p{Noncharacter_Code_Point}]|[^\P{Default_Ignorable_Code_Point}\ufe0f]/u;
