// What a well-known body says, where broken JSON breaks, and what is wrong with a broken m.server.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { readJsonBody, scanJson } from "../../src/matrix/json-body.ts";
import { readDelegatedName, readWellKnown } from "../../src/matrix/well-known.ts";

describe("m.server is read", () => {
  const rows: [body: string, value: string][] = [
    [`{"m.server": "matrix.example.com:443"}`, "matrix.example.com:443"],
    [` \r\n\t{"m.server":"h"}\n`, "h"],
    [`{"M.SERVER":"a","m.server":"b","m.homeserver":{"base_url":"c"}}`, "b"],
    [`{"m.server":"\\u0068\\n"}`, "h\n"],
    [`{"__proto__":{"m.server":"no"},"m.server":"yes"}`, "yes"],
    [`{"m.server":" "}`, " "],
    [`{"m.server":"\ufffd\ufffd é \ufffd"}`, "\ufffd\ufffd é \ufffd"],
    [`{"x":${"[".repeat(200_000)}${"]".repeat(200_000)},"m.server":"deep"}`, "deep"],
  ];
  for (const [body, value] of rows) {
    it(JSON.stringify(body.slice(0, 70)), () => assert.deepEqual(readWellKnown(Buffer.from(body)), { kind: "m.server", value }));
  }
});

describe("bodies that aren't JSON", () => {
  const rows: [body: string | Buffer, problem: string, position: number, message?: RegExp][] = [
    ["", "empty", 0],
    [" \n ", "empty", 0],
    [`\ufeff{"m.server":"h"}`, "bom", 0, /EF BB BF/],
    ["\ufeff<html>", "html", 1],
    ["<!doctype html>", "html", 0],
    ["\n\n  <?xml", "html", 4],
    [`{"m.server":"h"}}`, "trailing", 16, /"}" follows/],
    [`{"m.server":"h"}\n\n{"a":1}`, "trailing", 18, /line 3, column 1/],
    [`{"m.server":"h"}\u0000`, "trailing", 16, /U\+0000/],
    [`{"m.server":"h"}\u00a0`, "trailing", 16],
    [`{"m.server":"h",}`, "syntax", 16, /comma stands before the "}"/],
    ["[1,]", "syntax", 3, /comma/],
    [`{"m.server" "h"}`, "syntax", 12, /":"/],
    [`{'m.server':'h'}`, "syntax", 1, /key in double quotes/],
    [`{m.server: "h"}`, "syntax", 1],
    [`{“m.server”: "h"}`, "syntax", 1, /U\+201C/],
    [`{"m.server": h}`, "syntax", 13, /"h" stands where a value/],
    [`{"m.server": "h"`, "syntax", 16, /text ends where/],
    [`{"m.server": "h`, "syntax", 15, /inside a string/],
    [`{"m.server": "h\n"}`, "syntax", 15, /line break/],
    [`{"m.server": "\u001f"}`, "syntax", 14, /U\+001F/],
    [`{"m.server": "\\x"}`, "syntax", 15],
    [`{"m.server": "\\u12g4"}`, "syntax", 18],
    [`{\n  "m.server": "h"\n  "b": 1}`, "syntax", 22, /line 3, column 3/],
    ["// {}", "syntax", 0],
    ["m.server: h", "syntax", 0],
    ["nul", "syntax", 3],
    ["NaN", "syntax", 0],
    ["[-]", "syntax", 2],
    ["[1.]", "syntax", 2],
    ["[01]", "syntax", 2],
    ["[".repeat(200_000), "syntax", 200_000, /text ends/],
    [`{"a":`.repeat(40_000), "syntax", 200_000],
    [Buffer.from([0x7b, 0x22, 0xe4, 0x22, 0x7d]), "encoding", 2],
    [Buffer.from('{"\ufffd\xe4', "latin1"), "encoding", 2],
    [Buffer.concat([Buffer.from("{\ufffd"), Buffer.from([0xc3])]), "encoding", 2],
    [Buffer.from('\ufeff{"m.server":"h"}', "utf16le"), "encoding", 0, /UTF-16/],
    [Buffer.from([0xed, 0xa0, 0x80]), "encoding", 0],
  ];
  for (const [body, problem, position, message = /./] of rows) {
    it(`${problem}: ${JSON.stringify(body.toString().slice(0, 40))}`, () => {
      const reading = readWellKnown(Buffer.from(body));
      assert.ok(reading.kind === "not-json");
      assert.deepEqual({ problem: reading.problem, position: reading.position }, { problem, position });
      assert.match(reading.message, message);
    });
  }
});

