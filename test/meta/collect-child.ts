/**
 * A process of its own for `rules.test.ts`, which sends it what the tests raise and what they don't: `scenarios` loads the files under
 * test/scenarios and reads what they declare (nothing runs: the name pattern matches no test); `rules` runs those under test/rules, whose
 * facts are made up, and watches every rule.
 */
import { readdirSync } from "node:fs";
import { after } from "node:test";
import { pathToFileURL } from "node:url";
import { made } from "../lab/program.ts";
import { rules } from "../../src/rules/registry.ts";

/** One scenario, or the facts of one rule test. */
export interface Observation {
  raised: string[];
  /** Which rules were asked. */
  judged: string[];
  /** What the findings say to do; none of scenarios, which aren't run. */
  fixes: { code: string; fix: string }[];
}

async function load(folder: string): Promise<void> {
  for (const file of readdirSync(new URL(folder, import.meta.url)).filter((each) => each.endsWith(".test.ts")))
    await import(pathToFileURL(made(new URL(`${folder}${file}`, import.meta.url))).href);
}

function send(observations: readonly Observation[]): void {
  process.send?.(observations, () => process.exit());
}

if (process.argv[2] === "scenarios") {
  const { declared } = await import("../scenarios/scenario.ts");
  await load("../scenarios/");
  const judged = rules.map(({ code }) => code);
  // `code severity < cause`
  send(declared.map(({ finds }) => ({ raised: finds.map((found) => found.split(" ")[0] ?? ""), judged, fixes: [] })));
} else {
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
  await load("../rules/");
  after(() => send([...byFacts.values()]));
}
