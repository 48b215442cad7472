/**
 * A small internet on loopback: a resolver, web servers and homeservers on the ports that they have out there (443, 8448), trusted by one
 * authority. The ports are mapped with --connect-to, so that no root is needed. Everything is right unless an argument breaks it.
 *
 *     const net = await startNetwork();
 *     await net.web("example.org", { routes: { "/.well-known/matrix/server": { body: { "m.server": "matrix.example.org:443" } } } });
 *     await net.homeserver("example.org", { host: "matrix.example.org", port: 443 });
 *     const report = await check("example.org", net.options());
 */
import type { CheckOptions } from "../../src/check.ts";
import { createAuthority, type Authority } from "./certificates.ts";
import { startDnsServer, type LabDnsServer, type LabEntry, type LabZone } from "./dns-server.ts";
import { startFilteredPort } from "./filtered-port.ts";
import { startHomeserver, type Homeserver, type HomeserverOptions } from "./homeserver.ts";
import { claimPort, onOwnPort, releasePort } from "./ports.ts";
import { createSigner } from "./signing.ts";
import { startWebServer, type TlsMaterial, type WebServer, type WebServerOptions } from "./web-server.ts";

interface Place {
  /** The port as others see it; default 443 for a web server, 8448 for a homeserver. */
  port?: number;
  /** Loopback addresses, each with a server of its own; default 127.0.0.1. They are published as A and AAAA records. */
  addresses?: string[];
  /** Publish no address records; the scenario makes its own. */
  unpublished?: boolean;
  /** Connections to the host go to these addresses whatever DNS says; nothing is published. */
  overridden?: boolean;
}

interface HomeserverPlace {
  /** Default: the server name. */
  host?: string;
  /** A certificate for each address, by its index. */
  tlsOf?: (index: number) => TlsMaterial;
  /**
   * The id of a signing key for each address, by its index, and where ids are the same what it is made from; by default they have the same
   * key.
   */
  signerOf?: (index: number) => string | { keyId: string; seed: Buffer };
}

export interface Network {
  dns: LabDnsServer;
  authority: Authority;
  /** The intermediate that issues the sites' certificates. */
  issuer: Authority;
  /** A web server for a host; one for each address. */
  web(host: string, options?: Omit<WebServerOptions, "port"> & Place): Promise<WebServer[]>;
  /** A homeserver for a server name, at a host (by default the name itself). */
  homeserver(serverName: string, options?: Omit<HomeserverOptions, "port" | "serverName"> & Place & HomeserverPlace): Promise<Homeserver[]>;
  /** Nothing answers there, as behind a firewall. */
  filtered(host: string, port: number, address?: string): Promise<void>;
  /** Nothing answers at that address, at a port that other addresses serve (`port` as the system has it: that of the `WebServer`). */
  filteredAt(address: string, port: number): Promise<void>;
  /**
   * Connections to it are made after a while only: the packets before that get lost. Then it is what listens on `to`, a port as the system
   * has it.
   */
  slow(host: string, port: number, to: number): Promise<void>;
  /** Where certificates say that their issuer's can be had, `http://ca.test`: DER by path, `/issuer.der`. */
  publishIssuers(byPath: Record<string, Buffer>): Promise<WebServer>;
  /** Nothing listens there: connections are refused. */
  closed(host: string, port: number): Promise<void>;
  /**
   * Nameservers of a zone by their names, published as its NS records. Each serves what is published at that moment and an SOA record, but
   * for what is given here; `null`: nothing answers there.
   */
  nameservers(apex: string, servers: Record<string, LabZone | null>): Promise<LabDnsServer[]>;
  /** Adds to a name's records. */
  publish(name: string, entry: Exclude<LabEntry, string>): void;
  /** For `check()`. */
  options(more?: CheckOptions): CheckOptions;
  /** The same for the command line; `caFile` is a file that holds `authority.pem`. */
  args(caFile: string): string[];
  close(): Promise<void>;
}

