/** Options of the library that can't be meant: a UsageError, before anything is asked. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { check, UsageError } from "../../src/index.ts";

for (const name of ["timeoutMs", "deadlineMs"] as const) {
  for (const value of [0, -1, Number.NaN, Infinity, 2 ** 31, "10s", "10000", null]) {
    test(`${name}: ${typeof value === "string" ? `"${value}"` : String(value)}`, () =>
      assert.rejects(
        check("example.org", { [name]: value as number }),
        (error: unknown) =>
          error instanceof UsageError &&
          error.message === `${name} must be a number of milliseconds, more than 0 and at most 86400000 (24 hours), for example 10000`,
      ));
  }
}
