/**
 * The table that the lab's DNS server answers from, and the answers themselves. Written with dns-packet, so that what src/ reads was
 * written by somebody else.
 */
import { type Answer, encode, type RecordType } from "dns-packet";

export type LabRecordType = "A" | "AAAA" | "SRV" | "CNAME" | "NS" | "SOA" | "TXT";
export type LabTransport = "udp" | "tcp" | "tls" | "https";

export interface LabQuery {
  /** Lower case, without the final dot. */
  name: string;
  type: string;
  transport: LabTransport;
  id: number;
  recursionDesired: boolean;
  ad: boolean;
  cd: boolean;
  /** The UDP payload size of the OPT record; null without one. */
  edns: number | null;
  clientPort: number;
}

export interface LabBehaviour {
  /**
   * A, AAAA: addresses. CNAME, NS, TXT: text. SRV: `"priority weight port target"`. SOA: `"mname rname serial refresh retry expire
   * minimum"`.
   */
  records?: string[];
  /** Seconds, of each record; default 300. May be more than 2³¹. */
  ttl?: number;
  delayMs?: number;
  /** No answer at all. */
  drop?: boolean;
  /** This RCODE, without records. */
  rcode?: "FORMERR" | "SERVFAIL" | "NXDOMAIN" | "NOTIMP" | "REFUSED" | "YXDOMAIN";
  /** Extended DNS Errors, when the query has an OPT record. */
  ede?: { code: number; text: string }[];
  /** SERVFAIL with this Extended DNS Error, unless CD=1. */
  bogus?: { code: number; text: string };
  authenticated?: boolean;
  /** The AA bit; by default as the server's `authoritative`. */
  authoritative?: boolean;
  /** The SOA of a negative answer; null for none. */
  soa?: { ttl: number; minimum: number } | null;
  /** Bytes that are no DNS message, instead of the answer. */
  garbage?: boolean;
  /** Before the right answer, or (`"only"`) instead of it, one with another id, question or without the QR bit. */
  wrongId?: boolean | "only";
  wrongQuestion?: boolean | "only";
  notResponse?: boolean | "only";
  /** Over UDP only TC and no records. Answers that are too long get that anyway. */
  truncate?: boolean;
  /** FORMERR to queries with an OPT record; `"header"`: and nothing but the header. */
  formerrToEdns?: boolean | "header";
  /** A CNAME is given without what it leads to. */
  stopAtCname?: boolean;
  /** The bytes to send, made from the query. */
  raw?: (query: LabQuery) => Buffer;
}

export type LabRecords = string[] | LabBehaviour | "NXDOMAIN" | "SERVFAIL" | "REFUSED" | "drop";
/** `any` is for every type that isn't mentioned. A function is asked each time. */
export type LabEntry =
  Partial<Record<LabRecordType | "any", LabRecords | ((query: LabQuery) => LabRecords)>> | "NXDOMAIN" | "SERVFAIL" | "REFUSED" | "drop";
/** Names in lower case, without the final dot. */
export type LabZone = Record<string, LabEntry>;

export interface LabSettings {
  zone: LabZone;
  authenticated: boolean;
  authoritative?: boolean;
  soa: { ttl: number; minimum: number } | null;
}

const DEFAULT_TTL = 300;
const RCODES = { NOERROR: 0, FORMERR: 1, SERVFAIL: 2, NXDOMAIN: 3, NOTIMP: 4, REFUSED: 5, YXDOMAIN: 6 };
const FLAG_AA = 0x0400;
const FLAG_TC = 0x0200;
const FLAG_RD = 0x0100;
const FLAG_RA = 0x0080;
const FLAG_AD = 0x0020;
const FLAG_CD = 0x0010;

