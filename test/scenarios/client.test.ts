/** --client: what clients find, each fault alone, and what looks like it. None of it touches federation. */
import assert from "node:assert/strict";
import { factsProblem } from "../../src/facts-problem.ts";
import { selfSigned } from "../lab/certificates.ts";
import { CLIENT_FILE, clientApi, clientFiles, CORS, SUPPORT_FILE } from "../lab/client.ts";
import type { HomeserverOptions } from "../lab/homeserver.ts";
import type { Network } from "../lab/network.ts";
import { redirect, type Answer } from "../lab/web-server.ts";
import { run, TIMEOUT, type Scenario } from "./scenario.ts";

const SERVER_FILE: Record<string, Answer> = { "/.well-known/matrix/server": { body: { "m.server": "matrix.example.org:443" } } };
const BASE = "https://matrix.example.org";
const DAY = 86_400_000;

interface Setting {
  base?: string;
  /** Of the base domain; null: 404. */
  files?: Record<string, Answer | null>;
  /** Of the homeserver's host. */
  api?: Record<string, Answer>;
  homeserver?: Partial<HomeserverOptions>;
}

const setting =
  ({ base = BASE, files = {}, api = clientApi(), homeserver = {} }: Setting = {}) =>
  async (net: Network): Promise<void> => {
    await net.web("example.org", { routes: { ...SERVER_FILE, ...clientFiles(base, files) } });
    await net.homeserver("example.org", { host: "matrix.example.org", port: 443, ...homeserver, routes: { ...api, ...homeserver.routes } });
  };

type Row = [title: string, network: (net: Network) => Promise<unknown>, finds: string[], more?: Partial<Scenario>];

const ORIGIN = { "access-control-allow-origin": "*" };
const file = (body: unknown, headers: Record<string, string | string[]> = CORS): Record<string, Answer> => ({
  [CLIENT_FILE]: { headers, body: body as object },
});
const withFile = (answer: Answer | null, more: Setting = {}): ((net: Network) => Promise<void>) =>
  setting({ ...more, files: { [CLIENT_FILE]: answer, ...more.files } });
const corsOf = (value: string | string[]): Record<string, string | string[]> => ({ ...CORS, "access-control-allow-origin": value });
const page: Answer = { headers: { "content-type": "text/html" }, body: "<!doctype html><title>Welcome</title>" };
const anotherHost =
  (host: string, at: Partial<Parameters<Network["web"]>[1]> = {}) =>
  async (net: Network): Promise<void> => {
    await setting({ base: `https://${host}` })(net);
    await net.web(host, { routes: clientApi(), ...at });
  };

const ended = (status: number, headers: Record<string, string>, body: string): Record<string, Answer> => ({
  "/_matrix/*": { status, headers: { "content-type": "text/html", ...headers }, body },
});
const nginxSays = (status: number, title: string): Setting => {
  const all = ended(status, { server: "nginx" }, `<html><head><title>${title}</title></head><body><center>nginx</center></body></html>`);
  return {
    api: all,
    homeserver: { version: all["/_matrix/*"]!, keys: all["/_matrix/*"]!, event: all["/_matrix/*"]! },
  };
};

