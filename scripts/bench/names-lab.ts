/**
 * A homeserver for each of n<i>.example.org, and some a8-n<i> with eight addresses and t4-n<i> with four SRV targets, all behind one port
 * with a wildcard certificate, and their DNS, in processes of their own: nginx where there is one, otherwise plain Node, so that what is
 * measured is the program that asks. `node --import tsx names-lab.ts <number of names> <folder>`
 */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { createServer } from "node:https";
import { connect, type AddressInfo, createServer as createTcpServer } from "node:net";
import { join } from "node:path";
import { createAuthority } from "../../test/lab/certificates.ts";
import { createSigner } from "../../test/lab/signing.ts";
import { startResponder } from "./dns-responder.ts";

export interface NamesLab {
  dnsServer: string;
  port: number;
  ca: string;
  /** What serves the names: `nginx`, or `Node`. */
  server: string;
}

/** What was asked since the last time that this was asked. */
export interface Asked {
  queries: number;
  connections: number;
  requests: number;
}

interface Site {
  port: number;
  kind: string;
  /** Since the start. */
  asked(): Promise<Omit<Asked, "queries">>;
  close(): void;
}

/** Of the kinds with several addresses and targets. */
const OF_A_KIND = 100;

const names = Number(process.argv[2]);
const folder = process.argv[3] ?? "";
const authority = await createAuthority();
const certificate = await (await authority.intermediate()).issue({ names: ["*.example.org"] });
const dns = await startResponder("example.org");
const WELL_KNOWN = "/.well-known/matrix/server";
const VERSION = "/_matrix/federation/v1/version";
const KEYS = "/_matrix/key/v2/server";
const VERSION_BODY = '{"server":{"name":"Synapse","version":"1.152.0"}}';
const UNAUTHORIZED = '{"errcode":"M_UNAUTHORIZED","error":"Missing Authorization headers"}';

function keysOf(serverName: string): string {
  return JSON.stringify(createSigner(serverName).keyResponse());
}

function eachName<T>(make: (serverName: string) => T): T[] {
  const all = (count: number, kind: string): T[] => Array.from({ length: count }, (_, index) => make(`${kind}n${index}.example.org`));
  return [...all(names, ""), ...all(OF_A_KIND, "a8-"), ...all(OF_A_KIND, "t4-")];
}

async function startNginx(): Promise<Site | null> {
  const [port, statusPort] = [await freePort(), await freePort()];
  const root = join(folder, "nginx");
  await mkdir(join(root, "keys"), { recursive: true });
  for (const [serverName, keys] of eachName((name) => [name, keysOf(name)] as const)) await writeFile(join(root, "keys", serverName), keys);
  await writeFile(join(root, "key.pem"), certificate.key);
  await writeFile(join(root, "chain.pem"), certificate.chain);
  await writeFile(
    join(root, "nginx.conf"),
    `${process.getuid?.() === 0 ? "user root; " : ""}daemon off; worker_processes auto; pid ${root}/pid; error_log ${root}/error.log;
events { worker_connections 4096; }
http {
  access_log off; default_type application/json;
  client_body_temp_path ${root}/body; proxy_temp_path ${root}/proxy; fastcgi_temp_path ${root}/fastcgi;
  uwsgi_temp_path ${root}/uwsgi; scgi_temp_path ${root}/scgi;
  server {
    listen ${port} ssl backlog=4096;
    ssl_certificate ${root}/chain.pem; ssl_certificate_key ${root}/key.pem; ssl_protocols TLSv1.2 TLSv1.3;
    location = ${WELL_KNOWN} { if ($host ~ ^t) { return 404; } return 200 '{"m.server":"$host:8448"}'; }
    location = ${VERSION} { return 200 '${VERSION_BODY}'; }
    location = ${KEYS} { alias ${root}/keys/$host; }
    location / { return 401 '${UNAUTHORIZED}'; }
  }
  server { listen 127.0.0.1:${statusPort}; location / { stub_status; } }
}
`,
  );
  const child = spawn("nginx", ["-p", root, "-c", join(root, "nginx.conf"), "-e", join(root, "error.log")], { stdio: "ignore" });
  if (!(await isListening(port, child))) return null;
  return {
    port,
    kind: "nginx",
    async asked() {
      const text = await (await fetch(`http://127.0.0.1:${statusPort}/`)).text();
      const [, accepted = NaN, , requests = NaN] = (/^\s*(\d+) (\d+) (\d+)/m.exec(text) ?? []).map(Number);
      return { connections: accepted, requests };
    },
    close: () => void child.kill(),
  };
}

/** False when the process ends before it does. */
async function isListening(port: number, child: ChildProcess): Promise<boolean> {
  const ended = new Promise<false>((resolve) => {
    child.once("error", () => resolve(false));
    child.once("exit", () => resolve(false));
  });
  for (;;) {
    const listens = new Promise<boolean | null>((resolve) => {
      const socket = connect(port, "127.0.0.1");
      socket.once("connect", () => resolve(true)).once("error", () => setTimeout(resolve, 20, null));
      socket.once("connect", () => socket.destroy());
    });
    const answer = await Promise.race([ended, listens]);
    if (answer !== null) return answer;
  }
}

async function freePort(): Promise<number> {
  const server = createTcpServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function startNode(): Promise<Site> {
  const keys = new Map(eachName((name) => [name, keysOf(name)]));
  const asked = { connections: 0, requests: 0 };
  const server = createServer({ key: certificate.key, cert: certificate.chain }, (request, response) => {
    asked.requests++;
    const serverName = (request.headers.host ?? "").split(":")[0] ?? "";
    const [status, body] = answer(serverName, request.url ?? "");
    response.writeHead(status, { "content-type": "application/json", "content-length": Buffer.byteLength(body) }).end(body);
  });
  const answer = (serverName: string, url: string): [number, string] => {
    if (url === WELL_KNOWN) return serverName.startsWith("t") ? [404, ""] : [200, `{"m.server":"${serverName}:8448"}`];
    if (url === VERSION) return [200, VERSION_BODY];
    if (url === KEYS) return [200, keys.get(serverName) ?? ""];
    return [401, UNAUTHORIZED];
  };
  server.on("connection", () => asked.connections++);
  server.on("tlsClientError", () => undefined);
  await new Promise<void>((resolve) => server.listen(0, "0.0.0.0", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    kind: "Node",
    asked: () => Promise.resolve({ ...asked }),
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

const site = (await startNginx()) ?? (await startNode());
let before: Asked = { queries: 0, connections: 0, requests: 0 };
process.on("message", () => {
  void site.asked().then((now) => {
    const asked: Asked = { ...now, queries: dns.asked() };
    process.send?.({
      queries: asked.queries - before.queries,
      connections: asked.connections - before.connections,
      requests: asked.requests - before.requests,
    } satisfies Asked);
    before = asked;
  });
});
process.once("disconnect", () => {
  site.close();
  dns.close();
});
process.send?.({ dnsServer: `127.0.0.1:${dns.port}`, port: site.port, ca: authority.pem, server: site.kind } satisfies NamesLab);
