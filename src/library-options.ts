/** The options of the library: their names, and what their values must be. Whoever writes JavaScript gets no help from the types. */
import type { CheckOptions } from "./check.ts";
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
import type { RunOptions } from "./facts/run-options.ts";
import type { WaitOptions } from "./wait/wait.ts";

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
