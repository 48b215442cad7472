import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { describe, test } from "node:test";
import * as tls from "node:tls";
import type { AddressInfo } from "node:net";
import { rootCertificates } from "node:tls";
import type { CertificateFault } from "../../src/views/certificate.ts";
import { certificateFaults } from "../../src/views/certificate.ts";
import { createTlsClient } from "../../src/net/tls.ts";
import { createTrustStore } from "../../src/net/trust.ts";
import { readPemBundle } from "../../src/net/pem.ts";
import { createAuthority, derOf, selfSigned } from "../lab/certificates.ts";

const DAY = 86_400_000;
const long = (days: number): Date => new Date(Date.now() + days * DAY);
const past = { notBefore: long(-60), notAfter: long(-1) };

const root = await createAuthority();
const a = await root.intermediate({ commonName: "Lab Intermediate A" });
const b = await a.intermediate({ commonName: "Lab Intermediate B" });
const expiredIntermediate = await root.intermediate({ commonName: "Lab Expired", ...past });
const foreign = await createAuthority({ commonName: "Foreign Root" });
const foreignIntermediate = await foreign.intermediate({ commonName: "Foreign Intermediate", aia: false });
const noAia = await root.intermediate({ commonName: "Lab Intermediate without AIA", aia: false });
const expiredRoot = await createAuthority({ commonName: "Expired Root", ...past });

const name = "example.test";
const names = [name];
const site = await b.issue({ names });
const direct = await root.issue({ names });
const alone = await selfSigned({ names });
const acceptedAlone = await selfSigned({ names, commonName: "accepted alone" });
const unrelated = await foreign.issue({ names: ["unrelated.test"] });
const byExpired = await expiredIntermediate.issue({ names });
const everything = await a.issue({ names: ["wrong.test"], ...past });
const byForeign = await foreignIntermediate.issue({ names });
const byNoAia = await noAia.issue({ names, aia: false });
const byExpiredRoot = await expiredRoot.issue({ names, aia: false });
const future = await b.issue({ names, notBefore: long(10) });
const crossed = await foreign.crossSignedBy(root);
const byForeignRoot = await foreign.issue({ names });

const trust = createTrustStore({ extraPems: [`${root.pem}\nsome text between\n${acceptedAlone.cert}`, expiredRoot.pem] });

interface Case {
  it: string;
  key?: string;
  sent: string[];
  anchor: string | null;
  path: number[];
  strays?: number[];
  inOrder?: boolean;
  verifyError: string | null;
  faults: CertificateFault[];
}

