/** The rows of a report as people see them: its steps, and a row for what is found beside them. */
import type { Finding, Report, Step, StepId } from "../facts/output.ts";
import { wellKnownUrl } from "../views/well-known-result.ts";
import { several } from "./step-evidence.ts";
import { seenIn } from "./seen.ts";

export interface ShownStep extends Omit<Step, "id"> {
  id: Finding["step"];
}

/** The steps that were meant to be taken, each with a detail: the words of its status where there is none. */
export function shownSteps(report: Report): ShownStep[] {
  const steps = report.facts.settings.probe ? report.steps : report.steps.filter(({ id }) => !CONTACTS.includes(id));
  const rows: ShownStep[] = steps.map((step) => (step.detail === "" ? { ...step, detail: WITHOUT_DETAIL[step.status] } : step));
  const at = rows.findIndex(({ id }) => id === "address") + 1;
  return [
    ...rows.slice(0, at),
    ...rowBeside(report, "dns"),
    ...rows.slice(at),
    ...rowBeside(report, "policy"),
    ...rowBeside(report, "client"),
  ];
}

/** Nameservers that disagree, a route that isn't the expected one: no step finds them, and without a row nothing red would be seen. */
function rowBeside(report: Report, id: Finding["step"]): ShownStep[] {
  const findings = report.findings.filter(({ step }) => step === id);
  const worst = (["error", "warning", "info"] as const).map((severity) => findings.filter((finding) => finding.severity === severity));
  const said = worst.find((each) => each.length > 0);
  const [first] = said ?? [];
  if (said === undefined || first === undefined) return [];
  const url = wellKnownUrl(report.facts);
  const status =
    first.severity === "error" ? "fail" : first.severity === "warning" ? "warn" : report.verdict === "inconclusive" ? "unknown" : "pass";
  return [{ id, status, detail: several(said.map((finding) => seenIn(finding, url))), durationMs: 0 }];
}

/** The steps that `resolve` leaves out. */
const CONTACTS: readonly StepId[] = ["connect", "tls", "federation", "keys"];

const WITHOUT_DETAIL: Readonly<Record<Step["status"], string>> = {
  pass: "passed",
  warn: "passed with warnings",
  fail: "failed",
  skip: "skipped",
  unknown: "not known",
};
