/** Faults of the federation API and of the signing keys. */
import assert from "node:assert/strict";
import type { Network } from "../lab/network.ts";
import { matrixError, type HomeserverOptions } from "../lab/homeserver.ts";
import { delegation, healthy, run, TIMEOUT, type Scenario } from "./scenario.ts";

const HTML = { headers: { "content-type": "text/html" }, body: "<html><title>Welcome to nginx!</title></html>" };

const serving =
  (options: Partial<Omit<HomeserverOptions, "port" | "serverName">>, serverName = "example.org") =>
  async (net: Network): Promise<void> => {
    await delegation(net, "matrix.example.org:443");
    await net.homeserver(serverName, { host: "matrix.example.org", port: 443, ...options });
  };
const scenario = (title: string, options: Parameters<typeof serving>[0], verdict: Scenario["verdict"], ...finds: string[]): Scenario => ({
  title,
  network: serving(options),
  finds,
  verdict,
});

run([
  scenario("federation/not-routed: nothing of /_matrix is forwarded", { forwards: [] }, "fail", "federation/not-routed error"),
  scenario(
    "federation/not-routed: only the client API is forwarded",
    { forwards: ["/_matrix/client/"] },
    "fail",
    "federation/not-routed error",
  ),
  scenario("keys/not-found: only part of /_matrix is forwarded", { forwards: ["/_matrix/federation/"] }, "fail", "keys/not-found error"),
  scenario(
    "federation/listener-missing",
    {
      version: { status: 404, body: matrixError("M_UNRECOGNIZED", "Unrecognized request") },
      keys: { status: 404, body: matrixError("M_UNRECOGNIZED", "Unrecognized request") },
      event: { status: 404, body: matrixError("M_UNRECOGNIZED", "Unrecognized request") },
    },
    "fail",
    "federation/listener-missing error",
  ),
  scenario(
    "federation/disabled",
    {
      version: { status: 403, body: matrixError("M_FORBIDDEN", "Federation is disabled.") },
      event: { status: 403, body: matrixError("M_FORBIDDEN", "Federation is disabled.") },
    },
    "fail",
    "federation/disabled error",
  ),
  scenario(
    "federation/upstream-down",
    {
      routes: { "/_matrix/*": { status: 502, body: "<html>502 Bad Gateway</html>" } },
      version: { status: 502, body: "bad gateway" },
      keys: { status: 502, body: "bad gateway" },
      event: { status: 502, body: "bad gateway" },
    },
    "fail",
    "federation/upstream-down error",
  ),
  scenario(
    "federation/forbidden",
    { version: { status: 403, ...HTML }, keys: { status: 403, ...HTML }, event: { status: 403, ...HTML } },
    "fail",
    "federation/forbidden error",
  ),
  scenario(
    "federation/http-status: 421",
    { version: { status: 421, ...HTML }, keys: { status: 421, ...HTML }, event: { status: 421, ...HTML } },
    "fail",
    "federation/http-status error",
  ),
  scenario(
    "federation/redirected",
    {
      version: { status: 301, headers: { location: "https://example.org/" } },
      keys: { status: 301, headers: { location: "https://example.org/" } },
      event: { status: 301, headers: { location: "https://example.org/" } },
    },
    "fail",
    "federation/redirected error",
  ),
  scenario("federation/not-json", { version: HTML, keys: HTML, event: HTML }, "fail", "federation/not-json error"),
  {
    ...scenario("federation/timeout", { version: "stall", keys: "stall", event: "stall" }, "fail", "federation/timeout error"),
    options: TIMEOUT,
  },
  {
    ...scenario("federation/timeout: the version only; the keys are there", { version: "stall" }, "fail", "federation/timeout error"),
    options: TIMEOUT,
  },
  scenario(
    "federation/content-type",
    { version: { headers: { "content-type": "text/plain" } } },
    "warn",
    "federation/content-type warning",
  ),
  {
    ...scenario(
      "federation/put-blocked: a firewall lets GET through only",
      { otherPut: { status: 403, ...HTML } },
      "warn",
      "federation/put-blocked warning",
    ),
    options: { deep: true },
  },
  { ...scenario("--deep: a homeserver's own refusal of the PUT is no fault", {}, "pass"), options: { deep: true } },
  {
    ...scenario("without --deep no PUT is sent", { otherPut: { status: 403, ...HTML } }, "pass"),
    and: (report) =>
      assert.equal(report.route?.targets[0]?.endpoints.length === 1 && report.facts.targets[0]?.endpoints[0]?.put, undefined),
  },
  scenario("federation/path-decoded", { decodesPath: true }, "warn", "federation/path-decoded warning"),
  {
    title: "federation/host-port: an exact Host match, seen by the conduwuit family only",
    async network(net) {
      await delegation(net, "matrix.example.org");
      await net.homeserver("example.org", { host: "matrix.example.org", hosts: ["matrix.example.org"] });
    },
    finds: ["federation/host-port warning"],
    verdict: "warn",
  },
  {
    title: "on port 443 nobody adds the port",
    async network(net) {
      await delegation(net, "matrix.example.org:443");
      await net.homeserver("example.org", { host: "matrix.example.org", port: 443, hosts: ["matrix.example.org:443"] });
    },
    finds: [],
    verdict: "pass",
  },

  scenario("keys/http-status", { keys: { status: 500, body: "no" } }, "fail", "keys/http-status error"),
  scenario("keys/not-json", { keys: HTML }, "fail", "keys/not-json error"),
  scenario("keys/malformed", { keys: { response: { fields: { valid_until_ts: "soon" } } } }, "fail", "keys/malformed error"),
  scenario("keys/no-ed25519", { keys: { response: { fields: { verify_keys: {} } } } }, "fail", "keys/no-ed25519 error"),
  scenario("keys/bad-signature", { keys: { response: { badSignature: true } } }, "fail", "keys/bad-signature error"),
  scenario("keys/unsigned-key", { keys: { response: { unsignedKeys: ["b_extra"] } } }, "fail", "keys/unsigned-key error"),
  scenario("keys/expired", { keys: { response: { validUntil: Date.now() - 60_000 } } }, "fail", "keys/expired error"),
  scenario("keys/content-type", { keys: { contentType: "text/plain" } }, "fail", "keys/content-type error"),
  { ...scenario("keys/timeout", { keys: "stall" }, "fail", "keys/timeout error"), options: TIMEOUT },
  scenario(
    "several keys that all sign, and old ones, are fine",
    { keys: { response: { moreKeys: ["c_more"], oldKeys: [{ id: "z_old", expired: Date.now() - 1e9 }] } } },
    "pass",
  ),
  { title: "keys/case", network: serving({}, "Example.org"), finds: ["keys/case error"], verdict: "fail" },
  {
    title: "keys/server-name-mismatch",
    network: serving({}, "somebody-else.net"),
    finds: ["keys/server-name-mismatch error"],
    verdict: "fail",
  },
  {
    title: "keys/other-server-name: the homeserver's host was checked instead of the server name",
    serverName: "matrix.example.org",
    async network(net) {
      await delegation(net, "matrix.example.org:443");
      await net.homeserver("example.org", { host: "matrix.example.org", port: 443, delegatesTo: "matrix.example.org:443" });
    },
    finds: ["keys/other-server-name error"],
    verdict: "fail",
    and: (report) => assert.match(report.findings[0]?.fix.join("\n") ?? "", /matrix-delegation-check example\.org/),
  },
  {
    title: "keys/differ: two homeservers behind one name",
    async network(net) {
      await delegation(net, "matrix.example.org:443");
      await net.homeserver("example.org", {
        host: "matrix.example.org",
        port: 443,
        addresses: ["127.0.0.1", "::1"],
        signerOf: (index) => `ed25519:key${index}`,
      });
    },
    finds: ["keys/differ error"],
    verdict: "fail",
  },
  {
    title: "keys/differ: other keys under the same id",
    async network(net) {
      await delegation(net, "matrix.example.org:443");
      await net.homeserver("example.org", {
        host: "matrix.example.org",
        port: 443,
        addresses: ["127.0.0.1", "::1"],
        signerOf: (index) => ({ keyId: "ed25519:a_1", seed: Buffer.alloc(32, index) }),
      });
    },
    finds: ["keys/differ error"],
    verdict: "fail",
  },
  {
    title: "healthy on two addresses",
    network: async (net) => {
      await healthy(net);
    },
    finds: [],
    verdict: "pass",
  },
]);
