/**
 * What is said of a situation, word for word, in test/rules/texts/<name>.txt: another text than before is a failure, and so is a text
 * without its test. `npm run record` writes them anew; the difference is to be read before it is committed.
 */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { EndpointFacts, Facts } from "../../src/facts/facts.ts";
import type { Finding, Reach } from "../../src/facts/output.ts";
import { judge } from "../../src/rules/judge.ts";
import type { Code } from "../../src/rules/rule.ts";
import { groupBy } from "../../src/views/words.ts";

/** Set in the environment: the texts are written, not compared. */
export const RECORDING = "RECORD_TEXTS";

const FOLDER = fileURLToPath(new URL("texts/", import.meta.url));

/** One name for each test file. What it gives declares a test of one situation. */
export function texts(name: string): (title: string, say: () => string) => void {
  const path = `${FOLDER}${name}.txt`;
  const isRecording = process.env[RECORDING] !== undefined;
  const recorded = !isRecording && existsSync(path) ? sectionsOf(readFileSync(path, "utf8")) : new Map<string, string>();
  const declared = new Map<string, () => string>();
  if (isRecording)
    process.on("exit", () => {
      mkdirSync(FOLDER, { recursive: true });
      writeFileSync(path, [...declared].map(([title, say]) => `# ${title}\n${say()}`).join("\n"));
    });
  else
    test("each recorded text has its test", async () => {
      await setImmediate(); // until all are declared
      assert.deepEqual([...recorded.keys()].toSorted(), [...declared.keys()].toSorted());
    });
  return (title, say) => {
    assert.ok(!declared.has(title), `two situations are called ${title}`);
    declared.set(title, say);
    test(title, () => {
      const said = say();
      if (!isRecording) assert.equal(said, recorded.get(title) ?? "nothing is recorded: npm run record");
    });
  };
}

function sectionsOf(text: string): Map<string, string> {
  return new Map(
    text
      .split(/^# /m)
      .slice(1)
      .map((section): [string, string] => {
        const [title = ""] = section.split("\n", 1);
        return [title, section.slice(title.length + 1).replace(/\n\n$/, "\n")];
      }),
  );
}

/**
 * What all rules say of these facts, and who doesn't reach the server. `without`: codes that each of the situations has. `area`: what other
 * rules say is only named.
 */
export function saidOf(facts: Facts, without: readonly Code[] = [], area = ""): string {
  const { findings, reach, broken } = judge(facts);
  assert.deepEqual(broken, []);
  const told = findings.filter(({ code }) => !without.some((each) => each === code));
  return (
    `${told.map((each) => (each.code.startsWith(area) ? findingText(each) : headOf(each))).join("")}${reachText(reach)}` || "nothing\n"
  );
}

/**
 * Each situation with the next one at another address of the same server: one fault on two addresses is one finding, two are two.
 * Only which findings there are, and where.
 */
export function besideEachOther(situations: Record<string, Facts>, address: string): Record<string, Facts> {
  const single = Object.entries(situations).filter(([, { targets }]) => targets.length === 1 && targets[0]?.endpoints.length === 1);
  return Object.fromEntries(
    single.slice(1).map(([title, facts], index): [string, Facts] => {
      const [before = title, { targets } = facts] = single[index] ?? [];
      const [target] = targets;
      const [other] = facts.targets[0]?.endpoints ?? [];
      if (target === undefined || other === undefined) throw new Error("an endpoint each");
      const second: EndpointFacts = { ...other, address, family: 6, port: target.endpoints[0]?.port ?? other.port };
      return [
        `${before} | ${title}`,
        { ...(single[index]?.[1] ?? facts), targets: [{ ...target, endpoints: [...target.endpoints, second] }] },
      ];
    }),
  );
}

/** Which findings there are, and where. */
export function placesOf(facts: Facts): string {
  const { findings } = judge(facts);
  return findings.map((each) => `${headOf(each).trimEnd()} at ${each.where.join("  ")}\n`).join("") || "nothing\n";
}

function headOf({ code, severity, causedBy }: Finding): string {
  return `${severity} ${code}${causedBy === null ? "" : ` < ${causedBy}`}\n`;
}

/** All that a finding says, each line with an indent. */
export function findingText(finding: Finding): string {
  const { where, affects, detail, fix } = finding;
  const lines = [
    `  at ${where.join("  ")}`,
    `  affects ${affects === "all" ? "all" : affects.length === 0 ? "nobody" : affects.join(", ")}`,
    `  ${detail}`,
    ...fix.flatMap((each, index) => each.split("\n").map((line, at) => (at === 0 ? `  fix ${index + 1}: ${line}` : `    ${line}`))),
  ];
  return `${headOf(finding)}${lines.map((line) => `${line.trimEnd()}\n`).join("")}`;
}

function reachText(reach: readonly Reach[]): string {
  const others = reach.filter(({ reaches }) => reaches !== "yes");
  return groupBy(others, ({ reaches, because }) => `${reaches} ${because.join()}`)
    .map((group) => `${group[0].reaches} (${group[0].because.join(", ")}): ${group.map(({ homeserver }) => homeserver).join(", ")}\n`)
    .join("");
}
