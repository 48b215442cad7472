/** DNS answers in a form that can be compared: what stands at one name, as sorted text without TTLs. Pure. */
import type { AddressRecord, DnsAnswer, RecordSet, SrvRecord } from "../facts/facts.ts";

type Comparable = AddressRecord | SrvRecord;

/** As in a zone file, lower case: `192.0.2.1`, `10 5 8448 matrix.example.org`. */
function recordText(record: Comparable): string {
  return ("address" in record ? record.address : `${record.priority} ${record.weight} ${record.port} ${record.target}`).toLowerCase();
}

/**
 * What an answer says of `name` itself: the alias that stands there, or the records; null when the answer leads elsewhere and doesn't touch
 * the name.
 * `name` is the question's, or one that its CNAMEs lead to.
 */
export function setAt(name: string, asked: string, answer: DnsAnswer<Comparable>): RecordSet | null {
  const folded = name.toLowerCase();
  const authoritative = answer.authoritative ?? false;
  const alias = answer.chain.find((link) => link.name.toLowerCase() === folded);
  if (alias !== undefined)
    return { rcode: "NOERROR", authoritative, records: [`CNAME ${alias.target.toLowerCase()}`], ttl: alias.ttl, negativeTtl: null };
  if ((answer.chain.at(-1)?.target ?? asked).toLowerCase() !== folded) return null;
  return { ...endOf(answer), authoritative };
}

/** What is at the end of all aliases. */
export function endOf(answer: DnsAnswer<Comparable>): RecordSet {
  const { rcode, authoritative = false, records, negativeTtl } = answer;
  const ttl = records.length === 0 ? null : Math.min(...records.map((record) => record.ttl));
  return { rcode, authoritative, records: records.map(recordText).toSorted(), ttl, negativeTtl };
}

/** An answer that says something about the zone: that there are records, or none. */
export function isConclusive({ rcode }: { rcode: string }): boolean {
  return rcode === "NOERROR" || rcode === "NXDOMAIN";
}

/** The same records. That a name has none is the same whether it exists or not: nobody connects anywhere. */
export function sameRecords(one: { records: readonly string[] }, other: { records: readonly string[] }): boolean {
  return one.records.length === other.records.length && one.records.every((text, index) => text === other.records[index]);
}
