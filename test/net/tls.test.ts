import assert from "node:assert/strict";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { describe, test, type TestContext } from "node:test";
import * as tls from "node:tls";
import http from "node:http";
import { X509Certificate } from "node:crypto";
import { Client } from "undici";
import type { NetErrorCode } from "../../src/facts/facts.ts";
import type { ConnectOptions, Connection, FurtherConnection } from "../../src/net/io.ts";
import { sourceAddressFor } from "../../src/net/routes.ts";
import { chosenProtocol } from "../../src/net/tls-old-hello.ts";
import { createTlsClient } from "../../src/net/tls.ts";
import { readUnorderedChain } from "../../src/net/tls-unordered-chain.ts";
import { createTrustStore } from "../../src/net/trust.ts";
import { createAuthority, selfSigned } from "../lab/certificates.ts";

const never = new AbortController().signal;
const root = await createAuthority();
const ca = await root.intermediate();
const site = await ca.issue({ names: ["example.test", "127.0.0.1"] });
const other = await ca.issue({ names: ["other.test"] });
const unknown = await selfSigned({ names: ["example.test"] });
const trust = createTrustStore({ extraPems: [root.pem] });
const client = createTlsClient({ timeoutMs: 5_000, trust });
const sparing = createTlsClient({ timeoutMs: 5_000, trust, spare: true });

/** Listens on loopback until the test is over; connections that are still open then are cut. */
async function listen(t: TestContext, server: Server): Promise<number> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.on("close", () => sockets.delete(socket));
  });
  server.on("tlsClientError", () => undefined);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

async function connect(t: TestContext, server: Server, options: Partial<ConnectOptions> = {}, via = client): Promise<Connection> {
  const port = await listen(t, server);
  const connection = await via.connect({ address: "127.0.0.1", port, servername: "example.test", ...options }, never);
  t.after(() => connection.close());
  return connection;
}

/** Without what is of one connection only. */
function timeless(facts: Connection["facts"]): unknown {
  return JSON.parse(JSON.stringify(facts, (key, value: unknown) => (["ms", "localAddress"].includes(key) ? undefined : value)));
}

const tlsServer = (options: tls.TlsOptions = {}): tls.Server =>
  tls.createServer({ key: site.key, cert: site.chain, ...options }, (socket) => socket.on("error", () => undefined));
const plain = (onConnection: (socket: Socket) => void): Server => createServer(onConnection);

function doneTls(connection: Connection) {
  assert.equal(connection.facts.tls.status, "done", JSON.stringify(connection.facts.tls));
  return connection.facts.tls.status === "done" ? connection.facts.tls.value : assert.fail();
}

function failedTls(connection: Connection) {
  assert.equal(connection.facts.tcp.status, "done", JSON.stringify(connection.facts.tcp));
  assert.equal(connection.facts.tls.status, "failed", JSON.stringify(connection.facts.tls));
  assert.equal(connection.socket, null);
  return connection.facts.tls.status === "failed" ? connection.facts.tls.error : assert.fail();
}

const sha256 = (pem: string): string => new X509Certificate(pem).fingerprint256.replaceAll(":", "").toLowerCase();
const sentBy = (connection: Connection): string[] => doneTls(connection).chain.map((certificate) => certificate.sha256);

