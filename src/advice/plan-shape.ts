/** What a plan is, as `plan --json` prints it. */
import type { PlannedStep } from "./plan-steps.ts";

export interface Plan {
  serverName: string;
  /** The value of `m.server`, or the SRV target and its port. */
  to: string;
  via: "well-known" | "srv" | "none";
  /** How homeservers find and verify the server once this is done; plain text. */
  summary: string;
  /** None with SRV, and when no delegation is needed. */
  files: PlannedFile[];
  dns: PlannedRecord[];
  certificates: PlannedCertificate[];
  configuration: PlannedConfiguration[];
  verify: PlannedCommand[];
  /** What else must be known; plain sentences. */
  notes: string[];
  /** All of that in the order in which it can be done. */
  steps: PlannedStep[];
}

export interface PlannedFile {
  url: string;
  status: 200;
  contentType: "application/json";
  /** Without a final line feed; one doesn't matter. */
  body: string;
}

export interface PlannedRecord {
  /** With the final dot. */
  name: string;
  type: "A" | "AAAA" | "SRV";
  /** In presentation form (RFC 2782); null for an address, which isn't known here. */
  data: string | null;
  /** For a zone file. */
  line: string;
}

export interface PlannedCertificate {
  host: string;
  /** The DNS name or IP address that must be among its subjectAltNames. */
  covers: string;
  note: string;
}

/** A piece of the configuration for a host or `host:port`. */
export interface PlannedConfiguration {
  for: string;
  /** Where it belongs and what stands for what; a sentence without its end. */
  what: string;
  /** Nothing but the snippet; null when `what` says it all. */
  text: string | null;
}

export interface PlannedCommand {
  /** `before`: DNS doesn't point to the new servers yet, or SRV records aren't published. */
  when: "before" | "after";
  command: string;
  /** What stands for what in it, or null. */
  note: string | null;
}