const LAB = "CN=Lab Root";
const cases: Case[] = [
  { it: "a whole chain", sent: [site.cert, b.pem, a.pem], anchor: LAB, path: [0, 1, 2], verifyError: null, faults: [] },
  { it: "a leaf right under the root", key: direct.key, sent: [direct.cert], anchor: LAB, path: [0], verifyError: null, faults: [] },
  { it: "the root sent along", sent: [site.cert, b.pem, a.pem, root.pem], anchor: LAB, path: [0, 1, 2], verifyError: null, faults: [] },
  {
    it: "the last intermediate missing",
    sent: [site.cert, b.pem],
    anchor: null,
    path: [0, 1],
    verifyError: "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
    faults: ["incomplete-chain"],
  },
  {
    it: "all intermediates missing",
    sent: [site.cert],
    anchor: null,
    path: [0],
    verifyError: "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
    faults: ["incomplete-chain"],
  },
  {
    it: "the first intermediate missing",
    sent: [site.cert, a.pem],
    anchor: null,
    path: [0],
    strays: [1],
    verifyError: "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
    faults: ["incomplete-chain"],
  },
  { it: "the wrong order", sent: [site.cert, a.pem, b.pem], anchor: LAB, path: [0, 2, 1], inOrder: false, verifyError: null, faults: [] },
  {
    it: "the leaf twice",
    sent: [site.cert, site.cert, b.pem, a.pem],
    anchor: LAB,
    path: [0, 2, 3],
    strays: [1],
    verifyError: null,
    faults: [],
  },
  { it: "a stray", sent: [site.cert, b.pem, foreign.pem, a.pem], anchor: LAB, path: [0, 1, 3], strays: [2], verifyError: null, faults: [] },
  {
    it: "a stray and its own issuer",
    sent: [site.cert, b.pem, a.pem, unrelated.cert, foreign.pem],
    anchor: LAB,
    path: [0, 1, 2],
    strays: [3, 4],
    verifyError: null,
    faults: [],
  },
  {
    it: "an expired intermediate",
    key: byExpired.key,
    sent: [byExpired.cert, expiredIntermediate.pem],
    anchor: LAB,
    path: [0, 1],
    verifyError: "CERT_HAS_EXPIRED",
    faults: ["expired"],
  },
  {
    it: "not yet valid",
    key: future.key,
    sent: [future.cert, b.pem, a.pem],
    anchor: LAB,
    path: [0, 1, 2],
    verifyError: "CERT_NOT_YET_VALID",
    faults: ["not-yet-valid"],
  },
  {
    it: "expired, wrong name and no intermediate at once",
    key: everything.key,
    sent: [everything.cert],
    anchor: null,
    path: [0],
    verifyError: "CERT_HAS_EXPIRED",
    faults: ["name", "expired", "incomplete-chain"],
  },
  {
    it: "self-signed",
    key: alone.key,
    sent: [alone.cert],
    anchor: null,
    path: [0],
    verifyError: "DEPTH_ZERO_SELF_SIGNED_CERT",
    faults: ["self-signed"],
  },
  {
    it: "self-signed, and trusted as it is",
    key: acceptedAlone.key,
    sent: [acceptedAlone.cert],
    anchor: "CN=accepted alone",
    path: [0],
    verifyError: null,
    faults: [],
  },
  {
    it: "a foreign root, sent",
    key: byForeign.key,
    sent: [byForeign.cert, foreignIntermediate.pem, foreign.pem],
    anchor: null,
    path: [0, 1, 2],
    verifyError: "SELF_SIGNED_CERT_IN_CHAIN",
    faults: ["untrusted-ca"],
  },
  {
    it: "a foreign root, not sent; no AIA",
    key: byForeign.key,
    sent: [byForeign.cert, foreignIntermediate.pem],
    anchor: null,
    path: [0, 1],
    verifyError: "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
    faults: ["untrusted-ca"],
  },
  {
    it: "an intermediate missing of which nobody says where to get it",
    key: byNoAia.key,
    sent: [byNoAia.cert],
    anchor: null,
    path: [0],
    verifyError: "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
    faults: ["untrusted-ca"],
  },
  {
    it: "a cross-certificate to a trusted root",
    key: byForeignRoot.key,
    sent: [byForeignRoot.cert, crossed],
    anchor: LAB,
    path: [0, 1],
    verifyError: null,
    faults: [],
  },
  {
    it: "an expired root is no anchor",
    key: byExpiredRoot.key,
    sent: [byExpiredRoot.cert],
    anchor: null,
    path: [0],
    verifyError: "CERT_HAS_EXPIRED",
    faults: ["untrusted-ca"],
  },
];

