/** A fix taken apart into what is read and what is pasted. Every format that shows fixes asks here. Pure. */

/** A paragraph of a fix. */
export interface FixPart {
  /** One line, to be wrapped as the format likes. */
  prose: string;
  /** To be pasted as they stand: never wrapped, escaped or decorated. Empty for prose alone. */
  lines: readonly string[];
}

/** Paragraphs are set apart by empty lines. The first line of each is prose; the lines under it are to be pasted, together. */
export function fixParts(fix: string): FixPart[] {
  return fix
    .split(/\n(?:[ \t]*\n)+/)
    .map((paragraph) => paragraph.split("\n"))
    .map(([prose = "", ...lines]) => ({ prose, lines }))
    .filter(({ prose, lines }) => prose !== "" || lines.length > 0);
}
