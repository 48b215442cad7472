/** Splits a master file into its entries: the lexical part of RFC 1035, 5.1. Time grows with the size only. */

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
  /** What Cloudflare's export says of the record in its comment (`cf_tags=…`); null without it. */
  marks: string | null;
}

/** Lines that can't be taken apart, and what was read of them. Reading goes on behind them. */
export interface BrokenEntry {
  line: number;
  startsBlank: boolean;
  tokens: Token[];
  problem: string;
}

/** Characters. Real files have lines of some hundred; the longest TXT record, all of it escaped, fits into several. */
export const MAX_LINE = 65_536;
/** Of one entry; the longest RDATA (65,535 octets) in TXT strings as they are commonly split has a tenth of it. */
export const MAX_TOKENS = 4_096;
/** Lines in one pair of parentheses. */
const MAX_LINES = 10_000;
/** After an open parenthesis the lines behind it are read again, which may cost as much as the whole file each time. */
const MAX_REREAD = 10;

const CHAR = { tab: 9, newline: 10, return: 13, space: 32, quote: 34, open: 40, close: 41, semicolon: 59, backslash: 92 } as const;

/** What ends the reading of one entry. */
class Broken {
  readonly problem: string;
  readonly line: number;
  constructor(problem: string, line: number) {
    this.problem = problem;
    this.line = line;
  }
}

/** Too many entries whose end isn't found: there is no sense in reading on. */
export class TooBroken extends Error {
  readonly line: number;
  constructor(line: number, problem: string) {
    super(problem);
    this.line = line;
  }
}

/** @throws TooBroken, after the entries before it were given */
export function* entriesOf(text: string): Generator<Entry | BrokenEntry> {
  const lexer = new Lexer(text);
  let reread = 0;
  while (!lexer.atEnd) {
    const start = lexer.place();
    try {
      const entry = lexer.entry();
      if (entry !== null) yield entry;
    } catch (error) {
      if (!(error instanceof Broken)) throw error;
      const { tokens, startsBlank } = lexer;
      const wasOpen = lexer.depth > 0;
      // What an open parenthesis has swallowed is read as lines of their own.
      if (wasOpen && !lexer.closesSoon()) {
        if (++reread > MAX_REREAD) throw new TooBroken(error.line, error.problem);
        lexer.goTo(start);
      }
      lexer.skipLine();
      yield { line: start.line, startsBlank, tokens, problem: error.problem };
    }
  }
}

class Lexer {
  readonly #text: string;
  #at = 0;
  #line = 1;
  #lineStart = 0;
  depth = 0;
  tokens: Token[] = [];
  startsBlank = false;

  constructor(text: string) {
    this.#text = text;
  }

  get atEnd(): boolean {
    return this.#at >= this.#text.length;
  }

