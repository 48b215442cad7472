/** Ignored findings: are there such, and did any of them come up? */
import type { Report } from "../facts/output.ts";
import type { Engine } from "./engine.ts";
import { unknownCode } from "./unknown-code.ts";
import { CommandUsageError } from "./usage.ts";

/** Refuses the first code that no rule has. */
export async function refuseUnknownCodes(codes: readonly string[], engine: Engine): Promise<void> {
  if (codes.length === 0) return;
  const known = (await engine.rules()).map((rule): string => rule.code);
  for (const code of codes) {
    if (!known.includes(code)) throw new CommandUsageError(`--ignore: ${unknownCode(code, known)}`);
  }
}

export interface IgnoredCode {
  code: string;
  /** What it is called in a note: `--ignore tls/expired`. */
  said: string;
  /** Null: of every name. */
  serverName: string | null;
}

export interface IgnoredCodes {
  /** Looks whether this report would have had the codes. */
  look(report: Report): Promise<void>;
  /** How those are called that matched nothing. */
  unmatched(): string[];
}

/**
 * An ignored finding isn't in the report, so that the facts are judged once more without ignoring anything,
 * for as long as there is a code that hasn't come up.
 */
export function watchIgnored(ignored: readonly IgnoredCode[], engine: Engine): IgnoredCodes {
  const ofAll = new Set(ignored.filter(({ serverName }) => serverName === null));
  const ofOne = new Map<string, IgnoredCode[]>();
  for (const each of ignored) if (each.serverName !== null) ofOne.set(each.serverName, [...(ofOne.get(each.serverName) ?? []), each]);
  const unmatchedOfOne = new Set<IgnoredCode>();
  return {
    async look(report) {
      const own = ofOne.get(report.serverName) ?? [];
      if (ofAll.size === 0 && own.length === 0) return;
      const whole = await engine.judgeAgain(report.facts, {});
      const found = new Set(whole.findings.map(({ code }) => code));
      for (const each of ofAll) if (found.has(each.code)) ofAll.delete(each);
      for (const each of own) if (!found.has(each.code)) unmatchedOfOne.add(each);
    },
    unmatched: () => [...ofAll, ...unmatchedOfOne].map(({ said }) => said),
  };
}
