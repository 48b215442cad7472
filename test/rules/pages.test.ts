/** The pages in docs/ are those of the rules: whoever reads one reads what `explain` says. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { pageOf } from "../../src/rules/page.ts";
import { rules } from "../../src/rules/registry.ts";

for (const rule of rules)
  test(rule.code, () => {
    const page = readFileSync(new URL(`../../docs/findings/${rule.code}.md`, import.meta.url), "utf8");
    const severity = [rule.severity].flat().join(" or ");
    const source = rule.spec === null ? "" : `\nSource: <${rule.spec}>\n`;
    assert.equal(page, `# ${rule.code}\n\n**${rule.title}** (${severity})\n\n${pageOf(rule)}\n${source}`);
  });
