import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { proxyAt, proxyOf, type Proxy } from "../../src/views/proxy.ts";
import type { EndpointFacts, Facts, HttpFacts } from "../../src/facts/facts.ts";
import { federationRules } from "../../src/rules/federation/index.ts";
import { keysRules } from "../../src/rules/keys/index.ts";
import { tlsRules } from "../../src/rules/tls/index.ts";
import {
  attempt,
  badVersion,
  done,
  endpoint,
  failed,
  goodKeys,
  healthy,
  http,
  keys,
  matrixError,
  notNeeded,
  target,
  tls,
  untested,
  V6,
  version,
  viaDefaultPort,
  viaSrv,
  withEndpoints,
} from "./facts-builder.ts";
import { findingsOf, only, table } from "./judging.ts";
import { texts } from "./texts.ts";

const rules = [...tlsRules, ...federationRules, ...keysRules];

const NGINX_404 = http(
  404,
  "<html><head><title>404 Not Found</title></head><body><center><h1>404 Not Found</h1></center><hr><center>nginx/1.24.0</center>",
  { headers: { server: "nginx/1.24.0", "content-type": "text/html" } },
);
const UNRECOGNIZED = matrixError(404, "M_UNRECOGNIZED", "Unrecognized request");

/** Every path gets the same answer. */
function all(response: HttpFacts, problem: string | null = null): Facts {
  return withEndpoints(
    endpoint({
      version: done(badVersion(response, problem)),
      keys: done(keys(response.status === 200 ? { kind: "not-json", message: "it is HTML" } : null, response)),
      encodedPath: done(response),
    }),
  );
}

/** Only the version request gets it. */
function versionOnly(response: HttpFacts, problem: string | null = null): Facts {
  return withEndpoints(endpoint({ version: done(badVersion(response, problem)) }));
}

function encoded(response: HttpFacts, server = "Synapse"): Facts {
  return withEndpoints(endpoint({ encodedPath: done(response), version: done(version({ server: { name: server, version: "1.0" } })) }));
}

function withHostPort(response: EndpointFacts["hostPort"], overrides: Partial<EndpointFacts> = {}): Facts {
  return viaDefaultPort([endpoint({ port: 8448, hostPort: response, ...overrides })]);
}

const said = texts("federation");

