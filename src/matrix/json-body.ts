// A JSON body as homeservers read it, with the place where it breaks. JSON.parse's own messages carry a position only sometimes,
// and differ between versions of Node.
import { describeCharacter } from "./character.ts";

export type JsonBody =
  | { ok: true; value: unknown }
  | {
      ok: false;
      problem: "empty" | "bom" | "trailing" | "html" | "syntax" | "encoding";
      /** Offset in characters (UTF-16 code units) at which the JSON breaks; for `trailing`, where the bytes after the value begin. */
      position: number;
      /** One line: what was expected, what was found, line and column. */
      message: string;
    };

/** Reads a body strictly: UTF-8 (RFC 8259, 8.1), no byte order mark, one value and nothing after it. Duplicate keys: the last wins. */
export function readJsonBody(body: Buffer): JsonBody {
  const text = body.toString("utf8");
  const badByte = invalidUtf8(body, text);
  if (badByte !== null) {
    const utf16 = (body[0] === 0xff && body[1] === 0xfe) || (body[0] === 0xfe && body[1] === 0xff);
    return fault("encoding", badByte, utf16 ? "the body is UTF-16, not UTF-8" : `the body is no valid UTF-8 ${place(text, badByte)}`);
  }
  const trimmed = text.trimStart(); // a byte order mark is white space here
  if (trimmed.startsWith("<")) return fault("html", text.length - trimmed.length, "the body is HTML or XML, not JSON");
  if (text.startsWith("\ufeff")) return fault("bom", 0, "a byte order mark (EF BB BF) precedes the JSON");
  if (trimmed === "") return fault("empty", 0, text === "" ? "the body is empty" : "the body is only white space");

  const scan = scanJson(text);
  if (!scan.ok) return fault("syntax", scan.position, `${scan.message} ${place(text, scan.position)}`);
  if (scan.end < text.length)
    return fault("trailing", scan.end, `${describeCharacter(text, scan.end)} follows the JSON value ${place(text, scan.end)}`);
  return { ok: true, value: JSON.parse(text) };
}

/** Whether `key` stands more than once in the object that `text`, valid JSON, is. */
export function isDoubledKey(text: string, key: string): boolean {
  let depth = 0;
  let count = 0;
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at);
    if (character === "{" || character === "[") depth++;
    else if (character === "}" || character === "]") depth--;
    else if (character === '"') {
      const start = at;
      for (at++; text.charAt(at) !== '"'; at++) if (text.charAt(at) === "\\") at++;
      const isKey = depth === 1 && text.charAt(skipSpace(text, at + 1)) === ":";
      if (isKey && JSON.parse(text.slice(start, at + 1)) === key) count++;
    }
  }
  return count > 1;
}

/** Whether a parsed value is a JSON object: neither an array nor null. */
export function isJsonObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function fault(problem: Extract<JsonBody, { ok: false }>["problem"], position: number, message: string): JsonBody {
  return { ok: false, problem, position, message };
}

/** Where in `text`, Node's lenient decoding of `body`, the first byte stands that is no UTF-8; null when all are. */
function invalidUtf8(body: Buffer, text: string): number | null {
  let bytes = 0;
  let from = 0;
  for (;;) {
    const at = text.indexOf("\ufffd", from);
    if (at === -1) return null;
    bytes += Buffer.byteLength(text.slice(from, at));
    // A replacement character that the sender wrote itself is valid.
    if (body[bytes] !== 0xef || body[bytes + 1] !== 0xbf || body[bytes + 2] !== 0xbd) return at;
    bytes += 3;
    from = at + 1;
  }
}

function place(text: string, position: number): string {
  const before = text.slice(0, position).split("\n");
  return `(line ${before.length}, column ${(before.at(-1) ?? "").length + 1})`;
}

/** `end`: offset of the first character after the value and the white space that follows it. */
export type JsonScan = { ok: true; end: number } | { ok: false; position: number; message: string };

type Expected = "value" | "value or ]" | "key" | "key or }" | "colon" | "separator";

