/** The scenarios (of files that hold nothing else), each checked in this thread and in another: what is said of them is the same. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Worker } from "node:worker_threads";
import { createChecker, type CheckOptions } from "../../src/check.ts";
import { OtherThread } from "../../src/commands/threads/other-thread.ts";
import type { Report } from "../../src/facts/output.ts";
import { startNetwork } from "../lab/network.ts";
import { made } from "../lab/program.ts";
import { onlyDeclared, type Scenario, TIMEOUT } from "../scenarios/scenario.ts";

/** Who waits for its turn for seconds may take a server that works for a silent one. */
const MOST_TRIES = 3;

/** Declares a test for every so many of the scenarios. */
export async function scenariosInThreads(every: number): Promise<void> {
  const scenarios = await onlyDeclared();
  assert.ok(scenarios.length > 200, `${scenarios.length} scenarios`);
  for (const scenario of scenarios.filter((_, index) => index % every === 0)) {
    test(`in another thread: ${scenario.title}`, async () => {
      for (let tries = 1; ; tries++) {
        const [here, there] = await Promise.all([looked(scenario, inThisThread, tries), looked(scenario, inAnotherThread, tries)]);
        if (tries < MOST_TRIES && JSON.stringify(here) !== JSON.stringify(there)) continue;
        assert.deepEqual(there, here);
        return;
      }
    });
  }
}

type Check = (serverName: string, options: CheckOptions) => Promise<Report | null>;

/** On a network of its own: some answer otherwise the second time. `patience`: so many times as long may everything take. */
async function looked(scenario: Scenario, check: Check, patience: number): Promise<unknown> {
  const { network, serverName = "example.org", options, trusts } = scenario;
  const net = await startNetwork();
  try {
    await network(net);
    const { timeoutMs = 1500, deadlineMs = 8000, ...more } = { ...TIMEOUT, ...options };
    const all = net.options({ ...more, timeoutMs: patience * timeoutMs, deadlineMs: patience * deadlineMs });
    const report = await check(serverName, { ...all, ca: [...(all.ca ?? []), ...((await trusts?.()) ?? [])] });
    assert.ok(report !== null);
    const { verdict, findings, steps, reach, internalErrors } = report;
    return {
      verdict,
      findings: findings.map(({ code, severity, causedBy, affects }) => ({ code, severity, causedBy, affects })),
      steps: steps.map(({ id, status }) => `${id} ${status}`),
      reach,
      internalErrors,
    };
  } finally {
    await net.close();
  }
}

async function inThisThread(serverName: string, options: CheckOptions): Promise<Report> {
  const checker = await createChecker(options);
  try {
    return await checker.check(serverName);
  } finally {
    checker.close();
  }
}

function inAnotherThread(serverName: string, options: CheckOptions): Promise<Report | null> {
  return new Promise((done, failed) => {
    const worker = new Worker(made(new URL("./real-thread-child.ts", import.meta.url)), { workerData: { options, failOn: "error" } });
    const thread = new OtherThread(worker, {
      ready: () => thread.check({ serverName, run: {}, done, failed }),
      free: () => thread.close(),
      ended: failed,
    });
  });
}
