import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { after, describe, test } from "node:test";
import { createServer as createTlsServer } from "node:tls";
import { gzipSync } from "node:zlib";
import type { ConnectionFacts, NetErrorCode } from "../../src/facts/facts.ts";
import { createHttpClient } from "../../src/net/http.ts";
import type { Connection, HttpRequest, HttpResult, PlainConnection } from "../../src/net/io.ts";
import { createTlsClient } from "../../src/net/tls.ts";
import { createTrustStore } from "../../src/net/trust.ts";
import { createAuthority } from "../lab/certificates.ts";
import { gzipBomb, HTTP2_REFUSAL, startWebServer, type Answer, type WebServer, type WebServerOptions } from "../lab/web-server.ts";

const LIMIT = 64 * 1024;
const site = await (await createAuthority()).issue({ names: ["example.test"] });
const tls = createTlsClient({ timeoutMs: 20_000, trust: createTrustStore({ extraPems: [site.root] }) });

type Place = Pick<WebServer, "address" | "port">;

function connectTo({ address, port }: Place, secure = true): Promise<Connection | PlainConnection> {
  const signal = new AbortController().signal;
  return secure ? tls.connect({ address, port, servername: "example.test" }, signal) : tls.connectPlain({ address, port }, signal);
}

interface Ask extends Partial<HttpRequest> {
  timeoutMs?: number;
  signal?: AbortSignal;
  secure?: boolean;
}

async function ask(server: Place, { timeoutMs = 20_000, signal, secure = true, ...request }: Ask = {}): Promise<HttpResult> {
  const connection = await connectTo(server, secure);
  const http = createHttpClient({ timeoutMs, userAgent: "matrix-delegation-check/1.2.3" });
  const result = await http.request(
    connection,
    { path: "/", host: "example.test", maxBytes: LIMIT, ...request },
    signal ?? new AbortController().signal,
  );
  assert.ok(connection.socket?.destroyed, "the connection is closed afterwards");
  return result;
}

/** Starts a server for one request and closes it. */
async function fetchOnce(options: WebServerOptions, request: Ask = {}): Promise<HttpResult & { server: WebServer }> {
  const server = await startWebServer({ tls: request.secure === false ? null : site, ...options });
  try {
    return { ...(await ask(server, request)), server };
  } finally {
    await server.close();
  }
}

const answering = (answer: Answer): WebServerOptions => ({ fallback: answer });

function done({ outcome }: HttpResult) {
  assert.ok(outcome.status === "done", JSON.stringify(outcome));
  assert.ok(outcome.ms > 0);
  return outcome.value;
}

function failed({ outcome, body }: HttpResult) {
  assert.ok(outcome.status === "failed", JSON.stringify(outcome));
  assert.equal(body.length, 0);
  assert.ok(!outcome.error.message.includes("\n"));
  return outcome.error;
}

