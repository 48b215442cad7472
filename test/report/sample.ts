/** Reports made by hand: the example of the documentation, a healthy server, and one whose every string is an attack. */
import type { CertificateFacts, DnsAnswer, EndpointFacts, Facts, HttpFacts, Outcome, TlsFacts } from "../../src/facts/facts.ts";
import type { Finding, Output, Report, Step, StepId } from "../../src/facts/output.ts";

export const done = <T>(value: T, ms = 12): Outcome<T> => ({ status: "done", value, ms });
const notNeeded = { status: "skipped", because: "not-needed", note: "not needed: the version answered" } as const;

export function finding(code: string, more: Partial<Finding> = {}): Finding {
  return {
    code,
    severity: "error",
    step: "tls",
    title: `Title of ${code}`,
    detail: `Detail of ${code}.`,
    fix: [],
    spec: null,
    where: [],
    affects: "all",
    causedBy: null,
    ...more,
  };
}

function step(id: StepId, status: Step["status"], detail: string, durationMs: number): Step {
  return { id, status, detail, durationMs };
}

function certificate(names: string[]): CertificateFacts {
  return {
    subject: `CN=${names[0]}`,
    commonName: names[0] ?? null,
    issuer: "CN=R11, O=Let's Encrypt, C=US",
    dnsNames: names,
    ipAddresses: [],
    notBefore: "2026-09-01T00:00:00.000Z",
    notAfter: "2026-11-30T00:00:00.000Z",
    sha256: "ab".repeat(32),
    selfSigned: false,
    isCa: false,
    issuerUrls: ["http://r11.i.lencr.org/"],
  };
}

function tls(names: string[]): TlsFacts {
  return {
    protocol: "TLSv1.3",
    cipher: "TLS_AES_256_GCM_SHA384",
    chain: [certificate(names), certificate(["R11"])],
    trust: { anchor: "CN=ISRG Root X1", path: [0, 1], strays: [], inOrder: true, verifyError: null },
  };
}

function http(excerpt: string): HttpFacts {
  return {
    status: 200,
    headers: { "content-type": "application/json", server: "nginx" },
    bodyBytes: excerpt.length,
    truncated: false,
    excerpt,
    matrixError: null,
  };
}

function answer<R>(records: R[]): DnsAnswer<R> {
  return {
    rcode: "NOERROR",
    resolver: "192.0.2.53:53",
    transport: "udp",
    authenticated: true,
    chain: [],
    loop: false,
    records,
    ttl: 300,
    negativeTtl: null,
    extendedErrors: [],
    checkingDisabled: null,
  };
}

function endpoint(address: string, family: 4 | 6, names: string[]): EndpointFacts {
  return {
    address,
    family,
    port: 8448,
    tcp: done({ localAddress: "198.51.100.1:40000" }),
    tls: done(tls(names)),
    version: done(
      {
        response: http('{"server":{"name":"Synapse","version":"1.152.0"}}'),
        server: { name: "Synapse", version: "1.152.0" },
        problem: null,
      },
      48,
    ),
    keys: done(
      {
        response: http("{}"),
        reading: {
          kind: "keys",
          serverName: "example.com",
          validUntil: Date.parse("2026-11-30T12:00:00Z"),
          verifyKeys: [{ id: "ed25519:a_Xy12", problem: null, signature: "valid" }],
          oldKeyIds: ["ed25519:old"],
        },
      },
      51,
    ),
    encodedPath: done({ ...http(""), status: 401, matrixError: { errcode: "M_UNAUTHORIZED", error: "Missing Authorization header" } }),
    hostPort: done(http("{}")),
    olderTls: done({ protocol: "TLSv1.2" }),
    alpn: notNeeded,
  };
}