describe("where the processor is spared the same is seen", () => {
  const asked = { requestCert: true, rejectUnauthorized: false };
  const servers: Record<string, () => Server> = {
    "TLS 1.3 AES-128": () => tlsServer({ ciphers: "TLS_AES_128_GCM_SHA256" }),
    "TLS 1.3 AES-256": () => tlsServer({ ciphers: "TLS_AES_256_GCM_SHA384" }),
    "TLS 1.3 ChaCha20": () => tlsServer({ ciphers: "TLS_CHACHA20_POLY1305_SHA256" }),
    "TLS 1.3 after a HelloRetryRequest": () => tlsServer({ ecdhCurve: "P-384" }),
    "TLS 1.3 that asks for a client certificate": () => tlsServer(asked),
    "TLS 1.3 that demands one": () => tlsServer({ requestCert: true, rejectUnauthorized: true }),
    "TLS 1.2 AES-128": () => tlsServer({ maxVersion: "TLSv1.2", ciphers: "ECDHE-ECDSA-AES128-GCM-SHA256" }),
    "TLS 1.2 ChaCha20": () => tlsServer({ maxVersion: "TLSv1.2", ciphers: "ECDHE-ECDSA-CHACHA20-POLY1305" }),
    "TLS 1.2 with CBC": () => tlsServer({ maxVersion: "TLSv1.2", ciphers: "ECDHE-ECDSA-AES128-SHA" }),
    "TLS 1.2 with P-256": () => tlsServer({ maxVersion: "TLSv1.2", ecdhCurve: "P-256" }),
    "TLS 1.2 with P-384": () => tlsServer({ maxVersion: "TLSv1.2", ecdhCurve: "P-384" }),
    "TLS 1.2 with P-521": () => tlsServer({ maxVersion: "TLSv1.2", ecdhCurve: "P-521" }),
    "TLS 1.2 that asks for a client certificate": () => tlsServer({ ...asked, maxVersion: "TLSv1.2" }),
    "TLS 1.2 that demands one": () => tlsServer({ requestCert: true, rejectUnauthorized: true, maxVersion: "TLSv1.2" }),
    "TLS 1.1": () => tlsServer({ maxVersion: "TLSv1.1", minVersion: "TLSv1", ciphers: "ALL@SECLEVEL=0" }),
    "without the intermediate": () => tlsServer({ cert: site.cert }),
    "with the root": () => tlsServer({ cert: [site.chain, root.pem].join("\n") }),
    "with strays, out of order and twice": () =>
      tlsServer({ cert: [site.cert, root.pem, other.cert, ca.pem, ca.pem, site.cert].join("\n") }),
    "for another name": () => tlsServer({ key: other.key, cert: other.chain }),
    "self-signed": () => tlsServer({ key: unknown.key, cert: unknown.cert }),
    "no cipher suite in common": () => tlsServer({ maxVersion: "TLSv1.2", ciphers: "ECDHE-RSA-AES128-GCM-SHA256" }),
    SSH: () => plain((socket) => socket.end("SSH-2.0-OpenSSH_9.2p1\r\n")),
    HTTP: () => plain((socket) => socket.end("HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n")),
    "closed at once": () => plain((socket) => socket.end()),
    "closed when it has read": () => plain((socket) => socket.once("data", () => socket.end())),
    "reset when it has read": () => plain((socket) => socket.once("data", () => socket.resetAndDestroy())),
    "an alert in clear": () => plain((socket) => socket.once("data", () => socket.end(Buffer.of(21, 3, 3, 0, 2, 2, 112)))),
    "random bytes": () => plain((socket) => socket.once("data", () => socket.end(Buffer.alloc(40, 0xa5)))),
  };
  for (const [name, start] of Object.entries(servers)) {
    test(name, async (t) => {
      const port = await listen(t, start());
      const to = { address: "127.0.0.1", port, servername: "example.test" };
      const [alone, spared] = await Promise.all([client, sparing].map((each) => each.connect(to, never)));
      t.after(() => [alone, spared].forEach((each) => each?.close()));
      assert.ok(alone !== undefined && spared !== undefined);
      assert.deepEqual(timeless(spared.facts), timeless(alone.facts));
      assert.equal(spared.socket === null, alone.socket === null);
    });
  }

  test("a healthy server is connected to once", async (t) => {
    for (const maxVersion of ["TLSv1.2", "TLSv1.3"] as const) {
      const server = tlsServer({ maxVersion });
      let connections = 0;
      server.on("connection", () => connections++);
      doneTls(await connect(t, server, {}, sparing));
      assert.equal(connections, 1);
    }
  });
});

