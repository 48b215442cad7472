/** What the scenarios showed once, judged again: the same findings. A change that is meant is recorded anew with `npm run record`. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { findingsOf, onlyDeclared } from "../scenarios/scenario.ts";
import { judgedAgain, summaryOf } from "./recorded.ts";

const all = await judgedAgain();
const scenarios = await onlyDeclared();

describe("recorded evidence, judged again", () => {
  test("the findings are those that the scenarios declare", () => {
    let compared = 0;
    for (const { title, finds, verdict } of scenarios) {
      const [recorded, ...others] = all.filter((each) => each.title === title);
      // A few titles are there twice; a new scenario isn't recorded yet.
      if (recorded === undefined || others.length > 0) continue;
      assert.deepEqual([findingsOf(recorded.report), recorded.report.verdict], [finds, verdict], title);
      compared++;
    }
    assert.ok(compared > 300, `${compared} scenarios`);
  });

  test("there is evidence of every kind of fault", () => {
    assert.ok(all.length > 200, `${all.length} scenarios`);
  });

  for (const { title, says, report } of all) {
    test(title, () => {
      assert.deepEqual(JSON.parse(JSON.stringify(summaryOf(report))), says);
      assert.equal(report.internalErrors, undefined);
    });
  }

  test("the verdict and who reaches the server never contradict each other", () => {
    for (const {
      title,
      report: { verdict, reach, findings },
    } of all) {
      const synapse = reach.find(({ homeserver }) => homeserver === "Synapse");
      if (verdict === "inconclusive") assert.deepEqual(reach, [], title);
      if (synapse?.reaches === "no") assert.equal(verdict, "fail", `${title}: Synapse doesn't get through`);
      const wayFails = findings.some(({ severity, step }) => severity === "error" && step !== "policy" && step !== "client");
      if (wayFails && reach.length > 0)
        assert.ok(
          reach.some(({ reaches }) => reaches !== "yes"),
          `${title}: nobody minds the error`,
        );
      for (const { homeserver, reaches, because } of reach) assert.ok(reaches !== "yes" || because.length === 0, `${title}: ${homeserver}`);
    }
  });
});
