/** What the scenarios showed once, judged again: the same findings. A change that is meant is recorded anew with `npm run record`. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { judgeAgain } from "../../src/check.ts";
import { recorded, summaryOf } from "./recorded.ts";

describe("recorded evidence, judged again", () => {
  const all = recorded();

  test("there is evidence of every kind of fault", () => {
    assert.ok(all.length > 200, `${all.length} scenarios`);
  });

  for (const { title, facts, says } of all) {
    test(title, async () => {
      const report = await judgeAgain(facts);
      assert.deepEqual(JSON.parse(JSON.stringify(summaryOf(report))), says);
      assert.equal(report.internalErrors, undefined);
    });
  }
});
