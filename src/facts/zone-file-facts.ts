/** Before the change: zone files. A part of the evidence: see facts.ts. */

/** What a mistake in a zone file is. */
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
  /**
   * The SRV target `became` belongs to this zone, and has no A or AAAA record in it. `written`: with a dot inside and none at its end, so
   * that it may be a complete name.
   */
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
