/** Formats, read by programs that others wrote. Where one isn't installed its test is skipped, and says which Debian package has it. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { junitStream } from "../../src/report/junit.ts";
import { prometheusStream } from "../../src/report/prometheus.ts";
import { attacked, FORMAT_ATTACKS, whole } from "../report/attacks.ts";
import { example, finding, healthy, inconclusive, output } from "../report/sample.ts";

const usual = [healthy(), { ...example(), serverName: "other.example", findings: [finding("srv/conflict", { severity: "warning", step: "srv" }), finding("policy/target", { step: "policy" })], internalErrors: ["a/b: boom"] }, { ...inconclusive(), serverName: "third.example" }];
/** Each attack in reports of its own; a date that is none can't be a timestamp. */
const hostile = FORMAT_ATTACKS.flatMap((attack) => attacked(attack)).map((report) => ({ ...report, startedAt: "2026-10-01T12:00:00.000Z" }));
const cases = [["usual", usual], ["hostile", hostile], ["no report", []]] as const;

const withTool = (tool: string, debian: string) => (spawnSync(tool, ["--version"]).error === undefined ? {} : { skip: `${tool} is not installed (Debian: ${debian})` });

function run(tool: string, args: string[], input: string) {
  const { status, stdout, stderr } = spawnSync(tool, args, { input, encoding: "utf8", timeout: 60_000, maxBuffer: 64 * 1024 * 1024 });
  return { status, stdout, text: stdout.slice(-2000) + stderr.slice(-2000) };
}

describe("junit, by xmllint", withTool("xmllint", "libxml2-utils"), () => {
  // The copy of Windy Road's schema is from before it had `skipped`; those are Jenkins' schema's to judge.
  const withoutSkipped = (xml: string): string => xml.replace(/ skipped="\d+"/g, "").replace(/<skipped [^<>]*\/>/g, "");
  for (const [schema, adapted] of [["junit-10.xsd", (xml: string) => xml], ["junit-windyroad.xsd", withoutSkipped]] as const) {
    for (const [name, reports] of cases) {
      test(`${schema}: ${name}`, () => {
        const path = fileURLToPath(new URL(`../report/schemas/${schema}`, import.meta.url));
        const { status, text } = run("xmllint", ["--noout", "--nonet", "--schema", path, "-"], adapted(whole(junitStream(), reports)));
        assert.equal(status, 0, text);
      });
    }
  }
});

describe("prometheus, by promtool", withTool("promtool", "prometheus"), () => {
  for (const [name, reports] of cases) {
    test(name, () => {
      const { status, text } = run("promtool", ["check", "metrics"], whole(prometheusStream(output().tool), reports));
      assert.deepEqual([status, text], [0, ""]);
    });
  }
});
