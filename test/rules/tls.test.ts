import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { CertificateDetails, CertificateFacts, EndpointFacts, Facts, FetchedIssuers, Hop } from "../../src/facts/facts.ts";
import { federationRules } from "../../src/rules/federation/index.ts";
import { keysRules } from "../../src/rules/keys/index.ts";
import { tlsRules } from "../../src/rules/tls/index.ts";
import {
  attempt,
  badVersion,
  blocked,
  certificate,
  done,
  endpoint,
  endpointWithoutTcp,
  endpointWithoutTls,
  failed,
  healthy,
  http,
  intermediate,
  keys,
  notNeeded,
  route,
  target,
  tls,
  tlsAlone,
  trust,
  untested,
  V6,
  viaSrv,
  withEndpoints,
} from "./facts-builder.ts";
import { findingsOf, only, table } from "./judging.ts";
import { besideEachOther, placesOf, saidOf, texts } from "./texts.ts";

const rules = [...tlsRules, ...federationRules, ...keysRules];
const leaf = (overrides: Partial<CertificateFacts>, extra: Parameters<typeof tls>[1] = {}): Facts =>
  withEndpoints(endpoint({ tls: done(tls(overrides, extra)) }));
const alone = (overrides: Partial<CertificateFacts>, fetched?: FetchedIssuers): Facts => {
  const facts = tlsAlone(overrides);
  return withEndpoints(endpoint({ tls: done(fetched === undefined ? facts : { ...facts, trust: { ...facts.trust, fetched } }) }));
};
const fetchedFrom = (url: string): FetchedIssuers => ({
  certificates: [{ url, certificate: intermediate() }],
  end: "trusted",
  anchor: "CN=ISRG Root X1",
});
const handshakeFails = (...args: Parameters<typeof failed>): Facts => withEndpoints(endpointWithoutTls({ tls: failed(...args) }));

const SRV_HOST = { commonName: "hs1.host.example", dnsNames: ["hs1.host.example"] };
const SELF = { selfSigned: true, issuer: "CN=matrix.example.com" };
const TRAEFIK = {
  subject: "CN=TRAEFIK DEFAULT CERT",
  commonName: "TRAEFIK DEFAULT CERT",
  issuer: "CN=TRAEFIK DEFAULT CERT",
  selfSigned: true,
  dnsNames: ["abc.traefik.default"],
};

const said = texts("tls");

describe("tls: the name", () => {
  table(
    rules,
    [
      ["nothing is wrong", healthy(), []],
      ["a wildcard covers the name", leaf({ dnsNames: ["*.example.com"] }), []],
      [
        "SRV: the certificate covers the target only",
        viaSrv([endpoint({ port: 8448, tls: done(tls(SRV_HOST)) })]),
        ["tls/name-is-srv-target"],
      ],
      [
        "SRV: it covers the target and the name",
        viaSrv([endpoint({ port: 8448, tls: done(tls({ dnsNames: ["hs1.host.example", "example.com"] })) })]),
        [],
      ],
      [
        "SRV: it covers neither",
        viaSrv([endpoint({ port: 8448, tls: done(tls({ dnsNames: ["other.example"] })) })]),
        ["tls/name-mismatch"],
      ],
      [
        "SRV of a delegated name: the certificate covers the target only",
        viaSrv([endpoint({ tls: done(tls(SRV_HOST)) })], {
          route: route({ specStep: "3.3", via: "srv", delegatedName: "matrix.example.com", hostHeader: "matrix.example.com" }),
        }),
        ["tls/name-is-srv-target"],
      ],
      [
        "well-known: it covers the server name only",
        leaf({ commonName: "example.com", dnsNames: ["example.com"] }),
        ["tls/name-is-server-name"],
      ],
      ["no well-known: a name of somebody else", leaf({ commonName: "a.example", dnsNames: ["a.example"] }), ["tls/name-mismatch"]],
      [
        "a wildcard doesn't cover two labels",
        { ...leaf({ dnsNames: ["*.example.com"], commonName: null }), route: route({ tlsName: "a.matrix.example.com" }) },
        ["tls/name-mismatch"],
      ],
      ["the name is in the CN only", leaf({ dnsNames: [] }), ["tls/no-san"]],
      ["there is no name at all", leaf({ dnsNames: [], commonName: null }), ["tls/name-mismatch"]],
      [
        "Traefik's default",
        withEndpoints(endpoint({ tls: done(tlsAlone(TRAEFIK)) })),
        ["tls/default-certificate", "tls/self-signed < tls/default-certificate"],
      ],
      [
        "a default that has expired",
        withEndpoints(endpoint({ tls: done(tlsAlone({ ...TRAEFIK, notAfter: "2026-01-01T00:00:00.000Z" })) })),
        ["tls/default-certificate", "tls/expired < tls/default-certificate", "tls/self-signed < tls/default-certificate"],
      ],
      [
        "a default certificate and a 404 of the same virtual host",
        withEndpoints(
          endpoint({
            tls: done(tlsAlone(TRAEFIK)),
            version: done(badVersion(http(404, "404 page not found"))),
            keys: done(keys(null, http(404, "404 page not found"))),
            encodedPath: done(http(404)),
          }),
        ),
        ["federation/not-routed < tls/default-certificate", "tls/default-certificate", "tls/self-signed < tls/default-certificate"],
      ],
      ["an IP address that the certificate has", withIp({ ipAddresses: ["185.15.58.10"], dnsNames: [] }), []],
      ["an IP address as a dNSName", withIp({ dnsNames: ["185.15.58.10"], commonName: null }), ["tls/ip-as-dns-name"]],
      [
        "an IP address as a dNSName and as an iPAddress",
        withIp({ dnsNames: ["185.15.58.10"], ipAddresses: ["185.15.58.10"], commonName: null }),
        ["tls/odd-san"],
      ],
      ["an IP address in the CN", withIp({ dnsNames: [], commonName: "185.15.58.10" }), ["tls/no-san"]],
    ],
    said,
    "tls: the name: ",
  );
});

