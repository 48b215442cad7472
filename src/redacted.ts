/** A report that can be shown in public: its facts with stand-ins, judged again. */
import type { Report } from "./facts/output.ts";
import { judgeFacts } from "./judge-facts.ts";
import { redactFacts, redactorOf, redactTexts } from "./redact/facts.ts";
import type { Redactor } from "./redact/redactor.ts";

/** Names whose stand-ins are remembered, so that a check that is repeated gives the same. */
const MOST_REMEMBERED = 1000;

export type Redaction = "others" | "all";

/** Makes reports of one run fit for sharing: the same thing has the same stand-in in all reports about a name. */
export function redaction(mode: Redaction): (report: Report, ignore: readonly string[]) => Report {
  const all = mode === "all";
  const known = new Map<string, Redactor>();
  return (report, ignore) => {
    const { serverName } = report;
    const redactor = known.get(serverName) ?? redactorOf(serverName, all);
    if (known.size < MOST_REMEMBERED) known.set(serverName, redactor);
    return redactReport(report, redactor, all, ignore);
  };
}

function redactReport(report: Report, redactor: Redactor, all: boolean, ignore: readonly string[]): Report {
  const facts = redactFacts(report.facts, redactor, all);
  const again = judgeFacts(facts, ignore);
  const { difference } = report;
  // Paths on this machine, as those of the zone files are: they tell who uses it.
  for (const file of difference?.against ?? []) if (file !== "live") redactor.hide(file, `file-${redactor.hidden + 1}`);
  const made: Report = { ...again, ...(difference === undefined ? {} : { difference: redactTexts(difference, redactor) }) };
  if (saysTheSame(report, made)) return made;
  // What is hidden made a difference. What was found is true all the same.
  const { facts: _, ...rest } = report;
  return { ...redactTexts(rest, redactor), serverName: facts.serverName, startedAt: report.startedAt, facts };
}

function saysTheSame(one: Report, other: Report): boolean {
  const summary = ({ verdict, findings, steps }: Report): string =>
    JSON.stringify([
      verdict,
      findings.map(({ code, severity, causedBy }) => [code, severity, causedBy]),
      steps.map(({ status }) => status),
    ]);
  return summary(one) === summary(other);
}
