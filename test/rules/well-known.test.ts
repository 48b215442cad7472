/** The rules about the well-known file: what the addresses answer → which findings, and no others. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { publishAdvice, serveWellKnown, wellKnownFile, type ServeWith } from "../../src/advice/well-known.ts";
import type {
  CertificateFacts,
  Clues,
  EndpointFacts,
  Facts,
  FoundHomeserver,
  Hop,
  HostFacts,
  HttpFacts,
  Outcome,
  TlsFacts,
  WellKnownAttempt,
  WellKnownReading,
} from "../../src/facts/facts.ts";
import { parseServerName } from "../../src/matrix/server-name.ts";
import { USER_AGENTS } from "../../src/matrix/user-agents.ts";
import { readWellKnown } from "../../src/matrix/well-known.ts";
import { judge as judgeAll } from "../../src/rules/judge.ts";
import type { Found } from "../../src/rules/rule.ts";
import { wellKnownRules } from "../../src/rules/well-known/index.ts";
import {
  NO_CLUES,
  addresses,
  answer,
  attempt,
  badVersion,
  blocked,
  certificate,
  done,
  endpoint,
  endpointWithoutTcp,
  failed,
  healthy,
  host,
  http,
  intermediate,
  matrixError,
  notNeeded,
  nxdomain,
  route,
  srv,
  srvRecord,
  target,
  tls,
  tlsAlone,
  trust,
  untested,
  V4,
  V6,
  version,
  viaDefaultPort,
  viaSrv,
} from "./facts-builder.ts";

import { findingText, saidOf, texts } from "./texts.ts";

const URL_OF_FILE = "https://example.com/.well-known/matrix/server";

/** Runs all rules; whatever they find must keep to what every finding owes its reader. */
function judge(facts: Facts): (Found & { code: string })[] {
  return wellKnownRules.flatMap((rule) =>
    [...rule.judge(facts)].map((found) => {
      assert.ok([rule.severity].flat().includes(found.severity), `${rule.code} doesn't declare ${found.severity}`);
      assert.ok(
        found.fix.length >= (found.severity === "info" ? 0 : 1) && found.fix.length <= 2 && found.fix.every((each) => each !== ""),
        `${rule.code} has ${found.fix.length} fixes`,
      );
      assert.ok(found.where.length > 0 && new Set(found.where).size === found.where.length, `${rule.code} is at ${found.where.join(" ")}`);
      assert.doesNotMatch([found.detail, ...found.fix].join("\n"), /undefined|(?<!\/dev\/)null|NaN|\.\. /, rule.code);
      return { code: rule.code, ...found };
    }),
  );
}

/** `error not-found`; the note on caching, which every valid file gets, is left out. */
function codes(facts: Facts): string[] {
  return judge(facts)
    .filter(({ code, severity }) => code !== "well-known/cache" || severity !== "info")
    .map(({ code, severity }) => `${severity} ${code.replace("well-known/", "")}`);
}

function only(facts: Facts, name: string): Found {
  const [found, ...others] = judge(facts).filter(({ code }) => code === `well-known/${name}`);
  assert.ok(found !== undefined && others.length === 0, `${name} once, not ${1 + others.length} times`);
  return found;
}

// What one address answers

interface Step {
  url?: string;
  response?: Outcome<HttpFacts>;
  tcp?: Outcome<{ localAddress: string }>;
  tls?: Outcome<TlsFacts>;
  noAddress?: boolean;
}

function hop(
  { url = URL_OF_FILE, response = done(http(200)), tcp, tls: tlsOutcome, noAddress = false }: Step,
  address: string,
  next: Step | undefined,
): Hop {
  const { hostname, protocol } = new URL(url);
  const leaf = { commonName: hostname, subject: `CN=${hostname}`, dnsNames: [hostname] };
  const connected = tlsOutcome ?? (protocol === "http:" ? notNeeded() : done(tls(leaf)));
  return {
    url,
    host: hostname,
    port: protocol === "http:" ? 80 : 443,
    location: next?.url ?? null,
    connection: noAddress
      ? null
      : { address, family: address.includes(":") ? 6 : 4, port: 443, tcp: tcp ?? done({ localAddress: "10.0.0.2:40000" }), tls: connected },
    response: noAddress || tcp?.status === "failed" || tlsOutcome?.status === "failed" ? blocked() : response,
  };
}

function at(address: string, steps: Step[], overrides: Partial<WellKnownAttempt> = {}): WellKnownAttempt {
  const hops = steps.map((step, index) => hop(step, address, steps[index + 1]));
  return attempt({ address, hops, reading: null, ...overrides });
}

function file(text: string | Buffer, overrides: Partial<HttpFacts> = {}): { response: Outcome<HttpFacts>; reading: WellKnownReading } {
  const body = Buffer.from(text);
  return {
    response: done(
      http(200, body.toString("utf8").slice(0, 512), {
        bodyBytes: body.length,
        headers: { "content-type": "application/json" },
        ...overrides,
      }),
    ),
    reading: readWellKnown(body),
  };
}

/** Both addresses answer that with status 200. */
function serving(text: string | Buffer, overrides: Partial<HttpFacts> = {}, url?: string): WellKnownAttempt[] {
  const { response, reading } = file(text, overrides);
  return [V4, V6].map((address) => at(address, [{ response, ...(url === undefined ? {} : { url }) }], { reading }));
}

function both(...steps: Step[]): WellKnownAttempt[] {
  return [at(V4, steps), at(V6, steps)];
}

function status(code: number, excerpt = "<html>", overrides: Partial<HttpFacts> = {}): WellKnownAttempt[] {
  return both({ response: done(http(code, excerpt, overrides)) });
}

const VALID = '{"m.server":"matrix.example.com:443"}';

function redirecting(
  urls: string[],
  last: { response: Outcome<HttpFacts>; reading: WellKnownReading | null } = file(VALID),
  code = 301,
): WellKnownAttempt[] {
  const steps = urls.map((url, index): Step => ({ url, response: index === urls.length - 1 ? last.response : done(http(code)) }));
  return [V4, V6].map((address) => at(address, steps, { reading: last.reading }));
}

// What remains when there is no file

function wellKnown(attempts: WellKnownAttempt[]): Facts["wellKnown"] {
  return done({ url: URL_OF_FILE, host: "example.com", attempts });
}

const works = (): EndpointFacts => endpoint({ port: 8448 });
const refuses = (): EndpointFacts => endpointWithoutTcp({ port: 8448 });

/** Port 8448 refuses connections. */
const broken = (attempts: WellKnownAttempt[]): Facts => viaDefaultPort([refuses()], { wellKnown: wellKnown(attempts) });
/** Port 8448 works. */
const fine = (attempts: WellKnownAttempt[]): Facts => viaDefaultPort([works()], { wellKnown: wellKnown(attempts) });
/** `resolve`: nothing was contacted. */
const unknown = (attempts: WellKnownAttempt[]): Facts =>
  viaDefaultPort([endpoint({ port: 8448, tcp: notNeeded(), tls: notNeeded(), version: notNeeded(), keys: notNeeded() })], {
    wellKnown: wellKnown(attempts),
    settings: { allowPrivate: false, minCertDays: 14, family: null, probe: false },
  });
/** The file is valid and leads to a server that works. */
const delegated = (attempts: WellKnownAttempt[]): Facts => healthy({ wellKnown: wellKnown(attempts) });
/** The same beside an address that gives the file. */
const beside = (attempts: WellKnownAttempt[]): Facts =>
  delegated([at("198.51.100.1", [{ response: file(VALID).response }], { reading: file(VALID).reading }), ...attempts]);

const said = texts("well-known");
const textOf = (facts: Facts): string => {
  const { findings, broken: thrown } = judgeAll(facts, { rules: wellKnownRules });
  assert.deepEqual(thrown, []);
  return (
    findings
      .filter(({ code, severity }) => code !== "well-known/cache" || severity !== "info")
      .map(findingText)
      .join("") || "nothing\n"
  );
};

