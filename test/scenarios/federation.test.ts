/** Faults of the federation API and of the signing keys. */
import assert from "node:assert/strict";
import type { IncomingMessage } from "node:http";
import { gzipSync } from "node:zlib";
import type { Reach } from "../../src/facts/output.ts";
import type { Network } from "../lab/network.ts";
import type { Answer, Handler, Reply } from "../lab/web-server.ts";
import { matrixError, type HomeserverOptions } from "../lab/homeserver.ts";
import { createSigner } from "../lab/signing.ts";
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

/** Keys that nobody takes: the finding about them is what keeps everybody away, and nothing else that is seen on the way. */
function refusedByAll(): Scenario[] {
  const rows: [title: string, options: Parameters<typeof serving>[0], code: string][] = [
    ["keys/bad-signature: nobody signed", { keys: { response: { afterSigning: { signatures: {} } } } }, "keys/bad-signature"],
    [
      "keys/malformed: a key of 31 bytes",
      { keys: { response: { fields: { verify_keys: { "ed25519:a_test": { key: "A".repeat(42) } } } } } },
      "keys/malformed",
    ],
  ];
  return rows.map(([title, options, code]) => ({
    title: `${title}, and the well-known isn't served`,
    async network(net) {
      await net.web("example.org");
      await net.homeserver("example.org", options);
    },
    finds: [`${code} error`, "well-known/not-found info"],
    verdict: "fail",
    and({ findings, reach }) {
      assert.equal(findings[0]?.affects, "all");
      assert.deepEqual([...new Set(reach.flatMap(({ reaches, because }) => [reaches, ...because]))], ["no", code]);
    },
  }));
}

function notReached(reach: readonly Reach[]): Record<string, string> {
  return Object.fromEntries(reach.filter(({ reaches }) => reaches !== "yes").map(({ homeserver, reaches }) => [homeserver, reaches]));
}

/** Filters that turn some User-Agents away in other ways than by refusing them, and what else is wrong behind filters. */
function filters(): Scenario[] {
  const page = (status: number): Reply => ({ status, ...HTML });
  const turnsAway = (pattern: RegExp, answer: Answer, path = /^/): Partial<HomeserverOptions> => ({
    intercept: ({ headers, url = "" }) => (pattern.test(headers["user-agent"] ?? "") && path.test(url) ? answer : null),
  });
  const exactHost = { port: 8448, hosts: ["matrix.example.org"] };
  const unrecognized = { event: { status: 404, body: matrixError("M_UNRECOGNIZED", "Unrecognized request") } };
  const [blocked, isError] = ["federation/user-agent-blocked warning", "federation/user-agent-blocked error"];
  const rows: [title: string, options: Partial<HomeserverOptions> & { port?: number }, verdict: Scenario["verdict"], ...finds: string[]][] =
    [
      ...[404, 421, 302, 200].map((status): (typeof rows)[number] => [
        `${status} for what calls itself a bot: it isn't the port`,
        {
          port: 8448,
          ...turnsAway(/bot/, { ...page(status), ...(status === 302 ? { headers: { location: "https://example.org/" } } : {}) }),
        },
        "warn",
        blocked,
      ]),
      [
        "a bot is refused, and so is the port",
        { ...exactHost, ...turnsAway(/bot/, page(403)) },
        "warn",
        blocked,
        "federation/host-port warning",
      ],
      [
        "Synapse is refused, and so is the port",
        { ...exactHost, ...turnsAway(/^Syn/, page(403)) },
        "fail",
        isError,
        "federation/host-port warning",
      ],
      [
        "who sends none is refused, and so is %2F",
        { decodesPath: true, ...turnsAway(/^$/, page(403)) },
        "warn",
        blocked,
        "federation/path-decoded warning",
      ],
      [
        "Synapse is refused, and paths are decoded",
        { ...unrecognized, ...turnsAway(/^Syn/, page(403)) },
        "fail",
        isError,
        "federation/path-decoded error",
      ],
      [
        "Synapse is refused for the version alone, and paths are decoded",
        { ...unrecognized, ...turnsAway(/^Syn/, page(403), /version/) },
        "fail",
        isError,
        "federation/path-decoded error",
      ],
      [
        "Go's client is refused, and there are no keys",
        { keys: page(404), ...turnsAway(/^Go/, page(403)) },
        "fail",
        "keys/not-found error",
        blocked,
      ],
    ];
  return rows.map(([title, options, verdict, ...finds]) => ({
    title: `federation/user-agent-blocked: ${title}`,
    async network(net) {
      const port = options.port ?? 443;
      await delegation(net, port === 443 ? "matrix.example.org:443" : "matrix.example.org");
      await net.homeserver("example.org", { host: "matrix.example.org", ...options, port });
    },
    finds,
    verdict,
  }));
}