describe("where a sent chain leads", () => {
  for (const { it, key, sent, anchor, path, strays = [], inOrder = true, verifyError, faults } of cases) {
    test(it, async (t) => {
      const server = tls.createServer({ key: key ?? site.key, cert: sent.join("\n") }, (socket) => socket.on("error", () => undefined));
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      const { port } = server.address() as AddressInfo;
      const connection = await createTlsClient({ timeoutMs: 5_000, trust }).connect(
        { address: "127.0.0.1", port, servername: name },
        new AbortController().signal,
      );
      t.after(() => (connection.close(), server.close()));
      assert.equal(connection.facts.tls.status, "done", JSON.stringify(connection.facts.tls));
      const facts = connection.facts.tls.status === "done" ? connection.facts.tls.value : assert.fail();
      assert.equal(facts.chain.length, sent.length);
      assert.deepEqual(facts.trust, { anchor, path, strays, inOrder, verifyError });
      assert.deepEqual(certificateFaults(facts, name, false, new Date()), faults);
    });
  }

  test("a certificate that isn't a CA's certifies nothing", async () => {
    const fake = await notCaAuthority();
    const { trust: judged } = trust.judgeChain([fake.leaf, fake.issuer]);
    assert.equal(judged.anchor, null);
  });

  test("an unexpired way is preferred to an expired one", async () => {
    const expiredCross = derOf(await foreign.crossSignedBy(root, past))[0] ?? assert.fail();
    const goodCross = derOf(crossed)[0] ?? assert.fail();
    for (const [sent, path] of [
      [
        [byForeignRoot.der, expiredCross, goodCross],
        [0, 2],
      ],
      [
        [byForeignRoot.der, goodCross, expiredCross],
        [0, 1],
      ],
      [
        [byForeignRoot.der, expiredCross],
        [0, 1],
      ],
    ] as const) {
      const { trust: judged } = trust.judgeChain([...sent]);
      assert.deepEqual([judged.anchor, judged.path, judged.strays], [LAB, path, []]);
    }
  });

  test("trusted roots come before sent certificates", () => {
    // The leaf's issuer is a root here; that the server sends a cross-certificate of it doesn't make the path longer.
    const both = createTrustStore({ extraPems: [root.pem, foreign.pem] });
    const { trust: judged } = both.judgeChain([byForeignRoot.der, derOf(crossed)[0] ?? assert.fail()]);
    assert.deepEqual([judged.anchor, judged.path, judged.strays], ["CN=Foreign Root", [0], []]);
  });

  test("`at` decides whether a root is expired", () => {
    // The second time the chain is remembered, the answer isn't.
    for (const [at, anchor] of [
      [long(-30), "CN=Expired Root"],
      [long(0), null],
      [long(-30), "CN=Expired Root"],
    ] as const) {
      assert.equal(trust.judgeChain([byExpiredRoot.der], { at }).trust.anchor, anchor);
    }
  });

  test("many certificates that all certify each other end soon, and only 20 are looked at", async () => {
    const others = await Promise.all(Array.from({ length: 30 }, () => foreign.crossSignedBy(foreign)));
    const { chain, trust: judged } = trust.judgeChain([byForeignRoot.der, ...others.flatMap(derOf)]);
    assert.equal(chain.length, 20);
    assert.equal(judged.anchor, null);
  });

  test("bytes that are no certificate: left out behind the leaf, an error as the leaf", () => {
    assert.equal(trust.judgeChain([site.der, Buffer.from("junk"), b.der, a.der]).trust.anchor, LAB);
    assert.throws(() => trust.judgeChain([Buffer.from("junk")]));
    assert.throws(() => trust.judgeChain([]), /no certificate/);
  });
});

/** A leaf that is signed by something that the root has certified, but not as a CA. */
async function notCaAuthority(): Promise<{ leaf: Buffer; issuer: Buffer }> {
  const pretender = await createAuthority({ commonName: "not-a-ca.test" });
  const leaf = await pretender.issue({ names });
  const issuer = derOf(await pretender.crossSignedBy(root, { isCa: false }))[0] ?? assert.fail();
  return { leaf: leaf.der, issuer };
}

describe("facts of a certificate", () => {
  test("names, dates, URLs, flags", async () => {
    const notBefore = new Date("2026-01-02T03:04:05Z");
    const notAfter = new Date("2031-06-07T08:09:10Z");
    const issued = await a.issue({
      names: [name, "*.example.test", "192.0.2.1", "2001:db8:0:0:0:0:0:a"],
      notBefore,
      notAfter,
      subjectSuffix: "O=Example\\, Inc.",
    });
    const {
      chain: [facts],
    } = trust.judgeChain([issued.der]);
    const { details, ...others } = facts;
    assert.deepEqual(details, {
      key: { type: "ec", bits: 256, curve: "P-256" },
      signature: { algorithm: "ecdsa-with-SHA256", hash: "sha256" },
      basicConstraintsCa: false,
      keyUsage: null,
      extendedKeyUsage: ["1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"],
      criticalExtensions: ["2.5.29.19"],
      nameConstraints: null,
      otherNames: [],
    });
    assert.deepEqual(
      { ...others, sha256: facts.sha256.length },
      {
        subject: "CN=example.test, O=Example\\, Inc.",
        commonName: name,
        issuer: "CN=Lab Intermediate A",
        dnsNames: [name, "*.example.test"],
        ipAddresses: ["192.0.2.1", "2001:db8::a"],
        notBefore: notBefore.toISOString(),
        notAfter: notAfter.toISOString(),
        sha256: 64,
        selfSigned: false,
        isCa: false,
        issuerUrls: ["http://ca.test/issuer.der"],
      },
    );
    const {
      chain: [rootFacts],
    } = trust.judgeChain([root.der]);
    assert.deepEqual([rootFacts.selfSigned, rootFacts.isCa, rootFacts.issuerUrls], [true, true, []]);
  });

  const hostile: [string, string[]][] = [
    ["a name that looks like two", ["a.test, DNS:victim.test"]],
    ["a quote", ['a".test']],
    ["a NUL", ["victim.test\0.evil.test"]],
  ];
  for (const [it, hostileNames] of hostile) {
    test(`${it} stays one name`, async () => {
      const issued = await a.issue({ names: hostileNames, commonName: "x\nCN=victim.test" });
      const {
        chain: [facts],
      } = trust.judgeChain([issued.der]);
      assert.deepEqual(facts.dnsNames, hostileNames);
      assert.equal(facts.commonName, "x\nCN=victim.test");
    });
  }

  test("without a subject, as Caddy makes them", async () => {
    const {
      chain: [facts],
      trust: judged,
    } = trust.judgeChain([(await root.issue({ names, commonName: "" })).der]);
    assert.deepEqual([facts.subject, facts.commonName, facts.dnsNames, judged.anchor], ["", null, names, LAB]);
  });

  test("without subjectAltName", async () => {
    const issued = await a.issue({ names, noSan: true });
    const {
      chain: [facts],
    } = trust.judgeChain([issued.der]);
    assert.deepEqual([facts.dnsNames, facts.ipAddresses, facts.commonName], [[], [], name]);
  });
});

