/** Options of the library that can't be meant: a UsageError, before anything is asked. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { check, checkMany, createChecker, judgeAgain, UsageError } from "../../src/index.ts";
import { CHECK_OPTIONS } from "../../src/library-options.ts";
import { factsOf } from "../commands/stage.ts";

for (const name of ["timeoutMs", "deadlineMs"] as const) {
  for (const value of [0, -1, Number.NaN, Infinity, 2 ** 31, "10s", "10000", null]) {
    test(`${name}: ${typeof value === "string" ? `"${value}"` : String(value)}`, () =>
      assert.rejects(
        check("example.org", { [name]: value as number }),
        (error: unknown) =>
          error instanceof UsageError &&
          error.message === `${name} must be a number of milliseconds, more than 0 and at most 86400000 (24 hours), for example 10000`,
      ));
  }
}

/** From JavaScript, where nobody has looked at the types. */
const any = (value: unknown): never => value as never;

const WAIT = { waitMs: 1 };
const NAME = 'the server name must be a string, for example "example.com"';
const NAMES = 'the server names must be a list (or another iterable) of strings, for example ["example.com"]';

const refused: [string, () => Promise<unknown>, message: string | RegExp][] = [
  ["check(undefined)", () => check(any(undefined)), NAME],
  ["check(42)", () => check(any(42)), NAME],
  ["check(name, null)", () => check("a.example", any(null)), /^the options of check must be an object/],
  ["check(name, 5)", () => check("a.example", any(5)), /^the options of check must be an object/],
  ["caFiles", () => check("a.example", any({ caFiles: [] })), 'check has no option "caFiles": did you mean ca?'],
  ["timeout", () => check("a.example", any({ timeout: 5 })), 'check has no option "timeout": did you mean timeoutMs?'],
  ["alowPrivate", () => createChecker(any({ alowPrivate: true })), 'createChecker has no option "alowPrivate": did you mean allowPrivate?'],
  ["dnsServer", () => createChecker(any({ dnsServer: "1.1.1.1" })), 'createChecker has no option "dnsServer": did you mean dnsServers?'],
  ["zoneFiles", () => createChecker(any({ zoneFiles: [] })), 'createChecker has no option "zoneFiles": did you mean zones?'],
  ["__proto__ and constructor", () => check("a.example", any({ constructor: 1 })), /^check has no option "constructor": /],
  ["an option far from all", () => check("a.example", any({ xyzzy: 1 })), /^check has no option "xyzzy": it has allowPrivate, .*onStep/],
  ["signal, given to createChecker", () => createChecker(any({ signal: AbortSignal.abort() })), /^createChecker has no option "signal": /],
  ["concurrency, given to check", () => check("a.example", any({ concurrency: 2 })), /^check has no option "concurrency": /],
  ["allowPrivate: 1", () => check("a.example", { allowPrivate: any(1) }), "allowPrivate must be true or false"],
  ["family: 5", () => check("a.example", { family: any(5) }), "family must be 4, 6 or null"],
  ["minCertDays: NaN", () => check("a.example", { minCertDays: NaN }), "minCertDays must be a number of days, 0 or more"],
  ["dnsServers: text", () => check("a.example", { dnsServers: any("127.0.0.1") }), "dnsServers must be a list of strings"],
  ["ca: a buffer", () => check("a.example", { ca: any([Buffer.from("")]) }), "ca must be a list of strings"],
  ["connectTo: [1]", () => check("a.example", { connectTo: any([1]) }), "connectTo must be a list of strings"],
  ["zones: a text", () => check("a.example", { zones: any(["$ORIGIN …"]) }), "zones must be a list of { file, text, origin }"],
  ["wellKnownFile: text", () => check("a.example", { wellKnownFile: any("{}") }), "wellKnownFile must be { file, body }, or null"],
  ["hostsFile: false", () => check("a.example", { hostsFile: any(false) }), "hostsFile must be a string, or null"],
  ["ignore: text", () => check("a.example", { ignore: any("tls/expired") }), "ignore must be a list of strings"],
  ["expect: text", () => check("a.example", { expect: any("srv") }), /^expect must be an object with targets, via or certificateDays$/],
  ["expect: { target }", () => check("a.example", { expect: any({ target: "a:1" }) }), /^expect must be an object with targets, /],
  ["signal: {}", () => check("a.example", { signal: any({}) }), "signal must be an AbortSignal"],
  ["onStep: text", () => check("a.example", { onStep: any("x") }), "onStep must be a function"],
  ["checkMany(text)", () => checkMany("example.com").next(), NAMES],
  ["checkMany(undefined)", () => checkMany(any(undefined)).next(), NAMES],
  ["checkMany({})", () => checkMany(any({})).next(), NAMES],
  ["checkMany(names, { order: 1 })", () => checkMany(["a.example"], { order: any(1) }).next(), 'order must be "finished" or "input"'],
  ["checkMany(names, { paralel })", () => checkMany(["a.example"], any({ paralel: 1 })).next(), /^checkMany has no option "paralel": /],
  ["judgeAgain({})", () => judgeAgain(any({})), /^these are no facts: serverName is not a string; give the facts of a report/],
  ["judgeAgain(undefined)", () => judgeAgain(any(undefined)), /^these are no facts: it is not an object; /],
  [
    "judgeAgain of damaged facts",
    () => judgeAgain({ ...factsOf("a.example"), srv: any([7]) }),
    /^these are no facts: srv\[0\] is not an object; /,
  ],
  ["judgeAgain(facts, { minCertDay })", () => judgeAgain(factsOf("a.example"), any({ minCertDay: 1 })), /: did you mean minCertDays\?$/],
  [
    "judgeAgain(facts, { timeoutMs })",
    () => judgeAgain(factsOf("a.example"), any({ timeoutMs: 1 })),
    /^judgeAgain has no option "timeoutMs"/,
  ],
  ["checker.check(undefined)", async () => (await createChecker()).check(any(undefined)), NAME],
  [
    "checker.check(name, { expects })",
    async () => (await createChecker()).check("a.example", any({ expects: {} })),
    /did you mean expect\?$/,
  ],
  ["checker.wait(undefined)", async () => (await createChecker()).wait(any(undefined), WAIT), NAME],
  ["checker.wait(name)", async () => (await createChecker()).wait("a.example", any(undefined)), /^the options of wait must be an object/],
  ["checker.wait(name, {})", async () => (await createChecker()).wait("a.example", any({})), "wait needs waitMs, a number of milliseconds"],
  [
    "checker.wait(name, { waitMs: text })",
    async () => (await createChecker()).wait("a.example", { waitMs: any("1s") }),
    /^waitMs must be a number/,
  ],
];

for (const [title, call, message] of refused) {
  test(`${title}: a UsageError`, () =>
    assert.rejects(call, (error: unknown) => {
      assert.ok(error instanceof UsageError);
      assert.equal(error.name, "UsageError");
      assert.equal(error.code, "usage");
      if (typeof message === "string") assert.equal(error.message, message);
      else assert.match(error.message, message);
      assert.ok(!error.message.includes("\n"));
      return true;
    }));
}

test("a name that is no text is that name's error, the others are checked", async () => {
  const seen = [];
  for await (const { serverName, report, error } of checkMany(any([7, "not a name"]), { order: "input" }))
    seen.push([serverName, report?.findings[0]?.code, error?.name]);
  assert.deepEqual(seen, [
    [7, undefined, "UsageError"],
    ["not a name", "name/invalid", undefined],
  ]);
});

test("options that are undefined aren't given", async () => {
  const none = Object.fromEntries(Object.keys(CHECK_OPTIONS).map((name) => [name, undefined]));
  const report = await check("not a name", any({ ...none, signal: undefined, onStep: undefined, fresh: undefined }));
  assert.equal(report.verdict, "fail");
});
