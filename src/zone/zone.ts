/**
 * A zone as its master file says it (RFC 1035, 5), with the line of each record, and what is typically wrong with such files. Plain data.
 */

import type { ZoneMistake } from "../facts/facts.ts";

/** Names are in presentation form, absolute, escaped (RFC 4343, 2.1), without the final dot, case kept; the root is `"."`. */
interface DataByType {
  A: { address: string };
  AAAA: { address: string };
  CNAME: { target: string };
  NS: { target: string };
  MX: { preference: number; target: string };
  SRV: { priority: number; weight: number; port: number; target: string };
  /** Times in seconds. */
  SOA: { mname: string; rname: string; serial: number; refresh: number; retry: number; expire: number; minimum: number };
  /** Each character is one octet. */
  TXT: { strings: string[] };
  CAA: { flags: number; tag: string; value: string };
  /** `certificate`: hex, lower case. */
  TLSA: { usage: number; selector: number; matchingType: number; certificate: string };
  /**
   * Every other type. `mnemonic`: `DNSKEY`, `TYPE65534`; `text`: the fields as written, absolute names where they are known (`ALIAS`,
   * `DNAME`).
   */
  OTHER: { mnemonic: string; text: string };
}

export type ZoneRecord = {
  [T in keyof DataByType]: { type: T; name: string; /** Seconds. */ ttl: number; data: DataByType[T]; /** 1-based. */ line: number };
}[keyof DataByType];
export type ZoneRecordType = keyof DataByType;

export interface Zone {
  /** As it is to be called in findings. */
  file: string;
  /** The zone's name. */
  origin: string;
  /** In the order of the file; only such that belong to the zone. */
  records: ZoneRecord[];
  /** In the order of their lines. */
  mistakes: ZoneMistake[];
}

/** A file that is no master file. The message is one line: file, line, what is wrong and what would be right. */
export class ZoneFileError extends Error {
  readonly code = "zone-file";
  readonly file: string;
  /** 1-based; 0 when it is about the whole file. */
  readonly line: number;
  readonly problem: string;

  constructor(file: string, line: number, problem: string) {
    super(`${file}${line > 0 ? `:${line}` : ""}: ${problem}`);
    this.file = file;
    this.line = line;
    this.problem = problem;
  }
}
