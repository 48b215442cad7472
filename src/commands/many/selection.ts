/** Which of the names that are given are checked in this run: those of its shard, each once, and none that an earlier run has finished. */
import { type ExitCode, stronger } from "../exit-code.ts";
import type { Shard } from "../options.ts";
import type { Earlier } from "./resume.ts";

export interface SelectionSettings {
  shard?: { isIn(name: string): boolean } & Shard;
  earlier?: Earlier;
}

/** What was left out, when all names are known. */
export interface LeftOut {
  notes: string[];
  /** Of the names that an earlier run has finished: a run that is resumed fails if the first part did. */
  code: ExitCode;
  /** How many names are an earlier run's or another part's: what is ignored may have been found there. */
  others: number;
}

export class Selection {
  readonly #settings: SelectionSettings;
  readonly #seen = new Set<string>();
  #repeated = 0;
  #finished = 0;
  #elsewhere = 0;
  #code: ExitCode = 0;

  constructor(settings: SelectionSettings) {
    this.#settings = settings;
  }

  /**
   * Is that name to be checked? Names are the same when they are so byte for byte, as for homeservers (Matrix Appendices, "Server Name":
   * case-sensitive).
   */
  takes(name: string): boolean {
    const { shard, earlier } = this.#settings;
    if (shard !== undefined && !shard.isIn(name)) {
      this.#elsewhere++;
      return false;
    }
    if (this.#seen.has(name)) {
      this.#repeated++;
      return false;
    }
    this.#seen.add(name);
    const code = earlier?.finished.get(name);
    if (code === undefined) return true;
    this.#finished++;
    this.#code = stronger(this.#code, code);
    return false;
  }

  leftOut(): LeftOut {
    const { shard } = this.#settings;
    const notes: string[] = [];
    if (this.#repeated > 0)
      notes.push(this.#repeated === 1 ? "1 duplicate name was left out" : `${this.#repeated} duplicate names were left out`);
    if (this.#finished > 0)
      notes.push(
        `--resume: ${this.#finished} of ${this.#seen.size} names were finished earlier and left out; the exit code is that of all`,
      );
    if (shard !== undefined && this.#seen.size === 0 && this.#elsewhere > 0)
      notes.push(`--shard ${shard.part}/${shard.of}: no name is in this part`);
    return { notes, code: this.#code, others: this.#finished + this.#elsewhere };
  }
}
