/** The command of `--on-change` by itself: its deadline, and readers that are gone. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { runOnChange } from "../../src/commands/watch/on-change.ts";
import { sinkOf } from "../../src/commands/output/sink.ts";
import type { WatchEvent } from "../../src/facts/output.ts";
import { collector, factsOf, reportOf, STARTED, textOf } from "./stage.ts";

const EVENT: WatchEvent = { at: STARTED, serverName: "ok.example", changes: [], report: reportOf(factsOf("ok.example")) };

function run(
  command: string,
  more: { deadlineMs?: number; signal?: AbortSignal; stderr?: ReturnType<typeof collector> } = {},
): Promise<string | null> {
  const { deadlineMs = 60_000, signal = new AbortController().signal, stderr = collector() } = more;
  return runOnChange(EVENT, "fail", {
    command,
    env: { PATH: process.env["PATH"] },
    platform: process.platform,
    stderr: sinkOf(stderr),
    signal,
    deadlineMs,
  });
}

const OVERLONG: [what: string, command: string][] = [
  ["a command that goes on", "sleep 1000"],
  ["one that ignores SIGTERM", "trap '' TERM; while :; do sleep 1; done"],
  ["one that has ended, and left something with its output behind", "sleep 1000 & exit 0"],
];
for (const [what, command] of OVERLONG) {
  test(`${what}: ended at the deadline, and said`, { timeout: 30_000 }, async () =>
    assert.equal(await run(command, { deadlineMs: 300 }), "took longer than 0.3 s and was ended"),
  );
}

test("more output than a pipe holds, to a slow reader: all of it, in order", { timeout: 30_000 }, async () => {
  const stderr = collector(1000);
  assert.equal(await run("i=0; while [ $i -lt 30000 ]; do echo $i; i=$((i+1)); done", { stderr }), null);
  assert.deepEqual(
    textOf(stderr).split("\n").slice(0, -1),
    Array.from({ length: 30_000 }, (_, index) => String(index)),
  );
});

test("nobody reads stderr any more: the command ends as it would", { timeout: 30_000 }, async () => {
  const stderr = collector();
  stderr.destroy();
  assert.equal(await run("i=0; while [ $i -lt 30000 ]; do echo $i; i=$((i+1)); done; exit 4", { stderr }), "ended with exit code 4");
});

test("interrupted before it begins: not run", async () => {
  const stderr = collector();
  assert.equal(await run("echo ran", { stderr, signal: AbortSignal.abort() }), null);
  assert.equal(textOf(stderr), "");
});
