/**
 * Are these facts? Recorded evidence comes from files of others, and the rules rely on its shape, and on its size: nothing is longer here
 * than what a live check keeps. The types bind the shapes to facts.ts: a field added there is missed here at once.
 */
import type {
  AddressRecord,
  AuthoritativeFacts,
  CertificateDetails,
  CertificateFacts,
  Clues,
  CnameLink,
  ConnectionFacts,
  DnsAnswer,
  DnsOutcome,
  EndpointFacts,
  Expectations,
  ExtendedError,
  Facts,
  FetchedIssuers,
  FoundHomeserver,
  FoundWellKnown,
  GeneralName,
  Hop,
  HostFacts,
  HostsFileFacts,
  HttpFacts,
  JudgeSettings,
  KeysFacts,
  KeysReading,
  NameConstraints,
  NameserverFacts,
  NetError,
  NetErrorCode,
  Outcome,
  RecordSet,
  RegistrationFacts,
  ResolverFacts,
  RouteFacts,
  SetAnswer,
  SrvFacts,
  SrvRecord,
  TargetFacts,
  TcpFacts,
  TlsFacts,
  TrustFacts,
  VerifyKey,
  VersionFacts,
  WellKnownAttempt,
  WellKnownFacts,
  WellKnownReading,
  ZoneFacts,
  ZoneFileFacts,
  ZoneMistake,
  ZoneService,
} from "./facts.ts";
import { VIAS } from "./output.ts";

/** Null when `value` is a T; else where in it something is wrong. `Out` is never filled: it binds the shape to its type. */
type Shape<Out> = ((value: unknown, path: string) => string | null) & { readonly is?: Out };

/** Null, or one line that says which field is wrong and what it should be. */
export function factsProblem(value: unknown): string | null {
  return facts(value, "");
}

function problem(path: string, wanted: string): string {
  return `${path === "" ? "it" : path.slice(1)} is no ${wanted}`;
}

/** The longest text that is kept is the value of m.server, of which a body of 256 KiB may consist. Characters, as everywhere here. */
const LONGEST_TEXT = 262_144;
/** More than fits into a DNS message, a certificate, or an answer of the homeserver. */
const LONGEST_LIST = 65_536;
/** What is kept of an HTTP response (net/http-facts.ts). */
const HTTP = { headers: 100, header: 2048, excerpt: 512, error: 512 };
/** From the year 0 to the end of 9999, beyond which no certificate can be dated (RFC 5280, 4.1.2.5). */
const TIMES = { first: Date.parse("0000-01-01T00:00:00Z"), last: Date.parse("9999-12-31T23:59:59.999Z") };
/** RFC 2181, 8 has 31 bits; some resolvers show all 32. */
const LONGEST_TTL = 2 ** 32 - 1;

function text(most: number): Shape<string> {
  return (value, path) =>
    typeof value !== "string"
      ? problem(path, "string")
      : value.length <= most
        ? null
        : `${path.slice(1)} is longer than ${most} characters`;
}

const string = text(LONGEST_TEXT);
const number: Shape<number> = (value, path) =>
  typeof value !== "number" || !Number.isFinite(value)
    ? problem(path, "number")
    : Math.abs(value) <= Number.MAX_SAFE_INTEGER
      ? null
      : `${path.slice(1)} is too large a number`;
const ttl: Shape<number> = (value, path) =>
  Number.isInteger(value) && Number(value) >= 0 && Number(value) <= LONGEST_TTL
    ? null
    : problem(path, `TTL (a whole number of seconds, at most ${LONGEST_TTL})`);
const boolean: Shape<boolean> = (value, path) => (typeof value === "boolean" ? null : problem(path, "boolean"));
const yes: Shape<true> = (value, path) => (value === true ? null : problem(path, "true"));
const time: Shape<string> = (value, path) => {
  const at = typeof value === "string" && value.length <= 40 ? Date.parse(value) : NaN;
  return at >= TIMES.first && at <= TIMES.last ? null : problem(path, "time (ISO 8601)");
};
const port: Shape<number> = (value, path) =>
  Number.isInteger(value) && Number(value) >= 0 && Number(value) <= 65535 ? null : problem(path, "port");

function oneOf<const T extends string | number>(...words: readonly T[]): Shape<T> {
  return (value, path) => (words.some((word) => word === value) ? null : problem(path, `one of ${words.join(", ")}`));
}

