// How long a well-known is kept, by its headers and by implementation.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { cacheByImplementation, wellKnownCacheSeconds } from "../../src/matrix/cache-time.ts";

const now = new Date("2026-03-01T12:00:00Z");
const HOUR = 3600;

describe("headers", () => {
  const rows: [cacheControl: string | null, expires: string | null, seconds: number, source: string, clamped: number][] = [
    [null, null, 24 * HOUR, "default", 24 * HOUR],
    ["", null, 24 * HOUR, "default", 24 * HOUR],
    ["public", null, 24 * HOUR, "default", 24 * HOUR],
    ["max-age=3600", null, 3600, "max-age", 3600],
    ["public, Max-Age = 3600 , must-revalidate", null, 3600, "max-age", 3600],
    [`max-age="3600"`, null, 3600, "max-age", 3600],
    ["max-age=0", null, 0, "max-age", 300],
    ["max-age=299", null, 299, "max-age", 300],
    ["max-age=172801", null, 172801, "max-age", 172800],
    ["max-age=99999999999999999999999", null, 2 ** 31, "max-age", 172800],
    ["max-age=-1", null, 0, "max-age", 300],
    ["max-age=1, max-age=2", null, 2, "max-age", 300],
    ["s-maxage=60", null, 24 * HOUR, "default", 24 * HOUR],
    ["s-maxage=60, max-age=600", null, 600, "max-age", 600],
    [`private="x, max-age=7", max-age=600`, null, 600, "max-age", 600],
    ["no-store", null, 0, "no-store", 300],
    ["max-age=3600, No-Store", null, 0, "no-store", 300],
    ["no-cache", null, 24 * HOUR, "default", 24 * HOUR],
    ["max-age", null, 24 * HOUR, "default", 24 * HOUR],
    ["max-age=", null, 24 * HOUR, "default", 24 * HOUR],
    ["max-age=soon", null, 24 * HOUR, "default", 24 * HOUR],
    ["max-age=1.5", null, 24 * HOUR, "default", 24 * HOUR],
    ["max-age=soon", "Sun, 01 Mar 2026 13:00:00 GMT", 3600, "expires", 3600],
    ["max-age=600", "Sun, 01 Mar 2026 13:00:00 GMT", 600, "max-age", 600],
    [null, "Sun, 01 Mar 2026 13:00:00 GMT", 3600, "expires", 3600],
    [null, "Sun, 01 Mar 2026 13:00:00 GMT, Sun, 01 Mar 2026 14:00:00 GMT", 3600, "expires", 3600],
    [null, "Sunday, 01-Mar-26 13:00:00 GMT", 3600, "expires", 3600],
    [null, "Sun Mar  1 13:00:00 2026", 3600, "expires", 3600],
    [null, "Sun, 01 Mar 2026 11:00:00 GMT", 0, "expires", 300],
    [null, "Sun, 01 Mar 2026 12:00:00 GMT", 0, "expires", 300],
    [null, "Mon, 31 Feb 2027 12:00:00 GMT", 0, "expires", 300],
    [null, "0", 0, "expires", 300],
    [null, "-1", 0, "expires", 300],
    [null, "2027-01-01T00:00:00Z", 0, "expires", 300],
  ];
  for (const [cacheControl, expires, seconds, source, clamped] of rows) {
    it(`Cache-Control: ${cacheControl}, Expires: ${expires}`, () => {
      const headers = { ...(cacheControl !== null && { "cache-control": cacheControl }), ...(expires !== null && { expires }) };
      assert.deepEqual(wellKnownCacheSeconds(headers, now), { seconds, source, clamped });
    });
  }

  it("never throws, and stays within its bounds", () => {
    const header = fc.oneof(
      fc.string(),
      fc.array(fc.constantFrom("max-age", "=", '"', ",", " ", "5", "no-store", "GMT", "Mar")).map((parts) => parts.join("")),
    );
    fc.assert(
      fc.property(header, header, (cacheControl, expires) => {
        const time = wellKnownCacheSeconds({ "cache-control": cacheControl, expires }, now);
        assert.ok(time.seconds >= 0 && time.seconds <= 2 ** 31 && time.clamped >= 300 && time.clamped <= 172800);
      }),
    );
  });
});

describe("implementations", () => {
  const seconds = (cacheControl?: string) =>
    Object.fromEntries(
      cacheByImplementation(cacheControl === undefined ? {} : { "cache-control": cacheControl }, now).map((entry) => [
        entry.implementation,
        entry.seconds,
      ]),
    );
  const family = {
    Dendrite: null,
    conduwuit: [18 * HOUR, 36 * HOUR],
    tuwunel: [18 * HOUR, 36 * HOUR],
    continuwuity: [24 * HOUR, 24 * HOUR],
  };

  it("without headers", () => assert.deepEqual(seconds(), { ...family, Synapse: [77760, 95040], Conduit: [24 * HOUR, 24 * HOUR] }));
  it("max-age=60", () => assert.deepEqual(seconds("max-age=60"), { ...family, Synapse: [300, 300], Conduit: [60, 60] }));
  it("max-age of a week", () =>
    assert.deepEqual(seconds("max-age=604800"), { ...family, Synapse: [48 * HOUR, 48 * HOUR], Conduit: [48 * HOUR, 48 * HOUR] }));
  it("no-store", () => assert.deepEqual(seconds("no-store"), { ...family, Synapse: [300, 300], Conduit: [0, 0] }));
});
