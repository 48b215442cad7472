/** Before the change: zone files and a well-known file stand in for DNS and for the web server. */
import assert from "node:assert/strict";
import { run } from "./scenario.ts";

const GOOD = `$ORIGIN example.org.
$TTL 300
@                 IN SOA ns1 admin 1 3600 600 86400 300
@                 IN NS  ns1.example.net.
@                 IN A   127.0.0.1
_matrix-fed._tcp  IN SRV 10 5 8448 hs.example.org.
hs                IN A   127.0.0.1
`;

run([
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
    title: "dns/zone-mistake: one final dot is missing, and its line is named",
    options: { zones: [{ file: "db.example", text: GOOD.replace("hs.example.org.\n", "hs.example.org\n") }] },
    network: (net) => net.web("example.org", { unpublished: true }),
    finds: [
      "dns/zone-mistake error",
      "srv/not-recommended info",
      "well-known/not-found error < dns/zone-mistake",
      "srv/target-unresolvable error < dns/zone-mistake",
    ],
    verdict: "fail",
    and(report) {
      assert.deepEqual(report.findings[0]?.where, ["db.example:6"]);
      assert.match(report.findings[0]?.fix[0] ?? "", /In db\.example, line 6, write hs\.example\.org\./);
    },
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
