/** checkMany(): over real sockets. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { check, createChecker } from "../../src/check.ts";
import { checkMany, type Checked, type CheckManyOptions } from "../../src/check-many.ts";
import { startNetwork, type Network } from "../lab/network.ts";
import type { WebServer } from "../lab/web-server.ts";
import { healthy } from "../scenarios/scenario.ts";

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** What keeps a process alive, by kind; the lab's own servers among it. */
const OPEN = ["TCPSocketWrap", "TLSWrap", "TCPConnectWrap", "UDPWrap", "GetAddrInfoReqWrap", "Timeout"];
const open = (): string[] =>
  process
    .getActiveResourcesInfo()
    .filter((kind) => OPEN.includes(kind))
    .toSorted();

async function eventually(holds: () => boolean, what: () => string): Promise<void> {
  const limit = performance.now() + 10_000;
  while (!holds()) {
    if (performance.now() > limit) assert.fail(what());
    await turn();
  }
}

/** What hangs goes on hanging for the whole test. */
const LONG = { timeoutMs: 60_000, deadlineMs: 60_000 };

async function withNetwork(run: (net: Network) => Promise<unknown>): Promise<void> {
  const net = await startNetwork();
  try {
    await healthy(net);
    await run(net);
  } finally {
    await net.close();
  }
}

/** Web servers that take a connection to port 443 and say nothing. */
async function silent(net: Network, ...names: string[]): Promise<WebServer> {
  const [server] = await net.web(names[0] ?? "", { onAccept: "stall", tls: null });
  for (const name of names.slice(1)) {
    net.publish(name, { A: ["127.0.0.1"] });
    net.options().connectTo?.push(`${name}:443::${server?.port}`);
  }
  assert.ok(server);
  return server;
}

async function all(names: Iterable<string> | AsyncIterable<string>, options: CheckManyOptions): Promise<Checked[]> {
  const found: Checked[] = [];
  for await (const checked of checkMany(names, options)) found.push(checked);
  return found;
}

test("a report for every name, invalid ones too, as check() gives it", () =>
  withNetwork(async (net) => {
    async function* names(): AsyncGenerator<string> {
      yield "example.org";
      await turn();
      yield "not a name";
      yield "example.org";
    }
    const found = await all(names(), net.options());
    assert.deepEqual(
      found.map(({ serverName, report, error }) => [serverName, report?.serverName, report?.verdict === "fail", error]).toSorted(),
      [
        ["example.org", "example.org", false, null],
        ["example.org", "example.org", false, null],
        ["not a name", "not a name", true, null],
      ],
    );
    const alone = await check("not a name");
    assert.deepEqual(found.find(({ serverName }) => serverName === "not a name")?.report?.findings, alone.findings);
  }));

test("order: as they finish, or as they came", () =>
  withNetwork(async (net) => {
    await silent(net, "slow.example.org");
    const names = ["slow.example.org", "example.org", "not a name"];
    const finished = checkMany(names, net.options(LONG));
    const first = [await finished.next(), await finished.next()].map(({ value }) => (value as Checked).serverName);
    assert.deepEqual(first.toSorted(), ["example.org", "not a name"]);
    await finished.return?.();
    const inOrder = await all(names, { ...net.options({ timeoutMs: 500 }), order: "input" });
    assert.deepEqual(
      inOrder.map(({ serverName }) => serverName),
      names,
    );
  }));

for (const order of ["finished", "input"] as const) {
  test(`${order}: no more at once than allowed, and no name is read before its time`, async () => {
    let read = 0;
    function* names(): Generator<string> {
      for (;;) {
        read++;
        yield `not a name ${read}`;
      }
    }
    const reports = checkMany(names(), { concurrency: 3, order, dnsServers: ["127.0.0.1"] });
    for (let turns = 0; turns < 20; turns++) await turn();
    assert.equal(read, 0);
    let taken = 0;
    for await (const { serverName } of reports) {
      for (let turns = 0; turns < 20; turns++) await turn();
      taken++;
      // One that waits to begin besides those that are begun.
      const most = order === "finished" ? 3 : 12;
      assert.ok(read <= taken + most + 1, `${read} read, ${taken} taken`);
      if (order === "input") assert.equal(serverName, `not a name ${taken}`);
      if (taken === 50) break;
    }
    assert.equal(taken, 50);
  });
}

test("concurrency is kept", () =>
  withNetwork(async (net) => {
    const names = Array.from({ length: 12 }, (_, index) => `silent-${index}.example.org`);
    const server = await silent(net, ...names);
    const reports = checkMany(names, { ...net.options(LONG), concurrency: 4 });
    const next = reports.next();
    await eventually(
      () => server.accepted >= 4,
      () => `${server.accepted} connections`,
    );
    for (let turns = 0; turns < 100; turns++) await turn();
    assert.equal(server.accepted, 4);
    await reports.return?.();
    await next;
  }));

test("a fault of this program is that name's error, and the others go on", async () => {
  const bad = { toString: () => "bad" } as unknown as string;
  const found = await all(["not a name", bad, "no name either"], { order: "input", dnsServers: ["127.0.0.1"] });
  assert.deepEqual(
    found.map(({ report, error }) => [report?.verdict, error instanceof Error]),
    [
      ["fail", false],
      [undefined, true],
      ["fail", false],
    ],
  );
});

