import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { marked, type Tokens } from "marked";
import { markdownStream } from "../../src/report/markdown.ts";
import { attacked, HARMFUL, named, whole } from "./attacks.ts";
import { skeleton } from "./readers/markdown.ts";
import { example, finding, healthy, inconclusive } from "./sample.ts";

const blocks = (markdown: string): string[] =>
  marked.lexer(markdown).flatMap((token) => (token.type === "code" ? [(token as Tokens.Code).text] : []));
const rows = (markdown: string): string[] =>
  markdown.split("\n").filter((line) => line.startsWith("| ") && !line.startsWith("| ---") && !line.startsWith("| Verdict"));

describe("markdown", () => {
  test("verdicts in a table, worst first; details of what didn't pass", () => {
    const text = whole(markdownStream(), [healthy(), inconclusive(), example()]);
    assert.match(text, /^## Matrix federation: 3 names, 1 fail, 1 inconclusive, 1 pass\n/);
    assert.deepEqual(rows(text), [
      "| ❌ fail | `example.com` | 1 error, 0 warnings: `tls/name-is-srv-target: The certificate covers the SRV target but not the name that counts` |",
      "| ❔ inconclusive | `example.com` | `No resolver gives an answer.` |",
      "| ✅ pass | `example.com` | `Homeservers reach Synapse 1.152.0 at hs1.host.example:8448.` |",
    ]);
    const [steps = "", found = ""] = blocks(text);
    assert.match(steps, /^pass {4}name {7}valid server name$/m);
    assert.match(steps, /^fail {4}tls {8}certificate not valid for matrix\.example\.com \(121 ms\)$/m);
    assert.match(found, /^Fix: 1\. Issue a certificate[^]*^ {5}2\. serve \{"m\.server": "hs1\.host\.example:8448"\}/m);
    assert.equal(text.match(/^### /gm)?.length, 2);
  });

  test("a fix that is a configuration keeps its lines", () => {
    const fix = ["Put this into the server block:\n    location /.well-known/ {\n        default_type application/json;\n    }"];
    const [, found] = blocks(whole(markdownStream(), [{ ...example(), findings: [finding("a/b", { fix })] }]));
    assert.ok(
      found?.includes(
        "Fix: Put this into the server block:\n         location /.well-known/ {\n             default_type application/json;\n         }",
      ),
    );
  });

  test("internal errors are said", () => {
    const text = whole(markdownStream(), [{ ...example(), internalErrors: ["tls/x: boom"] }]);
    assert.equal(blocks(text).at(-1), "tls/x: boom");
  });

  const harmless = skeleton(whole(markdownStream(), attacked("x")));
  for (const [name, attack] of named) {
    test(`nothing but code comes from outside: ${name}`, () => {
      const text = whole(markdownStream(), attacked(attack));
      assert.doesNotMatch(text, HARMFUL);
      assert.deepEqual(skeleton(text), harmless);
    });
  }

  test("a fence inside doesn't end the block", () => {
    const detail = "``````\n# out\n```";
    const found = blocks(whole(markdownStream(), [{ ...example(), findings: [finding("a/b", { detail })] }]))[1];
    assert.ok(found?.includes(detail));
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
