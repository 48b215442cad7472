/**
 * Reads a master file (RFC 1035, 5; $TTL: RFC 2308, 4): directives, owners, TTLs and classes. Pure; bounded in everything; time grows with
 * the size only. A line that can't be read is a mistake, and reading goes on.
 */
import { type BrokenEntry, entriesOf, type Entry, type Token, TooBroken } from "./entries.ts";
import { FieldError, quoted, ttlOf } from "./fields.ts";
import { generated } from "./generate.ts";
import { mistakesIn } from "./mistakes.ts";
import { absoluteName, foldName, isAbsolute, isWithin, NoOriginError } from "./names.ts";
import { alsoAt, Notes } from "./notes.ts";
import { notARecord, otherFile, problemOf } from "./other-file.ts";
import { isCommentSign, isSoa, notAType, type Preamble, preamble } from "./preamble.ts";
import { givenOrigin, isExport, mayLackDot, originInComments, originInFileName } from "./origin.ts";
import { fieldCount, isTypeWord, looksLikeType, namesIn, recordData, recordType, SrvFieldsError } from "./record-data.ts";
import type { ZoneMistake } from "../facts/facts.ts";
import { type IncludedFile, ZoneFileError, type Zone, type ZoneRecord } from "./zone.ts";

/** Characters: 64 MiB of ASCII. Whoever reads the file stops there, too. */
export const MAX_ZONE_FILE = 64 * 1024 * 1024;
export const MAX_RECORDS = 500_000;
const MAX_INCLUDE_DEPTH = 8;
/** Seconds, for records without any: as NSD has it. */
const USUAL_TTL = 3600;

export interface ParseOptions {
  /** How the file is called in messages. */
  file: string;
  /** The zone's name (with or without the final dot), when the file doesn't say it itself. */
  origin?: string;
  /** What `$INCLUDE` may include; nothing else is. */
  included?: readonly IncludedFile[];
}

/**
 * Reads a master file. Mistakes don't end the reading: they are in `mistakes`, each with its line.
 * @throws ZoneFileError for everything that is no master file, or whose zone isn't known
 */
export function parseZoneFile(text: string, { file, origin, included = [] }: ParseOptions): Zone {
  const guess = originInComments(text) ?? originInFileName(file);
  const reader = new Reader(file, givenOrigin(file, origin), { guess, isExport: isExport(text) }, included);
  reader.readFile(text, file);
  return reader.zone();
}

class Reader {
  readonly #file: string;
  readonly #notes: Notes;
  readonly #given: string | null;
  /** The zone's name as a comment or the file's name has it. */
  readonly #guess: string | null;
  readonly #isExport: boolean;
  readonly #included: readonly IncludedFile[];
  /** Files that led to the one at hand. */
  #depth = 0;
  #size = 0;
  /** The present $ORIGIN. */
  #origin: string | null;
  #firstOrigin: string | null = null;
  /** The first SOA record's owner, though its data may not be readable. */
  #soaOwner: { name: string; line: number } | null = null;
  /** $TTL. */
  #defaultTtl: number | null = null;
  #lastTtl: number | null = null;
  /** `unreadable`: the last name couldn't be read, and the lines below it belong to it. */
  #owner: string | { unreadable: ZoneMistake } | null = null;
  #marks: string | null = null;
  #isCloudflare = false;
  #noTtl = false;
  readonly #records: ZoneRecord[] = [];

  constructor(
    file: string,
    given: string | null,
    { guess, isExport: exported }: { guess: string | null; isExport: boolean },
    included: readonly IncludedFile[],
  ) {
    this.#file = file;
    this.#notes = new Notes(file);
    this.#given = given;
    this.#guess = guess;
    this.#isExport = exported;
    this.#included = included;
    this.#origin = given;
  }

