/** What a finding saw, in a few words: the evidence that a step's line shows. A detail says it first, so that it is taken from there. */
import type { Finding } from "../facts/output.ts";

/** Longer than this, and only the first clause is taken. Columns that a step's line has at a width of 80, and half a line more. */
const LONG = 110;

/** No clause is shown longer than this. */
const LONGEST = 150;

/** The first sentence of the detail, without what a step's line says already: the well-known's own URL, "The", the full stop. */
export function seenIn(finding: Pick<Finding, "detail" | "title" | "where">, url: string): string {
  const detail = finding.detail.trim();
  if (detail === "") return finding.title;
  // Where it is, as a line of a file, is no clause of its own.
  const at = finding.where.map((each) => `${each}: `).find((each) => each !== `${url}: ` && detail.startsWith(each));
  if (at !== undefined) return at + seenIn({ ...finding, detail: detail.slice(at.length) }, url);
  const own = detail.startsWith(url) ? detail.slice(url.length).replace(/^:? /, "") : detail;
  const first = clause(own, /[.?!](?=\s|$)/);
  const short = first.length <= LONG ? first : clause(first, /[:;](?=\s)|, (?=so|and|while|which)/);
  return lowered(
    closed(cut(short)).replace(
      /^GET \/_matrix\/(federation\/v1\/version|key\/v2\/server)\b(:?)/,
      (_, path: string, colon: string) => `${colon === "" ? "the " : ""}${REQUESTS[path] ?? ""}${colon}`,
    ),
  );
}

/** The path says less than what it is for. */
const REQUESTS: Readonly<Record<string, string>> = { "federation/v1/version": "version request", "key/v2/server": "keys request" };

/** What has no separator is cut at a word. */
function cut(text: string): string {
  return text.length <= LONGEST ? text : `${text.slice(0, text.lastIndexOf(" ", LONGEST)).trimEnd() || text.slice(0, LONGEST)} …`;
}

/** What is cut off inside of parentheses loses them. */
function closed(text: string): string {
  const open = text.lastIndexOf(" (");
  return open < LEAST || text.indexOf(")", open) !== -1 ? text : text.slice(0, open);
}

/** Up to the first separator that stands outside of quotes and doesn't leave next to nothing. */
function clause(text: string, separator: RegExp): string {
  let quotes = 0;
  let from = 0;
  for (const { index } of text.matchAll(new RegExp(separator, "g"))) {
    for (; from < index; from++) if (text[from] === '"') quotes++;
    if (quotes % 2 === 0 && index >= LEAST) return text.slice(0, index);
  }
  return text;
}

const LEAST = 8;

/** A sentence's beginning in the middle of a line; names and words of the protocol keep their letters. */
function lowered(text: string): string {
  const bare = text.replace(/^The (?=\S)/, "");
  return ORDINARY.test(bare) ? bare.slice(0, 1).toLowerCase() + bare.slice(1) : bare;
}

const ORDINARY =
  /^(?:An?|The|On|In|Of|Only|Homeservers|Without|With|Beside|There|From|Connecting|All|This|Port|No|Not|It|Lookup|What|Nobody|But)\b/;
