/** What the outcome of one DNS question says about the zone, and what it says about the resolver. Pure. */
import type { DnsOutcome, Facts } from "../facts/facts.ts";

/** Of each family of a host so many addresses are tried, and so many targets of an SRV answer: one answer may hold thousands of either. */
export const MAX_ADDRESSES = 16;
export const MAX_TARGETS = 32;

/** An RCODE that says something about the zone. REFUSED and its like say something about the resolver; SERVFAIL is the zone's. */
export function isUsable(outcome: DnsOutcome<unknown>): boolean {
  return outcome.status === "done" && ["NOERROR", "NXDOMAIN", "SERVFAIL"].includes(outcome.value.rcode);
}

/** SERVFAIL, REFUSED and the like, or no answer at all: not "no record". */
export function lookupFailed(outcome: DnsOutcome<unknown>): boolean {
  if (outcome.status === "failed") return true;
  return outcome.status === "done" && outcome.value.rcode !== "NOERROR" && outcome.value.rcode !== "NXDOMAIN";
}

/** How a lookup without a usable answer ended, for a sentence: `SERVFAIL`, the network's words, or what this machine lacks. */
export function lookupFailure(outcome: DnsOutcome<unknown>): string {
  switch (outcome.status) {
    case "done":
      return outcome.value.rcode;
    case "failed":
      return outcome.error.message;
    case "skipped":
      return "not asked";
    case "untested":
      return WHY_UNTESTED[outcome.because];
  }
}

const WHY_UNTESTED = {
  "no-route": "this machine has no route to the resolver",
  resolver: "this machine can't ask the resolver",
  deadline: "the time was up before an answer came",
  "policy-address": "the policy of this check doesn't allow it",
  "policy-port": "the policy of this check doesn't allow it",
  "http-parser": "this Node.js can't parse HTTP",
  "open-files": "this process may open no more files and connections",
  "zone-file": "only the zone's own server knows what the record means",
} as const;

/** All questions that were asked. */
export function dnsOutcomes(facts: Pick<Facts, "hosts" | "srv">): DnsOutcome<unknown>[] {
  return [...facts.hosts.flatMap((host) => [host.a, host.aaaa]), ...facts.srv.map((srv) => srv.outcome)].filter(
    // What a zone file leaves to its server says nothing about any resolver.
    (outcome) => outcome.status !== "skipped" && !(outcome.status === "untested" && outcome.because === "zone-file"),
  );
}

/** At least one question got an answer that says something about the zone, or none was asked. */
export function resolverUsable(facts: Pick<Facts, "hosts" | "srv">): boolean {
  const outcomes = dnsOutcomes(facts);
  return outcomes.length === 0 || outcomes.some(isUsable);
}

/** The registered Extended DNS Errors (RFC 8914, 4), by their codes. */
const EXTENDED_ERRORS = [
  "Other",
  "Unsupported DNSKEY Algorithm",
  "Unsupported DS Digest Type",
  "Stale Answer",
  "Forged Answer",
  "DNSSEC Indeterminate",
  "DNSSEC Bogus",
  "Signature Expired",
  "Signature Not Yet Valid",
  "DNSKEY Missing",
  "RRSIGs Missing",
  "No Zone Key Bit Set",
  "NSEC Missing",
  "Cached Error",
  "Not Ready",
  "Blocked",
  "Censored",
  "Filtered",
  "Prohibited",
  "Stale NXDOMAIN Answer",
  "Not Authoritative",
  "Not Supported",
  "No Reachable Authority",
  "Network Error",
  "Invalid Data",
];

/** `9 (DNSKEY Missing)`: many resolvers send the code without a text. */
export function extendedErrorName(code: number): string {
  const name = EXTENDED_ERRORS[code];
  return name === undefined ? String(code) : `${code} (${name})`;
}