  readFile(whole: string, file: string): void {
    let text = whole;
    this.#notes.at = file;
    this.#size += text.length;
    if (this.#size > MAX_ZONE_FILE)
      throw new ZoneFileError(file, 0, `more than ${MAX_ZONE_FILE / 1024 / 1024} MiB: that is more than is read`);
    if (text.startsWith("\ufeff")) {
      this.#notes.mistake("byte-order-mark", { line: 1 });
      text = text.slice(1);
    }
    if (text.includes("\r") && !text.includes("\n")) {
      this.#notes.mistake("line-ends", { line: 1 });
      text = text.replaceAll("\r", "\n");
    }
    try {
      for (const entry of entriesOf(text)) {
        if ("problem" in entry) this.#broken(entry);
        else this.#read(entry);
      }
    } catch (error) {
      if (error instanceof TooBroken) throw this.#notes.fault(error.line, error.message);
      throw error;
    }
  }

  #read(entry: Entry): void {
    const { line, startsBlank, tokens } = entry;
    const [first] = tokens;
    if (isCommentSign(first) && this.#isComment(entry)) {
      this.#notes.commentSign({ line });
      return;
    }
    try {
      if (!startsBlank && !first.quoted && first.text.startsWith("$")) this.#directive(first, tokens.slice(1), line);
      else this.#record(entry);
    } catch (error) {
      const problem = problemOf(error);
      if (problem === null && !(error instanceof NoOriginError)) throw error;
      const notRecord = problem ?? notARecord(entry);
      if (notRecord === null) throw this.#withoutOrigin(line);
      this.#notes.unreadable({ line, problem: notRecord });
    }
  }

