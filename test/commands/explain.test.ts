import assert from "node:assert/strict";
import { test } from "node:test";
import { Chalk } from "chalk";
import { engine } from "../../src/commands/engine.ts";
import { nearest } from "../../src/facts/nearest.ts";
import { terminalMarkdown } from "../../src/report/terminal-markdown.ts";
import { pageOf } from "../../src/rules/page.ts";
import { stage, terminal } from "./stage.ts";

test("without a code: the list, by area, and what can't be seen from outside", async () => {
  const { code, stdout, stderr } = await stage(["explain"]);
  assert.deepEqual([code, stderr], [0, ""]);
  assert.match(
    stdout,
    /^name\n  name\/invalid  error          Not a server name\n\ntls\n  tls\/expired   error          The certificate has expired\n  tls\/expiring  error\/warning  The certificate expires soon\n\n/,
  );
  assert.match(stdout, /When everything passes and federation still fails\n- Back-off/);
  assert.match(stdout, /explain <code>\n$/);
});

test("with a code: its page, wrapped, code as it stands", async () => {
  const { code, stdout } = await stage(["explain", "tls/expired"]);
  assert.equal(code, 0);
  const lines = stdout.split("\n");
  assert.deepEqual(lines.slice(0, 3), ["tls/expired  error", "The certificate has expired", ""]);
  assert.ok(lines.filter((line) => !line.startsWith("    code that")).every((line) => line.length <= 80));
  assert.ok(lines.some((line) => line.startsWith("    code that") && line.endsWith("from here")));
  assert.deepEqual(
    lines.filter((line) => line.startsWith("- ")),
    ["- one", "- two"],
  );
  assert.match((await stage(["explain", "name/invalid"])).stdout, /\nSource {2}https:\/\/spec\.example\/name\n$/);
});

test("what a change of DNS does is no finding, and has a page by the code that SARIF gives it", async () => {
  const { code, stdout } = await stage(["explain", "change"]);
  assert.deepEqual([code, stdout.split("\n").slice(0, 2)], [0, ["change  info", "What a change of DNS does"]]);
  const entry = JSON.parse((await stage(["explain", "change", "--json"])).stdout) as { code: string; spec: null };
  assert.deepEqual([entry.code, entry.spec], ["change", null]);
  assert.doesNotMatch((await stage(["explain"])).stdout, /^ *change/m);
});

test("--json: all, or one", async () => {
  const all = JSON.parse((await stage(["explain", "--json"])).stdout) as { code: string; severities: string[] }[];
  assert.deepEqual(
    all.map((finding) => finding.code),
    ["name/invalid", "tls/expired", "tls/expiring"],
  );
  assert.deepEqual(all[2]?.severities, ["error", "warning"]);
  const one = JSON.parse((await stage(["explain", "name/invalid", "--json"])).stdout) as object;
  assert.deepEqual(one, {
    code: "name/invalid",
    severities: ["error"],
    title: "Not a server name",
    explain: "It breaks the grammar.",
    spec: "https://spec.example/name",
  });
});

test("colour only where it is wanted", async () => {
  assert.doesNotMatch((await stage(["explain", "tls/expired"])).stdout, /\u001b/);
  assert.match((await stage(["explain", "tls/expired", "--color", "always"])).stdout, /\u001b/);
  assert.match((await stage(["explain"], { stdout: terminal() })).stdout, /\u001b/);
});

const plain = new Chalk({ level: 0 });

const RENDERED: [what: string, markdown: string, lines: string[]][] = [
  ["bold is no stars", "**Usual causes.** A clock", ["Usual causes. A", "clock"]],
  [
    "a code span is one word, with marks where it has several",
    "Run `certbot renew -q`, then `x`.",
    ["Run", "`certbot renew -q`,", "then x."],
  ],
  ["over a line's end, too", "Run `certbot\nrenew -q` now", ["Run", "`certbot renew -q`", "now"]],
  ["code that has backticks", "``Host(`a`)`` or", ["Host(`a`) or"]],
  ["stars in code are stars", "`dns/*` **`a**b`** *well known*", ["dns/* a**b well", "known"]],
  ["a star alone is a star, and a backtick a backtick", "2 * 3 ` 4", ["2 * 3 ` 4"]],
  ["a heading", "# Two words", ["Two words"]],
  ["a table has columns", "| a | `bb` |\n| --- | --- |\n| ccc | d |\nafter", ["a    bb", "ccc  d", "after"]],
];
for (const [what, markdown, lines] of RENDERED)
  test(`on a terminal: ${what}`, () => assert.deepEqual(terminalMarkdown(markdown, 16, plain), lines));

