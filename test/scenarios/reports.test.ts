/** Public reports: the first finding names their cause, its fix is the one that helped, and with it the server is well. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { REPORTS, reportsPage } from "./reports.ts";
import { run, type Scenario } from "./scenario.ts";

run(
  REPORTS.flatMap((report): Scenario[] => {
    const { source, mechanism, broken, finds, fix, mended, leaves = [], verdict = "fail", after = "pass" } = report;
    const name = source.replace("https://github.com/", "");
    return [
      {
        title: `${name}: ${mechanism}`,
        ...(report.serverName === undefined ? {} : { serverName: report.serverName }),
        async network(net) {
          await broken(net);
          // Whatever else listens on this machine: what isn't set up is closed.
          const place = `${report.serverName ?? "example.org"}:8448:`;
          if (net.options().connectTo?.some((entry) => entry.startsWith(place)) !== true) await net.closed(place.slice(0, -6), 8448);
        },
        finds,
        verdict,
        and: ({ findings: [first] }) => assert.match(first?.fix[0] ?? "", fix),
      },
      {
        title: `${name}, mended`,
        ...(report.mendedName === undefined ? {} : { serverName: report.mendedName }),
        network: mended,
        finds: leaves,
        verdict: after,
      },
    ];
  }),
);

test("docs/reports.md is made of the table (npm run docs)", () => {
  assert.ok(REPORTS.length >= 20);
  assert.equal(new Set(REPORTS.map(({ source }) => source)).size, REPORTS.length);
  assert.equal(readFileSync(fileURLToPath(new URL("../../docs/reports.md", import.meta.url)), "utf8"), reportsPage());
});
