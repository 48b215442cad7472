/** The formats for machines, through the command line: on standard output, and with --report in files beside it. */
import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { FORMATS } from "../../src/commands/options.ts";
import { stage } from "./stage.ts";

/** How each format begins. */
const BEGINNINGS: Record<(typeof FORMATS)[number], RegExp> = {
  pretty: /^\S+\s+a\.example/,
  json: /^\{\n {2}"schemaVersion": 1/,
  ndjson: /^\{"serverName":"a\.example"/,
  junit: /^<\?xml version="1\.0"/,
  github: /a\.example/,
  markdown: /^#/,
  sarif: /^\{\s*"\$schema"|^\{\s*"version"/,
  nagios: /^MATRIX [A-Z]+ - /,
  prometheus: /^# HELP matrix_delegation_check_/,
  tap: /^TAP version 14\n/,
  html: /^<!DOCTYPE html>\n/,
};

for (const format of FORMATS) {
  test(`--format ${format}, and the same with --report`, async () => {
    const folder = await mkdtemp(join(tmpdir(), "mdc-formats-"));
    try {
      const file = join(folder, "report");
      const direct = await stage(["-f", format, "--color", "never", "a.example", "b.example"]);
      const beside = await stage(["-f", "ndjson", "--report", `${format}=${file}`, "a.example", "b.example"]);
      assert.match(direct.stdout, BEGINNINGS[format]);
      assert.equal(direct.stderr, "");
      assert.equal(beside.code, direct.code);
      // Reports as they finish and in input order may differ in order, not in length.
      assert.equal((await readFile(file, "utf8")).length, direct.stdout.length);
      assert.deepEqual(await readdir(folder), ["report"], "nothing is left beside it");
    } finally {
      await rm(folder, { recursive: true });
    }
  });
}

test("several --report at once", async () => {
  const folder = await mkdtemp(join(tmpdir(), "mdc-formats-"));
  try {
    await stage(["--report", `junit=${join(folder, "a.xml")}`, "--report", `tap=${join(folder, "a.tap")}`, "a.example"]);
    assert.deepEqual((await readdir(folder)).toSorted(), ["a.tap", "a.xml"]);
  } finally {
    await rm(folder, { recursive: true });
  }
});

for (const [value, message] of [
  ["report.xml", /^error: .*Write <format>=<file>, for example junit=report\.xml/],
  ["xml=report.xml", /^error: .*formats are pretty, json/],
  ["junit=", /^error: .*Write <format>=<file>/],
  ["junit=/nonexistent/report.xml", /^error: --report junit="\/nonexistent\/report\.xml" can't be written: there is no such folder/],
] as const) {
  test(`--report ${value} is refused before anything runs`, async () => {
    const { code, stdout, stderr } = await stage(["--report", value, "a.example"]);
    assert.deepEqual([code, stdout], [2, ""]);
    assert.match(stderr, message);
  });
}
