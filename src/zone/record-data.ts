/**
 * The fields of a record after its type: RFC 1035, 3.3 and 3.4; RFC 2782 (SRV); 3596 (AAAA); 6698 (TLSA); 8659 (CAA); 3597 (unknown types).
 */
import { readName } from "../facts/domain-name.ts";
import type { Token } from "./entries.ts";
import { FieldError, genericData, ipv4, ipv6, octets, quoted, ttlOf, unsigned } from "./fields.ts";
import { absoluteName } from "./names.ts";
import { editDistance } from "./spelling.ts";
import type { ZoneRecord } from "./zone.ts";

type TypeAndData = ZoneRecord extends infer R ? (R extends ZoneRecord ? Pick<R, "type" | "data"> : never) : never;

/** An SRV record with other fields than it must have. */
export class SrvFieldsError extends Error {}

/** Types whose data is read; for TYPE33 and the like. */
const NUMBERS: Readonly<Record<string, string>> = {
  TYPE1: "A",
  TYPE2: "NS",
  TYPE5: "CNAME",
  TYPE6: "SOA",
  TYPE15: "MX",
  TYPE16: "TXT",
  TYPE28: "AAAA",
  TYPE33: "SRV",
  TYPE52: "TLSA",
  TYPE257: "CAA",
};

/** Types whose data is kept as it is: IANA's registry, and what servers have beside it (ALIAS, ANAME, LUA, …). */
const OPAQUE = new Set(
  (
    "A6 AFSDB ALIAS AMTRELAY ANAME APL ATMA AVC BRID CDNSKEY CDS CERT CLA CSYNC DELEG DHCID DLV DNAME DNSKEY DOA DS DSYNC EID EUI48 EUI64 GID GPOS HHIT HINFO HIP HTTPS IPN IPSECKEY " +
    "ISDN KEY KX L32 L64 LOC LP LUA MB MD MF MG MINFO MR NAPTR NID NIMLOC NINFO NSAP NSAP-PTR NSEC NSEC3 NSEC3PARAM NULL NXT OPENPGPKEY PTR PX RESINFO RKEY RP RRSIG RT SIG SINK SMIMEA " +
    "SPF SSHFP SVCB TA TALINK UID UINFO UNSPEC URI WALLET WINS WINSR WKS X25 ZONEMD"
  ).split(" "),
);
/** Of those, the ones that are a name and nothing else. */
const NAME_ONLY = new Set(["ALIAS", "ANAME", "DNAME", "PTR"]);

/** The type's mnemonic; null when there is none of that name. */
export function recordType(text: string): string | null {
  const upper = text.toUpperCase();
  if (/^TYPE\d{1,5}$/.test(upper) && Number(upper.slice(4)) <= 65_535) {
    const known = `TYPE${Number(upper.slice(4))}`;
    return NUMBERS[known] ?? known;
  }
  return Object.hasOwn(READERS, upper) || OPAQUE.has(upper) ? upper : null;
}

/** IANA's types, and those that some servers have beside them; TYPE65534 and the like among them. */
export function isKnownType(mnemonic: string): boolean {
  return recordType(mnemonic) !== null;
}

/** Is it a word as types are, of whatever server? */
export function isTypeWord(text: string): boolean {
  return /^[a-z][a-z0-9_-]{0,30}$/i.test(text) && !/^TYPE\d+$/i.test(text);
}

/** Types that servers have beside IANA's and that are no slip of the pen. */
const SERVERS_OWN = new Set(["AAAAS", "AWS", "CAN", "APP", "SRVS"]);

/** The type that is asked for and that the word is a misspelling of: `SVR`, `AAA`, `CNMAE`. */
export function looksLikeType(text: string): "A" | "AAAA" | "CNAME" | "SRV" | null {
  const word = text.toUpperCase();
  if (SERVERS_OWN.has(word) || word.length < 2) return null;
  return (["AAAA", "CNAME", "SRV"] as const).find((type) => editDistance(word, type, 1) <= 1) ?? null;
}

