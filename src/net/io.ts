/**
 * Everything I/O, behind one interface: the only thing that tests, zone files, --connect-to and recorded facts replace.
 * Knows nothing of Matrix. Every method resolves (never rejects) with an Outcome; every wait ends at the operation's timeout or at the
 * signal.
 */
import type {
  AddressRecord,
  ConnectionFacts,
  DnsAnswer,
  DnsOutcome,
  Hop,
  HttpFacts,
  Outcome,
  SrvRecord,
  TlsFacts,
} from "../facts/facts.ts";
import type { TLSSocket } from "node:tls";
import type { ResolverAddress } from "./dns/resolver-address.ts";
import type { Sharing } from "./sharing.ts";

export interface NameRecord {
  name: string;
  ttl: number;
}

export interface SoaRecord {
  serial: number;
  /** Seconds that a negative answer may be kept at most (RFC 2308, 4). */
  minimum: number;
  ttl: number;
}

/** The record types that can be asked for, and what their records look like. */
export interface RecordsByType {
  A: AddressRecord;
  AAAA: AddressRecord;
  SRV: SrvRecord;
  CNAME: NameRecord;
  NS: NameRecord;
  SOA: SoaRecord;
}

/** A zone that is served by others than the one that was asked. */
export interface Delegation {
  /** Lower case, without the final dot. */
  zone: string;
  nameservers: string[];
}

/** What one server said. */
export type DirectAnswer<R> = DnsAnswer<R> & {
  /** Instead of an answer. Only where `recursion` is false. */
  delegation?: Delegation;
};

export interface DnsClient {
  /**
   * Asks the configured resolvers for `name` (a DNS name in presentation form, with or without the final dot).
   * `failed` when no resolver gave an answer that can be used (`timeout`, `refused`, `malformed`, …);
   * `untested` with `deadline` when the signal ended it, with `no-route` or `resolver` when this machine couldn't ask. Every RCODE is
   * `done`.
   */
  query<T extends keyof RecordsByType>(name: string, type: T, signal: AbortSignal): Promise<DnsOutcome<RecordsByType[T]>>;
  /**
   * Asks one server alone, whichever resolvers are configured; `authoritative` is set in the answer. Never answered from a zone file.
   * As `query` otherwise; `untested` with `no-route` also when no answer came and this machine's addresses don't reach the server's.
   */
  queryAt<T extends keyof RecordsByType>(
    server: ResolverAddress,
    name: string,
    type: T,
    options: QueryAtOptions,
    signal: AbortSignal,
  ): Promise<Outcome<DirectAnswer<RecordsByType[T]>>>;
}

export interface QueryAtOptions {
  /** False (RD=0): what the server itself knows; CNAMEs that lead out of its answer are not followed, and SERVFAIL isn't looked into. */
  recursion: boolean;
  /** Milliseconds for all tries; at most those of the client. */
  timeoutMs: number;
  /** What was said before doesn't count, whoever asked: to see whether the answer changes. */
  again?: true;
}

export interface ConnectOptions {
  address: string;
  port: number;
  /** SNI; null for an IP literal, which has none (RFC 6066, 3). */
  servername: string | null;
  /** Default: what homeservers offer, TLS 1.2 and 1.3. */
  maxVersion?: "TLSv1.2";
  /** Offers no cipher suite but those with ECDHE, as rustls and Go do. */
  ephemeralOnly?: true;
  /** None is sent by default, as Synapse does. */
  alpn?: string[];
}

/** A connection that was tried. `socket` is null when it failed; the caller must `close()` in any case. */
export interface Connection {
  facts: ConnectionFacts;
  socket: TLSSocket | null;
  /** What ALPN chose, when it was offered. */
  alpnProtocol: string | null;
  /** Where the sent certificates would lead with these besides (DER). Absent when none were sent. */
  judgeWith?: (others: readonly Buffer[]) => Pick<TlsFacts, "chain" | "trust">;
  /** What was sent (DER), leaf first. */
  sent?: () => readonly Buffer[];
  /** Ends the connection at once; may be called twice. */
  close(): void;
}

/** A connection whose certificates weren't looked at, because another one to the same place shows them. */
export interface FurtherConnection extends Pick<Connection, "socket" | "alpnProtocol" | "close"> {
  facts: Pick<ConnectionFacts, "address" | "family" | "port" | "tcp"> & { tls: Outcome<Pick<TlsFacts, "protocol" | "cipher">> };
}