function facts(names: string[]): Facts {
  return {
    serverName: "example.com",
    startedAt: "2026-10-01T12:00:00.000Z",
    durationMs: 260,
    settings: { allowPrivate: false, minCertDays: 14, family: null, probe: true },
    wellKnown: done(
      {
        url: "https://example.com/.well-known/matrix/server",
        host: "example.com",
        attempts: [
          {
            address: "192.0.2.1",
            family: 4,
            port: 443,
            stopped: null,
            reading: { kind: "m.server", value: "matrix.example.com" },
            ms: 84,
            hops: [
              {
                url: "https://example.com/.well-known/matrix/server",
                host: "example.com",
                port: 443,
                location: null,
                connection: {
                  address: "192.0.2.1",
                  family: 4,
                  port: 443,
                  tcp: done({ localAddress: "198.51.100.1:40001" }),
                  tls: done(tls(["example.com"])),
                },
                response: done(http('{"m.server": "matrix.example.com"}')),
              },
            ],
          },
        ],
      },
      84,
    ),
    srv: [
      {
        service: "_matrix-fed._tcp",
        base: "matrix.example.com",
        role: "route",
        outcome: done(answer([{ priority: 10, weight: 5, port: 8448, target: "hs1.host.example", ttl: 300 }])),
      },
    ],
    hosts: [
      {
        host: "hs1.host.example",
        a: done({
          ...answer([{ address: "192.0.2.10", ttl: 300 }]),
          chain: [{ name: "hs1.host.example", target: "real.host.example", ttl: 60 }],
        }),
        aaaa: done(answer([{ address: "2001:db8::10", ttl: 300 }])),
      },
    ],
    route: {
      specStep: "3.3",
      via: "srv",
      delegatedName: "matrix.example.com",
      hostHeader: "matrix.example.com",
      tlsName: "matrix.example.com",
      tlsNameIsIp: false,
    },
    clues: null,
    targets: [
      {
        host: "hs1.host.example",
        port: 8448,
        srv: { service: "_matrix-fed._tcp", priority: 10, weight: 5 },
        overridden: false,
        endpoints: [endpoint("192.0.2.10", 4, names), endpoint("2001:db8::10", 6, names)],
      },
    ],
    timings: { wellKnown: 84, srv: 15, address: 12, probe: 150 },
  };
}

const NAME_IS_SRV_TARGET = finding("tls/name-is-srv-target", {
  title: "The certificate covers the SRV target but not the name that counts",
  detail: "The certificate covers hs1.host.example, the SRV target, but not matrix.example.com, which is the name that homeservers check.",
  fix: ["Issue a certificate that covers matrix.example.com, or", 'serve {"m.server": "hs1.host.example:8448"} instead of using SRV.'],
  where: ["192.0.2.10:8448", "[2001:db8::10]:8448"],
  spec: "https://spec.matrix.org/v1.16/server-server-api/#resolving-server-names",
});

/** The example of "Terminal report". */
export function example(): Report {
  return {
    serverName: "example.com",
    verdict: "fail",
    summary: "The certificate is not valid for matrix.example.com.",
    startedAt: "2026-10-01T12:00:00.000Z",
    durationMs: 260,
    route: {
      specStep: "3.3",
      via: "srv",
      delegatedName: "matrix.example.com",
      hostHeader: "matrix.example.com",
      tlsName: "matrix.example.com",
      targets: [
        {
          host: "hs1.host.example",
          port: 8448,
          srv: { service: "_matrix-fed._tcp", priority: 10, weight: 5 },
          endpoints: [
            {
              address: "192.0.2.10",
              family: 4,
              port: 8448,
              status: "failed",
              findings: ["tls/name-is-srv-target"],
              timings: { connectMs: 31 },
            },
            { address: "2001:db8::10", family: 6, port: 8448, status: "failed", findings: ["tls/name-is-srv-target"], timings: {} },
          ],
        },
      ],
    },
    steps: [
      step("name", "pass", "valid server name", 0),
      step("well-known", "pass", 'm.server = "matrix.example.com" (200, kept for 24 h)', 84),
      step("srv", "pass", "_matrix-fed._tcp → hs1.host.example:8448", 15),
      step("address", "pass", "192.0.2.10, 2001:db8::10", 12),
      step("connect", "pass", "2 of 2 addresses", 31),
      step("tls", "fail", "certificate not valid for matrix.example.com", 121),
      step("federation", "pass", "Synapse 1.152.0", 48),
      step("keys", "pass", "ed25519:a_Xy12, valid until 2026-11-30", 51),
    ],
    findings: [NAME_IS_SRV_TARGET],
    reach: [],
    facts: facts(["hs1.host.example"]),
  };
}

/** The same server once the certificate is fixed. */
export function healthy(): Report {
  const report = example();
  for (const target of report.route?.targets ?? []) {
    for (const one of target.endpoints) Object.assign(one, { status: "ok", findings: [] });
  }
  return {
    ...report,
    verdict: "pass",
    summary: "Homeservers reach Synapse 1.152.0 at hs1.host.example:8448.",
    findings: [],
    steps: report.steps.map((one) => (one.id === "tls" ? step("tls", "pass", "valid for matrix.example.com, 60 days left", 121) : one)),
    facts: facts(["matrix.example.com"]),
  };
}