/** How many fields a record of the type has; null where their number differs. */
export function fieldCount(type: string): number | null {
  return FIELD_COUNTS[type] ?? (NAME_ONLY.has(type) ? 1 : null);
}

const FIELD_COUNTS: Readonly<Record<string, number>> = { A: 1, AAAA: 1, CNAME: 1, NS: 1, MX: 2, SRV: 4, SOA: 7, CAA: 3 };

/** Reads the fields of a record. `origin` completes relative names. @throws FieldError, SrvFieldsError, and what `absoluteName` throws */
export function recordData(type: string, tokens: readonly Token[], origin: string | null): TypeAndData {
  const reader = Object.hasOwn(READERS, type) ? READERS[type] : undefined;
  const [first] = tokens;
  if (first?.text === "\\#" && !first.quoted) return genericRecord(type, genericData(tokens));
  if (reader !== undefined) return reader(tokens, origin);
  if (tokens.length === 0) throw new FieldError(`the ${type} record has no data`);
  if (/^TYPE\d/.test(type)) throw new FieldError(`the data of ${type} must be written as \\# length hex (RFC 3597, 5)`);
  const words = tokens.map(({ text, quoted: inQuotes }) => (inQuotes ? `"${text}"` : text));
  if (NAME_ONLY.has(type))
    return { type: "OTHER", data: { mnemonic: type, text: absoluteName(fields(type, tokens, ["target"])[0].text, origin) } };
  return { type: "OTHER", data: { mnemonic: type, text: words.join(" ") } };
}

/** The names in a record's fields, as written. */
export function namesIn(type: string, tokens: readonly Token[]): Token[] {
  const from = type === "SRV" ? 3 : type === "MX" ? 1 : 0;
  // Nobody looks those of an SOA record up, and Azure's export has no final dot there.
  if (type === "SOA") return [];
  return type === "CNAME" || type === "NS" || from > 0 || NAME_ONLY.has(type) ? tokens.slice(from, from + 1) : [];
}

