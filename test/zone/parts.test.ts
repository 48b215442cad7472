/** The small parts that master files are read with, each for itself: fields, names, $GENERATE, guesses of the zone's name. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Token } from "../../src/zone/entries.ts";
import { genericData, ipv4, ipv6, isIpv4, isIpv6, octets, quoted, ttlOf, unsigned } from "../../src/zone/fields.ts";
import { generated } from "../../src/zone/generate.ts";
import { indexZone, lookUp } from "../../src/zone/lookup.ts";
import { absoluteName, isAbsolute, isWithin, parentOf } from "../../src/zone/names.ts";
import { nearMiss, serviceOf } from "../../src/zone/near-miss.ts";
import { originInComments, originInFileName } from "../../src/zone/origin.ts";
import { includesIn } from "../../src/zone/includes.ts";
import { parseZoneFile } from "../../src/zone/parse.ts";
import { isTypeWord, looksLikeType, recordType } from "../../src/zone/record-data.ts";
import { editDistance } from "../../src/zone/spelling.ts";
import type { ZoneRecordType } from "../../src/zone/zone.ts";

function token(text: string): Token {
  return { text, quoted: false, line: 1 };
}

function tokens(text: string): Token[] {
  return text.split(" ").map(token);
}

/** What it gives, or how its refusal begins. */
function outcome(what: () => unknown): unknown {
  try {
    return what();
  } catch (error) {
    return `! ${(error as Error).message.slice(0, 60)}`;
  }
}