function withIp(overrides: Partial<CertificateFacts>): Facts {
  return healthy({
    serverName: "185.15.58.10:8448",
    route: route({
      specStep: "1",
      via: "ip-literal",
      delegatedName: null,
      hostHeader: "185.15.58.10:8448",
      tlsName: "185.15.58.10",
      tlsNameIsIp: true,
    }),
    targets: [
      target({
        host: "185.15.58.10",
        port: 8448,
        endpoints: [
          endpoint({ port: 8448, tls: done(tls(overrides)), keys: done({ ...keys(), reading: { ...keysOf("185.15.58.10:8448") } }) }),
        ],
      }),
    ],
  });
}

function keysOf(serverName: string): Extract<NonNullable<ReturnType<typeof keys>["reading"]>, { kind: "keys" }> {
  const { reading } = keys();
  assert.equal(reading?.kind, "keys");
  return { ...reading, serverName };
}

describe("tls: dates and chain", () => {
  table(
    rules,
    [
      ["expired yesterday", leaf({ notAfter: "2026-05-31T11:00:00.000Z" }), ["tls/expired"]],
      [
        "an expired intermediate certificate",
        withEndpoints(endpoint({ tls: done(tls({}, { chain: [certificate(), intermediate({ notAfter: "2026-05-01T00:00:00.000Z" })] })) })),
        ["tls/expired"],
      ],
      [
        "an expired certificate that isn't needed",
        withEndpoints(
          endpoint({
            tls: done(
              tls(
                {},
                {
                  chain: [certificate(), intermediate(), intermediate({ sha256: "cc", notAfter: "2021-09-30T00:00:00.000Z" })],
                  trust: trust({ strays: [2] }),
                },
              ),
            ),
          }),
        ),
        ["tls/wrong-chain"],
      ],
      ["valid from tomorrow", leaf({ notBefore: "2026-06-02T00:00:00.000Z" }), ["tls/not-yet-valid"]],
      ["13 days left", leaf({ notAfter: "2026-06-15T11:00:00.000Z" }), ["tls/expiring"]],
      ["14 days left", leaf({ notAfter: "2026-06-15T12:00:00.000Z" }), []],
      [
        "the threshold is 0",
        { ...leaf({ notAfter: "2026-06-01T13:00:00.000Z" }), settings: { ...healthy().settings, minCertDays: 0 } },
        [],
      ],
      [
        "the intermediate certificate has 5 days left",
        withEndpoints(endpoint({ tls: done(tls({}, { chain: [certificate(), intermediate({ notAfter: "2026-06-06T13:00:00.000Z" })] })) })),
        ["tls/expiring"],
      ],
      ["self-signed", alone(SELF), ["tls/self-signed"]],
      [
        "self-signed, expired and for another name: each is said",
        alone({ ...SELF, dnsNames: ["a.example"], commonName: "a.example", notAfter: "2026-01-01T00:00:00.000Z" }),
        ["tls/expired", "tls/name-mismatch", "tls/self-signed"],
      ],
      ["the intermediate certificate is missing", alone({}), ["tls/incomplete-chain"]],
      [
        "another CA's intermediate certificate is sent",
        withEndpoints(
          endpoint({
            tls: done(tls({}, { trust: trust({ anchor: null, path: [0], strays: [1], verifyError: "UNABLE_TO_VERIFY_LEAF_SIGNATURE" }) })),
          }),
        ),
        ["tls/incomplete-chain", "tls/wrong-chain < tls/incomplete-chain"],
      ],
      [
        "it is missing, and where it should be had there is none",
        alone({}, { certificates: [], end: "nothing", anchor: null }),
        ["tls/untrusted-ca"],
      ],
      [
        "it is missing, and this machine couldn't ask for it",
        alone({}, { certificates: [], end: "unknown", anchor: null }),
        ["tls/incomplete-chain"],
      ],
      [
        "it is missing, and leads to a root that nobody trusts",
        alone(
          {},
          { certificates: [{ url: "http://a/", certificate: intermediate({ selfSigned: true }) }], end: "untrusted", anchor: null },
        ),
        ["tls/untrusted-ca"],
      ],
      [
        "Let's Encrypt's staging environment",
        alone({ issuer: "CN=(STAGING) Riddling Rhubarb R12, O=(STAGING) Let's Encrypt, C=US" }),
        ["tls/untrusted-ca"],
      ],
      ["a private CA", alone({ issuer: "CN=Our CA", issuerUrls: [] }), ["tls/untrusted-ca"]],
      [
        "another complaint of OpenSSL",
        withEndpoints(endpoint({ tls: done(tls({}, { trust: trust({ verifyError: "CERT_REVOKED" }) })) })),
        ["tls/refused"],
      ],
      ["in the wrong order", withEndpoints(endpoint({ tls: done(tls({}, { trust: trust({ inOrder: false }) })) })), ["tls/wrong-chain"]],
      [
        "the addresses have different certificates",
        withEndpoints(endpoint(), endpoint({ address: V6, tls: done(tls({ sha256: "ee".repeat(32) })) })),
        ["tls/differs"],
      ],
      [
        "one of them has expired",
        withEndpoints(
          endpoint(),
          endpoint({ address: V6, tls: done(tls({ sha256: "ee".repeat(32), notAfter: "2026-05-01T00:00:00.000Z" })) }),
        ),
        ["tls/differs < tls/expired", "tls/expired"],
      ],
      ["two SRV targets have different certificates", viaTwoTargets(), []],
    ],
    said,
    "tls: dates and chain: ",
  );
});

