/** Which proxy or web server answers at a place, as far as its answers tell, so that a fix can speak its language. Pure. */
import { defaultCertificate } from "./certificate.ts";
import type { ConnectionFacts, Facts, HttpFacts, Outcome, TlsFacts } from "../facts/facts.ts";
import { place } from "../facts/address.ts";
import { endpointsOf } from "./endpoints.ts";
import { done } from "./outcome.ts";

/** `synapse`: a Synapse's own header and no trace of a proxy, which several proxies (HAProxy, Traefik, Apache) don't leave. */
export type Proxy = "nginx" | "caddy" | "apache" | "haproxy" | "traefik" | "cloudflare" | "litespeed" | "iis" | "synapse";

/** The product that made this response or passed it on: by its Server and Via fields, else by the error page. Null when neither tells. */
export function proxyOf(response: HttpFacts | null): Proxy | null {
  if (response === null) return null;
  const { headers } = response;
  const byHeader = proxyOfServer(headers["server"] ?? "", headers["via"] ?? "");
  if (headers["cf-ray"] !== undefined || byHeader === "cloudflare") return "cloudflare";
  if (byHeader !== null && byHeader !== "synapse") return byHeader;
  return proxyOfErrorPage(response) ?? byHeader;
}

/** Several products in one chain: the one in front, which is the one to configure, names itself first. */
function proxyOfServer(server: string, via: string): Proxy | null {
  const text = server.toLowerCase();
  if (/\bcloudflare\b/.test(text)) return "cloudflare";
  // Caddy names itself in Server, or, when it leaves the backend's, in Via (since 2.10).
  if (/\bcaddy\b/.test(text) || /\bcaddy\b/i.test(via)) return "caddy";
  if (/\b(nginx|openresty|tengine|angie|freenginx)\b/.test(text)) return "nginx";
  if (/\bapache\b(?!-)/.test(text)) return "apache";
  if (/\b(open)?litespeed\b/.test(text)) return "litespeed";
  if (/\bmicrosoft-iis\b/.test(text)) return "iis";
  if (/\bsynapse\b/.test(text)) return "synapse";
  return null;
}

/** What HAProxy says itself: it leaves no header of its own. */
const HAPROXY_PAGES =
  /No server is available to handle this request\.|Request forbidden by administrative rules\.|Your browser sent an invalid request\.|The server didn't respond in time\.|The server returned an invalid or incomplete response\./;

/** The error pages that products write themselves; a page that a backend wrote is recognised by none of these. */
export function proxyOfErrorPage(response: HttpFacts): Proxy | null {
  if (response.status < 400) return null;
  const page = response.excerpt;
  if (/<center>(nginx|openresty|tengine|angie|freenginx)\b/i.test(page)) return "nginx";
  if (
    /<address>Apache\b|<p>The requested URL was not found on this server\.<\/p>|<p>The server encountered an internal error or\s+misconfiguration/i.test(
      page,
    )
  )
    return "apache";
  if (/powered by LiteSpeed Web Server|could not be found on this server!/i.test(page)) return "litespeed";
  if (/<center>cloudflare|id="cf-(error-details|wrapper)"|Cloudflare Ray ID/i.test(page)) return "cloudflare";
  if (HAPROXY_PAGES.test(page) && isFirstHand(response)) return "haproxy";
  // Go's own texts: among reverse proxies without a Server field that is Traefik.
  if (
    response.headers["server"] === undefined &&
    /^text\/plain/.test(response.headers["content-type"] ?? "") &&
    /^(404 page not found|no available server|Bad Gateway|Gateway Timeout)\s*$/.test(page)
  )
    return "traefik";
  return null;
}

/** HAProxy's own pages have none of these fields; whoever passes them on must add a Date, if not more (RFC 9110, 6.6.1). */
function isFirstHand({ headers }: Pick<HttpFacts, "headers">): boolean {
  return headers["date"] === undefined && headers["server"] === undefined && headers["via"] === undefined;
}

/**
 * What stands at `place` (`203.0.113.7:8448`): by the request that proxies refuse themselves, else by every answer that came from there,
 * the well-known's included, and by its certificate.
 */
export function proxyAt(facts: Facts, at: string): Proxy | null {
  return proxyOfClue(facts, at) ?? proxyOfAnswers(facts, at);
}

/**
 * The answers from `place` don't settle what stands in front: nothing names it, or only a Server field does, which HAProxy and others pass
 * on.
 */
export function isProxyOpen(facts: Facts, at: string): boolean {
  const known = proxyOfAnswers(facts, at);
  const isPassedOn = known !== null && ["nginx", "caddy", "apache", "litespeed", "iis", "synapse"].includes(known);
  return known === null || (isPassedOn && connectionsAt(facts, at).some(({ tls }) => tls.status === "done"));
}

