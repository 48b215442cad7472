import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { X509Certificate } from "node:crypto";
import {
  certificateCovers,
  certificateFaults,
  coveredOnlyByCommonName,
  dateFault,
  daysLeft,
  defaultCertificate,
} from "../../src/views/certificate.ts";
import type { CertificateFacts, TlsFacts, TrustFacts } from "../../src/facts/facts.ts";
import { certificateFacts } from "../../src/net/tls-certificate.ts";
import { createAuthority, selfSigned } from "../lab/certificates.ts";

function certificate(overrides: Partial<CertificateFacts> = {}): CertificateFacts {
  return {
    subject: "CN=example.test",
    commonName: "example.test",
    issuer: "CN=Example CA, O=Example",
    dnsNames: ["example.test"],
    ipAddresses: [],
    notBefore: "2026-01-01T00:00:00.000Z",
    notAfter: "2026-03-31T23:59:59.000Z",
    sha256: "00",
    selfSigned: false,
    isCa: false,
    issuerUrls: ["http://ca.test/issuer.der"],
    ...overrides,
  };
}

const during = new Date("2026-02-01T00:00:00Z");

describe("names", () => {
  const dns: [string, string, boolean][] = [
    ["example.test", "example.test", true],
    ["EXAMPLE.test", "example.TEST", true],
    ["example.test", "example.test.", true],
    ["example.test.", "example.test", false],
    ["example.test", "www.example.test", false],
    ["www.example.test", "example.test", false],
    ["*.example.test", "www.example.test", true],
    ["*.example.test", "WWW.EXAMPLE.TEST", true],
    ["*.example.test", "example.test", false],
    ["*.example.test", ".example.test", false],
    ["*.example.test", "a.b.example.test", false],
    ["*.example.test", "*.example.test", false],
    ["*.example.test", "xn--bcher-kva.example.test", true],
    ["*.xn--bcher-kva.test", "www.xn--bcher-kva.test", true],
    ["xn--bcher-kva.test", "bücher.test", false],
    ["w*.example.test", "www.example.test", false],
    ["*w.example.test", "www.example.test", false],
    ["www.*.test", "www.example.test", false],
    ["*.*.test", "www.example.test", false],
    ["*.test", "example.test", false],
    ["*", "example.test", false],
    ["*.", "example.test", false],
    ["*..test", "a..test", false],
    ["", "", false],
    ["example.test\0.evil.test", "example.test", false],
    ["example.test\u212a", "example.testk", false], // KELVIN SIGN is no K in DNS
    ["192.0.2.1", "192.0.2.1", true], // as a name; what is asked here is not an address
  ];
  for (const [entry, name, covers] of dns) {
    test(`${JSON.stringify(entry)} ${covers ? "covers" : "doesn't cover"} ${JSON.stringify(name)}`, () => {
      assert.equal(certificateCovers(certificate({ dnsNames: ["else.test", entry], commonName: null }), name, false), covers);
    });
  }

  const ips: [string, string, boolean][] = [
    ["192.0.2.1", "192.0.2.1", true],
    ["192.0.2.1", "192.0.2.2", false],
    ["2001:db8::1", "2001:DB8:0:0:0:0:0:1", true],
    ["2001:db8::1", "2001:db8::2", false],
    ["::ffff:192.0.2.1", "192.0.2.1", false],
    ["192.0.2.1", "example.test", false],
  ];
  for (const [entry, address, covers] of ips) {
    test(`iPAddress ${entry} ${covers ? "covers" : "doesn't cover"} ${address}`, () => {
      assert.equal(
        certificateCovers(certificate({ dnsNames: [address, "*.0.2.1"], ipAddresses: [entry], commonName: address }), address, true),
        covers,
      );
    });
  }

  const cns: [string, string | null, string[], string, boolean][] = [
    ["in the CN only", "example.test", [], "example.test", true],
    ["in the CN only, other names in the SAN", "example.test", ["www.example.test"], "example.test", true],
    ["a wildcard in the CN only", "*.example.test", [], "www.example.test", true],
    ["in both", "example.test", ["example.test"], "example.test", false],
    ["in neither", "else.test", [], "example.test", false],
    ["no CN", null, [], "example.test", false],
    ["an address in the CN only", "192.0.2.1", ["192.0.2.1"], "192.0.2.1", true],
  ];
  for (const [it, commonName, dnsNames, name, only] of cns) {
    test(`${it}: coveredOnlyByCommonName is ${only}`, () => {
      assert.equal(coveredOnlyByCommonName(certificate({ commonName, dnsNames }), name), only);
    });
  }
});