/** What is asked as homeservers ask. */
function clients(): Scenario[] {
  /** The right answer, but for User-Agents that match, on paths that match. */
  const refusing =
    (pattern: RegExp, path = /^/) =>
    async (net: Network): Promise<void> => {
      const signer = createSigner("example.org");
      const unless =
        (right: () => object, status = 200): Handler =>
        (request, response) => {
          const isRefused = pattern.test(request.headers["user-agent"] ?? "") && path.test(request.url ?? "");
          response.writeHead(isRefused ? 403 : status, { "content-type": isRefused ? "text/html" : "application/json" });
          response.end(isRefused ? "<html>403 Forbidden</html>" : JSON.stringify(right()));
        };
      await delegation(net, "matrix.example.org:443");
      await net.homeserver("example.org", {
        host: "matrix.example.org",
        port: 443,
        version: unless(() => ({ server: { name: "Synapse", version: "1.152.0" } })),
        keys: unless(() => signer.keyResponse()),
        event: unless(() => matrixError("M_UNAUTHORIZED", "Missing Authorization headers"), 401),
      });
    };
  const gzip = { encode: "gzip" as const };
  const asked: Handler = (request, response) => {
    const isAsked = request.headers["accept-encoding"] !== undefined;
    const body = Buffer.from(JSON.stringify({ server: { name: "Synapse", version: "1.152.0" } }));
    response.writeHead(200, { "content-type": "application/json", ...(isAsked ? { "content-encoding": "gzip" } : {}) });
    response.end(isAsked ? gzipSync(body) : body);
  };
  return [
    {
      title: "federation/user-agent-blocked: Go's default client",
      network: refusing(/Go-http-client/),
      finds: ["federation/user-agent-blocked warning"],
      verdict: "warn",
    },
    {
      title: "federation/user-agent-blocked: Synapse",
      network: refusing(/^Synapse\//),
      finds: ["federation/user-agent-blocked error"],
      verdict: "fail",
    },
    {
      title: "federation/user-agent-blocked: who sends none",
      network: refusing(/^$/),
      finds: ["federation/user-agent-blocked warning"],
      verdict: "warn",
      and: ({ findings, reach }) => {
        assert.deepEqual(findings[0]?.affects, ["Conduit"]);
        assert.match(findings[0]?.detail ?? "", /^no User-Agent at all \(Conduit\) gets status 403 for GET .*\/event\//);
        assert.deepEqual(notReached(reach), { Conduit: "no", "Rocket.Chat": "unknown" });
      },
    },
    {
      title: "federation/user-agent-blocked: what calls itself a bot",
      network: refusing(/bot/),
      finds: ["federation/user-agent-blocked warning"],
      verdict: "warn",
      and: ({ reach }) => assert.deepEqual(notReached(reach), { continuwuity: "no", "Rocket.Chat": "unknown" }),
    },
    {
      title: "federation/user-agent-blocked: everybody but Synapse",
      network: refusing(/^(?!Synapse\/)/),
      finds: ["federation/user-agent-blocked warning"],
      verdict: "warn",
      and: ({ reach }) =>
        assert.deepEqual(
          reach.filter(({ reaches }) => reaches === "yes").map(({ homeserver }) => homeserver),
          ["Synapse"],
        ),
    },
    { title: "this tool's own name is refused, and nothing is wrong", network: refusing(/delegation-check/), finds: [], verdict: "pass" },
    {
      title: "federation/user-agent-blocked: everybody but browsers",
      network: refusing(/^(?!Mozilla)/),
      finds: ["federation/user-agent-blocked error"],
      verdict: "fail",
      and: ({ findings, reach }) => {
        assert.match(findings[0]?.detail ?? "", /^Every homeserver's User-Agent gets status 403 .* A browser's is answered\./);
        assert.ok(reach.every(({ homeserver, reaches }) => reaches === (homeserver === "Rocket.Chat" ? "unknown" : "no")));
      },
    },
    ...(["version", "server"] as const).map((path): Scenario => ({
      title: `federation/user-agent-blocked: everybody but browsers, on …/${path} alone`,
      network: refusing(/^(?!Mozilla)/, new RegExp(`/${path}$`)),
      finds: ["federation/user-agent-blocked error"],
      verdict: "fail",
      and: ({ findings, reach }) => {
        assert.match(
          findings[0]?.detail ?? "",
          new RegExp(`^Every homeserver's User-Agent gets status 403 for GET [^ ]*/${path}\\. A browser's is answered\\.`),
        );
        assert.ok(reach.every(({ homeserver, reaches }) => reaches === (homeserver === "Rocket.Chat" ? "unknown" : "no")));
      },
    })),
    {
      title: "federation/user-agent-blocked: Go's default client and Dendrite, on the keys alone",
      network: refusing(/^(Go-|Dendrite)/, /\/server$/),
      finds: ["federation/user-agent-blocked warning"],
      verdict: "warn",
      and: ({ reach }) => assert.deepEqual(notReached(reach), { Dendrite: "no", "Rocket.Chat": "unknown" }),
    },
    {
      title: "keys/http-status: everybody is refused the keys",
      network: refusing(/^/, /\/server$/),
      finds: ["keys/http-status error"],
      verdict: "fail",
    },
    { title: "everybody is refused", network: refusing(/^/), finds: ["federation/forbidden error"], verdict: "fail" },
    scenario("federation/unasked-encoding: the version", { version: gzip }, "fail", "federation/unasked-encoding error"),
    scenario("federation/unasked-encoding: the keys", { keys: gzip }, "fail", "federation/unasked-encoding error"),
    scenario("compressed for whom asks", { version: asked }, "pass"),
  ];
}

/** Single sign-on before the federation API, and gateways without a route: each in its own words. */
function loginsAndGateways(): Scenario[] {
  const html = { "content-type": "text/html" };
  const rows: [string, { status: number; headers: Record<string, string>; body: string }, string, RegExp, RegExp][] = [
    [
      "Authelia",
      { status: 302, headers: { location: "https://auth.example.org/?rd=https%3A%2F%2Fmatrix.example.org%2F&rm=GET" }, body: "" },
      "federation/redirected",
      /the login of Authelia/,
      /domain: 'matrix\.example\.org'\n +resources: \['\^\/_matrix\/'\]\n +policy: bypass$/,
    ],
    [
      "oauth2-proxy's sign-in page",
      { status: 403, headers: html, body: "<html><title>Sign In</title>Secured with OAuth2 Proxy" },
      "federation/forbidden",
      /the login of oauth2-proxy/,
      /skip_auth_routes = \["\^\/_matrix\/"\]$/,
    ],
    [
      "a login page with status 200",
      { status: 200, headers: html, body: "<!doctype html><title>Log in</title>" },
      "federation/not-json",
      /the login page of a single sign-on/,
      /^Exempt every path under \/_matrix\/ of matrix\.example\.org from the login/,
    ],
    [
      "Envoy's empty 404",
      { status: 404, headers: { server: "envoy" }, body: "" },
      "federation/not-routed",
      /The answer is Envoy's: it has no route/,
      /domains: \["matrix\.example\.org", "matrix\.example\.org:443"\]$/,
    ],
    [
      "AWS API Gateway, which says 403 for want of a route",
      {
        status: 403,
        headers: { "x-amzn-requestid": "1", "content-type": "application/json" },
        body: '{"message":"Missing Authentication Token"}',
      },
      "federation/forbidden",
      /AWS API Gateway's: it has no route/,
      /^In AWS API Gateway, add a route to the homeserver for matrix\.example\.org/,
    ],
    [
      "GitHub Pages, which can't forward",
      { status: 404, headers: { ...html, server: "GitHub.com" }, body: "<title>Site not found</title>" },
      "federation/not-routed",
      /GitHub Pages's/,
      /^GitHub Pages serves files and can't forward/,
    ],
    [
      "plain HTTP to the TLS port behind nginx",
      {
        status: 400,
        headers: { ...html, server: "nginx" },
        body: "<html><head><title>400 The plain HTTP request was sent to HTTPS port</title></head>",
      },
      "federation/http-status",
      /the proxy sends plain HTTP to a port that expects TLS/,
      /\nproxy_pass http:\/\/127\.0\.0\.1:8008;/,
    ],
  ];
  return rows.map(([what, answer, code, detail, fix]) => ({
    ...scenario(`${code}: ${what}`, { version: answer, keys: answer, event: answer }, "fail", `${code} error`),
    and({ findings: [first] }) {
      assert.match(first?.detail ?? "", detail);
      assert.match(first?.fix[0] ?? "", fix);
    },
  }));
}

/** A proxy that compares the whole Host field, and what it says to others. */
/** The proxy rejects or drops the Host with a port, without an answer. */
function hostPort(): Scenario[] {
  const rows = [
    ["close", /gets no answer: the connection is closed\./],
    ["reset", /gets no answer: the connection is (reset|closed)\./],
    ["stall", /gets no answer in time\./],
  ] as const;
  const family = { Conduit: "no", conduwuit: "no", tuwunel: "no", continuwuity: "no" };
  const byTurns = (bad: number, end: (request: IncomingMessage) => void): Handler => {
    let left = bad;
    return (request, response) => {
      if (request.headers.host?.endsWith(":8448") === true && left-- > 0) end(request);
      else
        response
          .writeHead(200, { "content-type": "application/json" })
          .end(JSON.stringify({ server: { name: "Synapse", version: "1.152.0" } }));
    };
  };
  const byChance = (title: string, version: Handler): Scenario => ({
    title,
    async network(net) {
      await delegation(net, "matrix.example.org");
      await net.homeserver("example.org", { host: "matrix.example.org", version });
    },
    finds: [],
    verdict: "pass",
    options: TIMEOUT,
  });
  return [
    ...rows.map(([otherHost, detail]): Scenario => ({
      title: `federation/host-port: ${otherHost} for the Host with the port`,
      async network(net) {
        await delegation(net, "matrix.example.org");
        await net.homeserver("example.org", { host: "matrix.example.org", hosts: ["matrix.example.org"], otherHost });
      },
      finds: ["federation/host-port warning"],
      verdict: "warn",
      ...(otherHost === "stall" ? { options: TIMEOUT } : {}),
      and: ({ findings, reach }) => {
        assert.match(findings[0]?.detail ?? "", detail);
        assert.deepEqual(notReached(reach), family);
      },
    })),
    byChance(
      "one request with the port is closed, the next one isn't: it isn't the port",
      byTurns(1, (request) => request.socket.destroy()),
    ),
    byChance(
      "one request with the port gets no answer, the next one does: it isn't the port",
      byTurns(1, () => undefined),
    ),
  ];
}

function hostNotMatched(): Scenario[] {
  const network =
    (mServer: string, port: number, hosts: string[], otherHost: HomeserverOptions["otherHost"]) =>
    async (net: Network): Promise<void> => {
      await delegation(net, mServer);
      await net.homeserver("example.org", { host: "matrix.example.org", port, hosts, ...(otherHost === undefined ? {} : { otherHost }) });
    };
  const bare = ["matrix.example.org"];
  const haproxy503 = {
    status: 503,
    headers: { "content-type": "text/html" },
    body: "<html><body><h1>503 Service Unavailable</h1>\nNo server is available to handle this request.\n</body></html>\n",
  };
  const found = ["federation/host-not-matched error"];
  return [
    ...(
      [
        ["503", haproxy503],
        ["a listener that doesn't federate", { status: 404, body: matrixError("M_UNRECOGNIZED", "Unrecognized request") }],
        ["421", { status: 421, body: "misdirected" }],
        ["400", { status: 400, body: "bad" }],
        ["404", undefined],
        ["a closed connection", "close"],
        ["200 and a start page", HTML],
        ["a redirect", { status: 302, headers: { location: "https://example.org/" } }],
      ] as const
    ).map(([what, otherHost]): Scenario => ({
      title: `federation/host-not-matched: ${what} for the name with the port, the version without`,
      network: network("matrix.example.org:443", 443, bare, otherHost),
      finds: found,
      verdict: "fail",
      and: (report) =>
        assert.match(
          report.findings[0]?.detail ?? "",
          /"Host: matrix\.example\.org" gets the homeserver\. .*the same name without the port/,
        ),
    })),
    {
      title: "federation/host-not-matched: HAProxy's words, so its syntax",
      network: network("matrix.example.org:443", 443, bare, haproxy503),
      finds: found,
      verdict: "fail",
      and: (report) => assert.match(report.findings[0]?.fix[0] ?? "", /replace "hdr\(host\)" by "hdr\(host\),field\(1,:\)"/),
    },
    {
      title: "federation/host-not-matched: only the name with the port is served, and homeservers send it bare",
      network: network("matrix.example.org", 8448, ["matrix.example.org:8448"], haproxy503),
      finds: found,
      verdict: "fail",
      and: (report) => assert.match(report.findings[0]?.detail ?? "", /the same name with the port/),
    },
    {
      title: "federation/host-not-matched: only the SRV target with its port is served",
      async network(net) {
        await delegation(net, "matrix.example.org");
        net.publish("_matrix-fed._tcp.matrix.example.org", { SRV: ["10 0 8449 hs.example.net"] });
        const tls = await net.issuer.issue({ names: ["matrix.example.org"] });
        await net.homeserver("example.org", { host: "hs.example.net", port: 8449, tls, hosts: ["hs.example.net:8449"] });
      },
      finds: [...found, "srv/not-recommended info"],
      verdict: "fail",
      and: ({ findings }) => {
        assert.match(
          findings[0]?.detail ?? "",
          /"Host: hs\.example\.net:8449" gets the homeserver\. The second is the SRV target with its port/,
        );
        assert.match(findings[0]?.fix[0] ?? "", /\bhs\.example\.net(?!:)/);
      },
    },
    {
      title: "federation/upstream-down: 503 whatever the Host",
      network: network("matrix.example.org:443", 443, [], haproxy503),
      finds: ["federation/upstream-down error"],
      verdict: "fail",
    },
  ];
}

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
  ...loginsAndGateways(),
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
  {
    ...scenario("federation/put-blocked: the connection is closed", { otherPut: "close" }, "warn", "federation/put-blocked warning"),
    options: { deep: true },
  },
  {
    ...scenario(
      "federation/put-blocked: PUT is redirected",
      { otherPut: { status: 301, headers: { location: "https://www.example.org/" }, body: "" } },
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
  scenario("federation/path-decoded: a proxy refuses the encoded slash", { decodesPath: true }, "warn", "federation/path-decoded warning"),
  scenario(
    "federation/path-decoded: the homeserver doesn't know the path that arrives",
    { event: { status: 404, body: matrixError("M_UNRECOGNIZED", "Unrecognized request") } },
    "fail",
    "federation/path-decoded error",
  ),
  scenario("federation/bad-version: an empty object", { version: { body: {} } }, "warn", "federation/bad-version warning"),
  scenario(
    "federation/bad-version: no name, and as text",
    { version: { headers: { "content-type": "text/plain" }, body: '{"server":{}}' } },
    "warn",
    "federation/content-type warning",
    "federation/bad-version warning",
  ),
  scenario("federation/bad-version: no object", { version: { body: [] } }, "warn", "federation/bad-version warning"),
  scenario(
    "federation/bad-version: the name is no string",
    { version: { body: { server: { name: 1, version: "2" } } } },
    "warn",
    "federation/bad-version warning",
  ),
  scenario(
    "federation/not-json: an empty object, and no keys either",
    { version: { body: {} }, keys: HTML },
    "fail",
    "federation/not-json error",
  ),
  scenario("the name alone is enough", { version: { body: { server: { name: "Mine" } } } }, "pass"),
  scenario("any 2xx is taken for version and keys", { version: { status: 203 }, keys: { status: 201 } }, "pass"),
  {
    title: "federation/host-port: an exact Host match, seen by the conduwuit family only",
    async network(net) {
      await delegation(net, "matrix.example.org");
      await net.homeserver("example.org", { host: "matrix.example.org", hosts: ["matrix.example.org"] });
    },
    finds: ["federation/host-port warning"],
    verdict: "warn",
  },
  ...hostPort(),
  ...hostNotMatched(),
  ...clients(),
  ...filters(),
  {
    title: "on port 443 nobody adds the port",
    async network(net) {
      await delegation(net, "matrix.example.org:443");
      await net.homeserver("example.org", { host: "matrix.example.org", port: 443, hosts: ["matrix.example.org:443"] });
    },
    finds: [],
    verdict: "pass",
  },

  {
    ...scenario(
      "keys/http-status: Cloudflare's challenge",
      {
        keys: {
          status: 403,
          headers: { server: "cloudflare", "cf-mitigated": "challenge", "content-type": "text/html" },
          body: "<!DOCTYPE html><title>Just a moment...</title>",
        },
      },
      "fail",
      "keys/http-status error",
    ),
    and: ({ findings }) => {
      assert.match(findings[0]?.detail ?? "", /status 403 with a challenge for browsers/);
      assert.match(findings[0]?.fix.join("\n") ?? "", /action "Skip"/);
    },
  },
  scenario("keys/http-status", { keys: { status: 500, body: "no" } }, "fail", "keys/http-status error"),
  scenario("keys/not-json", { keys: HTML }, "fail", "keys/not-json error"),
  {
    ...scenario("keys/not-json: nothing, with status 204", { keys: { status: 204, body: "" } }, "fail", "keys/not-json error"),
    and: ({ findings }) => assert.match(findings[0]?.detail ?? "", /gets status 204, but/),
  },
  scenario("keys/malformed", { keys: { response: { fields: { valid_until_ts: "soon" } } } }, "fail", "keys/malformed error"),
  scenario("keys/no-ed25519", { keys: { response: { fields: { verify_keys: {} } } } }, "fail", "keys/no-ed25519 error"),
  scenario("keys/bad-signature", { keys: { response: { badSignature: true } } }, "fail", "keys/bad-signature error"),
  ...refusedByAll(),
  scenario("keys/unsigned-key", { keys: { response: { unsignedKeys: ["b_extra"] } } }, "fail", "keys/unsigned-key error"),
  scenario("keys/expired", { keys: { response: { validUntil: Date.now() - 60_000 } } }, "fail", "keys/expired error"),
  scenario("keys/content-type", { keys: { contentType: "text/plain" } }, "fail", "keys/content-type error"),
  scenario("keys/content-type: another letter case", { keys: { contentType: "Application/JSON" } }, "fail", "keys/content-type error"),
  scenario("keys/content-type: parameters are fine", { keys: { contentType: "application/json ; charset=UTF-8" } }, "pass"),
  scenario("keys/base64: padding", { keys: { response: { keyForm: "padded" } } }, "warn", "keys/base64 warning"),
  scenario(
    "keys/base64: the URL-safe alphabet",
    { signer: createSigner("example.org", { keyId: "ed25519:a" }), keys: { response: { keyForm: "url-safe" } } },
    "warn",
    "keys/base64 warning",
  ),
  scenario(
    "keys/base64: an old key",
    { keys: { response: { fields: { old_verify_keys: { "ed25519:old": { key: `${"A".repeat(43)}=`, expired_ts: 1 } } } } } },
    "warn",
    "keys/base64 warning",
  ),
  { ...scenario("keys/timeout", { keys: "stall" }, "fail", "keys/timeout error"), options: TIMEOUT },
  scenario(
    "several keys that all sign, and old ones, are fine",
    { keys: { response: { moreKeys: ["c_more"], oldKeys: [{ id: "z_old", expired: Date.now() - 1e9 }] } } },
    "pass",
  ),
  {
    title: "keys/other-server-name: a dot at the end, which no command for it is said to take",
    network: serving({}, "example.org."),
    finds: ["keys/other-server-name error"],
    verdict: "fail",
    and: ({ findings }) => assert.match(findings[0]?.fix[0] ?? "", /\nserver_name: "example\.org"$/),
  },
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