describe("federation: the version", () => {
  table(
    rules,
    [
      ["nothing is wrong", healthy(), []],
      ["a web server's 404 for everything", all(NGINX_404), ["federation/not-routed"]],
      ["a web server's 404 for the version alone", versionOnly(NGINX_404), ["federation/not-routed"]],
      ["a 404 in the JSON of something else", all(http(404, '{"detail":"Not Found"}')), ["federation/not-routed"]],
      ["the homeserver's own 404", all(UNRECOGNIZED), ["federation/listener-missing"]],
      [
        "the homeserver's own 404 with another status",
        all(matrixError(400, "M_UNRECOGNIZED", "Unrecognized request")),
        ["federation/listener-missing"],
      ],
      ["federation is switched off", all(matrixError(403, "M_FORBIDDEN", "Federation is disabled.")), ["federation/disabled"]],
      ["502", all(http(502, "<h1>502 Bad Gateway</h1>")), ["federation/upstream-down"]],
      ["503", all(http(503, "")), ["federation/upstream-down"]],
      ["504", all(http(504, "")), ["federation/upstream-down"]],
      [
        "Cloudflare's 530 with a code",
        all(http(530, "error code: 1033", { headers: { server: "cloudflare" } })),
        ["federation/upstream-down"],
      ],
      ["Cloudflare's 522", all(http(522, "", { headers: { server: "cloudflare" } })), ["federation/upstream-down"]],
      [
        "502 and then 504 are one fault",
        withEndpoints(endpoint({ version: done(badVersion(http(502))), keys: done(keys(null, http(504))), encodedPath: done(http(502)) })),
        ["federation/upstream-down"],
      ],
      ["401 of a proxy", all(http(401, "", { headers: { "www-authenticate": "Basic realm=x" } })), ["federation/forbidden"]],
      ["403 of a firewall", all(http(403, "<h1>Forbidden</h1>")), ["federation/forbidden"]],
      ["403 of a Matrix service", all(matrixError(403, "M_FORBIDDEN", "go away")), ["federation/forbidden"]],
      ["429", all(http(429, "slow down")), ["federation/forbidden"]],
      ["a challenge with 503", all(http(503, "<html><head><title>Just a moment...</title>")), ["federation/forbidden"]],
      [
        "a challenge with 200",
        all(http(200, "<!doctype html><html><head><title>Making sure you&#39;re not a bot!</title>"), "no JSON"),
        ["federation/forbidden"],
      ],
      ["a redirect", all(http(302, "", { headers: { location: "https://auth.example.com/login" } })), ["federation/redirected"]],
      ["421", all(http(421, "Misdirected Request")), ["federation/http-status"]],
      ["500", all(http(500, "oops")), ["federation/http-status"]],
      ["a 500 of the homeserver", all(matrixError(500, "M_UNKNOWN", "Internal server error")), ["federation/http-status"]],
      ["a website", all(http(200, "<!doctype html><title>Element</title>"), "no JSON"), ["federation/not-json"]],
      [
        "JSON of another service",
        withEndpoints(
          endpoint({
            version: done(badVersion(http(200, '{"status":"ok"}'), "no server object")),
            keys: done(keys({ kind: "malformed", field: "server_name", problem: "is missing" }, http(200, '{"status":"ok"}'))),
          }),
        ),
        ["federation/not-json"],
      ],
      ["a homeserver that doesn't tell its version", versionOnly(http(200, "{}"), "no server object"), ["federation/bad-version"]],
      [
        "the same, and its keys weren't had",
        withEndpoints(endpoint({ version: done(badVersion(http(200, "{}"), "no server object")), keys: untested("deadline") })),
        [],
      ],
      [
        "no answer in time",
        withEndpoints(endpoint({ version: failed("timeout"), keys: failed("timeout"), encodedPath: failed("timeout") })),
        ["federation/timeout"],
      ],
      [
        "closed without an answer",
        withEndpoints(endpoint({ version: failed("closed"), keys: failed("closed"), encodedPath: failed("closed") })),
        ["federation/http-status"],
      ],
      [
        "no HTTP",
        withEndpoints(endpoint({ version: failed("not-http"), keys: failed("not-http"), encodedPath: failed("not-http") })),
        ["federation/http-status"],
      ],
      ["5.1 s", withEndpoints(endpoint({ version: done(version(), 5100) })), ["federation/slow"]],
      ["5.0 s", withEndpoints(endpoint({ version: done(version(), 5000) })), []],
      [
        "text/plain",
        withEndpoints(endpoint({ version: done(version({ response: http(200, "{}", { headers: { "content-type": "text/plain" } }) })) })),
        ["federation/content-type"],
      ],
      [
        "no Content-Type",
        withEndpoints(endpoint({ version: done(version({ response: http(200, "{}", { headers: {} }) })) })),
        ["federation/content-type"],
      ],
      [
        "application/json with a charset",
        withEndpoints(
          endpoint({
            version: done(version({ response: http(200, "{}", { headers: { "content-type": "Application/JSON; charset=utf-8" } }) })),
          }),
        ),
        [],
      ],
      [
        "this machine couldn't ask",
        withEndpoints(endpoint({ version: untested("deadline"), keys: untested("deadline"), encodedPath: untested("deadline") })),
        [],
      ],
      [
        "only IPv6 is routed to the wrong place",
        withEndpoints(
          endpoint(),
          endpoint({ address: V6, version: done(badVersion(NGINX_404)), keys: done(keys(null, NGINX_404)), encodedPath: done(NGINX_404) }),
        ),
        ["federation/not-routed"],
      ],
      [
        "another fault on each address",
        withEndpoints(
          endpoint({ version: done(badVersion(http(502))), keys: done(keys(null, http(502))) }),
          endpoint({ address: V6, version: done(badVersion(NGINX_404)), keys: done(keys(null, NGINX_404)) }),
        ),
        ["federation/not-routed", "federation/upstream-down"],
      ],
    ],
    said,
    "federation: the version: ",
  );
});

describe("federation: the Host with a port", () => {
  table(
    rules,
    [
      ["the same answer", withHostPort(done(http(200, '{"server":{}}'))), []],
      ["404", withHostPort(done(NGINX_404)), ["federation/host-port"]],
      ["421", withHostPort(done(http(421))), ["federation/host-port"]],
      ["503", withHostPort(done(http(503))), ["federation/host-port"]],
      ["a website", withHostPort(done(http(200, "<html>"))), ["federation/host-port"]],
      ["429 may be a rate limit", withHostPort(done(http(429))), []],
      ["no answer says nothing", withHostPort(failed("timeout")), []],
      ["not needed", withHostPort(notNeeded()), []],
      [
        "nothing is routed, with or without the port",
        withHostPort(done(NGINX_404), { version: done(badVersion(NGINX_404)), keys: done(keys(null, NGINX_404)) }),
        ["federation/not-routed"],
      ],
    ],
    said,
    "federation: the Host with a port: ",
  );
});

