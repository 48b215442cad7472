/**
 * The JSON contract: what `--format json` prints and what the library returns.
 * Fields are added, never changed, within a `schemaVersion`. The JSON Schema is generated from this file.
 */
import type { SpecStep, SrvService, Via } from "./way.ts";
import type { Facts } from "./facts.ts";

export type Verdict = "pass" | "warn" | "fail" | "inconclusive";
export type Severity = "error" | "warning" | "info";

/** The steps of a check, in the order in which a homeserver takes them. */
export type StepId = "name" | "well-known" | "srv" | "address" | "connect" | "tls" | "federation" | "keys";

export const STEP_IDS: readonly StepId[] = ["name", "well-known", "srv", "address", "connect", "tls", "federation", "keys"];

export interface Output {
  schemaVersion: 1;
  tool: { name: string; version: string };
  /** ISO 8601, UTC. */
  startedAt: string;
  durationMs: number;
  totals: Record<Verdict, number>;
  reports: Report[];
}

export interface Report {
  serverName: string;
  verdict: Verdict;
  /** One sentence, plain text. */
  summary: string;
  /** ISO 8601, UTC. */
  startedAt: string;
  durationMs: number;
  /** Null only when no step could be decided: an invalid name, or no resolver. */
  route: Route | null;
  /** All eight, in order. */
  steps: Step[];
  /** Root causes first, then by severity, then in step order. */
  findings: Finding[];
  /** Who reaches this server, by the models of the implementations; empty when inconclusive, and when the homeserver wasn't contacted. */
  reach: Reach[];
  /**
   * Who goes on using what is published now, and until when, if it is changed at the time of the check; absent when there is nothing to
   * keep.
   */
  caches?: Cache[];
  /** What the change does, with --against; absent without it. */
  difference?: Difference;
  /** Rules of this tool that failed by themselves, `code: message`; absent when there are none. All other findings are there. */
  internalErrors?: string[];
  /** The evidence that the findings were judged from. */
  facts: Facts;
}

export interface Route {
  specStep: SpecStep;
  via: Via;
  /** `m.server` as given, when the well-known is used. */
  delegatedName: string | null;
  /** What a homeserver sends as `Host`. */
  hostHeader: string;
  /** SNI, and the name that the certificate must cover; an IP literal without brackets. */
  tlsName: string;
  /** In the order in which a homeserver tries them; none for SRV `.`. */
  targets: Target[];
}

export interface Target {
  host: string;
  port: number;
  srv?: { service: SrvService; priority: number; weight: number };
  /** Empty when the host doesn't resolve. */
  endpoints: Endpoint[];
}

export interface Endpoint {
  address: string;
  family: 4 | 6;
  port: number;
  status: "ok" | "failed" | "untested";
  /** Codes of the findings that are placed at this endpoint. */
  findings: string[];
  timings: { connectMs?: number; tlsMs?: number; versionMs?: number; keysMs?: number };
  tls?: {
    protocol: string;
    cipher: string;
    certificate: { subject: string; issuer: string; names: string[]; notBefore: string; notAfter: string; sha256: string };
    chainLength: number;
    trusted: boolean;
  };
  server?: { name: string; version: string };
  keys?: { validUntil: string; keyIds: string[] };
}

/** Something that is kept by others. */
export interface Cache {
  /** `well-known`, `no well-known`, `SRV record`, `no SRV record`, `A record`, `AAAA record`, `CNAME record`. */
  what: string;
  /** A URL or a DNS name. */
  name: string;
  /** Least and most; null when no time limits it. */
  seconds: [number, number] | null;
  /** ISO 8601, UTC: the start of the check and the most of `seconds`. */
  until: string | null;
  /** `resolvers`, or implementations. */
  whom: string;
  note: string;
}

