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

interface Written {
  name: string;
  /** Seconds. */
  ttl: number;
  /** 1-based. */
  line: number;
  /** The included file that it stands in; absent: the zone's own. */
  file?: string;
  /** Cloudflare's export says that its proxy answers for the name: what DNS says are Cloudflare's addresses. */
  proxied?: true;
}

export type ZoneRecord = { [T in keyof DataByType]: Written & { type: T; data: DataByType[T] } }[keyof DataByType];
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
  /** It is Cloudflare's export: there a CNAME at the zone's own name is answered with the addresses that it leads to. */
  cloudflare: boolean;
}

/** A file that another one includes. */
export interface IncludedFile {
  /** The file that includes it, as it is called in messages. */
  by: string;
  /** As the directive has it. */
  path: string;
  /** As it is to be called in findings. */
  file: string;
  text: string;
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