describe("JSON without m.server", () => {
  const rows: [body: string, problem: string, near: string | null, nearValue: string | null, keys: string[]][] = [
    ["[]", "not-an-object", null, null, []],
    ["null", "not-an-object", null, null, []],
    [`"h"`, "not-an-object", null, null, []],
    ["{}", "missing", null, null, []],
    [`{"m.server":""}`, "empty", null, null, ["m.server"]],
    [`{"m.server":null}`, "not-a-string", null, null, ["m.server"]],
    [`{"m.server":{"base_url":"h"}}`, "not-a-string", null, null, ["m.server"]],
    [`{"m.server":"a","m.server":1}`, "not-a-string", null, null, ["m.server"]],
    [`{"M.SERVER":"h"}`, "missing", "M.SERVER", "h", ["M.SERVER"]],
    [`{"m.Server":"h"}`, "missing", "m.Server", "h", ["m.Server"]],
    [`{"m_server":"h"}`, "missing", "m_server", "h", ["m_server"]],
    [`{"mserver":1}`, "missing", "mserver", null, ["mserver"]],
    [`{"m.server ":"h"}`, "missing", "m.server ", "h", ["m.server "]],
    [`{"m.homeserver":{"base_url":"https://h"}}`, "missing", "m.homeserver", "https://h", ["m.homeserver"]],
    [`{"m.homeserver":{"base_url":1}}`, "missing", "m.homeserver", null, ["m.homeserver"]],
    [`{"m.homeserver":"h"}`, "missing", "m.homeserver", null, ["m.homeserver"]],
    [`{"m.homeserver":{"base_url":"x"},"m_server":"h"}`, "missing", "m_server", "h", ["m.homeserver", "m_server"]],
    [`{"__proto__":{"m.server":"h"}}`, "missing", null, null, ["__proto__"]],
    [`{"m.homeserver":{"__proto__":{"base_url":"h"}}}`, "missing", "m.homeserver", null, ["m.homeserver"]],
    [`{"toString":1,"constructor":"h"}`, "missing", null, null, ["toString", "constructor"]],
  ];
  for (const [body, problem, near, nearValue, keys] of rows) {
    it(body, () => assert.deepEqual(readWellKnown(Buffer.from(body)), { kind: "no-m-server", problem, keys, near, nearValue }));
  }
  it("shows ten keys, each cut", () => {
    const body = JSON.stringify(Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`k${index}`.padEnd(1000, "x"), 1])));
    const reading = readWellKnown(Buffer.from(body));
    assert.ok(reading.kind === "no-m-server");
    assert.deepEqual(
      reading.keys.map((key) => key.length),
      Array.from({ length: 10 }, () => 100),
    );
  });
});

