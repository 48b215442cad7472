/** What the tests under test/rules raise and what they don't, in the process that runs them. */
import { readdirSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { rules } from "../../src/rules/registry.ts";
import { made } from "../lab/program.ts";

/** One scenario, or the facts of one rule test. */
export interface Observation {
  raised: string[];
  /** Which rules were asked. */
  judged: string[];
  /** What the findings say to do; none of scenarios, which aren't run. */
  fixes: { code: string; fix: string }[];
}

/** Every rule from now on; what it gives says what was seen until then. */
export function watchRules(): () => Observation[] {
  const byFacts = new Map<object, Observation>();
  for (const rule of rules) {
    const judge = rule.judge.bind(rule);
    rule.judge = function* (facts) {
      const observation = byFacts.get(facts) ?? { raised: [], judged: [], fixes: [] };
      byFacts.set(facts, observation);
      observation.judged.push(rule.code);
      for (const found of judge(facts)) {
        observation.raised.push(rule.code);
        observation.fixes.push(...found.fix.map((fix) => ({ code: rule.code, fix })));
        yield found;
      }
    };
  }
  return () => [...byFacts.values()];
}

/** Declares them in this process, if that hasn't been done. */
export async function loadRuleTests(): Promise<void> {
  const folder = new URL("../rules/", import.meta.url);
  for (const file of readdirSync(folder).filter((each) => each.endsWith(".test.ts")))
    await import(pathToFileURL(made(new URL(file, folder))).href);
}
