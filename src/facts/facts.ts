/**
 * The evidence: what was tried and what became of it. Written by `net/`, `resolver/` and `probe/`, read by `rules/` and `report/`.
 * Everything here is plain JSON, so that it can be saved, sent along and judged again without a network.
 */
import type { SpecStep, SrvService, Via } from "./way.ts";

/**
 * Seconds, of a DNS record: RFC 2181, 8 has 31 bits; some resolvers show all 32.
 * @type integer
 * @minimum 0
 * @maximum 4294967295
 */
export type Ttl = number;

/**
 * A port.
 * @type integer
 * @minimum 0
 * @maximum 65535
 */
export type Port = number;

/** ISO 8601, UTC. */
export type Time = string;

/**
 * Some text of an HTTP response.
 * @maxLength 512
 */
export type Excerpt = string;

/**
 * A field of a header.
 * @maxLength 2048
 */
export type HeaderField = string;

/** What became of one thing that was tried. Bad answers are facts too: `done`. */
export type Outcome<T> =
  | { status: "done"; value: T; ms: number }
  /** The other side's trouble. */
  | { status: "failed"; error: NetError; ms: number }
  | { status: "skipped"; because: "not-needed" | "blocked"; note: string }
  /**
   * This machine's trouble, or its owner's policy, which allows no connection to that address, or to that port: nothing is known about the
   * other side.
   */
  | {
      status: "untested";
      /**
       * `zone-file`: the file has a record whose meaning only its server knows (`LUA`, `ALIAS`, …), and `note` names it. `http-parser`:
       * this Node.js can't start its HTTP parser, and `note` says why. `open-files`: this process, or this machine, may open no more files
       * and connections.
       */
      because: "no-route" | "resolver" | "deadline" | "policy-address" | "policy-port" | "zone-file" | "http-parser" | "open-files";
      note?: string;
    };

export type NetErrorCode =
  | "refused" //      TCP RST in answer to SYN
  | "reset" //        the connection was reset after it was made
  | "closed" //       the other side closed before it had answered
  | "timeout" //      no (whole) answer in time
  | "unreachable" //  ICMP unreachable from the way there (not: no route on this machine)
  | "plain-http" //   HTTP answered where TLS was expected
  | "not-tls" //      something else answered where TLS was expected
  | "tls-alert" //    the other side sent a TLS alert
  | "tls" //          any other failure of the handshake
  | "http2" //        HTTP/2 frames where HTTP/1.1 was asked
  | "not-http" //     bytes that are no HTTP/1.1 response
  | "too-large" //    more bytes than are read
  | "encoding" //     a Content-Encoding that can't be undone
  | "malformed"; //   an answer that can't be parsed (DNS)

export interface NetError {
  code: NetErrorCode;
  /** For people: one line, may hold bytes of the other side; made harmless where it is shown. */
  message: string;
  /** The name of the TLS alert, e.g. `unrecognized_name` (RFC 8446, 6.2). */
  alert?: string;
  /** The server had asked for a client certificate before (CertificateRequest). */
  asksClientCertificate?: true;
  /** The first bytes that came instead of what was expected, as Latin-1 text, at most 120. */
  excerpt?: string;
  /** The status of the response whose header came and whose body didn't. */
  afterStatus?: number;
}

// DNS

export interface AddressRecord {
  address: string;
  ttl: Ttl;
}

export interface SrvRecord {
  priority: number;
  weight: number;
  port: Port;
  /** Presentation form without the final dot; the root is `"."`. */
  target: string;
  ttl: Ttl;
}

export interface CnameLink {
  name: string;
  target: string;
  ttl: Ttl;
}

export interface ExtendedError {
  /** RFC 8914 INFO-CODE. */
  code: number;
  text: string;
}

