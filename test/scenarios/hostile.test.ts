/**
 * Servers that mean harm, or are broken beyond imagination: the check ends within its deadline, nothing throws, what is shown holds no byte
 * that a terminal would obey, and memory stays bounded. Which findings come of it is for the other scenarios.
 */
import assert from "node:assert/strict";
import { ROOM_MS } from "../lab/room.ts";
import { execFile } from "node:child_process";
import type { ServerResponse } from "node:http";
import { before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { brotliCompressSync, constants } from "node:zlib";
import { check, type CheckOptions } from "../../src/check.ts";
import type { Report } from "../../src/facts/output.ts";
import type { Cost } from "../lab/check-child.ts";
import type { LabQuery } from "../lab/dns-server.ts";
import { VERSION_PATH, WELL_KNOWN_PATH } from "../lab/homeserver.ts";
import { startNetwork, type Network } from "../lab/network.ts";
import { program } from "../lab/program.ts";
import { assertHarmless } from "../lab/shown.ts";
import { createSigner } from "../lab/signing.ts";
import { gzipBomb, HTTP2_REFUSAL, redirect, tlsAlert, type Answer, type Handler, type Misbehaviour } from "../lab/web-server.ts";
import { delegation } from "./scenario.ts";

const LIMITS: CheckOptions = { timeoutMs: 600, deadlineMs: 2000 };
const AT_ONCE = 6;

/** Clears the screen, turns the reading direction, hides itself, begins a workflow command. Without what ends a header line. */
const POISON = "\u001b[2J\u001b]0;owned\u0007\u009b31m\u202e\u2066\u200b\u0000\u007f::error::\ud800";

async function survives(
  title: string,
  prepare: (net: Network) => Promise<unknown>,
  and?: (report: Report) => void,
  serverName = "example.org",
): Promise<void> {
  const net = await startNetwork();
  try {
    await prepare(net);
    const began = performance.now();
    const report = await check(serverName, net.options(LIMITS));
    const took = performance.now() - began;
    assert.ok(took < 2000 + ROOM_MS, `${title}: ${Math.round(took)} ms`);
    assert.equal(report.internalErrors, undefined);
    assertHarmless(report);
    and?.(report);
  } finally {
    await net.close();
  }
}

/** Writes pieces to the TLS socket, past Node's HTTP server, until the client is gone. */
const bytes =
  (pieces: (index: number) => string | Buffer | null, pauseMs = 0): Handler =>
  async (_, response: ServerResponse) => {
    const { socket } = response;
    if (socket === null) return;
    const gone = new Promise((go) => socket.once("close", go));
    for (let index = 0; !socket.destroyed; index++) {
      const piece = pieces(index);
      if (piece === null) return void socket.end();
      const flushed = socket.write(piece, typeof piece === "string" ? "latin1" : undefined);
      if (pauseMs > 0) await sleep(pauseMs);
      else if (!flushed) await Promise.race([gone, new Promise((go) => socket.once("drain", go))]);
      else if (index % 16 === 15) await new Promise((go) => setImmediate(go));
    }
  };

const once = (text: string | Buffer): Handler => bytes((index) => (index === 0 ? text : null));
const head = (...lines: string[]): string => ["HTTP/1.1 200 OK", ...lines, "", ""].join("\r\n");
const MB = "a".repeat(1024 * 1024);

/** Instead of an answer to one request. */
const ANSWERS: Record<string, Answer> = {
  "stall before the header": "stall",
  "stall in the header": bytes((index) => (index === 0 ? "HTTP/1.1 200 OK\r\nContent-Type: appl" : ""), 200),
  "stall in the body": { body: "x".repeat(1000), stallAfter: 10 },
  "drip of the header": bytes((index) => (index === 0 ? "HTTP/1.1 200 OK\r\nX: " : "a"), 50),
  "drip of the body": { body: '{"m.server": "matrix.example.org:443"}'.repeat(100), dripMs: 20 },
  "drip of empty lines": bytes(() => "\r\n", 50),
  "close at once": "close",
  "close in the header": once("HTTP/1.1 200"),
  "close in the body": { body: "x".repeat(1000), closeAfter: 10 },
  "reset at once": "reset",
  "reset in the body": { body: "x".repeat(1000), resetAfter: 10 },
  "an endless body": { body: MB, endless: true },
  "an endless body in chunks of one byte": bytes((index) => (index === 0 ? head("Transfer-Encoding: chunked") : "1\r\na\r\n".repeat(1000))),
  "gigabytes announced, and sent": bytes((index) => (index === 0 ? head("Content-Length: 9000000000000") : MB)),
  "more announced than a number can be": once(head("Content-Length: 99999999999999999999999999")),
  "a negative length": once(head("Content-Length: -1") + "{}"),
  "two lengths": once(head("Content-Length: 2", "Content-Length: 3") + "{}{}"),
  "length and chunks": once(head("Content-Length: 2", "Transfer-Encoding: chunked") + "2\r\n{}\r\n0\r\n\r\n"),
  "a chunk of a strange size": once(head("Transfer-Encoding: chunked") + "fffffffffffffffff\r\n{}"),
  "an endless chunk extension": bytes((index) => (index === 0 ? head("Transfer-Encoding: chunked") + "2;" : MB)),
  "endless trailers": bytes((index) => (index === 0 ? head("Transfer-Encoding: chunked") + "2\r\n{}\r\n0\r\n" : `x${index}: ${MB}\r\n`)),
  "a header of 5 MB": once(head(`X: ${MB.repeat(5)}`) + "{}"),
  "an endless header line": bytes((index) => (index === 0 ? "HTTP/1.1 200 OK\r\nX: " : MB)),
  "endless header lines": bytes((index) => (index === 0 ? "HTTP/1.1 200 OK\r\n" : `x-${index}: y\r\n`.repeat(1000))),
  "an endless status line": bytes((index) => (index === 0 ? "HTTP/1.1 200 " : MB)),
  "endless 100 Continue": bytes(() => "HTTP/1.1 100 Continue\r\n\r\n".repeat(1000)),
  "endless 103 Early Hints": bytes(() => "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n".repeat(1000)),
  "101 Switching Protocols": once("HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: upgrade\r\n\r\n" + MB),
  "a status of 0": once("HTTP/1.1 000 \r\nContent-Length: 0\r\n\r\n"),
  "a status of 999": once("HTTP/1.1 999 \u009b2J\r\nContent-Length: 0\r\n\r\n"),
  "HTTP/0.9": once("hello"),
  "HTTP/2.0 in HTTP/1.1's clothes": once("HTTP/2.0 200 OK\r\nContent-Length: 2\r\n\r\n{}"),
  garbage: once(Buffer.from(Array.from({ length: 65_536 }, (_, index) => (index * 7919 + (index >> 3)) & 0xff))),
  "garbage without end": bytes(() => Buffer.alloc(65_536, 0x16)),
  SSH: once("SSH-2.0-OpenSSH_9.7\r\n"),
  "HTTP/2 frames": once(HTTP2_REFUSAL.raw),
  "a gzip bomb": gzipBomb(300),
  "a brotli bomb": {
    headers: { "content-encoding": "br" },
    body: brotliCompressSync(Buffer.alloc(64 * 1024 * 1024), { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } }),
  },
  "a bomb in a bomb": { headers: { "content-encoding": "gzip, gzip, gzip" }, body: Buffer.alloc(1000) },
  "no gzip at all": { headers: { "content-encoding": "gzip" }, body: "{}" },
  "half a gzip": { headers: { "content-encoding": "gzip" }, body: Buffer.from("1f8b0800000000000003", "hex") },
  "a coding with a poisoned name": once(head("Content-Encoding: \u001b[2J\u009b31m", "Content-Length: 2") + "{}"),
  "redirect to itself": (request, response) => void response.writeHead(302, { location: request.url ?? "/" }).end(),
  "redirects without end": (request, response) => void response.writeHead(307, { location: `/x${request.url ?? ""}` }).end(),
  "redirects to a million hosts": (_, response) =>
    void response.writeHead(302, { location: `https://x${Math.random()}.example.org/` }).end(),
  "a redirect to nowhere": redirect("https://[::1"),
  "a redirect to a script": redirect("javascript:alert(1)"),
  "a redirect to a file": redirect("file:///etc/passwd"),
  "a redirect to port 0": redirect("https://example.org:0/"),
  "a redirect with a password": redirect("https://user:secret@example.org/.well-known/matrix/server"),
  "a redirect of 60 KB": redirect(`/${"a".repeat(60_000)}`),
  "a poisoned redirect": once(
    `HTTP/1.1 302 Found\r\nLocation: https://example.org/\u001b[2J\u009b31m%1b%0d%0aX\r\nContent-Length: 0\r\n\r\n`,
  ),
  "invalid UTF-8": {
    headers: { "content-type": "application/json" },
    body: Buffer.from('{"m.server": "\xff\xfe", "server_name": "\xc0\xaf", "server": {"name": "\xed\xa0\x80"}}', "latin1"),
  },
  "200 KB of [": { headers: { "content-type": "application/json" }, body: "[".repeat(200_000) },
  "60 KB of nested objects": { headers: { "content-type": "application/json" }, body: `${'{"a":'.repeat(10_000)}1${"}".repeat(10_000)}` },
  "a number that is none": {
    headers: { "content-type": "application/json" },
    body: '{"valid_until_ts": 1e999, "server_name": "example.org", "verify_keys": {}, "old_verify_keys": {}, "signatures": {}, "m.server": 1e999, "server": -1e-999}',
  },
  "keys that are names of Object's": {
    headers: { "content-type": "application/json" },
    body: '{"__proto__": {"m.server": "x"}, "constructor": 1, "toString": 2, "server": {"__proto__": {"name": "x"}}, "verify_keys": {"__proto__": {"key": "AAAA"}}}',
  },
  "NUL bytes": { headers: { "content-type": "application/json" }, body: Buffer.alloc(10_000) },
  "poison in an error page": { status: 500, body: POISON.repeat(50) },
  "poison in a homeserver's error": { status: 403, body: { errcode: POISON, error: POISON.repeat(100) } },
  "poison in JSON that isn't right": { body: `{"${POISON}": "${POISON}` },
  "poisoned headers": once(
    `HTTP/1.1 200 \u001b[2J\r\nServer: \u001b]0;owned\u0007nginx\u009b31m\r\nContent-Type: text/\u001b[31mhtml\r\nCache-Control: max-age=\u001b[2J\r\nCF-Mitigated: \u001b[2J\r\nContent-Length: 2\r\n\r\n{}`,
  ),
};

