/** BIND's `$GENERATE`: a record for each number of a range (BIND 9 Administrator Reference Manual, "The $GENERATE Directive"). Pure. */
import { entriesOf, type Entry, type Token } from "./entries.ts";
import { FieldError, quoted } from "./fields.ts";

/** Records that one directive may make. */
const MOST = 65_536;
const MAX_WIDTH = 255;

/** The entries that the directive stands for, all of them on its line. @throws FieldError */
export function* generated(tokens: readonly Token[], line: number): Generator<Entry> {
  const [range, owner, ...rest] = tokens;
  const [, from = NaN, to = NaN, step = 1] = (/^(\d{1,9})-(\d{1,9})(?:\/(\d{1,9}))?$/.exec(range?.text ?? "") ?? []).map(
    (part: string | undefined) => (part === undefined ? undefined : Number(part)),
  );
  if (range === undefined || owner === undefined || rest.length < 2 || !(from <= to) || !(step >= 1))
    throw new FieldError("$GENERATE is followed by a range, a name, a type and its data: $GENERATE 1-9 host$ A 192.0.2.$");
  if ((to - from) / step >= MOST)
    throw new FieldError(`$GENERATE ${quoted(range.text)} makes more than ${MOST} records, and no more are made`);
  for (let number = from; number <= to; number += step) {
    const text = [owner, ...rest].map((token) => numbered(token.text, number)).join(" ");
    for (const entry of entriesOf(text)) {
      if ("problem" in entry) throw new FieldError(entry.problem);
      yield { ...entry, line, startsBlank: false, tokens: entry.tokens.map((token) => ({ ...token, line })) as Entry["tokens"] };
    }
  }
}

/** `$`, `${offset}`, `${offset,width}` and `${offset,width,base}` become the number; `\$` and `$$` a dollar sign. */
function numbered(text: string, number: number): string {
  return text.replace(/\\\$|\$\$|\$\{([^}]{0,40})\}|\$/g, (match: string, modifier: string | undefined) => {
    if (match === "\\$" || match === "$$") return "$";
    if (modifier === undefined) return String(number);
    const [, offset = "0", width = "0", base = "d"] = /^(-?\d{1,9})(?:,(\d{1,3})(?:,([doxXnN]))?)?$/.exec(modifier) ?? [];
    const value = number + Number(offset);
    if (!/^-?\d/.test(modifier) || value < 0 || Number(width) > MAX_WIDTH)
      throw new FieldError(`$GENERATE: ${quoted(match)} must be \${offset,width,base}, such as \${0,3,d}`);
    return digits(value, Number(width), base);
  });
}

function digits(value: number, width: number, base: string): string {
  switch (base) {
    case "o":
      return value.toString(8).padStart(width, "0");
    case "x":
      return value.toString(16).padStart(width, "0");
    case "X":
      return value.toString(16).toUpperCase().padStart(width, "0");
    case "n":
    case "N": {
      // Nibbles, the last digit first; the width counts the dots as well.
      const hex = value.toString(16).padStart(Math.ceil(width / 2), "0");
      const text = [...hex].reverse().join(".");
      return base === "N" ? text.toUpperCase() : text;
    }
    default:
      return String(value).padStart(width, "0");
  }
}
