/** Whether `m.server` stands more than once in a well-known file. */
import type { HttpFacts, WellKnownReading } from "../facts/facts.ts";
import { isDoubledKey, readJsonBody } from "../matrix/json-body.ts";

/** In evidence of older versions as far as the start of the body is all of it. */
export function hasDoubledKey(reading: WellKnownReading | null, response: HttpFacts | null): boolean {
  if (reading?.kind !== "m.server") return false;
  if (reading.doubled === true) return true;
  if (response === null) return false;
  const body = Buffer.from(response.excerpt);
  return body.length === response.bodyBytes && readJsonBody(body).ok && isDoubledKey(response.excerpt, "m.server");
}
