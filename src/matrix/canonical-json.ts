// Canonical JSON: the one encoding of a value over which signatures are made (Matrix Appendices, "Canonical JSON").

/**
 * `number`: not finite, or no integer. `range`: outside ±(2^53−1). `lone-surrogate`: a string or key that is no Unicode text.
 * `depth`: nested deeper than MAX_DEPTH. `type`: something that JSON doesn't have.
 */
export type CanonicalJsonErrorCode = "number" | "range" | "lone-surrogate" | "depth" | "type";

/** The value has no canonical form. */
export class CanonicalJsonError extends Error {
  readonly code: CanonicalJsonErrorCode;
  /** Keys and indexes that lead to the offending value. */
  readonly path: readonly (string | number)[];

  constructor(code: CanonicalJsonErrorCode, message: string, path: readonly (string | number)[]) {
    super(message);
    this.name = "CanonicalJsonError";
    this.code = code;
    this.path = path;
  }
}

/** Nothing in the protocol nests deeper than a few levels; this keeps hostile input from the end of the stack. */
export const MAX_DEPTH = 100;

/**
 * The canonical form of a JSON value as JSON.parse gives it: keys sorted by code point, no white space, −0 as 0.
 * Throws CanonicalJsonError for what has none.
 */
export function canonicalJson(value: unknown): string {
  return encode(value, []);
}

function encode(value: unknown, path: (string | number)[]): string {
  if (value === null || typeof value === "boolean") return String(value);
  if (typeof value === "string") return encodeString(value, path);
  if (typeof value === "number") return encodeNumber(value, path);
  if (path.length >= MAX_DEPTH) throw new CanonicalJsonError("depth", `is nested deeper than ${MAX_DEPTH} levels`, path);
  if (Array.isArray(value)) {
    // Array.from: a hole is undefined, and refused as such.
    return `[${Array.from(value, (item: unknown, index) => encode(item, [...path, index])).join(",")}]`;
  }
  if (typeof value === "object" && isPlain(value)) {
    const members = Object.entries(value).sort(([a], [b]) => compareCodePoints(a, b));
    return `{${members.map(([key, item]) => `${encodeString(key, [...path, key])}:${encode(item, [...path, key])}`).join(",")}}`;
  }
  throw new CanonicalJsonError(
    "type",
    `is ${typeof value === "object" ? "an object of a class" : typeof value}, which JSON doesn't have`,
    path,
  );
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** JSON.stringify escapes exactly what canonical JSON escapes, except that it also makes lone surrogates representable. */
function encodeString(text: string, path: (string | number)[]): string {
  if (/\p{Surrogate}/u.test(text)) throw new CanonicalJsonError("lone-surrogate", "has a lone surrogate, which is no Unicode text", path);
  return JSON.stringify(text);
}

function encodeNumber(value: number, path: (string | number)[]): string {
  if (!Number.isInteger(value)) throw new CanonicalJsonError("number", `is ${value}, but only integers are allowed`, path);
  if (!Number.isSafeInteger(value)) throw new CanonicalJsonError("range", "is an integer outside ±(2^53−1)", path);
  return String(value === 0 ? 0 : value);
}

/** Orders by Unicode code point; JavaScript's own order is by UTF-16 code unit, which puts U+1F600 before U+FF5E. */
export function compareCodePoints(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index++) {
    const left = a.charCodeAt(index);
    const right = b.charCodeAt(index);
    if (left !== right) return rank(left) - rank(right);
  }
  return a.length - b.length;
}

/** Surrogates after U+E000-U+FFFF, since what they make up is above U+FFFF. */
function rank(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}