describe("a handshake that works", () => {
  const versions: [string, tls.TlsOptions, Partial<ConnectOptions>, string, string][] = [
    ["TLS 1.3 AES-128", { ciphers: "TLS_AES_128_GCM_SHA256" }, {}, "TLSv1.3", "TLS_AES_128_GCM_SHA256"],
    ["TLS 1.3 AES-256", { ciphers: "TLS_AES_256_GCM_SHA384" }, {}, "TLSv1.3", "TLS_AES_256_GCM_SHA384"],
    ["TLS 1.3 ChaCha20", { ciphers: "TLS_CHACHA20_POLY1305_SHA256" }, {}, "TLSv1.3", "TLS_CHACHA20_POLY1305_SHA256"],
    [
      "TLS 1.3 after a HelloRetryRequest",
      { ecdhCurve: "P-384", ciphers: "TLS_AES_128_GCM_SHA256" },
      {},
      "TLSv1.3",
      "TLS_AES_128_GCM_SHA256",
    ],
    [
      "TLS 1.2",
      { maxVersion: "TLSv1.2", ciphers: "ECDHE-ECDSA-AES128-GCM-SHA256" },
      {},
      "TLSv1.2",
      "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
    ],
    [
      "TLS 1.2 because the client wants no more",
      { ciphers: "ECDHE-ECDSA-AES128-GCM-SHA256" },
      { maxVersion: "TLSv1.2" },
      "TLSv1.2",
      "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
    ],
  ];
  for (const [name, serverOptions, options, protocol, cipher] of versions) {
    test(`${name}: protocol, cipher and the sent chain`, async (t) => {
      const connection = await connect(t, tlsServer(serverOptions), options);
      const facts = doneTls(connection);
      assert.equal(facts.protocol, protocol);
      assert.equal(facts.cipher, cipher);
      assert.deepEqual(sentBy(connection), [sha256(site.cert), sha256(ca.pem)]);
      assert.deepEqual(facts.trust, { anchor: "CN=Lab Root", path: [0, 1], strays: [], inOrder: true, verifyError: null });
      assert.deepEqual([connection.facts.address, connection.facts.family], ["127.0.0.1", 4]);
      assert.equal(connection.alpnProtocol, null);
    });
  }

  test("the chain doesn't depend on what this side knows: an intermediate in the local store isn't added", async (t) => {
    const knowing = createTlsClient({ timeoutMs: 5_000, trust: createTrustStore({ extraPems: [root.pem + ca.pem] }) });
    for (const maxVersion of ["TLSv1.2", "TLSv1.3"] as const) {
      const connection = await connect(t, tlsServer({ cert: site.cert, maxVersion }), {}, knowing);
      assert.deepEqual(sentBy(connection), [sha256(site.cert)]);
    }
  });

  test("a chain of 60 KB, over many records", async (t) => {
    const names = Array.from({ length: 1_000 }, (_, index) => `host-${index}.a-rather-long-name-to-fill-the-records.test`);
    const big = await ca.issue({ names });
    for (const maxVersion of ["TLSv1.2", "TLSv1.3"] as const) {
      const connection = await connect(t, tlsServer({ key: big.key, cert: big.chain, maxVersion }));
      assert.deepEqual(sentBy(connection), [sha256(big.cert), sha256(ca.pem)]);
      assert.deepEqual(doneTls(connection).chain[0].dnsNames, names);
    }
  });

  const alpn: [string, string[] | undefined, string[], string | null][] = [
    ["none is offered by default", undefined, ["h2", "http/1.1"], null],
    ["the server chooses from what is offered", ["h2", "http/1.1"], ["h2"], "h2"],
  ];
  for (const [name, offered, supported, chosen] of alpn) {
    test(`ALPN: ${name}`, async (t) => {
      const connection = await connect(t, tlsServer({ ALPNProtocols: supported }), offered === undefined ? {} : { alpn: offered });
      assert.equal(connection.alpnProtocol, chosen);
    });
  }

  test("SNI is sent for a name and not for an address", async (t) => {
    const seen: (string | false | null)[] = [];
    for (const servername of ["other.test", null, "127.0.0.1"]) {
      const server = tlsServer({
        SNICallback: (_name, done) => done(null, tls.createSecureContext({ key: other.key, cert: other.chain })),
      });
      const connected = new Promise<void>((resolve) =>
        server.on("secureConnection", (socket: tls.TLSSocket & { servername: string | false | null }) =>
          resolve(void seen.push(socket.servername)),
        ),
      );
      const connection = await connect(t, server, { servername });
      assert.deepEqual(sentBy(connection)[0], sha256(servername === "other.test" ? other.cert : site.cert));
      await connected;
    }
    assert.deepEqual(seen, ["other.test", false, false]);
  });

  test("when the bytes can't be read, Node's chain serves, without the roots that it added", async (t) => {
    const connection = await connect(t, tlsServer());
    assert.deepEqual(readUnorderedChain(connection.socket ?? assert.fail()), [site.der, ca.der]);
  });

  test("no session is used again: every handshake shows the certificates", async (t) => {
    const server = tlsServer();
    const port = await listen(t, server);
    for (let attempt = 0; attempt < 3; attempt += 1) {
      const connection = await client.connect({ address: "127.0.0.1", port, servername: "example.test" }, never);
      assert.equal(connection.socket?.isSessionReused(), false);
      assert.equal(sentBy(connection).length, 2);
      connection.close();
    }
  });

  test("OpenSSL's complaint is quoted; it is never about the name", async (t) => {
    const expired = await ca.issue({ names: ["nobody.test"], notBefore: new Date("2020-01-01"), notAfter: new Date("2020-02-01") });
    assert.equal(doneTls(await connect(t, tlsServer({ key: expired.key, cert: expired.chain }))).trust.verifyError, "CERT_HAS_EXPIRED");
    assert.equal(doneTls(await connect(t, tlsServer({ key: other.key, cert: other.chain }))).trust.verifyError, null);
  });
});

