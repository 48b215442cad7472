/** client/*: what browsers find at each address of the file's host and of the base URL's → what is said, word for word. */
import type {
  ClientEndpointFacts,
  ClientFacts,
  ClientReading,
  Facts,
  Hop,
  HttpFacts,
  Outcome,
  SiteFileAttempt,
  SupportReading,
  TlsFacts,
} from "../../src/facts/facts.ts";
import { CLIENT_PATH, readClientFile, readLoginFlows, readSupportFile, readVersions, SUPPORT_PATH } from "../../src/matrix/client-file.ts";
import {
  addresses,
  attempt,
  blocked,
  done,
  failed,
  healthy,
  host,
  http,
  matrixError,
  notNeeded,
  nxdomain,
  tls,
  tlsAlone,
  untested,
  V4,
  V6,
  viaDefaultPort,
  endpoint,
  endpointWithoutTcp,
} from "./facts-builder.ts";
import { saidOf, texts } from "./texts.ts";

const ORIGIN = "https://element.example.net";
const SITE = "https://example.com";
const BASE = "https://matrix.example.com";
const GOOD = `{"m.homeserver":{"base_url":"${BASE}"}}`;
const STAR = { "access-control-allow-origin": "*" };
const WITH_LIST = { ...STAR, "access-control-allow-headers": "X-Requested-With, Content-Type, Authorization" };
const HS4 = "185.15.58.20";
const HS6 = "2a02:ec80:300::20";

function answer(status: number, body = "", headers: Record<string, string> = {}): HttpFacts {
  const plain = http(status, body);
  return { ...plain, headers: { ...plain.headers, ...STAR, ...headers } };
}

interface Step {
  url?: string;
  response?: Outcome<HttpFacts>;
  tcp?: Outcome<{ localAddress: string }>;
  tls?: Outcome<TlsFacts>;
  nowhere?: true;
}

function hop({ url = SITE + CLIENT_PATH, response = done(answer(200, GOOD)), ...at }: Step, address: string, next?: Step): Hop {
  const { hostname, port } = new URL(url);
  const good = done(tls({ commonName: hostname, subject: `CN=${hostname}`, dnsNames: [hostname] }));
  const connection = {
    address,
    family: address.includes(":") ? (6 as const) : (4 as const),
    port: port === "" ? 443 : Number(port),
    tcp: at.tcp ?? done({ localAddress: "10.0.0.2:40000" }),
    tls: at.tcp === undefined ? (at.tls ?? good) : blocked(),
  };
  const isAsked = at.nowhere === undefined && at.tcp === undefined && (at.tls === undefined || at.tls.status === "done");
  return {
    url,
    host: hostname,
    port: 443,
    location: next?.url ?? null,
    connection: at.nowhere === true ? null : connection,
    response: isAsked ? response : blocked(),
  };
}

function served<R>(read: (body: Buffer) => R, address: string, steps: Step[], more: Partial<SiteFileAttempt<R>> = {}): SiteFileAttempt<R> {
  const hops = steps.map((step, index) => hop(step, address, steps[index + 1]));
  const last = hops.at(-1)?.response;
  const body = last?.status === "done" && last.value.status === 200 && !last.value.truncated ? last.value.excerpt : null;
  return {
    address,
    family: address.includes(":") ? 6 : 4,
    port: 443,
    hops,
    stopped: null,
    reading: body === null ? null : read(Buffer.from(body)),
    ...more,
  };
}

const file = (address: string, steps: Step[], more: Partial<SiteFileAttempt<ClientReading>> = {}): SiteFileAttempt<ClientReading> =>
  served(readClientFile, address, steps, more);
/** Both addresses of the file's host say the same. */
const files = (steps: Step[], more: Partial<SiteFileAttempt<ClientReading>> = {}): SiteFileAttempt<ClientReading>[] => [
  file(V4, steps, more),
  file(V6, steps, more),
];
const serving = (body: string, headers: Record<string, string> = {}): SiteFileAttempt<ClientReading>[] =>
  files([{ response: done(answer(200, body, headers)) }]);