/** One answer to one question, whatever its RCODE. Names are in presentation form, escaped (RFC 4343, 2.1), without the final dot. */
export interface DnsAnswer<R> {
  /** Mnemonic: NOERROR, NXDOMAIN, SERVFAIL, REFUSED, … */
  rcode: string;
  /** The resolver that said it: `192.0.2.53:53`, `tls://…`, `https://…`; under a policy only `resolver`, or `resolver 2` of several. */
  resolver: string;
  /** `file`: no resolver was asked, a zone file said it. */
  transport: "udp" | "tcp" | "tls" | "https" | "file";
  /** The AD bit: a validating resolver found the answer authentic (RFC 4035). */
  authenticated: boolean;
  /** The CNAMEs that led from the question's name to the records' owner, in order. */
  chain: CnameLink[];
  /** The CNAMEs lead back to themselves, or there are too many. */
  loop: boolean;
  records: R[];
  /** Seconds: the least TTL of chain and records; null when there are none. */
  ttl: Ttl | null;
  /** Seconds that a negative answer may be kept (RFC 2308): the lesser of the SOA's TTL and its MINIMUM; null without an SOA. */
  negativeTtl: Ttl | null;
  extendedErrors: ExtendedError[];
  /** After SERVFAIL: the same question with CD=1 (RFC 4035, 3.2.2). Null when it wasn't asked or gave no answer. */
  checkingDisabled: { rcode: string; records: number } | null;
  /** The AA bit; only where one server was asked by itself. */
  authoritative?: boolean;
  /** The zone file that (part of) the answer comes from, and the lines of its records; no lines for a negative answer. */
  file?: {
    name: string;
    lines: number[];
    /** Cloudflare's proxy answers for the name: these are the addresses behind it, and DNS says others. */
    proxied?: boolean;
  };
}

export type DnsOutcome<R> = Outcome<DnsAnswer<R>>;

/** Everything that is known about the addresses of one host. */
export interface HostFacts {
  /** Lower case, without a final dot. */
  host: string;
  a: DnsOutcome<AddressRecord>;
  aaaa: DnsOutcome<AddressRecord>;
  /** Addresses that the resolver gives for it, as for every name that doesn't exist; `a` and `aaaa` are what the nameservers say. */
  rewritten?: string[];
}

/** One SRV question. */
export interface SrvFacts {
  /** `_matrix-fed._tcp` and so on. */
  service: string;
  /** The name under which it was asked: hostname or delegated name. */
  base: string;
  /** `route`: the resolution depends on it. `other`: asked only to find leftovers and mistakes. */
  role: "route" | "other";
  outcome: DnsOutcome<SrvRecord>;
  /** The resolver answered with this RCODE, which says nothing about the name; the outcome is what a nameserver of the zone says. */
  refusedBy?: { resolver: string; rcode: string };
}

/** What stands at one name, in a form that can be compared. */
export interface RecordSet {
  rcode: string;
  /** The AA bit: the server that said it answers for the zone. */
  authoritative: boolean;
  /**
   * Sorted, lower case, without TTLs: `192.0.2.1`, `10 5 8448 matrix.example.org`, or the alias that stands there, `CNAME
   * host.example.net`.
   */
  records: string[];
  /** Seconds: the least TTL of the records; null when there are none. */
  ttl: Ttl | null;
  /** Seconds that a negative answer may be kept (RFC 2308); null without an SOA. */
  negativeTtl: Ttl | null;
}

export type SetType = "A" | "AAAA" | "SRV";

/** What one server said to one question. */
export interface SetAnswer {
  name: string;
  type: SetType;
  outcome: Outcome<RecordSet>;
}

/** One address of one nameserver, asked without recursion. */
export interface NameserverFacts {
  name: string;
  address: string;
  port: Port;
  /** The zone's SOA record: whether this server is authoritative, and which version it has. */
  soa: Outcome<{ rcode: string; authoritative: boolean; serial: number | null }>;
  answers: SetAnswer[];
}

/** A zone that holds names which the route depends on. */
export interface ZoneFacts {
  /** Lower case, without a final dot. */
  apex: string;
  /** By the NS records that the resolver gives. */
  nameservers: NameserverFacts[];
  /** Names of nameservers that have no address. */
  withoutAddress: string[];
  /** `name type` of what a nameserver answers differently from one moment to the next: balanced by DNS on purpose. */
  changing: string[];
}

export interface AuthoritativeFacts {
  zones: ZoneFacts[];
  /** A random name beside each SRV record's, asked for at one nameserver: the same records come from a wildcard. */
  besides: { name: string; asked: string; nameserver: string; records: string[] }[];
}

/** What each of several named resolvers says by itself, aliases followed. */
export interface ResolverFacts {
  resolver: string;
  answers: SetAnswer[];
  /** `name type` of what it answers only when it is asked not to validate (CD=1). */
  bogus: string[];
}

