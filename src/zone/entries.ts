/** Splits a master file into its entries: the lexical part of RFC 1035, 5.1. One pass; nothing is looked at twice. */
import { ZoneFileError } from "./zone.ts";

export interface Token {
  /** As written, escapes kept, without the surrounding quotes. */
  text: string;
  quoted: boolean;
  line: number;
}

/** A line, or several in parentheses: a record or a directive. Has at least one token. */
export interface Entry {
  line: number;
  /** It begins with blanks: the record belongs to the last name. */
  startsBlank: boolean;
  tokens: [Token, ...Token[]];
}

/** Characters. Real files have lines of some hundred; the longest TXT record, all of it escaped, fits into several. */
export const MAX_LINE = 65_536;
/** Of one entry; the longest RDATA (65,535 octets) in TXT strings as they are commonly split has a tenth of it. */
export const MAX_TOKENS = 4_096;

const CHAR = { tab: 9, newline: 10, return: 13, space: 32, quote: 34, open: 40, close: 41, semicolon: 59, backslash: 92 } as const;

/** @throws ZoneFileError, after the entries before the fault were given */
export function* entriesOf(text: string, file: string): Generator<Entry> {
  let line = 1;
  let lineStart = 0;
  let at = 0;
  /** Lines of the parentheses that are open. */
  let depth = 0;
  let openedAt = 0;
  let entryLine = 1;
  let startsBlank = false;
  let tokens: Token[] = [];

  const fail = (problem: string, where = line): never => {
    throw new ZoneFileError(file, where, problem);
  };

  for (; at <= text.length; at++) {
    const code = at === text.length ? CHAR.newline : text.charCodeAt(at);
    if (at - lineStart > MAX_LINE) fail(`the line has more than ${MAX_LINE} characters: split it with parentheses`);
    switch (code) {
      case CHAR.newline: {
        if (at === text.length && depth > 0)
          fail('the parenthesis "(" that opens here is never closed: add ")" after the last field', openedAt);
        if (depth === 0) {
          const [first, ...rest] = tokens;
          if (first !== undefined) yield { line: entryLine, startsBlank, tokens: [first, ...rest] };
          tokens = [];
          startsBlank = false;
        }
        line++;
        lineStart = at + 1;
        if (depth === 0) entryLine = line;
        continue;
      }
      case CHAR.space:
      case CHAR.tab:
      case CHAR.return:
        if (at === lineStart && depth === 0) startsBlank = true;
        continue;
      case CHAR.semicolon: {
        const end = text.indexOf("\n", at);
        // The newline itself is the next character to look at.
        at = (end === -1 ? text.length : end) - 1;
        if (at - lineStart > MAX_LINE) fail(`the line has more than ${MAX_LINE} characters: shorten the comment`);
        continue;
      }
      case CHAR.open:
        if (depth === 0) openedAt = line;
        depth++;
        if (at === lineStart && depth === 1) startsBlank = true;
        continue;
      case CHAR.close:
        if (depth === 0) fail('")" without "(" before it: remove it, or open the parenthesis on the line where the record begins');
        depth--;
        continue;
    }
    if (tokens.length === MAX_TOKENS)
      fail(`the record has more than ${MAX_TOKENS} fields: is a parenthesis left open at line ${entryLine}?`);
    const end = code === CHAR.quote ? endOfQuoted(at + 1) : endOfWord(at);
    tokens.push(
      code === CHAR.quote ? { text: text.slice(at + 1, end), quoted: true, line } : { text: text.slice(at, end), quoted: false, line },
    );
    at = code === CHAR.quote ? end : end - 1;
  }

  /** The offset of the closing quote. */
  function endOfQuoted(start: number): number {
    for (let end = start; end < text.length; end++) {
      const code = text.charCodeAt(end);
      if (code === CHAR.newline || end - lineStart > MAX_LINE) break;
      if (code === CHAR.backslash) end++;
      else if (code === CHAR.quote) return end;
      // A backslash doesn't take the end of the line into the string.
      if (text.charCodeAt(end) === CHAR.newline) break;
    }
    return fail('the quoted string is not closed on its line: add the missing "');
  }

  function endOfWord(start: number): number {
    let end = start;
    for (; end < text.length; end++) {
      const code = text.charCodeAt(end);
      if (code <= CHAR.space) {
        if (code === CHAR.space || code === CHAR.tab || code === CHAR.newline || code === CHAR.return) break;
        fail(`control character \\${String(code).padStart(3, "0")}: a zone file is plain text`);
      }
      if (code === CHAR.semicolon || code === CHAR.open || code === CHAR.close) break;
      if (end - lineStart > MAX_LINE) fail(`the line has more than ${MAX_LINE} characters: split it with parentheses`);
      if (code === CHAR.quote) end = endOfQuoted(end + 1);
      if (code === CHAR.backslash) {
        const next = text.charCodeAt(end + 1);
        if (Number.isNaN(next) || next === CHAR.newline || next === CHAR.return)
          fail("a backslash at the end of the line: records go on over several lines in parentheses only");
        end++;
      }
    }
    return end;
  }
}
