import assert from "node:assert/strict";
import { test } from "node:test";
import { whileJudged, workedOutOnce } from "../../src/views/while-judged.ts";

const sum = workedOutOnce((of: { values: number[] }, factor: number): { sum: number } => ({
  sum: factor * of.values.reduce((all, each) => all + each, 0),
}));

test("while something is judged each question is answered once, for each object and each setting", () => {
  const [one, other] = [{ values: [1, 2] }, { values: [1, 2] }];
  whileJudged(() => {
    assert.equal(sum(one, 1), sum(one, 1));
    assert.notEqual(sum(one, 1), sum(other, 1));
    assert.deepEqual([sum(one, 1), sum(one, 2), sum(one, 1)], [{ sum: 3 }, { sum: 6 }, { sum: 3 }]);
  });
});

test("before and after, facts may change: nothing is kept, whatever the judging ended with", () => {
  const facts = { values: [1] };
  assert.deepEqual(sum(facts, 1), { sum: 1 });
  facts.values.push(1);
  assert.throws(() =>
    whileJudged(() => {
      assert.deepEqual(sum(facts, 1), { sum: 2 });
      throw new Error("a rule that throws");
    }),
  );
  facts.values.push(1);
  assert.deepEqual(sum(facts, 1), { sum: 3 });
  whileJudged(() => assert.deepEqual(sum(facts, 1), { sum: 3 }));
});
