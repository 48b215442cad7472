import assert from "node:assert/strict";
import { test } from "node:test";
import { wrapMarkdown } from "../../src/commands/explain.ts";
import { nearest } from "../../src/facts/nearest.ts";
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
  assert.ok(lines.filter((line) => !line.startsWith("code that")).every((line) => line.length <= 80));
  assert.ok(lines.some((line) => line.startsWith("code that") && line.endsWith("from here")));
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

test("wrapping keeps what isn't a paragraph", () => {
  assert.deepEqual(
    wrapMarkdown(
      "one two three four\nfive\n\n1. first item that is long\n   goes on\n| a | table that is wide |\n    indented code stays as it is\n> a quote stays",
      16,
    ),
    [
      "one two three",
      "four five",
      "",
      "1. first item",
      "   that is long",
      "   goes on",
      "| a | table that is wide |",
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