/** Instead of TLS, or of HTTP after it. */
const CONNECTIONS: Record<string, { onAccept?: Misbehaviour; onSecure?: Misbehaviour; alpn?: string[] }> = {
  "stall before TLS": { onAccept: "stall" },
  "stall in the handshake": { onAccept: { raw: Buffer.from("160303ffff0200", "hex"), then: "stall" } },
  "garbage before TLS": { onAccept: { raw: Buffer.alloc(100_000, 0x17) } },
  "garbage before the client speaks": { onAccept: { raw: "\u001b[2J220 mail.example.org ESMTP\r\n", speaksFirst: true, then: "stall" } },
  "close before TLS": { onAccept: "close" },
  "reset before TLS": { onAccept: "reset" },
  "an unknown alert": { onAccept: tlsAlert(200) },
  "plain HTTP": { onAccept: { raw: `HTTP/1.1 400 \u001b[2J\r\nServer: \u009b31m\r\n\r\n${POISON}` } },
  "stall after TLS": { onSecure: "stall" },
  "close after TLS": { onSecure: "close" },
  "reset after TLS": { onSecure: "reset" },
  "HTTP/2 only": { alpn: ["h2"] },
};

const cases: [title: string, run: () => Promise<void>][] = [];
for (const [title, answer] of Object.entries(ANSWERS)) {
  cases.push(
    [
      `well-known: ${title}`,
      () =>
        survives(title, async (net) => {
          await net.web("example.org", {
            routes: { [WELL_KNOWN_PATH]: answer },
            ...(title.startsWith("redirect") ? { fallback: answer } : {}),
          });
          await net.homeserver("example.org");
        }),
    ],
    // Each over a connection of its own, so that one doesn't keep the other from being tried.
    [
      `version and keys: ${title}`,
      () =>
        survives(title, async (net) => {
          await delegation(net, "matrix.example.org:443");
          await net.homeserver("example.org", { host: "matrix.example.org", port: 443, version: answer, keys: answer });
        }),
    ],
  );
}
for (const [title, connection] of Object.entries(CONNECTIONS)) {
  cases.push(
    [
      `well-known: ${title}`,
      () =>
        survives(title, async (net) => {
          await net.web("example.org", connection);
          await net.homeserver("example.org");
        }),
    ],
    [
      `homeserver: ${title}`,
      () =>
        survives(title, async (net) => {
          await delegation(net, "matrix.example.org:443");
          await net.homeserver("example.org", { host: "matrix.example.org", port: 443, ...connection });
        }),
    ],
    [
      `everything: ${title}`,
      () =>
        survives(title, async (net) => {
          await net.web("example.org", connection);
          await net.homeserver("example.org", connection);
        }),
    ],
  );
}

