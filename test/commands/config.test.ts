/** `matrix-delegation-check.json` and `--config`: where it is read, every mistake in it, and what of it holds beside the command line. */
import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { describe, test, type TestContext } from "node:test";
import fc from "fast-check";
import { getNodeValue } from "jsonc-parser";
import type { CheckOptions } from "../../src/check.ts";
import { NotJson, parseJson } from "../../src/commands/config/json-tree.ts";
import { MAX_CONFIG } from "../../src/commands/config/read.ts";
import { factsOf, fakeEngine, stage, temporary, type FakeEngine, type Staged } from "./stage.ts";

const FILE = "matrix-delegation-check.json";

/** In a folder with that configuration. */
async function inFolder(
  context: TestContext,
  config: object | string | Uint8Array,
  argv: readonly string[] = [],
  more: { now?: string; env?: Record<string, string> } = {},
): Promise<Staged & { engine: FakeEngine; path: (name: string) => string }> {
  const path = await temporary(context);
  await writeFile(path(FILE), typeof config === "string" || config instanceof Uint8Array ? config : JSON.stringify(config));
  const engine = fakeEngine();
  return { ...(await stage(argv, { engine, folder: path(""), ...more })), engine, path };
}

/** What the checker was made with, without what is always there. */
function differing(made: CheckOptions | undefined): CheckOptions {
  const { family: _, probe: __, timeoutMs, deadlineMs, ...rest } = made ?? {};
  return { ...rest, ...(timeoutMs !== 10_000 && { timeoutMs: timeoutMs! }), ...(deadlineMs !== 30_000 && { deadlineMs: deadlineMs! }) };
}

describe("where it is read", () => {
  test("without one nothing changes", async () => {
    const engine = fakeEngine();
    const { code, stderr } = await stage(["ok.example"], { engine });
    assert.deepEqual([code, stderr, engine.own, differing(engine.made[0])], [0, "", { "ok.example": {} }, {}]);
  });

  test("in the folder; its servers are checked", async (context) => {
    const { code, engine, stderr } = await inFolder(context, { servers: ["ok.example", { name: "fail.example" }] });
    assert.deepEqual([code, stderr, engine.checked], [1, "", ["ok.example", "fail.example"]]);
  });

  test("resolve reads it too; plan and explain don't", async (context) => {
    const { engine, path } = await inFolder(context, { servers: ["ok.example"] }, ["resolve"]);
    assert.deepEqual([engine.checked, engine.made[0]?.probe], [["ok.example"], false]);
    await writeFile(path(FILE), "broken");
    for (const argv of [["plan", "a.example", "--to", "b.example:443"], ["explain"], ["--help"]])
      assert.equal((await stage(argv, { folder: path("") })).code, 0, argv[0]);
    assert.match((await stage(["plan", "a.example", "--to", "b.example:443", "--config", "x"])).stderr, /leave out --config$/m);
    assert.match((await stage(["explain", "--no-config"])).stderr, /leave out --no-config$/m);
  });

  test("--config reads another, and not the one in the folder; --no-config reads none", async (context) => {
    const { path } = await inFolder(context, "broken");
    await writeFile(path("other.json"), '{"servers": ["ok.example"]}');
    const engine = fakeEngine();
    assert.equal((await stage(["--config", path("other.json")], { engine, folder: path("") })).code, 0);
    assert.deepEqual(engine.checked, ["ok.example"]);
    assert.equal((await stage(["--no-config", "ok.example"], { folder: path("") })).code, 0);
    assert.match((await stage(["--no-config"], { folder: path("") })).stderr, /^error: no server name/);
  });

  test("a byte order mark and CR LF are fine", async (context) => {
    assert.equal((await inFolder(context, '\uFEFF{\r\n  "servers": ["ok.example"]\r\n}\r\n')).code, 0);
  });

  test("an empty configuration, or one without servers: a name is still needed", async (context) => {
    for (const config of [{}, { servers: [] }, { failOn: "warning" }]) {
      const { code, stderr } = await inFolder(context, config);
      assert.match(
        stderr,
        /^error: no server name: give one, as in matrix-delegation-check example\.com, or --from-file, or servers in matrix-delegation-check\.json/,
      );
      assert.equal(code, 2);
    }
  });
});

