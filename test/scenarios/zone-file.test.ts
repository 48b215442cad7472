/** Before the change: zone files and a well-known file stand in for DNS and for the web server. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { check, type CheckOptions, UsageError } from "../../src/check.ts";
import type { Report } from "../../src/facts/output.ts";
import { type Network, startNetwork } from "../lab/network.ts";
import { run, type Scenario } from "./scenario.ts";

const GOOD = `$ORIGIN example.org.
$TTL 300
@                 IN SOA ns1 admin 1 3600 600 86400 300
@                 IN NS  ns1.example.net.
@                 IN A   127.0.0.1
_matrix-fed._tcp  IN SRV 10 5 8448 hs.example.org.
hs                IN A   127.0.0.1
`;

const AXFR = `example.org. 300 IN SOA ns1.example.net. admin.example.org. 1 3600 600 86400 300
example.org. 300 IN NS ns1.example.net.
example.org. 300 IN A 127.0.0.1
_matrix-fed._tcp.example.org. 300 IN SRV 10 5 8448 hs.example.org.
hs.example.org. 300 IN A 127.0.0.1
`;

test("a file that is no zone file is refused, among zones and among what they are compared with", async () => {
  const page = { file: "page.html", text: "<html><body>404</body></html>", origin: "example.org" };
  for (const options of [{ zones: [page] }, { ...zone(GOOD), against: [page] }] satisfies CheckOptions[])
    await assert.rejects(
      check("example.org", { dnsServers: ["127.0.0.1:9"], ...options }),
      (error: unknown) => error instanceof UsageError && /^page\.html:1: .*Nothing else in the file is a record/.test(error.message),
    );
});

/** A homeserver at the zone's SRV target, and a web server without a file. */
async function unpublished(net: Network): Promise<void> {
  await net.web("example.org", { unpublished: true });
  await net.homeserver("example.org", {
    host: "hs.example.org",
    unpublished: true,
    tls: await net.issuer.issue({ names: ["example.org"] }),
  });
}

/** The web server alone: nothing answers on port 8448 of the name itself. */
async function onlyWeb(net: Network): Promise<void> {
  await net.web("example.org", { unpublished: true });
  await net.closed("example.org", 8448);
}

const zone = (text: string): CheckOptions => ({ zones: [{ file: "db.example", text }] });
const HEALTHY = ["well-known/not-found info", "srv/not-recommended info"];
const LOST = ["dns/zone-mistake error", "well-known/not-found error < dns/zone-mistake", "connect/refused error < dns/zone-mistake"];
const UNRESOLVABLE = ["srv/target-unresolvable error", "srv/not-recommended info", "well-known/not-found error < srv/target-unresolvable"];
const CLOUDFLARE = `;;
;; Domain:     example.org.
;; Exported:   2026-11-01 10:00:00
;;
;; SOA Record
example.org\t3600\tIN\tSOA\tbob.ns.cloudflare.com. dns.cloudflare.com. 2050131287 10000 2400 604800 3600

;; A Records
example.org.\t1\tIN\tA\t127.0.0.1 ; cf_tags=cf-proxied:true
hs.example.org.\t1\tIN\tA\t127.0.0.1 ; cf_tags=cf-proxied:false

;; SRV Records
_matrix-fed._tcp.example.org.\t1\tIN\tSRV\t10 5 8448 hs.example.org.
`;