describe("answers that are no valid file: severity when port 8448 fails, works, isn't known", () => {
  const cases: [what: string, attempts: WellKnownAttempt[], name: string, severities: [string, string, string]][] = [
    ["404", status(404), "not-found", ["error", "info", "info"]],
    ["410", status(410), "not-found", ["error", "info", "info"]],
    ["Synapse's own 404", status(404, "404. Is anything ever truly *well* known?\n"), "synapse-not-serving", ["error", "info", "info"]],
    [
      "404 with Synapse's Server header",
      status(404, "<html>", { headers: { server: "Synapse/1.152.0" } }),
      "synapse-not-serving",
      ["error", "info", "info"],
    ],
    [
      "Twisted's 404 of who knows what",
      status(404, "<h1>No Such Resource</h1><p>No such child resource.</p>"),
      "not-found",
      ["error", "synapse-not-serving", "info"],
    ],
    [
      "conduwuit's 404",
      both({ response: done(matrixError(404, "M_NOT_FOUND", "No well-known server URL is configured.")) }),
      "homeserver-not-configured",
      ["error", "warning", "warning"],
    ],
    [
      "another homeserver's 404",
      both({ response: done(matrixError(404, "M_UNRECOGNIZED", "Unrecognized request")) }),
      "homeserver-not-configured",
      ["error", "warning", "warning"],
    ],
    ["401", status(401), "forbidden", ["error", "warning", "warning"]],
    ["403", status(403), "forbidden", ["error", "warning", "warning"]],
    ["429", status(429), "forbidden", ["error", "warning", "warning"]],
    ["503 with a challenge", status(503, "<html><head><title>Just a moment...</title>"), "forbidden", ["error", "warning", "warning"]],
    [
      "200 with a challenge",
      serving("<!doctype html><title>Making sure you&#39;re not a bot!</title>"),
      "forbidden",
      ["error", "warning", "warning"],
    ],
    [
      "a start page with a captcha",
      serving("<!doctype html><title>Shop</title><script src=captcha.js>"),
      "not-json",
      ["error", "warning", "warning"],
    ],
    ["500", status(500), "server-error", ["error", "warning", "warning"]],
    ["503", status(503), "server-error", ["error", "warning", "warning"]],
    ["201 with the file", status(201, VALID), "http-status", ["error", "warning", "warning"]],
    ["204", status(204, ""), "http-status", ["error", "warning", "warning"]],
    ["301 without Location", status(301, ""), "http-status", ["error", "warning", "warning"]],
    ["421", status(421), "http-status", ["error", "warning", "warning"]],
    ["HTML", serving("<!doctype html><html>"), "not-json", ["error", "warning", "warning"]],
    ["nothing", serving(""), "not-json", ["error", "warning", "warning"]],
    ["a byte order mark", serving(`\ufeff${VALID}`), "not-json", ["error", "warning", "warning"]],
    ["a trailing comma", serving('{"m.server":"a:443",}'), "not-json", ["error", "warning", "warning"]],
    ["bytes after the JSON", serving(`${VALID}x`), "not-json", ["error", "warning", "warning"]],
    [
      "no HTTP",
      both({ response: failed("not-http", { message: "no HTTP response", excerpt: "SSH-2.0-OpenSSH" }) }),
      "not-json",
      ["error", "warning", "warning"],
    ],
    [
      "the client file",
      serving('{"m.homeserver":{"base_url":"https://matrix.example.com"}}'),
      "no-m-server",
      ["error", "warning", "warning"],
    ],
    ["an array", serving("[]"), "no-m-server", ["error", "warning", "warning"]],
    ["an empty m.server", serving('{"m.server":""}'), "no-m-server", ["error", "warning", "warning"]],
    ["m_server", serving('{"m_server":"matrix.example.com:443"}'), "no-m-server", ["error", "warning", "warning"]],
    ["M.SERVER", serving('{"M.SERVER":"matrix.example.com:443"}'), "no-m-server", ["error", "case", "case"]],
    ["M.SERVER that is no string", serving('{"M.SERVER":1}'), "no-m-server", ["error", "warning", "warning"]],
    ["a URL in m.server", serving('{"m.server":"https://matrix.example.com/"}'), "invalid-m-server", ["error", "error", "error"]],
    ["port 65536", serving('{"m.server":"matrix.example.com:65536"}'), "invalid-m-server", ["error", "error", "error"]],
    ["refused", both({ tcp: failed("refused"), tls: blocked() }), "unreachable", ["error", "warning", "warning"]],
    ["ICMP unreachable", both({ tcp: failed("unreachable"), tls: blocked() }), "unreachable", ["error", "warning", "warning"]],
    ["closed before the answer", both({ response: failed("closed") }), "unreachable", ["error", "warning", "warning"]],
    ["no connection in time", both({ tcp: failed("timeout", { ms: 10_000 }), tls: blocked() }), "timeout", ["error", "warning", "warning"]],
    ["no handshake in time", both({ tls: failed("timeout") }), "timeout", ["error", "warning", "warning"]],
    ["no answer in time", both({ response: failed("timeout") }), "timeout", ["error", "warning", "warning"]],
    ["an alert", both({ tls: failed("tls-alert", { alert: "unrecognized_name" }) }), "tls", ["error", "warning", "warning"]],
    ["plain HTTP", both({ tls: failed("plain-http", { excerpt: "HTTP/1.1 400 Bad Request" }) }), "tls", ["error", "warning", "warning"]],
    ["a certificate for another name", both({ tls: done(tls({ dnsNames: ["www.example.com"] })) }), "tls", ["error", "warning", "warning"]],
    ["an endless answer", both({ response: failed("too-large") }), "too-large", ["error", "error", "error"]],
    ["more bytes than are read", status(200, "{", { truncated: true, bodyBytes: 262_144 }), "too-large", ["error", "error", "error"]],
    [
      "a loop",
      redirecting([URL_OF_FILE, "https://www.example.com/.well-known/matrix/server"], { response: done(http(301)), reading: null }).map(
        (each) => ({ ...each, stopped: "loop" }),
      ),
      "redirect-loop",
      ["error", "warning", "warning"],
    ],
    [
      "a loop through http:",
      redirecting([URL_OF_FILE, "http://example.com/.well-known/matrix/server"], { response: done(http(301)), reading: null }).map(
        (each) => ({ ...each, stopped: "loop" }),
      ),
      "redirect-loop",
      ["error", "warning", "warning"],
    ],
    [
      "another scheme",
      redirecting([URL_OF_FILE], { response: done(http(302)), reading: null }).map((each) => ({ ...each, stopped: "scheme" })),
      "redirect-lost",
      ["error", "warning", "warning"],
    ],
    [
      "a redirect to the start page",
      redirecting([URL_OF_FILE, "https://www.example.com/"], file("<!doctype html>")),
      "redirect-lost",
      ["error", "warning", "warning"],
    ],
    [
      "a redirect to a 404 elsewhere",
      redirecting([URL_OF_FILE, "https://www.example.com/en/"], { response: done(http(404)), reading: null }),
      "redirect-lost",
      ["error", "warning", "warning"],
    ],
    [
      "a redirect that keeps the path, to a 404",
      redirecting([URL_OF_FILE, "https://www.example.com/.well-known/matrix/server"], { response: done(http(404)), reading: null }),
      "not-found",
      ["error", "info", "info"],
    ],
    [
      "a redirect to a host without address",
      both({ response: done(http(301)) }, { url: "https://gone.example.com/.well-known/matrix/server", noAddress: true }),
      "no-address",
      ["error", "info", "info"],
    ],
  ];
  for (const [what, attempts, name, severities] of cases) {
    const expected = severities.map((each) =>
      each === "case" ? "warning case" : each === "synapse-not-serving" ? "info synapse-not-serving" : `${each} ${name}`,
    );
    said(what, () =>
      [
        textOf(broken(attempts)),
        "where port 8448 works:\n",
        textOf(fine(attempts)),
        "beside an address that gives the file:\n",
        textOf(beside(attempts)),
      ].join(""),
    );
    it(`${what}: ${expected.join(", ")}`, () => {
      assert.deepEqual(
        [broken(attempts), fine(attempts), unknown(attempts)].map(codes),
        expected.map((each) => [each]),
      );
    });
    it(`${what}: is not spoken about beside an address that gives the file`, () => {
      const facts = beside(attempts);
      const expectedBeside = name === "unreachable" || name === "timeout" ? "warning address-failed" : "error split";
      assert.deepEqual(codes(facts), [expectedBeside]);
    });
  }

  it("says nothing where this machine couldn't ask", () => {
    const attempts = both({ tcp: untested(), tls: untested(), response: untested() });
    assert.deepEqual([broken(attempts), fine(attempts)].map(codes), [[], []]);
  });

  it("a failing address makes it an error, though another one can't be tested from here", () => {
    const facts = viaDefaultPort(
      [refuses(), endpoint({ address: V6, port: 8448, tcp: untested(), tls: untested(), version: untested(), keys: untested() })],
      { wellKnown: wellKnown(status(404)) },
    );
    assert.deepEqual(codes(facts), ["error not-found"]);
  });

  it("groups by what is seen, and names the addresses when they differ", () => {
    const mixed = broken([at(V4, [{ response: done(http(404)) }]), at(V6, [{ tcp: failed("refused"), tls: blocked() }])]);
    assert.deepEqual(codes(mixed), ["error not-found", "warning address-failed"]);
    assert.deepEqual(only(mixed, "not-found").where, [URL_OF_FILE, `${V4}:443`]);
    assert.deepEqual(only(mixed, "address-failed").where, [URL_OF_FILE, `[${V6}]:443`]);
    assert.deepEqual(only(broken(status(404)), "not-found").where, [URL_OF_FILE]);
  });
});