/** Where hosts stand that other programs than the check must find: at addresses of their own, on the ports that they have out there. */
export interface RealPlaces {
  /** The address that stands for this one of the lab's, for this host. */
  of(host: string, address: string): string;
  /** Of the resolver, which listens on port 53. */
  resolver: string;
}

/** The process's own, as its root: what each test would make anew takes longer than most checks. */
let shared: Promise<Authority> | undefined;
const certificates = new Map<string, Promise<TlsMaterial>>();

let real: RealPlaces | null = null;

/** All networks from now on; needs a network namespace in which these addresses are local, and root for the ports. */
export function useRealPlaces(places: RealPlaces): void {
  real = places;
}

export async function startNetwork(): Promise<Network> {
  const authority = await createAuthority();
  shared ??= authority.intermediate();
  const issuer = await shared;
  const dns = await startDnsServer({}, real === null ? {} : { host: real.resolver, port: 53 });
  const closers: (() => Promise<unknown>)[] = [() => dns.close()];
  const ports = [dns.port];
  const connectTo: string[] = [];

  function publish(name: string, entry: Exclude<LabEntry, string>): void {
    const existing = dns.zone[name];
    dns.zone[name] = typeof existing === "object" ? { ...existing, ...entry } : entry;
  }
  const placed = (host: string, address: string): string => real?.of(host, address) ?? address;
  function publishAddresses(host: string, { addresses = ["127.0.0.1"], unpublished }: Place): void {
    if (unpublished === true) return;
    const own = addresses.map((address) => placed(host, address));
    publish(host, { A: own.filter((address) => !address.includes(":")), AAAA: own.filter((address) => address.includes(":")) });
  }
  /** One physical port on all addresses, for a port as others see it. */
  async function everywhere<S extends { port: number; close(): Promise<void> }>(
    host: string,
    seen: number,
    place: Place,
    start: (address: string, port: number, index: number) => Promise<S>,
  ): Promise<S[]> {
    const addresses = place.addresses ?? ["127.0.0.1"];
    if (place.overridden !== true) publishAddresses(host, place);
    const allAt = async (port: number): Promise<S[]> => {
      const servers: S[] = [];
      try {
        for (const [index, address] of addresses.entries()) servers.push(await start(placed(host, address), port, index));
        return servers;
      } catch (error) {
        await Promise.all(servers.map((server) => server.close()));
        throw error;
      }
    };
    const servers = real === null ? await onOwnPort(allAt) : await allAt(seen);
    for (const server of servers) closers.push(() => server.close());
    if (real !== null) return servers;
    const port = servers[0]?.port ?? 0;
    ports.push(port);
    if (place.overridden === true)
      for (const address of addresses) connectTo.push(`${host}:${seen}:${address.includes(":") ? `[${address}]` : address}:${port}`);
    else connectTo.push(`${host}:${seen}::${port}`);
    return servers;
  }
  const certificate = (host: string): Promise<TlsMaterial> => {
    const known = certificates.get(host) ?? issuer.issue({ names: [host] });
    certificates.set(host, known);
    return known;
  };

  return {
    dns,
    authority,
    issuer,
    publish,
    async web(host, { port = 443, addresses, unpublished, overridden, ...options } = {}) {
      const tls = options.tls === undefined ? await certificate(host) : options.tls;
      return everywhere(host, port, place(addresses, unpublished, overridden), (address, physical) =>
        startWebServer({ ...options, tls, address, port: physical }),
      );
    },
    async homeserver(serverName, { host = serverName, port = 8448, addresses, unpublished, overridden, tlsOf, signerOf, ...options } = {}) {
      const tls = options.tls === undefined ? await certificate(host) : options.tls;
      return everywhere(host, port, place(addresses, unpublished, overridden), (address, physical, index) => {
        const own = {
          tls: tlsOf?.(index) ?? tls,
          ...(signerOf === undefined ? {} : { signer: createSigner(serverName, signerOptions(signerOf(index))) }),
        };
        return startHomeserver({ ...options, ...own, serverName, address, port: physical });
      });
    },
    async nameservers(apex, servers) {
      const own: LabZone = { [apex]: { SOA: [SOA], NS: Object.keys(servers) } };
      const started: LabDnsServer[] = [];
      for (const [name, different] of Object.entries(servers)) {
        const zone =
          different === null ? { [`*.${apex}`]: "drop" as const, [apex]: "drop" as const } : overlaid(overlaid(dns.zone, own), different);
        const at = real === null ? {} : { host: placed(name, "127.0.0.1"), port: 53 };
        const server = await startDnsServer(zone, { authoritative: true, ...at });
        closers.push(() => server.close());
        ports.push(server.port);
        if (real === null) connectTo.push(`${name}:53::${server.port}`);
        started.push(server);
      }
      publish(apex, { NS: Object.keys(servers) });
      for (const name of Object.keys(servers)) if (!Object.hasOwn(dns.zone, name)) publish(name, { A: [placed(name, "127.0.0.1")] });
      return started;
    },
    async filtered(host, seen, address = "127.0.0.1") {
      const dead = real === null ? await startFilteredPort(address) : await startFilteredPort(placed(host, address), seen);
      closers.push(() => dead.close());
      ports.push(dead.port);
      if (real === null) connectTo.push(`${host}:${seen}::${dead.port}`);
    },
    async filteredAt(address, port) {
      const dead = await startFilteredPort(address, port);
      closers.push(() => dead.close());
    },
    async slow(host, seen, to) {
      const late = await startFilteredPort("127.0.0.1", null, { forMs: 3500, to });
      closers.push(() => late.close());
      ports.push(late.port);
      connectTo.push(`${host}:${seen}::${late.port}`);
    },
    async publishIssuers(byPath) {
      const routes = Object.fromEntries(Object.entries(byPath).map(([path, body]) => [path, { body }]));
      const [server] = await everywhere("ca.test", 80, {}, (address, port) => startWebServer({ tls: null, routes, address, port }));
      if (server === undefined) throw new Error("no server");
      return server;
    },
    async closed(host, seen) {
      if (real !== null) return;
      const port = await claimPort();
      ports.push(port);
      connectTo.push(`${host}:${seen}::${port}`);
    },
    options: (more = {}) => ({ dnsServers: [`${dns.address}:${dns.port}`], connectTo, ca: [authority.pem], allowPrivate: true, ...more }),
    args: (caFile) => [
      "--dns-server",
      `${dns.address}:${dns.port}`,
      "--ca-file",
      caFile,
      "--allow-private",
      ...connectTo.flatMap((entry) => ["--connect-to", entry]),
    ],
    async close() {
      await Promise.all(closers.map((close) => close()));
      if (real === null) ports.splice(0).forEach(releasePort);
    },
  };
}

function signerOptions(key: string | { keyId: string; seed: Buffer }): { keyId: string; seed?: Buffer } {
  return typeof key === "string" ? { keyId: key } : key;
}

function place(addresses: string[] | undefined, unpublished: boolean | undefined, overridden: boolean | undefined): Place {
  return {
    ...(addresses === undefined ? {} : { addresses }),
    ...(unpublished === undefined ? {} : { unpublished }),
    ...(overridden === undefined ? {} : { overridden }),
  };
}

const SOA = "ns1.invalid hostmaster.invalid 2026060100 3600 600 604800 300";

function overlaid(zone: LabZone, over: LabZone): LabZone {
  const result = { ...zone };
  for (const [name, entry] of Object.entries(over)) {
    const known = result[name];
    result[name] = typeof entry === "object" && typeof known === "object" ? { ...known, ...entry } : entry;
  }
  return result;
}
