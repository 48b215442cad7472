/**
 * `/probe`, as blackbox_exporter answers (github.com/prometheus/blackbox_exporter: `probe_success` and so on), and behind it the metrics of
 * `--format prometheus`. Text exposition format 0.0.4.
 */
import type { Output, Report } from "../facts/output.ts";
import { prometheusStream } from "../report/prometheus.ts";
import { addTo, emptyTotals } from "../report/totals.ts";
import { certificateEnds } from "../views/certificate-ends.ts";
import { gauge } from "./exposition.ts";
import { isFederationOk } from "./official.ts";

/** `report`: null when there was none within the time of the scrape, which took `seconds`. */
export function probeText(report: Report | null, seconds: number, tool: Output["tool"]): string {
  const ends = report === null ? [] : certificateEnds(report.facts).map(({ at }) => at / 1000);
  return [
    gauge("probe_success", "Displays whether or not the probe was a success: homeservers that follow the specification reach the server.", [
      ["", report !== null && isFederationOk(report) ? 1 : 0],
    ]),
    gauge("probe_duration_seconds", "How long the probe took to complete, in seconds.", [["", seconds]]),
    gauge(
      "matrix_delegation_inconclusive",
      "1 when nothing could be found out because of the machine that checks; probe_success is 0 then.",
      [["", report === null || report.verdict === "inconclusive" ? 1 : 0]],
    ),
    ...(ends.length === 0
      ? []
      : [
          gauge("probe_ssl_earliest_cert_expiry", "The earliest end of a certificate that was seen, in unixtime.", [
            ["", Math.min(...ends)],
          ]),
        ]),
    ...(report === null ? [] : [reportMetrics(report, tool)]),
  ].join("");
}

function reportMetrics(report: Report, tool: Output["tool"]): string {
  const stream = prometheusStream(tool);
  const totals = emptyTotals();
  addTo(totals, report);
  return stream.open(report.startedAt) + stream.report(report)() + stream.close(totals, report.durationMs);
}