describe("a valid file", () => {
  const port443 = '{"m.server":"matrix.example.com:443"}';
  const padded = (bytes: number): string => port443 + " ".repeat(bytes - port443.length);
  const path = "/.well-known/matrix/server";
  const cases: [what: string, facts: Facts, expected: string[]][] = [
    ["healthy", healthy(), []],
    ["no well-known needed", healthy({ wellKnown: notNeeded() }), []],
    ["12,287 B", delegated(serving(padded(12_287))), []],
    ["12,288 B", delegated(serving(padded(12_288))), ["warning too-large"]],
    ["51,200 B", delegated(serving(padded(51_200))), ["error too-large"]],
    ["text/plain", delegated(serving(VALID, { headers: { "content-type": "text/plain" } })), ["info content-type"]],
    ["no Content-Type", delegated(serving(VALID, { headers: {} })), ["info content-type"]],
    ["a Content-Type with a parameter", delegated(serving(VALID, { headers: { "content-type": "Application/JSON; charset=utf-8" } })), []],
    [
      "no-store",
      delegated(serving(VALID, { headers: { "content-type": "application/json", "cache-control": "no-store" } })),
      ["warning cache"],
    ],
    ["exactly 5 s", delegated(serving(VALID).map((each) => ({ ...each, ms: 5000 }))), []],
    ["over 5 s", delegated(serving(VALID).map((each) => ({ ...each, ms: 5001 }))), ["warning slow"]],
    [
      "one slow address beside a fast one",
      delegated(serving(VALID).map((each, index) => ({ ...each, ms: index * 6000 }))),
      ["warning slow"],
    ],
    ["a final dot", delegated(serving('{"m.server":"matrix.example.com.:443"}')), ["error trailing-dot"]],
    ["one redirect", delegated(redirecting([URL_OF_FILE, `https://www.example.com${path}`])), ["info redirected"]],
    [
      "4 redirects",
      delegated(redirecting([URL_OF_FILE, ...["a", "b", "c", "d"].map((each) => `https://${each}.example.com${path}`)])),
      ["info redirected"],
    ],
    [
      "5 redirects",
      delegated(redirecting([URL_OF_FILE, ...["a", "b", "c", "d", "e"].map((each) => `https://${each}.example.com${path}`)])),
      ["warning redirected"],
    ],
    ["a 308", delegated(redirecting([URL_OF_FILE, `https://www.example.com${path}`], file(VALID), 308)), ["warning redirected"]],
    ["a redirect to another path", delegated(redirecting([URL_OF_FILE, "https://www.example.com/matrix.json"])), ["info redirected"]],
    [
      "a hop through http:",
      delegated(redirecting([URL_OF_FILE, `http://www.example.com${path}`])),
      ["warning redirect-insecure", "info redirected"],
    ],
    [
      "a certificate with 13 days left",
      delegated(
        both({ ...file(VALID), tls: done(tls({ notAfter: "2026-06-15T11:00:00.000Z" })) }).map((each) => ({
          ...each,
          reading: file(VALID).reading,
        })),
      ),
      ["warning certificate-expiring"],
    ],
    [
      "a certificate with 14 days left",
      delegated(
        both({ ...file(VALID), tls: done(tls({ notAfter: "2026-06-15T13:00:00.000Z" })) }).map((each) => ({
          ...each,
          reading: file(VALID).reading,
        })),
      ),
      [],
    ],
    [
      "an expiring certificate without a file",
      fine(both({ response: done(http(404)), tls: done(tls({ notAfter: "2026-06-02T12:00:00.000Z" })) })),
      ["info not-found"],
    ],
    ["another case of the value at one address", delegated([serving(VALID)[0]!, serving('{"m.server":"MATRIX.example.com:443"}')[1]!]), []],
    ["another value at one address", delegated([serving(VALID)[0]!, serving('{"m.server":"old.example.com:443"}')[1]!]), ["error split"]],
    ["an invalid value at one address", delegated([serving(VALID)[0]!, serving('{"m.server":"https://old"}')[1]!]), ["error split"]],
    [
      "a 404 and a refused connection beside it",
      delegated([serving(VALID)[0]!, status(404)[1]!, at("198.51.100.1", [{ tcp: failed("refused"), tls: blocked() }])]),
      ["error split", "warning address-failed"],
    ],
    [
      "an address family that this machine hasn't",
      delegated([serving(VALID)[0]!, at(V6, [{ tcp: untested(), tls: untested(), response: untested() }])]),
      [],
    ],
  ];
  for (const [what, facts, expected] of cases) {
    said(`a valid file: ${what}`, () => textOf(facts));
    it(`${what}: ${expected.join(", ") || "nothing"}`, () => assert.deepEqual(codes(facts), expected));
  }

  it("gets one note on caching", () => {
    const found = only(healthy(), "cache");
    assert.equal(found.severity, "info");
    assert.match(
      found.detail,
      /^No Cache-Control\. Homeservers keep the file for: Synapse 21\.6 h to 26\.4 h, Dendrite until every target fails, .*conduwuit 18 h to 36 h/,
    );
    assert.match(
      only(delegated(serving(VALID, { headers: { "content-type": "application/json", "cache-control": "max-age=60" } })), "cache").detail,
      /Synapse 5 min/,
    );
  });

  it("affects whose walks go wrong by it", () => {
    const affects = (facts: Facts, name: string): unknown =>
      judgeAll(facts, { rules: wellKnownRules }).findings.find(({ code }) => code === `well-known/${name}`)?.affects;
    assert.deepEqual(affects(delegated(serving(padded(12_288))), "too-large"), ["conduwuit", "tuwunel"]);
    assert.deepEqual(affects(delegated(serving(padded(51_200))), "too-large"), ["Synapse", "conduwuit", "tuwunel"]);
    assert.deepEqual(affects(delegated(serving(VALID).map((each) => ({ ...each, ms: 12_000 }))), "slow"), [
      "conduwuit",
      "tuwunel",
      "continuwuity",
    ]);
    assert.deepEqual(affects(delegated(serving('{"m.server":"matrix.example.com.:443"}')), "trailing-dot"), ["Synapse"]);
    assert.ok(
      (affects(fine(serving('{"m.server":"https://matrix.example.com/"}')), "invalid-m-server") as string[]).includes("mautrix-go"),
    );
  });
});

