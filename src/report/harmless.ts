/**
 * Text from outside, made fit to be shown: nothing in it can move a cursor, colour a terminal, turn the reading direction,
 * hide itself or begin a line of its own. And what is needed to lay such text out: its width in columns, and wrapping.
 */

/**
 * What is never shown as it is: controls (C0, DEL, C1), format characters (bidi controls, zero-width, tags), lone surrogates, private use,
 * line and paragraph separators, noncharacters, and whatever else Unicode says is invisible (variation selectors, fillers).
 */
const HARMFUL = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}]/u;

const SHORT_ESCAPES: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/**
 * One line of text that can do no harm on a terminal. Harmful characters become visible escapes: `\n`, `\x1b`, `\u202e`, `\u{e0041}`.
 * @param max At most that many characters (code points) come out; what is cut off is marked with `…`. An escape is never cut in two.
 */
export function harmless(text: string, max = 200): string {
  if (text.length <= max && !HARMFUL.test(text)) return text;
  let out = "";
  let length = 0;
  let cutAt = 0; // where `out` ends when `…` must still fit behind it
  // Every character gives at least one, so that no more than these can matter, however long the text is.
  for (const character of text.slice(0, 2 * max + 2)) {
    const shown = HARMFUL.test(character) ? escaped(character) : character;
    length += shown.length === character.length ? 1 : shown.length;
    if (length > max) return `${out.slice(0, cutAt)}…`;
    out += shown;
    if (length < max) cutAt = out.length;
  }
  return out;
}

/** A line that is to be pasted: the same, but a tab stays a tab. */
export function harmlessCode(line: string, max = 2000): string {
  return line
    .slice(0, max)
    .split("\t")
    .map((part) => harmless(part, max))
    .join("\t");
}

function escaped(character: string): string {
  const short = SHORT_ESCAPES[character];
  if (short !== undefined) return short;
  const code = character.codePointAt(0) ?? 0;
  const hex = code.toString(16);
  if (code <= 0xff) return `\\x${hex.padStart(2, "0")}`;
  return code <= 0xffff ? `\\u${hex.padStart(4, "0")}` : `\\u{${hex}}`;
}

const INVISIBLE = /[\p{M}\p{C}\p{Default_Ignorable_Code_Point}]/u;

/** East Asian Width W and F (Unicode Standard Annex 11) in blocks; `\p{Emoji_Presentation}` adds the emoji outside them. */
const WIDE = new RegExp(
  "[\\p{Emoji_Presentation}\\u1100-\\u115f\\u2329\\u232a\\u2e80-\\u303e\\u3041-\\ua4cf\\ua960-\\ua97f\\uac00-\\ud7a3\\uf900-\\ufaff" +
    "\\ufe10-\\ufe19\\ufe30-\\ufe6f\\uff01-\\uff60\\uffe0-\\uffe6\\u{16fe0}-\\u{1b2ff}\\u{1d300}-\\u{1d376}" +
    "\\u{1f200}-\\u{1f265}\\u{20000}-\\u{3fffd}]",
  "u",
);

/** How many columns a line of text takes on a terminal: wide characters and emoji 2, combining and invisible ones 0. */
export function displayWidth(text: string): number {
  if (/^[\x20-\x7e]*$/.test(text)) return text.length;
  let width = 0;
  for (const character of text) width += characterWidth(character);
  return width;
}

/** The classes above are slow to look into, and texts repeat their characters. Some thousands are kept. */
const WIDTHS = new Map<string, number>();
const MOST_WIDTHS = 4096;

function characterWidth(character: string): number {
  if (character >= " " && character <= "~") return 1;
  const known = WIDTHS.get(character);
  if (known !== undefined) return known;
  const width = WIDE.test(character) ? 2 : INVISIBLE.test(character) ? 0 : 1;
  if (WIDTHS.size >= MOST_WIDTHS) WIDTHS.clear();
  WIDTHS.set(character, width);
  return width;
}

