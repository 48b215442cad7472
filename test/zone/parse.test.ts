/** Master files: what RFC 1035, 5 allows and what people write, and what each broken file is told. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { parseZoneFileOption } from "../../src/zone/option.ts";
import { parseZoneFile } from "../../src/zone/parse.ts";
import { ZoneFileError, type ZoneRecord } from "../../src/zone/zone.ts";

const SOA = "@ 3600 IN SOA ns1 hostmaster 1 2h 1h 4w 300\n";

/** `name ttl type data @line`, one for each record but the SOA. */
function shown(text: string, origin?: string): string[] {
  const zone = parseZoneFile(text, { file: "db", ...(origin === undefined ? {} : { origin }) });
  return zone.records
    .filter(({ type }) => type !== "SOA")
    .map((record) => `${record.name} ${record.ttl} ${dataOf(record)} @${record.line}`);
}

function dataOf({ type, data }: ZoneRecord): string {
  if (type === "TXT") return `TXT ${JSON.stringify(data.strings)}`;
  return `${type === "OTHER" ? "" : `${type} `}${Object.values(data).join(" ")}`;
}

test("the example of RFC 1035, 5.3", () => {
  const text = `@   IN  SOA     VENERA      Action\\.domains (
                                 20     ; SERIAL
                                 7200   ; REFRESH
                                 600    ; RETRY
                                 3600000; EXPIRE
                                 60)    ; MINIMUM

        NS      A.ISI.EDU.
        NS      VENERA
        NS      VAXA
        MX      10      VENERA
        MX      20      VAXA

A       A       26.3.0.103

VENERA  A       10.1.0.52
        A       128.9.0.32

VAXA    A       10.2.0.27
        A       128.9.0.33
`;
  const zone = parseZoneFile(text, { file: "db", origin: "ISI.EDU" });
  assert.deepEqual(zone.mistakes, []);
  assert.equal(zone.origin, "ISI.EDU");
  assert.deepEqual(zone.records[0], {
    type: "SOA",
    name: "ISI.EDU",
    ttl: 60,
    data: {
      mname: "VENERA.ISI.EDU",
      rname: "Action\\.domains.ISI.EDU",
      serial: 20,
      refresh: 7200,
      retry: 600,
      expire: 3_600_000,
      minimum: 60,
    },
    line: 1,
  });
  assert.deepEqual(shown(text, "ISI.EDU."), [
    "ISI.EDU 60 NS A.ISI.EDU @8",
    "ISI.EDU 60 NS VENERA.ISI.EDU @9",
    "ISI.EDU 60 NS VAXA.ISI.EDU @10",
    "ISI.EDU 60 MX 10 VENERA.ISI.EDU @11",
    "ISI.EDU 60 MX 20 VAXA.ISI.EDU @12",
    "A.ISI.EDU 60 A 26.3.0.103 @14",
    "VENERA.ISI.EDU 60 A 10.1.0.52 @16",
    "VENERA.ISI.EDU 60 A 128.9.0.32 @17",
    "VAXA.ISI.EDU 60 A 10.2.0.27 @19",
    "VAXA.ISI.EDU 60 A 128.9.0.33 @20",
  ]);
});

