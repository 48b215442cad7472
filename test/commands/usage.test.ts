/** Every usage error: one line on stderr that says what is wrong and what would be right, exit code 2, nothing run. */
import assert from "node:assert/strict";
import { mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { test } from "node:test";
import { fakeEngine, stage, temporary } from "./stage.ts";

const REFUSED: [argv: string, line: RegExp][] = [
  ["", /^error: no server name: give one, as in matrix-delegation-check example\.com, or --from-file/],
  ["check", /^error: no server name/],
  ["resolve", /^error: no server name/],
  ["https://example.com/", /^error: "https:\/\/example\.com\/" is not a server name: .*probably meant: example\.com$/],
  ["@alice:example.com", /probably meant: example\.com$/],
  ["exämple.com", /probably meant: xn--exmple-cua\.com$/],
  ["example.com.", /^error: "example\.com\." ends in a dot.*probably meant: example\.com$/],
  ["$143273582443PhrSn", /^error: "\$143273582443PhrSn" is not a server name: this is an event ID /],
  ["a.com,b.com", /^error: "a\.com,b\.com" is not a server name but several: separate them by spaces, as in a\.com b\.com$/],
  ["a.com;b.com:8448|c.com", /separate them by spaces, as in a\.com b\.com:8448 c\.com$/],
  ["example.com, b.com", /^error: "example\.com," is not a server name: .*probably meant: example\.com$/],
  ["'example.com'", /probably meant: example\.com$/],
  ["<https://example.com/>", /probably meant: example\.com$/],
  ["1.2.3", /^error: "1\.2\.3" is not a server name: there are only numbers, and it isn't an IPv4 address, which has four of them/],
  ["12345", /there are only numbers/],
  ["1.2.3.4.5:8448", /there are only numbers/],
  ["chek example.com", /^error: "chek" is not a command: did you mean check\?$/],
  ["reslove example.com", /did you mean resolve\?$/],
  ["chekc example.com other.example.com", /did you mean check\?$/],
  ["explian tls/expired", /did you mean explain\?$/],
  ["help foo", /^error: there is no command "foo": there are check, resolve, plan, serve, explain, completion, help$/],
  ["help chek", /^error: there is no command "chek": did you mean check\?$/],
  [
    "help tls/expired",
    /^error: there is no command "tls\/expired": a finding's page is shown by matrix-delegation-check explain tls\/expired$/,
  ],
  ["example.com.:8448", /ends in a dot.*probably meant: example\.com:8448$/],
  ["ok.example.com two.example.com not/ok", /^error: "not\/ok" is not a server name/],
  ["--bogus example.com", /^error: unknown option '--bogus': --help lists the options$/],
  ["--timeot 1s example.com", /^error: unknown option '--timeot' \(Did you mean --timeout\?\)$/],
  ["resolve --dedline 1s example.com", /\(Did you mean --deadline\?\)$/],
  [
    "-f xml example.com",
    /^error: option '-f, --format <name>' argument 'xml' is invalid\. Allowed choices are pretty, json, ndjson, junit, github, markdown, sarif, nagios, prometheus, tap, html\.$/,
  ],
  ["example.com -f", /^error: option '-f, --format <name>' argument missing$/],
  ["--color sometimes example.com", /Allowed choices are auto, always, never\.$/],
  ["--fail-on info example.com", /Allowed choices are error, warning\.$/],
  ["-q -v example.com", /^error: -q and -v exclude each other/],
  ["-4 -6 example.com", /^error: -4 and -6 exclude each other/],
  ["-4 resolve -6 example.com", /^error: -4 and -6 exclude each other/],
  ...["10", "-5s", "abc", "1h", "5 s", "1e3s", "0x10s", "NaNs", "s", "", "5S", "1,5s"].map((value): [string, RegExp] => [
    `--timeout ${value} example.com`,
    /argument '.*' is invalid\. Write a number with its unit: 500ms, 10s or 5m\.$/,
  ]),
  ...["0s", "0ms", "0.0001ms"].map((value): [string, RegExp] => [
    `--deadline ${value} example.com`,
    /is invalid\. It must be longer than 0/,
  ]),
  ...["1441m", "86401s", "999999999999m"].map((value): [string, RegExp] => [
    `--deadline ${value} example.com`,
    /is invalid\. It may be 24 hours/,
  ]),
  ...["0", "-1", "1.5", "x", "1025", "99999999999", ""].map((value): [string, RegExp] => [
    `--concurrency ${value} example.com`,
    /Write a whole number from 1 to 1024\.$/,
  ]),
  ...["0", "-1", "1.5", "x", "65", ""].map((value): [string, RegExp] => [
    `--threads ${value} example.com`,
    /Write a whole number from 1 to 64\.$/,
  ]),
  ...["1", "a/b", "1/0", "-1/4", "1/4/5", ""].map((value): [string, RegExp] => [
    `--shard ${value} example.com`,
    /argument '.*' is invalid\. Write which part of how many, for example 1\/4 for the first of four\.$/,
  ]),
  ...["0/4", "5/4"].map((value): [string, RegExp] => [
    `--shard ${value} example.com`,
    /is invalid\. The first part is 1\/4, the last 4\/4\.$/,
  ]),
  ...["auto/0", "auto/", "auto/x", "auto/1/2", "Auto", "auto/-1"].map((value): [string, RegExp] => [
    `--shard ${value} example.com`,
    /argument '.*' is invalid\. Write which part of how many, for example 1\/4 for the first of four\.$/,
  ]),
  ["--shard auto/10001 example.com", /is invalid\. There may be 10000 parts at most\.$/],
  ["--shard auto example.com", /^error: --shard auto: there is no index in the environment \(.*\): write the part itself, such as 1\/8$/],
  ["--from-facts a --shard auto", /^error: --from-facts and --shard exclude each other/],
  ["--shard 1/10001 example.com", /is invalid\. There may be 10000 parts at most\.$/],
  ["--resume /does/not/exist example.com", /^error: --resume "\/does\/not\/exist": it can't be read: no such file$/],
  ["--resume / example.com", /^error: --resume "\/": it can't be read: it is a directory$/],
  ["--resume package.json example.com", /^error: --resume "package\.json": line 2 is not a report: give what -f ndjson wrote$/],
  ["--resume a --redact=all example.com", /^error: --redact=all and --resume exclude each other/],
  ["--redact=some example.com", /Write --redact, or --redact=all\.$/],
  ["--from-facts a --shard 1/2", /^error: --from-facts and --shard exclude each other/],
  ["--from-facts a --resume b", /^error: --from-facts and --resume exclude each other/],
  ...["-1", "1.5", "many", "3651"].map((value): [string, RegExp] => [
    `--min-cert-days ${value} example.com`,
    /Write a whole number from 0 to 3650\.$/,
  ]),
  ["--dns-server  example.com", /argument '' is invalid\. It is empty\.$/],
  ...["matrix.example.com", "https://example.com:443", "example.com:0"].map((value): [string, RegExp] => [
    `--expect-target ${value} example.com`,
    /argument '.*' is invalid\. Write a host with its port, for example matrix\.example\.com:443 or \[2001:db8::1\]:8448\.$/,
  ]),
  [
    "--expect-via wellknown example.com",
    /argument 'wellknown' is invalid\. Allowed choices are well-known, srv, default-port, explicit-port, ip-literal\.$/,
  ],
  ["--ignore tls/expird example.com", /^error: --ignore: there is no finding "tls\/expird": did you mean tls\/expired\?$/],
  ["--ignore expiring example.com", /did you mean tls\/expiring\?$/],
  ["--ignore zzzzzzzzzz example.com", /^error: --ignore: there is no finding "zzzzzzzzzz": "matrix-delegation-check explain" lists them$/],
  [
    "--ca-file /does/not/exist example.com",
    /^error: --ca-file "\/does\/not\/exist" can't be used: no such file; give a file of certificates in PEM form$/,
  ],
  ["--from-file /does/not/exist", /^error: --from-file: "\/does\/not\/exist" can't be read: no such file$/],
  [
    "--save-facts /does/not/exist/facts example.com",
    /^error: --save-facts "\/does\/not\/exist\/facts" can't be written: there is no such folder$/,
  ],
  ["--save-facts /dev/null example.com", /can't be written: it is not a regular file$/],
  ["--from-facts /does/not/exist", /^error: --from-facts "\/does\/not\/exist": it can't be read: no such file$/],
  ["--from-facts facts.jsonl example.com", /^error: --from-facts judges what is recorded.*leave out "example\.com"/],
  ["--from-facts a.ndjson b.ndjson", /leave out "b\.ndjson"; of several files each has a --from-facts of its own$/],
  ["--from-facts package.json --from-facts ./package.json", /^error: --from-facts "\.\/package\.json" is given twice/],
  [
    "--zone-file - --from-file -",
    /^error: --zone-file - and --from-file - exclude each other: standard input can be read by one option only/,
  ],
  ["--zone-file -@example.com --from-file -", /^error: --zone-file - and --from-file - exclude each other/],
  ["--zone-file a --against -@example.com example.com", /^error: --against reads no standard input/],
  ["--from-facts a --from-file b", /^error: --from-facts and --from-file exclude each other/],
  ["--from-facts a --save-facts b", /^error: --from-facts and --save-facts exclude each other/],
  ["--watch 5m --wait 1m example.com", /^error: --watch and --wait exclude each other/],
  ["--watch 5m --resume a.ndjson example.com", /^error: --watch and --resume exclude each other/],
  ["explain tls/expird", /^error: there is no finding "tls\/expird": did you mean tls\/expired\?$/],
  ["explain tls/expired name/invalid", /^error: too many arguments for 'explain'/],
  ["explain tls/expired --timeout 5s -q", /^error: explain takes --json and --color only: leave out --quiet, --timeout$/],
  ["completion", /^error: missing required argument 'bash\|zsh\|fish'$/],
  [
    "completion tcsh",
    /^error: command-argument value 'tcsh' is invalid for argument 'bash\|zsh\|fish'\. Allowed choices are bash, zsh, fish\.$/,
  ],
  ["completion bash --timeout 5s", /^error: completion takes no options: leave out --timeout$/],
  ["completion bash zsh", /^error: too many arguments for 'completion'/],
  ["a\u001b[31mb\u202e", /^error: "a\\x1b\[31mb\\u202e" is not a server name/],
];

for (const [line, expected] of REFUSED) {
  test(`refused: ${JSON.stringify(line)}`, async () => {
    const engine = fakeEngine();
    const { code, stdout, stderr } = await stage(line === "" ? [] : line.split(" "), { engine });
    assert.match(stderr.replace(/\n$/, ""), expected);
    assert.equal(stderr.indexOf("\n"), stderr.length - 1, "exactly one line");
    assert.equal(code, 2);
    assert.equal(stdout, "");
    assert.deepEqual(engine.checked, [], "nothing run");
    assert.equal(engine.closed, engine.made.length, "no checker is left open");
  });
}

test("files that can't be used", async (context) => {
  const path = await temporary(context);
  await Promise.all([
    mkdir(path("folder")),
    writeFile(path("empty"), ""),
    writeFile(path("comments"), "# nothing\r\n\r\n   # here\r\n"),
    writeFile(path("utf16"), Buffer.from("\uFEFFexample.com\r\n", "utf16le")),
    writeFile(path("broken.pem"), "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
    writeFile(path("text.pem"), "hello\n"),
  ]);
  const table: [argv: string[], RegExp][] = [
    [["--from-file", path("folder")], /can't be read: it is a directory$/],
    [["--from-file", path("empty")], /is empty: there is no server name in it/],
    [["--from-file", path("comments")], /is empty: there is no server name in it/],
    [["--from-file", path("empty"), "example.com"], /is empty: there is no server name in it/],
    [["--from-file", path("utf16")], /it is UTF-16: save it as UTF-8$/],
    [["--from-file", "-"], /^error: --from-file: stdin is empty/],
    [["--ca-file", path("empty"), "example.com"], /can't be used: it is empty;/],
    [["--ca-file", path("text.pem"), "example.com"], /can't be used: there is no certificate in it;/],
    [["--ca-file", path("broken.pem"), "example.com"], /can't be used: certificate 1 in it is broken;/],
    [["--ca-file", path("folder"), "example.com"], /can't be used: it is a directory;/],
    [["--save-facts", path("folder"), "example.com"], /can't be written: it is not a regular file$/],
    [["--from-facts", path("empty")], /there are no facts in it/],
    [["--from-facts", path("folder")], /it is not a regular file/],
  ];
  for (const [argv, expected] of table) {
    const engine = fakeEngine();
    const { code, stdout, stderr } = await stage(argv, { engine });
    assert.match(stderr.replace(/\n$/, ""), expected);
    assert.equal(stderr.indexOf("\n"), stderr.length - 1);
    assert.deepEqual([code, stdout, engine.checked], [2, "", []]);
  }
});

test("what the checker refuses is a usage error too", async () => {
  const engine = fakeEngine();
  engine.createChecker = async () => {
    throw Object.assign(new Error('"nonsense" is not a resolver'), { code: "usage" });
  };
  assert.deepEqual(await stage(["--dns-server", "nonsense", "example.com"], { engine }), {
    code: 2,
    stdout: "",
    stderr: 'error: "nonsense" is not a resolver\n',
  });
});

test("no file that is written takes the place of one that is read, or of another one that is written", async (context) => {
  const path = await temporary(context);
  const kept: Record<string, string> = {
    names: "example.com\n",
    facts: "{}\n",
    "db.example.com": "$ORIGIN example.com.\n",
    "server.json": '{"m.server": "example.com:443"}\n',
    "ca.pem": "PEM",
    "config.json": "{}",
    "matrix-delegation-check.json": "{}",
    there: "before",
  };
  await Promise.all(Object.entries(kept).map(([name, text]) => writeFile(path(name), text)));
  await mkdir(path("folder"));
  await symlink(path("names"), path("link"));
  const table: [argv: string[], RegExp][] = [
    [["--from-file", path("names"), "--save-facts", path("names")], /--save-facts ".*names" would replace what --from-file reads/],
    [["--from-file", path("names"), "--save-facts", path("folder/../names")], /would replace what --from-file reads/],
    [["--from-file", path("names"), "--save-facts", path("link")], /would replace what --from-file reads/],
    [
      ["--from-file", path("link"), "--report", `ndjson=${path("names")}`],
      /--report ndjson=".*names" would replace what --from-file reads/,
    ],
    [["--from-facts", path("facts"), "--report", `json=${path("facts")}`], /would replace what --from-facts reads/],
    [
      ["--zone-file", path("db.example.com"), "--save-facts", path("db.example.com"), "example.com"],
      /would replace what --zone-file reads/,
    ],
    [
      ["--zone-file", `${path("db.example.com")}@example.com`, "--report", `json=${path("db.example.com")}`, "example.com"],
      /would replace what --zone-file reads/,
    ],
    [
      ["--well-known-file", path("server.json"), "--report", `html=${path("server.json")}`, "example.com"],
      /would replace what --well-known-file reads/,
    ],
    [["--ca-file", path("ca.pem"), "--save-facts", path("ca.pem"), "example.com"], /would replace what --ca-file reads/],
    [["--config", path("config.json"), "--report", `json=${path("config.json")}`, "example.com"], /would replace what --config reads/],
    [["--report", `json=${path("matrix-delegation-check.json")}`, "example.com"], /would replace the configuration: write to another file/],
    [["--report", `json=${path("there")}`, "--report", `html=${path("there")}`, "example.com"], /would replace what --report json= writes/],
    [["--report", `json=${path("new")}`, "--report", `html=${path("./folder/../new")}`, "example.com"], /give each a file of its own/],
    [["--save-facts", path("new"), "--report", `ndjson=${path("new")}`, "example.com"], /would replace what --save-facts writes/],
    [["--watch", "5m", "--from-file", path("names"), "--report", `json=${path("names")}`], /would replace what --from-file reads/],
  ];
  for (const [argv, expected] of table) {
    const engine = fakeEngine();
    const { code, stdout, stderr } = await stage(argv, { engine, folder: path(".") });
    assert.match(stderr.replace(/\n$/, ""), expected);
    assert.equal(stderr.indexOf("\n"), stderr.length - 1);
    assert.deepEqual([code, stdout, engine.checked], [2, "", []]);
  }
  for (const [name, text] of Object.entries(kept)) assert.equal(await readFile(path(name), "utf8"), text, name);
});

test("a plugin that is called wrongly says UNKNOWN, where monitoring reads it", async () => {
  const table: [argv: string, line: RegExp][] = [
    ["-f nagios https://example.com/", /^MATRIX UNKNOWN - https:\/\/example\.com\/ is not a server name: /],
    ["-fnagios --timeot 1s example.com", /^MATRIX UNKNOWN - unknown option --timeot \(Did you mean --timeout\?\)$/],
    ["--format=nagios --from-file /does/not/exist", /^MATRIX UNKNOWN - --from-file: .*no such file/],
    ["--format nagios", /^MATRIX UNKNOWN - no server name: give one/],
    ["--resume a -f nagios example.com", /^MATRIX UNKNOWN - --resume and --format nagios exclude each other/],
    ["resolve -f nagios a,b", /^MATRIX UNKNOWN - a,b is not a server name/],
  ];
  for (const [line, expected] of table) {
    const engine = fakeEngine();
    const { code, stdout, stderr } = await stage(line.split(" "), { engine });
    assert.match(stdout.replace(/\n$/, ""), expected);
    assert.equal(stdout.indexOf("\n"), stdout.length - 1, "exactly one line");
    assert.match(stderr, /^error: [^\n]+\n$/);
    assert.deepEqual([code, engine.checked], [3, []]);
  }
  for (const line of ["-- -f nagios a,b", "-f json nagios,x"]) assert.equal((await stage(line.split(" "))).code, 2);
});
