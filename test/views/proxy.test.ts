/**
 * What the request that some proxies refuse themselves says about the one in front, and what it doesn't. The answers are those of the real
 * ones.
 */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { proxyAt, type Proxy } from "../../src/views/proxy.ts";
import type { Clues, Facts, HttpFacts, NetError } from "../../src/facts/facts.ts";
import { NO_CLUES, badVersion, done, endpoint, endpointWithoutTls, failed, http, withEndpoints } from "../rules/facts-builder.ts";

const PLACE = "185.15.58.10:443";
const HAPROXY_PAGE = "<html><body><h1>400 Bad request</h1>\nYour browser sent an invalid request.\n</body></html>\n";
const HAPROXY = { "content-length": "90", "cache-control": "no-cache", connection: "close", "content-type": "text/html" };
const APACHE_PAGE = "<h1>Bad Request</h1>\n<p>Your browser sent a request that this server could not understand.<br />\n</p>";
const DATE = "Mon, 01 Jun 2026 12:00:00 GMT";
const GO = "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n400 Bad Request";

const answer = (status: number, headers: Record<string, string>, page = ""): HttpFacts => http(status, page, { headers });

function clued(facts: Facts, scheme: "http" | "https", response: HttpFacts | null): Facts {
  const proxies: Clues["proxies"] = [
    { place: PLACE, scheme, path: "/\u00c3\u00a9#", response: response === null ? failed("closed") : done(response) },
  ];
  return {
    ...facts,
    clues: {
      ...NO_CLUES,
      proxies,
    },
  };
}

describe("over TLS", () => {
  const behind = (server: string | null): Facts =>
    withEndpoints(endpoint({ version: done(badVersion(http(404, "", { headers: server === null ? {} : { server } }))) }));
  const cases: [string, string | null, HttpFacts | null, Proxy | null][] = [
    ["HAProxy", null, answer(400, HAPROXY, HAPROXY_PAGE), "haproxy"],
    ["HAProxy before an nginx that names itself", "nginx/1.22.1", answer(400, HAPROXY, HAPROXY_PAGE), "haproxy"],
    ["HAProxy before Synapse", "Synapse/1.152.0", answer(400, HAPROXY, HAPROXY_PAGE), "haproxy"],
    ["a HAProxy behind something that added the Date", null, answer(400, { ...HAPROXY, date: DATE }, HAPROXY_PAGE), null],
    ["a HAProxy behind a cache", null, answer(400, { ...HAPROXY, via: "1.1 varnish" }, HAPROXY_PAGE), null],
    ["a HAProxy behind nginx", "nginx/1.22.1", answer(400, { ...HAPROXY, date: DATE, server: "nginx/1.22.1" }, HAPROXY_PAGE), "nginx"],
    ["HAProxy's words with another status", null, answer(403, HAPROXY, HAPROXY_PAGE), null],
    ["Apache before Synapse", "Synapse/1.152.0", answer(400, { date: DATE, server: "Apache/2.4.71 (Debian)" }, APACHE_PAGE), "apache"],
    [
      "Apache behind a CDN",
      null,
      answer(400, { date: DATE, server: "Apache", via: "1.1 abc.cloudfront.net (CloudFront)" }, APACHE_PAGE),
      null,
    ],
    ["another path's Apache behind something that encodes", null, answer(404, { date: DATE, server: "Apache" }), null],
    ["another path's nginx behind something that passes its name on", null, answer(404, { date: DATE, server: "nginx" }), null],
    [
      "a CDN's 400 without a name",
      "Synapse/1.152.0",
      answer(400, { date: DATE, "content-type": "text/html" }, "<h1>400 Bad Request</h1>"),
      "synapse",
    ],
    ["a load balancer's", null, answer(400, { date: DATE, server: "awselb/2.0" }, "<center><h1>400 Bad Request</h1></center>"), null],
    ["no answer", "nginx", null, "nginx"],
  ];
  for (const [name, server, response, proxy] of cases)
    test(name, () => assert.equal(proxyAt(clued(behind(server), "https", response), PLACE), proxy));
});

describe("without TLS, where TLS was expected", () => {
  const plain = (excerpt: string): Facts =>
    withEndpoints(endpointWithoutTls({ tls: failed("plain-http", { excerpt } satisfies Partial<NetError>) }));
  const NOT_FOUND = { "content-type": "text/plain; charset=utf-8", date: DATE };
  const cases: [string, string, HttpFacts, Proxy | null][] = [
    ["Caddy", GO, answer(404, { server: "Caddy", date: DATE }), "caddy"],
    ["Caddy before Synapse", GO, answer(404, { server: "Synapse/1.152.0", via: "1.1 Caddy", date: DATE }), "caddy"],
    ["Traefik", GO, answer(404, NOT_FOUND, "404 page not found\n"), "traefik"],
    ["Traefik before an nginx", GO, answer(404, { ...NOT_FOUND, server: "nginx" }, "<center>nginx</center>"), null],
    ["a Go program of its own", GO, answer(200, { ...NOT_FOUND }, "hello"), null],
    ["a Caddy behind something else", "HTTP/1.1 400 Bad Request\r\n\r\n", answer(404, { server: "Caddy", date: DATE }), null],
    [
      "a HAProxy that the handshake's answer named",
      "HTTP/1.1 400 Bad request\r\nContent-length: 90\r\n",
      answer(404, { server: "Caddy" }),
      "haproxy",
    ],
  ];
  for (const [name, excerpt, response, proxy] of cases)
    test(name, () => assert.equal(proxyAt(clued(plain(excerpt), "http", response), PLACE), proxy));
});

test("a HAProxy's page that somebody passed on names nobody", () => {
  const page = "<h1>503 Service Unavailable</h1>\nNo server is available to handle this request.\n";
  const at = (headers: Record<string, string>): Proxy | null =>
    proxyAt(withEndpoints(endpoint({ version: done(badVersion(answer(503, headers, page))) })), PLACE);
  assert.equal(at({ "content-type": "text/html" }), "haproxy");
  assert.equal(at({ "content-type": "text/html", date: DATE }), null);
});
