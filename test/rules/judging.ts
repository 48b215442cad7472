/** Tables for rule tests: facts in, codes out. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Facts } from "../../src/facts/facts.ts";
import type { Finding } from "../../src/facts/output.ts";
import { judge } from "../../src/rules/judge.ts";
import type { Rule } from "../../src/rules/rule.ts";
import { findingText, type texts } from "./texts.ts";

/** What is wrong, and the codes of all findings in alphabetical order; `a < b` is a finding a that stands under b. */
export type Case = [name: string, facts: Facts, codes: string[]];

/** `said`: what is said is compared, too, word for word (texts.ts). */
export function table(
  rules: readonly Rule[],
  cases: readonly Case[],
  said: ReturnType<typeof texts> | null = null,
  about: string = "",
): void {
  for (const [name, facts, codes] of cases) {
    said?.(`${about}${name}`, () => findingsOf(facts, rules).map(findingText).join("") || "nothing\n");
    test(name, () => {
      const findings = findingsOf(facts, rules);
      assert.deepEqual(findings.map(({ code, causedBy }) => (causedBy === null ? code : `${code} < ${causedBy}`)).sort(), codes);
      for (const finding of findings) checkForm(finding, rules);
    });
  }
}

export function findingsOf(facts: Facts, rules: readonly Rule[]): Finding[] {
  const { findings, broken } = judge(facts, { rules });
  assert.deepEqual(broken, []);
  return findings;
}

/** The only finding with that code. */
export function only(facts: Facts, rules: readonly Rule[], code: string): Finding {
  const found = findingsOf(facts, rules).filter((finding) => finding.code === code);
  assert.equal(found.length, 1, `${code} occurs ${found.length} times`);
  return found[0]!;
}

/** What holds for every finding, whatever it says. */
function checkForm(finding: Finding, rules: readonly Rule[]): void {
  const { code, severity, detail, fix, where } = finding;
  const rule = rules.find((each) => each.code === code);
  assert.ok(rule !== undefined && [rule.severity].flat().includes(severity), `${code}: ${severity} is not among the rule's severities`);
  assert.match(detail, /[.)"]$/, `${code}: the detail ends like a sentence`);
  const asks = finding.causedBy === null && severity !== "info";
  assert.ok(fix.length >= (asks ? 1 : 0) && fix.length <= 2, `${code} has ${fix.length} fixes`);
  assert.ok(where.length >= 1 && new Set(where).size === where.length, `${code}: places, each once`);
  for (const text of [detail, ...fix]) assert.doesNotMatch(text, /undefined|(?<!\/dev\/)null|NaN|\[object|please/i, `${code}: ${text}`);
}
