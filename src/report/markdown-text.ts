/** Text from outside in Markdown: nothing of it can be a link, image, mention, reference, HTML or emoji. */
import { harmless } from "./harmless.ts";

/** A code span. A backtick would end it and a bar the table's cell, whatever stands before them (GFM 4.10): both are shown as escapes. */
export function code(from: string, max = 200): string {
  const safe = harmless(from, max).replaceAll("`", "\\x60").replaceAll("|", "\\x7c");
  return `\`${safe.trim() === "" ? "(empty)" : safe}\``;
}

/** A word that is nothing but a word in any flavour of Markdown; a sentence's punctuation may follow it. */
const PLAIN_WORD = /^\(?(?:[A-Za-z]+(?:['’-][A-Za-z]+)*|\d{1,6}(?:,\d{3})?)(?:\)?[.,;:?!]?|[.,;:]\))$/;
/** Nothing in Markdown: between what was and what will be, and a part of neither. */
const ARROW = "→";
const AROUND = /^(\(?)(.*?)(\)?[.,;:]?)$/;

/** Prose: plain words as they are, everything else in code spans, neighbours together; brackets stand outside of the span. */
export function text(from: string, max: number): string {
  const words = harmless(from, max)
    .split(" ")
    .filter((word) => word !== "");
  const said: string[] = [];
  let odd: string[] = [];
  /** How many words are through. */
  let at = 0;
  const end = (): void => {
    if (odd.length === 0) return;
    const before = leftOpen(words.slice(0, at - odd.length).join(" "));
    const after = -leftOpen(words.slice(at).join(" "));
    said.push(spanned(odd.join(" "), max, { opened: before > 0, closed: after > 0 }));
    odd = [];
  };
  for (const word of words) {
    if (word === ARROW || (PLAIN_WORD.test(word) && !/^[a-f]{7,}$/.test(word))) {
      end();
      at++;
      said.push(word);
      continue;
    }
    if (word.startsWith("(")) end();
    at++;
    odd.push(word);
    if (/[.,;:]$/.test(word) || (odd[0]?.startsWith("(") === true && word.endsWith(")"))) end();
  }
  end();
  return said.join(" ") || "`(empty)`";
}

/** Brackets that are opened and not closed; negative: closed and not opened. */
function leftOpen(text: string): number {
  return text.split("(").length - text.split(")").length;
}

/**
 * One code span. A bracket is outside of it when its other one is, too: at the other end, or, as `around` says, somewhere else in the
 * sentence.
 */
function spanned(words: string, max: number, around: { opened: boolean; closed: boolean }): string {
  const [, open = "", inner = "", after = ""] = AROUND.exec(words) ?? [];
  if (inner === "") return code(words, max);
  const isClosed = after.startsWith(")");
  const isPair = open === "(" && isClosed;
  const isElsewhere = open === "(" ? around.closed && leftOpen(words) > 0 : around.opened && leftOpen(words) < 0;
  if (isPair || (open === "" && !isClosed) || isElsewhere) return `${open}${code(inner, max)}${after}`;
  const mark = /[.,;:]$/.exec(words)?.[0] ?? "";
  return `${code(mark === "" ? words : words.slice(0, -1), max)}${mark}`;
}

/** A fenced code block. The fence is longer than any run of backticks inside, so that nothing inside ends it (CommonMark 4.5). */
export function fenced(lines: readonly string[]): string {
  const inside = lines.join("\n");
  const longest = Math.max(0, ...[...inside.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = "`".repeat(Math.max(3, longest + 1));
  return `${fence}text\n${inside}\n${fence}`;
}
