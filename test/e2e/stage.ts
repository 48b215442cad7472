/**
 * What stands around the real proxy: a resolver, trust, certificates on disk as certbot leaves them, the homeserver behind it, and ports.
 * The proxy stands at example.org:443, matrix.example.org:443 and matrix.example.org:8448, as far as the check can see.
 */
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { check, type CheckOptions } from "../../src/check.ts";
import type { Report } from "../../src/facts/output.ts";
import { selfSigned, type Issued } from "../lab/certificates.ts";
import { matrixError, startHomeserver, type Homeserver, type HomeserverOptions } from "../lab/homeserver.ts";
import { startNetwork, type Network } from "../lab/network.ts";
import { claimPort, releasePort } from "../lab/ports.ts";
import { startWebServer, type WebServer } from "../lab/web-server.ts";

export const NAME = "example.org";
export const HOST = "matrix.example.org";

export interface Stage {
  net: Network;
  /** Holds `live/<name>/`, `certs/<name>.pem`, `www/`. */
  directory: string;
  /** The port at which the proxy really listens, by the port that is published. */
  ports: { 443: number; 8448: number; admin: number; inner: number };

  /** The homeserver behind the proxy, without TLS. */
  backend: Homeserver;
  /** A web server without TLS that serves the files in `www/`, for a proxy that can't. */
  website: WebServer;
  /** Puts a certificate where certbot puts it, and into one file for HAProxy. */
  save(name: string, issued: Issued): void;
  /** The same without the file for HAProxy. */
  saveLive(name: string, issued: Issued): void;
  /** As a public CA would. */
  issue(names: string[], notAfter?: Date): Promise<Issued>;
  selfSigned(name: string): Promise<Issued>;
  /** `how`: by another check than the usual one. */
  check(how?: (options: CheckOptions) => Promise<Report>): Promise<Report>;
  close(): Promise<void>;
}

export interface StageOptions {
  /** Where `example.org` and `matrix.example.org` have addresses; default 127.0.0.1. */
  addresses?: string[];
  /** The value of `m.server` that the lab's web server gives at example.org:443. Null: the real proxy stands there. */
  mServer: string | null;
  /** What the homeserver does differently. */
  backend?: Partial<HomeserverOptions>;
}

/** What Synapse sends with everything; proxies pass it on or put their own in its place. */
const SERVER = { server: "Synapse/1.152.0" };

export async function startStage({ addresses = ["127.0.0.1"], mServer, backend: broken = {} }: StageOptions): Promise<Stage> {
  const directory = mkdtempSync(join(tmpdir(), "mdc-e2e-"));
  // Workers of a server that was started as root aren't root.
  chmodSync(directory, 0o755);
  for (const each of ["live", "certs", "www", "empty", "data", "config", "logs"]) mkdirSync(join(directory, each), { mode: 0o755 });
  const net = await startNetwork();
  // Where the certificates say that their issuer can be had.
  await net.publishIssuers({ "/issuer.der": net.issuer.der });
  const ports = { 443: await freePort(), 8448: await freePort(), admin: await freePort(), inner: await freePort() };
  const backend = await startHomeserver({
    serverName: NAME,
    tls: null,
    version: { headers: SERVER },
    keys: { headers: SERVER },
    // Event ids have no slash of their own: a path that was decoded on the way is another path.
    event: (request, response) => {
      const known = /^\/_matrix\/federation\/v1\/event\/[^/]+$/.test(request.url ?? "");
      response.writeHead(known ? 401 : 404, { ...SERVER, "content-type": "application/json" });
      response.end(
        JSON.stringify(
          known ? matrixError("M_UNAUTHORIZED", "Missing Authorization headers") : matrixError("M_UNRECOGNIZED", "Unrecognized request"),
        ),
      );
    },
    fallback: {
      status: 404,
      headers: { ...SERVER, "content-type": "text/html" },
      body: "<html><title>404 - No Such Resource</title><body><h1>No Such Resource</h1><p>No such child resource.</p></body></html>",
    },
    ...broken,
  });

  const website = await startWebServer({
    fallback: (request, response) => {
      const path = request.url === "/" ? "/index.html" : (request.url ?? "");
      const file = join(directory, "www", path.replaceAll("..", ""));
      const found = existsSync(file) && statSync(file).isFile();
      response.writeHead(found ? 200 : 404, {
        "content-type": path.endsWith(".html") || !found ? "text/html" : "application/octet-stream",
      });
      response.end(found ? readFileSync(file) : "<h1>Not here</h1>");
    },
  });

  const A = addresses.filter((address) => !address.includes(":"));
  const AAAA = addresses.filter((address) => address.includes(":"));
  net.publish(HOST, { A, AAAA });
  const connectTo = [`${HOST}:8448::${ports[8448]}`, `${HOST}:443::${ports[443]}`];
  if (mServer === null) {
    net.publish(NAME, { A, AAAA });
    connectTo.push(`${NAME}:443::${ports[443]}`);
    await net.closed(NAME, 8448);
  } else {
    await net.web(NAME, { routes: { "/.well-known/matrix/server": { body: { "m.server": mServer } } } });
  }

  const stage: Stage = {
    net,
    directory,
    ports,
    backend,
    website,
    save(name, issued) {
      stage.saveLive(name, issued);
      writeFileSync(join(directory, "certs", `${name}.pem`), `${issued.chain.trim()}\n${issued.key.trim()}\n`);
    },
    saveLive(name, { key, cert, chain, intermediates }) {
      const live = join(directory, "live", name);
      mkdirSync(live, { recursive: true });
      const files = { "privkey.pem": key, "cert.pem": cert, "chain.pem": intermediates.join("\n"), "fullchain.pem": chain };
      for (const [file, text] of Object.entries(files)) writeFileSync(join(live, file), `${text.trim()}\n`);
    },
    issue: (names, notAfter) =>
      net.issuer.issue({
        names,
        ...(notAfter === undefined ? {} : { notAfter, notBefore: new Date(notAfter.getTime() - 90 * 86_400_000) }),
      }),
    selfSigned: (name) => selfSigned({ names: [name], commonName: name }),
    check(how = (options) => check(NAME, options)) {
      const base = net.options({ timeoutMs: 5000, deadlineMs: 15_000 });
      // Caddy's own authority stands for the public one, of which it gets certificates by itself.
      const caddys = join(directory, "data/caddy/pki/authorities/local/root.crt");
      const ca = [...(base.ca ?? []), ...(existsSync(caddys) ? [readFileSync(caddys, "utf8")] : [])];
      // Its certificates last for hours.
      return how({ ...base, ca, minCertDays: 0, connectTo: [...(base.connectTo ?? []), ...connectTo] });
    },
    async close() {
      await backend.close();
      await website.close();
      await net.close();
      Object.values(ports).forEach(releasePort);
      rmSync(directory, { recursive: true, force: true });
    },
  };
  writeFileSync(join(directory, "www", "index.html"), '<!doctype html><title>Welcome</title><div id="root"></div>\n');
  for (const name of [NAME, HOST]) stage.save(name, await stage.issue([name]));
  return stage;
}

/** This process's own until it ends, as other tests beside it have it; and no program's that isn't of the tests. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = await claimPort();
    if (await isFree(port)) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "::", () => server.close(() => resolve(true)));
  });
}