function viaTwoTargets(): Facts {
  const at = (host: string, sha256: string): Facts["targets"][number] => ({
    host,
    port: 8448,
    srv: { service: "_matrix-fed._tcp", priority: 10, weight: 0 },
    overridden: false,
    endpoints: [endpoint({ port: 8448, tls: done(tls({ sha256 })) })],
  });
  return viaSrv([], { targets: [at("a.host.example", "ee".repeat(32)), at("b.host.example", "ff".repeat(32))] });
}

describe("tls: the handshake", () => {
  table(
    rules,
    [
      ["plain HTTP", handshakeFails("plain-http", { excerpt: "HTTP/1.1 400 Bad Request\r\nServer: nginx/1.24.0\r\n" }), ["tls/plain-http"]],
      ["strict SNI", handshakeFails("tls-alert", { alert: "unrecognized_name" }), ["tls/handshake"]],
      ["an alert without a special meaning", handshakeFails("tls-alert", { alert: "decode_error" }), ["tls/handshake"]],
      ["closed", handshakeFails("closed"), ["tls/handshake"]],
      ["reset", handshakeFails("reset"), ["tls/handshake"]],
      ["another service", handshakeFails("not-tls", { excerpt: "SSH-2.0-OpenSSH_9.6" }), ["tls/handshake"]],
      ["any other failure", handshakeFails("tls", { message: "wrong signature type" }), ["tls/handshake"]],
      [
        "a client certificate that is missed after the handshake",
        withEndpoints(
          endpoint({
            version: failed("tls-alert", { alert: "certificate_required" }),
            keys: failed("tls-alert", { alert: "certificate_required" }),
            encodedPath: failed("tls-alert", { alert: "certificate_required" }),
          }),
        ),
        ["tls/client-certificate"],
      ],
      ["silence", handshakeFails("timeout", { ms: 10_000 }), ["tls/timeout"]],
      [
        "TLS 1.1 works",
        withEndpoints(
          endpointWithoutTls({ tls: failed("tls-alert", { alert: "protocol_version" }), olderTls: done({ protocol: "TLSv1.1" }) }),
        ),
        ["tls/old-protocol"],
      ],
      [
        "TLS 1.1 fails as well",
        withEndpoints(
          endpointWithoutTls({
            tls: failed("tls-alert", { alert: "protocol_version" }),
            olderTls: failed("tls-alert", { alert: "protocol_version" }),
          }),
        ),
        ["tls/handshake"],
      ],
      ["TLS 1.2 is refused", withEndpoints(endpoint({ olderTls: failed("tls-alert", { alert: "protocol_version" }) })), ["tls/only-tls13"]],
      ["TLS 1.2 gets no answer", withEndpoints(endpoint({ olderTls: failed("timeout") })), []],
      ["TLS 1.2 wasn't tried", withEndpoints(endpoint({ olderTls: untested() })), []],
      ["TCP is refused", withEndpoints(endpointWithoutTcp()), []],
      [
        "this machine has no route",
        withEndpoints(
          endpoint({
            tcp: untested(),
            tls: untested(),
            version: untested(),
            keys: untested(),
            encodedPath: untested(),
            hostPort: untested(),
            olderTls: untested(),
            alpn: untested(),
          }),
        ),
        [],
      ],
      [
        "only resolution was asked for",
        withEndpoints(
          endpoint({
            tcp: notNeeded(),
            tls: notNeeded(),
            version: notNeeded(),
            keys: notNeeded(),
            encodedPath: notNeeded(),
            olderTls: notNeeded(),
          }),
        ),
        [],
      ],
      [
        "HTTP/2 frames",
        withEndpoints(
          endpoint({ version: failed("http2"), keys: failed("http2"), encodedPath: failed("http2"), alpn: done({ protocol: "h2" }) }),
        ),
        ["tls/http2-only"],
      ],
      ["closed, and h2 is negotiated", noHttp1(done({ protocol: "h2" }), 8448), ["tls/http2-only"]],
      ["closed, and h2 isn't", noHttp1(done({ protocol: null }), 8448), ["federation/http-status"]],
      [
        "closed, h2 is negotiated, but HTTP/1.1 answers the well-known there",
        noHttp1(done({ protocol: "h2" }), 443),
        ["federation/http-status"],
      ],
    ],
    said,
    "tls: the handshake: ",
  );
});

