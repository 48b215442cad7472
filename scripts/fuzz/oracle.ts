/** What must hold whatever was mutated. Each check gives the faults that it found, in words. */
import type { Report } from "matrix-delegation-check";
import { HARMFUL } from "../../test/report/attacks.ts";
import { commandsOf } from "../../test/report/readers/github.ts";
import { readHtml } from "../../test/report/readers/html.ts";
import { readJunit } from "../../test/report/readers/junit.ts";
import { skeleton } from "../../test/report/readers/markdown.ts";
import { readNagios } from "../../test/report/readers/nagios.ts";
import { isOutput, isReport } from "../../test/report/readers/output.ts";
import { readPrometheus } from "../../test/report/readers/prometheus.ts";
import { isSarif } from "../../test/report/readers/sarif.ts";
import { readTap } from "../../test/report/readers/tap.ts";
import type { Ended } from "./program.ts";

/** How each format is read by others; whatever can't be read throws. */
const READERS: Record<string, (text: string) => unknown> = {
  pretty: () => undefined,
  json: (text) => isOutput(JSON.parse(text)) || fail(JSON.stringify(isOutput.errors)),
  ndjson: (text) =>
    text
      .split("\n")
      .filter((line) => line !== "")
      .every((line) => isReport(JSON.parse(line)) || fail(JSON.stringify(isReport.errors))),
  junit: readJunit,
  github: commandsOf,
  markdown: skeleton,
  sarif: (text) => isSarif(JSON.parse(text)) || fail(JSON.stringify(isSarif.errors)),
  nagios: readNagios,
  prometheus: readPrometheus,
  tap: readTap,
  html: readHtml,
};
export const FORMATS = Object.keys(READERS);
/** The program's own; those of the Monitoring Plugins are the same numbers. */
const EXIT_CODES = [0, 1, 2, 3];

function fail(message: string): never {
  throw new Error(message);
}

export function faultsOfReport(report: Report): string[] {
  const faults: string[] = [];
  if (report.internalErrors !== undefined) faults.push(`internal errors: ${report.internalErrors.join("; ")}`);
  if (!isReport(JSON.parse(JSON.stringify(report)))) faults.push(`not by the schema: ${JSON.stringify(isReport.errors).slice(0, 500)}`);
  if (report.verdict === "pass" && report.findings.some(({ severity }) => severity !== "info")) faults.push("pass with errors or warnings");
  if (report.verdict === "fail" && !report.findings.some(({ severity }) => severity === "error")) faults.push("fail without an error");
  return faults;
}

/** Of a run of the program that printed `format`. */
export function faultsOfRun({ code, signal, stdout, stderr }: Ended, format: string): string[] {
  const faults: string[] = [];
  if (signal !== null) faults.push(`ended by ${signal}`);
  else if (code === null || !EXIT_CODES.includes(code)) faults.push(`exit code ${code}`);
  if (/internal error|\bat .*\.(c|m)?js:\d+|UnhandledPromise/.test(stderr)) faults.push(`stderr: ${stderr.slice(0, 500)}`);
  if (HARMFUL.test(stdout) || HARMFUL.test(stderr)) faults.push("control characters in the output");
  // With -f nagios 2 is CRITICAL; what is refused is UNKNOWN there, and its line has no numbers.
  const isRefused =
    format === "nagios" ? code === 3 && stderr.startsWith("error: ") && /^MATRIX UNKNOWN - [^|\n]+\n$/.test(stdout) : code === 2;
  if (isRefused && stderr.trim() === "") faults.push(`exit code 2 without a word on stderr: ${stdout.slice(0, 300)}`);
  if (!isRefused && signal === null) {
    try {
      READERS[format]?.(stdout);
    } catch (error) {
      faults.push(`${format} can't be read: ${error instanceof Error ? error.message.slice(0, 500) : String(error)}`);
    }
  }
  return faults;
}
