/** Some homeservers send another Host than the route's: who reaches the server when the proxy knows that one alone. */
import assert from "node:assert/strict";
import type { Report } from "../../src/facts/output.ts";
import { delegation, run } from "./scenario.ts";

/** Exactly these get there; the finding affects all the others. */
function reached(...names: string[]) {
  return ({ reach, findings }: Report): void => {
    const of = (isReached: boolean): string[] =>
      reach.filter(({ reaches }) => (reaches === "yes") === isReached).map(({ homeserver }) => homeserver);
    assert.deepEqual(of(true), names);
    assert.deepEqual(findings[0]?.affects, of(false));
  };
}

run([
  {
    title: "host-not-matched: m.server has port 443, which some don't send",
    async network(net) {
      await delegation(net, "matrix.example.org:443");
      await net.homeserver("example.org", { host: "matrix.example.org", port: 443, hosts: ["matrix.example.org"] });
    },
    finds: ["federation/host-not-matched error"],
    verdict: "fail",
    and: reached("Conduit", "conduwuit", "tuwunel", "continuwuity"),
  },
  {
    title: "host-not-matched: m.server has another port, which all send",
    async network(net) {
      await delegation(net, "matrix.example.org:9443");
      await net.homeserver("example.org", { host: "matrix.example.org", port: 9443, hosts: ["matrix.example.org"] });
    },
    finds: ["federation/host-not-matched error"],
    verdict: "fail",
    and: ({ findings }) => assert.equal(findings[0]?.affects, "all"),
  },
  {
    title: "host-not-matched: the server name has a port, which one doesn't send",
    serverName: "example.org:8448",
    async network(net) {
      await net.homeserver("example.org:8448", { host: "example.org", hosts: ["example.org"] });
    },
    finds: ["federation/host-not-matched error", "name/explicit-port info"],
    verdict: "fail",
    and: reached("matrix-media-repo"),
  },
]);