/** Checks one JSON value (RFC 8259) at the start of `text`. Takes linear time and no stack: nesting may be as deep as the text is long. */
export function scanJson(text: string): JsonScan {
  const open: ("[" | "{")[] = [];
  let expected: Expected = "value";
  let at = skipSpace(text, 0);
  for (;;) {
    const character = text.charAt(at);
    const inside = open.at(-1);
    let valueEnds = false;
    switch (expected) {
      case "value":
      case "value or ]":
        if (character === "[" || character === "{") {
          open.push(character);
          expected = character === "[" ? "value or ]" : "key or }";
          at++;
        } else if (character === "]" && expected === "value or ]") {
          open.pop();
          valueEnds = true;
          at++;
        } else {
          const scalar = scanScalar(text, at);
          if (!scalar.ok) return character === "]" && inside === "[" ? broken(at, `a comma stands before the "]"`) : scalar;
          valueEnds = true;
          at = scalar.end;
        }
        break;
      case "key":
      case "key or }":
        if (character === "}" && expected === "key or }") {
          open.pop();
          valueEnds = true;
          at++;
        } else if (character === '"') {
          const key = scanString(text, at);
          if (!key.ok) return key;
          at = key.end;
          expected = "colon";
        } else {
          return character === "}" ? broken(at, `a comma stands before the "}"`) : unexpected(text, at, "a key in double quotes");
        }
        break;
      case "colon":
        if (character !== ":") return unexpected(text, at, `":"`);
        expected = "value";
        at++;
        break;
      case "separator":
        if (character === ",") {
          expected = inside === "[" ? "value" : "key";
          at++;
        } else if (character === (inside === "[" ? "]" : "}")) {
          open.pop();
          valueEnds = true;
          at++;
        } else {
          return unexpected(text, at, inside === "[" ? `"," or "]"` : `"," or "}"`);
        }
        break;
    }
    at = skipSpace(text, at);
    if (valueEnds) {
      if (open.length === 0) return { ok: true, end: at };
      expected = "separator";
    }
  }
}

function skipSpace(text: string, from: number): number {
  let at = from;
  for (;;) {
    const code = text.charCodeAt(at);
    if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return at;
    at++;
  }
}

const LITERALS = ["true", "false", "null"];

/** A string, number or literal. */
function scanScalar(text: string, from: number): JsonScan {
  const character = text.charAt(from);
  if (character === '"') return scanString(text, from);
  const literal = LITERALS.find((word) => word.charAt(0) === character);
  if (literal !== undefined) {
    for (let index = 0; index < literal.length; index++) {
      if (text.charAt(from + index) !== literal.charAt(index)) return unexpected(text, from + index, `the word ${literal}`);
    }
    return { ok: true, end: from + literal.length };
  }
  const number = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
  number.lastIndex = from;
  if (number.test(text)) return { ok: true, end: number.lastIndex };
  if (character === "-") return unexpected(text, from + 1, "a digit");
  return unexpected(text, from, "a value");
}

function scanString(text: string, from: number): JsonScan {
  for (let at = from + 1; ; at++) {
    const code = text.charCodeAt(at);
    if (Number.isNaN(code)) return broken(at, "the text ends inside a string");
    if (code === 0x22) return { ok: true, end: at + 1 };
    if (code < 0x20)
      return broken(at, `${code === 0x0a || code === 0x0d ? "a line break" : describeCharacter(text, at)} stands inside a string`);
    if (code !== 0x5c) continue;
    at++;
    const escape = text.charAt(at);
    if (escape === "u") {
      for (let digit = 1; digit <= 4; digit++) {
        if (!/^[0-9a-fA-F]$/.test(text.charAt(at + digit))) return unexpected(text, at + digit, `four hexadecimal digits after "\\u"`);
      }
      at += 4;
    } else if (escape === "" || !'"\\/bfnrt'.includes(escape)) {
      return unexpected(text, at, `one of "\\/bfnrtu after a "\\"`);
    }
  }
}

function unexpected(text: string, position: number, what: string): JsonScan {
  return position >= text.length
    ? broken(text.length, `the text ends where ${what} should follow`)
    : broken(position, `${describeCharacter(text, position)} stands where ${what} should`);
}

function broken(position: number, message: string): JsonScan {
  return { ok: false, position, message };
}
