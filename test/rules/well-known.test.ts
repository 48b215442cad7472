/** The rules about the well-known file: what the addresses answer → which findings, and no others. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { publishAdvice, serveWellKnown, wellKnownFile, type ServeWith } from "../../src/advice/well-known.ts";
import type {
  CertificateFacts,
  EndpointFacts,
  Facts,
  Hop,
  HostFacts,
  HttpFacts,
  Outcome,
  TlsFacts,
  WellKnownAttempt,
  WellKnownReading,
} from "../../src/facts/facts.ts";
import { parseServerName } from "../../src/matrix/server-name.ts";
import { readWellKnown } from "../../src/matrix/well-known.ts";
import { judge as judgeAll } from "../../src/rules/judge.ts";
import type { Found } from "../../src/rules/rule.ts";
import { wellKnownRules } from "../../src/rules/well-known/index.ts";
import {
  addresses,
  answer,
  attempt,
  badVersion,
  blocked,
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
    it(`${what}: ${expected.join(", ")}`, () => {
      assert.deepEqual(
        [broken(attempts), fine(attempts), unknown(attempts)].map(codes),
        expected.map((each) => [each]),
      );
    });
    it(`${what}: is not spoken about beside an address that gives the file`, () => {
      const facts = delegated([at("198.51.100.1", [{ response: file(VALID).response }], { reading: file(VALID).reading }), ...attempts]);
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
    assert.deepEqual(codes(mixed), ["error not-found", "error unreachable"]);
    assert.deepEqual(only(mixed, "not-found").where, [URL_OF_FILE, `${V4}:443`]);
    assert.deepEqual(only(mixed, "unreachable").where, [URL_OF_FILE, `[${V6}]:443`]);
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
    ["one slow address that doesn't decide", delegated(serving(VALID).map((each, index) => ({ ...each, ms: index * 6000 }))), []],
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
  for (const [what, facts, expected] of cases)
    it(`${what}: ${expected.join(", ") || "nothing"}`, () => assert.deepEqual(codes(facts), expected));

  it("gets one note on caching", () => {
    const found = only(healthy(), "cache");
    assert.equal(found.severity, "info");
    assert.match(
      found.detail,
      /^No Cache-Control: the file is kept by Synapse 21\.6 h to 26\.4 h, Dendrite until every target fails, .*conduwuit 18 h to 36 h/,
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
  for (const [what, facts, expected] of cases)
    it(`${what}: ${expected.join(", ") || "nothing"}`, () => assert.deepEqual(codes(facts), expected));

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
  for (const [what, facts, expected] of cases)
    it(`${what}: ${expected.join(", ") || "nothing"}`, () => assert.deepEqual(codes(facts), expected));
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
    ["unknown CA", tlsAlone({ ...leaf, issuer: "CN=House CA", issuerUrls: [] }), [/issuer "CN=House CA" is no CA that is trusted/]],
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
  for (const [what, tlsFacts, expected] of cases) it(what, () => expected.forEach((pattern) => assert.match(detail(tlsFacts), pattern)));

  it("names the host of the redirect whose certificate it is", () => {
    const attempts = both(
      { response: done(http(301)) },
      { url: "https://www.example.com/.well-known/matrix/server", tls: done(tls({ dnsNames: ["example.com"] })) },
    );
    const found = only(broken(attempts), "tls");
    assert.match(found.detail, /is for example\.com, not for www\.example\.com/);
    assert.deepEqual(found.where, ["https://www.example.com/.well-known/matrix/server"]);
    assert.match(found.fix[0] ?? "", /certificate of a public CA that covers www\.example\.com,/);
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
    assert.match(fix('{"m.server": "matrix.example.com:443",}\n'), / say:\n\{"m\.server": "matrix\.example\.com:443"\}$/);
    assert.match(fix("{'m.server': 'matrix.example.com:443'}"), / say:\n\{"m\.server": "matrix\.example\.com:443"\}$/);
    assert.match(fix('{"m.server": "$(reboot)",}'), /^Correct the file behind /);
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

  it("the proxy that answers is advised in its own words", () => {
    const fixOf = (server: string): string => only(broken(status(404, "<html>", { headers: { server } })), "not-found").fix[0] ?? "";
    assert.match(fixOf("nginx/1.24.0"), /location = \/\.well-known\/matrix\/server \{/);
    assert.match(fixOf("Caddy"), /handle \/\.well-known\/matrix\/server \{/);
    assert.match(fixOf("Apache/2.4.57"), /Alias "\/\.well-known\/matrix\/server"/);
    assert.match(fixOf("something"), /mkdir -p \.well-known\/matrix/);
  });

  it("an invalid m.server: who fails, who falls back, and the corrected value", () => {
    const found = only(fine(serving('{"m.server":"https://matrix.example.com/"}')), "invalid-m-server");
    assert.match(
      found.detail,
      /Synapse, Dendrite, Conduit, continuwuity, mautrix-go and matrix-media-repo can't reach the server with it\. conduwuit and tuwunel go on/,
    );
    assert.match(found.fix[0] ?? "", /\{"m\.server": "matrix\.example\.com:443"\}/);
  });

  it("JSON that breaks: where, and the first bytes", () => {
    assert.match(
      only(broken(serving('{"m.server":"a:443",}')), "not-json").detail,
      /breaks at character 21\. It begins with "\{"m\.server":"a:443",\}"/,
    );
    assert.match(only(broken(serving("<!doctype html><title>Sign in</title>")), "not-json").fix[0] ?? "", /from the login/);
    assert.match(only(broken(serving("<html>Nextcloud")), "not-json").detail, /Nextcloud, by its looks/);
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
