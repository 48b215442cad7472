/**
 * A process of its own for `rules.test.ts` and test/e2e, which sends them what the tests raise and what they don't: `scenarios` loads the
 * files under test/scenarios and reads what they declare (nothing runs: the name pattern matches no test); `rules` runs those under
 * test/rules, whose facts are made up, and watches every rule.
 */
import { readdirSync } from "node:fs";
import { after } from "node:test";
import { pathToFileURL } from "node:url";
import { made } from "../lab/program.ts";
import { rules } from "../../src/rules/registry.ts";
import { loadRuleTests, watchRules, type Observation } from "./watched-rules.ts";

function send(observations: readonly Observation[]): void {
  process.send?.(observations, () => process.exit());
}

if (process.argv[2] === "scenarios") {
  const { declared } = await import("../scenarios/scenario.ts");
  for (const file of readdirSync(new URL("../scenarios/", import.meta.url)).filter((each) => each.endsWith(".test.ts")))
    await import(pathToFileURL(made(new URL(`../scenarios/${file}`, import.meta.url))).href);
  const judged = rules.map(({ code }) => code);
  // `code severity < cause`
  send(declared.map(({ finds }) => ({ raised: finds.map((found) => found.split(" ")[0] ?? ""), judged, fixes: [] })));
} else {
  const observations = watchRules();
  await loadRuleTests();
  after(() => send(observations()));
}
