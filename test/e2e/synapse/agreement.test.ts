/**
 * Synapse as the judge: its own federation client tries the servers of test/scenarios, at real addresses and ports inside network
 * namespaces, and what the report says of Synapse must be what Synapse does. At the end, the table.
 */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { installSynapse, versions } from "./install.ts";
import { agrees, deed, GROUPS, measured, type Situation } from "./measured.ts";

const LEAST_AGREEMENT = 0.99;

/** Where the word and the deed differ, and why that is right. */
const EXPLAINED: Record<string, string> = {
  "more records than a datagram holds come over TCP, in the right order": "the lab gives its targets the server of another host",
  "well-known/timeout: no header comes, and 8448 works": "the first request fails; after that Synapse remembers that there is no file",
  "federation/content-type": "only the version is refused, which federation doesn't need; the keys are accepted",
  "federation/bad-version: no object": "only the version is refused, which federation doesn't need; the keys are accepted",
  "keys/malformed": "the keys that can be read are taken; what the specification demands is broken all the same",
  "keys/expired": "the keys are taken for old events; requests that are signed with them now are refused",
};

let python = "";
const situations: Situation[] = [];

before(async () => {
  python = await installSynapse();
  process.stdout.write(`The judge: ${await versions(python)}\n`);
});

describe("what the report says of Synapse is what Synapse does", { concurrency: GROUPS.length }, () => {
  for (const areas of GROUPS)
    test(areas.join(", "), async () => void situations.push(...(await measured({ kind: "synapse", program: python }, areas))));
});

after(() => {
  const judged = situations.filter(({ word }) => word?.reaches === "yes" || word?.reaches === "no");
  const wrong = judged.filter((situation) => !agrees(situation) && !(situation.title in EXPLAINED));
  for (const each of judged)
    process.stdout.write(
      `${agrees(each) ? "agrees" : (EXPLAINED[each.title] ?? "DIFFERS")} | ${each.title} | ${each.word?.reaches ?? ""} | ${deed(each)}\n`,
    );
  process.stdout.write(
    `${judged.length - wrong.length} of ${judged.length} agree, ${Object.keys(EXPLAINED).length} of them by an explanation; of ${situations.length - judged.length} nothing certain is said\n`,
  );
  assert.ok(judged.length >= 40, `${judged.length} situations`);
  assert.ok(1 - wrong.length / judged.length >= LEAST_AGREEMENT, wrong.map(({ title }) => title).join("\n"));
});