  /** `#` begins a name, too, if what follows is a record. */
  #isComment({ tokens }: Entry): boolean {
    if (tokens[0].text === "#" || tokens[0].text.startsWith("//")) return true;
    try {
      return recordType(preamble(tokens.slice(1)).word) === null;
    } catch {
      return true;
    }
  }

  /** A line that can't be taken apart: its owner may be known. */
  #broken({ line, startsBlank, tokens, problem }: BrokenEntry): void {
    const [first] = tokens;
    if (first !== undefined && isCommentSign(first)) {
      this.#notes.commentSign({ line });
      return;
    }
    const isDirective = first?.text.startsWith("$") === true && !startsBlank;
    let name = "";
    let type = "";
    try {
      if (!isDirective && (startsBlank || first !== undefined)) {
        name = this.#ownerOf(startsBlank ? null : (first ?? null)) ?? "";
        type = recordType(preamble(tokens.slice(startsBlank ? 0 : 1)).word) ?? "";
      }
    } catch {
      // What isn't known stays empty.
    }
    const unreadable = this.#notes.unreadable({ line, name, type, problem });
    if (name === "" && !isDirective) this.#owner = { unreadable };
  }

  #withoutOrigin(line: number): ZoneFileError {
    return this.#notes.fault(
      line,
      `a name is relative, and the file doesn't say to which zone: write --zone-file ${this.#file}@example.com, or begin the file with $ORIGIN example.com.`,
    );
  }

  /** What completes a relative name here. */
  #completing(): string | null {
    return this.#origin ?? this.#guess;
  }

  #directive(name: Token, values: readonly Token[], line: number): void {
    const directive = name.text.toUpperCase();
    if (directive === "$INCLUDE") {
      this.#include(values, line);
      return;
    }
    if (directive === "$GENERATE") {
      for (const entry of generated(values, line)) this.#record(entry);
      return;
    }
    if (directive !== "$ORIGIN" && directive !== "$TTL")
      throw new FieldError(`${quoted(name.text)} is not a directive: $ORIGIN, $TTL, $INCLUDE and $GENERATE are`);
    const [value, ...more] = values;
    const rest = more.findIndex(isCommentSign);
    if (rest !== -1) this.#notes.commentSign({ line });
    if (value === undefined || (more.length > 0 && rest !== 0))
      throw new FieldError(`${directive} is followed by one value, such as ${directive === "$TTL" ? "3600" : "example.com."}`);
    if (directive === "$TTL") {
      this.#defaultTtl = ttlOf(value.text);
      return;
    }
    const before = this.#completing();
    // Without any origin the name can only be meant in full.
    const isBare = before === null && !isAbsolute(value.text);
    this.#origin = absoluteName(isBare ? `${value.text}.` : value.text, before);
    this.#firstOrigin ??= this.#origin;
    if (isBare) this.#notes.missingDot(value.text, this.#origin, "$ORIGIN", line);
    else this.#notes.name("owner", this.#origin, "$ORIGIN", value, before);
  }

  #include([path, origin, ...rest]: readonly Token[], line: number): void {
    const found = this.#included.find((each) => each.by === this.#notes.at && each.path === path?.text);
    // Whatever stands there may be what the checked names need.
    if (path === undefined || found === undefined || rest.length > 0)
      throw this.#notes.fault(
        line,
        "$INCLUDE is not followed: put the included file's records here, or check the zone as the server has it (named-compilezone -o -)",
      );
    if (this.#depth === MAX_INCLUDE_DEPTH) throw this.#notes.fault(line, `$INCLUDE is nested more than ${MAX_INCLUDE_DEPTH} deep`);
    const before = { at: this.#notes.at, origin: this.#origin, owner: this.#owner };
    if (origin !== undefined) this.#origin = absoluteName(origin.text, this.#completing());
    this.#depth++;
    this.readFile(found.text, found.file);
    this.#depth--;
    // RFC 1035, 5.1: the including file's origin and last name stay.
    this.#notes.at = before.at;
    this.#origin = before.origin;
    this.#owner = before.owner;
  }

  /** Null for a line below a name that couldn't be read. */
  #ownerOf(named: Token | null): string | null {
    if (named === null) {
      const owner =
        this.#owner ??
        fail("the line begins with a blank, which means the name of the record before, and there is none: begin it with a name");
      return typeof owner === "string" ? owner : null;
    }
    if (named.quoted) fail(`the name ${quoted(named.text)} stands in quotes: remove them`);
    return absoluteName(named.text, this.#completing());
  }

  #record(entry: Entry): void {
    const { line, startsBlank, tokens, marks } = entry;
    this.#marks = marks;
    if (marks !== null) this.#isCloudflare = true;
    const fields = startsBlank ? tokens : tokens.slice(1);
    const named = startsBlank ? null : this.#inFull(tokens[0], fields);
    let name: string;
    try {
      const owner = named !== null && isSoa(fields) ? this.#soaName(named, line) : this.#ownerOf(named);
      if (owner === null) {
        const { unreadable } = this.#owner as { unreadable: ZoneMistake };
        alsoAt(unreadable, line);
        return;
      }
      name = owner;
    } catch (error) {
      const problem = problemOf(error);
      if (problem === null) throw error;
      const unreadable = this.#notes.unreadable({ line, problem });
      if (named !== null) this.#owner = { unreadable };
      return;
    }
    this.#owner = name;
    let type = "";
    try {
      const head = preamble(fields);
      const known = recordType(head.word);
      if (known === null) {
        if (!isTypeWord(head.word)) throw new FieldError(notAType(head.word));
        const like = looksLikeType(head.word);
        if (like !== null) {
          type = like;
          throw new FieldError(notAType(head.word));
        }
        this.#unknown(name, head, named, line);
        return;
      }
      type = known;
      const data = this.#withoutComment(known, head.data, name, line);
      const read = recordData(known, data, this.#completing());
      const mailbox = data[1]?.text ?? "";
      if (known === "SOA" && mailbox.includes("@") && mailbox !== "@")
        this.#notes.mistake("mailbox", { line, name, type, written: mailbox });
      this.#keep({ ...read, name, ttl: this.#ttl(head.ttl, read, name, line), line });
      if (named !== null) this.#notes.name("owner", name, type, named, this.#completing());
      for (const token of namesIn(known, data)) this.#notes.name("target", name, type, token, this.#completing());
    } catch (error) {
      if (error instanceof SrvFieldsError) {
        const written = preamble(fields)
          .data.map(({ text }) => text)
          .join(" ")
          .slice(0, 200);
        this.#notes.mistake("srv-fields", { line, name, type, written });
        return;
      }
      const problem = problemOf(error);
      if (problem === null) throw error;
      this.#notes.unreadable({ line, name, type, problem });
      if (type === "SOA") this.#soaOwner ??= { name, line };
    }
  }

  #keep(record: ZoneRecord): void {
    if (this.#records.length === MAX_RECORDS)
      throw this.#notes.fault(record.line, `more than ${MAX_RECORDS} records: that is more than is read`);
    if (record.type === "SOA") {
      this.#soaOwner ??= { name: record.name, line: record.line };
      if (/\.ns\.cloudflare\.com$/i.test(record.data.mname)) this.#isCloudflare = true;
    }
    const proxied = this.#marks !== null && /cf-proxied:true\b/.test(this.#marks);
    this.#records.push({ ...record, ...this.#notes.place, ...(proxied && { proxied }) });
  }

  /** A type that some server has and nobody asks for. It is kept: it may stand for addresses. */
  #unknown(name: string, { word, ttl, data }: Preamble, named: Token | null, line: number): void {
    const mnemonic = word.toUpperCase();
    this.#notes.unknownType(mnemonic, name, line);
    const text = data.map((token) => token.text).join(" ");
    this.#keep({ type: "OTHER", data: { mnemonic, text }, name, ttl: ttl ?? this.#defaultTtl ?? this.#lastTtl ?? USUAL_TTL, line });
    if (named !== null) this.#notes.name("owner", name, mnemonic, named, this.#completing());
  }

  /** The fields before a comment that begins with `#` or `//`, which no type of the checked ones may have. */
  #withoutComment(type: string, data: readonly Token[], name: string, line: number): readonly Token[] {
    const wanted = fieldCount(type);
    const sign = wanted === null ? undefined : data[wanted];
    if (wanted === null || sign === undefined || !isCommentSign(sign)) return data;
    this.#notes.commentSign({ line, name, type });
    return data.slice(0, wanted);
  }

  /** RFC 2308, 4: $TTL, else that of the record before; before any of them what the SOA says, as BIND does. */
  #ttl(written: number | null, read: Pick<ZoneRecord, "type" | "data">, name: string, line: number): number {
    if (written !== null) return (this.#lastTtl = written);
    const known = this.#defaultTtl ?? this.#lastTtl;
    if (known !== null) return known;
    if (read.type === "SOA") return (this.#lastTtl = (read as Extract<ZoneRecord, { type: "SOA" }>).data.minimum);
    if (!this.#noTtl) this.#notes.mistake("no-ttl", { line, name, type: read.type });
    this.#noTtl = true;
    return (this.#lastTtl = USUAL_TTL);
  }

  /** Cloudflare's export has the zone's own name without the dot, and no $ORIGIN: no mistake of whoever has the file from there. */
  #inFull(named: Token, fields: readonly Token[]): Token {
    if (!this.#isExport || this.#firstOrigin !== null || !mayLackDot(named)) return named;
    const zone = this.#completing();
    if (zone === null ? !isSoa(fields) : foldName(named.text) !== foldName(zone)) return named;
    return { ...named, text: `${named.text}.` };
  }

  /** Where the zone's own name lacks the dot, it is meant in full. */
  #soaName(named: Token, line: number): string {
    const { text: written } = named;
    const origin = this.#completing();
    if (!mayLackDot(named) || (origin !== null && (origin === "." || !isWithin(foldName(written), foldName(origin))))) {
      const owner = this.#ownerOf(named) ?? fail("the SOA record has no name");
      if (this.#isExport) this.#origin ??= owner;
      return owner;
    }
    const name = absoluteName(`${written}.`, null);
    this.#notes.missingDot(written, origin === null ? name : absoluteName(written, origin), "SOA", line);
    if (this.#origin === null) this.#origin = name;
    return name;
  }

  zone(): Zone {
    const other = otherFile({ file: this.#file, records: this.#records, mistakes: this.#notes.mistakes, origin: this.#completing() });
    if (other !== null) throw other;
    const soa = this.#soaOwner;
    const origin = this.#given ?? soa?.name ?? (this.#firstOrigin === "." ? null : this.#firstOrigin) ?? this.#guess;
    if (origin === null) {
      throw this.#notes.fault(
        0,
        `the file has no SOA record and no $ORIGIN, so it doesn't say which zone it is: write --zone-file ${this.#file}@example.com`,
      );
    }
    if (soa !== null && foldName(soa.name) !== foldName(origin)) {
      throw this.#notes.fault(
        soa.line,
        `the SOA record is that of ${soa.name}, but the zone is to be ${origin}: write --zone-file ${this.#file}@${soa.name} if that is the zone`,
      );
    }
    const { mistakes, written } = this.#notes;
    return mistakesIn({ file: this.#file, origin, records: this.#records, mistakes, cloudflare: this.#isCloudflare }, written);
  }
}

function fail(problem: string): never {
  throw new FieldError(problem);
}
