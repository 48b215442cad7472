/**
 * `--format sarif`: Static Analysis Results Interchange Format 2.1.0, one run. The results stream; the rules, of which there are some
 * hundred at most, follow at the end. Findings about a zone file or a well-known file that was given have its line. Most others are about a
 * server: the standard allows results without a location (3.27.12), but GitHub's code scanning takes none without. They get the file that
 * the server name stands in, or a path that is the server name.
 */
import type { Difference, Finding, Output, Report, Severity } from "../facts/output.ts";
import { CHANGE } from "./change-page.ts";
import { differenceLines } from "./difference-text.ts";
import { fileLocations } from "./file-locations.ts";
import { findingText } from "./finding-text.ts";
import { harmless } from "./harmless.ts";
import { escapeJson } from "./json.ts";
import { isLink } from "./link.ts";
import type { ReportStream } from "./stream.ts";

const SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

const LEVELS: Readonly<Record<Severity, "error" | "warning" | "note">> = { error: "error", warning: "warning", info: "note" };

/**
 * One SARIF log with one run, however many reports.
 * @param options.namesFile Where the server names are from, as it was given.
 */
export function sarifStream(tool: Output["tool"], { namesFile }: { namesFile?: string } = {}): ReportStream {
  const rules = new Map<string, object>();
  const notifications: object[] = [];
  let startedAt = "";
  let written = 0;
  return {
    open(started) {
      startedAt = started;
      return `{\n  "$schema": ${JSON.stringify(SCHEMA)},\n  "version": "2.1.0",\n  "runs": [\n    {\n      "results": [`;
    },
    report(report) {
      const results: { finding: Pick<Finding, "code" | "title" | "spec" | "severity">; text: string }[] = report.findings.map(
        (finding) => ({
          finding: { code: finding.code, title: finding.title, spec: finding.spec, severity: finding.severity },
          text: json(resultOf(finding, report, namesFile)),
        }),
      );
      if (report.difference !== undefined) results.push({ finding: CHANGE, text: json(changeOf(report.difference, report, namesFile)) });
      const internal = (report.internalErrors ?? []).map((error) => ({
        level: "error",
        message: { text: `${harmless(report.serverName, 255)}: ${harmless(error)}` },
      }));
      return () => {
        for (const { finding } of results) if (!rules.has(finding.code)) rules.set(finding.code, ruleOf(finding));
        notifications.push(...internal.slice(0, MOST_NOTIFICATIONS - notifications.length));
        return results.map(({ text }) => `${written++ === 0 ? "" : ","}\n        ${text}`).join("");
      };
    },
    close() {
      const driver = { name: tool.name, version: tool.version, rules: [...rules.values()] };
      const invocation = {
        executionSuccessful: notifications.length === 0,
        ...startOf(startedAt),
        toolExecutionNotifications: notifications,
      };
      const end = written === 0 ? "]" : "\n      ]";
      return `${end},\n      "invocations": ${json([invocation])},\n      "tool": ${json({ driver })}\n    }\n  ]\n}\n`;
    },
  };
}

/** What a change does is no fault: a result of the kind "informational", whose level is "none" (3.27.9, 3.27.10). */
function changeOf(difference: Difference, { serverName }: Report, namesFile: string | undefined): object {
  return {
    ruleId: CHANGE.code,
    kind: "informational",
    level: "none",
    message: {
      text: messageText([`${harmless(serverName, 255)}: ${harmless(difference.summary, 1000)}`, ...differenceLines(difference)].join("\n")),
    },
    locations: [nameLocation(serverName, namesFile)],
    partialFingerprints: { "serverNameAndCode/v1": `${serverName} ${CHANGE.code}` },
    properties: { serverName, difference },
  };
}

const MOST_NOTIFICATIONS = 100;

/** On one line: some thousands of them are read by programs only. */
function json(value: unknown): string {
  return escapeJson(JSON.stringify(value));
}

function resultOf(finding: Finding, report: Report, namesFile: string | undefined): object {
  return {
    ruleId: finding.code,
    level: LEVELS[finding.severity],
    message: { text: messageText([`${harmless(report.serverName, 255)}: ${harmless(finding.title)}`, ...findingText(finding)].join("\n")) },
    locations: locationsOf(report, finding, namesFile),
    // The same fault of the same server is the same result in every run, whatever its words.
    partialFingerprints: { "serverNameAndCode/v1": `${report.serverName} ${finding.code}` },
    properties: {
      serverName: report.serverName,
      step: finding.step,
      where: finding.where,
      affects: finding.affects,
      causedBy: finding.causedBy,
    },
  };
}

function locationsOf(report: Report, finding: Finding, namesFile: string | undefined): object[] {
  const locations = fileLocations(report, finding).map(({ file, line }) => ({
    // A relative reference (RFC 3986, 4.2), whose first segment may hold no colon; an absolute path is a file URI.
    physicalLocation: { artifactLocation: { uri: uriOf(file) }, ...(line === null ? {} : { region: { startLine: line } }) },
  }));
  return locations.length === 0 ? [nameLocation(report.serverName, namesFile)] : locations;
}

/** For what is about a server: the same in every run. */
function nameLocation(serverName: string, namesFile: string | undefined): object {
  const uri = namesFile === undefined ? encodeURIComponent(harmless(serverName, 255)) || "server-name" : uriOf(namesFile);
  return { physicalLocation: { artifactLocation: { uri }, region: { startLine: 1 } } };
}

function uriOf(file: string): string {
  const path = harmless(file, 1000).replaceAll("\\", "/").split("/").map(encodeURIComponent).join("/");
  return path.startsWith("/") ? `file://${path}` : path.replace(/^\.\//, "");
}

function ruleOf({ code, title, spec, severity }: Pick<Finding, "code" | "title" | "spec" | "severity">): object {
  return {
    id: code,
    shortDescription: { text: messageText(harmless(title)) },
    defaultConfiguration: { level: LEVELS[severity] },
    ...(isLink(spec) ? { helpUri: spec } : {}),
  };
}

/** `[text](uri)` is a link, and `{0}` a placeholder, even in a plain text message (3.11.5, 3.11.6). */
function messageText(text: string): string {
  return text.replaceAll("](", "] (").replace(/\{(?=\d)/g, "{ ");
}

function startOf(isoDate: string): { startTimeUtc?: string } {
  return /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z$/.test(isoDate) && !Number.isNaN(Date.parse(isoDate))
    ? { startTimeUtc: isoDate }
    : {};
}
