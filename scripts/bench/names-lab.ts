/**
 * A homeserver for each of n<i>.example.org, all behind one port with a wildcard certificate, and their DNS, in a process of its own: as
 * fast as plain Node is, so that what is measured is the program that asks. `node --import tsx names-lab.ts <number of names>`
 */
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { createAuthority } from "../../test/lab/certificates.ts";
import { startDnsServer } from "../../test/lab/dns-server.ts";
import { createSigner } from "../../test/lab/signing.ts";

export interface NamesLab {
  dnsServer: string;
  port: number;
  ca: string;
}

/** What was asked since the last time that this was asked. */
export interface Asked {
  queries: number;
  connections: number;
  requests: number;
}

const names = Number(process.argv[2]);
const authority = await createAuthority();
const site = await (await authority.intermediate()).issue({ names: ["*.example.org"] });
const dns = await startDnsServer({ "*.example.org": { A: ["127.0.0.1"] } });
const asked: Asked = { queries: 0, connections: 0, requests: 0 };

const keys = new Map<string, string>();
for (let index = 0; index < names; index++) {
  const serverName = `n${index}.example.org`;
  keys.set(serverName, JSON.stringify(createSigner(serverName).keyResponse()));
}

const server = createServer({ key: site.key, cert: site.chain }, (request, response) => {
  asked.requests++;
  const serverName = (request.headers.host ?? "").split(":")[0] ?? "";
  const [status, body] = answer(serverName, request.url ?? "");
  response.writeHead(status, { "content-type": "application/json", "content-length": Buffer.byteLength(body) }).end(body);
});
server.on("connection", () => asked.connections++);
server.on("tlsClientError", () => undefined);

function answer(serverName: string, url: string): [number, string] {
  if (url === "/.well-known/matrix/server") return [200, `{"m.server":"${serverName}:8448"}`];
  if (url === "/_matrix/federation/v1/version") return [200, '{"server":{"name":"Synapse","version":"1.152.0"}}'];
  if (url === "/_matrix/key/v2/server") return [200, keys.get(serverName) ?? ""];
  return [401, '{"errcode":"M_UNAUTHORIZED","error":"Missing Authorization headers"}'];
}

await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
process.on("message", () => {
  process.send?.({ ...asked, queries: dns.queries.length } satisfies Asked);
  Object.assign(asked, { connections: 0, requests: 0 });
  dns.queries.length = 0;
});
process.once("disconnect", () => {
  server.close();
  server.closeAllConnections();
  void dns.close();
});
process.send?.({ dnsServer: `127.0.0.1:${dns.port}`, port: (server.address() as AddressInfo).port, ca: authority.pem } satisfies NamesLab);
