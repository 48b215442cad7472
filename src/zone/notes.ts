/** What is noted while a master file is read: mistakes with their lines, and names as they were written. */
import type { ZoneMistake } from "../facts/facts.ts";
import type { Token } from "./entries.ts";
import { isIpv4, isIpv6 } from "./fields.ts";
import type { WrittenName } from "./mistakes.ts";
import { absoluteName, isAbsolute } from "./names.ts";
import { ZoneFileError } from "./zone.ts";

/** With more of them a file isn't a zone file. */
const MAX_UNREADABLE = 10_000;
/** Lines that are named beside the first one of a mistake. */
const MOST_LINES = 20;

export class Notes {
  readonly mistakes: ZoneMistake[] = [];
  readonly written: WrittenName[] = [];
  /** The file at hand: the zone's own, or one that it includes. */
  at: string;
  readonly #file: string;
  #unreadable = 0;
  readonly #unknownTypes = new Map<string, ZoneMistake>();
  #commentSign: ZoneMistake | null = null;

  constructor(file: string) {
    this.#file = this.at = file;
  }

  get place(): { file?: string } {
    return this.at === this.#file ? {} : { file: this.at };
  }

  mistake(kind: ZoneMistake["kind"], given: Partial<ZoneMistake> & { line: number }): ZoneMistake {
    const made: ZoneMistake = {
      kind,
      name: "",
      type: "",
      written: null,
      became: null,
      meant: null,
      otherLines: [],
      ...this.place,
      ...given,
    };
    this.mistakes.push(made);
    return made;
  }

  /** @throws ZoneFileError when there are too many */
  unreadable(given: Partial<ZoneMistake> & { line: number; problem: string }): ZoneMistake {
    const { line, problem } = given;
    if (++this.#unreadable > MAX_UNREADABLE)
      throw this.fault(line, `${problem}; and ${MAX_UNREADABLE} lines before it can't be read either: is it a zone file?`);
    return this.mistake("unreadable", given);
  }

  /** A line, or with a name the rest of one, that begins with what is a comment elsewhere. */
  commentSign({ line, name = "", type = "" }: { line: number; name?: string; type?: string }): void {
    if (name === "" && this.#commentSign !== null) return alsoAt(this.#commentSign, line);
    const made = this.mistake("comment-sign", { line, name, type });
    if (name === "") this.#commentSign = made;
  }

  missingDot(written: string, became: string, type: string, line: number): void {
    this.mistake("missing-final-dot", { line, name: became, type, written, became, meant: `${written}.` });
  }

  unknownType(mnemonic: string, name: string, line: number): void {
    const before = this.#unknownTypes.get(mnemonic);
    if (before !== undefined) return alsoAt(before, line);
    if (this.#unknownTypes.size < MAX_UNREADABLE)
      this.#unknownTypes.set(mnemonic, this.mistake("unknown-type", { line, name, type: mnemonic }));
  }

  /** Keeps those names that may lack their final dot, hold an @, or are addresses. Under the root every name is complete. */
  name(role: WrittenName["role"], name: string, type: string, { text, line }: Token, origin: string | null): void {
    const isAddress = role === "target" && (isIpv4(text.replace(/\.$/, "")) || isIpv6(text));
    const hasAt = text.length > 1 && /(?:^|\.)@(?:\.|$)/.test(text);
    if (origin === null || (!isAddress && !hasAt && (origin === "." || isAbsolute(text) || !text.includes(".")))) return;
    // The $ORIGIN of the SOA record's own name is said already.
    if (role === "owner" && type === "SOA" && name !== absoluteName(text, origin)) return;
    const became = absoluteName(text, origin);
    this.written.push({ role, name, type, line, written: text, became, origin, isAddress, hasAt, ...this.place });
  }

  fault(line: number, problem: string): ZoneFileError {
    return new ZoneFileError(this.at, line, problem);
  }
}

/** The same mistake once more. */
export function alsoAt(mistake: ZoneMistake, line: number): void {
  if (mistake.otherLines.length < MOST_LINES) mistake.otherLines.push(line);
}