describe("the socket afterwards", () => {
  const body = "x".repeat(300_000);
  const web = (): tls.Server => {
    const handler = http.createServer((_request, response) => response.end(body));
    return tls.createServer({ key: site.key, cert: site.chain }, (socket) => handler.emit("connection", socket));
  };

  test("carries HTTP for undici", async (t) => {
    const connection = await connect(t, web());
    const socket = connection.socket ?? assert.fail();
    // undici hangs when its connector answers at once.
    const http1 = new Client("https://example.test", { connect: (_options, done) => queueMicrotask(() => done(null, socket)) });
    const response = await http1.request({ method: "GET", path: "/" });
    assert.equal(response.statusCode, 200);
    assert.equal(await response.body.text(), body);
    await http1.destroy();
  });

  test("carries HTTP for node:http", async (t) => {
    const connection = await connect(t, web());
    const text = await new Promise<string>((resolve, reject) => {
      const request = http.get({ host: "example.test", createConnection: () => connection.socket ?? assert.fail() }, (response) => {
        let received = "";
        response
          .setEncoding("utf8")
          .on("data", (chunk: string) => (received += chunk))
          .on("end", () => resolve(received));
      });
      request.on("error", reject);
    });
    assert.equal(text, body);
  });

  test("close() ends the connection at both ends, and may be called twice", async (t) => {
    const server = tlsServer();
    const closed = new Promise<void>((resolve) => server.on("connection", (socket: Socket) => socket.on("close", () => resolve())));
    const connection = await connect(t, server);
    connection.close();
    connection.close();
    await closed;
    assert.equal(connection.socket?.destroyed, true);
  });

  test("a reset later is no uncaught exception, and shows as ECONNRESET", async (t) => {
    const server = tlsServer();
    const raw = new Promise<Socket>((resolve) => server.on("connection", resolve));
    const connection = await connect(t, server);
    const error = new Promise<Error & { code?: string }>((resolve) => connection.socket?.once("error", resolve));
    (await raw).resetAndDestroy();
    connection.socket?.resume();
    assert.equal((await error).code, "ECONNRESET");
  });

  test("a certificate that the server wants from the client is not an exception either", async (t) => {
    const server = tlsServer({ requestCert: true, rejectUnauthorized: true });
    const connection = await connect(t, server);
    const error = new Promise<Error & { code?: string }>((resolve) => connection.socket?.once("error", resolve));
    connection.socket?.resume();
    assert.match((await error).message, /alert/);
  });
});

