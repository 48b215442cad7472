// The lab's web server and homeserver, seen through the real TLS and HTTP clients: every fault that scenarios are built from really
// happens.
import assert from "node:assert/strict";
import { connect as connectHttp2 } from "node:http2";
import { describe, test } from "node:test";
import { createHttpClient } from "../../src/net/http.ts";
import type { ConnectOptions, HttpResult } from "../../src/net/io.ts";
import { createTlsClient } from "../../src/net/tls.ts";
import { createTrustStore } from "../../src/net/trust.ts";
import { createAuthority } from "../lab/certificates.ts";
import { KEYS_PATH, startHomeserver, VERSION_PATH, WELL_KNOWN_PATH, type HomeserverOptions } from "../lab/homeserver.ts";
import { redirect, startWebServer, tlsAlert, type WebServer, type WebServerOptions } from "../lab/web-server.ts";

const NAME = "example.test";
const EVENT_PATH = "/_matrix/federation/v1/event/%24a%2Fb";
const never = new AbortController().signal;
const root = await createAuthority();
const [site, other] = await Promise.all([root.issue({ names: [NAME] }), root.issue({ names: ["other.test"] })]);
const tls = createTlsClient({ timeoutMs: 20_000, trust: createTrustStore({ extraPems: [root.pem] }) });

interface KeyResponse {
  server_name: string;
  valid_until_ts: number;
  signatures: Record<string, Record<string, string>>;
}

async function ask(server: WebServer, path: string, host = NAME): Promise<HttpResult> {
  const connection = await tls.connect({ address: server.address, port: server.port, servername: NAME }, never);
  return createHttpClient({ timeoutMs: 20_000 }).request(connection, { path, host, maxBytes: 100_000 }, never);
}

function summary({ outcome, body }: HttpResult): string {
  if (outcome.status !== "done") return outcome.status === "failed" ? outcome.error.code : outcome.status;
  const { status, headers, matrixError } = outcome.value;
  return [
    status,
    headers["content-type"] ?? "-",
    matrixError?.errcode ?? (body.length > 60 ? `${body.length} bytes` : body.toString()),
  ].join(" ");
}