/** The packets that go out for a query, and how long they wait. */
export function respond(
  query: LabQuery,
  settings: LabSettings,
  onUndeclared: (name: string) => void,
): { answers: Buffer[]; delayMs: number } {
  const first = behaviourOf(query.name, query, settings.zone);
  let delayMs = first?.delayMs ?? 0;
  if (first?.drop === true) return { answers: [], delayMs };
  if (first?.raw !== undefined) return { answers: [first.raw(query)], delayMs };
  if (first?.garbage === true) return { answers: [Buffer.from("this is not a DNS message, whatever it may be")], delayMs };

  const answers: Answer[] = [];
  let behaviour = first;
  let name = query.name;
  const seen = new Set<string>();
  while (behaviour !== null) {
    const cname: string | undefined = query.type === "CNAME" ? undefined : cnameOf(name, query, settings.zone);
    if (behaviour.records !== undefined || cname === undefined || behaviour.rcode !== undefined || seen.has(name)) break;
    seen.add(name);
    const link: LabBehaviour | null = behaviourOf(name, { ...query, type: "CNAME" }, settings.zone);
    answers.push({ type: "CNAME", name, ttl: link?.ttl ?? DEFAULT_TTL, data: cname });
    if (link?.stopAtCname === true) return { answers: packets(query, first, settings, answers, "NOERROR", null), delayMs };
    name = cname.toLowerCase();
    behaviour = behaviourOf(name, query, settings.zone);
    if (behaviour?.drop === true) return { answers: [], delayMs };
    delayMs += behaviour?.delayMs ?? 0;
  }
  if (behaviour === null) {
    onUndeclared(name);
    return { answers: packets(query, first, settings, answers, "NXDOMAIN", soaFor(name, settings)), delayMs };
  }
  let rcode: keyof typeof RCODES = behaviour.rcode ?? "NOERROR";
  if (behaviour.formerrToEdns !== undefined && behaviour.formerrToEdns !== false && query.edns !== null) rcode = "FORMERR";
  if (behaviour.bogus !== undefined && !query.cd) rcode = "SERVFAIL";
  if (rcode === "NOERROR" && !seen.has(name)) answers.push(...recordsOf(name, query.type, behaviour));
  const negative =
    (rcode === "NOERROR" && !answers.some((record) => record.type === query.type) && !seen.has(name)) || rcode === "NXDOMAIN";
  const soa =
    behaviour.soa === undefined ? soaFor(name, settings) : behaviour.soa === null ? null : { owner: parent(name), ...behaviour.soa };
  return { answers: packets(query, { ...behaviour, ...first }, settings, answers, rcode, negative ? soa : null), delayMs };
}

/** What the table says for that name and type: null when the name isn't declared, an empty behaviour for NODATA. */
function behaviourOf(name: string, query: LabQuery, zone: LabZone): LabBehaviour | null {
  const entry = entryOf(name, zone);
  if (entry === null) return null;
  if (typeof entry === "string") return named(entry);
  const told = entry[query.type as LabRecordType] ?? entry.any;
  if (told === undefined) return {};
  const records = typeof told === "function" ? told(query) : told;
  if (typeof records === "string") return named(records);
  return Array.isArray(records) ? { records } : records;
}

function named(short: "NXDOMAIN" | "SERVFAIL" | "REFUSED" | "drop"): LabBehaviour {
  return short === "drop" ? { drop: true } : { rcode: short };
}

/** The entry for a name, an empty one for a name between declared ones, or that of the wildcard at the closest encloser (RFC 4592, 3.3). */
function entryOf(name: string, zone: LabZone): LabEntry | null {
  if (Object.hasOwn(zone, name)) return zone[name] ?? null;
  const between = namesBetween(zone);
  if (between.has(name)) return {};
  for (let rest = parent(name); rest !== "."; rest = parent(rest)) {
    if (Object.hasOwn(zone, `*.${rest}`)) return zone[`*.${rest}`] ?? null;
    if (Object.hasOwn(zone, rest) || between.has(rest)) return null;
  }
  return null;
}

const betweenOf = new WeakMap<LabZone, { size: number; names: Set<string> }>();

/** The names that have no entry, but names below them have. Kept as long as the table doesn't grow or shrink: zones may be large. */
function namesBetween(zone: LabZone): Set<string> {
  const keys = Object.keys(zone);
  const known = betweenOf.get(zone);
  if (known?.size === keys.length) return known.names;
  const names = new Set<string>();
  for (const key of keys) for (let at = parent(key); at !== "."; at = parent(at)) names.add(at);
  betweenOf.set(zone, { size: keys.length, names });
  return names;
}

function cnameOf(name: string, query: LabQuery, zone: LabZone): string | undefined {
  const entry = entryOf(name, zone);
  if (entry === null || typeof entry === "string" || entry.CNAME === undefined) return undefined;
  return behaviourOf(name, { ...query, type: "CNAME" }, zone)?.records?.[0];
}

function soaFor(name: string, { zone, soa }: LabSettings): { owner: string; ttl: number; minimum: number } | null {
  for (let at = name; at !== "."; at = parent(at)) {
    const entry = Object.hasOwn(zone, at) ? zone[at] : undefined;
    const told = typeof entry === "object" ? entry.SOA : undefined;
    if (told === undefined || typeof told === "function" || typeof told === "string") continue;
    const { records = [], ttl = DEFAULT_TTL } = Array.isArray(told) ? { records: told } : told;
    return { owner: at, ttl, minimum: Number(records[0]?.split(/\s+/)[6] ?? 0) };
  }
  return soa === null ? null : { owner: parent(name), ...soa };
}

