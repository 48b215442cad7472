/** Small views, each a table: what the facts are, and what is answered. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { CertificateDetails, GeneralName } from "../../src/facts/facts.ts";
import { certificateEnds } from "../../src/views/certificate-ends.ts";
import {
  excludedNames,
  hasSmallGroup,
  isCaAsLeaf,
  pathOf,
  unknownCritical,
  weakKeys,
  weakSignatures,
  wrongPurpose,
} from "../../src/views/certificate-use.ts";
import { coveredOnlyAsDnsName, defaultCertificate, synapseFaults } from "../../src/views/certificate.ts";
import { hasNoAddress, whyNoAddress } from "../../src/views/hosts.ts";
import { isRedirect, isRefusal, isSuccess, mayBeRefusal } from "../../src/views/http-status.ts";
import { nameDifference } from "../../src/views/keys-name.ts";
import { isNowhereInDns } from "../../src/views/registration.ts";
import { oddNames } from "../../src/views/service-identity.ts";
import { relativeHop, resolved } from "../../src/views/synapse-redirect.ts";
import { specialUse } from "../../src/facts/special-use.ts";
import { isTopLevelDomain, registrableDomain } from "../../src/views/top-level-domain.ts";
import { duration, groupBy, list, quote, sentence } from "../../src/views/words.ts";
import {
  addresses,
  answer,
  attempt,
  certificate,
  done,
  endpoint,
  failed,
  healthy,
  host,
  http,
  intermediate,
  nxdomain,
  target,
  tls,
  tlsAlone,
  trust,
  untested,
} from "../rules/facts-builder.ts";

const GOOD: CertificateDetails = {
  signature: { algorithm: "sha256WithRSAEncryption", hash: "sha256" },
  key: { type: "rsa", bits: 2048, curve: null },
  extendedKeyUsage: null,
  keyUsage: null,
  criticalExtensions: [],
  basicConstraintsCa: null,
  nameConstraints: null,
  otherNames: [],
} as unknown as CertificateDetails;

function leafWith(details: Partial<CertificateDetails>, selfSigned = false) {
  return tls({ selfSigned, details: { ...GOOD, ...details } });
}

describe("what a certificate may be used for", () => {
  const purposes: [string, Partial<CertificateDetails>, string | null][] = [
    ["says nothing", {}, null],
    ["serverAuth", { extendedKeyUsage: ["1.3.6.1.5.5.7.3.2", "1.3.6.1.5.5.7.3.1"] }, null],
    ["Microsoft's server gated crypto", { extendedKeyUsage: ["1.3.6.1.4.1.311.10.3.3"] }, null],
    ["Netscape's", { extendedKeyUsage: ["2.16.840.1.113730.4.1"] }, null],
    ["clientAuth alone", { extendedKeyUsage: ["1.3.6.1.5.5.7.3.2"] }, "extendedKeyUsage"],
    ["none at all", { extendedKeyUsage: [] }, "extendedKeyUsage"],
    ["signatures", { keyUsage: ["digitalSignature"] as never }, null],
    ["key agreement", { keyUsage: ["keyAgreement"] as never }, null],
    ["only certificates", { keyUsage: ["keyCertSign"] as never }, "keyUsage"],
  ];
  for (const [title, details, expected] of purposes)
    test(title, () => assert.equal(wrongPurpose(leafWith(details))[0]?.what.extension ?? null, expected));
  test("a CA's keyUsage is for certificates", () => {
    const chain = tls({}, { chain: [certificate(), intermediate({ details: { ...GOOD, keyUsage: ["keyCertSign"] as never } })] });
    assert.deepEqual(wrongPurpose(chain), []);
  });
  test("of older evidence nothing is known", () => {
    for (const view of [wrongPurpose, unknownCritical, weakSignatures, weakKeys]) assert.deepEqual<unknown[]>(view(tls()), []);
  });

  test("critical extensions", () => {
    assert.deepEqual(unknownCritical(leafWith({ criticalExtensions: ["2.5.29.15", "2.5.29.19"] })), []);
    assert.deepEqual(unknownCritical(leafWith({ criticalExtensions: ["2.5.29.15", "1.2.3.4"] }))[0]?.what, ["1.2.3.4"]);
  });

  const signatures: [string | null, boolean, boolean][] = [
    ["sha256", false, false],
    ["sha1", false, true],
    ["md5", false, true],
    ["sha1", true, false],
    [null, false, false],
  ];
  for (const [hash, selfSigned, weak] of signatures)
    test(`a signature over ${hash ?? "nothing"}${selfSigned ? ", self-signed" : ""}`, () =>
      assert.equal(weakSignatures(leafWith({ signature: { algorithm: "x", hash } }, selfSigned)).length > 0, weak));

  const keys: [string, number | null, string | null, string | null][] = [
    ["rsa", 2048, null, null],
    ["rsa", 2041, null, null],
    ["rsa", 2040, null, "RSA of 2040 bits"],
    ["rsa-pss", 1024, null, "RSA of 1024 bits"],
    ["rsa", null, null, null],
    ["ec", 256, "P-256", null],
    ["ec", 224, "P-224", null],
    ["ec", 192, "P-192", "P-192 of 192 bits"],
    ["ec", 160, null, "EC of 160 bits"],
    ["ed25519", 256, null, null],
    ["ed25519", 1, null, null],
    ["dsa", 2048, null, "DSA of 2048 bits"],
    ["dsa", null, null, "DSA"],
  ];
  for (const [type, bits, curve, expected] of keys)
    test(`${type} ${bits ?? "?"} ${curve ?? ""}`, () =>
      assert.equal(weakKeys(leafWith({ key: { type, bits, curve } }))[0]?.what ?? null, expected));

  test("a CA's certificate as the server's", () => {
    assert.equal(isCaAsLeaf(leafWith({ basicConstraintsCa: true })), true);
    assert.equal(isCaAsLeaf(leafWith({ basicConstraintsCa: false })), false);
    assert.equal(isCaAsLeaf(tls()), false);
    const alone = { selfSigned: true, details: { ...GOOD, basicConstraintsCa: true } };
    assert.equal(isCaAsLeaf(tlsAlone(alone)), false);
    assert.equal(isCaAsLeaf(tls(alone)), true, "self-signed and trusted");
    assert.equal(isCaAsLeaf(tlsAlone({ ...alone, selfSigned: false })), true);
  });

  test("the path, leaf first, each once, and none that isn't there", () => {
    const chain = [certificate(), intermediate(), intermediate({ subject: "CN=stray" })] as const;
    const subjects = (path: number[]): string[] =>
      pathOf(tls({}, { chain: [...chain], trust: trust({ path }) })).map(({ subject }) => subject);
    assert.deepEqual(subjects([0, 1]), [chain[0].subject, chain[1].subject]);
    assert.deepEqual(subjects([2]), [chain[0].subject, "CN=stray"]);
    assert.deepEqual(subjects([0, 7]), [chain[0].subject]);
  });

  test("Diffie-Hellman groups", () => {
    const group = (type: string, bits: number | null): boolean => hasSmallGroup(tls({}, { ephemeralKey: { type, bits, name: null } }));
    assert.equal(group("DH", 1024), true);
    assert.equal(group("DH", 2048), false);
    assert.equal(group("DH", null), false);
    assert.equal(group("ECDH", 256), false);
    assert.equal(hasSmallGroup(tls()), false);
  });

  const dns = (value: string): GeneralName => ({ kind: "dns", value });
  const ip = (value: string): GeneralName => ({ kind: "ip", value });
  const limits: [string, GeneralName[], GeneralName[], string[]][] = [
    ["no limit", [], [], []],
    ["permitted", [dns("example.com")], [], []],
    ["permitted, in another case", [dns("Example.COM")], [], []],
    ["the empty name permits all", [dns("")], [], []],
    ["only its subdomains are permitted", [dns(".example.com")], [], ["example.com"]],
    ["another domain is permitted", [dns("example.org")], [], ["matrix.example.com", "example.com"]],
    ["a domain that only ends alike", [dns("ample.com")], [], ["matrix.example.com", "example.com"]],
    ["one of them is excluded", [], [dns("matrix.example.com")], ["matrix.example.com"]],
    ["permitted and excluded", [dns("example.com")], [dns("example.com")], ["matrix.example.com", "example.com"]],
    ["addresses alone are permitted", [ip("192.0.2.0/255.255.255.0")], [], []],
    ["another range", [ip("198.51.100.0/255.255.255.0")], [], ["192.0.2.7"]],
    ["the range is excluded", [], [ip("192.0.2.0/255.255.255.0")], ["192.0.2.7"]],
    ["a smaller range", [], [ip("192.0.2.8/255.255.255.248")], []],
    ["the other family", [ip("2001:db8::/ffff:ffff::")], [], ["192.0.2.7"]],
    ["no address at all", [], [ip("x/y")], []],
    ["no mask", [], [ip("192.0.2.7")], []],
    ["a mask of the other family", [], [ip("192.0.2.0/ffff::")], []],
  ];
  for (const [title, permitted, excluded, names] of limits)
    test(`name constraints: ${title}`, () => {
      const leaf = { dnsNames: ["matrix.example.com", "example.com"], ipAddresses: ["192.0.2.7"] };
      const above = intermediate({ details: { ...GOOD, nameConstraints: { permitted, excluded } } });
      const found = excludedNames(tls(leaf, { chain: [certificate(leaf), above] }));
      assert.deepEqual(
        found.map(({ name }) => name),
        names,
      );
      if (found.length > 0) {
        assert.equal(found[0]?.by, above.subject);
        assert.equal(found[0].permitted.length > 0, excluded.length === 0);
      }
      const byAnchor = excludedNames(tls(leaf, { trust: trust({ anchorConstraints: { permitted, excluded } }) }));
      assert.deepEqual(
        byAnchor.map(({ name }) => name),
        names,
      );
    });
});

describe("names over which Synapse's check throws", () => {
  const entries: [string, boolean][] = [
    ["example.com", false],
    ["*.example.com", false],
    ["f*.example.com", false],
    [" example.com ", false],
    ["", true],
    [" ", true],
    ["*", true],
    ["*.com", true],
    ["*.*.com", true],
    ["a.*.example.com", true],
    ["*..com", true],
    ["192.0.2.1", true],
    ["*.0.2.1", true],
    ["2001:db8::1", true],
    ["1234", true],
    ["1_000", true],
    ["12.34", false],
    ["bücher.example", true],
  ];
  for (const [entry, odd] of entries)
    test(`DNS ${JSON.stringify(entry)}`, () => assert.equal(oddNames(certificate({ dnsNames: [entry] })).length > 0, odd));

  const others: [GeneralName["kind"], string, boolean][] = [
    ["uri", "https:example.com", false],
    ["uri", "sip:example.com:5060", true],
    ["uri", "example.com", true],
    ["uri", "sip:*.example.com", true],
    ["uri", "sip:192.0.2.1", true],
    ["srv", "_matrix.example.com", false],
    ["srv", "matrix.example.com", true],
    ["srv", "_matrix", true],
    ["srv", "_matrix.*.example.com", true],
    ["srv", "_matrix.192.0.2.1", true],
    ["ip", "c0000201ff", true],
    ["email", "a@example.com", false],
    ["directory", "CN=x", false],
    ["other", "x", false],
    ["dns", "x", false],
  ];
  for (const [kind, value, odd] of others)
    test(`${kind} ${value}`, () => {
      const found = oddNames(certificate({ details: { ...GOOD, otherNames: [{ kind, value }] } }));
      assert.deepEqual(found, odd ? [{ kind, value }] : []);
    });

  test("only of a certificate that covers the name", () => {
    assert.deepEqual(synapseFaults(tls({ dnsNames: ["matrix.example.com", "*"] }), "matrix.example.com", false), ["odd-san"]);
    assert.deepEqual(synapseFaults(tls({ dnsNames: ["matrix.example.com", "*"] }), "other.example.com", false), []);
    assert.deepEqual(synapseFaults(tls({ dnsNames: ["*.example.com"] }), "xn--bcher-kva.example.com", false), ["wildcard-idn"]);
    assert.deepEqual(
      synapseFaults(tls({ dnsNames: ["*.example.com", "xn--bcher-kva.example.com"] }), "xn--bcher-kva.example.com", false),
      [],
    );
    assert.deepEqual(synapseFaults(tls({ dnsNames: ["*.example.com"] }), "matrix.example.com", false), []);
  });

  test("an address as a DNS name", () => {
    assert.equal(coveredOnlyAsDnsName(certificate({ dnsNames: ["192.0.2.1"] }), "192.0.2.1"), true);
    assert.equal(coveredOnlyAsDnsName(certificate({ dnsNames: [" 192.0.2.1 "] }), "192.0.2.1"), true);
    assert.equal(coveredOnlyAsDnsName(certificate({ dnsNames: ["2001:DB8::1"] }), "2001:db8:0::1"), true);
    assert.equal(coveredOnlyAsDnsName(certificate({ dnsNames: ["192.0.2.2"] }), "192.0.2.1"), false);
    assert.equal(coveredOnlyAsDnsName(certificate({ dnsNames: ["192.0.2.1"], ipAddresses: ["192.0.2.1"] }), "192.0.2.1"), false);
    assert.equal(coveredOnlyAsDnsName(certificate({ dnsNames: ["x"] }), "x"), false);
  });

  const products: [string, string, string | null][] = [
    ["CN=x, O=Ubiquiti Inc.", "x", "Ubiquiti UniFi"],
    ["CN=x, O=Ubiquiti Networks Inc.", "x", "Ubiquiti UniFi"],
    ["CN=x, O=Ubiquiti Networks Inc", "x", "Ubiquiti UniFi"],
    ["CN=x, O=Ubiquiti Incorporated", "x", null],
    ["CN=x, O=Proxmox Virtual Environment", "x", "Proxmox"],
    ["CN=x, O=Proxmox Virtual Environments", "x", null],
    ["CN=x, O=My Proxmox Virtual Environment", "x", null],
    ["CN=localhost, O=localhost", "localhost", "Nginx Proxy Manager"],
    ["CN=localhost", "localhost", "localhost"],
    ["CN=localhost.localdomain", "localhost.localdomain", "localhost"],
    ["CN=localhost.example.com", "localhost.example.com", null],
    ["CN=my-localhost", "my-localhost", null],
    ["CN=x, O=Synology Inc", "x", "Synology"],
    ["CN=x, O=QNAP Systems Inc.", "x", "QNAP"],
  ];
  for (const [subject, commonName, product] of products)
    test(`${subject} is a default of ${product ?? "nobody"}`, () =>
      assert.equal(defaultCertificate(certificate({ subject, issuer: subject, commonName, selfSigned: true, isCa: true })), product));
});

test("when certificates end: the earliest of what the path needs, for each place", () => {
  const soon = intermediate({ notAfter: "2026-06-15T00:00:00.000Z" });
  const facts = healthy({
    wellKnown: done({ url: "u", host: "example.com", attempts: [attempt(), attempt({ hops: [] })] }),
    targets: [
      target({
        endpoints: [
          endpoint({ tls: done(tls({}, { chain: [certificate(), soon] })) }),
          endpoint({ address: "185.15.58.11", tls: done(tls({}, { chain: [certificate(), soon], trust: trust({ path: [0] }) })) }),
          endpoint({ address: "185.15.58.12", tls: failed("timeout") }),
          endpoint({ address: "185.15.58.13", tls: done(tls({ notAfter: "x" }, { trust: trust({ path: [0] }) })) }),
        ],
      }),
    ],
  });
  assert.deepEqual(
    certificateEnds(facts).map(({ role, host: of, address, at }) => `${role} ${of} ${address} ${new Date(at).toISOString().slice(0, 10)}`),
    [
      "well-known example.com 185.15.58.10 2026-07-30",
      "homeserver matrix.example.com 185.15.58.10 2026-06-15",
      "homeserver matrix.example.com 185.15.58.11 2026-07-30",
    ],
  );
});

describe("statuses", () => {
  const all = Array.from({ length: 500 }, (_, index) => index + 100);
  test("which are good", () => assert.deepEqual([199, 200, 204, 299, 300].map(isSuccess), [false, true, true, true, false]));
  test("which lead elsewhere", () => assert.deepEqual(all.filter(isRedirect), [301, 302, 303, 307, 308]));
  test("which refuse", () => assert.deepEqual(all.filter(isRefusal), [401, 403, 407, 429, 451]));
  test("which may refuse", () =>
    assert.deepEqual(
      all.filter((status) => mayBeRefusal(status)),
      [401, 403, 406, 407, 429, 451, 503],
    ));
});

describe("names in the public DNS", () => {
  test("special use", () => {
    assert.deepEqual(specialUse("a.home.arpa"), { suffix: "home.arpa", by: "RFC 8375" });
    assert.deepEqual(specialUse("localhost"), { suffix: "localhost", by: "RFC 6761" });
    assert.equal(specialUse("arpa"), null);
    assert.equal(specialUse("test.example.com"), null);
    assert.equal(specialUse("constructor"), null);
  });
  test("top-level domains", () =>
    assert.deepEqual(["com", "ck", "internal", "github.io"].map(isTopLevelDomain), [true, true, false, true]));
  test("what somebody registers", () => {
    assert.deepEqual(registrableDomain("a.example.co.uk"), { domain: "example.co.uk", suffix: "co.uk" });
    assert.equal(registrableDomain("co.uk"), null);
    assert.equal(registrableDomain("a.b.internal"), null);
    assert.deepEqual(registrableDomain("me.github.io"), { domain: "github.io", suffix: "io" });
  });
  const differences: [string, string, string | null][] = [
    ["example.com", "example.com", null],
    ["example.com", "Example.com", "case"],
    ["matrix.example.com", "example.com", "other-server-name"],
    ["example.com", "example.com:8448", "other-server-name"],
    ["example.com", "example.org", "server-name-mismatch"],
    ["a.github.io", "b.github.io", "server-name-mismatch"],
    ["192.0.2.1", "192.0.2.2", "server-name-mismatch"],
    ["192.0.2.1", "192.0.2.1:8448", "other-server-name"],
    ["192.0.2.1", "example.com", "server-name-mismatch"],
    ["example.com", "not a name", "server-name-mismatch"],
  ];
  for (const [checked, inKeys, expected] of differences)
    test(`${checked} and ${inKeys}`, () => assert.equal(nameDifference(checked, inKeys), expected));
});

describe("nothing in DNS", () => {
  const gone = { hosts: [host("x.com", { a: nxdomain(), aaaa: nxdomain() })], srv: [], targets: [], wellKnown: failed("closed") as never };
  test("all is NXDOMAIN", () => assert.equal(isNowhereInDns(gone), true));
  test("some couldn't be asked", () =>
    assert.equal(isNowhereInDns({ ...gone, hosts: [host("x.com", { a: nxdomain(), aaaa: untested("deadline") })] }), true));
  test("nothing could be asked", () =>
    assert.equal(isNowhereInDns({ ...gone, hosts: [host("x.com", { a: untested("deadline"), aaaa: untested("deadline") })] }), false));
  test("nothing was asked", () => assert.equal(isNowhereInDns({ ...gone, hosts: [] }), false));
  test("one exists without data", () =>
    assert.equal(isNowhereInDns({ ...gone, hosts: [host("x.com", { a: nxdomain(), aaaa: addresses() })] }), false));
  test("one failed", () =>
    assert.equal(isNowhereInDns({ ...gone, hosts: [host("x.com", { a: nxdomain(), aaaa: failed("timeout") })] }), false));
  test("by a zone file", () =>
    assert.equal(
      isNowhereInDns({ ...gone, hosts: [host("x.com", { a: answer([], { rcode: "NXDOMAIN", transport: "file" }), aaaa: nxdomain() })] }),
      false,
    ));
  test("behind an alias", () =>
    assert.equal(
      isNowhereInDns({
        ...gone,
        hosts: [host("x.com", { a: answer([], { rcode: "NXDOMAIN", chain: [{ target: "y.com" }] as never }), aaaa: nxdomain() })],
      }),
      false,
    ));
  test("--connect-to says where", () => assert.equal(isNowhereInDns({ ...gone, targets: [target({ overridden: true })] }), false));
  test("the well-known was asked", () => assert.equal(isNowhereInDns({ ...gone, wellKnown: healthy().wellKnown }), false));
  const said = (rcode: string, authoritative: boolean) => ({
    ...gone,
    authoritative: done({
      zones: [
        {
          apex: "x.com",
          nameservers: [
            {
              name: "ns",
              address: "192.0.2.1",
              port: 53,
              soa: failed("timeout"),
              answers: [{ name: "x.com", type: "A", outcome: done({ rcode, authoritative, records: [], ttl: null, negativeTtl: null }) }],
            },
          ],
          withoutAddress: [],
          changing: [],
        },
      ],
      besides: [],
    }) as never,
  });
  test("a nameserver knows it", () => assert.equal(isNowhereInDns(said("NOERROR", true)), false));
  test("a server that isn't the zone's knows it", () => assert.equal(isNowhereInDns(said("NOERROR", false)), true));
  test("no nameserver knows it", () => assert.equal(isNowhereInDns(said("NXDOMAIN", true)), true));

  test("a host without an address", () => {
    assert.equal(hasNoAddress(host("x", { a: addresses(), aaaa: nxdomain() })), true);
    assert.equal(hasNoAddress(host("x", { a: addresses(), aaaa: answer([], { loop: true }) })), false);
    assert.equal(hasNoAddress(host("x", { a: addresses(), aaaa: answer([], { rcode: "SERVFAIL" }) })), false);
    assert.match(whyNoAddress(host("x", { a: nxdomain() })), /NXDOMAIN/);
    assert.match(whyNoAddress(host("x", { a: addresses() })), /neither an A nor an AAAA/);
  });
});

describe("relative redirects as Synapse takes them", () => {
  const [first] = attempt().hops as [ReturnType<typeof attempt>["hops"][0]];
  const hop = (url: string, location: string | null, sent: string | null = location) => ({
    ...first,
    url,
    location,
    response: done(http(302, "", { headers: sent === null ? {} : { location: sent } })),
  });
  test("on the first hop it is right", () =>
    assert.equal(relativeHop({ hops: [hop("https://a/x/y", "https://a/z", "/z"), hop("https://a/z", null)] }), null));
  test("on the second it ends elsewhere", () => {
    const found = relativeHop({
      hops: [hop("https://a/x", "https://b/y"), hop("https://b/y", "https://b/z", "/z"), hop("https://b/z", null)],
    });
    assert.deepEqual([found?.location, found?.synapse], ["/z", "https://a/z"]);
  });
  test("on the second, at the same host", () =>
    assert.equal(relativeHop({ hops: [hop("https://a/x", "https://a/y"), hop("https://a/y", "https://a/z", "/z")] }), null));
  test("absolute", () => assert.equal(relativeHop({ hops: [hop("https://a/x", "https://b/y"), hop("https://b/y", "https://b/z")] }), null));
  test("one that wasn't followed", () =>
    assert.equal(relativeHop({ hops: [hop("https://a/x", "https://b/y"), hop("https://b/y", null, "/z")] }), null));
  test("no hop", () => assert.equal(relativeHop({ hops: [] }), null));
  test("without its fragment; null for what is not a URL", () => {
    assert.equal(resolved("/z#top", "https://a/x"), "https://a/z");
    assert.equal(resolved("https://b/#x", "no base"), "https://b/");
    assert.equal(resolved("/z", "no base"), null);
    assert.equal(resolved("https://[", "https://a/"), null);
  });
});

test("words", () => {
  assert.equal(quote("abc", 3), '"abc"');
  assert.equal(quote("abcd", 3), '"abc…"');
  assert.deepEqual(
    [[], ["a"], ["a", "b"], ["a", "b", "c", "d"], ["a", "b", "c", "d", "e", "f"]].map((each) => list(each)),
    ["", "a", "a and b", "a, b, c and d", "a, b, c, d and 2 more"],
  );
  assert.deepEqual([0, 83.6, 999, 1000, 2540].map(duration), ["0 ms", "84 ms", "999 ms", "1.0 s", "2.5 s"]);
  assert.deepEqual(
    groupBy([1, 2, 3, 4], (each) => String(each % 2)),
    [
      [1, 3],
      [2, 4],
    ],
  );
  assert.equal(sentence("it is so"), "It is so.");
  // Case matters in them.
  for (const clause of ["m.server is it", "example.org refuses", "https://example.org/ is it"])
    assert.equal(sentence(clause), `${clause}.`);
});