/** Of another port of the same addresses: the web server that gives the well-known is mostly the one that is to listen here too. */
export function proxyOfMachine(facts: Facts, places: readonly string[]): Proxy | null {
  const addresses = places.map((each) => each.replace(/:\d+$/, ""));
  const hops = done(facts.wellKnown)?.attempts.flatMap(({ hops }) => hops.flatMap(({ connection }) => connection ?? [])) ?? [];
  const beside = hops
    .map(({ address, port }) => place(address, port))
    .filter((each) => !places.includes(each) && addresses.includes(each.replace(/:\d+$/, "")));
  return beside.map((each) => proxyAt(facts, each)).find((proxy) => proxy !== null) ?? null;
}

function proxyOfClue(facts: Facts, at: string): Proxy | null {
  const clue = facts.clues?.proxies?.find(({ place }) => place === at);
  const response = clue === undefined ? null : done(clue.response);
  if (clue === undefined || response === null) return null;
  const { status, headers, excerpt } = response;
  if (clue.scheme === "http") {
    // The answer to the handshake was Go's, which Caddy and Traefik have in common; a Server field alone may be of what stands behind.
    if (!connectionsAt(facts, at).some(({ tls }) => tls.status === "failed" && GO_BAD_REQUEST.test(tls.error.excerpt ?? ""))) return null;
    return proxyOfServer(headers["server"] ?? "", headers["via"] ?? "") === "caddy"
      ? "caddy"
      : proxyOfErrorPage(response) === "traefik"
        ? "traefik"
        : null;
  }
  return proxyOfRefusal({ status, headers, excerpt });
}

/** What refused the request that some proxies refuse themselves (over TLS). */
export function proxyOfRefusal(response: Pick<HttpFacts, "status" | "headers" | "excerpt">): Proxy | null {
  const { status, headers, excerpt } = response;
  if (status !== 400) return null;
  if (/Your browser sent an invalid request\./.test(excerpt) && isFirstHand(response)) return "haproxy";
  // Whatever stood before an Apache would have encoded or refused the request, or have left a Via.
  return headers["via"] === undefined && proxyOfServer(headers["server"] ?? "", "") === "apache" ? "apache" : null;
}

/** What Go's net/http says to bytes that are no HTTP (server.go, "badRequestError"), as far as an excerpt goes. */
const GO_BAD_REQUEST =
  /^HTTP\/1\.1 400 Bad Request\r\nContent-Type: text\/plain; charset=utf-8\r\nConnection: close\r\n\r\n400 Bad Request/;

function connectionsAt(facts: Facts, at: string): ConnectionFacts[] {
  const hops = done(facts.wellKnown)?.attempts.flatMap(({ hops }) => hops.flatMap(({ connection }) => connection ?? [])) ?? [];
  return [...endpointsOf(facts), ...hops].filter(({ address, port }) => place(address, port) === at);
}

function proxyOfAnswers(facts: Facts, at: string): Proxy | null {
  const found = [...proxiesAt(facts, at)].filter((proxy) => proxy !== null);
  return found.find((proxy) => proxy !== "synapse") ?? found[0] ?? null;
}

function* proxiesAt(facts: Facts, at: string): Iterable<Proxy | null> {
  for (const endpoint of endpointsOf(facts).filter((each) => each.place === at)) {
    yield proxyOf(done(endpoint.version)?.response ?? null);
    yield proxyOf(done(endpoint.keys)?.response ?? null);
    yield proxyOf(done(endpoint.encodedPath));
    yield proxyOf(done(endpoint.hostPort));
    yield* proxiesOfTls(endpoint.tls);
  }
  if (facts.wellKnown.status !== "done") return;
  for (const hop of facts.wellKnown.value.attempts.flatMap((attempt) => attempt.hops)) {
    if (hop.connection === null || place(hop.connection.address, hop.connection.port) !== at) continue;
    yield proxyOf(done(hop.response));
    yield* proxiesOfTls(hop.connection.tls);
  }
}

function* proxiesOfTls(tls: Outcome<TlsFacts>): Iterable<Proxy | null> {
  yield proxyOfExcerpt(tls);
  if (tls.status === "done") yield proxyOfDefaultCertificate(defaultCertificate(tls.value.chain[0]));
}

/** HTTP in answer to a TLS handshake starts with a header that may name the product. */
function proxyOfExcerpt(outcome: Outcome<unknown>): Proxy | null {
  const excerpt = outcome.status === "failed" ? (outcome.error.excerpt ?? "") : "";
  const server = /^HTTP\/1\.[\s\S]*?\r?\nServer:[ \t]*([^\r\n]*)/i.exec(excerpt)?.[1];
  if (server !== undefined) return proxyOfServer(server, "");
  // HAProxy's spelling of both; the excerpt ends before the page.
  return /^HTTP\/1\.[01] 400 Bad request\r?\nContent-length: /.test(excerpt) ? "haproxy" : null;
}

function proxyOfDefaultCertificate(product: string | null): Proxy | null {
  switch (product) {
    case "Traefik":
      return "traefik";
    case "Caddy":
      return "caddy";
    case "Nginx Proxy Manager":
      return "nginx";
    case "Apache mod_ssl":
      return "apache";
    default:
      return null;
  }
}
