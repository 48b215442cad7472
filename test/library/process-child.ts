/**
 * What `process.test.ts` runs in a process of its own, as plain JavaScript and without tsx: the options and a file come as arguments. What
 * came of it goes to that file, so that the standard streams show only what the library prints.
 */
// Node's own opens stderr when it is loaded first, to see whether that has colours; undici needs it.
import "node:assert";
import dns from "node:dns";
import { EventEmitter } from "node:events";
import { writeFileSync } from "node:fs";
import tls from "node:tls";
import type { CheckOptions } from "../../src/check.ts";

/** What a library could change of a process. */
export interface State {
  listeners: Record<string, number>;
  globals: string[];
  /** What belongs to the language and the platform, by their properties. */
  builtIns: Record<string, string[]>;
  env: Record<string, string>;
  exitCode: unknown;
  cwd: string;
  title: string;
  tls: unknown;
  dns: unknown;
  maxListeners: number;
  resources: string[];
}

export interface Outcome {
  before: State;
  after: State;
  verdicts: string[];
  /** Milliseconds since the epoch: when there was nothing more to do. */
  endedAt: number;
}

const [options, file] = process.argv.slice(1).map((text) => JSON.parse(text) as unknown) as [CheckOptions, string];
const state = (): State => ({
  listeners: Object.fromEntries(process.eventNames().map((name) => [String(name), process.listenerCount(name)])),
  globals: Reflect.ownKeys(globalThis).map(String).sort(),
  builtIns: Object.fromEntries(
    [Object, Array, Promise, String, Error, AbortSignal, EventTarget, EventEmitter].map((each) => [
      each.name,
      [...Reflect.ownKeys(each), ...Reflect.ownKeys(each.prototype as object)].map(String).sort(),
    ]),
  ),
  env: { ...process.env } as Record<string, string>,
  exitCode: process.exitCode,
  cwd: process.cwd(),
  title: process.title,
  tls: [tls.DEFAULT_MIN_VERSION, tls.DEFAULT_MAX_VERSION, tls.DEFAULT_CIPHERS],
  dns: [dns.getServers(), dns.getDefaultResultOrder()],
  maxListeners: EventEmitter.defaultMaxListeners,
  resources: process.getActiveResourcesInfo().sort(),
});
const before = state();
const name = "matrix-delegation-check";
const { check, checkMany, createChecker, judgeAgain, rules, PUBLIC_SERVICE, UsageError } = (await import(
  name
)) as typeof import("../../src/index.ts");
const verdicts: string[] = [];
const report = await check("example.org", options);
verdicts.push(report.verdict, (await judgeAgain(report.facts)).verdict);
verdicts.push((await check("broken.example.org", options)).verdict);
for await (const { report: each } of checkMany(["example.org", "not a name", "example.org"], { ...options, order: "input" }))
  verdicts.push(each?.verdict ?? "error");
for await (const _ of checkMany(["not a name", "silent.example.org"], { ...options, timeoutMs: 60_000, deadlineMs: 60_000 })) break;
const checker = await createChecker({ ...options, allowPrivate: false, policy: PUBLIC_SERVICE });
verdicts.push((await checker.check("example.org", { signal: AbortSignal.timeout(60_000) })).verdict);
checker.close();
await check("example.org", { connectTo: ["nonsense"] }).catch((error: unknown) =>
  verdicts.push(error instanceof UsageError ? "usage" : String(error)),
);
verdicts.push(rules.length > 100 ? "rules" : "no rules");
const limit = performance.now() + 5_000;
// Handles that are being closed go with the next turns.
while (process.getActiveResourcesInfo().some((kind) => !before.resources.includes(kind)) && performance.now() < limit)
  await new Promise((resolve) => setImmediate(resolve));
writeFileSync(file, JSON.stringify({ before, after: state(), verdicts, endedAt: Date.now() }));
