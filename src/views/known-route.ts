/** The route beside what is expected of it: what several rules of this folder ask. Views on the facts, no text. */
import type { Facts, RouteFacts } from "../facts/facts.ts";

/**
 * The route, when it is known for sure. Null when a question that decides it wasn't answered because of this machine: then nothing can be
 * said of it.
 */
export function knownRoute(facts: Facts): RouteFacts | null {
  return facts.srv.some(({ role, outcome }) => role === "route" && outcome.status === "untested") ? null : facts.route;
}
