/** One broken (or healthy) server on the lab's network: what is set up, which findings come of it, and no others. */
import { place } from "../../src/facts/address.ts";
import { endpointsOf } from "../../src/views/endpoints.ts";
import { endpointWorks } from "../../src/views/endpoint-works.ts";
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { availableParallelism, loadavg } from "node:os";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import type { Report, Verdict } from "../../src/facts/output.ts";
import { check, type CheckOptions } from "../../src/check.ts";
import { startNetwork, type Network } from "../lab/network.ts";
import { made } from "../lab/program.ts";

export interface Scenario {
  title: string;
  /** Default: example.org. */
  serverName?: string;
  network: (net: Network) => Promise<unknown>;
  /**
   * `code severity`, in the order of the report; `code severity < cause` for a consequence. No others may come, but those that each healthy
   * server has.
   */
  finds: string[];
  verdict: Verdict;
  options?: CheckOptions;
  /** Roots besides the lab's, PEM. */
  trusts?: () => Promise<string[]>;
  /** What else must hold. */
  and?: (report: Report, net: Network) => unknown;
}

/** Said of every server with a valid well-known. */
const ALWAYS = ["well-known/cache info"];

export const TIMEOUT: CheckOptions = { timeoutMs: 1500, deadlineMs: 8000 };

/** All scenarios of the files that were loaded; test/meta looks through them. */
export const declared: { finds: readonly string[] }[] = [];

/** Those of the loaded files that set a network up. */
export function declaredNetworks(): Scenario[] {
  return declared.filter((each): each is Scenario => "network" in each);
}

const FOLDER = new URL("./", import.meta.url);
const ENDING = ".test.ts";

/**
 * The scenarios of these files, or of all that hold nothing else (tests of their own would be run as well). None of them is run. They come
 * in the same order each time: who takes every so many of them takes the same ones on every machine.
 *
 * @param areas names of files, without their ending
 */
export async function onlyDeclared(areas?: readonly string[]): Promise<Scenario[]> {
  declareOnly();
  for (const file of readdirSync(FOLDER).toSorted()) {
    if (!file.endsWith(ENDING)) continue;
    const wanted = areas?.includes(file.slice(0, -ENDING.length)) ?? holdsNothingElse(file);
    if (wanted) await import(pathToFileURL(made(new URL(file, FOLDER))).href);
  }
  return declaredNetworks();
}

function holdsNothingElse(file: string): boolean {
  return !readFileSync(new URL(file, FOLDER), "utf8").includes('"node:test"');
}

let areRun = true;

/** For who only wants to know which scenarios there are: before their files are loaded. */
export function declareOnly(): void {
  areRun = false;
}

export function run(scenarios: readonly Scenario[]): void {
  declared.push(...scenarios);
  if (!areRun) return;
  for (const scenario of scenarios) {
    test(scenario.title, async () => {
      try {
        await asExpected(scenario, 1);
      } catch (error) {
        // Who waits for its turn for seconds may have taken a server that works for a silent one.
        if (!isBusy()) throw error;
        await asExpected(scenario, 5);
      }
    });
  }
}

/** More than twice as many want a processor as there are. */
function isBusy(): boolean {
  return (loadavg()[0] ?? 0) > 2 * availableParallelism();
}

/** @param patience so many times as long may everything take */
async function asExpected(scenario: Scenario, patience: number): Promise<void> {
  const { timeoutMs = 5000, deadlineMs = 30_000 } = scenario.options ?? {};
  const net = await startNetwork();
  try {
    await scenario.network(net);
    const options = net.options({ ...scenario.options, timeoutMs: patience * timeoutMs, deadlineMs: patience * deadlineMs });
    const report = await check(scenario.serverName ?? "example.org", {
      ...options,
      ca: [...(options.ca ?? []), ...((await scenario.trusts?.()) ?? [])],
    });
    assert.deepEqual(findingsOf(report), scenario.finds, JSON.stringify(report.findings, null, 1));
    assert.equal(report.verdict, scenario.verdict);
    assert.equal(report.internalErrors, undefined);
    for (const { severity, fix, code, causedBy } of report.findings) {
      if (causedBy === null) assert.ok(severity === "info" || fix.length > 0, `${code} says how it is mended`);
      else assert.deepEqual(fix, [], `${code} goes away with its cause`);
    }
    brokenFails(report);
    hasReasons(report);
    await scenario.and?.(report, net);
  } finally {
    await net.close();
  }
}

/** An error at an endpoint means that it fails, and that clues are asked. */
function brokenFails({ findings, route, facts }: Report): void {
  const ofEndpoints = ["connect", "tls", "federation", "keys"];
  for (const { address, port, status } of route?.targets.flatMap(({ endpoints }) => endpoints) ?? []) {
    const at = place(address, port);
    const errors = findings.filter(({ severity, step, where }) => severity === "error" && ofEndpoints.includes(step) && where.includes(at));
    if (errors.length === 0) continue;
    const codes = errors.map(({ code }) => code).join(", ");
    assert.equal(status, "failed", `${at} has ${codes}`);
    for (const endpoint of endpointsOf(facts).filter((each) => each.place === at))
      assert.equal(endpointWorks(facts, endpoint), false, `${at} has ${codes}, and views/endpoint-works.ts doesn't know it`);
    assert.notEqual(facts.clues, null, `${at} has ${codes}, and no clue was asked`);
  }
}

/** Who doesn't reach the server has a reason, and an error that nothing else explains hits somebody. */
function hasReasons({ findings, reach }: Report): void {
  for (const { homeserver, reaches, because } of reach)
    assert.ok((reaches !== "no" && reaches !== "sometimes") || because.length > 0, `${homeserver}: ${reaches}, because of nothing`);
  for (const { code, severity, step, causedBy, affects } of findings)
    if (severity === "error" && causedBy === null && !["policy", "client"].includes(step))
      assert.ok(affects.length > 0, `${code} is an error that affects nobody`);
}

export function findingsOf(report: Report): string[] {
  return report.findings
    .map(({ code, severity, causedBy }) => `${code} ${severity}${causedBy === null ? "" : ` < ${causedBy}`}`)
    .filter((finding) => !ALWAYS.includes(finding));
}

/** A base domain whose well-known leads to `mServer`. */
export async function delegation(net: Network, mServer: string, serverName = "example.org"): Promise<void> {
  await net.web(serverName, { routes: { "/.well-known/matrix/server": { body: { "m.server": mServer } } } });
}

/** The usual healthy server: a well-known with a port, and the homeserver behind it. */
export async function healthy(net: Network): Promise<void> {
  await delegation(net, "matrix.example.org:443");
  await net.homeserver("example.org", { host: "matrix.example.org", port: 443 });
}
