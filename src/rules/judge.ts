/** Runs every rule over the facts, links consequences to their causes, and orders the findings. */
import type { Facts } from "../facts/facts.ts";
import { STEP_IDS, type Finding, type Reach, type Severity } from "../facts/output.ts";
import type { Part } from "../facts/breaks.ts";
import { oneLine } from "../views/words.ts";
import { isConsequence } from "./consequences.ts";
import { lines, type Lines } from "./lines.ts";
import { affectedBy, reachOf, walks } from "./reach.ts";
import { rules as allRules } from "./registry.ts";
import type { Area, Code, Found, Rule } from "./rule.ts";

export interface Judgement {
  findings: Finding[];
  /** Rules that threw: our own fault. All other findings are there. */
  broken: { code: Code; error: unknown }[];
  /** What an error of each code makes fail. */
  breaks: ReadonlyMap<string, Part>;
  /** Every implementation that is modelled. */
  reach: Reach[];
  /** Of those that are about this machine: see `Rule.machine`. */
  machine: ReadonlyMap<string, "limits" | "blinds">;
}

const SEVERITIES: readonly Severity[] = ["error", "warning", "info"];
const ROUTE_STEPS: readonly Finding["step"][] = ["srv", "address", "connect", "tls", "federation", "keys"];
const ENDPOINT_STEPS: readonly Finding["step"][] = ["connect", "tls", "federation", "keys"];
/** Their findings are about a place that was connected to, or about a host that was looked for. */
const PLACED_STEPS: readonly Finding["step"][] = ["well-known", ...ROUTE_STEPS];
const STEPS: readonly Finding["step"][] = ["name", "dns", ...STEP_IDS.slice(1), "policy", "client"];

export function judge(facts: Facts, options: { ignore?: readonly string[]; rules?: readonly Rule[] } = {}): Judgement {
  const rules = options.rules ?? allRules;
  const broken: Judgement["broken"] = [];
  const walked = walks(facts);
  const tables = tablesOf(rules);
  const repairs = new Map<Finding, string>();
  const beside = new Set<Finding>();
  const decisive = new Set<Finding>();
  const same = new Map<Finding, NonNullable<Found["sameAs"]>>();
  const placed = new Map<Finding, ReadonlySet<string>>();
  const lineOf = new Map<Finding, NonNullable<Found["lineOf"]>>();
  const all = rules.flatMap((rule) => {
    if (options.ignore?.includes(rule.code)) return [];
    try {
      return [...rule.judge(facts)].map((found): Finding => {
        const finding: Finding = {
          code: rule.code,
          severity: found.severity,
          step: stepOf(rule.code),
          title: rule.title,
          // One paragraph, whatever of the other side's stands in it.
          detail: oneLine(found.detail),
          fix: found.fix,
          spec: rule.spec,
          where: [...new Set(found.where)],
          affects: affectedBy(walked, rule, found.where),
          causedBy: null,
        };
        if (found.repair !== undefined) repairs.set(finding, found.repair);
        if (found.lineOf !== undefined) lineOf.set(finding, found.lineOf);
        if (found.sameAs !== undefined) same.set(finding, found.sameAs);
        if (found.explainsOthers === false) beside.add(finding);
        if (found.explainsOthers === "route") decisive.add(finding);
        if (typeof found.explainsOthers === "object") placed.set(finding, new Set(found.explainsOthers.at));
        return finding;
      });
    } catch (error) {
      broken.push({ code: rule.code, error });
      return [];
    }
  });
  const { findings, isBeside, tell } = lines(all, lineOf);
  link(findings, tables, { beside, isBeside, decisive, same, placed }, facts.route?.via === "srv");
  tell();
  const allGetThere = walked.length > 0 && walked.every(({ reaches }) => reaches === "yes");
  for (const finding of findings) if (allGetThere && isHarmless(finding, tables)) finding.severity = "warning";
  for (const [finding, sentence] of repairs) finding.fix = withRepair(finding, sentence, findings);
  // It goes away with its cause: advice of its own would lead to the wrong place.
  for (const finding of findings) if (finding.causedBy !== null) finding.fix = [];
  findings.sort(compare);
  const { breaks, machine, byCode } = tables;
  return { findings, broken, breaks, machine, reach: reachOf(walked, findings, byCode) };
}

