/** What a change does, as plain lines, for every format that shows text. Every line is harmless on a terminal. */
import type { ChangedRecords, Difference, DifferenceRoute, Meanwhile } from "../facts/output.ts";
import { harmless } from "./harmless.ts";
import { span } from "./pretty-dns.ts";
import { firstOf } from "./pretty-style.ts";

const MOST = 20;

export interface DifferenceRow {
  label: string;
  text: string;
}

/** The summary is not among them. */
export function differenceRows({ before, after, records, meanwhile }: Difference): DifferenceRow[] {
  return [
    { label: "before", text: routeText(before) },
    { label: "after", text: routeText(after) },
    ...records.slice(0, MOST).map((each) => ({ label: "record", text: recordText(each) })),
    ...meanwhile.slice(0, MOST).map((each) => ({ label: each.effect, text: meanwhileText(each) })),
  ];
}

/** `What changes against db.old`. */
export function differenceTitle({ against }: Difference): string {
  return `What changes against ${firstOf(
    against.map((file) => (file === "live" ? "live DNS" : harmless(file))),
    3,
  )}`;
}

/** All of it as lines. */
export function differenceLines(difference: Difference): string[] {
  return [
    `${differenceTitle(difference)}:`,
    harmless(difference.summary, 1000),
    ...differenceRows(difference).map(({ label, text }) => `${label}: ${text}`),
  ];
}

function routeText(route: DifferenceRoute | null): string {
  if (route === null) return "not known";
  const { specStep, via, targets, endpoints, works } = route;
  const state = works === true ? "a homeserver answers" : works === false ? "doesn't work" : "not tested";
  const where =
    targets.length === 0
      ? "nowhere"
      : firstOf(
          targets.map((target) => harmless(target)),
          3,
        );
  return `${where}${
    endpoints.length > 0
      ? ` (${firstOf(
          endpoints.map((endpoint) => harmless(endpoint)),
          4,
        )})`
      : ""
  }, by ${via} (step ${specStep}): ${state}`;
}

function recordText({ name, type, before, after, keptFor }: ChangedRecords): string {
  const set = (records: readonly string[]): string =>
    records.length === 0
      ? "none"
      : firstOf(
          records.map((record) => harmless(record)),
          4,
        );
  return `${harmless(name)} ${harmless(type)}: ${set(before)} → ${set(after)}${keptFor === null ? "" : `; the old answer is kept for up to ${span(keptFor)}`}`;
}

function meanwhileText({ whom, what, name, seconds, until, detail }: Meanwhile): string {
  const time =
    seconds === null
      ? "without a limit of time"
      : `for up to ${span(seconds)}${until === null ? "" : `, until ${harmless(until.slice(0, 16).replace("T", " "))} UTC`}`;
  return `${harmless(whom)} keep${whom.includes(",") || whom === "resolvers" ? "" : "s"} "${harmless(what)}" of ${harmless(name)} ${time}: ${harmless(detail, 500)}`;
}