export interface TlsClient {
  /** Connects and shakes hands without verifying; the facts say what a verifier would need. One timeout covers both. */
  connect(options: ConnectOptions, signal: AbortSignal): Promise<Connection>;
  /**
   * The same for less: what the server sends isn't read along. A handshake that fails is tried once more as by `connect`, which sees why.
   */
  connectFurther(options: ConnectOptions, signal: AbortSignal): Promise<FurtherConnection>;
  /** Connects without TLS, for a redirect to a plain `http:` URL; `facts.tls` is skipped. */
  connectPlain(options: { address: string; port: number }, signal: AbortSignal): Promise<PlainConnection>;
}

export interface PlainConnection {
  facts: ConnectionFacts;
  socket: import("node:net").Socket | null;
  close(): void;
}

export interface HttpRequest {
  method?: "GET" | "PUT" | "OPTIONS";
  /** Sent as it is: percent-encodings are kept. */
  path: string;
  /** The Host header, sent as it is. */
  host: string;
  headers?: Record<string, string>;
  /** A product that stands before this tool's own in the User-Agent. */
  product?: string;
  /** The User-Agent instead of this tool's own; null: none is sent. */
  userAgent?: string | null;
  /** No Accept-Encoding is sent; by default gzip is asked for. */
  plain?: true;
  /** The connection is left open for another request, if the server leaves it so too; see `HttpResult.open`. */
  keepOpen?: true;
  /** A request body (PUT). */
  body?: string;
  /** At most this many bytes of the body are read, compressed and decompressed alike; then `truncated` is set. */
  maxBytes: number;
}

export interface HttpResult {
  outcome: Outcome<HttpFacts>;
  /** The decoded body, at most `maxBytes`; empty unless `done`. Not part of the facts. */
  body: Buffer;
  /** With `keepOpen`: the connection can be asked again; whoever doesn't closes it. */
  open?: true;
}

export interface HttpClient {
  /**
   * One HTTP/1.1 request over a connection that exists; redirects are not followed. The connection is closed afterwards, unless the result
   * is `open`.
   */
  request(connection: Connection | FurtherConnection | PlainConnection, request: HttpRequest, signal: AbortSignal): Promise<HttpResult>;
}

/** `--connect-to`, as curl's: where to connect instead. */
export interface ConnectTo {
  /**
   * Where connections to `host:port` go. `addresses` is null when DNS decides; `port` is the port to connect to.
   * `host` without brackets, compared case-insensitively.
   */
  resolve(host: string, port: number): { addresses: string[] | null; port: number };
}

/** A body that is answered instead of a well-known URL's (RFC 8615). */
export interface WellKnownFile {
  /** As it is to be called in the report. */
  name: string;
  body: Buffer;
  /** Names in lower case. */
  headers: Record<string, string>;
}

export interface Io {
  dns: DnsClient;
  http: HttpClient;
  tls: TlsClient;
  connectTo: ConnectTo;
  /** The resolvers whose answers are to be compared: those that were named, when several were. */
  comparedResolvers?: readonly ResolverAddress[];
  /** What a resolver is called in the facts, if not by its address. */
  resolverName?: (resolver: ResolverAddress) => string;
  /** The start of the system's hosts file, in lower case; null when there is none. Never rejects. */
  hostsFile?: () => Promise<{ path: string; text: string } | null>;
  /** At so many addresses servers are asked for one name; absent: 32. */
  mostAddresses?: number;
  /** DNS questions go to the nameservers themselves, which answer for their zones alone. */
  asksNameservers?: true;
  /** `--well-known-file`: nobody is asked. */
  wellKnownFile?: WellKnownFile | null;
  /** Many names are checked: requests to an endpoint go one after the other over few connections. */
  fewConnections?: true;
  /** What URLs gave that several names redirect to; absent: each check asks for itself. */
  sharedUrls?: Sharing<{ hop: Hop; body: Buffer; others?: Promise<void> }>;
  now(): Date;
  /** The deadline of the whole check, and the caller's own abort. */
  signal: AbortSignal;
  /** Milliseconds for the whole check; the signal's. */
  deadlineMs: number;
}