describe("fields", () => {
  const times: [string, number | RegExp][] = [
    ["0", 0],
    ["3600", 3600],
    ["1h30m", 5400],
    ["1W2D", 777_600],
    ["1m1", 61],
    ["2147483647", 2_147_483_647],
    ["2147483648", /^! the TTL "2147483648" is more than 2147483647 seconds/],
    ["", /^! the TTL "" is no time/],
    ["1y", /^! the TTL "1y" is no time/],
    ["-1", /is no time/],
  ];
  for (const [text, seconds] of times)
    test(`the time ${JSON.stringify(text)}`, () => {
      const got = outcome(() => ttlOf(text));
      if (typeof seconds === "number") assert.equal(got, seconds);
      else assert.match(String(got), seconds);
    });

  const numbers: [string, number, number | null][] = [
    ["0", 9, 0],
    ["9", 9, 9],
    ["10", 9, null],
    ["+1", 9, null],
    ["1e0", 9, null],
    ["", 9, null],
    ["00000000001", 9, null],
  ];
  for (const [text, most, value] of numbers)
    test(`the number ${JSON.stringify(text)} up to ${most}`, () => {
      const got = outcome(() => unsigned(text, most, "port"));
      if (value === null) assert.match(String(got), /^! the port ".*" is no number from 0 to 9$/);
      else assert.equal(got, value);
    });

  const FOUR = ["0.0.0.0", "255.255.255.255", "192.0.2.1"];
  const NOT_FOUR = ["256.0.0.1", "192.0.2", "192.0.2.1.1", "192.0.2.01", "192.0.2.1x", "x192.0.2.1", "192.0.2.", "1..2.3", "192.0.2.1234"];
  for (const text of FOUR) test(`${text} is an IPv4 address`, () => assert.deepEqual([ipv4(text), isIpv4(text)], [text, true]));
  for (const text of NOT_FOUR)
    test(`${text} is none`, () => {
      assert.match(String(outcome(() => ipv4(text))), /is not an IPv4 address/);
      assert.equal(isIpv4(text), false);
    });
  test("which type the other family's address has", () => {
    assert.throws(() => ipv4("2001:db8::1"), /type is AAAA$/);
    assert.throws(() => ipv6("192.0.2.1"), /type is A$/);
    assert.throws(() => ipv4("x"), /such as 192\.0\.2\.1$/);
    assert.throws(() => ipv6("x"), /such as 2001:db8::1$/);
  });
  test("IPv6 in its normal form, up to the longest", () => {
    assert.equal(ipv6("2001:DB8:0:0:0:0:0:1"), "2001:db8::1");
    const longest = "0000:0000:0000:0000:0000:ffff:255.255.255.255";
    assert.equal(longest.length, 45);
    assert.equal(isIpv6(longest), true);
    for (const text of ["fe80::1%1", "::g", "[::1]", "1.2.3.4"]) assert.equal(isIpv6(text), false, text);
  });

  const strings: [string, number, string | RegExp][] = [
    ["plain", 5, "plain"],
    ["plain", 4, /^! a string of 5 octets; at most 4/],
    [String.raw`a\"b\\c`, 9, 'a"b\\c'],
    [String.raw`\000\255`, 2, "\u0000\u00ff"],
    [String.raw`\256`, 9, /^! the escape \\256 is none/],
    [String.raw`\25`, 9, /^! the escape \\25 is none/],
    ["ä", 2, "Ã¤"],
    ["ä", 1, /^! a string of 2 octets/],
    ["x".repeat(5), 1, /^! a string of more than 1 octets/],
  ];
  for (const [text, most, value] of strings)
    test(`the string ${text} of at most ${most} octets`, () => {
      const got = outcome(() => octets(token(text), most));
      if (typeof value === "string") assert.equal(got, value);
      else assert.match(String(got), value);
    });

  test("data in hexadecimal", () => {
    const hex = (text: string): unknown => outcome(() => genericData(tokens(text)).toString("hex"));
    assert.equal(hex("\\# 0"), "");
    assert.equal(hex("\\# 3 0a 0B0c"), "0a0b0c");
    assert.match(String(hex("\\#")), /^! after \\# stand the number of octets/);
    assert.match(String(hex("\\# 1 0")), /^! after \\# stand/);
    assert.match(String(hex("\\# 1 0g")), /^! after \\# stand/);
    assert.match(String(hex("\\# 2 00")), /^! \\# 2 is followed by 1 octets/);
    assert.match(String(hex("\\# 65536 00")), /^! the number of octets "65536"/);
  });

  test("text of the file in a message is cut", () => {
    assert.equal(quoted("x".repeat(80)), `"${"x".repeat(80)}"`);
    assert.equal(quoted("x".repeat(81)), `"${"x".repeat(80)}…"`);
  });
});

describe("$GENERATE", () => {
  const made = (text: string): unknown =>
    outcome(() => [...generated(tokens(text), 7)].map((entry) => entry.tokens.map((each) => each.text).join(" ")));
  const cases: [string, string[] | RegExp][] = [
    ["1-3 h$ A 192.0.2.$", ["h1 A 192.0.2.1", "h2 A 192.0.2.2", "h3 A 192.0.2.3"]],
    ["0-4/2 h$ A 192.0.2.$", ["h0 A 192.0.2.0", "h2 A 192.0.2.2", "h4 A 192.0.2.4"]],
    ["5-5 h$ A 192.0.2.$", ["h5 A 192.0.2.5"]],
    ["9-9 ${1,3} A x", ["010 A x"]],
    ["10-10 ${-3,0,d} A x", ["7 A x"]],
    ["8-8 ${0,3,o} A x", ["010 A x"]],
    ["171-171 ${0,4,x} A ${0,0,X}", ["00ab A AB"]],
    ["171-171 ${0,3,n} A ${0,7,N}", ["b.a A B.A.0.0"]],
    ["1-1 a$$b A x", ["a$b A x"]],
    ["1-1 a\\$b A x", ["a$b A x"]],
    ["3-1 h$ A x", /^! \$GENERATE is followed by a range/],
    ["1-3/0 h$ A x", /^! \$GENERATE is followed by a range/],
    ["1 h$ A x", /^! \$GENERATE is followed by a range/],
    ["1-3 h$ A", /^! \$GENERATE is followed by a range/],
    ["0-65536 h$ A x", /^! \$GENERATE "0-65536" makes more than 65536 records/],
    ["1-1 ${0,256} A x", /^! \$GENERATE: "\$\{0,256\}" must be/],
    ["1-1 ${-2} A x", /^! \$GENERATE: "\$\{-2\}" must be/],
    ["1-1 ${a} A x", /^! \$GENERATE: "\$\{a\}" must be/],
    ["1-1 ${} A x", /^! \$GENERATE: "\$\{\}" must be/],
  ];
  for (const [text, expected] of cases)
    test(text, () => {
      const got = made(text);
      if (Array.isArray(expected)) assert.deepEqual(got, expected);
      else assert.match(String(got), expected);
    });

  test("the most that there may be, all on the directive's line", () => {
    const all = [...generated(tokens("1-65536 h$ A x"), 7)];
    assert.equal(all.length, 65_536);
    assert.deepEqual([all[0]?.line, all[0]?.tokens[1]?.line, all[0]?.startsBlank], [7, 7, false]);
  });
});

describe("names", () => {
  const absolute: [string, boolean][] = [
    ["a.", true],
    ["a", false],
    [".", true],
    ["a\\.", false],
    ["a\\\\.", true],
    ["a\\\\\\.", false],
  ];
  for (const [name, expected] of absolute)
    test(`${name} is ${expected ? "" : "not "}written in full`, () => assert.equal(isAbsolute(name), expected));

  test("relative names are completed", () => {
    assert.equal(absoluteName("a", "example.com"), "a.example.com");
    assert.equal(absoluteName("@", "example.com"), "example.com");
    assert.equal(absoluteName("a.", "example.com"), "a");
    assert.equal(absoluteName(".", "example.com"), ".");
    assert.equal(absoluteName("a", "."), "a");
    assert.throws(() => absoluteName("a", null));
    assert.throws(() => absoluteName("a..b", "example.com"), /empty label/);
    // 253 characters are the most that a name can have.
    const long = `${"a".repeat(61)}.${"b".repeat(63)}.${"c".repeat(63)}.${"d".repeat(63)}`;
    assert.equal(absoluteName(`${long}.`, null), long);
    assert.throws(() => absoluteName(`a${long}.`, null));
  });

  const parents: [string, string | null][] = [
    ["a.b.c", "b.c"],
    ["c", "."],
    [".", null],
    ["a\\.b.c", "c"],
    ["a\\\\.b", "b"],
  ];
  for (const [name, expected] of parents) test(`above ${name}`, () => assert.equal(parentOf(name), expected));

  const within: [string, string, boolean][] = [
    ["example.com", "example.com", true],
    ["a.example.com", "example.com", true],
    ["aexample.com", "example.com", false],
    ["a.com", ".", true],
    ["com", "example.com", false],
    ["a\\.example.com", "example.com", false],
    ["a\\\\.example.com", "example.com", true],
    ["aa\\\\\\.example.com", "example.com", false],
  ];
  for (const [name, origin, expected] of within)
    test(`${name} is ${expected ? "" : "not "}within ${origin}`, () => assert.equal(isWithin(name, origin), expected));
});

describe("the zone's name, by comments and the file's name", () => {
  const comments: [string, string | null][] = [
    [";; Domain:     Example.com.\n", "example.com"],
    [";\n; Domain: example.com\r\n", "example.com"],
    [";  Database file example.com.dns for example.com zone.\n", "example.com"],
    ["; Domain: localhost\n", null],
    ["; Domain: example.invalid-tld\n", null],
    ["a A 192.0.2.1 ; Domain: example.com\n", null],
    [`${";\n".repeat(2100)}; Domain: example.com\n`, null],
  ];
  for (const [text, expected] of comments) test(JSON.stringify(text.slice(0, 50)), () => assert.equal(originInComments(text), expected));

  const files: [string, string | null][] = [
    ["db.example.com", "example.com"],
    ["zones/Example.com.zone", "example.com"],
    ["C:\\dns\\example.com.dns", "example.com"],
    ["example.com.", "example.com"],
    ["/etc/bind/zones.d/example.co.uk.db", "example.co.uk"],
    ["a/b.c/zonefile", null],
    ["example com", null],
    ["x example.com", null],
    ["zone.local-only", null],
    ["my.db.example.com", "my.db.example.com"],
    ["co.uk", null],
  ];
  for (const [file, expected] of files) test(file, () => assert.equal(originInFileName(file), expected));
});

describe("how far words are apart", () => {
  const cases: [string, string, number, number][] = [
    ["matrix", "matrix", 2, 0],
    ["matrix", "martix", 2, 1],
    ["matrix", "matrx", 2, 1],
    ["matrix", "matrixx", 2, 1],
    ["matrix", "natrix", 2, 1],
    ["ab", "ba", 2, 1],
    ["abcd", "badc", 2, 2],
    ["matrix", "martxi", 2, 2],
    ["tcp", "udp", 2, 2],
    ["abcdef", "xyzuvw", 2, 3],
    ["a", "abcd", 2, 3],
    ["", "ab", 2, 2],
    ["a".repeat(65), "a".repeat(65), 2, 3],
    ["a".repeat(64), "a".repeat(64), 2, 0],
  ];
  for (const [one, other, most, expected] of cases)
    test(`${one} and ${other}`, () => {
      assert.equal(editDistance(one, other, most), expected);
      assert.equal(editDistance(other, one, most), expected);
    });
});

describe("names that are almost the service's", () => {
  test("the service of a name that is asked for", () => {
    assert.deepEqual(serviceOf("_Matrix-Fed._TCP.example.com"), { service: "_matrix-fed._tcp", base: "example.com" });
    assert.deepEqual(serviceOf("_matrix._tcp"), { service: "_matrix._tcp", base: "" });
    assert.equal(serviceOf("_matrix._tcpx.example.com"), null);
    assert.equal(serviceOf("x._matrix._tcp.example.com"), null);
  });

  const FED = "_matrix-fed._tcp.example.com";
  const cases: [string, string, string | null, number?][] = [
    ["_matrix-fed._tcp.example.com", "SRV", null],
    ["_matrix-fed._tcp.example.com", "MX", FED],
    ["_matrix-fed._tcp.example.com", "AAAA", FED],
    ["_matrix-fed._tcp.example.com", "CNAME", null],
    ["_matrix._tcp", "SRV", "_matrix._tcp.example.com"],
    ["_matrix._tcp", "TXT", null],
    ["_matrix-fed._udp.example.com", "SRV", null],
    ["_matrix-federation._tcp.example.com", "SRV", null],
    ["_matrix_fed._tcp.example.com", "CNAME", FED],
    ["matrix-fed.tcp.example.com", "CNAME", null],
    ["matrix.tcp.example.com", "TXT", null],
    ["_matrix_fed._tcp.example.com", "A", null],
    ["_matrix-fed\\._tcp.example.com", "SRV", FED],
    ["_matrix-fed_\\._tcp.example.com", "SRV", FED],
    ["_matrix\\032fed._tcp.example.com", "SRV", FED],
    ["_matrix-fed._tcp.example.com.example.com", "SRV", null],
    ["_matrixfed._tcp.sub.example.com", "SRV", "_matrix-fed._tcp.sub.example.com"],
    ["_matrixfed._tcp.example.org", "SRV", "_matrix-fed._tcp.example.org"],
    ["_matrix._fed._tcp.example.com", "SRV", FED],
    ["_matrix-client._tcp.example.com", "SRV", null],
    ["_turn._tcp.example.com", "SRV", null],
    ["_matrix-push._tcp.example.com", "SRV", null],
    ["_matrix-federation-tester-x._tcp.example.com", "SRV", null],
    ["_matrix", "TXT", null],
    ["_matrixfed._tc.example.com", "SRV", FED],
    ["_sip._tcp.example.com", "SRV", null],
    ["example.com", "SRV", FED, 8448],
    ["example.com", "SRV", null, 443],
    ["_tcp.example.com", "SRV", FED, 8448],
    ["_other.example.com", "SRV", null, 8448],
    ["www.example.com", "SRV", "_matrix-fed._tcp.www.example.com", 8448],
  ];
  for (const [name, type, expected, port = 5223] of cases)
    test(`${type} at ${name}${type === "SRV" ? `, port ${port}` : ""}`, () => {
      const record =
        type === "SRV"
          ? { type, data: { priority: 1, weight: 1, port, target: "hs" } }
          : { type: "OTHER", data: { mnemonic: type, text: "x" } };
      assert.equal(nearMiss({ ...record, name, ttl: 60, line: 1 } as Parameters<typeof nearMiss>[0], type, "example.com"), expected);
    });
});

describe("what the zone's own server would say", () => {
  const zone = parseZoneFile(
    `@ 60 IN SOA ns1.provider.net. hostmaster 1 2h 1h 4w 300
hs A 192.0.2.1
a.b A 192.0.2.2
*.wild TXT x
*.wild A 192.0.2.3
sub NS ns1.provider.net.
www CNAME hs
old DNAME new.example.net.
apex ALIAS hs.provider.net.
lua LUA A "x"
own TYPE65402 \\# 1 00
proxied 60 CNAME y.provider.net. ; cf_tags=cf-proxied:true
*.gone NS ns1.provider.net.
`,
    { file: "db", origin: "example.com" },
  );
  const index = indexZone(zone);
  const long = (more: number): string => `${"x".repeat(60)}.${"y".repeat(60)}.${"z".repeat(60)}.${"w".repeat(more)}.old`;
  const cases: [string, ZoneRecordType, string][] = [
    ["hs", "A", "records"],
    ["hs", "AAAA", "nodata"],
    ["HS", "A", "records"],
    ["b", "A", "nodata"],
    ["no", "A", "nxdomain"],
    ["x.hs", "A", "nxdomain"],
    ["x.wild", "A", "records *.wild.example.com"],
    ["x.wild", "AAAA", "nodata *.wild.example.com"],
    ["wild", "A", "nodata"],
    ["sub", "A", "delegated"],
    ["x.sub", "A", "delegated"],
    ["x.gone", "A", "delegated"],
    ["www", "A", "alias hs.example.com seen"],
    ["www", "SRV", "alias hs.example.com seen"],
    ["www", "CNAME", "records"],
    ["x.old", "A", "alias x.new.example.net seen"],
    ["old", "A", "nodata"],
    ["apex", "A", "alias hs.provider.net unseen"],
    ["apex", "AAAA", "alias hs.provider.net unseen"],
    ["apex", "SRV", "nodata"],
    ["lua", "A", "unknown"],
    ["lua", "AAAA", "nodata"],
    ["own", "A", "unknown"],
    ["own", "AAAA", "unknown"],
    ["own", "SRV", "nodata"],
    ["proxied", "A", "alias y.provider.net unseen"],
    ["proxied", "SRV", "nodata"],
    [long(55), "A", "too-long"],
    [long(54), "A", `alias ${long(54).slice(0, -3)}new.example.net seen`],
  ];
  for (const [name, type, expected] of cases)
    test(`${name.slice(0, 20)} ${type}`, () => {
      const answer = lookUp(index, `${name}.example.com`, type);
      const said = [
        answer.kind,
        ...(answer.kind === "alias" ? [answer.target, answer.seen ? "seen" : "unseen"] : []),
        ...("wildcard" in answer && answer.wildcard !== null ? [answer.wildcard] : []),
      ];
      assert.equal(said.join(" "), expected);
    });
});

describe("types", () => {
  const types: [string, string | null][] = [
    ["a", "A"],
    ["TYPE1", "A"],
    ["TYPE001", "A"],
    ["type65535", "TYPE65535"],
    ["TYPE65536", null],
    ["URL301", null],
    ["constructor", null],
    ["", null],
  ];
  for (const [text, expected] of types) test(JSON.stringify(text), () => assert.equal(recordType(text), expected));

  test("words that could be some server's own type", () =>
    assert.deepEqual(["URL301", "a_b-c", "1A", "", "TYPE70000", "x".repeat(31), "x".repeat(32), "a.b"].map(isTypeWord), [
      true,
      true,
      false,
      false,
      false,
      true,
      false,
      false,
    ]));

  const misspelled: [string, string | null][] = [
    ["SVR", "SRV"],
    ["srvs", null],
    ["AAA", "AAAA"],
    ["AAAAS", null],
    ["CNMAE", "CNAME"],
    ["CAN", null],
    ["S", null],
    ["MXX", null],
  ];
  for (const [text, expected] of misspelled)
    test(`${text} is a misspelled ${expected ?? "nothing"}`, () => assert.equal(looksLikeType(text), expected));
});

describe("included files", () => {
  const SOA = "@ 60 IN SOA ns1.provider.net. hostmaster 1 2h 1h 4w 300\n";
  const included = [
    {
      by: "db",
      path: "sub.db",
      file: "zones/sub.db",
      text: "www A 192.0.2.1\n hs A 192.0.2.2\nhs.example.com. A 192.0.2.3\nhs.example.com. A 192.0.2.3\n",
    },
    { by: "zones/sub.db", path: "deep.db", file: "zones/deep.db", text: "x A 192.0.2.4\n" },
    { by: "db", path: "deep.db", file: "other.db", text: "y A 192.0.2.5\n" },
  ];
  const names = (text: string): string[] =>
    parseZoneFile(SOA + text, { file: "db", origin: "example.com", included })
      .records.filter(({ type }) => type === "A")
      .map(({ name, line, file }) => `${file ?? "db"}:${line} ${name}`);

  test("which are named, and where", () => {
    const text = '$INCLUDE a.db\n$include b.db sub ; c\n $INCLUDE c.db\nx A 192.0.2.1\n"$INCLUDE" d.db\n$INCLUDE\n';
    assert.deepEqual(includesIn(text), [
      { path: "a.db", line: 1 },
      { path: "b.db", line: 2 },
    ]);
    assert.deepEqual(includesIn("x A 192.0.2.1"), []);
  });
  test("the one that this file means", () => assert.deepEqual(names("$INCLUDE deep.db\n"), ["other.db:1 y.example.com"]));
  test("under another origin, and the including file's own holds again", () =>
    assert.deepEqual(names("a A 192.0.2.9\n$INCLUDE deep.db sub\n A 192.0.2.8\nb A 192.0.2.7\n"), [
      "db:2 a.example.com",
      "other.db:1 y.sub.example.com",
      "db:4 a.example.com",
      "db:5 b.example.com",
    ]));
  test("mistakes are told by file and line, the zone's own first", () => {
    const zone = parseZoneFile(`${SOA}$INCLUDE sub.db\nz A 192.0.2.1\nz A 192.0.2.1\n`, { file: "db", origin: "example.com", included });
    assert.deepEqual(
      zone.mistakes.map(({ kind, file, line, otherLines }) => [kind, file ?? "db", line, otherLines]),
      [
        ["duplicate-record", "db", 4, [3]],
        ["unreadable", "zones/sub.db", 2, []],
        ["duplicate-record", "zones/sub.db", 4, [3]],
      ],
    );
  });
  for (const text of ["$INCLUDE none.db\n", "$INCLUDE\n", "$INCLUDE deep.db sub more\n"])
    test(`refused: ${text.trim()}`, () => assert.throws(() => names(text), /\$INCLUDE is not followed/));
});

describe("files as editors leave them", () => {
  const kinds = (text: string): string[] =>
    parseZoneFile(text, { file: "db", origin: "example.com" }).mistakes.map(
      ({ kind, line, otherLines }) => `${kind} ${line} ${otherLines.join()}`,
    );
  const SOA = "@ 60 IN SOA ns1.provider.net. hostmaster 1 2h 1h 4w 300\n";
  test("a byte order mark", () => assert.deepEqual(kinds(`\ufeff${SOA}a A 192.0.2.1\n`), ["byte-order-mark 1 "]));
  test("line ends of old Macs", () => assert.deepEqual(kinds(`${SOA}a A 192.0.2.1\n`.replaceAll("\n", "\r")), ["line-ends 1 "]));
  test("lines below a name that can't be read belong to it, twenty of them are told", () => {
    const text = `${SOA}a..b A 192.0.2.1\n${" A 192.0.2.2\n".repeat(25)}c A 192.0.2.3\n`;
    assert.deepEqual(kinds(text), [`unreadable 2 ${Array.from({ length: 20 }, (_, index) => index + 3).join()}`]);
  });
  test("the zone of another", () =>
    assert.throws(
      () => parseZoneFile(SOA.replace("@", "example.org."), { file: "db", origin: "example.com" }),
      /SOA record is that of example\.org/,
    ));
  test("the same in another letter case", () => assert.deepEqual(kinds(SOA.replace("@", "EXAMPLE.com.")), []));
  test("no name of a zone", () =>
    assert.throws(() => parseZoneFile(SOA, { file: "db", origin: "a..b" }), /"a\.\.b" is not a name of a zone/));
  test("an SRV record whose fields are too large", () =>
    assert.deepEqual(kinds(`${SOA}s SRV 1 65536 1 a.provider.net.\n`), ["srv-fields 2 "]));
  test("a CAA record's tag", () => assert.match(kinds(`${SOA}a CAA 0 is-sue x\n`).join(), /^unreadable 2/));
});
