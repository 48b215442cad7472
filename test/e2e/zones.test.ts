/**
 * Zone files in the shapes of providers and servers: what named-compilezone and nsd-checkzone make of each, and what this tool does. Where
 * one of them reads a file, every record that the check uses must be the same. The table is docs/zones.md; `UPDATE_DOCS=1` writes it.
 */
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { indexZone, lookUp } from "../../src/zone/lookup.ts";
import { parseZoneFile } from "../../src/zone/parse.ts";
import { ZoneFileError, type Zone, type ZoneRecord } from "../../src/zone/zone.ts";
import { SHAPES, type Shape } from "./zone-shapes.ts";

const ENV = { ...process.env, PATH: [process.env["PATH"] ?? "", "/usr/sbin", "/sbin"].join(delimiter) };
const PAGE = fileURLToPath(new URL("../../docs/zones.md", import.meta.url));
const ORIGIN = "example.org";
/** What the check asks for. */
const USED = ["A", "AAAA", "CNAME", "SRV", "NS"];

let folder: string;
before(() => void (folder = mkdtempSync(join(tmpdir(), "mdc-zone-"))));
after(() => rmSync(folder, { recursive: true, force: true }));

interface Row {
  shape: Shape;
  named: string;
  nsd: string;
  ours: string;
}
const rows: Row[] = [];

for (const [index, shape] of SHAPES.entries()) {
  test(`${shape.source}: ${shape.shape}`, () => {
    const file = join(folder, `zone-${index}`);
    writeFileSync(file, shape.text);
    if (shape.included !== undefined) writeFileSync(join(folder, shape.included.path), shape.included.text);
    const zone = read(shape);
    const theirs = { named: named(file), nsd: nsd(file) };
    for (const [who, records] of Object.entries(theirs))
      if (records !== null) assert.deepEqual(usedOf(zone), records, `as ${who} reads it`);
    const needed = neededIn(zone);
    assert.equal(needed, shape.needed ?? "found");
    if (needed === "lost") assert.ok(zone.mistakes.length > 0, "what is lost is said");
    if (theirs.named === null && theirs.nsd === null)
      assert.ok(
        zone.mistakes.length > 0 || isServersOwn(zone) || shape.text.includes("[AGE:") || zone.cloudflare,
        "what no server loads has a mistake, or is some server's own, or as Cloudflare always writes it",
      );
    rows.push({
      shape,
      named: theirs.named === null ? "refuses it" : "loads it",
      nsd: theirs.nsd === null ? "refuses it" : "loads it",
      ours: `${NEEDED[needed]}${saidOf(zone)}`,
    });
  });
}

const NEEDED = { found: "the records are found", lost: "no record where it is needed", unknown: "only the server knows" } as const;

test("docs/zones.md is what these rows say", () => {
  assert.equal(rows.length, SHAPES.length, "all rows were made");
  assert.ok(rows.length >= 60);
  const page = pageOf();
  if (process.env["UPDATE_DOCS"] === "1") writeFileSync(PAGE, page);
  assert.equal(readFileSync(PAGE, "utf8"), page, "UPDATE_DOCS=1 node --import tsx test/run.ts test/e2e/zones.test.ts writes it");
});

function pageOf(): string {
  const cell = (text: string): string => text.replaceAll("|", "\\|");
  return [
    "# Zone files that were tried",
    "",
    "The same zone in the shapes in which providers and servers write it, read by BIND's `named-compilezone`, by NSD's `nsd-checkzone`, and by `--zone-file`. Made by `test/e2e/zones.test.ts`:",
    "where one of the two loads a file, every A, AAAA, CNAME, SRV and NS record is the same as here. The shapes are the maintainers' own, made after what is known of each program's and provider's files; no provider has confirmed them.",
    "",
    "| source of the shape | what is special | named | NSD | matrix-delegation-check |",
    "| --- | --- | --- | --- | --- |",
    ...rows.map(({ shape, named: a, nsd: b, ours }) => `| ${[shape.source, shape.shape, a, b, ours].map(cell).join(" | ")} |`),
    "",
  ].join("\n");
}