function noHttp1(alpn: ReturnType<typeof done<{ protocol: string | null }>>, port: number): Facts {
  return withEndpoints(endpoint({ port, version: failed("closed"), keys: failed("closed"), encodedPath: failed("closed"), alpn }));
}

describe("tls: what is said", () => {
  test("one fault on two addresses is one finding with two places", () => {
    const old = done(tls({ notAfter: "2026-05-20T12:00:00.000Z" }));
    const finding = only(withEndpoints(endpoint({ tls: old }), endpoint({ address: V6, tls: old })), rules, "tls/expired");
    assert.deepEqual(finding.where, ["185.15.58.10:443", "[2a02:ec80:300::10]:443"]);
    assert.match(finding.detail, /expired on 2026-05-20, 12 days ago/);
  });

  test("the SRV target and the name are named, and both ways out", () => {
    const { detail, fix } = only(viaSrv([endpoint({ port: 8448, tls: done(tls(SRV_HOST)) })]), rules, "tls/name-is-srv-target");
    assert.match(detail, /covers hs1\.host\.example, the SRV target, but not example\.com/);
    assert.match(fix[0]!, /-d example\.com$/);
    assert.match(fix[1]!, /\n\{"m\.server": "hs1\.host\.example:8448"\}$/);
  });

  test("an alert is quoted and explained", () => {
    const { detail, fix } = only(handshakeFails("tls-alert", { alert: "unrecognized_name" }), rules, "tls/handshake");
    assert.match(detail, /"unrecognized_name".*matrix\.example\.com/);
    assert.match(fix[0]!, /matrix\.example\.com/);
  });

  test("the missing certificate is fetched from the CA", () => {
    const { fix } = only(alone({}, fetchedFrom("http://r10.i.lencr.org/")), rules, "tls/incomplete-chain");
    assert.equal(fix[1]?.split("\n")[1], "curl -sS 'http://r10.i.lencr.org/' | openssl x509 -inform DER >> cert.pem");
  });

  for (const url of ["http://a/$(reboot)", "http://a/';reboot;'", "ldap://a/b", "http://a/b.p7c", "http://a/`id`", "http://a/b c"]) {
    test(`no command is made of ${url}`, () => {
      const found = findingsOf(alone({ issuerUrls: [url, "http://x"] }, fetchedFrom(url)), rules);
      assert.ok(found.every(({ fix }) => fix.every((text) => !text.includes("curl"))));
    });
  }

  test("the proxy's own syntax is used when its header is seen", () => {
    const nginx = (text: string): Facts =>
      withEndpoints(
        endpoint({
          tls: done(tlsAlone()),
          version: done({
            response: http(200, text, { headers: { server: "nginx", "content-type": "application/json" } }),
            server: { name: "Synapse", version: "1" },
            problem: null,
          }),
        }),
      );
    const { fix } = only(nginx("{}"), rules, "tls/incomplete-chain");
    assert.match(fix[0]!, /\nssl_certificate \/etc\/letsencrypt\/live\/matrix\.example\.com\/fullchain\.pem;/);
  });

  test("plain HTTP names the product in its first bytes", () => {
    const { fix } = only(
      handshakeFails("plain-http", { excerpt: "HTTP/1.1 400 Bad Request\r\nServer: nginx/1.24.0\r\n" }),
      rules,
      "tls/plain-http",
    );
    assert.match(fix[0]!, /\nlisten 443 ssl;/);
  });

  test("plain HTTP on 8008: another port is the fix", () => {
    const facts = healthy({
      targets: [target({ port: 8008, endpoints: [endpointWithoutTls({ port: 8008, tls: failed("plain-http") })] })],
    });
    assert.match(only(facts, rules, "tls/plain-http").fix[0]!, /\n\{"m\.server": "matrix\.example\.com:443"\}$/);
  });

  test("names of other domains aren't put into the order for a certificate", () => {
    const { fix } = only(
      leaf({ dnsNames: ["shop.example.com", "a.example.net"], commonName: "shop.example.com" }),
      rules,
      "tls/name-mismatch",
    );
    assert.match(fix[0]!, /-d matrix\.example\.com -d shop\.example\.com$/);
  });

  test("without a route nothing is judged", () => {
    assert.deepEqual(findingsOf(healthy({ route: null, targets: [] }), rules), []);
  });

  test("blocked requests add nothing to a failed handshake", () => {
    const facts = withEndpoints(endpointWithoutTls({ version: blocked(), keys: blocked() }));
    assert.deepEqual(
      findingsOf(facts, rules).map(({ code }) => code),
      ["tls/handshake"],
    );
  });
});