describe("the homeserver", () => {
  const VERSION = '200 application/json {"server":{"name":"Synapse","version":"1.152.0"}}';
  const cases: { name: string; options?: Partial<HomeserverOptions>; path: string; host?: string; gives: string | RegExp }[] = [
    { name: "its version", path: VERSION_PATH, gives: VERSION },
    { name: "its keys", path: KEYS_PATH, gives: /^200 application\/json \d+ bytes$/ },
    { name: "an event", path: EVENT_PATH, gives: "401 application/json M_UNAUTHORIZED" },
    { name: "something else", path: "/_matrix/federation/v2/x", gives: "404 application/json M_UNRECOGNIZED" },
    { name: "no well-known", path: WELL_KNOWN_PATH, gives: "404 text/html <html><body><h1>404 Not Found</h1></body></html>" },
    {
      name: "a well-known",
      options: { delegatesTo: "hs.example.test:443" },
      path: WELL_KNOWN_PATH,
      gives: '200 application/json {"m.server":"hs.example.test:443"}',
    },
    { name: "another well-known", options: { wellKnown: { status: 503, body: "no" } }, path: WELL_KNOWN_PATH, gives: "503 - no" },
    {
      name: "a broken version",
      options: { version: { status: 502, headers: { "content-type": "text/html" }, body: "bad" } },
      path: VERSION_PATH,
      gives: "502 text/html bad",
    },
    {
      name: "the right version with another type",
      options: { version: { headers: { "content-type": "text/plain" } } },
      path: VERSION_PATH,
      gives: VERSION.replace("application/json", "text/plain"),
    },
    { name: "a version that resets", options: { version: "reset" }, path: VERSION_PATH, gives: "reset" },
    {
      name: "keys of another type",
      options: { keys: { contentType: "text/plain" } },
      path: KEYS_PATH,
      gives: /^200 text\/plain \d+ bytes$/,
    },
    { name: "keys of no type", options: { keys: { contentType: null } }, path: KEYS_PATH, gives: /^200 - \d+ bytes$/ },
    {
      name: "keys with another body",
      options: { keys: { status: 404, body: "gone" } },
      path: KEYS_PATH,
      gives: "404 application/json gone",
    },
    { name: "keys that are closed", options: { keys: "close" }, path: KEYS_PATH, gives: "closed" },
    { name: "a proxy that decodes", options: { decodesPath: true }, path: EVENT_PATH, gives: /^404 text\/html \d+ bytes$/ },
    { name: "a proxy that decodes, without need", options: { decodesPath: true }, path: VERSION_PATH, gives: VERSION },
    { name: "a proxy that forwards it", options: { forwards: ["/_matrix/federation/"] }, path: VERSION_PATH, gives: VERSION },
    {
      name: "a proxy that doesn't forward it",
      options: { forwards: ["/_matrix/federation/"] },
      path: KEYS_PATH,
      gives: /^404 text\/html \d+ bytes$/,
    },
    { name: "the right Host", options: { hosts: [NAME] }, path: VERSION_PATH, gives: VERSION },
    { name: "the Host with a port", options: { hosts: [NAME] }, path: VERSION_PATH, host: `${NAME}:8448`, gives: /^404 text\/html/ },
    {
      name: "421 for a wrong Host",
      options: { hosts: ["x"], otherHost: { status: 421, body: "misdirected" } },
      path: VERSION_PATH,
      gives: "421 - misdirected",
    },
    { name: "an added path", options: { routes: { "/x": { body: "y" } } }, path: "/x?q", gives: "200 - y" },
    {
      name: "a path that is replaced",
      options: { routes: { "/_matrix/*": { status: 403, body: "no" } } },
      path: "/_matrix/x",
      gives: "403 - no",
    },
  ];
  for (const { name, options, path, host, gives } of cases) {
    test(name, async () => {
      const server = await startHomeserver({ serverName: NAME, ...site, ...options });
      try {
        const got = summary(await ask(server, path, host));
        if (typeof gives === "string") assert.equal(got, gives);
        else assert.match(got, gives);
        assert.equal(server.requests.length, 1);
      } finally {
        await server.close();
      }
    });
  }

  test("signs its keys, wrongly if asked to", async () => {
    const right = await startHomeserver({ serverName: NAME, ...site });
    const expired = await startHomeserver({ serverName: NAME, ...site, keys: { response: { validUntil: 1, serverName: "x" } } });
    try {
      const [a, b] = (await Promise.all(
        [right, expired].map(async (server) => JSON.parse((await ask(server, KEYS_PATH)).body.toString()) as KeyResponse),
      )) as [KeyResponse, KeyResponse];
      assert.equal(a.server_name, NAME);
      assert.deepEqual(Object.keys(a.signatures[NAME] ?? {}), [right.signer.keyId]);
      assert.ok(a.valid_until_ts > Date.now());
      assert.equal(b.valid_until_ts, 1);
      assert.equal(b.server_name, "x");
    } finally {
      await Promise.all([right.close(), expired.close()]);
    }
  });
});

