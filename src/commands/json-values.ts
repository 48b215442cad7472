/**
 * The JSON objects of a byte stream, one after the other, with bounded memory: JSON lines, or objects laid out over many lines, and of an
 * object with a `reports` array (the output of `--format json`) that array's objects instead of itself.
 */

export interface JsonText {
  /** The line on which the object begins, from 1. */
  line: number;
  /** From `{` to `}`; not yet parsed. */
  text: string;
}

/** The stream holds something else than objects. */
export class NotJson extends Error {
  readonly line: number;
  constructor(line: number, problem: string) {
    super(problem);
    this.line = line;
  }
}

/** Characters of one object. A report of a name with dozens of endpoints has a few hundred thousand. */
export const MAX_OBJECT = 32 * 1024 * 1024;

/** With which a line of ndjson begins, also one that was cut off. */
export const BEGINNING = '{"serverName":';

/**
 * Throws NotJson; what the texts hold is for JSON.parse to refuse.
 * @param onCut A line of ndjson was cut off and others follow, as when a run that crashed was resumed: it is left out.
 */
export async function* jsonObjects(chunks: AsyncIterable<string>, onCut: (line: number) => void = () => {}): AsyncGenerator<JsonText> {
  let line = 1;
  /** Of braces and brackets. */
  let depth = 0;
  let inString = false;
  let escaped = false;
  /** The last string at depth 1, in quotes: the key when a `[` follows. */
  let key = "";
  /** Inside the `reports` of an Output; its objects are at depth 2. */
  let inReports = false;
  /** The rest of an Output, after its reports. */
  let inRest = false;
  /** The object that is being gathered: its parts from earlier chunks. */
  let parts: string[] | null = null;
  let size = 0;
  let begunAt = 1;
  let first = true;
  /** How much of BEGINNING this line has begun with; -1 when it began otherwise, or all of it was seen. */
  let matched = 0;
  /** The object that is being gathered is a line of ndjson. */
  let isLine = false;

  for await (const chunk of chunks) {
    /** Where in this chunk begins what isn't in `parts` yet. */
    let from = 0;
    const keep = (end: number): void => {
      if (parts === null) return;
      parts.push(chunk.slice(from, end));
      size += end - from;
      if (size > MAX_OBJECT) throw new NotJson(begunAt, `an object is larger than ${MAX_OBJECT / 1024 / 1024} MiB`);
    };
    let stringFrom = 0;
    for (let index = 0; index < chunk.length; index++) {
      const character = chunk[index];
      if (first) {
        first = false;
        if (character === "\uFEFF") continue;
      }
      if (character === "\n") {
        line++;
        matched = 0;
      } else if (matched >= 0) {
        matched = character === BEGINNING[matched] ? matched + 1 : -1;
        if (matched === BEGINNING.length && parts !== null) {
          matched = -1;
          if (isLine && begunAt < line) {
            onCut(begunAt);
            parts = [BEGINNING];
            size = BEGINNING.length;
            from = index + 1;
            begunAt = line;
            depth = 1;
            inString = escaped = inReports = false;
            continue;
          }
          isLine = begunAt === line && depth === 1;
        }
      }
      if (inString) {
        if (escaped) escaped = false;
        else if (character === "\\") escaped = true;
        else if (character === '"') {
          inString = false;
          if (depth === 1) key += chunk.slice(stringFrom, index);
        }
        continue;
      }
      switch (character) {
        case '"':
          if (depth === 0) throw new NotJson(line, "there is something else than an object");
          inString = true;
          stringFrom = index + 1;
          if (depth === 1) key = "";
          break;
        case "{":
          if (parts === null && !inRest && (depth === 0 || (inReports && depth === 2))) {
            parts = [];
            size = 0;
            from = index;
            begunAt = line;
            isLine = false;
          }
          depth++;
          break;
        case "[":
          if (depth === 0) throw new NotJson(line, "there is something else than an object");
          if (depth === 1 && !inRest && key === "reports") {
            inReports = true;
            parts = null;
          }
          depth++;
          break;
        case "]":
        case "}":
          if (--depth < 0) throw new NotJson(line, `there is a ${character} too many`);
          if (parts !== null && depth === (inReports ? 2 : 0)) {
            keep(index + 1);
            yield { line: begunAt, text: parts.join("") };
            parts = null;
          } else if (inReports && depth === 1) {
            inReports = false;
            inRest = true;
          }
          if (depth === 0) inRest = false;
          break;
        case " ":
        case "\n":
        case "\r":
        case "\t":
          break;
        default:
          if (depth === 0) throw new NotJson(line, "there is something else than an object");
      }
    }
    if (inString && depth === 1) key = (key + chunk.slice(stringFrom)).slice(0, 16);
    keep(chunk.length);
  }
  if (depth > 0) throw new NotJson(line, "it ends in the middle of an object");
}