/** The same server, at whose address the well-known is served by that product. */
function behind(server: string, ...endpoints: EndpointFacts[]): Facts {
  const [first] = attempt().hops as [Hop];
  const response = done(http(200, '{"m.server":"matrix.example.com:443"}', { headers: { server, "content-type": "application/json" } }));
  return {
    ...withEndpoints(...endpoints),
    wellKnown: done({ url: first.url, host: "example.com", attempts: [attempt({ hops: [{ ...first, response }] })] }),
  };
}
const ALERTS = [
  "unrecognized_name",
  "access_denied",
  "internal_error",
  "handshake_failure",
  "insufficient_security",
  "protocol_version",
  "bad_certificate",
  "certificate_unknown",
  "unsupported_certificate",
  "no_application_protocol",
  "decode_error",
];
const FRONTS = ["nginx", "Apache", "Caddy", "cloudflare", "something"];
const refusing = (alert: string): EndpointFacts => endpointWithoutTls({ tls: failed("tls-alert", { alert }) });
const ipLiteral = (tls: EndpointFacts["tls"]): Facts =>
  healthy({
    serverName: "185.15.58.10",
    wellKnown: notNeeded(),
    route: route({
      specStep: "1",
      via: "ip-literal",
      delegatedName: null,
      hostHeader: "185.15.58.10",
      tlsName: "185.15.58.10",
      tlsNameIsIp: true,
    }),
    targets: [target({ host: "185.15.58.10", port: 8448, endpoints: [endpointWithoutTls({ port: 8448, tls })] })],
  });
