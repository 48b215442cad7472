/** How facts are put into a sentence: quoted, listed, counted. */

/**
 * Remote text for a sentence: in double quotes, cut, and on one line. Other control characters are made visible where it is shown: there,
 * nobody can tell a line break of the other side's from those of a fix, which begin what is to be pasted.
 */
export function quote(text: string, max = 80): string {
  return `"${oneLine(text.length > max ? `${text.slice(0, max)}…` : text)}"`;
}

/** With line breaks (UAX 14: BK, CR, LF, NL) made visible, as formats show other control characters. */
export function oneLine(text: string): string {
  return text.replace(/[\n\v\f\r\x85\u2028\u2029]/g, (found) => BREAKS[found] ?? "");
}

const BREAKS: Readonly<Record<string, string>> = {
  "\n": "\\n",
  "\v": "\\x0b",
  "\f": "\\x0c",
  "\r": "\\r",
  "\x85": "\\x85",
  "\u2028": "\\u2028",
  "\u2029": "\\u2029",
};

/** "a", "a and b", "a, b and 3 more". */
export function list(items: readonly string[], max = 4): string {
  if (items.length <= 1) return items.join("");
  if (items.length > max) return `${items.slice(0, max).join(", ")} and ${items.length - max} more`;
  return `${items.slice(0, -1).join(", ")} and ${items.at(-1) ?? ""}`;
}

/** Milliseconds as people read them: `84 ms`, `2.5 s`. */
export function duration(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

/** Groups by what a finding would say, so that one fault on four addresses is one finding with four places. */
export function groupBy<T>(items: Iterable<T>, key: (item: T) => string): [T, ...T[]][] {
  const groups = new Map<string, [T, ...T[]]>();
  for (const item of items) {
    const group = groups.get(key(item));
    if (group === undefined) groups.set(key(item), [item]);
    else group.push(item);
  }
  return [...groups.values()];
}

/** A clause as a sentence. Host names, keys of JSON and URLs keep their letters: case may matter there. */
export function sentence(clause: string): string {
  const isWord = /^[a-z]+(?:['’-][a-z]+)*(?=[\s,;]|:\s|$)/.test(clause);
  return `${isWord ? clause.slice(0, 1).toUpperCase() : clause.slice(0, 1)}${clause.slice(1)}.`;
}
