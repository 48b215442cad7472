/**
 * Reads a master file (RFC 1035, 5; $TTL: RFC 2308, 4): directives, owners, TTLs and classes. Pure; bounded in everything; time grows with
 * the size only.
 */
import { entriesOf, type Entry, type Token } from "./entries.ts";
import { FieldError, isIpv4, isIpv6, isTtl, quoted, ttlOf } from "./fields.ts";
import { mistakesIn, type WrittenName } from "./mistakes.ts";
import { absoluteName, BadNameError, foldName, isAbsolute, isWithin, NoOriginError } from "./names.ts";
import { namesIn, recordData, recordType, SrvFieldsError } from "./record-data.ts";
import type { ZoneMistake } from "../facts/facts.ts";
import { ZoneFileError, type Zone, type ZoneRecord } from "./zone.ts";

/** Characters: 64 MiB of ASCII. Whoever reads the file stops there, too. */
export const MAX_ZONE_FILE = 64 * 1024 * 1024;
const MAX_RECORDS = 500_000;

/**
 * Reads a master file. `origin` is the zone's name (with or without the final dot) when the file doesn't say it itself; `file` is how the
 * file is called in messages. Typical mistakes don't end the reading: they are in `mistakes`, each with its line.
 * @throws ZoneFileError for everything that is no master file
 */
export function parseZoneFile(text: string, { file, origin }: { file: string; origin?: string }): Zone {
  if (text.length > MAX_ZONE_FILE)
    throw new ZoneFileError(file, 0, `more than ${MAX_ZONE_FILE / 1024 / 1024} MiB: that is more than is read`);
  if (text.startsWith("\ufeff")) throw new ZoneFileError(file, 1, "the file begins with a byte order mark: save it as UTF-8 without one");
  const reader = new Reader(file, givenOrigin(file, origin));
  for (const entry of entriesOf(text, file)) reader.read(entry);
  return reader.zone();
}

function givenOrigin(file: string, origin: string | undefined): string | null {
  if (origin === undefined) return null;
  try {
    return absoluteName(isAbsolute(origin) ? origin : `${origin}.`, null);
  } catch (error) {
    throw new ZoneFileError(file, 0, `${quoted(origin)} is no name of a zone: ${error instanceof Error ? error.message : String(error)}`);
  }
}

class Reader {
  readonly #file: string;
  readonly #given: string | null;
  /** The present $ORIGIN. */
  #origin: string | null;
  #firstOrigin: string | null = null;
  /** $TTL. */
  #defaultTtl: number | null = null;
  #lastTtl: number | null = null;
  #owner: string | null = null;
  readonly #records: ZoneRecord[] = [];
  readonly #written: WrittenName[] = [];
  readonly #mistakes: ZoneMistake[] = [];

  constructor(file: string, given: string | null) {
    this.#file = file;
    this.#given = given;
    this.#origin = given;
  }

