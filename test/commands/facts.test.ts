/** `--save-facts` and `--from-facts`: what is judged again prints the same as the run that recorded it. */
import assert from "node:assert/strict";
import { readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { test } from "node:test";
import { factsProblem } from "../../src/facts-problem.ts";
import type { DnsAnswer, Facts, HttpFacts, Outcome, TlsFacts } from "../../src/facts/facts.ts";
import { engine, type Engine } from "../../src/commands/engine.ts";
import { FORMATS } from "../../src/commands/options.ts";
import { factsOf, fakeEngine, findingOf, reportOf, stage, temporary } from "./stage.ts";

const NAMES = ["ok.example", "fail.example", "warn.example", "unknown.example"];

for (const names of [NAMES, NAMES.slice(1, 2)]) {
  for (const format of ["pretty", "json", "ndjson"]) {
    test(`${names.length} in ${format}: judged again from the facts, and from json and ndjson, it is the same`, async (context) => {
      const path = await temporary(context);
      const original = await stage(["-f", format, "--save-facts", path("facts"), ...names]);
      assert.deepEqual(await readdir(dirname(path("x"))), ["facts"], "no temporary file is left");
      await writeFile(path("json"), (await stage(["-f", "json", ...names])).stdout);
      await writeFile(path("ndjson"), (await stage(["-f", "ndjson", ...names])).stdout);
      await writeFile(path("compact"), JSON.stringify(JSON.parse(await readFile(path("json"), "utf8"))));
      for (const file of ["facts", "json", "ndjson", "compact"]) {
        const engine = fakeEngine();
        assert.deepEqual(await stage(["-f", format, "--from-facts", path(file)], { engine }), original, file);
        assert.deepEqual([engine.made, engine.checked], [[], []], "no checker");
      }
    });
  }
}

test("Output: from the first report's start to the last one's end, so that it is the same for recorded facts", async (context) => {
  const path = await temporary(context);
  const times: [string, number][] = [
    ["2026-05-01T10:00:00.000Z", 400],
    ["2026-05-01T10:00:02.500Z", 1000.6],
    ["2026-05-01T10:00:01.000Z", 1],
  ];
  await writeFile(
    path("facts"),
    times.map(([startedAt, durationMs]) => `${JSON.stringify({ ...factsOf("a.example"), startedAt, durationMs })}\n`).join(""),
  );
  const output = JSON.parse((await stage(["-f", "json", "--from-facts", path("facts")])).stdout) as {
    startedAt: string;
    durationMs: number;
  };
  assert.equal(output.startedAt, "2026-05-01T10:00:00.000Z");
  assert.equal(output.durationMs, 3501);
});

test("only settings that are given go to the judge", async (context) => {
  const path = await temporary(context);
  await writeFile(path("facts"), `${JSON.stringify(factsOf("a.example"))}\n`);
  for (const [argv, expected] of [
    [[], {}],
    [["--allow-private"], { allowPrivate: true }],
    [["--min-cert-days", "7"], { minCertDays: 7 }],
    [["--expect-target", "a.example:443", "--expect-via", "srv"], { expect: { targets: ["a.example:443"], via: ["srv"] } }],
    [["--ignore", "tls/expired"], { ignore: ["tls/expired"] }],
  ] as const) {
    const engine = fakeEngine();
    await stage(["--from-facts", path("facts"), ...argv], { engine });
    assert.deepEqual(engine.judged[0], expected);
  }
});

test("an existing file is replaced, through a link as well; a failed run leaves it", async (context) => {
  const path = await temporary(context);
  await writeFile(path("real"), "old\n");
  await symlink(path("real"), path("link"));
  await stage(["--save-facts", path("link"), "https://example.com"]);
  assert.equal(await readFile(path("real"), "utf8"), "old\n");
  await stage(["--save-facts", path("link"), "a.example"]);
  assert.deepEqual(JSON.parse(await readFile(path("real"), "utf8")), factsOf("a.example"));
  assert.deepEqual((await readdir(dirname(path("x")))).toSorted(), ["link", "real"]);
});

const GOOD = JSON.stringify(factsOf("a.example"));
const BAD: [name: string, text: string, line: RegExp][] = [
  ["no JSON", "hello", /: line 1: there is something else than an object; give what --save-facts wrote/],
  ["broken JSON", `${GOOD}\n{"serverName":}`, /: line 2: it is not JSON;/],
  ["another object", `${GOOD}\n\n{"a":1}`, /: line 3: it holds no facts: serverName is not a string;/],
  [
    "a wrong field",
    `${GOOD}\n${GOOD.replace('"probe":true', '"probe":"yes"')}`,
    /: line 2: it holds no facts: settings\.probe is not a boolean;/,
  ],
  [
    "a report with wrong facts",
    JSON.stringify({ ...reportOf(factsOf("a.example")), facts: {} }),
    /: line 1: it holds no facts: facts: serverName is not a string;/,
  ],
  ["cut off", GOOD.slice(0, -5), /: line 1: it ends in the middle of an object;/],
  ["an Output without reports", '{"schemaVersion":1,"reports":[]}', /: there are no facts in it;/],
];
for (const [name, text, line] of BAD) {
  test(`--from-facts: ${name}`, async (context) => {
    const path = await temporary(context);
    await writeFile(path("facts"), text);
    const engine = fakeEngine();
    const { code, stdout, stderr } = await stage(["--from-facts", path("facts")], { engine });
    assert.match(stderr, line);
    assert.equal(stderr.indexOf("\n"), stderr.length - 1);
    assert.deepEqual([code, stdout, engine.judged], [2, "", []], "nothing is judged before everything is read");
  });
}

test("facts that the judge can't take are an internal error, the others are judged", async (context) => {
  const path = await temporary(context);
  await writeFile(path("facts"), `${JSON.stringify(factsOf("odd.example"))}\n${GOOD}\n`);
  const engine = fakeEngine();
  engine.judgeAgain = async (facts) => {
    if (facts.serverName === "odd.example") throw new TypeError("undefined is not an object");
    return { ...reportOf(facts), findings: [findingOf("tls/expired", "error")] };
  };
  const { code, stderr } = await stage(["--from-facts", path("facts")], { engine });
  assert.equal(stderr, "error: odd.example: internal error: undefined is not an object\n");
  assert.equal(code, 1);
});

// The shape

const http: HttpFacts = {
  status: 200,
  headers: { "content-type": "application/json" },
  bodyBytes: 2,
  truncated: false,
  excerpt: "{}",
  matrixError: { errcode: "M_X", error: "x" },
};
const tls: TlsFacts = {
  protocol: "TLSv1.3",
  cipher: "TLS_AES_128_GCM_SHA256",
  chain: [
    {
      subject: "CN=a",
      commonName: "a",
      issuer: "CN=b",
      dnsNames: ["a"],
      ipAddresses: [],
      notBefore: "2026-01-01T00:00:00Z",
      notAfter: "2027-01-01T00:00:00Z",
      sha256: "00",
      selfSigned: false,
      isCa: false,
      issuerUrls: ["http://ca.example/"],
    },
  ],
  trust: { anchor: null, path: [0], strays: [], inOrder: true, verifyError: "CERT_HAS_EXPIRED" },
};
const failed: Outcome<never> = {
  status: "failed",
  error: { code: "tls-alert", message: "alert", alert: "unrecognized_name", excerpt: "HTTP" },
  ms: 1,
};
const skipped: Outcome<never> = { status: "skipped", because: "blocked", note: "no connection" };
const untested: Outcome<never> = { status: "untested", because: "deadline" };
function done<T>(value: T): Outcome<T> {
  return { status: "done", value, ms: 1.5 };
}
function dns<R>(record: R): Outcome<DnsAnswer<R>> {
  return done({
    rcode: "NOERROR",
    resolver: "192.0.2.53:53",
    transport: "udp" as const,
    authenticated: false,
    chain: [{ name: "a", target: "b", ttl: 1 }],
    loop: false,
    records: [record],
    ttl: 1,
    negativeTtl: null,
    extendedErrors: [{ code: 6, text: "bogus" }],
    checkingDisabled: { rcode: "NOERROR", records: 1 },
  });
}
const connection = { address: "192.0.2.7", family: 4 as const, port: 443, tcp: done({ localAddress: "192.0.2.1:5" }), tls: done(tls) };
const FULL: Facts = {
  ...factsOf("a.example"),
  settings: { allowPrivate: true, minCertDays: 0, family: 6, probe: false },
  wellKnown: done({
    url: "https://a.example/.well-known/matrix/server",
    host: "a.example",
    attempts: [
      {
        address: "192.0.2.7",
        family: 4,
        port: 443,
        hops: [
          {
            url: "https://a.example/",
            host: "a.example",
            port: 443,
            connection,
            response: done(http),
            location: null,
            askedAsHomeserver: true,
          },
        ],
        stopped: "loop",
        reading: { kind: "m.server", value: "b:443" },
        ms: 1,
      },
      {
        address: "192.0.2.8",
        family: 4,
        port: 443,
        hops: [],
        stopped: null,
        reading: { kind: "not-json", problem: "bom", position: 0, message: "BOM" },
        ms: 1,
      },
      {
        address: "192.0.2.9",
        family: 4,
        port: 443,
        hops: [],
        stopped: null,
        reading: { kind: "no-m-server", problem: "missing", keys: ["a"], near: "M.SERVER", nearValue: "b" },
        ms: 1,
      },
    ],
  }),
  srv: [
    {
      service: "_matrix-fed._tcp",
      base: "a.example",
      role: "route",
      outcome: dns({ priority: 1, weight: 2, port: 3, target: "t", ttl: 4 }),
    },
  ],
  hosts: [{ host: "a.example", a: dns({ address: "192.0.2.7", ttl: 1 }), aaaa: untested }],
  route: { specStep: "3.3", via: "srv", delegatedName: "b", hostHeader: "b", tlsName: "b", tlsNameIsIp: false },
  clues: {
    homeservers: {
      tried: ["a:443"],
      found: [
        {
          host: "a",
          address: "192.0.2.7",
          port: 443,
          targetPort: 443,
          server: { name: "Synapse", version: "1" },
          keysName: null,
          certificateGood: true,
        },
      ],
    },
    wellKnowns: { tried: ["https://b/"], found: [{ host: "b", url: "https://b/", value: "c" }] },
    browser: { url: "https://a/", response: done(http), readable: true },
    srvHost: [{ place: "192.0.2.7:8448", host: "t", response: failed, isHomeserver: false }],
    keysName: { name: "b", places: ["192.0.2.7:8448"], leadsHere: true },
    issuers: [{ url: "http://ca.example/", subject: null }],
  },
  targets: [
    {
      host: "t",
      port: 8448,
      srv: { service: "_matrix-fed._tcp", priority: 1, weight: 2 },
      overridden: false,
      endpoints: [
        {
          ...connection,
          version: done({ response: http, server: { name: "Synapse", version: "1" }, problem: null }),
          keys: done({
            response: http,
            reading: {
              kind: "keys" as const,
              serverName: "a",
              validUntil: 1,
              verifyKeys: [{ id: "ed25519:a", problem: null, signature: "valid" as const }],
              oldKeyIds: [],
            },
          }),
          encodedPath: done(http),
          hostPort: failed,
          olderTls: done({ protocol: "TLSv1.2" }),
          alpn: skipped,
        },
        {
          ...connection,
          tls: failed,
          version: skipped,
          keys: done({ response: http, reading: { kind: "malformed" as const, field: "verify_keys", problem: "absent" } }),
          encodedPath: untested,
          hostPort: untested,
          olderTls: untested,
          alpn: done({ protocol: null }),
        },
      ],
    },
  ],
};

test("whole facts are facts", () => assert.equal(factsProblem(JSON.parse(JSON.stringify(FULL))), null));

test("whatever is wrong in them is noticed, and where", () => {
  let tried = 0;
  // Without anything that stands in two places.
  const whole = JSON.parse(JSON.stringify(FULL)) as Facts;
  /** Puts something wrong in place of every value, one at a time. */
  function damage(value: unknown, path: string): void {
    if (typeof value !== "object" || value === null) return;
    for (const [key, was] of Object.entries(value)) {
      const here = Array.isArray(value) ? `${path}[${key}]` : path === "" ? key : `${path}.${key}`;
      for (const wrong of [was === null ? true : typeof was === "object" ? 7 : [], undefined]) {
        const optional = wrong === undefined && ["srv", "alert", "excerpt", "askedAsHomeserver"].includes(key) && path !== "";
        if (optional) continue;
        Object.assign(value, { [key]: wrong });
        const problem = factsProblem(whole);
        assert.ok(problem?.startsWith(here), `${here} = ${JSON.stringify(wrong)}: ${problem}`);
        tried++;
      }
      Object.assign(value, { [key]: was });
      damage(was, here);
    }
  }
  damage(whole, "");
  assert.ok(tried > 200);
  assert.equal(factsProblem(whole), null);
});

for (const [title, change, problem] of [
  [
    "a TTL that no record can have",
    (facts) => (facts.hosts[0]!.a = withTtl(1e300)),
    /^hosts\[0\]\.a\.value\.ttl is not a whole number from 0 to 4294967295/,
  ],
  [
    "a TTL that is negative",
    (facts) => (facts.hosts[0]!.a = withTtl(-1)),
    /^hosts\[0\]\.a\.value\.ttl is not a whole number from 0 to 4294967295/,
  ],
  ["a duration that no clock has", (facts) => (facts.durationMs = 1e300), /^durationMs is too large a number/],
  ["a day that no certificate can have", (facts) => (facts.startedAt = "+012026-01-01T00:00:00Z"), /^startedAt is not a time/],
  ["a long text", (facts) => (facts.serverName = " ".repeat(300_000)), /^serverName is longer than 262144 characters/],
  ["a long list", (facts) => (facts.srv = Array(70_000).fill(facts.srv[0]) as Facts["srv"]), /^srv has more than 65536 entries/],
] satisfies [string, (facts: Facts) => unknown, RegExp][]) {
  test(`bounded as live facts are: ${title}`, () => {
    const whole = JSON.parse(JSON.stringify(FULL)) as Facts;
    change(whole);
    assert.match(factsProblem(whole) ?? "", problem);
  });
}

test("the latest times that are admitted can be shown, in every format", async (context) => {
  const path = await temporary(context);
  const late = JSON.parse(JSON.stringify(FULL)) as Facts;
  late.startedAt = "9999-12-31T23:59:59.999Z";
  late.durationMs = Number.MAX_SAFE_INTEGER;
  late.hosts[0]!.a = withTtl(2 ** 32 - 1);
  assert.equal(factsProblem(late), null);
  await writeFile(path("facts"), JSON.stringify(late));
  for (const format of FORMATS) {
    const { code, stderr } = await stage(["-v", "-f", format, "--from-facts", path("facts")], { engine: judging });
    assert.equal(stderr, "", format);
    assert.notEqual(code, 3, format);
  }
});

/** The checks are made up, the judge is the real one. */
const judging: Engine = { ...fakeEngine(), judgeAgain: engine.judgeAgain };

function withTtl(ttl: number): Facts["hosts"][number]["a"] {
  const { a } = (JSON.parse(JSON.stringify(FULL)) as Facts).hosts[0]!;
  assert.ok(a.status === "done");
  return { ...a, value: { ...a.value, ttl } };
}
