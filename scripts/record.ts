/**
 * `npm run record`: sets every scenario up, checks it, and keeps the evidence in test/recorded/, for tests that judge it again without a
 * network, in a moment: recorded.test.ts and the mutation tests. `npm run record -- --again` judges the evidence that is there. Both print
 * what is said differently now, to be read before it is committed; and both write test/rules/texts/ anew, where git shows the difference.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { isDeepStrictEqual } from "node:util";
import { gzipSync } from "node:zlib";
import { check, judgeAgain } from "../src/check.ts";
import { startNetwork } from "../test/lab/network.ts";
import { RECORDED, recorded, summaryOf, type Recorded } from "../test/recorded/recorded.ts";
import { RECORDING } from "../test/rules/texts.ts";
import { declaredNetworks, declareOnly, findingsOf, type Scenario } from "../test/scenarios/scenario.ts";

const SCENARIOS = fileURLToPath(new URL("../test/scenarios/", import.meta.url));
const TEXTS = fileURLToPath(new URL("../test/rules/texts/", import.meta.url));
const AT_ONCE = 4;
const MOST_TRIES = 3;

const before = existsSync(RECORDED) ? recorded() : [];
const all = await (process.argv.includes("--again") ? judged(before) : observed()).catch((error: unknown) => {
  // The scenarios' files have tests of their own, whose runner would hide it.
  console.error(error);
  process.exit(1);
});
mkdirSync(join(RECORDED, ".."), { recursive: true });
// Without a time in its header, the same evidence gives the same file.
writeFileSync(RECORDED, gzipSync(all.map((each) => `${JSON.stringify(each)}\n`).join(""), { level: 9 }));
for (const { title, says } of all) {
  const was = before.find((each) => each.title === title);
  const lines = was === undefined ? [] : difference(linesOf(was.says), linesOf(says));
  if (lines.length > 0) process.stdout.write(`${title}\n${lines.map((line) => `  ${line}\n`).join("")}`);
}
process.stdout.write(`${all.length} scenarios recorded\n`);
for (const name of readdirSync(TEXTS)) {
  const test = ["rules", "zone"].map((folder) => join(TEXTS, "..", "..", folder, name.replace(/txt$/, "test.ts"))).find(existsSync) ?? name;
  const { status, stdout } = spawnSync(process.execPath, ["--import", "tsx", test], {
    encoding: "utf8",
    env: { ...process.env, [RECORDING]: "1" },
  });
  if (status !== 0) process.stdout.write(stdout);
}
process.exit();

async function judged(kept: readonly Recorded[]): Promise<Recorded[]> {
  return Promise.all(kept.map(async ({ title, facts }) => ({ title, facts, says: summaryOf(await judgeAgain(facts)) })));
}

async function observed(): Promise<Recorded[]> {
  declareOnly();
  for (const file of readdirSync(SCENARIOS).filter((each) => each.endsWith(".test.ts"))) await import(join(SCENARIOS, file));
  const scenarios = declaredNetworks();
  const results: Recorded[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    for (let index = next++; index < scenarios.length; index = next++) {
      const scenario = scenarios[index];
      if (scenario === undefined) return;
      results[index] = await observedAsDeclared(scenario);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return results;
}

/** Everything that is judged again later rests on it: a machine that is busy may take a server that works for a silent one. */
async function observedAsDeclared(scenario: Scenario): Promise<Recorded> {
  for (let tries = 1; ; tries++) {
    const net = await startNetwork();
    try {
      await scenario.network(net);
      const options = net.options({ timeoutMs: 5000, ...scenario.options });
      const ca = [...(options.ca ?? []), ...((await scenario.trusts?.()) ?? [])];
      const report = await check(scenario.serverName ?? "example.org", { ...options, ca });
      const said = [findingsOf(report), report.verdict];
      if (tries < MOST_TRIES && !isDeepStrictEqual(said, [scenario.finds, scenario.verdict])) continue;
      assert.deepEqual(said, [scenario.finds, scenario.verdict], scenario.title);
      return { title: scenario.title, facts: report.facts, says: summaryOf(report) };
    } finally {
      await net.close();
    }
  }
}

/** Ports are others each time. */
function linesOf(says: Recorded["says"]): string[] {
  return JSON.stringify(says, null, 1)
    .replace(/(127\.0\.0\.\d+|::1\]?|localhost):\d{4,5}|\b(port) \d{5}/g, "$1$2 …")
    .split("\n")
    .map((line) => line.trim());
}

function difference(was: readonly string[], is: readonly string[]): string[] {
  return [
    ...was.filter((line) => !is.includes(line)).map((line) => `- ${line}`),
    ...is.filter((line) => !was.includes(line)).map((line) => `+ ${line}`),
  ];
}