const support = (steps: Step[], more: Partial<SiteFileAttempt<SupportReading>> = {}): SiteFileAttempt<SupportReading> =>
  served(
    readSupportFile,
    V4,
    steps.map((step) => ({ url: SITE + SUPPORT_PATH, ...step })),
    more,
  );
const SUPPORT = support([{ response: done(answer(200, '{"support_page":"https://example.com/help"}')) }]);

const VERSIONS = '{"versions":["v1.11"]}';
const versions = (response: HttpFacts): ClientEndpointFacts["versions"] =>
  done({ response, versions: response.status === 200 ? readVersions(Buffer.from(response.excerpt)) : null });
const login = (response: HttpFacts): NonNullable<ClientEndpointFacts["login"]> =>
  done({ response, flows: response.status === 200 ? readLoginFlows(Buffer.from(response.excerpt)) : null });
const WHOAMI = matrixError(401, "M_MISSING_TOKEN", "Missing access token");
const whoami = (headers: Record<string, string> = {}): HttpFacts => ({ ...WHOAMI, headers: { ...WHOAMI.headers, ...headers } });

/** A homeserver's client API as one address has it. */
function at(address: string, more: Partial<ClientEndpointFacts> = {}): ClientEndpointFacts {
  return {
    address,
    family: address.includes(":") ? 6 : 4,
    port: 443,
    tcp: done({ localAddress: "10.0.0.2:40000" }),
    tls: done(tls()),
    versions: versions(answer(200, VERSIONS, WITH_LIST)),
    preflight: done(answer(204, "", WITH_LIST)),
    unauthenticated: done(whoami(WITH_LIST)),
    login: login(answer(200, '{"flows":[{"type":"m.login.password"}]}', WITH_LIST)),
    ...more,
  };
}
/** One that wasn't asked for more. */
function onlyVersions(address: string, response: HttpFacts = answer(200, VERSIONS, WITH_LIST)): ClientEndpointFacts {
  const { preflight: _, unauthenticated: __, login: ___, ...rest } = at(address, { versions: versions(response) });
  return rest;
}
const silent = (address: string, tcp: ClientEndpointFacts["tcp"]): ClientEndpointFacts => ({
  address,
  family: address.includes(":") ? 6 : 4,
  port: 443,
  tcp,
  tls: blocked(),
  versions: tcp.status === "untested" ? tcp : blocked(),
});
const only4 = (more: Partial<ClientEndpointFacts>): ClientFacts["api"] => api([at(HS4, more)]);

function api(endpoints: ClientEndpointFacts[], baseUrl = BASE): ClientFacts["api"] {
  const { hostname, port } = new URL(baseUrl);
  return { baseUrl, host: hostname, port: port === "" ? 443 : Number(port), endpoints };
}

interface Setting {
  attempts?: SiteFileAttempt<ClientReading>[];
  support?: SiteFileAttempt<SupportReading>[];
  api?: ClientFacts["api"];
  guesses?: ClientFacts["guesses"];
  issuer?: ClientFacts["issuer"];
  hosts?: ClientFacts["hosts"];
  facts?: Partial<Facts>;
}

function seen(setting: Setting): Facts {
  return healthy({
    client: {
      origin: ORIGIN,
      file: { url: SITE + CLIENT_PATH, host: "example.com", attempts: setting.attempts ?? files([{}]) },
      support: { url: SITE + SUPPORT_PATH, host: "example.com", attempts: setting.support ?? [SUPPORT] },
      api: setting.api === undefined ? api([at(HS4), onlyVersions(HS6)]) : setting.api,
      guesses: setting.guesses ?? [],
      issuer: setting.issuer ?? null,
      hosts: setting.hosts ?? [host("example.com"), host("matrix.example.com", { a: addresses(HS4), aaaa: addresses(HS6) })],
    },
    ...setting.facts,
  });
}

