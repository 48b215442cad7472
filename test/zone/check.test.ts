/** Before the change: the whole check against the zone and the well-known as they will be. Live DNS lacks what the files have. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { check, UsageError } from "../../src/check.ts";
import type { Report } from "../../src/facts/output.ts";
import { factsProblem } from "../../src/facts-problem.ts";
import { parseZoneFile } from "../../src/zone/parse.ts";
import { type Network, startNetwork } from "../lab/network.ts";

const ZONE = `$ORIGIN example.org.
$TTL 300
@                 IN SOA ns1.provider.example. hostmaster ( 1 2h 1h 4w 300 )
                  NS     ns1.provider.example.
                  A      127.0.0.1
_matrix-fed._tcp  SRV    10 5 8448 hs.example.org.
hs                A      127.0.0.1
`;

async function onNetwork(run: (net: Network) => Promise<void>): Promise<void> {
  const net = await startNetwork();
  try {
    await run(net);
  } finally {
    await net.close();
  }
}

/** A homeserver that DNS doesn't know of. */
async function unpublished(net: Network): Promise<void> {
  await net.web("example.org", { unpublished: true });
  await net.homeserver("example.org", {
    host: "hs.example.org",
    unpublished: true,
    tls: await net.issuer.issue({ names: ["example.org"] }),
  });
}

function codes({ findings }: Report): string[] {
  return findings.filter(({ severity }) => severity === "error").map(({ code }) => code);
}

test("a zone that is right passes, and live DNS is not asked for names inside it", () =>
  onNetwork(async (net) => {
    await unpublished(net);
    assert.equal((await check("example.org", net.options())).verdict, "fail", "without the file");
    net.dns.queries.length = 0;
    const report = await check("example.org", net.options({ zones: [{ file: "db.example", text: ZONE }] }));
    assert.equal(report.verdict, "pass", JSON.stringify(report.findings, null, 1));
    assert.equal(report.route?.specStep, "4");
    assert.deepEqual(
      net.dns.queries.filter(({ name }) => name === "example.org" || name.endsWith(".example.org")),
      [],
    );
    const srv = report.facts.srv.find(({ service }) => service === "_matrix-fed._tcp");
    assert.deepEqual(
      srv?.outcome.status === "done" ? [srv.outcome.value.resolver, srv.outcome.value.transport, srv.outcome.value.file] : null,
      ["zone file db.example", "file", { name: "db.example", lines: [6] }],
    );
    assert.equal(factsProblem(JSON.parse(JSON.stringify(report.facts))), null);
  }));

test("with one missing final dot it fails, and the mistake names the line", () =>
  onNetwork(async (net) => {
    await unpublished(net);
    const text = ZONE.replace("8448 hs.example.org.", "8448 hs.example.org");
    const report = await check("example.org", net.options({ zones: [{ file: "db.example", text }] }));
    assert.equal(report.verdict, "fail");
    assert.ok(codes(report).includes("srv/target-unresolvable"), JSON.stringify(codes(report)));
    assert.deepEqual(
      parseZoneFile(text, { file: "db.example" }).mistakes.map(({ kind, line, meant }) => [kind, line, meant]),
      [["missing-final-dot", 6, "hs.example.org."]],
    );
    assert.deepEqual(
      net.dns.queries.filter(({ name }) => name.endsWith("example.org")),
      [],
    );
  }));

test("a file that is none is a usage error that names file and line", async () => {
  await assert.rejects(
    check("example.org", { zones: [{ file: "db.example", text: "$TTL 60\n$INCLUDE x" }] }),
    (error: unknown) => error instanceof UsageError && /^db\.example:2: \$INCLUDE/.test(error.message),
  );
});

test("--well-known-file: the body decides the route, and nobody is asked for it", () =>
  onNetwork(async (net) => {
    // What is live now would lead nowhere.
    const [web] = await net.web("example.org", {
      routes: { "/.well-known/matrix/server": { body: { "m.server": "old.example.org:443" } } },
    });
    await net.homeserver("example.org", { host: "matrix.example.org", port: 443 });
    const asked = (): string[] => (web?.requests ?? []).map(({ url }) => url).filter((url) => url.startsWith("/.well-known/matrix/server"));
    await check("example.org", net.options());
    const before = asked().length;
    assert.ok(before > 0, "without the file the server is asked");
    const report = await check(
      "example.org",
      net.options({ wellKnownFile: { file: "db/server.json", body: '{"m.server": "matrix.example.org:443"}' } }),
    );
    assert.equal(report.verdict, "pass", JSON.stringify(report.findings, null, 1));
    assert.deepEqual([report.route?.specStep, report.route?.delegatedName], ["3.2", "matrix.example.org:443"]);
    const { wellKnown } = report.facts;
    const attempts = wellKnown.status === "done" ? wellKnown.value.attempts : [];
    assert.deepEqual(
      attempts.map(({ file, hops }) => [file, hops.map(({ url, connection }) => [url, connection])]),
      [["db/server.json", [["file:db/server.json", null]]]],
    );
    assert.equal(asked().length, before);
    assert.equal(factsProblem(JSON.parse(JSON.stringify(report.facts))), null);
  }));

for (const [title, body, code] of [
  ["a file that is not JSON", "<html>", "well-known/not-json"],
  ["a file with a scheme in m.server", '{"m.server": "https://matrix.example.org"}', "well-known/invalid-m-server"],
  ["a file that is too large", " ".repeat(300_000), "well-known/too-large"],
] as const) {
  test(`--well-known-file: ${title}`, () =>
    onNetwork(async (net) => {
      await net.web("example.org");
      const report = await check("example.org", net.options({ wellKnownFile: { file: "server.json", body } }));
      const finding = report.findings.find((each) => each.code === code);
      assert.equal(finding?.severity, "error", JSON.stringify(report.findings.map((each) => each.code)));
      assert.deepEqual(
        finding?.where.filter((where) => where.startsWith("file:")),
        ["file:server.json"],
      );
    }));
}

test("zone and well-known file together, for a server that isn't live in any way", () =>
  onNetwork(async (net) => {
    await net.homeserver("example.org", { host: "matrix.example.org", port: 443, unpublished: true });
    const text = `${ZONE}matrix A 127.0.0.1\n`;
    const report = await check(
      "example.org",
      net.options({
        zones: [{ file: "db.example", text, origin: "example.org" }],
        wellKnownFile: { file: "server.json", body: Buffer.from('{"m.server": "matrix.example.org:443"}') },
      }),
    );
    assert.deepEqual(codes(report), []);
    assert.equal(report.route?.specStep, "3.2");
    assert.deepEqual(
      net.dns.queries.filter(({ name }) => name.endsWith("example.org")),
      [],
    );
  }));