/** Each with all of its lines, without the file's name. */
const MISTAKES: [config: string, ...lines: string[]][] = [
  // No JSON
  ["", ":1:1: it is empty: {} would be a configuration that changes nothing"],
  [" \n", ":1:1: it is empty: {} would be a configuration that changes nothing"],
  ['{\n  "servers": ["a.example"],\n}', ":2:27: JSON has no comma before }: take it out"],
  ['{"servers": ["a.example" ,\n]}', ":1:26: JSON has no comma before ]: take it out"],
  ["{\n  // ours\n}", ":2:3: JSON has no comments: take it out"],
  ["{ /* ours */ }", ":1:3: JSON has no comments: take it out"],
  ["{ /* ours", ":1:3: JSON has no comments: take it out"],
  [
    "{'failOn': 1}",
    ":1:2: that is not JSON: strings and property names stand in double quotes; other values are numbers, true, false and null",
  ],
  [
    "{failOn: 1}",
    ":1:2: that is not JSON: strings and property names stand in double quotes; other values are numbers, true, false and null",
  ],
  [
    '{"deep": True}',
    ":1:10: that is not JSON: strings and property names stand in double quotes; other values are numbers, true, false and null",
  ],
  ['{"deep" true}', ":1:9: a colon is missing between a property's name and its value"],
  ['{"deep": true "failOn": "error"}', ":1:15: a comma is missing before this"],
  ['{"deep": }', ":1:10: a value is missing"],
  ['{"deep": true', ":1:14: it ends too early: a bracket, brace or value is missing"],
  [
    '{"servers": ["a.example',
    ":1:14: the string has no end on its line: a double quote is missing, or a line break must be written as \\n",
  ],
  [
    '{"caFiles": ["C:\\ca.pem"]}',
    ":1:14: there is an escape that JSON doesn't have: a backslash is written as \\\\, a double quote as \\\"",
  ],
  ["{} {}", ":1:4: something stands after the end of the JSON value"],
  [
    "servers: [a.example]",
    ":1:1: that is not JSON: strings and property names stand in double quotes; other values are numbers, true, false and null",
  ],
  // Not what it should be
  ["[]", ":1:1: this is an array; an object is expected"],
  ["null", ":1:1: this is null; an object is expected"],
  ['{\n\t"server": []}', ':2:2: there is no property "server"; did you mean "servers"?'],
  ['{"min-cert-days": 3}', ':1:2: there is no property "min-cert-days"; did you mean "minCertDays"?'],
  ['{"MINCERTDAYS": 3}', ':1:2: there is no property "MINCERTDAYS"; did you mean "minCertDays"?'],
  ['{"expect": {"colour": 3}}', ':1:13: expect: there is no property "colour"; there are target, via, certificateDays'],
  ['{"failOn": "error",\n"failOn": "warning"}', ':2:1: failOn: "failOn" is there twice: see line 1'],
  ['{"servers": "a.example"}', ':1:13: servers: "a.example" is a string; an array is expected'],
  ['{"servers": ["a.example", 5]}', ":1:27: servers[1]: 5 is a number; a server name, or an object with it, is expected"],
  ['{"servers": ["a.example",\n  {"name": "a.example"}]}', ':2:3: servers[1]: "a.example" is there twice: see servers[0]'],
  ['{"servers": [{"expect": {}}]}', ':1:14: servers[0]: "name" is missing: The server name, as in user ids'],
  [
    '{"servers": ["https://example.com/"]}',
    ':1:14: servers[0]: "https://example.com/" is not a server name: this is a URL; a server name has no "https:" before it and no path after it; probably meant: example.com',
  ],
  [
    '{"servers": ["exämple.com."]}',
    ':1:14: servers[0]: "exämple.com." is not a server name: there is "ä" (U+00E4) at character 3; outside ASCII a name is written in its "xn--" form; probably meant: xn--exmple-cua.com',
  ],
  [
    '{"servers": ["example.com."]}',
    ':1:14: servers[0]: "example.com." ends in a dot, and a server name doesn\'t; probably meant: example.com',
  ],
  [
    '{\n  "servers": [\n    "a.example",\n    { "name": "b.example",\n      "expect": { "via": "srvs" } }\n  ]\n}',
    ':5:26: servers[1].expect.via: "srvs" is none of well-known, srv, default-port, explicit-port, ip-literal; did you mean "srv"?',
  ],
  [
    '{"expect": {"via": ["srv", "dns"]}}',
    ':1:28: expect.via[1]: "dns" is none of well-known, srv, default-port, explicit-port, ip-literal',
  ],
  ['{"expect": {"via": []}}', ":1:20: expect.via: the array is empty: leave it out, or put something in"],
  ['{"expect": {"target": "m.example"}}', ':1:23: expect.target: "m.example" has no port: write host:port, such as m.example:8448'],
  [
    '{"expect": {"target": ["https://m.example"]}}',
    ':1:24: expect.target[0]: "https://m.example" is not a host:port: this is a URL; a server name has no "https:" before it and no path after it',
  ],
  [
    '{"expect": {"target": ["m.example.:443"]}}',
    ':1:24: expect.target[0]: "m.example.:443" ends in a dot, and a host:port doesn\'t; probably meant: m.example:443',
  ],
  [
    '{"ignore": [{"code": "tls/expird", "reason": "x"}]}',
    ':1:22: ignore[0].code: there is no finding "tls/expird": did you mean tls/expired?',
  ],
  ['{"ignore": [{"code": "tls/expired"}]}', ':1:13: ignore[0]: "reason" is missing: Why it is dropped, for those who read this file'],
  ['{"ignore": ["tls/expired"]}', ':1:13: ignore[0]: "tls/expired" is a string; an object is expected'],
  [
    '{"ignore": [{"code": "tls/expired", "reason": "x", "until": "31.1.2027"}]}',
    ':1:61: ignore[0].until: "31.1.2027" is no date: write year, month and day, such as 2027-01-31',
  ],
  ['{"timeout": 10}', ':1:13: timeout: 10 is a number; a duration such as "10s" is expected'],
  ['{"timeout": "10"}', ':1:13: timeout: "10" is no such duration: write a number with its unit: 500ms, 10s or 5m'],
  ['{"deadline": "0s"}', ':1:14: deadline: "0s" is no such duration: it must be longer than 0, for example 500ms, 10s or 5m'],
  ['{"minCertDays": "14"}', ':1:17: minCertDays: "14" is a string; a whole number from 0 to 3650 is expected'],
  ['{"minCertDays": 1e99}', ":1:17: minCertDays: 1e+99 is not a whole number from 0 to 3650"],
  ['{"deep": "yes"}', ':1:10: deep: "yes" is a string; true or false is expected'],
  ['{"failOn": "warn"}', ':1:12: failOn: "warn" is none of error, warning'],
  ['{"failOn": false}', ':1:12: failOn: false is a boolean; one of "error", "warning" is expected'],
  [
    '{"dnsServers": ["9.9.9.9", "dns.example"]}',
    ':1:28: dnsServers[1]: "dns.example" is not a resolver: "dns.example" is not an IP address; write an address such as 192.0.2.53 or [2001:db8::53]:53, or tls://host',
  ],
  [
    '{"connectTo": ["a:1:b:2"]}',
    ':1:16: connectTo[0]: "a:1:b:2" connects to b, which is not an IP address: give the address itself, such as 192.0.2.1 or [2001:db8::1]',
  ],
  [
    '{"connectTo": ["a:1:192.0.2.1:2", "a:1:192.0.2.2:3"]}',
    ':1:15: connectTo: "a:1:192.0.2.2:3" contradicts an earlier entry for the same host and port: several entries may add addresses, all with the same last port',
  ],
  [
    '{"caFiles": ["/does/not/exist"]}',
    ':1:14: caFiles[0]: "/does/not/exist" can\'t be used: no such file; give a file of certificates in PEM form',
  ],
  ['{"zoneFiles": ["/does/not/exist@a.example"]}', ':1:16: zoneFiles[0]: "/does/not/exist" can\'t be read: no such file'],
  ['{"wellKnownFile": "/does/not\\u0000/exist"}', ':1:19: wellKnownFile: "/does/not\\x00/exist" can\'t be read: it is not a path'],
  // Several, in the order of the file
  [
    '{"caFiles": ["/none"],\n"timeout": 1, "x1": 2,\n"x2": 3}',
    ':1:14: caFiles[0]: "/none" can\'t be used: no such file; give a file of certificates in PEM form',
    ':2:12: timeout: 1 is a number; a duration such as "10s" is expected',
    /x1/.source,
    /x2/.source,
  ],
];

