/** The service in front of a network of the lab, over real sockets. */
import assert from "node:assert/strict";
import { connect, type AddressInfo } from "node:net";
import { createChecker, type CheckOptions } from "../../src/check.ts";
import { nameProblem } from "../../src/commands/many/valid-names.ts";
import { trustedProxies } from "../../src/serve/client.ts";
import { createService, type Service, type ServiceOptions } from "../../src/serve/service.ts";
import { startNetwork, type Network } from "../lab/network.ts";

export const TOOL = { name: "matrix-delegation-check", version: "1.2.3" };

export interface Answer {
  status: number;
  type: string | null;
  text: string;
  headers: Headers;
}

export interface Stage<Prepared> {
  net: Network;
  prepared: Prepared;
  service: Service;
  port: number;
  /** What is said on stderr. */
  faults: unknown[];
  ask(path: string, init?: RequestInit): Promise<Answer>;
  json<T>(path: string): Promise<T>;
}

export interface StageOptions<Prepared> {
  check?: CheckOptions;
  service?: Partial<ServiceOptions>;
  prepare(net: Network): Promise<Prepared>;
}

export async function onStage<Prepared>(
  { check = {}, service: own = {}, prepare }: StageOptions<Prepared>,
  run: (stage: Stage<Prepared>) => Promise<void>,
): Promise<void> {
  const net = await startNetwork();
  const prepared = await prepare(net);
  const checker = await createChecker(net.options(check));
  const faults: unknown[] = [];
  const service = createService({
    tool: TOOL,
    check: (serverName, { signal, onStep }) => checker.check(serverName, { signal, onStep }),
    nameProblem: (name) => {
      const problem = nameProblem(name);
      return problem === null ? null : `error: "${name}" ${problem}`;
    },
    renderText: ({ verdict, serverName }) => `${verdict} ${serverName}\n`,
    concurrency: 16,
    rate: 0,
    proxies: trustedProxies([]),
    deadlineMs: 30_000,
    figures: () => ({ residentBytes: 1, startedSeconds: 2 }),
    onFault: (error) => faults.push(error),
    ...own,
  });
  await new Promise<void>((resolve) => service.server.listen(0, "127.0.0.1", resolve));
  const { port } = service.server.address() as AddressInfo;
  const ask = async (path: string, init?: RequestInit): Promise<Answer> => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { redirect: "manual", ...init });
    const text = await response.text();
    return { status: response.status, type: response.headers.get("content-type"), text, headers: response.headers };
  };
  try {
    await run({ net, prepared, service, port, faults, ask, json: async <T>(path: string) => JSON.parse((await ask(path)).text) as T });
  } finally {
    await service.end(0);
    assert.equal(service.checks.underWay, 0, "no check is left");
    checker.close();
    await net.close();
  }
}

/** A healthy server, one whose port is closed, and one whose certificate is for its SRV target. */
export async function someServers(net: Network): Promise<void> {
  await net.web("example.org", {
    routes: {
      "/.well-known/matrix/server": { body: { "m.server": "matrix.example.org:443" }, headers: { "cache-control": "max-age=600" } },
    },
  });
  await net.homeserver("example.org", { host: "matrix.example.org", port: 443 });
  await net.web("closed.example.org");
  await net.closed("closed.example.org", 8448);
  await net.web("srv.example.org");
  net.publish("_matrix-fed._tcp.srv.example.org", { SRV: ["20 0 8449 second.example.net", "10 5 8448 hs.example.net"] });
  await net.homeserver("srv.example.org", { host: "hs.example.net" });
  await net.homeserver("srv.example.org", { host: "second.example.net", port: 8449 });
}

/** A server that takes connections and says nothing. */
export async function silent(net: Network, name = "silent.example.org"): ReturnType<Network["web"]> {
  return net.web(name, { onAccept: "stall", tls: null });
}

export const PATIENT: CheckOptions = { timeoutMs: 60_000, deadlineMs: 60_000, authoritative: false };

export async function eventually(holds: () => boolean, what: string): Promise<void> {
  const limit = performance.now() + 20_000;
  while (!holds()) {
    if (performance.now() > limit) assert.fail(what);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** What comes back for bytes as they are, until the other side closes. */
export function raw(port: number, bytes: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    let text = "";
    socket.setEncoding("latin1").on("data", (part: string) => (text += part));
    socket.on("error", () => {});
    socket.once("close", () => resolve(text));
    socket.end(bytes, "latin1");
  });
}
