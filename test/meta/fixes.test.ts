/**
 * What is pasted stands on lines of its own: a paragraph of a fix is one line of prose, then lines to paste that some program reads. Over
 * the reports of all scenarios, judged again. test/e2e/paste.test.ts gives the lines to the programs.
 */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { fixParts, type FixPart } from "../../src/views/fix-parts.ts";
import { kindOf } from "../e2e/block-kind.ts";
import { judgedAgain } from "../recorded/recorded.ts";

/** What somebody would copy out of a sentence. */
const PASTEABLE: readonly [string, RegExp][] = [
  [
    "a command",
    /\b(?:systemctl|apachectl|a2enmod|certbot (?:certonly|renew)|nginx -[st]|caddy reload|docker (?:compose|logs)|rndc|curl -)/,
  ],
  ["a command of this tool", /matrix-delegation-check [a-z-]/],
  ["an option of this tool with its value", /--[a-z-]+ (?:<|\d|\S+[.:]\S)/],
  ["the file", /\{"m\.server"/],
  ["a record", /\bIN +(?:SRV|AAAA|A|CNAME) /],
  [
    "an nginx directive",
    /\b(?:listen (?:\[::\]:)?\d|server_name \S+\.|return \d|ssl_\w+ (?:on|off|TLS)|proxy_\w+ http|add_header \S+ )[^.;"]{0,80};/,
  ],
  ["an Apache directive", /"(?:SSL\w+|ServerName|ServerAlias|ProxyPass\w*|AllowEncodedSlashes|RewriteRule|Listen) [^"]+"/],
  ["a HAProxy line", /"(?:bind|use_backend|http-request|server) [^"]*[^"\s-]"/],
  ["YAML", /"\w+: \S[^"]*"/],
];

/** What is named to be found, replaced or taken away isn't to be pasted. */
function withoutNames(prose: string): string {
  return prose
    .replace(/replace "[^"]*" by "[^"]*"/gi, "")
    .replace(/\b(?:with|and|above|between|unless|beside) "[^"]*"(?:,? (?:and|or) "[^"]*")*/g, "")
    .replace(/\b(?:remove|without|must not have|must have no|there must be no|begins with|look for|as in)\b[^.;]*/gi, "")
    .replace(/\((?:Apache|nginx|HAProxy|Traefik|Caddy): (?:[^()]|\([^()]*\))*\)/g, "");
}

const all = (await judgedAgain()).flatMap(({ title, report }) =>
  report.findings.flatMap(({ code, fix }) => fix.flatMap((each) => fixParts(each).map((part) => ({ ...part, code, title })))),
);
const parts = [...new Map(all.map((part) => [`${part.code} ${part.prose} ${part.lines.join("\n")}`, part])).values()];

function assertNone(wrong: readonly (FixPart & { code: string })[], why: (part: FixPart) => string): void {
  assert.deepEqual(
    wrong.map((part) => `${part.code}: ${why(part)}:\n${part.prose}\n${part.lines.join("\n")}`),
    [],
  );
}

describe("fixes of all recorded reports", () => {
  test("there are many", () => assert.ok(parts.length > 300, `${parts.length} paragraphs`));

  test("a paragraph begins with one line of prose: it ends in a colon when lines to paste follow", () => {
    const isProse = ({ prose, lines }: FixPart): boolean =>
      /^\S.*\S$/.test(prose) && !/\t| {2}/.test(prose) && (lines.length > 0 ? /:$/ : /[.;]$/).test(prose);
    assertNone(
      parts.filter((part) => !isProse(part)),
      () => "the prose",
    );
  });

  test("nothing to paste stands in prose", () => {
    const found = (prose: string): string | undefined => PASTEABLE.find(([, pattern]) => pattern.test(withoutNames(prose)))?.[0];
    assertNone(
      parts.filter(({ prose }) => found(prose) !== undefined),
      ({ prose }) => found(prose) ?? "",
    );
  });

  test("each block of lines is for a program that is known, and has no line that ends in space", () => {
    assertNone(
      parts.filter(({ lines }) => lines.length > 0 && (kindOf(lines) === null || lines.some((line) => /\s$/.test(line)))),
      () => "nobody knows what this is",
    );
  });
});