function nullable<T>(shape: Shape<T>): Shape<T | null> {
  return (value, path) => (value === null ? null : shape(value, path));
}

function optional<T>(shape: Shape<T>): Shape<T> {
  return (value, path) => (value === undefined ? null : shape(value, path));
}

function list<T>(shape: Shape<T>, least = 0): Shape<T[]> {
  return (value, path) => {
    if (!Array.isArray(value) || value.length < least) return problem(path, least > 0 ? "filled array" : "array");
    if (value.length > LONGEST_LIST) return `${path.slice(1)} has more than ${LONGEST_LIST} entries`;
    return firstProblem(value.entries(), (item, index) => shape(item, `${path}[${index}]`));
  };
}

function object<T>(fields: { [K in keyof Required<T>]: Shape<Required<T>[K]> }): Shape<T> {
  const shapes = Object.entries<Shape<unknown>>(fields);
  return (value, path) => {
    if (!isObject(value)) return problem(path, "object");
    return firstProblem(shapes, (shape, name) => shape(value[name], `${path}.${name}`));
  };
}

const headers: Shape<Record<string, string>> = (value, path) => {
  if (!isObject(value)) return problem(path, "object");
  const fields = Object.entries(value);
  if (fields.length > HTTP.headers) return `${path.slice(1)} has more than ${HTTP.headers} fields`;
  const header = text(HTTP.header);
  return firstProblem(fields, (field, name) => header(field, `${path}.${name.slice(0, 100)}`));
};

