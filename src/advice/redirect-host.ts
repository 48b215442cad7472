/** What is said, and what to do, where the well-known is redirected to a host that nobody can connect to. Pure. */
import type { Facts } from "../facts/facts.ts";
import { goesOn } from "../views/remaining-route.ts";
import { shown, type Seen } from "../views/well-known-read.ts";

/** The sentence that names the redirect. */
export function redirectsThere({ attempt, url }: Seen): string {
  const from = attempt.hops.at(-2)?.url ?? attempt.hops[0]?.url ?? url;
  return `${shown(from)} redirects to ${url}.`;
}

/** What comes of it. `who`: those who get no address, where others may. */
export function lostThere(facts: Facts, who?: string): string {
  const lost = who === undefined ? "Nobody can fetch the well-known file there." : `${who} can't fetch the well-known file there.`;
  return `${lost} ${goesOn(facts, who === undefined ? "Homeservers" : "They")}`;
}