const poisoned = createSigner("example.org").keyResponse();
cases.push(
  [
    "well-known: poison in m.server",
    () =>
      survives("m.server", async (net) => {
        await net.web("example.org", {
          routes: { [WELL_KNOWN_PATH]: { body: { "m.server": `matrix.example.org:443${POISON}`, [POISON]: 1 } } },
        });
        await net.homeserver("example.org");
      }),
  ],
  [
    "well-known: m.server of 200 KB",
    () =>
      survives("m.server", async (net) => {
        await net.web("example.org", { routes: { [WELL_KNOWN_PATH]: { body: { "m.server": "a.".repeat(100_000) } } } });
        await net.homeserver("example.org");
      }),
  ],
  [
    "version: poison",
    () =>
      survives("version", async (net) => {
        await delegation(net, "matrix.example.org:443");
        await net.homeserver("example.org", {
          host: "matrix.example.org",
          port: 443,
          version: { body: { server: { name: POISON, version: POISON.repeat(1000) } } },
        });
      }),
  ],
  [
    "keys: poison in the server name and in the key ids",
    () =>
      survives("keys", async (net) => {
        await delegation(net, "matrix.example.org:443");
        const body = {
          ...poisoned,
          server_name: POISON,
          verify_keys: { [`ed25519:${POISON}`]: { key: POISON } },
          old_verify_keys: { [POISON]: { key: POISON, expired_ts: POISON } },
        };
        await net.homeserver("example.org", { host: "matrix.example.org", port: 443, keys: { body } });
      }),
  ],
  [
    "keys: thousands of keys",
    () =>
      survives("keys", async (net) => {
        await delegation(net, "matrix.example.org:443");
        const many = Object.fromEntries(
          Array.from({ length: 1500 }, (_, index) => [
            `ed25519:${index}`,
            { key: Buffer.alloc(32, index).toString("base64").replace("=", "") },
          ]),
        );
        await net.homeserver("example.org", { host: "matrix.example.org", port: 443, keys: { body: { ...poisoned, verify_keys: many } } });
      }),
  ],
  ...[Number.MAX_VALUE, -1, 0, 0.5, 9_007_199_254_740_993, 8.64e15 + 1].map((validUntil): [string, () => Promise<void>] => [
    `keys: valid until ${validUntil}`,
    () =>
      survives("keys", async (net) => {
        await delegation(net, "matrix.example.org:443");
        await net.homeserver("example.org", {
          host: "matrix.example.org",
          port: 443,
          keys: { body: { ...poisoned, valid_until_ts: validUntil } },
        });
      }),
  ]),
  ...(["well-known", "homeserver"] as const).map((where): [string, () => Promise<void>] => [
    `${where}: poison in the certificate`,
    () =>
      survives("certificate", async (net) => {
        const tls = await net.issuer.issue({
          names: ["example.org", "matrix.example.org"],
          commonName: "\u001b[2J\u202e\u200bexample.org",
          subjectSuffix: "O=\u001b]0;owned\u0007",
        });
        await net.web("example.org", {
          tls: where === "well-known" ? tls : await net.issuer.issue({ names: ["example.org"] }),
          routes: { [WELL_KNOWN_PATH]: { body: { "m.server": "matrix.example.org:443" } } },
        });
        await net.homeserver("example.org", { host: "matrix.example.org", port: 443, tls });
      }),
  ]),
  [
    "homeserver: a certificate with 2,000 names, none of them right",
    () =>
      survives("certificate", async (net) => {
        await delegation(net, "matrix.example.org:443");
        const names = Array.from({ length: 2000 }, (_, index) => `h${index}.\u001b[31m.example.net`);
        await net.homeserver("example.org", { host: "matrix.example.org", port: 443, tls: await net.issuer.issue({ names }) });
      }),
  ],
);