const READ: [title: string, text: string, records: string[]][] = [
  [
    "TTL and class in either order, both optional, in any case",
    "a 60 IN A 192.0.2.1\nb in 60 A 192.0.2.1\nc 60 A 192.0.2.1\nd IN a 192.0.2.1\ne A 192.0.2.1",
    ["a", "b", "c", "d", "e"].map((name, i) => `${name}.example.com 60 A 192.0.2.1 @${i + 2}`),
  ],
  [
    "$TTL with units, over and under which records have their own",
    "$TTL 1h30m\na A 192.0.2.1\n 1W2d A 192.0.2.2\n A 192.0.2.3\n$TTL 7\nb A 192.0.2.4",
    [
      "a.example.com 5400 A 192.0.2.1 @3",
      "a.example.com 777600 A 192.0.2.2 @4",
      "a.example.com 5400 A 192.0.2.3 @5",
      "b.example.com 7 A 192.0.2.4 @7",
    ],
  ],
  [
    "without $TTL that of the record before",
    "a 60 A 192.0.2.1\nb A 192.0.2.2",
    ["a.example.com 60 A 192.0.2.1 @2", "b.example.com 60 A 192.0.2.2 @3"],
  ],
  [
    "$ORIGIN, relative to the one before, and absolute",
    "$ORIGIN sub\na 1 A 192.0.2.1\n@ A 192.0.2.2\n$ORIGIN b.example.com.\nc A 192.0.2.3\nd.example.com. A 192.0.2.4",
    [
      "a.sub.example.com 1 A 192.0.2.1 @3",
      "sub.example.com 1 A 192.0.2.2 @4",
      "c.b.example.com 1 A 192.0.2.3 @6",
      "d.example.com 1 A 192.0.2.4 @7",
    ],
  ],
  [
    "a blank line, a comment and a directive don't change the last name",
    "a 1 A 192.0.2.1\n\n   ; nothing\n$TTL 1\n\tA 192.0.2.2",
    ["a.example.com 1 A 192.0.2.1 @2", "a.example.com 1 A 192.0.2.2 @6"],
  ],
  ["CRLF", "a 1 A 192.0.2.1\r\n\r\nb 1 A 192.0.2.2 ; x\r\n", ["a.example.com 1 A 192.0.2.1 @2", "b.example.com 1 A 192.0.2.2 @4"]],
  ["no newline at the end", "a 1 A 192.0.2.1", ["a.example.com 1 A 192.0.2.1 @2"]],
  [
    "parentheses over several lines, with comments between",
    "_matrix-fed._tcp 60 IN SRV ( 10 ; priority\n 5 8448\n hs.example.net. )\na 1 A (192.0.2.1)",
    ["_matrix-fed._tcp.example.com 60 SRV 10 5 8448 hs.example.net @2", "a.example.com 1 A 192.0.2.1 @5"],
  ],
  [
    "quoted strings with semicolons, parentheses, quotes and escapes",
    String.raw`t 1 TXT "a;b(c)" d\"e "\195\164\"" ""`,
    [String.raw`t.example.com 1 TXT ["a;b(c)","d\"e","Ã¤\"",""] @2`],
  ],
  ["text beyond ASCII as UTF-8", 't 1 TXT "ä"', ['t.example.com 1 TXT ["Ã¤"] @2']],
  [
    "escapes in names: a dot inside a label, an octet, a star",
    String.raw`a\.b 1 A 192.0.2.1` +
      "\n" +
      String.raw`c\100\032 A 192.0.2.1` +
      "\n" +
      String.raw`\042.w A 192.0.2.1` +
      "\n" +
      String.raw`e\. A 192.0.2.1`,
    [
      String.raw`a\.b.example.com 1 A 192.0.2.1 @2`,
      String.raw`cd\032.example.com 1 A 192.0.2.1 @3`,
      "*.w.example.com 1 A 192.0.2.1 @4",
      String.raw`e\..example.com 1 A 192.0.2.1 @5`,
    ],
  ],
  [
    "names that look like a type, a class, a TTL",
    "IN 1 A 192.0.2.1\nMX A 192.0.2.2\n3600 IN A 192.0.2.3",
    ["IN.example.com 1 A 192.0.2.1 @2", "MX.example.com 1 A 192.0.2.2 @3", "3600.example.com 1 A 192.0.2.3 @4"],
  ],
  ["a target @ and the root", "s 1 SRV 0 0 0 .\nc 1 CNAME @", ["s.example.com 1 SRV 0 0 0 . @2", "c.example.com 1 CNAME example.com @3"]],
  ["IPv6 in any spelling", "a 1 AAAA 2001:DB8:0:0::0001", ["a.example.com 1 AAAA 2001:db8::1 @2"]],
  [
    "CAA and TLSA",
    'a 1 CAA 0 issue "letsencrypt.org; x=1"\n_443._tcp 1 TLSA 3 1 1 ( 0BA5\n DEAD )',
    ["a.example.com 1 CAA 0 issue letsencrypt.org; x=1 @2", "_443._tcp.example.com 1 TLSA 3 1 1 0ba5dead @3"],
  ],
  [
    "other types as they are",
    'a 1 SSHFP 4 2 abcd\na 1 HTTPS 1 . alpn="h2,h3"\na 1 TYPE65534 \\# 2 AB CD\na 1 NAPTR 1 1 "u" "" "" x',
    [
      "a.example.com 1 SSHFP 4 2 abcd @2",
      'a.example.com 1 HTTPS 1 . alpn="h2,h3" @3',
      "a.example.com 1 TYPE65534 \\# 2 abcd @4",
      'a.example.com 1 NAPTR 1 1 "u" "" "" x @5',
    ],
  ],
  [
    "RFC 3597, 5: known types in the form for unknown ones",
    "e 1 IN A \\# 4 0A000001\nf 1 CLASS1 TYPE1 10.0.0.2\ng 1 TYPE33 \\# 15 000A 0005 2100 0268730474657374 00",
    ["e.example.com 1 A 10.0.0.1 @2", "f.example.com 1 A 10.0.0.2 @3", "g.example.com 1 SRV 10 5 8448 hs.test @4"],
  ],
];