/** What is asked of the rules by code. */
interface Tables extends Pick<Judgement, "breaks" | "machine"> {
  byCode: ReadonlyMap<string, Rule>;
  /** Those that are never an error. */
  onlyWarn: ReadonlySet<string>;
}

const tables = new WeakMap<readonly Rule[], Tables>();

/** Made once for each list: it takes as long as a good part of the judging. */
function tablesOf(rules: readonly Rule[]): Tables {
  const known = tables.get(rules);
  if (known !== undefined) return known;
  const made: Tables = {
    byCode: new Map(rules.map((rule) => [rule.code, rule])),
    onlyWarn: new Set(rules.filter(({ severity }) => severity === "warning").map(({ code }) => code)),
    breaks: new Map(rules.flatMap(({ code, breaks: part }) => (part === undefined ? [] : [[code, part] as const]))),
    machine: new Map(rules.flatMap((rule) => (rule.machine === undefined ? [] : [[rule.code, rule.machine] as const]))),
  };
  tables.set(rules, made);
  return made;
}

/**
 * What stops only some homeservers stands where only others go, such as at a backup target to which they don't change: it isn't an error
 * that affects nobody.
 */
function isHarmless({ code, severity, step, affects }: Finding, { byCode }: Tables): boolean {
  const known = [byCode.get(code)?.severity ?? []].flat();
  return severity === "error" && affects.length === 0 && ENDPOINT_STEPS.includes(step) && known.includes("warning");
}

/** What is about this machine is shown beside what is about its resolver: there is no step of its own for it. */
function stepOf(code: Code): Finding["step"] {
  const area = code.slice(0, code.indexOf("/")) as Area;
  return area === "machine" ? "dns" : area;
}

/** Sets `causedBy` to what is behind the first finding whose rule names this one among its consequences. */
function link(
  findings: Finding[],
  { byCode, onlyWarn }: Tables,
  {
    beside,
    isBeside,
    decisive,
    same,
    placed,
  }: {
    beside: ReadonlySet<Finding>;
    isBeside: Lines["isBeside"];
    decisive: ReadonlySet<Finding>;
    same: ReadonlyMap<Finding, readonly string[]>;
    placed: ReadonlyMap<Finding, ReadonlySet<string>>;
  },
  viaSrv: boolean,
): void {
  const follows = (finding: Finding, cause: Finding): boolean => {
    const [rule, causing] = [byCode.get(finding.code), byCode.get(cause.code)];
    if (rule === undefined || causing === undefined) return false;
    const blindsAll = causing.machine === "blinds" && causing.causes === undefined;
    return blindsAll ? rule.machine === undefined : isConsequence(rule, causing);
  };
  const blinds = ({ code }: Finding): boolean => byCode.get(code)?.machine === "blinds";
  const isNoWellKnown = ({ code }: Finding): boolean => byCode.get(code)?.breaks === "well-known";
  // What is an error or a warning depending on the rest explains that rest only as an error.
  const explains = (cause: Finding, finding: Finding): boolean =>
    cause !== finding &&
    !beside.has(cause) &&
    !isBeside(cause, finding) &&
    (cause.severity === "error" || onlyWarn.has(cause.code) || blinds(cause)) &&
    ((decisive.has(cause) ? ROUTE_STEPS.includes(finding.step) : follows(finding, cause)) ||
      same.get(finding)?.some((what) => isThat(cause, what, finding)) === true) &&
    placesMeet(cause, finding) &&
    !(viaSrv && isNoWellKnown(cause));
  const explainsPlaces = (cause: Finding, { step, where }: Finding): boolean => {
    const places = placed.get(cause);
    return places !== undefined && PLACED_STEPS.includes(step) && where.length > 0 && where.every((each) => places.has(each));
  };
  for (const finding of findings) {
    if (finding.severity === "info") continue;
    const causes = findings.filter(
      (other) => (explains(other, finding) || explainsPlaces(other, finding)) && !leadsTo(findings, finding.code, other),
    );
    const atPlace = causes.find((other) => explainsPlaces(other, finding));
    const cause = causes.find(blinds) ?? atPlace ?? causes[0];
    if (cause === undefined) continue;
    finding.causedBy = cause.code;
    // Nobody gets to that place: what is wrong there can't be worse than that.
    if (cause === atPlace && cause.severity === "warning") finding.severity = "warning";
  }
  const onRoute = findings.find(({ step, severity, causedBy }) => ROUTE_STEPS.includes(step) && severity === "error" && causedBy === null);
  for (const finding of findings) {
    if (onRoute === undefined || finding.severity !== "error" || finding.causedBy !== null || !isNoWellKnown(finding)) continue;
    if (!findings.some(({ causedBy }) => causedBy === finding.code)) finding.causedBy = onRoute.code;
  }
  for (const finding of findings) finding.causedBy = rootOf(findings, finding);
}