const status = (code: number, body = "<html>", headers: Record<string, string> = {}): Step => ({
  response: done(answer(code, body, headers)),
});
const NGINX = { server: "nginx/1.24.0" };
const elsewhere = `https://www.example.com${CLIENT_PATH}`;
const redirect = (to: string, headers: Record<string, string> = {}): Step[] => [
  { response: done(answer(302, "", { location: to, ...headers })) },
  { url: to },
];
const REFUSED = failed("refused");
const OTHER_NAME = done(tls({ dnsNames: ["other.example"], commonName: "other.example", subject: "CN=other.example" }));
const noGuess = { api: null, guesses: [] };
const oidc = (issuer: string | null): NonNullable<ClientEndpointFacts["metadata"]> => done({ response: answer(200, "{}"), issuer });
const issuerHop = (more: Step): Hop => hop({ url: "https://auth.example.com/.well-known/openid-configuration", ...more }, "185.15.58.30");
const issuer = (hopOf: Hop | null, named: "auth_metadata" | "file" = "auth_metadata", url = "https://auth.example.com/"): Setting => ({
  issuer: { url, named, hop: hopOf },
});

const SITUATIONS: Record<string, Setting> = {
  "all is well": {},
  "410, and nothing is known of a homeserver": { attempts: files([status(410)]), ...noGuess },
  "404 at one of two addresses": { attempts: [file(V4, [status(404)]), file(V6, [{}])] },
  "404 and 410, behind nginx, and a homeserver was found": {
    attempts: [file(V4, [status(404, "<html>", NGINX)]), file(V6, [status(410)])],
    api: null,
    guesses: [
      { baseUrl: "https://a.example.com", isHomeserver: false },
      { baseUrl: BASE, isHomeserver: true },
    ],
  },
  "the file's host has no address": {
    attempts: [],
    support: [],
    hosts: [host("other.example", { a: nxdomain(), aaaa: nxdomain() }), host("example.com", { a: nxdomain(), aaaa: nxdomain() })],
  },
  "the file's host has an address that wasn't asked": { attempts: [], support: [] },

  "an array": { attempts: serving("[]") },
  "a page at one address, a comma too many at the other": {
    attempts: [file(V4, [status(200, "<!doctype html><html>")]), file(V6, [status(200, `${GOOD.slice(0, -1)},}`)])],
  },
  "503, with no base URL known": { attempts: files([status(503)]), ...noGuess },
  endless: { attempts: files([{ response: done({ ...answer(200, "{"), truncated: true }) }]) },
  "a circle": { attempts: files(redirect(SITE + CLIENT_PATH), { stopped: "loop", reading: null }) },
  "too many redirects": { attempts: files(redirect(elsewhere), { stopped: "too-many", reading: null }) },
  "a redirect to another scheme": {
    attempts: files([{ response: done(answer(302)) }], { stopped: "scheme" }).map((each) => ({
      ...each,
      hops: each.hops.map((one) => ({ ...one, location: "ftp://example.com/x" })),
    })),
  },
  "a redirect to plain http": {
    attempts: files([{ response: done(answer(302)) }], { stopped: "insecure" }).map((each) => ({
      ...each,
      hops: each.hops.map((one) => ({ ...one, location: "http://example.com/x" })),
    })),
  },
  "a redirect without Location": { attempts: files([status(301, "")]) },
  "status 399": { attempts: files([status(399, "")]) },
  "a redirect to a host without an address": { attempts: files([...redirect(elsewhere).slice(0, 1), { url: elsewhere, nowhere: true }]) },
  "nothing could be asked": { attempts: files([{ response: untested() }]) },

  "an empty object": { attempts: serving("{}") },
  "other keys": { attempts: serving('{"m.identity_server":{"base_url":"https://vector.im"},"x":1}', NGINX) },
  "base_url is a number": { attempts: serving('{"m.homeserver":{"base_url":8448}}') },
  "base_url is empty at one address": { attempts: [file(V4, [status(200, '{"m.homeserver":{"base_url":""}}')]), file(V6, [{}])] },
  "no base URL, and none is known": { attempts: serving("{}"), ...noGuess },

  "without https, nothing answered": { attempts: serving('{"m.homeserver":{"base_url":"http://matrix.example.com"}}'), ...noGuess },
  "a host, and a homeserver there": {
    attempts: serving('{"m.homeserver":{"base_url":"matrix.example.com"},"x":{"y":1}}', NGINX),
    api: null,
    guesses: [{ baseUrl: BASE, isHomeserver: true }],
  },
  "what is no URL at all": { attempts: serving('{"m.homeserver":{"base_url":"my homeserver"}}'), ...noGuess },
  "it ends in /_matrix, and Synapse serves the file": {
    attempts: serving(`{"m.homeserver":{"base_url":"${BASE}/_matrix/client"}}`, { server: "Synapse/1.152.0" }),
    api: null,
    guesses: [{ baseUrl: BASE, isHomeserver: true }],
  },
  "Synapse serves it, and nothing is known": {
    attempts: serving('{"m.homeserver":{"base_url":"my homeserver"}}', { server: "Synapse/1.152.0" }),
    ...noGuess,
  },
  "a query": { attempts: serving(`{"m.homeserver":{"base_url":"${BASE}/?a=b"}}`), ...noGuess },
  "two different faults at the addresses": {
    attempts: [
      file(V4, [status(200, '{"m.homeserver":{"base_url":"http://matrix.example.com"}}')]),
      file(V6, [status(200, '{"m.homeserver":{"base_url":"matrix.example.com"}}')]),
    ],
    api: null,
    guesses: [{ baseUrl: BASE, isHomeserver: true }],
  },
  "a path below which nothing answers": {
    attempts: serving(`{"m.homeserver":{"base_url":"${BASE}/element"}}`),
    api: api([onlyVersions(HS4, answer(404, "<html>"))], `${BASE}/element`),
    guesses: [{ baseUrl: BASE, isHomeserver: true }],
  },
  "a path below which nothing answers, nor without it": {
    attempts: serving(`{"m.homeserver":{"base_url":"${BASE}/element"}}`),
    api: api([onlyVersions(HS4, answer(404, "<html>"))], `${BASE}/element`),
    guesses: [{ baseUrl: BASE, isHomeserver: false }],
  },
  "a path that works, and the root works as well": {
    attempts: serving(`{"m.homeserver":{"base_url":"${BASE}/hs"}}`),
    api: api([at(HS4)], `${BASE}/hs`),
    guesses: [{ baseUrl: BASE, isHomeserver: true }],
  },
  "no client API, no path, and a homeserver at another host": {
    api: api([onlyVersions(HS4, answer(404, "<html>"))]),
    guesses: [{ baseUrl: "https://example.com", isHomeserver: true }],
  },

  "sent as text/plain": { attempts: serving(GOOD, { "content-type": "text/plain" }) },
  "without Content-Type at one address": { attempts: [file(V4, [status(200, GOOD, { "content-type": "" })]), file(V6, [{}])] },
  "a page isn't a matter of Content-Type": { attempts: serving("<html>", { "content-type": "text/html" }) },

  "the file has CORS twice, behind nginx": { attempts: serving(GOOD, { "access-control-allow-origin": "*, *", ...NGINX }) },
  "the file has CORS twice, behind Caddy, at one address": {
    attempts: [file(V4, [status(200, GOOD, { "access-control-allow-origin": "*, *", server: "Caddy" })]), file(V6, [{}])],
  },
  "a redirect's target has CORS twice": {
    attempts: files([
      redirect(elsewhere)[0]!,
      { url: elsewhere, response: done(answer(200, GOOD, { "access-control-allow-origin": "*,*" })) },
    ]),
  },
  "a page that has CORS twice": { attempts: serving("<html>", { "access-control-allow-origin": "*, *" }) },
  "one answer of the client API has CORS twice": {
    api: only4({ preflight: done(answer(204, "", { ...WITH_LIST, "access-control-allow-origin": "*, *" })) }),
  },
  "all answers of the client API have CORS twice, at a port and behind Caddy": {
    api: api(
      [
        at(HS4, {
          versions: versions(answer(200, VERSIONS, { ...WITH_LIST, "access-control-allow-origin": "*, https://x", server: "Caddy" })),
          preflight: done(answer(204, "", { ...WITH_LIST, "access-control-allow-origin": "*, *" })),
          unauthenticated: done(whoami({ ...WITH_LIST, "access-control-allow-origin": "*, *" })),
          login: login(answer(200, '{"flows":[]}', { ...WITH_LIST, "access-control-allow-origin": "*, *" })),
        }),
      ],
      `${BASE}:8448`,
    ),
  },

  "the file has no CORS": { attempts: serving(GOOD, { "access-control-allow-origin": "" }) },
  "the file has no CORS, behind nginx": { attempts: serving(GOOD, { "access-control-allow-origin": "", ...NGINX }) },
  "the file lets another site in, at one address": {
    attempts: [file(V4, [status(200, GOOD, { "access-control-allow-origin": "https://app.example.com" })]), file(V6, [{}])],
  },
  "the file repeats the origin": { attempts: serving(GOOD, { "access-control-allow-origin": ORIGIN }) },
  "a redirect has no CORS, behind nginx": { attempts: files(redirect(elsewhere, { "access-control-allow-origin": "", ...NGINX })) },
  "a redirect's target has no CORS": {
    attempts: files([
      redirect(elsewhere)[0]!,
      { url: elsewhere, response: done(answer(200, GOOD, { "access-control-allow-origin": "" })) },
    ]),
  },
  "a redirect's target on the same host has no CORS": {
    attempts: files([
      redirect(`${SITE}/matrix-client.json`)[0]!,
      { url: `${SITE}/matrix-client.json`, response: done(answer(200, GOOD, { "access-control-allow-origin": "" })) },
    ]),
  },
  "a page without CORS": { attempts: serving("<html>", { "access-control-allow-origin": "" }) },
  "errors have no CORS": { api: only4({ unauthenticated: done(whoami()) }) },
  "errors and logins have none, preflights another site's": {
    api: only4({
      unauthenticated: done(whoami()),
      login: login(answer(200, '{"flows":[]}', { "access-control-allow-origin": "" })),
      preflight: done(answer(204, "", { ...WITH_LIST, "access-control-allow-origin": "https://app.example.com" })),
    }),
  },
  "preflights are refused": { api: only4({ preflight: done(answer(405, "", WITH_LIST)) }) },
  "preflights are refused, by nginx": { api: only4({ preflight: done(answer(405, "", { ...WITH_LIST, ...NGINX })) }) },
  "preflights are refused, and errors have no CORS": {
    api: only4({ preflight: done(answer(405, "", WITH_LIST)), unauthenticated: done(whoami()) }),
  },
  "preflights are redirected": { api: only4({ preflight: done(answer(301, "", WITH_LIST)) }) },
  "preflights answer 200 and 299": {
    api: api([at(HS4, { preflight: done(answer(200, "", WITH_LIST)) }), at(HS6, { preflight: done(answer(299, "", WITH_LIST)) })]),
  },
  "preflights don't list Authorization": {
    api: only4({ preflight: done(answer(204, "", { "access-control-allow-headers": "Content-Type" })) }),
  },
  "preflights list all by a star": { api: only4({ preflight: done(answer(204, "", { "access-control-allow-headers": "Accept, *" })) }) },
  "preflights list Authorization in another case": {
    api: only4({ preflight: done(answer(204, "", { "access-control-allow-headers": "content-type,AUTHORIZATION" })) }),
  },
  "preflights repeat the origin, and don't list Authorization": {
    api: only4({
      preflight: done(answer(204, "", { "access-control-allow-origin": ORIGIN, "access-control-allow-headers": "Content-Type" })),
    }),
  },
  "nobody lists anything": {
    api: only4({
      versions: versions(answer(200, VERSIONS)),
      preflight: done(answer(204)),
      unauthenticated: done(whoami(STAR)),
      login: login(answer(200, '{"flows":[]}')),
    }),
  },
  "a page instead of an error isn't a matter of CORS": { api: only4({ unauthenticated: done(http(404, "<html>")) }) },
  "nothing has CORS": {
    api: only4({
      versions: versions(answer(200, VERSIONS, { "access-control-allow-origin": "" })),
      preflight: done(answer(204, "", { "access-control-allow-origin": "" })),
      unauthenticated: done(whoami()),
    }),
  },
  "versions lets another site in, at one of two addresses, behind nginx": {
    api: api([
      at(HS4),
      at(HS6, { versions: versions(answer(200, VERSIONS, { "access-control-allow-origin": "https://app.example.com", ...NGINX })) }),
    ]),
  },

  "the client API is a page": { api: only4({ versions: versions(answer(200, " <!doctype html><title>Shop</title>")) }) },
  "the client API is a 404 of nginx, at both addresses": {
    api: api([at(HS4), at(HS6)].map((each) => ({ ...each, versions: versions(answer(404, "<html>", NGINX)) }))),
  },
  "the client API is a 404 at one of two addresses": { api: api([at(HS4), at(HS6, { versions: versions(answer(404, "<html>")) })]) },
  "the client API answers with a Matrix error": {
    api: only4({ versions: versions(matrixError(404, "M_UNRECOGNIZED", "Unrecognized request")) }),
  },
  "the client API answers without a body": { api: only4({ versions: versions(answer(502, " \n")) }) },
  "the login is a 404 page": { api: only4({ login: login(answer(404, "<html>")) }) },
  "the login is a start page": { api: only4({ login: login(answer(200, "<!doctype html><title>Shop</title>")) }) },
  "the login is a 404 page, but logins are done elsewhere": {
    api: only4({ login: login(answer(404, "<html>")), metadata: oidc("https://auth.example.com/") }),
  },
  "the login is a 404 page, and the metadata names nobody": { api: only4({ login: login(answer(404, "<html>")), metadata: oidc(null) }) },
  "the login is a 404 page, and there is no metadata": { api: only4({ login: login(answer(404, "<html>")), metadata: failed("timeout") }) },
  "errors are pages": { api: only4({ unauthenticated: done(answer(404, "<html>")) }) },
  "errors are JSON of something else": { api: only4({ unauthenticated: done(answer(404, '{"error":"no route"}')) }) },
  "whoami is answered with a JSON of 299": { api: only4({ unauthenticated: done(answer(299, ' {"a":1}')) }) },
  "whoami is answered with a JSON of 300": { api: only4({ unauthenticated: done(answer(300, '{"a":1}')) }) },
  "the further requests got no answer": {
    api: only4({ unauthenticated: failed("timeout"), login: failed("timeout"), preflight: failed("timeout") }),
  },

  "the file's host refuses, at both addresses": { attempts: files([{ tcp: REFUSED }]) },
  "the file's host refuses over IPv4 and isn't there over IPv6": {
    attempts: [file(V4, [{ tcp: REFUSED }]), file(V6, [{ tcp: failed("unreachable") }])],
  },
  "the file's host refuses at one address": { attempts: [file(V4, [{ tcp: REFUSED }]), file(V6, [{}])] },
  "the file's host refuses, and this machine has no IPv6": {
    attempts: [file(V4, [{ tcp: REFUSED }]), file(V6, [{ tcp: untested() }])].map((each) =>
      each.family === 4 ? each : { ...each, hops: each.hops.map((one) => ({ ...one, response: untested() })) },
    ),
  },
  "the file's host is silent": { attempts: files([{ tcp: failed("timeout", { message: "no connection in 10 s" }) }]) },
  "the TLS handshake with the file's host stalls": { attempts: files([{ tls: failed("timeout", { message: "no handshake in 10 s" }) }]) },
  "the file's answer stalls": { attempts: files([{ response: failed("timeout", { message: "no answer in 10 s" }) }]) },
  "the file's host closes": { attempts: files([{ response: failed("closed", { message: "closed before an answer" }) }]) },
  "a redirect to a port that refuses": {
    attempts: files([
      redirect(`https://www.example.com:8443${CLIENT_PATH}`)[0]!,
      { url: `https://www.example.com:8443${CLIENT_PATH}`, tcp: REFUSED },
    ]),
  },
  "the base URL's host refuses": { api: api([silent(HS4, REFUSED), silent(HS6, REFUSED)]) },
  "the base URL's host refuses and is silent, at a port": {
    api: api(
      [silent(HS4, REFUSED), silent(HS6, failed("timeout", { message: "no connection in 10 s" }))].map((each) => ({ ...each, port: 8443 })),
      `${BASE}:8443`,
    ),
  },
  "the base URL's host refuses at one address": { api: api([silent(HS4, REFUSED), at(HS6)]) },
  "the base URL's host refuses, and this machine has no IPv6": { api: api([silent(HS4, REFUSED), silent(HS6, untested())]) },
  "nothing of the base URL's host can be asked": { api: api([silent(HS4, untested()), silent(HS6, untested())]) },
  "the base URL's answer is no HTTP": { api: only4({ versions: failed("not-http", { message: "no HTTP response" }) }) },
  "the base URL's host has no address": { api: api([]), hosts: [host("matrix.example.com", { a: nxdomain(), aaaa: nxdomain() })] },
  "the base URL's host has an address that wasn't asked": { api: api([]) },
  "the base URL's host has a private address": { api: api([silent("10.0.0.7", notNeeded())]) },
  "one of the base URL's addresses is private": { api: api([silent("10.0.0.7", notNeeded()), at(HS4)]) },
  "the base URL's host has a private address, in a private network": {
    api: api([silent("10.0.0.7", notNeeded())]),
    facts: { settings: { ...healthy().settings, allowPrivate: true } },
  },
  "the base URL's host has a public address that wasn't asked": { api: api([silent(HS4, notNeeded())]) },

  "the file's certificate is another's": {
    attempts: files([{ tls: OTHER_NAME }]).map((each) => ({
      ...each,
      hops: each.hops.map((one) => ({ ...one, response: done(answer(200, GOOD)) })),
    })),
  },
  "the base URL's certificate is self-signed and expired": {
    api: only4({ tls: done(tlsAlone({ selfSigned: true, issuer: "CN=matrix.example.com", notAfter: "2026-05-01T00:00:00.000Z" })) }),
  },
  "two addresses have the same bad certificate, one a good one": {
    api: api([at(HS4, { tls: OTHER_NAME }), at(HS6, { tls: OTHER_NAME }), at("185.15.58.21")]),
  },
  "the base URL's port speaks plain HTTP, behind nginx": {
    api: api([
      { ...silent(HS4, done({ localAddress: "" })), tls: failed("plain-http"), proxy: done(answer(400, "<center>nginx</center>", NGINX)) },
    ]),
  },
  "the base URL's handshake ends with an alert": {
    api: api([{ ...silent(HS4, done({ localAddress: "" })), tls: failed("tls-alert", { alert: "unrecognized_name" }) }]),
  },
  "the base URL's handshake ends with an alert without a name": {
    api: api([{ ...silent(HS4, done({ localAddress: "" })), tls: failed("tls-alert", { message: "alert 255" }) }]),
  },
  "the base URL's handshake is closed": { api: api([{ ...silent(HS4, done({ localAddress: "" })), tls: failed("closed") }]) },
  "the base URL's handshake stalls": {
    api: api([{ ...silent(HS4, done({ localAddress: "" })), tls: failed("timeout", { message: "no handshake in 10 s" }) }]),
  },
  "the support file's certificate is nothing for this rule": {
    support: [support([{ url: `https://help.example.com${SUPPORT_PATH}`, tls: OTHER_NAME }])],
  },

  "the issuer refuses": issuer(issuerHop({ tcp: REFUSED })),
  "the issuer is no https URL": issuer(null, "auth_metadata", "http://auth.example.com/"),
  "the issuer's host has no address": issuer(issuerHop({ nowhere: true })),
  "the issuer's host couldn't be asked": issuer({ ...issuerHop({ nowhere: true }), response: untested() }),
  "the issuer's answer wasn't waited for": issuer(issuerHop({ response: untested("deadline") })),
  "the issuer answers 500": issuer(issuerHop({ response: done(answer(500)) })),
  "the issuer answers 499": issuer(issuerHop({ response: done(answer(499)) })),
  "the issuer of the file answers 404": issuer(issuerHop({ response: done(answer(404)) }), "file"),
  "the issuer of the file answers 400": issuer(issuerHop({ response: done(answer(400)) }), "file"),
  "the issuer of the file answers": issuer(issuerHop({ response: done(answer(200, "{}")) }), "file"),
  "the issuer's certificate is another's": issuer({ ...issuerHop({ tls: OTHER_NAME }), response: done(answer(200, "{}")) }),
  "the issuer is right, the base URL's certificate is another's": {
    ...issuer(issuerHop({ response: done(answer(200, "{}")) })),
    api: only4({ tls: OTHER_NAME }),
  },

  "the files are swapped": { attempts: serving('{"m.server":"matrix.example.com:443"}') },
  "the server's file at one address, behind nginx, and nothing known": {
    attempts: [file(V4, [status(200, '{"m.server":"matrix.example.com:443"}', NGINX)]), file(V6, [{}])],
    ...noGuess,
  },
  "the server's file with an empty base URL": { attempts: serving('{"m.server":"matrix.example.com:443","m.homeserver":{"base_url":""}}') },
  "both in one file": { attempts: serving(`{"m.server":"matrix.example.com:443","m.homeserver":{"base_url":"${BASE}"}}`) },
  "homeservers get the file of clients over IPv6, from nginx": {
    facts: viaDefaultPort([endpointWithoutTcp({ port: 8448 })], {
      wellKnown: done({
        url: `${SITE}/.well-known/matrix/server`,
        host: "example.com",
        attempts: [
          attempt({
            address: V6,
            reading: { kind: "no-m-server", problem: "missing", keys: ["m.homeserver"], near: "m.homeserver", nearValue: null },
            hops: attempt({ address: V6 }).hops.map((each) => ({ ...each, response: done(answer(200, GOOD, NGINX)) })),
          }),
        ],
      }),
    }),
  },
  "homeservers get other keys": {
    facts: viaDefaultPort([endpoint({ port: 8448 })], {
      wellKnown: done({
        url: `${SITE}/.well-known/matrix/server`,
        host: "example.com",
        attempts: [attempt({ reading: { kind: "no-m-server", problem: "missing", keys: ["m_server"], near: "m_server", nearValue: "a" } })],
      }),
    }),
  },

  "no support file": { support: [support([status(404)])] },
  "no support file at one address, behind nginx": { support: [SUPPORT, support([status(410, "<html>", NGINX)])] },
  "the support file: 403": { support: [support([status(403)])] },
  "the support file: endless": { support: [support([{ response: done({ ...answer(200, "{"), truncated: true }) }])] },
  "the support file: a redirect in a circle": { support: [support([status(302)], { stopped: "loop" })] },
  "the support file: a page": { support: [support([status(200, "<html>")])] },
  "the support file: a list": { support: [SUPPORT, support([status(200, "[]", NGINX)])] },
  "the support file: nothing in it": { support: [support([status(200, "{}")])] },
  "the support file: without CORS": {
    support: [support([status(200, '{"support_page":"https://example.com"}', { "access-control-allow-origin": "" })])],
  },
  "the support file: it can't be fetched": { support: [support([{ tcp: REFUSED }])] },
  "the support file: two faults, told once": { support: [support([status(403)]), support([status(200, "[]")])] },

  "a redirect": { attempts: files(redirect(elsewhere)) },
  "two redirects at one address": {
    attempts: [
      file(V4, [redirect(elsewhere)[0]!, { url: elsewhere, response: done(answer(302)) }, { url: `${SITE}/client.json` }]),
      file(V6, [{}]),
    ],
  },
};

const said = texts("client");
for (const [title, setting] of Object.entries(SITUATIONS)) said(title, () => saidOf(seen(setting), ["well-known/cache"]));
