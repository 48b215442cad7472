/**
 * `--format prometheus`: the text exposition format, for node_exporter's textfile collector.
 * https://prometheus.io/docs/instrumenting/exposition_formats: the samples of a metric stand together, and none is there twice.
 */
import type { Output, Report, Severity, Verdict } from "../output.ts";
import { certificateEnds } from "../certificate-ends.ts";
import { harmless } from "./harmless.ts";
import type { ReportStream } from "./stream.ts";

const PREFIX = "matrix_delegation_check_";

/** In the order of the output. All of them gauges: a textfile holds what the last run saw. */
const HELP = {
  build_info: "The version of matrix-delegation-check that wrote this; always 1.",
  verdict: "1 for the verdict that the server name got, 0 for the others.",
  timestamp_seconds: "When the check of the server name began, as Unix time.",
  duration_seconds: "How long the check of the server name took.",
  phase_duration_seconds: "How long a step of the check took; steps that were skipped are absent.",
  certificate_expiry_timestamp_seconds: "When the certificate, or an intermediate one that ends sooner, ends, as Unix time; by the host and address that showed it.",
  findings: "How many findings the server name has, by severity.",
  finding: "How often the server name has a finding with that code; absent when it has none.",
  internal_errors: "How many rules of matrix-delegation-check failed by themselves.",
} as const;

type Metric = keyof typeof HELP;

const METRICS = Object.keys(HELP) as Metric[];
const VERDICTS: readonly Verdict[] = ["pass", "warn", "fail", "inconclusive"];
const SEVERITIES: readonly Severity[] = ["error", "warning", "info"];

/** Nothing before the end, because a metric's samples of all reports belong together; some kilobytes a report are held until then. */
export function prometheusStream(tool: Output["tool"]): ReportStream {
  const samples = Object.fromEntries(METRICS.map((metric) => [metric, []])) as unknown as Record<Metric, string[]>;
  const seen = new Set<string>();
  samples.build_info.push(sample("build_info", { version: tool.version }, 1));
  return {
    open: () => "",
    report(report) {
      const name = label(report.serverName);
      const own = samplesOf(report);
      return () => {
        // A name that was asked for twice would be a duplicate series, and node_exporter then refuses the whole file.
        if (!seen.has(name)) {
          seen.add(name);
          for (const [metric, text] of own) if (text !== "") samples[metric].push(text);
        }
        return "";
      };
    },
    close() {
      const parts = METRICS.filter((metric) => samples[metric].length > 0).map((metric) => [`# HELP ${PREFIX}${metric} ${HELP[metric]}\n# TYPE ${PREFIX}${metric} gauge\n`, ...samples[metric]]);
      return parts.flat().join("");
    },
  };
}

/** All samples of one report, each metric once and in one piece. */
function samplesOf(report: Report): [Metric, string][] {
  const server_name = report.serverName;
  const lines = (metric: Metric, all: readonly [labels: Record<string, string>, value: number][]): [Metric, string] => {
    // Labels that differ only in what is made harmless are the same series: the first one stays.
    const series = new Map<string, number>();
    for (const [labels, value] of all) {
      const key = labelSet({ server_name, ...labels });
      if (Number.isFinite(value) && !series.has(key)) series.set(key, value);
    }
    return [metric, [...series].map(([key, value]) => `${PREFIX}${metric}${key} ${value}\n`).join("")];
  };
  const { findings, facts, steps, verdict } = report;
  const one = (severity: Severity): number => findings.filter((finding) => finding.severity === severity).length;
  const codes = new Map<string, { code: string; severity: Severity; count: number }>();
  for (const { code, severity } of findings) {
    const key = `${severity} ${code}`;
    codes.set(key, { code, severity, count: (codes.get(key)?.count ?? 0) + 1 });
  }
  const done = steps.filter(({ status }) => status === "pass" || status === "warn" || status === "fail");
  return [
    lines("verdict", VERDICTS.map((each) => [{ verdict: each }, each === verdict ? 1 : 0])),
    lines("timestamp_seconds", [[{}, Date.parse(report.startedAt) / 1000]]),
    lines("duration_seconds", [[{}, report.durationMs / 1000]]),
    lines("phase_duration_seconds", done.map(({ id, durationMs }) => [{ phase: id }, durationMs / 1000])),
    lines("certificate_expiry_timestamp_seconds", certificateEnds(facts).map(({ role, host, address, port, at }) => [{ role, host, address, port: String(port) }, at / 1000])),
    lines("findings", SEVERITIES.map((severity) => [{ severity }, one(severity)])),
    lines("finding", [...codes.values()].map(({ code, severity, count }) => [{ code, severity }, count])),
    lines("internal_errors", [[{}, report.internalErrors?.length ?? 0]]),
  ];
}

function sample(metric: Metric, labels: Readonly<Record<string, string>>, value: number): string {
  return `${PREFIX}${metric}${labelSet(labels)} ${value}\n`;
}

function labelSet(labels: Readonly<Record<string, string>>): string {
  return `{${Object.entries(labels).map(([name, value]) => `${name}="${label(value)}"`).join(",")}}`;
}

/** A label's value: backslash, quote and newline are escaped, as the format demands; the newline is gone before that. */
function label(text: string): string {
  return harmless(text, 255).replace(/["\\]/g, "\\$&");
}