const GREETINGS = [
  "SSH-2.0-OpenSSH_9.6",
  "220 mail.example.com ESMTP Postfix",
  "220 ProFTPD",
  "220-welcome",
  "* OK IMAP4rev1",
  "x * OK IMAP4rev1",
  "RFB 003.008",
  "hello",
];
const BY_TRAEFIK = http(404, "404 page not found", { headers: { "content-type": "text/plain" } });
const BY_HAPROXY = http(
  503,
  "<html><body><h1>503 Service Unavailable</h1>\nNo server is available to handle this request.\n</body></html>",
);
/** Another address of the same port tells which proxy is in front. */
const beside = (response: ReturnType<typeof http>, alert: string): Facts =>
  withEndpoints(refusing(alert), endpoint({ address: V6, version: done(badVersion(response)), keys: done(keys(null, response)) }));

const HANDSHAKES: Record<string, Facts> = {
  ...Object.fromEntries(ALERTS.flatMap((alert) => FRONTS.map((front) => [`${alert}, ${front}`, behind(front, refusing(alert))]))),
  ...Object.fromEntries(ALERTS.map((alert) => [`${alert}, of an IP address`, ipLiteral(failed("tls-alert", { alert }))])),
  ...Object.fromEntries(GREETINGS.map((excerpt) => [`it says ${excerpt}`, handshakeFails("not-tls", { excerpt })])),
  "unrecognized_name, Traefik": beside(BY_TRAEFIK, "unrecognized_name"),
  "unrecognized_name, HAProxy": beside(BY_HAPROXY, "unrecognized_name"),
  "unrecognized_name, Caddy at another port": {
    ...behind("Caddy", endpointWithoutTls({ tls: failed("tls-alert", { alert: "unrecognized_name" }) })),
    targets: [target({ port: 8448, endpoints: [refusing("unrecognized_name")] })],
  },
  "it is no TLS, and says nothing": handshakeFails("not-tls"),
  "closed, nginx": behind("nginx", endpointWithoutTls({ tls: failed("closed") })),
  "reset, of an IP address": ipLiteral(failed("reset")),
  "any other failure, Apache": behind("Apache", endpointWithoutTls({ tls: failed("tls", { message: "wrong signature type" }) })),
  "two addresses fail in different ways": withEndpoints(
    refusing("decode_error"),
    endpointWithoutTls({ address: V6, tls: failed("closed") }),
  ),
  "two addresses fail in the same way": withEndpoints(
    refusing("decode_error"),
    endpointWithoutTls({ address: V6, tls: failed("tls-alert", { alert: "decode_error" }) }),
  ),
  "the same with two ports": viaSrv([], {
    targets: [8448, 8449].map((port) =>
      target({ host: "hs1.host.example", port, endpoints: [endpointWithoutTls({ port, tls: failed("closed") })] }),
    ),
  }),
  "an alert and no name of it": handshakeFails("tls-alert", { message: "alert 255" }),
  "plain HTTP, Apache, without a greeting": behind("Apache", endpointWithoutTls({ tls: failed("plain-http") })),
  "plain HTTP, Caddy": behind("Caddy", endpointWithoutTls({ tls: failed("plain-http", { excerpt: "HTTP/1.1 400 Bad Request" }) })),
  "plain HTTP of an IP address": ipLiteral(failed("plain-http")),
  "silence, at two ports": viaSrv([], {
    targets: [8448, 8449].map((port) =>
      target({ host: "hs1.host.example", port, endpoints: [endpointWithoutTls({ port, tls: failed("timeout", { ms: 9000 }) })] }),
    ),
  }),
  "a client certificate is demanded in the handshake, nginx": behind(
    "nginx",
    endpointWithoutTls({ tls: failed("tls-alert", { alert: "handshake_failure", asksClientCertificate: true }) }),
  ),
  "a client certificate is demanded, and no alert tells it": behind(
    "Apache",
    endpoint({
      tls: done(tls({}, { asksClientCertificate: true })),
      version: failed("closed"),
      keys: failed("closed"),
      encodedPath: blocked(),
    }),
  ),
  "a client certificate is asked for, and not needed": withEndpoints(endpoint({ tls: done(tls({}, { asksClientCertificate: true })) })),
  "old protocols, nginx": behind(
    "nginx",
    endpointWithoutTls({ tls: failed("tls-alert", { alert: "protocol_version" }), olderTls: done({ protocol: "TLSv1" }) }),
  ),
  "old protocols, HAProxy's look": withEndpoints(
    endpointWithoutTls({ tls: failed("tls-alert", { alert: "protocol_version" }), olderTls: done({ protocol: "TLSv1.1" }) }),
  ),
};