describe("PEM bundles", () => {
  test("many certificates, text around them, CRLF", () => {
    const bundle = `# a comment\n${root.pem}\n${foreign.pem.replaceAll("\n", "\r\n")}\nthe end`;
    assert.deepEqual(readPemBundle(bundle).flatMap(derOf), [root.der, foreign.der]);
  });

  const broken: [string, string, RegExp][] = [
    ["nothing", "", /no certificate/],
    ["other text", "hello", /no certificate/],
    ["a private key", site.key, /private key/],
    ["a bundle that is cut off", `${root.pem}\n${foreign.pem.slice(0, 200)}`, /2 certificates begin, but 1 end/],
    ["damaged contents", `${root.pem}\n${foreign.pem.replace(/\nMII.{20}/, "\nAAAA")}`, /certificate 2 of 2/],
  ];
  for (const [it, text, message] of broken) {
    test(`${it} is refused with a reason`, () => {
      assert.throws(() => readPemBundle(text), message);
      assert.throws(() => createTrustStore({ extraPems: [text] }), message);
    });
  }

  test("without extra roots the bundled ones are trusted", () => {
    const store = createTrustStore({ extraPems: [] });
    // Some roots of Node's bundle have expired, and more will: take the one that lives longest.
    const lives = (pem: string): number => Date.parse(new X509Certificate(pem).validTo);
    const root = rootCertificates.toSorted((one, other) => lives(other) - lives(one))[0] ?? assert.fail();
    const der = derOf(root)[0] ?? assert.fail();
    assert.notEqual(store.judgeChain([der]).trust.anchor, null);
    assert.equal(store.judgeChain([site.der, b.der, a.der]).trust.anchor, null);
  });

  test("extra roots are trusted by the store that has them, and by no other", async (t) => {
    const server = tls.createServer({ key: site.key, cert: [site.cert, b.pem, a.pem].join("\n") }, (socket) =>
      socket.on("error", () => undefined),
    );
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    t.after(() => server.close());
    const { port } = server.address() as AddressInfo;
    const verdict = async (extraPems: string[]): Promise<string | null | undefined> => {
      const connection = await createTlsClient({ timeoutMs: 5_000, trust: createTrustStore({ extraPems }) }).connect(
        { address: "127.0.0.1", port, servername: name },
        new AbortController().signal,
      );
      connection.close();
      return connection.facts.tls.status === "done" ? connection.facts.tls.value.trust.verifyError : undefined;
    };
    const untrusted = await verdict([]);
    assert.notEqual(untrusted, null);
    // A system's bundle, which is Node's with a few more.
    assert.equal(await verdict([[...rootCertificates, root.pem].join("\n")]), null);
    assert.equal(await verdict([foreign.pem]), untrusted);
    assert.equal(await verdict([]), untrusted);
  });

  test("contexts are shared by versions", () => {
    assert.equal(trust.secureContext(), trust.secureContext({}));
    assert.notEqual(trust.secureContext(), trust.secureContext({ maxVersion: "TLSv1.2" }));
    trust.prepare();
  });
});
