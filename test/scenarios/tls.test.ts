/** Faults of TLS and of certificates at the homeserver's endpoint. Every fault of a certificate is reported, not only the first. */
import assert from "node:assert/strict";
import type { Network } from "../lab/network.ts";
import { selfSigned, createAuthority, type Authority } from "../lab/certificates.ts";
import type { HomeserverOptions } from "../lab/homeserver.ts";
import { pkcs7 } from "../lab/pkcs7.ts";
import { tlsAlert, type TlsMaterial } from "../lab/web-server.ts";
import { delegation, run, TIMEOUT, type Scenario } from "./scenario.ts";

const DAY = 86_400_000;
const past = { notBefore: new Date(Date.now() - 90 * DAY), notAfter: new Date(Date.now() - 3 * DAY) };

const NGINX_PAGE = {
  status: 400,
  headers: { "content-type": "text/html", server: "nginx" },
  body: "<html><head><title>400 No required SSL certificate was sent</title></head><body><center><h1>400 Bad Request</h1></center></body></html>",
};
let limitedRoot: Authority | undefined;
/** By `openssl dhparam -2 1024`. */
const DH_1024 = `-----BEGIN DH PARAMETERS-----
MIGHAoGBAPN+0kzfAw6alGGb0KoKiBkdae4rw6G7CvpArwvvSHzM8sZgPB3mt8of
o+NE0fchyAVa78tkjDFWfL1dVmQGbflN5aN14BqSExddayEPhwI27KuHLb7EDbYR
oszlNwMY2eYCvNethlMV4jwmHJ75G3USMsyacj2rJjq6z180oU7HAgEC
-----END DH PARAMETERS-----
`;

/** A good delegation to a homeserver with this certificate, or these options. */
const serving =
  (tls: (net: Network) => Promise<TlsMaterial>, options: Partial<Omit<HomeserverOptions, "serverName">> = {}) =>
  async (net: Network): Promise<void> => {
    await delegation(net, "matrix.example.org:443");
    await net.homeserver("example.org", { host: "matrix.example.org", port: 443, ...options, tls: await tls(net) });
  };
const good = (net: Network): Promise<TlsMaterial> => net.issuer.issue({ names: ["matrix.example.org"] });
const fails = (title: string, tls: (net: Network) => Promise<TlsMaterial>, ...finds: string[]): Scenario => ({
  title,
  network: serving(tls),
  finds,
  verdict: "fail",
});

/** Company CAs, and Let's Encrypt's staging, publish their certificates as well: nobody trusts the roots. */
function untrustedWithAia(): Scenario[] {
  return [
    ["a company's CA", "Acme Issuing CA", /Only for a private federation/],
    ["Let's Encrypt's staging", "(STAGING) Riddling Rhubarb R12", /certbot certonly --cert-name matrix\.example\.org .*--force-renewal/],
  ].map(([what, commonName, fix]) => ({
    title: `tls/untrusted-ca: ${String(what)}, which publishes its certificates`,
    network: serving(async (net) => {
      const root = await createAuthority({ commonName: "Root of its own" });
      const issuing = await root.intermediate({ commonName: String(commonName), aia: "http://ca.test/root.der" });
      await net.publishIssuers({ "/issuing.der": issuing.der, "/root.der": root.der });
      const { key, cert } = await issuing.issue({ names: ["matrix.example.org"], aia: "http://ca.test/issuing.der" });
      return { key, cert };
    }),
    finds: ["tls/untrusted-ca error"],
    verdict: "fail",
    and(report) {
      const [finding] = report.findings;
      assert.match(finding?.detail ?? "", /"CN=Root of its own" isn't trusted\. .*sending it wouldn't help/);
      assert.match(finding?.fix.join("\n") ?? "", fix as RegExp);
      assert.doesNotMatch(finding?.fix.join("\n") ?? "", /curl|Append/);
    },
  }));
}