/** Lines of this machine's hosts file that are about names of the route. */
export interface HostsFileFacts {
  path: string;
  entries: { host: string; addresses: string[] }[];
}

// Connections

export interface TcpFacts {
  /** Address and port on this machine's side; empty under a policy. */
  localAddress: string;
}

export interface CertificateFacts {
  /** RFC 4514-like, one line: `CN=example.com, O=Example`. */
  subject: string;
  commonName: string | null;
  issuer: string;
  /** subjectAltName: dNSName entries as given, and iPAddress entries in text form. */
  dnsNames: string[];
  ipAddresses: string[];
  notBefore: Time;
  notAfter: Time;
  /** Hex, lower case, of the DER form. */
  sha256: string;
  /** issuer = subject and signed by its own key. */
  selfSigned: boolean;
  isCa: boolean;
  /** authorityInfoAccess: where the issuing certificate can be had. */
  issuerUrls: string[];
  /** Absent: not known, in evidence of older versions or when the certificate can't be read so far. */
  details?: CertificateDetails;
}

/** An entry of subjectAltName or nameConstraints (RFC 5280, 4.2.1.6). */
export interface GeneralName {
  kind: "dns" | "ip" | "email" | "uri" | "directory" | "srv" | "other";
  /**
   * As given, a character for each byte, at most 500. `ip`: in text form, in a constraint `address/mask`; hex digits when its length is
   * wrong. `directory`: hex digits of its DER form. `other`: its object identifier.
   */
  value: string;
}

export interface NameConstraints {
  permitted: GeneralName[];
  excluded: GeneralName[];
}

/** What a certificate says besides names and dates, from its DER form. Object identifiers are dotted numbers. */
export interface CertificateDetails {
  key: {
    /** `rsa`, `rsa-pss`, `ec`, `ed25519`, `ed448`, `dsa`, or the object identifier of another algorithm. */
    type: string;
    /** Of the modulus, or of the curve; null when the curve isn't known. */
    bits: number | null;
    /** `P-256` and so on, or its object identifier; null for keys without one. */
    curve: string | null;
  };
  /** By which algorithm the issuer signed it; `hash`: `sha1`, `sha256` and so on, null when the algorithm has none or isn't known. */
  signature: { algorithm: string; hash: string | null };
  /** basicConstraints has cA TRUE, whatever keyUsage says. */
  basicConstraintsCa: boolean;
  /** By the names of RFC 5280, 4.2.1.3; null without the extension. */
  keyUsage: string[] | null;
  /** Object identifiers; null without the extension: good for every purpose. */
  extendedKeyUsage: string[] | null;
  /** Object identifiers of all extensions that are marked critical. */
  criticalExtensions: string[];
  nameConstraints: NameConstraints | null;
  /** subjectAltName: all entries but the dNSName ones and the iPAddress ones of a right length. */
  otherNames: GeneralName[];
}

/** Where the certificates that a server sent lead, by this machine's trusted roots. Dates and names are not judged here. */
export interface TrustFacts {
  /** Subject of the trusted root that the chain leads to; null when it leads to none. */
  anchor: string | null;
  /** Indexes into `chain`, from the leaf to the last sent certificate that was needed. */
  path: number[];
  /** Indexes into `chain` of certificates that certify nothing in it. A root at the end is no stray. */
  strays: number[];
  /** Each sent certificate certifies the one before it (RFC 5246, 7.4.2). */
  inOrder: boolean;
  /** OpenSSL's own first complaint, e.g. `CERT_HAS_EXPIRED`; null when it has none. Never about the name. */
  verifyError: string | null;
  /** The same in OpenSSL's words, where its code says nothing (`UNSPECIFIED`). */
  verifyMessage?: string;
  /** nameConstraints of the trusted root, when it has some. */
  anchorConstraints?: NameConstraints;
  /** What came of fetching the issuers that weren't sent. Absent: that wasn't tried. */
  fetched?: FetchedIssuers;
}

/**
 * Issuers' certificates from where the last known one says that its issuer's can be had (authorityInfoAccess; RFC 5280, 4.2.2.1), one after
 * the other, upwards from the last certificate that was sent.
 */
