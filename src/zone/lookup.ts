/** What a zone's own server would say to a question: RFC 1034, 4.3.2; wildcards as RFC 4592, DNAME as RFC 6672 has them. Pure. */
import { foldName, isWithin, parentOf } from "./names.ts";
import { isKnownType } from "./record-data.ts";
import { ZoneFileError, type Zone, type ZoneRecord, type ZoneRecordType } from "./zone.ts";

export type ZoneAnswer =
  /** `wildcard`: the name of the wildcard that they come from, folded. */
  | { kind: "records"; records: readonly ZoneRecord[]; wildcard: string | null }
  /** Only the zone's server knows: `via` stands for records that it makes when it is asked (`LUA`), or whose meaning is its own. */
  | { kind: "unknown"; via: ZoneRecord; wildcard: string | null }
  /**
   * The answer is that of `target`. `via` is the record that says so; an ALIAS or ANAME is resolved by the server itself and isn't seen in
   * answers.
   */
  | { kind: "alias"; target: string; via: ZoneRecord; seen: boolean; wildcard: string | null }
  /** The name exists, perhaps only because there are names below it. */
  | { kind: "nodata"; wildcard: string | null }
  | { kind: "nxdomain" }
  /** The name belongs to somebody else: NS records below the zone's own name. */
  | { kind: "delegated" }
  /** DNAME leads to a name that is too long (RFC 6672, 2.2). */
  | { kind: "too-long" };

/** By type, so that a name with very many records costs no more than another. */
export type Node = ReadonlyMap<string, readonly ZoneRecord[]>;

export interface ZoneIndex {
  zone: Zone;
  /** Folded. */
  origin: string;
  /** The records of each folded name by their types' mnemonics, and none for the names between. */
  nodes: ReadonlyMap<string, Node>;
  soa: Extract<ZoneRecord, { type: "SOA" }> | null;
}

/** Names, those between included: what a hostile file of names with a hundred labels each may make of itself. */
const MAX_NAMES = 2_000_000;
const NONE: Node = new Map();

/** @throws ZoneFileError when there are too many names */
export function indexZone(zone: Zone): ZoneIndex {
  const origin = foldName(zone.origin);
  const nodes = new Map<string, Node>([[origin, NONE]]);
  const filled = new Map<string, Map<string, ZoneRecord[]>>();
  for (const record of zone.records) {
    const name = foldName(record.name);
    const type = mnemonicOf(record);
    const node = filled.get(name) ?? new Map<string, ZoneRecord[]>();
    const same = node.get(type);
    if (same === undefined) node.set(type, [record]);
    else same.push(record);
    const known = nodes.has(name);
    filled.set(name, node);
    nodes.set(name, node);
    if (known) continue;
    for (let at = parentOf(name); at !== null && !nodes.has(at); at = parentOf(at)) nodes.set(at, NONE);
    if (nodes.size > MAX_NAMES) throw new ZoneFileError(zone.file, record.line, `more than ${MAX_NAMES} names: that is more than is read`);
  }
  const soa = nodes.get(origin)?.get("SOA")?.[0];
  return { zone, origin, nodes, soa: soa?.type === "SOA" ? soa : null };
}

export function mnemonicOf(record: ZoneRecord): string {
  return record.type === "OTHER" ? record.data.mnemonic : record.type;
}

/** `name` is in normal form and within the zone. */
export function lookUp(index: ZoneIndex, name: string, type: ZoneRecordType): ZoneAnswer {
  const wanted = foldName(name);
  /** From the zone's own name down to the name itself, or to the closest that exists (RFC 4592, 3.3.1). */
  let encloser = index.origin;
  for (const at of downTo(wanted, index.origin)) {
    const here = index.nodes.get(at);
    if (here === undefined) break;
    encloser = at;
    if (at !== index.origin && here.has("NS")) return { kind: "delegated" };
    const dname = at === wanted ? undefined : here.get("DNAME")?.[0];
    if (dname?.type === "OTHER") return substituted(name, at, dname);
  }
  if (encloser === wanted) return from(index, index.nodes.get(wanted) ?? NONE, type, null);
  const wildcard = `*.${encloser}`;
  const source = index.nodes.get(encloser === "." ? "*" : wildcard);
  // A wildcard whose NS records would delegate every name is left to real DNS (RFC 4592, 4.2).
  if (source?.has("NS") === true) return { kind: "delegated" };
  return source === undefined ? { kind: "nxdomain" } : from(index, source, type, wildcard);
}

function from(index: ZoneIndex, node: Node, type: ZoneRecordType, wildcard: string | null): ZoneAnswer {
  const records = node.get(type);
  if (records !== undefined) return { kind: "records", records, wildcard };
  const [cname] = node.get("CNAME") ?? [];
  if (cname?.type === "CNAME") {
    const isFlattened = cname.proxied === true || (index.zone.cloudflare && foldName(cname.name) === index.origin);
    const isOfOthers = isFlattened && type !== "A" && type !== "AAAA" && type !== "CNAME";
    if (!isOfOthers) return { kind: "alias", target: cname.data.target, via: cname, seen: !isFlattened, wildcard };
  }
  const isAddress = type === "A" || type === "AAAA";
  const [alias] = isAddress ? (node.get("ALIAS") ?? node.get("ANAME") ?? []) : [];
  if (alias?.type === "OTHER") {
    const target = aliasTarget(index, alias.data.text);
    return target === null ? { kind: "unknown", via: alias, wildcard } : { kind: "alias", target, via: alias, seen: false, wildcard };
  }
  const via = madeWhenAsked(node, type);
  return via === null ? { kind: "nodata", wildcard } : { kind: "unknown", via, wildcard };
}

/** Null for what isn't a name. */
function aliasTarget({ origin }: ZoneIndex, text: string): string | null {
  return /^[^\s"]+$/.test(text) && text !== origin ? text : null;
}

/** PowerDNS' LUA records say which type they make; a type of some server's own may stand for any address. */
function madeWhenAsked(node: Node, type: ZoneRecordType): ZoneRecord | null {
  for (const [mnemonic, records] of node) {
    const isOwn = !isKnownType(mnemonic) || OF_SERVERS.has(mnemonic);
    if (mnemonic !== "LUA" && !(isOwn && (type === "A" || type === "AAAA"))) continue;
    const found = records.find(
      (record) => record.type === "OTHER" && (mnemonic !== "LUA" || new RegExp(`^"?${type}\\b`, "i").test(record.data.text)),
    );
    if (found !== undefined) return found;
  }
  return null;
}

/** PowerDNS' ALIAS and LUA by their numbers. */
const OF_SERVERS = new Set(["TYPE65401", "TYPE65402", "WINS"]);

function substituted(name: string, owner: string, dname: Extract<ZoneRecord, { type: "OTHER" }>): ZoneAnswer {
  const front = name.slice(0, name.length - owner.length - 1);
  const target = dname.data.text === "." ? front : `${front}.${dname.data.text}`;
  // The wire form has one octet more in front and one at the end; escapes only make the text longer than it is.
  if (target.replace(/\\(?:\d{3}|.)/g, "x").length > 253) return { kind: "too-long" };
  return { kind: "alias", target, via: dname, seen: true, wildcard: null };
}

/** The zone's name, then each name below it on the way to `name`. All folded. */
function downTo(name: string, origin: string): string[] {
  const names: string[] = [];
  for (let at: string | null = name; at !== null && isWithin(at, origin); at = parentOf(at)) names.push(at);
  return names.reverse();
}
