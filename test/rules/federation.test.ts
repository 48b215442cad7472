import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { USER_AGENTS } from "../../src/matrix/user-agents.ts";
import { endpointsOf } from "../../src/views/endpoints.ts";
import { proxyAt, proxyOf, type Proxy } from "../../src/views/proxy.ts";
import type { Clues, EndpointFacts, Facts, HttpFacts } from "../../src/facts/facts.ts";
import { federationRules } from "../../src/rules/federation/index.ts";
import { keysRules } from "../../src/rules/keys/index.ts";
import { tlsRules } from "../../src/rules/tls/index.ts";
import {
  NO_CLUES,
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
import { besideEachOther, placesOf, saidOf, texts } from "./texts.ts";

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
      ["a closed connection", withHostPort(failed("closed")), ["federation/host-port"]],
      ["silence", withHostPort(failed("timeout")), ["federation/host-port"]],
      [
        "silence says nothing where the version is slow as well",
        withHostPort(failed("timeout"), { version: done(version(), 6000) }),
        ["federation/slow"],
      ],
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
    assert.match(only(all(page), rules, "federation/not-routed").detail, /the page comes from a Synapse .* changes the path/);
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

// In words

const typed = (status: number, headers: Record<string, string>, body = "<html>"): HttpFacts =>
  http(status, body, { headers: { "content-type": "text/html", ...headers } });
const page = (body: string): Facts => versionOnly(http(200, body), "HTML");
const SYNAPSE = USER_AGENTS.synapse;
const VERSION_PATH = "/_matrix/federation/v1/version";
const refused = (userAgents: [userAgent: string, status: number | null][], more: Partial<EndpointFacts> = {}): EndpointFacts =>
  endpoint({
    refusedTo: userAgents.map(([userAgent, status]) => ({
      userAgent,
      path: VERSION_PATH,
      response: status === null ? failed("closed") : done(http(status)),
    })),
    ...more,
  });
type OtherHostClue = NonNullable<Clues["otherHosts"]>[number];
const otherHosts = (facts: Facts, kind: OtherHostClue["kind"], name: string, isHomeserver = true): Facts => ({
  ...facts,
  clues: {
    ...NO_CLUES,
    otherHosts: endpointsOf(facts).map(({ place }) => ({ place, kind, host: name, response: done(http(200, "{}")), isHomeserver })),
  },
});
const put = (response: HttpFacts, more: Partial<EndpointFacts> = {}): Facts => withEndpoints(endpoint({ put: done(response), ...more }));
const packed = (version_: string | null, keys_: string | null, plain = true): Facts =>
  withEndpoints(
    endpoint({
      ...(plain ? { plain: true as const } : {}),
      version: done(
        version({
          response: {
            ...version().response,
            headers: { "content-type": "application/json", ...(version_ === null ? {} : { "content-encoding": version_ }) },
          },
        }),
      ),
      keys: done(
        keys(
          goodKeys(),
          http(200, "{}", { headers: { "content-type": "application/json", ...(keys_ === null ? {} : { "content-encoding": keys_ }) } }),
        ),
      ),
    }),
  );
const refusals: Record<string, HttpFacts> = {
  "a plain 401": http(401),
  "401 with a demand": typed(401, { "www-authenticate": 'Basic realm="x"' }),
  "403 of Cloudflare": typed(403, { server: "cloudflare", "cf-ray": "x" }),
  "403 of nginx": typed(403, { server: "nginx" }),
  "403 of Apache": typed(403, { server: "Apache" }),
  "403 of Apache with ModSecurity": typed(403, { server: "Apache" }, "<h1>Forbidden</h1>ModSecurity"),
  "403 of Caddy": typed(403, { server: "Caddy" }),
  "403 of HAProxy": http(403, "<html><body><h1>403 Forbidden</h1>\nRequest forbidden by administrative rules.\n</body></html>"),
  "403 of IIS": typed(403, { server: "Microsoft-IIS/10.0" }),
  "403 of LiteSpeed": typed(403, { server: "LiteSpeed" }),
  "403 of an Istio": typed(403, { server: "istio-envoy" }, "RBAC: access denied"),
  "403 of CloudFront": typed(403, { via: "1.1 x.cloudfront.net (CloudFront)" }, "The request could not be satisfied"),
  "403 of AWS API Gateway": typed(403, { "x-amzn-requestid": "x" }, '{"message":"Missing Authentication Token"}'),
  "403 of Akamai": typed(403, { server: "AkamaiGHost" }),
  "403 at Authelia": typed(403, {}, "<html><title>Authelia</title>"),
  "401 at oauth2-proxy": typed(401, { "set-cookie": "_oauth2_proxy_csrf=x" }, "<html>"),
  "429 of nginx": typed(429, { server: "nginx" }),
  "429 of Cloudflare": typed(429, { server: "cloudflare", "cf-ray": "x" }, "error code: 1015"),
  "a challenge of Cloudflare": typed(403, { server: "cloudflare", "cf-ray": "x" }, "<title>Just a moment...</title>"),
  "a challenge of Anubis": typed(200, {}, "<title>Making sure you&#39;re not a bot!</title>"),
  "407": http(407),
  "451": http(451),
  "403 of a homeserver": matrixError(403, "M_FORBIDDEN", "Go away"),
};
const gateways: Record<string, HttpFacts> = {
  "GitHub Pages' 404": typed(404, { server: "GitHub.com" }, "Site not found"),
  "GitHub Pages' own 404": typed(404, { server: "GitHub.com" }, "File not found"),
  "Netlify's 404": typed(404, { "x-nf-request-id": "x" }),
  "Vercel's 404": typed(404, { server: "Vercel", "x-vercel-error": "DEPLOYMENT_NOT_FOUND" }),
  "Vercel's other 404": typed(404, { "x-vercel-id": "x" }),
  "Envoy's 404": typed(404, { server: "envoy" }, ""),
  "Envoy's 404 with a page": typed(404, { server: "envoy" }, "<html>"),
  "a 404 that Envoy passed on": typed(404, { server: "envoy", "x-envoy-upstream-service-time": "3" }, ""),
  "Istio's 503": typed(503, { server: "istio-envoy" }, "no healthy upstream"),
  "Envoy's 503": typed(503, { server: "envoy" }, "upstream connect error or disconnect/reset before headers"),
  "Kong's 404": typed(404, { server: "kong/3.4.0" }, '{"message":"no Route matched with those values"}'),
  "Kong's 502": typed(502, { server: "kong/3.4.0" }, "An invalid response was received"),
  "ALB's 404": typed(404, { server: "awselb/2.0" }),
  "ALB's 503": typed(503, { server: "awselb/2.0" }),
  "API Gateway's 404": typed(404, { "x-amz-apigw-id": "x" }, '{"message":"Not Found"}'),
  "CloudFront's 404": typed(404, { server: "CloudFront" }),
  "Front Door's 404": typed(404, { "x-azure-ref": "x" }),
  "Front Door's 502": typed(502, { "x-azure-ref": "x" }),
  "Application Gateway's 502": typed(502, { server: "Microsoft-Azure-Application-Gateway/v2" }),
  "Akamai's 400": typed(400, { server: "AkamaiGHost" }),
  "Fastly's 500": typed(500, {}, "Fastly error: unknown domain: matrix.example.com"),
  "Fastly's 404": typed(404, { "x-served-by": "cache-fra-1" }),
  "Varnish's 503": typed(503, { "x-varnish": "1" }, "Error 503 Backend fetch failed"),
  "Varnish's 404": typed(404, { via: "1.1 varnish" }),
  "Google's 404": typed(404, { via: "1.1 google" }),
  "nginx's 404": typed(404, { server: "nginx" }),
  "Apache's 404": typed(404, { server: "Apache" }),
  "Caddy's 404": typed(404, { server: "Caddy" }),
  "Traefik's 404": http(404, "404 page not found", { headers: { "content-type": "text/plain" } }),
  "HAProxy's 503": http(
    503,
    "<html><body><h1>503 Service Unavailable</h1>\nNo server is available to handle this request.\n</body></html>",
  ),
  "nginx's 502": typed(502, { server: "nginx" }),
  "Caddy's 502": typed(502, { server: "Caddy" }),
  "Apache's 503": typed(503, { server: "Apache" }),
  "Traefik's 502": http(502, "Bad Gateway", { headers: { "content-type": "text/plain" } }),
  "HAProxy's 504": http(504, "<html><body><h1>504 Gateway Time-out</h1>\nThe server didn't respond in time.\n</body></html>"),
  "Cloudflare's 521": typed(521, { server: "cloudflare", "cf-ray": "x" }, "error code: 521"),
  "Cloudflare's 525": typed(525, { server: "cloudflare", "cf-ray": "x" }, "error code: 525"),
  "Cloudflare's 526": typed(526, { server: "cloudflare", "cf-ray": "x" }, "error code: 526"),
  "520 of somebody else": typed(520, {}),
  "400 of nginx that wants TLS": typed(400, { server: "nginx" }, "<center>The plain HTTP request was sent to HTTPS port</center>"),
  "400 of nginx": typed(400, { server: "nginx" }, "<center><h1>400 Bad Request</h1></center>"),
  "421 of Apache": typed(421, { server: "Apache" }, "Misdirected Request"),
  "421 of Caddy": typed(421, { server: "Caddy" }, ""),
  "405 without a body": http(405, " "),
  "500 of a script": http(500, "Traceback"),
  "500 of the homeserver": matrixError(500, "M_UNKNOWN", "Internal server error"),
  "418 of the homeserver": matrixError(418, "M_TEAPOT", "short and stout"),
  "302 to a login": typed(302, { location: "https://auth.example.com/?rd=https%3A%2F%2Fmatrix.example.com" }, ""),
  "301 to www, nginx": typed(301, { location: "https://www.example.com/_matrix", server: "nginx" }, ""),
  "301 without a place": typed(301, {}, ""),
  "308 of HAProxy": http(308, "", { headers: { location: "https://matrix.example.com/" } }),
  "the homeserver's M_UNRECOGNIZED, nginx": { ...UNRECOGNIZED, headers: { "content-type": "application/json", server: "nginx" } },
  "the homeserver's M_UNRECOGNIZED, Apache": { ...UNRECOGNIZED, headers: { "content-type": "application/json", server: "Apache" } },
  "the homeserver's M_UNRECOGNIZED, Caddy": { ...UNRECOGNIZED, headers: { "content-type": "application/json", server: "Caddy" } },
  "unrecognized in words": matrixError(404, "M_UNKNOWN", "Unrecognized request"),
  "disabled in words": matrixError(404, "M_UNKNOWN", "Federation is disabled on this server"),
};
const pages: Record<string, string> = {
  "an empty page": " ",
  "Synapse's welcome page": "<html><h1>It works! Synapse is running</h1>",
  "Element by its title": "<html><title>Element | Home</title>",
  "Element by its files": '<html><script src="/vector-im/bundle.js">',
  WordPress: '<html><link href="/wp-content/x.css">',
  "nginx's start page": "<h1>Welcome to nginx!</h1>",
  "Apache's start page": "<p>Apache2 Debian Default Page</p>",
  "a page with a title": '<html><title lang="en"> My shop </title>',
  "a page with an empty title": "<html><title> </title>",
  "a page with an endless title": `<html><title>${"x".repeat(121)}</title>`,
  "a page with a title of 120": `<html><title>${"x".repeat(120)}</title>`,
  "a title that doesn't end": "<html><title>shop",
  "a tag that begins like a title": "<html><titlex>shop</titlex>",
  "a list": "[1]",
  "a text": "pong",
  "a login page": "<html><title>Authelia</title>",
};

const IN_WORDS: Record<string, Facts> = {
  ...Object.fromEntries(Object.entries({ ...refusals, ...gateways }).map(([title, response]) => [title, all(response)])),
  ...Object.fromEntries(Object.entries(pages).map(([title, body]) => [title, page(body)])),
  "no HTTP, with its first bytes": withEndpoints(endpoint({ version: failed("not-http", { excerpt: "SSH-2.0" }) })),
  "two addresses end in different ways": withEndpoints(
    endpoint({ version: failed("closed") }),
    endpoint({ address: V6, version: failed("reset") }),
    endpoint({ address: "185.15.58.11", version: failed("closed") }),
  ),
  "two addresses are silent": withEndpoints(
    endpoint({ version: failed("timeout", { ms: 9000 }), keys: failed("timeout", { ms: 9000 }) }),
    endpoint({ address: V6, version: failed("timeout", { ms: 10_000 }) }),
  ),
  "two addresses are slow": withEndpoints(
    endpoint({ version: done(version(), 5001) }),
    endpoint({ address: V6, version: done(version(), 7000) }),
  ),
  "Synapse is turned away": withEndpoints(
    refused([[SYNAPSE, 403]], { version: done(badVersion(http(403))), answeredTo: [USER_AGENTS.go, USER_AGENTS.none] }),
  ),
  "Synapse is turned away, in old evidence": withEndpoints(refused([[SYNAPSE, 403]], { version: done(badVersion(http(403))) })),
  "Go is turned away": withEndpoints(refused([[USER_AGENTS.go, 403]], { answeredTo: [SYNAPSE] })),
  "Go and nobody are turned away, at one address": withEndpoints(
    refused(
      [
        [USER_AGENTS.go, 403],
        [USER_AGENTS.none, null],
      ],
      { answeredTo: [SYNAPSE, USER_AGENTS.continuwuity] },
    ),
    endpoint({ address: V6 }),
  ),
  "nobody is turned away": withEndpoints(endpoint({ refusedTo: [], answeredTo: [] })),
  "the Host without its port is served": otherHosts(all(typed(404, { server: "nginx" })), "without-port", "matrix.example.com"),
  "the Host with its port is served": otherHosts(
    viaDefaultPort([endpoint({ port: 8448, version: done(badVersion(http(421))) })]),
    "with-port",
    "example.com:8448",
  ),
  "the SRV target is served, behind Caddy": otherHosts(
    viaSrv([
      endpoint({
        port: 8448,
        version: done(badVersion(typed(404, { server: "Caddy" }))),
        keys: done(keys(null, typed(404, { server: "Caddy" }))),
      }),
    ]),
    "srv-target",
    "hs1.host.example",
  ),
  "no other Host is served": otherHosts(all(http(404)), "without-port", "matrix.example.com", false),
  "another Host is served where this one closes": otherHosts(
    withEndpoints(endpoint({ version: failed("closed"), keys: failed("closed"), encodedPath: failed("closed") })),
    "without-port",
    "matrix.example.com",
  ),
  "another Host is served where this one is, too": otherHosts(healthy(), "without-port", "matrix.example.com"),
  "PUT is refused": put(http(403, "<html>Forbidden")),
  "PUT is refused by Apache, without a text": put(typed(405, { server: "Apache" }, "")),
  "PUT is refused with 400": put(http(400, "x")),
  "PUT gets a 500": put(http(500, "x")),
  "PUT gets a 399": put(http(399, "x")),
  "PUT gets the homeserver's 401": put(matrixError(401, "M_UNAUTHORIZED", "x")),
  "PUT is refused where nothing gets through": put(http(403), { version: done(badVersion(http(403))) }),
  "PUT at two addresses": withEndpoints(endpoint({ put: done(http(403, "x")) }), endpoint({ address: V6, put: done(http(405, "y")) })),
  "gzip for all": packed("gzip", "GZIP"),
  "gzip for the version": packed("gzip", null),
  "brotli for the keys": packed("identity", "br"),
  "gzip, which was asked for": packed("gzip", "gzip", false),
  "an encoding that can't be undone": withEndpoints(endpoint({ plain: true, keys: failed("encoding", { message: "x-strange" }) })),
  "a version without a name": withEndpoints(
    endpoint({ version: done(version({ server: { name: "", version: "1" }, response: http(200, '{"server":{"name":""}}') })) }),
  ),
  "a version without a name, and no keys": withEndpoints(
    endpoint({ version: done(version({ server: { name: "", version: "1" } })), keys: failed("timeout") }),
  ),
  "the path arrives decoded, nginx": withEndpoints(
    endpoint({ encodedPath: done({ ...UNRECOGNIZED, headers: { "content-type": "application/json", server: "nginx" } }) }),
  ),
  "the path arrives decoded, at one of two addresses": withEndpoints(
    endpoint({ encodedPath: done(UNRECOGNIZED) }),
    endpoint({ address: V6, encodedPath: done(NGINX_404) }),
  ),
  "the Host with the port, at two ports": viaSrv([], {
    targets: [8448, 8449].map((port) =>
      target({
        host: "hs1.host.example",
        port,
        srv: { service: "_matrix-fed._tcp", priority: 1, weight: 1 },
        endpoints: [endpoint({ port, tls: done(tls({ dnsNames: ["example.com"] })), hostPort: done(http(404)) })],
      }),
    ),
  }),
  "the Host with the port, Apache": viaDefaultPort([endpoint({ port: 8448, hostPort: done(typed(404, { server: "Apache" })) })]),
  "Content-Type, nginx": withEndpoints(
    endpoint({ version: done(version({ response: http(200, "{}", { headers: { "content-type": "text/plain", server: "nginx" } }) })) }),
  ),
  "Content-Type in capitals": withEndpoints(
    endpoint({ version: done(version({ response: http(200, "{}", { headers: { "content-type": "Application/JSON" } }) })) }),
  ),
};
for (const [title, facts] of Object.entries(IN_WORDS)) said(`in words: ${title}`, () => saidOf(facts, ["well-known/cache"], "federation/"));
for (const [title, facts] of Object.entries(besideEachOther(IN_WORDS, V6))) said(`beside each other: ${title}`, () => placesOf(facts));
