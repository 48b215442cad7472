/** What all answers have in common. */
import type { ServerResponse } from "node:http";

export const COMMON = {
  "cache-control": "no-store",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
} as const;

/** As the official tester's, for the methods that there are. */
export const CORS = {
  "access-control-allow-origin": "*",
  "access-control-allow-methods": "GET, HEAD, OPTIONS",
  "access-control-allow-headers": "Origin, X-Requested-With, Content-Type, Accept",
  "access-control-expose-headers": "Retry-After",
} as const;

/** Milliseconds after which an answer must have been taken. */
export const TAKEN_MS = 30_000;

/** One byte a second would keep any time-out of idleness away. */
export function takenInTime(response: ServerResponse): void {
  const limit = setTimeout(() => response.destroy(), TAKEN_MS).unref();
  response.once("close", () => clearTimeout(limit));
}