// The first check loads the program, which may take a second from its sources: no server's fault.
before(async () => {
  const net = await startNetwork();
  try {
    await net.homeserver("example.org");
    await check("example.org", net.options());
  } finally {
    await net.close();
  }
});

test("the deadline is kept, and nothing harmful is shown", { concurrency: AT_ONCE }, async (t) => {
  await Promise.all(cases.map(([title, run]) => t.test(title, run)));
});

/** An answer with as many records as fit into a message over TCP; over UDP only TC. */
function manyRecords(type: 1 | 33, count: number, data: (index: number) => Buffer): (query: LabQuery) => Buffer {
  return (query) => {
    const labels = query.name.split(".").map((label) => Buffer.concat([Buffer.of(label.length), Buffer.from(label)]));
    const question = Buffer.concat([...labels, Buffer.of(0, 0, type, 0, 1)]);
    const answers =
      query.transport === "udp"
        ? []
        : Array.from({ length: count }, (_, index) => {
            const content = data(index);
            return Buffer.concat([Buffer.of(0xc0, 12, 0, type, 0, 1, 0, 0, 1, 44, content.length >> 8, content.length & 0xff), content]);
          });
    const header = Buffer.alloc(12);
    header.writeUInt16BE(query.id, 0);
    header.writeUInt16BE(query.transport === "udp" ? 0x8380 : 0x8180, 2);
    header.writeUInt16BE(1, 4);
    header.writeUInt16BE(answers.length, 6);
    return Buffer.concat([header, question, ...answers]);
  };
}

