/**
 * `--format prometheus`: the text exposition format, for node_exporter's textfile collector.
 * https://prometheus.io/docs/instrumenting/exposition_formats: the samples of a metric stand together, and none is there twice.
 */
import type { Output, Report, Severity, Verdict } from "../facts/output.ts";
import { certificateEnds } from "../views/certificate-ends.ts";
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
  certificate_expiry_timestamp_seconds:
    "When the certificate, or an intermediate one that ends sooner, ends, as Unix time; by the host and address that showed it.",
  findings: "How many findings the server name has, by severity.",
  finding: "How often the server name has a finding with that code; absent when it has none.",
  reached: "Whether homeservers of that kind reach the server: 1 for yes, 0 for no, 0.5 when it is by chance; absent when it isn't known.",
  internal_errors: "How many rules of matrix-delegation-check failed by themselves.",
} as const;

type Metric = keyof typeof HELP;

const METRICS = Object.keys(HELP) as Metric[];
const VERDICTS: readonly Verdict[] = ["pass", "warn", "fail", "inconclusive"];
const SEVERITIES: readonly Severity[] = ["error", "warning", "info"];
const REACHED = { yes: 1, sometimes: 0.5, no: 0 } as const;
/** Characters of one piece of the text, about. */
const PIECE = 65_536;

type Labels = readonly (readonly [name: string, value: string])[];

/** What is held of one report until the end: some hundred bytes. Texts of labels are escaped already. */
interface Held {
  name: string;
  verdict: Verdict;
  at: number;
  seconds: number;
  phases: [phase: string, seconds: number][];
  /** The earliest of those with the same labels. */
  ends: [role: string, host: string, address: string, port: string, at: number][];
  /** By severity. */
  findings: number[];
  codes: [code: string, severity: Severity, count: number][];
  reached: [homeserver: string, value: number][];
  internalErrors: number;
}

export interface PrometheusStream extends ReportStream {
  /** The same as `close`, piece by piece: all of it is megabytes for thousands of names. */
  closeInPieces(): Iterable<string>;
}

/** Nothing before the end, because a metric's samples of all reports belong together. */
export function prometheusStream(tool: Output["tool"]): PrometheusStream {
  /** By name. A name that was asked for twice would be a duplicate series, and node_exporter then refuses the whole file. */
  const held = new Map<string, Held>();
  function* lines(): Iterable<string> {
    for (const metric of METRICS) {
      let begun = false;
      for (const [labels, value] of metric === "build_info" ? [versionOf(tool)] : samplesOf(metric, held.values())) {
        if (!Number.isFinite(value)) continue;
        if (!begun) yield `# HELP ${PREFIX}${metric} ${HELP[metric]}\n# TYPE ${PREFIX}${metric} gauge\n`;
        begun = true;
        yield `${PREFIX}${metric}{${labels.map(([name, text]) => `${name}="${text}"`).join(",")}} ${value}\n`;
      }
    }
  }
  return {
    open: () => "",
    report(report) {
      const own = heldOf(report);
      return () => {
        if (!held.has(own.name)) held.set(own.name, own);
        return "";
      };
    },
    close: () => [...lines()].join(""),
    closeInPieces: () => gathered(lines()),
  };
}

function* gathered(lines: Iterable<string>): Iterable<string> {
  let piece = "";
  for (const line of lines) {
    piece += line;
    if (piece.length < PIECE) continue;
    yield piece;
    piece = "";
  }
  if (piece !== "") yield piece;
}

function versionOf({ version }: Output["tool"]): [Labels, number] {
  return [[["version", label(version)]], 1];
}

function heldOf({ serverName, verdict, startedAt, durationMs, steps, findings, reach, facts, internalErrors }: Report): Held {
  const codes = new Map<string, [code: string, severity: Severity, count: number]>();
  for (const { code, severity } of findings) {
    const known = codes.get(`${severity} ${label(code)}`);
    if (known === undefined) codes.set(`${severity} ${label(code)}`, [label(code), severity, 1]);
    else known[2]++;
  }
  // Labels that differ only in what is made harmless are the same series: the first one stays.
  const ends = new Map<string, Held["ends"][number]>();
  for (const { role, host, address, port, at } of certificateEnds(facts)) {
    const labels = [role, label(host), label(address), String(port)] as const;
    if (!ends.has(labels.join(" "))) ends.set(labels.join(" "), [...labels, at / 1000]);
  }
  const done = steps.filter(({ status }) => status === "pass" || status === "warn" || status === "fail");
  return {
    name: label(serverName),
    verdict,
    at: Date.parse(startedAt) / 1000,
    seconds: durationMs / 1000,
    phases: [...new Map(done.map(({ id, durationMs: ms }) => [label(id), ms / 1000]))],
    ends: [...ends.values()],
    findings: SEVERITIES.map((severity) => findings.filter((finding) => finding.severity === severity).length),
    codes: [...codes.values()],
    // Names that differ only in what is made harmless are the same series.
    reached: [
      ...new Map(reach.flatMap(({ homeserver, reaches }) => (reaches === "unknown" ? [] : [[label(homeserver), REACHED[reaches]]]))),
    ],
    internalErrors: internalErrors?.length ?? 0,
  };
}

/** All samples of one metric. */
function* samplesOf(metric: Exclude<Metric, "build_info">, all: Iterable<Held>): Iterable<[Labels, number]> {
  for (const held of all) {
    const server = ["server_name", held.name] as const;
    switch (metric) {
      case "verdict":
        for (const each of VERDICTS) yield [[server, ["verdict", each]], each === held.verdict ? 1 : 0];
        break;
      case "timestamp_seconds":
        yield [[server], held.at];
        break;
      case "duration_seconds":
        yield [[server], held.seconds];
        break;
      case "phase_duration_seconds":
        for (const [phase, seconds] of held.phases) yield [[server, ["phase", phase]], seconds];
        break;
      case "certificate_expiry_timestamp_seconds":
        for (const [role, host, address, port, at] of held.ends)
          yield [[server, ["role", role], ["host", host], ["address", address], ["port", port]], at];
        break;
      case "findings":
        for (const [index, severity] of SEVERITIES.entries()) yield [[server, ["severity", severity]], held.findings[index] ?? 0];
        break;
      case "finding":
        for (const [code, severity, count] of held.codes) yield [[server, ["code", code], ["severity", severity]], count];
        break;
      case "reached":
        for (const [homeserver, value] of held.reached) yield [[server, ["homeserver", homeserver]], value];
        break;
      case "internal_errors":
        yield [[server], held.internalErrors];
        break;
    }
  }
}

/** A label's value: backslash, quote and newline are escaped, as the format demands; the newline is gone before that. */
function label(text: string): string {
  return harmless(text, 255).replace(/["\\]/g, "\\$&");
}
