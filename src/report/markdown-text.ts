/** Text from outside in Markdown: nothing of it can be a link, image, mention, reference, HTML or emoji. */
import { harmless } from "./harmless.ts";

/** A code span. A backtick would end it and a bar the table's cell, whatever stands before them (GFM 4.10): both are shown as escapes. */
export function code(from: string, max = 200): string {
  const safe = harmless(from, max).replaceAll("`", "\\x60").replaceAll("|", "\\x7c");
  return `\`${safe.trim() === "" ? "(empty)" : safe}\``;
}

/** A word that is nothing but a word in any flavour of Markdown; a sentence's punctuation may follow it. */
const PLAIN_WORD = /^\(?(?:[A-Za-z]+(?:['’-][A-Za-z]+)*|\d{1,6}(?:,\d{3})?)(?:\)?[.,;:?!]?|[.,;:]\))$/;
const AROUND = /^(\(?)(.*?)(\)?[.,;:]?)$/;

/** Prose: plain words as they are, everything else in code spans, neighbours together; brackets stand outside of the span. */
export function text(from: string, max: number): string {
  const words = harmless(from, max)
    .split(" ")
    .filter((word) => word !== "");
  const said: string[] = [];
  let odd: string[] = [];
  const end = (): void => {
    if (odd.length === 0) return;
    said.push(spanned(odd.join(" "), max));
    odd = [];
  };
  for (const word of words) {
    if (PLAIN_WORD.test(word) && !/^[a-f]{7,}$/.test(word)) {
      end();
      said.push(word);
      continue;
    }
    if (word.startsWith("(")) end();
    odd.push(word);
    if (/[.,;:]$/.test(word) || (odd[0]?.startsWith("(") === true && word.endsWith(")"))) end();
  }
  end();
  return said.join(" ") || "`(empty)`";
}

/** One code span. A bracket is outside of it when its other one is, too. */
function spanned(words: string, max: number): string {
  const [, open = "", inner = "", after = ""] = AROUND.exec(words) ?? [];
  if (inner === "") return code(words, max);
  const isPair = open === "(" && after.startsWith(")");
  if (isPair || (open === "" && !after.startsWith(")"))) return `${open}${code(inner, max)}${after}`;
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
