/** What is kept of an HTTP response as evidence: bounded, and plain JSON. */
import type { HttpFacts } from "../facts/facts.ts";

const MAX_HEADERS = 100;
const MAX_HEADER_LENGTH = 2048;
const MAX_EXCERPT = 512;
const MAX_ERROR_LENGTH = 512;

/** Header fields as the parser gives them: lower-case names, one value or several. */
type HeaderFields = Record<string, string | string[] | undefined>;

/** The facts of a response whose body, decoded, is `body`; the headers as `joinHeaders` gives them. */
export function httpFacts(status: number, headers: HttpFacts["headers"], body: Buffer, truncated: boolean): HttpFacts {
  return {
    status,
    headers,
    bodyBytes: body.length,
    truncated,
    excerpt: excerptOf(body),
    matrixError: truncated ? null : matrixErrorOf(body),
  };
}

/** At most 100 fields of at most 2,048 characters; repeated fields joined with ", " (RFC 9110, 5.2). */
export function joinHeaders(fields: HeaderFields): Record<string, string> {
  const joined: [string, string][] = [];
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined) continue;
    if (joined.length === MAX_HEADERS) break;
    const text = Array.isArray(value) ? value.join(", ") : value;
    joined.push([name.toLowerCase(), text.slice(0, MAX_HEADER_LENGTH)]);
  }
  // fromEntries, because a field may be called `__proto__`.
  return Object.fromEntries(joined);
}

function excerptOf(body: Buffer): string {
  // A character is at most 4 bytes, and 2 units of a string.
  const text = body.toString("utf8", 0, MAX_EXCERPT * 4).slice(0, MAX_EXCERPT);
  const last = text.charCodeAt(text.length - 1);
  const isHalfCharacter = last >= 0xd800 && last <= 0xdbff;
  return isHalfCharacter ? text.slice(0, -1) : text;
}

/** Matrix Client-Server API, "Standard error response": `errcode`, and `error` for people. */
function matrixErrorOf(body: Buffer): HttpFacts["matrixError"] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body.toString("utf8"));
  } catch {
    return null;
  }
  if (typeof parsed !== "object" || parsed === null || !("errcode" in parsed) || typeof parsed.errcode !== "string") return null;
  const error = "error" in parsed && typeof parsed.error === "string" ? parsed.error : "";
  return { errcode: parsed.errcode.slice(0, MAX_ERROR_LENGTH), error: error.slice(0, MAX_ERROR_LENGTH) };
}
