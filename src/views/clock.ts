/** Whether this machine's clock is right, by the dates in the servers' answers (RFC 9110, 6.6.1). */
import type { Facts, HttpFacts } from "../facts/facts.ts";
import { certificateFaults, type CertificateFault } from "./certificate.ts";
import { endpointsOf } from "./endpoints.ts";
import { done, judgedAt } from "./outcome.ts";

const DAY_MS = 86_400_000;
const OF_TIME: readonly CertificateFault[] = ["expired", "not-yet-valid"];

/** Milliseconds that the servers are ahead of this machine; null without their dates, or when these don't agree on the day. */
export function clockOffset(facts: Facts): number | null {
  const offsets = responses(facts).flatMap(({ headers }) => {
    const date = Date.parse(headers["date"] ?? "");
    return Number.isNaN(date) ? [] : [date - judgedAt(facts).getTime()];
  });
  if (offsets.length === 0 || Math.max(...offsets) - Math.min(...offsets) > DAY_MS) return null;
  return offsets[0] ?? null;
}

/** Something is out of date by this machine's clock, and all of that is good at the servers' time. */
export function failsOnlyByClock(facts: Facts, offset: number): boolean {
  const here = judgedAt(facts);
  const there = new Date(here.getTime() + offset);
  return isOutOfDate(facts, here) && !isOutOfDate(facts, there);
}

function isOutOfDate(facts: Facts, at: Date): boolean {
  const { route } = facts;
  const hops = done(facts.wellKnown)?.attempts.flatMap((attempt) => attempt.hops) ?? [];
  const certificates = [
    ...endpointsOf(facts).flatMap(({ tls }) => (tls.status === "done" && route !== null ? [{ tls: tls.value, name: route.tlsName }] : [])),
    ...hops.flatMap(({ connection, host }) => (connection?.tls.status === "done" ? [{ tls: connection.tls.value, name: host }] : [])),
  ];
  const isBad = certificates.some(({ tls, name }) => certificateFaults(tls, name, false, at).some((fault) => OF_TIME.includes(fault)));
  return isBad || endpointsOf(facts).some(({ keys }) => keysEnd(done(keys)?.reading) < at.getTime());
}

function keysEnd(reading: { kind: string; validUntil?: number } | null | undefined): number {
  return reading?.kind === "keys" ? (reading.validUntil ?? Infinity) : Infinity;
}

function responses(facts: Facts): HttpFacts[] {
  const hops = done(facts.wellKnown)?.attempts.flatMap((attempt) => attempt.hops) ?? [];
  return [
    ...hops.flatMap(({ response }) => (response.status === "done" ? [response.value] : [])),
    ...endpointsOf(facts).flatMap(({ version, keys }) =>
      [done(version)?.response, done(keys)?.response].filter((each) => each !== undefined),
    ),
  ];
}
