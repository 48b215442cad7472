/** What goes to stdout: the beginning, each report, the end, in the format that was asked for. Gives text; writes nothing. */
import type { Output, Report } from "../../facts/output.ts";
import { withoutFailures } from "../../report/inconclusive.ts";
import type { ExitCode, FailOn } from "../exit-code.ts";
import type { FormatName } from "../options.ts";
import type { Terminal } from "./terminal.ts";

export interface FormatSettings {
  tool: Output["tool"];
  terminal: Terminal;
  verbose: boolean;
  quiet: boolean;
  /** More than one name: a line each, details of those that didn't pass, a total. */
  several: boolean;
  failOn: FailOn;
  /** The file that the server names are from, as it was given. */
  namesFile?: string;
  /** What stands before this output, in the file that it is appended to, ends in the middle of a line. */
  afterCutLine: boolean;
  /** github: whether what doesn't fit into annotations stands in the job summary. */
  jobSummary: boolean;
  /** markdown: bytes that are never passed. Absent: what a job summary may have. */
  maxBytes?: number;
}

export interface Format {
  /** `startedAt`: of the first report. */
  open(startedAt: string): string;
  /** Called when the report is there; what it returns is called when it is its turn, and holds no more than it needs. */
  report(report: Report): () => string;
  close(totals: Output["totals"], durationMs: number): string;
  /** The same, piece by piece, of a format that has everything in its end. */
  closeInPieces?(): Iterable<string>;
  /** A format with exit codes of its own (nagios), after `close`. */
  exitCode?(): ExitCode;
}

/** What is read by programs that take an error for a failure. */
const FOR_PIPELINES: readonly FormatName[] = ["junit", "github", "sarif", "tap", "prometheus", "nagios"];

export async function createFormat(name: FormatName, settings: FormatSettings): Promise<Format> {
  const format = await formatOf(name, settings);
  return FOR_PIPELINES.includes(name) ? { ...format, report: (report) => format.report(withoutFailures(report)) } : format;
}

/** Loads only what the format needs. */
async function formatOf(name: FormatName, settings: FormatSettings): Promise<Format> {
  switch (name) {
    case "pretty":
      return pretty(settings);
    case "json": {
      const { jsonStream } = await import("../../report/json.ts");
      let stream = jsonStream(settings.tool, "");
      return {
        open(startedAt) {
          stream = jsonStream(settings.tool, startedAt);
          return stream.open();
        },
        report: (report) => () => stream.report(report),
        close: (totals, durationMs) => stream.close(totals, durationMs),
      };
    }
    case "ndjson": {
      const { renderNdjson } = await import("../../report/ndjson.ts");
      return { open: () => (settings.afterCutLine ? "\n" : ""), report: (report) => ready(renderNdjson(report)), close: () => "" };
    }
    case "junit":
      return (await import("../../report/junit.ts")).junitStream();
    case "github":
      return (await import("../../report/github.ts")).githubStream(settings);
    case "markdown":
      return (await import("../../report/markdown.ts")).markdownStream(settings);
    case "sarif":
      return (await import("../../report/sarif.ts")).sarifStream(settings.tool, settings);
    case "tap":
      return (await import("../../report/tap.ts")).tapStream();
    case "html":
      return (await import("../../report/html.ts")).htmlStream(settings.tool, settings);
    case "prometheus":
      return (await import("../../report/prometheus.ts")).prometheusStream(settings.tool);
    case "nagios": {
      const stream = (await import("../../report/nagios.ts")).nagiosStream(settings.failOn);
      return {
        open: (startedAt) => stream.open(startedAt),
        report: (report) => stream.report(report),
        close: (totals, durationMs) => stream.close(totals, durationMs),
        exitCode: () => stream.state,
      };
    }
  }
}

async function pretty({ terminal, verbose, quiet, several }: FormatSettings): Promise<Format> {
  const [{ Chalk }, { renderPretty, renderPrettyOfSeveral, renderTotals }] = await Promise.all([
    import("chalk"),
    import("../../report/pretty.ts"),
  ]);
  const options = { chalk: new Chalk({ level: terminal.colorLevel }), width: terminal.width, unicode: terminal.unicode, verbose, quiet };
  let last = "";
  return {
    open: () => "",
    report(report) {
      const text = several ? renderPrettyOfSeveral(report, options) : renderPretty(report, options);
      return () => (last = text);
    },
    close(totals, durationMs) {
      if (!several || quiet) return "";
      const gap = last === "" || last.endsWith("\n\n") ? "" : "\n";
      return gap + renderTotals(totals, durationMs, options);
    },
  };
}

function ready(text: string): () => string {
  return () => text;
}