/** Nothing could be found out. */
export function inconclusive(): Report {
  const report = example();
  return {
    ...report,
    verdict: "inconclusive",
    summary: "No resolver gives an answer.",
    route: null,
    steps: report.steps.map((one) => (one.id === "name" ? one : step(one.id, "unknown", "", 0))),
    findings: [finding("dns/resolver-unreachable", { severity: "info", step: "dns" })],
    facts: {
      ...report.facts,
      route: null,
      targets: [],
      hosts: [],
      wellKnown: { status: "untested", because: "resolver" },
      srv: [
        {
          service: "_matrix-fed._tcp",
          base: "example.com",
          role: "route",
          outcome: { status: "failed", error: { code: "timeout", message: "no answer in 10 s" }, ms: 10_000 },
        },
      ],
    },
  };
}

export const ATTACKS: readonly string[] = [
  "\x1b[2J\x1b[31mred\x1b]0;title\x07",
  "two\nPASS  example.com",
  "carriage\rreturn",
  "\x9b31m C1",
  "\x7f\b\0",
  "\u202Eevil\u2066 bidi\u200f\u061c",
  "zero\u200bwidth\ufeff\u00ad",
  "line\u2028paragraph\u2029",
  "lone \ud800 surrogate",
  "tag \u{e0041}\u{e007f}",
  "private \ue000\u{10fffd}",
  "$& $1 %s ${x} `",
  "漢字かな交じり文".repeat(20),
  "w".repeat(300),
  `https://example.com/${"a/".repeat(100)}`,
  "👩‍👩‍👧‍👦".repeat(40),
  "e" + "\u0301".repeat(200),
  " ".repeat(200) + "far",
  "\n".repeat(50),
  "",
];

/** A copy in which every string, keys of records included, is replaced or followed by an attack; fixed words of the schema stay. */
export function hostile(attack: string, report: Report = example()): Report {
  const kept = new Set([
    "verdict",
    "severity",
    "step",
    "status",
    "because",
    "reaches",
    "specStep",
    "via",
    "transport",
    "role",
    "kind",
    "problem",
    "signature",
    "service",
    "code",
    "id",
    "affects",
  ]);
  const change = (value: unknown, key: string): unknown => {
    if (typeof value === "string") return kept.has(key) ? value : attack;
    if (Array.isArray(value)) return value.map((item: unknown) => change(item, key));
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [key === "headers" ? attack + name : name, change(item, name)]));
  };
  const changed = change(report, "") as Report;
  changed.findings = changed.findings.map((one) => ({
    ...one,
    code: `x/${attack}`,
    affects: [attack],
    fix: [attack, attack],
    where: Array(30).fill(attack) as string[],
  }));
  changed.findings.push(
    finding("connect/refused", { ...changed.findings[0], code: attack, severity: "info" }),
    finding("a/b", { where: [attack], causedBy: `x/${attack}` }),
  );
  return changed;
}

export function output(...reports: Report[]): Output {
  const totals = { pass: 0, warn: 0, fail: 0, inconclusive: 0 };
  for (const report of reports) totals[report.verdict] += 1;
  return {
    schemaVersion: 1,
    tool: { name: "matrix-delegation-check", version: "0.1.0" },
    startedAt: "2026-10-01T12:00:00.000Z",
    durationMs: 300.5,
    totals,
    reports,
  };
}

/** Findings about a zone file and a well-known file, and where in them; the zone file's name needs every escape. */
export function withFiles(): { report: Report; at: { file: string; line: number | null }[] } {
  const zone = "zones/db, old:%.example";
  const body = '{\n"m.server" "x"}';
  const base = example();
  const facts: Facts = {
    ...base.facts,
    zoneFiles: [
      {
        file: zone,
        origin: "example.com",
        mistakes: [{ kind: "no-soa", line: 6, name: "example.com", type: "SOA", written: null, became: null, meant: null, otherLines: [] }],
      },
    ],
    wellKnown: done({
      url: "https://example.com/.well-known/matrix/server",
      host: "example.com",
      attempts: [
        {
          address: "",
          family: 4,
          port: 443,
          stopped: null,
          ms: 0,
          file: "/srv/server.json",
          hops: [
            { url: "file:/srv/server.json", host: "example.com", port: 443, connection: null, response: done(http(body)), location: null },
          ],
          reading: { kind: "not-json", problem: "syntax", position: body.indexOf('"x"'), message: "a colon is missing" },
        },
      ],
    }),
  };
  const findings = [
    finding("dns/zone-mistake", { step: "dns", where: [`${zone}:6`] }),
    finding("well-known/not-json", { step: "well-known", where: ["file:/srv/server.json"] }),
  ];
  return {
    report: { ...base, facts, findings },
    at: [
      { file: zone, line: 6 },
      { file: "/srv/server.json", line: 2 },
    ],
  };
}
