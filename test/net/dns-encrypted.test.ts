/** DNS over TLS and over HTTPS. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createServer as createHttpsServer } from "node:https";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { test, type TestContext } from "node:test";
import { createServer as createTlsServer } from "node:tls";
import { promisify } from "node:util";
import { createDnsClient } from "../../src/net/dns/client.ts";
import { formatResolver, type ResolverAddress } from "../../src/net/dns/resolver-address.ts";
import { createAuthority, type Issued } from "../lab/certificates.ts";
import { type LabDnsServer, type LabZone, startDnsServer } from "../lab/dns-server.ts";
import { program } from "../lab/program.ts";

const NEVER = new AbortController().signal;
const ZONE: LabZone = {
  "example.org": { A: ["192.0.2.1"] },
  "*.example.org": { A: ["192.0.2.2"] },
  "old.org": { A: { records: ["192.0.2.1"], formerrToEdns: true } },
  "garbage.org": { A: { garbage: true } },
  "strange.org": { A: { wrongQuestion: "only" } },
  "dead.org": "drop",
  "bogus.org": { A: { records: ["192.0.2.1"], bogus: { code: 9, text: "x" } } },
  "many.org": { A: Array.from({ length: 2_000 }, (_, index) => `10.0.${index >> 8}.${index & 255}`) },
};

const authority = await createAuthority();
const leaf = await authority.issue({ names: ["localhost", "127.0.0.1"] });

interface Setup {
  dns: LabDnsServer;
  ask(name: string, signal?: AbortSignal): Promise<string>;
  client: ReturnType<typeof createDnsClient>;
}

async function setup(
  t: TestContext,
  transport: "tls" | "https",
  options: { timeoutMs?: number; trusted?: boolean; byName?: boolean; certificate?: Issued } = {},
): Promise<Setup> {
  const { key, chain: cert } = options.certificate ?? leaf;
  const dns = await startDnsServer(ZONE, { tls: { key, cert } });
  const offered = transport === "tls" ? dns.overTls : dns.overHttps;
  assert.ok(offered !== null);
  const client = createDnsClient({
    servers: [options.byName === false ? offered.resolver : offered.byName],
    timeoutMs: options.timeoutMs ?? 5_000,
    ...(options.trusted === false ? {} : { ca: [authority.pem] }),
  });
  t.after(async () => {
    client.close();
    await dns.close();
  });
  return { dns, client, ask: (name, signal) => told(client, name, signal) };
}

async function told(client: Setup["client"], name: string, signal = NEVER): Promise<string> {
  const outcome = await client.query(name, "A", signal);
  switch (outcome.status) {
    case "done":
      return `${outcome.value.rcode} ${outcome.value.transport} ${outcome.value.records.length}`;
    case "failed":
      return `failed/${outcome.error.code}`;
    case "skipped":
    case "untested":
      return `${outcome.status}/${outcome.because}`;
  }
}

for (const transport of ["tls", "https"] as const) {
  for (const byName of [true, false]) {
    test(`${transport} by ${byName ? "name" : "address"}: answers, connections are reused`, async (t) => {
      const { ask, dns, client } = await setup(t, transport, { byName });
      assert.equal(await ask("example.org"), `NOERROR ${transport} 1`);
      const names = Array.from({ length: 40 }, (_, index) => `n${index}.example.org`);
      assert.deepEqual(new Set(await Promise.all(names.map((name) => ask(name)))), new Set([`NOERROR ${transport} 1`]));
      assert.equal(await ask("many.org"), `NOERROR ${transport} 2000`);
      assert.equal(await ask("old.org"), `NOERROR ${transport} 1`);
      assert.equal(await ask("missing.net"), `NXDOMAIN ${transport} 0`);
      // Over HTTPS a few, kept for all the questions.
      assert.ok(dns.connections[transport] <= (transport === "tls" ? 1 : 8), `${dns.connections[transport]} connections`);
      assert.ok(dns.queries.every((query) => query.transport === transport));
      const bogus = await client.query("bogus.org", "A", NEVER);
      assert.deepEqual(bogus.status === "done" && bogus.value.checkingDisabled, { rcode: "NOERROR", records: 1 });
      const resolver = byName ? "localhost" : "127.0.0.1";
      assert.ok(bogus.status === "done" && bogus.value.resolver.startsWith(`${transport}://${resolver}:`));
    });
  }

  test(`${transport}: a certificate that isn't trusted`, async (t) => {
    const { ask, dns } = await setup(t, transport, { trusted: false });
    assert.equal(await ask("example.org"), "failed/tls");
    assert.equal(dns.queries.length, 0);
  });

  test(`${transport}: a certificate for another name`, async (t) => {
    const { ask, dns } = await setup(t, transport, { certificate: await authority.issue({ names: ["other.test"] }) });
    assert.equal(await ask("example.org"), "failed/tls");
    assert.equal(dns.queries.length, 0);
  });

  test(`${transport}: garbage, another question`, async (t) => {
    // So long it waits for something better: side by side.
    const { ask } = await setup(t, transport, { timeoutMs: 3000 });
    assert.deepEqual(await Promise.all([ask("garbage.org"), ask("strange.org")]), ["failed/malformed", "failed/malformed"]);
    assert.equal(await ask("example.org"), `NOERROR ${transport} 1`);
  });

  test(`${transport}: silence, the signal, and the next question`, async (t) => {
    const { ask, dns } = await setup(t, transport, { timeoutMs: 2_000 });
    assert.equal(await ask("example.org"), `NOERROR ${transport} 1`);
    const deadline = new AbortController();
    const ended = ask("dead.org", deadline.signal);
    setImmediate(() => deadline.abort());
    assert.equal(await ended, "untested/deadline");
    assert.equal(await ask("dead.org"), "failed/timeout");
    assert.equal(await ask("example.org"), `NOERROR ${transport} 1`);
    // On a connection that stays silent for so long the next question isn't asked.
    if (transport === "tls") assert.equal(dns.connections.tls, 2);
  });

  test(`${transport}: nobody listens`, async (t) => {
    const { dns } = await setup(t, transport);
    const offered = (transport === "tls" ? dns.overTls : dns.overHttps)?.resolver;
    assert.ok(offered !== undefined);
    await dns.close();
    const client = createDnsClient({ servers: [offered], timeoutMs: 5_000 });
    t.after(() => client.close());
    assert.equal(await told(client, "example.org"), "failed/refused");
  });

  test(`${transport}: a host that has no address`, async (t) => {
    const resolver: ResolverAddress =
      transport === "tls" ? { transport, host: "resolver.invalid", port: 853 } : { transport, url: "https://resolver.invalid/" };
    const client = createDnsClient({ servers: [resolver], timeoutMs: 5_000 });
    t.after(() => client.close());
    assert.match(await told(client, "example.org"), /^untested\/(resolver|deadline)$/);
  });

  test(`${transport}: connections that are kept don't keep the process`, async (t) => {
    const { dns } = await setup(t, transport);
    const offered = (transport === "tls" ? dns.overTls : dns.overHttps)?.byName;
    const job = JSON.stringify([offered, authority.pem]);
    const child = program(new URL("./dns-client-child.ts", import.meta.url));
    const { stdout } = await promisify(execFile)(process.execPath, [...child, job], { timeout: 60_000 });
    const [, answered, left] = /^done (\S+)\nexit (\S+)\n$/.exec(stdout) ?? [];
    // Idle connections close after 5 s by themselves.
    assert.ok(Number(left) - Number(answered) < 3_000, stdout);
  });
}

test("tls: a connection that the resolver closed when idle is opened again", async (t) => {
  let connections = 0;
  const sockets = new Set<Socket>();
  const dns = await startDnsServer(ZONE);
  // Answers one question a connection, by asking the lab over TCP, and closes it when the second one comes.
  const { connect } = await import("node:net");
  const server = createTlsServer({ key: leaf.key, cert: leaf.chain }, (socket) => {
    connections++;
    sockets.add(socket);
    socket.on("error", () => {});
    let questions = 0;
    const upstream = connect(dns.port, dns.address);
    upstream.on("data", (chunk) => socket.write(chunk));
    socket.on("data", (chunk) => (++questions === 1 ? void upstream.write(chunk) : socket.destroy()));
    socket.on("close", () => upstream.destroy());
  });
  const port = await listen(server);
  const client = createDnsClient({ servers: [{ transport: "tls", host: "localhost", port }], timeoutMs: 5_000, ca: [authority.pem] });
  t.after(async () => {
    client.close();
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
    await dns.close();
  });
  assert.equal(await told(client, "example.org"), "NOERROR tls 1");
  assert.equal(await told(client, "example.org"), "NOERROR tls 1");
  assert.equal(connections, 2);
});

test("https: HTTP/1.1 only, other statuses, too much", async (t) => {
  let status = 200;
  let body = Buffer.alloc(0);
  const server = createHttpsServer({ key: leaf.key, cert: leaf.chain }, (request, response) => {
    request.resume();
    request.on("end", () => response.writeHead(status, { location: "https://other.test/" }).end(body));
  });
  const port = await listen(server);
  const client = createDnsClient({
    servers: [{ transport: "https", url: `https://localhost:${port}/dns-query` }],
    timeoutMs: 5_000,
    ca: [authority.pem],
  });
  t.after(async () => {
    client.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  body = Buffer.from(
    "0000818000010001000000000765786d61706c65036f72670000010001c00c00010001000000010004c0000201".replace(
      "65786d61706c65",
      "6578616d706c65",
    ),
    "hex",
  );
  assert.equal(await told(client, "example.org"), "NOERROR https 1");
  for (const other of [302, 404, 502]) {
    status = other;
    assert.equal(await told(client, "example.org"), "failed/malformed");
  }
  status = 200;
  body = Buffer.alloc(200_000);
  assert.equal(await told(client, "example.org"), "failed/too-large");
});

for (const [what, greet, expected] of [
  ["something else speaks there", "220 mail.example ESMTP\r\n", /^failed\/tls$/],
  ["it closes at once", null, /^failed\/(closed|reset|tls)$/],
] as const) {
  for (const transport of ["tls", "https"] as const) {
    test(`${transport}: ${what}`, async (t) => {
      const server = createServer((socket) => {
        socket.on("error", () => {});
        socket.resume();
        socket.end(greet ?? "");
      });
      const port = await listen(server);
      const resolver: ResolverAddress =
        transport === "tls" ? { transport, host: "localhost", port } : { transport, url: `https://localhost:${port}/` };
      const client = createDnsClient({ servers: [resolver], timeoutMs: 5_000 });
      t.after(async () => {
        client.close();
        await new Promise((resolve) => server.close(resolve));
      });
      assert.match(await told(client, "example.org"), expected, formatResolver(resolver));
    });
  }
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}
