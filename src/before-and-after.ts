/** What a change of DNS does: before and after it, and what those see meanwhile who keep a part of what was before. */
import type { Report } from "./facts/output.ts";
import type { DnsClient, Io } from "./net/io.ts";
import { changedKinds, delegationOf, differenceOf } from "./report/difference.ts";
import type { OldWorld } from "./zone-files.ts";
import type { Zone } from "./zone/zone.ts";

type WellKnownFile = NonNullable<Io["wellKnownFile"]>;

interface Comparison {
  old: OldWorld;
  /** DNS after the change. */
  dns: DnsClient;
  /** Milliseconds, for all of it. */
  deadlineMs: number;
  after: () => Promise<Report>;
  /** The check in another world. `kept`: what is taken for the well-known's answer, by default what the caller gave. */
  by: (dns: DnsClient, zones: readonly Zone[], ms: number, kept?: WellKnownFile | null) => Promise<Report>;
}

/** The report of what is after the change, with the difference. Before and after are checked side by side. */
export async function beforeAndAfter({ old, dns, deadlineMs, after: checkAfter, by }: Comparison): Promise<Report> {
  const began = performance.now();
  const [after, was] = await Promise.all([checkAfter(), by(old.dns, old.zones, deadlineMs, null)]);
  const kinds = changedKinds(was.facts, after.facts);
  const left = Math.max(1, deadlineMs - (performance.now() - began));
  const mixed = async (from: { SRV: DnsClient; others: DnsClient }, kept?: WellKnownFile): Promise<Report> => {
    const both: DnsClient = {
      queryAt: (...question) => old.dns.queryAt(...question),
      query: (name, type, signal) => (type === "SRV" ? from.SRV : from.others).query(name, type, signal),
    };
    return by(both, [], left, kept);
  };
  const withOldWellKnown = async (delegation: string | null): Promise<Report> => {
    const body = delegation === null ? "" : JSON.stringify({ "m.server": delegation });
    const report = await mixed({ SRV: dns, others: dns }, { name: "cached", body: Buffer.from(body), headers: {} });
    // An empty file stands for none: what is wrong with it isn't so.
    return delegation === null ? { ...report, findings: report.findings.filter(({ step }) => step !== "well-known") } : report;
  };
  const hasSrv = kinds.has("srv");
  const [oldSrv, oldAddresses, oldWellKnown] = await Promise.all([
    hasSrv ? mixed({ SRV: old.dns, others: dns }) : null,
    hasSrv || kinds.has("address") ? mixed({ SRV: dns, others: old.dns }) : null,
    kinds.has("well-known") ? withOldWellKnown(delegationOf(was.facts)) : null,
  ]);
  after.difference = differenceOf(old.against, {
    before: was,
    after,
    ...(oldSrv !== null && { oldSrv }),
    ...(oldAddresses !== null && { oldAddresses }),
    ...(oldWellKnown !== null && { oldWellKnown }),
  });
  return after;
}
