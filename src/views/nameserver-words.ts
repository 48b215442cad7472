/** Views on what nameservers and resolvers said when they were asked by themselves. Pure, and without a word about any fault. */
import type { AddressRecord, DnsOutcome, Facts, NameserverFacts, RecordSet, SetType, SrvRecord, ZoneFacts } from "../facts/facts.ts";
import { place } from "../facts/address.ts";
import { hostFacts, usedHosts } from "./hosts.ts";
import { done } from "./outcome.ts";
import { groupBy, list } from "./words.ts";
import { isConclusive, sameRecords, setAt } from "./record-set.ts";

export interface Said {
  server: NameserverFacts;
  set: RecordSet;
}

/** One question to all nameservers of its zone: what those said that answer for the zone. */
export interface ZoneQuestion {
  zone: ZoneFacts;
  name: string;
  type: SetType;
  said: Said[];
  /** The addresses differ on purpose: they change when asked again, or they come from a balancer (see `isBalanced`). */
  balanced: boolean;
}

export function zonesOf(facts: Facts): ZoneFacts[] {
  return facts.authoritative?.status === "done" ? facts.authoritative.value.zones : [];
}

/** Every question that was asked of nameservers, in their order. */
export function zoneQuestions(facts: Facts): ZoneQuestion[] {
  return zonesOf(facts).flatMap((zone) => {
    const asked = zone.nameservers.flatMap((server) => server.answers.map((answer) => ({ server, answer })));
    return groupBy(asked, ({ answer: { name, type } }) => `${name} ${type}`).flatMap((group): ZoneQuestion[] => {
      const [first] = group;
      const { name, type } = first.answer;
      const said = group.flatMap(({ server, answer }): Said[] => {
        const set = done(answer.outcome);
        return set?.authoritative === true && isConclusive(set) ? [{ server, set }] : [];
      });
      return [{ zone, name, type, said, balanced: zone.changing.includes(`${name} ${type}`) || isBalanced(type, zone, said) }];
    });
  });
}

/** Seconds: what balances by DNS gives its addresses so short a life. */
export const BALANCED_TTL = 120;

/** Addresses with a short TTL from nameservers that all have the same version of the zone: made for whoever asks, not copied wrongly. */
function isBalanced(type: SetType, zone: ZoneFacts, said: readonly Said[]): boolean {
  if (type === "SRV" || said.length === 0) return false;
  const serials = new Set(zone.nameservers.flatMap((server) => serialOf(server) ?? []));
  return serials.size <= 1 && said.every(({ set }) => set.ttl !== null && set.ttl <= BALANCED_TTL);
}

/**
 * What the nameservers say of a name, aliases followed. Null unless all that were asked answer, and say the same: then nothing at the zone
 * keeps a resolver from its answer.
 */
export function zoneSays(facts: Facts, name: string, type: SetType): RecordSet | null {
  const questions = zoneQuestions(facts);
  const seen = new Set<string>();
  for (let at = name.toLowerCase(); !seen.has(at);) {
    seen.add(at);
    const asked = questions.find((each) => each.name === at && each.type === type);
    const set = asked === undefined || !allAnswer(asked) ? undefined : asked.said[0]?.set;
    if (set === undefined) return null;
    const [alias] = set.records.flatMap((record) => (record.startsWith("CNAME ") ? [record.slice("CNAME ".length)] : []));
    if (alias === undefined) return set;
    at = alias;
  }
  return null;
}

function allAnswer({ zone, name, type, said, balanced }: ZoneQuestion): boolean {
  const asked = zone.nameservers.filter(({ answers }) => answers.some((answer) => answer.name === name && answer.type === type));
  const isEach = said.length === asked.length && asked.length === zone.nameservers.length && zone.withoutAddress.length === 0;
  return isEach && (balanced || allAgree(said));
}

export function allAgree(said: readonly { set: RecordSet }[]): boolean {
  const [first] = said;
  return first === undefined || said.every(({ set }) => sameRecords(set, first.set));
}