const READERS: Readonly<Record<string, (tokens: readonly Token[], origin: string | null) => TypeAndData>> = {
  A: (tokens) => ({ type: "A", data: { address: ipv4(fields("A", tokens, ["address"])[0].text) } }),
  AAAA: (tokens) => ({ type: "AAAA", data: { address: ipv6(fields("AAAA", tokens, ["address"])[0].text) } }),
  CNAME: (tokens, origin) => ({ type: "CNAME", data: { target: absoluteName(fields("CNAME", tokens, ["target"])[0].text, origin) } }),
  NS: (tokens, origin) => ({ type: "NS", data: { target: absoluteName(fields("NS", tokens, ["nameserver"])[0].text, origin) } }),
  MX(tokens, origin) {
    const [preference, target] = fields("MX", tokens, ["preference", "mail server"]);
    return { type: "MX", data: { preference: unsigned(preference.text, 65_535, "preference"), target: absoluteName(target.text, origin) } };
  },
  SRV(tokens, origin) {
    const [priority, weight, port, target] = tokens;
    if (priority === undefined || weight === undefined || port === undefined || target === undefined || tokens.length !== 4)
      throw new SrvFieldsError();
    if ([priority, weight, port].some(({ text }) => !/^\d{1,5}$/.test(text) || Number(text) > 65_535)) throw new SrvFieldsError();
    return {
      type: "SRV",
      data: {
        priority: unsigned(priority.text, 65_535, "priority"),
        weight: unsigned(weight.text, 65_535, "weight"),
        port: unsigned(port.text, 65_535, "port"),
        target: absoluteName(target.text, origin),
      },
    };
  },
  SOA(tokens, origin) {
    const [mname, rname, serial, refresh, retry, expire, minimum] = fields("SOA", tokens, [
      "nameserver",
      "mailbox",
      "serial",
      "refresh",
      "retry",
      "expire",
      "minimum",
    ]);
    return {
      type: "SOA",
      data: {
        mname: absoluteName(mname.text, origin),
        rname: absoluteName(rname.text, origin),
        serial: unsigned(serial.text, 2 ** 32 - 1, "serial"),
        refresh: ttlOf(refresh.text, "refresh time"),
        retry: ttlOf(retry.text, "retry time"),
        expire: ttlOf(expire.text, "expire time"),
        minimum: ttlOf(minimum.text, "minimum"),
      },
    };
  },
  TXT(tokens) {
    if (tokens.length === 0) throw new FieldError("the TXT record has no text: write it in quotes");
    return { type: "TXT", data: { strings: tokens.map((token) => octets(token, 255)) } };
  },
  CAA(tokens) {
    const [flags, tag, value] = fields("CAA", tokens, ["flags", "tag", "value"]);
    if (!/^[a-z0-9]{1,15}$/i.test(tag.text))
      throw new FieldError(`the tag ${quoted(tag.text)} of the CAA record is not a word such as issue`);
    return { type: "CAA", data: { flags: unsigned(flags.text, 255, "flags"), tag: tag.text, value: octets(value, 65_535) } };
  },
  TLSA(tokens) {
    const [usage, selector, matchingType, ...hex] = tokens;
    const certificate = hex
      .map(({ text }) => text)
      .join("")
      .toLowerCase();
    if (usage === undefined || selector === undefined || matchingType === undefined || !/^(?:[0-9a-f]{2})+$/.test(certificate)) {
      throw new FieldError("a TLSA record has usage, selector, matching type and the data in hexadecimal");
    }
    return {
      type: "TLSA",
      data: {
        usage: unsigned(usage.text, 255, "usage"),
        selector: unsigned(selector.text, 255, "selector"),
        matchingType: unsigned(matchingType.text, 255, "matching type"),
        certificate,
      },
    };
  },
};

/** As many tokens as there are names. */
function fields<const N extends readonly string[]>(type: string, tokens: readonly Token[], names: N): { [K in keyof N]: Token } {
  if (tokens.length !== names.length) {
    const wanted = names.length === 1 ? `one field (${names[0] ?? ""})` : `${names.length} fields (${names.join(", ")})`;
    throw new FieldError(
      `the ${type} record has ${tokens.length === 0 ? "no data" : `${tokens.length} ${tokens.length === 1 ? "field" : "fields"}`}; it must have ${wanted}`,
    );
  }
  return tokens as unknown as { [K in keyof N]: Token };
}

/** RFC 3597, 5: a known type in the form for unknown ones means the same as in its own. */
function genericRecord(type: string, data: Buffer): TypeAndData {
  const nameAt = (offset: number): string => {
    const { text, end } = readName(data, offset);
    if (end !== data.length) throw new RangeError();
    return text;
  };
  try {
    switch (type) {
      case "A":
        if (data.length !== 4) throw new RangeError();
        return { type, data: { address: data.join(".") } };
      case "AAAA":
        if (data.length !== 16) throw new RangeError();
        return { type, data: { address: ipv6((data.toString("hex").match(/.{4}/g) ?? []).join(":")) } };
      case "CNAME":
      case "NS":
        return { type, data: { target: nameAt(0) } };
      case "MX":
        return { type, data: { preference: data.readUInt16BE(0), target: nameAt(2) } };
      case "SRV":
        return {
          type,
          data: { priority: data.readUInt16BE(0), weight: data.readUInt16BE(2), port: data.readUInt16BE(4), target: nameAt(6) },
        };
      default:
        return { type: "OTHER", data: { mnemonic: type, text: `\\# ${data.length} ${data.toString("hex")}` } };
    }
  } catch {
    throw new FieldError(`the octets after \\# are no ${type} record (RFC 3597, 5)`);
  }
}
