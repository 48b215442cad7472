/** Which mutants are tried: by chance, but the same ones again as long as their code stays, whatever changes elsewhere. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Mutants } from "./mutants.ts";

export interface Placed {
  id: string;
  /** Its name over all runs: of its file, what is replaced, and by what. */
  key: string;
  file: string;
  line: number;
  source: string;
  replacement: string;
  mutatorName: string;
}

export function sampleOf(mutants: Mutants, size: number, seed: string): Placed[] {
  const texts = new Map<string, string[]>();
  const seen = new Map<string, number>();
  return mutants
    .map(({ id, fileName: file, location: { start, end }, mutatorName, replacement }): Placed => {
      const lines = texts.get(file) ?? readFileSync(file, "utf8").split("\n");
      texts.set(file, lines);
      const whole = lines.slice(start.line, end.line + 1).join("\n");
      const source = whole.slice(start.column, whole.length - ((lines[end.line] ?? "").length - end.column));
      const name = [file, mutatorName, source, replacement].join("\n");
      // The same change may be possible in several places of a file.
      const nth = (seen.get(name) ?? 0) + 1;
      seen.set(name, nth);
      const key = createHash("sha256").update(`${seed}\n${name}\n${nth}`).digest("hex");
      return { id, key, file, line: start.line + 1, source, replacement, mutatorName };
    })
    .toSorted((one, other) => (one.key < other.key ? -1 : 1))
    .slice(0, size);
}