/** What node:http2 answers without `allowHTTP1`. */
const NODE_WITHOUT_HTTP1 = { status: 403, headers: { "content-type": "text/plain" }, body: "Missing ALPN Protocol, expected `h2`.\n" };

run([
  {
    title: "tls/name-is-server-name: m.server is an address, and the name leads there as well",
    async network(net) {
      await delegation(net, "127.0.0.1:8450");
      const tls = await net.issuer.issue({ names: ["example.org"] });
      await net.homeserver("example.org", { host: "127.0.0.1", port: 8450, unpublished: true, tls });
    },
    finds: ["tls/name-is-server-name error"],
    verdict: "fail",
    and: ({ findings: [first] }) => assert.match(first?.fix[0] ?? "", /\{"m\.server": "example\.org:8450"\}$/),
  },
  fails("tls/expired", (net) => net.issuer.issue({ names: ["matrix.example.org"], ...past }), "tls/expired error"),
  fails(
    "tls/not-yet-valid",
    (net) => net.issuer.issue({ names: ["matrix.example.org"], notBefore: new Date(Date.now() + DAY) }),
    "tls/not-yet-valid error",
  ),
  fails("tls/name-mismatch", (net) => net.issuer.issue({ names: ["other.example.net"] }), "tls/name-mismatch error"),
  fails("tls/name-is-server-name", (net) => net.issuer.issue({ names: ["example.org"] }), "tls/name-is-server-name error"),
  fails("tls/self-signed", () => selfSigned({ names: ["matrix.example.org"] }), "tls/self-signed error"),
  fails("tls/no-san", (net) => net.issuer.issue({ names: [], commonName: "matrix.example.org", noSan: true }), "tls/no-san error"),
  fails(
    "tls/untrusted-ca: a root that nobody knows, sent along",
    async () => {
      const root = await createAuthority({ commonName: "Private Root" });
      const leaf = await root.issue({ names: ["matrix.example.org"] });
      return { ...leaf, chain: `${leaf.cert}\n${root.pem}` };
    },
    "tls/untrusted-ca error",
  ),
  fails(
    "tls/untrusted-ca: an issuer without AIA",
    async () => (await createAuthority({ commonName: "Private Root" })).issue({ names: ["matrix.example.org"], aia: false }),
    "tls/untrusted-ca error",
  ),
  fails(
    "tls/default-certificate: Traefik's",
    () => selfSigned({ names: ["a1b2.traefik.default"], commonName: "TRAEFIK DEFAULT CERT" }),
    "tls/default-certificate error",
    "tls/self-signed error < tls/default-certificate",
  ),
  {
    title: "tls/incomplete-chain: with what the CA publishes it leads to a trusted root",
    network: serving(async (net) => {
      await net.publishIssuers({ "/issuer.der": net.issuer.der });
      const { key, cert } = await net.issuer.issue({ names: ["matrix.example.org"] });
      return { key, cert };
    }),
    finds: ["tls/incomplete-chain error"],
    verdict: "fail",
    and(report) {
      const [finding] = report.findings;
      assert.match(finding?.detail ?? "", /With it, the chain leads to "CN=Lab Root", which is trusted/);
      assert.match(finding?.fix[1] ?? "", /\ncurl -sS 'http:\/\/ca\.test\/issuer\.der' \| openssl/);
    },
  },
  {
    title: "tls/incomplete-chain: two are missing",
    network: serving(async (net) => {
      const upper = await net.authority.intermediate({ commonName: "Upper", aia: false });
      const lower = await upper.intermediate({ commonName: "Lower", aia: "http://ca.test/upper.der" });
      await net.publishIssuers({ "/lower.der": lower.der, "/upper.der": upper.der });
      const { key, cert } = await lower.issue({ names: ["matrix.example.org"], aia: "http://ca.test/lower.der" });
      return { key, cert };
    }),
    finds: ["tls/incomplete-chain error"],
    verdict: "fail",
    and: (report) => assert.equal(report.findings[0]?.fix[1]?.match(/^curl /gm)?.length, 2),
  },
  {
    title: "tls/incomplete-chain: the CA publishes its certificates in PKCS #7",
    network: serving(async (net) => {
      const upper = await net.authority.intermediate({ commonName: "Upper", aia: false });
      const lower = await upper.intermediate({ commonName: "Lower", aia: false });
      await net.publishIssuers({ "/chain.p7c": pkcs7([upper.der, lower.der]) });
      const { key, cert } = await lower.issue({ names: ["matrix.example.org"], aia: "http://ca.test/chain.p7c" });
      return { key, cert };
    }),
    finds: ["tls/incomplete-chain error"],
    verdict: "fail",
    and: (report) => assert.match(report.findings[0]?.detail ?? "", /the chain leads to "CN=Lab Root", which is trusted/),
  },
  ...untrustedWithAia(),
  fails(
    "tls/untrusted-ca: where the issuer should be had there is none",
    async (net) => {
      const own = await net.authority.intermediate({ commonName: "Own Intermediate" });
      const { key, cert } = await own.issue({ names: ["matrix.example.org"] });
      return { key, cert };
    },
    "tls/untrusted-ca error",
  ),
  {
    title: "tls/incomplete-chain: the CA can't be asked from here, so that nothing is said against it",
    network: serving(async (net) => {
      const own = await net.authority.intermediate({ commonName: "Own Intermediate" });
      const { key, cert } = await own.issue({ names: ["matrix.example.org"] });
      net.publish("ca.test", { A: ["127.0.0.1"] });
      await net.closed("ca.test", 80);
      return { key, cert };
    }),
    finds: ["tls/incomplete-chain error"],
    verdict: "fail",
    and: (report) => assert.match(report.findings[0]?.detail ?? "", /whether it leads to a trusted root wasn't seen/),
  },
  {
    title: "tls/incomplete-chain: another address sends what this one leaves out",
    async network(net) {
      const own = await net.authority.intermediate({ commonName: "Own Intermediate", aia: false });
      const whole = await own.issue({ names: ["matrix.example.org"], aia: false });
      await delegation(net, "matrix.example.org:443");
      const addresses = ["127.0.0.1", "127.0.0.2"];
      const tlsOf = (index: number): TlsMaterial => (index === 0 ? whole : { key: whole.key, cert: whole.cert });
      await net.homeserver("example.org", { host: "matrix.example.org", port: 443, addresses, tlsOf });
    },
    finds: ["tls/incomplete-chain error"],
    verdict: "fail",
    and(report) {
      assert.match(report.findings[0]?.detail ?? "", /With it, the chain leads to "CN=Lab Root", which is trusted/);
      assert.equal(report.findings[0]?.fix.length, 1, "nothing to fetch from a URL");
    },
  },
  {
    title: "tls/incomplete-chain: the well-known's host sends it",
    network: serving(async (net) => {
      const { key, cert } = await net.issuer.issue({ names: ["matrix.example.org"] });
      return { key, cert };
    }),
    finds: ["tls/incomplete-chain error"],
    verdict: "fail",
    and: (report) => assert.match(report.findings[0]?.detail ?? "", /With it, the chain leads to "CN=Lab Root", which is trusted/),
  },
  {
    title: "expired, wrong name and missing intermediate at once: all three",
    network: serving(async (net) => {
      await net.publishIssuers({ "/issuer.der": net.issuer.der });
      const { key, cert } = await net.issuer.issue({ names: ["old.example.net"], ...past });
      return { key, cert };
    }),
    finds: ["tls/name-mismatch error", "tls/expired error", "tls/incomplete-chain error"],
    verdict: "fail",
    and(report) {
      assert.deepEqual(
        report.steps
          .filter(({ id }) => id === "federation" || id === "keys")
          .map(({ status, detail }) => [status, detail.includes("once the certificate is fixed")]),
        [
          ["pass", true],
          ["pass", true],
        ],
      );
      assert.equal(report.route?.targets[0]?.endpoints[0]?.status, "failed");
    },
  },
  {
    title: "tls/name-is-srv-target",
    async network(net) {
      await net.web("example.org");
      net.publish("_matrix-fed._tcp.example.org", { SRV: ["10 5 8448 hs1.example.net"] });
      await net.homeserver("example.org", { host: "hs1.example.net" });
    },
    finds: ["tls/name-is-srv-target error", "well-known/not-found info", "srv/not-recommended info"],
    verdict: "fail",
  },
  {
    title: "a wildcard certificate covers one label",
    network: serving((net) => net.issuer.issue({ names: ["*.example.org"] })),
    finds: [],
    verdict: "pass",
  },
  {
    title: "tls/expiring",
    network: serving((net) => net.issuer.issue({ names: ["matrix.example.org"], notAfter: new Date(Date.now() + 10 * DAY) })),
    finds: ["tls/expiring warning"],
    verdict: "warn",
  },
  {
    title: "tls/expiring: not below its threshold",
    network: serving((net) => net.issuer.issue({ names: ["matrix.example.org"], notAfter: new Date(Date.now() + 10 * DAY) })),
    options: { minCertDays: 5 },
    finds: [],
    verdict: "pass",
  },
  {
    title: "tls/wrong-chain: the certificates are sent in the wrong order",
    network: serving(async (net) => {
      const second = await net.issuer.intermediate({ commonName: "Second" });
      const leaf = await second.issue({ names: ["matrix.example.org"] });
      return { ...leaf, chain: [leaf.cert, ...leaf.intermediates.toReversed()].join("\n") };
    }),
    finds: ["tls/wrong-chain warning"],
    verdict: "warn",
  },
  {
    title: "the root sent along is no fault",
    network: serving(async (net) => {
      const leaf = await net.issuer.issue({ names: ["matrix.example.org"] });
      return { ...leaf, chain: `${leaf.chain}\n${leaf.root}` };
    }),
    finds: [],
    verdict: "pass",
  },
  {
    title: "tls/wildcard-idn: Synapse alone refuses it",
    serverName: "xn--bcher-kva.example.org",
    async network(net) {
      await net.homeserver("xn--bcher-kva.example.org", { tls: await net.issuer.issue({ names: ["*.example.org"] }) });
      await net.web("xn--bcher-kva.example.org");
    },
    finds: ["tls/wildcard-idn error", "well-known/not-found info"],
    verdict: "fail",
  },
  {
    title: "tls/odd-san and tls/wildcard-idn: both keep Synapse away",
    serverName: "xn--bcher-kva.example.org",
    async network(net) {
      const tls = await net.issuer.issue({ names: ["*.example.org"], oddDnsNames: ["*"] });
      await net.homeserver("xn--bcher-kva.example.org", { tls });
      await net.web("xn--bcher-kva.example.org");
    },
    finds: ["tls/wildcard-idn error", "tls/odd-san error", "well-known/not-found info"],
    verdict: "fail",
    and: ({ findings }) => assert.deepEqual([findings[0]?.affects, findings[1]?.affects], [["Synapse"], ["Synapse"]]),
  },
  {
    title: "an odd name in the certificate of a host without a well-known file makes no difference",
    async network(net) {
      await net.homeserver("example.org");
      await net.web("example.org", { tls: await net.issuer.issue({ names: ["example.org"], oddDnsNames: ["*"] }) });
    },
    finds: ["well-known/not-found info"],
    verdict: "pass",
  },
  {
    title: "well-known/tls: homeservers in Rust refuse a CA's certificate there, too",
    async network(net) {
      await net.web("example.org", {
        tls: await net.issuer.issue({ names: ["example.org"], isCa: true }),
        routes: { "/.well-known/matrix/server": { body: { "m.server": "matrix.example.org:443" } } },
      });
      await net.homeserver("example.org", { host: "matrix.example.org", port: 443 });
      await net.closed("example.org", 8448);
    },
    finds: ["well-known/tls warning"],
    verdict: "warn",
    and: ({ findings }) => assert.deepEqual(findings[0]?.affects, ["Conduit", "conduwuit", "tuwunel", "continuwuity"]),
  },
  {
    title: "an A-label that the certificate names in full, beside a wildcard",
    serverName: "xn--bcher-kva.example.org",
    async network(net) {
      const tls = await net.issuer.issue({ names: ["*.example.org", "xn--bcher-kva.example.org"] });
      await net.homeserver("xn--bcher-kva.example.org", { tls });
      await net.web("xn--bcher-kva.example.org");
    },
    finds: ["well-known/not-found info"],
    verdict: "pass",
  },
  ...["192.0.2.7", "*", "*.org", "*.*.example.org", "a.*.example.org", "2001:db8::1", "443"].map((odd) =>
    fails(
      `tls/odd-san: ${odd} as a dNSName beside the name`,
      (net) => net.issuer.issue({ names: ["matrix.example.org"], oddDnsNames: [odd] }),
      "tls/odd-san error",
    ),
  ),
  fails(
    "tls/odd-san: a URI with a port",
    (net) => net.issuer.issue({ names: ["matrix.example.org"], uris: ["https://example.org:8448/"] }),
    "tls/odd-san error",
  ),
  {
    title: "names that are odd for nobody: a wildcard, another domain, a URI",
    network: serving((net) =>
      net.issuer.issue({
        names: ["matrix.example.org", "*.example.org", "w*.example.org", "localhost", "192.0.2.7"],
        uris: ["spiffe://example.org/hs"],
      }),
    ),
    finds: [],
    verdict: "pass",
  },
  {
    title: "tls/ip-as-dns-name",
    serverName: "127.0.0.1",
    async network(net) {
      const tls = await net.issuer.issue({ names: [], oddDnsNames: ["127.0.0.1"], commonName: "a server" });
      await net.homeserver("127.0.0.1", { tls, overridden: true });
    },
    finds: ["tls/ip-as-dns-name error"],
    verdict: "fail",
  },
  fails(
    "tls/wrong-purpose: a client's certificate",
    (net) => net.issuer.issue({ names: ["matrix.example.org"], extendedKeyUsage: ["1.3.6.1.5.5.7.3.2"] }),
    "tls/wrong-purpose error",
  ),
  fails(
    "tls/wrong-purpose: keyUsage of a CA only",
    (net) => net.issuer.issue({ names: ["matrix.example.org"], keyUsage: ["keyCertSign"] }),
    "tls/wrong-purpose error",
    // With such a key OpenSSL's server has no cipher suite of TLS 1.2.
    "tls/only-tls13 info",
  ),
  fails(
    "tls/wrong-purpose: the CA is one for e-mail",
    async (net) => (await net.authority.intermediate({ extendedKeyUsage: ["1.3.6.1.5.5.7.3.4"] })).issue({ names: ["matrix.example.org"] }),
    "tls/wrong-purpose error",
  ),
  {
    title: "no extendedKeyUsage, and a keyUsage for TLS: good for a server",
    network: serving((net) => net.issuer.issue({ names: ["matrix.example.org"], extendedKeyUsage: null, keyUsage: ["digitalSignature"] })),
    finds: [],
    verdict: "pass",
  },
  fails(
    "tls/critical-extension",
    (net) => net.issuer.issue({ names: ["matrix.example.org"], critical: ["1.3.6.1.4.1.11129.2.4.3"] }),
    "tls/critical-extension error",
  ),
  fails(
    "tls/name-constraints: the CA may certify other domains only",
    async (net) => (await net.authority.intermediate({ permitted: ["example.net"] })).issue({ names: ["matrix.example.org"] }),
    "tls/name-constraints error",
  ),
  fails(
    "tls/name-constraints: another name in the certificate is excluded",
    async (net) =>
      (await net.authority.intermediate({ excluded: ["intern.example.net"] })).issue({
        names: ["matrix.example.org", "a.intern.example.net"],
      }),
    "tls/name-constraints error",
  ),
  {
    title: "a CA that may certify this domain",
    network: serving(async (net) =>
      (await net.authority.intermediate({ permitted: ["example.org"], excluded: ["intern.example.org"] })).issue({
        names: ["matrix.example.org"],
      }),
    ),
    finds: [],
    verdict: "pass",
  },
  {
    title: "tls/name-constraints: those of the trusted root itself",
    network: serving(async () => {
      limitedRoot ??= await createAuthority({ commonName: "Limited Root", permitted: ["example.net"] });
      return limitedRoot.issue({ names: ["matrix.example.org"] });
    }),
    finds: ["tls/name-constraints error"],
    verdict: "fail",
    trusts: async () => [(limitedRoot ??= await createAuthority({ commonName: "Limited Root", permitted: ["example.net"] })).pem],
  },
  fails(
    "tls/weak-signature: SHA-1 under the server's certificate",
    (net) => net.issuer.issue({ names: ["matrix.example.org"], hash: "SHA-1" }),
    "tls/weak-signature error",
  ),
  fails(
    "tls/weak-signature: SHA-1 under the CA's certificate",
    async (net) => (await net.authority.intermediate({ hash: "SHA-1" })).issue({ names: ["matrix.example.org"] }),
    "tls/weak-signature error",
  ),
  fails(
    "tls/weak-key: RSA of 1024 bits",
    (net) => net.issuer.issue({ names: ["matrix.example.org"], keyAlgorithm: "rsa-1024" }),
    "tls/weak-key error",
  ),
  fails(
    "tls/weak-key: the CA's",
    async (net) => (await net.authority.intermediate({ keyAlgorithm: "rsa-1024" })).issue({ names: ["matrix.example.org"] }),
    "tls/weak-key error",
  ),
  {
    title: "RSA of 2048 bits is strong enough",
    network: serving((net) => net.issuer.issue({ names: ["matrix.example.org"], keyAlgorithm: "rsa-2048" })),
    finds: [],
    verdict: "pass",
  },
  {
    title: "tls/ca-as-leaf",
    network: serving((net) => net.issuer.issue({ names: ["matrix.example.org"], isCa: true })),
    finds: ["tls/ca-as-leaf warning"],
    verdict: "warn",
  },
  fails(
    "a self-signed certificate that is a CA's: only that nobody vouches for it",
    () => selfSigned({ names: ["matrix.example.org"], isCa: true }),
    "tls/self-signed error",
  ),
  fails(
    "tls/refused: the CA may have no CA below it",
    async (net) =>
      (await (await net.authority.intermediate({ commonName: "Upper", pathLength: 0 })).intermediate({ commonName: "Lower" })).issue({
        names: ["matrix.example.org"],
      }),
    "tls/refused error",
  ),
  {
    title: "tls/old-key-exchange: RSA only",
    network: serving((net) => net.issuer.issue({ names: ["matrix.example.org"], keyAlgorithm: "rsa-2048" }), {
      maxVersion: "TLSv1.2",
      ciphers: "AES128-GCM-SHA256",
    }),
    finds: ["tls/old-key-exchange warning"],
    verdict: "warn",
  },
  {
    title: "tls/old-key-exchange: a small Diffie-Hellman group",
    network: serving((net) => net.issuer.issue({ names: ["matrix.example.org"], keyAlgorithm: "rsa-2048" }), {
      maxVersion: "TLSv1.2",
      ciphers: "DHE-RSA-AES128-GCM-SHA256:@SECLEVEL=0",
      dhparam: DH_1024,
    }),
    finds: ["tls/old-key-exchange error"],
    verdict: "fail",
    and: (report) => assert.match(report.findings[0]?.detail ?? "", /a Diffie-Hellman group of 1024 bits/),
  },
  {
    title: "RSA key exchange is preferred, ECDHE is there too",
    network: serving((net) => net.issuer.issue({ names: ["matrix.example.org"], keyAlgorithm: "rsa-2048" }), {
      maxVersion: "TLSv1.2",
      ciphers: "AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256",
    }),
    finds: [],
    verdict: "pass",
  },
  {
    title: "tls/client-certificate, with TLS 1.2 and 1.3",
    network: serving(good, { clientCertificate: "required" }),
    finds: ["tls/client-certificate error"],
    verdict: "fail",
  },
  {
    title: "tls/client-certificate, and the server's own has expired: both keep everybody away",
    network: serving((net) => net.issuer.issue({ names: ["matrix.example.org"], ...past }), { clientCertificate: "required" }),
    finds: ["tls/client-certificate error", "tls/expired error"],
    verdict: "fail",
    and({ findings, reach }) {
      assert.deepEqual(
        findings.slice(0, 2).map(({ affects }) => affects),
        ["all", "all"],
      );
      assert.deepEqual(reach[0]?.because, ["tls/client-certificate", "tls/expired"]);
    },
  },
  ...(["TLSv1.2", "TLSv1.3"] as const).map((version): Scenario => ({
    title: `tls/client-certificate, with ${version}`,
    network: serving(good, { minVersion: version, maxVersion: version, clientCertificate: "required" }),
    finds: ["tls/client-certificate error", ...(version === "TLSv1.3" ? ["tls/only-tls13 info"] : [])],
    verdict: "fail",
  })),
  {
    title: "tls/client-certificate: nginx' page",
    network: serving(good, {
      clientCertificate: "asked",
      version: NGINX_PAGE,
      keys: NGINX_PAGE,
      fallback: NGINX_PAGE,
    }),
    finds: ["tls/client-certificate error", "federation/http-status error < tls/client-certificate"],
    verdict: "fail",
  },
  {
    title: "a client certificate is asked for, and not needed",
    network: serving(good, { clientCertificate: "asked" }),
    finds: [],
    verdict: "pass",
  },
  {
    title: "tls/plain-http: the handshake is closed without a word, a request is answered",
    async network(net) {
      await delegation(net, "matrix.example.org:443");
      await net.homeserver("example.org", { host: "matrix.example.org", port: 443, tls: null, badRequest: () => "" });
    },
    finds: ["tls/plain-http error"],
    verdict: "fail",
    and: (report) => assert.match(report.findings[0]?.detail ?? "", /an HTTP request without TLS does/),
  },
  {
    title: "tls/handshake: both the handshake and a request are closed",
    network: serving(good, { onAccept: "close" }),
    finds: ["tls/handshake error"],
    verdict: "fail",
  },
  ...(["TLSv1", "TLSv1.1"] as const).map((version): Scenario => ({
    title: `tls/old-protocol: ${version}`,
    network: serving(good, { minVersion: version, maxVersion: version, ciphers: "DEFAULT@SECLEVEL=0" }),
    finds: ["tls/old-protocol error"],
    verdict: "fail",
  })),
  {
    title: "tls/plain-http: port 8008 in the server name, which no file can change",
    serverName: "example.org:8008",
    network: (net) => net.homeserver("example.org:8008", { host: "example.org", port: 8008, tls: null }),
    finds: ["tls/plain-http error", "name/explicit-port info"],
    verdict: "fail",
    and({ findings }) {
      assert.doesNotMatch(JSON.stringify(findings[0]?.fix), /\.well-known/);
      assert.match(findings[0]?.fix[0] ?? "", /8008/);
    },
  },
  {
    title: "tls/plain-http",
    async network(net) {
      await delegation(net, "matrix.example.org:443");
      await net.homeserver("example.org", { host: "matrix.example.org", port: 443, tls: null });
    },
    finds: ["tls/plain-http error"],
    verdict: "fail",
  },
  {
    title: "tls/handshake: an alert",
    network: serving(good, { onAccept: tlsAlert(112) }),
    finds: ["tls/handshake error"],
    verdict: "fail",
    and: (report) => assert.match(report.findings.find(({ code }) => code === "tls/handshake")?.detail ?? "", /unrecognized_name/),
  },
  {
    title: "tls/handshake: something else answers",
    network: serving(good, { onAccept: { raw: "SSH-2.0-OpenSSH_9.2p1\r\n", speaksFirst: true } }),
    finds: ["tls/handshake error"],
    verdict: "fail",
  },
  { title: "tls/timeout", network: serving(good, { onAccept: "stall" }), options: TIMEOUT, finds: ["tls/timeout error"], verdict: "fail" },
  { title: "tls/only-tls13", network: serving(good, { minVersion: "TLSv1.3" }), finds: ["tls/only-tls13 info"], verdict: "pass" },
  { title: "TLS 1.2 only is no fault", network: serving(good, { maxVersion: "TLSv1.2" }), finds: [], verdict: "pass" },
  {
    title: "tls/http2-only, with a certificate that has expired: each hits its own",
    network: serving((net) => net.issuer.issue({ names: ["matrix.example.org"], ...past }), { alpn: ["h2"] }),
    finds: ["tls/expired error", "tls/http2-only error"],
    verdict: "fail",
    and({ findings }) {
      const [expired, http2] = findings;
      assert.equal(expired?.affects, "all");
      assert.ok(http2?.affects.includes("Synapse") === true && http2.affects !== "all");
    },
  },
  { title: "tls/http2-only", network: serving(good, { alpn: ["h2"] }), finds: ["tls/http2-only error"], verdict: "fail" },
  {
    title: "tls/http2-only: HTTP/1.1 is refused in Node.js's words",
    network: serving(good, { alpn: ["h2", "http/1.1"], intercept: () => NODE_WITHOUT_HTTP1 }),
    finds: ["tls/http2-only error"],
    verdict: "fail",
    and: ({ findings, reach }) => {
      assert.match(
        findings[0]?.detail ?? "",
        /^An HTTP\/1\.1 request gets status 403, which refuses that version of HTTP, and ALPN chooses h2/,
      );
      assert.deepEqual([reach[0]?.homeserver, reach[0]?.reaches, reach[0]?.because], ["Synapse", "no", ["tls/http2-only"]]);
    },
  },
  {
    title: "tls/http2-only: status 505",
    network: serving(good, { alpn: ["h2", "http/1.1"], intercept: () => ({ status: 505, body: "" }) }),
    finds: ["tls/http2-only error"],
    verdict: "fail",
  },
  {
    title: "not http2-only: the same words, where ALPN doesn't choose h2",
    network: serving(good, { intercept: () => NODE_WITHOUT_HTTP1 }),
    finds: ["federation/forbidden error"],
    verdict: "fail",
  },
  {
    title: "tls/differs and a fault on one address only: found and placed",
    async network(net) {
      await delegation(net, "matrix.example.org:443");
      const right = await good(net);
      const old = await net.issuer.issue({ names: ["matrix.example.org"], ...past });
      let started = 0;
      await net.homeserver("example.org", {
        host: "matrix.example.org",
        port: 443,
        addresses: ["127.0.0.1", "::1"],
        tlsOf: () => (started++ === 0 ? right : old),
      });
    },
    finds: ["tls/expired error", "tls/differs warning < tls/expired"],
    verdict: "fail",
    and(report) {
      assert.deepEqual(
        report.route?.targets[0]?.endpoints.map(({ address, status }) => `${address} ${status}`),
        ["127.0.0.1 ok", "::1 failed"],
      );
      const [expired] = report.findings;
      assert.equal(expired?.where.length, 1);
      assert.match(expired?.where[0] ?? "", /^\[::1\]:/);
    },
  },
]);