describe("federation: the encoded path", () => {
  table(
    rules,
    [
      ["the homeserver's 401", encoded(matrixError(401, "M_UNAUTHORIZED", "Missing Authorization headers")), []],
      ["the homeserver's 403", encoded(matrixError(403, "M_FORBIDDEN", "no")), []],
      ["the homeserver's 404 for an event", encoded(matrixError(404, "M_NOT_FOUND", "no event")), []],
      ["a proxy's 404", encoded(NGINX_404), ["federation/path-decoded"]],
      ["a proxy's empty 400", encoded(http(400)), ["federation/path-decoded"]],
      ["a Synapse that got the decoded path", encoded(UNRECOGNIZED), ["federation/path-decoded"]],
      ["an unknown homeserver may lack the endpoint", encoded(UNRECOGNIZED, "tiny-hs"), []],
      ["an unknown homeserver may say so in HTML", encoded(http(404, "<pre>Cannot GET</pre>"), "tiny-hs"), []],
      ["a proxy's own page before an unknown homeserver", encoded(NGINX_404, "tiny-hs"), ["federation/path-decoded"]],
      [
        "a redirect to the decoded path",
        encoded(http(301, "", { headers: { location: "/_matrix/federation/v1/event/$a/b" } })),
        ["federation/path-decoded"],
      ],
      ["any other redirect", encoded(http(301, "", { headers: { location: "https://example.org/" } })), []],
      ["a firewall's 403", encoded(http(403, "<h1>Forbidden</h1>")), []],
      ["a rate limit", encoded(http(429)), []],
      ["a backend that failed just then", encoded(http(502)), []],
      ["no answer", withEndpoints(endpoint({ encodedPath: failed("timeout") })), []],
      ["untested", withEndpoints(endpoint({ encodedPath: untested("deadline") })), []],
    ],
    said,
    "federation: the encoded path: ",
  );
});

describe("the proxy is recognised", () => {
  const server = (name: string, status = 200): HttpFacts => http(status, "", { headers: { server: name } });
  const cases: [string, HttpFacts, Proxy | null][] = [
    ["nginx", server("nginx/1.24.0 (Ubuntu)"), "nginx"],
    ["openresty", server("openresty"), "nginx"],
    ["Caddy", server("Caddy"), "caddy"],
    ["Caddy before Synapse", server("Caddy, Synapse/1.152.0"), "caddy"],
    ["Caddy in Via", http(200, "", { headers: { server: "Synapse/1.152.0", via: "1.1 Caddy" } }), "caddy"],
    ["Apache", server("Apache/2.4.58 (Debian)"), "apache"],
    ["Cloudflare", server("cloudflare"), "cloudflare"],
    ["LiteSpeed", server("LiteSpeed"), "litespeed"],
    ["IIS", server("Microsoft-IIS/10.0"), "iis"],
    ["Synapse itself", server("Synapse/1.152.0"), "synapse"],
    [
      "Synapse behind a HAProxy that has no backend",
      http(503, "<html><body><h1>503 Service Unavailable</h1>\nNo server is available to handle this request.\n</body></html>"),
      "haproxy",
    ],
    ["Traefik's 404", http(404, "404 page not found\n", { headers: { "content-type": "text/plain; charset=utf-8" } }), "traefik"],
    [
      "a Go program behind nginx",
      http(404, "404 page not found\n", { headers: { "content-type": "text/plain", server: "nginx" } }),
      "nginx",
    ],
    ["an unknown product", server("gunicorn"), null],
    ["a page that talks about nginx", http(200, "<p>How to set up <center>nginx</center>"), null],
    ["Apache-Coyote is Tomcat", server("Apache-Coyote/1.1"), null],
  ];
  for (const [name, response, proxy] of cases) test(name, () => assert.equal(proxyOf(response), proxy));

  test("no answer", () => assert.equal(proxyOf(null), null));

  test("at a place, the well-known's answer counts too, and Synapse's own header least", () => {
    const wellKnown = done({
      url: "u",
      host: "example.com",
      attempts: [attempt({ hops: attempt().hops.map((hop) => ({ ...hop, response: done(server("Caddy")) })) })],
    });
    const facts = healthy({
      wellKnown,
      targets: [target({ endpoints: [endpoint({ version: done(version({ response: server("Synapse/1.152.0") })) })] })],
    });
    assert.equal(proxyAt(facts, "185.15.58.10:443"), "caddy");
    assert.equal(proxyAt(facts, "185.15.58.10:8448"), null);
  });

  test("by its default certificate", () => {
    const facts = withEndpoints(endpoint({ tls: done(tls({ commonName: "TRAEFIK DEFAULT CERT", subject: "CN=TRAEFIK DEFAULT CERT" })) }));
    assert.equal(proxyAt(facts, "185.15.58.10:443"), "traefik");
  });
});