export interface FetchedIssuers {
  certificates: { url: string; certificate: CertificateFacts }[];
  /**
   * `trusted`: they complete the chain up to a trusted root. `untrusted`: they end at a root that isn't trusted, or at a certificate that
   * names no issuer's URL. `nothing`: the URL gives no issuer's certificate. `unknown`: this machine couldn't ask.
   */
  end: "trusted" | "untrusted" | "nothing" | "unknown";
  /** Subject of the trusted root. */
  anchor: string | null;
}

export interface TlsFacts {
  /** `TLSv1.3`, … */
  protocol: string;
  cipher: string;
  /** As sent by the server, leaf first, before anything is added from this machine's store. */
  chain: [CertificateFacts, ...CertificateFacts[]];
  trust: TrustFacts;
  /** The server asked for a client certificate (CertificateRequest). Absent: not known, in evidence of older versions. */
  asksClientCertificate?: boolean;
  /** The server's ephemeral key, where TLS 1.2 has one: `ECDH` with a curve, or `DH` with a group of so many bits. */
  ephemeralKey?: { type: string; name: string | null; bits: number | null };
}

/** One attempt at one address. */
export interface ConnectionFacts {
  address: string;
  family: 4 | 6;
  port: Port;
  tcp: Outcome<TcpFacts>;
  tls: Outcome<TlsFacts>;
}

// HTTP

export interface HttpFacts {
  status: number;
  /**
   * Names in lower case; repeated fields joined with ", ".
   * @maxProperties 100
   */
  headers: Record<string, HeaderField>;
  /** Bytes of the body after decoding, as far as it was read. */
  bodyBytes: number;
  /** The body was longer than what is read; `bodyBytes` is what was read. */
  truncated: boolean;
  /** The start of the decoded body as text. */
  excerpt: Excerpt;
  /** The error object of a homeserver (`errcode`, `error`), when the body is one. */
  matrixError: { errcode: Excerpt; error: Excerpt } | null;
}

/** What a well-known body says. */
export type WellKnownReading =
  /** `doubled`: the key stands there more than once; the value is the last one's. */
  | { kind: "m.server"; value: string; doubled?: true }
  /** `position`: character offset at which the JSON breaks. */
  | { kind: "not-json"; problem: "empty" | "bom" | "trailing" | "html" | "syntax" | "encoding"; position: number; message: string }
  /** `keys`: the object's keys, at most 10; `near`: a key that differs from `m.server` in case or spelling only. */
  | {
      kind: "no-m-server";
      problem: "not-an-object" | "missing" | "not-a-string" | "empty";
      keys: string[];
      near: string | null;
      nearValue: string | null;
    };

export interface Hop {
  url: string;
  host: string;
  port: Port;
  /** Null when the host has no address, or the hop is not followed. */
  connection: ConnectionFacts | null;
  response: Outcome<HttpFacts>;
  /** Where it redirects to, absolute. */
  location: string | null;
  /** This tool's own name in the User-Agent was refused; the response is the one that Synapse's alone gets. */
  askedAsHomeserver?: true;
  /** The response is the one that Synapse gets. Homeservers' User-Agents that get another one, and which; absent: all get the same. */
  others?: DifferentAnswer[];
  /** Where some get another one: those that get the same as Synapse. */
  alike?: string[];
}

/** What another User-Agent gets of the same URL; `userAgent` is empty for who sends none. */
export interface DifferentAnswer {
  userAgent: string;
  response: Outcome<HttpFacts>;
  /** What the body says; null when it isn't a 200 in full. */
  reading: WellKnownReading | null;
}

/** The well-known as one address of the host serves it, redirects included. */
export interface WellKnownAttempt {
  address: string;
  family: 4 | 6;
  port: Port;
  hops: Hop[];
  /** Why it ended without a body to read, or null: `loop` and `too-many` of redirects, `scheme` that isn't followed. */
  stopped: "loop" | "too-many" | "scheme" | null;
  /** What the last hop's body says; null when there is no 200 body from a host with a good certificate. */
  reading: WellKnownReading | null;
  /** Milliseconds for all hops together. */
  ms: number;
  /**
   * Only when a `Location` on the second or a later hop is relative and would lead elsewhere from the first URL, by which Synapse resolves
   * it: where that leads in the end, and what is there.
   */
  asSynapse?: { url: string; response: Outcome<HttpFacts>; reading: WellKnownReading | null };
  /** The body is that of a file (--well-known-file): `address` is empty, and no hop has a connection. */
  file?: string;
}

