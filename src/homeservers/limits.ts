/** Whom a limit concerns, by the models. */
import { homeservers } from "./all.ts";
import type { Homeserver, Trait } from "./model.ts";

export interface Limit {
  limit: number;
  names: string[];
}

/** Ascending; without those that have no limit, and those of which it isn't known. */
export function limitsOf(trait: (homeserver: Homeserver) => Trait<number>): Limit[] {
  const found = new Map<number, string[]>();
  for (const homeserver of homeservers) {
    const { is } = trait(homeserver);
    if (is !== null && Number.isFinite(is)) found.set(is, [...(found.get(is) ?? []), homeserver.name]);
  }
  return [...found].map(([limit, names]) => ({ limit, names })).sort((a, b) => a.limit - b.limit);
}