  place(): { at: number; line: number } {
    return { at: this.#at, line: this.#line };
  }

  goTo({ at, line }: { at: number; line: number }): void {
    this.#at = this.#lineStart = at;
    this.#line = line;
  }

  /** To the beginning of the next line. */
  skipLine(): void {
    const end = this.#text.indexOf("\n", this.#at);
    this.#at = this.#lineStart = end === -1 ? this.#text.length : end + 1;
    this.#line++;
    this.depth = 0;
  }

  /** Is the parenthesis closed within the next lines, without another one before? Then the place is behind it. */
  closesSoon(): boolean {
    const ahead = this.#text.slice(this.#at, this.#at + 2000);
    const close = ahead.indexOf(")");
    const open = ahead.indexOf("(");
    if (close === -1 || (open !== -1 && open < close)) return false;
    for (const char of ahead.slice(0, close)) if (char === "\n") this.#line++;
    this.#at += close;
    return true;
  }

  /** From the beginning of a line to the end of the entry; null for a line with nothing but a comment. */
  entry(): Entry | null {
    const text = this.#text;
    const firstLine = this.#line;
    this.tokens = [];
    this.startsBlank = false;
    this.depth = 0;
    let marks: string | null = null;
    let openedAt = 0;
    for (; ; this.#at++) {
      const at = this.#at;
      const code = at >= text.length ? CHAR.newline : text.charCodeAt(at);
      if (at - this.#lineStart > MAX_LINE) this.#fail(`the line has more than ${MAX_LINE} characters: split it with parentheses`);
      switch (code) {
        case CHAR.newline: {
          if (at >= text.length && this.depth > 0)
            this.#fail('the parenthesis "(" that opens here is never closed: add ")" after the last field', openedAt);
          this.#line++;
          this.#lineStart = at + 1;
          if (this.depth > 0) {
            if (this.#line - firstLine > MAX_LINES)
              this.#fail(`the record has more than ${MAX_LINES} lines: is a parenthesis left open at line ${openedAt}?`, openedAt);
            continue;
          }
          this.#at++;
          const [first, ...rest] = this.tokens;
          return first === undefined ? null : { line: firstLine, startsBlank: this.startsBlank, tokens: [first, ...rest], marks };
        }
        case CHAR.space:
        case CHAR.tab:
        case CHAR.return:
          if (at === this.#lineStart && this.depth === 0) this.startsBlank = true;
          continue;
        case CHAR.semicolon: {
          const end = text.indexOf("\n", at);
          const comment = text.slice(at, end === -1 ? text.length : end);
          const found = comment.lastIndexOf("cf_tags=");
          if (found !== -1) marks = comment.slice(found, found + 200);
          // The newline itself is the next character to look at.
          this.#at = at + comment.length - 1;
          if (this.#at - this.#lineStart > MAX_LINE) this.#fail(`the line has more than ${MAX_LINE} characters: shorten the comment`);
          continue;
        }
        case CHAR.open:
          if (this.depth === 0) openedAt = this.#line;
          this.depth++;
          if (at === this.#lineStart && this.depth === 1) this.startsBlank = true;
          continue;
        case CHAR.close:
          if (this.depth === 0)
            this.#fail('")" without "(" before it: remove it, or open the parenthesis on the line where the record begins');
          this.depth--;
          continue;
      }
      if (this.tokens.length === MAX_TOKENS)
        this.#fail(`the record has more than ${MAX_TOKENS} fields: is a parenthesis left open at line ${firstLine}?`);
      const quoted = code === CHAR.quote;
      const end = quoted ? this.#endOfQuoted(at + 1) : this.#endOfWord(at);
      this.tokens.push({ text: text.slice(quoted ? at + 1 : at, end), quoted, line: this.#line });
      this.#at = quoted ? end : end - 1;
    }
  }

  #fail(problem: string, line = this.#line): never {
    // eslint-disable-next-line @typescript-eslint/only-throw-error -- ends one entry, and never leaves this file
    throw new Broken(problem, line);
  }

  /** The offset of the closing quote. */
  #endOfQuoted(start: number): number {
    const text = this.#text;
    for (let end = start; end < text.length; end++) {
      const code = text.charCodeAt(end);
      if (code === CHAR.newline || end - this.#lineStart > MAX_LINE) break;
      if (code === CHAR.backslash) end++;
      else if (code === CHAR.quote) return end;
      // A backslash doesn't take the end of the line into the string.
      if (text.charCodeAt(end) === CHAR.newline) break;
    }
    return this.#fail('the quoted string is not closed on its line: add the missing "');
  }

  #endOfWord(start: number): number {
    const text = this.#text;
    let end = start;
    for (; end < text.length; end++) {
      const code = text.charCodeAt(end);
      if (code <= CHAR.space) {
        if (code === CHAR.space || code === CHAR.tab || code === CHAR.newline || code === CHAR.return) break;
        this.#fail(`control character \\${String(code).padStart(3, "0")}: a zone file is plain text`);
      }
      if (code === CHAR.semicolon || code === CHAR.open || code === CHAR.close) break;
      if (end - this.#lineStart > MAX_LINE) this.#fail(`the line has more than ${MAX_LINE} characters: split it with parentheses`);
      if (code === CHAR.quote) end = this.#endOfQuoted(end + 1);
      if (code === CHAR.backslash) {
        const next = text.charCodeAt(end + 1);
        if (Number.isNaN(next) || next === CHAR.newline || next === CHAR.return)
          this.#fail("a backslash at the end of the line: records go on over several lines in parentheses only");
        end++;
      }
    }
    return end;
  }
}
