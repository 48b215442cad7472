/**
 * The manual page: has all of the help, is the one in the repository, and can't be broken by what a text says. test/e2e has it read by
 * mandoc and groff.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { manualPage } from "../../scripts/man.ts";
import { command, escaped, prose, usage } from "../../scripts/man/roff.ts";
import { buildProgram } from "../../src/commands/program.ts";

const page = manualPage();
/** As it is read, one line. */
const text = page
  .replace(/\\f[BIR]/g, "")
  .replaceAll("\\-", "-")
  .replaceAll("\\(aq", "'")
  .replace(/\s+/g, " ");

test("is the one in the repository", () => {
  assert.equal(page, readFileSync(new URL("../../man/matrix-delegation-check.1", import.meta.url), "utf8"), "npm run docs");
});

test("has the sections of man-pages(7), in their order", () => {
  const known = ["NAME", "SYNOPSIS", "DESCRIPTION", "COMMANDS", "OPTIONS", "EXIT STATUS", "ENVIRONMENT", "FILES", "EXAMPLES", "SEE ALSO"];
  assert.deepEqual(
    [...page.matchAll(/^\.SH (.*)$/gm)].map(([, title]) => title).filter((title) => known.includes(title!)),
    known,
  );
});

test("has every option and command, with its default", () => {
  const program = buildProgram(
    "1.2.3",
    { isTTY: false } as Parameters<typeof buildProgram>[1],
    () => {},
    () => {},
  );
  const hidden = new Set(program.commands.filter((sub) => !program.createHelp().visibleCommands(program).includes(sub)));
  for (const sub of program.commands) assert.equal(page.includes(`.TP\n\\fB${escaped(sub.name())}\\fR`), !hidden.has(sub), sub.name());
  const options = [program, ...program.commands].flatMap((sub) => sub.options);
  for (const option of options) assert.ok(text.includes(` .TP ${option.flags.replace(/ <(.*)>/, " $1")} `), option.flags);
  assert.match(text, /--timeout duration Time for one network operation\. Default: 10s\. /);
  assert.match(text, /--with server Print the configuration of [^.]*\. One of nginx, caddy, /);
  assert.match(text, /130 Interrupted, as every --watch ends\. /);
});

const ESCAPED: [text: string, roff: string][] = [
  ["a-b", "a\\-b"],
  ["\\fB", "\\(rsfB"],
  [".SH X\n'br", "\\&.SH X\n\\(aqbr"],
  ['~/^`"', "\\(ti/\\(ha\\(ga\\(dq"],
  ["ä→", "\\[u00E4]\\[u2192]"],
];
for (const [from, to] of ESCAPED) test(`escaped: ${JSON.stringify(from)}`, () => assert.equal(escaped(from), to));

test("prose: options are bold, words with a hyphen are not", () => {
  assert.equal(prose("--fail-on or -f, well-known"), "\\fB\\-\\-fail\\-on\\fR or \\fB\\-f\\fR, well\\-known");
});

test("usage: what stands for something else is italic", () => {
  assert.equal(
    usage("[options] x [code] [--with <a[:b]>] <c...>"),
    "[\\fIoptions\\fR] \\fBx\\fR [\\fIcode\\fR] [\\fB\\-\\-with\\fR\\ \\fIa[:b]\\fR] \\fIc\\fR\\&...",
  );
  assert.equal(usage("<bash|fish>"), "\\fBbash\\fR|\\fBfish\\fR");
});

test("a long command is broken where a shell joins it again", () => {
  const long = `tool ${"--option value ".repeat(8)}end`;
  const lines = command(long)
    .split("\n")
    .slice(2, -1)
    .map((line) => line.replaceAll("\\-", "-").replaceAll("\\(rs", "\\"));
  assert.ok(lines.length > 1 && lines.every((line) => line.length <= 73));
  assert.equal(lines.join("\n").replace(/ \\\n {4}/g, " "), long);
});
