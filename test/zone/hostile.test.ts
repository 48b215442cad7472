/** What nobody writes by hand: never another error than ZoneFileError, and never more than time in proportion to the size. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { indexZone, lookUp } from "../../src/zone/lookup.ts";
import { MAX_ZONE_FILE, parseZoneFile } from "../../src/zone/parse.ts";
import { ZoneFileError, type Zone } from "../../src/zone/zone.ts";

function parsed(text: string, origin?: string): Zone | ZoneFileError {
  try {
    return parseZoneFile(text, { file: "db", ...(origin === undefined ? {} : { origin }) });
  } catch (error) {
    if (error instanceof ZoneFileError) return error;
    throw error;
  }
}

const word = fc.constantFrom(
  "@",
  "a",
  "*",
  "*.a",
  "example.com",
  "example.com.",
  ".",
  "..",
  "\\.",
  "\\",
  "\\999",
  "\\046",
  '"',
  '"x y"',
  "(",
  ")",
  ";",
  " ",
  "\n",
  "\n",
  "\n ",
  "\t",
  "\r\n",
  "\0",
  "ä",
  "\ud800",
  "IN",
  "CH",
  "60",
  "1h",
  "$TTL",
  "$ORIGIN",
  "$INCLUDE",
  "$GENERATE",
  "1-9",
  "h${0,3,x}$",
  "_matrix-fed._tcp",
  "_matrix-fed._tcp.@",
  "; cf_tags=cf-proxied:true",
  "# x",
  "\r",
  "LUA",
  "WIBBLE",
  "A",
  "AAAA",
  "CNAME",
  "SRV",
  "NS",
  "SOA",
  "TXT",
  "MX",
  "CAA",
  "TLSA",
  "DNAME",
  "ALIAS",
  "TYPE1",
  "TYPE65534",
  "\\#",
  "4",
  "0a000001",
  "192.0.2.1",
  "2001:db8::1",
  "10 5 8448 hs",
  "ns h 1 2 3 4 5",
  "x".repeat(70),
  "__proto__",
  "constructor",
);
const soup = fc.array(word, { maxLength: 60 }).map((words) => words.join(" "));

test("soup of the words of zone files: a zone, or a ZoneFileError of one line", () => {
  fc.assert(
    fc.property(
      fc.oneof(soup, fc.string({ unit: "binary", maxLength: 200 })),
      fc.constantFrom(undefined, "example.com", ".", "a b", ""),
      (text, origin) => {
        const zone = parsed(text, origin);
        if (zone instanceof ZoneFileError) return assert.doesNotMatch(zone.message, /[\n\r]/);
        const index = indexZone(zone);
        for (const { name } of zone.records) lookUp(index, name, "A");
        for (const { line } of [...zone.records, ...zone.mistakes]) assert.ok(line >= 1 && line <= text.split(/[\n\r]/).length);
      },
    ),
    { numRuns: 1000 },
  );
});

test("records in any order of TTL, class and layout mean the same", () => {
  fc.assert(
    fc.property(
      fc.boolean(),
      fc.boolean(),
      fc.boolean(),
      fc.constantFrom(" ", "\t", " ( ", "\t(\n"),
      fc.nat(65535),
      (ttlFirst, withClass, lower, gap, port) => {
        const head = [...(ttlFirst ? ["60"] : []), ...(withClass ? ["IN"] : []), ...(ttlFirst ? [] : ["60"])].join(
          gap.includes("(") ? " " : gap,
        );
        const close = gap.includes("(") ? ")" : "";
        const text = `@ 1 SOA a b 1 2 3 4 5\ns ${head} ${lower ? "srv" : "SRV"}${gap}1${gap.replace("(", "")}2 ${port} t ${close}\nt A 192.0.2.1`;
        const zone = parsed(text, "example.com");
        if (zone instanceof ZoneFileError) throw zone;
        assert.deepEqual(zone.records[1], {
          type: "SRV",
          name: "s.example.com",
          ttl: 60,
          data: { priority: 1, weight: 2, port, target: "t.example.com" },
          line: 2,
        });
        assert.deepEqual(zone.mistakes, []);
      },
    ),
  );
});

/** Linear time takes a second or two for these, on a slow machine ten; quadratic time many minutes. */
const DEADLINE_MS = 60_000;
const MB = 1024 * 1024;
const LARGE: [title: string, text: string][] = [
  ["parentheses", "(".repeat(MB)],
  ["parentheses on lines of their own", "a 1 TXT (\n".repeat(MB / 8)],
  ["lines in one parenthesis", `a 1 TXT (\n${"b\n".repeat(MB)})`],
  ["quotes", '"'.repeat(MB)],
  ["open quotes, a line each", 'a 1 TXT "\n'.repeat(MB / 8)],
  ["backslashes", "\\".repeat(MB)],
  ["digits", `a ${"1".repeat(60_000)}!`],
  ["digits with units", `a ${"1s".repeat(30_000)}`],
  ["one long line", "x".repeat(4 * MB)],
  ["open parentheses with long lines between", `a 1 TXT (\n${"b\n".repeat(9000)}`.repeat(100)],
  ["broken parentheses", "a 1 TXT ( \u0000\n".repeat(MB / 8)],
  ["marks", "a 1 A 192.0.2.1 ; cf_tags=cf-proxied:true\n".repeat(MB / 32)],
  ["near misses", `$ORIGIN example.com.\n${Array.from({ length: 20_000 }, (_, i) => `_matrix-fed.tcp.${i} 1 SRV 1 1 8448 hs\n`).join("")}`],
  ["generated records", "$GENERATE 1-65536 a$ 1 A 192.0.2.1\n".repeat(10)],
  ["comments", ";x\n".repeat(MB)],
  ["blanks", " ".repeat(MB)],
  ["newlines", "\n".repeat(4 * MB)],
  ["CNAMEs of one name", `$ORIGIN example.com.\n${Array.from({ length: 60_000 }, (_, i) => `a 1 CNAME b${i}\n`).join("")}`],
  ["records beside one CNAME", `$ORIGIN example.com.\na 1 CNAME b\n${Array.from({ length: 60_000 }, (_, i) => `a 1 TXT ${i}\n`).join("")}`],
  [
    "SRV records to one target",
    `$ORIGIN example.com.\n${Array.from({ length: 40_000 }, (_, i) => `s 1 SRV 1 1 ${i} hs.example.com\n`).join("")}`,
  ],
  [
    "SRV records to a name with many records",
    `$ORIGIN example.com.\n${Array.from({ length: 20_000 }, (_, i) => `s${i} 1 SRV 1 1 1 hs\nhs 1 TXT ${i}\n`).join("")}`,
  ],
  [
    "names of many labels",
    `$ORIGIN ${"a.".repeat(60)}\n${Array.from({ length: 15_000 }, (_, i) => `${i}${".b".repeat(60)} 1 A 192.0.2.1\n`).join("")}`,
  ],
];
for (const [title, text] of LARGE) {
  test(`${title} without end`, () => {
    const began = performance.now();
    parsed(text, "example.com");
    assert.ok(performance.now() - began < DEADLINE_MS, "the time grows faster than the size");
  });
}

test("a chain of origins ends where the name is too long", () => {
  const zone = parsed(`${"$ORIGIN a\n".repeat(1000)}a.example.com. 1 A 192.0.2.1\n`, "example.com");
  assert.ok(!(zone instanceof ZoneFileError));
  assert.match(zone.mistakes.find(({ kind }) => kind === "unreadable")?.problem ?? "", /more than 255 octets/);
});

test("a file of which nothing can be read ends soon", () => {
  const zone = parsed("a 1 A b\n".repeat(100_000), "example.com");
  assert.ok(zone instanceof ZoneFileError);
  assert.match(zone.problem, /10000 lines before it can't be read either/);
});

test("a file that is too large is not looked at", () => {
  const zone = parsed("\n".repeat(MAX_ZONE_FILE + 1));
  assert.ok(zone instanceof ZoneFileError);
  assert.equal(zone.problem, "more than 64 MiB: that is more than is read");
});