describe("well-known/no-address", () => {
  const nobody = (overrides: Partial<HostFacts>, endpoints: EndpointFacts[] = []): Facts =>
    viaDefaultPort(endpoints, {
      wellKnown: wellKnown([]),
      hosts: [host("example.com", { a: answer([]), aaaa: answer([]), ...overrides })],
    });
  const cases: [what: string, facts: Facts, expected: string[]][] = [
    ["NODATA", nobody({}), ["error no-address"]],
    ["NXDOMAIN", nobody({ a: nxdomain(), aaaa: nxdomain() }), ["error no-address"]],
    ["a lookup that fails", nobody({ a: answer([], { rcode: "SERVFAIL" }) }), []],
    ["a lookup that this machine couldn't make", nobody({ a: untested("resolver"), aaaa: untested("resolver") }), []],
    ["only one family asked", nobody({ aaaa: notNeeded() }), []],
    ["a CNAME loop", nobody({ a: answer([], { loop: true }), aaaa: answer([], { loop: true }) }), []],
    ["an address", nobody({ a: addresses(V4) }), []],
    [
      "an SRV record that works",
      viaSrv([works()], { wellKnown: wellKnown([]), hosts: [host("example.com", { a: answer([]), aaaa: answer([]) })] }),
      ["info no-address"],
    ],
    [
      "an SRV record that fails",
      viaSrv([refuses()], { wellKnown: wellKnown([]), hosts: [host("example.com", { a: answer([]), aaaa: answer([]) })] }),
      ["error no-address"],
    ],
    ["an explicit port", healthy({ wellKnown: notNeeded(), hosts: [host("example.com", { a: answer([]), aaaa: answer([]) })] }), []],
  ];
  for (const [what, facts, expected] of cases) {
    said(`no-address: ${what}`, () => textOf(facts));
    it(`${what}: ${expected.join(", ") || "nothing"}`, () => assert.deepEqual(codes(facts), expected));
  }

  it("says nothing about a redirect to a host whose lookup fails", () => {
    const attempts = both({ response: done(http(301)) }, { url: "https://gone.example.com/.well-known/matrix/server", noAddress: true });
    const facts = broken(attempts);
    assert.deepEqual(
      codes({ ...facts, hosts: [...facts.hosts, host("gone.example.com", { a: answer([], { rcode: "SERVFAIL" }), aaaa: answer([]) })] }),
      [],
    );
  });
});

describe("well-known/points-to-self", () => {
  const self = (version: EndpointFacts["version"], attempts = serving('{"m.server":"example.com:443"}')): Facts =>
    healthy({
      wellKnown: wellKnown(attempts),
      route: route({ delegatedName: "example.com:443", hostHeader: "example.com:443", tlsName: "example.com" }),
      targets: [target({ host: "example.com", endpoints: [endpoint({ version, keys: done({ response: http(404), reading: null }) })] })],
    });
  const cases: [what: string, facts: Facts, expected: string[]][] = [
    ["a website's 404", self(done(badVersion(http(404)))), ["error points-to-self"]],
    ["a page for everything", self(done(badVersion(http(200, "<html>"), "HTML"))), ["error points-to-self"]],
    ["the homeserver", self(done(version())), []],
    ["the homeserver's own 404", self(done(badVersion(matrixError(404, "M_UNRECOGNIZED", "Unrecognized request")))), []],
    ["a backend that is down", self(done(badVersion(http(502)))), []],
    ["a filter", self(done(badVersion(http(403)))), []],
    // The keys' 404 is an answer too.
    ["no version, but a 404 for the keys", self(failed("timeout")), ["error points-to-self"]],
    ["another host", { ...self(done(badVersion(http(404)))), wellKnown: healthy().wellKnown }, []],
  ];
  for (const [what, facts, expected] of cases) {
    said(`points-to-self: ${what}`, () => textOf(facts));
    it(`${what}: ${expected.join(", ") || "nothing"}`, () => assert.deepEqual(codes(facts), expected));
  }
  it("nothing where no HTTP answer came", () => {
    const facts = self(failed("timeout"));
    assert.deepEqual(
      codes({ ...facts, targets: [target({ endpoints: [endpoint({ version: failed("timeout"), keys: failed("timeout") })] })] }),
      [],
    );
  });
});