const manyAddresses = manyRecords(1, 4000, (index) => Buffer.of(127, 1, index >> 8, index & 0xff));

/** What each needs more memory for than any honest server. */
const COSTLY: Record<string, (net: Network) => Promise<unknown>> = {
  "a well-known without end": async (net) => {
    await net.web("example.org", { routes: { [WELL_KNOWN_PATH]: ANSWERS["gigabytes announced, and sent"] as Answer } });
    await net.homeserver("example.org");
  },
  "a header without end": async (net) => {
    await delegation(net, "matrix.example.org:443");
    await net.homeserver("example.org", {
      host: "matrix.example.org",
      port: 443,
      version: ANSWERS["endless header lines"] as Handler,
      keys: ANSWERS["an endless header line"] as Handler,
    });
  },
  "interim responses without end": async (net) => {
    await delegation(net, "matrix.example.org:443");
    await net.homeserver("example.org", { host: "matrix.example.org", port: 443, version: ANSWERS["endless 103 Early Hints"] as Handler });
  },
  "a gzip bomb": async (net) => {
    await delegation(net, "matrix.example.org:443");
    await net.homeserver("example.org", { host: "matrix.example.org", port: 443, version: gzipBomb(2000), keys: gzipBomb(2000) });
  },
  "garbage before TLS without end": async (net) => {
    await net.web("example.org", { onAccept: { raw: Buffer.alloc(64 * 1024 * 1024, 0x16), then: "stall" } });
  },
  "4,000 addresses of the server name, which all refuse": async (net) => {
    net.publish("example.org", { A: { raw: manyAddresses } });
    await net.closed("example.org", 443);
    await net.closed("example.org", 8448);
  },
  "4,000 addresses of the homeserver, which all work": async (net) => {
    await delegation(net, "matrix.example.org:443");
    await net.homeserver("example.org", { host: "matrix.example.org", port: 443, addresses: ["0.0.0.0"], unpublished: true });
    net.publish("matrix.example.org", { A: { raw: manyAddresses } });
  },
  "500 SRV records": async (net) => {
    await net.web("example.org");
    await net.closed("x", 1);
    const port = Number(net.options().connectTo?.pop()?.split(":").at(-1));
    net.publish("*.many.example.net", { A: ["127.0.0.1"] });
    const target = (index: number): Buffer =>
      Buffer.concat([
        Buffer.of(index >> 8, index & 0xff, 0, 0, port >> 8, port & 0xff),
        ...[`h${index}`, "many", "example", "net"].map((label) => Buffer.from(`${String.fromCharCode(label.length)}${label}`)),
        Buffer.of(0),
      ]);
    net.publish("_matrix-fed._tcp.example.org", { SRV: { raw: manyRecords(33, 500, target) } });
  },
  "1,600 SRV records for a host with 4,000 addresses": async (net) => {
    await net.web("example.org");
    await net.closed("many.example.net", 1);
    const port = Number(net.options().connectTo?.pop()?.split(":").at(-1));
    net.options().connectTo?.push(`many.example.net:::${port}`);
    net.publish("many.example.net", { A: { raw: manyAddresses } });
    const target = (index: number): Buffer =>
      Buffer.concat([
        Buffer.of(0, 1, 0, 0, (index + 1024) >> 8, index & 0xff),
        ...["many", "example", "net"].map((label) => Buffer.from(`${String.fromCharCode(label.length)}${label}`)),
        Buffer.of(0),
      ]);
    net.publish("_matrix-fed._tcp.example.org", { SRV: { raw: manyRecords(33, 1600, target) } });
  },
  "500 SRV records for hosts that nobody answers for": async (net) => {
    await net.web("example.org");
    net.dns.zone["*.many.example.net"] = "drop";
    const target = (index: number): Buffer =>
      Buffer.concat([
        Buffer.of(0, 1, 0, 0, 32, 251),
        ...[`h${index}`, "many", "example", "net"].map((label) => Buffer.from(`${String.fromCharCode(label.length)}${label}`)),
        Buffer.of(0),
      ]);
    net.publish("_matrix-fed._tcp.example.org", { SRV: { raw: manyRecords(33, 500, target) } });
  },
};

