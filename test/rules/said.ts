/** What a finding must say of these facts: how bad it is, where, and which values and lines its text has. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Facts } from "../../src/facts/facts.ts";
import type { Severity } from "../../src/facts/output.ts";
import type { Rule } from "../../src/rules/rule.ts";
import { findingsOf } from "./judging.ts";
import { findingText, type texts } from "./texts.ts";

export interface Said {
  facts: Facts;
  /** Default: the rule gives one severity. */
  severity?: Severity;
  /** Of several findings each. */
  where?: string[];
  /** In the detail or a fix. */
  says?: (string | RegExp)[];
  not?: (string | RegExp)[];
  /** The rule has nothing to say. */
  none?: true;
}

/** The rule alone, so that nothing explains it away. */
export function saidBy(rule: Rule, cases: Record<string, Said>, text: ReturnType<typeof texts>): void {
  for (const [title, { facts, severity, where, says = [], not = [], none }] of Object.entries(cases)) {
    text(`${rule.code}: ${title}`, () => findingsOf(facts, [rule]).map(findingText).join("") || "nothing\n");
    test(`${rule.code}: ${title}`, () => {
      const found = findingsOf(facts, [rule]);
      if (none === true) return assert.deepEqual(found, []);
      assert.ok(found.length > 0, "nothing is said");
      const text = found.map(({ detail, fix }) => [detail, ...fix].join("\n")).join("\n");
      if (severity !== undefined) assert.deepEqual([...new Set(found.map((each) => each.severity))], [severity]);
      if (where !== undefined)
        assert.deepEqual(
          found.flatMap((each) => each.where),
          where,
        );
      for (const each of says) assert.ok(typeof each === "string" ? text.includes(each) : each.test(text), `${String(each)} in: ${text}`);
      for (const each of not)
        assert.ok(!(typeof each === "string" ? text.includes(each) : each.test(text)), `no ${String(each)} in: ${text}`);
      assert.doesNotMatch(text, /undefined|NaN|\[object|, ,|\(\)/);
    });
  }
}
