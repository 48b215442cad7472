/**
 * The answers of `/api/report`, which are those of matrix.org's tester: its fields by name, type and nesting, as its source has them
 * (main.go's ServerReport). The shape is written down here a second time on purpose.
 */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createChecker } from "../../src/check.ts";
import { type OfficialReport, officialJson, officialReport } from "../../src/serve/official.ts";
import { startNetwork, type Network } from "../lab/network.ts";
import { someServers } from "./stage.ts";

/** `x?`: Go leaves it out when it is empty (omitempty). */
const SHAPE = {
  "Error?": "string",
  WellKnownResult: { "m.server": "string", "result?": "string", CacheExpiresAt: "number" },
  DNSResult: {
    SRVSkipped: "boolean",
    SRVCName: "string",
    SRVRecords: ["null", [{ Target: "string", Port: "number", Priority: "number", Weight: "number" }]],
    SRVError: ["null", { Message: "string" }],
    Hosts: ["null", { "*": { CName: "string", Addrs: ["null", ["string"]], Error: ["null", { Message: "string" }] } }],
    Addrs: ["null", ["string"]],
  },
  ConnectionReports: {
    "*": {
      Certificates: [
        { SubjectCommonName: "string", IssuerCommonName: "string", SHA256Fingerprint: "string", DNSNames: ["null", ["string"]] },
      ],
      Cipher: { Version: "string", CipherSuite: "string" },
      Checks: {
        AllChecksOK: "boolean",
        MatchingServerName: "boolean",
        FutureValidUntilTS: "boolean",
        HasEd25519Key: "boolean",
        AllEd25519ChecksOK: ["null", "boolean"],
        Ed25519Checks: { "*": { ValidEd25519: "boolean", MatchingSignature: "boolean" } },
        ValidCertificates: "boolean",
      },
      Errors: [{ Message: "string" }],
      Ed25519VerifyKeys: ["null", { "*": "string" }],
      Info: {},
      Keys: "object",
    },
  },
  ConnectionErrors: { "*": { Message: "string" } },
  Version: { "name?": "string", "version?": "string", "error?": "string" },
  FederationOK: "boolean",
};

/** Where the value isn't of the shape: paths. A list of two whose first is "null" is one or the other; of one, a list of those. */
function misfits(value: unknown, shape: unknown, path = "$"): string[] {
  if (typeof shape === "string") return (value === null ? "null" : typeof value) === shape ? [] : [`${path} is no ${shape}`];
  if (Array.isArray(shape) && shape[0] === "null") return value === null ? [] : misfits(value, shape[1], path);
  if (Array.isArray(shape))
    return Array.isArray(value) ? value.flatMap((each, index) => misfits(each, shape[0], `${path}[${index}]`)) : [`${path} is not a list`];
  if (typeof value !== "object" || value === null || Array.isArray(value)) return [`${path} is not an object`];
  const fields = shape as Record<string, unknown>;
  const own = value as Record<string, unknown>;
  if ("*" in fields) return Object.entries(own).flatMap(([name, each]) => misfits(each, fields["*"], `${path}.${name}`));
  const known = new Map(Object.entries(fields).map(([name, each]) => [name.replace(/\?$/, ""), { each, optional: name.endsWith("?") }]));
  return [
    ...Object.keys(own).flatMap((name) => (known.has(name) ? [] : [`${path}.${name} isn't there in Go`])),
    ...[...known].flatMap(([name, { each, optional }]) =>
      name in own ? misfits(own[name], each, `${path}.${name}`) : optional ? [] : [`${path}.${name} is missing`],
    ),
  ];
}

const DAY = 86_400_000;

interface Row {
  name: string;
  what: string;
  prepare(net: Network): Promise<unknown>;
  serverName?: string;
  has(report: OfficialReport): unknown;
  is: unknown;
}

