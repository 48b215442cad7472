/** What comes of a part of a walk. Where chance decides (which address, which target), there are several endings. */
import type { Reach } from "../facts/output.ts";
import type { Via } from "../facts/way.ts";
import type { Failure, Mechanism } from "./failure.ts";

/** Null: the facts or the model don't say. */
export type Known = boolean | null;

/** One way in which it can end. */
export interface Ending {
  /** The version request gets an answer that this homeserver reads. */
  answers: Known;
  /** The federation API is there: the same, whatever type the version is said to be of. */
  serves: Known;
  /** The signing keys are fetched and believed. */
  verifies: Known;
  via: Via | null;
}

export interface Part {
  endings: Ending[];
  failures: Failure[];
}

export const NOTHING: Omit<Ending, "via"> = { answers: false, serves: false, verifies: false };
export const UNKNOWN: Omit<Ending, "via"> = { answers: null, serves: null, verifies: null };

/** It ends here, because of this. */
export function fails(mechanism: Mechanism, places: readonly string[]): Part {
  return { endings: [{ ...NOTHING, via: null }], failures: [{ mechanism, places: [...places], fatal: true }] };
}

/** What comes can't be said. */
export function unclear(): Part {
  return { endings: [{ ...UNKNOWN, via: null }], failures: [] };
}

/** Any of these, by chance. */
export function oneOf(parts: readonly Part[]): Part {
  return { endings: parts.flatMap(({ endings }) => endings), failures: parts.flatMap(({ failures }) => failures) };
}

/** Something went wrong before `rest`, which was taken for it; that is fatal unless the rest works. */
export function after(failures: readonly Failure[], rest: Part): Part {
  const fatal = !rest.endings.every(works);
  return {
    endings: rest.endings,
    failures: [...failures.map((failure) => ({ ...failure, fatal: failure.fatal && fatal })), ...rest.failures],
  };
}

export function by(via: Via, part: Part): Part {
  return { ...part, endings: part.endings.map((ending) => ({ ...ending, via })) };
}

export function works({ serves, verifies }: Ending): boolean {
  return serves === true && verifies === true;
}

/** All endings in one word. What this machine couldn't try doesn't count beside what works. */
export function inOneWord(endings: readonly Known[]): Reach["reaches"] {
  const [yes, no] = [endings.includes(true), endings.includes(false)];
  if (yes && no) return "sometimes";
  if (yes) return "yes";
  return no && !endings.includes(null) ? "no" : "unknown";
}

/** Both, when both are known to be; null when that can't be said. */
export function both(a: Known, b: Known): Known {
  if (a === false || b === false) return false;
  return a === null || b === null ? null : true;
}