/** The cause that has none itself. */
function rootOf(findings: readonly Finding[], finding: Finding): string | null {
  let root = finding.causedBy;
  // Linking makes no circles; what is at another place under the same code may be a root.
  for (let depth = 0; root !== null && depth < findings.length; depth++) {
    const causes = findings.filter(({ code }) => code === root);
    const [cause] = causes;
    if (cause === undefined || causes.some(({ causedBy }) => causedBy === null)) break;
    root = cause.causedBy;
  }
  return root;
}

/**
 * The most likely fix of each fault that it explains: all of them have to be mended. With one fault also what is to be done in another case
 * ("If it was not renewed"). Other ways than a repair are in the entries of its own.
 */
function withRepair(finding: Finding, sentence: string, findings: readonly Finding[]): string[] {
  const explained = findings.filter(
    ({ causedBy, severity, where, fix }) =>
      causedBy === finding.code && severity === "error" && fix.length > 0 && sharesPlace(finding, { where }),
  );
  const [first, ...others] = explained;
  if (first === undefined) return finding.fix;
  const cases = others.length === 0 ? first.fix.slice(1).filter((way) => way.startsWith("If ")) : [];
  const mends = [...explained.flatMap(({ fix }) => fix.slice(0, 1)), ...cases];
  return [`${sentence} ${mends.join("\n\n")}`, ...finding.fix.slice(1)];
}

/** Whether `finding` stands, directly or not, under `code`: linking the other way round would make a circle. */
function leadsTo(findings: readonly Finding[], code: string, finding: Finding): boolean {
  for (let at: Finding | undefined = finding, depth = 0; at !== undefined && depth < findings.length; depth++) {
    if (at.code === code) return true;
    const parent: string | null = at.causedBy;
    at = parent === null ? undefined : findings.find((each) => each.code === parent);
  }
  return false;
}

/** Whether an error is what `finding` says that it is the same as. */
function isThat({ code, step, severity, where }: Finding, what: string, finding: Finding): boolean {
  if (severity !== "error") return false;
  return code === what || (what === "connection" && (step === "connect" || step === "tls") && sharesPlace({ where }, finding));
}

function sharesPlace(one: Pick<Finding, "where">, other: Pick<Finding, "where">): boolean {
  return other.where.some((where) => one.where.includes(where));
}

/** A fault at one endpoint doesn't explain a fault at another one. Faults that aren't at endpoints of the route may explain anything. */
function placesMeet(cause: Finding, consequence: Finding): boolean {
  const isPlaced =
    ENDPOINT_STEPS.includes(cause.step) || (cause.step === "srv" && cause.where.some((where) => /[.:\]]\w*:\d+$/.test(where)));
  if (!isPlaced || !ENDPOINT_STEPS.includes(consequence.step)) return true;
  return sharesPlace(cause, consequence);
}

function compare(a: Finding, b: Finding): number {
  return (
    Number(a.causedBy !== null) - Number(b.causedBy !== null) ||
    SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity) ||
    STEPS.indexOf(a.step) - STEPS.indexOf(b.step)
  );
}
