/** What else is seen at an endpoint whose requests go to the wrong place, or to nobody. */
import type { Code } from "../rule.ts";

/** A request that is answered badly is answered badly on every path, in one way or another. */
export const OF_A_BAD_ANSWER: readonly Code[] = [
  "keys/not-found",
  "keys/http-status",
  "keys/not-json",
  "keys/malformed",
  "keys/timeout",
  "keys/slow",
  "keys/content-type",
];
