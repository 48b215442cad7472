import { describe } from "node:test";
import type { Facts } from "../../src/facts/facts.ts";
import { keysRules } from "../../src/rules/keys/index.ts";
import { machineRules } from "../../src/rules/machine/index.ts";
import { tlsRules } from "../../src/rules/tls/index.ts";
import { AT, done, endpoint, goodKeys, http, keys, withEndpoints } from "./facts-builder.ts";
import { table } from "./judging.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Keys that ended so long before the check's time, in an answer whose Date is so far from it. */
function outOfDate(endedAgo: number, dateOff: number): Facts {
  const date = new Date(Date.parse(AT) + dateOff).toUTCString();
  const response = http(200, "{}", { headers: { "content-type": "application/json", date } });
  return withEndpoints(endpoint({ keys: done(keys(goodKeys({ validUntil: Date.parse(AT) - endedAgo }), response)) }));
}

describe("the clock", () => {
  table(
    [...machineRules, ...tlsRules, ...keysRules],
    [
      ["keys that are good by the server's date", outOfDate(2 * DAY_MS, -3 * DAY_MS), ["keys/expired < machine/clock", "machine/clock"]],
      ["keys that ended by the server's date, too", outOfDate(5 * DAY_MS, -3 * DAY_MS), ["keys/expired"]],
      ["a clock that is off by hours", outOfDate(2 * HOUR_MS, -3 * HOUR_MS), ["keys/expired"]],
      ["a wrong clock by which nothing fails", outOfDate(-DAY_MS, -3 * DAY_MS), []],
    ],
  );
});