export interface WellKnownFacts {
  url: string;
  host: string;
  /** One for each address of the host, in the order of the host's addresses. */
  attempts: WellKnownAttempt[];
}

// The homeserver

export interface VersionFacts {
  response: HttpFacts;
  server: { name: string; version: string } | null;
  /** Why `server` is null although the status is 200. */
  problem: string | null;
}

export interface VerifyKey {
  id: string;
  /** The public key, unpadded base64; absent when it isn't one, and in evidence of older versions. */
  key?: string;
  /** What is wrong with the key itself, or null. */
  problem: string | null;
  signature: "valid" | "invalid" | "missing";
}

export type KeysReading =
  | { kind: "not-json"; message: string }
  | { kind: "malformed"; field: string; problem: string }
  | {
      kind: "keys";
      serverName: string;
      /** Milliseconds since the epoch. */
      validUntil: number;
      verifyKeys: VerifyKey[];
      oldKeyIds: string[];
      /** Keys, old ones too, that are base64 in another form than "unpadded" (Appendices); absent when there are none. */
      oddBase64?: { id: string; problem: "padding" | "url-safe" }[];
    };

export interface KeysFacts {
  response: HttpFacts;
  /** Null when the status isn't 2xx. */
  reading: KeysReading | null;
}

export interface EndpointFacts extends ConnectionFacts {
  version: Outcome<VersionFacts>;
  keys: Outcome<KeysFacts>;
  /** `GET /_matrix/federation/v1/event/%24a%2Fb`: does a proxy decode the path on the way? */
  encodedPath: Outcome<HttpFacts>;
  /** The version with `host:port` as Host, where the route's Host has no port. */
  hostPort: Outcome<HttpFacts>;
  /** A handshake with TLS 1.2 at most; after a failed handshake the protocol that the server chooses when older ones are offered too. */
  olderTls: Outcome<{ protocol: string }>;
  /** Only where TLS 1.2 came to a cipher suite without ECDHE: a handshake in which nothing else is offered. */
  ephemeralOnly?: Outcome<{ protocol: string; cipher: string }>;
  /** Version and keys were asked for without Accept-Encoding, as Synapse asks. Absent in evidence of 0.1.0, which asked for gzip. */
  plain?: true;
  /** User-Agents of homeservers that were turned away where others were answered, and with what; empty text for who sends none. */
  refusedTo?: { userAgent: string; path: string; response: Outcome<HttpFacts> }[];
  /** Where some were turned away: those that were answered. */
  answeredTo?: string[];
  /** With --deep: an unsigned PUT of an empty transaction, which a homeserver refuses in JSON. */
  put?: Outcome<HttpFacts>;
  /** After a response that is no HTTP/1.1: what ALPN negotiates when h2 is offered. */
  alpn: Outcome<{ protocol: string | null }>;
}

export interface TargetFacts {
  host: string;
  port: Port;
  srv?: { service: SrvService; priority: number; weight: number };
  endpoints: EndpointFacts[];
  /** The addresses come from --connect-to, not from DNS. */
  overridden: boolean;
}

// Clues: further requests, made only when something failed

/** A homeserver where nothing leads to. */
export interface FoundHomeserver {
  host: string;
  address: string;
  port: Port;
  /** The port as others see it; differs from `port` under --connect-to. */
  targetPort: Port;
  server: { name: string; version: string };
  /** What its keys say; null when there were none. */
  keysName: string | null;
  /** Its certificate is good for `host`. */
  certificateGood: boolean;
}

/** A valid well-known on another host than the server name's. */
export interface FoundWellKnown {
  host: string;
  url: string;
  /** The value of its `m.server`. */
  value: string;
}

