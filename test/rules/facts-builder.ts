/**
 * Facts for the rules' tests: `healthy()` is a server at which nothing is wrong, and every part can be replaced.
 * The server is example.com, delegated by well-known to matrix.example.com:443, with one IPv4 and one IPv6 address.
 */
import type {
  Clues,
  AddressRecord,
  CertificateFacts,
  DnsAnswer,
  EndpointFacts,
  Facts,
  HostFacts,
  HttpFacts,
  KeysFacts,
  KeysReading,
  NetError,
  NetErrorCode,
  Outcome,
  RouteFacts,
  SrvFacts,
  SrvRecord,
  TargetFacts,
  TlsFacts,
  TrustFacts,
  VersionFacts,
  WellKnownAttempt,
} from "../../src/facts/facts.ts";

export const AT = "2026-06-01T12:00:00.000Z";
export const V4 = "185.15.58.10";
export const V6 = "2a02:ec80:300::10";

export function done<T>(value: T, ms = 20): Outcome<T> {
  return { status: "done", value, ms };
}

export function failed(code: NetErrorCode, extra: Partial<NetError> & { ms?: number } = {}): Extract<Outcome<never>, { status: "failed" }> {
  const { ms = 20, ...error } = extra;
  return { status: "failed", error: { code, message: code, ...error }, ms };
}

export function blocked(note = "not connected"): Extract<Outcome<never>, { status: "skipped" }> {
  return { status: "skipped", because: "blocked", note };
}

export function notNeeded(note = "not needed"): Extract<Outcome<never>, { status: "skipped" }> {
  return { status: "skipped", because: "not-needed", note };
}

export function untested(because: "no-route" | "resolver" | "deadline" = "no-route"): Extract<Outcome<never>, { status: "untested" }> {
  return { status: "untested", because };
}

// DNS

export function answer<R>(records: R[], overrides: Partial<DnsAnswer<R>> = {}): Outcome<DnsAnswer<R>> {
  return done({
    rcode: "NOERROR",
    resolver: "192.0.2.53:53",
    transport: "udp",
    authenticated: false,
    chain: [],
    loop: false,
    records,
    ttl: records.length > 0 ? 3600 : null,
    negativeTtl: records.length > 0 ? null : 300,
    extendedErrors: [],
    checkingDisabled: null,
    ...overrides,
  });
}

export function nxdomain<R>(): Outcome<DnsAnswer<R>> {
  return answer<R>([], { rcode: "NXDOMAIN" });
}

export function addresses(...texts: string[]): Outcome<DnsAnswer<AddressRecord>> {
  return answer(texts.map((address) => ({ address, ttl: 3600 })));
}

export function host(name: string, overrides: Partial<HostFacts> = {}): HostFacts {
  return { host: name, a: addresses(V4), aaaa: addresses(V6), ...overrides };
}

export function srvRecord(target: string, overrides: Partial<SrvRecord> = {}): SrvRecord {
  return { priority: 10, weight: 0, port: 8448, target, ttl: 3600, ...overrides };
}

export function srv(service: string, base: string, records: SrvRecord[], overrides: Partial<SrvFacts> = {}): SrvFacts {
  return { service, base, role: "route", outcome: answer(records), ...overrides };
}

// TLS

export function certificate(overrides: Partial<CertificateFacts> = {}): CertificateFacts {
  return {
    subject: "CN=matrix.example.com",
    commonName: "matrix.example.com",
    issuer: "CN=R10, O=Let's Encrypt, C=US",
    dnsNames: ["matrix.example.com", "example.com"],
    ipAddresses: [],
    notBefore: "2026-05-01T00:00:00.000Z",
    notAfter: "2026-07-30T00:00:00.000Z",
    sha256: "aa".repeat(32),
    selfSigned: false,
    isCa: false,
    issuerUrls: ["http://r10.i.lencr.org/"],
    ...overrides,
  };
}

export function intermediate(overrides: Partial<CertificateFacts> = {}): CertificateFacts {
  return certificate({
    subject: "CN=R10, O=Let's Encrypt, C=US",
    commonName: "R10",
    issuer: "CN=ISRG Root X1, O=Internet Security Research Group, C=US",
    dnsNames: [],
    notBefore: "2024-03-13T00:00:00.000Z",
    notAfter: "2027-03-12T23:59:59.000Z",
    sha256: "bb".repeat(32),
    isCa: true,
    issuerUrls: ["http://x1.i.lencr.org/"],
    ...overrides,
  });
}

