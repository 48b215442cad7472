/** Whose names a sentence has, by the models. */
import { parseServerName } from "../matrix/server-name.ts";
import { homeservers } from "./all.ts";
import type { Homeserver } from "./model.ts";
import { valueFault } from "./value-fault.ts";

/** The names of those of which it is so. Of whom it isn't known isn't named. */
export function whose(is: (homeserver: Homeserver) => boolean): string[] {
  return homeservers.filter(is).map(({ name }) => name);
}

/** What is made of an `m.server` that is no server name. Those in neither list cope with it, or it isn't known. */
export function withInvalidValue(value: string): { fails: string[]; fallsBack: string[] } {
  const parsed = parseServerName(value);
  if (parsed.ok) return { fails: [], fallsBack: [] };
  const fault = valueFault(value, parsed.fault);
  return {
    fails: whose(({ wellKnown }) => wellKnown.invalidValue[fault].is === "fails"),
    fallsBack: whose(({ wellKnown }) => wellKnown.invalidValue[fault].is === "falls-back"),
  };
}