const ROWS: Row[] = [
  ["all is well", setting(), []],
  ["a path in the base URL that is served", setting({ base: `${BASE}/hs`, api: prefixed("/hs") }), []],
  [
    "a final slash, and other keys",
    withFile(
      file({
        "m.homeserver": { base_url: `${BASE}/` },
        "org.matrix.msc4143.rtc_foci": [{ type: "livekit", livekit_service_url: "https://rtc.example.org" }],
      })[CLIENT_FILE]!,
    ),
    [],
    {
      and: (report) =>
        assert.deepEqual(
          report.facts.client?.file.attempts.flatMap(({ reading }) => (reading?.kind === "object" ? reading.rtcFoci : [])),
          [{ type: "livekit", url: "https://rtc.example.org" }],
        ),
    },
  ],
  ...[429, 503].map((status): Row => [
    `client/versions: ${status} and Retry-After, so nothing more is asked of the client API`,
    setting({ api: { "/_matrix/client/*": { status, headers: { "retry-after": "30" }, body: "" } } }),
    ["client/versions error"],
    {
      and: ({ facts }) => {
        const [endpoint] = facts.client?.api?.endpoints ?? [];
        assert.deepEqual([endpoint?.login, endpoint?.preflight, facts.client?.guesses], [undefined, undefined, []]);
      },
    },
  ]),
  ["the origin is repeated instead of a star", setting({ api: repeatingOrigin() }), []],

  [
    "client/not-found: 404",
    withFile(null),
    ["client/not-found info"],
    {
      and: (report) =>
        assert.match(
          report.findings.find(({ code }) => code === "client/not-found")?.fix[0] ?? "",
          /"base_url":"https:\/\/matrix\.example\.org"/,
        ),
    },
  ],
  ["client/invalid: a page", withFile(page), ["client/invalid error"]],
  ["client/invalid: 403", withFile({ status: 403, body: "<h1>Forbidden</h1>" }), ["client/invalid error"]],
  [
    "client/invalid: a trailing comma",
    withFile({ headers: CORS, body: '{"m.homeserver": {"base_url": "https://matrix.example.org"},}' }),
    ["client/invalid error"],
  ],
  ["client/invalid: a list", withFile(file([])[CLIENT_FILE]!), ["client/invalid error"]],
  ["client/invalid: redirects in a circle", withFile(redirect(`https://example.org${CLIENT_FILE}`)), ["client/invalid error"]],
  [
    "client/invalid: a redirect to http",
    withFile({ status: 302, headers: { ...CORS, location: "http://example.org/client" } }),
    ["client/invalid error"],
  ],
  ["client/no-base-url: an empty object", withFile(file({})[CLIENT_FILE]!), ["client/no-base-url error"]],
  ["client/no-base-url: no string", withFile(file({ "m.homeserver": { base_url: 8448 } })[CLIENT_FILE]!), ["client/no-base-url error"]],
  [
    "client/base-url: without https",
    setting({ base: "http://matrix.example.org" }),
    ["client/base-url error"],
    {
      and: (report) =>
        assert.match(
          report.findings.find(({ code }) => code === "client/base-url")?.fix[0] ?? "",
          /"base_url":"https:\/\/matrix\.example\.org"/,
        ),
    },
  ],
  ["client/base-url: no URL", setting({ base: "matrix.example.org" }), ["client/base-url error"]],
  ["client/base-url: no URL, with a port", setting({ base: "matrix.example.org:443" }), ["client/base-url error"]],
  ["client/base-url: it ends in /_matrix", setting({ base: `${BASE}/_matrix` }), ["client/base-url error"]],
  ["client/base-url: a path below which nothing answers", setting({ base: `${BASE}/element` }), ["client/base-url error"]],
  ["client/base-url: a user name", setting({ base: "https://user@matrix.example.org" }), ["client/base-url error"]],
  [
    "client/server-swapped: the server file",
    withFile(file({ "m.server": "matrix.example.org:443" })[CLIENT_FILE]!),
    ["client/server-swapped error"],
  ],
  [
    "not client/server-swapped: all keys in one file",
    withFile(file({ "m.server": "matrix.example.org:443", "m.homeserver": { base_url: BASE } })[CLIENT_FILE]!),
    [],
  ],
  [
    "client/server-swapped: the other way round",
    setting({ files: { "/.well-known/matrix/server": { body: { "m.homeserver": { base_url: BASE } } } } }),
    ["well-known/no-m-server error", "client/server-swapped error", "connect/refused error < well-known/no-m-server"],
    {
      network: async (net) => {
        await setting({ files: { "/.well-known/matrix/server": { body: { "m.homeserver": { base_url: BASE } } } } })(net);
        await net.closed("example.org", 8448);
      },
    },
  ],

  [
    "client/cors-missing: the file",
    withFile(file({ "m.homeserver": { base_url: BASE } }, {})[CLIENT_FILE]!),
    ["client/cors-missing error"],
  ],
  [
    "client/cors-missing: another site's",
    withFile(file({ "m.homeserver": { base_url: BASE } }, corsOf("https://element.example.org"))[CLIENT_FILE]!),
    ["client/cors-missing error"],
  ],
  ["client/cors-missing: a redirect has none, the file has", redirected({}), ["client/cors-missing error", "client/redirected info"]],
  ["client/redirected", redirected(CORS), ["client/redirected info"]],
  ["client/cors-missing: errors", setting({ api: clientApi((what) => (what === "error" ? {} : CORS)) }), ["client/cors-missing error"]],
  [
    "client/cors-missing: preflights",
    setting({ api: clientApi((what) => (what === "options" ? {} : CORS)) }),
    ["client/cors-missing error"],
  ],
  [
    "client/cors-missing: preflights don't let the access token in",
    setting({ api: clientApi((what) => (what === "options" ? { ...CORS, "access-control-allow-headers": "Content-Type" } : CORS)) }),
    ["client/cors-missing error"],
    {
      and: (report) =>
        assert.match(
          report.findings.find(({ code }) => code === "client/cors-missing")?.detail ?? "",
          /^The answer to the preflight .* doesn't list Authorization/i,
        ),
    },
  ],
  [
    "client/cors-missing: the proxy answers preflights without the list that the homeserver has",
    setting({ api: clientApi((what) => (what === "options" ? ORIGIN : CORS)) }),
    ["client/cors-missing error"],
  ],
  ["not client/cors-missing: nobody has a list", setting({ api: clientApi(() => ORIGIN) }), []],
  ["client/cors-missing: preflights are refused", setting({ api: refusingOptions() }), ["client/cors-missing error"]],
  [
    "client/cors-doubled: the file, two fields",
    withFile(file({ "m.homeserver": { base_url: BASE } }, corsOf(["*", "*"]))[CLIENT_FILE]!),
    ["client/cors-doubled error"],
  ],
  [
    "client/cors-doubled: the file, a list",
    withFile(file({ "m.homeserver": { base_url: BASE } }, corsOf("*, *"))[CLIENT_FILE]!),
    ["client/cors-doubled error"],
  ],
  ["client/cors-doubled: the client API", setting({ api: clientApi(() => corsOf(["*", "*"])) }), ["client/cors-doubled error"]],
  [
    "client/cors-doubled: answers but not errors",
    setting({ api: clientApi((what) => (what === "get" ? corsOf(["*", "*"]) : CORS)) }),
    ["client/cors-doubled error"],
  ],
  [
    "client/content-type",
    withFile(file(JSON.stringify({ "m.homeserver": { base_url: BASE } }), { ...CORS, "content-type": "text/plain" })[CLIENT_FILE]!),
    ["client/content-type info"],
  ],

  [
    "client/versions: not forwarded",
    setting({ homeserver: { forwards: ["/_matrix/federation/", "/_matrix/key/"] } }),
    ["client/versions error"],
  ],
  ...(
    [
      [502, "502 Bad Gateway", "federation/upstream-down"],
      [404, "404 Not Found", "federation/not-routed"],
      [403, "403 Forbidden", "federation/forbidden"],
      [421, "421 Misdirected Request", "federation/http-status"],
    ] as const
  ).map(([status, title, cause]): Row => [
    `client/versions: ${status} for all of /_matrix is the federation's fault`,
    setting(nginxSays(status, title)),
    [`${cause} error`, `client/versions error < ${cause}`],
    { verdict: "fail", and: ({ findings }) => assert.deepEqual(findings.find(({ code }) => code === "client/versions")?.fix, []) },
  ]),
  [
    "client/versions: 404, where the federation gets 502, is a fault of its own",
    setting({ ...nginxSays(502, "502 Bad Gateway"), api: ended(404, {}, "<title>404</title>") }),
    ["federation/upstream-down error", "client/versions error"],
    { verdict: "fail" },
  ],
  [
    "client/versions: no versions",
    setting({ api: { ...clientApi(), "/_matrix/client/versions": { headers: CORS, body: { versions: "v1.1" } } } }),
    ["client/versions error"],
  ],
  ["client/versions: without CORS", setting({ api: clientApi(() => ({})) }), ["client/versions error"]],
  [
    "client/versions: only versions are forwarded",
    setting({ homeserver: { forwards: ["/_matrix/client/versions", "/_matrix/federation/", "/_matrix/key/"] } }),
    ["client/versions error"],
  ],

  [
    "client/unreachable: the base URL refuses",
    async (net) => {
      await setting({ base: "https://hs.example.org" })(net);
      net.publish("hs.example.org", { A: ["127.0.0.1"] });
      await net.closed("hs.example.org", 443);
    },
    ["client/unreachable error"],
  ],
  [
    "client/unreachable: the base URL is silent",
    async (net) => {
      await setting({ base: "https://hs.example.org" })(net);
      net.publish("hs.example.org", { A: ["127.0.0.1"] });
      await net.filtered("hs.example.org", 443);
    },
    ["client/unreachable error"],
    { options: TIMEOUT },
  ],
  [
    "client/unreachable: the base URL's host has no address",
    async (net) => {
      await setting({ base: "https://hs.example.org" })(net);
      net.publish("hs.example.org", {});
    },
    ["client/unreachable error"],
  ],
  ["client/tls: the base URL's certificate is expired", expired("hs.example.org"), ["client/tls error"]],
  [
    "client/tls: the base URL's certificate is self-signed",
    async (net) => {
      await anotherHost("hs.example.org", { tls: await selfSigned({ names: ["hs.example.org"] }) })(net);
    },
    ["client/tls error"],
  ],
  ["not client/tls: another host with a good one", anotherHost("hs.example.org"), []],

  // Where homeservers connect, too, it is one fault.
  [
    "client/tls follows from tls/expired: the same host and port",
    async (net) => setting({ homeserver: { tls: await expiredFor(net, "matrix.example.org") } })(net),
    ["tls/expired error", "client/tls error < tls/expired"],
  ],
  [
    "client/tls follows from tls/self-signed: the base URL in other letters",
    async (net) =>
      setting({ base: "https://Matrix.Example.org", homeserver: { tls: await selfSigned({ names: ["matrix.example.org"] }) } })(net),
    ["tls/self-signed error", "client/tls error < tls/self-signed"],
  ],
  [
    "client/tls follows from tls/plain-http",
    async (net) => setting({ homeserver: { tls: null } })(net),
    ["tls/plain-http error", "client/tls error < tls/plain-http"],
  ],
  [
    "client/tls doesn't follow from the certificate of another host",
    async (net) => {
      await expired("hs.example.org", { tls: await expiredFor(net, "matrix.example.org") })(net);
    },
    ["tls/expired error", "client/tls error"],
  ],
  [
    "client/unreachable follows from connect/refused",
    async (net) => {
      await net.web("example.org", { routes: { ...SERVER_FILE, ...clientFiles(BASE) } });
      net.publish("matrix.example.org", { A: ["127.0.0.1"] });
      await net.closed("matrix.example.org", 443);
    },
    ["connect/refused error", "client/unreachable error < connect/refused"],
  ],
  [
    "client/unreachable follows from address/none",
    async (net) => {
      await net.web("example.org", { routes: { ...SERVER_FILE, ...clientFiles(BASE) } });
      net.publish("matrix.example.org", {});
    },
    ["address/none error", "client/unreachable error < address/none"],
  ],
  [
    "client/tls follows from well-known/tls: the file of homeservers is there, too",
    async (net) => {
      await net.web("example.org", { routes: { ...SERVER_FILE, ...clientFiles(BASE) }, tls: await expiredFor(net, "example.org") });
      await net.homeserver("example.org", { host: "matrix.example.org", port: 443, routes: clientApi() });
      await net.closed("example.org", 8448);
    },
    ["well-known/tls error", "connect/refused error < well-known/tls", "client/tls error < well-known/tls"],
  ],
  [
    "client/tls doesn't follow from a warning",
    async (net) => {
      await net.web("example.org", { routes: { ...SERVER_FILE, ...clientFiles(BASE) }, tls: await expiredFor(net, "example.org") });
      await net.homeserver("example.org", { host: "example.org", port: 8448 });
      await net.web("matrix.example.org", { routes: clientApi() });
    },
    ["client/tls error", "well-known/tls warning"],
  ],
  [
    "client/unreachable follows from well-known/unreachable",
    async (net) => {
      net.publish("example.org", { A: ["127.0.0.1"] });
      await net.closed("example.org", 443);
      await net.closed("example.org", 8448);
    },
    ["well-known/unreachable error", "connect/refused error < well-known/unreachable", "client/unreachable error < well-known/unreachable"],
  ],

  [
    "client/auth: the issuer refuses",
    async (net) => {
      await setting({
        api: { ...clientApi(), "/_matrix/client/v1/auth_metadata": { headers: CORS, body: { issuer: "https://auth.example.org/" } } },
      })(net);
      net.publish("auth.example.org", { A: ["127.0.0.1"] });
      await net.closed("auth.example.org", 443);
    },
    ["client/auth warning"],
  ],
  [
    "client/auth: the file names an issuer without a document",
    async (net) => {
      await withFile(
        file({ "m.homeserver": { base_url: BASE }, "org.matrix.msc2965.authentication": { issuer: "https://auth.example.org/" } })[
          CLIENT_FILE
        ]!,
      )(net);
      await net.web("auth.example.org", {});
    },
    ["client/auth warning"],
  ],
  [
    "not client/auth: the issuer answers, and the homeserver has no login of its own",
    async (net) => {
      await setting({
        api: {
          ...clientApi(),
          "/_matrix/client/v3/login": { status: 404, headers: CORS, body: "<h1>no</h1>" },
          "/_matrix/client/v1/auth_metadata": { headers: CORS, body: { issuer: "https://auth.example.org/" } },
        },
      })(net);
      await net.web("auth.example.org", {
        routes: { "/.well-known/openid-configuration": { body: { issuer: "https://auth.example.org/" } } },
      });
    },
    [],
  ],

  ["client/support-missing", setting({ files: { [SUPPORT_FILE]: null } }), ["client/support-missing info"]],
  [
    "client/support-invalid: no contact",
    setting({ files: { [SUPPORT_FILE]: { headers: CORS, body: {} } } }),
    ["client/support-invalid warning"],
  ],
  [
    "client/support-invalid: a contact without a role",
    setting({ files: { [SUPPORT_FILE]: { headers: CORS, body: { contacts: [{ matrix_id: "@a:example.org" }] } } } }),
    ["client/support-invalid warning"],
  ],
  ["client/support-invalid: a page", setting({ files: { [SUPPORT_FILE]: page } }), ["client/support-invalid warning"]],
  [
    "not client/support-invalid: a page's URL alone",
    setting({ files: { [SUPPORT_FILE]: { headers: CORS, body: { support_page: "https://example.org/help" } } } }),
    [],
  ],
];