describe("dates", () => {
  const dates: [string, ReturnType<typeof dateFault>, number][] = [
    ["2025-12-31T23:59:59.999Z", "not-yet-valid", 89],
    ["2026-01-01T00:00:00.000Z", null, 89],
    ["2026-03-30T23:59:59.000Z", null, 1],
    ["2026-03-31T00:00:00.000Z", null, 0],
    ["2026-03-31T23:59:59.000Z", null, 0],
    ["2026-03-31T23:59:59.999Z", null, -1],
    ["2026-04-01T00:00:00.000Z", "expired", -1],
    ["2026-04-10T00:00:00.000Z", "expired", -10],
  ];
  for (const [at, fault, days] of dates) {
    test(`${at}: ${fault ?? "valid"}, ${days} days left`, () => {
      assert.equal(dateFault(certificate(), new Date(at)), fault);
      assert.equal(daysLeft(certificate(), new Date(at)), days);
    });
  }
});

describe("faults", () => {
  const ca = certificate({ subject: "CN=Example CA", dnsNames: [], isCa: true });
  const expired = { notAfter: "2026-01-15T00:00:00.000Z" };
  const tls = (chain: TlsFacts["chain"], trust: Partial<TrustFacts> = {}): TlsFacts => ({
    protocol: "TLSv1.3",
    cipher: "TLS_AES_128_GCM_SHA256",
    chain,
    trust: { anchor: "CN=Root", path: chain.map((_, index) => index), strays: [], inOrder: true, verifyError: null, ...trust },
  });
  const untrusted = { anchor: null, verifyError: "UNABLE_TO_GET_ISSUER_CERT_LOCALLY" };
  const cases: [string, TlsFacts, string[]][] = [
    ["none", tls([certificate(), ca]), []],
    ["name", tls([certificate({ dnsNames: ["else.test"] }), ca]), ["name"]],
    ["expired leaf", tls([certificate(expired), ca], { verifyError: "CERT_HAS_EXPIRED" }), ["expired"]],
    ["expired intermediate", tls([certificate(), { ...ca, ...expired }]), ["expired"]],
    ["expired certificate that the path doesn't need", tls([certificate(), { ...ca, ...expired }], { path: [0] }), []],
    [
      "expired leaf above an intermediate that isn't valid yet",
      tls([certificate(expired), { ...ca, notBefore: "2026-03-01T00:00:00.000Z" }]),
      ["expired", "not-yet-valid"],
    ],
    ["self-signed", tls([certificate({ selfSigned: true })], untrusted), ["self-signed"]],
    ["the intermediate is missing", tls([certificate()], untrusted), ["incomplete-chain"]],
    ["the issuer is only in a directory", tls([certificate({ issuerUrls: ["ldap:///CN=ca"] })], untrusted), ["untrusted-ca"]],
    ["a foreign root at the end", tls([certificate(), { ...ca, selfSigned: true }], untrusted), ["untrusted-ca"]],
    ["no AIA", tls([certificate({ issuerUrls: [] })], untrusted), ["untrusted-ca"]],
    [
      "everything",
      tls([certificate({ ...expired, dnsNames: [] })], { ...untrusted, verifyError: "CERT_HAS_EXPIRED" }),
      ["name", "expired", "incomplete-chain"],
    ],
    ["something else", tls([certificate(), ca], { verifyError: "EE_KEY_TOO_SMALL" }), ["other"]],
    ["something else and the name", tls([certificate({ dnsNames: [] }), ca], { verifyError: "INVALID_PURPOSE" }), ["name", "other"]],
    ["OpenSSL judged at another time", tls([certificate(), ca], { verifyError: "CERT_HAS_EXPIRED" }), []],
  ];
  for (const [it, facts, faults] of cases) {
    test(it, () => assert.deepEqual(certificateFaults(facts, "example.test", false, during), faults));
  }
});

