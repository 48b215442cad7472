/** srv/*: what is wrong with SRV records, and what only looks like it. */
import assert from "node:assert/strict";
import type { Report } from "../../src/facts/output.ts";
import { PUBLIC_SERVICE } from "../../src/facts/policy.ts";
import type { LabRecords } from "../lab/dns-server.ts";
import type { Network } from "../lab/network.ts";
import { matrixError } from "../lab/homeserver.ts";
import { tlsAlert } from "../lab/web-server.ts";
import { delegation, healthy, run, type Scenario } from "./scenario.ts";

const FED = "_matrix-fed._tcp.example.org";
const OLD = "_matrix._tcp.example.org";

/** A base domain whose web server has no well-known, and SRV records for it. */
async function withSrv(net: Network, fed: LabRecords, old?: LabRecords): Promise<void> {
  await net.web("example.org");
  net.publish(FED, { SRV: fed });
  if (old !== undefined) net.publish(OLD, { SRV: old });
}

/** The homeserver of example.org at an SRV target, with the certificate that counts: that of the server name. */
async function target(net: Network, host: string, port = 8448, more: Parameters<Network["homeserver"]>[1] = {}): Promise<void> {
  await net.homeserver("example.org", { host, port, tls: await net.issuer.issue({ names: ["example.org"] }), ...more });
}

/** Every address of every host is this, whatever port is asked: for targets that only differ in their port. */
async function targetAtAnyPort(net: Network, host: string): Promise<void> {
  const [homeserver] = await net.homeserver("example.org", { host, port: 1, tls: await net.issuer.issue({ names: ["example.org"] }) });
  net.options().connectTo?.push(`${host}:::${homeserver?.port ?? 0}`);
}

/** Records of that name, which stand at another one, and the homeserver to which they lead. */
async function behindAlias(net: Network, name: string): Promise<void> {
  net.publish(`_matrix-fed._tcp.${name}`, { CNAME: ["records.example.net"] });
  net.publish("records.example.net", { SRV: ["10 5 8449 hs.example.net"] });
  await net.homeserver("example.org", { host: "hs.example.net", port: 8449, tls: await net.issuer.issue({ names: [name] }) });
}

function reachOf({ reach }: Report, name: string): unknown[] {
  const found = reach.find(({ homeserver }) => homeserver === name);
  return [found?.reaches, found?.via, found?.because];
}

const USED = ["well-known/not-found info", "srv/not-recommended info"];

const healthyLookAlikes: Scenario[] = [
  {
    title: "two services with the same content, in another order, case and weight, by other priorities: no conflict, nothing deprecated",
    async network(net) {
      await withSrv(net, ["10 5 8448 a.example.net", "20 5 8449 b.example.net"], ["1 1 8449 B.Example.net", "0 9 8448 a.example.net"]);
      await target(net, "a.example.net");
      await target(net, "b.example.net", 8449);
    },
    finds: USED,
    verdict: "pass",
  },
  {
    title: "the SRV answer comes from a wildcard",
    async network(net) {
      await net.web("example.org");
      net.publish("*._tcp.example.org", { SRV: ["10 5 8448 hs.example.net"] });
      await target(net, "hs.example.net");
    },
    finds: USED,
    verdict: "pass",
    and: (report) => assert.equal(report.route?.specStep, "4"),
  },
  {
    title: "a wildcard with addresses only is no SRV record",
    async network(net) {
      await net.web("example.org");
      net.publish("*.example.org", { A: ["127.0.0.1"] });
      await net.homeserver("example.org");
    },
    finds: ["well-known/not-found info"],
    verdict: "pass",
    and: (report) => assert.equal(report.route?.specStep, "6"),
  },
  {
    title: "a wildcard CNAME leads to a host without SRV records",
    async network(net) {
      await net.web("example.org");
      net.publish("*.example.org", { CNAME: ["web.example.net"] });
      net.publish("web.example.net", { A: ["127.0.0.1"] });
      await net.homeserver("example.org");
    },
    finds: ["well-known/not-found info"],
    verdict: "pass",
    and: (report) => assert.equal(report.route?.specStep, "6"),
  },
  {
    title: "priority 0 and weight 0 are ordinary numbers",
    async network(net) {
      await withSrv(net, ["0 0 8448 hs.example.net"]);
      await target(net, "hs.example.net");
    },
    finds: USED,
    verdict: "pass",
  },
  {
    title: "more records than a datagram holds come over TCP, in the right order",
    async network(net) {
      const host = `${"a-very-long-label-".repeat(3)}end.example.net`;
      await withSrv(
        net,
        Array.from({ length: 24 }, (_, index) => `${100 - index} 0 ${9000 + index} ${host}`),
      );
      await targetAtAnyPort(net, host);
    },
    finds: USED,
    verdict: "pass",
    and(report) {
      const answer = report.facts.srv.find(({ service }) => service === "_matrix-fed._tcp")?.outcome;
      assert.equal(answer?.status === "done" && answer.value.transport, "tcp");
      assert.deepEqual(
        report.route?.targets.map(({ port }) => port),
        Array.from({ length: 24 }, (_, index) => 9023 - index),
      );
      assert.match(
        report.findings[1]?.fix[0] ?? "",
        /end\.example\.net:9023"/,
        "the preferred target is proposed for m.server, not the first in the answer",
      );
    },
  },
  {
    title: "an answer that says TC without need is asked for again over TCP",
    async network(net) {
      await withSrv(net, { records: ["10 0 8448 hs.example.net"], truncate: true });
      await target(net, "hs.example.net");
    },
    finds: USED,
    verdict: "pass",
  },
];

