/**
 * `--format junit`: a test suite a server name, a test case a step. There is no standard; this keeps to what the common schemas agree on
 * (Ant's by Windy Road and Jenkins'): one failure a test case, `system-out` at the suite, all of the suite's attributes.
 */
import { STEP_IDS, type Finding, type Report, type Step } from "../facts/output.ts";
import { differenceLines } from "./difference-text.ts";
import { findingText } from "./finding-text.ts";
import type { ReportStream } from "./stream.ts";
import { xmlAttributes, xmlLines } from "./xml.ts";

/** One XML document, `testsuites`, however many reports. */
export function junitStream(): ReportStream {
  let id = 0;
  return {
    open: () => '<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n',
    report(report) {
      const { attributes, body } = suite(report);
      return () => `  <testsuite${xmlAttributes({ ...attributes, id: id++ })}>\n${body}  </testsuite>\n`;
    },
    close: () => "</testsuites>\n",
  };
}

interface TestCase {
  name: string;
  ms: number;
  outcome: "passed" | "skipped" | "failure" | "error";
  /** The element inside; empty when it passed. */
  inside: string;
}

function suite(report: Report): { attributes: Record<string, string | number>; body: string } {
  const name = report.serverName.trim() || "(empty)";
  const cases = [...report.steps.map((step) => ofStep(step, report)), ...besideSteps(report), ...unknown(report), ...internal(report)];
  const count = (outcome: TestCase["outcome"]): number => cases.filter((one) => one.outcome === outcome).length;
  const attributes = {
    name,
    package: "matrix-delegation-check",
    timestamp: withoutZone(report.startedAt),
    hostname: "localhost",
    tests: cases.length,
    failures: count("failure"),
    errors: count("error"),
    skipped: count("skipped"),
    time: seconds(report.durationMs),
  };
  const properties = {
    verdict: report.verdict,
    summary: report.summary,
    specStep: report.route?.specStep ?? "",
    via: report.route?.via ?? "",
    ...(report.difference === undefined ? {} : { difference: report.difference.summary }),
  };
  const lines = [
    "<properties>",
    ...Object.entries(properties).map(([key, value]) => `  <property${xmlAttributes({ name: key, value })}/>`),
    "</properties>",
    ...cases.map(({ name: step, ms, inside }) => {
      const head = `<testcase${xmlAttributes({ name: step, classname: name, time: seconds(ms) })}`;
      return inside === "" ? `${head}/>` : `${head}>${inside}</testcase>`;
    }),
    `<system-out>${xmlLines(notFailing(report))}</system-out>`,
    `<system-err>${xmlLines((report.internalErrors ?? []).map((error) => `internal error: ${error}`))}</system-err>`,
  ];
  return { attributes, body: lines.map((line) => `    ${line}\n`).join("") };
}

function ofStep(step: Step, report: Report): TestCase {
  const { id: name, durationMs: ms, status, detail } = step;
  const errors = report.findings.filter((finding) => finding.severity === "error" && finding.step === name);
  if (errors.length > 0) return failed(name, ms, errors);
  if (status === "fail") return { name, ms, outcome: "failure", inside: `<failure${xmlAttributes({ message: detail, type: name })}/>` };
  if (status === "skip" || status === "unknown")
    return { name, ms, outcome: "skipped", inside: `<skipped${xmlAttributes({ message: detail || status })}/>` };
  return { name, ms, outcome: "passed", inside: "" };
}

/** Errors of DNS, policy or client belong to no step: each of these is a test case of its own when there are any. */
function besideSteps({ findings }: Report): TestCase[] {
  const steps: readonly string[] = STEP_IDS;
  const errors = findings.filter(({ severity, step }) => severity === "error" && !steps.includes(step));
  return [...new Set(errors.map(({ step }) => step))].map((name) =>
    failed(
      name,
      0,
      errors.filter(({ step }) => step === name),
    ),
  );
}

function failed(name: string, ms: number, errors: readonly Finding[]): TestCase {
  const [first] = errors;
  const codes = [...new Set(errors.map(({ code }) => code))];
  const message = `${first?.title ?? ""}${codes.length > 1 ? ` (and ${codes.length - 1} more)` : ""}`;
  const text = errors.map((finding) => xmlLines(findingText(finding, { code: errors.length > 1 }))).join("\n\n");
  return { name, ms, outcome: "failure", inside: `<failure${xmlAttributes({ message, type: first?.code ?? "" })}>${text}</failure>` };
}

/** What could not be found out is no failure of the server's, and no pass: skipped test cases alone would be green. */
function unknown({ verdict, summary }: Report): TestCase[] {
  if (verdict !== "inconclusive") return [];
  const inside = `<error${xmlAttributes({ message: summary, type: "inconclusive" })}/>`;
  return [{ name: "verdict", ms: 0, outcome: "error", inside }];
}

/** A rule that failed by itself is no failure of the server's: JUnit calls that an error. */
function internal({ internalErrors = [] }: Report): TestCase[] {
  const [first] = internalErrors;
  if (first === undefined) return [];
  const inside = `<error${xmlAttributes({ message: first, type: "internal" })}>${xmlLines(internalErrors)}</error>`;
  return [{ name: "matrix-delegation-check", ms: 0, outcome: "error", inside }];
}

/** What a change does, warnings and infos: JUnit has no word for them. */
function notFailing({ findings, difference }: Report): string[] {
  const change = difference === undefined ? [] : [...differenceLines(difference), ""];
  const others = findings
    .filter(({ severity }) => severity !== "error")
    .flatMap((finding) => [...findingText(finding, { code: true }), ""]);
  return [...change, ...others];
}

/** Seconds, as `xs:decimal`, which has no exponent; recorded evidence may hold any number. */
function seconds(ms: number): string {
  return (Number.isFinite(ms) ? Math.min(1e15, Math.max(0, ms)) / 1000 : 0).toFixed(3);
}

/** Ant's schema allows neither fractions nor a zone: UTC it is. */
function withoutZone(isoDate: string): string {
  return /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}/.exec(isoDate)?.[0] ?? "1970-01-01T00:00:00";
}