function prefixed(prefix: string): Record<string, Answer> {
  return Object.fromEntries(Object.entries(clientApi()).map(([path, answer]) => [`${prefix}${path}`, answer]));
}

function repeatingOrigin(): Record<string, Answer> {
  const api = clientApi();
  return Object.fromEntries(
    Object.entries(api).map(([path, answer]): [string, Answer] => [
      path,
      (request, response) => {
        const writeHead = response.writeHead.bind(response);
        response.writeHead = ((status: number, headers: Record<string, string>) =>
          writeHead(status, { ...headers, "access-control-allow-origin": request.headers.origin ?? "" })) as typeof response.writeHead;
        if (typeof answer === "function") return answer(request, response);
      },
    ]),
  );
}

function refusingOptions(): Record<string, Answer> {
  const api = clientApi();
  const versions = api["/_matrix/client/versions"];
  return {
    ...api,
    "/_matrix/client/versions": (request, response) => {
      if (request.method !== "OPTIONS" && typeof versions === "function") return versions(request, response);
      response.writeHead(405, CORS);
      response.end();
    },
  };
}

function redirected(headers: Record<string, string>): (net: Network) => Promise<void> {
  return async (net) => {
    await withFile({ status: 302, headers: { ...headers, location: `https://www.example.org${CLIENT_FILE}` } })(net);
    await net.web("www.example.org", { routes: clientFiles(BASE) });
  };
}

