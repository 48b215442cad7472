/** What is expected besides that federation works: policy/*. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createChecker, judgeAgain, UsageError } from "../../src/check.ts";
import { startNetwork } from "../lab/network.ts";
import { delegation, findingsOf, healthy, run } from "./scenario.ts";

const WELL_KNOWN_ROUTE = { targets: ["Matrix.Example.org.:443"], via: ["well-known" as const] };
const days = (count: number): Date => new Date(Date.now() + count * 86_400_000);

run([
  {
    title: "what is expected holds; names are compared as DNS does",
    options: { expect: { ...WELL_KNOWN_ROUTE, certificateDays: 1 } },
    network: healthy,
    finds: [],
    verdict: "pass",
  },
  {
    title: "policy/target: the well-known still leads to the old homeserver, which works",
    options: { expect: { targets: ["new.example.org:443"] } },
    network: healthy,
    finds: ["policy/target error"],
    verdict: "fail",
    and({ findings: [first] }) {
      assert.deepEqual(first?.where, ["matrix.example.org:443"]);
      assert.match(
        first.detail,
        /^Expected new\.example\.org:443, but the route leads to "matrix\.example\.org:443" \(m\.server is "matrix\.example\.org:443" at https:/,
      );
      assert.deepEqual(first.fix, [
        'Serve this at https://example.org/.well-known/matrix/server:\n{"m.server": "new.example.org:443"}',
        "If matrix.example.org:443 is now the right target, expect that:\nnpx matrix-delegation-check --expect-target matrix.example.org:443 example.org",
      ]);
    },
  },
  {
    title: "policy/target: two targets need SRV records, for which nobody asks while the file names a port",
    options: { expect: { targets: ["hs1.example.net:8448", "hs2.example.net:8448"] } },
    network: healthy,
    finds: ["policy/target error"],
    verdict: "fail",
    and({ findings: [first] }) {
      assert.match(
        first?.fix[0] ?? "",
        /_matrix-fed\._tcp\.matrix\.example\.org\. .*\n\nThen change the file at .*without the port.*\n\{"m\.server": "matrix\.example\.org"\}$/s,
      );
    },
  },
  {
    title: "the expected target stands in the fix of a missing well-known, not an example",
    options: { expect: { targets: ["hs.example.net:8443"] } },
    async network(net) {
      await net.web("example.org");
      await net.closed("example.org", 8448);
    },
    finds: ["well-known/not-found error", "connect/refused error < well-known/not-found", "policy/target error < well-known/not-found"],
    verdict: "fail",
    and({ findings: [first] }) {
      assert.match(first?.fix[0] ?? "", /"m\.server": "hs\.example\.net:8443"/);
      assert.doesNotMatch(first?.fix.join("\n") ?? "", /in place of/);
    },
  },
  {
    title: 'policy/target: an SRV record with the target "." is the cause, and its fix names the expected target',
    options: { expect: { targets: ["hs.example.net:8443"] } },
    async network(net) {
      await net.web("example.org");
      net.publish("_matrix-fed._tcp.example.org", { SRV: ["0 0 0 ."] });
    },
    finds: [
      "srv/service-unavailable error",
      "well-known/not-found error < srv/service-unavailable",
      "policy/target error < srv/service-unavailable",
    ],
    verdict: "fail",
    and({ findings: [first] }) {
      assert.match(first?.fix.join("\n") ?? "", /\n_matrix-fed\._tcp\.example\.org\. +IN SRV +10 0 8443 hs\.example\.net\.$/);
    },
  },
  {
    title: "policy/target: the same host on another port is another target",
    options: { expect: { targets: ["matrix.example.org:8448"] } },
    network: healthy,
    finds: ["policy/target error"],
    verdict: "fail",
  },
  {
    title: "policy/target: of two SRV targets one is expected; the record that remains is printed",
    options: { expect: { targets: ["hs1.example.net:8448"] } },
    network: bySrv,
    finds: ["policy/target error", "well-known/not-found info", "srv/not-recommended info"],
    verdict: "fail",
    and({ findings: [first] }) {
      assert.deepEqual(first?.where, ["hs2.example.net:8448"]);
      assert.match(first.detail, /"hs2\.example\.net:8448" isn't expected/);
      assert.match(first.fix[0] ?? "", /\n_matrix-fed\._tcp\.example\.org\. +IN SRV +10 0 8448 hs1\.example\.net\.$/);
    },
  },
  {
    title: "both SRV targets are expected, in whatever order",
    options: { expect: { targets: ["hs2.example.net:8448", "hs1.example.net:8448"], via: ["well-known", "srv"] } },
    network: bySrv,
    finds: ["well-known/not-found info", "srv/not-recommended info"],
    verdict: "pass",
  },
  {
    title: "policy/target: one that is expected is missing",
    options: { expect: { targets: ["hs1.example.net:8448", "hs2.example.net:8448", "hs3.example.net:8448"] } },
    network: bySrv,
    finds: ["policy/target error", "well-known/not-found info", "srv/not-recommended info"],
    verdict: "fail",
    and: ({ findings: [first] }) => assert.match(first?.detail ?? "", /; hs3\.example\.net:8448 is missing\.$/),
  },
  {
    title: "policy/via: SRV records from former times, where a well-known is expected",
    options: { expect: { via: ["well-known"] } },
    network: bySrv,
    finds: ["policy/via error", "well-known/not-found info", "srv/not-recommended info"],
    verdict: "fail",
    and({ findings: [first] }) {
      assert.deepEqual(first?.where, ["example.org"]);
      assert.match(
        first.detail,
        /^Expected well-known, but the route is found by srv \(there are SRV records, step 4 of the specification\)\.$/,
      );
    },
  },
  {
    title: "policy/via: a server name with a port is found by that, whatever is published",
    serverName: "example.org:8448",
    options: { expect: { via: ["srv"] } },
    network: async (net) => void (await net.homeserver("example.org:8448", { host: "example.org" })),
    finds: ["policy/via error", "name/explicit-port info"],
    verdict: "fail",
    and: ({ findings: [first] }) =>
      assert.deepEqual(first?.fix, [
        "The name example.org:8448 itself decides the way, and no file or record changes that: change the expectation.",
        "If explicit-port is now the right way, expect that:\nnpx matrix-delegation-check --expect-via explicit-port example.org:8448",
      ]),
  },
  {
    title: "a broken well-known stands above the expectations that it breaks",
    options: { expect: WELL_KNOWN_ROUTE },
    async network(net) {
      await net.web("example.org", {
        routes: { "/.well-known/matrix/server": { body: "<!DOCTYPE html><title>Hello</title>", headers: { "content-type": "text/html" } } },
      });
      await net.closed("example.org", 8448);
    },
    finds: [
      "well-known/not-json error",
      "connect/refused error < well-known/not-json",
      "policy/target error < well-known/not-json",
      "policy/via error < well-known/not-json",
    ],
    verdict: "fail",
  },
  {
    title: "nothing is said of a route that this machine can't know",
    options: { expect: WELL_KNOWN_ROUTE },
    async network(net) {
      await healthy(net);
      for (const name of ["example.org", "matrix.example.org", "_matrix-fed._tcp.example.org", "_matrix._tcp.example.org"])
        net.dns.zone[name] = "REFUSED";
    },
    finds: ["dns/resolver-unreachable info"],
    verdict: "inconclusive",
  },
  {
    title: "policy/certificate-days: more than the usual warning, on the homeserver",
    options: { expect: { certificateDays: 40 } },
    async network(net) {
      await delegation(net, "matrix.example.org:443");
      await net.homeserver("example.org", {
        host: "matrix.example.org",
        port: 443,
        tls: await net.issuer.issue({ names: ["matrix.example.org"], notAfter: days(30.5) }),
      });
    },
    finds: ["policy/certificate-days error"],
    verdict: "fail",
    and({ findings: [first], summary, route }) {
      assert.match(
        first?.detail ?? "",
        /^The certificate of matrix\.example\.org \(\S+:\d+\) ends on \S+, in 30 days\. You expect at least 40 days\.$/,
      );
      assert.equal(summary, "example.org is not as expected: A certificate ends sooner than expected (policy/certificate-days).");
      assert.deepEqual(
        route?.targets.flatMap(({ endpoints }) => endpoints.map(({ status, findings }) => `${status} ${findings.join()}`)),
        ["ok policy/certificate-days"],
      );
    },
  },
  {
    title: "policy/certificate-days: it is the intermediate certificate that ends",
    options: { expect: { certificateDays: 40 } },
    async network(net) {
      await delegation(net, "matrix.example.org:443");
      const ending = await net.authority.intermediate({ commonName: "Ending Intermediate", notAfter: days(30.5) });
      await net.homeserver("example.org", {
        host: "matrix.example.org",
        port: 443,
        tls: await ending.issue({ names: ["matrix.example.org"], notAfter: days(90) }),
      });
    },
    finds: ["policy/certificate-days error"],
    verdict: "fail",
    and: ({ findings: [first] }) =>
      assert.match(first?.detail ?? "", /^The intermediate certificate "CN=Ending Intermediate" of matrix\.example\.org \(/),
  },
  {
    title: "policy/certificate-days: on the host of the well-known; the usual warning stands under it",
    options: { expect: { certificateDays: 21 } },
    async network(net) {
      await net.web("example.org", {
        routes: { "/.well-known/matrix/server": { body: { "m.server": "matrix.example.org:443" } } },
        tls: await net.issuer.issue({ names: ["example.org"], notAfter: days(9.5) }),
      });
      await net.homeserver("example.org", { host: "matrix.example.org", port: 443 });
    },
    finds: ["policy/certificate-days error", "well-known/certificate-expiring warning < policy/certificate-days"],
    verdict: "fail",
  },
  {
    title: "look-alike of policy/certificate-days: a certificate that has expired is tls/expired only",
    options: { expect: { certificateDays: 21 } },
    async network(net) {
      await delegation(net, "matrix.example.org:443");
      await net.homeserver("example.org", {
        host: "matrix.example.org",
        port: 443,
        tls: await net.issuer.issue({ names: ["matrix.example.org"], notAfter: days(-1.5) }),
      });
    },
    finds: ["tls/expired error"],
    verdict: "fail",
  },
]);

async function bySrv(net: Parameters<typeof healthy>[0]): Promise<void> {
  await net.web("example.org");
  net.publish("_matrix-fed._tcp.example.org", { SRV: ["10 5 8448 hs1.example.net", "20 5 8448 hs2.example.net"] });
  for (const host of ["hs1.example.net", "hs2.example.net"])
    await net.homeserver("example.org", { host, tls: await net.issuer.issue({ names: ["example.org"] }) });
}

describe("expectations", () => {
  test("what holds only for one name, or when facts are judged, is understood or refused as well", async () => {
    const net = await startNetwork();
    try {
      await healthy(net);
      const checker = await createChecker(net.options());
      const expect = { targets: ["matrix.example.org"] };
      const isRefused = (error: unknown): boolean =>
        error instanceof UsageError && /^expected target "matrix\.example\.org" is no host with a port/.test(error.message);
      await assert.rejects(checker.check("example.org", { expect }), isRefused);
      await assert.rejects(judgeAgain((await checker.check("example.org")).facts, { expect }), isRefused);
      checker.close();
    } finally {
      await net.close();
    }
  });

  test("for one name beside those of the checker, and again when facts are judged", async () => {
    const net = await startNetwork();
    try {
      await healthy(net);
      const checker = await createChecker(net.options({ expect: { via: ["srv"] } }));
      const report = await checker.check("example.org", { expect: { targets: ["elsewhere.example.org:1"] }, ignore: ["policy/via"] });
      assert.deepEqual(findingsOf(report), ["policy/target error"]);
      assert.deepEqual(report.facts.settings.expect, { via: ["srv"], targets: ["elsewhere.example.org:1"] });
      assert.deepEqual(findingsOf(await judgeAgain(report.facts)), ["policy/target error", "policy/via error"]);
      assert.deepEqual(findingsOf(await judgeAgain(report.facts, { expect: { targets: ["matrix.example.org:443"] } })), []);
      checker.close();
    } finally {
      await net.close();
    }
  });

  test("a way that is none, as JavaScript lets it pass", () =>
    assert.rejects(
      createChecker({ expect: { via: ["srvs" as "srv"] } }),
      (error: unknown) =>
        error instanceof UsageError &&
        error.message === 'expected way "srvs" is none of well-known, srv, default-port, explicit-port, ip-literal',
    ));

  for (const target of ["", "matrix.example.org", "https://matrix.example.org", "matrix.example.org:0", "[::1:8448"]) {
    test(`a target that is none: "${target}"`, () =>
      assert.rejects(
        createChecker({ expect: { targets: [target] } }),
        (error: unknown) =>
          error instanceof UsageError && /is no host with a port: matrix\.example\.com:443 would be one$/.test(error.message),
      ));
  }
});