  read(entry: Entry): void {
    try {
      const [first] = entry.tokens;
      if (!entry.startsBlank && !first.quoted && first.text.startsWith("$")) this.#directive(first, entry.tokens.slice(1));
      else this.#record(entry);
    } catch (error) {
      if (error instanceof FieldError) throw this.#fault(entry.line, error.message);
      if (error instanceof BadNameError)
        throw this.#fault(
          entry.line,
          `${error.message}: names are letters, digits, hyphens, underscores and dots; everything else is written as \\DDD`,
        );
      if (error instanceof NoOriginError)
        throw this.#fault(
          entry.line,
          `a name is relative, and the file doesn't say to which zone: write --zone-file ${this.#file}@example.com, or begin the file with $ORIGIN example.com.`,
        );
      throw error;
    }
  }

  #fault(line: number, problem: string): ZoneFileError {
    return new ZoneFileError(this.#file, line, problem);
  }

  #directive(name: Token, [value, ...rest]: Token[]): void {
    const directive = name.text.toUpperCase();
    if (directive === "$INCLUDE")
      throw new FieldError(
        "$INCLUDE is not followed: put the included file's records here, or check the zone as the server has it (named-compilezone -o -)",
      );
    if (directive === "$GENERATE")
      throw new FieldError(
        "$GENERATE is not understood: write its records out, or check the zone as the server has it (named-compilezone -o -)",
      );
    if (directive !== "$ORIGIN" && directive !== "$TTL") throw new FieldError(`${quoted(name.text)} is no directive: $ORIGIN and $TTL are`);
    if (value === undefined || rest.length > 0)
      throw new FieldError(`${directive} is followed by one value, such as ${directive === "$TTL" ? "3600" : "example.com."}`);
    if (directive === "$TTL") this.#defaultTtl = ttlOf(value.text);
    else {
      const before = this.#origin;
      if (before === null && !isAbsolute(value.text))
        throw new FieldError(`$ORIGIN ${quoted(value.text)} has no final dot: write $ORIGIN ${value.text.slice(0, 80)}.`);
      this.#origin = absoluteName(value.text, before);
      this.#firstOrigin ??= this.#origin;
      this.#noteName("owner", this.#origin, "$ORIGIN", value, before);
    }
  }

  #record({ line, startsBlank, tokens }: Entry): void {
    const [first] = tokens;
    const named = startsBlank ? null : first;
    if (named !== null)
      this.#owner = named.quoted
        ? fail(`the name ${quoted(named.text)} stands in quotes: remove them`)
        : absoluteName(named.text, this.#origin);
    const name =
      this.#owner ??
      fail("the line begins with a blank, which means the name of the record before, and there is none: begin it with a name");
    const { ttl, type, data } = preamble(named === null ? tokens : tokens.slice(1));
    let record: ZoneRecord;
    try {
      const read = recordData(type, data, this.#origin);
      if (this.#records.length === MAX_RECORDS) throw new FieldError(`more than ${MAX_RECORDS} records: that is more than is read`);
      record = { ...read, name, ttl: this.#ttl(ttl, read.type === "SOA" ? read.data.minimum : null), line };
    } catch (error) {
      if (!(error instanceof SrvFieldsError)) throw error;
      this.#mistakes.push({
        kind: "srv-fields",
        line,
        name,
        type,
        written: data
          .map(({ text }) => text)
          .join(" ")
          .slice(0, 200),
        became: null,
        meant: null,
        otherLines: [],
      });
      return;
    }
    if (record.type === "SOA" && named !== null) this.#checkSoaOwner(named.text, name);
    this.#records.push(record);
    if (named !== null) this.#noteName("owner", name, type, named, this.#origin);
    for (const token of namesIn(type, data)) this.#noteName("target", name, type, token, this.#origin);
  }

  /** RFC 2308, 4: $TTL, else that of the record before; before any of them what the SOA says, as BIND does. */
  #ttl(written: number | null, minimum: number | null): number {
    if (written !== null) return (this.#lastTtl = written);
    return (
      this.#defaultTtl ??
      this.#lastTtl ??
      (this.#lastTtl = minimum ?? fail("the record has no TTL, and there is none before it: begin the file with $TTL 3600"))
    );
  }

  /** Where the zone's own name lacks the dot, nothing after it would mean what it says. */
  #checkSoaOwner(written: string, name: string): void {
    if (this.#origin === null || isAbsolute(written) || !isWithin(foldName(written), foldName(this.#origin))) return;
    throw new FieldError(`the SOA record's name ${quoted(written)} has no final dot, so it means ${name}: write ${written}. or @`);
  }

  /** Keeps those names that may lack their final dot, or are addresses. */
  #noteName(role: WrittenName["role"], name: string, type: string, { text, line }: Token, origin: string | null): void {
    const isAddress = role === "target" && (isIpv4(text.replace(/\.$/, "")) || isIpv6(text));
    if (origin === null || (!isAddress && (isAbsolute(text) || !text.includes(".")))) return;
    this.#written.push({ role, name, type, line, written: text, became: absoluteName(text, origin), origin, isAddress });
  }

  zone(): Zone {
    const [soa] = this.#records.filter(({ type }) => type === "SOA");
    const origin = this.#given ?? soa?.name ?? this.#firstOrigin;
    if (origin === null) {
      throw this.#fault(
        0,
        `the file has no SOA record and no $ORIGIN, so it doesn't say which zone it is: write --zone-file ${this.#file}@example.com`,
      );
    }
    if (soa !== undefined && foldName(soa.name) !== foldName(origin)) {
      throw this.#fault(
        soa.line,
        `the SOA record is that of ${soa.name}, but the zone is to be ${origin}: write --zone-file ${this.#file}@${soa.name} if that is the zone`,
      );
    }
    return mistakesIn({ file: this.#file, origin, records: this.#records, mistakes: this.#mistakes }, this.#written);
  }
}

/** TTL and class in either order, both optional, then the type and its data. */
function preamble(tokens: readonly Token[]): { ttl: number | null; type: string; data: Token[] } {
  let ttl: number | null = null;
  let hasClass = false;
  for (const [index, { text, quoted: inQuotes }] of tokens.entries()) {
    if (inQuotes) break;
    if (ttl === null && isTtl(text)) ttl = ttlOf(text);
    else if (!hasClass && /^(?:IN|CLASS1)$/i.test(text)) hasClass = true;
    else if (/^(?:CH|HS|CS|CHAOS|CLASS\d+)$/i.test(text))
      throw new FieldError(`the class ${quoted(text)}: only IN, the Internet's, can be asked for`);
    else {
      const type = recordType(text);
      if (type === null) break;
      return { ttl, type, data: tokens.slice(index + 1) };
    }
  }
  const [wrong] = tokens.filter(({ text, quoted: inQuotes }) => inQuotes || (!isTtl(text) && !/^(?:IN|CLASS1)$/i.test(text)));
  if (wrong === undefined)
    throw new FieldError("the record has no type: after the name come TTL, class (IN) and a type such as A, CNAME or SRV");
  throw new FieldError(`${quoted(wrong.text)} is no record type, such as A, AAAA, CNAME, SRV or TYPE65534`);
}

function fail(problem: string): never {
  throw new FieldError(problem);
}
