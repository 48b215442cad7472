/** examples/service.js, over real sockets. Needs `npm run build`. */
import assert from "node:assert/strict";
import type { Server } from "node:http";
import { connect, type AddressInfo } from "node:net";
import { test } from "node:test";
import type { CheckOptions } from "../../src/check.ts";
import type { Report } from "../../src/facts/output.ts";
import { startNetwork, type Network } from "../lab/network.ts";

const EXAMPLE = new URL("../../examples/service.js", import.meta.url).href;
const { createService } = (await import(EXAMPLE)) as { createService(options?: CheckOptions): Promise<Server> };
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

async function eventually(holds: () => boolean, what: string): Promise<void> {
  const limit = performance.now() + 10_000;
  while (!holds()) {
    if (performance.now() > limit) assert.fail(what);
    await turn();
  }
}

type Ask = (path: string, init?: RequestInit) => Promise<{ status: number; body: unknown }>;

/** The service in front of a network that `prepare` sets up; what it may reach there is what --connect-to names. */
async function withService<Prepared>(
  options: CheckOptions,
  prepare: (net: Network) => Promise<Prepared>,
  run: (ask: Ask, prepared: Prepared, port: number) => Promise<unknown>,
): Promise<void> {
  const net = await startNetwork();
  const prepared = await prepare(net);
  const service = await createService(net.options({ allowPrivate: false, ...options }));
  try {
    await new Promise<void>((resolve) => service.listen(0, "127.0.0.1", resolve));
    const { port } = service.address() as AddressInfo;
    await run(
      async (path, init) => {
        const response = await fetch(`http://127.0.0.1:${port}${path}`, init);
        assert.equal(response.headers.get("content-type"), "application/json");
        return { status: response.status, body: await response.json() };
      },
      prepared,
      port,
    );
  } finally {
    service.closeAllConnections();
    await new Promise((resolve) => service.close(resolve));
    await net.close();
  }
}

test("a report, and what is refused", () =>
  withService(
    {},
    async (net) => {
      await net.web("example.org", {
        overridden: true,
        routes: { "/.well-known/matrix/server": { body: { "m.server": "matrix.example.org:443" } } },
      });
      await net.homeserver("example.org", { host: "matrix.example.org", port: 443, overridden: true });
      return net.homeserver("intranet.example.net");
    },
    async (ask, [inner]) => {
      const good = await ask("/check?server_name=example.org");
      assert.deepEqual([good.status, (good.body as Report).route?.targets[0]?.endpoints[0]?.status], [200, "ok"]);
      const denied = await ask("/check?server_name=intranet.example.net");
      assert.deepEqual([denied.status, (denied.body as Report).verdict, inner?.accepted], [200, "fail", 0]);
      assert.ok((denied.body as Report).findings.some(({ code }) => code === "address/not-public"));
      const invalid = await ask("/check?server_name=https://example.org");
      assert.deepEqual([invalid.status, (invalid.body as Report).findings[0]?.code], [400, "name/invalid"]);
      for (const [path, status] of [
        ["/check", 400],
        ["/check?server_name=", 400],
        ["/check?server_name=a&server_name=b", 400],
        [`/check?server_name=${"a".repeat(256)}`, 400],
        ["/", 404],
        ["//", 404],
      ] as const) {
        assert.equal((await ask(path)).status, status, path);
      }
      assert.equal((await ask("/check?server_name=example.org", { method: "POST" })).status, 405);
    },
  ));

test("a client that leaves ends its check; too many at once and too many a minute are refused", () =>
  withService(
    { timeoutMs: 60_000, deadlineMs: 60_000 },
    async (net) => (await net.web("silent.example.org", { overridden: true, onAccept: "stall", tls: null }))[0],
    async (ask, silent, port) => {
      const clients = Array.from({ length: 16 }, () => {
        const client = connect(port, "127.0.0.1");
        client.write("GET /check?server_name=silent.example.org HTTP/1.1\r\nHost: localhost\r\n\r\n");
        return client;
      });
      await eventually(() => silent?.open === 16, "all checks are under way");
      assert.equal((await ask("/check?server_name=example.org")).status, 503);
      for (const client of clients) client.destroy();
      await eventually(() => silent?.open === 0, "the checks have ended");
      assert.equal((await ask("/check?server_name=not%20a%20name")).status, 400);
      // A minute may begin in between, not two.
      let refused = false;
      for (let count = 0; count < 41 && !refused; count++) refused = (await ask("/check?server_name=not%20a%20name")).status === 429;
      assert.ok(refused);
    },
  ));