describe("a handshake that fails", () => {
  const alertBytes = (description: number): Buffer => Buffer.of(21, 3, 3, 0, 2, 2, description);
  const failures: [string, () => Server, NetErrorCode, { alert?: string; excerpt?: string; message?: RegExp }][] = [
    [
      "an HTTP server",
      () => http.createServer((_request, response) => response.end()),
      "plain-http",
      { excerpt: "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n" },
    ],
    [
      "an error page without a status line",
      () => plain((socket) => socket.end("<!DOCTYPE HTML>\n<html>bad request</html>")),
      "plain-http",
      { excerpt: "<!DOCTYPE HTML>\n<html>bad request</html>" },
    ],
    ["a bare status text", () => plain((socket) => socket.end("400 Bad Request")), "plain-http", { excerpt: "400 Bad Request" }],
    [
      "an SSH server",
      () => plain((socket) => void socket.write("SSH-2.0-OpenSSH_9.6\r\n")),
      "not-tls",
      { excerpt: "SSH-2.0-OpenSSH_9.6\r\n" },
    ],
    ["a binary protocol", () => plain((socket) => void socket.write(Buffer.alloc(500, 0xff))), "not-tls", { excerpt: "\xff".repeat(120) }],
    ["a banner of three bytes, then nothing", () => plain((socket) => void socket.write("hi!")), "not-tls", { excerpt: "hi!" }],
    [
      "an alert: strict SNI",
      () => plain((socket) => socket.once("data", () => socket.end(alertBytes(112)))),
      "tls-alert",
      { alert: "unrecognized_name" },
    ],
    [
      "an alert, then RST",
      () => plain((socket) => socket.once("data", () => socket.write(alertBytes(40), () => socket.resetAndDestroy()))),
      "tls-alert",
      { alert: "handshake_failure" },
    ],
    [
      "an alert that nobody knows",
      () => plain((socket) => socket.once("data", () => socket.end(alertBytes(200)))),
      "tls-alert",
      { alert: "alert 200" },
    ],
    [
      "no common version",
      () => tlsServer({ minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "DEFAULT@SECLEVEL=0" }),
      "tls-alert",
      { alert: "protocol_version" },
    ],
    [
      "no common cipher",
      () => tlsServer({ maxVersion: "TLSv1.2", ciphers: "ECDHE-RSA-AES128-GCM-SHA256" }),
      "tls-alert",
      { alert: "handshake_failure" },
    ],
    [
      "a version that is too old, answered all the same",
      () => plain((socket) => socket.once("data", () => socket.write(serverHello(0x0302)))),
      "tls",
      { message: /unsupported protocol/ },
    ],
    [
      "a close without a word",
      () => plain((socket) => socket.once("data", () => socket.end())),
      "closed",
      { message: /before it had answered/ },
    ],
    ["a close at once", () => plain((socket) => void socket.end()), "closed", {}],
    [
      "a close in the middle",
      () => plain((socket) => socket.once("data", () => socket.end(serverHello(0x0303)))),
      "closed",
      { message: /in the middle/ },
    ],
    ["RST", () => plain((socket) => socket.once("data", () => socket.resetAndDestroy())), "reset", {}],
    [
      "garbage in a TLS record",
      () => plain((socket) => socket.once("data", () => socket.write(Buffer.concat([Buffer.of(22, 3, 3, 0, 9), Buffer.alloc(9, 7)])))),
      "tls",
      {},
    ],
    ["silence", () => plain(() => undefined), "timeout", { message: /0\.3 s/ }],
    [
      "half a handshake, then silence",
      () => plain((socket) => socket.once("data", () => socket.write(serverHello(0x0303)))),
      "timeout",
      {},
    ],
  ];
  const patient = createTlsClient({ timeoutMs: 300, trust });
  for (const [name, server, code, expected] of failures) {
    test(name, async (t) => {
      const error = failedTls(await connect(t, server(), {}, patient));
      assert.equal(error.code, code, JSON.stringify(error));
      assert.equal(error.alert, expected.alert);
      assert.equal(error.excerpt, expected.excerpt);
      if (expected.message !== undefined) assert.match(error.message, expected.message);
    });
  }

  test("a flood is cut off at 256 KB", async (t) => {
    // HelloRequests (RFC 5246, 7.4.1.1) are skipped by OpenSSL without end.
    const records = Buffer.concat(Array.from({ length: 2_000 }, () => Buffer.of(22, 3, 3, 0, 4, 0, 0, 0, 0)));
    let closed: Promise<unknown> = Promise.reject(new Error("no connection"));
    closed.catch(() => undefined);
    const server = plain((socket) => {
      closed = new Promise((resolve) => socket.on("close", resolve));
      const flood = (): void => {
        while (!socket.destroyed && socket.write(records));
      };
      socket.on("drain", flood);
      socket.once("data", flood);
    });
    const error = failedTls(await connect(t, server));
    assert.equal(error.code, "tls", JSON.stringify(error));
    assert.match(error.message, /256 KB/);
    await closed;
  });

  for (const maxVersion of ["TLSv1.2", "TLSv1.3"] as const) {
    test(`what a connection says can be asked after its end, too: ${maxVersion}`, async (t) => {
      const connection = await connect(t, tlsServer({ maxVersion }));
      const early = { ...(await connect(t, tlsServer({ maxVersion }))).facts };
      connection.close();
      await new Promise((closed) => connection.socket?.once("close", closed));
      const { tls: late } = connection.facts;
      assert.deepEqual({ ...late, ms: 0 }, { ...early.tls, ms: 0 });
      assert.equal(connection.facts.tls, late);
      assert.equal(late.status === "done" ? late.value.protocol : late.status, maxVersion);
    });
  }

  test("a flood is cut off where it isn't read along, too", async (t) => {
    const records = Buffer.concat(Array.from({ length: 2_000 }, () => Buffer.of(22, 3, 3, 0, 4, 0, 0, 0, 0)));
    let open = 0;
    const server = plain((socket) => {
      open++;
      socket.on("close", () => open--);
      const flood = (): void => {
        while (!socket.destroyed && socket.write(records));
      };
      socket.on("drain", flood);
      socket.once("data", flood);
    });
    const port = await listen(t, server);
    const patient = createTlsClient({ timeoutMs: 60_000, trust });
    const { facts, socket } = await patient.connectFurther({ address: "127.0.0.1", port, servername: "example.test" }, never);
    assert.equal(socket, null);
    assert.match(facts.tls.status === "failed" ? facts.tls.error.message : facts.tls.status, /256 KB/);
  });

  const further: [string, () => Server, Partial<ConnectOptions>?][] = [
    ["TLS 1.3", () => tlsServer()],
    ["TLS 1.2", () => tlsServer({ maxVersion: "TLSv1.2" })],
    ["the older one of two versions", () => tlsServer(), { maxVersion: "TLSv1.2" }],
    ["ALPN", () => tlsServer({ ALPNProtocols: ["h2"] }), { alpn: ["h2", "http/1.1"] }],
    ["an IP address", () => tlsServer(), { servername: "127.0.0.1" }],
    ["a certificate of nobody", () => tlsServer({ key: unknown.key, cert: unknown.cert })],
    ["no TLS 1.2", () => tlsServer({ minVersion: "TLSv1.3" }), { maxVersion: "TLSv1.2" }],
    ["versions that are too old", () => tlsServer({ minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "DEFAULT@SECLEVEL=0" })],
    ["cipher suites that aren't offered", () => tlsServer({ maxVersion: "TLSv1.2", ciphers: "AES128-SHA" }), { ephemeralOnly: true }],
    ["a demand for a client certificate", () => tlsServer({ requestCert: true, rejectUnauthorized: true, maxVersion: "TLSv1.2" })],
    ["an alert", () => plain((socket) => socket.once("data", () => socket.end(alertBytes(40))))],
    ["unrecognized_name", () => plain((socket) => socket.once("data", () => socket.end(alertBytes(112))))],
    ["the end", () => plain((socket) => socket.once("data", () => socket.end()))],
    ["the end before anything is said", () => plain((socket) => socket.end())],
    ["a reset", () => plain((socket) => socket.once("data", () => socket.resetAndDestroy()))],
    ["HTTP", () => plain((socket) => socket.once("data", () => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n")))],
    ["SSH", () => plain((socket) => socket.write("SSH-2.0-OpenSSH_9.2\r\n"))],
    ["a ServerHello that is cut off", () => plain((socket) => socket.once("data", () => socket.end("\x16\x03\x03\0\x05\x02\0\0\x01\x03")))],
  ];
  for (const [what, server, options] of further) {
    test(`a further connection says the same as the first one: ${what}`, async (t) => {
      const port = await listen(t, server());
      const to: ConnectOptions = { address: "127.0.0.1", port, servername: "example.test", ...options };
      const [first, second] = [await client.connect(to, never), await client.connectFurther(to, never)];
      t.after(() => [first, second].forEach((connection) => connection.close()));
      const says = ({
        facts: { tcp, tls: outcome },
        alpnProtocol,
        socket,
      }: Pick<Connection, "alpnProtocol" | "socket"> & FurtherConnection) => ({
        tcp: tcp.status,
        tls: outcome.status === "done" ? [outcome.value.protocol, outcome.value.cipher] : { ...outcome, ms: 0 },
        alpnProtocol,
        open: socket !== null,
      });
      assert.deepEqual(says(second), says(first));
      assert.equal(second.socket?.isSessionReused() ?? false, false);
    });
  }

  const versions: [tls.SecureVersion, tls.SecureVersion, string][] = [
    ["TLSv1", "TLSv1", "TLSv1"],
    ["TLSv1", "TLSv1.1", "TLSv1.1"],
    ["TLSv1", "TLSv1.3", "TLSv1.2"],
  ];
  for (const [minVersion, maxVersion, chosen] of versions) {
    test(`a server that speaks ${minVersion} to ${maxVersion} chooses ${chosen} when old versions are offered`, async (t) => {
      const port = await listen(t, tlsServer({ minVersion, maxVersion, ciphers: "DEFAULT@SECLEVEL=0" }));
      const connection = await client.connectPlain({ address: "127.0.0.1", port }, never);
      const outcome = await chosenProtocol(connection.socket ?? assert.fail(), "example.test", 0x0303, 5_000, never);
      connection.close();
      assert.deepEqual({ ...outcome, ms: 0 }, { status: "done", value: { protocol: chosen }, ms: 0 });
    });
  }

  const others: [string, () => Server, string][] = [
    ["an alert", () => plain((socket) => socket.once("data", () => socket.end(alertBytes(40)))), "tls-alert"],
    ["the end", () => plain((socket) => socket.once("data", () => socket.end())), "closed"],
    ["HTTP", () => plain((socket) => socket.once("data", () => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"))), "plain-http"],
    [
      "a ServerHello that is cut off",
      () => plain((socket) => socket.once("data", () => socket.end("\x16\x03\x03\0\x05\x02\0\0\x01\x03"))),
      "closed",
    ],
  ];
  for (const [what, server, code] of others) {
    test(`${what} instead of a ServerHello`, async (t) => {
      const port = await listen(t, server());
      const connection = await client.connectPlain({ address: "127.0.0.1", port }, never);
      const outcome = await chosenProtocol(connection.socket ?? assert.fail(), "example.test", 0x0303, 5_000, never);
      connection.close();
      assert.equal(outcome.status === "failed" ? outcome.error.code : outcome.status, code);
    });
  }
});

/** A ServerHello of TLS 1.2 at most (ECDHE-ECDSA-AES128-GCM-SHA256, empty renegotiation_info), and nothing behind it. */
function serverHello(version: number): Buffer {
  const body = Buffer.concat([
    Buffer.of(version >> 8, version & 255),
    Buffer.alloc(32, 1),
    Buffer.of(0, 0xc0, 0x2b, 0, 0, 5, 0xff, 1, 0, 1, 0),
  ]);
  return Buffer.concat([Buffer.of(22, 3, version & 255, 0, body.length + 4, 2, 0, 0, body.length), body]);
}

describe("TCP", () => {
  test("refused; TLS is not tried", async (t) => {
    const server = plain(() => undefined);
    const port = await listen(t, server);
    await new Promise((resolve) => server.close(resolve));
    const { facts, socket } = await client.connect({ address: "127.0.0.1", port, servername: null }, never);
    assert.equal(facts.tcp.status === "failed" && facts.tcp.error.code, "refused");
    assert.deepEqual(facts.tls, { status: "skipped", because: "blocked", note: "no TCP connection" });
    assert.equal(socket, null);
  });

  test("IPv6 on loopback; the local address is in brackets", async (t) => {
    const server = tlsServer();
    if (!(await new Promise<boolean>((resolve) => server.once("error", () => resolve(false)).listen(0, "::1", () => resolve(true)))))
      return t.skip("no ::1 here");
    const { port } = server.address() as AddressInfo;
    const connection = await client.connect({ address: "::1", port, servername: "example.test" }, never);
    assert.equal(connection.facts.family, 6);
    assert.match(connection.facts.tcp.status === "done" ? connection.facts.tcp.value.localAddress : "", /^\[::1\]:\d+$/);
    connection.close();
    server.close();
  });

  test("an address that this machine can't reach is untested, not failed", async () => {
    const address = "2001:db8::1";
    const source = await sourceAddressFor(address);
    const quick = createTlsClient({ timeoutMs: 200, trust });
    const { facts } = await quick.connect({ address, port: 8448, servername: null }, never);
    const beyondReach = source === null || /^f[cde]/i.test(source) || source === "::1";
    if (beyondReach) assert.deepEqual(facts.tcp, { status: "untested", because: "no-route" });
    else assert.equal(facts.tcp.status, "failed");
    assert.equal(facts.tls.status, "skipped");
  });

  test("a link-local address without its interface has no route", async () => {
    const { facts } = await client.connect({ address: "fe80::1", port: 8448, servername: null }, never);
    assert.deepEqual(facts.tcp, { status: "untested", because: "no-route" });
  });

  test("connectPlain gives a socket for http:", async (t) => {
    const port = await listen(
      t,
      http.createServer((_request, response) => response.end("plain")),
    );
    const connection = await client.connectPlain({ address: "127.0.0.1", port }, never);
    assert.deepEqual(connection.facts.tls, { status: "skipped", because: "not-needed", note: "plain http:" });
    const http1 = new Client("http://example.test", {
      connect: (_options, done) => queueMicrotask(() => done(null, connection.socket ?? assert.fail())),
    });
    assert.equal(await (await http1.request({ method: "GET", path: "/" })).body.text(), "plain");
    connection.close();
    connection.close();
    await http1.destroy();
  });
});

describe("the deadline of the whole check", () => {
  test("has passed already: nothing is tried", async (t) => {
    const server = tlsServer();
    let connections = 0;
    server.on("connection", () => (connections += 1));
    const port = await listen(t, server);
    const { facts } = await client.connect({ address: "127.0.0.1", port, servername: null }, AbortSignal.abort());
    assert.deepEqual(facts.tcp, { status: "untested", because: "deadline" });
    assert.equal(facts.tls.status, "skipped");
    assert.equal(connections, 0);
  });

  test("cuts a handshake soon after it began: nobody knows", async (t) => {
    const deadline = new AbortController();
    const port = await listen(
      t,
      plain((socket) => socket.once("data", () => deadline.abort())),
    );
    const { facts } = await client.connect({ address: "127.0.0.1", port, servername: null }, deadline.signal);
    assert.equal(facts.tcp.status, "done");
    assert.deepEqual(facts.tls, { status: "untested", because: "deadline" });
  });

  test("cuts a handshake that had been silent for 2 s: a timeout, which says how long", async (t) => {
    const port = await listen(
      t,
      plain(() => undefined),
    );
    const { facts } = await client.connect({ address: "127.0.0.1", port, servername: null }, AbortSignal.timeout(2_100));
    assert.equal(facts.tls.status === "failed" && facts.tls.error.code, "timeout");
    assert.match(facts.tls.status === "failed" ? facts.tls.error.message : "", /in 2\.\d s/);
  });
});
