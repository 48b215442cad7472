/**
 * The baseline of many names: a loop by hand that asks for each name what the command asks (addresses, SRV, well-known four times over one
 * connection; version, keys and the encoded path over another one, the version over a third with TLS 1.2) and keeps nothing, in as many
 * threads. `node names-loop.js <settings as JSON>`
 */
import { Resolver } from "node:dns/promises";
import { readFileSync } from "node:fs";
import { Agent, request, type RequestOptions } from "node:https";
import { createSecureContext, type SecureContext } from "node:tls";
import { isMainThread, Worker, workerData } from "node:worker_threads";

export interface LoopSettings {
  /** One name a line. */
  file: string;
  /** In all threads together. */
  concurrency: number;
  threads: number;
  dnsServer: string;
  /** Where every connection goes. */
  port: number;
  ca: string;
}

interface Share {
  settings: LoopSettings;
  /** How many names are taken already, by all threads. */
  taken: Int32Array;
  concurrency: number;
}

const share = isMainThread ? firstShare() : (workerData as Share);
const { settings, taken } = share;
const resolver = new Resolver();
resolver.setServers([settings.dnsServer]);
const secureContext = createSecureContext({ ca: settings.ca });
const olderContext = createSecureContext({ ca: settings.ca, maxVersion: "TLSv1.2" });
const names = readFileSync(settings.file, "utf8").trim().split("\n");

const noRecord = (): [] => [];

async function check(name: string): Promise<void> {
  const asked = [
    resolver.resolve6(name).catch(noRecord),
    resolver.resolveSrv(`_matrix-fed._tcp.${name}`).catch(noRecord),
    resolver.resolveSrv(`_matrix._tcp.${name}`).catch(noRecord),
  ];
  const [address = ""] = await resolver.resolve4(name);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const wellKnown = (): Promise<string> => get(address, name, name, "/.well-known/matrix/server", { agent });
  const delegated = (JSON.parse(await wellKnown()) as { "m.server": string })["m.server"];
  const host = delegated.split(":")[0] ?? "";
  const line = new Agent({ keepAlive: true, maxSockets: 1 });
  const [keys] = await Promise.all([
    get(address, host, delegated, "/_matrix/key/v2/server", { agent: line }),
    get(address, host, delegated, "/_matrix/federation/v1/version", { agent: line }),
    get(address, host, delegated, "/_matrix/federation/v1/event/%24a%2Fb", { agent: line }),
    get(address, host, delegated, "/_matrix/federation/v1/version", { secureContext: olderContext }),
    ...[wellKnown(), wellKnown(), wellKnown()],
    ...asked,
  ]);
  agent.destroy();
  line.destroy();
  if ((JSON.parse(keys) as { server_name: string }).server_name !== name) throw new Error(`${name}: another server's keys`);
}

function get(
  address: string,
  servername: string,
  host: string,
  path: string,
  { agent = false, secureContext: context = secureContext }: { agent?: Agent | false; secureContext?: SecureContext } = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    // Node's types don't know that a request passes its secureContext on to tls.connect.
    const options: RequestOptions & { secureContext: SecureContext } = {
      host: address,
      port: settings.port,
      servername,
      path,
      secureContext: context,
      agent,
      headers: { host },
    };
    const asked = request(options, (response) => {
      let body = "";
      response.setEncoding("utf8");
      response.on("data", (text: string) => (body += text));
      response.on("end", () => resolve(body));
      response.on("error", reject);
    });
    asked.on("error", reject);
    asked.end();
  });
}

async function worker(): Promise<void> {
  for (let next = Atomics.add(taken, 0, 1); next < names.length; next = Atomics.add(taken, 0, 1)) await check(names[next] ?? "");
}
await Promise.all(Array.from({ length: share.concurrency }, worker));

/** Of this thread, which starts the others. */
function firstShare(): Share {
  const settings = JSON.parse(process.argv[2] ?? "") as LoopSettings;
  const taken = new Int32Array(new SharedArrayBuffer(4));
  const shares = Array.from({ length: settings.threads }, (_, place): Share => {
    const concurrency = Math.floor((settings.concurrency + place) / settings.threads);
    return { settings, taken, concurrency };
  });
  for (const workerData of shares.slice(1)) new Worker(new URL(import.meta.url), { workerData });
  return shares[0] ?? { settings, taken, concurrency: settings.concurrency };
}
