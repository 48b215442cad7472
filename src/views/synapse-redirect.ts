/**
 * Where Synapse ends when a redirect of the well-known is relative on the second or a later hop: it resolves each Location against the
 * first URL (homeservers.md, 17). Resolution asks there, and the rules judge by it.
 */
import type { Hop, WellKnownAttempt } from "../facts/facts.ts";
import { done } from "./outcome.ts";

export interface RelativeHop {
  hop: Hop;
  /** The Location as it was sent. */
  location: string;
  /** What Synapse makes of it. */
  synapse: string;
}

/** The first hop at which Synapse leaves the way; null when there is none. */
export function relativeHop({ hops }: Pick<WellKnownAttempt, "hops">): RelativeHop | null {
  const [start, ...later] = hops;
  if (start === undefined) return null;
  for (const hop of later) {
    const location = done(hop.response)?.headers["location"];
    if (location === undefined || hop.location === null) continue;
    const synapse = resolved(location, start.url);
    if (synapse !== null && synapse !== hop.location) return { hop, location, synapse };
  }
  return null;
}

/** The URL that a Location leads to from `base`, without its fragment; null when it can't be understood. */
export function resolved(location: string, base: string): string | null {
  const against = URL.canParse(base) ? base : undefined;
  if (!URL.canParse(location, against)) return null;
  const url = new URL(location, against);
  url.hash = "";
  return url.href;
}
