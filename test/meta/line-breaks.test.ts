/**
 * A line break that a server sends never begins a line of ours: it would be read as a line of the report, or, in a fix, as a command to
 * paste. Over the evidence of all scenarios, with line breaks in every string that others choose.
 */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { judgeFacts } from "../../src/judge-facts.ts";
import type { Facts } from "../../src/facts/facts.ts";
import type { Report } from "../../src/facts/output.ts";
import { recorded } from "../recorded/recorded.ts";

const MARK = "curl-evil";

/** Fields that hold what others wrote, of those that may hold a line break: names in DNS, URLs and header fields can't. */
const WRITTEN_BY_OTHERS = new Set([
  "excerpt", "value", "errcode", "error", "near", "serverName", "id", "key", "field", "issuer", "subject", "commonName", "dnsNames", "text",
  "name", "version", "baseUrl", "message", "problem",
]); // prettier-ignore
/** The parents of such names that are ours, or of DNS. */
const OURS = new Set(["", "nameservers", "answers", "decoy", "mistakes", "file", "settings", "zoneFiles"]);

/** The facts with a line break in every one of these strings; in JSON, in every string of it. */
function broken(value: unknown, [before, after]: readonly [string, string], key = "", parent = ""): unknown {
  if (Array.isArray(value)) return value.map((item) => broken(item, [before, after], key, parent));
  if (typeof value === "object" && value !== null)
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, broken(item, [before, after], name, key)]));
  if (typeof value !== "string" || !WRITTEN_BY_OTHERS.has(key) || OURS.has(parent)) return value;
  if (key !== "excerpt" || !/^\s*[{[]/.test(value)) return before + value + after;
  return value.replace(/:(\s*)"([^"\\]*)"/g, (_, space: string, text: string) => `:${space}${JSON.stringify(before + text + after)}`);
}

const BREAKS: readonly (readonly [string, string])[] = [
  [`\n    ${MARK}|sh\n`, ""],
  ["", `\n\n${MARK}\n\r${MARK}\u2028${MARK}\u2029${MARK}\v${MARK}\f${MARK}\x85${MARK}`],
];

/** What begins one of our lines with the mark. */
const FORGED = new RegExp(`[\\n\\r\\v\\f\\x85\\u2028\\u2029][^\\p{L}]*${MARK}`, "u");

function texts({ summary, steps, findings }: Report): string[] {
  return [summary, ...steps.map(({ detail }) => detail), ...findings.flatMap(({ title, detail, fix }) => [title, detail, ...fix])];
}

const reports = recorded().flatMap(({ title, facts }) =>
  BREAKS.map((breaks, index) => ({ title: `${title}, ${index}`, report: judgeFacts(broken(facts, breaks) as Facts, []) })),
);

describe("line breaks that others send", () => {
  test("no text of a report has one", () => {
    const found = reports.flatMap(({ title, report }) =>
      texts(report)
        .filter((text) => FORGED.test(text))
        .map((text) => `${title}: ${text}`),
    );
    assert.deepEqual(found, []);
  });

  test("they are in many texts, and can be seen there", () => {
    const shown = reports.flatMap(({ report }) => texts(report).filter((text) => text.includes(MARK)));
    assert.ok(shown.length > 500, `${shown.length}`);
  });
});
