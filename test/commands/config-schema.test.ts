/** The schema of the configuration file, for editors, and what reads the file: they take and refuse the same. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { describe, test } from "node:test";
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { CONFIG_SCHEMA_FILE, configSchemaText } from "../../scripts/schema.ts";
import type { Config } from "../../src/commands/config/file-shape.ts";
import { readConfig } from "../../src/commands/config/read.ts";
import { ManyMistakes } from "../../src/commands/usage.ts";
import { rules } from "../../src/rules/registry.ts";
import { temporary } from "./stage.ts";

const ajv = new Ajv2020({ strict: true, allErrors: true, allowUnionTypes: true });
addFormats.default(ajv);
const isConfig = ajv.compile(JSON.parse(readFileSync(CONFIG_SCHEMA_FILE, "utf8")) as object);

const world = (folder = "") => ({ folder, codes: async () => rules.map((rule): string => rule.code) });

/** Null, or the lines. */
async function mistakesIn(text: string, folder?: string): Promise<readonly string[] | null> {
  try {
    await readConfig(Buffer.from(text), "c.json", world(folder));
    return null;
  } catch (error) {
    if (!(error instanceof ManyMistakes)) throw error;
    return error.lines;
  }
}

test("the file is what scripts/schema.ts makes of the shapes today", () => {
  assert.equal(readFileSync(CONFIG_SCHEMA_FILE, "utf8"), configSchemaText());
});

const IGNORE = { code: "tls/expiring", reason: "the new one is ordered" };
const server = (more: object): object => ({ servers: [{ name: "a.example", ...more }] });

const ACCEPTED: object[] = [
  {},
  { $schema: "./node_modules/matrix-delegation-check/schema/config.schema.json" },
  { servers: [] },
  { servers: ["a.example", "b.example:8448", "[::1]", "192.0.2.1", { name: "c.example" }] },
  { servers: ["a.example", "A.example"] },
  server({ expect: {}, ignore: [] }),
  server({ expect: { target: "matrix.example:443", via: "srv", certificateDays: 0 }, ignore: [IGNORE] }),
  server({
    expect: {
      target: ["[::1]:8448", "192.0.2.1:1"],
      via: ["well-known", "default-port", "ip-literal", "explicit-port"],
      certificateDays: 3650,
    },
  }),
  { expect: { via: "well-known" } },
  {
    ignore: [
      { ...IGNORE, until: "2028-02-29" },
      { code: "dns/dnssec-bogus", reason: "." },
    ],
  },
  {
    failOn: "warning",
    minCertDays: 0,
    timeout: "500ms",
    deadline: "1440m",
    authoritative: false,
    deep: true,
    client: true,
    allowPrivate: false,
    concurrency: 1024,
    threads: 64,
  },
  { timeout: "1.5s", minCertDays: 3650, concurrency: 1, failOn: "error" },
  {
    dnsServers: ["192.0.2.53", "[2001:db8::53]:5353", "tls://dns.example", "https://dns.example/dns-query"],
    connectTo: ["a.example:443:192.0.2.7:8443", ":::8443"],
  },
  { caFiles: [], zoneFiles: [], dnsServers: [], connectTo: [] },
];

const REFUSED: unknown[] = [
  null,
  [],
  "a.example",
  7,
  true,
  { server: [] },
  { __proto__x: 1 },
  JSON.parse('{"__proto__": {}}'),
  { constructor: {} },
  { hasOwnProperty: 1 },
  { "": 1 },
  { $schema: 1 },
  { $schema: "" },
  { servers: "a.example" },
  { servers: {} },
  { servers: [7] },
  { servers: [null] },
  { servers: [[]] },
  { servers: [""] },
  { servers: ["a.example", "a.example"] },
  { servers: [{}] },
  { servers: [{ expect: {} }] },
  server({ name: "" }),
  server({ name: 1 }),
  server({ expected: {} }),
  server({ failOn: "error" }),
  { servers: [{ name: "a.example" }, { name: "a.example" }] },
  server({ expect: [] }),
  server({ expect: "srv" }),
  server({ expect: { targets: [] } }),
  server({ expect: { target: [] } }),
  server({ expect: { target: "" } }),
  server({ expect: { target: "a.example" } }),
  server({ expect: { target: 443 } }),
  server({ expect: { target: ["a.example:1", "a.example:1"] } }),
  server({ expect: { target: "a.example:123456" } }),
  server({ expect: { via: "srvs" } }),
  server({ expect: { via: [] } }),
  server({ expect: { via: ["srv", "srv"] } }),
  server({ expect: { via: null } }),
  server({ expect: { via: ["srv", 1] } }),
  server({ expect: { certificateDays: -1 } }),
  server({ expect: { certificateDays: 1.5 } }),
  server({ expect: { certificateDays: 3651 } }),
  server({ expect: { certificateDays: "30" } }),
  { ignore: IGNORE },
  { ignore: ["tls/expiring"] },
  { ignore: [{ code: "tls/expiring" }] },
  { ignore: [{ reason: "x" }] },
  { ignore: [{ ...IGNORE, reason: "" }] },
  { ignore: [{ ...IGNORE, reason: " \t" }] },
  { ignore: [{ ...IGNORE, code: "tls/expird" }] },
  { ignore: [{ ...IGNORE, code: 3 }] },
  { ignore: [{ ...IGNORE, since: "2026-01-01" }] },
  { ignore: [IGNORE, IGNORE] },
  ...["2027-02-29", "2027-13-01", "2027-1-1", "27-01-01", "2027-01-31T00:00:00Z", "tomorrow", "", 20270131].map((until) => ({
    ignore: [{ ...IGNORE, until }],
  })),
  { failOn: "info" },
  { failOn: true },
  { failOn: ["error"] },
  { minCertDays: -1 },
  { minCertDays: 3651 },
  { minCertDays: "14" },
  { minCertDays: 1.5 },
  { minCertDays: null },
  { timeout: 10 },
  { timeout: "10" },
  { timeout: "10 s" },
  { timeout: "1h" },
  { timeout: "" },
  { deadline: "-5s" },
  { deadline: "1e3s" },
  { deadline: {} },
  { concurrency: 0 },
  { threads: 0 },
  { threads: 65 },
  { concurrency: 1025 },
  { concurrency: "16" },
  { authoritative: "no" },
  { deep: 1 },
  { allowPrivate: null },
  { dnsServers: "192.0.2.53" },
  { dnsServers: [""] },
  { dnsServers: [1] },
  { dnsServers: ["192.0.2.53", "192.0.2.53"] },
  { connectTo: {} },
  { connectTo: [null] },
  { connectTo: Array.from({ length: 1001 }, (_, index) => `a:${index + 1}:192.0.2.1:2`) },
  { caFiles: "ca.pem" },
  { caFiles: [""] },
  { zoneFiles: [{}] },
  { wellKnownFile: "" },
  { wellKnownFile: ["server.json"] },
];

