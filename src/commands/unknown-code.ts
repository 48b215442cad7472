/** The line about a finding code that doesn't exist, with the one that was probably meant. */
import { nearest } from "../facts/nearest.ts";
import { PROGRAM } from "./program-name.ts";
import { quote } from "./usage.ts";

export function unknownCode(code: string, known: readonly string[]): string {
  const near = nearest(code, known);
  return `there is no finding ${quote(code)}: ${near === null ? `"${PROGRAM} explain" lists them` : `did you mean ${near}?`}`;
}
