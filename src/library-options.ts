/** The options of the library: their names, and what their values must be. Whoever writes JavaScript gets no help from the types. */
import type { Expectations } from "./facts/facts.ts";
import {
  abortSignal,
  callback,
  days,
  elsewhere,
  fields,
  listOf,
  oneOf,
  optionsProblem,
  orNull,
  type OptionShape,
  type OptionShapes,
  textOrNull,
  texts,
  yesOrNo,
} from "./facts/option-shapes.ts";
import type { Policy } from "./facts/policy.ts";
import type { RunOptions } from "./facts/run-options.ts";
import type { WaitOptions } from "./wait/wait.ts";
import type { ZoneOptions } from "./zone-files.ts";

export interface CheckOptions extends ZoneOptions {
  /** Private, loopback and reserved addresses, and names without a public TLD, are no finding. */
  allowPrivate?: boolean;
  /** Days under which a certificate is reported as expiring; 14. */
  minCertDays?: number;
  /** Only that address family; null: both. */
  family?: 4 | 6 | null;
  /** Milliseconds for one network operation; 10,000. */
  timeoutMs?: number;
  /** Milliseconds for one server name, all in all; 30,000. */
  deadlineMs?: number;
  /** `address[:port]`, `tls://host[:port]` or `https://url`; the system's resolvers by default. */
  dnsServers?: string[];
  /** False: the nameservers of the zones are not asked themselves; true. */
  authoritative?: boolean;
  /** Also what homeservers do but a checker needs consent for: an unsigned PUT to the federation API of every endpoint. */
  deep?: boolean;
  /** Also what clients need: `/.well-known/matrix/client`, the client API behind it, and `/.well-known/matrix/support`. */
  client?: boolean;
  /**
   * For sharing in public: addresses, this machine's own, other names than the checked one, key ids and the like are replaced, each by the
   * same stand-in everywhere in the report and its facts; `"all"`: the checked name, too. False.
   */
  redact?: boolean | "all";
  /** The hosts file that is looked into instead of the system's; null: none. */
  hostsFile?: string | null;
  /** PEM texts with additional trusted roots. */
  ca?: string[];
  /** `host:port:address:port`, as curl's `--connect-to`. */
  connectTo?: string[];
  /** The body that is taken for the answer of `/.well-known/matrix/server`; nobody is asked for it. */
  wellKnownFile?: { file: string; body: string | Uint8Array } | null;
  /**
   * For services that check names which others give them: where connections may go, and nothing of this machine in the report. {@link
   * PUBLIC_SERVICE} is one that is ready; none by default.
   */
  policy?: Readonly<Policy> | null;
  /** Codes of findings to drop. */
  ignore?: string[];
  /** What must hold besides that federation works; findings `policy/*` when it doesn't. */
  expect?: Expectations;
  /** False: resolution only, the homeserver isn't contacted. */
  probe?: boolean;
  /**
   * True: for many names in one go. What several of them have in common is asked once: DNS answers are kept for their TTL, what a URL says
   * to which several names redirect for an hour, and neither goes beyond this checker. Failures aren't shared. Requests to an endpoint go
   * one after the other over two connections, not side by side. False: every check asks everything itself, as fast as it can.
   */
  shared?: boolean;
}

const text: OptionShape<string> = (value) => (typeof value === "string" ? null : "a string");
const textOrBytes: OptionShape<string | Uint8Array> = (value) =>
  typeof value === "string" || value instanceof Uint8Array ? null : "a string or bytes";
const expectations = fields<Expectations>(
  "an object with targets, via or certificateDays",
  { targets: texts, via: texts as OptionShape<never>, certificateDays: days },
  ["targets", "via", "certificateDays"],
);

const included = listOf("a list of { by, path, file, text }", fields("", { by: text, path: text, file: text, text }, []));
const zoneTexts = listOf(
  "a list of { file, text, origin }",
  fields("", { file: text, text, origin: textOrNull, included }, ["origin", "included"]),
);

/** What has no shape here is judged where it is read. */
export const CHECK_OPTIONS: OptionShapes<CheckOptions> = {
  allowPrivate: yesOrNo,
  minCertDays: days,
  family: oneOf<4 | 6 | null>(4, 6, null),
  timeoutMs: elsewhere(),
  deadlineMs: elsewhere(),
  dnsServers: texts,
  authoritative: yesOrNo,
  deep: yesOrNo,
  client: yesOrNo,
  redact: oneOf<boolean | "all">(true, false, "all"),
  hostsFile: textOrNull,
  ca: texts,
  connectTo: texts,
  zones: zoneTexts,
  against: (value) => (value === "live" || zoneTexts(value) === null ? null : '"live", or a list of { file, text, origin }'),
  wellKnownFile: orNull(fields("{ file, body }, or null", { file: text, body: textOrBytes }, [])),
  policy: elsewhere(),
  ignore: texts,
  expect: expectations,
  probe: yesOrNo,
  shared: yesOrNo,
};
export const RUN_OPTIONS: OptionShapes<RunOptions> = {
  signal: abortSignal,
  onStep: callback(),
  expect: expectations,
  ignore: texts,
  fresh: yesOrNo,
};
export const WAIT_OPTIONS: OptionShapes<WaitOptions> = {
  ...RUN_OPTIONS,
  waitMs: (value) => (typeof value === "number" && value >= 0 ? null : "a number of milliseconds, 0 or more"),
  passes: callback(),
  onWaiting: callback(),
  onNote: callback(),
};
export const JUDGE_OPTIONS = (({ ignore, allowPrivate, minCertDays, expect, redact }) => ({
  ignore,
  allowPrivate,
  minCertDays,
  expect,
  redact,
}))(CHECK_OPTIONS);

/** Null, or one line about options that `check` can't take, or `checkMany`, which has some of its own. */
export function checkOptionsProblem(of: string, options: unknown, others: Readonly<Record<string, OptionShape<unknown>>>): string | null {
  return optionsProblem(of, options, { ...CHECK_OPTIONS, ...others });
}