const deprecatedAndConflict: Scenario[] = [
  {
    title: "deprecated-service: only _matrix._tcp",
    async network(net) {
      await net.web("example.org");
      net.publish(OLD, { SRV: ["10 0 8448 hs.example.net"] });
      await target(net, "hs.example.net");
    },
    finds: ["srv/deprecated-service warning", "well-known/not-found info", "srv/not-recommended info"],
    verdict: "warn",
    and: (report) =>
      assert.match(report.findings[0]?.fix.join() ?? "", /_matrix-fed\._tcp\.example\.org\.\s+IN SRV\s+10 0 8448 hs\.example\.net\./),
  },
  {
    title: "only _matrix._tcp of a server name whose well-known decides isn't deprecated but unused",
    async network(net) {
      await healthy(net);
      net.publish(OLD, { SRV: ["10 0 443 matrix.example.org"] });
    },
    finds: ["srv/unused info"],
    verdict: "pass",
  },
  {
    title: "conflict: the two services lead to different ports",
    async network(net) {
      await withSrv(net, ["10 0 8449 hs.example.net"], ["10 0 8448 hs.example.net"]);
      await target(net, "hs.example.net", 8449);
    },
    finds: ["srv/conflict warning", "well-known/not-found info", "srv/not-recommended info"],
    verdict: "warn",
  },
  {
    title: "conflict: the deprecated service says that there is none",
    async network(net) {
      await withSrv(net, ["10 0 8448 hs.example.net"], ["0 0 0 ."]);
      await target(net, "hs.example.net");
    },
    finds: ["srv/conflict warning", "well-known/not-found info", "srv/not-recommended info"],
    verdict: "warn",
  },
  {
    title: "a found _matrix-fed record whose target is down never falls back to _matrix",
    async network(net) {
      await withSrv(net, ["10 0 8449 new.example.net"], ["10 0 8448 old.example.net"]);
      net.publish("new.example.net", { A: ["127.0.0.1"] });
      await net.closed("new.example.net", 8449);
      await target(net, "old.example.net");
    },
    finds: ["connect/refused error", "srv/conflict warning", "srv/not-recommended info", "well-known/not-found error < connect/refused"],
    verdict: "fail",
    and(report) {
      assert.equal(report.route?.specStep, "4");
      assert.deepEqual(
        report.route.targets.map(({ host }) => host),
        ["new.example.net"],
      );
    },
  },
];

const unused: Scenario[] = [
  {
    title: "unused: leftovers that lead where the well-known leads",
    async network(net) {
      await healthy(net);
      net.publish(FED, { SRV: ["10 0 443 Matrix.Example.org"] });
    },
    finds: ["srv/unused info"],
    verdict: "pass",
  },
  {
    title: "unused: another name for the same address and port",
    async network(net) {
      await healthy(net);
      net.publish(FED, { SRV: ["10 0 443 hs.example.net"] });
      net.publish("hs.example.net", { A: ["127.0.0.1"] });
    },
    finds: ["srv/unused info"],
    verdict: "pass",
  },
  {
    title: "unused: leftovers that lead elsewhere",
    async network(net) {
      await healthy(net);
      net.publish(FED, { SRV: ["10 0 8448 matrix.example.org"] });
    },
    finds: ["srv/unused warning"],
    verdict: "warn",
  },
  {
    title: "unused: one of two leftovers leads elsewhere, to a host that no longer exists",
    async network(net) {
      await healthy(net);
      net.publish(OLD, { SRV: ["10 0 443 matrix.example.org", "20 0 8448 gone.example.net"] });
    },
    finds: ["srv/unused warning"],
    verdict: "warn",
  },
  {
    title: "unused: the well-known leads to an IP literal",
    async network(net) {
      await delegation(net, "127.0.0.1:8450");
      await net.homeserver("example.org", {
        host: "127.0.0.1",
        port: 8450,
        tls: await net.issuer.issue({ names: ["127.0.0.1"] }),
        unpublished: true,
      });
      net.publish(FED, { SRV: ["10 0 8450 hs.example.net"] });
      net.publish("hs.example.net", { A: ["127.0.0.1"] });
    },
    finds: ["srv/unused info"],
    verdict: "pass",
  },
  {
    title: "not unused: one of the addresses doesn't have the file, and who asks there goes by the record",
    async network(net) {
      await net.web("example.org", {
        addresses: ["127.0.0.1", "127.0.0.2"],
        intercept: ({ socket }) => (socket.localAddress === "127.0.0.2" ? { status: 404, body: "" } : null),
        routes: { "/.well-known/matrix/server": { body: { "m.server": "matrix.example.org:443" } } },
      });
      await net.homeserver("example.org", {
        host: "matrix.example.org",
        port: 443,
        tls: await net.issuer.issue({ names: ["example.org", "matrix.example.org"] }),
      });
      net.publish(FED, { SRV: ["10 0 443 matrix.example.org"] });
    },
    finds: ["well-known/split error"],
    verdict: "fail",
  },
  {
    title: 'not unused: a target "." beside a well-known says nothing that the well-known contradicts',
    async network(net) {
      await healthy(net);
      net.publish(OLD, { SRV: ["0 0 0 ."] });
    },
    finds: [],
    verdict: "pass",
  },
  {
    title: "not unused: m.server is the server name without a port, so its SRV records decide",
    async network(net) {
      await delegation(net, "example.org");
      net.publish(FED, { SRV: ["10 0 8448 hs.example.net"] });
      await target(net, "hs.example.net");
    },
    finds: ["srv/not-recommended info"],
    verdict: "pass",
    and: (report) => assert.equal(report.route?.specStep, "3.3"),
  },
  {
    title: "leftovers with every fault of a record are only leftovers",
    async network(net) {
      await healthy(net);
      net.publish(FED, {
        SRV: ["10 0 0 matrix.example.org", "20 0 8448 192.0.2.1", "30 0 8448 a_b.example.net", "40 0 8448 alias.example.net"],
      });
      net.publish("alias.example.net", { CNAME: ["alias.example.net"] });
      net.publish("a_b.example.net", { A: "SERVFAIL", AAAA: "SERVFAIL" });
    },
    finds: ["srv/unused warning"],
    verdict: "warn",
  },
];