export interface Clues {
  /** Hosts and ports that were tried for a homeserver; empty when nothing was missing. */
  homeservers: { tried: string[]; found: FoundHomeserver[] };
  wellKnowns: { tried: string[]; found: FoundWellKnown[] };
  /** The well-known that was refused, asked once more with a browser's User-Agent. */
  browser: { url: string; response: Outcome<HttpFacts>; readable: boolean } | null;
  /** What the resolver says of a name that doesn't exist, because it was made up: a network or a resolver that answers everything. */
  decoy?: { name: string; addresses: string[] };
  /** The version with the SRV target as Host, where the route's Host isn't served. */
  srvHost: { place: string; host: string; response: Outcome<HttpFacts>; isHomeserver: boolean }[];
  /** The version with other Hosts, where no homeserver answers to the route's. Absent in evidence of 0.1.0, which has `srvHost` alone. */
  otherHosts?: {
    place: string;
    kind: "without-port" | "with-port" | "srv-target";
    host: string;
    response: Outcome<HttpFacts>;
    isHomeserver: boolean;
  }[];
  /** Where the name that the keys give leads to. */
  keysName: { name: string; places: string[]; leadsHere: boolean } | null;
  /** The issuing certificates that servers didn't send, from where the certificates say that they can be had. */
  issuers: { url: string; subject: string | null }[];
  /**
   * Where something failed, and what stands in front isn't known: a request that some proxies refuse themselves. `path`: a character for
   * each byte. Missing in evidence of older versions.
   */
  proxies?: { place: string; scheme: "http" | "https"; path: string; response: Outcome<HttpFacts> }[];
  /** Where the TLS handshake was closed or left without a word: the version, asked without TLS. */
  plainHttp?: { place: string; response: Outcome<HttpFacts> }[];
  /** What answers on port 443 of addresses whose own port is silent. Missing in evidence of older versions. */
  fronts?: { address: string; response: Outcome<HttpFacts> }[];
}

// Before the change: zone files

export type ZoneMistakeKind =
  /** `written` has no final dot, so the zone's name was added to it and it became `became`; `meant` is what was probably meant. */
  | "missing-final-dot"
  /** The target `written` is an IP address, where only a name may stand; it became `became`. */
  | "target-is-address"
  /** A CNAME whose name has other records (`otherLines`), too: RFC 1034, 3.6.2. */
  | "cname-and-other"
  /** Two CNAMEs of one name: RFC 2181, 10.1. */
  | "several-cnames"
  /** The SRV target `became` is a CNAME (at `otherLines`): RFC 2782. */
  | "srv-target-is-cname"
  /** The SRV target `became` belongs to this zone, and has no A or AAAA record in it. */
  | "srv-target-without-address"
  /** An SRV record that hasn't exactly priority, weight, port and target: `written` is what it has. The record isn't in the zone. */
  | "srv-fields"
  | "several-soa"
  | "no-soa"
  /** The same record twice, first at `otherLines`. It is in the zone once. */
  | "duplicate-record"
  /** A name that doesn't belong to the zone; servers ignore the record, and it isn't in the zone. */
  | "outside-zone"
  /** A line that can't be read: `problem`. What stands there isn't in the zone. `name` is empty where it isn't known. */
  | "unreadable"
  /** A type that isn't known, here and at `otherLines`. Whatever it means, it isn't asked for. */
  | "unknown-type"
  /** `@` as a label of a longer name, as GoDaddy's export has it; DNS takes it for a label. `meant` is without it. */
  | "at-sign"
  /** Almost the name (or the type) of Matrix' SRV record; `meant` is the name that is asked for. */
  | "near-miss"
  /** A comment that begins with `#` or `//`, here and at `otherLines`. Of a record's line the record is in the zone. */
  | "comment-sign"
  /** Lines end in CR alone. The file is read as if they ended as they should. */
  | "line-ends"
  | "byte-order-mark"
  /** The first record has no TTL, and there is none before it. It is read as 3600. */
  | "no-ttl"
  /** The SOA record's mailbox is written with `@`. */
  | "mailbox";

/** No words for people: those are the rule's. */
export interface ZoneMistake {
  kind: ZoneMistakeKind;
  /** 1-based. */
  line: number;
  /** The owner of the record. */
  name: string;
  /** The record's type. */
  type: string;
  /** As it stands in the file; null where that says nothing more. */
  written: string | null;
  /** The absolute name that came of it. */
  became: string | null;
  /** What was probably meant, as it should be written in the file. */
  meant: string | null;
  /** Lines of the records that it contradicts, in order. */
  otherLines: number[];
  /** The included file that the line is in; absent: the zone's own. */
  file?: string;
  /** What is wrong with the line, for people; only of `unreadable`. */
  problem?: string;
}

/** A zone file whose zone stood in for DNS. */
export interface ZoneFileFacts {
  file: string;
  /** The zone's name. */
  origin: string;
  /** At most 50; those of the checked names first to be kept. In the order of their lines. */
  mistakes: ZoneMistake[];
  /** Where the zone has Matrix' SRV records, at most 50. Missing in evidence of older versions. */
  services?: ZoneService[];
}