/** A union that is told apart by the field `tag`. */
function tagged<T>(tag: string, variants: Record<string, Shape<unknown>>): Shape<T> {
  return (value, path) => {
    if (!isObject(value)) return problem(path, "object");
    const name = value[tag];
    const shape = typeof name === "string" && Object.hasOwn(variants, name) ? variants[name] : undefined;
    return shape === undefined ? problem(`${path}.${tag}`, `one of ${Object.keys(variants).join(", ")}`) : shape(value, path);
  };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function firstProblem<K, V>(entries: Iterable<readonly [K, V]>, find: (value: V, key: K) => string | null): string | null {
  for (const [key, value] of entries) {
    const found = find(value, key);
    if (found !== null) return found;
  }
  return null;
}

const family: Shape<4 | 6> = oneOf(4, 6);
const via = oneOf(...VIAS);
const ANY: Shape<never> = () => null;

const NET_ERRORS: Record<NetErrorCode, true> = {
  refused: true,
  reset: true,
  closed: true,
  timeout: true,
  unreachable: true,
  "plain-http": true,
  "not-tls": true,
  "tls-alert": true,
  tls: true,
  http2: true,
  "not-http": true,
  "too-large": true,
  encoding: true,
  malformed: true,
};

const netError = object<NetError>({
  code: oneOf(...(Object.keys(NET_ERRORS) as NetErrorCode[])),
  message: string,
  alert: optional(string),
  asksClientCertificate: optional(yes),
  excerpt: optional(string),
  afterStatus: optional(number),
});

function outcome<T>(value: Shape<T>): Shape<Outcome<T>> {
  return tagged("status", {
    done: object<Extract<Outcome<T>, { status: "done" }>>({ status: ANY, value, ms: number }),
    failed: object<Extract<Outcome<T>, { status: "failed" }>>({ status: ANY, error: netError, ms: number }),
    skipped: object<Extract<Outcome<T>, { status: "skipped" }>>({ status: ANY, because: oneOf("not-needed", "blocked"), note: string }),
    untested: object<Extract<Outcome<T>, { status: "untested" }>>({
      status: ANY,
      because: oneOf("no-route", "resolver", "deadline", "policy-address", "policy-port", "zone-file", "http-parser"),
      note: optional(string),
    }),
  });
}

function dns<R>(record: Shape<R>): Shape<DnsOutcome<R>> {
  return outcome(
    object<DnsAnswer<R>>({
      rcode: string,
      resolver: string,
      transport: oneOf("udp", "tcp", "tls", "https", "file"),
      authenticated: boolean,
      chain: list(object<CnameLink>({ name: string, target: string, ttl })),
      loop: boolean,
      records: list(record),
      ttl: nullable(ttl),
      negativeTtl: nullable(ttl),
      extendedErrors: list(object<ExtendedError>({ code: number, text: string })),
      checkingDisabled: nullable(object<{ rcode: string; records: number }>({ rcode: string, records: number })),
      authoritative: optional(boolean),
      file: optional(object<NonNullable<DnsAnswer<R>["file"]>>({ name: string, lines: list(number), proxied: optional(boolean) })),
    }),
  );
}

const generalNames = list(object<GeneralName>({ kind: oneOf("dns", "ip", "email", "uri", "directory", "srv", "other"), value: string }));
const nameConstraints = object<NameConstraints>({ permitted: generalNames, excluded: generalNames });

const details = object<CertificateDetails>({
  key: object<CertificateDetails["key"]>({ type: string, bits: nullable(number), curve: nullable(string) }),
  signature: object<CertificateDetails["signature"]>({ algorithm: string, hash: nullable(string) }),
  basicConstraintsCa: boolean,
  keyUsage: nullable(list(string)),
  extendedKeyUsage: nullable(list(string)),
  criticalExtensions: list(string),
  nameConstraints: nullable(nameConstraints),
  otherNames: generalNames,
});

const certificate = object<CertificateFacts>({
  subject: string,
  commonName: nullable(string),
  issuer: string,
  dnsNames: list(string),
  ipAddresses: list(string),
  notBefore: time,
  notAfter: time,
  sha256: string,
  selfSigned: boolean,
  isCa: boolean,
  issuerUrls: list(string),
  details: optional(details),
});

const tls = object<TlsFacts>({
  protocol: string,
  cipher: string,
  chain: list(certificate, 1) as Shape<TlsFacts["chain"]>,
  trust: object<TrustFacts>({
    anchor: nullable(string),
    path: list(number),
    strays: list(number),
    inOrder: boolean,
    verifyError: nullable(string),
    verifyMessage: optional(string),
    anchorConstraints: optional(nameConstraints),
    fetched: optional(
      object<FetchedIssuers>({
        certificates: list(object<FetchedIssuers["certificates"][number]>({ url: string, certificate })),
        end: oneOf("trusted", "untrusted", "nothing", "unknown"),
        anchor: nullable(string),
      }),
    ),
  }),
  asksClientCertificate: optional(boolean),
  ephemeralKey: optional(object<NonNullable<TlsFacts["ephemeralKey"]>>({ type: string, name: nullable(string), bits: nullable(number) })),
});

const connectionFields = { address: string, family, port, tcp: outcome(object<TcpFacts>({ localAddress: string })), tls: outcome(tls) };

const http = object<HttpFacts>({
  status: number,
  headers,
  bodyBytes: number,
  truncated: boolean,
  excerpt: text(HTTP.excerpt),
  matrixError: nullable(object<{ errcode: string; error: string }>({ errcode: text(HTTP.error), error: text(HTTP.error) })),
});

const reading: Shape<WellKnownReading> = tagged("kind", {
  "m.server": object<Extract<WellKnownReading, { kind: "m.server" }>>({ kind: ANY, value: string, doubled: optional(yes) }),
  "not-json": object<Extract<WellKnownReading, { kind: "not-json" }>>({
    kind: ANY,
    problem: oneOf("empty", "bom", "trailing", "html", "syntax", "encoding"),
    position: number,
    message: string,
  }),
  "no-m-server": object<Extract<WellKnownReading, { kind: "no-m-server" }>>({
    kind: ANY,
    problem: oneOf("not-an-object", "missing", "not-a-string", "empty"),
    keys: list(string),
    near: nullable(string),
    nearValue: nullable(string),
  }),
});

const hop = object<Hop>({
  url: string,
  host: string,
  port,
  connection: nullable(object<ConnectionFacts>(connectionFields)),
  response: outcome(http),
  location: nullable(string),
  askedAsHomeserver: optional(yes),
});

const wellKnown = object<WellKnownFacts>({
  url: string,
  host: string,
  attempts: list(
    object<WellKnownAttempt>({
      address: string,
      family,
      port,
      hops: list(hop),
      stopped: nullable(oneOf("loop", "too-many", "scheme")),
      reading: nullable(reading),
      ms: number,
      asSynapse: optional(
        object<NonNullable<WellKnownAttempt["asSynapse"]>>({ url: string, response: outcome(http), reading: nullable(reading) }),
      ),
      file: optional(string),
    }),
  ),
});

type OddBase64 = NonNullable<Extract<KeysReading, { kind: "keys" }>["oddBase64"]>[number];

const keysReading: Shape<KeysReading> = tagged("kind", {
  "not-json": object<Extract<KeysReading, { kind: "not-json" }>>({ kind: ANY, message: string }),
  malformed: object<Extract<KeysReading, { kind: "malformed" }>>({ kind: ANY, field: string, problem: string }),
  keys: object<Extract<KeysReading, { kind: "keys" }>>({
    kind: ANY,
    serverName: string,
    validUntil: number,
    verifyKeys: list(
      object<VerifyKey>({ id: string, key: optional(string), problem: nullable(string), signature: oneOf("valid", "invalid", "missing") }),
    ),
    oldKeyIds: list(string),
    oddBase64: optional(list(object<OddBase64>({ id: string, problem: oneOf("padding", "url-safe") }))),
  }),
});

const version = object<{ name: string; version: string }>({ name: string, version: string });

const endpoint = object<EndpointFacts>({
  ...connectionFields,
  version: outcome(object<VersionFacts>({ response: http, server: nullable(version), problem: nullable(string) })),
  keys: outcome(object<KeysFacts>({ response: http, reading: nullable(keysReading) })),
  encodedPath: outcome(http),
  put: optional(outcome(http)),
  plain: optional(yes),
  refusedTo: optional(
    list(object<NonNullable<EndpointFacts["refusedTo"]>[number]>({ userAgent: string, path: string, response: outcome(http) })),
  ),
  hostPort: outcome(http),
  olderTls: outcome(object<{ protocol: string }>({ protocol: string })),
  ephemeralOnly: optional(outcome(object<{ protocol: string; cipher: string }>({ protocol: string, cipher: string }))),
  alpn: outcome(object<{ protocol: string | null }>({ protocol: nullable(string) })),
});

const service = oneOf("_matrix-fed._tcp", "_matrix._tcp");

const target = object<TargetFacts>({
  host: string,
  port,
  srv: optional(object<NonNullable<TargetFacts["srv"]>>({ service, priority: number, weight: number })),
  endpoints: list(endpoint),
  overridden: boolean,
});

const address = object<AddressRecord>({ address: string, ttl });

const clues = object<Clues>({
  decoy: optional(object<NonNullable<Clues["decoy"]>>({ name: string, addresses: list(string) })),
  homeservers: object<Clues["homeservers"]>({
    tried: list(string),
    found: list(
      object<FoundHomeserver>({
        host: string,
        address: string,
        port,
        targetPort: port,
        server: version,
        keysName: nullable(string),
        certificateGood: boolean,
      }),
    ),
  }),
  wellKnowns: object<Clues["wellKnowns"]>({
    tried: list(string),
    found: list(object<FoundWellKnown>({ host: string, url: string, value: string })),
  }),
  browser: nullable(object<NonNullable<Clues["browser"]>>({ url: string, response: outcome(http), readable: boolean })),
  srvHost: list(object<Clues["srvHost"][number]>({ place: string, host: string, response: outcome(http), isHomeserver: boolean })),
  otherHosts: optional(
    list(
      object<NonNullable<Clues["otherHosts"]>[number]>({
        place: string,
        kind: oneOf("without-port", "with-port", "srv-target"),
        host: string,
        response: outcome(http),
        isHomeserver: boolean,
      }),
    ),
  ),
  keysName: nullable(object<NonNullable<Clues["keysName"]>>({ name: string, places: list(string), leadsHere: boolean })),
  issuers: list(object<Clues["issuers"][number]>({ url: string, subject: nullable(string) })),
  proxies: optional(
    list(
      object<NonNullable<Clues["proxies"]>[number]>({
        place: string,
        scheme: oneOf("http", "https"),
        path: string,
        response: outcome(http),
      }),
    ),
  ),
  fronts: optional(list(object<NonNullable<Clues["fronts"]>[number]>({ address: string, response: outcome(http) }))),
  plainHttp: optional(list(object<NonNullable<Clues["plainHttp"]>[number]>({ place: string, response: outcome(http) }))),
});

const setAnswers = list(
  object<SetAnswer>({
    name: string,
    type: oneOf("A", "AAAA", "SRV"),
    outcome: outcome(
      object<RecordSet>({
        rcode: string,
        authoritative: boolean,
        records: list(string),
        ttl: nullable(ttl),
        negativeTtl: nullable(ttl),
      }),
    ),
  }),
);

const authoritative = object<AuthoritativeFacts>({
  zones: list(
    object<ZoneFacts>({
      apex: string,
      nameservers: list(
        object<NameserverFacts>({
          name: string,
          address: string,
          port,
          soa: outcome(
            object<{ rcode: string; authoritative: boolean; serial: number | null }>({
              rcode: string,
              authoritative: boolean,
              serial: nullable(number),
            }),
          ),
          answers: setAnswers,
        }),
      ),
      withoutAddress: list(string),
      changing: list(string),
    }),
  ),
  besides: list(object<AuthoritativeFacts["besides"][number]>({ name: string, asked: string, nameserver: string, records: list(string) })),
});

const zoneMistake = object<ZoneMistake>({
  kind: oneOf(
    "missing-final-dot",
    "target-is-address",
    "cname-and-other",
    "several-cnames",
    "srv-target-is-cname",
    "srv-target-without-address",
    "srv-fields",
    "several-soa",
    "no-soa",
    "duplicate-record",
    "outside-zone",
    "unreadable",
    "unknown-type",
    "at-sign",
    "near-miss",
    "comment-sign",
    "line-ends",
    "byte-order-mark",
    "no-ttl",
    "mailbox",
  ),
  line: number,
  name: string,
  type: string,
  written: nullable(string),
  became: nullable(string),
  meant: nullable(string),
  otherLines: list(number),
  file: optional(string),
  problem: optional(string),
});

const zoneService = object<ZoneService>({ service: string, base: string, line: number, file: optional(string) });

const facts = object<Facts>({
  serverName: string,
  startedAt: time,
  durationMs: number,
  settings: object<JudgeSettings>({
    allowPrivate: boolean,
    minCertDays: number,
    family: nullable(family),
    probe: boolean,
    authoritative: optional(boolean),
    deep: optional(boolean),
    expect: optional(
      object<Expectations>({ targets: optional(list(string)), via: optional(list(via)), certificateDays: optional(number) }),
    ),
  }),
  wellKnown: outcome(wellKnown),
  srv: list(
    object<SrvFacts>({
      service: string,
      base: string,
      role: oneOf("route", "other"),
      outcome: dns(object<SrvRecord>({ priority: number, weight: number, port, target: string, ttl })),
      refusedBy: optional(object<NonNullable<SrvFacts["refusedBy"]>>({ resolver: string, rcode: string })),
    }),
  ),
  hosts: list(object<HostFacts>({ host: string, a: dns(address), aaaa: dns(address) })),
  route: nullable(
    object<RouteFacts>({
      specStep: oneOf("1", "2", "3.1", "3.2", "3.3", "3.4", "3.5", "4", "5", "6"),
      via,
      delegatedName: nullable(string),
      hostHeader: string,
      tlsName: string,
      tlsNameIsIp: boolean,
    }),
  ),
  targets: list(target),
  clues: nullable(clues),
  authoritative: optional(outcome(authoritative)),
  resolvers: optional(list(object<ResolverFacts>({ resolver: string, answers: setAnswers, bogus: list(string) }))),
  registration: optional(
    object<RegistrationFacts>({
      domain: string,
      suffix: string,
      rcode: nullable(string),
      registry: oneOf("delegated", "none", "unknown"),
    }),
  ),
  hostsFile: optional(
    object<HostsFileFacts>({
      path: string,
      entries: list(object<HostsFileFacts["entries"][number]>({ host: string, addresses: list(string) })),
    }),
  ),
  zoneFiles: optional(
    list(object<ZoneFileFacts>({ file: string, origin: string, mistakes: list(zoneMistake), services: optional(list(zoneService)) })),
  ),
  stopped: optional(
    object<NonNullable<Facts["stopped"]>>({ because: oneOf("deadline", "aborted"), afterMs: number, waitedFor: list(string) }),
  ),
  timings: object<Facts["timings"]>({ wellKnown: number, srv: number, address: number, probe: number }),
});