describe("JSON properties", () => {
  const nearlyJson = fc
    .array(
      fc.constantFrom(
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        '"',
        '"a"',
        "\\",
        "\\u00e4",
        "1",
        "0",
        "-",
        ".",
        "e",
        "E+",
        "true",
        "nul",
        "null",
        " ",
        "\n",
        "\t",
        "\u00a0",
        "ä",
        "\u0001",
        "\ud800",
        "😀",
      ),
      { maxLength: 12 },
    )
    .map((parts) => parts.join(""));
  const damaged = fc.tuple(fc.json(), fc.nat(), fc.constantFrom("", ",", '"', "}", "0", " ", "\\")).map(([json, at, insert]) => {
    const cut = at % (json.length + 1);
    return json.slice(0, cut) + insert + json.slice(cut + 1);
  });
  const text = fc.oneof(fc.json(), nearlyJson, damaged, fc.string({ unit: "binary" }));

  it("the scanner and JSON.parse agree about what is JSON", () => {
    fc.assert(
      fc.property(text, (json) => {
        let valid = true;
        try {
          JSON.parse(json);
        } catch {
          valid = false;
        }
        const scan = scanJson(json);
        assert.equal(scan.ok && scan.end === json.length, valid);
      }),
      { numRuns: 5000 },
    );
  });

  it("what stands before the position of a fault could be the start of JSON", () => {
    fc.assert(
      fc.property(text, (json) => {
        const scan = scanJson(json);
        if (scan.ok) return;
        assert.ok(scan.position <= json.length);
        const before = scanJson(json.slice(0, scan.position));
        assert.ok(before.ok || before.position === scan.position, `${scan.position}: ${scan.message}`);
        assert.match(scan.message, /^[^\p{C}]+$/u);
      }),
      { numRuns: 5000 },
    );
  });

  it("bytes are read as a fatal TextDecoder reads them, and nothing throws", () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 12 }),
      fc.string({ unit: "binary" }).map((string) => Buffer.from(string)),
    );
    fc.assert(
      fc.property(bytes, (array) => {
        let valid = true;
        try {
          new TextDecoder("utf-8", { fatal: true }).decode(array);
        } catch {
          valid = false;
        }
        const reading = readJsonBody(Buffer.from(array));
        assert.equal(!reading.ok && reading.problem === "encoding", !valid);
        readWellKnown(Buffer.from(array));
      }),
      { numRuns: 3000 },
    );
  });
});

describe("an m.server that is not a server name", () => {
  const rows: [value: string, fault: string, corrected: string | null][] = [
    ["https://h.example", "scheme", "h.example:443"],
    ["http://h.example/", "scheme", "h.example:443"],
    ["https://h.example:8448", "scheme", "h.example:8448"],
    ["https://matrix.to/#/@alice:h.example", "scheme", "h.example"],
    ["matrix://h.example", "scheme", "h.example"],
    ["h.example/", "path", "h.example"],
    ["h.example:8448/", "path", "h.example:8448"],
    ["h.example:0", "port", "h.example"],
    ["h.example:65536", "port", null],
    ["h.example:", "port", "h.example"],
    ["2001:db8::1", "bare-ipv6", "[2001:db8::1]"],
    ["a_b.example", "underscore", null],
    [" h.example", "whitespace", "h.example"],
    ["@alice:h.example", "user-id", "h.example"],
    ["hä.example", "other", "xn--h-0fa.example"],
    ["", "other", null],
    ["a..b", "other", "a.b"],
  ];
  for (const [value, fault, corrected] of rows) {
    it(JSON.stringify(value), () => {
      const reading = readDelegatedName(value);
      assert.ok(!reading.ok);
      const { problem, ...rest } = reading;
      assert.deepEqual(rest, { ok: false, fault, corrected });
      assert.match(problem, /\.$/);
    });
  }
  it("a valid one is a server name, a final dot flagged", () => {
    const reading = readDelegatedName("H.example.:443");
    assert.ok(reading.ok);
    assert.deepEqual([reading.name.dnsHost, reading.name.port, reading.name.finalDot], ["h.example", 443, true]);
  });
});

it("m.server twice: the last one counts, and it is said; elsewhere in the file it may stand again", () => {
  const read = (text: string): unknown => readWellKnown(Buffer.from(text));
  assert.deepEqual(read(`{"m.server":"a","m.server":"b"}`), { kind: "m.server", value: "b", doubled: true });
  assert.deepEqual(read(`{"\\u006d.server" :"a","m.server":"b"}`), { kind: "m.server", value: "b", doubled: true });
  assert.deepEqual(read(`{"x":{"m.server":"a"},"y":["m.server","\\"m.server\\":"],"m.server":"b"}`), { kind: "m.server", value: "b" });
});