export function serialOf({ soa }: NameserverFacts): number | null {
  const value = done(soa);
  return value?.authoritative === true ? value.serial : null;
}

export function serverText({ name, address, port }: NameserverFacts): string {
  return `${name} (${port === 53 ? address : place(address, port)})`;
}

/** Records for a sentence. */
export function recordsText({ rcode, records }: Pick<RecordSet, "rcode" | "records">): string {
  if (records.length > 0) return list(records, 6);
  return rcode === "NXDOMAIN" ? "no such name" : rcode === "NOERROR" ? "no record" : rcode;
}

/** What the resolver said, for every name that an answer of the route touches. */
export interface Resolved {
  name: string;
  type: SetType;
  resolver: string;
  set: RecordSet;
}

/** What the check used, name by name; aliases are names of their own. Answers from files are left out, unless `files` wants them. */
export function resolvedSets(facts: Facts, { files = false }: { files?: boolean } = {}): Resolved[] {
  const asked: [name: string, type: SetType, outcome: DnsOutcome<AddressRecord | SrvRecord>][] = [
    ...usedHosts(facts).flatMap((host): [string, SetType, DnsOutcome<AddressRecord>][] => [
      [host.host, "A", host.a],
      [host.host, "AAAA", host.aaaa],
    ]),
    ...facts.srv
      .filter(({ role }) => role === "route")
      .map(({ service, base, outcome }): [string, SetType, DnsOutcome<SrvRecord>] => [`${service}.${base.toLowerCase()}`, "SRV", outcome]),
  ];
  const seen = new Set<string>();
  return asked.flatMap(([name, type, outcome]) => {
    const answer = done(outcome);
    const isOfFile = answer !== null && (answer.transport === "file" || answer.file !== undefined);
    if (answer === null || (isOfFile && !files) || !isConclusive(answer) || answer.loop) return [];
    return [name, ...answer.chain.map(({ target }) => target.toLowerCase())].flatMap((each): Resolved[] => {
      const set = setAt(each, name, answer);
      if (set === null || seen.has(`${each} ${type}`)) return [];
      seen.add(`${each} ${type}`);
      return [{ name: each, type, resolver: answer.resolver, set }];
    });
  });
}

/** Seconds that the resolver goes on giving this answer; TTLs in its answers are what is left of them. */
export function keptFor({ records, ttl, negativeTtl }: RecordSet): number | null {
  return records.length > 0 ? ttl : negativeTtl;
}

export function clock(from: Date, seconds: number): string {
  return `${new Date(from.getTime() + seconds * 1000).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

/** What a resolver goes on giving while all nameservers of the zone say something else. */
export interface Stale extends Resolved {
  said: RecordSet;
}

export function staleAnswers(facts: Facts): Stale[] {
  const resolved = resolvedSets(facts);
  return zoneQuestions(facts).flatMap(({ name, type, said, balanced }): Stale[] => {
    const first = said[0]?.set;
    const seen = resolved.find((each) => each.name === name && each.type === type);
    if (first === undefined || seen === undefined || !allAgree(said) || sameRecords(first, seen.set)) return [];
    // What is balanced has an address at any time.
    if ((balanced && seen.set.records.length > 0) || isTranslated(facts, seen)) return [];
    return [{ ...seen, said: first }];
  });
}

/** DNS64 (RFC 6147): AAAA records made from the A records, for networks without IPv4. */
function isTranslated(facts: Facts, { name, type, set }: Resolved): boolean {
  if (type !== "AAAA" || set.records.length === 0) return false;
  const host = hostFacts(facts, name);
  const v4 = host === null ? [] : (done(host.a)?.records ?? []).map(({ address }) => lastGroups(address));
  return set.records.every((address) => address.startsWith("64:ff9b:") || v4.some((end) => address.endsWith(end)));
}

/** `192.0.2.1` → `:c000:201`: how an IPv6 address ends that holds it. */
function lastGroups(address: string): string {
  const [a = 0, b = 0, c = 0, d = 0] = address.split(".").map(Number);
  return `:${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
}
