/** `--format tap`: Test Anything Protocol, version 14. A test point a server name, its steps in a subtest, the plan at the end. */
import { STEP_IDS, type Finding, type Report } from "../facts/output.ts";
import { findingText, harmlessLines, inShort } from "./finding-text.ts";
import { harmless } from "./harmless.ts";
import { escapeJson } from "./json.ts";
import { duration } from "./pretty-style.ts";
import type { ReportStream } from "./stream.ts";

export function tapStream(): ReportStream {
  let written = 0;
  return {
    open: () => "TAP version 14\n",
    report(report) {
      const name = described(report.serverName) || "(empty)";
      const subtest = [`# Subtest: ${name}`, ...subtestLines(report).map((line) => `    ${line}`)];
      const { ok, directive } = outcomeOf(report);
      const diagnostics = yaml({ verdict: report.verdict, summary: inShort(report), duration_ms: report.durationMs });
      return () => {
        const point = `${ok ? "ok" : "not ok"} ${++written} - ${name}${directive}`;
        return `${[...subtest, point, ...diagnostics].join("\n")}\n`;
      };
    },
    close: () => `1..${written}\n`,
  };
}

interface Point {
  ok: boolean;
  name: string;
  directive: string;
  yaml: string[];
}

function subtestLines(report: Report): string[] {
  const points = [...report.steps.map((step) => ofStep(step, report)), ...besideSteps(report), ...internal(report)];
  const lines = points.flatMap(({ ok, name, directive, yaml: diagnostics }, index) => [
    `${ok ? "ok" : "not ok"} ${index + 1} - ${name}${directive}`,
    ...diagnostics,
  ]);
  return [...lines, `1..${points.length}`];
}

function ofStep({ id, status, detail, durationMs }: Report["steps"][number], report: Report): Point {
  const findings = report.findings.filter(({ step }) => step === id);
  const failed = status === "fail" || findings.some(({ severity }) => severity === "error");
  const skipped = !failed && (status === "skip" || status === "unknown");
  return {
    ok: !failed,
    name: id,
    directive: skipped ? skip(detail || status) : "",
    yaml:
      skipped && findings.length === 0
        ? []
        : yaml({ status, detail, ...(duration(durationMs) === "" ? {} : { duration_ms: durationMs }), findings: findings.map(ofFinding) }),
  };
}

/** Findings of DNS, policy or client belong to no step: each of these is a test point of its own when there are any. */
function besideSteps({ findings }: Report): Point[] {
  const steps: readonly string[] = STEP_IDS;
  const beside = findings.filter(({ step }) => !steps.includes(step));
  return [...new Set(beside.map(({ step }) => step))].map((name) => {
    const own = beside.filter(({ step }) => step === name);
    return { ok: own.every(({ severity }) => severity !== "error"), name, directive: "", yaml: yaml({ findings: own.map(ofFinding) }) };
  });
}

function internal({ internalErrors }: Report): Point[] {
  return internalErrors === undefined
    ? []
    : [{ ok: false, name: "matrix-delegation-check", directive: "", yaml: yaml({ errors: internalErrors }) }];
}

/** Inconclusive is no failure of the server's, and not a success either. */
function outcomeOf(report: Report): { ok: boolean; directive: string } {
  if (report.verdict === "fail" || report.internalErrors !== undefined) return { ok: false, directive: "" };
  return { ok: true, directive: report.verdict === "inconclusive" ? skip(report.summary || "inconclusive") : "" };
}

function skip(reason: string): string {
  return ` # SKIP ${described(reason)}`.trimEnd();
}

/** In descriptions and reasons `#` begins a directive unless a backslash stands before it ("Escaping" in the specification). */
function described(text: string): string {
  return harmless(text).replace(/[\\#]/g, "\\$&").trim();
}

interface Diagnosed {
  code: string;
  severity: string;
  title: string;
  text: readonly string[];
}

function ofFinding(finding: Finding): Diagnosed {
  return { code: finding.code, severity: finding.severity, title: harmless(finding.title), text: findingText(finding) };
}

/** A YAML block under a test point. JSON is YAML (1.2), and strings as JSON writes them leave nothing to interpret. */
function yaml(values: Readonly<Record<string, string | number | readonly string[] | readonly Diagnosed[]>>): string[] {
  const lines = Object.entries(values).flatMap(([key, value]): string[] => {
    if (typeof value === "number") return [`${key}: ${Number.isFinite(value) ? value : 0}`];
    if (typeof value === "string") return [`${key}: ${quoted(value)}`];
    if (value.length === 0) return [];
    return [`${key}:`, ...value.flatMap((item) => (typeof item === "string" ? [`  - ${quoted(item)}`] : diagnosis(item)))];
  });
  return ["---", ...lines, "..."].map((line) => `  ${line}`);
}

function diagnosis({ code, severity, title, text }: Diagnosed): string[] {
  return [
    `  - code: ${quoted(code)}`,
    `    severity: ${severity}`,
    `    title: ${quoted(title)}`,
    // As it is, indented by two more than its key (YAML 1.2, 8.1.2): what is to be pasted is not escaped.
    "    text: |2",
    ...text.map((line) => `      ${line}`),
  ];
}

function quoted(text: string): string {
  return escapeJson(JSON.stringify(harmlessLines(text).join("\n")));
}
