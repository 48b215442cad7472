// How one character of hostile text is named in a sentence, so that it can be recognised and can't do anything.

/**
 * Names the character at `index` of `text`: letters, digits, marks and printable ASCII are shown in quotes (`"_"`),
 * those outside ASCII with their code point (`"ä" (U+00E4)`); everything else, controls and bidi marks among them,
 * is its code point alone (`U+202E`).
 */
export function describeCharacter(text: string, index: number): string {
  const code = text.codePointAt(index);
  if (code === undefined) return "the end";
  if (code === 0x22) return `'"'`;
  if (code > 0x20 && code < 0x7f) return `"${String.fromCodePoint(code)}"`;
  const point = `U+${code.toString(16).toUpperCase().padStart(4, "0")}`;
  const character = String.fromCodePoint(code);
  return /^[\p{L}\p{Nd}]$/u.test(character) ? `"${character}" (${point})` : point;
}