const ROWS: Row[] = [
  {
    name: "healthy, by well-known",
    what: "all checks pass, and the keys are there as they came",
    prepare: someServers,
    serverName: "example.org",
    has: ({ WellKnownResult, DNSResult, ConnectionReports, Version, FederationOK }) => {
      const [report] = Object.values(ConnectionReports);
      return {
        server: WellKnownResult["m.server"],
        kept: WellKnownResult.CacheExpiresAt > 1_700_000_000,
        result: WellKnownResult.result,
        dns: [DNSResult.SRVSkipped, DNSResult.SRVCName, DNSResult.SRVRecords, DNSResult.SRVError],
        hosts: DNSResult.Hosts,
        checks: report?.Checks.AllChecksOK,
        keys: (report?.Keys as { server_name: string; signatures: object }).server_name,
        signed: Object.keys((report?.Keys as { signatures: object }).signatures),
        verify: Object.keys(report?.Ed25519VerifyKeys ?? {}),
        names: report?.Certificates.map(({ SubjectCommonName, IssuerCommonName, DNSNames }) => [
          SubjectCommonName,
          IssuerCommonName,
          DNSNames,
        ]),
        cipher: report?.Cipher,
        Version,
        FederationOK,
      };
    },
    is: {
      server: "matrix.example.org:443",
      kept: true,
      result: undefined,
      dns: [true, "", null, null],
      hosts: { "matrix.example.org": { CName: "matrix.example.org.", Addrs: ["127.0.0.1"], Error: null } },
      checks: true,
      keys: "example.org",
      signed: ["example.org"],
      verify: ["ed25519:a_test"],
      names: [
        ["matrix.example.org", "Lab Intermediate", ["matrix.example.org"]],
        ["Lab Intermediate", "Lab Root", null],
      ],
      cipher: { Version: "TLS 1.3", CipherSuite: "TLS_AES_256_GCM_SHA384" },
      Version: { name: "Synapse", version: "1.152.0" },
      FederationOK: true,
    },
  },
  {
    name: "a port that is closed",
    what: "a connection error, no report",
    prepare: someServers,
    serverName: "closed.example.org",
    has: ({ ConnectionReports, ConnectionErrors, Version, WellKnownResult, DNSResult, FederationOK }) => [
      ConnectionReports,
      Object.values(ConnectionErrors),
      Version,
      WellKnownResult,
      DNSResult.SRVError !== null,
      DNSResult.SRVSkipped,
      FederationOK,
    ],
    is: [
      {},
      [{ Message: "connection refused" }],
      { error: "connection refused" },
      { "m.server": "", result: "No .well-known found", CacheExpiresAt: 0 },
      true,
      false,
      false,
    ],
  },
  {
    name: "SRV records, and a certificate of the target",
    what: "records by priority with final dots; the fault is named; keys are good",
    prepare: someServers,
    serverName: "srv.example.org",
    has: ({ DNSResult, ConnectionReports, FederationOK }) => [
      DNSResult.SRVCName,
      DNSResult.SRVRecords,
      Object.keys(DNSResult.Hosts ?? {}),
      Object.values(ConnectionReports).map(({ Checks, Errors, Ed25519VerifyKeys }) => [
        Checks.ValidCertificates,
        Checks.AllChecksOK,
        Checks.AllEd25519ChecksOK,
        Errors.some(({ Message }) => Message.startsWith("tls/name-is-srv-target: ")),
        Ed25519VerifyKeys !== null,
      ]),
      FederationOK,
    ],
    is: [
      "_matrix-fed._tcp.srv.example.org.",
      [
        { Target: "hs.example.net.", Port: 8448, Priority: 10, Weight: 5 },
        { Target: "second.example.net.", Port: 8449, Priority: 20, Weight: 0 },
      ],
      ["hs.example.net.", "second.example.net."],
      [
        [false, false, true, true, true],
        [false, false, true, true, true],
      ],
      false,
    ],
  },
  {
    name: "keys of another server that have ended",
    what: "two checks fail, and no verify keys are given",
    prepare: (net) =>
      net.homeserver("example.org", { keys: { response: { serverName: "other.example.org", validUntil: Date.now() - DAY } } }),
    has: ({ ConnectionReports }) =>
      Object.values(ConnectionReports).map(({ Checks, Ed25519VerifyKeys }) => [
        Checks.MatchingServerName,
        Checks.FutureValidUntilTS,
        Checks.AllChecksOK,
        Checks.ValidCertificates,
        Ed25519VerifyKeys,
      ]),
    is: [[false, false, false, true, null]],
  },
  {
    name: "keys that aren't there",
    what: "a connection error with the status",
    prepare: (net) => net.homeserver("example.org", { keys: { status: 404, body: "" } }),
    has: ({ ConnectionReports, ConnectionErrors, Version }) => [ConnectionReports, Object.values(ConnectionErrors), Version.name],
    is: [{}, [{ Message: "Non-200 response 404 from remote server" }], "Synapse"],
  },
  {
    name: "m.server that is no name",
    what: "the error stands in front",
    prepare: async (net) => {
      await net.web("example.org", { routes: { "/.well-known/matrix/server": { body: { "m.server": "https://matrix.example.org" } } } });
      await net.homeserver("example.org");
    },
    has: ({ Error, WellKnownResult, FederationOK }) => [Error, WellKnownResult["m.server"], FederationOK],
    is: ["Invalid server name 'https://matrix.example.org' in .well-known result", "https://matrix.example.org", false],
  },
  {
    name: "a target that is a CNAME",
    what: "as there, with the addresses all the same",
    prepare: async (net) => {
      net.publish("_matrix-fed._tcp.example.org", { SRV: ["1 1 8448 alias.example.org"] });
      net.publish("alias.example.org", { CNAME: ["hs.example.org"] });
      await net.homeserver("example.org", { host: "hs.example.org", tls: await net.issuer.issue({ names: ["example.org"] }) });
    },
    has: ({ DNSResult }) => DNSResult.Hosts,
    is: {
      "alias.example.org.": {
        CName: "hs.example.org.",
        Addrs: ["127.0.0.1"],
        Error: { Message: "SRV record target alias.example.org. is a CNAME record, which is forbidden (as per RFC2782)" },
      },
    },
  },
  {
    name: "a name without addresses",
    what: "the well-known says so",
    prepare: async () => {},
    has: ({ WellKnownResult }) => WellKnownResult.result,
    is: "No .well-known found: the host has no address",
  },
  {
    name: "a name that can't be looked up",
    what: "nothing is said of its addresses",
    prepare: async (net) => net.dns.setZone({ "*.org": "REFUSED", org: "REFUSED", "example.org": "REFUSED" }),
    has: ({ WellKnownResult }) => WellKnownResult.result,
    is: "No .well-known found: the host can't be looked up",
  },
  {
    name: "a name without addresses",
    what: "hosts say so, there is nothing to connect to",
    prepare: async () => {},
    has: ({ DNSResult, ConnectionErrors, FederationOK }) => [DNSResult.Hosts, DNSResult.Addrs, ConnectionErrors, FederationOK],
    is: [
      { "example.org": { CName: "example.org.", Addrs: null, Error: { Message: "lookup example.org: no such host" } } },
      null,
      {},
      false,
    ],
  },
];

