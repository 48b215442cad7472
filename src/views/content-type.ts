/** The Content-Type of an answer. */
import type { HttpFacts } from "../facts/facts.ts";
import { quote } from "./words.ts";

/** Case-insensitive and without parameters (RFC 9110, 8.3.1). Of several values, none counts. */
export function isJsonType(response: HttpFacts): boolean {
  return /^\s*application\/json\s*(;|$)/i.test(response.headers["content-type"] ?? "");
}

/** As Synapse compares it: in exactly this letter case, although any is allowed (homeservers.md, 24). */
export function isJsonTypeForSynapse(response: HttpFacts): boolean {
  return isJsonType(response) && (response.headers["content-type"] ?? "").trimStart().startsWith("application/json");
}

/** The Content-Type for a sentence. */
export function contentType(response: HttpFacts): string {
  const type = response.headers["content-type"];
  return type === undefined ? "no Content-Type" : `the Content-Type ${quote(type)}`;
}