test("an error of the names comes after the reports of those before it", async () => {
  function* names(): Generator<string> {
    yield "not a name";
    yield "no name either";
    throw new Error("the list is broken");
  }
  const found: string[] = [];
  await assert.rejects(
    async () => {
      for await (const { serverName } of checkMany(names(), { dnsServers: ["127.0.0.1"] })) {
        found.push(serverName);
        for (let turns = 0; turns < 20; turns++) await turn();
      }
    },
    { message: "the list is broken" },
  );
  assert.deepEqual(found.toSorted(), ["no name either", "not a name"]);
});

for (const [title, options, message] of [
  ["concurrency", { concurrency: 0 }, /^concurrency must be a whole number from 1 to 1024$/],
  ["order", { order: "random" as "input" }, /^order must be/],
  ["resolver", { dnsServers: ["nonsense"] }, /is not a resolver/],
] as const) {
  test(`refused: ${title}`, () =>
    assert.rejects(checkMany(["example.org"], options as CheckManyOptions).next(), { code: "usage", message }));
}

// Ends before the end: what was under way hangs until its time is up, which isn't before the test's.

const ENDINGS: Record<
  string,
  (names: () => AsyncIterable<string>, options: CheckManyOptions, hanging: () => Promise<void>) => Promise<void>
> = {
  async break(names, options, hanging) {
    for await (const { serverName } of checkMany(names(), options)) {
      assert.equal(serverName, "not a name");
      await hanging();
      break;
    }
  },
  async "an error in the loop"(names, options, hanging) {
    await assert.rejects(
      async () => {
        for await (const _ of checkMany(names(), options)) {
          await hanging();
          throw new Error("mine");
        }
      },
      { message: "mine" },
    );
  },
  async "return() while a report is waited for"(names, options, hanging) {
    const reports = checkMany(names(), options);
    assert.equal(((await reports.next()).value as Checked).serverName, "not a name");
    const next = reports.next();
    await hanging();
    assert.deepEqual(await reports.return?.(), { done: true, value: undefined });
    assert.deepEqual(await next, { done: true, value: undefined });
    assert.deepEqual(await reports.next(), { done: true, value: undefined });
  },
  async "an abort"(names, options, hanging) {
    const stop = new AbortController();
    const found: string[] = [];
    for await (const { serverName } of checkMany(names(), { ...options, signal: stop.signal })) {
      found.push(serverName);
      void hanging().then(() => stop.abort());
    }
    assert.deepEqual(found, ["not a name"]);
  },
};

for (const [title, end] of Object.entries(ENDINGS)) {
  for (const source of ["goes on", "hangs"] as const) {
    test(`${title}, while the list of names ${source}: nothing is left`, () =>
      withNetwork(async (net) => {
        const server = await silent(net, "silent.example.org", "silent-2.example.org");
        const before = open();
        let returned = false;
        async function* names(): AsyncGenerator<string> {
          try {
            yield "not a name";
            yield "silent.example.org";
            yield "silent-2.example.org";
            if (source === "hangs") await new Promise((resolve) => setTimeout(resolve, 500));
            for (;;) yield "silent.example.org";
          } finally {
            returned = true;
          }
        }
        const hanging = (): Promise<void> =>
          eventually(
            () => server.open >= 2,
            () => `${server.open} connections`,
          );
        await end(names, { ...net.options(LONG), concurrency: source === "hangs" ? 8 : 2 }, hanging);
        await eventually(
          () => server.open === 0 && returned && open().length <= before.length,
          () => `left: ${open().join(", ")}; before: ${before.join(", ")}`,
        );
      }));
  }
}

test("aborted before it begins: no name is read", async () => {
  const found = await all(
    (function* () {
      assert.fail("a name was read");
    })(),
    { signal: AbortSignal.abort() },
  );
  assert.deepEqual(found, []);
});

test("an abort of check() closes its sockets and reports what is known", () =>
  withNetwork(async (net) => {
    const server = await silent(net, "silent.example.org");
    const stop = new AbortController();
    const checking = check("silent.example.org", { ...net.options(LONG), signal: stop.signal });
    await eventually(
      () => server.open > 0,
      () => "no connection",
    );
    stop.abort();
    assert.equal((await checking).verdict, "inconclusive");
    await eventually(
      () => server.open === 0,
      () => `${server.open} connections`,
    );
  }));

test("one signal for many checks: no listener stays, and nobody is warned", () =>
  withNetwork(async (net) => {
    const warnings: Error[] = [];
    const warned = (warning: Error): void => void warnings.push(warning);
    process.on("warning", warned);
    const stop = new AbortController();
    let listeners = 0;
    const { addEventListener, removeEventListener } = stop.signal;
    stop.signal.addEventListener = function (this: AbortSignal, ...args: Parameters<typeof addEventListener>) {
      listeners++;
      return addEventListener.apply(this, args);
    };
    stop.signal.removeEventListener = function (this: AbortSignal, ...args: Parameters<typeof removeEventListener>) {
      listeners--;
      return removeEventListener.apply(this, args);
    };
    const checker = await createChecker(net.options());
    await Promise.all(Array.from({ length: 20 }, () => checker.check("example.org", { signal: stop.signal })));
    checker.close();
    await all(["example.org", "example.org"], { ...net.options(), signal: stop.signal });
    assert.equal(listeners, 0);
    await turn();
    process.off("warning", warned);
    assert.deepEqual(warnings, []);
  }));
