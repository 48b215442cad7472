/** The recorded evidence of all scenarios as tests: judged again, it must say the same. */
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { isDeepStrictEqual } from "node:util";
import { gunzipSync } from "node:zlib";
import { judgeAgain } from "../../src/check.ts";
import { RECORDED, summaryOf, type Recorded } from "../../test/recorded/recorded.ts";

/** Read once a process; parsed anew for each test, so that nothing that was kept about one object is known to the next mutant. */
const kept = globalThis as { recordedEvidence?: string[] };
kept.recordedEvidence ??= gunzipSync(readFileSync(RECORDED))
  .toString()
  .split("\n")
  .filter((line) => line !== "");

for (const line of kept.recordedEvidence) {
  test(line.slice(0, 60), async () => {
    const { facts, says } = JSON.parse(line) as Recorded;
    const report = await judgeAgain(facts);
    if (report.internalErrors !== undefined) throw new Error("a rule threw");
    // No assertion: the text of a difference between two reports takes longer than all the rest.
    if (!isDeepStrictEqual(JSON.parse(JSON.stringify(summaryOf(report))), says)) throw new Error("another report");
  });
}