test("on a terminal with colour: the same words, bold and code coloured, each line for itself", () => {
  const [first, ...rest] = terminalMarkdown("**Usual causes** of `openssl x509` and", 16, new Chalk({ level: 1 }));
  assert.equal(first, "\u001b[1mUsual\u001b[22m \u001b[1mcauses\u001b[22m of");
  assert.deepEqual(rest, ["\u001b[36mopenssl x509\u001b[39m and"]);
});

test("no page breaks a code span, whatever the width", async () => {
  for (const rule of await engine.rules()) {
    const page = pageOf(rule);
    const spans = page
      .split(/^(?: {4}|\|).*$/m)
      .flatMap((prose) => [...prose.replace(/\n *(?=\S)/g, " ").matchAll(/``((?:[^`]|`(?!`))+)``|`([^`]+)`/g)]);
    const text = terminalMarkdown(page, 40, plain).join("\n");
    for (const [, withTicks, span = withTicks ?? ""] of spans) assert.ok(text.includes(span), `${rule.code}: ${span}`);
    assert.doesNotMatch(text, /\*\*/, rule.code);
  }
});

test("wrapping keeps what isn't a paragraph", () => {
  assert.deepEqual(
    terminalMarkdown(
      "one two three four\nfive\n\n1. first item that is long\n   goes on\n| a | table that is wide |\n    indented code stays as it is\n> a quote stays",
      16,
      plain,
    ),
    [
      "one two three",
      "four five",
      "",
      "1. first item",
      "   that is long",
      "   goes on",
      "a  table that is wide",
      "    indented code stays as it is",
      "> a quote stays",
    ],
  );
});

for (const [word, expected] of [
  ["tls/expird", "tls/expired"],
  ["tls-expired", "tls/expired"],
  ["TLS/EXPIRED", "tls/expired"],
  ["expired", "tls/expired"],
  ["certificate/expired", "tls/expired"],
  ["tls/epxired", "tls/expired"],
  ["keys/expired", "keys/expired"],
  ["nonsense", null],
  ["", null],
  ["x".repeat(100_000), null],
] as const) {
  test(`nearest to ${JSON.stringify(word.slice(0, 30))}: ${expected}`, () =>
    assert.equal(nearest(word, ["name/invalid", "tls/expired", "keys/expired"]), expected));
}

for (const area of ["tls", "tls/", "tls/*"]) {
  test(`explain ${area}: all of the area, and no other`, async () => {
    const { code, stdout } = await stage(["explain", area]);
    assert.equal(code, 0);
    assert.match(stdout, /^tls\n {2}tls\/expired +error +The certificate has expired\n {2}tls\/expiring /);
    assert.doesNotMatch(stdout, /name\/invalid/);
    const json = JSON.parse((await stage(["explain", area, "--json"])).stdout) as { code: string }[];
    assert.deepEqual(
      json.map((entry) => entry.code),
      ["tls/expired", "tls/expiring"],
    );
  });
}

test("--no-color is --color never, before and after the command, and not behind --", async () => {
  const env = { FORCE_COLOR: "1" };
  assert.match((await stage(["explain", "tls/expired"], { env })).stdout, /\u001b/);
  for (const argv of [
    ["--no-color", "explain", "tls/expired"],
    ["explain", "tls/expired", "--no-color"],
    ["ok.example.com", "--no-color"],
  ]) {
    const { code, stdout } = await stage(argv, { env });
    assert.equal(code, 0);
    assert.doesNotMatch(stdout, /\u001b/);
  }
  assert.match((await stage(["--", "--no-color"])).stdout, /--no-color/);
});
