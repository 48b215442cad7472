/** What DNS says, resolvers and nameservers by themselves. A part of the evidence: see facts.ts. */
import type { Outcome, Port, Ttl } from "./outcome.ts";

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
    /** SRV records that are those of a wildcard, `*._tcp.example.com`: the file has none of the name itself. */
    wildcard?: string;
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

/** Whether the server name's domain is registered. */
export interface RegistrationFacts {
  /**
   * The one that somebody registers: `example.co.uk` of `matrix.example.co.uk`. Below no public suffix, with --allow-private, the last
   * label.
   */
  domain: string;
  /** What it is registered under: `co.uk`. */
  suffix: string;
  /** What the resolver said of the domain; null: nothing. */
  rcode: string | null;
  /** What the nameservers of the suffix said: `delegated`, there is such a domain; `none`, there isn't; `unknown`, nothing was heard. */
  registry: "delegated" | "none" | "unknown";
}
