import assert from "node:assert/strict";
import { test } from "node:test";
import { homeservers } from "../../src/homeservers/all.ts";
import { limitsOf } from "../../src/homeservers/limits.ts";
import type { Homeserver, Trait } from "../../src/homeservers/model.ts";
import { LEAST_LIMITS } from "../../src/views/lost-file.ts";
import { whose, withInvalidValue } from "../../src/homeservers/who.ts";

test("names are given in the models' order, and none of whom it isn't known", () => {
  assert.deepEqual(
    whose(() => true),
    homeservers.map(({ name }) => name),
  );
  assert.deepEqual(
    whose(({ keys }) => keys.padded.is === "refused"),
    ["Dendrite", "mautrix-go"],
  );
});

const rows: [value: string, fails: string[], fallsBack: string[]][] = [
  ["https://h.example", ["Synapse", "Dendrite", "Conduit", "continuwuity", "mautrix-go", "matrix-media-repo"], ["conduwuit", "tuwunel"]],
  ["h.example:0", ["Dendrite", "Conduit", "conduwuit", "tuwunel", "continuwuity", "matrix-media-repo"], []],
  ["a_b.example", ["Synapse", "Dendrite", "mautrix-go"], ["conduwuit", "tuwunel"]],
  ["h.example", [], []],
];
for (const [value, fails, fallsBack] of rows)
  test(`m.server is ${value}`, () => assert.deepEqual(withInvalidValue(value), { fails, fallsBack }));

test("the limits from which on somebody doesn't get the file are the models' least", () => {
  const least = (trait: (homeserver: Homeserver) => Trait<number>): number | undefined => limitsOf(trait)[0]?.limit;
  assert.deepEqual(LEAST_LIMITS, {
    bytes: least(({ wellKnown }) => wellKnown.maxBytes),
    ms: least(({ wellKnown }) => wellKnown.timeoutMs),
    redirects: least(({ wellKnown }) => wellKnown.maxRedirects),
  });
});