const wrongService: Scenario[] = [
  ...["_matrix-identity._tcp", "_matrix-fed._udp", "_matrix._udp", "_matrix-federation._tcp"].map((service): Scenario => ({
    title: `wrong-service: ${service}, and port 8448 works`,
    async network(net) {
      await net.web("example.org");
      net.publish(`${service}.example.org`, { SRV: ["10 0 8448 hs.example.net"] });
      await net.homeserver("example.org");
    },
    finds: ["srv/wrong-service warning", "well-known/not-found info"],
    verdict: "warn",
    and: (report) =>
      assert.match(
        report.findings[0]?.fix.join() ?? "",
        service === "_matrix-identity._tcp" ? /^Remove/ : /_matrix-fed\._tcp\.example\.org\.\s+IN SRV\s+10 0 8448 hs\.example\.net\./,
      ),
  })),
  {
    title: "wrong-service: of the identity service, while nothing answers: what to do is the file's matter",
    async network(net) {
      await net.web("example.org");
      net.publish("_matrix-identity._tcp.example.org", { SRV: ["10 0 443 id.example.net"] });
      await net.closed("example.org", 8448);
    },
    finds: ["well-known/not-found error", "srv/wrong-service warning", "connect/refused error < well-known/not-found"],
    verdict: "fail",
    and: ({ findings }) =>
      assert.deepEqual(findings[1]?.fix, [
        "Remove the record _matrix-identity._tcp.example.org, unless an identity service uses it: homeservers don't.",
      ]),
  },
  {
    title: "wrong-service: its target is dead, so that the record isn't to be copied",
    async network(net) {
      await net.web("example.org");
      net.publish("_matrix-federation._tcp.example.org", { SRV: ["10 0 8449 gone.example.net"] });
      await net.closed("example.org", 8448);
    },
    finds: ["well-known/not-found error", "srv/wrong-service warning", "connect/refused error < well-known/not-found"],
    verdict: "fail",
    and: ({ findings }) => assert.match(findings[1]?.fix[0] ?? "", /^Remove the record .* none answers at gone\.example\.net:8449\.$/),
  },
  {
    title: "wrong-service: its target is the homeserver, so that the record needs only its right name",
    async network(net) {
      await net.web("example.org");
      net.publish("_matrix-federation._tcp.example.org", { SRV: ["10 0 8449 hs.example.net"] });
      await net.closed("example.org", 8448);
      await target(net, "hs.example.net", 8449);
    },
    finds: ["srv/wrong-service warning", "well-known/not-found error < srv/wrong-service", "connect/refused error < srv/wrong-service"],
    verdict: "fail",
    and: ({ findings }) => assert.match(findings[0]?.fix[0] ?? "", /\n_matrix-fed\._tcp.* 10 0 8449 hs\.example\.net\.$/),
  },
  {
    title: "wrong-service: of the delegated name",
    async network(net) {
      await delegation(net, "matrix.example.org");
      net.publish("_matrix._udp.matrix.example.org", { SRV: ["10 0 8449 hs.example.net"] });
      await net.homeserver("example.org", { host: "matrix.example.org" });
    },
    finds: ["srv/wrong-service warning"],
    verdict: "warn",
  },
  {
    title: "a record of the identity service beside the right one is no mistake",
    async network(net) {
      await withSrv(net, ["10 0 8448 hs.example.net"]);
      net.publish("_matrix-identity._tcp.example.org", { SRV: ["10 0 443 id.example.net"] });
      await target(net, "hs.example.net");
    },
    finds: USED,
    verdict: "pass",
  },
  {
    title: "a wrong name doesn't matter where a well-known with a port decides",
    async network(net) {
      await healthy(net);
      net.publish("_matrix-federation._tcp.example.org", { SRV: ["10 0 8448 hs.example.net"] });
    },
    finds: [],
    verdict: "pass",
  },
];

