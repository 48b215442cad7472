/**
 * The evidence: what was tried and what became of it. Written by `net/` and `observe/`, read by `rules/` and `report/`.
 * Everything here is plain JSON, so that it can be saved, sent along and judged again without a network. The parts have files of their own.
 */
import type { ClientFacts } from "./client-facts.ts";
import type { Clues } from "./clues.ts";
import type { AuthoritativeFacts, HostFacts, HostsFileFacts, RegistrationFacts, ResolverFacts, SrvFacts } from "./dns-facts.ts";
import type { TargetFacts } from "./homeserver-facts.ts";
import type { Outcome, Time } from "./outcome.ts";
import type { WellKnownFacts } from "./well-known-facts.ts";
import type { ZoneFileFacts } from "./zone-file-facts.ts";
import type { SpecStep, Via } from "./way.ts";

export type * from "./client-facts.ts";
export type * from "./clues.ts";
export type * from "./connection-facts.ts";
export type * from "./dns-facts.ts";
export type * from "./homeserver-facts.ts";
export type * from "./outcome.ts";
export type * from "./well-known-facts.ts";
export type * from "./zone-file-facts.ts";

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

/** An address that stands for another one, in evidence that was made fit for sharing (--redact). */
export interface AddressStandIn {
  address: string;
  /** What kind of address the original is; null: a public one. */
  notPublic: string | null;
  /** The original is one of Cloudflare's. */
  cloudflare?: true;
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
  /**
   * Only where some homeservers may not read the well-known file that leads the others, or ignore the SRV records that do: where they go
   * without (steps 4 to 6, or 3.4 and 3.5). Only the version and the keys were asked for there.
   */
  fallback?: TargetFacts[];
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