describe("default certificates", () => {
  const own = (name: string): Partial<CertificateFacts> => ({
    subject: name,
    issuer: name,
    commonName: /CN=([^,]*)/.exec(name)?.[1] ?? null,
    selfSigned: true,
    dnsNames: [],
  });
  const snakeoil = {
    ...own("CN=debian"),
    dnsNames: ["debian"],
    notBefore: "2020-01-01T00:00:00.000Z",
    notAfter: "2029-12-29T00:00:00.000Z",
  };
  const cases: [string, Partial<CertificateFacts>, string | null][] = [
    ["Traefik", own("CN=TRAEFIK DEFAULT CERT"), "Traefik"],
    [
      "ingress-nginx",
      { ...own("CN=Kubernetes Ingress Controller Fake Certificate, O=Acme Co"), dnsNames: ["ingress.local"] },
      "Kubernetes ingress-nginx",
    ],
    ["Caddy's own CA", { subject: "", commonName: null, issuer: "CN=Caddy Local Authority - ECC Intermediate" }, "Caddy"],
    ["Google without SNI", own("CN=invalid2.invalid, OU=No SNI provided\\; please fix your client."), "Google"],
    ["Plesk", own("CN=Plesk, O=Plesk, L=Schaffhausen, C=CH"), "Plesk"],
    ["cPanel", own("CN=host.example.test, emailAddress=ssl@host.example.test"), "cPanel"],
    ["Nginx Proxy Manager", own("CN=localhost, OU=localhost, O=localhost"), "Nginx Proxy Manager"],
    ["snakeoil", snakeoil, "Debian ssl-cert (snakeoil)"],
    ["snakeoil, renewed for the full name", { ...snakeoil, ...own("CN=hs.example.test") }, null],
    ["a single label of an internal CA", { subject: "CN=debian", commonName: "debian", dnsNames: ["debian"] }, null],
    ["a single label, self-signed for a year", { ...snakeoil, notAfter: "2021-01-01T00:00:00.000Z" }, null],
    ["Sophos", own("CN=SophosApplianceCertificate_C01001ABC, O=Sophos"), "Sophos"],
    [
      "FortiGate",
      { subject: "CN=FGT60F, OU=FortiGate, O=Fortinet", issuer: "CN=support, OU=Certificate Authority, O=Fortinet", commonName: "FGT60F" },
      "FortiGate",
    ],
    ["Synology", own("CN=synology.com, O=Synology Inc."), "Synology"],
    [
      "Synology's own website",
      { subject: "CN=*.synology.com, O=Synology Inc.", issuer: "CN=DigiCert, O=DigiCert Inc", commonName: "*.synology.com" },
      null,
    ],
    ["pfSense", own("CN=pfSense-5f, O=pfSense webConfigurator Self-Signed Certificate"), "pfSense"],
    ["mod_ssl of old", own("CN=web1, OU=SomeOrganizationalUnit, O=SomeOrganization"), "Apache mod_ssl"],
    [
      "mod_ssl of today",
      { subject: "CN=web1, O=Unspecified, C=US", issuer: "CN=web1, OU=ca-123456789, O=Unspecified, C=US", commonName: "web1" },
      "Apache mod_ssl",
    ],
    ["localhost", own("CN=localhost"), "localhost"],
    ["localhost.localdomain", own("CN=localhost.localdomain"), "localhost"],
    ["an ordinary one", {}, null],
    ["an ordinary self-signed one", own("CN=example.test"), null],
    ["a company called Localhost", { subject: "CN=example.test, O=localhost", issuer: "CN=R10, O=Let's Encrypt" }, null],
    ["an escaped comma doesn't start an attribute", own("CN=x\\, O=mailcow"), null],
  ];
  for (const [it, overrides, product] of cases) {
    test(it, () => assert.equal(defaultCertificate(certificate(overrides)), product));
  }

  test("of real certificates", async () => {
    const read = (pem: string): CertificateFacts => certificateFacts(new X509Certificate(pem));
    const npm = await selfSigned({ names: [], commonName: "localhost", subjectSuffix: "OU=localhost, O=localhost" });
    assert.equal(defaultCertificate(read(npm.cert)), "Nginx Proxy Manager");
    const caddy = await (
      await createAuthority({ commonName: "Caddy Local Authority - 2026 ECC Root" })
    ).intermediate({ commonName: "Caddy Local Authority - ECC Intermediate" });
    assert.equal(defaultCertificate(read((await caddy.issue({ names: ["example.test"] })).cert)), "Caddy");
    const cpanel = await selfSigned({ names: ["h.test"], subjectSuffix: "E=ssl@h.test" });
    assert.equal(defaultCertificate(read(cpanel.cert)), "cPanel");
  });
});
