/** What a rule is: one fault, judged from the facts alone. */
import type { Part } from "../facts/breaks.ts";
import type { Facts } from "../facts/facts.ts";
import type { Severity } from "../facts/output.ts";
import type { Mechanism } from "../homeservers/failure.ts";

export type Area =
  "name" | "machine" | "well-known" | "srv" | "address" | "connect" | "tls" | "federation" | "keys" | "dns" | "policy" | "client";
export type Code = `${Area}/${string}`;

/** What stands behind a finding that may not be a fault of its own. */
export type Sign =
  /** Nothing is meant for federation there, or it isn't meant for this name. */
  | "no-delegation"
  /** The route leads to a wrong place, whatever is there. Whatever is a sign of `no-delegation` is one of this, too. */
  | "wrong-route"
  /** The virtual host of another name answers. */
  | "wrong-virtual-host"
  /** Requests go to the wrong place behind the endpoint, or to nobody: then they are answered badly on every path. */
  | "bad-answer";

/** The fault, as found on this server. */
export interface Found {
  severity: Severity;
  /** What was seen, then what it means; one paragraph. Remote text only through `quote`, here and in `fix`. */
  detail: string;
  /**
   * What to change, the most likely mend first; several entries are alternatives, two at most. Each is read as `views/fix-parts.ts` reads
   * it: paragraphs set apart by an empty line, and in each one line of prose and, under it, the lines to paste.
   * - What is to be pasted (a command, a record, JSON, configuration with its comments) stands in lines of its own, never in the prose.
   * - A paragraph's lines are pasted together, in one place, so they have one syntax, no empty line among them, and only ASCII.
   * - What isn't known stands in the lines as an example that can be pasted, and the prose says what to replace by what.
   * - Every alternative is true for this server: what the facts or the clues contradict isn't said.
   * A consequence's are dropped: its cause's count.
   */
  fix: string[];
  /** `203.0.113.7:8448`, `[2001:db8::1]:8448`, a URL, or a DNS name. */
  where: string[];
  /**
   * Others meet the same there, so that their finding is the cause of this one when it is an error: by its code, or `connection`, whatever
   * connect/ and tls/ find at one of the same places.
   */
  sameAs?: readonly (Code | "connection")[];
  /**
   * False: it stands beside the others, whatever the rule says that it causes. `route`: whatever is wrong on the route follows from it.
   * `at`: whatever is wrong at these places alone, which are written as in `where`.
   */
  explainsOthers?: false | "route" | { at: readonly string[] };
  /**
   * It only says in which line of a file a fault stands that a finding of one of these codes, at one of these places, is about. Then it
   * isn't said by itself: that finding gets its place and its mend. `before`: a sentence to put before that finding's own mends, which then
   * stay.
   */
  lineOf?: { codes: readonly Code[]; at: readonly string[]; before?: string };
  /**
   * What is to be repaired, as a sentence. The faults that it explains there have no fixes of their own, so those follow this sentence in
   * place of the first entry of `fix`, which counts only where it explains none.
   */
  repair?: string;
}

export interface Rule {
  /** The file's path says the same. */
  code: Code;
  /** All that `judge` may give. */
  severity: Severity | readonly Severity[];
  /** The ways in which a homeserver's walk goes wrong that this is about: whose walk does, is affected. */
  mechanisms?: readonly Mechanism[];
  /** Whom it concerns when no homeserver's walk goes wrong by it; nobody by default. */
  concerns?: "everybody" | "nobody";
  /** One line, no server-specific value. */
  title: string;
  /** The page: what it means, how it shows, who is affected, how to tell it from its look-alikes, how to mend it, log lines. Markdown. */
  explain: string;
  /** URL of the section that demands it. */
  spec: string | null;
  /**
   * What fails when this is an error: an endpoint that is broken counts as failed, and a route or well-known that is broken explains what
   * is seen where homeservers go instead.
   */
  breaks?: Part;
  /** What it may be a mere sign of: such findings are consequences of those that name the sign among their `causes`. */
  signOf?: readonly Sign[];
  /**
   * Findings that are this one's consequences when this one is an error (for findings at endpoints: at the same endpoints): by their codes,
   * by what they are a sign of, or by what they break.
   */
  causes?: readonly (Code | Sign | Part)[];
  /**
   * It is about this machine. `limits`: it says what couldn't be seen from here, and leads a report that is inconclusive. `blinds`: what
   * follows from it (`causes`; without any, everything) says nothing about the server, so that the report is inconclusive.
   */
  machine?: "limits" | "blinds";
  /** Without their answers nothing is known of it: a check that didn't get them doesn't say that it is gone. */
  needs?: "nameservers";
  /** Pure: no I/O, no clock. */
  judge(facts: Facts): Iterable<Found>;
}

/** Sections of the documents that rules cite. */
export const SPEC = {
  serverName: "https://spec.matrix.org/latest/appendices/#server-name",
  resolving: "https://spec.matrix.org/latest/server-server-api/#resolving-server-names",
  wellKnown: "https://spec.matrix.org/latest/server-server-api/#getwell-knownmatrixserver",
  version: "https://spec.matrix.org/latest/server-server-api/#get_matrixfederationv1version",
  transactions: "https://spec.matrix.org/latest/server-server-api/#transactions",
  keys: "https://spec.matrix.org/latest/server-server-api/#publishing-keys",
  tls: "https://spec.matrix.org/latest/server-server-api/#tls",
  api: "https://spec.matrix.org/latest/server-server-api/#api-standards",
  clientFile: "https://spec.matrix.org/latest/client-server-api/#well-known-uris",
  clientCors: "https://spec.matrix.org/latest/client-server-api/#web-browser-clients",
  clientVersions: "https://spec.matrix.org/latest/client-server-api/#get_matrixclientversions",
  clientAuth: "https://spec.matrix.org/latest/client-server-api/#server-metadata-discovery",
  support: "https://spec.matrix.org/latest/client-server-api/#getwell-knownmatrixsupport",
  errors: "https://spec.matrix.org/latest/client-server-api/#standard-error-response",
  signing: "https://spec.matrix.org/latest/appendices/#signing-json",
  srv: "https://www.rfc-editor.org/rfc/rfc2782",
  certificateNames: "https://www.rfc-editor.org/rfc/rfc9525#section-6.3",
  certificateUse: "https://www.rfc-editor.org/rfc/rfc5280#section-4.2",
  nameConstraints: "https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.10",
  cipherSuites: "https://www.rfc-editor.org/rfc/rfc9325#section-4",
  certificateOrder: "https://www.rfc-editor.org/rfc/rfc8446#section-4.4.2",
  zones: "https://www.rfc-editor.org/rfc/rfc1034#section-4.2",
  wildcards: "https://www.rfc-editor.org/rfc/rfc4592#section-4",
  negativeCaching: "https://www.rfc-editor.org/rfc/rfc2308#section-5",
  zoneFile: "https://www.rfc-editor.org/rfc/rfc1035#section-5",
  dnssec: "https://www.rfc-editor.org/rfc/rfc4035#section-5",
} as const;