/** Whether one implementation reaches the server and verifies it, by the model of what it does. */
export interface Reach {
  /** `Synapse`, `Dendrite`, `Conduit`, … */
  homeserver: string;
  /**
   * `sometimes`: by chance, as which of several addresses or targets it takes, or with some requests only. `unknown`: the evidence doesn't
   * say.
   */
  reaches: "yes" | "no" | "sometimes" | "unknown";
  /** How this implementation finds host and port; null when it isn't known, or when it doesn't get that far. */
  via: Via | null;
  /** Codes of the findings because of which it doesn't, or not always; empty when it does. */
  because: string[];
}

/** A change of DNS before it is made: where homeservers connect before and after it, and what they do while caches run out. */
export interface Difference {
  /** What the zone files are compared with: other files, or `live`. */
  against: string[];
  /** Null when it couldn't be found out. */
  before: DifferenceRoute | null;
  after: DifferenceRoute | null;
  /** What is answered differently, of the names on either way. */
  records: ChangedRecords[];
  /** Who goes on using what was published before; those for whom it breaks first. */
  meanwhile: Meanwhile[];
  /** One sentence, plain text. */
  summary: string;
}

export interface DifferenceRoute {
  specStep: SpecStep;
  via: Via;
  /** `host:port`. */
  targets: string[];
  /** `192.0.2.1:8448`. */
  endpoints: string[];
  /** Whether a homeserver gets its answers there now; null when it isn't known. */
  works: boolean | null;
}

export interface ChangedRecords {
  name: string;
  /** `SRV`, `A`, `AAAA`. */
  type: string;
  /** `10 5 8448 hs.example.org`, `192.0.2.1`, `CNAME host.example.net`; empty: none. */
  before: string[];
  after: string[];
  /** Seconds that resolvers keep the answer of before: its TTL, or the negative one. */
  keptFor: number | null;
}

export interface Meanwhile {
  /** `resolvers`, or implementations. */
  whom: string;
  /** As in `Cache`: what they keep, and its name. */
  what: string;
  name: string;
  /** The most; null when no time limits it. */
  seconds: number | null;
  /** ISO 8601, UTC: if the change is made at the start of the check. */
  until: string | null;
  /** What becomes of them until then. */
  effect: "breaks" | "works" | "unknown";
  /** Where they connect, and what they find there. */
  detail: string;
}

export interface Step {
  id: StepId;
  status: "pass" | "warn" | "fail" | "skip" | "unknown";
  detail: string;
  durationMs: number;
}

export interface Finding {
  code: string;
  severity: Severity;
  step: StepId | "dns" | "policy" | "client";
  title: string;
  detail: string;
  fix: string[];
  /** URL of the section that demands it. */
  spec: string | null;
  /** `203.0.113.7:8448`, `[2001:db8::1]:8448`, a URL, or a DNS name. */
  where: string[];
  /** `"all"`, or the implementations that are affected. */
  affects: "all" | string[];
  /** Code of the root cause. */
  causedBy: string | null;
}

/** What a watched server name's state is made of. */
export type Changing = "verdict" | "finding" | "route" | "target" | "well-known" | "srv" | "addresses" | "certificate" | "server" | "keys";

/** One thing that isn't any more as it was when it was last seen. What couldn't be seen from this machine is no change. */
export interface Change {
  what: Changing;
  /** The finding's code, the SRV record's name, the host whose addresses they are; null where there is only one. */
  name: string | null;
  /** Where it changed: of a finding its places, of a certificate, server or keys the endpoints. Empty for everything else. */
  where: string[];
  /**
   * Text for people. verdict: the verdict. finding: its severity. route: `via (step)`. target: `host:port`. well-known: `m.server` as
   * given. srv: `priority weight port target`. certificate: its end and the start of its SHA-256. server: name and version. keys: their
   * ids. Several ones are joined with `, `. Null: there was none.
   */
  from: string | null;
  /** As `from`; null: there is none any more. */
  to: string | null;
}

/** `--watch`: one line of `--format ndjson`, and what `--on-change` gets on its standard input. */
export interface WatchEvent {
  /** ISO 8601, UTC: the start of the check that saw it. */
  at: string;
  serverName: string;
  /** The verdict first. Empty at the start of a watch, when there is nothing to compare with; `--on-change` isn't run then. */
  changes: Change[];
  report: Report;
}
