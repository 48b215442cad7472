/** What is said, and what to do, where the well-known is redirected to a host that nobody can connect to. Pure. */
import type { Facts } from "../facts/facts.ts";
import { goesOn } from "../views/remaining-route.ts";
import { shown, type Seen } from "../views/well-known-read.ts";

/** The sentence that names the redirect. */
export function redirectsThere({ attempt, url }: Seen): string {
  const from = attempt.hops.at(-2)?.url ?? attempt.hops[0]?.url ?? url;
  return `${shown(from)} redirects to ${url}.`;
}

/** What comes of it. */
export function lostThere(facts: Facts): string {
  return `Nobody can fetch the well-known file there. ${goesOn(facts)}`;
}