run([
  {
    title: "BIND's dump with relative names under the root",
    options: zone(`$ORIGIN .
$TTL 300
example.org IN SOA ns1.example.net. admin.example.org. ( 1 3600 600 86400 300 )
            NS ns1.example.net.
            A 127.0.0.1
$ORIGIN _tcp.example.org.
_matrix-fed SRV 10 5 8448 hs.example.org.
$ORIGIN example.org.
hs A 127.0.0.1
`),
    network: unpublished,
    finds: HEALTHY,
    verdict: "pass",
  },
  {
    title: "dig axfr: the SOA record first and last",
    options: zone(`; <<>> DiG 9.18 <<>> axfr example.org\n${AXFR}${AXFR.split("\n")[0]}\n;; Query time: 1 msec\n`),
    network: unpublished,
    finds: HEALTHY,
    verdict: "pass",
  },
  {
    title: "Cloudflare's export has an SOA record without its final dot, as Cloudflare reads it",
    options: zone(CLOUDFLARE),
    network: unpublished,
    finds: HEALTHY,
    verdict: "pass",
  },
  {
    title: "dns/zone-mistake: an SOA record without its final dot, and it is read on",
    options: zone(AXFR.replace("example.org.", "example.org")),
    network: unpublished,
    finds: ["dns/zone-mistake warning", ...HEALTHY],
    verdict: "warn",
    and: (report) => assert.deepEqual(report.findings[0]?.where, ["db.example:1"]),
  },
  {
    title: "dns/wildcard: a wildcard's SRV record, which works",
    options: zone(GOOD.replace("_matrix-fed._tcp ", "*._tcp ")),
    network: unpublished,
    finds: ["dns/wildcard warning", ...HEALTHY],
    verdict: "warn",
    and(report) {
      assert.deepEqual(report.findings[0]?.where, ["_matrix-fed._tcp.example.org"]);
      assert.match(report.findings[0].detail, /comes from the wildcard \*\._tcp\.example\.org \(line 6\)/);
      assert.deepEqual(report.findings[0].fix, [
        "In db.example, write the record under its own name, and remove the wildcard:\n_matrix-fed._tcp.example.org.  IN SRV  10 5 8448 hs.example.org.",
      ]);
    },
  },
  {
    title: "dns/wildcard: a wildcard's alias leads to the SRV record",
    options: zone(`${GOOD.replace("_matrix-fed._tcp ", "_matrix-fed._tcp.all ")}*._tcp CNAME _matrix-fed._tcp.all\n`),
    network: unpublished,
    finds: ["dns/wildcard warning", "srv/behind-cname warning", ...HEALTHY],
    verdict: "warn",
    and: (report) =>
      assert.match(
        report.findings[0]?.fix[0] ?? "",
        /\n_matrix-fed\._tcp\.example\.org\. {2}IN CNAME _matrix-fed\._tcp\.all\.example\.org\.$/,
      ),
  },
  {
    title: "no wildcard: one for addresses, and one that no service homeservers ask for comes from",
    options: zone(`${GOOD.replace(/^hs /m, "* ")}_matrix._tcp SRV 10 5 8448 hs\n*._tcp SRV 10 5 8448 hs\n`),
    network: unpublished,
    finds: [...HEALTHY],
    verdict: "pass",
  },
  {
    title: "Cloudflare's export: a CNAME at the zone's name is flattened",
    options: zone(
      CLOUDFLARE.replace(
        "A\t127.0.0.1 ; cf_tags=cf-proxied:true",
        "CNAME\thost.example.org. ; cf_tags=cf-flatten-cname:true\nhost.example.org. 1 IN A 127.0.0.1",
      ),
    ),
    network: unpublished,
    finds: HEALTHY,
    verdict: "pass",
  },
  {
    title: "connect/cloudflare-port: the SRV target is proxied in Cloudflare's export",
    options: zone(CLOUDFLARE.replace("cf-proxied:false", "cf-proxied:true")),
    async network(net) {
      await net.web("example.org", { unpublished: true });
      for (const host of ["example.org", "hs.example.org", "matrix.example.org"]) await net.closed(host, 8448);
    },
    finds: [
      "connect/cloudflare-port error",
      "srv/not-recommended info",
      "well-known/not-found error < connect/cloudflare-port",
      "connect/refused error < connect/cloudflare-port",
    ],
    verdict: "fail",
  },
  {
    title: "srv/target-is-cname: the SRV target is an alias, said once with its line",
    options: zone(GOOD.replace("8448 hs.example.org.", "8448 alias") + "alias CNAME hs\n"),
    async network(net) {
      await net.web("example.org", { unpublished: true });
      const tls = await net.issuer.issue({ names: ["example.org"] });
      await net.homeserver("example.org", { host: "alias.example.org", unpublished: true, tls });
    },
    finds: ["srv/target-is-cname warning", ...HEALTHY],
    verdict: "warn",
    and(report) {
      assert.deepEqual(report.findings[0]?.where, ["alias.example.org", "db.example:6"]);
      assert.deepEqual(report.findings[0]?.fix, [
        "In db.example, line 6, name the host to which alias.example.org leads: write hs.example.org. (with the dot at its end).",
      ]);
    },
  },
  {
    title: "srv/target-is-cname: the SRV target is an alias by a DNAME, so there is no CNAME to replace",
    options: zone(GOOD.replace("8448 hs.example.org.", "8448 hs.old") + "old DNAME new\nhs.new A 127.0.0.1\n"),
    async network(net) {
      await net.web("example.org", { unpublished: true });
      const tls = await net.issuer.issue({ names: ["example.org"] });
      await net.homeserver("example.org", { host: "hs.old.example.org", unpublished: true, tls });
    },
    finds: ["srv/target-is-cname warning", ...HEALTHY],
    verdict: "warn",
    and: (report) => assert.doesNotMatch(report.findings[0]?.fix.join() ?? "CNAME", /CNAME/),
  },
  {
    title: "connect/cloudflare-port: the default port of a proxied name, whoever answers behind the proxy",
    options: zone(CLOUDFLARE.replace(/^_matrix-fed.*$/m, "")),
    async network(net) {
      await net.web("example.org", { unpublished: true });
      await net.closed("example.org", 8448);
    },
    finds: [
      "well-known/not-found error",
      "connect/refused error < well-known/not-found",
      "connect/cloudflare-port error < well-known/not-found",
    ],
    verdict: "fail",
  },
  {
    title: "dns/zone-mistake: _matrix-fed._tcp.@, as GoDaddy's export has it",
    options: zone(GOOD.replace("_matrix-fed._tcp ", "_matrix-fed._tcp.@ ")),
    network: onlyWeb,
    finds: LOST,
    verdict: "fail",
    and: (report) => assert.match(report.findings[0]?.fix[0] ?? "", /write _matrix-fed\._tcp\.example\.org\. /),
  },
  ...["matrix-fed._tcp", "_matrix-fed.tcp", "_matrix_fed._tcp"].map((written): Scenario => ({
    title: `dns/zone-mistake: the SRV record is called ${written}`,
    options: zone(GOOD.replace("_matrix-fed._tcp ", `${written} `)),
    network: onlyWeb,
    finds: LOST,
    verdict: "fail",
  })),
  {
    title: "dns/zone-mistake: what is almost the name weighs less when homeservers find their way without it",
    options: zone(GOOD.replace("_matrix-fed._tcp ", "_matrix_fed._tcp ")),
    async network(net) {
      await net.web("example.org", { unpublished: true });
      await net.homeserver("example.org", { unpublished: true });
    },
    finds: ["dns/zone-mistake warning", "well-known/not-found info"],
    verdict: "warn",
  },
  {
    title: "dns/zone-mistake: a TXT record at the SRV record's name",
    options: zone(GOOD.replace("SRV 10 5 8448 hs.example.org.", 'TXT "10 5 8448 hs.example.org."')),
    network: onlyWeb,
    finds: LOST,
    verdict: "fail",
  },
  {
    title: "dns/zone-mistake: the SRV record stands below another host",
    options: zone(GOOD.replace("_matrix-fed._tcp ", "_matrix-fed._tcp.hs ")),
    network: onlyWeb,
    finds: LOST,
    verdict: "fail",
  },
  {
    title: "address/untested: a LUA record is not known, and not none",
    options: zone(GOOD.replace(/^hs .*$/m, "hs LUA A \"ifportup(443, {'127.0.0.1'})\"")),
    network: (net) => net.web("example.org", { unpublished: true }),
    finds: ["address/untested info", "well-known/not-found info", "srv/not-recommended info"],
    verdict: "inconclusive",
  },
  {
    title: "dns/zone-mistake: what isn't needed is left out and said",
    options: zone(
      `${GOOD}url URL301 https://example.net/\n\u00e4 A 192.0.2.1\nx DSYNC CDS NOTIFY 5359 scanner.example.net.\n# a comment\n`,
    ),
    network: unpublished,
    finds: ["dns/zone-mistake warning", "dns/zone-mistake warning", "dns/zone-mistake warning", ...HEALTHY],
    verdict: "warn",
    and: (report) =>
      assert.deepEqual(
        report.findings.slice(0, 3).flatMap(({ where }) => where),
        ["db.example:8", "db.example:9", "db.example:11"],
      ),
  },
  {
    title: "dns/zone-mistake: mistakes at the zone's name that nothing depends on",
    options: zone(`${GOOD}@ MX 10 192.0.2.7\n@ A 127.0.0.1\n`),
    network: unpublished,
    finds: ["dns/zone-mistake warning", "dns/zone-mistake warning", ...HEALTHY],
    verdict: "warn",
  },
  {
    title: "a zone file that will work: nobody on the network is asked for names inside it",
    options: { zones: [{ file: "db.example", text: GOOD }] },
    async network(net) {
      await net.web("example.org", { unpublished: true });
      await net.homeserver("example.org", {
        host: "hs.example.org",
        unpublished: true,
        tls: await net.issuer.issue({ names: ["example.org"] }),
      });
    },
    finds: ["well-known/not-found info", "srv/not-recommended info"],
    verdict: "pass",
    and: (_, net) =>
      assert.deepEqual(
        net.dns.queries.filter(({ name }) => name.endsWith("example.org")),
        [],
      ),
  },
  {
    title: "srv/target-unresolvable: one final dot is missing, and its line is named",
    options: { zones: [{ file: "db.example", text: GOOD.replace("hs.example.org.\n", "hs.example.org\n") }] },
    network: (net) => net.web("example.org", { unpublished: true }),
    finds: UNRESOLVABLE,
    verdict: "fail",
    and(report) {
      const [leading] = report.findings;
      assert.deepEqual(leading?.where, ["hs.example.org.example.org", "db.example:6"]);
      assert.match(leading.detail, /db\.example:6: "hs\.example\.org" has no final dot/);
      assert.deepEqual(leading.fix, ["In db.example, line 6, write hs.example.org. (with the dot at its end)."]);
      assert.ok(report.reach.every(({ because }) => because[0] === "srv/target-unresolvable"));
    },
  },
  {
    title: "srv/target-unresolvable: another line that matters isn't its cause",
    options: zone(`${GOOD.replace("hs.example.org.\n", "hs.example.org\n")}@ CNAME x.example.net.\n`),
    network: (net) => net.web("example.org", { unpublished: true }),
    finds: [
      "dns/zone-mistake error",
      "srv/target-unresolvable error",
      "srv/not-recommended info",
      "well-known/not-found error < dns/zone-mistake",
    ],
    verdict: "fail",
  },
  {
    title: "dns/zone-mistake: a nameserver without its final dot explains nothing that is seen",
    options: zone(GOOD.replace("8448 hs.example.org.", "8448 gone").replace("ns1.example.net.", "ns1.example.net")),
    network: (net) => net.web("example.org", { unpublished: true }),
    finds: ["dns/zone-mistake error", ...UNRESOLVABLE],
    verdict: "fail",
  },
  {
    title: "srv/target-is-ip: an address with a final dot is the target, and its line is named",
    options: zone(GOOD.replace("8448 hs.example.org.", "8448 127.0.0.1.")),
    async network(net) {
      await net.web("example.org", { unpublished: true });
      await net.closed("127.0.0.1", 8448);
    },
    finds: [
      "srv/target-is-ip error",
      "srv/not-recommended info",
      "well-known/not-found error < srv/target-is-ip",
      "connect/refused error < srv/target-is-ip",
    ],
    verdict: "fail",
    and: (report) => assert.match(report.findings[0]?.fix[0] ?? "", /^In db\.example, line 6, name a host/),
  },
  {
    title: "srv/target-unresolvable: an address without a final dot is the target",
    options: zone(GOOD.replace("8448 hs.example.org.", "8448 127.0.0.1")),
    network: (net) => net.web("example.org", { unpublished: true }),
    finds: UNRESOLVABLE,
    verdict: "fail",
    and: (report) => assert.deepEqual(report.findings[0]?.where, ["127.0.0.1.example.org", "db.example:6"]),
  },
  {
    title: "srv/target-unresolvable: the target has no record in the zone, and the SRV record's line is named beside the record to add",
    options: zone(GOOD.replace(/^hs .*\n/m, "")),
    network: (net) => net.web("example.org", { unpublished: true }),
    finds: UNRESOLVABLE,
    verdict: "fail",
    and: (report) => assert.match(report.findings[0]?.fix[0] ?? "", /^The SRV record is in db\.example, line 6\. /),
  },
  {
    title: "srv/target-unresolvable: a host below a special-use name lacks its final dot",
    options: zone(GOOD.replace("8448 hs.example.org.", "8448 hs1.hosting.example")),
    network: (net) => net.web("example.org", { unpublished: true }),
    finds: UNRESOLVABLE,
    verdict: "fail",
    and: (report) =>
      assert.deepEqual(report.findings[0]?.fix, ["In db.example, line 6, write hs1.hosting.example. (with the dot at its end)."]),
  },
  {
    title: "srv/target-unresolvable: a name that may be complete lacks its final dot",
    options: zone(GOOD.replace("8448 hs.example.org.", "8448 hs1.dc2")),
    network: (net) => net.web("example.org", { unpublished: true }),
    finds: UNRESOLVABLE,
    verdict: "fail",
    and: (report) =>
      assert.match(
        report.findings[0]?.fix[0] ?? "",
        /^If "hs1\.dc2" in db\.example, line 6, is the target's whole name, write it with a dot at its end; otherwise as follows\. /,
      ),
  },
  {
    title: "srv/target-malformed: the target has a port, and its line is named",
    options: zone(GOOD.replace("8448 hs.example.org.", "8448 hs.example.org.:8448")),
    network: (net) => net.web("example.org", { unpublished: true }),
    finds: ["srv/target-malformed error", "srv/not-recommended info", "well-known/not-found error < srv/target-malformed"],
    verdict: "fail",
    and: (report) => assert.deepEqual(report.findings[0]?.where, ["_matrix-fed._tcp.example.org", "db.example:6"]),
  },
  ...["https://hs.example.org", "hs.example.org:8448", "hs.example.org/"].map((target) => ({
    title: `srv/target-malformed: without a final dot too, where a dot wouldn't make it right: ${target}`,
    options: zone(GOOD.replace("8448 hs.example.org.", `8448 ${target}`)),
    network: (net: Network) => net.web("example.org", { unpublished: true }),
    finds: ["srv/target-malformed error", "srv/not-recommended info", "well-known/not-found error < srv/target-malformed"],
    verdict: "fail" as const,
    and: (report: Report) =>
      assert.deepEqual(report.findings[0]?.fix, [
        "The SRV record is in db.example, line 6. Correct the record in the zone (the numbers are priority, weight, port):\n_matrix-fed._tcp.example.org.  IN SRV  10 5 8448 hs.example.org.",
      ]),
  })),
  {
    title: "well-known/no-address: the name's alias lacks its final dot, and its line is named",
    serverName: "chat.example.org",
    options: zone(`${GOOD.replace(/^_matrix.*$/m, "")}chat CNAME web.example.net\n`),
    network: () => Promise.resolve(),
    finds: ["well-known/no-address error", "address/none error < well-known/no-address"],
    verdict: "fail",
    and: (report) =>
      assert.deepEqual(report.findings[0]?.fix, ["In db.example, line 8, write web.example.net. (with the dot at its end)."]),
  },
  ...(
    [
      ["address", GOOD.replace(/^hs .*$/m, "hs A 127.0.0.256"), 7, ["srv/not-recommended info"], "srv/target-unresolvable"],
      ["SRV record", GOOD.replace("8448 hs.example.org.", "8448 a..b"), 6, [], "connect/refused"],
    ] as const
  ).map(([what, text, line, notes, follows]): Scenario => ({
    title: `dns/zone-mistake: the ${what} that is needed can't be read, and is left out`,
    options: zone(text),
    network: onlyWeb,
    finds: ["dns/zone-mistake error", ...notes, "well-known/not-found error < dns/zone-mistake", `${follows} error < dns/zone-mistake`],
    verdict: "fail",
    and(report) {
      assert.deepEqual(report.findings[0]?.where, [`db.example:${line}`]);
      assert.match(report.findings[0]?.fix[0] ?? "", new RegExp(`line ${line} of db\\.example`));
    },
  })),
  {
    title: "dns/zone-mistake: the name's only address can't be read",
    serverName: "chat.example.org",
    options: zone(`${GOOD.replace(/^_matrix.*$/m, "")}chat A 300.0.0.1\n`),
    network: () => Promise.resolve(),
    finds: ["dns/zone-mistake error", "well-known/no-address error < dns/zone-mistake", "address/none error < dns/zone-mistake"],
    verdict: "fail",
    and: (report) => assert.match(report.findings[0]?.detail ?? "", /db\.example:8: .*"300\.0\.0\.1" is not an IPv4 address.* left out/),
  },
  {
    title: "dns/zone-mistake: the target's own record is lost by its missing dot",
    options: zone(GOOD.replace(/^hs /m, "hs.example.org ")),
    network: (net) => net.web("example.org", { unpublished: true }),
    finds: [
      "dns/zone-mistake error",
      "srv/not-recommended info",
      "well-known/not-found error < dns/zone-mistake",
      "srv/target-unresolvable error < dns/zone-mistake",
    ],
    verdict: "fail",
    and: (report) => assert.deepEqual(report.findings[0]?.where, ["db.example:7"]),
  },
  {
    title: "dns/zone-mistake: of a name that nothing depends on it is a warning",
    options: { zones: [{ file: "db.example", text: `${GOOD}www IN CNAME hs\nwww IN A 127.0.0.1\n` }] },
    async network(net) {
      await net.web("example.org", { unpublished: true });
      await net.homeserver("example.org", {
        host: "hs.example.org",
        unpublished: true,
        tls: await net.issuer.issue({ names: ["example.org"] }),
      });
    },
    finds: ["dns/zone-mistake warning", "well-known/not-found info", "srv/not-recommended info"],
    verdict: "warn",
  },
  {
    title: "a well-known file that will work: the web server isn't asked",
    options: { wellKnownFile: { file: "server.json", body: '{"m.server": "matrix.example.org:443"}' } },
    async network(net) {
      net.publish("example.org", { A: ["127.0.0.1"] });
      await net.homeserver("example.org", { host: "matrix.example.org", port: 443 });
    },
    finds: [],
    verdict: "pass",
  },
  {
    title: "a well-known file with a mistake",
    options: { wellKnownFile: { file: "server.json", body: '{"m.server": "https://matrix.example.org"}' } },
    async network(net) {
      net.publish("example.org", { A: ["127.0.0.1"] });
      await net.closed("example.org", 8448);
    },
    finds: ["well-known/invalid-m-server error", "connect/refused error < well-known/invalid-m-server"],
    verdict: "fail",
  },
]);

test("srv/not-recommended: nothing is delegated to a target that Cloudflare will hide, though a homeserver answers there now", async () => {
  const net = await startNetwork();
  try {
    await unpublished(net);
    const { findings } = await check("example.org", net.options(zone(CLOUDFLARE.replace("cf-proxied:false", "cf-proxied:true"))));
    assert.equal(findings[0]?.code, "connect/cloudflare-port");
    assert.deepEqual(findings.find(({ code }) => code === "srv/not-recommended")?.fix, []);
  } finally {
    await net.close();
  }
});
