/**
 * The proof of the advice: a real proxy is broken, the check names the fault, its first fix is applied as it is printed, the proxy is
 * reloaded, and the check passes. At the end, the table.
 */
import assert from "node:assert/strict";
import { setTimeout } from "node:timers/promises";
import { after, before, describe, test } from "node:test";
import type { Report } from "../../src/facts/output.ts";
import { applyFix } from "./apply.ts";
import { TO_8448, type Row } from "./row.ts";
import { apacheRows } from "./rows-apache.ts";
import { caddyRows } from "./rows-caddy.ts";
import { haproxyRows } from "./rows-haproxy.ts";
import { nginxRows } from "./rows-nginx.ts";
import { assertInstalled, startServer, type Kind } from "./server.ts";
import { startStage } from "./stage.ts";

const ROWS: Record<Kind, Row[]> = { nginx: nginxRows, caddy: caddyRows, apache: apacheRows, haproxy: haproxyRows };
const KINDS = Object.keys(ROWS) as Kind[];
const TITLES = ["proxy", "fault", "first finding", "fix applied", "verdict after"];
const table = new Map<string, string[]>();

before(() => assertInstalled(KINDS));

describe("printed fixes, applied", { concurrency: 2 }, () => {
  for (const kind of KINDS) {
    describe(kind, { concurrency: 1 }, () => {
      for (const row of ROWS[kind]) test(`${kind}: ${row.fault}`, () => proved(kind, row));
    });
  }
});

after(() => {
  const rows = KINDS.flatMap((kind) => ROWS[kind].flatMap(({ fault }) => table.get(`${kind} ${fault}`)?.join("\t") ?? [])).map((row) =>
    row.split("\t"),
  );
  const widths = TITLES.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join(" | ")
      .trimEnd();
  process.stdout.write(`\n${line(TITLES)}\n${line(widths.map((width) => "-".repeat(width)))}\n${rows.map(line).join("\n")}\n`);
});

async function proved(kind: Kind, row: Row): Promise<void> {
  const { fix, report } = await mended(kind, row);
  const left = report.findings.filter(({ severity }) => severity !== "info").map(({ code, detail }) => `${code}: ${detail}`);
  assert.deepEqual(left, [], `after this fix:\n${fix}`);
  assert.equal(report.verdict, "pass");
  table.set(`${kind} ${row.fault}`, [kind, row.fault, row.finds, firstWords(fix), report.verdict]);
}

async function mended(kind: Kind, row: Row): Promise<{ fix: string; report: Report }> {
  const stage = await startStage(row.stage);
  try {
    await row.prepare?.(stage);
    const behind = row.inner?.(stage);
    const inner =
      behind === undefined
        ? null
        : await startServer(behind.kind, {
            directory: stage.directory,
            config: behind.config,
            port: stage.ports.inner,
            adminPort: stage.ports.admin,
          });
    const broken = row.config(stage);
    const server = await startServer(kind, {
      directory: stage.directory,
      config: broken,
      port: stage.ports[row.stage.mServer === TO_8448.mServer ? 8448 : 443],
      adminPort: stage.ports.admin,
    });
    try {
      const [first] = (await stage.check()).findings;
      assert.equal(first?.code, row.finds);
      const fix = first?.fix[0] ?? "";
      await row.meanwhile?.(stage);
      await server.reload(await applyFix(kind, broken, fix, stage));
      return { fix, report: await reloaded(stage) };
    } finally {
      await server.stop();
      await inner?.stop();
    }
  } finally {
    await stage.close();
  }
}

/**
 * A reload has no end that could be seen from outside: processes with the former configuration may take a connection for a moment longer.
 */
async function reloaded(stage: { check(): Promise<Report> }): Promise<Report> {
  const until = performance.now() + 10_000;
  for (;;) {
    const report = await stage.check();
    if (report.verdict === "pass" || performance.now() > until) return report;
    await setTimeout(250);
  }
}

function firstWords(fix: string): string {
  const [line = ""] = fix.split("\n");
  return line.length > 72 ? `${line.slice(0, 71)}…` : line;
}