describe("several requests over one connection", () => {
  /** [how the first one is answered, whether the connection can be asked again] */
  const rows: [title: string, answer: Answer, isOpen: boolean][] = [
    ["an answer of known length", { body: "hi" }, true],
    ["in chunks", { body: "hi", chunked: true }, true],
    ["gzip", { body: "hi", encode: "gzip" }, true],
    ["no body", { status: 204 }, true],
    ["the server closes after it", { headers: { connection: "close" }, body: "hi" }, false],
    ["HTTP/1.0", { raw: "HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nhi" }, false],
    ["more than is read", { body: "x".repeat(LIMIT + 1) }, false],
    ["it breaks off", { body: "hello", closeAfter: 2 }, false],
  ];
  for (const [title, answer, isOpen] of rows) {
    test(`${title}: ${isOpen ? "open" : "closed"}`, async () => {
      let count = 0;
      // Together more than a header may have: each answer has that limit for itself.
      const again = { body: "again", headers: { "x-long": "x".repeat(15_000) } };
      const server = await startWebServer({ tls: site, intercept: () => (++count === 1 ? answer : again) });
      try {
        const connection = await connectTo(server);
        const http = createHttpClient({ timeoutMs: 20_000 });
        const request = { path: "/", host: "example.test", maxBytes: LIMIT, keepOpen: true } as const;
        const signal = new AbortController().signal;
        const first = await http.request(connection, request, signal);
        assert.equal(first.open === true, isOpen);
        assert.equal(connection.socket?.destroyed, !isOpen);
        if (!isOpen) return;
        for (let turn = 0; turn < 12; turn++) assert.equal(done(await http.request(connection, request, signal)).excerpt, "again");
        const { keepOpen: _, ...last } = request;
        assert.equal(done(await http.request(connection, { ...last, userAgent: null }, signal)).excerpt, "again");
        assert.ok(connection.socket?.destroyed);
        assert.equal(server.accepted, 1);
        assert.equal(server.requests.at(-1)?.headers["user-agent"], undefined);
      } finally {
        await server.close();
      }
    });
  }

  test("a server that closes a connection later than it said: the next request fails, and nothing throws", async () => {
    const server = await startWebServer({ tls: site, fallback: { body: "hi" } });
    const connection = await connectTo(server);
    const http = createHttpClient({ timeoutMs: 20_000 });
    const request = { path: "/", host: "example.test", maxBytes: LIMIT, keepOpen: true } as const;
    assert.equal((await http.request(connection, request, new AbortController().signal)).open, true);
    await server.close();
    const { code } = failed(await http.request(connection, request, new AbortController().signal));
    assert.match(code, /^(closed|reset)$/);
  });
});