export function trust(overrides: Partial<TrustFacts> = {}): TrustFacts {
  return {
    anchor: "CN=ISRG Root X1, O=Internet Security Research Group, C=US",
    path: [0, 1],
    strays: [],
    inOrder: true,
    verifyError: null,
    ...overrides,
  };
}

/** TLS facts with a good chain; the first argument changes the leaf. */
export function tls(leaf: Partial<CertificateFacts> = {}, overrides: Partial<TlsFacts> = {}): TlsFacts {
  return {
    protocol: "TLSv1.3",
    cipher: "TLS_AES_256_GCM_SHA384",
    chain: [certificate(leaf), intermediate()],
    trust: trust(),
    ...overrides,
  };
}

/** Only the leaf is sent, and it leads to no trusted root. */
export function tlsAlone(leaf: Partial<CertificateFacts> = {}, overrides: Partial<TlsFacts> = {}): TlsFacts {
  return tls(leaf, {
    chain: [certificate(leaf)],
    trust: trust({
      anchor: null,
      path: [0],
      verifyError: leaf.selfSigned === true ? "DEPTH_ZERO_SELF_SIGNED_CERT" : "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
    }),
    ...overrides,
  });
}

// HTTP

export function http(status: number, excerpt = "", overrides: Partial<HttpFacts> = {}): HttpFacts {
  const isJson = /^\s*[[{]/.test(excerpt);
  return {
    status,
    headers: { "content-type": isJson ? "application/json" : "text/html" },
    bodyBytes: excerpt.length,
    truncated: false,
    excerpt,
    matrixError: null,
    ...overrides,
  };
}

/** The error object of a homeserver. */
export function matrixError(status: number, errcode: string, error: string, overrides: Partial<HttpFacts> = {}): HttpFacts {
  return http(status, JSON.stringify({ errcode, error }), { matrixError: { errcode, error }, ...overrides });
}

export function version(overrides: Partial<VersionFacts> = {}): VersionFacts {
  return {
    response: http(200, '{"server":{"name":"Synapse","version":"1.152.0"}}'),
    server: { name: "Synapse", version: "1.152.0" },
    problem: null,
    ...overrides,
  };
}

/** A version request that was answered with something else. */
export function badVersion(response: HttpFacts, problem: string | null = null): VersionFacts {
  return { response, server: null, problem };
}

export function goodKeys(overrides: Partial<Extract<KeysReading, { kind: "keys" }>> = {}): Extract<KeysReading, { kind: "keys" }> {
  return {
    kind: "keys",
    serverName: "example.com",
    validUntil: Date.parse("2026-06-08T12:00:00.000Z"),
    verifyKeys: [{ id: "ed25519:a_Xy12", problem: null, signature: "valid" }],
    oldKeyIds: [],
    ...overrides,
  };
}

export function keys(
  reading: KeysReading | null = goodKeys(),
  response: HttpFacts = http(200, '{"server_name":"example.com"}'),
): KeysFacts {
  return { response, reading };
}

/** Clues were asked, and none led anywhere. */
export const NO_CLUES: Clues = {
  homeservers: { tried: [], found: [] },
  wellKnowns: { tried: [], found: [] },
  browser: null,
  srvHost: [],
  keysName: null,
  issuers: [],
};

// The server

export function endpoint(overrides: Partial<EndpointFacts> = {}): EndpointFacts {
  const address = overrides.address ?? V4;
  return {
    address,
    family: address.includes(":") ? 6 : 4,
    port: 443,
    tcp: done({ localAddress: "10.0.0.2:40000" }),
    tls: done(tls()),
    version: done(version()),
    keys: done(keys()),
    encodedPath: done(matrixError(401, "M_UNAUTHORIZED", "Missing Authorization headers")),
    hostPort: notNeeded(),
    olderTls: done({ protocol: "TLSv1.2" }),
    alpn: notNeeded(),
    ...overrides,
  };
}

/** An endpoint to which no TLS session came about: what stands behind it was not tried. */
export function endpointWithoutTls(overrides: Partial<EndpointFacts> = {}): EndpointFacts {
  return endpoint({
    tls: failed("closed"),
    version: blocked(),
    keys: blocked(),
    encodedPath: blocked(),
    hostPort: blocked(),
    olderTls: blocked(),
    ...overrides,
  });
}

export function endpointWithoutTcp(overrides: Partial<EndpointFacts> = {}): EndpointFacts {
  return endpointWithoutTls({ tcp: failed("refused"), tls: blocked(), ...overrides });
}

export function target(overrides: Partial<TargetFacts> = {}): TargetFacts {
  return { host: "matrix.example.com", port: 443, endpoints: [endpoint(), endpoint({ address: V6 })], overridden: false, ...overrides };
}

export function route(overrides: Partial<RouteFacts> = {}): RouteFacts {
  return {
    specStep: "3.2",
    via: "well-known",
    delegatedName: "matrix.example.com:443",
    hostHeader: "matrix.example.com:443",
    tlsName: "matrix.example.com",
    tlsNameIsIp: false,
    ...overrides,
  };
}

/** The well-known of example.com as one address serves it. */
export function attempt(overrides: Partial<WellKnownAttempt> = {}): WellKnownAttempt {
  const address = overrides.address ?? V4;
  const family = address.includes(":") ? 6 : 4;
  const body = '{"m.server":"matrix.example.com:443"}';
  return {
    address,
    family,
    port: 443,
    stopped: null,
    reading: { kind: "m.server", value: "matrix.example.com:443" },
    ms: 80,
    hops: [
      {
        url: "https://example.com/.well-known/matrix/server",
        host: "example.com",
        port: 443,
        location: null,
        response: done(http(200, body)),
        connection: {
          address,
          family,
          port: 443,
          tcp: done({ localAddress: "10.0.0.2:40000" }),
          tls: done(tls({ commonName: "example.com", subject: "CN=example.com" })),
        },
      },
    ],
    ...overrides,
  };
}

export function healthy(overrides: Partial<Facts> = {}): Facts {
  return {
    serverName: "example.com",
    startedAt: AT,
    durationMs: 300,
    settings: { allowPrivate: false, minCertDays: 14, family: null, probe: true },
    wellKnown: done({
      url: "https://example.com/.well-known/matrix/server",
      host: "example.com",
      attempts: [attempt(), attempt({ address: V6 })],
    }),
    srv: [],
    hosts: [host("example.com"), host("matrix.example.com")],
    route: route(),
    targets: [target()],
    clues: null,
    timings: { wellKnown: 80, srv: 15, address: 12, probe: 120 },
    ...overrides,
  };
}

/** The healthy server, but with these endpoints. */
export function withEndpoints(...endpoints: EndpointFacts[]): Facts {
  return healthy({ targets: [target({ endpoints })] });
}

/** No well-known; SRV `_matrix-fed._tcp` leads to hs1.host.example:8448 (step 4). */
export function viaSrv(endpoints: EndpointFacts[], overrides: Partial<Facts> = {}): Facts {
  return healthy({
    wellKnown: done({
      url: "https://example.com/.well-known/matrix/server",
      host: "example.com",
      attempts: [attempt({ reading: null, hops: attempt().hops.map((hop) => ({ ...hop, response: done(http(404, "<html>")) })) })],
    }),
    srv: [srv("_matrix-fed._tcp", "example.com", [srvRecord("hs1.host.example")])],
    hosts: [host("example.com"), host("hs1.host.example")],
    route: route({ specStep: "4", via: "srv", delegatedName: null, hostHeader: "example.com", tlsName: "example.com" }),
    targets: [
      { host: "hs1.host.example", port: 8448, srv: { service: "_matrix-fed._tcp", priority: 10, weight: 0 }, endpoints, overridden: false },
    ],
    ...overrides,
  });
}

/** No well-known, no SRV: port 8448 of the server name (step 6). */
export function viaDefaultPort(endpoints: EndpointFacts[], overrides: Partial<Facts> = {}): Facts {
  return healthy({
    ...viaSrv([]),
    srv: [srv("_matrix-fed._tcp", "example.com", []), srv("_matrix._tcp", "example.com", [])],
    hosts: [host("example.com")],
    route: route({ specStep: "6", via: "default-port", delegatedName: null, hostHeader: "example.com", tlsName: "example.com" }),
    targets: [{ host: "example.com", port: 8448, endpoints, overridden: false }],
    ...overrides,
  });
}