/** An SRV record of a service that homeservers ask for. */
export interface ZoneService {
  /** `_matrix-fed._tcp` or `_matrix._tcp`. */
  service: string;
  /** The name below which it stands, lower case. */
  base: string;
  line: number;
  /** As of a mistake. */
  file?: string;
}

/** The route, as resolution found it, without what came of its endpoints. */
export interface RouteFacts {
  specStep: SpecStep;
  via: Via;
  delegatedName: string | null;
  hostHeader: string;
  tlsName: string;
  /** True when the name to verify is an IP address: iPAddress SAN, no SNI. */
  tlsNameIsIp: boolean;
}

/** What must hold besides that federation works; `policy/*` says what doesn't. Nothing is expected where a field is absent. */
export interface Expectations {
  /** `host:port`, an IPv6 address in brackets: the route leads to these and to no others, in any order. */
  targets?: string[];
  /** The route is found in one of these ways. */
  via?: Via[];
  /** Every certificate that homeservers look at is good for so many days at least. */
  certificateDays?: number;
}

/** What judging depends on besides what was seen. Saved with the facts, so that judging again gives the same. */
export interface JudgeSettings {
  allowPrivate: boolean;
  /** Days under which a certificate is `expiring`. */
  minCertDays: number;
  /** Only that address family was asked for. */
  family: 4 | 6 | null;
  /** An unsigned PUT was sent too. Absent: no. */
  deep?: boolean;
  /** What clients need was asked for too. Absent: no. */
  client?: boolean;
  /** `resolve`: the endpoints were not contacted on purpose. */
  probe: boolean;
  /** False: the nameservers were not asked on purpose. */
  authoritative?: boolean;
  /** Absent: nothing is expected. */
  expect?: Expectations;
}

// What clients need, only with --client

/** A file below `/.well-known/matrix/`, as one address of its host serves it to a browser, redirects included. */
export interface SiteFileAttempt<R> {
  address: string;
  family: 4 | 6;
  port: Port;
  hops: Hop[];
  /** Why it ended without a body to read: `insecure` is a redirect to a plain `http:` URL, which browsers don't follow. */
  stopped: "loop" | "too-many" | "scheme" | "insecure" | null;
  /** What the body says; null when there is no 200, or its body is longer than what is read. */
  reading: R | null;
  /** A request that some proxies refuse themselves; only where something is wrong and what stands in front isn't known. */
  proxy?: Outcome<HttpFacts>;
}

/** A body that isn't JSON. `position`: character offset at which it breaks. */
export interface NotJson {
  kind: "not-json";
  problem: "empty" | "bom" | "trailing" | "html" | "syntax" | "encoding";
  position: number;
  message: string;
}

export type ClientReading =
  | NotJson
  | {
      kind: "object";
      /** At most 10. */
      keys: string[];
      /** `m.homeserver.base_url`; null when it is missing or no string. */
      baseUrl: string | null;
      /** `m.server`, which belongs into the other file; null when it isn't there. */
      server: string | null;
      /** `org.matrix.msc2965.authentication.issuer`, what there was before `auth_metadata`. */
      issuer: string | null;
      /** `org.matrix.msc4143.rtc_foci`: where MatrixRTC calls meet; at most 10. */
      rtcFoci: { type: string; url: string | null }[];
      /** The whole object in JSON; null when that is more than 4,096 characters. */
      text: string | null;
    }
  /** JSON, and no object. */
  | { kind: "no-object" };

export type SupportReading =
  | NotJson
  | { kind: "no-object" }
  | {
      kind: "object";
      /** At most 10. */
      contacts: { role: string | null; matrixId: string | null; emailAddress: string | null }[];
      supportPage: string | null;
      /** What the specification doesn't allow; null: nothing. */
      problem: string | null;
    };

export interface ClientVersions {
  response: HttpFacts;
  /** At most 50; null when the body isn't JSON with a list of strings. */
  versions: string[] | null;
}

