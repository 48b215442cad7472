/**
 * DNS answers that several checks need are asked for once: those under way are waited for together, and what came is kept for its TTL (RFC
 * 1035, 3.2.1), a negative answer as RFC 2308, 5, says. Failures (no answer, SERVFAIL, REFUSED) are everybody's own.
 */
import type { DnsAnswer, DnsOutcome } from "../../facts/facts.ts";
import type { DnsClient, RecordsByType } from "../io.ts";
import { createSharing } from "../sharing.ts";
import { foldName } from "../../facts/domain-name.ts";
import { formatResolver } from "./resolver-address.ts";

/** What many names have in common is a few nameservers and hosts; the rest is each name's own and goes soon. */
const MAX_ANSWERS = 2048;
/** An answer may hold thousands of records; such are asked for again. */
const MAX_RECORDS = 64;
/** Seconds, whatever the TTL says. */
const MAX_TTL = 3600;

type Outcome = DnsOutcome<RecordsByType[keyof RecordsByType]>;

/**
 * A client whose answers are shared by all who use it. TTLs that a resolver gave are less by the time for which the answer was kept.
 * @param now a clock in milliseconds that only goes forward; performance.now
 */
export function shareAnswers(dns: DnsClient, now?: () => number): DnsClient {
  const sharing = createSharing<Outcome>({
    most: MAX_ANSWERS,
    ...(now === undefined ? {} : { now }),
    keepMs: (outcome) => (isAnswer(outcome) ? 1000 * secondsToKeep(outcome.value) : null),
  });
  return {
    async query<T extends keyof RecordsByType>(name: string, type: T, signal: AbortSignal) {
      const { answer, ageMs } = await sharing.get(`${type} ${foldName(name)}`, signal, () => dns.query(name, type, signal));
      // The type is part of the key.
      return aged(answer, ageMs) as DnsOutcome<RecordsByType[T]>;
    },
    async queryAt<T extends keyof RecordsByType>(...[server, name, type, options, signal]: Parameters<typeof dns.queryAt<T>>) {
      if (options.again === true) return dns.queryAt(server, name, type, options, signal);
      const { recursion, timeoutMs } = options;
      const { answer, ageMs } = await sharing.get(
        `${type} ${foldName(name)} ${formatResolver(server)} ${recursion}`,
        signal,
        async (waitedMs) => {
          // A check that shares a question waits for a silent server no longer than it would alone.
          const outcome = await dns.queryAt(server, name, type, { recursion, timeoutMs: Math.max(1, timeoutMs - waitedMs) }, signal);
          return outcome.status === "failed" ? { ...outcome, ms: outcome.ms + Math.round(waitedMs) } : outcome;
        },
      );
      // What the zone's own server gives is the whole TTL, however long ago.
      return (recursion ? aged(answer, ageMs) : answer) as DnsOutcome<RecordsByType[T]>;
    },
  };
}

/** It says something about the name; every other RCODE, and silence, says something about who was asked, or about this moment. */
function isAnswer(outcome: Outcome): outcome is Extract<Outcome, { status: "done" }> {
  return outcome.status === "done" && (outcome.value.rcode === "NOERROR" || outcome.value.rcode === "NXDOMAIN");
}

function secondsToKeep({ records, chain, ttl, negativeTtl }: DnsAnswer<RecordsByType[keyof RecordsByType]>): number {
  if (records.length + chain.length > MAX_RECORDS) return 0;
  // RFC 2308, 5: without an SOA a negative answer isn't kept.
  return Math.min(records.length > 0 ? MAX_TTL : (negativeTtl ?? 0), ttl ?? MAX_TTL, MAX_TTL);
}

function aged(outcome: Outcome, ageMs: number): Outcome {
  const age = Math.floor(ageMs / 1000);
  if (age === 0 || outcome.status !== "done") return outcome;
  const { value } = outcome;
  const less = (ttl: number | null): number | null => (ttl === null ? null : Math.max(0, ttl - age));
  const young = <R extends { ttl: number }>(all: readonly R[]): R[] => all.map((each) => ({ ...each, ttl: Math.max(0, each.ttl - age) }));
  const answer: DnsAnswer<RecordsByType[keyof RecordsByType]> = {
    ...value,
    chain: young(value.chain),
    records: young(value.records),
    ttl: less(value.ttl),
    negativeTtl: less(value.negativeTtl),
  };
  return { ...outcome, value: answer };
}
