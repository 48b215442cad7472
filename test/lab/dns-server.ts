/**
 * A resolver on loopback over real UDP and TCP, and over TLS and HTTPS when given a certificate. It answers from a plain table.
 *
 *   const dns = await startDnsServer({
 *     "example.org": { A: ["127.0.0.1"], AAAA: [] },                       // AAAA, and every type not mentioned: NODATA
 *     "_matrix-fed._tcp.example.org": { SRV: ["10 5 8448 matrix.example.org"] },
 *     "_matrix._tcp.example.org": "NXDOMAIN",                              // declared, so not in `undeclared`
 *     "alias.example.org": { CNAME: ["example.org"] },                     // followed inside the table, as a resolver does
 *     "*.wild.example.org": { A: ["127.0.0.2"] },
 *     "bogus.example.org": { A: { records: ["127.0.0.1"], bogus: { code: 9, text: "no DNSKEY" } } },
 *     "slow.example.org": { A: { records: ["127.0.0.1"], delayMs: 50 } },
 *     "dead.example.org": "drop",
 *   });
 *   createDnsClient({ servers: [dns.resolver], timeoutMs: 1000 })
 *
 * `dns.zone` may be changed while it runs. A name that isn't declared is NXDOMAIN and noted in `undeclared`.
 */
import { createSocket, type Socket as UdpSocket } from "node:dgram";
import { createServer as createTcpServer, type AddressInfo, type Server, type Socket } from "node:net";
import { createSecureServer } from "node:http2";
import { createServer as createTlsServer } from "node:tls";
import { decode } from "dns-packet";
import type { ResolverAddress } from "../../src/net/dns/resolver-address.ts";
import { claimPort, onOwnPort } from "./ports.ts";
import { type LabQuery, type LabTransport, type LabZone, respond } from "./dns-zone.ts";

export type { LabBehaviour, LabEntry, LabQuery, LabRecords, LabZone } from "./dns-zone.ts";

export interface LabDnsOptions {
  /** Default 127.0.0.1. */
  host?: string;
  /** Default: one that is free. */
  port?: number;
  /** Added to every answer, milliseconds; `server.delayMs` may be changed. */
  delayMs?: number;
  /** The AD bit in every answer that isn't said otherwise. */
  authenticated?: boolean;
  /** It is a nameserver of the zone: AA instead of RA in every answer that isn't said otherwise. */
  authoritative?: boolean;
  /** The SOA of negative answers where the zone has none above the name; null for none. Default 300 and 300. */
  soa?: { ttl: number; minimum: number } | null;
  /** PEM; also starts DNS over TLS and over HTTPS (`/dns-query`). */
  tls?: { key: string; cert: string };
}

export interface LabDnsServer {
  /** `127.0.0.1`. */
  address: string;
  /** UDP and TCP. */
  port: number;
  /** For `createDnsClient`. */
  resolver: ResolverAddress;
  /** For `createDnsClient`, by address and by the name `localhost`; null without `tls`. */
  overTls: { port: number; resolver: ResolverAddress; byName: ResolverAddress } | null;
  overHttps: { port: number; resolver: ResolverAddress; byName: ResolverAddress } | null;
  /** The table: names in lower case without the final dot. Use `setZone` to add and remove names at once. */
  zone: LabZone;
  setZone(zone: LabZone): void;
  delayMs: number;
  /** Everything that was asked, in order of arrival. */
  queries: LabQuery[];
  /** `name type` of what was asked and isn't declared. */
  undeclared: Set<string>;
  /** TCP, TLS and HTTPS connections accepted since the start. */
  connections: Record<"tcp" | "tls" | "https", number>;
  /** Open TCP, TLS and HTTPS connections. */
  openConnections(): number;
  /** Ends everything; may be called twice. */
  close(): Promise<void>;
}

type Send = (packet: Buffer) => void;

/**
 * What was asked as it is asked first: over UDP, with EDNS. A client asks in other ways beside that when an answer is late, as on a busy
 * machine it may be.
 */
export function askedAsUsual({ queries }: Pick<LabDnsServer, "queries">): LabQuery[] {
  return queries.filter(({ transport, edns }) => transport === "udp" && edns !== null);
}

/** Each question once, the first time that it was asked as usual: on a busy machine it is sent again, though its answer is on the way. */
export function questionsAsked(dns: Pick<LabDnsServer, "queries">): LabQuery[] {
  const same = (one: LabQuery, other: LabQuery): boolean =>
    one.name === other.name && one.type === other.type && one.cd === other.cd && one.recursionDesired === other.recursionDesired;
  const asked = askedAsUsual(dns);
  return asked.filter((query, index) => asked.findIndex((other) => same(query, other)) === index);
}

