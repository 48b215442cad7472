/** Faults that stand in a line of a file: the finding that is about the fault says the line, and no other finding does. */
import type { Finding } from "../facts/output.ts";
import type { Found } from "./rule.ts";

type LineOf = NonNullable<Found["lineOf"]>;

export interface Lines {
  /** All findings but those that only say the line of another one. */
  findings: Finding[];
  /** What a line makes wrong doesn't follow from another line of the file. */
  isBeside: (cause: Finding, finding: Finding) => boolean;
  /** Gives findings the lines of their faults; after consequences are linked, as those are told by their places. */
  tell: () => void;
}

/** More lines of one fault aren't named. */
const MOST_LINES = 5;

export function lines(all: Finding[], lineOf: ReadonlyMap<Finding, LineOf>): Lines {
  const told = new Map<Finding, Finding[]>();
  const findings = all.filter((finding) => {
    const line = lineOf.get(finding);
    const faults = line === undefined ? [] : all.filter((each) => each.severity !== "info" && isAbout(each, line));
    for (const fault of faults) told.set(fault, [...(told.get(fault) ?? []), finding]);
    return faults.length === 0;
  });
  // A line that is wrong by itself says more than one that only leads to what is wrong.
  const wrongLines = (fault: Finding): Finding[] =>
    told
      .get(fault)
      ?.filter((each) => lineOf.get(each)?.before === undefined)
      .slice(0, MOST_LINES) ?? [];
  return {
    findings,
    isBeside: (cause, finding) => wrongLines(finding).some(({ code }) => code === cause.code),
    tell() {
      for (const [fault, sayings] of told) {
        const wrong = wrongLines(fault);
        const named = wrong.length > 0 ? wrong : sayings.slice(0, MOST_LINES);
        fault.where = [...new Set([...fault.where, ...named.flatMap(({ where }) => where)])];
        const [own, ...others] = fault.fix;
        if (wrong.length === 0 && own !== undefined) {
          fault.fix = [[...named.map((each) => lineOf.get(each)?.before ?? ""), own].join(" "), ...others];
          continue;
        }
        fault.fix = [named.flatMap(({ fix }) => fix).join("\n\n")];
        fault.detail += ` ${named.map(({ detail }) => detail).join(" ")}`;
      }
    },
  };
}

function isAbout({ code, where }: Finding, { codes, at }: LineOf): boolean {
  const places = at.map((each) => each.toLowerCase());
  return codes.some((each) => each === code) && where.some((each) => places.includes(each.toLowerCase()));
}