describe("federation: what is said", () => {
  const snippets: [string, HttpFacts, RegExp][] = [
    [
      "nginx",
      NGINX_404,
      /"server_name matrix\.example\.com".*:\nlocation \^~ \/_matrix\/ \{\n {4}proxy_pass http:\/\/127\.0\.0\.1:8008;\n/,
    ],
    [
      "Caddy",
      http(404, "", { headers: { server: "Caddy" } }),
      /"matrix\.example\.com".*:\nhandle \/_matrix\/\* \{\n {4}reverse_proxy 127\.0\.0\.1:8008\n\}\n\n/,
    ],
    [
      "Apache",
      http(404, "", { headers: { server: "Apache" } }),
      /\nAllowEncodedSlashes NoDecode\n[^]*\nProxyPass \/_matrix http:\/\/127\.0\.0\.1:8008\/_matrix nocanon\n/,
    ],
    [
      "Traefik",
      http(404, "404 page not found\n", { headers: { "content-type": "text/plain" } }),
      /rule=Host\(`matrix\.example\.com`\) && PathPrefix\(`\/_matrix`\)\n/,
    ],
    ["anything else", http(404, "", { headers: {} }), /matrix\.example\.com on port 443, forward every path under \/_matrix/],
  ];
  for (const [name, response, expected] of snippets) {
    test(`${name}: the fix is in its syntax`, () => assert.match(only(all(response), rules, "federation/not-routed").fix[0]!, expected));
  }

  test("HAProxy compares the Host without its port", () => {
    const page = http(503, "<html><body><h1>503 Service Unavailable</h1>\nNo server is available to handle this request.\n");
    assert.match(
      only(withHostPort(done(page)), rules, "federation/host-port").fix[0]!,
      /\n {4}acl matrix_host hdr\(host\),field\(1,:\) -i example\.com\n/,
    );
  });

  test("the port that homeservers ask for is named, also behind --connect-to", () => {
    const facts = viaSrv([endpoint({ port: 18448, version: done(badVersion(NGINX_404)), keys: done(keys(null, NGINX_404)) })]);
    assert.match(only(facts, rules, "federation/not-routed").fix[0]!, /listen 8448 ssl/);
  });

  test("a Synapse's own 404 means a path that was changed on the way", () => {
    const page = http(404, "<html><head><title>404 - No Such Resource</title></head><body>", { headers: { server: "nginx" } });
    assert.match(only(all(page), rules, "federation/not-routed").detail, /the page is that of a Synapse, .* changes \/_matrix on the way/);
    assert.match(only(all(NGINX_404), rules, "federation/not-routed").detail, /the web server answers by itself/);
  });

  test("nginx wants a client certificate: the fix is to want none", () => {
    const page = http(400, "<center><h1>400 Bad Request</h1></center><center>No required SSL certificate was sent</center>", {
      headers: { server: "nginx" },
    });
    assert.match(only(all(page), rules, "tls/client-certificate").fix[0]!, /\nssl_verify_client off;\n/);
    assert.equal(only(all(page), rules, "federation/http-status").causedBy, "tls/client-certificate");
  });

  test("one fault at two addresses is one finding", () => {
    const broken = { version: done(badVersion(NGINX_404)), keys: done(keys(null, NGINX_404)) };
    const { where } = only(withEndpoints(endpoint(broken), endpoint({ address: V6, ...broken })), rules, "federation/not-routed");
    assert.deepEqual(where, ["185.15.58.10:443", "[2a02:ec80:300::10]:443"]);
  });

  test("hostile text is cut", () => {
    const page = http(200, `<title>${"x".repeat(400)}</title>`);
    assert.ok(only(all(page, "no JSON"), rules, "federation/not-json").detail.length < 300);
  });

  test("the keys at an endpoint without a good version are still judged", () => {
    const facts = withEndpoints(
      endpoint({ version: done(badVersion(http(502))), keys: done(keys(goodKeys({ serverName: "other.example" }))) }),
    );
    assert.deepEqual(
      findingsOf(facts, rules)
        .map(({ code }) => code)
        .sort(),
      ["federation/upstream-down", "keys/server-name-mismatch"],
    );
  });
});
