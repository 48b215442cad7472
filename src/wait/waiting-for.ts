/** What a report that doesn't pass says to somebody who waits for one that does. Pure. */
import { judgedAt } from "../views/outcome.ts";
import { list } from "../views/words.ts";
import type { Report } from "../facts/output.ts";
import {
  allAgree,
  clock,
  keptFor,
  recordsText,
  serialOf,
  staleAnswers,
  zoneQuestions,
  type Said,
  type ZoneQuestion,
} from "../views/nameserver-words.ts";

export interface WaitingFor {
  /** The same as long as it is the same that is waited for. */
  about: string;
  /** One line, without the server name. May hold bytes of the other side. */
  text: string;
}

/** `by`: who answered the check's questions. */
export function waitingFor(report: Report, by: "nameservers" | "resolver"): WaitingFor {
  return (by === "nameservers" ? behind(report) : kept(report)) ?? broken(report);
}

/** Seconds until the resolver has forgotten all answers that differ from what the nameservers say; null when there are none. */
export function keptByResolver(report: Report): number | null {
  const seconds = keptAnswers(report).flatMap((each) => each.seconds ?? []);
  return seconds.length === 0 ? null : Math.max(...seconds);
}

/** Not all nameservers of a zone say the same. */
function behind({ facts }: Report): WaitingFor | null {
  const question = zoneQuestions(facts).find(({ said, balanced }) => !balanced && !allAgree(said));
  if (question === undefined) return null;
  const { name, type, said } = question;
  const late = latecomers(question);
  const others = said.filter((each) => !late.includes(each));
  const there = others[0];
  if (late.length === 0 || there === undefined)
    return { about: `disagree ${name} ${type}`, text: `waiting for all nameservers to give the same answer for ${name} ${type}` };
  const served = there.set.records.length === 0 ? `stop serving ${name} ${type}` : `serve ${name} ${type}`;
  return {
    about: `behind ${name} ${type} ${late.map(nameOf).join(" ")}`,
    text: `waiting for ${list([...new Set(late.map(nameOf))])} to ${served} (${late.map(versionOf).join(", ")}; ${others.map(versionOf).join(", ")})`,
  };
}

/** Those with the oldest version of the zone; if all have the same, those without the record. */
function latecomers({ said }: ZoneQuestion): Said[] {
  const serials = said.flatMap(({ server }) => serialOf(server) ?? []);
  const newest = Math.max(...serials);
  const old = said.filter(({ server }) => (serialOf(server) ?? newest) < newest);
  return old.length > 0 ? old : said.filter(({ set }) => set.records.length === 0);
}

function nameOf({ server }: Said): string {
  return server.name;
}

function versionOf({ server, set }: Said): string {
  const serial = serialOf(server);
  return `${server.name} has ${serial === null ? "" : `serial ${serial}, `}${recordsText(set)}`;
}

/** The resolver gives answers from before the change. */
function kept(report: Report): WaitingFor | null {
  const [first] = keptAnswers(report);
  if (first === undefined) return null;
  const until = first.seconds === null ? "" : `, at ${clock(judgedAt(report.facts), first.seconds)} at the latest`;
  return {
    about: `kept ${first.name} ${first.type} ${first.resolver}`,
    text: `all nameservers serve it; waiting for the resolver ${first.resolver} to forget its old answer for ${first.name} ${first.type}${until}`,
  };
}

function keptAnswers({ facts }: Report): { name: string; type: string; resolver: string; seconds: number | null }[] {
  return staleAnswers(facts).map(({ name, type, resolver, set }) => ({ name, type, resolver, seconds: keptFor(set) }));
}

/** Whatever it is that the check found. */
function broken(report: Report): WaitingFor {
  const found =
    report.findings.find(({ severity }) => severity === "error") ?? report.findings.find(({ severity }) => severity === "warning");
  if (found === undefined) return { about: report.verdict, text: `waiting: ${report.summary}` };
  const where = found.where.length === 0 ? "" : `, ${list(found.where, 2)}`;
  const missing = missingSrv(report);
  return {
    about: `${found.code} ${found.where.join(" ")} ${missing}`,
    text: `waiting until this is fixed: ${found.title} (${found.code}${where})${missing}`,
  };
}

/** A record that may be the one that is waited for. */
function missingSrv({ route, facts }: Report): string {
  if (route?.via !== "default-port") return "";
  const none = zoneQuestions(facts).find(
    ({ type, said }) => type === "SRV" && said.length > 0 && said.every(({ set }) => set.records.length === 0),
  );
  return none === undefined ? "" : `; no nameserver has ${none.name} SRV`;
}