function read({ text, file = "example.org.zone", included }: Shape): Zone {
  try {
    return parseZoneFile(text, {
      file,
      ...(included !== undefined && { included: [{ by: file, path: included.path, file: included.path, text: included.text }] }),
    });
  } catch (error) {
    if (error instanceof ZoneFileError) assert.fail(`the file can't be used: ${error.message}`);
    throw error;
  }
}

/** Each as `name type data`, sorted; null when it refuses the zone. */
function named(file: string): string[] | null {
  const out = `${file}.named`;
  const result = spawnSync("named-compilezone", ["-q", "-k", "ignore", "-i", "none", "-s", "full", "-o", out, ORIGIN, file], {
    env: ENV,
    cwd: folder,
  });
  return result.status === 0 ? usedLines(readFileSync(out, "utf8")) : null;
}

function nsd(file: string): string[] | null {
  const result = spawnSync("nsd-checkzone", ["-p", ORIGIN, file], { env: ENV, cwd: folder, encoding: "utf8" });
  return result.status === 0 ? usedLines(result.stdout) : null;
}

/** Both print a record a line, NSD below `$ORIGIN` and with the name only where it changes; SOA records over two lines. */
function usedLines(text: string): string[] {
  let origin = "";
  let name = "";
  return sorted(
    text.split("\n").flatMap((line) => {
      const at = /^\$ORIGIN (\S+?)\.?$/.exec(line)?.[1];
      if (at !== undefined || line.startsWith(";")) {
        origin = at ?? origin;
        return [];
      }
      const [owner = "", , , type = "", ...data] = line.split(/\s+/);
      if (owner !== "") name = owner.endsWith(".") ? owner.slice(0, -1) : origin === "" ? owner : `${owner}.${origin}`;
      return USED.includes(type) ? [`${name} ${type} ${data.map((field) => field.replace(/(?<=.)\.$/, "")).join(" ")}`.trim()] : [];
    }),
  );
}

function usedOf({ records }: Zone): string[] {
  return sorted(records.flatMap((record) => (USED.includes(record.type) ? [`${record.name} ${record.type} ${dataOf(record)}`] : [])));
}

function dataOf(record: ZoneRecord): string {
  switch (record.type) {
    case "A":
    case "AAAA":
      return record.data.address;
    case "SRV":
      return `${record.data.priority} ${record.data.weight} ${record.data.port} ${record.data.target}`;
    case "CNAME":
    case "NS":
      return record.data.target;
    default:
      return assert.fail(record.type);
  }
}

function sorted(lines: string[]): string[] {
  // named writes `\\@` for a label that is @. Names beyond ASCII are left out here, and said.
  const plain = lines.filter((line) => !/\\(?:1[3-9]|2\d)\d/.test(line));
  return [...new Set(plain.map((line) => line.toLowerCase().replaceAll("\\@", "@")))].sort();
}

function neededIn(zone: Zone): "found" | "lost" | "unknown" {
  const index = indexZone(zone);
  const srv = lookUp(index, `_matrix-fed._tcp.${ORIGIN}`, "SRV");
  const [record] = srv.kind === "records" ? srv.records : [];
  if (record?.type !== "SRV") return "lost";
  let host = record.data.target;
  for (let hops = 0; hops < 3; hops++) {
    const answer = lookUp(index, host, "A");
    if (answer.kind === "unknown") return "unknown";
    if (answer.kind === "records")
      return answer.records.some(({ type, data }) => type === "A" && data.address === "192.0.2.10") ? "found" : "lost";
    if (answer.kind !== "alias") return "lost";
    host = answer.target;
  }
  return "lost";
}

function isServersOwn({ records }: Zone): boolean {
  return records.some(({ type }) => type === "OTHER");
}

function saidOf({ mistakes }: Zone): string {
  const said = mistakes.map(({ kind, line }) => `line ${line}: ${kind}`);
  return said.length === 0 ? "" : `; ${said.join(", ")}`;
}

test("the tools are there", () => {
  execFileSync("named-compilezone", ["-v"], { env: ENV });
});