export async function startDnsServer(zone: LabZone, options: LabDnsOptions = {}): Promise<LabDnsServer> {
  const host = options.host ?? "127.0.0.1";
  const sockets = new Set<Socket>();
  const timers = new Set<NodeJS.Timeout>();
  const servers: Server[] = [];

  function serve(packet: Buffer, transport: LabTransport, clientPort: number, send: Send): void {
    let query: LabQuery;
    try {
      query = readQuery(packet, transport, clientPort);
    } catch {
      return;
    }
    lab.queries.push(query);
    const { answers, delayMs } = respond(
      query,
      { zone: lab.zone, authenticated: options.authenticated ?? false, authoritative: options.authoritative ?? false, soa: defaultSoa },
      (name) => lab.undeclared.add(`${name} ${query.type}`),
    );
    const wait = lab.delayMs + delayMs;
    const sendAll = (): void => answers.forEach(send);
    if (wait === 0) return sendAll();
    const timer = setTimeout(() => {
      timers.delete(timer);
      sendAll();
    }, wait);
    timers.add(timer);
  }

  function track(socket: Socket, transport: "tcp" | "tls" | "https"): void {
    lab.connections[transport]++;
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => socket.destroy());
  }

  function serveStream(socket: Socket, transport: "tcp" | "tls"): void {
    track(socket, transport);
    let received = Buffer.alloc(0);
    socket.on("data", (chunk) => {
      received = Buffer.concat([received, chunk]);
      while (received.length >= 2 && received.length >= 2 + received.readUInt16BE(0)) {
        const end = 2 + received.readUInt16BE(0);
        serve(received.subarray(2, end), transport, socket.remotePort ?? 0, (packet) => {
          const length = Buffer.alloc(2);
          length.writeUInt16BE(packet.length);
          if (socket.writable) socket.write(Buffer.concat([length, packet]));
        });
        received = received.subarray(end);
      }
    });
  }

  let closing: Promise<void> | null = null;
  async function closeAll(): Promise<void> {
    for (const timer of timers) clearTimeout(timer);
    for (const socket of sockets) socket.destroy();
    await Promise.all([
      new Promise<void>((resolve) => udp.close(() => resolve())),
      ...servers.map((server) => new Promise((resolve) => server.close(resolve))),
    ]);
  }

  const defaultSoa = options.soa === undefined ? { ttl: 300, minimum: 300 } : options.soa;
  const { udp, tcp, port } = await bindBoth(host, options.port);
  servers.push(tcp);
  const lab: LabDnsServer = {
    address: host,
    port,
    resolver: { transport: "dns", address: host, port },
    overTls: null,
    overHttps: null,
    zone,
    setZone(next) {
      lab.zone = next;
    },
    delayMs: options.delayMs ?? 0,
    queries: [],
    undeclared: new Set(),
    connections: { tcp: 0, tls: 0, https: 0 },
    openConnections: () => sockets.size,
    close() {
      closing ??= closeAll();
      return closing;
    },
  };
  udp.on("message", (packet, peer) => serve(packet, "udp", peer.port, (answer) => udp.send(answer, peer.port, peer.address, () => {})));
  tcp.on("connection", (socket) => serveStream(socket, "tcp"));

  if (options.tls !== undefined) {
    const overTls = createTlsServer(options.tls, (socket) => serveStream(socket, "tls"));
    overTls.on("tlsClientError", () => {});
    servers.push(overTls);
    const tlsPort = await listen(overTls, host);
    lab.overTls = {
      port: tlsPort,
      resolver: { transport: "tls", host, port: tlsPort },
      byName: { transport: "tls", host: "localhost", port: tlsPort },
    };

    const overHttps = createSecureServer({ ...options.tls, allowHTTP1: true }, (request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        const wellFormed =
          request.method === "POST" && request.url === "/dns-query" && request.headers["content-type"] === "application/dns-message";
        response.writeHead(wellFormed ? 200 : 415, { "content-type": "application/dns-message" });
        if (!wellFormed) response.end();
        else serve(Buffer.concat(chunks), "https", request.socket.remotePort ?? 0, (packet) => response.end(packet));
      });
    });
    overHttps.on("secureConnection", (socket: Socket) => track(socket, "https"));
    overHttps.on("sessionError", () => {});
    overHttps.on("tlsClientError", () => {});
    servers.push(overHttps);
    const httpsPort = await listen(overHttps, host);
    const url = (name: string): string => `https://${name}:${httpsPort}/dns-query`;
    lab.overHttps = {
      port: httpsPort,
      resolver: { transport: "https", url: url(host.includes(":") ? `[${host}]` : host) },
      byName: { transport: "https", url: url("localhost") },
    };
  }
  return lab;
}

/** A port where nothing listens: queries to it are refused. */
export async function refusingResolver(host = "127.0.0.1"): Promise<ResolverAddress> {
  return { transport: "dns", address: host, port: await claimPort() };
}

function readQuery(packet: Buffer, transport: LabTransport, clientPort: number): LabQuery {
  const message = decode(packet);
  const question = message.questions?.[0];
  const flags = message.flags ?? 0;
  if (question === undefined) throw new Error("no question");
  const opt = message.additionals?.find((record) => record.type === "OPT");
  return {
    name: question.name.toLowerCase(),
    type: question.type,
    transport,
    id: message.id ?? 0,
    recursionDesired: (flags & 0x0100) !== 0,
    ad: (flags & 0x0020) !== 0,
    cd: (flags & 0x0010) !== 0,
    edns: opt !== undefined && "udpPayloadSize" in opt ? opt.udpPayloadSize : null,
    clientPort,
  };
}

/** UDP and TCP on one port; without one on one of this process's. */
async function bindBoth(host: string, wanted: number | undefined): Promise<{ udp: UdpSocket; tcp: Server; port: number }> {
  if (wanted === undefined) return onOwnPort((port) => bindBoth(host, port));
  const tcp = createTcpServer();
  const port = await listen(tcp, host, wanted);
  const udp = createSocket(host.includes(":") ? "udp6" : "udp4");
  try {
    await new Promise<void>((resolve, reject) => {
      udp.once("error", reject);
      udp.bind(port, host, () => {
        udp.off("error", reject);
        resolve();
      });
    });
    udp.on("error", () => {});
    return { udp, tcp, port };
  } catch (error) {
    await new Promise((resolve) => tcp.close(resolve));
    throw error;
  }
}

async function listen(server: Server, host: string, port = 0): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, resolve);
  });
  return (server.address() as AddressInfo).port;
}
