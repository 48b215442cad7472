/** `--ignore`: are there such findings, and did any of them come up? */
import type { Report } from "../output.ts";
import type { Engine } from "./engine.ts";
import { unknownCode } from "./nearest.ts";
import { CommandUsageError } from "./usage.ts";

/** Refuses the first code that no rule has. */
export async function refuseUnknownCodes(codes: readonly string[], engine: Engine): Promise<void> {
  if (codes.length === 0) return;
  const known = (await engine.rules()).map((rule): string => rule.code);
  for (const code of codes) {
    if (!known.includes(code)) throw new CommandUsageError(`--ignore: ${unknownCode(code, known)}`);
  }
}

export interface IgnoredCodes {
  /** Looks whether this report would have had the codes. */
  look(report: Report): Promise<void>;
  /** Those that matched nothing. */
  unmatched(): string[];
}

/**
 * An ignored finding isn't in the report, so that the facts are judged once more without ignoring anything,
 * for as long as there is a code that hasn't come up.
 */
export function watchIgnored(codes: readonly string[], engine: Engine): IgnoredCodes {
  const open = new Set(codes);
  return {
    async look(report) {
      if (open.size === 0) return;
      const whole = await engine.judgeAgain(report.facts, {});
      for (const finding of whole.findings) open.delete(finding.code);
    },
    unmatched: () => [...open],
  };
}
