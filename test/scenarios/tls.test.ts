/** Faults of TLS and of certificates at the homeserver's endpoint. Every fault of a certificate is reported, not only the first. */
import assert from "node:assert/strict";
import type { Network } from "../lab/network.ts";
import { selfSigned, createAuthority } from "../lab/certificates.ts";
import { tlsAlert, type TlsMaterial, type WebServerOptions } from "../lab/web-server.ts";
import { delegation, run, TIMEOUT, type Scenario } from "./scenario.ts";

const DAY = 86_400_000;
const past = { notBefore: new Date(Date.now() - 90 * DAY), notAfter: new Date(Date.now() - 3 * DAY) };

/** A good delegation to a homeserver with this certificate, or these options. */
const serving =
  (tls: (net: Network) => Promise<TlsMaterial>, options: Partial<WebServerOptions> = {}) =>
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

run([
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
    title: "tls/incomplete-chain",
    network: serving(async (net) => {
      const { key, cert } = await net.issuer.issue({ names: ["matrix.example.org"] });
      return { key, cert };
    }),
    finds: ["tls/incomplete-chain error"],
    verdict: "fail",
  },
  {
    title: "expired, wrong name and missing intermediate at once: all three",
    network: serving(async (net) => {
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
  {
    title: "tls/old-protocol",
    network: serving(good, { minVersion: "TLSv1.1", maxVersion: "TLSv1.1", ciphers: "DEFAULT@SECLEVEL=0" }),
    finds: ["tls/old-protocol error"],
    verdict: "fail",
  },
  { title: "tls/only-tls13", network: serving(good, { minVersion: "TLSv1.3" }), finds: ["tls/only-tls13 info"], verdict: "pass" },
  { title: "TLS 1.2 only is no fault", network: serving(good, { maxVersion: "TLSv1.2" }), finds: [], verdict: "pass" },
  { title: "tls/http2-only", network: serving(good, { alpn: ["h2"] }), finds: ["tls/http2-only error"], verdict: "fail" },
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
