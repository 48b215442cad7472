/**
 * `npm run record`: sets every scenario up, checks it, and keeps the evidence in test/recorded/, for tests that judge it again without a
 * network, in a moment: recorded.test.ts and the mutation tests.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { check } from "../src/check.ts";
import { startNetwork } from "../test/lab/network.ts";
import { RECORDED, summaryOf, type Recorded } from "../test/recorded/recorded.ts";
import { declared, declareOnly, type Scenario } from "../test/scenarios/scenario.ts";

const SCENARIOS = fileURLToPath(new URL("../test/scenarios/", import.meta.url));
const AT_ONCE = 4;

declareOnly();
for (const file of readdirSync(SCENARIOS).filter((each) => each.endsWith(".test.ts"))) await import(join(SCENARIOS, file));
const scenarios = declared.filter((each): each is Scenario => "network" in each);
const results: (Recorded | null)[] = [];
let next = 0;
await Promise.all(Array.from({ length: AT_ONCE }, work));
const all = results.filter((each) => each !== null);
mkdirSync(join(RECORDED, ".."), { recursive: true });
// Without a time in its header, the same evidence gives the same file.
writeFileSync(RECORDED, gzipSync(all.map((each) => `${JSON.stringify(each)}\n`).join(""), { level: 9 }));
process.stdout.write(`${all.length} of ${scenarios.length} scenarios recorded\n`);
process.exit();

async function work(): Promise<void> {
  for (let index = next++; index < scenarios.length; index = next++) {
    const scenario = scenarios[index];
    if (scenario === undefined) return;
    const net = await startNetwork();
    try {
      await scenario.network(net);
      const report = await check(scenario.serverName ?? "example.org", net.options({ timeoutMs: 5000, ...scenario.options }));
      results[index] = { title: scenario.title, facts: report.facts, says: summaryOf(report) };
    } finally {
      await net.close();
    }
  }
}
