/**
 * `--format github`: annotations for GitHub Actions, as workflow commands in the log.
 * https://docs.github.com/actions/reference/workflow-commands-for-github-actions; the escapes are those of `@actions/core`.
 */
import type { Report } from "../facts/output.ts";
import { differenceLines, differenceTitle } from "./difference-text.ts";
import { fileLocations, type FileLocation } from "./file-locations.ts";
import { findingText, inShort, severityCounts } from "./finding-text.ts";
import { harmless } from "./harmless.ts";
import { fold } from "./pretty-findings.ts";
import { counted } from "./pretty-style.ts";
import type { ReportStream } from "./stream.ts";

/** GitHub shows ten annotations of a kind in a step, and drops the rest without a word. */
const MOST = 10;

type Kind = "error" | "warning";

const WORDS: Readonly<Record<Report["verdict"], string>> = { pass: "PASS", warn: "WARN", fail: "FAIL", inconclusive: "INCONCLUSIVE" };

/**
 * A line of log a report as it comes; the annotations at the end, errors before warnings, at most ten of them. When there are more, the
 * last of the ten is a notice that counts the rest and says where it stands: in the job summary when there is one.
 */
export function githubStream({ jobSummary }: { jobSummary: boolean }): ReportStream {
  const kept: Record<Kind, string[]> = { error: [], warning: [] };
  const count: Record<Kind, number> = { error: 0, warning: 0 };
  const differences: string[] = [];
  return {
    open: () => "",
    report(report) {
      const line = logLine(report);
      const found = annotations(report);
      const difference = differenceNotice(report);
      return () => {
        for (const kind of ["error", "warning"] as const) {
          count[kind] += found[kind].total;
          kept[kind].push(...found[kind].first.slice(0, MOST - kept[kind].length));
        }
        // One place among the notices is that of the count of what is left out.
        if (difference !== null && differences.length < MOST - 1) differences.push(difference);
        return line;
      };
    },
    close() {
      const all = [...kept.error, ...kept.warning];
      const total = count.error + count.warning;
      if (total <= MOST) return all.join("") + differences.join("");
      const errors = Math.min(kept.error.length, MOST - 1);
      const rest: readonly (readonly [number, Kind])[] = [
        [count.error - errors, "error"],
        [count.warning - (MOST - 1 - errors), "warning"],
      ];
      const counts = rest.filter(([number]) => number > 0).map(([number, kind]) => counted(number, kind));
      const said = `${counts.join(" and ")} more; ${jobSummary ? "all of them are in the job summary" : "--report markdown=<file> writes all of them"}.`;
      return all.slice(0, MOST - 1).join("") + command("notice", "matrix-delegation-check", said) + differences.join("");
    },
  };
}

/**
 * A root cause an annotation; its consequences are named in it. An inconclusive report is one too, or nothing would say why the step ended
 * so.
 */
function annotations(report: Report): Record<Kind, { first: string[]; total: number }> {
  const name = harmless(report.serverName, 255);
  const found: Record<Kind, { first: string[]; total: number }> = { error: { first: [], total: 0 }, warning: { first: [], total: 0 } };
  const add = (kind: Kind, title: string, lines: readonly string[], at?: FileLocation): void => {
    found[kind].total++;
    if (found[kind].first.length < MOST) found[kind].first.push(command(kind, title, lines.join("\n"), at));
  };
  for (const { finding, consequences } of fold(report.findings)) {
    const severities = [finding, ...consequences].map(({ severity }) => severity);
    const kind = severities.includes("error") ? "error" : severities.includes("warning") ? "warning" : null;
    if (kind === null) continue;
    const also = [...new Set(consequences.map(({ code }) => harmless(code)))];
    const lines = [...findingText(finding), ...(also.length > 0 ? [`Also: ${also.slice(0, 6).join(", ")}`] : [])];
    add(kind, `${name}: ${harmless(finding.title)}`, lines, fileLocations(report, finding)[0]);
  }
  if (report.verdict === "inconclusive") add("warning", `${name}: inconclusive`, [harmless(report.summary)]);
  for (const error of report.internalErrors ?? []) add("error", `${name}: internal error of matrix-delegation-check`, [harmless(error)]);
  return found;
}

/** What a change of DNS does, for who reviews it. */
function differenceNotice({ serverName, difference }: Report): string | null {
  if (difference === undefined) return null;
  return command("notice", `${harmless(serverName, 255)}: ${differenceTitle(difference)}`, differenceLines(difference).slice(1).join("\n"));
}

/** Begins with a word of this tool's, so that the runner, which looks for `::` at the beginning of a line, finds no command in it. */
function logLine(report: Report): string {
  const said =
    report.verdict === "fail" || report.verdict === "warn" ? `${severityCounts(report.findings)}: ${inShort(report)}` : inShort(report);
  return `${withoutOldCommand(`${WORDS[report.verdict]} ${harmless(report.serverName, 255)} ${said}`.trimEnd())}\n`;
}

/** With `at` it is shown at that line of the file in the pull request; the file is relative to the repository, where the step runs. */
function command(kind: Kind | "notice", title: string, message: string, at?: FileLocation): string {
  const place = at === undefined ? "" : `file=${property(harmless(at.file, 1000))},${at.line === null ? "" : `line=${at.line},`}`;
  return `::${kind} ${place}title=${property(title)}::${data(message)}\n`;
}

function data(text: string): string {
  return withoutOldCommand(text).replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function property(text: string): string {
  return data(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}

/** The runner's older form, `##[error]…`, is a command anywhere in a line and has no escape: it is broken up. */
function withoutOldCommand(text: string): string {
  return text.replaceAll("##[", "# #[");
}
