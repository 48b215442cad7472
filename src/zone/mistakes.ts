/** The mistakes that are typical of master files, recognised in a whole zone. Says what and where; the words are for the rules. */
import { SRV_SERVICES } from "../facts/way.ts";
import { parse } from "../facts/public-suffix-list.ts";
import { isBelowPrivateSuffix } from "../facts/special-use.ts";
import { indexZone, lookUp, mnemonicOf, type Node, type ZoneIndex } from "./lookup.ts";
import { foldName, isWithin } from "./names.ts";
import { nearMiss, serviceOf } from "./near-miss.ts";
import type { ZoneMistake, ZoneService } from "../facts/facts.ts";
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
  /** It has `@` as one of several labels. */
  hasAt: boolean;
  file?: string;
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
  const told = new Set(mistakes.map(({ name, became }) => keyOf(name, became ?? "")));
  const toldLines = new Set(mistakes.map(({ file, line }) => `${file ?? ""}:${line}`));
  mistakes.push(...nearMisses(index, read.records, toldLines, mistakes));
  for (const node of index.nodes.values()) for (const found of aliasMistakes(index, node)) mistakes.push(found);
  const targets = new Map(written.flatMap((each) => (each.role === "target" ? [[keyOf(each.name, each.became), each.written]] : [])));
  for (const record of zone.records) {
    const key = record.type === "SRV" ? keyOf(record.name, record.data.target) : null;
    const found = record.type === "SRV" && key !== null && !told.has(key) ? srvTarget(index, record) : null;
    if (found !== null) mistakes.push({ ...found, written: targets.get(key ?? "") ?? null });
  }
  const [soa, ...more] = zone.records.filter(({ type }) => type === "SOA");
  const isUnreadable = mistakes.some(({ kind, type }) => kind === "unreadable" && type === "SOA");
  if (soa === undefined) {
    if (!isUnreadable) mistakes.push({ ...mistake("no-soa", { line: 1, name: zone.origin, type: "SOA" }) });
  } else for (const other of more) mistakes.push({ ...mistake("several-soa", other), otherLines: [soa.line] });
  // The lines of an included file stay together, behind those of the zone's own.
  mistakes.sort((a, b) => ((a.file ?? "") === (b.file ?? "") ? a.line - b.line : (a.file ?? "") < (b.file ?? "") ? -1 : 1));
  return zone;
}

/** Where the zone has Matrix' SRV records, whether they belong to a server or not. */
export function servicesIn({ records }: Zone): ZoneService[] {
  const found = new Map<string, ZoneService>();
  for (const { type, name, line, file } of records) {
    const service = type === "SRV" ? serviceOf(name) : null;
    const key = foldName(name);
    if (service !== null && !found.has(key)) found.set(key, { ...service, line, ...(file !== undefined && { file }) });
  }
  return [...found.values()];
}

function keyOf(name: string, became: string): string {
  return `${foldName(name)} ${foldName(became)}`;
}

type Place = Pick<ZoneRecord, "line" | "name" | "file"> & { type: string };

function mistake(kind: ZoneMistake["kind"], { line, name, type, file }: Place): ZoneMistake {
  const made: ZoneMistake = { kind, line, name, type, written: null, became: null, meant: null, otherLines: [] };
  return file === undefined ? made : { ...made, file };
}

function* keptRecords({ records, origin }: Zone, mistakes: ZoneMistake[]): Iterable<ZoneRecord> {
  const zone = foldName(origin);
  /** What each record says, and the line where it is said first. */
  const said = new Map<string, number>();
  for (const [index, record] of records.entries()) {
    const { name, type, data, line } = record;
    if (!isWithin(foldName(name), zone)) {
      mistakes.push({ ...mistake("outside-zone", { ...record, type: mnemonicOf(record) }), became: name });
      continue;
    }
    const content = `${foldName(name)} ${type} ${type === "TXT" || type === "OTHER" || type === "CAA" ? JSON.stringify(data) : foldName(JSON.stringify(data))}`;
    const before = said.get(content);
    if (before === undefined) {
      said.set(content, line);
      yield record;
      // A zone transfer ends with the SOA record that it began with (RFC 5936, 2.2).
    } else if (type !== "SOA" || index < records.length - 1)
      mistakes.push({ ...mistake("duplicate-record", { ...record, type: mnemonicOf(record) }), otherLines: [before] });
  }
}