describe("well-known/tls names all that is wrong with a certificate", () => {
  const detail = (tlsFacts: TlsFacts): string => only(broken(both({ tls: done(tlsFacts) })), "tls").detail;
  const leaf: Partial<CertificateFacts> = { dnsNames: ["example.com"], commonName: "example.com", subject: "CN=example.com" };
  const cases: [what: string, tlsFacts: TlsFacts, expected: RegExp[]][] = [
    [
      "name",
      tls({ dnsNames: ["www.example.com", "mail.example.com"] }),
      [/is for www\.example\.com and mail\.example\.com, not for example\.com/],
    ],
    ["expired", tls({ ...leaf, notAfter: "2026-05-29T12:00:00.000Z" }), [/the certificate expired on 2026-05-29, 3 days ago/]],
    ["not yet valid", tls({ ...leaf, notBefore: "2026-06-02T12:00:00.000Z" }), [/valid only from 2026-06-02 12:00 UTC on/]],
    [
      "expired intermediate",
      tls(leaf, { chain: [{ ...tls(leaf).chain[0] }, intermediate({ notAfter: "2026-05-01T00:00:00.000Z" })] }),
      [/the intermediate certificate "CN=R10.*" expired on 2026-05-01, 31 days ago/],
    ],
    ["incomplete chain", tlsAlone(leaf), [/the intermediate certificate that issued it \("CN=R10.*"\) isn't sent/]],
    ["self-signed", tlsAlone({ ...leaf, issuer: "CN=example.com", selfSigned: true, issuerUrls: [] }), [/the certificate is self-signed/]],
    ["unknown CA", tlsAlone({ ...leaf, issuer: "CN=House CA", issuerUrls: [] }), [/issuer "CN=House CA" isn't a trusted CA/]],
    [
      "a default",
      tlsAlone({
        dnsNames: [],
        commonName: "TRAEFIK DEFAULT CERT",
        subject: "CN=TRAEFIK DEFAULT CERT",
        issuer: "CN=TRAEFIK DEFAULT CERT",
        selfSigned: true,
        issuerUrls: [],
      }),
      [/presents the default certificate of Traefik/],
    ],
    [
      "name, date and chain",
      tlsAlone({ notAfter: "2026-05-29T12:00:00.000Z", dnsNames: ["www.example.com"] }),
      [/not for example\.com; /, /expired on 2026-05-29/, /isn't sent/],
    ],
    ["only in CN", tls({ commonName: "example.com", dnsNames: [] }), [/example\.com only in its CN/]],
    ["other", tls(leaf, { trust: trust({ verifyError: "CA_MD_TOO_WEAK" }) }), [/OpenSSL refuses the certificate: "CA_MD_TOO_WEAK"/]],
  ];
  for (const [what, tlsFacts, expected] of cases) {
    said(`tls: ${what}`, () => textOf(broken(both({ tls: done(tlsFacts) }))));
    it(what, () => expected.forEach((pattern) => assert.match(detail(tlsFacts), pattern)));
  }

  it("names the host of the redirect whose certificate it is", () => {
    const attempts = both(
      { response: done(http(301)) },
      { url: "https://www.example.com/.well-known/matrix/server", tls: done(tls({ dnsNames: ["example.com"] })) },
    );
    const found = only(broken(attempts), "tls");
    assert.match(found.detail, /is for example\.com, not for www\.example\.com/);
    assert.deepEqual(found.where, ["https://www.example.com/.well-known/matrix/server"]);
    assert.match(found.fix[0] ?? "", /certificate of a public CA that covers www\.example\.com\./);
  });
});

describe("evidence and fixes", () => {
  it("broken JSON that holds a server name is written out, and nothing hostile with it", () => {
    const fix = (body: string): string =>
      only(
        broken(
          status(200, body, {}).map((each) => ({ ...each, reading: { kind: "not-json", problem: "syntax", position: 9, message: "m" } })),
        ),
        "not-json",
      ).fix[0] ?? "";
    assert.match(fix('{"m.server": "matrix.example.com:443",}\n'), / to this:\n\{"m\.server": "matrix\.example\.com:443"\}$/);
    assert.match(fix("{'m.server': 'matrix.example.com:443'}"), / to this:\n\{"m\.server": "matrix\.example\.com:443"\}$/);
    assert.match(fix('{"m.server": "$(reboot)",}'), /^Correct the file at /);
  });

  it("a found target gets into the file, a hostile one doesn't, and neither does one that is known to be dead", () => {
    const noFile = (to: string): Facts =>
      viaSrv([refuses()], { wellKnown: wellKnown(status(404)), srv: [srv("_matrix-fed._tcp", "example.com", [srvRecord(to)])] });
    const dead = (to: string): Facts => ({ ...noFile(to), targets: [{ ...viaSrv([refuses()]).targets[0]!, host: to }] });
    const withTarget = (to: string): Facts => ({ ...dead(to), targets: dead(to).targets.map((target) => ({ ...target, endpoints: [] })) });
    assert.match(only(withTarget("hs1.host.example"), "not-found").fix[0] ?? "", /"m\.server": "hs1\.host\.example:8448"/);
    assert.doesNotMatch(only(withTarget("a';rm -rf'.example"), "not-found").fix[0] ?? "", /rm -rf/);
    assert.doesNotMatch(only(dead("hs1.host.example"), "not-found").fix[0] ?? "", /hs1\.host\.example/);
  });

  it("no file, and nothing is known to be wrong: no fix, with which nobody looked at the certificate", () => {
    const settings = { allowPrivate: false, minCertDays: 14, family: null, probe: false };
    const untried = [endpoint({ port: 8448, tcp: notNeeded(), tls: notNeeded(), version: notNeeded(), keys: notNeeded() })];
    assert.deepEqual(only(viaSrv(untried, { wellKnown: wellKnown(status(404)), settings }), "not-found").fix, []);
    assert.deepEqual(only(unknown(status(404)), "not-found").fix, []);
    assert.equal(only(broken(status(404)), "not-found").fix.length, 2);
  });

  it("the proxy that answers is advised in its own words", () => {
    const fixOf = (server: string): string => only(broken(status(404, "<html>", { headers: { server } })), "not-found").fix[0] ?? "";
    assert.match(fixOf("nginx/1.24.0"), /location = \/\.well-known\/matrix\/server \{/);
    assert.match(fixOf("Caddy"), /handle \/\.well-known\/matrix\/server \{/);
    assert.match(fixOf("Apache/2.4.57"), /Alias "\/\.well-known\/matrix\/server"/);
    assert.match(fixOf("something"), /mkdir -p \.well-known\/matrix/);
  });

  it("an invalid m.server: who fails, who falls back, and the corrected value", () => {
    const found = only(broken(serving('{"m.server":"https://matrix.example.com/"}')), "invalid-m-server");
    assert.match(
      found.detail,
      /Synapse, Dendrite, Conduit, continuwuity, mautrix-go and matrix-media-repo can't reach the server with it\. conduwuit and tuwunel act/,
    );
    assert.match(found.fix[0] ?? "", /\{"m\.server": "matrix\.example\.com:443"\}/);
    // Nobody tried what was meant, and what works is known.
    const beside = only(fine(serving('{"m.server":"https://matrix.example.com/"}')), "invalid-m-server");
    assert.match(beside.fix[0] ?? "", /\{"m\.server": "matrix\.example\.com:443"\}/);
    assert.match(beside.fix[1] ?? "", /\{"m\.server": "example\.com:8448"\}/);
  });

  it("JSON that breaks: where, and the first bytes", () => {
    assert.match(
      only(broken(serving('{"m.server":"a:443",}')), "not-json").detail,
      /breaks at character 21\. It begins with "\{"m\.server":"a:443",\}"/,
    );
    assert.match(only(broken(serving("<!doctype html><title>Sign in</title>")), "not-json").fix[0] ?? "", /from the login/);
    assert.match(only(broken(serving("<html>Nextcloud")), "not-json").detail, /probably Nextcloud/);
  });

  it("the client file: the host of its base URL is proposed", () => {
    assert.match(
      only(broken(serving('{"m.homeserver":{"base_url":"https://hs.example.com"}}')), "no-m-server").fix[0] ?? "",
      /"m\.server": "hs\.example\.com:443"/,
    );
    assert.match(
      only(broken(serving('{"m_server":"hs.example.com:8448"}')), "no-m-server").fix[0] ?? "",
      /"m\.server": "hs\.example\.com:8448"/,
    );
  });

  it("a timeout: which phase, after how long", () => {
    assert.match(
      only(broken(both({ tcp: failed("timeout", { ms: 10_000 }), tls: blocked() })), "timeout").detail,
      /no connection to port 443 of example\.com within 10\.0 s/,
    );
    assert.match(
      only(broken(both({ response: failed("timeout", { ms: 9_500 }) })), "timeout").detail,
      /no answer to the request from port 443 of example\.com within 9\.5 s/,
    );
  });

  it("split: which address says what", () => {
    const found = only(delegated([serving(VALID)[0]!, status(404)[1]!]), "split");
    assert.match(
      found.detail,
      new RegExp(`^\\[${V6}\\]:443 answers 404\\. But ${V4}:443 says m\\.server = "matrix\\.example\\.com:443"\\.`),
    );
    assert.deepEqual(found.where, [URL_OF_FILE, `[${V6}]:443`]);
  });
});

describe("what is advised to be published", () => {
  const all: ServeWith[] = ["nginx", "caddy", "apache", "haproxy", "traefik", "synapse", "static"];
  for (const using of all) {
    it(`${using}: holds the file that it is about`, () => {
      const text = serveWellKnown(using, "example.com", "matrix.example.com:8448");
      assert.ok(text.includes('{"m.server": "matrix.example.com:8448"}'), text);
      assert.ok(text.includes("example.com"));
    });
  }
  it("the file is what homeservers read", () => {
    for (const value of ["matrix.example.com:443", "[2001:db8::1]:8448", "hs.example"]) {
      assert.deepEqual(readWellKnown(Buffer.from(wellKnownFile(value))), { kind: "m.server", value });
      assert.ok(parseServerName(value).ok);
    }
  });
  it("Synapse announces only itself", () => {
    assert.match(serveWellKnown("synapse", "example.com", "example.com:443"), /^serve_server_wellknown: true$/m);
    assert.doesNotMatch(serveWellKnown("synapse", "example.com", "matrix.example.com:443"), /serve_server_wellknown/);
  });
  it("says when the target is an example only", () => {
    assert.match(publishAdvice("example.com", null, null), /with your homeserver's host and port in place of matrix\.example\.com:443/);
    assert.doesNotMatch(publishAdvice("example.com", "hs.example:443", null), /in place of/);
  });
});

describe("every rule about the well-known", () => {
  it("has a page, a specification and only severities that it declares", () => {
    for (const rule of wellKnownRules) {
      const lines = rule.explain.trim().split("\n").length;
      assert.ok(lines >= 9 && lines <= 40, `${rule.code}: ${lines} lines`);
      assert.match(rule.code, /^well-known\/[a-z-]+$/);
      assert.ok(rule.spec !== null);
    }
  });
});

describe("what is said, word for word", () => {
  const WWW = "https://www.example.com/.well-known/matrix/server";
  const from = (server: string): Partial<HttpFacts> => ({ headers: { server, "content-type": "text/html" } });
  const html = (title: string): WellKnownAttempt[] => serving(title, { headers: { "content-type": "text/html" } });
  const own = { commonName: "example.com", subject: "CN=example.com", dnsNames: ["example.com"] };
  /** The file is there, behind a certificate for which nobody reads it. */
  const behind = (outcome: TlsFacts, value = "hs.example.net:443", url = URL_OF_FILE): WellKnownAttempt[] =>
    both({ url, tls: done(outcome), response: done(http(200, `{"m.server":"${value}"}`)) });
  const tlsOf = (url: string, outcome: Outcome<TlsFacts>): WellKnownAttempt[] => both({ response: done(http(302)) }, { url, tls: outcome });
  const handshake = (...args: Parameters<typeof failed>): WellKnownAttempt[] => both({ tls: failed(...args) });
  const oneOf = (...others: WellKnownAttempt[]): Facts => delegated([serving(VALID)[0]!, ...others]);
  const withClues = (facts: Facts, clues: Partial<Clues>): Facts => ({
    ...facts,
    clues: {
      ...NO_CLUES,
      ...clues,
    },
  });
  const found = (overrides: Partial<FoundHomeserver> = {}): FoundHomeserver => ({
    host: "example.com",
    address: V4,
    port: 443,
    targetPort: 443,
    server: { name: "Synapse", version: "1.152.0" },
    keysName: "example.com",
    certificateGood: true,
    ...overrides,
  });
  const end = (notAfter: string, more: Partial<CertificateFacts> = {}): Outcome<TlsFacts> => done(tls({ ...own, notAfter, ...more }));
  const valid = (address: string, outcome: Outcome<TlsFacts>, url?: string): WellKnownAttempt =>
    at(
      address,
      [
        ...(url === undefined ? [] : [{ response: done(http(301)) }]),
        { ...(url === undefined ? {} : { url }), tls: outcome, ...file(VALID) },
      ],
      {
        reading: file(VALID).reading,
      },
    );
  const seven = (make: (address: string) => WellKnownAttempt): WellKnownAttempt[] =>
    [11, 12, 13, 14, 15, 16, 17].map((last) => make(`185.15.58.${last}`));
  const lost = (to: string, server = "", last: Outcome<HttpFacts> = done(http(200, "<!doctype html>"))): WellKnownAttempt[] => {
    const body = last.status === "done" && last.value.status === 200 ? readWellKnown(Buffer.from(last.value.excerpt)) : null;
    return [V4, V6].map((address) =>
      at(address, [{ response: done(http(302, "", from(server))) }, { url: to, response: last }], { reading: body }),
    );
  };
  const agents = (others: [userAgent: string, status: number][], alike: string[], first: number): WellKnownAttempt[] =>
    status(first, first === 200 ? VALID : "<html>").map((each) => ({
      ...each,
      reading: first === 200 ? readWellKnown(Buffer.from(VALID)) : null,
      hops: each.hops.map((hopOf) => ({
        ...hopOf,
        alike,
        others: others.map(([userAgent, code]) => ({
          userAgent,
          response: done(http(code, code === 200 ? VALID : "<html>")),
          reading: code === 200 ? readWellKnown(Buffer.from(VALID)) : null,
        })),
      })),
    }));
  const { go, continuwuity, none } = USER_AGENTS;

  const situations: Record<string, Facts> = {
    "status 206": broken(status(206, VALID)),
    "status 300": broken(status(300)),
    "status 399": broken(status(399)),
    "status 400 of a server behind the proxy that wants TLS": broken(
      status(400, "<center>The plain HTTP request was sent to HTTPS port</center>", from("nginx")),
    ),
    "status 421, behind Apache": broken(status(421, "<html>", from("Apache"))),
    "status 421 over IPv4, 422 over IPv6": broken([status(421)[0]!, status(422)[1]!]),
    "status 405, of a storage service": broken(status(405, "<Error><Code>MethodNotAllowed</Code>", { headers: { server: "AmazonS3" } })),

    "a page of WordPress": broken(html('<!doctype html><link href="/wp-content/a.css">')),
    "a page of an application": broken(html('<!doctype html><div id="root"></div>')),
    "a page of Element": broken(html("<html><title>Element</title>")),
    "a page of Jekyll, behind nginx": broken(serving("<!doctype html><meta content='Jekyll v4'>", from("nginx"))),
    "a login page": broken(html("<!doctype html><title>Authelia</title>")),
    "another page": broken(html("<!doctype html><p>Hello")),
    "no HTTP, and nothing is known of it": broken(both({ response: failed("not-http", { message: "no HTTP response" }) })),
    "bytes that are no UTF-8": broken(serving(Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d]))),
    "a byte order mark at the end of a redirect": broken(redirecting([URL_OF_FILE, WWW], file(`\ufeff${VALID}`))),
    "something after the file": broken(serving(`${VALID}\n<!-- cached -->`)),
    "single quotes": broken(serving("{'m.server': 'matrix.example.com:443'}")),
    "single quotes around what is no server name": broken(serving("{'m.server': 'https://x'}")),
    "a comment": broken(serving('{ // ours\n"m.server": "matrix.example.com:443"}')),
    "nothing, at one of two addresses": broken([serving("")[0]!, serving("<html>")[1]!]),

    "an empty object": broken(serving("{}")),
    "a list": broken(serving("[]")),
    "a number as m.server": broken(serving('{"m.server":8448}')),
    "an empty m.server": broken(serving('{"m.server":""}')),
    "other keys": broken(serving('{"a":1,"b":2}')),
    "a misspelt key": broken(serving('{"m_server":"hs.example.com:8448"}')),
    "a misspelt key with what is no server name": broken(serving('{"m_server":"https://hs.example.com"}')),
    "a misspelt key, and a homeserver was found elsewhere": withClues(broken(serving('{"m_server":"hs.example.com:8448"}')), {
      homeservers: { tried: [], found: [found({ host: "matrix.example.com" })] },
    }),
    "a misspelt key, and none was found there": withClues(broken(serving('{"m_server":"hs.example.com:8448"}')), {
      homeservers: { tried: ["hs.example.com:8448"], found: [] },
    }),
    "the client file": broken(serving('{"m.homeserver":{"base_url":"https://hs.example.com"}}')),
    "the client file with a port": broken(serving('{"m.homeserver":{"base_url":"https://hs.example.com:8443/x"}}')),
    "the client file without https": broken(serving('{"m.homeserver":{"base_url":"http://hs.example.com"}}')),
    "the client file without a URL": broken(serving('{"m.homeserver":{"base_url":"hs"}}')),
    "the client file with a host that is no server name": broken(serving('{"m.homeserver":{"base_url":"https://a_b.example.com"}}')),

    "a bad certificate hides where it leads": broken(behind(tls({ dnsNames: ["www.example.com"] }))),
    "a bad certificate hides that it leads to the same place": broken(behind(tls({ dnsNames: ["www.example.com"] }), "Example.com")),
    "a bad certificate hides that it leads to another port": broken(behind(tls({ dnsNames: ["www.example.com"] }), "example.com:443")),
    "a bad certificate hides what is no server name": broken(behind(tls({ dnsNames: ["www.example.com"] }), "https://x")),
    "Let's Encrypt's staging environment": broken(
      both({ tls: done(tlsAlone({ ...own, issuer: "CN=(STAGING) Riddling Rhubarb R12, O=(STAGING) Let's Encrypt, C=US" })) }),
    ),
    "the same for another name": broken(
      both({
        tls: done(tlsAlone({ issuer: "CN=(STAGING) Riddling Rhubarb R12, O=(STAGING) Let's Encrypt, C=US", dnsNames: ["x.example"] })),
      }),
    ),
    "expired, behind Caddy": broken(both({ tls: end("2026-05-01T00:00:00.000Z"), response: done(http(404, "", from("Caddy"))) })),
    "an expired intermediate certificate": broken(
      both({ tls: done(tls(own, { chain: [certificate(own), intermediate({ notAfter: "2026-05-01T00:00:00.000Z" })] })) }),
    ),
    "not yet valid": broken(both({ tls: done(tls({ ...own, notBefore: "2026-07-01T00:00:00.000Z" })) })),
    "the intermediate certificate is missing": broken(both({ tls: done(tlsAlone(own)) })),
    "it is missing, and can be had": broken(
      both({
        tls: done(
          tlsAlone(own, {
            trust: trust({
              anchor: null,
              path: [0],
              verifyError: "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
              fetched: {
                certificates: [{ url: "http://r10.i.lencr.org/", certificate: intermediate() }],
                end: "trusted",
                anchor: "CN=ISRG Root X1",
              },
            }),
          }),
        ),
      }),
    ),
    "a redirect to a host that can't be printed, with a bad certificate": broken(tlsOf("https://a'b.example.com/x", done(tls(own)))),
    "a redirect to another port, with a bad certificate": broken(
      tlsOf("https://www.example.com:8443/.well-known/matrix/server", done(tls(own))),
    ),
    "a name that Synapse's check refuses": oneOf(valid(V6, done(tls({ ...own, dnsNames: ["example.com", "*"] })))),
    "a wildcard for an A-label, at a redirect, without a route": {
      ...delegated([valid(V4, done(tls({ dnsNames: ["*.example.com"] })), "https://xn--bcher-kva.example.com/x")]),
      route: null,
    },
    "the same, where there is no file for anybody": fine(
      both({ tls: done(tls({ ...own, dnsNames: ["example.com", "*"] })), response: done(http(404)) }),
    ),
    "plain HTTP": broken(handshake("plain-http", { excerpt: "HTTP/1.1 400 Bad Request" })),
    "plain HTTP at a redirect's host that can't be printed": broken(tlsOf("https://a'b.example.com/x", failed("plain-http"))),
    SSH: broken(handshake("not-tls", { excerpt: "SSH-2.0-OpenSSH" })),
    internal_error: broken(handshake("tls-alert", { alert: "internal_error" })),
    "internal_error at a host that can't be printed": broken(
      tlsOf("https://a'b.example.com/x", failed("tls-alert", { alert: "internal_error" })),
    ),
    "internal_error, and nginx answers elsewhere there": broken([
      ...status(404, "<html>", from("nginx")).slice(0, 1),
      ...handshake("tls-alert", { alert: "internal_error" }).slice(0, 1),
    ]),
    "internal_error, and Caddy answers elsewhere there": broken([
      ...status(404, "<html>", from("Caddy")).slice(0, 1),
      ...handshake("tls-alert", { alert: "internal_error" }).slice(0, 1),
    ]),
    handshake_failure: broken(handshake("tls-alert", { alert: "handshake_failure" })),
    protocol_version: broken(handshake("tls-alert", { alert: "protocol_version" })),
    "an alert without a name": broken(handshake("tls-alert", { message: "alert 255" })),
    "the handshake is reset": broken(handshake("reset")),
    "the handshake is closed": broken(handshake("closed")),
    "the handshake fails in another way": broken(handshake("tls", { message: "wrong signature type" })),
    "a client certificate is demanded": broken(
      handshake("tls-alert", { alert: "certificate_required", asksClientCertificate: true, message: "alert 116" }),
    ),

    "split: an invalid name": oneOf(serving('{"m.server":"https://x"}')[1]!),
    "split: a redirect to a 404": oneOf(redirecting([URL_OF_FILE, WWW], { response: done(http(404)), reading: null })[1]!),
    "split: a 500 over IPv4": delegated([serving(VALID)[1]!, status(500)[0]!]),
    "split: another key": oneOf(serving("{}")[1]!),
    "split: a web page": oneOf(serving("<html>")[1]!),
    "split: broken JSON": oneOf(serving("{")[1]!),
    "split: a bad certificate": oneOf(both({ tls: done(tls({ dnsNames: ["x.example"] })) })[1]!),
    "split: a handshake that fails": oneOf(both({ tls: failed("closed", { message: "closed by the server" }) })[1]!),
    "split: a loop": oneOf({ ...redirecting([URL_OF_FILE, WWW], { response: done(http(302)), reading: null })[1]!, stopped: "loop" }),
    "split: another scheme": oneOf({ ...redirecting([URL_OF_FILE], { response: done(http(302)), reading: null })[1]!, stopped: "scheme" }),
    "split: too many bytes": oneOf(both({ response: failed("too-large") })[1]!),
    "split: a host without an address": oneOf(both({ response: done(http(301)) }, { url: WWW, noAddress: true })[1]!),
    "split: no HTTP": oneOf(both({ response: failed("not-http") })[1]!),
    "split: seven differ, two agree, behind nginx": delegated([
      ...serving(VALID, from("nginx")),
      ...seven((address) => at(address, [{ response: done(http(404)) }])),
    ]),
    "split: over both families": oneOf(
      at("2a02:ec80:300::11", [{ response: done(http(404)) }]),
      at("185.15.58.11", [{ response: done(http(404)) }]),
    ),
    "split: through a redirect": delegated([...redirecting([URL_OF_FILE, WWW]).slice(0, 1), ...status(404).slice(1)]),

    "no connection in time": broken(both({ tcp: failed("timeout", { ms: 10_000 }), tls: blocked() })),
    "no handshake in time, at a redirect": broken(tlsOf(WWW, failed("timeout", { ms: 9000 }))),
    "no answer in time": broken(
      both({ response: failed("timeout", { ms: 9000, message: "no answer in 9 s, though the status 200 came, but late" }) }),
    ),
    "a body that stalls": fine(both({ response: failed("timeout", { ms: 9000, afterStatus: 200 }) })),
    "a body that stalls, in old evidence": fine(
      both({ response: failed("timeout", { ms: 9000, message: "status 200 came, but no body in 9 s" }) }),
    ),
    "a body that stalls at one address, no connection to the other": broken([
      both({ response: failed("timeout", { ms: 9000, afterStatus: 200 }) })[0]!,
      both({ tcp: failed("timeout", { ms: 10_000 }), tls: blocked() })[1]!,
    ]),

    "the certificate ends in 1 day": delegated([valid(V4, end("2026-06-02T13:00:00.000Z")), valid(V6, end("2026-06-02T13:00:00.000Z"))]),
    "the certificate ends today": delegated([valid(V4, end("2026-06-01T13:00:00.000Z"))]),
    "the certificate ends in 2 days, at one address": delegated([
      valid(V4, end("2026-06-03T13:00:00.000Z", { sha256: "cc".repeat(32) })),
      valid(V6, end("2026-07-30T00:00:00.000Z")),
    ]),
    "an intermediate certificate ends in 3 days, at the redirect's host": delegated([
      valid(
        V4,
        done(
          tls(
            { dnsNames: ["www.example.com"] },
            { chain: [certificate({ dnsNames: ["www.example.com"] }), intermediate({ notAfter: "2026-06-04T13:00:00.000Z" })] },
          ),
        ),
        WWW,
      ),
    ]),
    "an intermediate certificate that isn't needed ends in 3 days": delegated([
      valid(
        V4,
        done(
          tls(own, {
            chain: [certificate(own), intermediate(), intermediate({ sha256: "cc", notAfter: "2026-06-04T13:00:00.000Z" })],
            trust: trust({ path: [0, 1] }),
          }),
        ),
      ),
    ]),
    "the path names a certificate that wasn't sent": delegated([
      valid(V4, done(tls({ ...own, notAfter: "2026-06-03T13:00:00.000Z" }, { trust: trust({ path: [0, 1, 7] }) }))),
    ]),

    "redirected to a start page, by nginx": broken(lost("https://www.example.com/", "nginx")),
    "redirected to a start page, by Apache": broken(lost("https://www.example.com/", "Apache")),
    "redirected to a start page, by LiteSpeed": broken(lost("https://www.example.com/", "LiteSpeed")),
    "redirected to a start page, by Caddy": broken(lost("https://www.example.com/", "Caddy")),
    "redirected to a start page, by HAProxy's words": broken(lost("https://www.example.com/")),
    "redirected to a start page on the same host": broken(lost("https://example.com/")),
    "redirected to a 404": broken(lost("https://www.example.com/en/", "", done(http(404)))),
    "redirected to a login, by nginx": broken(lost("https://auth.example.com/login?rd=https://example.com/", "nginx")),
    "redirected to a login": broken(lost("https://auth.example.com/?rd=https%3A%2F%2Fexample.com%2F")),
    "redirected to a page that is a login": broken(lost("https://www.example.com/x", "", done(http(200, "<html><title>Authelia</title>")))),
    "redirected to another scheme": broken(
      both({ response: done(http(302)) }).map((each) => ({
        ...each,
        stopped: "scheme",
        hops: each.hops.map((one) => ({ ...one, location: "ftp://example.com/" })),
      })),
    ),
    "redirected to an empty page": broken(lost("https://www.example.com/", "", done(http(200, "")))),

    "no address, and the name begins with matrix": {
      ...viaDefaultPort([], { wellKnown: notNeeded(), hosts: [host("matrix.example.com", { a: addresses(), aaaa: nxdomain() })] }),
      serverName: "matrix.example.com",
      wellKnown: blocked(),
    },
    "no address, and an SRV record that works": viaSrv([works()], {
      wellKnown: wellKnown([]),
      hosts: [host("example.com", { a: addresses(), aaaa: addresses() })],
    }),
    "no address, and it can't be said where homeservers go on": healthy({
      wellKnown: wellKnown([]),
      route: null,
      targets: [],
      hosts: [host("example.com", { a: addresses(), aaaa: addresses() })],
    }),
    "a redirect to a host without an address, by what DNS said": {
      ...broken(both({ response: done(http(301)) }, { url: "https://gone.example.com/x", noAddress: true })),
      hosts: [host("example.com"), host("gone.example.com", { a: nxdomain(), aaaa: nxdomain() })],
    },
    "a redirect to a host without an address, where one answer is missing": {
      ...broken(both({ response: done(http(301)) }, { url: "https://gone.example.com/x", noAddress: true })),
      hosts: [host("example.com"), host("gone.example.com", { a: addresses(), aaaa: untested("deadline") })],
    },

    "Synapse's User-Agent is refused, Go's isn't": fine(
      agents(
        [
          [go, 200],
          [none, 200],
        ],
        [continuwuity],
        403,
      ),
    ),
    "Go's User-Agent is refused, Synapse's isn't": delegated(agents([[go, 403]], [continuwuity, none], 200)),
    "Go's and nobody's are refused, at one address": delegated([
      agents(
        [
          [go, 403],
          [none, 503],
        ],
        [continuwuity],
        200,
      )[0]!,
      serving(VALID)[1]!,
    ]),
    "homeservers' User-Agents are refused, a browser's isn't": withClues(fine(status(403)), {
      browser: { url: URL_OF_FILE, response: done(http(200, VALID)), readable: true },
    }),
    "homeservers get a 503, a browser the file": withClues(broken(status(503)), {
      browser: { url: URL_OF_FILE, response: done(http(200, VALID)), readable: true },
    }),
    "all are refused": fine(agents([[go, 403]], [none], 403)),

    "one address refuses, one is unreachable, one resets, one is silent": oneOf(
      at("185.15.58.11", [{ tcp: failed("refused"), tls: blocked() }]),
      at("2a02:ec80:300::11", [{ tcp: failed("unreachable"), tls: blocked() }]),
      at("185.15.58.12", [{ response: failed("reset") }]),
      at("185.15.58.13", [{ tcp: failed("timeout"), tls: blocked() }], { ms: 10_000 }),
    ),
    "one address redirects to a host that refuses": oneOf(
      both({ response: done(http(301)) }, { url: WWW, tcp: failed("refused"), tls: blocked() })[1]!,
    ),
    "one address redirects to a host that is silent": oneOf({
      ...both({ response: done(http(301)) }, { url: WWW, tcp: failed("timeout"), tls: blocked() })[1]!,
      ms: 10_000,
    }),
    "seven addresses refuse": oneOf(...seven((address) => at(address, [{ tcp: failed("refused"), tls: blocked() }]))),

    "401": broken(status(401)),
    "403 at a login": broken(status(403, "<html><title>Authelia</title>")),
    "429, behind Caddy": broken(status(429, "", from("Caddy"))),
    "403 over IPv4, 401 over IPv6": broken([status(403)[0]!, status(401)[1]!]),

    "text/plain, by nginx": delegated(serving(VALID, { headers: { "content-type": "text/plain; charset=utf-8", server: "nginx" } })),
    "text/plain, by Apache": delegated(serving(VALID, { headers: { "content-type": "TEXT/plain", server: "Apache" } })),
    "text/plain, by LiteSpeed": delegated(serving(VALID, { headers: { "content-type": "text/plain", server: "LiteSpeed" } })),
    "text/plain, by Caddy": delegated(serving(VALID, { headers: { "content-type": " text/plain ", server: "Caddy" } })),
    "no Content-Type": delegated(serving(VALID, { headers: {} })),
    "no Content-Type over IPv4, text/html over IPv6": delegated([
      serving(VALID, { headers: {} })[0]!,
      serving(VALID, { headers: { "content-type": "text/html" } })[1]!,
    ]),

    "Synapse's header": broken(status(404, "<html>", { headers: { server: "Synapse/1.152.0" } })),
    "Synapse's words": broken(status(404, " 404. Is anything ever truly *well* known?\n")),
    "a Synapse beside it": withClues(broken(status(404)), { homeservers: { tried: [], found: [found()] } }),
    "a Synapse of another name beside it": withClues(broken(status(404)), {
      homeservers: { tried: [], found: [found({ keysName: "example.org" })] },
    }),
    "a Dendrite beside it": withClues(broken(status(404)), {
      homeservers: { tried: [], found: [found({ server: { name: "Dendrite", version: "0.13" } })] },
    }),
    "a Synapse at another port": withClues(broken(status(404)), { homeservers: { tried: [], found: [found({ targetPort: 8443 })] } }),

    "M.Server, and 8448 works": fine(serving('{"M.Server":"matrix.example.com:443"}')),
    "M.Server with what is no server name, and 8448 works": fine(serving('{"M.Server":"https://x"}')),
    "M.Server over IPv4, m.SERVER over IPv6": fine([serving('{"M.Server":"a.example:1"}')[0]!, serving('{"m.SERVER":"a.example:1"}')[1]!]),
    "m.server twice": delegated(serving('{"m.server":"a.example:1","m.server":"matrix.example.com:443"}')),
    "m.server twice over IPv6": delegated([
      serving(VALID)[0]!,
      serving('{"m.server":"a.example:1","m.server":"matrix.example.com:443"}')[1]!,
    ]),
    "a final dot": delegated(serving('{"m.server":"matrix.example.com.:443"}')),

    "one redirect": delegated(redirecting([URL_OF_FILE, WWW])),
    "five redirects": delegated(redirecting([URL_OF_FILE, ...["a", "b", "c", "d", "e"].map((each) => `https://${each}.example.com/x`)])),
    "a 308": delegated(redirecting([URL_OF_FILE, WWW], file(VALID), 308)),
    "five redirects with 308": delegated(
      redirecting([URL_OF_FILE, ...["a", "b", "c", "d", "e"].map((each) => `https://${each}.example.com/x`)], file(VALID), 308),
    ),
    "a hop through http": delegated(redirecting([URL_OF_FILE, "http://www.example.com/x", WWW])),

    "500": broken(status(500)),
    "502, behind nginx": broken(status(502, "<html>", from("nginx"))),
    "522 of Cloudflare": broken(status(522, "error code: 522", { headers: { server: "cloudflare", "cf-ray": "x" } })),
    "500 over IPv4, 503 over IPv6": broken([status(500)[0]!, status(503)[1]!]),

    "slow: 6 s": delegated(serving(VALID).map((each) => ({ ...each, ms: 6000 }))),
    "slow: 11 s": delegated(serving(VALID).map((each) => ({ ...each, ms: 11_000 }))),
    "slow: 31 s, through a redirect": delegated(redirecting([URL_OF_FILE, WWW]).map((each) => ({ ...each, ms: 31_000 }))),
    "slow: 61 s, through two redirects": delegated(
      redirecting([URL_OF_FILE, WWW, "https://c.example.com/x"]).map((each) => ({ ...each, ms: 61_000 })),
    ),
    "kept for a minute": delegated(serving(VALID, { headers: { "content-type": "application/json", "cache-control": "max-age=60" } })),
    "not kept": delegated(serving(VALID, { headers: { "content-type": "application/json", "cache-control": "no-store" } })),
    "kept until a date": delegated(
      serving(VALID, {
        headers: { "content-type": "application/json", date: "Mon, 01 Jun 2026 12:00:00 GMT", expires: "Mon, 01 Jun 2026 14:00:00 GMT" },
      }),
    ),
    "kept for 2 hours over IPv4, not over IPv6": delegated([
      serving(VALID, { headers: { "content-type": "application/json", "cache-control": "max-age=7200" } })[0]!,
      serving(VALID, { headers: { "content-type": "application/json", "cache-control": "no-store" } })[1]!,
    ]),
    refused: broken(both({ tcp: failed("refused"), tls: blocked() })),
    "unreachable over IPv4, reset over IPv6": broken([
      both({ tcp: failed("unreachable"), tls: blocked() })[0]!,
      both({ response: failed("reset") })[1]!,
    ]),
    "an address in m.server": delegated(serving('{"m.server":"2001:db8::1"}')),
  };
  for (const [title, facts] of Object.entries(situations)) {
    const isCache = /^(not )?kept/.test(title);
    said(`in words: ${title}`, () => saidOf(facts, isCache ? [] : ["well-known/cache"], "well-known/"));
  }
});