READ.push(
  [
    "$GENERATE with offset, width and base, and quoted data",
    '$GENERATE 1-3/2 h${-1,3,d} 60 A 192.0.2.$\n$GENERATE 10-10 s$ SRV "0 0 $ h${0,0,x}"\nb A 192.0.2.9',
    [
      "h000.example.com 60 A 192.0.2.1 @2",
      "h002.example.com 60 A 192.0.2.3 @2",
      "s10.example.com 60 SRV 0 0 10 ha.example.com @3",
      "b.example.com 60 A 192.0.2.9 @4",
    ],
  ],
  ["Windows' ages of records", "a [AGE:3569342] 1200 A 192.0.2.1", ["a.example.com 1200 A 192.0.2.1 @2"]],
  [
    "what it doesn't know, as it is",
    "a 1 A 192.0.2.1\nb 1 URL301 https://example.org/",
    ["a.example.com 1 A 192.0.2.1 @2", "b.example.com 1 URL301 https://example.org/ @3"],
  ],
);

for (const [title, text, records] of READ) {
  test(`reads ${title}`, () => {
    assert.deepEqual(shown(SOA + text, "example.com"), records);
  });
}

const ORIGINS: [title: string, text: string, origin: string | undefined, expected: string, file?: string][] = [
  ["from $ORIGIN", `$ORIGIN example.org.\n${SOA}`, undefined, "example.org"],
  ["from the option", SOA, "example.com.", "example.com"],
  ["from the SOA record's name", "Example.net. 60 SOA ns.x.example. h.x.example. 1 2 3 4 5\n", undefined, "Example.net"],
  [
    "from the SOA record's name, though $ORIGIN is its parent",
    "$ORIGIN net.\nexample 60 SOA ns.x.example. h.x.example. 1 2 3 4 5\n$ORIGIN example.net.\n",
    undefined,
    "example.net",
  ],
  ["from $ORIGIN, without an SOA record", "$ORIGIN example.org.\na 1 A 192.0.2.1", undefined, "example.org"],
  ["from the SOA record's name under the root", "$ORIGIN .\nexample.org 1 SOA a. b. 1 2 3 4 5", undefined, "example.org"],
  ["from Cloudflare's SOA record, whose final dot is missing", "example.org\t3600\tIN\tSOA\ta. b. 1 2 3 4 5", undefined, "example.org"],
  ["from $ORIGIN without its final dot", "$ORIGIN example.org\na 1 A 192.0.2.1", undefined, "example.org"],
  ["from Cloudflare's comment", ";;\n;; Domain:     example.org.\n@ 1 A 192.0.2.1", undefined, "example.org"],
  [
    "from Windows' comment",
    ";\n;  Database file x.dns for example.org zone.\n;      Zone version:  1\n@ 1 A 192.0.2.1",
    undefined,
    "example.org",
  ],
  ["from the file's name", "@ 1 A 192.0.2.1", undefined, "example.org", "zones/example.org.zone"],
  ["from the file's name as octoDNS has it", "@ 1 A 192.0.2.1", undefined, "example.org", "zones/example.org."],
  ["from the file's name as BIND's has it", "@ 1 A 192.0.2.1", undefined, "matrix.example.org", "/etc/bind/db.matrix.example.org"],
];
for (const [title, text, origin, expected, file = "db"] of ORIGINS) {
  test(`the zone's name comes ${title}`, () =>
    assert.equal(parseZoneFile(text, { file, ...(origin === undefined ? {} : { origin }) }).origin, expected));
}

