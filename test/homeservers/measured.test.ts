/**
 * The models beside what real homeserver code did: measured.jsonl holds 148 situations, measured on 2026-11-28 with Synapse 1.152.0,
 * gomatrixserverlib of 2025-12 (Dendrite), mautrix-go 0.32.0 and resolvematrix 1.4.0 (continuwuity), and the evidence that this tool
 * recorded of the same situations.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import type { Facts } from "../../src/facts/facts.ts";
import { homeservers } from "../../src/homeservers/all.ts";
import { walk } from "../../src/homeservers/walk.ts";

interface Measurement {
  reached: boolean;
  keysAccepted: boolean;
  error: string | null;
}

interface Case {
  case: string;
  measured: Record<string, Measurement>;
  facts: Facts;
}

const CASES = readFileSync(new URL("measured.jsonl", import.meta.url), "utf8")
  .trimEnd()
  .split("\n")
  .map((line) => JSON.parse(line) as Case);

const MEASURED_AS = { synapse: "Synapse", dendrite: "Dendrite", mautrix: "mautrix-go", resolvematrix: "continuwuity" } as const;
type Subject = keyof typeof MEASURED_AS;

/** Where a model knowingly says something else than was measured. */
const EXCEPTIONS: Record<string, string> = {
  "resolvematrix c-keys-none keysAccepted":
    "what was measured checks no signature, so that keys without any ed25519 key were taken; continuwuity itself needs one",
};

/** What a model would need and the recorded evidence doesn't have: the model says `unknown`. */
const LACKING: Record<string, string> = {
  "c-wk-case": "the host that only Go reads from M.Server wasn't asked, as the specification's route doesn't lead there",
  "j-wk-port0": "the host of an m.server with port 0 wasn't asked, for the same reason",
  "r-srv-cname": "port 8448, to which the records that aren't taken don't lead, wasn't asked",
  "l-srv-cname-same": "the same",
  "k-gzip-keys": "the keys were asked for with gzip, so that it isn't known whether they come in gzip to who doesn't ask",
};

/** Where it is chance which address or target is taken. */
const CHANCE = /^(l-|j-srv-first-none$|c-wk-split|c-v6-wrong-vhost|k-(wk-stall|hs)-first-of-two|j-stall-(body|headers)$)/;

for (const subject of Object.keys(MEASURED_AS) as Subject[]) {
  const model = homeservers.find(({ name }) => name === MEASURED_AS[subject])!;
  describe(`the model of ${model.name} says what was measured`, () => {
    const agreed = { same: 0, other: 0 };
    for (const { case: name, measured, facts } of CASES) {
      const real = measured[subject]!;
      test(name, () => {
        const walked = walk(model, facts);
        for (const [what, word, was] of [
          ["reached", walked.answers, real.reached],
          ["keysAccepted", walked.verifies, real.keysAccepted],
        ] as const) {
          if (word === "unknown") assert.ok(LACKING[name], `${what} isn't known: say in LACKING why`);
          else if (word === "sometimes") assert.match(name, CHANCE, `${what} is left to chance`);
          else {
            const same = (word === "yes") === was;
            agreed[same ? "same" : "other"]++;
            if (EXCEPTIONS[`${subject} ${name} ${what}`] === undefined)
              assert.ok(same, `${what}: the model says ${word}, measured was ${was} (${real.error})`);
            else assert.ok(!same, "this exception isn't one any more");
          }
        }
      });
    }
    test("in at least 99 of 100", () => {
      assert.ok(agreed.same + agreed.other > 250, "hardly anything was compared");
      assert.ok(agreed.same / (agreed.same + agreed.other) >= 0.99);
    });
  });
}

test("what is no yes has a reason", () => {
  for (const { case: name, facts } of CASES)
    for (const homeserver of homeservers) {
      const { reaches, failures } = walk(homeserver, facts);
      if (reaches === "no" || reaches === "sometimes")
        assert.ok(
          failures.some(({ fatal }) => fatal),
          `${name}: ${homeserver.name} ${reaches}`,
        );
    }
});