describe("the official tester's report", () => {
  for (const { name, what, prepare, serverName = "example.org", has, is } of ROWS) {
    test(`${name}: ${what}`, async () => {
      const net = await startNetwork();
      try {
        await prepare(net);
        const checker = await createChecker(net.options());
        const report = await checker.check(serverName);
        checker.close();
        const official = JSON.parse(officialJson(report)) as OfficialReport;
        assert.deepEqual(misfits(official, SHAPE), []);
        assert.deepEqual(has(official), is);
        assert.equal(official.FederationOK, report.verdict === "pass" || report.verdict === "warn");
      } finally {
        await net.close();
      }
    });
  }

  test("no resolver: inconclusive is no success, says why, and blames no address", async () => {
    const net = await startNetwork();
    await net.close();
    const checker = await createChecker({ ...net.options(), timeoutMs: 300 });
    const report = await checker.check("example.org");
    checker.close();
    const official = officialReport(report);
    assert.deepEqual(misfits(JSON.parse(JSON.stringify(official)), SHAPE), []);
    assert.equal(report.verdict, "inconclusive");
    assert.deepEqual(
      [official.FederationOK, official.Error, official.ConnectionErrors, official.DNSResult.Hosts],
      [false, report.summary, {}, null],
    );
  });

  test("as Go writes it: maps in order, nothing that is HTML", async () => {
    const net = await startNetwork();
    await net.homeserver("example.org", { version: { body: { server: { name: "<b>&", version: "1" } } } });
    const checker = await createChecker(net.options());
    const text = officialJson(await checker.check("example.org"));
    checker.close();
    await net.close();
    assert.match(text, /^\{\n {2}"WellKnownResult": \{\n {4}"m\.server": ""/);
    assert.ok(text.includes('"name": "\\u003cb\\u003e\\u0026"'));
  });
});