/** Another host for clients, and the homeserver with `homeserver`. */
function expired(host: string, homeserver: Partial<HomeserverOptions> = {}): (net: Network) => Promise<void> {
  return async (net) => {
    await setting({ base: `https://${host}`, homeserver })(net);
    await net.web(host, { routes: clientApi(), tls: await expiredFor(net, host) });
  };
}

function expiredFor(net: Network, host: string): ReturnType<Network["issuer"]["issue"]> {
  return net.issuer.issue({ names: [host], notBefore: new Date(Date.now() - 90 * DAY), notAfter: new Date(Date.now() - 5 * DAY) });
}

const verdictOf = (finds: readonly string[]): Scenario["verdict"] =>
  finds.some((each) => each.includes(" error")) ? "fail" : finds.some((each) => each.endsWith(" warning")) ? "warn" : "pass";

run(
  ROWS.map(([title, network, finds, more = {}]) => ({
    title: `--client: ${title}`,
    network,
    finds,
    verdict: verdictOf(finds),
    ...more,
    options: { client: true, ...more.options },
    async and(report, net) {
      assert.ok(report.facts.client !== undefined);
      assert.equal(factsProblem(JSON.parse(JSON.stringify(report.facts))), null, "recorded facts are read again");
      if (finds.every((each) => each.startsWith("client/"))) {
        assert.deepEqual(
          [...new Set(report.reach.map(({ reaches }) => reaches))].filter((each) => each === "no" || each === "sometimes"),
          [],
        );
        assert.deepEqual(
          report.steps.filter(({ status }) => status === "fail"),
          [],
        );
        if (verdictOf(finds) === "fail") assert.match(report.summary, /^Federation works for example\.org\. Clients have trouble/);
      }
      await more.and?.(report, net);
    },
  })),
);
run([
  {
    title: "without --client nobody is asked for it",
    network: setting({ files: { [CLIENT_FILE]: page } }),
    finds: [],
    verdict: "pass",
    and: (report) => assert.equal(report.facts.client, undefined),
  },
]);
