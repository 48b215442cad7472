/** The evidence of every scenario, and what was said of it when it was recorded (`npm run record`). */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { judgeAgain } from "../../src/check.ts";
import type { Facts } from "../../src/facts/facts.ts";
import type { Report } from "../../src/facts/output.ts";

export const RECORDED = fileURLToPath(new URL("scenarios.ndjson.gz", import.meta.url));

export interface Recorded {
  title: string;
  facts: Facts;
  says: ReturnType<typeof summaryOf>;
}

/** Everything of a report that programs go by, and what findings say and advise. */
export function summaryOf({ verdict, route, steps, findings, reach }: Report) {
  return {
    verdict,
    findings: findings.map(({ code, severity, where, causedBy, affects, detail, fix }) => ({
      code,
      severity,
      where,
      causedBy,
      affects,
      detail,
      fix,
    })),
    steps: steps.map(({ id, status }) => `${id} ${status}`),
    reach: reach.map(({ homeserver, reaches, because }) => `${homeserver} ${reaches} ${because.join(" ")}`),
    endpoints: route?.targets.flatMap(({ endpoints }) => endpoints.map(({ address, status }) => `${address} ${status}`)) ?? [],
  };
}

let all: Recorded[] | undefined;

/** Once a process: nobody changes them. */
export function recorded(): Recorded[] {
  all ??= gunzipSync(readFileSync(RECORDED))
    .toString()
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Recorded);
  return all;
}

let judged: Promise<Judged[]> | undefined;

export interface Judged extends Recorded {
  report: Report;
}

/** The same evidence, with what is said of it now. Once a process, too. */
export function judgedAgain(): Promise<readonly Judged[]> {
  judged ??= Promise.all(recorded().map(async (each) => ({ ...each, report: await judgeAgain(each.facts) })));
  return judged;
}

/** The first scenario whose title begins so. */
export async function reportOf(title: string): Promise<Report> {
  const found = (await judgedAgain()).find((each) => each.title.startsWith(title));
  if (found === undefined) throw new Error(`no scenario ${title}`);
  return found.report;
}
