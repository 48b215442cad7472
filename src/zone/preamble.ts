/** What a line of a zone file says before its data: TTL, class and type (RFC 1035, 5.1). Pure. */
import type { Token } from "./entries.ts";
import { FieldError, isTtl, quoted, ttlOf } from "./fields.ts";
import { recordType } from "./record-data.ts";

/** Not a sign of zone files; people write it all the same. */
export function isCommentSign({ text, quoted: inQuotes }: Token): boolean {
  return !inQuotes && (text.startsWith("#") || text.startsWith("//"));
}

/** What stands between a record's name and its data. */
export interface Preamble {
  /** Seconds. */
  ttl: number | null;
  /** As written. */
  word: string;
  data: Token[];
}

/** TTL and class in either order, both optional, then the type and its data. */
export function preamble(tokens: readonly Token[]): Preamble {
  let ttl: number | null = null;
  let hasClass = false;
  for (const [index, { text, quoted: inQuotes }] of tokens.entries()) {
    if (inQuotes) throw new FieldError(notAType(text));
    // Windows: how old a record is that was made by its host.
    if (/^\[AGE:\d+\]$/i.test(text)) continue;
    if (ttl === null && isTtl(text)) ttl = ttlOf(text);
    else if (!hasClass && /^(?:IN|CLASS1)$/i.test(text)) hasClass = true;
    // cli53's "class" of Route 53's own records.
    else if (!hasClass && text.toUpperCase() === "AWS") return { ttl, word: "AWS", data: tokens.slice(index + 1) };
    else if (/^(?:CH|HS|CS|CHAOS|CLASS\d+)$/i.test(text))
      throw new FieldError(`the class ${quoted(text)}: only IN, the Internet's, can be asked for`);
    else return { ttl, word: text, data: tokens.slice(index + 1) };
  }
  throw new FieldError("the record has no type: after the name come TTL, class (IN) and a type such as A, CNAME or SRV");
}

export function notAType(word: string): string {
  return `${quoted(word)} is not a record type, such as A, AAAA, CNAME, SRV or TYPE65534`;
}

export function isSoa(tokens: readonly Token[]): boolean {
  try {
    return recordType(preamble(tokens).word) === "SOA";
  } catch {
    return false;
  }
}