describe("the web server, before HTTP", () => {
  const cases: { name: string; server: WebServerOptions; connect?: Partial<ConnectOptions>; gives: string }[] = [
    { name: "TLS 1.3", server: {}, gives: "TLSv1.3 null CN=example.test" },
    { name: "TLS 1.2 at most", server: { maxVersion: "TLSv1.2" }, gives: "TLSv1.2 null CN=example.test" },
    { name: "TLS 1.1 at most", server: { minVersion: "TLSv1", maxVersion: "TLSv1.1" }, gives: "tls-alert protocol_version" },
    {
      name: "TLS 1.3 at least",
      server: { minVersion: "TLSv1.3" },
      connect: { maxVersion: "TLSv1.2" },
      gives: "tls-alert protocol_version",
    },
    {
      name: "a certificate by SNI",
      server: { tls: (sni) => (sni === "other.test" ? other : site) },
      connect: { servername: "other.test" },
      gives: "TLSv1.3 null CN=other.test",
    },
    {
      name: "the default certificate without SNI",
      server: { tls: (sni) => (sni === null ? other : site) },
      connect: { servername: null },
      gives: "TLSv1.3 null CN=other.test",
    },
    { name: "no HTTP/2", server: {}, connect: { alpn: ["h2", "http/1.1"] }, gives: "TLSv1.3 http/1.1 CN=example.test" },
    { name: "only HTTP/2", server: { alpn: ["h2"] }, connect: { alpn: ["h2", "http/1.1"] }, gives: "TLSv1.3 h2 CN=example.test" },
    {
      name: "only HTTP/2, asked for the other",
      server: { alpn: ["h2"] },
      connect: { alpn: ["http/1.1"] },
      gives: "tls-alert no_application_protocol",
    },
    { name: "an alert", server: { onAccept: tlsAlert(112) }, gives: "tls-alert unrecognized_name" },
    { name: "reset", server: { onAccept: "reset" }, gives: "reset" },
    { name: "close", server: { onAccept: "close" }, gives: "closed" },
    { name: "SSH", server: { onAccept: { raw: "SSH-2.0-x\r\n", speaksFirst: true } }, gives: "not-tls" },
    { name: "plain HTTP", server: { tls: null }, gives: "plain-http" },
  ];
  for (const { name, server: options, connect, gives } of cases) {
    test(name, async () => {
      const server = await startWebServer({ tls: site, ...options });
      try {
        const connection = await tls.connect({ address: server.address, port: server.port, servername: NAME, ...connect }, never);
        connection.close();
        const { alpnProtocol } = connection;
        const outcome = connection.facts.tls;
        const got =
          outcome.status === "done"
            ? `${outcome.value.protocol} ${alpnProtocol} ${outcome.value.chain[0].subject}`
            : outcome.status === "failed"
              ? [outcome.error.code, outcome.error.alert].filter((part) => part !== undefined).join(" ")
              : outcome.status;
        assert.equal(got, gives, JSON.stringify(outcome));
      } finally {
        await server.close();
      }
    });
  }

  test("stalls before TLS until it is closed", async () => {
    const server = await startWebServer({ tls: site, onAccept: "stall" });
    const { facts } = await createTlsClient({ timeoutMs: 100, trust: createTrustStore({ extraPems: [] }) }).connect(
      { address: server.address, port: server.port, servername: NAME },
      never,
    );
    await server.close();
    assert.ok(facts.tcp.status === "done" && facts.tls.status === "failed" && facts.tls.error.code === "timeout", JSON.stringify(facts));
    assert.deepEqual([server.accepted, server.open, server.requests.length], [1, 0, 0]);
  });
});

test("HTTP/2 is really spoken", async () => {
  const server = await startWebServer({ tls: site, alpn: ["h2"], routes: { "/x": { body: "over h2" } } });
  const session = connectHttp2(`https://${server.address}:${server.port}`, { rejectUnauthorized: false, servername: NAME });
  try {
    const stream = session.request({ ":path": "/x" });
    let text = "";
    for await (const chunk of stream) text += String(chunk);
    assert.equal(text, "over h2");
    assert.equal(server.requests[0]?.alpn, "h2");
  } finally {
    session.destroy();
    await server.close();
  }
});

test("delays add up like round trips", async () => {
  const server = await startWebServer({ tls: site, fallback: { body: "x" }, delays: { connectMs: 30, handshakeMs: 30, responseMs: 30 } });
  try {
    const started = performance.now();
    assert.equal(summary(await ask(server, "/")), "200 - x");
    assert.ok(performance.now() - started >= 88); // timers may be a millisecond early
  } finally {
    await server.close();
  }
});

test("redirects, IPv6, and a close in the middle of everything", async () => {
  const server = await startWebServer({
    tls: site,
    address: "::1",
    routes: { "/loop": redirect("/loop", 308), "/drip": { body: Buffer.alloc(1000), dripMs: 5 } },
  });
  const looped = await ask(server, "/loop");
  assert.ok(
    looped.outcome.status === "done" && looped.outcome.value.headers["location"] === "/loop" && looped.outcome.value.status === 308,
  );
  const asking = ask(server, "/drip");
  while (server.requests.length < 2) await new Promise((turn) => setImmediate(turn));
  await server.close();
  assert.match(summary(await asking), /^(closed|reset)$/);
  assert.equal(server.requests[1]?.localAddress, "::1");
});