function parent(name: string): string {
  const dot = name.indexOf(".");
  return dot === -1 ? "." : name.slice(dot + 1);
}

function recordsOf(name: string, type: string, { records = [], ttl = DEFAULT_TTL }: LabBehaviour): Answer[] {
  return records.map((text): Answer => {
    const words = text.split(/\s+/);
    const [one = "", two = "", three = "", four = "", five = "", six = "", seven = ""] = words;
    switch (type) {
      case "SRV":
        return { type, name, ttl, data: { priority: Number(one), weight: Number(two), port: Number(three), target: four } };
      case "SOA": {
        const [serial, refresh, retry, expire, minimum] = [three, four, five, six, seven].map(Number);
        return { type, name, ttl, data: { mname: one, rname: two, serial, refresh, retry, expire, minimum } };
      }
      case "TXT":
        return { type, name, ttl, data: text };
      case "A":
      case "AAAA":
      case "CNAME":
      case "NS":
        return { type, name, ttl, data: text };
      default:
        throw new Error(`the lab has no ${type} records`);
    }
  });
}

function packets(
  query: LabQuery,
  behaviour: LabBehaviour | null,
  settings: LabSettings,
  answers: Answer[],
  rcode: keyof typeof RCODES,
  soa: { owner: string; ttl: number; minimum: number } | null,
): Buffer[] {
  const told = behaviour ?? {};
  const ede = [...(told.ede ?? []), ...(told.bogus !== undefined && rcode === "SERVFAIL" ? [told.bogus] : [])];
  const authorities: Answer[] =
    soa === null
      ? []
      : [
          {
            type: "SOA",
            name: soa.owner,
            ttl: soa.ttl,
            data: { mname: "ns.invalid", rname: "hostmaster.invalid", serial: 1, minimum: soa.minimum },
          },
        ];
  const write = (change: { id?: number; name?: string; flags?: number; truncated?: boolean; headerOnly?: boolean } = {}): Buffer => {
    const ad = (told.authenticated ?? settings.authenticated) && rcode !== "SERVFAIL";
    const aa = told.authoritative ?? (settings.authoritative === true && ["NOERROR", "NXDOMAIN"].includes(rcode));
    const flags =
      (aa ? FLAG_AA : FLAG_RA) |
      RCODES[rcode] |
      (query.recursionDesired ? FLAG_RD : 0) |
      (ad ? FLAG_AD : 0) |
      (query.cd ? FLAG_CD : 0) |
      (change.truncated === true ? FLAG_TC : 0);
    const bare = change.truncated === true || change.headerOnly === true;
    const packet = encode({
      type: "response",
      id: change.id ?? query.id,
      flags,
      questions: change.headerOnly === true ? [] : [{ name: change.name ?? query.name, type: query.type as RecordType }],
      answers: bare ? [] : answers,
      authorities: bare ? [] : authorities,
      additionals: query.edns === null || change.headerOnly === true ? [] : [opt(ede)],
    });
    if (change.flags !== undefined) packet.writeUInt16BE(change.flags, 2);
    return packet;
  };
  const before: Buffer[] = [];
  const strays = [
    [told.wrongId, write({ id: query.id ^ 1 })],
    [told.wrongQuestion, write({ name: `other.${query.name}` })],
    [told.notResponse, write({ flags: FLAG_RD })],
  ] as const;
  for (const [wanted, packet] of strays) if (wanted !== undefined && wanted !== false) before.push(packet);
  if (strays.some(([wanted]) => wanted === "only")) return before;
  if (rcode === "FORMERR" && told.formerrToEdns === "header") return [...before, write({ headerOnly: true })];
  const whole = write();
  const tooLong = query.transport === "udp" && (told.truncate === true || whole.length > (query.edns ?? 512));
  return [...before, tooLong ? write({ truncated: true }) : whole];
}

function opt(ede: { code: number; text: string }[]): Answer {
  const options = ede.map(({ code, text }) => {
    const data = Buffer.concat([Buffer.alloc(2), Buffer.from(text)]);
    data.writeUInt16BE(code);
    return { code: 15, data };
  });
  // dns-packet's types don't know the option.
  return {
    type: "OPT",
    name: ".",
    udpPayloadSize: 1232,
    extendedRcode: 0,
    ednsVersion: 0,
    flags: 0,
    flag_do: false,
    options: options as never,
  };
}