/** More of them aren't looked for. */
const MOST_NEAR_MISSES = 200;

/** One for each name; none where the right record stands beside it, or where the line's mistake is said already. */
function* nearMisses(
  index: ZoneIndex,
  records: readonly ZoneRecord[],
  toldLines: ReadonlySet<string>,
  mistakes: readonly ZoneMistake[],
): Iterable<ZoneMistake> {
  const found = new Set<string>();
  for (const record of records) {
    const meant = nearMiss(record, mnemonicOf(record), index.origin);
    if (meant === null) continue;
    const key = `${foldName(record.name)} ${meant}`;
    const base = meant.slice(meant.indexOf("._tcp.") + "._tcp.".length);
    const isThere = SRV_SERVICES.some((service) => {
      const node = index.nodes.get(`${service}.${base}`);
      return node?.has("SRV") === true || node?.has("CNAME") === true;
    });
    // A name outside the zone that is a near miss is said as such, though it is said to be outside.
    const place = `${record.file ?? ""}:${record.line}`;
    const isTold = toldLines.has(place) && !mistakes.some((each) => each.line === record.line && each.kind === "outside-zone");
    if (isThere || isTold || found.has(key)) continue;
    found.add(key);
    yield { ...mistake("near-miss", { ...record, type: mnemonicOf(record) }), became: record.name, meant: `${meant}.` };
    if (found.size === MOST_NEAR_MISSES) return;
  }
}

/** Null for a relative name that means what it says. */
function missingDot(
  index: ZoneIndex,
  { role, name, type, line, written, became, origin, isAddress, hasAt, file }: WrittenName,
): ZoneMistake | null {
  const at = { line, name, type, ...(file !== undefined && { file }) };
  if (hasAt) return { ...mistake("at-sign", at), written, became, meant: `${withoutAt(written, origin)}.` };
  // A URL, or a host with its port: a final dot wouldn't make it right.
  if (role === "target" && /[:/]/.test(written) && !isAddress) return null;
  if (isAddress) return type === "PTR" ? null : { ...mistake("target-is-address", at), written, became };
  const inFull = foldName(written);
  const repeats = [index.origin, foldName(origin)].some((zone) => zone !== "." && isWithin(inFull, zone));
  if (!repeats && !(role === "target" && isComplete(inFull) && leadsNowhere(index, became))) return null;
  return { ...mistake("missing-final-dot", at), written, became, meant: `${written}.` };
}

/** The name as it was meant: `@` stands for the zone. In full, without the final dot. */
function withoutAt(written: string, origin: string): string {
  const labels = written.replace(/\.$/, "").split(".");
  const at = labels.indexOf("@");
  const front = labels.slice(0, at).join(".");
  return front === "" ? origin : `${front}.${origin}`;
}

/** `hs.example.net`, `hs.home.arpa`: ends as complete names do, and is more than that. */
function isComplete(name: string): boolean {
  const { isIcann, domain } = parse(name, { extractHostname: false, validateHostname: false });
  return (isIcann === true && domain !== null) || isBelowPrivateSuffix(name);
}

/** The zone has no such name, or only because its outermost wildcard has every name. */
function leadsNowhere(index: ZoneIndex, name: string): boolean {
  if (!isWithin(foldName(name), index.origin)) return false;
  const answer = lookUp(index, name, "A");
  return answer.kind === "nxdomain" || ("wildcard" in answer && answer.wildcard === `*.${index.origin}`);
}

function* aliasMistakes({ zone, origin }: ZoneIndex, node: Node): Iterable<ZoneMistake> {
  const [first, ...more] = node.get("CNAME") ?? [];
  if (first === undefined) return;
  // Cloudflare answers there with the addresses that the CNAME leads to.
  if (zone.cloudflare && more.length === 0 && (first.proxied === true || foldName(first.name) === origin)) return;
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
