/** The steps of a report as people see them. */
import type { Report, Step, StepId } from "../facts/output.ts";

/** Those that were meant to be taken, each with a detail: the words of its status where there is none. */
export function shownSteps(report: Report): Step[] {
  const steps = report.facts.settings.probe ? report.steps : report.steps.filter(({ id }) => !CONTACTS.includes(id));
  return steps.map((step) => (step.detail === "" ? { ...step, detail: WITHOUT_DETAIL[step.status] } : step));
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