const CHILD = program(new URL("../lab/check-child.ts", import.meta.url));
test("bounded memory and time", { concurrency: 3 }, async (t) => {
  await Promise.all(Object.entries(COSTLY).map(([title, prepare]) => t.test(title, () => isBounded(prepare))));
});

async function isBounded(prepare: (net: Network) => Promise<unknown>): Promise<void> {
  const net = await startNetwork();
  try {
    await prepare(net);
    const options = net.options({ timeoutMs: 2000, deadlineMs: 6000 });
    const { stdout } = await promisify(execFile)(process.execPath, [...CHILD, JSON.stringify({ serverName: "example.org", options })]);
    const cost = JSON.parse(stdout) as Cost;
    assert.deepEqual(cost.internalErrors, []);
    assert.ok(cost.ms < 6000 + ROOM_MS, `${cost.ms} ms`);
    assert.ok(cost.grownMb < 200, `${cost.grownMb} MB`);
  } finally {
    await net.close();
  }
}

test("the lab is as hostile as it claims: what the client stops reading would go on", async () => {
  const net = await startNetwork();
  try {
    const [server] = await net.web("example.org", { routes: { [VERSION_PATH]: ANSWERS["an endless body"] as Answer } });
    const response = await fetchSome(server?.port ?? 0);
    assert.ok(response > 8 * 1024 * 1024);
  } finally {
    await net.close();
  }
});

/** Reads until it has had enough; bytes. */
async function fetchSome(port: number): Promise<number> {
  const { connect } = await import("node:tls");
  const socket = connect({ host: "127.0.0.1", port, servername: "example.org", rejectUnauthorized: false });
  let size = 0;
  socket.once("secureConnect", () => socket.write(`GET ${VERSION_PATH} HTTP/1.1\r\nHost: example.org\r\n\r\n`));
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > 16 * 1024 * 1024) break;
  }
  socket.destroy();
  return size;
}
