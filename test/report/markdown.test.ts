import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { marked, type Tokens } from "marked";
import { text } from "../../src/report/markdown-text.ts";
import { markdownStream } from "../../src/report/markdown.ts";
import { attacked, HARMFUL, named, whole } from "./attacks.ts";
import { skeleton } from "./readers/markdown.ts";
import { example, finding, healthy, inconclusive } from "./sample.ts";

const blocks = (markdown: string): string[] =>
  marked.lexer(markdown).flatMap((token) => (token.type === "code" ? [(token as Tokens.Code).text] : []));
const rows = (markdown: string): string[] =>
  markdown.split("\n").filter((line) => line.startsWith("| ") && !line.startsWith("| ---") && !line.startsWith("| Verdict"));

describe("markdown", () => {
  test("one name: a list of steps, what is wrong, a fence for each thing to paste; no table", () => {
    const fix = "In nginx:\nlocation /.well-known/ {\n\tdefault_type application/json;\n}\n\nThen:\nnginx -s reload";
    const report = { ...example(), findings: [finding("a/b", { fix: [fix, "Or do that."] })] };
    const text = whole(markdownStream(), [report]);
    assert.match(text, /^### ❌ fail `example\.com`: 1 error, 0 warnings\n\n- ✅ name: valid server name\n/);
    assert.match(text, /^- ❌ tls: certificate not valid for `matrix\.example\.com` \(121 ms\)$/m);
    assert.ok(text.includes("\n```text\nlocation /.well-known/ {\n\tdefault_type application/json;\n}\n```\n"), "the tab, too");
    assert.equal(blocks(text)[1], "nginx -s reload");
    assert.match(text, /^\*\*Fix 2\*\* Or do that\.$/m);
    assert.deepEqual(rows(text), []);
  });

  test("several names: a list, worst first, and what fits of the details", () => {
    const text = whole(markdownStream(), [healthy(), inconclusive(), example()]);
    assert.match(text, /^## Matrix federation: 3 names, 1 fail, 1 inconclusive, 1 pass\n\n- ❌ fail `example\.com`: .*\n- ❔ inconclusive/);
    assert.ok(text.length < 4000);
  });

  test("resolve: where a homeserver connects, in the short form and the long one, also when all is well", () => {
    const facts = healthy().facts;
    const report = { ...healthy(), facts: { ...facts, settings: { ...facts.settings, probe: false } } };
    const { hostHeader, tlsName, specStep } = report.route ?? {};
    for (const options of [{}, { verbose: true }]) {
      const text = whole(markdownStream(options), [report, report]);
      assert.equal(text.match(/^#### Route$/gm)?.length, 2);
      assert.ok(text.includes(`\n- **Host** \`${hostHeader}\`\n- **SNI** \`${tlsName}\`\n`), text);
      assert.match(
        text,
        new RegExp(`^- \\*\\*spec step\\*\\* \`?${specStep?.replace(".", "\\.")}\`? of Resolving server names, via `, "m"),
      );
    }
    assert.doesNotMatch(whole(markdownStream(), [healthy()]), /#### Route/);
  });

  test("under 4,000 characters, whatever there is; what is left out is said; a fence is never cut", () => {
    const fix = Array.from({ length: 2 }, () => `Do this:\n${"echo what is to be pasted\n".repeat(40)}`);
    const findings = Array.from({ length: 9 }, (_, index) =>
      finding("tls/expired", { detail: `Number ${index}. ${"word ".repeat(99)}`, fix }),
    );
    for (const reports of [[{ ...example(), findings }], Array.from({ length: 5000 }, () => ({ ...example(), findings }))]) {
      const text = whole(markdownStream(), reports);
      assert.ok(text.length < 4000, `${text.length} characters`);
      assert.match(text, /left out to keep this short/);
      assert.equal(text.match(/^```/gm)?.length ?? 0, 2 * blocks(text).length);
    }
  });

  test("-v and the job summary: verdicts in a table, worst first; details of what didn't pass", () => {
    const text = whole(markdownStream({ verbose: true }), [healthy(), inconclusive(), example()]);
    assert.match(text, /^## Matrix federation: 3 names, 1 fail, 1 inconclusive, 1 pass\n/);
    assert.deepEqual(rows(text), [
      "| ❌ fail | `example.com` | 1 error, 0 warnings: `tls/name-is-srv-target`: The certificate covers the SRV target but not the name that counts |",
      "| ❔ inconclusive | `example.com` | No resolver gives an answer. |",
      "| ✅ pass | `example.com` | Homeservers reach Synapse `1.152.0` at `hs1.host.example:8448`. |",
    ]);
    assert.match(text, /^\*\*Fix 1\*\* Issue a certificate/m);
    assert.equal(text.match(/^### /gm)?.length, 2);
  });

  const SPANS: [from: string, markdown: string][] = [
    ["with them (its certificate must cover none.example.org):", "with them (its certificate must cover `none.example.org`):"],
    ["(a.example.org and 8448 of it)", "(`a.example.org` and 8448 of it)"],
    ["a.example.org) alone", "`a.example.org)` alone"],
    ["SRV: 10 5 8448 hs1.example.org → none; kept", "SRV: 10 5 8448 `hs1.example.org` → none; kept"],
    ["A: 192.0.2.1 → 192.0.2.2", "A: `192.0.2.1` → `192.0.2.2`"],
    ["to new.example.org:8448 (127.0.0.1:8448), by srv (step 4)", "to `new.example.org:8448` (`127.0.0.1:8448`), by srv (step 4)"],
    ["ends (10.0.0.1:1).", "ends (`10.0.0.1:1`)."],
    ["10:8448 (x:1) (y:2) z", "`10:8448` (`x:1`) (`y:2`) z"],
    ["calls f() there", "calls `f()` there"],
    ["open (a:b and c", "open `(a:b` and c"],
  ];
  for (const [from, markdown] of SPANS)
    test(`brackets stand outside of code spans: ${from}`, () => assert.equal(text(from, 200), markdown));

  test("internal errors are said", () => {
    const reports = [{ ...example(), internalErrors: ["tls/x: boom"] }];
    assert.match(whole(markdownStream(), reports), /^\*\*internal error\*\* `tls\/x: boom`$/m);
    assert.equal(blocks(whole(markdownStream({ verbose: true }), reports)).at(-1), "tls/x: boom");
  });

  for (const verbose of [false, true]) {
    const stream = (): ReturnType<typeof markdownStream> => markdownStream({ verbose });
    for (const [name, attack] of named) {
      test(`nothing but words and code comes from outside${verbose ? " (-v)" : ""}: ${name}`, () => {
        const text = whole(stream(), attacked(attack));
        assert.doesNotMatch(text, HARMFUL);
        skeleton(text);
      });
    }
  }

  test("a fence inside doesn't end the block", () => {
    const fix = "Put this there:\n``````\n# out\n```";
    const found = blocks(whole(markdownStream(), [{ ...example(), findings: [finding("a/b", { fix: [fix] })] }]));
    assert.deepEqual(found, ["``````\n# out\n```"]);
  });

  describe("size", () => {
    const many = Array.from({ length: 6000 }, (_, index) => {
      const report = [healthy, example, inconclusive][index % 3]!();
      return { ...report, serverName: `server-${index}.example.com` };
    });
    for (const maxBytes of [8_000, 65_536, 1_048_576]) {
      test(`never over ${maxBytes} bytes, and says what is missing`, () => {
        const text = whole(markdownStream({ maxBytes }), many);
        assert.ok(Buffer.byteLength(text) <= maxBytes);
        assert.match(text, /^## Matrix federation: 6000 names, 2000 fail, 2000 inconclusive, 2000 pass\n/);
        const shown = rows(text).length;
        assert.match(text, new RegExp(`^… and ${6000 - shown} more names, left out`, "m"));
        assert.match(rows(text)[0]!, /server-1\.example\.com/);
        const details = text.match(/^### /gm)?.length ?? 0;
        assert.match(text, new RegExp(`^The details of ${4000 - details} more names are left out`, "m"));
        skeleton(text);
      });
    }
  });
});