/** One address of the base URL's host. All but `versions` are asked at the first one that answers. */
export interface ClientEndpointFacts extends ConnectionFacts {
  /** `GET /_matrix/client/versions`. */
  versions: Outcome<ClientVersions>;
  /** `OPTIONS` of the same, as a browser asks before a request with an access token. */
  preflight?: Outcome<HttpFacts>;
  /** `GET /_matrix/client/v3/account/whoami` without a token: an error, which must have CORS, too. */
  unauthenticated?: Outcome<HttpFacts>;
  /** `GET /_matrix/client/v3/login`: the types of the flows, at most 20; null when the body is none of the kind. */
  login?: Outcome<{ response: HttpFacts; flows: string[] | null }>;
  /** `GET /_matrix/client/v1/auth_metadata`; a null issuer: the body has none. */
  metadata?: Outcome<{ response: HttpFacts; issuer: string | null }>;
  /** A request that some proxies refuse themselves; only where something is wrong and what stands in front isn't known. */
  proxy?: Outcome<HttpFacts>;
}

export interface ClientFacts {
  /** The web client that the requests were made for (the `Origin` field); nobody's. */
  origin: string;
  file: { url: string; host: string; attempts: SiteFileAttempt<ClientReading>[] };
  support: { url: string; host: string; attempts: SiteFileAttempt<SupportReading>[] };
  /** Null when the file gives no base URL that can be asked. */
  api: { baseUrl: string; host: string; port: Port; endpoints: ClientEndpointFacts[] } | null;
  /** Where a client API was looked for because none answers at the file's base URL, or it has none. */
  guesses: { baseUrl: string; isHomeserver: boolean }[];
  /** Who logs users in, and what is at `/.well-known/openid-configuration` below it. `named`: who names it. */
  issuer: { url: string; named: "auth_metadata" | "file"; hop: Hop | null } | null;
  /** The addresses of the hosts that were asked, each once. */
  hosts: HostFacts[];
}

/** An address that stands for another one, in evidence that was made fit for sharing (--redact). */
export interface AddressStandIn {
  address: string;
  /** What kind of address the original is; null: a public one. */
  notPublic: string | null;
  /** The original is one of Cloudflare's. */
  cloudflare?: true;
}

/** Whether the server name's domain is registered. */
export interface RegistrationFacts {
  /** The one that somebody registers: `example.co.uk` of `matrix.example.co.uk`. */
  domain: string;
  /** What it is registered under: `co.uk`. */
  suffix: string;
  /** What the resolver said of the domain; null: nothing. */
  rcode: string | null;
  /** What the nameservers of the suffix said: `delegated`, there is such a domain; `none`, there isn't; `unknown`, nothing was heard. */
  registry: "delegated" | "none" | "unknown";
}

export interface Facts {
  serverName: string;
  startedAt: Time;
  durationMs: number;
  settings: JudgeSettings;
  /** Not asked for IP literals and explicit ports; `failed` isn't used here: the attempts say it. */
  wellKnown: Outcome<WellKnownFacts>;
  srv: SrvFacts[];
  /** Every host whose addresses were asked for, once. */
  hosts: HostFacts[];
  /** Null only when the name is invalid or nothing could be decided. */
  route: RouteFacts | null;
  /** In the order in which a homeserver tries them. */
  targets: TargetFacts[];
  /** Null when nothing failed, so that nothing more had to be asked. */
  clues: Clues | null;
  /**
   * What the nameservers themselves say. `untested`: none could be asked, as in a network that lets no DNS out but to its own resolver
   * (`no-route`), or the resolver doesn't say who they are (`resolver`). Missing in facts that were recorded before there was such a view.
   */
  authoritative?: Outcome<AuthoritativeFacts>;
  /** Only when several resolvers were named. */
  resolvers?: ResolverFacts[];
  /** Only when DNS knows nothing of the server name. */
  registration?: RegistrationFacts;
  /** Only when its lines are about names of the route. */
  hostsFile?: HostsFileFacts;
  /** Absent without --zone-file. */
  zoneFiles?: ZoneFileFacts[];
  /** Only with --client. */
  client?: ClientFacts;
  /** Only with --redact: what rules must know of what is hidden. `publicName`: the server name, too, stands for another, public one. */
  redacted?: { addresses: AddressStandIn[]; publicName?: true };
  /**
   * The check ended before everything was known: its time was up, or whoever asked for it ended it. `waitedFor`: names and places, at most
   * 10.
   */
  stopped?: { because: "deadline" | "aborted"; afterMs: number; waitedFor: string[] };
  /** How long each part took from start to end, milliseconds. */
  timings: { wellKnown: number; srv: number; address: number; probe: number };
}