const badTargets: Scenario[] = [
  {
    title: "target-is-cname: followed, and reported once for two records",
    async network(net) {
      await withSrv(net, ["10 0 8448 alias.example.net", "20 0 8449 alias.example.net"]);
      net.publish("alias.example.net", { CNAME: ["hs.example.net"] });
      await targetAtAnyPort(net, "alias.example.net");
      net.dns.zone["alias.example.net"] = { CNAME: ["hs.example.net"] };
      net.publish("hs.example.net", { A: ["127.0.0.1"] });
    },
    finds: ["srv/target-is-cname warning", "well-known/not-found info", "srv/not-recommended info"],
    verdict: "warn",
    and: (report) => assert.match(report.findings[0]?.detail ?? "", /alias\.example\.net is an alias \(CNAME\) of hs\.example\.net/),
  },
  {
    title: "target-unresolvable: an alias of a name that doesn't exist, which is no better target",
    async network(net) {
      await withSrv(net, ["10 0 8448 alias.example.net"]);
      net.publish("alias.example.net", { CNAME: ["gone.example.net"] });
    },
    finds: ["srv/target-unresolvable error", "srv/not-recommended info", "well-known/not-found error < srv/target-unresolvable"],
    verdict: "fail",
    and({ findings: [found] }) {
      assert.match(
        found?.detail ?? "",
        /^The name alias\.example\.net is an alias \(CNAME\) of gone\.example\.net, which doesn't exist in DNS/,
      );
      assert.match(found?.fix[0] ?? "", /^Replace the CNAME at alias\.example\.net with an address record/);
    },
  },
  {
    title: "target-unresolvable: an alias whose own final dot is missing",
    async network(net) {
      await withSrv(net, ["10 0 8448 alias.example.org"]);
      net.publish("alias.example.org", { CNAME: ["hs.example.org.example.org"] });
    },
    finds: ["srv/target-unresolvable error", "srv/not-recommended info", "well-known/not-found error < srv/target-unresolvable"],
    verdict: "fail",
    and: ({ findings: [found] }) => assert.match(found?.fix[0] ?? "", /\nalias\.example\.org\. {2}IN CNAME {2}hs\.example\.org\.$/),
  },
  {
    title: "a CNAME at the server name is none at an SRV target",
    async network(net) {
      await net.web("example.org");
      net.dns.zone["example.org"] = { CNAME: ["web.example.net"] };
      net.publish("web.example.net", { A: ["127.0.0.1"] });
      net.publish(FED, { SRV: ["10 0 8448 hs.example.net"] });
      await target(net, "hs.example.net");
    },
    finds: USED,
    verdict: "pass",
  },
  {
    title: "behind-cname: the records stand at another name",
    async network(net) {
      await net.web("example.org");
      net.publish(FED, { CNAME: ["records.example.net"] });
      net.publish("records.example.net", { SRV: ["10 5 8448 hs.example.net", "20 0 8449 hs2.example.net"] });
      await target(net, "hs.example.net");
      await target(net, "hs2.example.net", 8449);
      await net.closed("example.org", 8448);
    },
    finds: ["srv/behind-cname warning", ...USED],
    verdict: "warn",
    and(report) {
      assert.match(
        report.findings[0]?.fix[0] ?? "",
        /:\n_matrix-fed\._tcp\.example\.org\. {2}IN SRV {2}10 5 8448 hs\.example\.net\.\n_matrix-fed\._tcp\.example\.org\. {2}IN SRV {2}20 0 8449 hs2\./,
      );
      assert.match(report.findings[0]?.detail ?? "", /continuwuity ignores .* and uses port 8448 of example\.org, which doesn't work\.$/);
      assert.deepEqual(reachOf(report, "continuwuity"), ["no", "default-port", ["srv/behind-cname"]]);
    },
  },
  {
    title: "behind-cname: who ignores the records gets to the homeserver at port 8448",
    async network(net) {
      await net.web("example.org");
      await behindAlias(net, "example.org");
      await net.homeserver("example.org");
    },
    finds: ["srv/behind-cname warning", ...USED],
    verdict: "warn",
    and(report) {
      assert.match(report.findings[0]?.detail ?? "", /and uses port 8448 of example\.org, which works\.$/);
      assert.deepEqual(reachOf(report, "continuwuity"), ["yes", "default-port", []]);
    },
  },
  {
    title: "behind-cname: of a delegated name, whose port 8448 has the certificate of another one",
    async network(net) {
      await delegation(net, "matrix.example.org");
      await behindAlias(net, "matrix.example.org");
      await net.homeserver("example.org", { host: "matrix.example.org", tls: await net.issuer.issue({ names: ["example.org"] }) });
    },
    finds: ["srv/behind-cname warning", "srv/not-recommended info"],
    verdict: "warn",
    and: (report) => assert.deepEqual(reachOf(report, "continuwuity"), ["no", "default-port", ["srv/behind-cname"]]),
  },
  {
    title: "behind-cname: who ignores the records of one service uses those of the other",
    async network(net) {
      await net.web("example.org");
      await behindAlias(net, "example.org");
      net.publish(OLD, { SRV: ["10 5 8449 hs.example.net"] });
    },
    finds: ["srv/behind-cname warning", ...USED],
    verdict: "warn",
    and(report) {
      assert.match(report.findings[0]?.detail ?? "", /and uses the record of _matrix\._tcp\.example\.org, which works\.$/);
      assert.deepEqual(reachOf(report, "continuwuity"), ["yes", "srv", []]);
      assert.equal(report.facts.fallback, undefined);
    },
  },
  ...[
    ["a port", "hs.example.net:8448", 8448],
    ["a scheme", "https://hs.example.net", 8448],
    ["a scheme and a port, while the port's field is 443", "https://hs.example.net:8448", 443],
    ["a path", "hs.example.net/_matrix", 8448],
  ].map(([what, name, port]): Scenario => ({
    title: `target-malformed: ${what}`,
    network: (net) => withSrv(net, [`10 5 ${port} ${name}`]),
    finds: ["srv/target-malformed error", "srv/not-recommended info", "well-known/not-found error < srv/target-malformed"],
    verdict: "fail",
    and: (report) =>
      assert.match(report.findings[0]?.fix[0] ?? "", /\n_matrix-fed\._tcp\.example\.org\. {2}IN SRV {2}10 5 8448 hs\.example\.net\.$/),
  })),
  {
    title: "target-is-ip: it is connected to, and who ignores it has nothing else",
    async network(net) {
      await withSrv(net, ["10 0 8449 127.0.0.1"]);
      await target(net, "127.0.0.1", 8449, { unpublished: true });
      await net.closed("example.org", 8448);
    },
    finds: ["srv/target-is-ip error", ...USED],
    verdict: "fail",
    and(report) {
      assert.match(report.findings[0]?.detail ?? "", / ignore the record, and use port 8448 of example\.org, which doesn't work\.$/);
      assert.deepEqual(report.findings[0]?.affects, ["Dendrite", "mautrix-go", "matrix-media-repo"]);
      for (const connecting of ["Synapse", "continuwuity"]) assert.deepEqual(reachOf(report, connecting), ["yes", "srv", []]);
      assert.deepEqual(reachOf(report, "Dendrite"), ["no", "default-port", ["srv/target-is-ip"]]);
    },
  },
  {
    title: "target-is-ip: who ignores it gets to the homeserver at port 8448",
    async network(net) {
      await withSrv(net, ["10 0 8449 127.0.0.1"]);
      await target(net, "127.0.0.1", 8449, { unpublished: true });
      await net.homeserver("example.org");
    },
    finds: ["srv/target-is-ip error", ...USED],
    verdict: "fail",
    and(report) {
      assert.match(report.findings[0]?.fix.at(-1) ?? "", /^Remove the record of .*: port 8448 of example\.org works without it\.$/);
      assert.deepEqual(reachOf(report, "Synapse"), ["yes", "srv", []]);
      assert.deepEqual(reachOf(report, "Dendrite"), ["yes", "default-port", []]);
    },
  },
  {
    title: "target-is-ip: nothing listens there, and who ignores it gets to the homeserver at port 8448",
    async network(net) {
      await withSrv(net, ["10 0 8449 127.0.0.1"]);
      await net.closed("127.0.0.1", 8449);
      await net.homeserver("example.org");
    },
    finds: [
      "srv/target-is-ip error",
      "srv/not-recommended info",
      "well-known/not-found error < srv/target-is-ip",
      "connect/refused error < srv/target-is-ip",
    ],
    verdict: "fail",
    and(report) {
      assert.match(report.findings[0]?.fix[0] ?? "", /^Remove the record of /);
      assert.equal(reachOf(report, "Synapse")[0], "no");
      assert.deepEqual(reachOf(report, "Dendrite"), ["yes", "default-port", []]);
    },
  },
  {
    title: "target-is-ip: nothing listens there, nor at port 8448",
    async network(net) {
      await withSrv(net, ["10 0 8449 127.0.0.1"]);
      await net.closed("127.0.0.1", 8449);
      await net.closed("example.org", 8448);
    },
    finds: [
      "srv/target-is-ip error",
      "srv/not-recommended info",
      "well-known/not-found error < srv/target-is-ip",
      "connect/refused error < srv/target-is-ip",
    ],
    verdict: "fail",
    and: (report) => assert.match(report.findings[0]?.fix[0] ?? "", /^First repair what fails at 127\.0\.0\.1:8449\./),
  },
  {
    title: "target-is-ip: an address that isn't public, with the policy of a service",
    options: { allowPrivate: false, policy: PUBLIC_SERVICE },
    async network(net) {
      await net.web("example.org", { overridden: true });
      net.publish("example.org", { A: ["8.8.8.8"] });
      net.publish(FED, { SRV: ["10 0 8449 127.0.0.1"] });
      await net.homeserver("example.org", { overridden: true });
    },
    finds: ["srv/target-is-ip error", ...USED, "address/not-public error < srv/target-is-ip"],
    verdict: "fail",
    and(report) {
      assert.equal(report.facts.targets[0]?.endpoints[0]?.tcp.status, "untested");
      assert.doesNotMatch(report.findings[0]?.fix.join("\n") ?? "", /IN (A|SRV) /);
      assert.deepEqual(reachOf(report, "Synapse"), ["no", "srv", ["address/not-public"]]);
    },
  },
  {
    title: "target-is-ip: who ignores it uses the other service",
    async network(net) {
      await withSrv(net, ["10 0 8449 127.0.0.1"], ["10 0 8450 hs.example.net"]);
      await target(net, "127.0.0.1", 8449, { unpublished: true });
      await target(net, "hs.example.net", 8450);
    },
    finds: ["srv/target-is-ip error", "srv/conflict warning", ...USED],
    verdict: "fail",
    and: (report) => assert.deepEqual(reachOf(report, "Dendrite"), ["yes", "srv", []]),
  },
  {
    title: "target-is-ip: who ignores it has a target that is closed",
    async network(net) {
      await withSrv(net, ["10 0 8449 127.0.0.1", "20 0 8448 hs.example.net"]);
      await target(net, "127.0.0.1", 8449, { unpublished: true });
      net.publish("hs.example.net", { A: ["127.0.0.1"] });
      await net.closed("hs.example.net", 8448);
    },
    finds: ["srv/target-is-ip error", "srv/backup-target-down warning", ...USED],
    verdict: "fail",
    and: (report) => assert.deepEqual(reachOf(report, "Dendrite"), ["no", "srv", ["srv/target-is-ip"]]),
  },
  {
    title: "a target that only begins with numbers is a host name",
    async network(net) {
      await withSrv(net, ["10 0 8448 192.0.2.1.example.net"]);
      await target(net, "192.0.2.1.example.net");
    },
    finds: USED,
    verdict: "pass",
  },
  {
    title: "target-unresolvable: the zone's name is there twice",
    async network(net) {
      await withSrv(net, ["10 0 8448 hs.example.org.example.org"]);
    },
    finds: ["srv/target-unresolvable error", "srv/not-recommended info", "well-known/not-found error < srv/target-unresolvable"],
    verdict: "fail",
    and(report) {
      const found = report.findings.find(({ code }) => code === "srv/target-unresolvable");
      assert.deepEqual(found?.where, ["hs.example.org.example.org"]);
      assert.match(found?.fix[0] ?? "", /8448 hs\.example\.org\.$/);
    },
  },
  {
    title: "target-unresolvable: the name exists, without addresses",
    async network(net) {
      await withSrv(net, ["10 0 8448 hs.example.net"]);
      net.publish("hs.example.net", { TXT: ["nothing"] });
    },
    finds: ["srv/target-unresolvable error", "srv/not-recommended info", "well-known/not-found error < srv/target-unresolvable"],
    verdict: "fail",
  },
  {
    title: "target-unresolvable: the first of two, and the second works",
    async network(net) {
      await withSrv(net, ["10 0 8448 gone.example.net", "20 0 8448 hs.example.net"]);
      await target(net, "hs.example.net");
    },
    finds: ["srv/target-unresolvable error", "well-known/not-found info", "srv/not-recommended info"],
    verdict: "fail",
  },
  {
    title: "not unresolvable: the nameservers fail for the target",
    async network(net) {
      await withSrv(net, ["10 0 8448 hs.example.net"]);
      net.publish("hs.example.net", { A: "SERVFAIL", AAAA: "SERVFAIL" });
    },
    finds: ["address/lookup-failed error", "srv/not-recommended info", "well-known/not-found error < address/lookup-failed"],
    verdict: "fail",
  },
  {
    title: "port-zero",
    async network(net) {
      await withSrv(net, ["10 8448 0 hs.example.net"]);
      net.publish("hs.example.net", { A: ["127.0.0.1"] });
    },
    finds: ["srv/port-zero error", "srv/not-recommended info", "well-known/not-found error < srv/port-zero"],
    verdict: "fail",
  },
  {
    title: "port-zero: of the first of two targets, which some take for good",
    async network(net) {
      await withSrv(net, ["10 0 0 a.example.net", "20 0 8448 hs.example.net"]);
      net.publish("a.example.net", { A: ["127.0.0.1"] });
      await target(net, "hs.example.net");
    },
    finds: ["srv/port-zero error", "well-known/not-found info", "srv/not-recommended info"],
    verdict: "fail",
    and({ reach }) {
      const of = (name: string) => reach.find(({ homeserver }) => homeserver === name);
      assert.equal(of("Synapse")?.reaches, "yes", "it goes on where there is no connection");
      assert.deepEqual(of("mautrix-go")?.because, ["srv/port-zero"]);
    },
  },
  {
    title: 'service-unavailable: a lone "." ends it, whatever the deprecated service and port 8448 offer',
    async network(net) {
      await withSrv(net, ["0 0 0 ."], ["10 0 8448 example.org"]);
      await net.homeserver("example.org");
    },
    finds: ["srv/service-unavailable error", "srv/conflict warning", "well-known/not-found error < srv/service-unavailable"],
    verdict: "fail",
    and: (report) => assert.deepEqual(report.route?.targets, []),
  },
  {
    title: "service-unavailable: a homeserver was found, whose certificate is to be mended before a file names it",
    async network(net) {
      await net.web("example.org");
      net.publish(FED, { SRV: ["0 0 0 ."] });
      await net.closed("example.org", 8448);
      const tls = await net.issuer.issue({ names: ["other.example.net"] });
      await net.homeserver("example.org", { host: "matrix.example.org", port: 443, tls });
    },
    finds: ["srv/service-unavailable error", "well-known/not-found error < srv/service-unavailable"],
    verdict: "fail",
    and: ({ findings }) =>
      assert.match(findings[0]?.fix[0] ?? "", /at matrix\.example\.org:443\. First get a certificate .* covers matrix\.example\.org/),
  },
  {
    title: 'service-unavailable: "." beside a deprecated record that leads to the homeserver, whose certificate is the server name\'s',
    async network(net) {
      await withSrv(net, ["0 0 0 ."], ["10 5 8450 hs.example.net"]);
      await target(net, "hs.example.net", 8450);
    },
    finds: ["srv/service-unavailable error", "srv/conflict warning", "well-known/not-found error < srv/service-unavailable"],
    verdict: "fail",
    and: ({ findings: [found] }) =>
      assert.match(found?.fix[0] ?? "", /\n_matrix-fed\._tcp\.example\.org\. {2}IN SRV {2}10 5 8450 hs\.example\.net\.$/),
  },
  {
    title: "target-unresolvable: while the homeserver answers on port 8448 of the server name",
    async network(net) {
      await withSrv(net, ["10 0 8448 gone.example.net"]);
      await net.homeserver("example.org");
    },
    finds: ["srv/target-unresolvable error", "srv/not-recommended info", "well-known/not-found error < srv/target-unresolvable"],
    verdict: "fail",
    and: ({ findings: [found] }) =>
      assert.match(found?.fix[0] ?? "", /^Remove the record _matrix-fed\._tcp\.example\.org: Synapse answers on port 8448/),
  },
  {
    title: "target-unresolvable: while the deprecated record leads to the homeserver",
    async network(net) {
      await withSrv(net, ["10 0 8448 gone.example.net"], ["10 0 8448 hs.example.net"]);
      await target(net, "hs.example.net");
    },
    finds: [
      "srv/target-unresolvable error",
      "srv/conflict warning",
      "srv/not-recommended info",
      "well-known/not-found error < srv/target-unresolvable",
    ],
    verdict: "fail",
    and: ({ findings: [found] }) => assert.match(found?.fix[0] ?? "", /8448 hs\.example\.net\.$/),
  },
  ...["hs.example.net", "hs.hosting.example", "hs.home.arpa", "hs.lan"].map((host): Scenario => ({
    title: `target-unresolvable: the zone's name was appended to ${host}, a host of another zone, where the homeserver answers`,
    async network(net) {
      await withSrv(net, [`10 0 8450 ${host}.example.org`]);
      await target(net, host, 8450);
    },
    finds: ["srv/target-unresolvable error", "srv/not-recommended info", "well-known/not-found error < srv/target-unresolvable"],
    verdict: "fail",
    and({ findings: [found] }) {
      assert.match(found?.detail ?? "", /its final dot|final dot is missing/);
      assert.ok(found?.fix[0]?.endsWith(`\n_matrix-fed._tcp.example.org.  IN SRV  10 0 8450 ${host}.`));
    },
  })),
  {
    title: "target-unresolvable: not the zone's name appended, where nothing answers at what stands before it",
    async network(net) {
      await withSrv(net, ["10 0 8448 hs.dev.example.org"]);
    },
    finds: ["srv/target-unresolvable error", "srv/not-recommended info", "well-known/not-found error < srv/target-unresolvable"],
    verdict: "fail",
    and: ({ findings: [found] }) => assert.doesNotMatch(`${found?.detail} ${found?.fix.join()}`, /final dot|hs\.dev\.$/),
  },
  {
    title: 'a "." that isn\'t alone says nothing (RFC 2782: "there MUST NOT be other")',
    async network(net) {
      await withSrv(net, ["0 0 0 .", "10 0 8448 hs.example.net"]);
      await target(net, "hs.example.net");
    },
    finds: USED,
    verdict: "pass",
  },
  {
    title: "bytes in a target that a terminal would obey",
    async network(net) {
      await withSrv(net, ["10 0 8448 \u001b[2J\u202ehs.example.net"]);
    },
    finds: ["srv/target-unresolvable error", "srv/not-recommended info", "well-known/not-found error < srv/target-unresolvable"],
    verdict: "fail",
    and: (report) => assert.equal(report.route?.targets[0]?.host, "\\027[2j\\226\\128\\174hs.example.net"),
  },
];

const lookupFailed: Scenario[] = [
  ...(["SERVFAIL", "REFUSED"] as const).map((rcode): Scenario => ({
    title: `lookup-failed: ${rcode} for _matrix-fed, and all else is well`,
    async network(net) {
      await withSrv(net, rcode);
      await net.homeserver("example.org");
    },
    finds: ["srv/lookup-failed error", "well-known/not-found info"],
    verdict: "fail",
    and(report) {
      assert.equal(report.route?.specStep, "6");
      assert.deepEqual(report.findings[0]?.where, [FED]);
      assert.ok(report.findings[0]?.affects.includes("Synapse"));
    },
  })),
  ...[{ drop: true }, { garbage: true }, { wrongId: "only" as const }].map((how): Scenario => ({
    title: `lookup-failed: ${JSON.stringify(how)}`,
    options: { timeoutMs: 1500 },
    async network(net) {
      await withSrv(net, how);
      await net.homeserver("example.org");
    },
    finds: ["srv/lookup-failed error", "well-known/not-found info"],
    verdict: "fail",
  })),
  {
    title: "lookup-failed: for the deprecated service, which is asked when there is no other",
    async network(net) {
      await net.web("example.org");
      net.publish(OLD, { SRV: "SERVFAIL" });
      await net.homeserver("example.org");
    },
    finds: ["srv/lookup-failed error", "well-known/not-found info"],
    verdict: "fail",
    and: (report) => assert.deepEqual(report.findings[0]?.where, [OLD]),
  },
  {
    title: "lookup-failed: _matrix-fed can't be looked up, the deprecated one leads to a homeserver: not deprecated, nobody knows",
    async network(net) {
      await withSrv(net, "SERVFAIL", ["10 0 8448 hs.example.net"]);
      await target(net, "hs.example.net");
    },
    finds: ["srv/lookup-failed error", "well-known/not-found info", "srv/not-recommended info"],
    verdict: "fail",
    and: (report) => assert.equal(report.route?.specStep, "5"),
  },
  {
    title: "lookup-failed: of the delegated name",
    async network(net) {
      await delegation(net, "matrix.example.org");
      net.publish("_matrix-fed._tcp.matrix.example.org", { SRV: "SERVFAIL" });
      await net.homeserver("example.org", { host: "matrix.example.org" });
    },
    finds: ["srv/lookup-failed error"],
    verdict: "fail",
    and: (report) => assert.deepEqual(report.findings[0]?.where, ["_matrix-fed._tcp.matrix.example.org"]),
  },
  {
    title: "lookup-failed: and port 8448 is refused, which is what comes of it",
    async network(net) {
      await delegation(net, "matrix.example.org");
      net.publish("matrix.example.org", { A: ["127.0.0.1"] });
      await net.closed("matrix.example.org", 8448);
      net.publish("_matrix-fed._tcp.matrix.example.org", { SRV: "SERVFAIL" });
    },
    finds: ["srv/lookup-failed error", "connect/refused error < srv/lookup-failed"],
    verdict: "fail",
  },
  {
    title: "not looked up: a well-known with a port makes the lookups of the server name irrelevant",
    async network(net) {
      await healthy(net);
      net.publish(FED, { SRV: "SERVFAIL" });
      net.publish(OLD, { SRV: "REFUSED" });
    },
    finds: [],
    verdict: "pass",
  },
  {
    title: "not looked up: the deprecated service fails, and the current one has a record",
    async network(net) {
      await withSrv(net, ["10 0 8448 hs.example.net"], "SERVFAIL");
      await target(net, "hs.example.net");
    },
    finds: USED,
    verdict: "pass",
  },
];

const severalTargets: Scenario[] = [
  {
    title: "first-target-down: refused, the second works",
    async network(net) {
      await withSrv(net, ["10 0 8448 a.example.net", "20 0 8448 b.example.net"]);
      net.publish("a.example.net", { A: ["127.0.0.1"] });
      await net.closed("a.example.net", 8448);
      await target(net, "b.example.net");
    },
    finds: [
      "srv/first-target-down error",
      "well-known/not-found info",
      "srv/not-recommended info",
      "connect/refused error < srv/first-target-down",
    ],
    verdict: "fail",
    and: (report) =>
      assert.deepEqual(
        report.route?.targets.map(({ endpoints }) => endpoints.map(({ status }) => status)),
        [["failed"], ["ok"]],
      ),
  },
  {
    title: "first-target-down: its certificate is for the target only",
    async network(net) {
      await withSrv(net, ["10 0 8448 a.example.net", "20 0 8448 b.example.net"]);
      await target(net, "a.example.net", 8448, { tls: await net.issuer.issue({ names: ["a.example.net"] }) });
      await target(net, "b.example.net");
    },
    finds: [
      "srv/first-target-down error",
      "well-known/not-found info",
      "srv/not-recommended info",
      "tls/name-is-srv-target error < srv/first-target-down",
    ],
    verdict: "fail",
  },
  {
    title: "first-target-down: how its expired certificate is mended stands where it leads",
    async network(net) {
      await withSrv(net, ["10 0 8448 a.example.net", "20 0 8448 b.example.net"]);
      const past = { notBefore: new Date(Date.now() - 90 * 86_400_000), notAfter: new Date(Date.now() - 3 * 86_400_000) };
      await target(net, "a.example.net", 8448, { tls: await net.issuer.issue({ names: ["example.org"], ...past }) });
      await target(net, "b.example.net");
    },
    finds: [
      "srv/first-target-down error",
      "well-known/not-found info",
      "srv/not-recommended info",
      "tls/expired error < srv/first-target-down",
    ],
    verdict: "fail",
    and({ findings }) {
      const fix = findings[0]?.fix ?? [];
      assert.match(fix[0] ?? "", /^Repair a\.example\.net:8448\. If the certificate was renewed on disk, reload/);
      assert.match(fix[0] ?? "", /\n\nIf it was not renewed: .*\ncertbot renew --cert-name example\.org\n/);
      assert.match(fix[1] ?? "", /^If that takes time/);
    },
  },
  {
    title: "first-target-down: a TLS alert",
    async network(net) {
      await withSrv(net, ["10 0 8448 a.example.net", "20 0 8448 b.example.net"]);
      await target(net, "a.example.net", 8448, { onAccept: tlsAlert(40) });
      await target(net, "b.example.net");
    },
    finds: [
      "srv/first-target-down error",
      "well-known/not-found info",
      "srv/not-recommended info",
      "tls/handshake error < srv/first-target-down",
    ],
    verdict: "fail",
  },
  {
    title: "first-target-down: one of two with the same priority",
    async network(net) {
      await withSrv(net, ["10 1 8448 a.example.net", "10 9 8448 b.example.net"]);
      net.publish("a.example.net", { A: ["127.0.0.1"] });
      await net.closed("a.example.net", 8448);
      await target(net, "b.example.net");
    },
    finds: [
      "srv/first-target-down error",
      "well-known/not-found info",
      "srv/not-recommended info",
      "connect/refused error < srv/first-target-down",
    ],
    verdict: "fail",
  },
  {
    title: "backup-target-down: the second is refused, the first works",
    async network(net) {
      await withSrv(net, ["10 0 8448 a.example.net", "20 0 8448 b.example.net"]);
      await target(net, "a.example.net");
      net.publish("b.example.net", { A: ["127.0.0.1"] });
      await net.closed("b.example.net", 8448);
    },
    finds: ["srv/backup-target-down warning", "well-known/not-found info", "srv/not-recommended info"],
    verdict: "warn",
  },
  ...(
    [
      ["no such name", "20 0 8448 gone.example.net", "srv/target-unresolvable"],
      ["port 0", "20 0 0 a.example.net", "srv/port-zero"],
      ["more than a host name", "20 0 8448 b.example.net:8448", "srv/target-malformed"],
      ["an IP address", "20 0 8449 127.0.0.1", "srv/target-is-ip"],
    ] as const
  ).map(([what, record, code]): Scenario => ({
    title: `a backup with a fault, ${what}: the first works, so it is a warning`,
    async network(net) {
      await withSrv(net, ["10 0 8448 a.example.net", record]);
      await target(net, "a.example.net");
      await target(net, "127.0.0.1", 8449, { unpublished: true });
    },
    finds: [`${code} warning`, ...USED],
    verdict: "warn",
    and: ({ reach }) => assert.equal(reach.find(({ homeserver }) => homeserver === "Synapse")?.reaches, "yes"),
  })),
  ...(
    [
      ["no such name", "20 0 8448 gone.example.net", "srv/target-unresolvable"],
      ["port 0", "20 0 0 a.example.net", "srv/port-zero"],
      ["more than a host name", "20 0 8448 b.example.net:8448", "srv/target-malformed"],
    ] as const
  ).map(([what, record, code]): Scenario => ({
    title: `a backup with a fault, ${what}: it doesn't lead over what is wrong at the first`,
    async network(net) {
      await withSrv(net, ["10 0 8448 a.example.net", record]);
      await target(net, "a.example.net", 8448, { tls: await net.issuer.issue({ names: ["wrong.example"] }) });
    },
    finds: ["tls/name-mismatch error", `${code} warning`, ...USED],
    verdict: "fail",
  })),
  {
    title: "backup-target-down: the second is refused, the first has an expired certificate",
    async network(net) {
      await withSrv(net, ["10 0 8448 a.example.net", "20 0 8448 b.example.net"]);
      await target(net, "a.example.net", 8448, {
        tls: await net.issuer.issue({ names: ["example.org"], notAfter: new Date(Date.now() - 3 * 86_400_000) }),
      });
      net.publish("b.example.net", { A: ["127.0.0.1"] });
      await net.closed("b.example.net", 8448);
    },
    finds: ["tls/expired error", "srv/backup-target-down warning", ...USED],
    verdict: "fail",
  },
  {
    title: "name/odd-label: of a backup, so it is a warning",
    async network(net) {
      await withSrv(net, ["10 0 8448 a.example.net", "20 0 8448 b_2.example.net"]);
      await target(net, "a.example.net");
      await target(net, "b_2.example.net");
    },
    finds: ["name/odd-label warning", ...USED],
    verdict: "warn",
  },
  {
    title: "address/cname-loop: of a backup, so it is a warning",
    async network(net) {
      await withSrv(net, ["10 0 8448 a.example.net", "20 0 8448 b.example.net"]);
      await target(net, "a.example.net");
      net.publish("b.example.net", { CNAME: ["c.example.net"] });
      net.publish("c.example.net", { CNAME: ["b.example.net"] });
    },
    finds: ["address/cname-loop warning", ...USED],
    verdict: "warn",
  },
  {
    title: "what follows from the first target's faults names what is behind all of it",
    async network(net) {
      await withSrv(net, ["10 0 8448 a.example.net", "20 0 8448 b.example.net"]);
      const [wrong, bad] = [await net.issuer.issue({ names: ["wrong.example"] }), await net.issuer.issue({ names: ["bad.example"] })];
      await target(net, "a.example.net", 8448, { addresses: ["127.0.0.1", "::1"], tlsOf: (index) => (index === 0 ? wrong : bad) });
      await target(net, "b.example.net");
    },
    finds: [
      "srv/first-target-down error",
      ...USED,
      "tls/name-mismatch error < srv/first-target-down",
      "tls/name-mismatch error < srv/first-target-down",
      "tls/differs warning < srv/first-target-down",
    ],
    verdict: "fail",
  },
  {
    title: "target-is-ip: of the first of two, and who ignores it finds the second",
    async network(net) {
      await withSrv(net, ["10 0 8448 127.0.0.1", "20 0 8448 hs.example.net"]);
      await target(net, "127.0.0.1", 8448, { unpublished: true });
      await target(net, "hs.example.net");
    },
    finds: ["srv/target-is-ip warning", "well-known/not-found info", "srv/not-recommended info"],
    verdict: "warn",
  },
  {
    title: "the target is the server name itself: there is no other name that the certificate needn't cover",
    async network(net) {
      await withSrv(net, ["10 0 8449 Example.org"]);
      await target(net, "example.org", 8449);
    },
    finds: USED,
    verdict: "pass",
    and: ({ findings }) => assert.match(findings[1]?.detail ?? "", /The certificate must cover example\.org\.$/),
  },
  {
    title: "tls/odd-san at a backup target that nobody goes to whom it would stop: no error that affects nobody",
    async network(net) {
      await withSrv(net, ["10 0 8448 a.example.net", "20 0 8448 b.example.net"]);
      await target(net, "a.example.net");
      await target(net, "b.example.net", 8448, { tls: await net.issuer.issue({ names: ["example.org"], oddDnsNames: ["127.0.0.1"] }) });
    },
    finds: ["tls/odd-san warning", "well-known/not-found info", "srv/not-recommended info"],
    verdict: "warn",
    and: ({ reach }) => assert.deepEqual([...new Set(reach.map(({ reaches }) => reaches))], ["yes"]),
  },
  {
    title: "federation/path-decoded at a backup target: whoever goes there by chance gets through with some requests only",
    async network(net) {
      await withSrv(net, ["10 0 8448 a.example.net", "20 0 8448 b.example.net"]);
      await target(net, "a.example.net");
      await target(net, "b.example.net", 8448, { event: { status: 404, body: matrixError("M_UNRECOGNIZED", "Unrecognized request") } });
    },
    finds: ["federation/path-decoded error", "well-known/not-found info", "srv/not-recommended info"],
    verdict: "fail",
    and({ findings, reach }) {
      const reached = reach.filter(({ reaches }) => reaches === "sometimes");
      assert.deepEqual(
        reached.map(({ homeserver }) => homeserver),
        findings[0]?.affects,
      );
      for (const { because } of reached) assert.deepEqual(because, ["federation/path-decoded"]);
    },
  },
  {
    title: "backup-target-down: silent, within the time",
    options: { timeoutMs: 1500 },
    async network(net) {
      await withSrv(net, ["10 0 8448 a.example.net", "20 0 8448 b.example.net"]);
      await target(net, "a.example.net");
      net.publish("b.example.net", { A: ["127.0.0.1"] });
      await net.filtered("b.example.net", 8448);
    },
    finds: ["srv/backup-target-down warning", "well-known/not-found info", "srv/not-recommended info"],
    verdict: "warn",
  },
  {
    title: "not down: a target that this machine can't test",
    async network(net) {
      await withSrv(net, ["10 0 8448 a.example.net", "20 0 8448 b.example.net"]);
      await target(net, "a.example.net");
      net.publish("b.example.net", { AAAA: ["fe80::1"], A: ["255.255.255.255"] });
    },
    finds: ["well-known/not-found info", "srv/not-recommended info", "address/untested info", "address/untested info"],
    verdict: "pass",
  },
  {
    title: "all are down: at the second, the homeserver has a certificate for the target alone, which a file may name",
    async network(net) {
      await withSrv(net, ["10 0 8448 a.example.net", "20 0 8448 b.example.net"]);
      net.publish("a.example.net", { A: ["127.0.0.1"] });
      await net.closed("a.example.net", 8448);
      await target(net, "b.example.net", 8448, { tls: await net.issuer.issue({ names: ["b.example.net"] }) });
    },
    finds: [
      "connect/refused error",
      "tls/name-is-srv-target error",
      "srv/not-recommended info",
      "well-known/not-found error < connect/refused",
    ],
    verdict: "fail",
    and({ findings }) {
      assert.match(findings[0]?.fix[1] ?? "", /\n\{"m\.server": "b\.example\.net:8448"\}$/);
      assert.doesNotMatch(JSON.stringify(findings), /a\.example\.net:443|a\.example\.net:8448 instead/);
    },
  },
  {
    title: "not first-target-down: all are down",
    async network(net) {
      await withSrv(net, ["10 0 8448 a.example.net", "20 0 8448 b.example.net"]);
      for (const host of ["a.example.net", "b.example.net"]) {
        net.publish(host, { A: ["127.0.0.1"] });
        await net.closed(host, 8448);
      }
    },
    finds: ["connect/refused error", "connect/refused error", "srv/not-recommended info", "well-known/not-found error < connect/refused"],
    verdict: "fail",
  },
];

run([...healthyLookAlikes, ...deprecatedAndConflict, ...unused, ...wrongService, ...badTargets, ...lookupFailed, ...severalTargets]);