describe("the request", () => {
  test("is sent as it is given", async () => {
    const { server, ...result } = await fetchOnce(
      {},
      { path: "/_matrix/federation/v1/event/%24a%2Fb?x=%20", host: "Example.test:8448", headers: { Accept: "*/*" } },
    );
    assert.equal(done(result).status, 404);
    assert.deepEqual(server.requests, [
      {
        method: "GET",
        url: "/_matrix/federation/v1/event/%24a%2Fb?x=%20",
        host: "Example.test:8448",
        sni: "example.test",
        alpn: null,
        localAddress: "127.0.0.1",
        headers: {
          host: "Example.test:8448",
          connection: "close",
          "user-agent": "matrix-delegation-check/1.2.3",
          "accept-encoding": "gzip",
          accept: "*/*",
        },
      },
    ]);
  });

  test("has the caller's User-Agent when there is one", async () => {
    const { server } = await fetchOnce({}, { userAgent: "Synapse/1.152.0" });
    assert.equal(server.requests[0]?.headers["user-agent"], "Synapse/1.152.0");
  });

  test("carries a body", async () => {
    let got = "";
    const result = await fetchOnce(
      answering(async (request, response) => {
        for await (const chunk of request) got += String(chunk);
        response.end(request.headers["content-length"]);
      }),
      { method: "PUT", body: '{"ü":1}', headers: { "content-type": "application/json" } },
    );
    assert.equal(got, '{"ü":1}');
    assert.equal(result.body.toString(), "8");
    assert.equal(result.server.requests[0]?.method, "PUT");
  });

  test("goes over plain TCP as well", async () => {
    assert.equal(done(await fetchOnce(answering({ body: "hi" }), { secure: false })).excerpt, "hi");
  });

  for (const [what, request] of [
    ["path", { path: "/a b" }],
    ["path", { path: "x" }],
    ["header", { host: "a\r\nb: c" }],
    ["header", { headers: { "x-y": "\u0100" } }],
  ] as const) {
    test(`with a bad ${what} is not sent: ${JSON.stringify(request)}`, async () => {
      const { outcome, server } = await fetchOnce({}, request);
      assert.ok(outcome.status === "skipped" && outcome.because === "blocked");
      assert.match(outcome.note, /^the request can't be sent: invalid|must be/);
      assert.equal(server.requests.length, 0);
    });
  }

  test("needs a connection", async () => {
    const connection: Connection = { facts: {} as ConnectionFacts, socket: null, alpnProtocol: null, close: () => undefined };
    const { outcome } = await createHttpClient({ timeoutMs: 1 }).request(
      connection,
      { path: "/", host: "a", maxBytes: 1 },
      new AbortController().signal,
    );
    assert.deepEqual(outcome, { status: "skipped", because: "blocked", note: "there is no connection" });
  });
});

describe("the response", () => {
  test("is kept with lower-case, joined headers", async () => {
    const facts = done(
      await fetchOnce(
        answering({
          status: 418,
          headers: { "X-A": ["1", "2"], "Set-Cookie": ["a=1", "b=2"], __PROTO__: "x", Constructor: "y" },
          body: "teapot",
        }),
      ),
    );
    assert.equal(facts.status, 418);
    assert.equal(facts.headers["x-a"], "1, 2");
    assert.equal(facts.headers["set-cookie"], "a=1, b=2");
    assert.equal(Object.getOwnPropertyDescriptor(facts.headers, "constructor")?.value, "y");
    assert.equal(facts.bodyBytes, 6);
    assert.equal(facts.truncated, false);
    assert.equal(facts.matrixError, null);
  });

  test("is read when the body ends with the connection", async () => {
    const result = await fetchOnce(answering({ raw: "HTTP/1.0 200 OK\r\nA: b\r\n\r\nall of it" }));
    assert.equal(done(result).headers["a"], "b");
    assert.equal(result.body.toString(), "all of it");
  });

  test("may be Apache's with an offer to upgrade", async () => {
    assert.equal(done(await fetchOnce(answering({ headers: { upgrade: "h2,h2c", connection: "Upgrade, close" }, body: "x" }))).status, 200);
  });

  test("may come before it is asked for", async () => {
    const result = await fetchOnce({
      onSecure: { raw: "HTTP/1.1 408 Request Timeout\r\nContent-Length: 2\r\n\r\nhi", speaksFirst: true, then: "stall" },
    });
    assert.equal(done(result).status, 408);
    assert.equal(result.body.toString(), "hi");
  });

  test("follows 1xx responses", async () => {
    const result = await fetchOnce(
      answering({ raw: "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n".repeat(5) + "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok" }),
    );
    assert.deepEqual(done(result).headers, { "content-length": "2" });
    assert.equal(result.body.toString(), "ok");
  });

  for (const status of [204, 304]) {
    test(`${status} has no body`, async () => {
      assert.equal(done(await fetchOnce(answering({ status, headers: { "content-encoding": "gzip" } }))).bodyBytes, 0);
    });
  }

  test("has at most 100 headers of 2,048 characters", async () => {
    const many = Object.fromEntries(Array.from({ length: 150 }, (_, i) => [`x-${i}`, "v"]));
    const { headers } = done(await fetchOnce(answering({ headers: { "x-long": "l".repeat(5000), ...many } })));
    assert.equal(Object.keys(headers).length, 100);
    assert.equal(headers["x-long"]?.length, 2048);
  });

  for (const { name, body, length } of [
    { name: "ASCII", body: "a".repeat(5000), length: 512 },
    { name: "three bytes each", body: "€".repeat(5000), length: 512 },
    { name: "four bytes each, cut in the middle", body: "a" + "😀".repeat(5000), length: 511 },
    { name: "short", body: "ä", length: 1 },
  ]) {
    test(`has an excerpt: ${name}`, async () => {
      const facts = done(await fetchOnce(answering({ body })));
      assert.equal(facts.excerpt, body.slice(0, length));
      assert.equal(facts.bodyBytes, Buffer.byteLength(body));
    });
  }

  const errors: { body: string; is: { errcode: string; error: string } | null }[] = [
    {
      body: '{"errcode":"M_UNRECOGNIZED","error":"Unrecognized request"}',
      is: { errcode: "M_UNRECOGNIZED", error: "Unrecognized request" },
    },
    { body: ' {"errcode":"M_X"}', is: { errcode: "M_X", error: "" } },
    { body: '{"errcode":"M_X","error":7}', is: { errcode: "M_X", error: "" } },
    { body: '{"errcode":7}', is: null },
    { body: '["errcode"]', is: null },
    { body: "null", is: null },
    { body: '{"errcode":"M_X"} x', is: null },
    { body: "", is: null },
    { body: '{"a":'.repeat(10_000), is: null },
  ];
  for (const { body, is } of errors) {
    test(`has the Matrix error ${is?.errcode ?? "of none"} with ${JSON.stringify(body.slice(0, 40))}`, async () => {
      assert.deepEqual(done(await fetchOnce(answering({ status: 404, body }))).matrixError, is);
    });
  }
});

describe("Content-Encoding", () => {
  const text = "Ein Körper. ".repeat(1000);
  for (const encode of ["gzip", "x-gzip", "deflate", "raw deflate", "br"] as const) {
    for (const chunked of [true, false]) {
      test(`${encode} is undone${chunked ? ", chunked" : ""}`, async () => {
        const result = await fetchOnce(answering({ body: text, encode, chunked }));
        assert.equal(done(result).bodyBytes, Buffer.byteLength(text));
        assert.equal(result.body.toString(), text);
      });
    }
  }

  test("identity and an empty one are none", async () => {
    assert.equal(done(await fetchOnce(answering({ headers: { "content-encoding": "identity, " }, body: "x" }))).excerpt, "x");
  });

  test("of an empty body doesn't matter", async () => {
    assert.equal(done(await fetchOnce(answering({ headers: { "content-encoding": "gzip" }, body: "" }))).bodyBytes, 0);
  });

  const broken: { name: string; encoding: string; body: Buffer | string; says: RegExp }[] = [
    { name: "unknown", encoding: "zstd", body: "x", says: /Content-Encoding "zstd" is not one of gzip, deflate and br/ },
    { name: "two at once", encoding: "gzip, br", body: "x", says: /"gzip, br"/ },
    { name: "no gzip at all", encoding: "gzip", body: "<html>", says: /no valid gzip data \(incorrect header check\)/ },
    {
      name: "gzip that ends early",
      encoding: "gzip",
      body: gzipSync(text).subarray(0, 40),
      says: /no valid gzip data \(unexpected end of file\)/,
    },
    { name: "no brotli", encoding: "br", body: Buffer.alloc(100, 0xff), says: /no valid br data/ },
    { name: "no deflate", encoding: "deflate", body: Buffer.alloc(100, 0xff), says: /no valid deflate data/ },
  ];
  for (const { name, encoding, body, says } of broken) {
    test(`can't be undone: ${name}`, async () => {
      const error = failed(await fetchOnce(answering({ headers: { "content-encoding": encoding }, body })));
      assert.equal(error.code, "encoding");
      assert.match(error.message, says);
    });
  }
});

describe("the body's limit", () => {
  const random = randomBytes(3 * LIMIT);
  const cases: { name: string; answer: Answer; bytes: number; truncated: boolean }[] = [
    { name: "exactly", answer: { body: Buffer.alloc(LIMIT, "a") }, bytes: LIMIT, truncated: false },
    { name: "one more", answer: { body: Buffer.alloc(LIMIT + 1, "a") }, bytes: LIMIT, truncated: true },
    { name: "endless", answer: { body: Buffer.alloc(10_000, "a"), endless: true }, bytes: LIMIT, truncated: true },
    { name: "more, then nothing", answer: { body: Buffer.alloc(LIMIT * 2), stallAfter: LIMIT + 1 }, bytes: LIMIT, truncated: true },
    { name: "decompressed exactly", answer: { body: Buffer.alloc(LIMIT, "a"), encode: "gzip" }, bytes: LIMIT, truncated: false },
    { name: "decompressed one more", answer: { body: Buffer.alloc(LIMIT + 1, "a"), encode: "gzip" }, bytes: LIMIT, truncated: true },
    { name: "a bomb of 60 MB", answer: gzipBomb(60), bytes: LIMIT, truncated: true },
    { name: "a small bomb that stalls", answer: { ...gzipBomb(2), stallAfter: 1500 }, bytes: LIMIT, truncated: true },
    { name: "a brotli bomb", answer: { body: Buffer.alloc(20_000_000), encode: "br" }, bytes: LIMIT, truncated: true },
  ];
  for (const { name, answer, bytes, truncated } of cases) {
    test(name, async () => {
      const result = await fetchOnce(answering(answer));
      const facts = done(result);
      assert.deepEqual({ bytes: facts.bodyBytes, truncated: facts.truncated, body: result.body.length }, { bytes, truncated, body: bytes });
    });
  }

  test("compressed data that is larger than what it becomes counts as it came", async () => {
    const result = await fetchOnce(answering({ body: random, encode: "gzip" }));
    const facts = done(result);
    assert.equal(facts.truncated, true);
    assert.ok(facts.bodyBytes > LIMIT / 2 && facts.bodyBytes <= LIMIT, String(facts.bodyBytes));
    assert.ok(result.body.equals(random.subarray(0, result.body.length)));
  });

  test("is kept when the connection is reset while the rest is still decoded", async () => {
    const result = await fetchOnce(answering({ body: random, encode: "br", resetAfter: 2 * LIMIT }));
    assert.equal(done(result).truncated, true);
  });

  test("of nothing", async () => {
    assert.deepEqual((await fetchOnce(answering({ body: "x" }), { maxBytes: 0 })).outcome.status, "done");
  });

  test("doesn't read on after a bomb", async () => {
    const before = process.memoryUsage().rss;
    for (let i = 0; i < 3; i++)
      done(await fetchOnce(answering({ headers: { "content-encoding": "gzip" }, body: gzipBomb(1).body as Buffer, endless: true })));
    assert.ok(process.memoryUsage().rss - before < 150_000_000);
  });
});

describe("failures", () => {
  const cases: { name: string; server: WebServerOptions; code: NetErrorCode; says: RegExp; excerpt?: string; secure?: boolean }[] = [
    { name: "closed before the request", server: { onSecure: "close" }, code: "closed", says: /closed the connection before any response/ },
    { name: "closed after the request", server: answering("close"), code: "closed", says: /before any response/ },
    { name: "reset before the request", server: { onSecure: "reset" }, code: "reset", says: /reset before any response/ },
    { name: "reset after the request", server: answering("reset"), code: "reset", says: /reset before any response/ },
    {
      name: "closed in the header",
      server: answering({ raw: "HTTP/1.1 200 OK\r\nContent-Le" }),
      code: "closed",
      says: /in the middle of the response's header, after 27 bytes/,
      excerpt: "HTTP/1.1 200 OK\r\nContent-Le",
    },
    {
      name: "closed in the body",
      server: answering({ body: "0123456789", closeAfter: 4 }),
      code: "closed",
      says: /after 4 of 10 bytes of the body of a response with status 200/,
    },
    {
      name: "closed in a keep-alive body",
      server: answering({ raw: "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc" }),
      code: "closed",
      says: /after 3 of 9 bytes of the body/,
    },
    {
      name: "closed in a chunk",
      server: answering({ raw: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc" }),
      code: "closed",
      says: /after 3 bytes of the body of a response with status 200/,
    },
    {
      name: "closed between chunks",
      server: answering({ raw: "HTTP/1.1 200 OK\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n" }),
      code: "closed",
      says: /after 3 bytes of the body of a response with status 200/,
    },
    {
      name: "reset in the body",
      server: answering({ body: "0123456789", resetAfter: 4 }),
      code: "reset",
      says: /reset after 4 of 10 bytes of the body of a response with status 200/,
    },
    {
      name: "broken chunk size",
      server: answering({ raw: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\nabc\r\n" }),
      code: "not-http",
      says: /status 200 came, but its body is broken after 0 bytes: .*chunk size/i,
    },
    {
      name: "HTTP/2 frames",
      server: answering(HTTP2_REFUSAL),
      code: "http2",
      says: /HTTP\/2 frames/,
      excerpt: HTTP2_REFUSAL.raw.toString("latin1"),
    },
    { name: "a server with HTTP/2 only", server: { alpn: ["h2"] }, code: "http2", says: /HTTP\/2 frames/ },
    {
      name: "HTTP/2 frames at once",
      server: { onSecure: { ...HTTP2_REFUSAL, speaksFirst: true, then: "stall" } },
      code: "http2",
      says: /HTTP\/2 frames/,
    },
    { name: "only GOAWAY", server: answering({ raw: Buffer.from(HTTP2_REFUSAL.raw).subarray(15) }), code: "http2", says: /HTTP\/2 frames/ },
    {
      name: "a DATA frame is not HTTP/2 to us",
      server: answering({ raw: Buffer.from("0000080000000000010000000000000000", "hex") }),
      code: "not-http",
      says: /no HTTP\/1\.1 response/,
    },
    {
      name: "SSH",
      server: { onSecure: { raw: "SSH-2.0-OpenSSH_9.6\r\n", speaksFirst: true, then: "stall" } },
      code: "not-http",
      says: /no HTTP\/1\.1 response: Expected HTTP\//,
      excerpt: "SSH-2.0-OpenSSH_9.6\r\n",
    },
    {
      name: "HTML alone",
      server: answering({ raw: "<html>" + "x".repeat(500) }),
      code: "not-http",
      says: /no HTTP\/1\.1 response/,
      excerpt: "<html>" + "x".repeat(114),
    },
    {
      name: "bytes that are no text",
      server: answering({ raw: Buffer.from([0xff, 0xfe, 0, 1]) }),
      code: "not-http",
      says: /no HTTP/,
      excerpt: "\xff\xfe\0\x01",
    },
    {
      name: "a broken header",
      server: answering({ raw: "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nbad header\r\n\r\nabc" }),
      code: "not-http",
      says: /no HTTP\/1\.1 response/,
    },
    {
      name: "two Content-Lengths",
      server: answering({ raw: "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd" }),
      code: "not-http",
      says: /no HTTP\/1\.1 response/,
    },
    {
      name: "100 Continue",
      server: answering({ raw: "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n" }),
      code: "not-http",
      says: /100 Continue/,
    },
    {
      name: "101 Switching Protocols",
      server: answering({ raw: "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n" }),
      code: "not-http",
      says: /switched protocols/,
    },
    {
      name: "one huge header",
      server: answering({ headers: { "x-a": "a".repeat(40_000) } }),
      code: "too-large",
      says: /header is larger than 32 KB/,
    },
    {
      name: "many headers",
      server: answering({ headers: Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`x-${i}`, "v".repeat(50)])) }),
      code: "too-large",
      says: /larger than 32 KB/,
    },
    {
      name: "a header without end",
      server: answering({ raw: "HTTP/1.1 200 OK\r\nA: " + "a".repeat(300_000), then: "stall" }),
      code: "too-large",
      says: /larger than 32 KB/,
    },
    {
      name: "a reason phrase without end",
      server: answering({ raw: "HTTP/1.1 200 " + "a".repeat(300_000), then: "stall" }),
      code: "too-large",
      says: /larger than 32 KB/,
    },
    {
      name: "1xx without end",
      server: answering({ raw: "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n".repeat(10_000), then: "stall" }),
      code: "too-large",
      says: /larger than 32 KB/,
    },
    {
      name: "chunk extensions without end",
      server: answering({
        raw: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + `1;${"x".repeat(50_000)}\r\na\r\n`.repeat(30),
        then: "stall",
      }),
      code: "too-large",
      says: /mostly framing/,
    },
    {
      name: "trailers without end",
      server: answering({ raw: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n" + "A: b\r\n".repeat(30_000), then: "stall" }),
      code: "too-large",
      says: /trailers/,
    },
  ];
  for (const { name, server, code, says, excerpt } of cases) {
    test(`${name}: ${code}`, async () => {
      const error = failed(await fetchOnce(server));
      assert.equal(error.code, code, error.message);
      assert.match(error.message, says);
      if (excerpt !== undefined) assert.equal(error.excerpt, excerpt);
    });
  }

  test("the same over plain TCP", async () => {
    assert.equal(failed(await fetchOnce(answering("reset"), { secure: false })).code, "reset");
    assert.equal(failed(await fetchOnce(answering("close"), { secure: false })).code, "closed");
    assert.equal(
      failed(await fetchOnce({ onAccept: { raw: "220 mail ESMTP\r\n", speaksFirst: true } }, { secure: false })).code,
      "not-http",
    );
  });

  test("the connection is gone already", async () => {
    const server = await startWebServer({ tls: site });
    try {
      const connection = await connectTo(server);
      connection.socket?.destroy();
      const { outcome } = await createHttpClient({ timeoutMs: 5000 }).request(
        connection,
        { path: "/", host: "a", maxBytes: 1 },
        new AbortController().signal,
      );
      assert.ok(outcome.status === "failed" && outcome.error.code === "closed");
    } finally {
      await server.close();
    }
  });

  test("a TLS alert instead of the response", async () => {
    // TLS 1.3 asks for a client certificate, and misses it only after the handshake.
    const server = createTlsServer({ key: site.key, cert: site.chain, requestCert: true, rejectUnauthorized: true, ca: [site.root] });
    server.on("tlsClientError", () => undefined);
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const error = failed(await ask({ address: "127.0.0.1", port: (server.address() as AddressInfo).port }));
    server.close();
    await once(server, "close");
    assert.equal(error.code, "tls-alert", error.message);
    assert.equal(error.alert, "certificate_required");
  });
});

describe("time", () => {
  const cases: { name: string; answer: Answer; says: RegExp }[] = [
    { name: "no response", answer: "stall", says: /^no response in \d(\.\d)? s$/ },
    {
      name: "half a header",
      answer: { raw: "HTTP/1.1 200 OK\r\nA: ", then: "stall" },
      says: /^only 20 bytes of the response's header in \d(\.\d)? s$/,
    },
    {
      name: "no body",
      answer: { status: 503, body: "0123456789", stallAfter: 0 },
      says: /^status 503 came, but only 0 of 10 bytes of its body in \d(\.\d)? s$/,
    },
    { name: "half a body", answer: { body: "0123456789", stallAfter: 3 }, says: /^status 200 came, but only 3 of 10 bytes of its body in/ },
    { name: "a body that drips", answer: { body: Buffer.alloc(1000), dripMs: 10 }, says: /^status 200 came.* of 1000 bytes/ },
    { name: "half a gzip body", answer: { body: randomBytes(10_000), encode: "gzip", stallAfter: 5000 }, says: /^status 200 came/ },
    {
      name: "1xx only",
      answer: { raw: "HTTP/1.1 103 Early Hints\r\n\r\n", then: "stall" },
      says: /^only 28 bytes of the response's header/,
    },
  ];
  for (const { name, answer, says } of cases) {
    test(`runs out: ${name}`, async () => {
      let error = failed(await fetchOnce(answering(answer), { timeoutMs: 120 }));
      // On a busy machine the first bytes take longer than that.
      if (!says.test(error.message)) error = failed(await fetchOnce(answering(answer), { timeoutMs: 5000 }));
      assert.equal(error.code, "timeout");
      assert.match(error.message, says);
    });
  }

  test("cut by the deadline early says nothing about the other side", async () => {
    const { outcome } = await fetchOnce(answering("stall"), { signal: AbortSignal.timeout(100) });
    assert.deepEqual(outcome, { status: "untested", because: "deadline" });
  });

  test("cut by the deadline after 2 s is the other side's", async () => {
    const error = failed(await fetchOnce(answering("stall"), { signal: AbortSignal.timeout(2400) }));
    assert.equal(error.code, "timeout");
    assert.match(error.message, /^no response in 2(\.\d)? s, when the check's time was up$/);
  });

  test("is up before it begins", async () => {
    const { outcome, server } = await fetchOnce({}, { signal: AbortSignal.abort() });
    assert.deepEqual(outcome, { status: "untested", because: "deadline" });
    assert.equal(server.requests.length, 0);
  });
});

after(async () => {
  const left = (): string[] => process.getActiveResourcesInfo().filter((kind) => /^(TCP|TLS|Timeout$)/.test(kind));
  // What is closed goes in the next turns of the event loop.
  for (let turn = 0; turn < 100 && left().length > 0; turn++) await new Promise((next) => setImmediate(next));
  assert.deepEqual(left(), [], "sockets or timers are left");
});
