/** JSON (RFC 8259) with the position of every value, so that a mistake in what was written by hand can be pointed at. */
import { type Node, type ParseError, parseTree, printParseErrorCode, visit } from "jsonc-parser";

/** A value of the document; its children are values, or `property` nodes with a name and a value. */
export type { Node } from "jsonc-parser";

/** The text is no JSON. */
export class NotJson extends Error {
  /** Of the first character that is wrong. */
  readonly offset: number;
  constructor(offset: number, problem: string) {
    super(problem);
    this.offset = offset;
  }
}

/** More than anything that is meant; the parser is recursive. */
const MAX_DEPTH = 64;

/** Strict: no comments, no commas at the end. Property names that come twice are all there. Throws NotJson. */
export function parseJson(text: string): Node {
  refuseDepth(text);
  const errors: ParseError[] = [];
  const root = parseTree(text, errors, { disallowComments: true, allowTrailingComma: false });
  const [error] = errors;
  if (error !== undefined) throw syntaxError(text, error);
  if (root === undefined) throw new NotJson(0, "there is nothing in it");
  return root;
}

function refuseDepth(text: string): void {
  let depth = 0;
  const begin = (offset: number): void => {
    if (++depth > MAX_DEPTH) throw new NotJson(offset, `it is nested more than ${MAX_DEPTH} levels deep`);
  };
  const end = (): void => void depth--;
  visit(text, { onObjectBegin: begin, onArrayBegin: begin, onObjectEnd: end, onArrayEnd: end });
}

function syntaxError(text: string, error: ParseError): NotJson {
  const { offset } = error;
  const at = text[offset];
  const code = printParseErrorCode(error.error);
  if (text.trim() === "") return new NotJson(0, "it is empty: {} would be a configuration that changes nothing");
  if (offset >= text.length) return new NotJson(text.length, "it ends too early: a bracket, brace or value is missing");
  if ((at === "}" || at === "]") && (code === "PropertyNameExpected" || code === "ValueExpected")) {
    const comma = text.slice(0, offset).trimEnd().length - 1;
    if (text[comma] === ",") return new NotJson(comma, `JSON has no comma before ${at}: take it out`);
  }
  return new NotJson(offset, PROBLEMS[code] ?? "that is not JSON");
}

const PROBLEMS: Readonly<Record<string, string>> = {
  InvalidCommentToken: "JSON has no comments: take it out",
  UnexpectedEndOfComment: "JSON has no comments: take it out",
  InvalidSymbol: "that is not JSON: strings and property names stand in double quotes; other values are numbers, true, false and null",
  InvalidNumberFormat: "that is not a JSON number",
  UnexpectedEndOfNumber: "that is not a JSON number",
  PropertyNameExpected: "a property is expected: its name in double quotes, a colon, its value",
  ValueExpected: "a value is missing",
  ColonExpected: "a colon is missing between a property's name and its value",
  CommaExpected: "a comma is missing before this",
  CloseBraceExpected: "a } is missing",
  CloseBracketExpected: "a ] is missing",
  EndOfFileExpected: "something stands after the end of the JSON value",
  UnexpectedEndOfString: "the string has no end on its line: a double quote is missing, or a line break must be written as \\n",
  InvalidUnicode: "after \\u four hexadecimal digits are expected",
  InvalidEscapeCharacter: "there is an escape that JSON doesn't have: a backslash is written as \\\\, a double quote as \\\"",
  InvalidCharacter: "a control character in a string must be written as an escape, such as \\t",
};

/** Line and column of an offset, from 1; the column counts UTF-16 units, as editors do. */
export type Locate = (offset: number) => { line: number; column: number };

export function locator(text: string): Locate {
  const starts = [0, ...Array.from(text.matchAll(/\r\n|\r|\n/g), (end) => end.index + end[0].length)];
  return (offset) => {
    let [low, high] = [0, starts.length - 1];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - (starts[low] ?? 0) + 1 };
  };
}
