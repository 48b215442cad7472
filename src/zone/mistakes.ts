/** The mistakes that are typical of master files, recognised in a whole zone. Says what and where; the words are for the rules. */
import { parse } from "tldts";
import { indexZone, lookUp, mnemonicOf, type Node, type ZoneIndex } from "./lookup.ts";
import { foldName, isWithin } from "./names.ts";
import type { ZoneMistake } from "../facts/facts.ts";
import type { Zone, ZoneRecord } from "./zone.ts";

/** A name as the file has it, which has a dot inside but none at its end, or is an address. */
export interface WrittenName {
  role: "owner" | "target";
  /** The record's owner and type. */
  name: string;
  type: string;
  line: number;
  written: string;
  became: string;
  /** The $ORIGIN that completed it. */
  origin: string;
  isAddress: boolean;
}

/** RFC 4034, 2.5 and RFC 4035: these stand beside a CNAME. */
const BESIDE_CNAME = ["RRSIG", "NSEC", "NSEC3", "KEY"];
const MOST_LINES = 20;

/** The zone with only the records that belong to it, each once, and its mistakes added in the order of their lines. */
export function mistakesIn(read: Zone, written: readonly WrittenName[]): Zone {
  const mistakes = [...read.mistakes];
  const zone: Zone = { ...read, mistakes, records: [...keptRecords(read, mistakes)] };
  const index = indexZone(zone);
  for (const each of written) {
    const found = missingDot(index, each);
    if (found !== null) mistakes.push(found);
  }
  const told = new Set(mistakes.map(({ name, became }) => `${foldName(name)} ${foldName(became ?? "")}`));
  for (const node of index.nodes.values()) for (const found of aliasMistakes(node)) mistakes.push(found);
  for (const record of zone.records) {
    const found =
      record.type === "SRV" && !told.has(`${foldName(record.name)} ${foldName(record.data.target)}`) ? srvTarget(index, record) : null;
    if (found !== null) mistakes.push(found);
  }
  const [soa, ...more] = zone.records.filter(({ type }) => type === "SOA");
  if (soa === undefined) mistakes.push({ ...mistake("no-soa", { line: 1, name: zone.origin, type: "SOA" }) });
  else for (const other of more) mistakes.push({ ...mistake("several-soa", other), otherLines: [soa.line] });
  mistakes.sort((a, b) => a.line - b.line);
  return zone;
}

function mistake(kind: ZoneMistake["kind"], { line, name, type }: { line: number; name: string; type: string }): ZoneMistake {
  return { kind, line, name, type, written: null, became: null, meant: null, otherLines: [] };
}

function* keptRecords({ records, origin }: Zone, mistakes: ZoneMistake[]): Iterable<ZoneRecord> {
  const zone = foldName(origin);
  /** What each record says, and the line where it is said first. */
  const said = new Map<string, number>();
  for (const record of records) {
    const { name, type, data, line } = record;
    if (!isWithin(foldName(name), zone)) {
      mistakes.push({ ...mistake("outside-zone", { line, name, type: mnemonicOf(record) }), became: name });
      continue;
    }
    const content = `${foldName(name)} ${type} ${type === "TXT" || type === "OTHER" || type === "CAA" ? JSON.stringify(data) : foldName(JSON.stringify(data))}`;
    const before = said.get(content);
    if (before === undefined) {
      said.set(content, line);
      yield record;
    } else mistakes.push({ ...mistake("duplicate-record", { line, name, type: mnemonicOf(record) }), otherLines: [before] });
  }
}

/** Null for a relative name that means what it says. */
function missingDot(index: ZoneIndex, { role, name, type, line, written, became, origin, isAddress }: WrittenName): ZoneMistake | null {
  const at = { line, name, type };
  if (isAddress) return type === "PTR" ? null : { ...mistake("target-is-address", at), written, became };
  const inFull = foldName(written);
  const repeats = [index.origin, foldName(origin)].some((zone) => zone !== "." && isWithin(inFull, zone));
  if (!repeats && !(role === "target" && isPublicName(inFull) && leadsNowhere(index, became))) return null;
  return { ...mistake("missing-final-dot", at), written, became, meant: `${written}.` };
}

/** `hs.example.net`: ends in a real top-level domain, and is more than that. */
function isPublicName(name: string): boolean {
  const { isIcann, domain } = parse(name, { validateHostname: false });
  return isIcann === true && domain !== null;
}

/** The zone has no such name, or only because its outermost wildcard has every name. */
function leadsNowhere(index: ZoneIndex, name: string): boolean {
  if (!isWithin(foldName(name), index.origin)) return false;
  const answer = lookUp(index, name, "A");
  return answer.kind === "nxdomain" || ("wildcard" in answer && answer.wildcard === `*.${index.origin}`);
}

function* aliasMistakes(node: Node): Iterable<ZoneMistake> {
  const [first, ...more] = node.get("CNAME") ?? [];
  if (first === undefined) return;
  for (const other of more) yield { ...mistake("several-cnames", other), otherLines: [first.line] };
  const others = [...node].flatMap(([type, records]) =>
    type === "CNAME" || BESIDE_CNAME.includes(type) ? [] : records.slice(0, MOST_LINES).map(({ line }) => line),
  );
  if (others.length > 0) yield { ...mistake("cname-and-other", first), otherLines: others.toSorted((a, b) => a - b).slice(0, MOST_LINES) };
}

function srvTarget(index: ZoneIndex, record: Extract<ZoneRecord, { type: "SRV" }>): ZoneMistake | null {
  const { target } = record.data;
  if (target === "." || !isWithin(foldName(target), index.origin)) return null;
  const [a, aaaa] = [lookUp(index, target, "A"), lookUp(index, target, "AAAA")];
  if (a.kind === "alias" && a.seen) return { ...mistake("srv-target-is-cname", record), became: target, otherLines: [a.via.line] };
  const hasNone = [a, aaaa].every(({ kind }) => kind === "nodata" || kind === "nxdomain");
  return hasNone ? { ...mistake("srv-target-without-address", record), became: target } : null;
}
