/** The files of --zone-file: folders of them, a pipe, what they include, and what is refused. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { after, test } from "node:test";
import { readZoneFiles } from "../../src/commands/plan/zone-files.ts";
import { parseZoneFile } from "../../src/zone/parse.ts";

const SOA = "@ 60 SOA ns1.example.net. h.example.net. 1 2 3 4 5\n";
const folder = mkdtempSync(join(tmpdir(), "mdc-zones-"));
const at = (...names: string[]): string => join(folder, ...names);
for (const name of ["zones", "zones/parts", "outside", "empty", "folded"]) mkdirSync(at(name));
writeFileSync(at("zones", "example.org.zone"), `${SOA}$INCLUDE parts/hosts.inc hosts.example.org.\na A 192.0.2.1\n`);
writeFileSync(at("zones", "parts", "hosts.inc"), "hs A 192.0.2.2\n@ A 192.0.2.3\n");
writeFileSync(at("zones", "example.net."), `$ORIGIN example.net.\n${SOA}`);
writeFileSync(at("zones", "README.md"), "no zone");
writeFileSync(at("zones", ".hidden"), "no zone");
writeFileSync(at("outside", "secret"), "hs A 192.0.2.66\n");
symlinkSync(at("outside", "secret"), at("zones", "parts", "link.inc"));
writeFileSync(at("up.zone"), `$ORIGIN example.org.\n${SOA}$INCLUDE ../../etc/passwd\n`);
writeFileSync(at("zones", "parts", "linked.zone"), `$ORIGIN example.org.\n${SOA}$INCLUDE link.inc\n`);
writeFileSync(at("absolute.zone"), `$ORIGIN example.org.\n${SOA}$INCLUDE ${at("outside", "secret")}\n`);
writeFileSync(at("missing.zone"), `$ORIGIN example.org.\n${SOA}\n$INCLUDE none\n`);
writeFileSync(at("loop.zone"), `$ORIGIN example.org.\n${SOA}$INCLUDE loop.zone\n`);
writeFileSync(at("utf16.zone"), Buffer.from(`\ufeff$ORIGIN example.org.\r\n${SOA}`, "utf16le"));
writeFileSync(at("folded", "db.example.org"), `${SOA}$INCLUDE db.hosts\n`);
writeFileSync(at("folded", "db.hosts"), "hs A 192.0.2.2\n");
after(() => rmSync(folder, { recursive: true, force: true }));

async function read(...values: string[]) {
  const zones = await readZoneFiles(values, "--zone-file", { stdin: Readable.from([`$ORIGIN example.com.\n${SOA}`]) });
  return zones.map(({ file, text, origin, included }) =>
    parseZoneFile(text, { file, ...(origin != null && { origin }), ...(included !== undefined && { included }) }),
  );
}

test("a folder: each zone file in it, named by what it says or by its name; what isn't one is passed over", async () => {
  const zones = await read(at("zones"));
  assert.deepEqual(
    zones.map(({ origin, file }) => [origin, file]),
    [
      ["example.net", at("zones", "example.net.")],
      ["example.org", at("zones", "example.org.zone")],
    ],
  );
});

test("$INCLUDE: its own origin, the file and line of each record, and the including file goes on as before", async () => {
  const [zone] = await read(at("zones", "example.org.zone"));
  assert.deepEqual(
    zone?.records.slice(1).map(({ name, file, line }) => [name, file, line]),
    [
      ["hs.hosts.example.org", at("zones", "parts", "hosts.inc"), 1],
      ["hosts.example.org", at("zones", "parts", "hosts.inc"), 2],
      ["a.example.org", undefined, 3],
    ],
  );
});

test("what a zone in a folder includes is not a zone of its own", async () => {
  const zones = await read(at("folded"));
  assert.deepEqual(
    zones.map(({ origin, records }) => [origin, records.length]),
    [["example.org", 2]],
  );
});

test("standard input, and UTF-16", async () => {
  const [piped, wide] = await read("-", at("utf16.zone"));
  assert.deepEqual([piped?.origin, piped?.file, wide?.origin], ["example.com", "stdin", "example.org"]);
  assert.deepEqual(
    wide?.mistakes.map(({ kind }) => kind),
    ["byte-order-mark"],
  );
});

const REFUSED: [title: string, values: () => string[], message: RegExp][] = [
  [
    "a file that leads out of the folder",
    () => [at("up.zone")],
    /up\.zone:3: \$INCLUDE "\.\.\/\.\.\/etc\/passwd" leads out of the zone file's folder/,
  ],
  ["a link that leads out of it", () => [at("zones", "parts", "linked.zone")], /linked\.zone:3: \$INCLUDE "link\.inc" leads out/],
  ["an absolute path", () => [at("absolute.zone")], /absolute\.zone:3: \$INCLUDE .* leads out/],
  ["a file that isn't there", () => [at("missing.zone")], /missing\.zone:4: \$INCLUDE "none" can't be read: no such file/],
  ["a file that includes itself", () => [at("loop.zone")], /nested more than 8 deep/],
  ["an empty folder", () => [at("empty")], /--zone-file ".*empty" is a folder without a zone file/],
  [
    "a folder with an origin",
    () => [`${at("zones")}@example.org`],
    /is a folder, and each file in it says its own zone: leave out @example\.org/,
  ],
  ["standard input twice", () => ["-", "-@example.org"], /standard input can be read once/],
  ["a file that isn't there", () => [at("none")], /--zone-file ".*none" can't be read: no such file/],
];
for (const [title, values, message] of REFUSED) {
  test(`refused: ${title}`, async () => {
    await assert.rejects(
      read(...values()),
      (error: unknown) => error instanceof Error && message.test(error.message) && !/\n/.test(error.message),
    );
  });
}