/** `@example.com` is the origin, unless the text is to say it. What is said of the line; only what is `fatal` ends the reading. */
const UNREADABLE: [text: string, line: number, problem: RegExp, origin?: null][] = [
  ["a 1 A 192.0.2.1\n$INCLUDE other.db", 2, /^\$INCLUDE is not followed: put/],
  ["\n\n$GENERATE 1-9 h$", 3, /^\$GENERATE is followed by a range, a name, a type/],
  ["$GENERATE 1-99999 h$ A 192.0.2.1", 1, /^\$GENERATE "1-99999" makes more than 65536 records/],
  ["$TLL 60", 1, /^"\$TLL" is not a directive: \$ORIGIN, \$TTL, \$INCLUDE and \$GENERATE are$/],
  ["$TTL", 1, /^\$TTL is followed by one value, such as 3600$/],
  ["$TTL 1x", 1, /^the TTL "1x" is no time: write seconds/],
  ["a 9999999999 A 192.0.2.1", 1, /^the TTL "9999999999" is more than 2147483647 seconds/],
  [" 1 A 192.0.2.1", 1, /^the line begins with a blank, .* begin it with a name$/],
  [
    "www 1 A 192.0.2.1",
    1,
    /^a name is relative, .* write --zone-file db\.example@example\.com, or begin the file with \$ORIGIN example\.com\.$/,
    null,
  ],
  ["; nothing at all", 0, /^there is no record in it: a zone file has records such as example\.com\. 3600 IN A 192\.0\.2\.1$/, null],
  ["example.org. 1 A 192.0.2.1", 0, /^the file has no SOA record and no \$ORIGIN, .* write --zone-file db\.example@example\.com$/, null],
  [
    "example.org. 1 SOA ns h 1 2 3 4 5",
    1,
    /^the SOA record is that of example\.org, but the zone is to be example\.com: write --zone-file db\.example@example\.org if/,
  ],
  ["@ 1 SOA ns h 1 2 3 4", 1, /^the SOA record has 6 fields; it must have 7 fields \(nameserver, mailbox, serial/],
  ["a 1", 1, /^the record has no type: after the name come/],
  ["a 1 IN SVR 10 5 8448 hs", 1, /^"SVR" is not a record type, such as A/],
  ["a 1 CH A 192.0.2.1", 1, /^the class "CH": only IN/],
  ["a 1 A 192.0.2.256", 1, /^"192\.0\.2\.256" is not an IPv4 address: write four numbers/],
  ["a 1 A 2001:db8::1", 1, /for an IPv6 address the type is AAAA$/],
  ["a 1 AAAA 192.0.2.1", 1, /^"192\.0\.2\.1" is not an IPv6 address, .* for an IPv4 address the type is A$/],
  ["a 1 AAAA fe80::1%eth0", 1, /is not an IPv6 address/],
  ["a 1 A 192.0.2.1 192.0.2.2", 1, /^the A record has 2 fields; it must have one field \(address\)$/],
  ["a 1 CNAME", 1, /^the CNAME record has no data; it must have one field \(target\)$/],
  ["a 1 MX -1 mail", 1, /^the preference "-1" is no number/],
  ["a 1 SRV ( 10 5\n8448 hs", 1, /^the parenthesis "\(" that opens here is never closed: add "\)"/],
  ["b 1 A 192.0.2.1\na 1 A 192.0.2.1 )", 2, /^"\)" without "\(" before it/],
  ['a 1 TXT "open\nb 1 A 192.0.2.1', 1, /^the quoted string is not closed on its line: add the missing "$/],
  ["a 1 TXT x\\\n", 1, /^a backslash at the end of the line/],
  [`a 1 TXT ${"x".repeat(256)}`, 1, /^a string of 256 octets; at most 255 are possible: split it/],
  ['a 1 TXT "\\256"', 1, /^the escape \\256 is none/],
  ["a..b 1 A 192.0.2.1", 1, /^the name has an empty label/],
  [`${"x".repeat(64)} 1 A 192.0.2.1`, 1, /^the name has a label of more than 63 octets/],
  ["ä 1 A 192.0.2.1", 1, /^a DNS name can't hold "ä" unescaped: names are/],
  ['"a" 1 A 192.0.2.1', 1, /^the name "a" stands in quotes: remove them$/],
  ["a 1 A \u0000", 1, /^control character \\000: a zone file is plain text$/],
  ["a 1 TYPE65534 abcd", 1, /^the data of TYPE65534 must be written as \\# length hex/],
  ["a 1 A \\# 3 010203", 1, /^the octets after \\# are no A record/],
  ["a 1 A \\# 4 0102", 1, /^\\# 4 is followed by 2 octets/],
];
for (const [title, text, line, problem] of [
  ["an empty file", "", 0, /^there is no record in it/],
  ["a page", "<!DOCTYPE html>\n<html><body>404</body></html>\n", 1, /^"html>" is not a record type/],
  ["JSON", '{\n  "m.server": "matrix.example.com:443"\n}\n', 1, /^the record has no type/],
  ["a text", "This file is a note.\nIt has no zone.\n", 1, /^"file" is not a record type/i],
  ["comments as programs write them", "# one\n# two\n", 1, /^it is no record/],
  ["control characters", "\n\u0007\u0001 x\n", 2, /^control character/],
] as const) {
  for (const origin of ["example.com", undefined])
    test(`refuses ${title} ${origin === undefined ? "of no zone" : "as a zone"}`, () => {
      assert.throws(
        () => parseZoneFile(text, { file: "page.html", ...(origin !== undefined && { origin }) }),
        (error: unknown) =>
          error instanceof ZoneFileError &&
          error.line === line &&
          problem.test(error.problem) &&
          error.problem.endsWith("a zone file has records such as example.com. 3600 IN A 192.0.2.1"),
      );
    });
}

test("an SRV record without its fields is a record: the file is a zone file", () => {
  assert.deepEqual(
    parseZoneFile("_matrix-fed._tcp 60 SRV 10 8448 hs\n", { file: "db", origin: "example.com" })
      .mistakes.map(({ kind }) => kind)
      .toSorted(),
    ["no-soa", "srv-fields"],
  );
});

const FATAL = ["$INCLUDE other.db", "www 1 A 192.0.2.1", "; nothing at all", "example.org. 1 SOA", "example.org. 1 A"];
for (const [text, line, problem, origin = "example.com"] of UNREADABLE) {
  const isFatal = FATAL.some((each) => text.includes(each));
  test(`${isFatal ? "refuses" : "leaves out"} ${JSON.stringify(text.slice(0, 60))}`, () => {
    const options = { file: "db.example", ...(origin === null ? {} : { origin }) };
    if (!isFatal) {
      const { mistakes, records } = parseZoneFile(`${text}\nlast 60 A 192.0.2.9\n`, options);
      const found = mistakes.filter(({ kind }) => kind === "unreadable");
      assert.equal(found[0]?.line, line);
      assert.match(found[0]?.problem ?? "", problem);
      assert.equal(records.at(-1)?.name, "last.example.com", "reading goes on");
      return;
    }
    assert.throws(
      () => parseZoneFile(text, options),
      (error: unknown) => {
        assert.ok(error instanceof ZoneFileError, String(error));
        assert.match(error.problem, problem);
        assert.equal(error.line, line);
        assert.equal(error.message, `db.example${line > 0 ? `:${line}` : ""}: ${error.problem}`);
        assert.doesNotMatch(error.message, /\n/);
        return true;
      },
    );
  });
}

test("the option's value", () => {
  const table: [string, string, string | null][] = [
    ["db.example@example.com", "db.example", "example.com"],
    ["zones/db", "zones/db", null],
    ["a@b/db", "a@b/db", null],
    ["a@b/db@example.com.", "a@b/db", "example.com."],
    ["C:\\zones@home\\db", "C:\\zones@home\\db", null],
    ["db@", "db@", null],
    ["@example.com", "@example.com", null],
  ];
  for (const [value, file, origin] of table) assert.deepEqual(parseZoneFileOption(value), { file, origin }, value);
});
