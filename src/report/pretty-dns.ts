/** The nameservers' own view and the caches in the terminal report (`-v`). */
import type { Facts, NameserverFacts, Outcome, RecordSet, SetAnswer } from "../facts/facts.ts";
import type { Cache } from "../facts/output.ts";
import { groupBy } from "../views/words.ts";
import { moment, outcomeText, took, type Row } from "./pretty-connection.ts";

/** More than a screen holds is counted, not shown. */
const MOST_ROWS = 60;

export function nameserverRows({ authoritative, resolvers = [], hostsFile }: Facts): Row[] {
  const rows: Row[] = [];
  if (authoritative !== undefined) {
    if (authoritative.status === "untested") rows.push({ level: 0, label: "", text: UNTESTED[authoritative.because] });
    else if (authoritative.status !== "done") rows.push({ level: 0, label: "", text: outcomeText(authoritative) });
    else {
      for (const { apex, nameservers, withoutAddress, changing } of authoritative.value.zones) {
        rows.push({ level: 0, label: "", text: `zone ${apex}${took(authoritative.ms)}` });
        for (const server of nameservers) rows.push(...serverRows(server));
        for (const name of withoutAddress) rows.push({ level: 1, label: "", text: `${name}: no address` });
        for (const question of changing)
          rows.push({ level: 1, label: "changing", text: `${question}: another answer with every question` });
      }
      for (const { name, asked, records } of authoritative.value.besides) {
        rows.push({ level: 1, label: "beside", text: `${name}: ${asked} has ${records.length === 0 ? "no record" : records.join(", ")}` });
      }
    }
  }
  for (const { resolver, answers, bogus } of resolvers) {
    rows.push(
      { level: 0, label: "", text: `resolver ${resolver}, asked by itself` },
      ...answers.slice(0, MOST_ROWS).map((answer) => answerRow(answer, bogus)),
    );
  }
  for (const { host, addresses } of hostsFile?.entries ?? [])
    rows.push({ level: 0, label: "hosts file", text: `${hostsFile?.path ?? ""}: ${host} is ${addresses.join(", ")}; not used` });
  return rows;
}

const UNTESTED = {
  "no-route": "not known: no nameserver answered from here; this network may let DNS out only to its own resolver",
  resolver: "not known: the resolver names no nameservers for these names",
  deadline: "not known: the time was up",
  "policy-address": "not known: the nameservers' addresses aren't public, and the policy of this check allows no others",
  "policy-port": "not known: the policy of this check doesn't allow the nameservers' port",
  "http-parser": "this Node.js can't parse HTTP",
  "open-files": "not known: this process may open no more files and connections",
  "zone-file": "not known: the zone is a file",
} as const;

function serverRows({ name, address, soa, answers }: NameserverFacts): Row[] {
  return [
    {
      level: 1,
      label: "",
      text: `${name} (${address}), ${outcomeText(soa, (value) => `${authority(value)}serial ${value.serial ?? "none"}`)}`,
    },
    ...answers.slice(0, MOST_ROWS).map((answer) => answerRow(answer, [])),
  ];
}

function answerRow({ name, type, outcome }: SetAnswer, bogus: readonly string[]): Row {
  const note = bogus.includes(`${name} ${type}`) ? ", an answer only with CD=1" : "";
  return { level: 2, label: type.padEnd(4), text: `${name}: ${setText(outcome)}${note}` };
}

function setText(outcome: Outcome<RecordSet>): string {
  return outcomeText(outcome, (set) => {
    const what = set.records.length === 0 ? set.rcode : set.records.join(", ");
    return `${what}${set.ttl === null ? "" : `, TTL ${set.ttl} s`}`;
  });
}

function authority({ rcode, authoritative }: { rcode: string; authoritative: boolean }): string {
  return rcode !== "NOERROR" ? `${rcode}, ` : authoritative ? "" : "not authoritative, ";
}

/** What is kept stands once, and under it who keeps it, for how long. */
export function cacheRows(caches: readonly Cache[]): Row[] {
  if (caches.length === 0) return [];
  const groups = groupBy(caches, ({ what, name }) => JSON.stringify([what, name]));
  return [
    { level: 0, label: "", text: "Who goes on using what is published now, if it is changed at this moment:" },
    ...groups
      .flatMap((group): Row[] => {
        const [first] = group;
        if (first === undefined) return [];
        // Those that do the same are named together.
        const keepers = groupBy(group, ({ seconds, until, note }) => JSON.stringify([seconds, until, note]));
        return [
          { level: 0, label: "", text: `${first.what} ${first.what.endsWith("well-known") ? "at" : "of"} ${first.name}` },
          ...keepers.flatMap((same): Row[] => {
            const [cache] = same;
            return cache === undefined
              ? []
              : [{ level: 1, label: "", text: `${same.map(({ whom }) => whom).join(", ")}: ${keptText(cache)}` }];
          }),
        ];
      })
      .slice(0, MOST_ROWS),
  ];
}

function keptText({ seconds, until, note }: Cache): string {
  if (seconds === null) return note;
  return `${secondsText(seconds)}${until === null ? "" : `, until ${moment(until)}`} (${note})`;
}

function secondsText([least, most]: [number, number]): string {
  return least === most ? span(most) : `${span(least)} to ${span(most)}`;
}

/** `300 s`, `3 h`. */
export function span(seconds: number): string {
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  return `${Math.round(seconds / 360) / 10} h`;
}