const GOOD_DETAILS: CertificateDetails = {
  key: { type: "ec", bits: 256, curve: "P-256" },
  signature: { algorithm: "ecdsa-with-SHA384", hash: "sha384" },
  basicConstraintsCa: false,
  keyUsage: ["digitalSignature"],
  extendedKeyUsage: ["1.3.6.1.5.5.7.3.1"],
  criticalExtensions: [],
  nameConstraints: null,
  otherNames: [],
};
const detailed = (details: Partial<CertificateDetails>, more: Partial<CertificateFacts> = {}): Facts =>
  leaf({ ...more, details: { ...GOOD_DETAILS, ...details } });
const above = (details: Partial<CertificateDetails>): Facts =>
  withEndpoints(
    endpoint({
      tls: done(
        tls(
          { details: GOOD_DETAILS },
          { chain: [certificate({ details: GOOD_DETAILS }), intermediate({ details: { ...GOOD_DETAILS, ...details } })] },
        ),
      ),
    }),
  );
const rsaOnly = (cipher: string, more: Partial<EndpointFacts> = {}): Facts =>
  withEndpoints(endpoint({ tls: done(tls({}, { protocol: "TLSv1.2", cipher })), ...more }));

const CERTIFICATES: Record<string, Facts> = {
  "RSA with 1024 bits": detailed({ key: { type: "rsa", bits: 1024, curve: null } }),
  "RSA with 2047 bits": detailed({ key: { type: "rsa", bits: 2047, curve: null } }),
  "RSA with 2048 bits": detailed({ key: { type: "rsa", bits: 2048, curve: null } }),
  "the issuer's RSA key has 1024 bits": above({ key: { type: "rsa", bits: 1024, curve: null } }),
  "a curve of 192 bits": detailed({ key: { type: "ec", bits: 192, curve: "P-192" } }),
  DSA: detailed({ key: { type: "dsa", bits: 2048, curve: null } }),
  Ed25519: detailed({ key: { type: "ed25519", bits: 256, curve: null } }),
  "signed with SHA-1": detailed({ signature: { algorithm: "sha1WithRSAEncryption", hash: "sha1" } }),
  "signed with MD5": detailed({ signature: { algorithm: "md5WithRSAEncryption", hash: "md5" } }),
  "the issuer is signed with SHA-1": above({ signature: { algorithm: "sha1WithRSAEncryption", hash: "sha1" } }),
  "only for clients": detailed({ extendedKeyUsage: ["1.3.6.1.5.5.7.3.2"] }),
  "for mail and time stamps": detailed({ extendedKeyUsage: ["1.3.6.1.5.5.7.3.4", "1.3.6.1.5.5.7.3.8", "1.2.3.4"] }),
  "for every purpose": detailed({ extendedKeyUsage: ["2.5.29.37.0"] }),
  "without purposes": detailed({ extendedKeyUsage: null }),
  "an unknown critical extension": detailed({ criticalExtensions: ["1.2.3.4"] }),
  "two unknown critical extensions": detailed({ criticalExtensions: ["1.2.3.4", "1.2.3.5", "2.5.29.15"] }),
  "the issuer has an unknown critical extension": above({ criticalExtensions: ["1.2.3.4"] }),
  "a CA's certificate": detailed({ basicConstraintsCa: true }),
  "name constraints exclude the name": above({ nameConstraints: { permitted: [{ kind: "dns", value: "example.org" }], excluded: [] } }),
  "name constraints exclude it by name": above({ nameConstraints: { permitted: [], excluded: [{ kind: "dns", value: "example.com" }] } }),
  "two odd entries": leaf({ dnsNames: ["matrix.example.com", "*", "192.0.2.1", "*.com"] }),
  "an odd entry of another kind": detailed({ otherNames: [{ kind: "uri", value: "sip:example.com:5060" }] }),
  "a wildcard for an A-label": {
    ...leaf({ dnsNames: ["*.example.com"] }),
    route: route({
      tlsName: "xn--bcher-kva.example.com",
      hostHeader: "xn--bcher-kva.example.com:443",
      delegatedName: "xn--bcher-kva.example.com:443",
    }),
    targets: [target({ host: "xn--bcher-kva.example.com", endpoints: [endpoint({ tls: done(tls({ dnsNames: ["*.example.com"] })) })] })],
  },
  "a wildcard of the wrong level": leaf({ dnsNames: ["*.matrix.example.com", "*.com"] }),
  "twelve other names": leaf({ dnsNames: Array.from({ length: 12 }, (_, index) => `h${index}.example.net`), commonName: "h0.example.net" }),
  "the name in the CN, another as SAN": leaf({ dnsNames: ["other.example"], commonName: "matrix.example.com" }),
  "only RSA key exchange": rsaOnly("AES256-GCM-SHA384", { ephemeralOnly: failed("tls-alert", { alert: "handshake_failure" }) }),
  "RSA key exchange is preferred, and not the only one": rsaOnly("AES256-GCM-SHA384", {
    ephemeralOnly: done({ protocol: "TLSv1.2", cipher: "ECDHE-RSA-AES256-GCM-SHA384" }),
  }),
  "only finite-field Diffie-Hellman": rsaOnly("DHE-RSA-AES256-GCM-SHA384", {
    ephemeralOnly: failed("tls-alert", { alert: "handshake_failure" }),
  }),
  "expired in 1 day": leaf({ notAfter: "2026-06-02T13:00:00.000Z" }),
  "expired an hour ago": leaf({ notAfter: "2026-06-01T11:00:00.000Z" }),
  "dates that are none": leaf({ notAfter: "x", notBefore: "y" }),
  "expiring, nginx": behind("nginx", endpoint({ tls: done(tls({ notAfter: "2026-06-05T13:00:00.000Z" })) })),
  "expiring, Caddy": behind("Caddy", endpoint({ tls: done(tls({ notAfter: "2026-06-05T13:00:00.000Z" })) })),
  "three addresses, two certificates": withEndpoints(
    endpoint({ tls: done(tls({ sha256: "11".repeat(32) })) }),
    endpoint({ address: V6, tls: done(tls({ sha256: "22".repeat(32) })) }),
    endpoint({ address: "185.15.58.11", tls: done(tls({ sha256: "11".repeat(32) })) }),
  ),
  "a chain of five in the wrong order, with two strays": withEndpoints(
    endpoint({
      tls: done(
        tls(
          {},
          {
            chain: [
              certificate(),
              intermediate({ sha256: "c1", subject: "CN=A" }),
              intermediate(),
              intermediate({ sha256: "c2", subject: "CN=B" }),
            ],
            trust: trust({ path: [0, 2], strays: [1, 3], inOrder: false }),
          },
        ),
      ),
    }),
  ),
  "nginx Proxy Manager's default": alone({
    subject: "CN=localhost, O=localhost",
    issuer: "CN=localhost, O=localhost",
    commonName: "localhost",
    selfSigned: true,
    dnsNames: ["localhost"],
  }),
  "Kubernetes' default": alone({
    subject: "CN=Kubernetes Ingress Controller Fake Certificate, O=Acme Co",
    issuer: "CN=Kubernetes Ingress Controller Fake Certificate, O=Acme Co",
    commonName: "Kubernetes Ingress Controller Fake Certificate",
    selfSigned: true,
    dnsNames: ["ingress.local"],
  }),
  "Plesk's default": alone({ subject: "CN=Plesk", issuer: "CN=Plesk", commonName: "Plesk", selfSigned: true, dnsNames: [] }),
  "Debian's snakeoil": alone({ subject: "CN=debian", issuer: "CN=debian", commonName: "debian", selfSigned: true, dnsNames: ["debian"] }),
  "self-signed, nginx": behind("nginx", endpoint({ tls: done(tlsAlone(SELF)) })),
  "a private CA, of an SRV target": viaSrv([
    endpoint({ port: 8448, tls: done(tlsAlone({ dnsNames: ["example.com"], issuer: "CN=House", issuerUrls: [] })) }),
  ]),
  "incomplete, Caddy": behind("Caddy", endpoint({ tls: done(tlsAlone()) })),
  "incomplete, and can be had": alone({}, fetchedFrom("http://r10.i.lencr.org/")),
  "incomplete after two": withEndpoints(
    endpoint({
      tls: done(
        tls(
          {},
          {
            chain: [certificate(), intermediate()],
            trust: trust({ anchor: null, path: [0, 1], verifyError: "UNABLE_TO_GET_ISSUER_CERT_LOCALLY" }),
          },
        ),
      ),
    }),
  ),
  "OpenSSL's own words": leaf({}, { trust: trust({ verifyError: "UNSPECIFIED", verifyMessage: "certificate rejected" }) }),
};

for (const [title, facts] of [...Object.entries(HANDSHAKES), ...Object.entries(CERTIFICATES)])
  said(`in words: ${title}`, () => saidOf(facts, ["well-known/cache"], "tls/"));
for (const [title, facts] of Object.entries(besideEachOther({ ...HANDSHAKES, ...CERTIFICATES }, V6)))
  said(`beside each other: ${title}`, () => placesOf(facts));