/**
 * Breaks plain text (no colour) at spaces into lines of at most `width` columns, each beginning with `indent` spaces, which count.
 * A newline ends a line, and the spaces that follow it are kept on every line that comes of it. A word longer than a line gets
 * lines of its own; a URL and an object of JSON, which may be pasted, one that is wider. Empty text gives no line.
 */
export function wrap(text: string, width: number, indent = 0, how: WrapOptions = {}): string[] {
  if (text === "") return [];
  return text.split("\n").flatMap((line, index) => wrapLine(line.trimEnd(), width, indent, index === 0 ? how : { ...how, firstLess: 0 }));
}

export interface WrapOptions {
  /** Columns that are taken at the end of the first line. */
  firstLess?: number;
  /** What stands in brackets, and isn't long, stays together: `(200, kept for 24 h)`. */
  brackets?: boolean;
  /** URLs and JSON are broken, too: there is no place beside the lines. */
  all?: boolean;
}

/** What stays together, and the spaces after it: a word, an object of JSON, or a number with its unit (`24 h)`). */
const WORD = /(\(?\{"[^{}]{1,200}\}[^ ]*|(?:[^ ]|(?<=\d) (?=(?:ms|s|min|h|days?|B|KB|MB)(?![A-Za-z])))+)( *)/g;

/** The same, or something short in brackets, with what stands directly behind it. */
const WORD_OR_BRACKETS =
  /(\([^()]{1,34}\)[^ ]*|\{"[^{}]{1,200}\}[^ ]*|(?:[^ ]|(?<=\d) (?=(?:ms|s|min|h|days?|B|KB|MB)(?![A-Za-z])))+)( *)/g;

function wrapLine(line: string, width: number, indent: number, { firstLess = 0, brackets = false, all = false }: WrapOptions): string[] {
  if (line === "") return [""];
  const own = /^ */.exec(line)?.[0].length ?? 0;
  // At least a wide character must fit, or breaking would never end.
  const room = Math.max(2, width - indent - own);
  const lines: string[] = [];
  let current = "";
  let columns = 0;
  const left = (): number => (lines.length === 0 ? Math.max(2, room - firstLess) : room);
  const end = (): void => {
    if (current !== "") lines.push(" ".repeat(Math.min(indent + own, Math.max(0, width - room))) + current);
    current = "";
    columns = 0;
  };
  // Runs of spaces inside a line stay with the word before them, so that aligned columns survive.
  for (const [, word = "", spaces = ""] of line.slice(own).matchAll(brackets ? WORD_OR_BRACKETS : WORD)) {
    // Only what is too long for a line of its own is broken.
    for (const piece of !all && isPasted(word) ? [word] : pieces(word, columns === 0 ? left() : room)) {
      const wide = displayWidth(piece);
      if (columns + wide > left()) {
        current = current.trimEnd();
        end();
      }
      current += piece;
      columns += wide;
    }
    current += spaces;
    columns += spaces.length;
  }
  current = current.trimEnd();
  end();
  return lines;
}

/** Broken, it couldn't be copied or opened. What is longer than a URL is somebody's attempt to fill the screen. */
function isPasted(word: string): boolean {
  return word.length <= 300 && /^[\x20-\x7e]*$/.test(word) && (/https?:\/\/./.test(word) || /^\(?\{".*\}/.test(word));
}

/** The columns of the widest word of a text that `wrap` doesn't break where it can help it. */
export function widestWord(text: string): number {
  return Math.max(0, ...[...text.matchAll(WORD)].map(([, word = ""]) => displayWidth(word)));
}

/** The word itself, or, when it is wider than a line, as many parts as it takes. */
function pieces(word: string, room: number): string[] {
  if (displayWidth(word) <= room) return [word];
  const parts: string[] = [];
  let part = "";
  let columns = 0;
  for (const character of word) {
    const wide = characterWidth(character);
    if (columns + wide > room) {
      parts.push(part);
      part = "";
      columns = 0;
    }
    part += character;
    columns += wide;
  }
  parts.push(part);
  return parts;
}