describe("mistakes: path, line and column; exit code 2, nothing run", () => {
  for (const [config, ...lines] of MISTAKES) {
    test(JSON.stringify(config).slice(0, 120), async (context) => {
      const { code, stdout, stderr, engine } = await inFolder(context, config, ["ok.example"]);
      const said = stderr.split("\n");
      assert.equal(said.pop(), "");
      assert.deepEqual(
        said.map((line, index) => (/^x\d$/.test(lines[index] ?? "") ? /x\d/.exec(line)?.[0] : line)),
        lines.map((line) => (line.startsWith(":") ? `error: ${FILE}${line}` : line)),
      );
      assert.deepEqual([code, stdout, engine.made], [2, "", []]);
    });
  }

  test("ten are named, and that there are more", async (context) => {
    for (const [count, lines] of [
      [10, 10],
      [11, 11],
      [5000, 11],
    ] as const) {
      const { stderr } = await inFolder(context, { servers: Array.from({ length: count }, (_, index) => `a ${index}`) });
      assert.equal(stderr.trimEnd().split("\n").length, lines);
      assert.equal(/there are more mistakes than these 10$/.test(stderr.trimEnd()), count > 10);
    }
  });

  test("files that can't be read", async (context) => {
    const path = await temporary(context);
    await mkdir(path("folder"));
    await mkdir(path(`folder/${FILE}`));
    const table: [argv: string[], folder: string | null, RegExp][] = [
      [["--config", path("none.json"), "a.example"], null, /^error: --config ".*none\.json" can't be read: no such file\n$/],
      [["--config", path("folder"), "a.example"], null, /^error: ".*folder" can't be read: it is a directory\n$/],
      [["--config", "", "a.example"], null, /argument '' is invalid\. It is empty\.\n$/],
      [["a.example"], path("folder"), /^error: matrix-delegation-check\.json in the working directory is not a regular file/],
      [["--config", "/dev/zero", "a.example"], null, /has more than 1048576 bytes: it is not a configuration\n$/],
    ];
    for (const [argv, folder, line] of table) {
      const engine = fakeEngine();
      const { code, stderr } = await stage(argv, { engine, ...(folder !== null && { folder }) });
      assert.match(stderr, line);
      assert.deepEqual([code, engine.made], [2, []]);
    }
  });

  test("mistakes on the command line come first", async (context) => {
    assert.match((await inFolder(context, "broken", ["-q", "-v"])).stderr, /^error: -q and -v exclude each other/);
    assert.match((await inFolder(context, "broken", ["--ignore", "x", "a.example"])).stderr, /^error: --ignore: there is no finding "x"/);
  });
});

describe("hostile files", () => {
  const one = async (context: TestContext, config: string | Uint8Array): Promise<string> => {
    const { code, stderr, engine } = await inFolder(context, config, ["a.example"]);
    assert.deepEqual([code, engine.made, stderr.trimEnd().split("\n").length], [2, [], 1]);
    return stderr;
  };
  test("huge", async (context) => assert.match(await one(context, Buffer.alloc(MAX_CONFIG + 1, " ")), /has more than 1048576 bytes/));
  test("as large as may be", async (context) => assert.match(await one(context, Buffer.alloc(MAX_CONFIG, " ")), /it is empty/));
  for (const [open, close] of [
    ["[", "]"],
    ['{"a":', "}"],
  ] as const) {
    test(`nested deeply: ${open}`, async (context) => {
      const depth = 100_000;
      assert.match(await one(context, open.repeat(depth) + "1" + close.repeat(depth)), /nested more than 64 levels deep/);
      assert.match(await one(context, open.repeat(depth)), /nested more than 64 levels deep/);
    });
  }
  test("fifty thousand unknown properties", async (context) => {
    const { stderr } = await inFolder(context, `{${Array.from({ length: 50_000 }, (_, index) => `"p${index}":1`).join(",")}}`);
    assert.equal(stderr.trimEnd().split("\n").length, 11);
  });
  test("__proto__ and its like are unknown properties", async (context) => {
    for (const name of ["__proto__", "constructor", "toString", "hasOwnProperty"]) {
      assert.match(await one(context, `{"${name}": {"failOn": "warning"}}`), new RegExp(`there is no property "${name}"`));
      assert.match(
        await one(context, `{"servers": [{"name": "a.example", "${name}": {}}]}`),
        new RegExp(`servers\\[0\\]: there is no property "${name}"`),
      );
    }
    assert.equal(({} as { failOn?: string }).failOn, undefined);
  });
  test("a server called __proto__ is only a name", async (context) => {
    const { engine } = await inFolder(context, { servers: [{ name: "constructor", expect: { certificateDays: 1 } }] }, [
      "toString",
      "constructor",
    ]);
    assert.deepEqual(engine.own, { toString: {}, constructor: { expect: { certificateDays: 1 } } });
  });
  test("escapes and bidi controls are shown as such", async (context) => {
    for (const config of [
      '{"a\\u001b[31m\\u202e": 1}',
      '{"failOn": "\\u001b]0;x\\u0007\\u202e"}',
      '{"servers": ["\\u202e\\n::error::x"]}',
      '{"caFiles": ["\\u001b\\u202e"]}',
      '{"ignore": [{"code": "\\u202e", "reason": "x"}]}',
      '{"dnsServers": ["\\u001b\\u202e"]}',
    ]) {
      assert.doesNotMatch((await one(context, config)).trimEnd(), /[\p{Cc}\p{Cf}]/u);
    }
  });
  test("no UTF-8", async (context) => {
    assert.match(await one(context, Buffer.from([0x7b, 0xff, 0x7d])), /: it is not UTF-8: save it as UTF-8$/m);
    assert.match(await one(context, Buffer.from("\uFEFF{}", "utf16le")), /: it is UTF-16: save it as UTF-8$/m);
  });

  test("what is JSON here is what JSON.parse takes, with the same value", () => {
    const mutated = fc.tuple(
      fc.json(),
      fc.nat(),
      fc.constantFrom(
        ",",
        "}",
        "]",
        '"',
        "\\",
        "0",
        "/**/",
        "//",
        " ",
        "\t",
        "\u00a0",
        "\u2028",
        "\n",
        "e",
        "-",
        ".",
        "'",
        "\u0000",
        "\ud800",
        "1",
        "null",
      ),
      fc.boolean(),
    );
    fc.assert(
      fc.property(mutated, ([json, at, piece, change]) => {
        const position = at % (json.length + 1);
        const text = change ? json.slice(0, position) + piece + json.slice(position) : json;
        let expected = "no JSON";
        try {
          expected = JSON.stringify(JSON.parse(text));
        } catch {
          // It isn't.
        }
        let actual = "no JSON";
        try {
          actual = JSON.stringify(getNodeValue(parseJson(text)));
        } catch (error) {
          if (!(error instanceof NotJson)) throw error;
          assert.ok(error.offset >= 0 && error.offset <= text.length);
        }
        assert.equal(actual, expected);
      }),
      { numRuns: 1000 },
    );
  });
});

/** To the checker goes, beside what is always there. */
const PRECEDENCE: [config: object, argv: string, made: CheckOptions][] = [
  [{ timeout: "5s", deadline: "1m" }, "", { timeoutMs: 5000, deadlineMs: 60_000 }],
  [{ timeout: "5s", deadline: "1m" }, "--timeout 2s", { timeoutMs: 2000, deadlineMs: 60_000 }],
  [{ timeout: "5s" }, "--timeout 10s", {}],
  [{ minCertDays: 30 }, "", { minCertDays: 30 }],
  [{ minCertDays: 30 }, "--min-cert-days 7", { minCertDays: 7 }],
  [{ dnsServers: ["192.0.2.1", "192.0.2.2"] }, "", { dnsServers: ["192.0.2.1", "192.0.2.2"] }],
  [{ dnsServers: ["192.0.2.1", "192.0.2.2"] }, "--dns-server 192.0.2.3", { dnsServers: ["192.0.2.3"] }],
  [{ connectTo: ["a:1:192.0.2.1:2"] }, "", { connectTo: ["a:1:192.0.2.1:2"] }],
  [{ connectTo: ["a:1:192.0.2.1:2"] }, "--connect-to b:1:192.0.2.1:2", { connectTo: ["b:1:192.0.2.1:2"] }],
  [{ authoritative: false }, "", { authoritative: false }],
  [{ authoritative: true }, "", {}],
  [{ authoritative: true }, "--no-authoritative", { authoritative: false }],
  [{ deep: true, allowPrivate: true }, "", { deep: true, allowPrivate: true }],
  [{ client: true }, "", { client: true }],
  [{ client: false }, "--client", { client: true }],
  [{ deep: false, allowPrivate: false }, "--deep --allow-private", { deep: true, allowPrivate: true }],
  [{ ignore: [{ code: "tls/expired", reason: "x" }] }, "", { ignore: ["tls/expired"] }],
  [{ ignore: [{ code: "tls/expired", reason: "x" }] }, "--ignore tls/expiring", { ignore: ["tls/expiring"] }],
  [
    { expect: { target: "m.example:443", via: ["srv", "well-known"], certificateDays: 9 } },
    "",
    { expect: { targets: ["m.example:443"], via: ["srv", "well-known"], certificateDays: 9 } },
  ],
  [{ expect: {} }, "", {}],
];

describe("the command line wins, option by option", () => {
  for (const [config, argv, made] of PRECEDENCE) {
    test(`${JSON.stringify(config)} ${argv}`, async (context) => {
      const { engine, stderr } = await inFolder(context, config, [...argv.split(" ").filter(Boolean), "ok.example"]);
      assert.equal(engine.checked.length, 1, stderr);
      assert.deepEqual(differing(engine.made[0]), made);
    });
  }

  test("failOn and --fail-on", async (context) => {
    assert.equal((await inFolder(context, { failOn: "warning", servers: ["warn.example"] })).code, 1);
    assert.equal((await inFolder(context, { failOn: "warning", servers: ["warn.example"] }, ["--fail-on", "error"])).code, 0);
    assert.equal((await inFolder(context, { servers: ["warn.example"] }, ["--fail-on", "warning"])).code, 1);
  });

  test("concurrency", async (context) => {
    const servers = Array.from({ length: 6 }, (_, index) => `ok${index}.example`);
    for (const [config, argv, most] of [
      [{ concurrency: 2 }, [], 2],
      [{ concurrency: 2 }, ["--concurrency", "1"], 1],
    ] as const) {
      const path = await temporary(context);
      await writeFile(path(FILE), JSON.stringify({ servers, ...config }));
      const engine = fakeEngine(() => new Promise((resolve) => setImmediate(resolve)));
      await stage(argv, { engine, folder: path("") });
      assert.deepEqual([engine.checked.length, engine.most], [6, most]);
    }
  });
});

describe("servers, and what is said of them", () => {
  const EXPECT = { target: ["m.example:443"], via: "srv", certificateDays: 30 };
  const OWN = { expect: { targets: ["m.example:443"], via: ["srv"], certificateDays: 30 } };
  const config = {
    servers: ["ok.example", { name: "fail.example", expect: EXPECT, ignore: [{ code: "tls/expired", reason: "known" }] }],
    expect: { certificateDays: 7 },
  };

  test("for each its own; what holds for all goes to the checker", async (context) => {
    const { code, engine, stderr } = await inFolder(context, config);
    assert.deepEqual([code, stderr], [0, ""]);
    assert.deepEqual(engine.own, { "ok.example": {}, "fail.example": { ...OWN, ignore: ["tls/expired"] } });
    assert.deepEqual(engine.made[0]?.expect, { certificateDays: 7 });
  });

  test("names on the command line replace them, and keep what is said of them", async (context) => {
    const { engine } = await inFolder(context, config, ["fail.example", "other.example"]);
    assert.deepEqual(engine.own, { "fail.example": { ...OWN, ignore: ["tls/expired"] }, "other.example": {} });
  });

  test("so do those of --from-file, and --ignore leaves them their own", async (context) => {
    const path = await temporary(context);
    await writeFile(path("names"), "fail.example\n");
    const { engine, code } = await inFolder(context, config, ["--ignore", "tls/expiring", "--from-file", path("names")]);
    assert.deepEqual([code, engine.own], [0, { "fail.example": { ...OWN, ignore: ["tls/expired"] } }]);
    assert.deepEqual(engine.made[0]?.ignore, ["tls/expiring"]);
  });

  test("--from-facts: what is judged by holds, and no server is checked", async (context) => {
    const path = await temporary(context);
    const recorded = {
      ...factsOf("fail.example"),
      settings: { ...factsOf("x").settings, expect: { via: ["default-port"], targets: ["old.example:1"] } },
    };
    await writeFile(path("facts"), [recorded, factsOf("warn.example")].map((facts) => `${JSON.stringify(facts)}\n`).join(""));
    const { engine, code } = await inFolder(
      context,
      { ...config, failOn: "warning", minCertDays: 3, allowPrivate: false, timeout: "1s", ignore: [{ code: "name/invalid", reason: "x" }] },
      ["--from-facts", path("facts")],
    );
    assert.deepEqual([code, engine.made, engine.checked], [1, [], []]);
    const judged = engine.judged.filter((options) => Object.keys(options).length > 0);
    assert.deepEqual(judged, [
      { allowPrivate: false, minCertDays: 3, ignore: ["name/invalid", "tls/expired"], ...OWN },
      { allowPrivate: false, minCertDays: 3, ignore: ["name/invalid"], expect: { certificateDays: 7 } },
    ]);
  });
});

describe("ignores", () => {
  const until = (day: string): object => ({
    servers: ["fail.example"],
    ignore: [{ code: "tls/expired", reason: "renewed\u202e soon", until: day }],
  });
  for (const [day, now, holds] of [
    ["2027-01-31", "2026-01-01T00:00:00Z", true],
    ["2027-01-31", "2027-01-31T00:00:00Z", true],
    ["2027-01-31", "2027-01-31T23:59:59.999Z", true],
    ["2027-01-31", "2027-02-01T00:00:00Z", false],
    ["2027-01-31", "2027-01-31T23:30:00-01:00", false],
    ["2027-01-31", "2028-01-01T00:00:00Z", false],
  ] as const) {
    test(`until ${day}, at ${now}: ${holds ? "holds" : "doesn't hold, and that is said"}`, async (context) => {
      const { code, stderr } = await inFolder(context, until(day), [], { now });
      assert.equal(code, holds ? 0 : 1);
      assert.equal(
        stderr,
        holds
          ? ""
          : `note: ${FILE}:1:39: ignore[0]: tls/expired was ignored until ${day} and isn't any more; the reason was: renewed\\u202e soon\n`,
      );
    });
  }

  test("one server's, for that server", async (context) => {
    const config = {
      servers: [
        { name: "fail.one.example", ignore: [{ code: "tls/expired", reason: "x", until: "2020-01-01" }] },
        { name: "fail-two.example", ignore: [{ code: "tls/expired", reason: "y" }] },
      ],
    };
    const all = await inFolder(context, config);
    assert.equal(all.code, 1);
    assert.match(all.stderr, /^note: [^\n]*:1:50: servers\[0\]\.ignore\[0\]: tls\/expired was ignored until 2020-01-01 [^\n]*\n$/);
    assert.deepEqual(
      [(await inFolder(context, config, ["fail-two.example"])).stderr, (await inFolder(context, config, ["fail-two.example"])).code],
      ["", 0],
      "of others nothing is said",
    );
  });

  const ignore = [{ code: "tls/expiring", reason: "x" }];
  for (const [what, config, argv, note] of [
    ["of all", { servers: ["ok.example"], ignore }, [], `${FILE}:1:37: ignore[0]: tls/expiring`],
    ["of all, and one server has it", { servers: ["ok.example", "warn.example"], ignore }, [], null],
    ["of all, but only one of the servers is checked", { servers: ["ok.example", "warn.example"], ignore }, ["ok.example"], null],
    ["of all, without servers", { ignore }, ["ok.example"], `${FILE}:1:12: ignore[0]: tls/expiring`],
    ["of one", { servers: [{ name: "ok.example", ignore }, "warn.example"] }, [], `${FILE}:1:44: servers[0].ignore[0]: tls/expiring`],
    ["of one that has it", { servers: [{ name: "warn.example", ignore }, "ok.example"] }, [], null],
    [
      "of one, but only its resolution is looked at",
      { servers: [{ name: "ok.example", ignore }], ignore: [{ code: "tls/expired", reason: "x" }] },
      ["resolve"],
      null,
    ],
    ["of one that isn't checked", { servers: [{ name: "warn.example", ignore }] }, ["ok.example"], null],
    ["replaced on the command line", { ignore, servers: ["warn.example"] }, ["--ignore", "tls/expired"], "--ignore tls/expired"],
  ] as const) {
    test(`matched nothing: ${what}`, async (context) => {
      const { stderr } = await inFolder(context, config, argv);
      assert.equal(stderr, note === null ? "" : `note: ${note} matched nothing\n`);
    });
  }
});

test("paths begin at the file's folder, wherever it is", async (context) => {
  const path = await temporary(context);
  await mkdir(path("dns@site"));
  await Promise.all([
    writeFile(path("dns@site/db"), "$ORIGIN a.example.\n"),
    writeFile(path("server.json"), "{}"),
    writeFile(path("ca.pem"), await (await import("node:fs/promises")).readFile(new URL("./root.pem", import.meta.url))),
    writeFile(
      path(FILE),
      JSON.stringify({ zoneFiles: ["dns@site/db", "dns@site/db@a.example"], wellKnownFile: "./server.json", caFiles: [path("ca.pem")] }),
    ),
  ]);
  for (const [argv, folder] of [
    [["ok.example"], path("")],
    [["--config", path(FILE), "ok.example"], "/does/not/exist"],
  ] as const) {
    const engine = fakeEngine();
    assert.equal((await stage(argv, { engine, folder })).stderr, "");
    const [made] = engine.made;
    assert.deepEqual(
      made?.zones?.map(({ file, origin }) => [file, origin]),
      [
        [path("dns@site/db"), null],
        [path("dns@site/db"), "a.example"],
      ],
    );
    assert.equal(made?.wellKnownFile?.file, path("server.json"));
    assert.equal(made?.ca?.length, 1);
  }
  assert.equal(dirname(path(FILE)), path("").replace(/\/$/, ""));
});