/** What no schema can say, or what would be the grammar of the option said a second time. */
const ONLY_THE_READER: [what: string, document: object][] = [
  ["a server name by its grammar", { servers: ["https://a.example/"] }],
  ["a server name that ends in a dot", { servers: ["a.example."] }],
  ["a server twice, with and without expectations", { servers: ["a.example", { name: "a.example", expect: {} }] }],
  ["a code twice, for different reasons", { ignore: [IGNORE, { ...IGNORE, reason: "another" }] }],
  ["a target by its grammar", { expect: { target: "https://a.example:443" } }],
  ["the port of a target", { expect: { target: "a.example:65536" } }],
  ["an IPv6 target without brackets", { expect: { target: "2001:db8::1:443" } }],
  ["a duration of nothing", { timeout: "0s" }],
  ["a duration of days", { deadline: "1441m" }],
  ["a resolver by its grammar", { dnsServers: ["nonsense"] }],
  ["a connection by its grammar", { connectTo: ["a:b"] }],
  ["connections that contradict each other", { connectTo: ["a:1:192.0.2.1:2", "a:1:192.0.2.2:3"] }],
  ["a file that isn't there", { caFiles: ["none.pem"] }],
  ["a zone file that isn't there", { zoneFiles: ["none@a.example"] }],
  ["a well-known file that isn't there", { wellKnownFile: "none.json" }],
];

describe("accepted", () => {
  for (const document of ACCEPTED) {
    const text = JSON.stringify(document);
    test(text.slice(0, 150), async () => {
      assert.ok(isConfig(document), JSON.stringify(isConfig.errors));
      assert.equal(await mistakesIn(text), null);
    });
  }
});

describe("refused", () => {
  for (const document of REFUSED) {
    const text = JSON.stringify(document);
    test(text.slice(0, 150), async () => {
      assert.equal(isConfig(document), false);
      assert.match((await mistakesIn(text))?.join("\n") ?? "accepted", /^(c\.json:1:\d+: .+\n?)+$/);
    });
  }
});

describe("refused by the reader alone", () => {
  for (const [what, document] of ONLY_THE_READER) {
    test(what, async () => {
      assert.ok(isConfig(document), JSON.stringify(isConfig.errors));
      assert.match((await mistakesIn(JSON.stringify(document)))?.join("\n") ?? "accepted", /^c\.json:1:\d+: [^\n]+$/);
    });
  }
});

test("every property has its description in the schema", () => {
  const described = (schema: unknown): void => {
    if (typeof schema !== "object" || schema === null) return;
    for (const [name, property] of Object.entries((schema as { properties?: Record<string, { description?: string }> }).properties ?? {}))
      assert.ok((property.description ?? "").length > 10, name);
    Object.values(schema).forEach(described);
  };
  described(isConfig.schema);
});

test("the README's example is right, and uses what it explains", async (context) => {
  const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
  const section = /\n### Configuration\n([^]*?)\n##/.exec(readme)?.[1] ?? "";
  const example = /```json\n([^]*?)```/.exec(section)?.[1] ?? "";
  const path = await temporary(context);
  await writeFile(path("db.example.org"), "");
  assert.deepEqual(await mistakesIn(example, path("")), null);
  const document = JSON.parse(example) as Config;
  assert.ok(isConfig(document), JSON.stringify(isConfig.errors));
  for (const name of ["servers", "expect", "ignore", "until", "failOn", "minCertDays", "dnsServers"])
    assert.ok(example.includes(`"${name}"`), name);
  const { properties } = isConfig.schema as { properties: object };
  for (const name of Object.keys(properties)) if (name !== "$schema") assert.ok(section.includes(`\`${name}\``), `the table has ${name}`);
});
